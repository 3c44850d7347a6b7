"""A sink's outbox: deltas since the last delivery, kept in the checkpoint, delivered after it.

Exactly once: the checkpoint of epoch E holds everything up to E; only then a delivery thread hands E to the
writer, whose `delivered()` says after a restart what already arrived.
"""

from __future__ import annotations

import logging
import threading
from collections import deque

from ...executor.connectors.base import SinkConnector, SinkSpec, SinkWriter
from ...executor.operator import StateTable
from ...kernels.batch import Batch
from ...kernels.errors import RetryableError
from ...kernels.expr.program import Program, SessionFacts
from ...kernels.expr.spec import Call, Col, Lit
from ...kernels.types import BOOL, INT8

OUTBOX_OPERATOR = 1_000_001
RETRY_SECONDS = 1.0
log = logging.getLogger("sabot.sinks")


class SinkOutput:
    """Three stages: `fresh` (not yet in a checkpoint), `sealed` (in one), delivered (gone)."""

    def __init__(self, spec: SinkSpec, connector: SinkConnector) -> None:
        self.spec = spec
        self.connector = connector
        self.state_table = StateTable("outbox", "zset", (INT8, *spec.schema.types))
        self.fresh: list[Batch] = []
        self.error: str | None = None
        self.rows_delivered = 0
        self.delivered_epoch: int | None = None
        self._changes: list[Batch] = []
        self._sealed: deque[tuple[int, Batch]] = deque()
        self._pending: list[tuple[int, Batch]] = []
        self._done: list[Batch] = []
        self._condition = threading.Condition()
        self._stopping = False
        self._writer: SinkWriter | None = None
        self._thread = threading.Thread(target=self._run, name=f"sink-{spec.name}", daemon=True)
        self._thread.start()

    def add(self, epoch: int, delta: Batch) -> None:
        self.fresh.append(delta)

    def drain(self, epoch: int) -> list[Batch]:
        """Outbox changes for the checkpoint at `epoch`: what is new, minus what was delivered."""
        changes: list[Batch] = []
        with self._condition:
            changes += self._done
            self._done = []
        if self.fresh:
            delta = Batch.concat(self.fresh).consolidate()
            self.fresh = []
            if delta.num_rows:
                with self._condition:
                    self._pending.append((epoch, delta))
                changes.append(_tagged(epoch, delta))
        return changes

    def checkpointed(self, epoch: int) -> None:
        """Everything drained up to `epoch` is durable: deliver it."""
        with self._condition:
            self._sealed.extend(p for p in self._pending if p[0] <= epoch)
            self._pending = [p for p in self._pending if p[0] > epoch]
            self._condition.notify()

    def restore(self, outbox: list[Batch], *, store_again: bool) -> None:
        """After a restart: what the checkpoint says was not yet known to be delivered.

        `store_again`: the next checkpoint drops the sink's state.
        """
        rows = Batch.concat(outbox).consolidate() if outbox else None
        if rows is None or not rows.num_rows:
            return
        epochs = rows.select((0,)).without_weights().consolidate().column_values(0)
        columns = tuple(Col(i + 1, t) for i, t in enumerate(self.spec.schema.types))
        with self._condition:
            for epoch in sorted(epochs):
                only = Call("compare.eq", (Col(0, INT8), Lit(epoch, INT8)), BOOL)
                delta, _ = Program(columns, only).run(rows, SessionFacts())
                self._sealed.append((epoch, delta))
            if store_again:
                self._done.append(rows)
            self._condition.notify()

    def idle(self) -> bool:
        with self._condition:
            return not self._sealed and not self._pending and not self.fresh

    def stop(self) -> None:
        """Tell the thread to end after what it delivers now; `join` waits for it."""
        with self._condition:
            self._stopping = True
            self._condition.notify()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._sealed and not self._stopping:
                    self._condition.wait()
                if self._stopping:
                    break
                epoch, delta = self._sealed[0]
            try:
                self._deliver(epoch, delta)
            except RetryableError as e:
                self.error = str(e)
                if self._pause():
                    break
                continue
            except Exception as e:  # a thread's outer shell: shown in sabot.sinks, tried again
                log.exception("sink %s", self.spec.name)
                self.error = f"{type(e).__name__}: {e}"
                if self._pause():
                    break
                continue
            self.error = None
            with self._condition:
                self._sealed.popleft()
                self._done.append(_tagged(epoch, delta).negate())
        if self._writer is not None:
            self._writer.close()

    def _deliver(self, epoch: int, delta: Batch) -> None:
        if self._writer is None:
            self._writer = self.connector.open(self.spec)
            self.delivered_epoch = self._writer.delivered()
        if self.delivered_epoch is None or epoch > self.delivered_epoch:
            self._writer.deliver(epoch, delta)
            self.delivered_epoch = epoch
        self.rows_delivered += delta.num_rows

    def _pause(self) -> bool:
        with self._condition:
            return self._stopping or self._condition.wait_for(lambda: self._stopping, RETRY_SECONDS)


def _tagged(epoch: int, delta: Batch) -> Batch:
    return Batch.repeat(INT8, epoch, delta.num_rows).hstack(delta).weighted_as(delta)

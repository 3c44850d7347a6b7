"""From the engine's memory to the store and back.

`collect` runs under the engine's lock and only gathers (cost: what changed); a thread encodes and writes.
One write is in flight at a time; while it is, changes gather for the next. What a failed write could not
store is kept and goes with the next one, so a full disk delays durability of views and loses nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...executor.operator import StateTable
from ...kernels.batch import Batch
from ...kernels.errors import RetryableError, SabotError
from ...storage.store import Store, TableKey
from ..memory import give_back
from .jobs import BACKFILLING, FAILED, SINK, SUBSCRIPTION
from .relations import ROWS_OPERATOR, StoredRelation
from .row_errors import ERRORS_RELATION, RowErrors
from .sinks import OUTBOX_OPERATOR

if TYPE_CHECKING:
    from .engine import Engine

log = logging.getLogger("sabot.checkpoints")
Rewritten = tuple[StoredRelation, Batch | None]


@dataclass(frozen=True, slots=True)
class CheckpointStats:
    epoch: int
    rows: int
    collect_ms: float
    write_ms: float
    at_micros: int


class Checkpointer:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.last: CheckpointStats | None = None
        self.error: str | None = None
        self._busy = threading.Lock()
        self._unwritten: list[tuple[TableKey, StateTable, Batch]] = []
        self._dropped: list[int] = []
        self._forgotten: list[int] = []

    @property
    def retrying(self) -> bool:
        return bool(self._unwritten or self._dropped)

    def append_log(self, writes: Sequence[tuple[int, Batch]]) -> int:
        """Make DML durable (synced); gives the log's sequence number."""
        return self.store.append_log(list(writes))

    def drop_state(self, job: int) -> None:
        """The next checkpoint removes everything kept for a catalog id."""
        self._dropped.append(job)
        self._unwritten = [u for u in self._unwritten if u[0].job != job]

    def collect(self, engine: Engine, *, wait: bool = False) -> bool:
        """Start a checkpoint of the current epoch; False when the last one is still being written."""
        if not self._busy.acquire(blocking=wait):
            return False
        started = time.perf_counter()
        try:
            deltas = self._unwritten + list(_drain(engine))
            self._unwritten = []
            dropped, self._dropped = self._dropped, []
            manifest = _manifest(engine)
        except BaseException:
            self._busy.release()
            raise
        collect_ms = (time.perf_counter() - started) * 1000
        outputs = list(engine.outputs.values())
        micros = engine.clock.micros()

        def write() -> None:
            begun = time.perf_counter()
            try:
                self.store.checkpoint(manifest["epoch"], manifest, deltas, dropped)
            except SabotError as e:
                log.error("checkpoint %s failed: %s", manifest["epoch"], e)
                self.error = str(e)
                self._unwritten = deltas + self._unwritten
                self._dropped = dropped + self._dropped
                return
            finally:
                self._busy.release()
            self.error = None
            rows = sum(batch.num_rows for _, _, batch in deltas)
            self.last = CheckpointStats(
                manifest["epoch"], rows, collect_ms, (time.perf_counter() - begun) * 1000, micros
            )
            for output in outputs:
                output.checkpointed(manifest["epoch"])
            if dropped:
                give_back()

        threading.Thread(target=write, name="checkpoint", daemon=True).start()
        return True

    def prepare_rewrite(self, engine: Engine, relations: Sequence[StoredRelation]) -> list[Rewritten]:
        """Take all rows of tables that `commit` gives other columns; all else is in a checkpoint then."""
        self.collect(engine, wait=True)
        with self._busy:
            if self.error is not None:
                raise RetryableError(self.error, "53100")
        return [(relation, relation.rows.drain()) for relation in relations]

    def commit(
        self, engine: Engine, record: Any, writes: Sequence[tuple[int, Batch]], rewritten: Sequence[Rewritten]
    ) -> int:
        """A catalog record, a log entry and all rows of some tables, in one write; the log's sequence number."""
        if not rewritten:
            return self.store.commit(record, writes)
        with self._busy:
            deltas = [(TableKey(r.entry.id, ROWS_OPERATOR, 0, 0), r.state_table, rows) for r, rows in rewritten if rows is not None]
            ids = [r.entry.id for r, _ in rewritten]
            self.store.checkpoint(engine.epoch, _manifest(engine), deltas, ids, record, writes)
            return self.store.log_seq

    def finish(self) -> None:
        """Wait until the checkpoint that was collected is written."""
        with self._busy:
            pass

    def close(self) -> None:
        with self._busy:
            self.store.close()


def _drain(engine: Engine) -> Iterator[tuple[TableKey, StateTable, Batch]]:
    # What a backfill has made so far is no state: after a crash it begins anew.
    filling = _without_state(engine)
    for relation, stored in engine.relations.items():
        if relation in filling:
            continue
        changed = stored.rows.drain()
        if changed is not None and changed.num_rows:
            yield TableKey(stored.entry.id, ROWS_OPERATOR, 0, 0), stored.state_table, changed
    for job in engine.jobs.values():
        if job.id in filling or job.state == FAILED:
            continue
        for slot, number, table, batch in job.dataflow.drain():
            yield TableKey(job.id, slot, number, 0), table, batch
    for sink, output in engine.outputs.items():
        if sink in filling:
            continue
        for batch in output.drain(engine.epoch):
            yield TableKey(sink, OUTBOX_OPERATOR, 0, 0), output.state_table, batch
    changed = engine.errors.rows.drain()
    if changed is not None and changed.num_rows:
        yield TableKey(ERRORS_RELATION, ROWS_OPERATOR, 0, 0), RowErrors.state_table, changed


def _without_state(engine: Engine) -> set[int]:
    """What is being filled, what only a subscription knows, and what no COMMIT has made yet."""
    return {j.id for j in engine.jobs.values() if j.state == BACKFILLING or j.kind == SUBSCRIPTION} | engine.drafts


def _manifest(engine: Engine) -> dict[str, Any]:
    filling = _without_state(engine)
    return {
        "epoch": engine.epoch,
        "log_seq": engine.log_seq,
        "jobs": {
            str(j.id): j.fingerprint for j in engine.jobs.values() if j.id not in filling and j.state != FAILED
        },
        "paused": [j.id for j in engine.jobs.values() if j.state == "paused"],
        "failed": {str(j.id): j.error for j in engine.jobs.values() if j.kind == SINK and j.state == FAILED},
        "sources": {str(s.id): s.offsets for s in engine.sources.values()},
    }

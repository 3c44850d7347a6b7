"""Stored relations: tables and materialized views as row stores, with their subscribers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from ...executor.operator import StateTable
from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.limits import DELTA_BYTES
from ...kernels.store import RowStore, Snapshot
from ...planner.catalog.entries import Relation
from .watermarks import TableWatermarks

ROWS_OPERATOR = 1_000_000  # operator number under which a relation's rows are checkpointed


class Subscription:
    """Changes of one relation for one reader, up to `limit` bytes. `notify` is called from the engine's thread."""

    def __init__(self, notify: Callable[[], None], limit: int) -> None:
        self.notify = notify
        self.limit = limit
        self.pending: deque[tuple[int, Batch]] = deque()
        self._sizes: deque[int] = deque([0])  # of the change that is being told, and of those that wait
        self._bytes = 0
        self._change = threading.Lock()
        self.overflowed = False
        self.ended = False

    def push(self, time: int, delta: Batch) -> None:
        if self.overflowed:
            return
        size = delta.nbytes + DELTA_BYTES
        with self._change:
            if self._bytes + size > self.limit:
                self.overflowed = True
                self.pending.clear()
            else:
                self.pending.append((time, delta))
                self._sizes.append(size)
                self._bytes += size
        self.notify()

    def dropped(self) -> None:
        """The relation is gone."""
        self.ended = True
        self.notify()

    def take(self) -> tuple[int, Batch] | None:
        """The next change; the one before is told by then."""
        with self._change:
            self._bytes -= self._sizes[0]
            self._sizes[0] = 0
            if not self.pending:
                return None
            self._sizes.popleft()
            return self.pending.popleft()

    def too_slow(self, what: str) -> UserError:
        return UserError(f"{what}: more than subscription_memory = {self.limit >> 10}kB of changes waited", "53400",
                         hint="Begin again, which begins with a snapshot, or SET subscription_memory before.")


@dataclass
class StoredRelation:
    """The rows of a table or view. All calls under the engine's lock; snapshots may leave it."""

    entry: Relation
    rows: RowStore = field(init=False)
    subscriptions: list[Subscription] = field(default_factory=list)
    watermarks: TableWatermarks | None = None
    version: int = 0  # changes with the rows

    def __post_init__(self) -> None:
        self.rows = RowStore(self.entry.row_schema.types, self.entry.primary_key or None)

    @property
    def state_table(self) -> StateTable:
        return StateTable("rows", "zset", self.entry.row_schema.types)

    def apply(self, delta: Batch) -> None:
        self.rows.apply(delta)
        self.version += 1
        if self.watermarks is not None:
            self.watermarks.observe(delta.inserted())

    def on_time(self, rows: Batch) -> Batch:
        """New rows without those that come too late."""
        return rows if self.watermarks is None else self.watermarks.on_time(rows)

    def measure(self) -> None:
        """The watermarks from the rows that are there."""
        if self.watermarks is not None:
            self.watermarks.reset()
            for batch in self.snapshot().batches():
                self.watermarks.observe(batch)

    def publish(self, time: int, delta: Batch) -> None:
        if self.subscriptions:
            consolidated = delta.consolidate()
            if consolidated.num_rows:
                for subscription in self.subscriptions:
                    subscription.push(time, consolidated)

    def snapshot(self) -> Snapshot:
        return self.rows.snapshot()

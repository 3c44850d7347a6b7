"""Stored relations: tables and materialized views as row stores, with their subscribers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..executor.operator import StateTable
from ..kernels.batch import Batch
from ..kernels.limits import SUBSCRIPTION_ROWS
from ..kernels.store import RowStore, Snapshot
from ..planner.catalog.entries import Relation
from .watermarks import TableWatermarks

ROWS_OPERATOR = 1_000_000  # operator number under which a relation's rows are checkpointed


class Subscription:
    """Changes of one relation for one reader, bounded. `notify` is called from the engine's thread."""

    def __init__(self, notify: Callable[[], None]) -> None:
        self.notify = notify
        self.pending: list[tuple[int, Batch]] = []
        self.rows = 0
        self.overflowed = False
        self.ended = False

    def push(self, time: int, delta: Batch) -> None:
        if self.overflowed:
            return
        self.rows += delta.num_rows
        if self.rows > SUBSCRIPTION_ROWS:
            self.overflowed = True
            self.pending.clear()
        else:
            self.pending.append((time, delta))
        self.notify()

    def dropped(self) -> None:
        """The relation is gone."""
        self.ended = True
        self.notify()

    def take(self) -> list[tuple[int, Batch]]:
        taken, self.pending = self.pending, []
        self.rows = 0
        return taken


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

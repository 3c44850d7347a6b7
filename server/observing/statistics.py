"""Counters since the server has started: what pg_stat_database and pg_stat_user_tables tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ...kernels.batch import Batch


@dataclass(slots=True)
class TableCounts:
    scans: int = 0
    lookups: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0


@dataclass(slots=True)
class Statistics:
    """`tables` by relation. An update is a row that goes and one that comes in one command."""

    commits: int = 0
    rollbacks: int = 0
    deadlocks: int = 0
    sessions: int = 0
    tables: dict[int, TableCounts] = field(default_factory=dict)

    def of(self, relation: int) -> TableCounts:
        found = self.tables.get(relation)
        if found is None:
            found = self.tables[relation] = TableCounts()
        return found

    def read(self, relations: Iterable[int]) -> None:
        for relation in relations:
            self.of(relation).scans += 1

    def wrote(self, relation: int, delta: Batch) -> None:
        gone = delta.deleted().num_rows
        come = delta.num_rows - gone
        both = min(gone, come)
        counts = self.of(relation)
        counts.updated += both
        counts.inserted += come - both
        counts.deleted += gone - both

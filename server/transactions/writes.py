"""What an open transaction has written, by table: the sum of its deltas, quick to add to and to look into.

A table's deltas are kept as few runs of growing size, each consolidated and with an index for every key that was looked up in it, so that a
transaction of many small statements costs about the same for each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ...kernels.batch import Batch
from ...kernels.keys import KeyedRows


class _Run:
    """Some rows, never changed. Those of a savepoint are the transaction's, too."""

    __slots__ = ("_indexes", "rows")

    def __init__(self, rows: Batch) -> None:
        self.rows = rows
        self._indexes: dict[tuple[int, ...], KeyedRows] = {}

    def lookup(self, key: tuple[int, ...], keys: Batch) -> Batch:
        index = self._indexes.get(key)
        if index is None:
            index = self._indexes[key] = KeyedRows(self.rows, key)
        return index.rows(keys)


class Writes(Mapping[int, Batch]):
    """Tables and their deltas, each consolidated when it is asked for as a whole."""

    def __init__(self, runs: Mapping[int, tuple[_Run, ...]] | None = None) -> None:
        self._runs = dict(runs or {})

    def __getitem__(self, relation: int) -> Batch:
        runs = self._runs[relation]
        if len(runs) > 1:
            self.put(relation, Batch.concat([r.rows for r in runs]).consolidate())
        return self._runs[relation][0].rows

    def __iter__(self) -> Iterator[int]:
        return iter(tuple(self._runs))

    def __len__(self) -> int:
        return len(self._runs)

    def __contains__(self, relation: object) -> bool:
        return relation in self._runs

    def add(self, relation: int, delta: Batch) -> None:
        runs = self._runs.get(relation, ())
        while runs and runs[-1].rows.num_rows <= 2 * delta.num_rows:
            delta = Batch.concat([runs[-1].rows, delta]).consolidate()
            runs = runs[:-1]
        self._runs[relation] = (*runs, _Run(delta))

    def put(self, relation: int, delta: Batch) -> None:
        """The table's writes from now on."""
        self._runs[relation] = (_Run(delta),)

    def forget(self, relations: Collection[int]) -> None:
        self._runs = {r: runs for r, runs in self._runs.items() if r not in relations}

    def copy(self) -> Writes:
        return Writes(self._runs)

    @property
    def rows(self) -> int:
        """How many rows there are at most, of all tables."""
        return sum(map(self.count, self))

    def count(self, relation: int) -> int:
        """How many rows there are at most."""
        return sum(r.rows.num_rows for r in self._runs.get(relation, ()))

    def lookup(self, relation: int, key: tuple[int, ...], keys: Batch) -> Batch | None:
        """Rows whose columns `key` equal one of `keys`, NULL being equal to none; None where nothing is written."""
        runs = self._runs.get(relation)
        if not runs:
            return None
        return Batch.concat([r.lookup(key, keys) for r in runs])

    def has(self, relation: int, key: tuple[int, ...], keys: Batch) -> bool:
        """Whether some row, inserted or deleted, has one of the keys."""
        return any(r.lookup(key, keys).num_rows for r in self._runs.get(relation, ()))


NONE = Writes()  # of those who are in no transaction

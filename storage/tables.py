"""State tables as runs of blocks, and which runs make up a table at a generation.

Each checkpoint (generation g) adds to a changed table one run [g, g]. Merging the runs [a, b] … [y, z] makes
the run [a, z], equal to them; they stay until no kept generation needs them. At generation g a table is the
runs with last <= g, in order, where a longer run stands for the shorter ones it covers. Every block's key
tells its run, so this index is built from keys alone. `deltas` counts the checkpoint deltas in a run: merging
keeps the sum, so that a manifest can tell whether any is missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from .records import BlockKey, TableKey


@dataclass(frozen=True, slots=True)
class Run:
    first: int
    last: int
    deltas: int
    blocks: tuple[BlockKey, ...]

    @property
    def size(self) -> int:
        return sum(b.size for b in self.blocks)

    @property
    def rows(self) -> int:
        return sum(b.rows for b in self.blocks)

    @property
    def keys(self) -> list[bytes]:
        return [b.encode() for b in self.blocks]


Tables = dict[TableKey, list[Run]]


def runs_of(keys: Iterable[bytes]) -> tuple[Tables, list[bytes]]:
    """Complete runs by table, and the keys of blocks of incomplete ones (a write that was cut off)."""
    groups: dict[tuple[TableKey, int, int, int, int], list[BlockKey]] = defaultdict(list)
    for key in keys:
        b = BlockKey.decode(key)
        groups[b.table, b.first, b.last, b.deltas, b.parts].append(b)
    tables: Tables = {}
    loose: list[bytes] = []
    for (table, first, last, deltas, parts), blocks in groups.items():
        if [b.part for b in blocks] == list(range(parts)):
            tables.setdefault(table, []).append(Run(first, last, deltas, tuple(blocks)))
        else:
            loose += [b.encode() for b in blocks]
    return tables, loose


def cover(runs: Iterable[Run], generation: int, dropped: int = 0) -> list[Run]:
    """The runs that make up a table at `generation`; what is older than the generation `dropped` is gone."""
    if dropped > generation:
        dropped = 0
    chosen: list[Run] = []
    reached = -1
    for run in sorted(runs, key=lambda r: (r.first, -r.last)):
        if run.last <= generation and run.first >= dropped and run.first > reached:
            chosen.append(run)
            reached = run.last
    return chosen

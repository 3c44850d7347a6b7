"""Merging runs: when, and how.

The runs of a table, oldest first, are kept so that each is larger than all newer ones together (the
logarithmic method of Bentley and Saxe, 1980): at most log2(size) runs, twice the oldest in total, and each
row is rewritten at most log2 times. Rows count beside bytes, because a small row may delete a large one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from ..kernels.batch import Batch
from ..kernels.errors import InternalError
from ..kernels.keys import one_per_key
from .tables import Run

BLOCK_BYTES = 1 << 20  # a block of more is cut
MERGE_BYTES = 256 << 20  # merges of more are done by hash partition


class TableSpec(Protocol):
    """What storage needs to know of a state table (executor.operator.StateTable)."""

    @property
    def kind(self) -> str: ...
    @property
    def key(self) -> int: ...


def due(runs: Sequence[Run]) -> int | None:
    """Position of the first run to merge with all newer ones, or None."""
    size, rows = sum(r.size for r in runs), sum(r.rows for r in runs)
    for position, run in enumerate(runs[:-1]):
        size -= run.size
        rows -= run.rows
        if run.size < size or run.rows <= rows:
            return position
    return None


def merged(spec: TableSpec, batches: Iterable[Batch], size: int, oldest: bool) -> Iterator[Batch]:
    """The batches of neighbouring runs as fewer rows; `size` is their bytes.

    With `oldest` nothing is below them, so that deletions of an upsert table need not be kept.
    """
    pieces = list(batches)
    parts = size // MERGE_BYTES + 1
    if parts == 1 or not pieces:
        yield _merge(spec, pieces, oldest)
        return
    columns = range(spec.key) if spec.kind == "upsert" else range(pieces[0].num_columns)
    split = [piece.partition(columns, parts) for piece in pieces]
    del pieces
    for part in range(parts):
        yield _merge(spec, [s[part] for s in split], oldest)


def _merge(spec: TableSpec, pieces: Sequence[Batch], oldest: bool) -> Batch:
    whole = Batch.concat(pieces)
    if spec.kind == "zset":
        return whole.consolidate()
    if spec.kind == "upsert":
        last = one_per_key(whole, range(spec.key), True)
        return last.inserted().without_weights() if oldest else last
    raise InternalError(f"unknown kind of state table: {spec.kind}")


def cut(batch: Batch) -> Iterator[Batch]:
    """Slices of about BLOCK_BYTES; at least one."""
    rows = batch.num_rows
    step = max(1, rows * BLOCK_BYTES // max(batch.nbytes, 1)) if batch.nbytes > BLOCK_BYTES else max(rows, 1)
    for start in range(0, max(rows, 1), step):
        yield batch.slice(start, min(step, rows - start))

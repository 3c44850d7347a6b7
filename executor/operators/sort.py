"""ORDER BY, LIMIT and OFFSET of a one-shot result: the rows as a list, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...kernels.batch import Batch
from ...kernels.sort import sorted_rows
from ...planner.physical.node import Sort
from ..operator import Operator, StepContext
from ..pieces import condensed, sliced, whole


class SortOperator(Operator):
    """One shot only. Ties keep the order of the input."""

    def __init__(self, id: int, node: Sort, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self._node = node

    def pieces(self, inputs: Sequence[Iterator[Batch]], ctx: StepContext) -> Iterator[Batch]:
        node = self._node
        rows = (piece if piece.append_only else piece.expanded() for piece in inputs[0])
        if not node.keys:
            return _cut(rows, node.offset, node.limit)
        if node.limit is None:
            return self._sorted(rows)
        return self._first(rows, min(node.offset + node.limit, 2**62))

    def _sorted(self, pieces: Iterator[Batch]) -> Iterator[Batch]:
        rows = whole(pieces)
        if rows is not None:
            yield from sliced(sorted_rows(rows, self._node.keys, None, self._node.offset))

    def _first(self, pieces: Iterator[Batch], count: int) -> Iterator[Batch]:
        rows = condensed(pieces, lambda some: sorted_rows(some, self._node.keys, count))
        if rows is not None:
            yield from _cut(sliced(rows), self._node.offset, None)


def _cut(pieces: Iterator[Batch], offset: int, limit: int | None) -> Iterator[Batch]:
    """Rows behind `offset`, at most `limit` of them; no more is asked for than that takes."""
    if limit == 0:
        return
    for piece in pieces:
        skipped = min(offset, piece.num_rows)
        offset -= skipped
        rows = piece.num_rows - skipped
        if limit is not None:
            rows = min(rows, limit)
            limit -= rows
        if rows:
            yield piece if rows == piece.num_rows else piece.slice(skipped, rows)
        if limit == 0:
            return

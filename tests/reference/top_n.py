"""Top-n and ranks over plain lists of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from .aggregates import Row, expand, row_order


def ranked(rows: list[Row], order: Sequence[tuple[int, bool, bool]]) -> list[tuple[Row, int, int, int]]:
    """Sorted rows with row_number, rank and dense_rank."""
    rows = sorted(rows, key=row_order(order))
    out: list[tuple[Row, int, int, int]] = []
    rank = dense = 0
    last: Any = object()
    for number, row in enumerate(rows, 1):
        key = tuple(row[c] for c, _, _ in order)
        if key != last:
            rank, dense, last = number, dense + 1, key
        out.append((row, number, rank, dense))
    return out


def top_n(
    z: Counter[Row],
    groups: Sequence[int],
    order: Sequence[tuple[int, bool, bool]],
    limit: int | None,
    offset: int,
    rank: str,
    with_rank: bool,
) -> Counter[Row]:
    members: dict[Row, list[Row]] = {}
    for row in expand(z):
        members.setdefault(tuple(row[g] for g in groups), []).append(row)
    which = {"row_number": 1, "rank": 2, "dense_rank": 3}[rank]
    out: Counter[Row] = Counter()
    for rows in members.values():
        for entry in ranked(rows, order):
            position = entry[which]
            if position > offset and (limit is None or position <= offset + limit):
                out[entry[0] + ((position,) if with_rank else ())] += 1
    return out

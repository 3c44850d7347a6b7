"""Joins of Z-sets by nested loops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

Row = tuple[Any, ...]


def comparable(value: Any, numeric: bool = False) -> Any:
    """A value under SQL equality: numerics by value."""
    return Fraction(value) if numeric and value is not None else value


def join(
    left: Counter[Row],
    right: Counter[Row],
    kind: str,
    on: Callable[[Row, Row], bool],
    widths: tuple[int, int],
) -> Counter[Row]:
    """`on` decides pairs; outer sides are padded with NULLs; semi and anti give left rows."""
    out: Counter[Row] = Counter()
    left_matches = {a: sum(v for b, v in right.items() if on(a, b)) for a in left}
    right_matches = {b: sum(w for a, w in left.items() if on(a, b)) for b in right}
    if kind in ("semi", "anti"):
        for a, w in left.items():
            if (left_matches[a] > 0) == (kind == "semi"):
                out[a] += w
        return out
    for a, w in left.items():
        for b, v in right.items():
            if on(a, b):
                out[a + b] += w * v
    if kind in ("left", "full"):
        for a, w in left.items():
            if left_matches[a] <= 0:
                out[a + (None,) * widths[1]] += w
    if kind in ("right", "full"):
        for b, v in right.items():
            if right_matches[b] <= 0:
                out[(None,) * widths[0] + b] += v
    return out

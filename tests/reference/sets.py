"""DISTINCT, EXCEPT and INTERSECT on multisets, by the book. Numerics (strings) are equal by value."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

Row = tuple[Any, ...]


def key(row: Row, numeric: tuple[int, ...]) -> Row:
    return tuple(Fraction(v) if k in numeric and v is not None else v for k, v in enumerate(row))


def grouped(z: Counter[Row], numeric: tuple[int, ...]) -> dict[Row, int]:
    out: dict[Row, int] = {}
    for row, weight in z.items():
        out[key(row, numeric)] = out.get(key(row, numeric), 0) + weight
    return out


def shown(z: Counter[Row], wanted: Row, numeric: tuple[int, ...]) -> Row:
    """Of equal rows the one with the fewest digits in each numeric."""
    rows = [r for r, w in z.items() if w > 0 and key(r, numeric) == wanted]
    return min(rows, key=lambda r: tuple(len(r[k] or "") for k in numeric))


def set_operation(
    left: Counter[Row], right: Counter[Row], kind: str, all: bool, numeric: tuple[int, ...] = ()
) -> Counter[Row]:
    a, b = grouped(left, numeric), grouped(right, numeric)
    out: Counter[Row] = Counter()
    for k, n in a.items():
        m = b.get(k, 0)
        if kind == "distinct":
            count = int(n > 0)
        elif kind == "except":
            count = max(n - m, 0) if all else int(n > 0 and m == 0)
        else:
            count = min(n, m) if all else int(n > 0 and m > 0)
        if count:
            out[shown(left, k, numeric)] += count
    return out

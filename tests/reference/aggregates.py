"""Aggregates computed the slow way, over plain lists of values.

Rows come in the order of `sort_key`; a function gets the rows of one group as tuples of its arguments.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cmp_to_key
from typing import Any

Row = tuple[Any, ...]


def compare(a: Any, b: Any) -> int:
    """SQL's ascending order, NULL last, NaN greatest."""
    if a is None or b is None:
        return (a is None) - (b is None)
    if isinstance(a, float) and (math.isnan(a) or math.isnan(b)):
        return math.isnan(a) - math.isnan(b)
    return (a > b) - (a < b)


def row_order(keys: Sequence[tuple[int, bool, bool]]) -> Callable[[Row], Any]:
    """A sort key for rows: (column, descending, nulls first) each, then the whole row ascending."""

    def three(x: Row, y: Row) -> int:
        for column, descending, nulls_first in keys:
            a, b = x[column], y[column]
            if (a is None) != (b is None):
                return -1 if (a is None) == nulls_first else 1
            if r := compare(a, b):
                return -r if descending else r
        for a, b in zip(x, y):
            if r := compare(a, b):
                return r
        return 0

    return cmp_to_key(three)


def expand(z: Counter[Row]) -> list[Row]:
    """A multiset as a list; a negative count is an error of the test."""
    assert all(w >= 0 for w in z.values())
    return [row for row, w in z.items() for _ in range(w)]


def present(values: Sequence[Row]) -> list[Any]:
    return [v[0] for v in values if all(x is not None for x in v)]


def exact_sum(values: Sequence[float]) -> float:
    if any(math.isnan(v) for v in values) or {math.inf, -math.inf} <= set(values):
        return math.nan
    for v in values:
        if math.isinf(v):
            return v
    return float(sum(Fraction(v) for v in values))


def aggregate(function: str, values: Sequence[Row], direct: Sequence[Any] = ()) -> Any:
    """The result over argument tuples (in ORDER BY order); None for SQL's NULL."""
    if function == "count_star":
        return len(values)
    some = present(values)
    if function == "count":
        return len(some)
    if function == "array_agg":
        return tuple(v[0] for v in values) or None
    if function in ("first_value", "last_value"):
        return None if not values else values[0 if function == "first_value" else -1][0]
    if not some:
        return None
    match function:
        case "sum":
            return exact_sum(some) if isinstance(some[0], float) else sum(some)
        case "avg":
            return exact_sum(some) / len(some)
        case "min":
            return min(some, key=cmp_to_key(compare))
        case "max":
            return max(some, key=cmp_to_key(compare))
        case "bool_and":
            return all(some)
        case "bool_or":
            return any(some)
        case "bit_and" | "bit_or" | "bit_xor":
            out = some[0]
            for v in some[1:]:
                out = out & v if function == "bit_and" else out | v if function == "bit_or" else out ^ v
            return out
        case "string_agg":
            return direct[0].join(some)
        case "mode":
            best = max(Counter(some).values())
            return min(v for v, n in Counter(some).items() if n == best)
        case "percentile_disc":
            return sorted(some)[max(math.ceil(direct[0] * len(some)), 1) - 1]
        case "percentile_cont":
            ordered = sorted(some)
            at = direct[0] * (len(some) - 1)
            low, high = float(ordered[math.floor(at)]), float(ordered[math.ceil(at)])
            return low if math.floor(at) == math.ceil(at) else low + (at - math.floor(at)) * (high - low)
        case "var_pop":
            if not all(map(math.isfinite, some)):
                return math.nan
            exact, n = [Fraction(v) for v in some], len(some)
            return float(n * sum(v * v for v in exact) - sum(exact) ** 2) / n / n  # rounded where the kernel rounds
    raise NotImplementedError(function)


def same_number(a: str, b: str) -> bool:
    return Decimal(a) == Decimal(b)

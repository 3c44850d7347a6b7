"""Comparing rows of Sabot with those of DuckDB: bags of rows, numbers by value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

Row = Sequence[Any]


def assert_same_rows(ours: Iterable[Row], theirs: Iterable[Row]) -> None:
    """The same bag of rows. Exact numbers are compared exactly; where DuckDB gives doubles, to ten digits."""
    left, right = list(ours), list(theirs)
    inexact = {i for row in right for i, value in enumerate(row) if isinstance(value, float)}
    a = Counter(_plain(row, inexact) for row in left)
    b = Counter(_plain(row, inexact) for row in right)
    missing, extra = b - a, a - b
    assert not missing and not extra, (
        f"{len(left)} rows against DuckDB's {len(right)}; missing {list(missing.items())[:3]}, extra {list(extra.items())[:3]}"
    )


def _plain(row: Row, inexact: set[int]) -> tuple[Any, ...]:
    return tuple(_value(value, i in inexact) for i, value in enumerate(row))


def _value(value: Any, inexact: bool) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float, Decimal)):
        return f"{float(value):.10g}" if inexact else Decimal(value).normalize()
    return value

"""ORDER BY, LIMIT and OFFSET: PostgreSQL's order of every kind, stable, NULLs where asked."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from laws import context, once, rows
from sabot.executor.operators.sort import SortOperator
from sabot.kernels.batch import Batch
from sabot.kernels.schema import schema_of
from sabot.kernels.types import FLOAT8, INT4, INT8, INTERVAL, NUMERIC, TEXT, SqlType
from sabot.planner.physical.node import Sort, SortKey, Values

TYPES = (INT4, TEXT, NUMERIC)


def ordered(batch: Batch, types: tuple[SqlType, ...], keys: tuple[SortKey, ...], limit: int | None = None, offset: int = 0) -> list[Any]:
    schema = schema_of(*((f"c{i}", t) for i, t in enumerate(types)))
    operator = SortOperator(1, Sort(Values((), schema), keys, limit, offset, schema), one_shot=True)
    out = once(operator, [batch], context(strict=True))
    return [] if out is None else out.to_rows()


def before(keys: tuple[SortKey, ...], a: tuple[Any, ...], b: tuple[Any, ...]) -> int:
    for key in keys:
        x, y = a[key.column], b[key.column]
        if x is None or y is None:
            if (x is None) != (y is None):
                return -1 if (x is None) == key.nulls_first else 1
            continue
        x, y = (float(x), float(y)) if key.column == 2 else (x, y)
        if x != y:
            return -1 if (x < y) != key.descending else 1
    return 0


KEYS = st.lists(st.builds(SortKey, st.integers(0, 2), st.booleans(), st.booleans()), min_size=1, max_size=3)


@settings(max_examples=300, deadline=None)
@given(st.lists(rows(TYPES), max_size=12), KEYS, st.one_of(st.none(), st.integers(0, 5)), st.integers(0, 4))
def test_any_keys_limit_and_offset(data: list[Any], keys: list[SortKey], limit: int | None, offset: int) -> None:
    expected = sorted(data, key=cmp_to_key(lambda a, b: before(tuple(keys), a, b)))
    expected = expected[offset:] if limit is None else expected[offset : offset + limit]
    assert ordered(Batch.from_rows(TYPES, data), TYPES, tuple(keys), limit, offset) == expected


def one(sql_type: SqlType, values: list[Any], *key: bool) -> list[Any]:
    batch = Batch.from_rows((sql_type,), [(v,) for v in values])
    return [r[0] for r in ordered(batch, (sql_type,), (SortKey(0, *key),))]


def test_nan_is_greatest_and_zeros_are_equal() -> None:
    nan = float("nan")
    got = one(FLOAT8, [nan, 1.0, 0.0, -0.0, float("-inf"), None, float("inf"), -2.5])
    assert repr(got) == "[-inf, -2.5, 0.0, -0.0, 1.0, inf, nan, None]"


def test_extreme_integers_in_both_directions() -> None:
    values = [0, -(2**63), 2**63 - 1, -1]
    assert one(INT8, values) == sorted(values)
    assert one(INT8, values, True) == sorted(values, reverse=True)


def test_text_orders_by_code_point_beyond_its_first_bytes() -> None:
    values = ["same prefix b", "same prefix a", "same pre", "", "é", "z", "same pre\x00"]
    assert one(TEXT, values) == sorted(values)
    assert one(TEXT, values, True) == sorted(values, reverse=True)


def test_intervals_by_length() -> None:
    assert one(INTERVAL, [(0, 31, 0), (0, 0, 1), (1, 29, 0)]) == [(1, 29, 0), (0, 0, 1), (0, 31, 0)]


def test_weights_become_repeated_rows() -> None:
    batch = Batch.from_rows((INT4,), [(2,), (1,)], [2, 1])
    assert ordered(batch, (INT4,), (SortKey(0),)) == [(1,), (2,), (2,)]
    assert ordered(batch, (INT4,), (), limit=2, offset=1) == [(2,), (1,)]
    assert ordered(batch, (INT4,), (), limit=None, offset=9) == []

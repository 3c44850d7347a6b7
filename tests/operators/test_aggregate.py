"""Aggregation: the laws for every kind of accumulator, and the answers that PostgreSQL gives."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import laws
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.aggregates import aggregate, expand, row_order
from sabot.executor.operators.aggregate import AggregateOperator
from sabot.kernels.batch import Batch
from sabot.kernels.errors import InternalError, RowError, Unsupported
from sabot.kernels.schema import schema_of
from sabot.kernels.types import (
    BOOL,
    FLOAT4,
    FLOAT8,
    INT2,
    INT4,
    INT8,
    INTERVAL,
    JSON,
    JSONB,
    NUMERIC,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
    SqlType,
    list_of,
)  # fmt: skip
from sabot.planner.physical.node import AggCall, Aggregate, SortKey, Values


def node(types: tuple[SqlType, ...], groups: tuple[int, ...], calls: tuple[AggCall, ...], append_only: bool = False) -> Aggregate:
    source = Values((), schema_of(*((f"c{i}", t) for i, t in enumerate(types))))
    out = schema_of(*((f"g{i}", types[i]) for i in groups), *((f"a{i}", c.type) for i, c in enumerate(calls)))
    return Aggregate(source, groups, calls, out, append_only)


def call(function: str, args: tuple[int, ...], types: tuple[SqlType, ...], result: SqlType, **more: Any) -> AggCall:
    return AggCall(function, args, tuple(types[a] for a in args), result, **more)


def case(types: tuple[SqlType, ...], groups: tuple[int, ...], calls: tuple[AggCall, ...], append_only: bool = False) -> laws.Case:
    def reference(inputs: list[Counter]) -> Counter:
        members: dict[tuple, list] = {} if groups else {(): []}
        for row in expand(inputs[0]):
            members.setdefault(tuple(row[g] for g in groups), []).append(row)
        out: Counter = Counter()
        for key, rows in members.items():
            values = []
            for c in calls:
                mine = [r for r in rows if c.filter is None or r[c.filter]]
                mine.sort(key=row_order([(k.column, k.descending, k.nulls_first) for k in c.order]))
                if not c.order:
                    mine.sort(key=row_order([(a, False, False) for a in c.args]))
                taken = [tuple(r[a] for a in c.args) for r in mine]
                if c.distinct:
                    taken = list(dict.fromkeys(taken))
                values.append(aggregate(c.function, taken, c.direct))
            out[key + tuple(values)] += 1
        return out

    plan = node(types, groups, calls, append_only)
    return laws.Case(
        make=lambda: AggregateOperator(7, plan, one_shot=False),
        inputs=(types,),
        reference=reference,
        partition=(groups,) if groups else None,
    )


T = (INT4, INT8, FLOAT8, TEXT, BOOL, TEXT)
LINEAR = (
    call("count_star", (), T, INT8),
    call("count", (3,), T, INT8),
    call("sum", (0,), T, INT8, filter=4),
    call("sum", (2,), T, FLOAT8),
    call("avg", (2,), T, FLOAT8),
    call("bool_and", (4,), T, BOOL),
    call("bool_or", (4,), T, BOOL),
    call("bit_and", (0,), T, INT4),
    call("bit_xor", (1,), T, INT8),
    call("var_pop", (2,), T, FLOAT8),
)
EXTREMES = (
    call("min", (2,), T, FLOAT8),
    call("max", (3,), T, TEXT),
    call("max", (1,), T, INT8),
    call("min", (0,), T, INT4, filter=4),
)
DISTINCT = (
    call("count", (3,), T, INT8, distinct=True),
    call("count", (0,), T, INT8, distinct=True, filter=4),
    call("sum", (1,), T, INT8, distinct=True),
    call("array_agg", (3,), T, list_of(TEXT), distinct=True),
)
ORDERED = (
    call("array_agg", (0,), T, list_of(INT4), order=(SortKey(3, True, True), SortKey(1))),
    call("string_agg", (3,), T, TEXT, order=(SortKey(3, True),), direct=("-",)),
    call("first_value", (0,), T, INT4, order=(SortKey(0, nulls_first=True),)),
    call("last_value", (0,), T, INT4, order=(SortKey(0),)),
    call("mode", (0,), T, INT4, order=(SortKey(0),)),
    call("percentile_disc", (0,), T, INT4, order=(SortKey(0),), direct=(0.5,)),
    call("percentile_cont", (1,), T, FLOAT8, order=(SortKey(1),), direct=(0.3,)),
)


@pytest.mark.parametrize("groups", [(), (0,), (3, 1)])
@pytest.mark.parametrize("calls", [LINEAR, EXTREMES, DISTINCT, ORDERED], ids=["linear", "extremes", "distinct", "ordered"])
@given(data=st.data())
def test_the_laws_hold(groups: tuple[int, ...], calls: tuple[AggCall, ...], data: st.DataObject) -> None:
    laws.check(case(T, groups, calls), data.draw(laws.histories((T,))))


@given(laws.histories((T,), append_only=True))
def test_append_only_extremes_are_those_of_the_history(steps: list[laws.Step]) -> None:
    what = case(T, (3,), EXTREMES, append_only=True)
    laws.law_incremental(what, steps)
    laws.law_cutting(what, steps)
    laws.law_restore(what, steps)


def answers(types: tuple[SqlType, ...], rows: list[tuple], *calls: AggCall, weights: list[int] | None = None) -> tuple:
    operator = AggregateOperator(1, node(types, (), calls), one_shot=True)
    ctx = laws.context(strict=True)
    total = laws.zset(laws.once(operator, [Batch.from_rows(types, rows, weights)], ctx))
    ((row, weight),) = total.items()
    assert weight == 1
    return row


def one(function: str, types: tuple[SqlType, ...], rows: list[tuple], result: SqlType, **more: Any) -> Any:
    args = more.pop("args", tuple(range(len(types))))
    return answers(types, rows, call(function, args, types, result, **more))[0]


def test_integer_sums_widen_and_averages_are_numeric() -> None:
    rows = [(1,), (2,), (2,), (None,)]
    assert one("sum", (INT2,), rows, INT8) == 5
    assert one("avg", (INT2,), rows, NUMERIC) == "1.6666666666666667"
    assert one("sum", (INT8,), [(2**63 - 1,), (2**63 - 1,)], NUMERIC) == str(2**64 - 2)
    assert one("stddev_samp", (INT4,), rows, NUMERIC) == "0.57735026918962576451"
    assert one("var_pop", (INT4,), rows, NUMERIC) == "0.22222222222222222222"
    assert one("var_samp", (INT4,), [(1,)], NUMERIC) is None


def test_numeric_sums_keep_the_largest_display_scale() -> None:
    assert one("sum", (NUMERIC,), [("1.5",), ("2.25",)], NUMERIC) == "3.75"
    assert one("avg", (NUMERIC,), [("1.5",), ("2.25",)], NUMERIC) == "1.8750000000000000"
    assert one("sum", (NUMERIC,), [("1",), ("NaN",)], NUMERIC) == "NaN"


def test_a_bigint_sum_out_of_range_is_an_error_that_goes_away() -> None:
    types = (INT4, INT8)
    plan = node(types, (0,), (call("sum", (1,), types, INT8),))
    operator = AggregateOperator(3, plan, one_shot=False)
    ctx = laws.context()
    big = 2**62
    out = operator.step([Batch.from_rows(types, [(1, big), (1, big)])], ctx)
    assert laws.zset(out) == {(1, None): 1}
    assert ctx.errors[0].to_rows() == [(3, "22003", "bigint out of range", None)]
    ctx = laws.context(2)
    out = operator.step([Batch.from_rows(types, [(1, big)], [-1])], ctx)
    assert laws.zset(out) == {(1, None): -1, (1, big): 1}
    assert ctx.errors[0].weights() == [-1]
    with pytest.raises(RowError, match="bigint out of range"):
        answers(types, [(1, big), (1, big)], call("sum", (1,), types, INT8))


def test_float_sums_leave_nothing_behind() -> None:
    types = (INT4, FLOAT8)
    plan = node(types, (0,), (call("sum", (1,), types, FLOAT8), call("var_samp", (1,), types, FLOAT8)))
    operator = AggregateOperator(3, plan, one_shot=False)
    operator.step([Batch.from_rows(types, [(1, 0.1), (1, 0.2)])], laws.context())
    operator.step([Batch.from_rows(types, [(1, 1e300), (1, 1e-300), (1, math.nan)])], laws.context())
    out = operator.step([Batch.from_rows(types, [(1, 1e300), (1, 1e-300), (1, math.nan)], [-1] * 3)], laws.context())
    assert out is not None
    assert laws.zset(out.inserted()) == {(1, 0.30000000000000004, 0.005000000000000001): 1}
    assert one("sum", (FLOAT4,), [(1.5,), (2.25,)], FLOAT4) == 3.75


def test_regression_functions() -> None:
    rows = [(1.0, 1.0), (2.0, 3.0), (4.0, 4.0), (None, 9.0)]
    two = (FLOAT8, FLOAT8)
    assert one("regr_count", two, rows, INT8) == 3
    assert one("corr", two, rows, FLOAT8) == pytest.approx(0.9285714285714286, abs=1e-15)
    assert one("covar_samp", two, rows, FLOAT8) == pytest.approx(2.1666666666666665, abs=1e-15)
    assert one("regr_slope", two, rows, FLOAT8) == pytest.approx(0.9285714285714286, abs=1e-15)
    assert one("regr_intercept", two, rows, FLOAT8) == pytest.approx(-0.14285714285714296, abs=1e-15)
    assert one("regr_r2", two, [(1.0, 1.0), (1.0, 2.0)], FLOAT8) == 1.0
    assert one("corr", two, [(1.0, 1.0)], FLOAT8) is None


def test_intervals() -> None:
    day = 86_400_000_000
    assert one("sum", (INTERVAL,), [((1, 2, 3),), ((4, 5, 6),)], INTERVAL) == (5, 7, 9)
    assert one("avg", (INTERVAL,), [((0, 1, 0),), ((0, 0, 1),)], INTERVAL) == (day // 2, 15, 0)
    assert one("max", (INTERVAL,), [((0, 31, 0),), ((0, 0, 1),)], INTERVAL) == (0, 31, 0)


def test_percentiles_of_several_fractions_and_bad_ones() -> None:
    rows = [(v,) for v in (1.0, 2.0, 3.0, 10.0)]
    order = (SortKey(0),)
    assert one("percentile_cont", (FLOAT8,), rows, list_of(FLOAT8), args=(), order=order, direct=([0.25, None, 1.0],)) == (1.75, None, 10.0)
    assert one("percentile_disc", (FLOAT8,), rows, FLOAT8, args=(), order=(SortKey(0, True),), direct=("0.25",)) == 10.0
    with pytest.raises(RowError, match=r"percentile value 1.5 is not between 0 and 1"):
        one("percentile_cont", (FLOAT8,), rows, FLOAT8, args=(), order=order, direct=(1.5,))


def test_arg_min_and_arg_max_take_the_value_beside_the_extreme() -> None:
    types = (TEXT, INT4)
    rows = [("a", 3), ("b", 1), ("c", 7), ("d", None)]
    assert one("arg_min", types, rows, TEXT) == "b"
    assert one("arg_max", types, rows, TEXT) == "c"


def test_json_aggregates() -> None:
    types = (TEXT, JSONB)
    rows = [("bb", '{"x": 1}'), ("a", "2"), ("a", "3"), ('q"', None)]
    assert one("jsonb_object_agg", types, rows, JSONB) == '{"a": 3, "bb": {"x": 1}, "q\\"": null}'
    assert one("jsonb_agg", (INT4,), [(1,), (None,)], JSONB, order=(SortKey(0, nulls_first=True),)) == "[null, 1]"
    with pytest.raises(RowError, match="field name must not be null"):
        one("jsonb_object_agg", types, [(None, "1")], JSONB)
    assert one("jsonb_agg", (TIMESTAMP,), [(0,)], JSONB) == '["1970-01-01T00:00:00"]'
    assert one("json_agg", (JSON,), [('{"b" :1, "a":2}',)], JSON) == '[{"b" :1, "a":2}]'
    assert one("jsonb_agg", (JSON,), [('{"b" :1, "a":2}',)], JSONB) == '[{"a": 2, "b": 1}]'
    assert one("json_object_agg", types, rows[:2], JSON) == '{ "a" : 2, "bb" : {"x": 1} }'
    with pytest.raises(Unsupported):
        one("jsonb_agg", (TIMESTAMPTZ,), [], JSONB)


def test_string_agg_takes_each_rows_own_delimiter() -> None:
    types = (TEXT, TEXT)
    rows = [("a", "1"), ("b", "2"), ("c", None), (None, "9")]
    assert one("string_agg", types, rows, TEXT, order=(SortKey(0),)) == "a2bc"


def test_equal_numerics_are_one_group_shown_as_first_seen() -> None:
    types = (NUMERIC,)
    operator = AggregateOperator(1, node(types, (0,), (call("count_star", (), types, INT8),)), one_shot=False)
    out = operator.step([Batch.from_rows(types, [("1.50",), ("1.5",), (None,)])], laws.context())
    assert laws.zset(out) == {("1.50", 2): 1, (None, 1): 1}


def test_a_retraction_from_an_append_only_input_is_our_defect() -> None:
    operator = AggregateOperator(1, node(T, (0,), EXTREMES, append_only=True), one_shot=False)
    with pytest.raises(InternalError):
        operator.step([Batch.from_rows(T, [(1, 1, 1.0, "", True, "")], [-1])], laws.context())


def test_unknown_functions_are_refused() -> None:
    with pytest.raises(Unsupported):
        one("sum", (TEXT,), [], TEXT)

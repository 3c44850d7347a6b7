"""Window functions: ranks, neighbours, frames of every kind, incrementally."""

from __future__ import annotations

from collections import Counter
from typing import Any

import laws
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.window import window
from sabot.executor.operators.window import WindowOperator
from sabot.kernels.batch import Batch
from sabot.kernels.errors import Unsupported, UserError
from sabot.kernels.expr.spec import Col, Lit
from sabot.kernels.schema import schema_of
from sabot.kernels.types import (
    BOOL,
    FLOAT8,
    INT4,
    INT8,
    INTERVAL,
    NUMERIC,
    TEXT,
    TIMESTAMP,
    TIMESTAMPTZ,
    SqlType,
    list_of,
)
from sabot.planner.physical.node import Frame, Map, SortKey, Values, Window, WindowCall

T = (INT4, INT4, TEXT, BOOL)  # partition, order, value, flag
SOURCE = schema_of(*((f"c{i}", t) for i, t in enumerate(T)))
RESULTS = {"ntile": INT4, "percent_rank": FLOAT8, "cume_dist": FLOAT8, "sum": INT8}


def call(function: str, args: tuple[int, ...] = (), frame: Frame | None = None, **more: Any) -> WindowCall:
    types = tuple(T[a] for a in args)
    result = RESULTS.get(function) or (types[0] if function in ("lag", "lead", "min", "max") or "value" in function else INT8)
    if function == "array_agg":
        result = list_of(types[0])
    return WindowCall(function, args, types, result, frame, **more)


def node(calls: tuple[WindowCall, ...], order: tuple[SortKey, ...] = (SortKey(1),), partition: tuple[int, ...] = (0,)) -> Window:
    out = schema_of(*((f.name, f.type) for f in SOURCE), *((f"w{i}", c.type) for i, c in enumerate(calls)))
    return Window(Values((), SOURCE), partition, order, calls, out)


def case(plan: Window) -> laws.Case:
    def reference(inputs: list[Counter]) -> Counter:
        order = [(k.column, k.descending, k.nulls_first) for k in plan.order]
        return window(inputs[0], plan.partition, order, plan.calls)

    return laws.Case(
        make=lambda: WindowOperator(5, plan, one_shot=False),
        inputs=(T,),
        reference=reference,
        partition=(plan.partition,) if plan.partition else None,
    )


def frame(mode: str, start: str, end: str, exclude: str = "no_others") -> Frame:
    """`2 preceding`, `current`, `unbounded following` …"""

    def bound(text: str) -> tuple[str, object]:
        amount, _, side = text.partition(" ")
        return (text.replace(" ", "_"), None) if not amount.isdigit() else (side, int(amount))

    return Frame(mode, bound(start), bound(end), exclude)


FRAMES = (
    None,
    frame("rows", "unbounded preceding", "current"),
    frame("rows", "1 preceding", "1 following"),
    frame("rows", "2 preceding", "1 preceding"),
    frame("rows", "1 following", "2 following", "ties"),
    frame("rows", "1 preceding", "current", "current_row"),
    frame("range", "1 preceding", "current"),
    frame("range", "1 preceding", "1 following", "group"),
    frame("range", "current", "unbounded following"),
    frame("range", "1 following", "2 following"),
    frame("groups", "1 preceding", "1 following"),
    frame("groups", "current", "1 following", "ties"),
    frame("groups", "2 preceding", "1 preceding"),
    frame("rows", "unbounded preceding", "unbounded following", "current_row"),
)
RANKS = node((call("row_number"), call("rank"), call("dense_rank")))
PLANS = {
    "row_number": node((call("row_number"),)),
    "rank": node((call("rank"),), (SortKey(1, True, True),)),
    "ranks": RANKS,
    "dense_rank": node((call("dense_rank"),)),
    "dense_rank by two columns": node((call("dense_rank"), call("lag", (2,))), (SortKey(1, True), SortKey(2))),
    "dense_rank and running": node((call("dense_rank"), call("sum", (1,), FRAMES[1])), partition=()),
    "dense_rank without order": node((call("dense_rank"), call("count_star", (), FRAMES[2])), ()),
    "of the whole": node((call("percent_rank"), call("cume_dist"), call("ntile", (1,))), (SortKey(2),)),
    "neighbours": node((call("lag", (2,)), call("lead", (1,))), (SortKey(1, nulls_first=True),)),
    "lag by column": node((call("lag", (2, 1)), call("lead", (2, 1, 2)))),
    "not null": node((call("lag", (2,), ignore_nulls=True), call("last_value", (2,), FRAMES[2], ignore_nulls=True))),
    "no order": node((call("sum", (1,)), call("count_star")), ()),
    "no partition": node((call("row_number"), call("sum", (1,), FRAMES[2])), partition=()),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANS)
@given(data=st.data())
def test_the_laws_hold(name: str, data: st.DataObject) -> None:
    laws.check(case(PLANS[name]), data.draw(laws.histories((T,), events=16)))


@pytest.mark.parametrize("at", range(len(FRAMES)))
@pytest.mark.parametrize("descending", [False, True])
@settings(max_examples=40)
@given(data=st.data())
def test_frames(at: int, descending: bool, data: st.DataObject) -> None:
    f = FRAMES[at]
    calls = (
        call("sum", (1,), f, filter=3),
        call("count_star", (), f),
        call("max", (2,), f),
        call("first_value", (2,), f),
        call("nth_value", (2, 1), f),
        call("array_agg", (2,), f),
    )
    plan = node(calls, (SortKey(1, descending, data.draw(st.booleans())),))
    laws.check(case(plan), data.draw(laws.histories((T,), events=16)))


def one(types: tuple[SqlType, ...], rows: list[tuple], order: SortKey, calls: tuple[WindowCall, ...], zone: str = "UTC") -> list[tuple]:
    source = schema_of(*((f"c{i}", t) for i, t in enumerate(types)))
    plan = Window(Values((), source), (), (order,), calls, source)
    operator = WindowOperator(1, plan, one_shot=True)
    ctx = laws.context(strict=True)
    ctx.facts = type(ctx.facts)(time_zone=zone)
    out = laws.once(operator, [Batch.from_rows(types, rows)], ctx)
    assert out is not None and out.append_only
    return [row[len(types) :] for row in out.to_rows()]


def count(mode: str, start: object, end: object) -> WindowCall:
    return WindowCall("count_star", (), (), INT8, Frame(mode, ("preceding", start), ("following", end)))


@pytest.mark.parametrize(
    ("order", "values", "start", "end", "expected"),
    [
        (INT4, [1, 2, 4, 2**31 - 1], 1, 2**62, [4, 4, 2, 1]),
        (FLOAT8, [1.0, 1.4, float("inf"), float("nan")], 0.5, 0.0, [1, 2, 1, 1]),
        (NUMERIC, ["1.0", "1.4", "2"], "0.4", "0.5", [2, 2, 1]),
        (TIMESTAMP, [0, 3_600_000_000, 86_400_000_000], (0, 1, 0), (0, 0, 0), [1, 2, 3]),
        (INTERVAL, [(0, 1, 0), (0, 30, 0), (0, 0, 1)], (0, 0, 0), (0, 29, 0), [3, 2, 2]),
    ],
    ids=str,
)
def test_range_offsets_by_type(order: SqlType, values: list, start: object, end: object, expected: list[int]) -> None:
    assert [n for (n,) in one((order,), [(v,) for v in values], SortKey(0), (count("range", start, end),))] == expected


def test_days_of_timestamptz_are_days_of_the_zone() -> None:
    before, after = 1_679_760_000_000_000, 1_679_842_800_000_000  # 23 hours apart, across Berlin's change to summer
    rows = [(before,), (after,)]
    day = (count("range", (0, 1, 0), (0, 0, 0)),)
    assert one((TIMESTAMPTZ,), rows, SortKey(0), day, "Europe/Berlin") == [(1,), (2,)]
    hours = (count("range", (22 * 3_600_000_000, 0, 0), (0, 0, 0)),)
    assert one((TIMESTAMPTZ,), rows, SortKey(0), hours) == [(1,), (1,)]


@given(st.lists(st.integers(0, 40), max_size=10), st.booleans())
def test_months_are_not_monotone_and_any_cutting_gives_the_same(half_days: list[int], descending: bool) -> None:
    """From January 20: a month after the 29th at noon is later than a month after the 30th."""
    source = schema_of(("at", TIMESTAMP))
    month = (0, 0, 1)
    calls = tuple(
        WindowCall("count_star", (), (), INT8, Frame("range", (start, month), (end, month)))
        for start, end in (("preceding", "current"), ("current", "following"), ("following", "following"))
    )
    out = schema_of(("at", TIMESTAMP), *((f"w{i}", INT8) for i in range(len(calls))))
    plan = Window(Values((), source), (), (SortKey(0, descending),), calls, out)
    steps: list[laws.Step] = [[(0, (19_377 * 86_400_000_000 + n * 43_200_000_000,), 1)] for n in half_days]
    what = laws.Case(lambda: WindowOperator(1, plan, one_shot=False), ((TIMESTAMP,),), lambda z: Counter())
    laws.law_cutting(what, steps)
    laws.law_retraction(what, steps)


def test_sessions_end_where_the_gap_is_longer() -> None:
    session = WindowCall("count_star", (), (), INT8, None, direct=("session", 2))
    rows = [(v,) for v in (1, 3, 4, 7, 8)]
    assert one((INT4,), rows, SortKey(0), (session,)) == [(3,), (3,), (3,), (2,), (2,)]


def test_a_constant_lag_touches_only_its_neighbours() -> None:
    below = Map(Values((), SOURCE), (*(Col(i, t) for i, t in enumerate(T)), Lit(2, INT4)), schema_of(*((f"c{i}", t) for i, t in enumerate((*T, INT4)))))
    plan = Window(below, (0,), (SortKey(1),), (call("lag", (1,)),), SOURCE)
    plan = Window(below, (0,), (SortKey(1),), (WindowCall("lag", (1, 4), (INT4, INT4), INT4, None),), SOURCE)
    operator = WindowOperator(1, plan, one_shot=False)
    types = (*T, INT4)
    operator.step([Batch.from_rows(types, [(1, v, "", True, 2) for v in range(0, 100, 2)])], laws.context())
    out = operator.step([Batch.from_rows(types, [(1, 51, "", True, 2)])], laws.context())
    assert laws.zset(out) == {
        (1, 51, "", True, 2, 48): 1,
        (1, 52, "", True, 2, 48): -1,
        (1, 52, "", True, 2, 50): 1,
        (1, 54, "", True, 2, 50): -1,
        (1, 54, "", True, 2, 51): 1,
    }


def test_bad_frames_and_functions_are_refused() -> None:
    with pytest.raises(UserError, match="must not be negative"):
        one((INT4,), [], SortKey(0), (count("rows", -1, 0),))
    with pytest.raises(Unsupported):
        one((TEXT,), [], SortKey(0), (count("range", 1, 0),))
    with pytest.raises(UserError, match="argument of ntile must be greater than zero"):
        one((INT4,), [(0,)], SortKey(0), (WindowCall("ntile", (0,), (INT4,), INT4, None),))

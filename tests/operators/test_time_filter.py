"""Temporal filters, clocks, watermark filters and emit on window close."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from laws import Step, ZSet, add, batches, clean, context, histories, once, zset
from sabot.executor.operator import StepContext
from sabot.executor.operators.clock import ClockOperator
from sabot.executor.operators.now_filter import NowFilterOperator
from sabot.executor.operators.watermark import EmitOnCloseOperator, WatermarkFilterOperator
from sabot.kernels.batch import Batch
from sabot.kernels.expr.spec import Call, Col, Lit
from sabot.kernels.schema import schema_of
from sabot.kernels.types import TEXT, TIMESTAMPTZ
from sabot.planner.physical.node import Clock, EmitOnClose, NowFilter, Values, WatermarkFilter

TYPES = (TEXT, TIMESTAMPTZ, TIMESTAMPTZ)
SCHEMA = schema_of(("t", TEXT), ("low", TIMESTAMPTZ), ("high", TIMESTAMPTZ))
LEAF = Values((), SCHEMA)
LOW, HIGH = Col(1, TIMESTAMPTZ), Col(2, TIMESTAMPTZ)
EXAMPLES = settings(max_examples=120, deadline=None)


class Inputs:
    inputs = (TYPES,)


def restarted(operator: NowFilterOperator, node: NowFilter, drained: list[list[Batch]]) -> NowFilterOperator:
    for table, batch in enumerate(operator.drain()):
        if batch is not None:
            drained[table].append(batch)
    fresh = NowFilterOperator(1, node, one_shot=False)
    for table, parts in enumerate(drained):
        for batch in parts:
            fresh.restore(table, batch)
    return fresh


@EXAMPLES
@given(
    steps=histories((TYPES,)), bounds=st.sampled_from([(LOW, None), (None, HIGH), (LOW, HIGH)]),
    times=st.lists(st.integers(0, 1_200_000), min_size=16, max_size=16), restart=st.booleans(),
)
def test_rows_are_shown_while_now_is_between_their_bounds(
    steps: list[Step], bounds: tuple[Any, Any], times: list[int], restart: bool
) -> None:
    node = NowFilter(LEAF, bounds[0], bounds[1], SCHEMA)
    operator = NowFilterOperator(1, node, one_shot=False)
    now, shown = 0, Counter[Any]()
    rows: ZSet = Counter()
    drained: list[list[Batch]] = [[], []]
    for step, passed in zip([*steps, [], [], []], times):
        now += passed
        for _, row, weight in step:
            rows[row] += weight
        (batch,) = batches(Inputs, step)  # type: ignore[arg-type]
        shown = add(shown, zset(operator.step([batch], context(now=now))))
        expected = Counter({r: w for r, w in rows.items() if visible(r, bounds, now)})
        assert shown == clean(expected)
        one_shot = NowFilterOperator(1, node, one_shot=True)
        whole = Batch.from_rows(TYPES, list(rows), list(rows.values()))
        assert zset(once(one_shot, [whole], context(now=now))) == clean(expected)
        if restart:
            operator = restarted(operator, node, drained)
    back = Batch.from_rows(TYPES, list(rows), [-w for w in rows.values()])
    assert add(shown, zset(operator.step([back], context(now=now)))) == {}
    assert operator.state_rows == 0


def visible(row: tuple[Any, ...], bounds: tuple[Any, Any], now: int) -> bool:
    low = row[1] is not None and row[1] <= now if bounds[0] is not None else True
    high = row[2] is not None and now < row[2] if bounds[1] is not None else True
    return low and high


def batch(*rows: tuple[str, int | None]) -> Batch:
    return Batch.from_rows(TYPES, [(t, at, None if at is None else at - 5) for t, at in rows])


def test_late_rows_are_dropped_in_any_cutting_and_after_restart() -> None:
    node = WatermarkFilter(LEAF, 1, HIGH, SCHEMA)
    rows = [("a", 10), ("b", 6), ("c", 4), ("d", 20), ("e", 14), ("f", None), ("g", 15)]
    whole = WatermarkFilterOperator(4, node, one_shot=False)
    ctx = context()
    out = whole.step([batch(*rows)], ctx)
    assert out is not None and out.column_values(0) == ["a", "b", "d", "f", "g"]
    assert ctx.watermarks == {4: 15} and whole.late_rows == 2
    operator = WatermarkFilterOperator(4, node, one_shot=False)
    kept: list[str] = []
    for row in rows:
        out = operator.step([batch(row)], context())
        kept += out.column_values(0) if out is not None else []
        (state,) = operator.drain()
        if state is not None:
            operator = WatermarkFilterOperator(4, node, one_shot=False)
            operator.restore(0, state)
    assert kept == ["a", "b", "d", "f", "g"]


def at(watermark: int) -> StepContext:
    ctx = context()
    ctx.watermarks.update({1: watermark, 2: 1_000})
    return ctx


def test_rows_wait_until_the_least_watermark_has_passed_them() -> None:
    operator = EmitOnCloseOperator(9, EmitOnClose(LEAF, 1, SCHEMA), one_shot=False)
    assert operator.step([batch(("a", 10), ("b", 20), ("n", None))], context()) is None
    assert operator.step([batch(("a", 10)).negate()], at(5)) is None
    assert operator.step([batch(("A", 10))], at(10)) is None
    assert zset(operator.step([None], at(11))) == {("A", 10, 5): 1}
    assert operator.step([Batch.concat([batch(("A", 10)).negate(), batch(("late", 10))])], at(11)) is None
    fresh = EmitOnCloseOperator(9, EmitOnClose(LEAF, 1, SCHEMA), one_shot=False)
    for table, part in enumerate(operator.drain()):
        if part is not None:
            fresh.restore(table, part)
    assert zset(fresh.step([None], at(30))) == {("b", 20, 15): 1}
    assert fresh.state_rows == 0


def test_the_end_of_a_window_is_closed_when_the_watermark_reaches_it() -> None:
    operator = EmitOnCloseOperator(9, EmitOnClose(LEAF, 1, SCHEMA, inclusive=True), one_shot=False)
    assert zset(operator.step([batch(("a", 10), ("b", 11))], at(10))) == {("a", 10, 5): 1}


HOUR = 3_600_000_000


@EXAMPLES
@given(hours=st.lists(st.integers(0, 3), min_size=1, max_size=8), restart=st.booleans())
def test_a_clock_tells_its_row_and_corrects_it(hours: list[int], restart: bool) -> None:
    trunc = Call("temporal.date_trunc", (Lit("hour", TEXT), Col(0, TIMESTAMPTZ)), TIMESTAMPTZ)
    node = Clock((trunc,), schema_of(("hour", TIMESTAMPTZ)))
    operator, now, shown = ClockOperator(1, node, one_shot=False), 5, Counter[Any]()
    for passed in hours:
        now += passed * HOUR + 7
        told = operator.step([], context(now=now))
        assert told is not None or shown
        shown = add(shown, zset(told))
        assert clean(shown) == {(now // HOUR * HOUR,): 1}
        if restart:
            fresh = ClockOperator(1, node, one_shot=False)
            for batch in operator.drain():
                if batch is not None:
                    fresh.restore(0, batch)
                    operator = fresh
    assert operator.step([], context(now=now)) is None

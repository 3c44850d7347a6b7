"""Joins: every kind obeys the laws; one-shot joins give the same answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import laws
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import (
    Case,
    Row,
    Step,
    ZSet,
    batches,
    check,
    context,
    freeze,
    histories,
    inputs_of,
    law_negation,
    raw_changes,
    zset,
)
from reference.join import comparable
from reference.join import join as slow_join
from sabot.executor.operators.join import JoinOperator
from sabot.kernels.batch import Batch
from sabot.kernels.errors import InternalError, RowError
from sabot.kernels.expr.spec import Call, Col, Expr, Lit
from sabot.kernels.schema import schema_of
from sabot.kernels.types import BOOL, INT4, INT8, NUMERIC, TEXT, SqlType
from sabot.planner.physical.node import Join, Values

KINDS = ("inner", "left", "right", "full", "semi", "anti")
LEFT, RIGHT = (INT8, TEXT), (INT8, INT4)
EXAMPLES = settings(max_examples=60, deadline=None)


def join(
    kind: str, left: tuple[SqlType, ...] = LEFT, right: tuple[SqlType, ...] = RIGHT,
    keys: tuple[tuple[int, ...], tuple[int, ...]] = ((0,), (0,)), null_safe: tuple[bool, ...] = (False,),
    residual: Expr | None = None, append_only: bool = False,
) -> Join:
    types = left if kind in ("semi", "anti") else left + right
    return Join(
        Values((), schema_of(*((f"l{i}", t) for i, t in enumerate(left)))),
        Values((), schema_of(*((f"r{i}", t) for i, t in enumerate(right)))),
        kind, keys[0], keys[1], null_safe, residual, schema_of(*((f"c{i}", t) for i, t in enumerate(types))),
        append_only, append_only,
    )


def case(node: Join, on: Callable[[Row, Row], bool]) -> Case:
    left, right = node.left.schema.types, node.right.schema.types

    def reference(inputs: list[ZSet]) -> ZSet:
        return slow_join(inputs[0], inputs[1], node.kind, on, (len(left), len(right)))

    return Case(
        lambda: JoinOperator(1, node, one_shot=False), (left, right), reference,
        partition=(node.left_keys, node.right_keys) if node.left_keys else None, bilinear=node.kind == "inner",
    )


def once(node: Join, c: Case, steps: list[Step]) -> None:
    """The same rows in one step of a one-shot operator."""
    summed = [[(p, row, w) for p, z in enumerate(inputs_of(c, steps)) for row, w in z.items()]]
    operator = JoinOperator(1, node, one_shot=True)
    got = zset(laws.once(operator, batches(c, summed[0]), context(strict=True)))
    expected = {freeze(r): w for r, w in c.reference(inputs_of(c, steps)).items() if w}
    assert got == expected


def equal(a: Row, b: Row) -> bool:
    return a[0] is not None and a[0] == b[0]


@pytest.mark.parametrize("kind", KINDS)
@EXAMPLES
@given(steps=histories((LEFT, RIGHT)))
def test_equal_keys(kind: str, steps: list[Step]) -> None:
    node = join(kind)
    check(case(node, equal), steps)
    once(node, case(node, equal), steps)


@pytest.mark.parametrize("kind", KINDS)
@EXAMPLES
@given(steps=histories((LEFT, RIGHT)))
def test_null_safe_keys(kind: str, steps: list[Step]) -> None:
    node = join(kind, null_safe=(True,))
    c = case(node, lambda a, b: a[0] == b[0])
    check(c, steps)
    once(node, c, steps)


@pytest.mark.parametrize("kind", KINDS)
@EXAMPLES
@given(steps=histories((LEFT, RIGHT)))
def test_residual_condition(kind: str, steps: list[Step]) -> None:
    node = join(kind, residual=Call("compare.lt", (Col(3, INT4), Lit(2, INT4)), BOOL))
    c = case(node, lambda a, b: equal(a, b) and b[1] is not None and b[1] < 2)
    check(c, steps)
    once(node, c, steps)


@pytest.mark.parametrize("kind", KINDS)
@EXAMPLES
@given(steps=histories(((INT4,), (INT4,))))
def test_no_keys_is_a_nested_loop(kind: str, steps: list[Step]) -> None:
    less = Call("compare.lt", (Col(0, INT4), Col(1, INT4)), BOOL)
    for residual in (less, None):
        node = join(kind, (INT4,), (INT4,), ((), ()), (), residual)

        def on(a: Row, b: Row, residual: Any = residual) -> bool:
            return residual is None or (a[0] is not None and b[0] is not None and a[0] < b[0])

        check(case(node, on), steps)
        once(node, case(node, on), steps)


@EXAMPLES
@given(steps=histories(((NUMERIC, TEXT), (NUMERIC,))), kind=st.sampled_from(KINDS))
def test_numeric_keys_match_by_value(kind: str, steps: list[Step]) -> None:
    node = join(kind, (NUMERIC, TEXT), (NUMERIC,))
    check(case(node, lambda a, b: a[0] is not None and comparable(a[0], True) == comparable(b[0], True)), steps)


@EXAMPLES
@given(steps=histories(((INT8, TEXT), (TEXT, INT8))), kind=st.sampled_from(KINDS))
def test_two_keys(kind: str, steps: list[Step]) -> None:
    node = join(kind, (INT8, TEXT), (TEXT, INT8), ((0, 1), (1, 0)), (False, True))
    check(case(node, lambda a, b: a[0] is not None and a == (b[1], b[0])), steps)


@EXAMPLES
@given(steps=raw_changes((LEFT, RIGHT)))
def test_inner_join_is_bilinear_in_any_weights(steps: list[Step]) -> None:
    law_negation(case(join("inner"), equal), steps)


@EXAMPLES
@given(steps=histories((LEFT, RIGHT), append_only=True), kind=st.sampled_from(KINDS))
def test_append_only_inputs(kind: str, steps: list[Step]) -> None:
    c = case(join(kind, append_only=True), equal)
    expected = zset(Batch.concat([Batch.empty(join(kind).schema.types)]))
    operator = c.make()
    for number, step in enumerate(steps):
        expected.update(zset(operator.step(batches(c, step), context(number + 1))))
    assert {r: w for r, w in expected.items() if w} == {r: w for r, w in c.reference(inputs_of(c, steps)).items() if w}


def division(kind: str) -> Join:
    ratio = Call("arith.div", (Lit(10, INT4), Col(3, INT4)), INT4)
    return join(kind, residual=Call("compare.gt", (ratio, Lit(1, INT4)), BOOL))


def test_a_failing_condition_is_a_retractable_error_row() -> None:
    operator = JoinOperator(7, division("left"), one_shot=False)
    left, right = Batch.from_rows(LEFT, [(1, "a")]), Batch.from_rows(RIGHT, [(1, 0), (1, 2)])
    ctx = context()
    out = operator.step([left, right], ctx)
    assert zset(out) == {(1, "a", 1, 2): 1}
    assert zset(Batch.concat(ctx.errors)) == {(7, "22012", "division by zero", None): 1}
    ctx = context(2)
    operator.step([left.negate(), None], ctx)
    assert zset(Batch.concat(ctx.errors)) == {(7, "22012", "division by zero", None): -1}


def test_a_failing_condition_raises_in_a_select() -> None:
    operator = JoinOperator(7, division("inner"), one_shot=True)
    with pytest.raises(RowError, match="division by zero"):
        laws.once(
            operator, [Batch.from_rows(LEFT, [(1, "a")]), Batch.from_rows(RIGHT, [(1, 0)])], context(strict=True)
        )


def test_a_hot_key_stays_fast() -> None:
    operator = JoinOperator(1, join("semi"), one_shot=False)
    many = Batch.from_rows(LEFT, [(1, str(i)) for i in range(50_000)])
    assert operator.step([many, None], context()) is None
    out = operator.step([None, Batch.from_rows(RIGHT, [(1, 1)])], context(2))
    assert out is not None and len(out) == 50_000
    assert operator.step([None, Batch.from_rows(RIGHT, [(1, 2)])], context(3)) is None
    out = operator.step([many.negate(), None], context(4))
    assert out is not None and set(out.weights()) == {-1}
    assert operator.state_rows == 1


def test_keys_of_different_kinds_are_refused() -> None:
    with pytest.raises(InternalError, match="without a cast"):
        JoinOperator(1, join("inner", (INT8, TEXT), (INT4,)), one_shot=False)

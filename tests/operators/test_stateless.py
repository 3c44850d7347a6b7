"""Map, union and values: linear, and errors are rows."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from laws import (
    Case,
    Step,
    context,
    law_cutting,
    law_incremental,
    law_negation,
    law_partitions,
    once,
    raw_changes,
    zset,
)
from sabot.executor.build import OPERATORS, build_operator
from sabot.executor.operators.map import MapOperator
from sabot.executor.operators.union import UnionOperator
from sabot.executor.operators.values import ValuesOperator
from sabot.kernels.batch import Batch
from sabot.kernels.errors import RowError
from sabot.kernels.expr.spec import Call, Col, Lit
from sabot.kernels.schema import schema_of
from sabot.kernels.types import BOOL, INT4, TEXT
from sabot.planner.physical import node
from sabot.planner.physical.node import Map, Union, Values

SCHEMA = schema_of(("a", INT4), ("t", TEXT))
LEAF = Values((), SCHEMA)
MORE = Call("compare.gt", (Col(0, INT4), Lit(0, INT4)), BOOL)
RATIO = Map(LEAF, (Call("arith.div", (Lit(10, INT4), Col(0, INT4)), INT4),), schema_of(("r", INT4)))


@settings(max_examples=60, deadline=None)
@given(steps=raw_changes((SCHEMA.types,)))
def test_map_is_linear(steps: list[Step]) -> None:
    plan = Map(LEAF, (Col(1, TEXT), Col(0, INT4)), schema_of(("t", TEXT), ("a", INT4)), MORE)
    case = Case(
        lambda: MapOperator(1, plan, one_shot=False), (SCHEMA.types,),
        lambda z: Counter({(t, a): w for (a, t), w in z[0].items() if a is not None and a > 0}), ((0,),), linear=True,
    )
    for law in (law_incremental, law_cutting, law_negation, law_partitions):
        law(case, steps)


@settings(max_examples=60, deadline=None)
@given(steps=raw_changes((SCHEMA.types, SCHEMA.types)))
def test_union_is_linear(steps: list[Step]) -> None:
    def both(inputs: list[Counter]) -> Counter:
        out = Counter(inputs[0])
        for row, weight in inputs[1].items():
            out[row] += weight
        return out

    plan = Union((LEAF, LEAF), SCHEMA)
    case = Case(
        lambda: UnionOperator(1, plan, one_shot=False), (SCHEMA.types,) * 2, both, ((0,), (1,)), linear=True
    )
    for law in (law_incremental, law_cutting, law_negation, law_partitions):
        law(case, steps)


def test_a_failing_expression_is_null_and_an_error_row_that_goes_with_its_input() -> None:
    operator = MapOperator(5, RATIO, one_shot=False)
    batch = Batch.from_rows(SCHEMA.types, [(0, "x"), (5, "y")])
    ctx = context()
    assert zset(operator.step([batch], ctx)) == {(None,): 1, (2,): 1}
    assert zset(ctx.errors[0]) == {(5, "22012", "division by zero", None): 1}
    ctx = context()
    operator.step([batch.negate()], ctx)
    assert zset(ctx.errors[0]) == {(5, "22012", "division by zero", None): -1}


def test_a_failing_expression_fails_a_select() -> None:
    operator = MapOperator(5, RATIO, one_shot=True)
    with pytest.raises(RowError, match="division by zero"):
        once(operator, [Batch.from_rows(SCHEMA.types, [(0, "x")])], context(strict=True))


def test_values_come_once() -> None:
    plan = Values(((Lit(1, INT4), Lit("a", TEXT)), (Lit(None, INT4), Lit("b", TEXT))), SCHEMA)
    operator = ValuesOperator(1, plan, one_shot=False)
    first = operator.start(context())
    assert first is not None and first.to_rows() == [(1, "a"), (None, "b")]
    assert operator.step([], context()) is None
    assert once(ValuesOperator(1, Values((), SCHEMA), one_shot=True), [], context()) is None


def test_rows_without_columns() -> None:
    empty = schema_of()
    operator = ValuesOperator(1, Values(((), ()), empty), one_shot=True)
    out = once(operator, [], context())
    assert out is not None and out.num_rows == 2


def test_every_operator_is_built_from_its_node() -> None:
    assert isinstance(build_operator(3, RATIO, False), MapOperator)
    leaves = {"Scan", "SourceScan", "RecursiveRef", "RecursiveInput"}
    plans = {t for t in vars(node).values() if isinstance(t, type) and hasattr(t, "inputs")}
    assert {t.__name__ for t in plans if t not in OPERATORS} <= leaves

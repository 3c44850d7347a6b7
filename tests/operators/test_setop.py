"""DISTINCT, EXCEPT, INTERSECT and single-row subqueries."""

from __future__ import annotations

from collections import Counter

import laws
import pytest
from hypothesis import given, settings
from laws import Case, Step, ZSet, batches, check, clean, context, freeze, histories, inputs_of, zset
from reference.sets import set_operation
from sabot.executor.operators.distinct import DistinctOperator
from sabot.executor.operators.setop import SetOpOperator
from sabot.executor.operators.single_row import SingleRowOperator
from sabot.kernels.batch import Batch
from sabot.kernels.schema import schema_of
from sabot.kernels.types import BOOL, INT4, NUMERIC, TEXT
from sabot.planner.physical.node import Distinct, SetOp, SingleRow, Values

TYPES = (INT4, NUMERIC)
SCHEMA = schema_of(("a", INT4), ("n", NUMERIC))
LEAF = Values((), SCHEMA)
PLAIN = schema_of(("a", INT4), ("t", TEXT))
MARKED = schema_of(("a", INT4), ("t", TEXT), ("several", BOOL))
EXAMPLES = settings(max_examples=80, deadline=None)


def once(case: Case, operator: DistinctOperator | SetOpOperator, steps: list[Step]) -> None:
    summed = [(p, row, w) for p, z in enumerate(inputs_of(case, steps)) for row, w in z.items()]
    expected = {freeze(r): w for r, w in case.reference(inputs_of(case, steps)).items() if w}
    assert zset(laws.once(operator, batches(case, summed), context(strict=True))) == expected


@pytest.mark.parametrize("kind", ["except", "intersect"])
@pytest.mark.parametrize("all", [False, True])
@EXAMPLES
@given(steps=histories((TYPES, TYPES)))
def test_set_operations(kind: str, all: bool, steps: list[Step]) -> None:
    node = SetOp(LEAF, LEAF, kind, all, SCHEMA)
    case = Case(
        lambda: SetOpOperator(1, node, one_shot=False), (TYPES, TYPES),
        lambda z: set_operation(z[0], z[1], kind, all, (1,)), partition=((0, 1), (0, 1)),
    )
    check(case, steps)
    once(case, SetOpOperator(1, node, one_shot=True), steps)


@EXAMPLES
@given(steps=histories((TYPES,)))
def test_distinct_by_value(steps: list[Step]) -> None:
    node = Distinct(LEAF, SCHEMA)
    case = Case(
        lambda: DistinctOperator(1, node, one_shot=False), (TYPES,),
        lambda z: set_operation(z[0], Counter(), "distinct", False, (1,)), partition=((1,),),
    )
    check(case, steps)
    once(case, DistinctOperator(1, node, one_shot=True), steps)


@EXAMPLES
@given(steps=histories(((INT4, TEXT),)))
def test_distinct_of_plain_kinds(steps: list[Step]) -> None:
    node = Distinct(Values((), PLAIN), PLAIN)
    case = Case(
        lambda: DistinctOperator(1, node, one_shot=False), ((INT4, TEXT),),
        lambda z: set_operation(z[0], Counter(), "distinct", False), partition=((0,),),
    )
    check(case, steps)
    once(case, DistinctOperator(1, node, one_shot=True), steps)


@EXAMPLES
@given(steps=histories(((INT4, TEXT),)))
def test_single_row_shows_a_row_per_group(steps: list[Step]) -> None:
    node = SingleRow(Values((), PLAIN), (0,), MARKED)

    def reference(inputs: list[ZSet]) -> ZSet:
        sizes: Counter[object] = Counter()
        for row, weight in inputs[0].items():
            sizes[row[0]] += weight
        alone = {(*row, False): w for row, w in inputs[0].items() if sizes[row[0]] == 1}
        return clean(Counter(alone | {(k, None, True): 1 for k, size in sizes.items() if size > 1}))

    check(Case(lambda: SingleRowOperator(1, node, one_shot=False), ((INT4, TEXT),), reference, ((0,),)), steps)


def test_a_second_row_is_told_of_while_it_is_there() -> None:
    operator = SingleRowOperator(3, SingleRow(Values((), PLAIN), (), MARKED), one_shot=False)
    one, two = Batch.from_rows((INT4, TEXT), [(1, "a")]), Batch.from_rows((INT4, TEXT), [(2, "b")])
    ctx = context()
    assert zset(operator.step([one], ctx)) == {(1, "a", False): 1}
    assert zset(operator.step([two], ctx)) == {(1, "a", False): -1, (None, None, True): 1}
    assert zset(operator.step([one.negate()], ctx)) == {(2, "b", False): 1, (None, None, True): -1}

"""As-of joins: the laws, for every comparison."""

from __future__ import annotations

import operator as op
from collections import Counter

import pytest
from hypothesis import given, settings
from laws import Case, Row, Step, ZSet, batches, check, context, freeze, histories, inputs_of, once, zset
from sabot.executor.operators.asof_join import AsOfJoinOperator
from sabot.kernels.schema import schema_of
from sabot.kernels.types import INT4, TEXT, TIMESTAMP
from sabot.planner.physical.node import AsOfJoin, Values

LEFT, RIGHT = (TEXT, TIMESTAMP), (TIMESTAMP, TEXT, INT4)
COMPARE = {"<": op.lt, "<=": op.le, ">": op.gt, ">=": op.ge}


def node(comparison: str, outer: bool) -> AsOfJoin:
    left, right = (schema_of(*((f"{side}{i}", t) for i, t in enumerate(types))) for side, types in (("l", LEFT), ("r", RIGHT)))
    both = schema_of(*((f"c{i}", t) for i, t in enumerate((*LEFT, *RIGHT))))
    return AsOfJoin(Values((), left), Values((), right), outer, (0,), (1,), 1, 0, comparison, both)


def nearest(left: Row, right: ZSet, comparison: str) -> Row | None:
    """Latest (for > and >=) or earliest match; of one time the greatest or least rest (NULL is least)."""
    found = [
        r for r in right
        if None not in (left[0], left[1], r[0]) and r[1] == left[0] and COMPARE[comparison](left[1], r[0])
    ]
    pick = max if comparison in (">", ">=") else min
    return pick(found, key=lambda r: (r[0], -1 if r[2] is None else r[2]), default=None)


@pytest.mark.parametrize("outer", [False, True])
@pytest.mark.parametrize("comparison", list(COMPARE))
@settings(max_examples=60, deadline=None)
@given(steps=histories((LEFT, RIGHT), events=18))
def test_as_of_join(comparison: str, outer: bool, steps: list[Step]) -> None:
    plan = node(comparison, outer)

    def reference(inputs: list[ZSet]) -> ZSet:
        out: ZSet = Counter()
        for row, weight in inputs[0].items():
            match = nearest(row, inputs[1], comparison)
            if match is not None or outer:
                out[row + (match or (None, None, None))] += weight
        return out

    case = Case(lambda: AsOfJoinOperator(1, plan, one_shot=False), (LEFT, RIGHT), reference, ((0,), (1,)))
    check(case, steps)
    summed = [(p, row, w) for p, z in enumerate(inputs_of(case, steps)) for row, w in z.items()]
    got = zset(once(AsOfJoinOperator(1, plan, one_shot=True), batches(case, summed), context(strict=True)))
    assert got == {freeze(r): w for r, w in reference(inputs_of(case, steps)).items() if w}

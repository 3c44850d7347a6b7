"""Temporal joins: each left row meets the right side of its moment, and takes back just that."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import Row, Step, ZSet, add, clean, context, histories, once, zset
from sabot.executor.operators.temporal_join import TemporalJoinOperator
from sabot.kernels.batch import Batch
from sabot.kernels.errors import InternalError
from sabot.kernels.expr.spec import Call, Col, Lit
from sabot.kernels.schema import schema_of
from sabot.kernels.types import BOOL, INT4, TEXT
from sabot.planner.physical.node import TemporalJoin, Values

LEFT, RIGHT = (INT4, TEXT), (INT4, INT4)


def node(outer: bool, append_only: bool, condition: bool = False) -> TemporalJoin:
    left, right = schema_of(("k", INT4), ("t", TEXT)), schema_of(("k", INT4), ("v", INT4))
    both = schema_of(("k", INT4), ("t", TEXT), ("k2", INT4), ("v", INT4))
    residual = Call("compare.gt", (Col(3, INT4), Lit(0, INT4)), BOOL) if condition else None
    return TemporalJoin(Values((), left), Values((), right), outer, (0,), (0,), residual, both, append_only)


def meet(row: Row, right: ZSet, outer: bool, condition: bool) -> ZSet:
    out: ZSet = Counter()
    for other, weight in right.items():
        if row[0] is not None and row[0] == other[0] and (not condition or (other[1] is not None and other[1] > 0)):
            out[row + other] += weight
    if not out and outer:
        out[(*row, None, None)] = 1
    return out


@settings(max_examples=150, deadline=None)
@given(
    steps=histories((LEFT, RIGHT), events=18), outer=st.booleans(), condition=st.booleans(), restart=st.booleans()
)
def test_left_rows_keep_what_they_met(steps: list[Step], outer: bool, condition: bool, restart: bool) -> None:
    """One change at a time; of equal left rows the last one to come is the first to go."""
    plan = node(outer, False, condition)
    operator = TemporalJoinOperator(1, plan, one_shot=False)
    right: ZSet = Counter()
    produced: dict[Row, list[ZSet]] = {}
    drained: list[list[Batch]] = [[], []]
    events = [event for step in steps for event in step]
    for epoch, (side, row, weight) in enumerate(events):
        delta = Batch.from_rows((LEFT, RIGHT)[side], [row], [weight])
        got = zset(operator.step([delta, None] if side == 0 else [None, delta], context(epoch + 1)))
        if side == 1:
            right = add(right, Counter({row: weight}))
            assert got == {}
        elif weight > 0:
            produced.setdefault(row, []).append(meet(row, right, outer, condition))
            assert got == produced[row][-1]
        else:
            assert got == add(Counter(), produced[row].pop(), -1)
        if restart:
            for table, batch in enumerate(operator.drain()):
                if batch is not None:
                    drained[table].append(batch)
            operator = TemporalJoinOperator(1, plan, one_shot=False)
            for table, parts in enumerate(drained):
                for batch in parts:
                    operator.restore(table, batch)
    back = [(row, -sum(1 for _ in met)) for row, met in produced.items() if met]
    left = Batch.from_rows(LEFT, [r for r, _ in back], [w for _, w in back])
    gone = Batch.from_rows(RIGHT, list(right), [-w for w in right.values()])
    rest: ZSet = Counter()
    for met in produced.values():
        for z in met:
            rest = add(rest, z)
    assert add(rest, zset(operator.step([left, gone], context(99)))) == {}
    assert operator.state_rows == 0


def test_right_changes_of_a_step_come_first_and_equal_rows_share_a_step() -> None:
    operator = TemporalJoinOperator(1, node(False, False), one_shot=False)
    left, right = Batch.from_rows(LEFT, [(1, "a"), (1, "a")]), Batch.from_rows(RIGHT, [(1, 5), (1, 5), (1, 6)])
    assert zset(operator.step([left, right], context())) == {(1, "a", 1, 5): 4, (1, "a", 1, 6): 2}
    one = Batch.from_rows(LEFT, [(1, "a")], [-1])
    assert zset(operator.step([one, None], context(2))) == {(1, "a", 1, 5): -2, (1, "a", 1, 6): -1}


def test_an_append_only_left_side_keeps_no_state() -> None:
    operator = TemporalJoinOperator(1, node(True, True), one_shot=False)
    assert zset(operator.step([Batch.from_rows(LEFT, [(1, "a")]), None], context())) == {(1, "a", None, None): 1}
    assert operator.state_rows == 0 and len(operator.state_tables) == 1


def test_a_one_shot_join_sees_all_of_the_right_side() -> None:
    operator = TemporalJoinOperator(1, node(True, False), one_shot=True)
    left, right = Batch.from_rows(LEFT, [(1, "a"), (2, "b")]), Batch.from_rows(RIGHT, [(1, 5)])
    assert clean(zset(once(operator, [left, right], context()))) == {(1, "a", 1, 5): 1, (2, "b", None, None): 1}


def test_taking_back_an_unknown_row_is_our_defect() -> None:
    operator = TemporalJoinOperator(1, node(True, False), one_shot=False)
    with pytest.raises(InternalError, match="never there"):
        operator.step([Batch.from_rows(LEFT, [(1, "zz")], [-1]), None], context())

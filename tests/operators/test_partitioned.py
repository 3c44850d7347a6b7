"""Operators cut into parts: which can be, and parts that step at the same time."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sabot.executor.dataflow import Dataflow, fingerprint
from sabot.executor.operator import StepContext
from sabot.executor.operators.partitioned import SIDE_BY_SIDE, partition_keys
from sabot.kernels.batch import Batch
from sabot.kernels.expr.program import SessionFacts
from sabot.kernels.schema import Field, Schema
from sabot.kernels.types import INT4, INT8
from sabot.planner.physical.node import AggCall, Aggregate, Join, Plan, Scan
from sabot.server.streaming.jobs import side_by_side

from .laws import zset

PAIR = Schema((Field("k", INT4), Field("v", INT8)))
FOUR = Schema((*PAIR.fields, *PAIR.fields))


def plan() -> Plan:
    joined = Join(Scan(1, (0, 1), PAIR), Scan(2, (0, 1), PAIR), "full", (0,), (0,), (False,), None, FOUR)
    total = AggCall("sum", (3,), (INT8,), INT8)
    return Aggregate(joined, (1,), (total,), Schema((Field("v", INT8), Field("total", INT8))))


def deltas(chance: random.Random, rows: int) -> dict[int, Batch]:
    def batch() -> Batch:
        return Batch.from_rows((INT4, INT8), [(chance.randrange(rows // 4), chance.randrange(50)) for _ in range(rows)])

    return {1: batch(), 2: batch()}


def context(run: Callable[[Sequence[Callable[[], Any]]], list[Any]] | None) -> StepContext:
    return StepContext(0, SessionFacts(), side_by_side=run)


@pytest.mark.parametrize("partitions", [2, 5])
def test_parts_that_step_at_the_same_time_give_what_one_gives(partitions: int) -> None:
    chance = random.Random(partitions)
    one, many = Dataflow(plan()), Dataflow(plan(), partitions=partitions)
    for rows in (SIDE_BY_SIDE, 40, SIDE_BY_SIDE * 2):
        step = deltas(chance, rows)
        assert zset(one.step(step, context(None))) == zset(many.step(step, context(side_by_side)))
    assert one.state_rows == many.state_rows
    assert all(slot.nanoseconds > 0 for slot in many.slots if slot.operator is not None)


def test_only_large_steps_go_to_other_threads() -> None:
    threads: list[int] = []

    def watched(calls: Sequence[Callable[[], Any]]) -> list[Any]:
        threads.append(len(calls))
        assert threading.current_thread() is threading.main_thread()
        return side_by_side(calls)

    flow = Dataflow(plan(), partitions=3)
    flow.step(deltas(random.Random(1), 40), context(watched))
    assert threads == []
    flow.step(deltas(random.Random(1), SIDE_BY_SIDE), context(watched))
    assert threads == [3, 3]


def test_operators_without_keys_are_not_cut() -> None:
    whole = Aggregate(Scan(1, (0, 1), PAIR), (), (AggCall("sum", (1,), (INT8,), INT8),), Schema((Field("t", INT8),)))
    assert partition_keys(whole) is None
    assert partition_keys(plan()) == ((1,),)
    assert partition_keys(plan().inputs[0]) == ((0,), (0,))


def test_state_of_other_partitions_is_not_taken() -> None:
    assert len({fingerprint(plan()), fingerprint(plan(), 2), fingerprint(plan(), 3)}) == 3

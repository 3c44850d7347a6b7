"""State that has grown over many pieces and lost most of its rows: rows move, answers stay."""

from __future__ import annotations

import random
from collections import Counter

from laws import context, zset
from sabot.executor.operators.asof_join import AsOfJoinOperator
from sabot.executor.operators.join import JoinOperator
from sabot.executor.operators.now_filter import NowFilterOperator
from sabot.kernels.batch import Batch
from sabot.kernels.expr.spec import Call, Col
from sabot.kernels.schema import schema_of
from sabot.kernels.types import BOOL, INT8, TIMESTAMPTZ
from sabot.planner.physical.node import AsOfJoin, Join, NowFilter, Values

ROWS = 40_000
TYPES = (INT8, TIMESTAMPTZ)
SCHEMA = schema_of(("k", INT8), ("at", TIMESTAMPTZ))
BOTH = schema_of(("k", INT8), ("at", TIMESTAMPTZ), ("k2", INT8), ("at2", TIMESTAMPTZ))
LEAF = Values((), SCHEMA)


def data(seed: int, keys: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(rows, the seven eighths of them that will be deleted)."""
    chance = random.Random(seed)
    rows = [(chance.randrange(keys), i) for i in range(ROWS)]
    return rows, [r for r in rows if chance.random() < 0.875]


def batch(rows: list[tuple[int, int]], weight: int = 1) -> Batch:
    return Batch.from_rows(TYPES, rows, [weight] * len(rows))


def test_outer_join_with_condition_keeps_its_match_counts() -> None:
    later = Call("compare.lt", (Col(1, TIMESTAMPTZ), Col(3, TIMESTAMPTZ)), BOOL)
    node = Join(LEAF, LEAF, "left", (0,), (0,), (False,), later, BOTH)
    operator = JoinOperator(1, node, one_shot=False)
    rows, gone = data(1, 20_000)
    right = [(k, ROWS // 2) for k in range(0, 20_000, 3)]
    total = zset(operator.step([batch(rows), batch(right)], context()))
    total.update(zset(operator.step([batch(gone, -1), None], context(2))))
    total.update(zset(operator.step([None, batch(right[::2], -1)], context(3))))
    left = set(rows) - set(gone)
    kept = dict(right)
    for k, _ in right[::2]:
        del kept[k]
    expected = {(k, at, k, kept[k]) if k in kept and at < kept[k] else (k, at, None, None) for k, at in left}
    assert {r for r, w in total.items() if w} == expected
    assert operator.state_rows == len(left) + len(kept)


def test_temporal_filter_finds_moved_rows_when_their_time_comes() -> None:
    operator = NowFilterOperator(1, NowFilter(LEAF, Col(1, TIMESTAMPTZ), None, SCHEMA), one_shot=False)
    rows, gone = data(2, 1_000)
    assert operator.step([batch(rows)], context(now=-1)) is None
    assert operator.step([batch(gone, -1)], context(2, now=-1)) is None
    half = zset(operator.step([None], context(3, now=ROWS // 2 - 1)))
    left = set(rows) - set(gone)
    assert half == Counter(r for r in left if r[1] < ROWS // 2)
    assert zset(operator.step([None], context(4, now=ROWS))) == Counter(r for r in left if r[1] >= ROWS // 2)
    assert operator.state_rows == 0


def test_as_of_join_after_most_left_rows_have_gone() -> None:
    node = AsOfJoin(LEAF, LEAF, False, (0,), (0,), 1, 1, ">=", BOTH)
    operator = AsOfJoinOperator(1, node, one_shot=False)
    rows, gone = data(3, 5)
    operator.step([batch(rows), None], context())
    operator.step([batch(gone, -1), None], context(2))
    right = [(k, ROWS // 2) for k in range(5)]
    total = zset(operator.step([None, batch(right)], context(3)))
    left = set(rows) - set(gone)
    assert total == Counter((k, at, k, ROWS // 2) for k, at in left if at >= ROWS // 2)
    assert zset(operator.step([None, batch(right, -1)], context(4))) == Counter({r: -1 for r in total})

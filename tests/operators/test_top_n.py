"""Top-n: the first rows of each group, by row number, rank or dense rank."""

from __future__ import annotations

from collections import Counter

import laws
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.top_n import top_n
from sabot.executor.operators.top_n import TopNOperator
from sabot.kernels.batch import Batch
from sabot.kernels.errors import InternalError
from sabot.kernels.schema import schema_of
from sabot.kernels.types import FLOAT8, INT4, INT8, TEXT
from sabot.planner.physical.node import SortKey, TopN, Values

T = (INT4, FLOAT8, TEXT)
SOURCE = schema_of(("k", INT4), ("x", FLOAT8), ("t", TEXT))
ORDER = (SortKey(1, True, True), SortKey(2))


def plan(
    limit: int | None,
    offset: int = 0,
    rank: str = "row_number",
    with_rank: bool = False,
    groups: tuple[int, ...] = (0,),
    order: tuple[SortKey, ...] = ORDER,
    append_only: bool = False,
) -> TopN:
    out = schema_of(*((f.name, f.type) for f in SOURCE), *((("rank", INT8),) if with_rank else ()))
    return TopN(Values((), SOURCE), groups, order, limit, offset, rank, with_rank, out, append_only)


def case(node: TopN) -> laws.Case:
    def reference(inputs: list[Counter]) -> Counter:
        order = [(k.column, k.descending, k.nulls_first) for k in node.order]
        return top_n(inputs[0], node.groups, order, node.limit, node.offset, node.rank, node.with_rank)

    return laws.Case(
        make=lambda: TopNOperator(5, node, one_shot=False),
        inputs=(T,),
        reference=reference,
        partition=(node.groups,) if node.groups else None,
    )


PLANS = (
    plan(1),
    plan(2, 1),
    plan(3, 0, groups=()),
    plan(1, 3, groups=()),
    plan(None, 2, groups=()),
    plan(0),
    plan(2, 1, with_rank=True),
    plan(None, 0, with_rank=True),
    plan(2, rank="rank", order=(SortKey(1),)),
    plan(1, rank="dense_rank", order=(SortKey(2, True),), with_rank=True),
    plan(2, rank="dense_rank", order=(SortKey(2, True),), groups=()),
)


@pytest.mark.parametrize("node", PLANS, ids=range(len(PLANS)))
@given(data=st.data())
def test_the_laws_hold(node: TopN, data: st.DataObject) -> None:
    laws.check(case(node), data.draw(laws.histories((T,), events=20)))


@pytest.mark.parametrize("node", PLANS, ids=range(len(PLANS)))
@given(data=st.data())
def test_an_append_only_input_gives_the_same_and_keeps_only_what_can_be_seen(node: TopN, data: st.DataObject) -> None:
    node = plan(node.limit, node.offset, node.rank, node.with_rank, node.groups, node.order, append_only=True)
    steps = data.draw(laws.histories((T,), events=20, append_only=True))
    what = case(node)
    laws.law_incremental(what, steps)
    laws.law_cutting(what, steps)
    laws.law_restore(what, steps)
    if node.limit is not None and node.rank == "row_number" and not node.groups:
        operator = what.make()
        laws.run(what, operator, steps)
        assert operator.state_rows <= node.limit + node.offset


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 4)), max_size=12), st.integers(0, 5), st.integers(0, 5))
def test_multiplicities_count_as_rows(adds: list[tuple[int, int]], limit: int, offset: int) -> None:
    what = case(plan(limit, offset, groups=(), order=(SortKey(0),)))
    adds_steps: list[laws.Step] = [[(0, (k, 0.0, ""), w)] for k, w in adds]
    laws.law_incremental(what, adds_steps)
    laws.law_retraction(what, adds_steps)
    removal: list[laws.Step] = [[(0, (k, 0.0, ""), -w)] for k, w in adds[::2]]
    laws.law_incremental(what, adds_steps + removal)


def test_a_new_first_row_pushes_the_last_one_out_and_nothing_else() -> None:
    operator = TopNOperator(1, plan(2, groups=()), one_shot=False)
    operator.step([Batch.from_rows(T, [(1, 5.0, "a"), (1, 4.0, "b"), (1, 3.0, "c")])], laws.context())
    out = operator.step([Batch.from_rows(T, [(1, 9.0, "z")])], laws.context())
    assert out is not None
    assert out.to_rows() == [(1, 4.0, "b"), (1, 9.0, "z")]
    assert out.weights() == [-1, 1]


def test_retracting_what_is_not_there_is_our_defect() -> None:
    operator = TopNOperator(1, plan(2), one_shot=False)
    with pytest.raises(InternalError):
        operator.step([Batch.from_rows(T, [(1, 1.0, "a")], [-1])], laws.context())

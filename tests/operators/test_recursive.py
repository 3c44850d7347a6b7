"""WITH RECURSIVE: reachability kept up to date, multiplicities of UNION ALL, endless recursion refused."""

from __future__ import annotations

import pytest
from sabot.executor.dataflow import Dataflow
from sabot.executor.operator import StepContext
from sabot.executor.operators import recursive
from sabot.kernels.batch import Batch
from sabot.kernels.errors import UserError
from sabot.kernels.expr.program import SessionFacts
from sabot.kernels.expr.spec import Call, Col, Lit
from sabot.kernels.schema import schema_of
from sabot.kernels.types import BOOL, INT4
from sabot.planner.physical.node import Join, Map, Plan, Recursive, RecursiveInput, RecursiveRef, Scan

NODE = schema_of(("n", INT4))
EDGE = schema_of(("a", INT4), ("b", INT4))


def reachable(every: bool = False) -> Plan:
    """Nodes that relation 1 (roots) reaches over relation 2 (edges)."""
    both = schema_of(("n", INT4), ("a", INT4), ("b", INT4))
    join = Join(RecursiveRef(NODE), RecursiveInput(0, EDGE), "inner", (0,), (0,), (False,), None, both)
    return Recursive(Scan(1, (0,), NODE), Map(join, (Col(2, INT4),), NODE), every, NODE, (Scan(2, (0, 1), EDGE),))


def context() -> StepContext:
    return StepContext(0, SessionFacts(), strict=True)


def changed(flow: Dataflow, roots: list = (), edges: list = (), weight: int = 1) -> list:  # type: ignore[type-arg,assignment]
    deltas = {}
    if roots:
        deltas[1] = Batch.from_rows((INT4,), roots, [weight] * len(roots))
    if edges:
        deltas[2] = Batch.from_rows((INT4, INT4), edges, [weight] * len(edges))
    out = flow.step(deltas, context())
    return [] if out is None else sorted(zip(out.to_rows(), out.weights()))


def test_rows_derived_from_each_other_go_when_their_support_goes() -> None:
    flow = Dataflow(reachable())
    assert changed(flow, [(1,)], [(1, 2), (2, 3), (3, 2)]) == [((1,), 1), ((2,), 1), ((3,), 1)]
    assert changed(flow, edges=[(3, 4)]) == [((4,), 1)]
    assert changed(flow, edges=[(1, 2)], weight=-1) == [((2,), -1), ((3,), -1), ((4,), -1)]


def test_union_all_counts_paths() -> None:
    flow = Dataflow(reachable(every=True))
    assert changed(flow, [(1,)], [(1, 2), (1, 2), (2, 3)]) == [((1,), 1), ((2,), 2), ((3,), 2)]


def test_state_comes_back() -> None:
    first, second = Dataflow(reachable()), Dataflow(reachable())
    changed(first, [(1,)], [(1, 2), (2, 3)])
    saved = {(slot, table): batch for slot, table, _, batch in first.drain()}
    second.restore(lambda slot, table, _: iter([saved[slot, table]] if (slot, table) in saved else []))
    assert changed(second, edges=[(2, 3)], weight=-1) == [((3,), -1)]


def test_endless_recursion_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recursive, "RECURSION_ROWS", 100)
    more = Call("arith.add", (Col(0, INT4), Lit(1, INT4)), INT4)
    plan = Recursive(Scan(1, (0,), NODE), Map(RecursiveRef(NODE), (more,), NODE, Lit(True, BOOL)), True, NODE)
    with pytest.raises(UserError, match="gives more than 100 rows"):
        changed(Dataflow(plan), [(1,)])

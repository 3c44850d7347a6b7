"""WITH RECURSIVE: reachability kept up to date, multiplicities of UNION ALL, endless recursion refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from laws import Case, Step, ZSet, check, histories, zset
from sabot.executor.dataflow import Dataflow
from sabot.executor.operator import StepContext
from sabot.executor.operators import recursive, rounds
from sabot.executor.pipeline import at_once
from sabot.kernels.batch import Batch
from sabot.kernels.errors import UserError
from sabot.kernels.expr.program import SessionFacts
from sabot.kernels.expr.spec import Call, Col, Lit
from sabot.kernels.schema import schema_of
from sabot.kernels.types import BOOL, INT4
from sabot.planner.physical.node import Join, Map, Plan, Recursive, RecursiveInput, RecursiveRef, Scan

NODE = schema_of(("n", INT4))
EDGE = schema_of(("a", INT4), ("b", INT4))


def reachable(every: bool = False, ascending: bool = False) -> Plan:
    """Nodes that relation 1 (roots) reaches over relation 2 (edges, only ascending ones if asked)."""
    both = schema_of(("n", INT4), ("a", INT4), ("b", INT4))
    join = Join(RecursiveRef(NODE), RecursiveInput(0, EDGE), "inner", (0,), (0,), (False,), None, both)
    up = Call("compare.lt", (Col(1, INT4), Col(2, INT4)), BOOL) if ascending else None
    return Recursive(Scan(1, (0,), NODE), Map(join, (Col(2, INT4),), NODE, up), every, NODE, (Scan(2, (0, 1), EDGE),))


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
    more = Call("arith.add", (Col(0, INT4), Lit(1, INT4)), INT4)
    plan = Recursive(Scan(1, (0,), NODE), Map(RecursiveRef(NODE), (more,), NODE, Lit(True, BOOL)), True, NODE)
    monkeypatch.setattr(recursive, "RECURSION_ROWS", 100)
    with pytest.raises(UserError, match="gives more than 100 rows"):
        at_once(plan, {1: Batch.from_rows((INT4,), [(1,)])}, context())
    monkeypatch.setattr(rounds, "VIEW_RECURSION_ROUNDS", 100)
    with pytest.raises(UserError, match="takes more than 100 rounds"):
        changed(Dataflow(plan), [(1,)])


def walked(inputs: list[ZSet], every: bool) -> ZSet:
    """Rows of the recursion, round by round."""
    roots, edges = inputs
    out: ZSet = Counter()
    now = Counter(roots)
    while now:
        if not every:
            now = Counter({row: 1 for row in now if not out[row]})
        out.update(now)
        step: ZSet = Counter()
        for (n,), weight in now.items():
            for (a, b), copies in edges.items():
                if a is not None and a == n and (not every or (b is not None and a < b)):
                    step[b,] += weight * copies
        now = step
    return out


def reference(every: bool) -> Callable[[list[ZSet]], ZSet]:
    return lambda inputs: walked(inputs, every)


@pytest.mark.parametrize("every", [False, True])
@settings(max_examples=150, deadline=None)
@given(steps=histories(((INT4,), (INT4, INT4))))
def test_laws(every: bool, steps: list[Step]) -> None:
    plan = reachable(every, ascending=every)
    assert isinstance(plan, Recursive)
    make = lambda: recursive.recursive_operator(1, plan, one_shot=False)  # noqa: E731
    assert isinstance(make(), rounds.RoundsOperator)
    check(Case(make, ((INT4,), (INT4, INT4)), reference(every)), steps)


@pytest.mark.parametrize("kind", ["left", "semi", "anti"])
@settings(max_examples=100, deadline=None)
@given(steps=histories(((INT4,), (INT4, INT4))))
def test_other_joins_compute_round_by_round_what_one_step_does(kind: str, steps: list[Step]) -> None:
    both = EDGE if kind != "left" else schema_of(("n", INT4), ("a", INT4), ("b", INT4))
    step: Plan = Join(RecursiveRef(NODE), RecursiveInput(0, EDGE), kind, (0,), (0,), (False,), None,
                      both if kind == "left" else NODE)  # fmt: skip
    last = Col(2 if kind == "left" else 0, INT4)
    value = last if kind == "left" else Call("arith.add", (last, Lit(1, INT4)), INT4)
    small = Call("compare.lt", (last, Lit(5, INT4)), BOOL)
    plan = Recursive(Scan(1, (0,), NODE), Map(step, (value,), NODE, small), False, NODE, (Scan(2, (0, 1), EDGE),))
    types = ((INT4,), (INT4, INT4))

    def whole(inputs: list[ZSet]) -> ZSet:
        deltas = {i + 1: Batch.from_rows(types[i], list(z), list(z.values())) for i, z in enumerate(inputs)}
        return zset(at_once(plan, deltas, context()))

    check(Case(lambda: recursive.recursive_operator(1, plan, one_shot=False), types, whole), steps)

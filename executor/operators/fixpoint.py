"""WITH MUTUALLY RECURSIVE: its queries, in order and again and again, over the rows of all of them, until none changes.

Each query keeps its inner dataflow through the rounds and is told only what has changed since it ran last, so a round costs
what it changes. After a change of an input the rounds begin anew; the state are the inputs and the result.
"""

from __future__ import annotations

from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.limits import RECURSION_ROUNDS, RECURSION_ROWS
from ...planner.physical.node import Map, Plan, Recursive, Sort, Union
from ...planner.physical.trees import with_inputs
from ..operator import StepContext
from .recursive import RecursiveOperator, closed
from .rounds import ROUND


class FixpointOperator(RecursiveOperator):
    def __init__(self, id: int, node: Recursive, *, one_shot: bool) -> None:
        super().__init__(id, node, one_shot=one_shot)
        self._queries = [closed(part) for part in _parts(node.step)]

    def _fixpoint(self, ctx: StepContext) -> Batch | None:
        fixed = {-2 - i: b for i, b in enumerate(self._inputs[1:]) if b is not None and b.num_rows}
        running = [_Again(q, fixed) if _ordered(q) else _Running(q, fixed) for q in self._queries]
        rounds = self._node.rounds
        assert rounds is not None
        limit = RECURSION_ROUNDS if rounds.limit is None else rounds.limit
        rows = _Sum()
        number = 0
        while any(r.waits for r in running):
            if number >= limit:
                if rounds.error:
                    raise UserError(f"Recursive query exceeded the recursion limit {limit}.", "54000",
                                    hint="RETURN AT RECURSION LIMIT gives what there is by then.")  # fmt: skip
                break
            number += 1
            ctx.check()
            for query in running:
                changed = query.run(ctx)
                if changed is None:
                    continue
                for other in running:
                    other.tell(changed)
                rows.add(changed)
                if rows.size > RECURSION_ROWS:
                    raise UserError(f"a recursive query gives more than {RECURSION_ROWS} rows", "54000",
                                    hint="Check that the recursion ends.")  # fmt: skip
        return rows.total()


class _Sum:
    """Changes added up; they are consolidated whenever they have doubled."""

    def __init__(self) -> None:
        self._parts: list[Batch] = []
        self._enough = 1024
        self.size = 0

    def add(self, rows: Batch) -> None:
        self._parts.append(rows)
        self.size += rows.num_rows
        if self.size > self._enough:
            self._parts = [Batch.concat(self._parts).consolidate()]
            self.size = self._parts[0].num_rows
            self._enough = max(1024, 2 * self.size)

    def total(self) -> Batch | None:
        return Batch.concat(self._parts).consolidate() if self._parts else None


class _Running:
    """One query, told of changes."""

    def __init__(self, plan: Plan, fixed: dict[int, Batch]) -> None:
        from ..dataflow import Dataflow

        self._flow = Dataflow(plan)
        self._told: list[Batch] = []
        self._fixed = fixed
        self._begun = False

    @property
    def waits(self) -> bool:
        return not self._begun or bool(self._told)

    def tell(self, rows: Batch) -> None:
        self._told.append(rows)

    def run(self, ctx: StepContext) -> Batch | None:
        """How its rows have changed; None if they have not."""
        if not self.waits:
            return None
        told = {ROUND: Batch.concat(self._told).consolidate()} if self._told else {}
        first, self._told = not self._begun, []
        self._begun = True
        return _changes(self._flow.step(told | (self._fixed if first else {}), ctx))


class _Again(_Running):
    """A query with ORDER BY and LIMIT, which runs over all rows each time."""

    def __init__(self, plan: Plan, fixed: dict[int, Batch]) -> None:
        super().__init__(plan, fixed)
        self._plan = plan
        self._every: Batch | None = None
        self._last: Batch | None = None

    def run(self, ctx: StepContext) -> Batch | None:
        from ..pipeline import at_once

        if not self.waits:
            return None
        parts = [b for b in (self._every, *self._told) if b is not None]
        self._every = Batch.concat(parts).consolidate() if parts else None
        self._told, self._begun = [], True
        rows = {} if self._every is None else {ROUND: self._every}
        now = at_once(self._plan, rows | self._fixed, ctx)
        both = [b for b in (now, None if self._last is None else self._last.negate()) if b is not None]
        self._last = now
        return _changes(Batch.concat(both) if both else None)


def _changes(rows: Batch | None) -> Batch | None:
    found = None if rows is None else rows.consolidate()
    return found if found is not None and found.num_rows else None


def _parts(step: Plan) -> tuple[Plan, ...]:
    """The queries of the recursion."""
    if isinstance(step, Map) and step.predicate is None and isinstance(step.input, Union):
        return tuple(with_inputs(step, (part,)) for part in step.input.parts)
    return step.parts if isinstance(step, Union) else (step,)


def _ordered(plan: Plan) -> bool:
    return isinstance(plan, Sort) or any(_ordered(i) for i in plan.inputs)

"""WITH RECURSIVE: rounds of the step over the rows of the round before, until none are new.

A view changes its fixpoint (rounds.py). A SELECT computes it once, and so does, after any change of an input, the rare view whose
step can't tell its rounds apart (EXCEPT in the step); its state are the inputs and the result.
A step that is linear in the recursion (filters, projections, joins with what stays the same) keeps its inner
operators through the rounds; any other sees each round on its own, as SQL has it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.limits import RECURSION_ROUNDS, RECURSION_ROWS
from ...planner.physical.node import (
    Distinct,
    Join,
    Map,
    Plan,
    ProjectSet,
    Recursive,
    RecursiveInput,
    RecursiveRef,
    Scan,
    Union,
)
from ...planner.physical.trees import with_inputs
from ..operator import ERROR_TYPES, Operator, StateTable, StepContext
from .distinct import DistinctOperator
from .rounds import ROUND, RoundsOperator, with_rounds


def recursive_operator(id: int, node: Recursive, *, one_shot: bool) -> Operator:
    if node.rounds is not None:
        from .fixpoint import FixpointOperator

        return FixpointOperator(id, node, one_shot=one_shot)
    rounds = None if one_shot else with_rounds(closed(node.step))
    return RecursiveOperator(id, node, one_shot=one_shot) if rounds is None else RoundsOperator(id, node, rounds)


class RecursiveOperator(Operator):
    def __init__(self, id: int, node: Recursive, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self._node = node
        self._inner = closed(node.step)
        self._linear = _is_linear(node.step)
        self._one_shot = one_shot
        self._inputs: list[Batch | None] = [None] * len(node.inputs)
        self._result: Batch | None = None
        self._errors: Batch | None = None
        self.state_tables = (
            StateTable("result", "zset", self.types),
            StateTable("errors", "zset", ERROR_TYPES),
            *(StateTable(f"input{i}", "zset", p.schema.types) for i, p in enumerate(node.inputs)),
        )
        self._changed: list[list[Batch]] = [[] for _ in self.state_tables]

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        moved = False
        for index, delta in enumerate(inputs):
            if delta is not None and delta.num_rows:
                moved = True
                self._inputs[index] = _sum(self._inputs[index], delta)
                self._changed[2 + index].append(delta)
        if not moved:
            return None
        inner = StepContext(ctx.epoch, ctx.facts, strict=ctx.strict, interrupt=ctx.interrupt)
        result = self._fixpoint(inner)
        errors = Batch.concat(inner.errors).consolidate() if inner.errors else None
        failed = _difference(errors, self._errors)
        if failed is not None:
            ctx.errors.append(failed)
            self._changed[1].append(failed)
        out = _difference(result, self._result)
        self._result, self._errors = result, errors
        if out is not None:
            self._changed[0].append(out)
        return out

    def _fixpoint(self, ctx: StepContext) -> Batch | None:
        from ..dataflow import Dataflow
        from ..pipeline import at_once

        fixed = {-2 - i: b for i, b in enumerate(self._inputs[1:]) if b is not None and b.num_rows}
        distinct = None if self._node.all else DistinctOperator(0, Distinct(self._node.base, self._node.schema), one_shot=False)
        rows = self._inputs[0]
        if rows is not None and distinct is not None:
            rows = distinct.step([rows], ctx)
        parts: list[Batch] = []
        total = 0
        inner = Dataflow(self._inner)
        for number in range(RECURSION_ROUNDS):
            if rows is None or not rows.num_rows or (self._node.enough is not None and total >= self._node.enough):
                break
            parts.append(rows)
            total += rows.num_rows
            if total > RECURSION_ROWS:
                raise UserError(f"a recursive query gives more than {RECURSION_ROWS} rows", "54000",
                                hint="Check that the recursion ends.")  # fmt: skip
            ctx.check()
            if self._linear:
                rows = inner.step({ROUND: rows} | (fixed if number == 0 else {}), ctx)
            else:
                rows = at_once(self._inner, {ROUND: rows} | fixed, ctx)
            if rows is not None:
                rows = rows.consolidate()
                if distinct is not None:
                    rows = distinct.step([rows], ctx)
        else:
            raise UserError(f"a recursive query takes more than {RECURSION_ROUNDS} rounds", "54000",
                            hint="Check that the recursion ends.")  # fmt: skip
        if not parts:
            return None
        found = Batch.concat(parts)
        return found if self._one_shot else found.consolidate()  # once: in the order of the rounds

    def drain(self) -> list[Batch | None]:
        out = [Batch.concat(parts).consolidate() if parts else None for parts in self._changed]
        self._changed = [[] for _ in self.state_tables]
        return out

    def restore(self, table: int, batch: Batch) -> None:
        match table:
            case 0:
                self._result = _sum(self._result, batch)
            case 1:
                self._errors = _sum(self._errors, batch)
            case _:
                self._inputs[table - 2] = _sum(self._inputs[table - 2], batch)

    @property
    def state_rows(self) -> int:
        return sum(b.num_rows for b in (*self._inputs, self._result) if b is not None)

    @property
    def state_bytes(self) -> int:
        return sum(b.nbytes for b in (*self._inputs, self._result) if b is not None)


def _sum(a: Batch | None, b: Batch) -> Batch:
    return (b if a is None else Batch.concat([a, b])).consolidate()


def _difference(new: Batch | None, old: Batch | None) -> Batch | None:
    parts = [b for b in (new, None if old is None else old.negate()) if b is not None]
    if not parts:
        return None
    out = Batch.concat(parts).consolidate()
    return out if out.num_rows else None


def closed(plan: Plan) -> Plan:
    """The step with its open leaves as scans of the inner dataflow."""
    match plan:
        case RecursiveRef():
            return Scan(ROUND, tuple(range(len(plan.schema))), plan.schema)
        case RecursiveInput():
            return Scan(-2 - plan.index, tuple(range(len(plan.schema))), plan.schema)
        case _:
            return with_inputs(plan, tuple(closed(i) for i in plan.inputs)) if plan.inputs else plan


def _recurs(plan: Plan) -> bool:
    return isinstance(plan, RecursiveRef) or any(_recurs(i) for i in plan.inputs)


def _is_linear(plan: Plan) -> bool:
    """The result for a sum of rounds is the sum of the results."""
    if not _recurs(plan):
        return True
    match plan:
        case RecursiveRef():
            return True
        case Map() | ProjectSet() | Union():
            return all(_is_linear(i) for i in plan.inputs)
        case Join():
            if _recurs(plan.left) and _recurs(plan.right):
                return False
            if _recurs(plan.right):
                return plan.kind == "inner" and _is_linear(plan.right)
            return plan.kind in ("inner", "left", "semi", "anti") and _is_linear(plan.left)
        case _:
            return False

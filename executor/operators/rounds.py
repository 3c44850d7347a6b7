"""WITH RECURSIVE in views: the fixpoint is changed, not computed anew.

Every row of the recursion carries the number of its round, in an extra last column. The rounds then need not be kept apart: one
inner dataflow holds the rows of all of them, and the rounds are told by the keys (`with_rounds`). UNION ALL is the sum of the
rounds. With UNION a row counts in the first round that derives it, which is an aggregate: the least round per row.

A step takes the changes of the inputs through the inner dataflow, which gives changes of rows in any rounds, and goes on with the
earliest round until nothing is left. Whatever lies before that round is final then. So rows that support each other are taken
back when what supports them from outside is: in the round of their first derivation nothing derives them any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.expr.spec import Col, Expr, transform
from ...kernels.limits import RECURSION_ROWS, VIEW_RECURSION_ROUNDS
from ...kernels.schema import Field, Schema
from ...kernels.sort import sorted_rows, value_pieces
from ...kernels.types import INT8
from ...planner.physical.node import (
    AggCall,
    Aggregate,
    Distinct,
    Join,
    Map,
    Plan,
    ProjectSet,
    Recursive,
    Scan,
    SortKey,
    TopN,
    Union,
    Values,
    Window,
)
from ..operator import Operator, StateTable, StepContext
from .aggregate import AggregateOperator

ROUND = -1  # id of the rows of the round before in the inner dataflow; input i is -2 - i
Changes = dict[int, list[Batch]]  # by round


class RoundsOperator(Operator):
    """State: that of the inner dataflow and, with UNION, how often each row is derived in each round."""

    def __init__(self, id: int, node: Recursive, inner: Plan) -> None:
        from ..dataflow import Dataflow

        super().__init__(id, node.schema.types)
        self._row = tuple(range(len(node.schema)))
        self._inner = Dataflow(inner)
        self._first: AggregateOperator | None = None
        if not node.all:
            self._first = AggregateOperator(0, _first_round(node.schema), one_shot=False)
        parts = [(f"{at}.", s.operator) for at, s in enumerate(self._inner.slots) if s.operator is not None]
        if self._first is not None:
            parts.append(("first.", self._first))
        self._parts = [operator for _, operator in parts]
        self._places = [(operator, number) for _, operator in parts for number in range(len(operator.state_tables))]
        self.state_tables = tuple(
            StateTable(prefix + t.name, t.kind, t.types, t.key) for prefix, operator in parts for t in operator.state_tables
        )

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        derived: Changes = {}  # rows by the round that derives them
        changes: Changes = {}  # rows by the round they count in
        base = inputs[0]
        if base is not None and base.num_rows:
            derived[0] = [self._in_round(base, 0)]
        others = {-2 - i: b for i, b in enumerate(inputs[1:]) if b is not None and b.num_rows}
        if others:
            self._file(self._inner.step(others, ctx), derived)
        out: list[Batch] = []
        rows = 0
        while derived or changes:
            now = min((*derived, *changes))
            fresh = derived.pop(now, None)
            if fresh is not None and self._first is not None:
                self._file(self._first.step([Batch.concat(fresh)], ctx), changes)
            elif fresh is not None:
                changes[now] = fresh
            found = changes.pop(now, None)
            delta = Batch.concat(found).consolidate() if found is not None else None
            if delta is None or not delta.num_rows:
                continue
            out.append(delta.select(self._row))
            rows += delta.num_rows
            _check(now, rows)
            self._file(self._inner.step({ROUND: self._in_round(delta.select(self._row), now + 1)}, ctx), derived)
        if not out:
            return None
        total = Batch.concat(out).consolidate()
        return total if total.num_rows else None

    def _in_round(self, rows: Batch, number: int) -> Batch:
        return rows.hstack(Batch.repeat(INT8, number, rows.num_rows)).weighted_as(rows)

    def _file(self, rows: Batch | None, into: Changes) -> None:
        if rows is None or not rows.num_rows:
            return
        at = len(self._row)
        pieces = value_pieces(rows, at)
        if len(pieces) > 1:
            pieces = value_pieces(sorted_rows(rows, (SortKey(at),)), at)
        for number, piece in pieces:
            into.setdefault(number, []).append(piece)

    def drain(self) -> list[Batch | None]:
        return [batch for operator in self._parts for batch in (operator.drain() if operator.state_tables else ())]

    def restore(self, table: int, batch: Batch) -> None:
        operator, number = self._places[table]
        operator.restore(number, batch)

    @property
    def state_rows(self) -> int:
        return sum(o.state_rows for o in self._parts)

    @property
    def state_bytes(self) -> int:
        return sum(o.state_bytes for o in self._parts)


def _check(number: int, rows: int) -> None:
    if number >= VIEW_RECURSION_ROUNDS:
        raise UserError(f"a recursive view takes more than {VIEW_RECURSION_ROUNDS} rounds", "54000",
                        hint="Check that the recursion ends; UNION instead of UNION ALL ends cycles.")  # fmt: skip
    if rows > RECURSION_ROWS:
        raise UserError(f"a recursive view changes more than {RECURSION_ROWS} rows at once", "54000",
                        hint="Check that the recursion ends; UNION instead of UNION ALL ends cycles.")  # fmt: skip


def _numbered(schema: Schema) -> Schema:
    return Schema((*schema.fields, Field("round", INT8)))


def _first_round(schema: Schema) -> Aggregate:
    """Rows with their round: per row the least."""
    at = len(schema)
    rows = Values((), _numbered(schema))
    return Aggregate(rows, tuple(range(at)), (AggCall("min", (at,), (INT8,), INT8),), _numbered(schema))


def with_rounds(plan: Plan) -> Plan | None:
    """The closed step with the round as last column of all that depends on the recursion, which computes round by round.

    None where that can't be told by keys.
    """
    return _lift(plan, {}) if _recurs(plan) else None


def _recurs(plan: Plan) -> bool:
    return (isinstance(plan, Scan) and plan.relation == ROUND) or any(_recurs(i) for i in plan.inputs)


def _lift(plan: Plan, done: dict[int, Plan | None]) -> Plan | None:
    if id(plan) not in done:
        done[id(plan)] = _lifted(plan, done)
    return done[id(plan)]


def _lifted(plan: Plan, done: dict[int, Plan | None]) -> Plan | None:
    if isinstance(plan, Scan):
        return replace(plan, columns=(*plan.columns, len(plan.columns)), schema=_numbered(plan.schema))
    if isinstance(plan, Join):
        return _lifted_join(plan, done)
    inputs = [_lift(i, done) if _recurs(i) else None for i in plan.inputs]
    known = [i for i in inputs if i is not None]
    if len(known) != len(plan.inputs):
        return None
    at = len(plan.inputs[0].schema)
    mark = Col(at, INT8)
    match plan:
        case Map():
            return replace(plan, input=known[0], exprs=(*plan.exprs, mark), schema=_numbered(plan.schema))
        case Union():
            return replace(plan, parts=tuple(known), schema=_numbered(plan.schema))
        case Distinct():
            return replace(plan, input=known[0], schema=_numbered(plan.schema))
        case ProjectSet():
            return _mark_last(replace(plan, input=known[0], schema=_marked_at(plan.schema, at)), at)
        case Window():
            window = replace(plan, input=known[0], partition=(*plan.partition, at), schema=_marked_at(plan.schema, at))
            return _mark_last(window, at)
        case TopN():
            top = replace(plan, input=known[0], groups=(*plan.groups, at), schema=_marked_at(plan.schema, at),
                          append_only=False)  # fmt: skip
            return _mark_last(top, at)
        case Aggregate() if plan.groups:
            groups = len(plan.groups)
            kept = replace(plan, input=known[0], groups=(*plan.groups, at), schema=_marked_at(plan.schema, groups),
                           append_only=False)  # fmt: skip
            return _mark_last(kept, groups)
        case _:
            return None


def _lifted_join(plan: Join, done: dict[int, Plan | None]) -> Plan | None:
    at, width = len(plan.left.schema), len(plan.right.schema)
    in_left, in_right = _recurs(plan.left), _recurs(plan.right)
    left = _lift(plan.left, done) if in_left else plan.left
    right = _lift(plan.right, done) if in_right else plan.right
    if left is None or right is None or (plan.kind != "inner" and (in_right or plan.kind not in ("left", "semi", "anti"))):
        return None
    made = replace(plan, left=left, right=right, left_append_only=plan.left_append_only and not in_left,
                   right_append_only=plan.right_append_only and not in_right)  # fmt: skip
    if not in_left:
        return replace(made, schema=_numbered(plan.schema))
    if plan.residual is not None:
        made = replace(made, residual=transform(plan.residual, lambda e: _shifted(e, at)))
    if plan.kind in ("semi", "anti"):
        return replace(made, schema=_numbered(plan.schema))
    marked = _marked_at(plan.schema, at)
    if in_right:
        marked = _numbered(marked)
        made = replace(made, left_keys=(*plan.left_keys, at), right_keys=(*plan.right_keys, width),
                       null_safe=(*plan.null_safe, False))  # fmt: skip
    return _mark_last(replace(made, schema=marked), at, dropped=int(in_right))


def _shifted(e: Expr, at: int) -> Expr:
    return Col(e.index + 1, e.type) if isinstance(e, Col) and e.index >= at else e


def _marked_at(schema: Schema, at: int) -> Schema:
    fields = schema.fields
    return Schema((*fields[:at], Field("round", INT8), *fields[at:]))


def _mark_last(plan: Plan, at: int, dropped: int = 0) -> Plan:
    """The column at `at` moved to the end, the last ones `dropped`."""
    fields = plan.schema.fields[: len(plan.schema) - dropped]
    order = (*(i for i in range(len(fields)) if i != at), at)
    return Map(plan, tuple(Col(i, fields[i].type) for i in order), Schema(tuple(fields[i] for i in order)))

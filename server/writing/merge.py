"""Executing MERGE: every pair of a source row and the target row it matches goes to the first WHEN that takes it."""

from __future__ import annotations

from collections.abc import Sequence

from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.expr.program import Program, SessionFacts
from ...kernels.expr.spec import And, Call, Col, Expr
from ...kernels.keys import first_duplicate
from ...kernels.types import BOOL, SqlType
from ...planner.catalog.entries import Relation
from ...planner.physical.dml import MergeAction, PlannedMerge
from .dml import (
    DmlResult,
    TableAccess,
    check_rows,
    check_rules,
    check_unique,
    raise_first,
    refuse_append_only,
    resolve_conflicts,
)


def merge(planned: PlannedMerge, relation: Relation, access: TableAccess, facts: SessionFacts) -> DmlResult:
    """Raises what INSERT, UPDATE and DELETE raise, and 21000 for a row of the target that would change twice."""
    types = relation.row_schema.types
    width = len(types)
    pairs = access.read(planned.input)
    nothing = Batch.empty(types)
    if pairs is None:
        return DmlResult(relation.id, nothing, 0, None)
    every = tuple(f.type for f in planned.input.schema)
    inserted: list[Batch] = [nothing]
    old: list[Batch] = [nothing]
    new: list[Batch] = [nothing]
    deleted: list[Batch] = [nothing]
    touched: list[Batch] = []
    for action in planned.actions:
        taken, pairs = _split(pairs, action, width, every, facts)
        if action.kind == "nothing" or not taken.num_rows:
            continue
        if action.matched:
            refuse_append_only(relation, action.kind.upper())
            check_rules(action.existing, taken.select(range(width)), relation, access, " (USING expression)", "target")
            touched.append(taken.select((*relation.row_key, width)))
        if action.kind == "delete":
            deleted.append(taken.select(range(width)).without_weights())
            continue
        rows, errors = Program(action.row).run(taken.without_weights(), facts)
        raise_first(errors)
        if action.kind == "insert":
            rows = access.on_time(relation.id, rows)
            inserted.append(rows)
        else:
            old.append(taken.select(range(width)).without_weights())
            new.append(rows)
        check_rules(action.changed, rows, relation, access)
        check_rows(rows, relation, planned.constraints, facts)
    _check_once(touched, relation)
    added, before, after, gone = (Batch.concat(part) for part in (inserted, old, new, deleted))
    count = added.num_rows + before.num_rows + gone.num_rows
    removed = Batch.concat([before, gone])
    access.claim(relation.id, removed)
    if relation.primary_key and relation.on_conflict != "error":
        added, replaced = resolve_conflicts(relation, added, lambda key, keys: access.lookup(relation.id, key, keys))
        removed = Batch.concat([removed, replaced])
    rows = Batch.concat([added, after])
    check_unique(relation, planned.constraints, rows, removed, access)
    delta = Batch.concat([removed.negate(), rows]).consolidate()
    return DmlResult(relation.id, delta, count, None, (before, after), gone)


def _split(
    pairs: Batch, action: MergeAction, width: int, types: Sequence[SqlType], facts: SessionFacts
) -> tuple[Batch, Batch]:
    """The pairs that the clause takes, and those that are left."""
    columns = tuple(Col(i, t) for i, t in enumerate(types))
    wanted: Expr = Call("bool.is_not_null" if action.matched else "bool.is_null", (columns[width],), BOOL)
    if action.condition is not None:
        wanted = And((wanted, action.condition))
    taken, errors = Program(columns, wanted).run(pairs, facts)
    raise_first(errors)
    left, _ = Program(columns, Call("bool.is_not_true", (wanted,), BOOL)).run(pairs, facts)
    return taken, left


def _check_once(touched: list[Batch], relation: Relation) -> None:
    """Rows are told apart by the primary key, or by their number."""
    if touched:
        rows = Batch.concat(touched)
        key = tuple(range(len(relation.row_key))) or (0,)
        if first_duplicate(rows, key) >= 0:
            raise UserError("MERGE command cannot affect row a second time", "21000",
                            hint="Ensure that not more than one source row matches any one target row.")

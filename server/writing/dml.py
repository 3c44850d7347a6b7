"""Executing planned DML: input rows in, a weighted delta of the table out, constraints checked.

`execute` is pure over a `TableAccess`: the same code runs inside an engine command (autocommit) and over a
transaction's pinned snapshot and own writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.expr.program import Program, SessionFacts
from ...kernels.expr.spec import And, Call, Coalesce, Col, Expr, Or
from ...kernels.keys import first_duplicate, first_null, one_per_key, rows_by_key
from ...kernels.sort import sorted_rows
from ...kernels.types import BOOL, INT8, TEXT, SqlType
from ...planner.catalog.entries import Relation
from ...planner.catalog.keys import identifier, is_computed, key_name
from ...planner.functions.cast import build_cast
from ...planner.physical.dml import (
    NEW_ROWS,
    Constraints,
    OnConflict,
    PlannedDelete,
    PlannedDml,
    PlannedInsert,
    PlannedMerge,
    PlannedUpdate,
    RowRule,
)
from ...planner.physical.node import Plan, SortKey


class TableAccess(Protocol):
    """The rows a statement sees: committed ones plus its transaction's own."""

    def relation(self, relation: int) -> Relation: ...
    def read(self, plan: Plan, rows: Mapping[int, Batch] | None = None) -> Batch | None:
        """A plan's result, weights expanded; `rows` are relations that are at hand, such as NEW_ROWS."""
        ...

    def on_time(self, relation: int, rows: Batch) -> Batch:
        """New rows without those behind the table's watermark."""
        ...

    def lookup(self, relation: int, key: tuple[int, ...], keys: Batch) -> Batch:
        """Rows whose columns `key` equal one of `keys`, with their multiplicities as weights."""
        ...

    def deferred(self, relation: Relation) -> frozenset[str]:
        """Names of the table's constraints that are checked later."""
        ...

    def claim(self, relation: int, rows: Batch) -> None:
        """Rows that the statement changes are still there; 40001 when another transaction has changed them."""
        ...


@dataclass(frozen=True, slots=True)
class DmlResult:
    """`count` rows affected; `returned` rows of RETURNING (None: no clause)."""

    relation: int
    delta: Batch
    count: int
    returned: Batch | None
    changed: tuple[Batch, Batch] | None = None  # old and new rows of an update, pair by pair
    deleted: Batch | None = None  # rows that go beside those of `changed`


def execute(planned: PlannedDml, access: TableAccess, facts: SessionFacts) -> DmlResult:
    """Raises UserError for every violated constraint and failed expression; changes nothing itself."""
    relation = access.relation(planned.relation)
    match planned:
        case PlannedInsert():
            return _insert(planned, relation, access, facts)
        case PlannedUpdate():
            return _update(planned, relation, access, facts)
        case PlannedDelete():
            return _delete(planned, relation, access, facts)
        case PlannedMerge():
            from .merge import merge

            return merge(planned, relation, access, facts)


def _insert(planned: PlannedInsert, relation: Relation, access: TableAccess, facts: SessionFacts) -> DmlResult:
    types = relation.row_schema.types
    rows = access.read(planned.input)
    if rows is None:
        rows = Batch.empty(types)
    rows = access.on_time(relation.id, rows)
    check_rules(planned.constraints.rules, rows, relation, access)
    check_rows(rows, relation, planned.constraints, facts)
    clause = planned.on_conflict
    if clause is not None:
        return _insert_on_conflict(planned, clause, relation, rows, access, facts)
    policy = relation.on_conflict
    removed = Batch.empty(types)
    if relation.primary_key and policy != "error":
        rows, removed = resolve_conflicts(relation, rows, lambda key, keys: access.lookup(relation.id, key, keys))
    else:
        check_unique(relation, planned.constraints, rows, None, access)
    delta = rows if not removed.num_rows else Batch.concat([removed.negate(), rows])
    return DmlResult(relation.id, delta, rows.num_rows, _returned(planned.returning, rows, facts))


def resolve_conflicts(
    relation: Relation, rows: Batch, lookup: Callable[[tuple[int, ...], Batch], Batch]
) -> tuple[Batch, Batch]:
    """New rows to add and old rows to remove under the table's own conflict policy (overwrite, ignore, …)."""
    key = relation.primary_key
    if relation.on_conflict == "ignore":
        rows = one_per_key(rows, key, False)
        found = lookup(key, rows.select(key))
        return rows_by_key(rows, key, found, key, False), Batch.empty(relation.row_schema.types)
    versions = [relation.row_schema.index(c) for c in relation.version_columns]
    rows = one_per_key(rows, key, True) if not versions else _newest(rows, key, versions, relation)
    found = lookup(key, rows.select(key))
    if relation.on_conflict == "do_update_if_not_null" and found.num_rows:
        rows = _fill_nulls(rows, found, key, relation)
    if versions and found.num_rows:
        stale = _stale(rows, found, key, versions, relation)
        rows = rows_by_key(rows, key, stale, key, False)
        found = rows_by_key(found, key, rows, key, True)
    return rows, found


def _paired(rows: Batch, found: Batch, key: tuple[int, ...]) -> tuple[Batch, Batch]:
    """Rows of both sides that share a key, in one order (at most one row per key on each side)."""
    both = rows_by_key(rows, key, found, key, True)
    width = range(found.num_columns)
    order = Batch.concat([both.select(width), found.without_weights()])
    matched = one_per_key(order, key, True).select(width).slice(0, both.num_rows)
    return both, matched


def _fill_nulls(rows: Batch, found: Batch, key: tuple[int, ...], relation: Relation) -> Batch:
    """DO UPDATE IF NOT NULL: a NULL in the new row keeps the old value."""
    new, old = _paired(rows, found, key)
    n = len(relation.columns)
    exprs = tuple(Coalesce((Col(i, c.type), Col(n + i, c.type)), c.type) for i, c in enumerate(relation.columns))
    merged, _ = Program(exprs).run(new.hstack(old), SessionFacts())
    return Batch.concat([merged, rows_by_key(rows, key, found, key, False)])


def _older(columns: list[int], width: int, types: tuple[SqlType, ...]) -> Expr:
    """First half of the row is older than the second by the version columns, compared in order."""
    parts: list[Expr] = []
    for depth, column in enumerate(columns):
        equal = [
            Call("compare.is_not_distinct", (Col(c, types[c]), Col(width + c, types[c])), BOOL)
            for c in columns[:depth]
        ]
        less: Expr = Call("compare.lt", (Col(column, types[column]), Col(width + column, types[column])), BOOL)
        parts.append(And((*equal, less)) if equal else less)
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _stale(rows: Batch, found: Batch, key: tuple[int, ...], versions: list[int], relation: Relation) -> Batch:
    new, old = _paired(rows, found, key)
    types = relation.row_schema.types
    keep = tuple(Col(i, t) for i, t in enumerate(types))
    stale, _ = Program(keep, _older(versions, len(types), types)).run(new.hstack(old), SessionFacts())
    return stale


def _newest(rows: Batch, key: tuple[int, ...], versions: list[int], relation: Relation) -> Batch:
    """One row per key: the last among those of the greatest version."""
    result = rows.slice(0, 0)
    while rows.num_rows:
        first = one_per_key(rows, key, False)
        if result.num_rows:
            stale = _stale(first, result, key, versions, relation)
            fresh = rows_by_key(first, key, stale, key, False)
            result = Batch.concat([rows_by_key(result, key, fresh, key, False), fresh])
        else:
            result = first
        rows = _without_first(rows, key)
    return result


def _without_first(rows: Batch, key: tuple[int, ...]) -> Batch:
    """All rows but the first of each key."""
    numbered = rows.hstack(Batch.from_rows((INT8,), [(i,) for i in range(rows.num_rows)]))
    position = rows.num_columns
    first = one_per_key(numbered, key, False)
    rest = rows_by_key(numbered, (position,), first, (position,), False)
    return rest.select(range(position))


def _insert_on_conflict(
    planned: PlannedInsert, clause: OnConflict, relation: Relation, rows: Batch, access: TableAccess,
    facts: SessionFacts,
) -> DmlResult:
    types = relation.row_schema.types
    keys = [clause.target] if clause.target else list(planned.constraints.unique)
    if clause.action == "nothing":
        for key in keys:
            rows = one_per_key(rows, key, False, False)
            rows = rows_by_key(rows, key, access.lookup(relation.id, key, rows.select(key)), key, False)
        check_unique(relation, planned.constraints, rows, None, access)
        return DmlResult(relation.id, rows, rows.num_rows, _returned(planned.returning, rows, facts))
    key = clause.target
    if first_duplicate(rows, key) >= 0:
        raise UserError(
            "ON CONFLICT DO UPDATE command cannot affect row a second time", "21000",
            hint="Ensure that no rows proposed for insertion within the same command have duplicate constrained values.",
        )
    found = access.lookup(relation.id, key, rows.select(key)).without_weights()
    width = len(types)
    numbered = rows.without_weights().hstack(Batch.from_rows((INT8,), [(i,) for i in range(rows.num_rows)]))
    fresh = rows_by_key(numbered, key, found, key, False)
    removed, changed = Batch.empty(types), Batch.empty(types)
    in_order = fresh
    if found.num_rows:
        proposed, existing = _paired(numbered, found, key)
        pairs = existing.hstack(proposed)
        if clause.plan is not None:
            both = access.read(clause.plan, {NEW_ROWS: pairs}) or Batch.empty((*types, *types, INT8))
        else:
            keep = tuple(Col(i, t) for i, t in enumerate(types))
            both, errors = Program((*keep, *clause.update, Col(2 * width, INT8)), clause.where).run(pairs, facts)
            raise_first(errors)
        check_rules(clause.existing, existing, relation, access, " (USING expression)")
        removed, changed = both.select(range(width)), both.select(range(width, 2 * width))
        check_rules(clause.changed, changed, relation, access)
        check_rows(changed, relation, planned.constraints, facts)
        # RETURNING follows the proposed rows.
        in_order = sorted_rows(Batch.concat([fresh, changed.hstack(both.select((2 * width,)))]), [SortKey(width)])
    rows = in_order.select(range(width))
    check_unique(relation, planned.constraints, rows, removed, access)
    delta = Batch.concat([removed.negate(), rows])
    returned = _returned(planned.returning, rows, facts)
    return DmlResult(relation.id, delta, rows.num_rows, returned, (removed, changed))


def _update(planned: PlannedUpdate, relation: Relation, access: TableAccess, facts: SessionFacts) -> DmlResult:
    refuse_append_only(relation, "UPDATE")
    width = len(relation.columns)
    found = access.read(planned.input)
    types = relation.row_schema.types
    if found is None:
        return DmlResult(relation.id, Batch.empty(types), 0, _no_rows(planned.returning))
    if relation.row_key:
        found = one_per_key(found, relation.row_key, False)
    old, new = found.select(range(width)), found.select(range(width, 2 * width))
    check_rules(planned.constraints.rules, new, relation, access)
    check_rows(new, relation, planned.constraints, facts)
    access.claim(relation.id, old)
    check_unique(relation, planned.constraints, new, old, access)
    delta = Batch.concat([old.negate(), new]).consolidate()
    return DmlResult(relation.id, delta, found.num_rows, _returned(planned.returning, found, facts), (old, new))


def _delete(planned: PlannedDelete, relation: Relation, access: TableAccess, facts: SessionFacts) -> DmlResult:
    refuse_append_only(relation, "DELETE")
    width = len(relation.columns)
    found = access.read(planned.input)
    if found is None:
        return DmlResult(relation.id, Batch.empty(relation.row_schema.types), 0, _no_rows(planned.returning))
    if relation.row_key:
        found = one_per_key(found, relation.row_key, False)
    old = found.select(range(width))
    access.claim(relation.id, old)
    delta = old.negate()
    return DmlResult(relation.id, delta, found.num_rows, _returned(planned.returning, found, facts))


def refuse_append_only(relation: Relation, verb: str) -> None:
    if relation.append_only:
        raise UserError(f'cannot {verb} append-only table "{relation.name}"', "0A000",
                        hint="The table was created APPEND ONLY.")


def _returned(exprs: tuple[Expr, ...] | None, rows: Batch, facts: SessionFacts) -> Batch | None:
    if exprs is None:
        return None
    out, errors = Program(exprs).run(rows.without_weights(), facts)
    raise_first(errors)
    return out


def _no_rows(exprs: tuple[Expr, ...] | None) -> Batch | None:
    return None if exprs is None else Batch.empty(tuple(e.type for e in exprs))


def raise_first(errors: Batch | None) -> None:
    if errors is not None and errors.num_rows:
        _, sqlstate, message = errors.to_rows()[0][:3]
        raise UserError(message, sqlstate)


def check_rules(
    rules: tuple[RowRule, ...], rows: Batch, relation: Relation, access: TableAccess, which: str = "",
    row: str = "new",
) -> None:
    """Row security of new rows, or of those that a MERGE changes."""
    for rule in rules if rows.num_rows else ():
        broken = access.read(rule.violations, {NEW_ROWS: rows.without_weights()})
        if broken is not None and broken.num_rows:
            if rule.view is not None:
                raise UserError(f'new row violates check option for view "{rule.view}"', "44000")
            name = f' "{rule.policy}"' if rule.policy is not None else ""
            raise UserError(
                f'{row} row violates row-level security policy{name}{which} for table "{relation.name}"', "42501"
            )


def check_rows(rows: Batch, relation: Relation, constraints: Constraints, facts: SessionFacts) -> None:
    """Conditions of domains, NOT NULL and CHECK."""
    for holds, sqlstate, message in constraints.domains:
        violated, errors = Program((), Call("bool.is_false", (holds,), BOOL)).run(rows, facts)
        raise_first(errors)
        if violated.num_rows:
            raise UserError(message, sqlstate)
    for column in constraints.not_null:
        at = first_null(rows, column)
        if at >= 0:
            name = relation.columns[column].name
            raise UserError(
                f'null value in column "{name}" of relation "{relation.name}" violates not-null constraint', "23502",
                detail=_failing_row(rows.slice(at, 1), relation, facts),
            )
    for name, check in constraints.checks:
        failing = Call("bool.is_false", (check,), BOOL)
        violated, errors = Program((), failing).run(rows, facts)
        raise_first(errors)
        if violated.num_rows:
            whole = Program(tuple(Col(i, c.type) for i, c in enumerate(relation.columns)), failing)
            raise UserError(
                f'new row for relation "{relation.name}" violates check constraint "{name}"', "23514",
                detail=_failing_row(whole.run(rows, facts)[0], relation, facts),
            )


def texts_of(
    rows: Batch, columns: Sequence[int], relation: Relation, facts: SessionFacts, places: Sequence[int] | None = None
) -> list[str | None]:
    """Values of the first row as their types print them. `places`: where the columns stand in `rows`."""
    exprs = [build_cast(Col(p, relation.columns[c].type), TEXT) for p, c in zip(places or columns, columns)]
    out, _ = Program(tuple(e for e in exprs if e is not None)).run(rows.slice(0, 1), facts)
    return list(out.to_rows()[0])


def _failing_row(rows: Batch, relation: Relation, facts: SessionFacts) -> str:
    shown = [i for i, c in enumerate(relation.columns) if not c.hidden]
    values = ("null" if v is None else v if len(v) <= 64 else v[:64] + "..." for v in texts_of(rows, shown, relation, facts))
    return f"Failing row contains ({', '.join(values)})."


def check_unique(
    relation: Relation, constraints: Constraints, rows: Batch, removed: Batch | None, access: TableAccess
) -> None:
    """No two new rows share a unique key, and no stored row that stays has the key of a new one."""
    if not rows.num_rows:
        return
    deferred = access.deferred(relation)
    for key in constraints.unique:
        if deferred and key_name(relation, key) in deferred:
            continue
        clash = first_duplicate(rows, key)
        if clash >= 0:
            raise duplicate_key(relation, key, rows, clash)
        found = access.lookup(relation.id, key, rows.select(key))
        if removed is not None and removed.num_rows and found.num_rows:
            found = Batch.concat([found, removed.negate()]).consolidate().inserted()
            found = rows_by_key(found, key, rows, key, True)
        if found.num_rows:
            raise duplicate_key(relation, key, found, 0)


def duplicate_key(relation: Relation, key: tuple[int, ...], rows: Batch, row: int) -> UserError:
    """A key that occurs twice."""
    return UserError(
        f'duplicate key value violates unique constraint "{key_name(relation, key)}"', "23505",
        detail=f"{_key_shown(relation, key, rows, row, SessionFacts())} already exists.",
    )


def _key_shown(relation: Relation, key: tuple[int, ...], rows: Batch, row: int, facts: SessionFacts) -> str:
    """Key (a, b)=(1, x); of a unique index that is computed its keys."""
    column, rows = relation.columns[key[0]], rows.slice(row, 1)
    if not is_computed(column):
        names = ", ".join(identifier(relation.columns[k].name) for k in key)
        return f"Key ({names})=({', '.join(v or '' for v in texts_of(rows, key, relation, facts))})"
    parts: list[Expr | None] = [build_cast(Col(key[0], column.type), TEXT)]
    if column.type.name == "struct":
        whole = Col(key[0], column.type)
        parts = [build_cast(Call("struct.field", (whole,), t, ints=(i,)), TEXT) for i, (_, t) in enumerate(column.type.fields)]
    shown, _ = Program(tuple(p for p in parts if p is not None)).run(rows, facts)
    return f"Key ({column.comment})=({', '.join('null' if v is None else v for v in shown.to_rows()[0])})"


def check_stored(
    relation: Relation, constraints: Constraints, batches: Sequence[Batch], facts: SessionFacts
) -> None:
    """Whether the rows of a table hold the constraints that it is to have; errors as ALTER TABLE words them."""
    rows = Batch.concat(batches).consolidate().expanded() if batches else None
    if rows is None:
        return
    for column in constraints.not_null:
        if first_null(rows, column) >= 0:
            raise UserError(
                f'column "{relation.columns[column].name}" of relation "{relation.name}" contains null values', "23502"
            )
    for holds, sqlstate, message in constraints.domains:
        violated, errors = Program((), Call("bool.is_false", (holds,), BOOL)).run(rows, facts)
        raise_first(errors)
        if violated.num_rows:
            raise UserError(message, sqlstate)
    for name, check in constraints.checks:
        if name in relation.not_validated:
            continue
        violated, errors = Program((), Call("bool.is_false", (check,), BOOL)).run(rows, facts)
        raise_first(errors)
        if violated.num_rows:
            raise UserError(f'check constraint "{name}" of relation "{relation.name}" is violated by some row', "23514")
    for key in constraints.unique:
        clash = first_duplicate(rows, key)
        if clash >= 0:
            raise UserError(f'could not create unique index "{key_name(relation, key)}"', "23505",
                            detail=f"{_key_shown(relation, key, rows, clash, facts)} is duplicated.")

"""WITH x AS (INSERT … RETURNING …) …: the statements of a WITH clause that change tables, and the one that they belong to.

A statement whose RETURNING has subqueries is such a one, too: what it changes, and a query over the rows. All are planned over the same catalog and run over the same snapshot; what one returns is a relation of its own for those
that come after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from ..kernels.schema import Schema
from ..kernels.types import SqlType
from . import changes
from .bind.context import Parameters
from .catalog.entries import Snapshot
from .physical.dml import Given, PlannedDml
from .pipeline import PlannedQuery, PlanSettings, plan_query

_CHANGES = (exp.Insert, exp.Update, exp.Delete)
_CHANGED = " changed"  # no name that a statement could write
_FIRST = -10  # relation of the first statement's rows; the others count down


@dataclass(frozen=True, slots=True)
class PlannedWith:
    """`steps`: the relation by which a statement's rows are read, and its plan, in order. `main` comes last."""

    steps: tuple[tuple[int, PlannedDml], ...]
    main: PlannedQuery | PlannedDml

    @property
    def returning_schema(self) -> Schema | None:
        return self.main.schema if isinstance(self.main, PlannedQuery) else self.main.returning_schema


def has_changes(tree: exp.Expression) -> bool:
    clause = tree.args.get("with_")
    return (clause is not None and any(isinstance(c.this, _CHANGES) for c in clause.expressions)) or _returns_subquery(tree)


def _returns_subquery(tree: exp.Expression) -> bool:
    if not isinstance(tree, _CHANGES):
        return False
    clause = tree.args.get("returning")
    return clause is not None and clause.find(exp.Query) is not None


def _named_here(change: exp.Expression) -> list[str]:
    """The names of the relations that RETURNING may read: the table's first."""
    table = change.this.this if isinstance(change.this, exp.Schema) else change.this
    clause = change.args.get("from_")
    items = [clause.this] if clause is not None else list(change.args.get("using") or ())
    found = [table]
    for item in (*items, *(j.this for j in change.args.get("joins") or ())):
        found += [item, *(j.this for j in item.args.get("joins") or ())]
    return [x.alias or x.name for x in found]


def _split(tree: exp.Expression, snapshot: Snapshot, settings: PlanSettings) -> exp.Expression:
    """WITH changed AS (… RETURNING *) SELECT …, over the names by which the statement knows its tables."""
    change = tree.copy()
    items = change.args["returning"].expressions
    names = _named_here(change)
    clause = change.args.get("with_")
    if len(names) == 1:
        columns: list[Any] = [exp.Star()]
        source: exp.Expression = exp.Table(this=_quoted(_CHANGED), alias=exp.TableAlias(this=_quoted(names[0])))
        joins: list[exp.Expression] = []
    else:
        stars = _stars(names)
        each = [_columns_of(change, name, snapshot, settings) for name in names]
        labels = iter(f"c{i}" for i in range(sum(map(len, each))))
        columns, joins = [], []
        for name, listed in zip(names, each):
            taken = [(column, next(labels)) for column in listed]
            columns += [exp.alias_(exp.column(column, name, quoted=True), label, quoted=True) for column, label in taken]
            named: list[Any] = [exp.alias_(exp.column(label, _CHANGED, quoted=True), column, quoted=True) for column, label in taken]
            inner = exp.Select(expressions=named)
            lateral = exp.Lateral(this=exp.Subquery(this=inner), alias=exp.TableAlias(this=_quoted(name)))
            joins.append(exp.Join(this=lateral, kind="CROSS"))
        source = exp.Table(this=_quoted(_CHANGED))
        items = [x for item in items for x in (stars if isinstance(item, exp.Star) else [item])]
    change.set("returning", exp.Returning(expressions=columns))
    change.args.pop("with_", None)
    before = clause.expressions if clause is not None else []
    changed = exp.CTE(this=change, alias=exp.TableAlias(this=_quoted(_CHANGED)))
    recursive = clause is not None and bool(clause.args.get("recursive"))
    made = exp.With(expressions=[*before, changed], recursive=recursive)
    return exp.Select(expressions=items, from_=exp.From(this=source), joins=joins, with_=made)


def _quoted(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def _stars(names: list[str]) -> list[exp.Expression]:
    return [exp.Column(this=exp.Star(), table=_quoted(name)) for name in names]


def _columns_of(change: exp.Expression, name: str, snapshot: Snapshot, settings: PlanSettings) -> list[str]:
    """The names of the columns of a relation that a change of several reads."""
    probe = change.copy()
    probe.set("returning", exp.Returning(expressions=_stars([name])))
    planned = _plan(probe, snapshot, settings, None)
    assert not isinstance(planned, PlannedQuery) and planned.returning_schema is not None
    return list(planned.returning_schema.names)


def plan_with_changes(
    tree: exp.Expression, snapshot: Snapshot, settings: PlanSettings, types: Sequence[SqlType | None],
    overriding: str | None = None,
) -> tuple[PlannedWith, tuple[SqlType, ...]]:
    """The plan and its parameter types."""
    if _returns_subquery(tree):
        tree = _split(tree, snapshot, replace(settings, parameters=Parameters(list(types))))
        return plan_with_changes(tree, snapshot, settings, types, overriding)
    clause = tree.args["with_"]
    recursive = bool(clause.args.get("recursive"))
    settings = replace(settings, parameters=Parameters(list(types)))
    steps: list[tuple[int, PlannedDml]] = []
    before: list[exp.Expression] = []
    for cte in clause.expressions:
        if isinstance(cte.this, _CHANGES):
            inner = cte.this.copy()
            own = inner.args.get("with_")
            visible = [c.copy() for c in before] + ([c.copy() for c in own.expressions] if own is not None else [])
            if visible:
                inner.set("with_", exp.With(expressions=visible, recursive=recursive))
            planned = _plan(inner, snapshot, settings, overriding if cte.alias == _CHANGED else None)
            assert not isinstance(planned, PlannedQuery)
            relation = _FIRST - len(steps)
            steps.append((relation, planned))
            names = tuple(c.name for c in cte.args["alias"].args.get("columns") or ())
            given = Given(cte.alias, relation, _named(planned.returning_schema, names))
            settings = replace(settings, given=(*settings.given, given))
        before.append(cte)
    main = _plan(tree, snapshot, settings, overriding)
    assert settings.parameters is not None
    return PlannedWith(tuple(steps), main), settings.parameters.finish()


def _named(schema: Schema | None, names: tuple[str, ...]) -> Schema | None:
    if schema is None:
        return None
    fields = tuple(replace(f, name=names[i]) if i < len(names) else f for i, f in enumerate(schema))
    return Schema(fields)


def _plan(
    tree: exp.Expression, snapshot: Snapshot, settings: PlanSettings, overriding: str | None
) -> PlannedQuery | PlannedDml:
    match tree:
        case exp.Insert():
            return changes.plan_insert(tree, snapshot, settings, (), overriding)[0]
        case exp.Update():
            return changes.plan_update(tree, snapshot, settings)[0]
        case exp.Delete():
            return changes.plan_delete(tree, snapshot, settings)[0]
    return plan_query(tree, snapshot, settings, streaming=False)

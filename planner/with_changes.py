"""WITH x AS (INSERT … RETURNING …) …: the statements of a WITH clause that change tables, and the one that they belong to.

A statement whose RETURNING has subqueries is such a one, too: what it changes, and a query over the rows. All are planned over the same catalog and run over the same snapshot; what one returns is a relation of its own for those
that come after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    """A change of one table alone, whose rows stand for themselves in RETURNING."""
    if not isinstance(tree, _CHANGES) or tree.args.get("from_") or tree.args.get("using"):
        return False
    clause = tree.args.get("returning")
    return clause is not None and clause.find(exp.Query) is not None


def _split(tree: exp.Expression) -> exp.Expression:
    """WITH changed AS (… RETURNING *) SELECT …, over the name by which the statement knows its table."""
    change = tree.copy()
    items = change.args["returning"].expressions
    change.set("returning", exp.Returning(expressions=[exp.Star()]))
    clause = change.args.pop("with_", None)
    table = change.this.this if isinstance(change.this, exp.Schema) else change.this
    name = exp.to_identifier(table.alias or table.name, quoted=True)
    before = clause.expressions if clause is not None else []
    changed = exp.CTE(this=change, alias=exp.TableAlias(this=exp.to_identifier(_CHANGED, quoted=True)))
    source = exp.Table(this=exp.to_identifier(_CHANGED, quoted=True), alias=exp.TableAlias(this=name))
    recursive = clause is not None and bool(clause.args.get("recursive"))
    return exp.Select(expressions=items, from_=exp.From(this=source), with_=exp.With(expressions=[*before, changed], recursive=recursive))


def plan_with_changes(
    tree: exp.Expression, snapshot: Snapshot, settings: PlanSettings, types: Sequence[SqlType | None],
    overriding: str | None = None,
) -> tuple[PlannedWith, tuple[SqlType, ...]]:
    """The plan and its parameter types."""
    if _returns_subquery(tree):
        tree = _split(tree)
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

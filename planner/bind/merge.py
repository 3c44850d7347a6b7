"""MERGE: one query that pairs every source row with the target rows it matches, and what each WHEN does with a pair.

Conditions and new rows are bound to positions of that query: they run after it, clause by clause, over the pairs that
no clause before has taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from ...kernels.errors import UserError
from ...kernels.expr.spec import Col, Expr, Lit, Var, transform
from ...kernels.types import INT8
from ..catalog.entries import Relation
from ..logical import node as n
from . import dml
from .assignments import assigned_value
from .context import BindContext
from .dml_access import check_change, require_write
from .expr import bind_boolean
from .from_ import bind_items
from .join import _with_subqueries as with_subqueries
from .join import joined
from .position import position_of
from .query import Env
from .row_security import visible
from .scope import Scope
from .select import Changed
from .subquery import Pendings
from .views import scan
from .with_ import bind_with


@dataclass(frozen=True)
class BoundAction:
    """`kind`: insert, update, delete or nothing. `row` is the new row."""

    kind: str
    matched: bool
    condition: Expr | None
    row: tuple[Expr, ...]


@dataclass(frozen=True)
class BoundMerge:
    """`plan` gives `exprs`: the target's row, what tells that there is one, and columns that the actions read."""

    plan: n.Node
    exprs: tuple[Expr, ...]
    actions: tuple[BoundAction, ...]


def merge_rows(tree: exp.Merge, relation: Relation, name: str, env: Env) -> BoundMerge:
    if tree.args.get("with_") is not None:
        env = bind_with(tree.args["with_"], env, None)
    env.shared.depends_on.setdefault(relation.id)
    whens = tree.args["whens"].expressions
    level = Changed(tree, "JOIN conditions")
    env = env.having(outer_select=level)
    pendings = Pendings(env)
    base = visible(relation, scan(relation, env), ("select",), env)
    mine = Scope.of(name, base.columns, tuple(c.hidden for c in relation.columns), relation.schema)
    target = base.plan
    if relation.row_key:
        marker = base.vars[relation.row_key[0]]
    else:
        marker = env.ctx.new_var(INT8, "row")
        target = n.Window(target, (), (), ((marker, n.WinCall("row_number", (), INT8, None)),))
    plan, theirs = bind_items(tree.args["using"], list(tree.args.get("joins") or ()), env, None, pendings)
    if any(r.name == name for r in theirs.relations):
        raise UserError(f'name "{name}" specified more than once', "42712", position=position_of(tree.args["using"]),
                        detail="The name is used both as MERGE target table and data source.")  # fmt: skip
    both = mine.join(theirs)
    level.source = target.ids | plan.ids
    ctx = env.ctx.having(clause="JOIN/ON", on_subquery=pendings.add)
    condition = bind_boolean(tree.args["on"], both, ctx)
    kind = "inner" if all(w.args["matched"] for w in whens) else "left"
    if pendings.moved((condition,)):
        plan = with_subqueries(plan, target, kind, condition, pendings)
    else:
        plan = joined(plan, target, kind, None if condition == Lit(True, condition.type) else condition)
    level.clause = "MERGE WHEN"
    actions = _actions(whens, relation, base.vars, both, theirs, pendings, env)
    exprs = tuple(e for a in actions for e in (a.condition, *a.row) if e is not None)
    plan = pendings.need(plan, exprs)
    check_change(plan, exprs, base.vars, relation, env)
    return _placed(plan, base.vars, marker, actions)


def _placed(plan: n.Node, row: tuple[Var, ...], marker: Var, actions: Sequence[BoundAction]) -> BoundMerge:
    """Actions over positions instead of variables."""
    exprs: list[Var] = [*row, marker]
    place = {v.id: Col(i, v.type) for i, v in enumerate(row)}

    def at(v: Var) -> Col:
        if v.id not in place:
            place[v.id] = Col(len(exprs), v.type)
            exprs.append(v)
        return place[v.id]

    def over(e: Expr) -> Expr:
        return transform(e, lambda x: at(x) if isinstance(x, Var) else x)

    out = tuple(
        BoundAction(a.kind, a.matched, None if a.condition is None else over(a.condition), tuple(map(over, a.row)))
        for a in actions
    )
    return BoundMerge(plan, tuple(exprs), out)


def _actions(
    whens: Sequence[exp.Expression], relation: Relation, old: tuple[Var, ...], both: Scope, theirs: Scope,
    pendings: Pendings, env: Env,
) -> tuple[BoundAction, ...]:  # fmt: skip
    ctx = env.ctx.having(clause="WHEN", on_subquery=pendings.add)
    out: list[BoundAction] = []
    final: set[bool] = set()
    for when in whens:
        matched, then, tree = bool(when.args["matched"]), when.args["then"], when.args.get("condition")
        if matched in final:
            raise UserError("unreachable WHEN clause specified after unconditional WHEN clause", "42601")
        if tree is None:
            final.add(matched)
        scope = both if matched else theirs
        condition = None if tree is None else bind_boolean(tree, scope, ctx)
        row: tuple[Expr, ...] = ()
        if isinstance(then, exp.Update):
            kind, row = "update", _updated(then, relation, old, scope, ctx.having(clause="UPDATE"), pendings, env)
        elif isinstance(then, exp.Insert):
            kind, row = "insert", _inserted(then, relation, scope, ctx.having(clause="VALUES"), env)
        else:
            kind = then.name
            if kind == "delete":
                require_write(relation, "d", None, env)
        out.append(BoundAction(kind, matched, condition, row))
    return tuple(out)


def _updated(
    then: exp.Update, relation: Relation, old: tuple[Var, ...], scope: Scope, ctx: BindContext, pendings: Pendings,
    env: Env,
) -> tuple[Expr, ...]:  # fmt: skip
    row: list[Expr] = list(old)
    assigned = dml._assignments(then.expressions, relation, lambda query: pendings.row(query, scope))
    require_write(relation, "w", [index for index, _, _ in assigned], env)
    for index, value, position in assigned:
        row[index] = dml._value(value, row[index], relation, index, scope, ctx, env, position)
    return _with_generated(row, relation, env)


def _inserted(then: exp.Insert, relation: Relation, scope: Scope, ctx: BindContext, env: Env) -> tuple[Expr, ...]:
    names = then.this.expressions if isinstance(then.this, exp.Schema) else []
    order = [dml.column_of(relation, c.name, position_of(c)) for c in names]
    for at, index in enumerate(order):
        if index in order[:at]:
            raise UserError(f'column "{relation.columns[index].name}" specified more than once', "42701",
                            position=position_of(names[at]))  # fmt: skip
    values, overriding = then.args.get("expression"), then.meta.get("overriding")
    cells = dml.row_cells(values.expressions[0]) if isinstance(values, exp.Values) else []
    if not order:
        order = dml.positional(relation, len(cells), {i for i, cell in enumerate(cells) if dml.is_default(cell)})
    if cells:
        dml._check_width(len(cells), order, bool(names), position_of(cells[-1]))
    require_write(relation, "a", order, env)
    row: list[Expr] = [dml.default_of(relation, i, env) for i in range(len(relation.columns))]
    for index, cell in zip(order, cells):
        column = relation.columns[index]
        if dml.is_default(cell) or (overriding == "user" and column.identity is not None):
            continue
        dml.refuse_generated(relation, index, position_of(cell), "insert", overriding)
        row[index] = assigned_value(cell, column.type, column.name, scope, ctx)
    return _with_generated(row, relation, env)


def _with_generated(row: list[Expr], relation: Relation, env: Env) -> tuple[Expr, ...]:
    computed = dml.generated(relation, env)
    given = list(row)
    for index, expression in computed.items():
        row[index] = dml._over(expression, given)
    return tuple(row)

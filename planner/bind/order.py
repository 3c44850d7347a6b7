"""ORDER BY, LIMIT, OFFSET and FETCH."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from ...kernels.errors import UserError
from ...kernels.expr.spec import Call, Coalesce, Expr, Lit, Or, Param, Var, conjunction, walk
from ...kernels.types import BOOL, INT8
from ..logical import node as n
from .coerce import coerce, settle_unknown
from .expr import bind_expr
from .position import position_of
from .query import Bound, Env
from .scope import Scope

if TYPE_CHECKING:
    from .subquery import Pendings


def direction(item: exp.Expression) -> tuple[exp.Expression, bool, bool]:
    """(expression, descending, nulls first) of one ORDER BY entry."""
    if not isinstance(item, exp.Ordered):
        return item, False, False
    descending = bool(item.args.get("desc"))
    nulls_first = item.args.get("nulls_first")
    return item.this, descending, descending if nulls_first is None else bool(nulls_first)


def bare(tree: exp.Expression) -> exp.Expression:
    """Without parentheses, which mean nothing in ORDER BY and GROUP BY."""
    while isinstance(tree, exp.Paren):
        tree = tree.this
    return tree


def ordinal(tree: exp.Expression) -> int | None:
    """The number of `ORDER BY 2`, or None."""
    if isinstance(tree, exp.Neg) and isinstance(tree.this, exp.Literal) and tree.this.this.isdigit():
        return -int(tree.this.this)
    if isinstance(tree, exp.Literal) and not tree.is_string and tree.this.isdigit():
        return int(tree.this)
    return None


def constant_refused(tree: exp.Expression, clause: str) -> None:
    if isinstance(tree, (exp.Literal, exp.Boolean, exp.Null)):
        raise UserError(f"non-integer constant in {clause}", position=position_of(tree))


def out_of_range(number: int, clause: str, position: int | None) -> UserError:
    return UserError(f"{clause} position {number} is not in select list", "42P10", position=position)


def bind_order_by_columns(
    order: exp.Expression, bound: Bound, env: Env, outer: Scope | None
) -> tuple[n.SortItem, ...]:
    """ORDER BY of a set operation, VALUES or parenthesised query: result columns by name or number only."""
    items: list[n.SortItem] = []
    for entry in order.expressions:
        tree, descending, nulls_first = direction(entry)
        tree = bare(tree)
        if is_all(tree) and all(name != "all" for name, _ in bound.columns):
            items += [n.SortItem(column, descending, nulls_first) for _, column in bound.columns]
            continue
        number = ordinal(tree)
        position = position_of(tree)
        chosen: Expr
        if number is not None:
            if not 1 <= number <= len(bound.columns):
                raise out_of_range(number, "ORDER BY", position)
            chosen = bound.columns[number - 1][1]
        else:
            constant_refused(tree, "ORDER BY")
            scope = Scope.of("", tuple(bound.columns)).inside(outer)
            if not isinstance(tree, exp.Column):
                raise UserError(
                    "invalid UNION/INTERSECT/EXCEPT ORDER BY clause",
                    "0A000",
                    detail="Only result column names can be used, not expressions or functions.",
                    hint="Add the expression/function to every SELECT, or move the UNION into a FROM clause.",
                    position=position,
                )
            chosen = bind_expr(tree, scope, env.ctx.having(clause="ORDER BY"))
        items.append(n.SortItem(chosen, descending, nulls_first))
    return tuple(items)


def with_limits(bound: Bound, tree: exp.Expression, env: Env, outer: Scope | None) -> Bound:
    """The query with its LIMIT, OFFSET or FETCH: constants and parameters wait in the result; queries cut here."""
    from .subquery import Pendings

    pendings = Pendings(env)
    scope = Scope(parent=outer)
    limit_clause, offset_clause = tree.args.get("limit"), tree.args.get("offset")
    limit: Expr | None = None
    ties = False
    if isinstance(limit_clause, exp.Fetch):
        count = limit_clause.args.get("count")
        limit = Lit(1, INT8) if count is None else _count(count, "LIMIT", env, scope, pendings)
        options = limit_clause.args.get("limit_options")
        if options is not None:
            if options.args.get("percent"):
                raise UserError("FETCH FIRST … PERCENT is not SQL of PostgreSQL", position=position_of(limit_clause))
            ties = bool(options.args.get("with_ties"))
        if ties and not bound.order:
            raise UserError("WITH TIES cannot be specified without ORDER BY clause")
    elif limit_clause is not None:
        if limit_clause.args.get("limit_options") is not None:
            raise UserError("syntax error: LIMIT takes a number of rows", position=position_of(limit_clause))
        limit = _count(limit_clause.expression, "LIMIT", env, scope, pendings)
    offset = None if offset_clause is None else _count(offset_clause.expression, "OFFSET", env, scope, pendings)
    given = [e for e in (limit, offset) if e is not None]
    if not any(_varies(e) for e in given):
        return replace(bound, limit=limit, offset=offset, ties=ties)
    plan = pendings.need(bound.plan, given)
    return replace(bound, plan=_numbered(plan, bound.order, limit, offset, ties, env))


def _numbered(
    plan: n.Node, order: tuple[n.SortItem, ...], limit: Expr | None, offset: Expr | None, ties: bool, env: Env
) -> n.Node:
    """Rows by number, where the bounds are no constants."""
    position, rank = env.ctx.new_var(INT8, "position"), env.ctx.new_var(INT8, "rank")
    calls = [(position, n.WinCall("row_number", (), INT8, None))]
    if ties:
        calls.append((rank, n.WinCall("rank", (), INT8, None)))
    plan = n.Window(plan, (), order, tuple(calls))
    skipped: Expr = Lit(0, INT8) if offset is None else Coalesce((offset, Lit(0, INT8)), INT8)
    kept: list[Expr] = [] if offset is None else [Call("compare.gt", (position, skipped), BOOL)]
    if limit is not None:
        last = Call("arith.add", (limit, skipped), INT8)
        within = Call("compare.le", (rank if ties else position, last), BOOL)
        kept.append(Or((Call("bool.is_null", (limit,), BOOL), within)))
    condition = conjunction(tuple(kept))
    return plan if condition is None else n.Filter(plan, condition)


def _varies(e: Expr) -> bool:
    """Neither a constant nor made of parameters, which are known before the plan runs."""
    return not isinstance(e, Lit) and (bool(vars_read(e)) or not any(isinstance(x, Param) for x in (e, *walk(e))))


def vars_read(e: Expr) -> set[int]:
    found: set[int] = set()
    n.expr_vars(e, found)
    return found


def _count(tree: exp.Expression, clause: str, env: Env, scope: Scope, pendings: Pendings) -> Expr | None:
    if isinstance(tree, exp.Var) and tree.name.upper() == "ALL":
        return None
    position = position_of(tree)
    bound = bind_expr(tree, scope, env.ctx.having(clause=clause, on_subquery=pendings.add))
    if not isinstance(bound, Lit) and bound.type.name not in ("unknown", "int2", "int4", "int8", "numeric", "float8"):
        raise UserError(
            f"argument of {clause} must be type bigint, not type {bound.type}", "42804", position=position
        )
    made = coerce(bound, INT8, env.ctx, "a", position)
    code, message = "2201W" if clause == "LIMIT" else "2201X", f"{clause} must not be negative"
    if isinstance(made, Lit):
        if made.value is None:
            return None
        if made.value < 0:
            raise UserError(message, code)
    elif _varies(made):
        known = Call("compare.ge", (made, Lit(0, INT8)), BOOL)
        made = Call("check.holds", (made, known), INT8, texts=(code, message))
    return made


def is_all(tree: exp.Expression) -> bool:
    """ORDER BY ALL: every result column from left to right."""
    tree = bare(tree)
    return isinstance(tree, exp.Column) and len(tree.parts) == 1 and tree.name == "all" and not tree.this.quoted


def output_var(e: Expr, name: str, env: Env) -> Var:
    """A fresh result column for an expression, its type settled."""
    return env.ctx.new_var(settle_unknown(e, env.ctx).type, name)

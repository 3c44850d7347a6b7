"""VALUES lists: rows of expressions with one type per column."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sqlglot import exp

from ...kernels.errors import UserError
from ...kernels.expr.spec import Expr, Lit, Var
from ...kernels.types import INT4
from ..logical import node as n
from .coerce import Operand, unify
from .expr import bind_expr
from .position import position_of
from .query import Bound, Env, settle
from .scope import EMPTY, Scope


def bind_values(tree: exp.Values, env: Env, outer: Scope | None) -> Bound:
    """Constant rows become one node; rows with subqueries or outer columns a union of one-row queries."""
    from .order import bind_order_by_columns, with_limits
    from .subquery import Pendings

    pendings = Pendings(env)
    scope = EMPTY.inside(outer)
    select = env.outer_select
    ctx = env.ctx.having(
        clause="VALUES", on_subquery=pendings.add,
        on_aggregate=None if select is None else partial(select.add_aggregate, place="VALUES", pendings=pendings, own=False),
        on_grouping=None if select is None else partial(select.add_grouping, place="VALUES"),
    )  # fmt: skip
    rows: list[list[Operand]] = []
    for row in tree.expressions:
        cells = row.expressions if isinstance(row, exp.Tuple) else [row]
        bound: list[Operand] = []
        for cell in cells:
            if isinstance(cell, exp.Var) and cell.name.upper() == "DEFAULT":
                raise UserError("DEFAULT is not allowed in this context", position=position_of(cell))
            bound.append(Operand(bind_expr(cell, scope, ctx), position_of(cell)))
        rows.append(bound)
    width = len(rows[0])
    for index, cells in enumerate(rows):
        if len(cells) != width:
            raise UserError("VALUES lists must all be the same length", position=position_of(tree.expressions[index]))
    typed = [unify([r[i] for r in rows], "VALUES", env.ctx)[1] for i in range(width)]
    columns = tuple(env.ctx.new_var(typed[i][0].type, f"column{i + 1}") for i in range(width))
    number = env.ctx.new_var(INT4, "number")
    numbered = [(*(typed[i][r] for i in range(width)), Lit(r, INT4)) for r in range(len(rows))]
    made = value_rows(numbered, (*columns, number), pendings)
    result = Bound(made, tuple((v.name, v) for v in columns), sequence=(n.SortItem(number),))
    order = tree.args.get("order")
    if order is not None:
        result = replace(result, order=bind_order_by_columns(order, result, env, outer))
    return with_limits(result, tree, env, outer)


def value_rows(rows: list[tuple[Expr, ...]], columns: tuple[Var, ...], pendings: object) -> n.Node:
    from .subquery import Pendings

    assert isinstance(pendings, Pendings)
    read: set[int] = set()
    for row in rows:
        for e in row:
            n.expr_vars(e, read)
    if not read:
        return n.Values(tuple(rows), columns)
    parts: list[n.Node] = []
    for row in rows:
        plan = pendings.need(n.ONE_ROW, row)
        parts.append(n.Project(plan, tuple((Var(v.id, v.type, v.name), e) for v, e in zip(columns, row))))
    return parts[0] if len(parts) == 1 else n.Union(tuple(parts), columns)


__all__ = ["bind_values", "settle", "value_rows"]

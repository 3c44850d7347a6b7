"""UNION, INTERSECT and EXCEPT: columns by position (or by name with CORRESPONDING and BY NAME), types unified."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from ...kernels.errors import UserError
from ...kernels.expr.spec import Expr, Lit, Var
from ...kernels.types import UNKNOWN
from ..logical import node as n
from ..logical.rewrite import substitute
from .aggregate_calls import refuse_json
from .coerce import Operand, can_coerce, coerce, common_type
from .position import position_of
from .query import Bound, Env, bind_query, settle
from .scope import Scope


def bind_set_operation(tree: exp.SetOperation, env: Env, outer: Scope | None) -> Bound:
    """A chain of the same operator is bound flat, so that long UNION ALL lists stay one node."""
    from .order import bind_order_by_columns, with_limits

    kind = {exp.Union: "UNION", exp.Intersect: "INTERSECT", exp.Except: "EXCEPT"}[type(tree)]
    everything = tree.args.get("distinct") is False
    trees: list[exp.Expression] = [tree.args["this"], tree.args["expression"]]
    if kind == "UNION":
        trees = _flat(tree, type(tree), everything)
    if isinstance(trees[0], exp.Select) and (clause := next((trees[0].args[k] for k in ("order", "limit", "offset") if trees[0].args.get(k)), None)):
        raise UserError(f'syntax error at or near "{kind}": parentheses are needed', position=position_of(clause))
    parts = [settle(bind_query(t, env.having(keep_unknown=True), outer), env) for t in trees]
    if tree.args.get("by_name") and kind == "UNION" and tree.args.get("kind") is None:
        parts = _by_name(parts, env)
    elif tree.args.get("by_name"):
        parts = _corresponding(parts, kind, tree, tuple(c.name for c in tree.args.get("on") or ()))
    width = len(parts[0].columns)
    for part, t in zip(parts, trees):
        if len(part.columns) != width:
            raise UserError(f"each {kind} query must have the same number of columns", position=position_of(t))
    plans, columns = _unified(parts, trees, kind, env)
    if kind != "UNION" or not everything:
        refuse_json([v.type for v in columns], position_of(tree))
    made: n.Node
    if kind == "UNION":
        made = n.Union(tuple(plans), columns)
        if not everything:
            made = n.Distinct(made)
    else:
        made = n.SetOp(plans[0], plans[1], kind.lower(), everything, columns)
    result = Bound(made, tuple((v.name, v) for v in columns))
    order = tree.args.get("order")
    if order is not None:
        result = replace(result, order=bind_order_by_columns(order, result, env, outer))
    return with_limits(result, tree, env, outer)


def _flat(tree: exp.Expression, kind: type, everything: bool) -> list[exp.Expression]:
    """The operands of a left-deep chain of equal operators without clauses of their own."""
    out: list[exp.Expression] = []
    node: exp.Expression = tree
    while True:
        out.append(node.args["expression"])
        left: exp.Expression = node.args["this"]
        plain = (
            type(left) is kind
            and (left.args.get("distinct") is False) == everything
            and not any(left.args.get(k) for k in ("order", "limit", "offset", "with_", "by_name"))
        )
        if not plain or node.args.get("by_name"):
            out.append(left)
            return out[::-1]
        node = left


def _by_name(parts: list[Bound], env: Env) -> list[Bound]:
    """UNION BY NAME: the columns of all queries, in the order of their first; where a query has none of a name it gives NULL."""
    names = list(dict.fromkeys(name for p in parts for name, _ in p.columns))
    made: list[Bound] = []
    for p in parts:
        own = dict(reversed(p.columns))
        missing = {name: env.ctx.new_var(UNKNOWN, name) for name in names if name not in own}
        items = p.plan.items if isinstance(p.plan, n.Project) else tuple((v, v) for v in p.plan.vars)
        below = p.plan.input if isinstance(p.plan, n.Project) else p.plan
        plan = n.Project(below, (*items, *((v, Lit(None, UNKNOWN)) for v in missing.values()))) if missing else p.plan
        made.append(replace(p, plan=plan, columns=tuple((name, own.get(name) or missing[name]) for name in names)))
    return made


def _corresponding(parts: list[Bound], kind: str, tree: exp.Expression, by: tuple[str, ...]) -> list[Bound]:
    """The columns of the same names, in the first query's order; `by`: those of CORRESPONDING BY, in its order."""
    names = [{name for name, _ in p.columns} for p in parts]
    common = [name for name, _ in parts[0].columns if all(name in s for s in names)]
    for name in by:
        if name not in common:
            raise UserError(f'column "{name}" is not in every {kind} query', "42703", position=position_of(tree))
    common = list(dict.fromkeys(by)) or common
    if not common:
        raise UserError(f"{kind} CORRESPONDING queries have no column in common", position=position_of(tree))
    return [replace(p, columns=tuple((name, dict(p.columns)[name]) for name in common)) for p in parts]


def _unified(
    parts: list[Bound], trees: list[exp.Expression], kind: str, env: Env
) -> tuple[list[n.Node], tuple[Var, ...]]:
    """Each part projected to the common types, and the result columns."""
    columns: list[Var] = []
    casts: list[list[Expr]] = [[] for _ in parts]
    for i, (name, _) in enumerate(parts[0].columns):
        operands = [Operand(_unknown(p, i), position_of(t)) for p, t in zip(parts, trees)]
        target = common_type(operands, kind)
        for row, o in zip(casts, operands):
            if o.type != target and not can_coerce(o.type, target):
                raise UserError(
                    f"{kind} could not convert type {o.type.without_mods()} to {target.without_mods()}", "42846",
                    position=o.position,
                )  # fmt: skip
            row.append(coerce(o.expr, target, env.ctx, "i", o.position))
        columns.append(env.ctx.new_var(target, name))
    plans: list[n.Node] = []
    for p, row in zip(parts, casts):
        plan, exprs = p.plan, tuple(row)
        if exprs == plan.vars:
            plans.append(plan)
            continue
        if isinstance(plan, n.Project):
            below = {v.id: e for v, e in plan.items}
            plan, exprs = plan.input, tuple(substitute(e, below) for e in exprs)
        plans.append(n.Project(plan, tuple((env.ctx.new_var(e.type), e) for e in exprs)))
    return plans, tuple(columns)


def _unknown(part: Bound, index: int) -> Expr:
    """A bare literal or parameter of unknown type takes the type of its peers, as in Postgres."""
    v = part.vars[index]
    if v.type.name == "unknown" and isinstance(part.plan, n.Project):
        for made, e in part.plan.items:
            if made.id == v.id:
                return e
    return v

"""Joins of FROM items: ON, USING, NATURAL, outer kinds, LATERAL, ASOF and temporal joins."""

from __future__ import annotations

import re
from functools import partial

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Call, Coalesce, ContextValue, Expr, Lit, Var, conjunction, conjuncts
from ...kernels.types import BOOL
from ..logical import node as n
from ..sql.clauses import USING_ALIAS
from .coerce import Operand, coerce, common_type
from .expr import apply_operator, bind_boolean, bind_expr
from .position import position_of
from .query import Env
from .scope import Scope
from .subquery import Pendings, with_column

Item = tuple[n.Node, Scope]


def product(left: n.Node, right: n.Node) -> n.Node:
    return joined(left, right, "inner", None)


def joined(left: n.Node, right: n.Node, kind: str, condition: Expr | None) -> n.Node:
    """A join, or a dependent one if `right` reads columns of `left`."""
    if right.free & left.ids:
        if kind not in ("inner", "left"):
            raise UserError(
                "invalid reference to FROM-clause entry", "42P10",
                detail="The combining JOIN type must be INNER or LEFT for a LATERAL reference.",
            )  # fmt: skip
        return n.DependentJoin(left, right, kind, condition)
    return n.Join(left, right, kind, condition)


def bind_join(
    left: Item, tree: exp.Expression, env: Env, outer: Scope | None, lateral: Scope | None, pendings: Pendings
) -> Item:
    """`left <tree>`: one JOIN clause applied to what stands to its left in its join tree."""
    from .from_ import bind_item

    left_plan, left_scope = left
    method, side, kind = (str(tree.args.get(k) or "").upper() for k in ("method", "side", "kind"))
    bare = not any(tree.args.get(k) for k in ("on", "using")) and any((method, side, kind))  # else it is a comma
    if method == "NATURAL" and kind == "CROSS":
        raise UserError('syntax error at or near "cross"', position=position_of(tree.this))
    if bare and method not in ("NATURAL", "ASOF") and kind != "CROSS" and tree.args.get("match_condition") is None:
        raise UserError("syntax error: a JOIN needs ON or USING", position=position_of(tree.this))
    visible = left_scope.inside(lateral)
    right_tree = tree.this
    version = right_tree.args.get("version") if isinstance(right_tree, exp.Table) else None
    right_plan, right_scope = bind_item(right_tree, env, outer, visible)
    join_kind = _kind(side, kind, tree)
    if join_kind in ("left", "full"):
        right_plan, right_scope = _marked(right_plan, right_scope, env)
    if join_kind in ("right", "full"):
        left_plan, left_scope = _marked(left_plan, left_scope, env)
    condition, merged = _condition(left_scope, right_scope, tree, env, outer, pendings, join_kind, method == "NATURAL")
    scope = left_scope.join(right_scope.inside(None), merged).inside(outer) if join_kind not in ("semi", "anti") else (
        left_scope.inside(outer)
    )
    for name in tree.args.get("using") or ():
        if name.name.startswith(USING_ALIAS):
            scope = scope.with_relation(name.name.removeprefix(USING_ALIAS), merged)
    if method == "ASOF":
        return asof_join(left_plan, right_plan, join_kind, condition, tree), scope
    if version is not None:
        moment = version.args.get("expression")
        if isinstance(moment, exp.Column) and not _processing_time(left_plan, bind_expr(moment, left_scope, env.ctx), env):
            raise Unsupported("only FOR SYSTEM_TIME AS OF a processing time is supported", position=position_of(moment),
                              hint="Use PROCTIME(), or a column that is AS PROCTIME().")
        return temporal_join(left_plan, right_plan, join_kind, condition, version, tree, env), scope
    if condition is not None and pendings.moved((condition,)):
        return _with_subqueries(left_plan, right_plan, join_kind, condition, pendings), scope
    return joined(left_plan, right_plan, join_kind, condition), scope


def _marked(plan: n.Node, scope: Scope, env: Env) -> Item:
    """With a column that tells rows from their absence, where the query uses whole rows of the relation."""
    if env.outer_select is None or not any(r.name in env.outer_select.row_names for r in scope.relations):
        return plan, scope
    present = env.ctx.new_var(BOOL, "present")
    return with_column(plan, present, Lit(True, BOOL)), scope.padded(present)


def _kind(side: str, kind: str, tree: exp.Expression) -> str:
    if kind in ("SEMI", "ANTI"):
        if side == "RIGHT":
            raise Unsupported(f"RIGHT {kind} JOIN is not supported", hint="Swap the sides.", position=position_of(tree))
        return kind.lower()
    if side in ("LEFT", "RIGHT", "FULL"):
        return side.lower()
    return "inner"


def _condition(
    left: Scope, right: Scope, tree: exp.Expression, env: Env, outer: Scope | None, pendings: Pendings, kind: str,
    natural: bool,
) -> tuple[Expr | None, tuple[tuple[str, Expr], ...]]:  # fmt: skip
    using = [i.name for i in tree.args.get("using") or () if not i.name.startswith(USING_ALIAS)]
    if natural:
        names = {c.name for c in right.columns if not c.hidden}
        using = list(dict.fromkeys(c.name for c in left.columns if not c.hidden and c.name in names))
    if using or natural:
        return _using(left, right, using, kind, tree, env)
    on = tree.args.get("on")
    if on is None:
        return None, ()
    both = left.join(right.inside(None)).inside(outer)
    select = env.outer_select
    ctx = env.ctx.having(
        clause="JOIN/ON", on_subquery=pendings.add,
        on_aggregate=None if select is None else partial(select.add_aggregate, place="JOIN conditions"),
    )  # fmt: skip
    condition = bind_boolean(on, both, ctx)
    return (None if condition == Lit(True, BOOL) else condition), ()


def _using(
    left: Scope, right: Scope, names: list[str], kind: str, tree: exp.Expression, env: Env
) -> tuple[Expr | None, tuple[tuple[str, Expr], ...]]:
    parts: list[Expr] = []
    merged: list[tuple[str, Expr]] = []
    position = position_of(tree)
    for name in names:
        a, b = _side(left, name, "left", position), _side(right, name, "right", position)
        x, y = Operand(a, position), Operand(b, position)
        parts.append(apply_operator("=", (x, y), env.ctx, position))
        target = common_type([x, y], "JOIN/USING")
        a, b = coerce(a, target, env.ctx), coerce(b, target, env.ctx)
        value = b if kind == "right" else Coalesce((a, b), target) if kind == "full" else a
        merged.append((name, value))
    return conjunction(tuple(parts)), tuple(merged)


def _side(scope: Scope, name: str, side: str, position: int | None) -> Expr:
    found = [c for c in scope.columns if c.name == name and not c.hidden]
    if not found:
        raise UserError(
            f'column "{name}" specified in USING clause does not exist in {side} table', "42703", position=position
        )
    if len(found) > 1:
        raise UserError(
            f'common column name "{name}" appears more than once in {side} table', "42702", position=position
        )
    return found[0].expr


def _with_subqueries(left: n.Node, right: n.Node, kind: str, condition: Expr, pendings: Pendings) -> n.Node:
    """Subqueries in ON: an inner join filters its product; an outer one applies them to the inner side."""
    match kind:
        case "inner":
            return pendings.filter(joined(left, right, "inner", None), condition)
        case "left" | "semi" | "anti":
            return _apply(left, pendings.filter(right, condition), kind)
        case "right":
            flipped = _apply(right, pendings.filter(left, condition), "left")
            return n.Project(flipped, tuple((v, v) for v in (*left.vars, *right.vars)))
        case _:
            return _full_with_subqueries(left, right, condition, pendings)


def _full_with_subqueries(left: n.Node, right: n.Node, condition: Expr, pendings: Pendings) -> n.Node:
    """Each subquery is computed below the join, on the side that it reads."""
    sides: dict[int, str] = {}
    for i in sorted(pendings.moved((condition,))):
        read = pendings.read_by(i)
        if not read.isdisjoint(right.ids) and not read.isdisjoint(left.ids):
            return _full_in_parts(left, right, condition, pendings)
        sides[i] = "left" if read.isdisjoint(right.ids) else "right"
    below = {"left": left, "right": right}
    for i, side in sides.items():
        if i in pendings.waiting:  # else another column of one that is applied already
            below[side] = pendings.need(below[side], pendings.waiting[i].made)
    return joined(below["left"], below["right"], "full", condition)


def _full_in_parts(left: n.Node, right: n.Node, condition: Expr, pendings: Pendings) -> n.Node:
    """A left join, and the rows to the right that nothing to the left meets."""
    waiting = dict(pendings.waiting)
    met = _apply(left, pendings.filter(right, condition), "left")
    pendings.waiting = waiting
    rest = _apply(right, pendings.filter(left, condition), "anti")
    columns = (*left.vars, *right.vars)
    new = pendings.env.ctx.new_var
    parts = (
        n.Project(met, tuple((new(v.type, v.name), v) for v in columns)),
        n.Project(rest, tuple((new(v.type, v.name), Lit(None, v.type) if v.id in left.ids else v) for v in columns)),
    )
    return n.Union(parts, columns)


def _apply(left: n.Node, right: n.Node, kind: str) -> n.Node:
    return n.DependentJoin(left, right, kind, None)


_FLIPPED = {"compare.lt": ">", "compare.le": ">=", "compare.gt": "<", "compare.ge": "<="}
_PLAIN = {"compare.lt": "<", "compare.le": "<=", "compare.gt": ">", "compare.ge": ">="}


def asof_join(left: n.Node, right: n.Node, kind: str, condition: Expr | None, tree: exp.Expression) -> n.Node:
    """Equalities are keys; exactly one inequality orders the candidates."""
    position = position_of(tree)
    if kind not in ("inner", "left"):
        raise Unsupported("ASOF joins are INNER or LEFT", hint="Use ASOF LEFT JOIN.", position=position)
    pairs: list[tuple[Expr, Expr]] = []
    times: list[tuple[Expr, Expr, str]] = []
    for part in () if condition is None else conjuncts(condition):
        if isinstance(part, Call) and len(part.args) == 2:
            a, b = part.args
            straight = _reads(a) <= left.ids and _reads(b) <= right.ids
            crossed = _reads(a) <= right.ids and _reads(b) <= left.ids
            if part.kernel == "compare.eq" and (straight or crossed):
                pairs.append((a, b) if straight else (b, a))
                continue
            if part.kernel in _PLAIN and (straight or crossed):
                times.append((a, b, _PLAIN[part.kernel]) if straight else (b, a, _FLIPPED[part.kernel]))
                continue
        raise Unsupported(
            "an ASOF join condition is equalities and one inequality", hint="Put other conditions into WHERE.",
            position=position,
        )  # fmt: skip
    if len(times) != 1 or not pairs:
        raise UserError("an ASOF join needs at least one equality and exactly one inequality", position=position)
    (left_time, right_time, comparison) = times[0]
    return n.AsOfJoin(left, right, kind == "left", tuple(pairs), left_time, right_time, comparison)


def _processing_time(plan: n.Node, column: Expr, env: Env) -> bool:
    """Whether a column of the plan is PROCTIME(): so declared in its table, or so computed."""
    if isinstance(plan, n.Project):
        made = next((e for v, e in plan.items if v == column), None)
        return (isinstance(made, ContextValue) and made.name == "now") or (made is not None and _processing_time(plan.input, made, env))
    if isinstance(plan, n.Scan) and isinstance(column, Var) and column in plan.columns:
        declared = env.ctx.catalog.relations[plan.relation].columns[plan.positions[plan.columns.index(column)]].generated
        return declared is not None and re.sub(r"\s", "", declared).lower() == "proctime()"
    return any(_processing_time(i, column, env) for i in plan.inputs if isinstance(column, Var) and column.id in i.ids)


def temporal_join(left: n.Node, right: n.Node, kind: str, condition: Expr | None, version: exp.Expression,
                  tree: exp.Expression, env: Env) -> n.Node:  # fmt: skip
    """FOR SYSTEM_TIME AS OF PROCTIME(), of a `version` that from_.py has checked: a plain join where the query runs once."""
    position = position_of(tree)
    if kind not in ("inner", "left"):
        raise Unsupported("a temporal join is INNER or LEFT", hint="Swap the sides.", position=position)
    if not env.streaming:
        return n.Join(left, right, kind, condition)
    return n.TemporalJoin(left, right, kind == "left", Lit(True, BOOL) if condition is None else condition)


def _reads(e: Expr) -> set[int]:
    found: set[int] = set()
    n.expr_vars(e, found)
    return found



"""Required rules of streaming plans: time in filters, EMIT ON WINDOW CLOSE, no stream from a plain order.

    Filter(ts > now() - INTERVAL '1 hour')(t)   becomes  NowFilter[now < ts + INTERVAL '1 hour'](t)
    Filter(ts > now() OR a)(t)                  becomes  NowFilter[now < CASE WHEN a THEN 'infinity' ELSE ts END](t)
    Filter(ts > date_trunc('day', now()))(t)    becomes  Filter(ts > d)(Join(t, Clock(d := date_trunc('day', now()))))

The last form is for any other condition: when the value changes, which is not often then, all rows are compared again.
"""

from __future__ import annotations

from dataclasses import replace

from ...kernels.errors import Unsupported
from ...kernels.expr.spec import (
    And,
    Call,
    Case,
    Coalesce,
    ContextValue,
    Expr,
    Lambda,
    Lit,
    Or,
    Var,
    children,
    conjunction,
    conjuncts,
    walk,
    with_children,
)
from ...kernels.types import INTERVAL, TIMESTAMPTZ, UNKNOWN
from ..bind.coerce import Operand, coerce
from ..bind.expr import apply_operator
from ..bind.query import Env
from ..logical import node as n
from ..logical.rewrite import any_node, transform
from .prune_columns import prune_columns
from .watermarks import watermarked
from .window_close import hold_window

_MOVING = ("now", "clock")
_COMPARE = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_BEGIN, _END = Lit(-(1 << 63), TIMESTAMPTZ), Lit((1 << 63) - 1, TIMESTAMPTZ)  # the infinities
_FLIP = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def streaming_plan(plan: n.Node, env: Env, emit_on_close: bool) -> n.Node:
    """The plan with temporal filters, held back until windows close if asked."""
    plan = transform(plan, _out_of_joins)
    plan = transform(plan, lambda x: _temporal(x, env) if isinstance(x, n.Filter) else x)
    plan = transform(plan, lambda x: _timed_rows(x, env) if isinstance(x, n.ProjectSet) else x)
    if any_node(plan, _tells_time):
        plan = prune_columns(plan)  # a time that nothing reads above doesn't matter
    _refuse_time(plan, set())
    return close_windows(plan, env) if emit_on_close else plan


def moves(e: Expr) -> bool:
    """Reads the current time."""
    return any(isinstance(x, ContextValue) and x.name in _MOVING for x in walk(e))


def _out_of_joins(node: n.Node) -> n.Node:
    """Conditions on time leave ON: above an inner join, or to the one side they read."""
    if not isinstance(node, n.Join) or node.condition is None:
        return node
    parts = conjuncts(node.condition)
    timed = [p for p in parts if moves(p)]
    if not timed:
        return node
    rest = [p for p in parts if not moves(p)]
    right: list[Expr] = []
    above: list[Expr] = []
    for p in timed:
        read: set[int] = set()
        n.expr_vars(p, read)
        if node.kind == "inner":
            above.append(p)
        elif node.kind in ("left", "semi", "anti") and read <= node.right.ids:
            right.append(p)
        else:
            rest.append(p)
    filtered = conjunction(tuple(right))
    inner = node.right if filtered is None else n.Filter(node.right, filtered)
    made = n.Join(node.left, inner, node.kind, conjunction(tuple(rest)))
    predicate = conjunction(tuple(above))
    return made if predicate is None else n.Filter(made, predicate)


def _temporal(node: n.Filter, env: Env) -> n.Node:
    parts = conjuncts(node.predicate)
    timed = [p for p in parts if moves(p)]
    if not timed:
        return node
    rest = conjunction(tuple(p for p in parts if not moves(p)))
    plan: n.Node = node.input if rest is None else n.Filter(node.input, rest)
    for part in timed:
        bound = _bound(part, env)
        if bound is None:
            plan = _with_clock(plan, part, env)
        else:
            upper, at = bound
            plan = n.NowFilter(plan, None if upper else at, at if upper else None)
    return plan


def _with_clock(plan: n.Node, part: Expr, env: Env) -> n.Node:
    """The rows for which the condition holds over the values of time that it reads."""
    clock, filtered = _clocked((part,), env)
    joined = n.Filter(n.Join(plan, clock, "inner", None), filtered[0])
    return n.Project(joined, tuple((v, v) for v in plan.vars))


def _clocked(exprs: tuple[Expr, ...], env: Env) -> tuple[n.Clock, tuple[Expr, ...]]:
    """The expressions with columns of a clock in place of the largest parts that read only the time."""
    made: dict[Expr, Var] = {}

    def visit(e: Expr) -> Expr:
        if not moves(e):
            return e
        if not any(isinstance(x, (Var, Lambda)) for x in walk(e)):
            return made.setdefault(e, env.ctx.new_var(e.type, "clock"))
        return with_children(e, tuple(visit(c) for c in children(e)))

    changed = tuple(visit(e) for e in exprs)
    return n.Clock(tuple(made), tuple(made.values())), changed


def _timed_rows(node: n.ProjectSet, env: Env) -> n.Node:
    """generate_series(…, now(), …): the series is made again when time moves; what stays is no change."""
    if not any(moves(a) for call in node.calls for a in call.args):
        return node
    args = tuple(a for call in node.calls for a in call.args)
    clock, changed = _clocked(args, env)
    left = list(changed)
    calls = tuple(replace(call, args=tuple(left.pop(0) for _ in call.args)) for call in node.calls)
    made = n.ProjectSet(n.Join(node.input, clock, "inner", None), calls, node.ordinality, node.outer)
    return n.Project(made, tuple((v, v) for v in node.vars))


def _bound(part: Expr, env: Env) -> tuple[bool, Expr] | None:
    """(True, b) where the condition holds while now < b, (False, b) where it does from b on; None for another form."""
    if not isinstance(part, (And, Or)):
        return _compared_bound(part, env)
    found = [_bound(p, env) if moves(p) else None for p in part.args]
    if any(b is None for b, p in zip(found, part.args) if moves(p)):
        return None
    upper = next(b[0] for b in found if b is not None)
    if any(b is not None and b[0] != upper for b in found):
        return None
    always, never = (_END, _BEGIN) if upper else (_BEGIN, _END)
    args: list[Expr] = []
    for bound, p in zip(found, part.args):
        if bound is None:
            args.append(Case(((p, always),), never, TIMESTAMPTZ))
        else:
            args.append(Coalesce((bound[1], never), TIMESTAMPTZ))
    function = "misc.greatest" if isinstance(part, Or) == upper else "misc.least"
    return upper, Call(function, tuple(args), TIMESTAMPTZ)


def _compared_bound(part: Expr, env: Env) -> tuple[bool, Expr] | None:
    """`value op now ± constant` as a bound on now, exact where the constant has no months."""
    split = _split(part)
    if split is None:
        return None
    value, symbol, offset, sign = split
    ctx = env.ctx
    bound = value
    if offset is not None:
        # value op now + offset  ⇔  value - offset op now
        bound = apply_operator("-" if sign == "+" else "+", (Operand(value), Operand(offset)), ctx)
    bound = coerce(bound, TIMESTAMPTZ, ctx, "e")
    match symbol:
        case ">":  # bound > now
            return True, bound
        case ">=":  # bound >= now  ⇔  now < bound + 1 µs
            return True, _plus_tick(bound, env)
        case "<=":  # bound <= now
            return False, bound
        case _:  # bound < now  ⇔  bound + 1 µs <= now
            return False, _plus_tick(bound, env)


def _plus_tick(bound: Expr, env: Env) -> Expr:
    tick = coerce(Lit("1 microsecond", UNKNOWN), INTERVAL, env.ctx, "e")
    return apply_operator("+", (Operand(bound), Operand(tick)), env.ctx)


def _split(part: Expr) -> tuple[Expr, str, Expr | None, str] | None:
    """(value without time, comparison, offset, its sign) of `value op now sign offset`."""
    if not isinstance(part, Call) or len(part.args) != 2:
        return None
    name = part.kernel.rpartition(".")[2].removeprefix("zoned_")
    if name not in _COMPARE:
        return None
    a, b = part.args
    symbol = _COMPARE[name]
    if moves(a):
        if moves(b):
            return None
        a, b, symbol = b, a, _FLIP[symbol]
    b = _bare(b)
    if isinstance(b, ContextValue):
        return a, symbol, None, "+"
    if isinstance(b, Call) and len(b.args) == 2 and b.kernel.startswith("temporal."):
        base, offset = _bare(b.args[0]), b.args[1]
        if isinstance(base, ContextValue) and not moves(offset):
            operation = b.kernel.rpartition(".")[2]
            if "sub" in operation or "minus" in operation:
                return a, symbol, offset, "-"
            if "add" in operation or "plus" in operation:
                return a, symbol, offset, "+"
    return None


def _bare(e: Expr) -> Expr:
    """now() below casts between timestamp types."""
    while isinstance(e, Call) and len(e.args) == 1 and e.kernel.startswith(("cast.", "misc.relabel", "temporal.")):
        e = e.args[0]
    return e


def _tells_time(node: n.Node) -> bool:
    return not isinstance(node, (n.NowFilter, n.Clock)) and any(moves(e) for e in node.exprs())


def _refuse_time(node: n.Node, seen: set[int]) -> None:
    if id(node) in seen:
        return
    seen.add(id(node))
    if _tells_time(node):
        raise Unsupported(
            "now() in a view is allowed in WHERE, HAVING and ON only",
            hint="Compare a column with now() at the top level of WHERE.",
        )
    for i in node.inputs:
        _refuse_time(i, seen)


def close_windows(plan: n.Node, env: Env) -> n.Node:
    """EMIT ON WINDOW CLOSE: rows are held until the watermark passes their time column or reaches their window's end."""
    shown = frozenset(i for i, t in watermarked(plan).items() if i in plan.ids and t.kind != "time")
    held: list[n.Node] = []

    def hold(node: n.Node) -> n.Node:
        made = hold_window(node, shown, env) if isinstance(node, n.Window) else node
        if made is not node:
            held.append(made)
        return made

    changed = transform(plan, hold)
    if not held:
        return _close(plan, env)
    top = changed
    while top is not held[-1] and isinstance(top, (n.Project, n.Filter, n.ProjectSet)):
        top = top.input
    if len(held) > 1 or top is not held[-1]:
        raise Unsupported(
            "EMIT ON WINDOW CLOSE over window functions that look ahead, and over more",
            hint="Write one OVER clause, above everything else in the query.",
        )
    return changed  # what comes out is closed already


def _close(plan: n.Node, env: Env) -> n.Node:
    timed = {i: t for i, t in watermarked(plan).items() if i in plan.ids}
    if not timed and isinstance(plan, (n.Project, n.Filter)):
        return plan.with_inputs(_close(plan.input, env))
    for v in plan.vars:
        if v.id in timed and timed[v.id].kind == "end":
            return n.EmitOnClose(plan, v, True)
    for v in plan.vars:
        size = timed[v.id].size if v.id in timed else None
        if size is not None:
            end = apply_operator("+", (Operand(v), Operand(size)), env.ctx)
            column = env.ctx.new_var(end.type, "window_end")
            held = n.EmitOnClose(n.Project(plan, (*((x, x) for x in plan.vars), (column, end))), column, True)
            return n.Project(held, tuple((x, x) for x in plan.vars))
    for v in plan.vars:
        if v.id in timed:
            return n.EmitOnClose(plan, v)
    raise Unsupported(
        "EMIT ON WINDOW CLOSE needs a column with a watermark in the result",
        hint="Declare WATERMARK FOR a column of the source and keep it, or a window over it, in the query.",
    )

"""Required rules of streaming plans: time in filters, EMIT ON WINDOW CLOSE, no stream from a plain order.

    Filter(ts > now() - INTERVAL '1 hour')(t)   becomes  NowFilter[now < ts + INTERVAL '1 hour'](t)
"""

from __future__ import annotations

from ...kernels.errors import Unsupported
from ...kernels.expr.spec import Call, ContextValue, Expr, Lit, Var, conjunction, conjuncts, walk
from ...kernels.types import INTERVAL, TIMESTAMPTZ, UNKNOWN
from ..bind.coerce import Operand, coerce
from ..bind.expr import apply_operator
from ..bind.query import Env
from ..logical import node as n
from ..logical.rewrite import transform

_MOVING = ("now", "clock")
_COMPARE = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_FLIP = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def streaming_plan(plan: n.Node, env: Env, emit_on_close: bool) -> n.Node:
    """The plan with temporal filters, held back until windows close if asked."""
    plan = transform(plan, lambda x: _temporal(x, env) if isinstance(x, n.Filter) else x)
    _refuse_time(plan, set())
    return close_windows(plan) if emit_on_close else plan


def moves(e: Expr) -> bool:
    """Reads the current time."""
    return any(isinstance(x, ContextValue) and x.name in _MOVING for x in walk(e))


def _temporal(node: n.Filter, env: Env) -> n.Node:
    parts = conjuncts(node.predicate)
    timed = [p for p in parts if moves(p)]
    if not timed:
        return node
    rest = conjunction(tuple(p for p in parts if not moves(p)))
    plan: n.Node = node.input if rest is None else n.Filter(node.input, rest)
    for part in timed:
        plan = _now_filter(plan, part, env)
    return plan


def _now_filter(plan: n.Node, part: Expr, env: Env) -> n.Node:
    """`value op now ± constant` as a bound on now, exact where the constant has no months."""
    split = _split(part)
    if split is None:
        raise Unsupported(
            "now() in a view must be compared with a column",
            hint="Write the condition as ts > now() - INTERVAL '…' (or <, >=, <=) at the top level of WHERE.",
        )
    value, symbol, offset, sign = split
    ctx = env.ctx
    bound = value
    if offset is not None:
        # value op now + offset  ⇔  value - offset op now
        bound = apply_operator("-" if sign == "+" else "+", (Operand(value), Operand(offset)), ctx)
    bound = coerce(bound, TIMESTAMPTZ, ctx, "e")
    match symbol:
        case ">":  # bound > now
            return n.NowFilter(plan, None, bound)
        case ">=":  # bound >= now  ⇔  now < bound + 1 µs
            return n.NowFilter(plan, None, _plus_tick(bound, env))
        case "<=":  # bound <= now
            return n.NowFilter(plan, bound, None)
        case _:  # bound < now  ⇔  bound + 1 µs <= now
            return n.NowFilter(plan, _plus_tick(bound, env), None)


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


def _refuse_time(node: n.Node, seen: set[int]) -> None:
    if id(node) in seen:
        return
    seen.add(id(node))
    if not isinstance(node, n.NowFilter) and any(moves(e) for e in node.exprs()):
        raise Unsupported(
            "now() in a view is allowed in WHERE, HAVING and ON only",
            hint="Compare a column with now() at the top level of WHERE.",
        )
    for i in node.inputs:
        _refuse_time(i, seen)


def close_windows(plan: n.Node) -> n.Node:
    """EMIT ON WINDOW CLOSE: rows are held until the watermark passes their time column."""
    timed = watermarked(plan)
    column = next((v for v in plan.vars if v.name == "window_end" and v.id in timed), None) or next(
        (v for v in plan.vars if v.id in timed), None
    )
    if column is None:
        raise Unsupported(
            "EMIT ON WINDOW CLOSE needs a column with a watermark in the result",
            hint="Declare WATERMARK FOR a column of the source and keep it, or a window over it, in the query.",
        )
    return n.EmitOnClose(plan, column)


def watermarked(node: n.Node) -> frozenset[int]:
    """Columns behind which no new rows come: watermark columns, windows over them, and copies of both."""
    match node:
        case n.WatermarkFilter():
            return watermarked(node.input) | {node.column.id}
        case n.Project():
            below = watermarked(node.input)
            return frozenset(v.id for v, e in node.items if _follows(e, below))
        case n.ProjectSet():
            below = watermarked(node.input)
            made: set[int] = set()
            for call in node.calls:
                if call.function == "hop" and isinstance(call.args[0], Var) and call.args[0].id in below:
                    made.update(v.id for v in call.columns)
            return below | made
        case n.Aggregate():
            return watermarked(node.input) & n.ids(node.groups)
        case n.Join() if node.kind == "inner":
            return watermarked(node.left) | watermarked(node.right)
        case n.Join() if node.kind in ("left", "semi", "anti"):
            return watermarked(node.left)
        case n.Union():
            found = frozenset(v.id for v in node.columns)
            for part in node.parts:
                known = watermarked(part)
                found &= frozenset(c.id for c, v in zip(node.columns, part.vars) if v.id in known)
            return found
        case n.Unary():
            return watermarked(node.input) & node.ids
        case _:
            return frozenset()


def _follows(e: Expr, below: frozenset[int]) -> bool:
    match e:
        case Var():
            return e.id in below
        case Call(kernel, args) if "tumble" in kernel or kernel.startswith(("temporal.add", "temporal.sub", "cast.", "misc.relabel")):
            return any(_follows(a, below) for a in args[:1])
        case _:
            return False

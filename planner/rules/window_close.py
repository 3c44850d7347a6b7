"""EMIT ON WINDOW CLOSE over window functions: a row is held until nothing can change what its functions see.

    Window[lead(v) over (order by ts)]   becomes   EmitOnClose[closes](Window[lead(v), closes := lead(ts)])
"""

from __future__ import annotations

from dataclasses import replace

from ...kernels.errors import Unsupported
from ...kernels.expr.spec import Expr, Lit, Var
from ...kernels.types import INT4, INTERVAL
from ..bind.coerce import Operand
from ..bind.expr import apply_operator
from ..bind.query import Env
from ..logical import node as n
from .watermarks import Timed, watermarked

_BACKWARD = frozenset(("row_number", "rank", "dense_rank"))
_WHOLE = frozenset(("ntile", "percent_rank", "cume_dist"))


def hold_window(node: n.Window, shown: frozenset[int], env: Env) -> n.Node:
    """The window functions behind what holds their rows. `shown`: columns that the whole plan is held by itself."""
    timed = watermarked(node.input)
    for p in node.partition:
        found = timed.get(p.id) if isinstance(p, Var) else None
        if found is not None and found.kind != "time" and isinstance(p, Var):
            return node if p.id in shown else _held(node, node, _end(p, found, env), env, True)
    key = node.order[0].expr if node.order else None
    if not isinstance(key, Var) or key.id not in timed or timed[key.id].kind != "time" or node.order[0].descending:
        raise Unsupported(
            "EMIT ON WINDOW CLOSE needs window functions in the order of a watermark column",
            hint="ORDER BY the column with the watermark, or PARTITION BY a window over it.",
        )
    rows, calls = 0, list(node.calls)
    ends: list[Expr] = []
    gaps: set[object] = set()
    for _, call in node.calls:
        if call.direct[:1] == ("session",):
            if call.direct[1] in gaps:
                continue
            gaps.add(call.direct[1])
            last = env.ctx.new_var(key.type, "last")
            only = replace(call, function="last_value", args=(key,), type=key.type, filter=None, ignore_nulls=False)
            calls.append((last, only))
            ends.append(apply_operator("+", (Operand(last), Operand(Lit(call.direct[1], INTERVAL))), env.ctx))
        elif isinstance(ahead := _ahead(call), int):
            rows = max(rows, ahead)
        elif (end := apply_operator("+", (Operand(key), Operand(ahead)), env.ctx)) not in ends:
            ends.append(end)
    if rows:
        next_row = env.ctx.new_var(key.type, "closes")
        calls.append((next_row, n.WinCall("lead", (key, Lit(rows, INT4)), key.type, None)))
        ends.append(next_row)
    if len(ends) > 1:
        raise Unsupported("EMIT ON WINDOW CLOSE over frames that end differently", hint="Create a view for each frame.")
    out: n.Node = replace(node, calls=tuple(calls)) if len(calls) > len(node.calls) else node
    for end in ends:
        out = _held(node, out, end, env, False)
    return out if out is node or not ends else n.Project(out, tuple((v, v) for v in node.vars))


def _ahead(call: n.WinCall) -> int | Expr:
    """How far a call looks beyond its row: rows, or a time."""
    if call.function in ("lag", "lead"):
        offset = call.args[1] if len(call.args) > 1 else Lit(1, INT4)
        if isinstance(offset, Lit) and isinstance(offset.value, int):
            return max(0, offset.value if call.function == "lead" else -offset.value)
    elif call.function in _BACKWARD:
        return 0
    elif call.function not in _WHOLE and call.frame is not None:
        word, offset_value = call.frame.end
        if word in ("current", "preceding", "unbounded_preceding"):
            return 0
        if word == "following" and call.frame.mode == "rows" and isinstance(offset_value, int):
            return offset_value
        if word == "following" and call.frame.mode == "range" and isinstance(offset_value, tuple):
            return Lit(offset_value, INTERVAL)
    raise Unsupported(
        f"EMIT ON WINDOW CLOSE: {call.function} looks at rows that may still come",
        hint="End the frame at CURRENT ROW or a number of rows FOLLOWING, or PARTITION BY a window.",
    )


def _end(column: Var, found: Timed, env: Env) -> Expr:
    if found.kind == "end" or found.size is None:
        return column
    return apply_operator("+", (Operand(column), Operand(found.size)), env.ctx)


def _held(node: n.Window, plan: n.Node, end: Expr, env: Env, inclusive: bool) -> n.Node:
    """`plan` behind `end`; the columns are those of `plan`."""
    if isinstance(end, Var):
        return n.EmitOnClose(plan, end, inclusive)
    column = env.ctx.new_var(end.type, "closes")
    held = n.EmitOnClose(n.Project(plan, (*((v, v) for v in plan.vars), (column, end))), column, inclusive)
    return n.Project(held, tuple((v, v) for v in plan.vars))

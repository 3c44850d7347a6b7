"""OVER: window functions and aggregates over windows, with their frames."""

from __future__ import annotations

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Expr, Lit
from ...kernels.types import INT8, INTERVAL
from ..functions.aggregates import AGGREGATE_NAMES
from ..functions.windows import WINDOW_NAMES, WINDOWS
from ..physical.node import Frame
from .calls import _resolve, aggregate_ref
from .coerce import coerce, settle_unknown
from .context import SortItem, WindowRef
from .expr import Binder, handles
from .order import direction
from .position import position_of

_SIDES = {"preceding": "preceding", "following": "following"}


@handles(exp.Window)
def _window(b: Binder, node: exp.Window) -> Expr:
    if b.ctx.on_window is None:
        if b.ctx.nested_in == "aggregate":
            raise UserError("aggregate function calls cannot contain window function calls", "42803",
                            position=position_of(node))  # fmt: skip
        raise UserError(
            f"window functions are not allowed in {b.ctx.clause or 'this place'}", "42P20", position=position_of(node)
        )
    call = node.this
    ignore = False
    filter_: exp.Expression | None = None
    while not isinstance(call, exp.Anonymous):
        if isinstance(call, exp.Filter):
            filter_ = call.expression.this
        elif isinstance(call, exp.IgnoreNulls):
            ignore = True
        elif not isinstance(call, exp.RespectNulls):
            raise UserError("OVER specified, but this is not a window function", "42809", position=position_of(node))
        call = call.this
    if call.expressions and isinstance(call.expressions[-1], (exp.IgnoreNulls, exp.RespectNulls)):
        ignore = isinstance(call.expressions[-1], exp.IgnoreNulls)
        call = exp.Anonymous(this=call.name, expressions=[*call.expressions[:-1], call.expressions[-1].this])
    inner = Binder(b.scope, b.ctx.having(on_window=None, nested_in="window"))
    partition, order, frame, gap = _definition(inner, node, set())
    position = position_of(node)
    name = call.name
    if name in WINDOW_NAMES and not (name in AGGREGATE_NAMES and filter_ is not None):
        args = [inner.operand(a) for a in call.expressions]
        found = _resolve(WINDOWS, name, args, position)
        cast = tuple(
            settle_unknown(coerce(o.expr, t, inner.ctx, "i", o.position), inner.ctx, o.position)
            for o, t in zip(args, found.args, strict=True)
        )
        if filter_ is not None:
            raise Unsupported("FILTER is not implemented for non-aggregate window functions", position=position)
        return b.ctx.on_window(
            WindowRef(name, cast, found.returns, partition, order, _frame_of(name, frame), None, ignore, gap, position)
        )
    if name not in AGGREGATE_NAMES:
        raise UserError(f"OVER specified, but {name} is not a window function nor an aggregate function", "42809",
                        position=position)  # fmt: skip
    ref = aggregate_ref(inner, call, filter=filter_)
    if ref.distinct:
        raise Unsupported("DISTINCT is not implemented for window functions", position=position)
    if ref.order:
        raise Unsupported("aggregate ORDER BY is not implemented for window functions", position=position)
    return b.ctx.on_window(
        WindowRef(ref.function, ref.args, ref.type, partition, order, frame, ref.filter, ignore, gap, position)
    )


def _frame_of(name: str, frame: Frame | None) -> Frame | None:
    """Frames mean something to first_value, last_value and nth_value only."""
    return frame if name in ("first_value", "last_value", "nth_value") else None


Definition = tuple[tuple[Expr, ...], tuple[SortItem, ...], Frame | None, Expr | None]


def _definition(b: Binder, node: exp.Expression, seen: set[str]) -> Definition:
    """PARTITION BY, ORDER BY and frame, on top of a named window."""
    partition: tuple[Expr, ...] = ()
    order: tuple[SortItem, ...] = ()
    frame: Frame | None = None
    gap: Expr | None = None
    base = node.args.get("alias") if isinstance(node.args.get("alias"), exp.Expression) else None
    if base is None and isinstance(node.args.get("first"), exp.Expression):
        base = node.args["first"]
    if base is not None and isinstance(node.this, exp.Expression):
        name = base.name
        named = b.ctx.windows.get(name)
        if named is None:
            raise UserError(f'window "{name}" does not exist', "42704", position=position_of(base))
        if name in seen:
            raise UserError(f'window "{name}" refers to itself', "42P20", position=position_of(base))
        partition, order, frame, gap = _definition(b, named, seen | {name})
    if node.args.get("partition_by"):
        partition = tuple(
            settle_unknown(b.bind(p), b.ctx, position_of(p)) for p in node.args["partition_by"]
        )
    ordering = node.args.get("order")
    if ordering is not None:
        order = tuple(_item(b, item) for item in ordering.expressions)
    spec = node.args.get("spec")
    if spec is not None:
        if (spec.args.get("kind") or "").upper() == "SESSION":
            return partition, order, None, _gap(b, spec.args["start"])
        frame = _frame(b, spec, order)
    return partition, order, frame, gap


def _gap(b: Binder, tree: exp.Expression) -> Expr:
    value = b.bind(tree)
    return coerce(value, INTERVAL, b.ctx, "i") if value.type.name == "unknown" else value


def _item(b: Binder, item: exp.Expression) -> SortItem:
    tree, descending, nulls_first = direction(item)
    return SortItem(settle_unknown(b.bind(tree), b.ctx, position_of(tree)), descending, nulls_first)


def _frame(b: Binder, spec: exp.Expression, order: tuple[SortItem, ...]) -> Frame:
    mode = (spec.args.get("kind") or "range").lower()
    start = _bound(b, spec, "start", mode, order)
    end = _bound(b, spec, "end", mode, order) if spec.args.get("end") is not None else ("current", None)
    exclude = spec.args.get("exclude")
    word = exclude.name.lower().replace(" ", "_") if isinstance(exclude, exp.Expression) else (exclude or "no_others")
    rank = {"unbounded_preceding": 0, "preceding": 1, "current": 2, "following": 3, "unbounded_following": 4}
    position = position_of(spec)
    if start[0] == "unbounded_following":
        raise UserError("frame start cannot be UNBOUNDED FOLLOWING", "42P20", position=position)
    if end[0] == "unbounded_preceding":
        raise UserError("frame end cannot be UNBOUNDED PRECEDING", "42P20", position=position)
    if rank[start[0]] > rank[end[0]]:
        raise UserError("frame starting from following row cannot end before it", "42P20", position=position)
    if mode == "groups" and not order:
        raise UserError("GROUPS mode requires an ORDER BY clause", "42P20", position=position)
    return Frame(mode, start, end, word)


def _bound(b: Binder, spec: exp.Expression, side: str, mode: str, order: tuple[SortItem, ...]) -> tuple[str, object]:
    value = spec.args[side]
    word = str(spec.args.get(f"{side}_side") or "").lower()
    text = value.upper() if isinstance(value, str) else value.name.upper() if isinstance(value, exp.Var) else ""
    if text == "CURRENT ROW":
        return "current", None
    if text == "UNBOUNDED":
        return f"unbounded_{word}", None
    position = position_of(value)
    offset = b.bind(value)
    if mode == "range":
        if len(order) != 1:
            raise UserError("RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column", "42P20",
                            position=position)  # fmt: skip
        key = order[0].expr.type
        wanted = INTERVAL if key.category == "D" else key.without_mods()
        offset = coerce(offset, wanted, b.ctx, "i", position)
    else:
        offset = coerce(offset, INT8, b.ctx, "i", position)
    if not isinstance(offset, Lit):
        raise Unsupported("a frame offset must be a constant", hint="Write a literal.", position=position)
    if offset.value is None:
        raise UserError(f"frame {'starting' if side == 'start' else 'ending'} offset must not be null", "22004",
                        position=position)  # fmt: skip
    if _negative(offset.value):
        if mode == "range":
            raise UserError("invalid preceding or following size in window function", "22013", position=position)
        raise UserError(f"frame {'starting' if side == 'start' else 'ending'} offset must not be negative", "22013",
                        position=position)  # fmt: skip
    return _SIDES[word], offset.value


def _negative(value: object) -> bool:
    if isinstance(value, str):
        return value.startswith("-")
    if isinstance(value, tuple):
        micros, days, months = value
        return bool(months * 30 * 86_400_000_000 + days * 86_400_000_000 + micros < 0)
    return isinstance(value, (int, float)) and value < 0



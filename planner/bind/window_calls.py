"""Window function calls: the OVER clause with named windows and frames; the result goes to the query binder's hook."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Expr, Lit, Var, walk
from ...kernels.types import INT8, INTERVAL, SqlType
from ..functions.aggregates import AGGREGATE_NAMES, ORDERED_SET
from ..functions.windows import FRAMED, NULL_TREATMENT, WINDOW_NAMES, WINDOWS
from ..physical.node import Frame
from .aggregate_calls import (
    RANGE_AGGREGATES,
    call_arguments,
    cast_arguments,
    clause_words,
    json_ready,
    resolve_aggregate,
    sort_items,
)
from .coerce import coerce, settle_unknown
from .context import BindContext, SortItem, WindowRef
from .expr import Binder, handles
from .position import position_of

_TIMES = ("date", "timestamp", "timestamptz", "time", "interval")
_DEFAULT = Frame("range", ("unbounded_preceding", None), ("current", None))
_RANK = {"unbounded_preceding": 0, "preceding": 1, "current": 2, "following": 3, "unbounded_following": 4}


@dataclass(frozen=True, slots=True)
class Definition:
    """A window: what it partitions and orders by, and its frame clause if it has one."""

    partition: tuple[exp.Expression, ...]
    order: exp.Expression | None
    spec: exp.Expression | None


@handles(exp.Window)
def _window(b: Binder, node: exp.Window) -> Expr:
    position = position_of(node.this)
    ranges = next((c for c in node.this.walk() if isinstance(c, exp.Anonymous)), None)
    if ranges is not None and ranges.name in RANGE_AGGREGATES:
        from .calls import collected_ranges

        tree = node.copy()
        next(c for c in tree.this.walk() if isinstance(c, exp.Anonymous)).set("this", "array_agg")
        return collected_ranges(b, ranges.name, _window(b, tree), position)
    if isinstance(node.this, exp.Anonymous) and node.this.name not in (*WINDOW_NAMES, *AGGREGATE_NAMES):
        from .dialect_calls import respelled

        spelled = respelled(node.this, lambda call: exp.Window(**{**node.copy().args, "this": call}))
        if spelled is not None:
            return b.bind(spelled)
    if b.ctx.on_window is None:
        raise _refused(b.ctx, position)
    inner = Binder(b.scope, b.ctx.having(clause="window function calls", nested_in="window", on_window=None))
    call, ignore_nulls, condition = _call(inner, node.this, position)
    name = call.name
    nodes = _checked(call, ignore_nulls, condition is not None, position)
    operands = tuple(inner.operand(x) for x in nodes)
    own = tuple(s for s in WINDOWS if s.name == name)
    found = resolve_aggregate(name, tuple(o.type for o in operands), position, own)
    args = cast_arguments(inner, operands, found)
    definition = _definition(node, b.ctx)
    partition = tuple(settle_unknown(inner.bind(x), b.ctx, position_of(x)) for x in definition.partition)
    order = sort_items(inner, definition.order)
    gap: Expr | None = None
    frame: Frame | None = None
    if definition.spec is not None and str(definition.spec.args.get("kind")).upper() == "SESSION":
        gap = _gap(inner, definition.spec, order, position)
    else:
        frame = _frame(inner, definition.spec, order, position)
        if name in WINDOW_NAMES and name not in FRAMED:
            frame = None  # checked, and without effect on this function
    function, args = json_ready(inner, found.signature.kernel or name, args)
    return b.ctx.on_window(
        WindowRef(function, args, found.returns, partition, order, frame, condition, ignore_nulls, gap, position)
    )


def _refused(ctx: BindContext, position: int | None) -> UserError:
    if ctx.nested_in == "window":
        return UserError("window function calls cannot be nested", "42P20", position=position)
    if ctx.nested_in == "aggregate":
        return UserError("aggregate function calls cannot contain window function calls", "42803", position=position)
    return UserError(f"window functions are not allowed in {clause_words(ctx.clause)}", "42P20", position=position)


def _call(b: Binder, node: exp.Expression, position: int | None) -> tuple[exp.Anonymous, bool, Expr | None]:
    """The function below IGNORE NULLS and FILTER."""
    ignore, condition = False, None
    while not isinstance(node, exp.Anonymous):
        if isinstance(node, exp.IgnoreNulls):
            ignore = True
        elif isinstance(node, exp.Filter):
            ctx = b.ctx.having(clause="FILTER", nested_in="", on_grouping=None, on_aggregate=None)
            condition = Binder(b.scope, ctx).boolean(node.expression.this, "FILTER")
        elif not isinstance(node, exp.RespectNulls):
            raise Unsupported(f"{type(node).__name__} with OVER is not supported", position=position)
        node = node.this
    if node.expressions and isinstance(node.expressions[-1], (exp.IgnoreNulls, exp.RespectNulls)):
        last = node.expressions[-1]  # lag(x IGNORE NULLS)
        ignore = isinstance(last, exp.IgnoreNulls)
        node = exp.Anonymous(this=node.this, expressions=[*node.expressions[:-1], last.this])
    return node, ignore, condition


def _checked(call: exp.Anonymous, ignore_nulls: bool, filtered: bool, position: int | None) -> list[exp.Expression]:
    """The arguments, after what may not stand together was refused."""
    name = call.name
    if name not in WINDOW_NAMES and name not in AGGREGATE_NAMES:
        raise UserError(
            f"OVER specified, but {name} is not a window function nor an aggregate function", "42809", position=position
        )
    nodes, distinct, order = call_arguments(call)
    if distinct:
        raise Unsupported("DISTINCT is not implemented for window functions", position=position)
    if order is not None:
        raise Unsupported("aggregate ORDER BY is not implemented for window functions", position=position)
    if name in ORDERED_SET:
        raise Unsupported(f"OVER is not supported for ordered-set aggregate {name}", position=position)
    if ignore_nulls and name not in NULL_TREATMENT:
        raise Unsupported(f"IGNORE NULLS is not supported for {name}", position=position)
    if filtered and name not in AGGREGATE_NAMES:
        raise Unsupported("FILTER is not implemented for non-aggregate window functions", position=position)
    if name == "count" and not nodes:
        raise UserError("count(*) must be used to call a parameterless aggregate function", "42809", position=position)
    if name == "count" and len(nodes) == 1 and isinstance(nodes[0], exp.Star):
        return []
    return nodes


def _definition(node: exp.Expression, ctx: BindContext, seen: tuple[str, ...] = ()) -> Definition:
    """The window of an OVER clause (or WINDOW entry) with the named window it builds on merged in."""
    own = Definition(tuple(node.args.get("partition_by") or ()), node.args.get("order"), node.args.get("spec"))
    alias = node.args.get("alias")
    if alias is None:
        return own
    name = alias.name if isinstance(alias, exp.Expression) else str(alias)
    position = position_of(alias) if isinstance(alias, exp.Expression) else None
    base_node = ctx.windows.get(name)
    if base_node is None or name in seen:
        raise UserError(f'window "{name}" does not exist', "42704", position=position)
    base = _definition(base_node, ctx, (*seen, name))
    if own.partition:
        raise UserError(f'cannot override PARTITION BY clause of window "{name}"', "42P20", position=position)
    if own.order is not None and base.order is not None:
        raise UserError(f'cannot override ORDER BY clause of window "{name}"', "42P20", position=position)
    if own.order is None and own.spec is None:
        return base
    if base.spec is not None:
        raise UserError(f'cannot copy window "{name}" because it has a frame clause', "42P20", position=position)
    return Definition(base.partition, own.order if own.order is not None else base.order, own.spec)


def _gap(b: Binder, spec: exp.Expression, order: tuple[SortItem, ...], position: int | None) -> Expr:
    if len(order) != 1:
        raise UserError("a session window needs exactly one ORDER BY column", "42P20", position=position)
    key = order[0].expr.type.without_mods()
    return coerce(b.bind(spec.args["start"]), INTERVAL if key.name in _TIMES else key, b.ctx, "i", position)


def _frame(b: Binder, spec: exp.Expression | None, order: tuple[SortItem, ...], position: int | None) -> Frame:
    if spec is None:
        return _DEFAULT
    mode = str(spec.args["kind"]).lower()
    if mode == "groups" and not order:
        raise UserError("GROUPS mode requires an ORDER BY clause", "42P20", position=position)
    start = _bound(b, mode, spec.args.get("start"), spec.args.get("start_side"), order, position)
    end: tuple[str, object] = ("current", None)
    if spec.args.get("end") is not None:
        end = _bound(b, mode, spec.args["end"], spec.args.get("end_side"), order, position)
    if start[0] == "unbounded_following":
        raise UserError("frame start cannot be UNBOUNDED FOLLOWING", "42P20", position=position)
    if end[0] == "unbounded_preceding":
        raise UserError("frame end cannot be UNBOUNDED PRECEDING", "42P20", position=position)
    if _RANK[start[0]] > _RANK[end[0]]:
        first = "current row" if start[0] == "current" else f"{start[0]} row"
        second = "current row" if end[0] == "current" else f"{end[0]} rows"
        raise UserError(f"frame starting from {first} cannot end with {second}", "42P20", position=position)
    exclude = spec.args.get("exclude")
    words = exclude.name if isinstance(exclude, exp.Expression) else str(exclude or "no others")
    return Frame(mode, start, end, words.lower().replace(" ", "_"))


def _bound(
    b: Binder, mode: str, value: object, side: object, order: tuple[SortItem, ...], position: int | None
) -> tuple[str, object]:
    """("preceding", offset) and so on; offsets are constants."""
    word = str(side or "").lower()
    if isinstance(value, str) and value.upper() == "CURRENT ROW":
        return "current", None
    if word not in ("preceding", "following"):
        raise UserError("syntax error: PRECEDING or FOLLOWING is missing in the window's frame", "42601", position=position)
    if isinstance(value, str):
        return f"unbounded_{word}", None
    assert isinstance(value, exp.Expression)
    at = position_of(value)
    wanted = INT8 if mode != "range" else _range_type(order, position)
    offset = coerce(b.bind(value), wanted, b.ctx, "a", at)
    if any(isinstance(e, Var) for e in walk(offset)):
        raise UserError(f"argument of {mode.upper()} must not contain variables", "42P10", position=at)
    if not isinstance(offset, Lit):
        raise Unsupported("frame offsets have to be constants", hint="Write a literal.", position=at)
    which = "starting" if word == "preceding" else "ending"
    if offset.value is None:
        raise UserError(f"frame {which} offset must not be null", "22004", position=at)
    if _negative(offset.value) or str(offset.value).lower() == "nan":
        if mode == "range":
            raise UserError("invalid preceding or following size in window function", "22013", position=at)
        raise UserError(f"frame {which} offset must not be negative", "22013", position=at)
    return word, offset.value


def _range_type(order: tuple[SortItem, ...], position: int | None) -> SqlType:
    if len(order) != 1:
        raise UserError(
            "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column", "42P20", position=position
        )
    key = order[0].expr.type.without_mods()
    if key.name in _TIMES:
        return INTERVAL
    if key.category != "N":
        raise Unsupported(f"RANGE with offset PRECEDING/FOLLOWING is not supported for column type {key}", position=position)
    return key


def _negative(value: object) -> bool:
    if isinstance(value, (int, float)):
        return value < 0
    if isinstance(value, str):
        return value.startswith("-")
    if isinstance(value, tuple) and len(value) == 3:
        micros, days, months = value
        return bool(micros + (days + months * 30) * 86_400_000_000 < 0)
    return False

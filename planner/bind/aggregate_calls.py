"""Aggregate calls: DISTINCT, ORDER BY, FILTER, WITHIN GROUP; the result goes to the query binder's hook."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Expr
from ...kernels.types import TEXT, SqlType
from ..functions.aggregates import AGGREGATES, ORDERED_SET
from ..functions.json import json_shape
from ..functions.signature import Signature
from .coerce import Operand, coerce, settle_unknown
from .context import AggregateRef, SortItem
from .expr import Binder, handles
from .position import position_of
from .resolve import Resolved, choose, matching, no_function

_BY_NAME: dict[str, tuple[Signature, ...]] = {
    name: tuple(s for s in AGGREGATES if s.name == name) for name in {s.name for s in AGGREGATES}
}
# Aggregates of ranges: functions of the array of all values.
RANGE_AGGREGATES = ("range_agg", "range_intersect_agg")
_NEED_ORDER = frozenset(("first_value", "last_value"))


@handles(exp.Filter)
def _filter(b: Binder, node: exp.Filter | exp.WithinGroup) -> Expr:
    from .hypothetical import hypothetical

    made = hypothetical(b, node)
    if made is not None:
        return made
    call = next(iter(node.find_all(exp.Anonymous, bfs=True)), None)
    if call is not None and call.name in RANGE_AGGREGATES:
        from .calls import collected_ranges

        tree = node.copy()
        for renamed in tree.find_all(exp.Anonymous, bfs=True):
            renamed.set("this", "array_agg")
            break
        return collected_ranges(b, call.name, hand_over(b, aggregate_ref(b, tree)), position_of(node))
    if isinstance(node, exp.Filter) and call is not None and node.this is call and call.name not in _BY_NAME:
        from .dialect_calls import respelled

        spelled = respelled(call, lambda aggregate: exp.Filter(this=aggregate, expression=node.expression.copy()))
        if spelled is not None:
            return b.bind(spelled)
    return hand_over(b, aggregate_ref(b, node))


@handles(exp.WithinGroup)
def _within_group(b: Binder, node: exp.WithinGroup) -> Expr:
    return _filter(b, node)


@handles(exp.IgnoreNulls, exp.RespectNulls)
def _null_treatment(b: Binder, node: exp.Expression) -> Expr:
    raise Unsupported(
        "IGNORE NULLS is supported for window functions only", hint="Use FILTER (WHERE x IS NOT NULL).",
        position=position_of(node),
    )  # fmt: skip


def bind_aggregate(b: Binder, node: exp.Anonymous, condition: exp.Expression | None = None) -> Expr:
    """A plain aggregate call; `condition` is an extra filter."""
    ref = aggregate_ref(b, node)
    if condition is not None:
        ref = replace(ref, filter=inside(b, "FILTER").boolean(condition, "FILTER"))
    return hand_over(b, ref)


def hand_over(b: Binder, ref: AggregateRef) -> Expr:
    if b.ctx.on_aggregate is not None:
        return b.ctx.on_aggregate(ref)
    if b.ctx.nested_in == "aggregate":
        raise UserError("aggregate function calls cannot be nested", "42803", position=ref.position)
    place = clause_words(b.ctx.clause)
    raise UserError(f"aggregate functions are not allowed in {place}", "42803", position=ref.position)


def clause_words(clause: str) -> str:
    """The clause as error texts have it: JOIN/ON is "JOIN conditions"."""
    return clause.removesuffix("/ON") + " conditions" if clause.endswith("/ON") else clause or "this expression"


def lifted(b: Binder, node: exp.Anonymous) -> Expr:
    """AGGREGATE:f(x): f over the array of all values; or simply the aggregate f."""
    from .calls import call_function

    name = node.name.removeprefix("aggregate__")
    position = position_of(node)
    nodes = list(node.expressions)
    if name in _BY_NAME:
        return bind_aggregate(b, exp.Anonymous(this=name, expressions=nodes))
    if not nodes:
        raise no_function(name, (), position)
    collected = bind_aggregate(b, exp.Anonymous(this="array_agg", expressions=nodes[:1]))
    return call_function(b, name, (Operand(collected), *(b.operand(x) for x in nodes[1:])), position)


def aggregate_ref(b: Binder, node: exp.Expression) -> AggregateRef:
    """The call below FILTER and WITHIN GROUP, everything bound and cast."""
    condition: Expr | None = None
    within: exp.Expression | None = None
    position = position_of(node)
    while not isinstance(node, exp.Anonymous):
        if isinstance(node, exp.Filter):
            condition = inside(b, "FILTER").boolean(node.expression.this, "FILTER")
        elif isinstance(node, exp.WithinGroup):
            within = node.expression
        else:
            raise UserError("FILTER specified, but this is not an aggregate function", "42809", position=position)
        node = node.this
    name = node.name
    if name not in _BY_NAME:
        what = "WITHIN GROUP" if within is not None else "FILTER"
        raise UserError(f"{what} specified, but {name} is not an aggregate function", "42809", position=position)
    if name in ORDERED_SET:
        return _ordered_set(b, node, within, condition, position)
    if within is not None and name == "listagg" and not isinstance(node.expressions[-1], exp.Order):
        node.expressions[-1].replace(exp.Order(this=node.expressions[-1].copy(), expressions=[e.copy() for e in within.expressions]))
        return _plain(b, node, condition, position)
    if within is not None:
        raise UserError(f"{name} is not an ordered-set aggregate, so it cannot have WITHIN GROUP", "42809", position=position)
    return _plain(b, node, condition, position)


def _plain(b: Binder, node: exp.Anonymous, condition: Expr | None, position: int | None) -> AggregateRef:
    inner = inside(b, "aggregate")
    nodes, distinct, order = call_arguments(node)
    if len(nodes) == 1 and isinstance(nodes[0], exp.Star):
        if node.name != "count" or distinct:
            raise no_function(node.name, (), position)
        nodes = []
    elif node.name == "count" and not nodes:
        raise UserError("count(*) must be used to call a parameterless aggregate function", "42809", position=position)
    if node.name == "count" and len(nodes) > 1:
        nodes = [exp.Tuple(expressions=nodes)]
    if node.name == "listagg" and len(nodes) == 1:
        nodes.append(exp.Literal.string(","))
    operands = tuple(inner.operand(x) for x in nodes)
    found = resolve_aggregate(node.name, tuple(o.type for o in operands), position)
    args = cast_arguments(inner, operands, found)
    if node.name in _NEED_ORDER and order is None:
        raise UserError(f"aggregate function {node.name} requires ORDER BY", "42809", position=position)
    if distinct and any(has_json(a.type) for a in args):
        raise UserError("could not identify an equality operator for type json", "42883", position=position)
    function, args = json_ready(inner, found.signature.kernel or node.name, args)
    return AggregateRef(function, args, found.returns, distinct, condition, sort_items(inner, order), position=position)


def has_json(t: SqlType) -> bool:
    """Whether the type, or a part of it, is json, which knows no equality."""
    return t.name == "json" or (t.elem is not None and has_json(t.elem)) or any(has_json(f) for _, f in t.fields)


def refuse_json(types: Iterable[SqlType], position: int | None) -> None:
    """Rows with json can't be compared."""
    if any(has_json(t) for t in types):
        raise UserError("could not identify an equality operator for type json", "42883", position=position)


def json_ready(b: Binder, function: str, args: tuple[Expr, ...]) -> tuple[str, tuple[Expr, ...]]:
    """Keys as text; values whose JSON text depends on session or SQL type are made JSON before they are collected."""
    from .calls import call_function

    if not function.startswith("json"):
        return function, args
    made = list(args)
    if function.endswith("object_agg") and args[0].type.name != "bpchar":  # a cast would take its blanks
        made[0] = coerce(args[0], TEXT, b.ctx, "e")
    if _needs_session(made[-1].type) or (made[-1].type.name != "json" and json_shape(made[-1].type)):
        if function == "json_agg" and made[-1].type.name in ("list", "struct"):
            function = "json_agg_lines"  # which has each row on a line of its own
        made[-1] = call_function(b, "to_jsonb" if function.startswith("jsonb") else "to_json", (Operand(made[-1]),))
    return function, tuple(made)


def _needs_session(t: SqlType) -> bool:
    parts = (*((t.elem,) if t.elem is not None else ()), *(f for _, f in t.fields))
    return t.name in ("timestamptz", "map") or any(_needs_session(p) for p in parts)


def _ordered_set(
    b: Binder, node: exp.Anonymous, within: exp.Expression | None, condition: Expr | None, position: int | None
) -> AggregateRef:
    if within is None:
        raise UserError(f"WITHIN GROUP is required for ordered-set aggregate {node.name}", "42809", position=position)
    inner = inside(b, "aggregate")
    direct = tuple(inner.operand(x) for x in node.expressions)
    values = tuple(inner.operand(x.this) for x in within.expressions)
    found = resolve_aggregate(node.name, tuple(o.type for o in (*direct, *values)), position)
    args = cast_arguments(inner, (*direct, *values), found)
    if any(has_json(a.type) for a in args[len(direct) :]):
        raise UserError("could not identify an ordering operator for type json", "42883", position=position)
    fractions, ordered = args[: len(direct)], args[len(direct) :]
    items = tuple(
        SortItem(e, bool(x.args.get("desc")), bool(x.args.get("nulls_first"))) for e, x in zip(ordered, within.expressions)
    )
    function = found.signature.kernel or node.name
    return AggregateRef(function, ordered, found.returns, False, condition, items, fractions, position)


def call_arguments(node: exp.Anonymous) -> tuple[list[exp.Expression], bool, exp.Order | None]:
    """(arguments, DISTINCT, ORDER BY) of a call; sqlglot hangs the last two around the arguments."""
    nodes = list(node.expressions)
    order: exp.Order | None = None
    if nodes and isinstance(nodes[-1], exp.Order):
        order = nodes[-1]
        nodes[-1:] = [order.this] if order.this is not None else []
    distinct = bool(nodes) and isinstance(nodes[0], exp.Distinct)
    if distinct:
        nodes = [*nodes[0].expressions, *nodes[1:]]
        if nodes and isinstance(nodes[-1], exp.Order):
            order = nodes[-1]
            nodes[-1:] = [order.this]
    return nodes, distinct, order


def sort_items(b: Binder, order: exp.Expression | None) -> tuple[SortItem, ...]:
    """Bound ORDER BY entries."""
    items: list[SortItem] = []
    for entry in order.expressions if order is not None else ():
        ordered = entry if isinstance(entry, exp.Ordered) else exp.Ordered(this=entry)
        e = settle_unknown(b.bind(ordered.this), b.ctx, position_of(ordered))
        items.append(SortItem(e, bool(ordered.args.get("desc")), bool(ordered.args.get("nulls_first"))))
    return tuple(items)


def resolve_aggregate(
    name: str, types: tuple[SqlType, ...], position: int | None, own: tuple[Signature, ...] = ()
) -> Resolved:
    """The overload of an aggregate, or of the window function whose signatures are `own`. 42883, 42725."""
    candidates = own or _BY_NAME.get(name, ())
    bare = tuple(t.without_mods() for t in types)
    found = choose(candidates, bare)
    if found is not None:
        return found
    if matching(candidates, bare):
        raise UserError(
            f"function {name}({', '.join(map(str, bare))}) is not unique", "42725",
            hint="Could not choose a best candidate function. You might need to add explicit type casts.",
            position=position,
        )  # fmt: skip
    raise no_function(name, bare, position)


def cast_arguments(b: Binder, operands: tuple[Operand, ...], found: Resolved) -> tuple[Expr, ...]:
    """Operands as the chosen overload wants them, modifiers kept; what nobody decided is text."""
    made: list[Expr] = []
    for o, wanted in zip(operands, found.args, strict=True):
        same = o.type.without_mods() == wanted and o.type.name != "unknown"
        made.append(o.expr if same else coerce(o.expr, wanted, b.ctx, "i", o.position))
    return tuple(settle_unknown(e, b.ctx) for e in made)


def inside(b: Binder, what: str) -> Binder:
    """A binder for arguments: no window or set-returning functions below, and no aggregates but those of outer queries."""
    words = {"FILTER": "FILTER", "aggregate": "aggregate function calls"}
    ctx = b.ctx.having(clause=words[what], nested_in="" if what == "FILTER" else what, on_window=None, on_set_returning=None)
    return Binder(b.scope, ctx)

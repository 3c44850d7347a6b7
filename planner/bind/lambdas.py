"""Calls with a lambda: array_transform, array_filter, map_filter. What the body reads from outside is captured."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from ...kernels.errors import UserError
from ...kernels.expr.spec import Call, Col, ContextValue, Expr, Lambda, Lit, Param, Var, transform
from ...kernels.types import BOOL, INT4, SqlType, list_of
from .coerce import coerce, coerce_boolean, settle_unknown
from .expr import Binder
from .position import position_of
from .scope import Scope


def close_lambda(body: Expr, element: Var, given: Mapping[Var, Expr] | None = None) -> Lambda:
    """The body as a function of `element`. Other columns become captures; `given` says what a column stands for."""
    captures: list[Expr] = []
    places: dict[Expr, int] = {}

    def place(e: Expr) -> Expr:
        if e == element:
            return Col(0, e.type)
        if not isinstance(e, (Var, Param, ContextValue)):
            return e
        if e not in places:
            captures.append((given or {}).get(e, e) if isinstance(e, Var) else e)
            places[e] = len(captures)
        return Col(places[e], e.type)

    made = transform(body, place)
    return Lambda(made, tuple(captures), made.type)


def _parts(b: Binder, node: exp.Anonymous, kinds: tuple[str, ...], count: int) -> tuple[Expr, exp.Lambda]:
    """The collection and the lambda of a call; 42883 for any other shape."""
    if len(node.expressions) != 2 or not isinstance(node.expressions[1], exp.Lambda):
        raise UserError(
            f"function {node.name} needs {' or '.join(kinds)} and a lambda", "42883",
            hint=f"Write {node.name}(x, |{', '.join('ab'[:count])}| …).", position=position_of(node),
        )  # fmt: skip
    value, function = b.bind(node.expressions[0]), node.expressions[1]
    if value.type.name not in kinds:
        raise UserError(f"function {node.name} needs {' or '.join(kinds)}, not {value.type}", "42883", position=position_of(node))
    if len(function.expressions) != count:
        raise UserError(f"the lambda of {node.name} takes {count} arguments", "42883", position=position_of(node))
    return value, function


def _body(b: Binder, function: exp.Lambda, values: tuple[Expr, ...]) -> Expr:
    names = tuple((p.name, v) for p, v in zip(function.expressions, values))
    scope = Scope.of("", names).inside(b.scope)
    ctx = b.ctx.having(
        clause="lambda expressions", on_aggregate=None, on_window=None, on_subquery=None, on_set_returning=None
    )
    return Binder(scope, ctx).bind(function.this)


def _element(value: Expr) -> SqlType:
    assert value.type.elem is not None
    return value.type.elem


def _transform(b: Binder, node: exp.Anonymous) -> Expr:
    value, function = _parts(b, node, ("list",), 1)
    element = b.ctx.new_var(_element(value))
    body = settle_unknown(_body(b, function, (element,)), b.ctx)
    return Call("array.transform", (value, close_lambda(body, element)), list_of(body.type))


def _filter(b: Binder, node: exp.Anonymous) -> Expr:
    value, function = _parts(b, node, ("list",), 1)
    element = b.ctx.new_var(_element(value))
    body = coerce_boolean(_body(b, function, (element,)), "lambda", b.ctx, position_of(function))
    return Call("array.filter", (value, close_lambda(body, element)), value.type)


def _exists(b: Binder, node: exp.Anonymous) -> Expr:
    """Whether the condition holds for some element."""
    from .calls import call_function
    from .coerce import Operand

    size = call_function(b, "cardinality", (Operand(_filter(b, node)),))
    return b.operator(">", Operand(size), Operand(Lit(0, INT4)))


def _map_filter(b: Binder, node: exp.Anonymous) -> Expr:
    """Entries are rows (key, value); filtering a map is filtering the list of its entries."""
    value, function = _parts(b, node, ("map",), 2)
    entry = b.ctx.new_var(_element(value))
    parts = tuple(Call("struct.field", (entry,), t, ints=(i,)) for i, (_, t) in enumerate(entry.type.fields))
    body = coerce(_body(b, function, parts), BOOL, b.ctx, "i", position_of(function))
    return Call("array.filter", (value, close_lambda(body, entry)), value.type)


LAMBDA_CALLS: dict[str, Callable[[Binder, exp.Anonymous], Expr]] = {
    "array_transform": _transform,
    "transform": _transform,
    **dict.fromkeys(("list_transform", "list_apply", "array_apply"), _transform),
    "list_filter": _filter,
    "array_filter": _filter,
    "array_exists": _exists,
    "map_filter": _map_filter,
}

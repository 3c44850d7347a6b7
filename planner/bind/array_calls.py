"""array_fill with several dimensions, and constructors of arrays that are calls: make_array(1, 2), list_value(1, 2)."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Expr, Lit
from ...kernels.types import INT4, list_of
from .coerce import Operand, coerce, settle_unknown
from .expr import Binder
from .position import position_of


def _fill(b: Binder, node: exp.Anonymous) -> Expr:
    """array_fill(value, dimensions [, lower bounds]): the dimensions decide the type, so several of them are constants."""
    from .calls import call_function

    operands = [b.operand(e) for e in node.expressions]
    position = position_of(node)
    if len(operands) not in (2, 3):
        return call_function(b, "array_fill", operands, position)
    value, sizes, *bounds = operands
    dimensions = coerce(sizes.expr, list_of(INT4), b.ctx, "i", sizes.position)
    for bound in bounds:
        first = coerce(bound.expr, list_of(INT4), b.ctx, "i", bound.position)
        if first == Lit(None, first.type) or dimensions == Lit(None, first.type):
            raise UserError("dimension array or low bound array cannot be null", "22004", position=position)
        if not isinstance(first, Lit) or not isinstance(dimensions, Lit):
            raise Unsupported("array_fill with lower bounds that are no constants is not supported", position=position)
        if len(first.value) != len(dimensions.value):
            raise UserError("wrong number of array subscripts", "2202E", position=position)
        if any(place != 1 for place in first.value):
            raise Unsupported("arrays have a lower bound of 1", position=position)
    if not isinstance(dimensions, Lit) or dimensions.value is None or len(dimensions.value) < 2:
        return call_function(b, "array_fill", (value, Operand(dimensions, sizes.position)), position)
    if None in dimensions.value:
        raise UserError("dimension values cannot be null", "22004", position=position)
    made = settle_unknown(value.expr, b.ctx, value.position)
    for size in reversed(dimensions.value):
        made = call_function(b, "array_fill", (Operand(made), Operand(Lit((size,), list_of(INT4)))), position)
    return Lit((), made.type) if 0 in dimensions.value else made


def _constructor(b: Binder, node: exp.Anonymous) -> Expr:
    return b.bind(exp.Array(expressions=node.expressions))


ARRAY_CALLS: dict[str, Callable[[Binder, exp.Anonymous], Expr]] = {
    "array_fill": _fill,
    "make_array": _constructor,
    "list_value": _constructor,
    "list_pack": _constructor,
}

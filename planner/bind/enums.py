"""enum_first, enum_last and enum_range: the labels of an enum, known when the statement is planned."""

from __future__ import annotations

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Expr, Lit
from ...kernels.types import ENUM_CODES, SqlType, list_of
from .coerce import Operand, coerce
from .expr import Binder
from .position import position_of


def enum_call(b: Binder, node: exp.Anonymous) -> Expr:
    position, name = position_of(node), node.name
    operands = [b.operand(n) for n in node.expressions]
    limit = 2 if name == "enum_range" else 1
    if not 1 <= len(operands) <= limit:
        from .resolve import no_function

        raise no_function(name, tuple(o.type for o in operands), position)
    enum = next((o.type for o in operands if o.type.category == "E"), None)
    if enum is None:
        raise UserError("could not determine polymorphic type because input has type unknown", "42804", position=position)
    codes = ENUM_CODES[enum.name]
    if name == "enum_first":
        return Lit(codes[0] if codes else None, enum)
    if name == "enum_last":
        return Lit(codes[-1] if codes else None, enum)
    if len(operands) == 1:
        return Lit(list(codes), list_of(enum))
    low, high = (_bound(b, o, enum) for o in operands)
    kept = [c for c in codes if (low is None or c >= low) and (high is None or c <= high)]
    return Lit(kept, list_of(enum))


def _bound(b: Binder, operand: Operand, enum: SqlType) -> bytes | None:
    made = coerce(operand.expr, enum, b.ctx, "i", operand.position)
    if not isinstance(made, Lit):
        raise Unsupported("enum_range needs constants", hint="Compare with < and > instead.", position=operand.position)
    value: bytes | None = made.value
    return value


ENUM_CALLS = dict.fromkeys(("enum_first", "enum_last", "enum_range"), enum_call)

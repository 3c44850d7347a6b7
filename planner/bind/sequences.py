"""nextval, currval, lastval and setval: volatile calls of the session's sequences."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from ...kernels.errors import UserError
from ...kernels.expr.spec import Call, ContextValue, Expr, Lit, walk
from ...kernels.types import BOOL, INT8, REGCLASS, SqlType
from .access import check_sequence
from .coerce import Operand, can_coerce, coerce
from .expr import Binder
from .position import position_of

# The session's place among the open ones, as the kernels know it.
HANDLE = ContextValue("sequences", INT8)
_SHAPES: dict[str, tuple[tuple[SqlType, ...], ...]] = {
    "nextval": ((REGCLASS,),),
    "currval": ((REGCLASS,),),
    "lastval": ((),),
    "setval": ((REGCLASS, INT8), (REGCLASS, INT8, BOOL)),
}


def sequence_call(b: Binder, node: exp.Anonymous) -> Expr:
    from .resolve import no_function

    position, name = position_of(node), node.name
    operands = tuple(b.operand(n) for n in node.expressions)
    wanted = next((s for s in _SHAPES[name] if _fits(s, operands)), None)
    if wanted is None:
        raise no_function(name, tuple(o.type for o in operands), position)
    args = tuple(coerce(o.expr, t, b.ctx, "i", o.position) for o, t in zip(operands, wanted))
    if args and isinstance(args[0], Lit) and args[0].value is not None:
        relation = b.ctx.catalog.relations.get(args[0].value)
        if relation is not None and relation.kind != "sequence":
            raise UserError(f'"{relation.name}" is not a sequence', "42809", position=position)
    check_sequence(args[0] if args else None, name, b.ctx.role, b.ctx.catalog, position)
    return Call(f"sequence.{name}", (HANDLE, *args), INT8, volatile=True)


def _fits(wanted: tuple[SqlType, ...], operands: tuple[Operand, ...]) -> bool:
    return len(wanted) == len(operands) and all(can_coerce(o.type, t) for o, t in zip(operands, wanted))


def sequences_of(e: Expr) -> Iterator[int]:
    """OIDs of the sequences that an expression draws from by name."""
    for part in walk(e):
        if isinstance(part, Call) and part.kernel.startswith("sequence.") and len(part.args) > 1:
            target = part.args[1]
            if isinstance(target, Lit) and target.value is not None:
                yield int(target.value)


SEQUENCE_CALLS = dict.fromkeys(_SHAPES, sequence_call)

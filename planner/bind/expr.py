"""bind_expr: a sqlglot expression tree becomes a bound, typed expression, as PostgreSQL's parse_expr.c would have it.

One handler per node class, found in a table: plain operators here, SQL's special forms in `special.py`, calls in
`calls.py`. A result may still be of type unknown (a quoted literal, NULL, a parameter): whoever uses it decides, see
`coerce.coerce` and `coerce.settle_unknown`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import And, Call, Col, Expr, Lit, Or
from ...kernels.types import BOOL, SqlType
from .coerce import Operand, coerce, coerce_boolean, settle_unknown
from .context import BindContext, SetReturningRef, SubqueryRef
from .fold import fold
from .position import position_of
from .resolve import argument_context, resolve_operator
from .scope import EMPTY, Scope

Handler = Callable[["Binder", Any], Expr]
HANDLERS: dict[type, Handler] = {}


def handles(*nodes: type) -> Callable[[Handler], Handler]:
    """Registers a handler for sqlglot node classes."""

    def register(function: Handler) -> Handler:
        for node in nodes:
            HANDLERS[node] = function
        return function

    return register


@dataclass(frozen=True, slots=True)
class Binder:
    """A scope and a context; `bind` is the recursion that handlers call."""

    scope: Scope
    ctx: BindContext

    def bind(self, node: exp.Expression) -> Expr:
        handler = HANDLERS.get(type(node))
        if handler is None:
            raise Unsupported(
                f"expression {type(node).__name__} is not supported", hint=f"Text: {node.sql()[:80]}",
                position=position_of(node),
            )  # fmt: skip
        made = handler(self, node)
        if self.ctx.trace is not None:
            self.ctx.trace.types[id(node)] = made.type
        return made

    def operand(self, node: exp.Expression) -> Operand:
        return Operand(self.bind(node), position_of(node))

    def settled(self, operand: Operand) -> Expr:
        """The operand's value, of type text if nothing decided it."""
        return settle_unknown(operand.expr, self.ctx, operand.position)

    def boolean(self, node: exp.Expression, clause: str) -> Expr:
        return coerce_boolean(self.bind(node), clause, self.ctx, position_of(node))

    def operator(self, symbol: str, *operands: Operand, position: int | None = None) -> Expr:
        return apply_operator(symbol, operands, self.ctx, position)


def bind_expr(node: exp.Expression, scope: Scope = EMPTY, ctx: BindContext | None = None) -> Expr:
    """The bound expression of a tree. Errors carry SQLSTATE and, where the tree has one, a position."""
    try:
        return Binder(scope, ctx or BindContext()).bind(node)
    except RecursionError:
        raise UserError(
            "stack depth limit exceeded", "54001", hint="The expression is nested too deeply.", position=position_of(node)
        ) from None


def subquery(b: Binder, ref: SubqueryRef) -> Expr:
    """Hands a subquery to the query binder; 0A000 where none is allowed."""
    if b.ctx.on_subquery is None:
        where = f" in {b.ctx.clause}" if b.ctx.clause else " here"
        hint = "Use WITH x AS (… RETURNING *) SELECT …." if b.ctx.clause == "RETURNING" else None
        raise Unsupported(f"cannot use subquery{where}", hint=hint, position=ref.position)
    return b.ctx.on_subquery(replace(ref, nested_in=b.ctx.nested_in or "FILTER" * (b.ctx.clause == "FILTER")))


def bind_boolean(node: exp.Expression, scope: Scope, ctx: BindContext) -> Expr:
    """A condition of `ctx.clause`: 42804 unless it is boolean."""
    return Binder(scope, ctx).boolean(node, ctx.clause or "WHERE")


def bind_to(
    node: exp.Expression, target: SqlType, scope: Scope, ctx: BindContext, context: str = "i"
) -> Expr:
    """The tree bound and cast to a type in a cast context (i, a or e)."""
    return coerce(Binder(scope, ctx).bind(node), target, ctx, context, position_of(node))


def apply_operator(
    symbol: str, operands: tuple[Operand, ...], ctx: BindContext, position: int | None = None
) -> Expr:
    """`a symbol b` or `symbol a`: resolved, operands cast, constants folded. 42883, 42725."""
    if position is None and operands:
        position = operands[0].position
    found = resolve_operator(symbol, tuple(o.type for o in operands), position)
    args = tuple(
        coerce(o.expr, t, ctx, argument_context(o.expr.type, t), o.position) for o, t in zip(operands, found.args, strict=True)
    )
    s = found.signature
    if s.kernel is None:
        raise Unsupported(f"operator {symbol} is not supported for {args[0].type}", position=position)
    call = Call(s.kernel, args, found.returns, s.ints, s.texts, s.volatility == "volatile")
    return without_calling(fold(call, ctx.facts) if s.volatility == "immutable" else call, s.strict)


def without_sets(b: Binder, form: str) -> Binder:
    """A binder for the parts of a form in which functions that return sets have no meaning: 0A000."""
    if b.ctx.on_set_returning is None:
        return b

    def refuse(call: SetReturningRef) -> Expr:
        hint = "You might be able to move the set-returning function into a LATERAL FROM item."
        raise Unsupported(f"set-returning functions are not allowed in {form}", hint=hint, position=call.position)

    return Binder(b.scope, b.ctx.having(on_set_returning=refuse))


def without_calling(call: Expr, strict: bool) -> Expr:
    """NULL in place of a strict call with a NULL constant among its arguments, whatever the others would have given.

    Unless one of them can't be computed at all: such an error is told first, as PostgreSQL does.
    """
    if not (strict and isinstance(call, Call) and any(isinstance(a, Lit) and a.value is None for a in call.args)):
        return call
    return Lit(None, call.type) if all(_droppable(a) for a in call.args) else call


_TIMES = frozenset(("date", "time", "timetz", "timestamp", "timestamptz"))


def _droppable(e: Expr) -> bool:
    if isinstance(e, (Lit, Col)):
        return True
    if not isinstance(e, Call):
        return False
    # A call of constants alone that was not folded depends on the session, or fails.
    waits = e.kernel == "cast.bpchar_to_text" or (e.kernel == "cast.from_text" and e.type.name in _TIMES)
    return all(_droppable(a) for a in e.args) and (waits or not all(isinstance(a, Lit) for a in e.args))


def negated(condition: Expr) -> Expr:
    """NOT condition."""
    if isinstance(condition, Lit):
        return Lit(None if condition.value is None else not condition.value, BOOL)
    return Call("bool.not", (condition,), BOOL)


def all_of(parts: tuple[Expr, ...]) -> Expr:
    """Conjunction, flattened; none is true."""
    flat = tuple(p for part in parts for p in (part.args if isinstance(part, And) else (part,)))
    return flat[0] if len(flat) == 1 else And(flat) if flat else Lit(True, BOOL)


def any_of(parts: tuple[Expr, ...]) -> Expr:
    """Disjunction, flattened; none is false."""
    flat = tuple(p for part in parts for p in (part.args if isinstance(part, Or) else (part,)))
    return flat[0] if len(flat) == 1 else Or(flat) if flat else Lit(False, BOOL)


_ORDERED = {"<": ("<", "<"), "<=": ("<", "<="), ">": (">", ">"), ">=": (">", ">=")}


def compare_rows(
    symbol: str, left: tuple[Operand | Expr, ...], right: tuple[Operand | Expr, ...], ctx: BindContext,
    position: int | None = None,
) -> Expr:  # fmt: skip
    """`(a, b) symbol (c, d)` as SQL defines it, one pair being a plain comparison; any operator for one pair."""
    a = [o if isinstance(o, Operand) else Operand(o) for o in left]
    b = [o if isinstance(o, Operand) else Operand(o) for o in right]
    if len(a) != len(b):
        raise UserError("unequal number of entries in row expressions", "42601", position=position)
    if not a:
        raise Unsupported("cannot compare rows of zero length", position=position)
    if len(a) == 1:
        return apply_operator(symbol, (a[0], b[0]), ctx, position)
    if symbol == "=":
        return all_of(tuple(apply_operator("=", (x, y), ctx) for x, y in zip(a, b)))
    if symbol in ("<>", "!="):
        return any_of(tuple(apply_operator("<>", (x, y), ctx) for x, y in zip(a, b)))
    if symbol not in _ORDERED:
        raise Unsupported(f"could not determine interpretation of row comparison operator {symbol}",
                          hint="Row comparison operators must be associated with btree operator families.",
                          position=position)  # fmt: skip
    strict, last = _ORDERED[symbol]
    made = apply_operator(last, (a[-1], b[-1]), ctx)
    for x, y in zip(reversed(a[:-1]), reversed(b[:-1])):
        made = any_of((apply_operator(strict, (x, y), ctx), all_of((apply_operator("=", (x, y), ctx), made))))
    return made


from . import calls, composite, params, predicates, special, window_calls  # noqa: E402,F401  (they fill HANDLERS)

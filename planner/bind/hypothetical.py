"""rank, dense_rank, percent_rank and cume_dist WITHIN GROUP: where a hypothetical row would stand among the rows of a group.

Each is arithmetic over counts of the rows that stand before that row, so that they are maintained as counts are.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from ...kernels.errors import UserError
from ...kernels.expr.spec import And, Call, Case, Expr, Lit, Or
from ...kernels.types import BOOL, FLOAT8, INT8, struct_of
from ..functions.aggregates import HYPOTHETICAL
from .aggregate_calls import hand_over, inside, resolve_aggregate
from .coerce import Operand, coerce, settle_unknown, unify
from .context import AggregateRef
from .expr import Binder, apply_operator
from .position import position_of


def hypothetical(b: Binder, node: exp.Expression) -> Expr | None:
    """The call below FILTER and WITHIN GROUP as an expression over counts; None if it is another aggregate."""
    condition: exp.Expression | None = None
    within: exp.Expression | None = None
    call = node
    while not isinstance(call, exp.Anonymous):
        if isinstance(call, exp.Filter):
            condition = call.expression.this
        elif isinstance(call, exp.WithinGroup):
            within = call.expression
        else:
            return None
        call = call.this
    if within is None or call.name not in HYPOTHETICAL:
        return None
    position = position_of(node)
    inner = inside(b, "aggregate")
    given = [inner.operand(x) for x in call.expressions]
    ordered = list(within.expressions)
    if len(given) != len(ordered):
        types = ", ".join(str(o.type.without_mods()) for o in (*given, *(inner.operand(x.this) for x in ordered)))
        raise UserError(
            f"function {call.name}({types}) does not exist", "42883",
            hint=f"To use the hypothetical-set aggregate {call.name}, the number of hypothetical direct arguments "
            f"(here {len(given)}) must match the number of ordering columns (here {len(ordered)}).",
            position=position,
        )  # fmt: skip
    keys: list[tuple[Expr, Expr, bool, bool]] = []
    for value, item in zip(given, ordered):
        _, (wanted, column) = unify((value, inner.operand(item.this)), "WITHIN GROUP", b.ctx)
        parts = (settle_unknown(wanted, b.ctx), settle_unknown(column, b.ctx))
        keys.append((*parts, bool(item.args.get("desc")), bool(item.args.get("nulls_first"))))
    direct = tuple(value for value, _, _, _ in keys)
    counted = AggregateRef("count_star", (), INT8, position=position, grouped=direct)
    if condition is not None:
        counted = replace(counted, filter=inside(b, "FILTER").boolean(condition, "FILTER"))
    before, same = _stands_before(b, keys)

    def count(where: Expr | None) -> Expr:
        parts = tuple(p for p in (counted.filter, where) if p is not None)
        return hand_over(b, replace(counted, filter=And(parts) if len(parts) > 1 else parts[0] if parts else None))

    one = Lit(1, INT8)
    if call.name == "rank":
        return _op(b, "+", count(before), one)
    if call.name == "dense_rank":
        row = Call("struct.row", tuple(column for _, column, _, _ in keys), struct_of(*((f"f{i}", k[1].type) for i, k in enumerate(keys))))
        resolve_aggregate("count", (row.type,), position)
        condition_ = And((counted.filter, before)) if counted.filter is not None else before
        distinct = AggregateRef("count", (row,), INT8, True, condition_, position=position, grouped=direct)
        return _op(b, "+", hand_over(b, distinct), one)
    total = count(None)
    if call.name == "percent_rank":
        share = _op(b, "/", coerce(count(before), FLOAT8, b.ctx, "i"), coerce(total, FLOAT8, b.ctx, "i"))
        return Case(((_op(b, ">", total, Lit(0, INT8)), share),), Lit(0.0, FLOAT8), FLOAT8)
    upto = coerce(_op(b, "+", count(Or((before, same))), one), FLOAT8, b.ctx, "i")
    return _op(b, "/", upto, coerce(_op(b, "+", total, one), FLOAT8, b.ctx, "i"))


def _op(b: Binder, symbol: str, left: Expr, right: Expr) -> Expr:
    return apply_operator(symbol, (Operand(left), Operand(right)), b.ctx, None)


def _stands_before(b: Binder, keys: list[tuple[Expr, Expr, bool, bool]]) -> tuple[Expr, Expr]:
    """(a row stands before the hypothetical one, it is its peer); both are never NULL."""
    before: Expr = Lit(False, BOOL)
    same: Expr = Lit(True, BOOL)
    for value, column, descending, nulls_first in reversed(keys):
        less = _op(b, ">" if descending else "<", column, value)
        column_null, value_null = (Call("bool.is_null", (e,), BOOL) for e in (column, value))
        with_null = column_null if nulls_first else value_null
        smaller = Case(
            ((And((column_null, value_null)), Lit(False, BOOL)), (Or((column_null, value_null)), with_null)), less, BOOL
        )
        equal = Case(
            ((And((column_null, value_null)), Lit(True, BOOL)), (Or((column_null, value_null)), Lit(False, BOOL))),
            _op(b, "=", column, value), BOOL,
        )  # fmt: skip
        before = Or((smaller, And((equal, before))))
        same = And((equal, same))
    return before, same

"""Constant folding: immutable calls over literals are run once at plan time."""

from __future__ import annotations

from ...kernels.errors import RowError
from ...kernels.expr.program import SessionFacts, evaluate, known_kernels
from ...kernels.expr.spec import And, Call, Case, Coalesce, Expr, Lambda, Lit, Or, children, transform

FOLDABLE = (Call, And, Or, Case, Coalesce)


def fold(expr: Expr, facts: SessionFacts, position: int | None = None) -> Expr:
    """`expr` as a literal if all its inputs are literals; else, and if running it fails, unchanged.

    An error is left to the moment when the expression is evaluated (it may stand in a branch that never is). With a
    `position` the error is raised at once instead, at that place: for literals, whose input can't fail later.
    """
    if not isinstance(expr, FOLDABLE) or (isinstance(expr, Call) and expr.volatile):
        return expr
    if not all(isinstance(c, (Lit, Lambda)) for c in children(expr)):
        return expr
    if isinstance(expr, Call) and expr.kernel not in known_kernels():
        return expr
    try:
        return Lit(freeze(evaluate(expr, facts)), expr.type)
    except RowError as error:
        if position is not None:
            raise error.at(position) from None
        return expr


def fold_all(expr: Expr, facts: SessionFacts, position: int | None = None) -> Expr:
    """`fold` at every node, from the leaves up."""
    return transform(expr, lambda e: fold(e, facts, position))


def freeze(value: object) -> object:
    """Lists as tuples all the way down, so that literals can be compared and hashed."""
    if isinstance(value, (list, tuple)):
        return tuple(freeze(v) for v in value)
    return value

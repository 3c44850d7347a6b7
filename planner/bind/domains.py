"""Domains: casts to them, and the conditions that columns declared with them hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...kernels.errors import Unsupported
from ...kernels.expr.spec import Call, Expr
from ...kernels.types import BOOL, SqlType
from ..catalog.entries import UserType
from ..catalog.user_types import domain_of
from ..sql.query import parse_expression
from .coerce import Operand, coerce, coerce_boolean
from .context import BindContext
from .scope import Scope


@dataclass(frozen=True, slots=True)
class Condition:
    """What must not be false, and the error when it is."""

    holds: Expr
    sqlstate: str
    message: str


def conditions(domain: UserType, value: Expr, ctx: BindContext) -> Iterator[Condition]:
    """NOT NULL and the checks of a domain over a value; those of the domains below it come first."""
    below = [domain]
    while below[-1].parent is not None:
        below.append(ctx.catalog.types[below[-1].parent])
    if any(d.not_null for d in below):
        yield Condition(
            Call("bool.is_not_null", (value,), BOOL), "23502", f"domain {domain.name} does not allow null values"
        )
    from .expr import bind_expr

    scope = Scope.of("", (("value", value),))
    for name, text in (check for d in reversed(below) for check in d.checks):
        holds = coerce_boolean(bind_expr(parse_expression(text), scope, ctx.having(clause="check constraints")), "CHECK", ctx)
        yield Condition(holds, "23514", f'value for domain {domain.name} violates check constraint "{name}"')


def to_domain(operand: Operand, target: SqlType, ctx: BindContext) -> Expr:
    """CAST(… AS domain): the base type's value, checked."""
    domain = domain_of(target, ctx.catalog)
    if domain is None:
        raise Unsupported("arrays and rows of domains are not supported", hint="Use the domain's base type.",
                          position=operand.position)  # fmt: skip
    assert domain.base is not None
    made = coerce(operand.expr, domain.base, ctx, "e", operand.position)
    for condition in conditions(domain, made, ctx):
        made = Call("check.holds", (made, condition.holds), domain.base, texts=(condition.sqlstate, condition.message))
    return made

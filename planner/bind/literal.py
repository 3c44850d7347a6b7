"""Literals: numbers by size, strings of unknown type, and their reading as values of a type."""

from __future__ import annotations

import re

from ...kernels.errors import RowError, UserError
from ...kernels.expr.program import evaluate
from ...kernels.expr.spec import Expr, Lit
from ...kernels.types import INT4, INT8, NUMERIC, TEXT, UNKNOWN, VECTORS, SqlType, list_of
from ..functions.cast import TIME_RANGES, build_cast, without_inner_mods
from .context import BindContext
from .fold import freeze
from .registry import read_reg

_INT = re.compile(r"\s*([-+]?[0-9]+)(\s*\Z)?")
_MOVING = re.compile("now|today|tomorrow|yesterday", re.I)
_LIMITS = {"int2": (1 << 15, "smallint"), "int4": (1 << 31, "integer"), "int8": (1 << 63, "bigint")}


def number(text: str) -> Lit:
    """A number as Postgres' lexer types it: int4, else int8, else numeric."""
    if text.isdigit():
        value = int(text)
        if value < 1 << 31:
            return Lit(value, INT4)
        if value < 1 << 63:
            return Lit(value, INT8)
        return Lit(str(value), NUMERIC)
    return Lit(plain_decimal(text), NUMERIC)


def plain_decimal(text: str) -> str:
    """`1e3`, `.5`, `1.` as digits with a point, the scale kept as Postgres' numeric input does."""
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    if exponent:
        shift = int(exponent)
        if abs(shift) > 100_000:
            raise UserError("value overflows numeric format", "22003")
        if shift >= 0:
            fraction = fraction.ljust(shift, "0")
            whole, fraction = whole + fraction[:shift], fraction[shift:]
        else:
            whole = whole.rjust(1 - shift, "0")
            whole, fraction = whole[:shift], whole[shift:] + fraction
    whole = whole.lstrip("0") or "0"
    if len(whole) > 131_072 or len(fraction) > 16_383:
        raise UserError("value overflows numeric format", "22003")
    return f"{whole}.{fraction}" if fraction else whole


def negate(value: Lit) -> Lit | None:
    """-constant as the lexer would have typed it (-2147483648 is int4); None where only the operator can tell."""
    if value.value is None or value.type not in (INT4, INT8, NUMERIC):
        return None
    text = str(value.value)
    if value.type == NUMERIC and ("." in text or not text.lstrip("-").isdigit()):
        return value if not text.strip("-0.") else Lit(text[1:] if text.startswith("-") else "-" + text, NUMERIC)
    number = -int(text)
    for candidate, limit in ((INT4, 1 << 31), (INT8, 1 << 63)):
        if -limit <= number < limit:
            return Lit(number, candidate)
    return Lit(str(number), NUMERIC)


def read_literal(text: str, target: SqlType, ctx: BindContext, position: int | None) -> Expr:
    """A quoted literal as a constant of `target` without its modifiers; input errors carry the literal's position."""
    bare = target.without_mods()
    if bare.name == '"char"':
        return Lit(text[:1], bare)
    if (bare.category == "S" and bare.name != "name") or bare.name == "unknown":
        return Lit(text, bare)
    limit = _LIMITS.get(bare.name)
    if limit is not None:
        digits = _INT.match(text)
        value = int(digits[1]) if digits else 0
        if not -limit[0] <= value < limit[0]:  # which is told before what follows the digits
            raise UserError(f'value "{text}" is out of range for type {limit[1]}', "22003", position=position)
        if not digits or digits[2] is None:
            raise UserError(f'invalid input syntax for type {limit[1]}: "{text}"', "22P02", position=position)
        return Lit(value, bare)
    if bare.name.startswith("reg"):
        return read_reg(text, bare, ctx, position)
    if bare.name in VECTORS and bare.elem is not None:
        parts = [read_literal(word, bare.elem, ctx, position) for word in text.split()]
        return Lit(tuple(p.value for p in parts if isinstance(p, Lit)), bare)
    source = Lit(text, UNKNOWN)
    bare = without_inner_mods(bare)  # whether an element may be cut depends on the context
    if bare.elem is not None and bare.elem.name.startswith("reg"):
        return _read_reg_array(source, bare, ctx, position)
    made = build_cast(source, bare)
    assert made is not None
    if (bare.category == "D" or bare.name in TIME_RANGES) and _MOVING.search(text):
        return made  # now, today …: read when the statement runs
    try:
        return Lit(freeze(evaluate(made, ctx.facts)), bare)
    except RowError as error:
        raise UserError(error.message, error.sqlstate, position=position) from None


def _read_reg_array(source: Lit, target: SqlType, ctx: BindContext, position: int | None) -> Lit:
    """'{int4,text}'::regtype[]: an array of names, each read by its own."""
    elem = target.elem
    made = build_cast(source, list_of(TEXT))
    assert made is not None and elem is not None
    try:
        names = evaluate(made, ctx.facts)
    except RowError as error:
        raise UserError(error.message, error.sqlstate, position=position) from None
    return Lit(tuple(None if n is None else read_reg(n, elem, ctx, position).value for n in names), target)

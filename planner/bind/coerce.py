"""Coercion: how an expression is brought to a type, and the type that several expressions have in common.

Contexts are Postgres': implicit "i" (operators, functions), assignment "a" (INSERT, UPDATE), explicit "e" (CAST).
Which casts there are is in `planner/functions/cast.py`. Unknown literals become typed constants here, by the input
function of the wanted type, with the literal's position in the error. After PostgreSQL's parse_coerce.c.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...kernels.errors import UserError
from ...kernels.expr.spec import Call, Col, Expr, Lambda, Lit, Param, Var, first
from ...kernels.types import BOOL, BYTEA, INT2, INT4, INT8, TEXT, UNKNOWN, Kind, SqlType, list_of
from ..functions.cast import CastInfo, apply_typmod, build_cast, cast_info, is_stable
from .context import BindContext
from .fold import fold_all
from .literal import read_literal
from .map_text import is_map_text, map_of_text
from .registry import reg_text, text_reg

_RANK = {"i": 0, "a": 1, "e": 2}


@dataclass(frozen=True, slots=True)
class Operand:
    """A bound expression with the place it came from, for errors."""

    expr: Expr
    position: int | None = None

    @property
    def type(self) -> SqlType:
        return self.expr.type


@lru_cache(maxsize=4096)
def cast_path(source: SqlType, target: SqlType) -> CastInfo | None:
    """The cast from one type to another, modifiers aside; None if there is none in any context."""
    return cast_info(source, target)


def can_coerce(source: SqlType, target: SqlType, context: str = "i") -> bool:
    """Whether a value of type `source` (unknown too) may become a `target` in that context."""
    if source.name == "unknown" or source == target:
        return True
    path = cast_path(source, target)
    return path is not None and _RANK[path.context] <= _RANK[context]


def coerce(expr: Expr, target: SqlType, ctx: BindContext, context: str = "i", position: int | None = None) -> Expr:
    """`expr` as a value of `target` (modifiers applied). 42846 (explicit) or 42804 if there is no such cast."""
    if expr.type == target:
        return expr
    if expr.type.name == "unknown":
        if isinstance(expr, Param):
            expr = ctx.parameters.settle(expr, target, position)
            return expr if expr.type == target else _sized(expr, target, ctx, context, position)
        if isinstance(expr, Lit):
            if expr.value is None:
                return Lit(None, target)
            if is_map_text(expr, target):
                return map_of_text(expr.value, target, ctx, position)
            return _sized(read_literal(expr.value, target, ctx, position), target, ctx, context, position)
        expr = retype(expr, TEXT)
        if expr.type == target:
            return expr
    if isinstance(expr, Lit) and target == INT8 and (expr.type == INT4 or expr.type == INT2):
        return Lit(expr.value, INT8)  # most constants: their value is what it was
    if _is_binary_literal(expr, target):
        return _binary_literal(expr)
    if target.name == expr.type.name == "struct" and len(target.fields) == len(expr.type.fields):
        made_row = _row_as(expr, target, ctx, context, position)
        if made_row is not None:
            return made_row
    path = cast_path(expr.type, target)
    if path is None or _RANK[path.context] > _RANK[context]:
        raise _no_cast(expr.type, target, context, position)
    if _has_names(expr.type) and target.category == "S":
        return coerce(coerce(expr, list_of(TEXT), ctx, context, position), target, ctx, context, position)
    if (_has_names(expr.type) or _has_names(target)) and expr.type.name == target.name and target.elem != expr.type.elem:
        assert expr.type.elem is not None and target.elem is not None
        body = coerce(Col(0, expr.type.elem), target.elem, ctx, context, position)
        return Call("cast.mapped", (expr, Lambda(body, (), target)), target)
    if expr.type.name.startswith("reg") and target.category == "S":
        return coerce(reg_text(expr, ctx), target, ctx, context, position)
    if expr.type.category == "S" and target.name.startswith("reg"):
        return text_reg(coerce(expr, TEXT, ctx), target, ctx, position)
    made = build_cast(expr, target, context == "e")
    if made is None:
        raise _no_cast(expr.type, target, context, position)
    return fold_all(made, ctx.facts) if isinstance(expr, Lit) and not is_stable(expr.type, target) else made


def tried(value: Expr, target: SqlType, ctx: BindContext, position: int | None = None) -> Expr:
    """The explicit cast, NULL where it fails; what fails in the value itself is an error as ever."""

    def cast(v: Expr) -> Expr:
        return Call("misc.try", (coerce(v, target, ctx, "e", position),), target)

    return cast(value) if isinstance(value, (Lit, Var)) else first(value, cast)


def _is_binary_literal(expr: Expr, target: SqlType) -> bool:
    """X'0aff', which the standard has for bytes and PostgreSQL for bits, where bytes are needed."""
    return target.name == "bytea" and expr.type.name == "bit" and isinstance(expr, Lit) and expr.value is not None and len(expr.value) % 8 == 0


def _binary_literal(expr: Expr) -> Lit:
    assert isinstance(expr, Lit)
    return Lit(bytes(int(expr.value[i : i + 8], 2) for i in range(0, len(expr.value), 8)), BYTEA)


def _has_names(type_: SqlType) -> bool:
    """An array of regclass or its kin."""
    return type_.name == "list" and type_.elem is not None and type_.elem.name.startswith("reg")


def _no_cast(source: SqlType, target: SqlType, context: str, position: int | None) -> UserError:
    plain = source.without_mods(), target.without_mods()
    if context == "e":
        return UserError(f"cannot cast type {plain[0]} to {plain[1]}", "42846", position=position)
    return UserError(
        f"expression is of type {plain[0]} but {plain[1]} is needed", "42804",
        hint="You will need to rewrite or cast the expression.", position=position,
    )  # fmt: skip


def _row_as(expr: Expr, target: SqlType, ctx: BindContext, context: str, position: int | None) -> Expr | None:
    """ROW(…) as a row type: entries are cast one by one, and constant texts among them are read as unknown literals."""
    if isinstance(expr, Call) and expr.kernel == "struct.row":
        entries = expr.args
    elif isinstance(expr, Lit) and expr.value is not None:
        entries = tuple(Lit(v, t) for v, (_, t) in zip(expr.value, expr.type.fields))
    else:
        return None
    open_entries = (Lit(e.value, UNKNOWN) if isinstance(e, Lit) and e.type == TEXT else e for e in entries)
    made = tuple(coerce(e, t, ctx, context, position) for e, (_, t) in zip(open_entries, target.fields, strict=True))
    if all(isinstance(m, Lit) for m in made):
        return Lit(tuple(m.value for m in made if isinstance(m, Lit)), target)
    return Call("struct.row", made, target)


def _sized(expr: Expr, target: SqlType, ctx: BindContext, context: str, position: int | None) -> Expr:
    """Applies the target's modifiers. Explicit casts cut strings silently, assignments raise 22001."""
    if expr.type == target:
        return expr
    if not target.mods:
        made = build_cast(expr, target, context == "e")  # modifiers of elements
        assert made is not None
    else:
        made = apply_typmod(expr, target, context == "e")
    return fold_all(made, ctx.facts, position) if isinstance(expr, Lit) else made


def retype(expr: Expr, target: SqlType) -> Expr:
    """The same bytes under another type of the same kind."""
    if expr.type == target:
        return expr
    if isinstance(expr, Lit):
        return Lit(expr.value, target)
    return Call("misc.relabel", (expr,), target)


def coerce_assignment(
    expr: Expr, target: SqlType, column: str, ctx: BindContext, position: int | None = None
) -> Expr:
    """For INSERT and UPDATE: the value of `column`; 42804 in Postgres' words when no assignment cast exists."""
    source = expr.type
    if not can_coerce(source, target, "a") and not _is_binary_literal(expr, target):
        raise UserError(
            f'column "{column}" is of type {target.without_mods()} but expression is of type {source.without_mods()}',
            "42804",
            hint="You will need to rewrite or cast the expression.",
            position=position,
        )
    return coerce(expr, target, ctx, "a", position)


def coerce_boolean(expr: Expr, clause: str, ctx: BindContext, position: int | None = None) -> Expr:
    """For WHERE, HAVING, AND, CASE WHEN …: 42804 "argument of WHERE must be type boolean, not type integer"."""
    if expr.type.name not in ("bool", "unknown"):
        raise UserError(
            f"argument of {clause} must be type boolean, not type {expr.type.without_mods()}", "42804", position=position
        )
    return coerce(expr, BOOL, ctx, "i", position)


def common_type(operands: Sequence[Operand | Expr], what: str = "UNION") -> SqlType:
    """Postgres' select_common_type: the type that CASE, UNION, VALUES, ARRAY … give to several expressions.

    Modifiers stay if all agree. 42804 "<what> types a and b cannot be matched".
    """
    types = [_open_type(o.expr if isinstance(o, Operand) else o) for o in operands]
    first = types[0]
    if first.name != "unknown" and all(t == first for t in types):
        return first
    chosen: SqlType | None = None
    for operand, candidate in zip(operands, types):
        candidate = candidate.without_mods()
        if candidate.name == "unknown" or candidate == chosen:
            continue
        if chosen is None:
            chosen = candidate
            continue
        merged = _structural(chosen, candidate, what)
        if merged is not None:
            chosen = merged
        elif chosen.category != candidate.category:
            position = operand.position if isinstance(operand, Operand) else None
            raise UserError(f"{what} types {chosen} and {candidate} cannot be matched", "42804", position=position)
        elif not chosen.info.preferred and can_coerce(chosen, candidate) and not can_coerce(candidate, chosen):
            chosen = candidate
    return chosen or TEXT


def _open_type(expr: Expr) -> SqlType:
    """The type of an expression; entries of ROW(…) that are NULL can be of any."""
    if not isinstance(expr, Call) or expr.kernel != "struct.row":
        if not (isinstance(expr, Lit) and expr.type.name == "struct" and expr.value is not None):
            return expr.type
        open_ = [v is None and t == TEXT for v, (_, t) in zip(expr.value, expr.type.fields)]
    else:
        open_ = [isinstance(a, Lit) and a.value is None and a.type == TEXT for a in expr.args]
    if not any(open_):
        return expr.type
    fields = tuple((name, UNKNOWN if free else t) for free, (name, t) in zip(open_, expr.type.fields))
    return SqlType(expr.type.name, expr.type.kind, fields=fields, mods=expr.type.mods)


def _structural(a: SqlType, b: SqlType, what: str) -> SqlType | None:
    """Rows of the same width meet field by field (Postgres matches anonymous records only among themselves)."""
    if a.name != "struct" or b.name != "struct" or len(a.fields) != len(b.fields):
        return None
    fields: list[tuple[str, SqlType]] = []
    for (name, x), (_, y) in zip(a.fields, b.fields):
        fields.append((name, common_type([Lit(None, x), Lit(None, y)], what)))
    return SqlType("struct", Kind.STRUCT, fields=tuple(fields))


def unify(operands: Sequence[Operand], what: str, ctx: BindContext) -> tuple[SqlType, list[Expr]]:
    """The common type and the operands cast to it; parameters and literals of unknown type follow."""
    chosen = common_type(operands, what)
    made: list[Expr] = []
    for o in operands:
        if o.type != chosen and _open_type(o.expr) == o.type and not can_coerce(o.type, chosen):
            raise UserError(
                f"{what} could not convert type {o.type.without_mods()} to {chosen.without_mods()}", "42846", position=o.position
            )
        made.append(coerce(o.expr, chosen, ctx, "i", o.position))
    return chosen, made


def settle_unknown(expr: Expr, ctx: BindContext, position: int | None = None) -> Expr:
    """For result columns: what is still unknown becomes text, as in Postgres."""
    if expr.type.name == "unknown":
        return coerce(expr, TEXT, ctx, "i", position)
    return expr


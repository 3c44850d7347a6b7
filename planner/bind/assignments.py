"""Assignments to a part of a column: SET a[2] = …, a[1:2] = …, c.field = …, and in any depth.

The new value of the column is made of its old one, so several assignments to parts of one column follow each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Call, Expr, Lit
from ...kernels.types import INT4, SqlType
from .coerce import can_coerce, coerce, coerce_assignment
from .context import BindContext
from .expr import bind_expr
from .position import position_of
from .scope import Scope

Make = Callable[[SqlType], Expr]
Step = exp.Expression | str  # a subscript, or the name of a field


@dataclass(frozen=True)
class Part:
    """`tree` is what the place that `path` leads to is set to."""

    path: tuple[Step, ...]
    tree: exp.Expression


def part_of(node: exp.Expression) -> tuple[str, tuple[Step, ...]]:
    """The column that is assigned to, and the way to the part that is."""
    steps: list[Step] = []
    while isinstance(node, (exp.Bracket, exp.Dot)):
        steps.append(node.expressions[0] if isinstance(node, exp.Bracket) else node.expression.name)
        node = node.this
    if isinstance(node, exp.Column) and len(node.parts) > 1:
        names = [p.name for p in node.parts]
        return names[0], (*names[1:], *reversed(steps))
    return node.name, tuple(reversed(steps))


def changed(old: Expr, part: Part, column: str, scope: Scope, ctx: BindContext) -> Expr:
    """The column's value with the part set."""
    return with_part(old, part.path, lambda wanted: assigned_value(part.tree, wanted, column, scope, ctx), column, scope, ctx)


def with_part(old: Expr, path: tuple[Step, ...], make: Make, column: str, scope: Scope, ctx: BindContext) -> Expr:
    """`old` with the place that `path` leads to set to what `make` gives for its type."""
    if not path:
        return make(old.type)
    step, rest = path[0], path[1:]
    if old.type.name == "jsonb":
        return _json_part(old, path, make, column, scope, ctx)
    if isinstance(step, str):
        return _field(old, step, rest, make, column, scope, ctx)
    if old.type.name != "list" or old.type.elem is None:
        raise UserError(f"cannot subscript type {old.type.without_mods()} because it does not support subscripting", "42804",
                        position=position_of(step))  # fmt: skip
    if isinstance(step, exp.Slice) and rest:
        raise Unsupported("assignment to a slice of several dimensions is not supported",
                          hint="Assign to the rows of the array.", position=position_of(step))  # fmt: skip
    if isinstance(step, exp.Slice):
        bounds = (step.this, step.expression)
        args = tuple(Lit(0, INT4) if b is None else _subscript(b, scope, ctx) for b in bounds)
        value = make(old.type)
        return Call("array.set_slice", (old, *args, value), old.type, ints=tuple(int(b is not None) for b in bounds))
    at = _subscript(step, scope, ctx)
    inner = Call("array.index", (old, at), old.type.elem)
    return Call("array.set", (old, at, with_part(inner, rest, make, column, scope, ctx)), old.type)


def _json_part(old: Expr, path: tuple[Step, ...], make: Make, column: str, scope: Scope, ctx: BindContext) -> Expr:
    from .composite import jsonb_path

    names = [s for s in path if isinstance(s, str)]
    if names:
        raise UserError(f'cannot assign to field "{names[0]}" of column "{column}" because its type jsonb is not a composite type', "42804")
    steps = [s for s in path if not isinstance(s, str)]
    wanted = jsonb_path(steps, scope, ctx)
    first = bind_expr(steps[0], scope, ctx)
    numbered = first.type.name != "unknown" and first.type.category != "S"
    return Call("jsonb.assign", (old, wanted, make(old.type)), old.type, ints=(int(numbered),))


def _field(
    old: Expr, name: str, rest: tuple[Step, ...], make: Make, column: str, scope: Scope, ctx: BindContext
) -> Expr:
    from .composite import field_of

    own = ctx.catalog.types.get(old.type.mods[0]) if old.type.name == "struct" and old.type.mods else None
    shown = own.name if own is not None else str(old.type.without_mods())
    if old.type.name != "struct":
        raise UserError(f'cannot assign to field "{name}" of column "{column}" because its type {shown} is not a composite type',
                        "42804")  # fmt: skip
    if all(field != name for field, _ in old.type.fields):
        raise UserError(f'cannot assign to field "{name}" of column "{column}" because there is no such column in data type'
                        f" {shown}", "42703")  # fmt: skip
    values = tuple(
        with_part(field_of(old, field), rest, make, column, scope, ctx) if field == name else field_of(old, field)
        for field, _ in old.type.fields
    )
    return Call("struct.row", values, old.type)


def _subscript(tree: exp.Expression, scope: Scope, ctx: BindContext) -> Expr:
    place = bind_expr(tree, scope, ctx)
    if not can_coerce(place.type, INT4, "a"):
        raise UserError("array subscript must have type integer", "42804", position=position_of(tree))
    return coerce(place, INT4, ctx, "a", position_of(tree))


def assigned_value(tree: exp.Expression, wanted: SqlType, column: str, scope: Scope, ctx: BindContext) -> Expr:
    """A value as an assignment casts it; the entries of ROW(…) are cast one by one."""
    from .composite import row_items

    items = row_items(tree) if wanted.name == "struct" else None
    if items is not None and len(items) == len(wanted.fields) and not any(i.is_star for i in items):
        values = tuple(assigned_value(i, t, column, scope, ctx) for i, (_, t) in zip(items, wanted.fields))
        return Call("struct.row", values, wanted)
    return coerce_assignment(bind_expr(tree, scope, ctx), wanted, column, ctx, position_of(tree))

"""Type names and column names of sqlglot trees.

`sql_type` maps a sqlglot DataType to a SqlType; `column_name` is Postgres' FigureColname: the name of a result
column without an alias.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from ...kernels.errors import UserError
from ...kernels.types import CHAR, INTERVAL, Kind, SqlType, list_of, map_of, scalar, struct_of
from ..sql.prefix import PLUS
from ..sql.typenames import Known, TypeName, resolve_type_name
from .position import position_of

_D = exp.DataType.Type
_NAMES: dict[object, str] = {
    _D.BOOLEAN: "bool",
    _D.SMALLINT: "int2",
    _D.TINYINT: "int2",
    _D.INT: "int4",
    _D.BIGINT: "int8",
    _D.SMALLSERIAL: "int2",
    _D.SERIAL: "int4",
    _D.BIGSERIAL: "int8",
    _D.INT256: "rw_int256",
    _D.FLOAT: "float4",
    _D.DOUBLE: "float8",
    _D.DECIMAL: "numeric",
    _D.TEXT: "text",
    _D.VARCHAR: "varchar",
    _D.NVARCHAR: "varchar",
    _D.CHAR: "char",
    _D.NCHAR: "char",
    _D.BPCHAR: "bpchar",
    _D.NAME: "name",
    _D.VARBINARY: "bytea",
    _D.BINARY: "bytea",
    _D.DATE: "date",
    _D.TIME: "time",
    _D.TIMESTAMP: "timestamp",
    _D.TIMESTAMPNTZ: "timestamp",
    _D.TIMESTAMPTZ: "timestamptz",
    _D.TIMESTAMPLTZ: "timestamptz",
    _D.INTERVAL: "interval",
    _D.UUID: "uuid",
    _D.JSON: "json",
    _D.JSONB: "jsonb",
    _D.UNKNOWN: "unknown",
    _D.TIMETZ: "timetz",
    _D.BIT: "bit",
    _D.INET: "inet",
}


def typed_fields(definitions: Iterable[exp.Expression], known: Known | None) -> Iterator[tuple[str, SqlType]]:
    """Names and types of `name type, …`; 42601 for a name without type."""
    for field in definitions:
        if field.args.get("kind") is None:
            raise UserError(f'a type is missing for "{field.name}"', "42601", position=position_of(field))
        yield field.name, sql_type(field.args["kind"], known)


def sql_type(node: exp.Expression, known: Known | None = None) -> SqlType:
    """The SqlType a DataType names; `known` looks users' types up. 42704 unknown type, 0A000 for one that Sabot lacks."""
    position = position_of(node)
    if isinstance(node, exp.ObjectIdentifier):
        return _named(str(node.this).lower(), (), position, known)
    if not isinstance(node, exp.DataType):
        raise UserError("type name expected", position=position)
    kind = node.this
    if isinstance(kind, exp.Interval):
        return INTERVAL
    if kind in (_D.ARRAY, _D.LIST, _D.STRUCT, _D.MAP) and not node.expressions:
        raise UserError(f'type "{kind.value.lower()}" does not exist', "42704", position=position,
                        hint="Name the types of what it holds: integer[], struct<a integer>, map(varchar, integer).")
    if kind in (_D.ARRAY, _D.LIST):
        return list_of(sql_type(node.expressions[0], known))
    if kind == _D.STRUCT:
        return struct_of(*typed_fields(node.expressions, known))
    if kind == _D.MAP:
        key, value = node.expressions
        return map_of(sql_type(key, known), sql_type(value, known))
    mods = tuple(_modifier(p) for p in node.expressions)
    if kind == _D.USERDEFINED:
        return _user_type(node, mods, position, known)
    if kind == _D.DOUBLE and mods:
        return _named("float", mods, position, known)
    if kind == _D.VECTOR:
        return resolve_type_name(TypeName("vector", "vector", mods=mods, position=position))
    name = _NAMES.get(kind)
    if name is not None:
        return _named(name, mods, position, known)
    return _named(str(getattr(kind, "value", kind)).lower(), mods, position, known)


def short_name(node: exp.Expression) -> str:
    """The name of a type as written, if it is one word."""
    kind = node.this if isinstance(node, exp.DataType) else None
    if kind == _D.USERDEFINED:
        named = node.args.get("kind")
        return named.name if isinstance(named, exp.Identifier) else str(named)
    return str(getattr(kind, "value", "")).lower()


def _user_type(node: exp.DataType, mods: tuple[int, ...], position: int | None, known: Known | None) -> SqlType:
    kind, schema = node.args.get("kind"), None
    if isinstance(kind, exp.Dot):
        schema, kind = kind.this.name, kind.expression
    name = kind.name if isinstance(kind, exp.Expression) else str(kind)
    if name == "char" and schema in (None, "pg_catalog"):
        return CHAR
    return _named(name, mods, position, known, schema)


def _named(
    name: str, mods: tuple[int, ...], position: int | None, known: Known | None, schema: str | None = None
) -> SqlType:
    if name in ("unknown", "void", "record") and schema in (None, "pg_catalog"):
        return scalar(name) if name != "record" else struct_of()
    return resolve_type_name(TypeName(name, name, mods=mods, position=position, schema=schema), known)


def _modifier(node: exp.Expression) -> int:
    inner = node.this if isinstance(node, exp.DataTypeParam) else node
    sign = 1
    if isinstance(inner, exp.Neg):
        sign, inner = -1, inner.this
    if not (isinstance(inner, exp.Literal) and inner.this.isdigit()):
        raise UserError("type modifiers must be simple constants or identifiers", position=position_of(node))
    return sign * int(inner.this)


def expression_name(node: exp.Expression) -> str:
    """The name of an index column that is an expression."""
    while isinstance(node, exp.Paren):
        node = node.this
    return _figure(node)[0] or "expr"


def column_name(node: exp.Expression) -> str:
    """The name Postgres gives the result column of an expression; `?column?` if it has none."""
    return _figure(node)[0] or "?column?"


_FORMS: dict[type, str] = {
    exp.Array: "array",
    exp.Tuple: "row",
    exp.Exists: "exists",
    exp.Extract: "extract",
    exp.Substring: "substring",
    exp.Overlay: "overlay",
    exp.StrPosition: "position",
    exp.AtTimeZone: "timezone",
    exp.CurrentDate: "current_date",
    exp.CurrentTime: "current_time",
    exp.CurrentTimestamp: "current_timestamp",
    exp.Localtime: "localtime",
    exp.Localtimestamp: "localtimestamp",
    exp.CurrentUser: "current_user",
    exp.SessionUser: "session_user",
    exp.CurrentCatalog: "current_catalog",
    exp.CurrentSchema: "current_schema",
    exp.CurrentRole: "current_role",
    exp.Date: "date",
    exp.Explode: "unnest",
    exp.Nullif: "nullif",
    exp.Overlaps: "overlaps",
}
_TRIMS = {"LEADING": "ltrim", "TRAILING": "rtrim"}


def _figure(node: exp.Expression) -> tuple[str | None, int]:
    """Name and how much it counts: 2 for a real name, 1 for a name of last resort, 0 for none."""
    name = _FORMS.get(type(node))
    if name is not None:
        return name, 2
    match node:
        case exp.Alias():
            return node.alias, 2
        case exp.Column():
            return (node.name, 2) if node.name != "*" else (None, 0)
        case exp.Anonymous() if node.this == PLUS:
            return None, 0
        case exp.Anonymous():
            called = node.name.removeprefix("aggregate__")
            return called, 2
        case exp.Dot():
            return _figure(node.expression) if isinstance(node.expression, exp.Anonymous) else (node.expression.name, 2)
        case exp.Trim():
            return _TRIMS.get(node.args.get("position") or "", "btrim"), 2
        case exp.Cast():
            found, strength = _figure(node.this)
            if strength > 1:
                return found, strength
            return _type_label(node.args["to"]), 1
        case exp.Interval():
            return "interval", 1
        case exp.Case():
            default = node.args.get("default")
            found, strength = _figure(default) if default is not None else (None, 0)
            return (found, strength) if strength > 1 else ("case", 1)
        case exp.Subquery() if (first := _first_query(node)) is not None:
            return ("column1" if isinstance(first, exp.Values) else column_name(first.expressions[0])), 2
        case exp.Paren() | exp.Collate() | exp.Bracket() | exp.Filter() | exp.Window() | exp.WithinGroup() | exp.IgnoreNulls():
            return _figure(node.this)
        case _:
            return None, 0


def _first_query(node: exp.Expression) -> exp.Expression | None:
    """The part of a query that names its columns."""
    while isinstance(node, (exp.Subquery, exp.SetOperation)):
        node = node.this
    return node if isinstance(node, exp.Values) or (isinstance(node, exp.Select) and node.expressions) else None


def _type_label(node: exp.Expression) -> str:
    made = sql_type(node, lambda schema, name: SqlType(name, Kind.TEXT))
    while made.name == "list" and made.elem is not None:
        made = made.elem
    return {"struct": "row", "map": "map", '"char"': "char"}.get(made.name, made.name)

"""SQL's special forms: literals, columns, casts, operators, EXTRACT and its kin. See `predicates.py`, `composite.py`."""

from __future__ import annotations

import re

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Call, Expr, Lit
from ...kernels.types import BIT, BOOL, INT4, INTERVAL, TEXT, UNKNOWN, SqlType, list_of
from ..catalog.user_types import names_domain
from ..functions.cast import INTERVAL_FIELDS, interval_with_fields
from ..sql.typenames import CHECKED
from .calls import call_function
from .coerce import Operand, coerce, tried
from .composite import array_of, field_of, is_array_query, is_even, row_items
from .dialect_calls import expressed
from .domains import to_domain
from .expr import Binder, handles
from .fold import fold, fold_all
from .literal import negate, number
from .position import position_of
from .predicates import compare, distinct_from
from .types import short_name, sql_type

# Operators that sqlglot gives a class of their own; all are resolved over the catalogue.
BINARY: dict[type, str] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.IntDiv: "/", exp.Mod: "%", exp.Pow: "^",
    exp.BitwiseAnd: "&", exp.BitwiseOr: "|", exp.BitwiseXor: "#", exp.BitwiseLeftShift: "<<", exp.BitwiseRightShift: ">>",
    exp.DPipe: "||", exp.ArrayContainsAll: "@>", exp.ArrayContainedBy: "<@", exp.ArrayOverlaps: "&&",
    exp.JSONBContainsTopKey: "?", exp.JSONBContainsAnyTopKeys: "?|", exp.JSONBContainsAllTopKeys: "?&",
    exp.JSONBPathExists: "@?", exp.JSONBExtract: "#>", exp.JSONBExtractScalar: "#>>", exp.JSONBDeleteAtPath: "#-",
    exp.JSONExtract: "->", exp.JSONExtractScalar: "->>", exp.RegexpLike: "~", exp.RegexpILike: "~*",
    exp.StartsWith: "^@", exp.Distance: "<->", exp.Adjacent: "-|-", exp.ExtendsLeft: "&<", exp.ExtendsRight: "&>",
}  # fmt: skip
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@handles(exp.Literal)
def _literal(b: Binder, node: exp.Literal) -> Expr:
    if node.is_string:
        return Lit(node.this, UNKNOWN)
    if not _NUMBER.fullmatch(node.this):
        raise UserError(f'syntax error at or near "{node.this}"', "42601", position=position_of(node))
    return number(node.this)


@handles(exp.Null)
def _null(b: Binder, node: exp.Null) -> Expr:
    return Lit(None, UNKNOWN)


@handles(exp.Boolean)
def _boolean(b: Binder, node: exp.Boolean) -> Expr:
    return Lit(bool(node.this), BOOL)


@handles(exp.HexString, exp.BitString)
def _bits(b: Binder, node: exp.Expression) -> Expr:
    mark = "x" if isinstance(node, exp.HexString) else "b"
    return coerce(Lit(mark + str(node.this), UNKNOWN), BIT, b.ctx, "e", position_of(node))


@handles(exp.Interval)
def _interval(b: Binder, node: exp.Interval) -> Expr:
    value = node.this
    if not (isinstance(value, exp.Literal) and value.is_string):
        raise UserError("an interval literal needs a quoted string", position=position_of(node))
    return interval_literal(b, value.this, node.args.get("unit"), position_of(node))


def _fields(unit: exp.Expression) -> tuple[str, str | None, int | None]:
    """First and last field and precision: `DAY TO MINUTE`, `SECOND(3)`."""
    first, last, precision = unit, None, None
    if isinstance(unit, exp.IntervalSpan):
        first, last = unit.this, unit.expression.name.lower()
    if isinstance(first, exp.Anonymous):
        precision = int(first.expressions[0].name)
    return first.name.lower(), last, precision


def _with_fields(b: Binder, value: Expr, unit: exp.Expression | None, position: int | None) -> Expr:
    """x::interval year to month: what is smaller than the last field is cut off."""
    if unit is None:
        return coerce(value, INTERVAL, b.ctx, "e", position)
    first, last, _ = _fields(unit)
    if (last or first) not in INTERVAL_FIELDS:
        raise UserError(f'"{last or first}" is no field of an interval', position=position)
    if value.type.category == "N" and last is None:  # Feldera's CAST(5 AS INTERVAL MINUTE)
        return expressed(b, "interval", f"($1 * interval '1 {first}')", (value,), position)
    made, field = coerce(value, INTERVAL, b.ctx, "e", position), INTERVAL_FIELDS[last or first]
    return Call("cast.interval_fields", (made,), INTERVAL, (field,)) if field else made


def interval_literal(b: Binder, text: str, unit: exp.Expression | None, position: int | None) -> Expr:
    """INTERVAL 'text' with its field qualifier: DAY, YEAR TO MONTH, SECOND(3)."""
    if unit is None:
        return coerce(Lit(text, UNKNOWN), INTERVAL, b.ctx, "e", position)
    name, last, precision = _fields(unit)
    if name not in INTERVAL_FIELDS or (last is not None and last not in INTERVAL_FIELDS):
        text, name = f"{text} {name}", ""  # sqlglot took the unit out of the quotes: '1 week', '3 decades'
    if not name:
        return coerce(Lit(text, UNKNOWN), INTERVAL, b.ctx, "e", position)
    return fold_all(interval_with_fields(Lit(text, TEXT), name, last, precision), b.ctx.facts, 0 if position is None else position)


@handles(exp.Column)
def _column(b: Binder, node: exp.Column) -> Expr:
    position = position_of(node)
    parts = tuple(p.name for p in node.parts)
    if isinstance(node.this, exp.Star) and len(parts) > 1:  # f(t.*) is f(t)
        return b.scope.row(parts[:-1], position)
    quoted = any(p.args.get("quoted") for p in node.parts)
    found = b.scope.find(parts, position)
    if found is not None:
        return found
    if len(parts) == 1 and not quoted and parts[0] in ("user", "current_catalog", "current_role"):
        return call_function(b, parts[0], (), position)
    if len(parts) > 1 and (head := _longest_prefix(b, parts)) is not None:
        made, rest = head
        for name in rest:
            made = field_of(made, name, position)
        return made
    if len(parts) == 4 and parts[0] == b.ctx.catalog.database:
        return b.scope.resolve(parts[1:], position)
    return b.scope.resolve(parts, position)


def _longest_prefix(b: Binder, parts: tuple[str, ...]) -> tuple[Expr, tuple[str, ...]] | None:
    """`col.field` and `t.col.field` where the prefix is a struct column (Postgres wants parentheses there)."""
    for size in (2, 1):
        if size < len(parts):
            found = b.scope.find(parts[:size])
            if found is not None and found.type.name == "struct":
                if size == 1 and isinstance(found, Call) and found.kernel == "struct.row" and b.scope.has_relation(parts[:1]):
                    continue  # a table name: its columns were looked up already
                return found, parts[size:]
    return None


@handles(exp.Identifier)
def _identifier(b: Binder, node: exp.Identifier) -> Expr:
    return b.scope.resolve((node.name,), position_of(node))


@handles(exp.Parameter)
def _parameter(b: Binder, node: exp.Parameter) -> Expr:
    position = position_of(node)
    if not node.name.isdecimal():
        raise UserError(f'syntax error at or near "${node.name}"', position=position)
    bound = b.scope.find((f"${node.name}",))
    return bound if bound is not None else b.ctx.parameters.use(int(node.name), position)


@handles(exp.Placeholder)
def _placeholder(b: Binder, node: exp.Placeholder) -> Expr:
    raise UserError('syntax error at or near "?"', position=position_of(node))


@handles(exp.Paren)
def _paren(b: Binder, node: exp.Paren) -> Expr:
    return b.bind(node.this)


def _as_nested(target: SqlType, node: exp.Expression) -> SqlType:
    """ARRAY[[1, 2], [3, 4]]::text[] has the dimensions of the constructor."""
    depth = 0
    while isinstance(node, exp.Array) and node.expressions:
        node, depth = node.expressions[0].unnest(), depth + 1
    last = target
    while last.name == "list" and last.elem is not None:
        last, depth = last.elem, depth - 1
    for _ in range(depth):
        target = list_of(target)
    return target


def _with_depth(target: SqlType, source: SqlType) -> SqlType:
    """An array type with the dimensions of the array that is cast: PostgreSQL's types do not tell how many there are."""
    deep, last = 0, target
    while source.name == "list" and source.elem is not None:
        source, deep = source.elem, deep + 1
    while last.name == "list" and last.elem is not None:
        last, deep = last.elem, deep - 1
    for _ in range(deep):
        target = list_of(target)
    return target


@handles(exp.Cast)
def _cast(b: Binder, node: exp.Cast) -> Expr:
    target = sql_type(node.args["to"], b.ctx.user_type)
    position = position_of(node.this)
    if target.name == "unknown":
        return b.bind(node.this)
    if (short := short_name(node.args["to"])) in CHECKED and b.ctx.user_type(None, short) is None:
        return _in_range(b, short, coerce(b.bind(node.this), target, b.ctx, "e", position), position)
    if names_domain(target):
        return to_domain(b.operand(node.this), target, b.ctx)
    inner = node.this.unnest()
    if isinstance(inner, exp.Array) and target.name == "list" and not is_array_query(inner):
        return array_of(b, inner, _as_nested(target, inner))
    if isinstance(inner, exp.Literal) and inner.is_string and target.name == "list":
        deep = _as_deep(target, inner.this)
        made = coerce(b.bind(node.this), deep, b.ctx, "e", position)
        if deep != target and isinstance(made, Lit) and not is_even(made.value, made.type):
            raise UserError(f'malformed array literal: "{inner.this}"', "22P02", position=position,
                            detail="Multidimensional arrays must have sub-arrays with matching dimensions.")  # fmt: skip
        return made
    if target.name == "list":
        value = b.operand(node.this)
        return coerce(value.expr, _with_depth(target, value.type), b.ctx, "e", position)
    items = row_items(inner) if target.name == "struct" else None
    if items is not None and len(items) == len(target.fields) and not any(i.is_star for i in items):
        fields = tuple(coerce(b.bind(i), t, b.ctx, "e", position_of(i)) for i, (_, t) in zip(items, target.fields))
        return fold(Call("struct.row", fields, target), b.ctx.facts)
    if isinstance(inner, exp.Anonymous) and inner.name == "map_literal" and not inner.expressions and target.name == "map":
        return Lit((), target)
    if isinstance(node.args["to"].this, exp.Interval):
        unit = node.args["to"].this.args.get("unit")
        if isinstance(inner, exp.Literal) and inner.is_string:
            return interval_literal(b, inner.this, unit, position)
        return _with_fields(b, b.bind(node.this), unit, position)
    return coerce(b.bind(node.this), target, b.ctx, "e", position)


def _in_range(b: Binder, name: str, value: Expr, position: int | None) -> Expr:
    """A value of a type that is narrower than the one it is kept in: 22003 if it does not fit."""
    base, least, greatest = CHECKED[name]
    outside = "($1::numeric + 1e40)::int8::numeric::" + base.name
    return expressed(b, name, f"CASE WHEN $1 BETWEEN {least} AND {greatest} THEN $1 WHEN $1 IS NOT NULL THEN {outside} END", (value,), position)


def _as_deep(target: SqlType, text: str) -> SqlType:
    """'{{1,2},{3,4}}'::int[] has the dimensions of its text."""
    opened = re.match(r"\s*(?:(?:\[1:\d+\])+\s*=\s*)?((?:\{\s*)+)(?!\})", text)
    depth = opened[1].count("{") if opened is not None else 0
    elem = target
    while elem.name == "list" and elem.elem is not None:
        depth -= 1
        elem = elem.elem
    for _ in range(depth):
        target = list_of(target)
    return target


@handles(exp.TryCast)
def _try_cast(b: Binder, node: exp.TryCast) -> Expr:
    target, value = sql_type(node.args["to"], b.ctx.user_type), b.settled(b.operand(node.this))
    if names_domain(target):
        raise Unsupported("TRY_CAST to a domain is not supported", hint="Cast to its base type.", position=position_of(node))
    return tried(value, target, b.ctx, position_of(node))


@handles(exp.Trunc, exp.Uuid)
def _own_node(b: Binder, node: exp.Expression) -> Expr:
    """Calls that sqlglot gives a class of their own."""
    name = "truncate" if isinstance(node, exp.Trunc) else "uuid"
    given = [x for x in (node.args.get("this"), node.args.get("decimals")) if isinstance(x, exp.Expression)]
    return b.bind(exp.Anonymous(this=name, expressions=[x.copy() for x in given]))


@handles(exp.List)
def _list(b: Binder, node: exp.List) -> Expr:
    """Materialize's LIST[…] is an array here."""
    return b.bind(exp.Array(expressions=[x.copy() for x in node.expressions], value_constructor=True))


@handles(exp.Date)
def _date_call(b: Binder, node: exp.Date) -> Expr:
    return coerce(b.bind(node.this), sql_type(exp.DataType.build("date")), b.ctx, "e", position_of(node.this))


@handles(*BINARY)
def _binary(b: Binder, node: exp.Binary) -> Expr:
    symbol = BINARY[type(node)]
    left = b.operand(node.this)
    json = isinstance(node, (exp.JSONExtract, exp.JSONExtractScalar))
    right = _json_key(b, node.expression) if json else b.operand(node.expression)
    if left.type.name == "map" and symbol in ("->", "?"):
        return _of_map(b, symbol, left, right)
    if left.type.name == "map" and (body := _OF_MAPS.get(symbol)) is not None:
        if symbol in ("?&", "?|"):
            assert left.type.elem is not None
            right = Operand(coerce(right.expr, list_of(left.type.elem.fields[0][1]), b.ctx, "i", right.position), right.position)
        elif right.type.without_mods() != left.type.without_mods():
            right = Operand(coerce(right.expr, left.type, b.ctx, "i", right.position), right.position)
        body = f"CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN {body} END"
        return expressed(b, symbol, body, (left.expr, right.expr), left.position)
    return b.operator(symbol, left, right)


_WITHIN = """(cardinality(array_filter(map_keys({small}),
    |k| NOT map_contains({large}, k) OR map_access({large}, k) IS DISTINCT FROM map_access({small}, k))) = 0)"""
_OF_MAPS = {
    "?&": "(cardinality(array_filter($2, |k| NOT map_contains($1, k))) = 0)",
    "?|": "(cardinality(array_filter($2, |k| map_contains($1, k))) > 0)",
    "@>": _WITHIN.format(large="$1", small="$2"),
    "<@": _WITHIN.format(large="$2", small="$1"),
}


def _of_map(b: Binder, symbol: str, value: Operand, key: Operand) -> Expr:
    """map -> key is the value of the key, map ? key whether there is one."""
    assert value.type.elem is not None
    wanted = Operand(coerce(key.expr, value.type.elem.fields[0][1], b.ctx, "i", key.position), key.position)
    return call_function(b, "map_access" if symbol == "->" else "map_contains", (value, wanted), value.position)


def _json_key(b: Binder, node: exp.Expression) -> Operand:
    """The right side of -> and ->>, which sqlglot keeps as a path of one step."""
    if not isinstance(node, exp.JSONPath):
        return b.operand(node)
    step = node.expressions[-1] if len(node.expressions) > 1 else None
    if isinstance(step, exp.JSONPathKey):
        return Operand(Lit(step.name, UNKNOWN))
    if isinstance(step, exp.JSONPathSubscript):
        return Operand(Lit(int(step.this or 0), INT4))
    raise UserError("a JSON operator needs a key or an index", position=position_of(node))


@handles(exp.MatchAgainst)
def _match(b: Binder, node: exp.MatchAgainst) -> Expr:
    return b.operator("@@", b.operand(node.expressions[0]), b.operand(node.this))


@handles(exp.Neg)
def _negative(b: Binder, node: exp.Neg) -> Expr:
    inner, operand = node.this.unnest(), b.operand(node.this)
    if isinstance(inner, (exp.Literal, exp.Neg)) and isinstance(operand.expr, Lit) and (folded := negate(operand.expr)) is not None:
        return folded
    return b.operator("-", operand)


@handles(exp.BitwiseNot)
def _complement(b: Binder, node: exp.BitwiseNot) -> Expr:
    return b.operator("~", b.operand(node.this))


@handles(exp.Abs)
def _absolute(b: Binder, node: exp.Abs) -> Expr:
    return b.operator("@", b.operand(node.this))


@handles(exp.Sqrt)
def _square_root(b: Binder, node: exp.Sqrt) -> Expr:
    return b.operator("|/", b.operand(node.this))


@handles(exp.Cbrt)
def _cube_root(b: Binder, node: exp.Cbrt) -> Expr:
    return b.operator("||/", b.operand(node.this))


@handles(exp.Operator)
def _operator(b: Binder, node: exp.Operator) -> Expr:
    schema, _, symbol = str(node.args["operator"]).rpartition(".")
    if schema not in ("", "pg_catalog"):
        raise UserError(f"schema \"{schema}\" does not exist", "3F000", position=position_of(node))
    if symbol == "<=>" and "vector" not in (b.operand(node.this).type.name, b.operand(node.expression).type.name):
        return distinct_from(b, node, "IS NOT DISTINCT FROM")
    return compare(b, symbol, node.this, node.expression)


@handles(exp.Collate)
def _collate(b: Binder, node: exp.Collate) -> Expr:
    name = node.expression.name
    if name.lower() not in ("c", "posix", "default", "ucs_basic"):
        raise Unsupported(
            f'collation "{name}" is not supported', hint='Text sorts by bytes: COLLATE "C".', position=position_of(node)
        )
    made = b.settled(b.operand(node.this))
    if made.type.category != "S":
        raise UserError(f"collations are not supported by type {made.type}", "42804", position=position_of(node))
    return made


@handles(exp.AtTimeZone)
def _at_time_zone(b: Binder, node: exp.AtTimeZone) -> Expr:
    return call_function(b, "timezone", (b.operand(node.args["zone"]), b.operand(node.this)), position_of(node))


@handles(exp.Extract)
def _extract(b: Binder, node: exp.Extract) -> Expr:
    field = Operand(Lit(node.this.name.lower(), TEXT))
    return call_function(b, "extract", (field, b.operand(node.expression)), position_of(node))


@handles(exp.Substring)
def _substring(b: Binder, node: exp.Substring) -> Expr:
    nodes = [node.this, node.args.get("start"), node.args.get("length")]
    return call_function(b, "substring", tuple(b.operand(n) for n in nodes if n is not None), position_of(node))


@handles(exp.Overlay)
def _overlay(b: Binder, node: exp.Overlay) -> Expr:
    nodes = [node.this, node.expression, node.args["from_"], node.args.get("for_")]
    return call_function(b, "overlay", tuple(b.operand(n) for n in nodes if n is not None), position_of(node))


@handles(exp.StrPosition)
def _position(b: Binder, node: exp.StrPosition) -> Expr:
    return call_function(b, "position", (b.operand(node.this), b.operand(node.args["substr"])), position_of(node))


@handles(exp.Trim)
def _trim(b: Binder, node: exp.Trim) -> Expr:
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(node.args.get("position") or "", "btrim")
    characters = node.args.get("expression")
    args = (b.operand(node.this),) + ((b.operand(characters),) if characters is not None else ())
    return call_function(b, name, args, position_of(node))


@handles(exp.Overlaps)
def _overlaps(b: Binder, node: exp.Overlaps) -> Expr:
    rows = row_items(node.this), row_items(node.expression)
    if rows[0] is None or rows[1] is None or len(rows[0]) != 2 or len(rows[1]) != 2:
        raise UserError("wrong number of parameters on a side of OVERLAPS expression", "42601", position=position_of(node))
    return call_function(b, "overlaps", tuple(b.operand(n) for r in rows for n in r or ()), position_of(node))


@handles(exp.Star)
def _star(b: Binder, node: exp.Star) -> Expr:
    raise UserError('syntax error at or near "*"', position=position_of(node))


"""Casts: which pairs of types there are, in which context they are applied, and the expressions that do them.

`CASTS` holds the pairs of named types as in PostgreSQL's pg_cast. Contexts: "i" implicit (anywhere), "a" in
assignment (INSERT, UPDATE) and explicitly, "e" only explicitly. Every type also goes to text by its output
function (assignment) and from text by its input function (explicit); arrays, structs and maps among themselves
are known to `cast_info`.

`build_cast(expr, target, explicit)` gives the expression, with typmods applied. `unknown` literals are text
here: their cast is the input function, allowed in every context.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...kernels import types as t
from ...kernels.expr.spec import Call, Col, Expr, Lambda, Lit
from ...kernels.types import Kind, SqlType
from .json import json_shape, json_shapes


@dataclass(frozen=True, slots=True)
class CastInfo:
    """`kernel` None: the value stays as it is (only the type changes)."""

    kernel: str | None
    context: str  # i, a, e


NUMBERS = ("int2", "int4", "int8", "float4", "float8", "numeric")
STRINGS = ("text", "varchar", "bpchar", "name")
_REG = ("oid", *t.REG_TYPES)


def _table() -> dict[tuple[str, str], CastInfo]:
    casts: dict[tuple[str, str], CastInfo] = {}

    def put(source: str, target: str, kernel: str | None, context: str) -> None:
        casts[source, target] = CastInfo(kernel, context)

    widening = {"int2": 0, "int4": 1, "int8": 2, "numeric": 3, "float4": 4, "float8": 5}
    for a in NUMBERS:
        for b in NUMBERS:
            if a != b:
                put(a, b, "cast.number", "i" if widening[a] < widening[b] else "a")
        put("jsonb", a, "cast.from_jsonb", "e")
    put("jsonb", "bool", "cast.from_jsonb", "e")
    put("bool", "int4", "cast.number", "e")
    put("int4", "bool", "cast.number", "e")
    for a in ("int2", "int4", "int8"):
        put(a, "rw_int256", "cast.number", "i")
        put("rw_int256", a, "cast.number", "a")
        for b in _REG:
            put(a, b, "cast.number", "i")
            if a != "int2":
                put(b, a, "cast.number", "a")
    put("rw_int256", "float8", "cast.number", "i")
    put("float8", "rw_int256", "cast.number", "e")
    put("rw_int256", "numeric", "cast.number", "a")
    put("numeric", "rw_int256", "cast.number", "e")
    for b in _REG[1:]:
        put("oid", b, None, "i")
        put(b, "oid", None, "i")
    put("text", "varchar", None, "i")
    put("varchar", "text", None, "i")
    put("text", "bpchar", None, "i")
    put("varchar", "bpchar", None, "i")
    put("bpchar", "text", "cast.bpchar_to_text", "i")
    put("bpchar", "varchar", "cast.bpchar_to_text", "i")
    put("bpchar", "name", "cast.bpchar_to_text", "i")
    put("name", "text", None, "i")
    put('"char"', "text", None, "i")
    put("pg_node_tree", "text", None, "i")
    for a in ("text", "varchar", "bpchar"):
        put(a, '"char"', "cast.text_to_name", "a")
    put("name", "varchar", None, "a")
    put("name", "bpchar", None, "a")
    put("text", "name", "cast.text_to_name", "i")
    put("varchar", "name", "cast.text_to_name", "i")
    for b in ("text", "varchar", "bpchar"):
        put("bool", b, "cast.bool_to_text", "a")
    put("date", "timestamp", "cast.temporal", "i")
    put("date", "timestamptz", "cast.temporal", "i")
    put("timestamp", "timestamptz", "cast.temporal", "i")
    put("timestamp", "date", "cast.temporal", "a")
    put("timestamp", "time", "cast.temporal", "a")
    put("timestamptz", "date", "cast.temporal", "a")
    put("timestamptz", "time", "cast.temporal", "a")
    put("timestamptz", "timestamp", "cast.temporal", "a")
    put("time", "interval", "cast.temporal", "i")
    put("interval", "time", "cast.temporal", "a")
    put("time", "timetz", "timetz.from_time", "i")
    put("timestamptz", "timetz", "timetz.from_timestamptz", "a")
    put("timetz", "time", "timetz.to_time", "a")
    put("bit", "varbit", None, "i")
    put("varbit", "bit", None, "i")
    for a in ("int4", "int8"):
        put(a, "bit", "bits.from_integer", "e")
        put("bit", a, "bits.to_integer", "e")
    for a in STRINGS:
        for b in ("bit", "varbit"):
            put(a, b, "bits.from_text", "e")
    for name, (multi, _) in t.RANGES.items():
        put(name, multi, "multirange.from_range", "e")
    put("cidr", "inet", "inet.to_inet", "i")
    put("inet", "cidr", "inet.to_cidr", "a")
    put("macaddr", "macaddr8", "mac.convert", "i")
    put("macaddr8", "macaddr", "mac.convert", "i")
    for b in ("text", "varchar", "bpchar"):
        put("inet", b, "inet.text", "a")
        put("cidr", b, "inet.text", "a")
    put("json", "jsonb", "cast.from_text", "a")
    put("jsonb", "json", "cast.to_text", "a")
    put("text", "regclass", "cast.from_text", "i")
    for a in STRINGS:
        put(a, "json", "cast.text_to_json", "e")
        put(a, "jsonpath", "jsonpath.from_text", "e")
    for name, info in t.TYPES.items():
        if name in STRINGS or name in ("unknown", "void") or ":" in name:
            continue
        output = None if info.kind == Kind.TEXT else "cast.map_to_text" if name == "map" else "cast.to_text"
        for string in STRINGS:
            casts.setdefault((name, string), CastInfo(output, "a"))
            if name != "map":
                casts.setdefault((string, name), CastInfo("cast.from_text", "e"))
    return casts


CASTS: dict[tuple[str, str], CastInfo] = _table()
# Kernels that apply typmods, by type name: Call(kernel, (expr,), target, ints=(*mods, 1 if explicit else 0)).
LENGTHS: dict[str, str] = {
    "numeric": "cast.numeric_typmod",
    "varchar": "cast.varchar_length",
    "bpchar": "cast.bpchar_length",
    "time": "cast.time_typmod",
    "timestamp": "cast.time_typmod",
    "timestamptz": "cast.time_typmod",
    "timetz": "timetz.typmod",
    "bit": "bits.fit",
    "varbit": "bits.fit_varying",
    "interval": "cast.time_typmod",
    "vector": "vector.fit",
}
# Casts whose value depends on the session (time zone, current time in input words).
STABLE_TEMPORAL = {
    ("time", "timetz"),
    ("timestamptz", "timetz"),
    ("date", "timestamptz"),
    ("timestamp", "timestamptz"),
    ("timestamptz", "date"),
    ("timestamptz", "time"),
    ("timestamptz", "timestamp"),
}


TIME_RANGES = {name for name, bound in t.BOUNDS.items() if bound not in NUMBERS}

# Input functions of types that are kept as text.
_TEXTUAL = {"json": "cast.text_to_json", "name": "cast.text_to_name", "jsonpath": "jsonpath.from_text",
            "bit": "bits.from_text", "varbit": "bits.from_text"}
# Options of kernels that serve several casts.
_OPTIONS: dict[tuple[str, str, str], tuple[int, ...]] = {
    ("macaddr", "macaddr8", "mac.convert"): (8,),
    ("macaddr8", "macaddr", "mac.convert"): (6,),
    **{(a, b, "inet.text"): (1,) for a in ("inet", "cidr") for b in STRINGS},
}


def cast_info(source: SqlType, target: SqlType) -> CastInfo | None:
    """How a value of `source` becomes one of `target`, typmods aside; None when it can't."""
    if source.without_mods() == target.without_mods():
        return CastInfo(None, "i")
    if source.name == "unknown":
        special = _TEXTUAL.get(target.name)
        plain = None if target.kind == Kind.TEXT else "cast.from_text"
        return CastInfo(special or plain, "i")
    found = CASTS.get((source.name, target.name))
    if found is not None:
        return found
    if source.category == "E" and target.name in STRINGS:
        return CastInfo("cast.to_text", "a")
    if target.category == "E" and source.name in STRINGS:
        return CastInfo("cast.from_text", "e")
    if source.name == "list" and target.name == "list":
        assert source.elem is not None and target.elem is not None
        inner = cast_info(source.elem, target.elem)
        return CastInfo("cast.mapped", inner.context) if inner else None
    if target.name == "vector" and source.name == "list" and source.elem is not None and source.elem.name in NUMBERS:
        return CastInfo("vector.from_array", "a")
    if source.name == "vector" and target.name == "list":
        assert target.elem is not None
        return CastInfo("vector.to_array", "i" if target.elem.name == "float4" else "e") if target.elem.name in NUMBERS else None
    if source.name in t.VECTORS and target.name == "list":
        return cast_info(t.list_of(t.scalar(t.VECTORS[source.name])), target)
    if source.name == "jsonb" and target.name in ("list", "struct"):
        return CastInfo("cast.shaped", "e")
    if source.name == "map" and target.name == "map":
        assert source.elem is not None and target.elem is not None
        inner = cast_info(source.elem, target.elem)
        return CastInfo("cast.mapped", inner.context) if inner else None
    if source.name == "struct" and target.name == "struct":
        if len(source.fields) != len(target.fields):
            return None
        context = "i"
        for (_, a), (_, b) in zip(source.fields, target.fields):
            inner = cast_info(a, b)
            if inner is None:
                return None
            context = max(context, inner.context, key="iae".index)
        return CastInfo("cast.row", context)
    return None


def is_stable(source: SqlType, target: SqlType) -> bool:
    """Whether the cast depends on the session, so that it must not be folded at plan time."""
    if source.name == "list" and target.name == "list" and source.elem and target.elem:
        return is_stable(source.elem, target.elem)
    if (source.name, target.name) in STABLE_TEMPORAL:
        return True
    texts = ("unknown", *STRINGS)
    if {source.name, target.name} & TIME_RANGES and (source.name in texts or target.name in texts):
        return True
    return (source.name in texts and target.name in ("date", "time", "timetz", "timestamp", "timestamptz")) or (
        source.name == "timestamptz" and target.name in texts
    )


def build_cast(expr: Expr, target: SqlType, explicit: bool = True) -> Expr | None:
    """`expr` as `target` with its typmods; None when there is no such cast in any context.

    Check the context with `cast_info` first. `explicit` lets varchar(n) and char(n) cut long values.
    """
    source = expr.type
    info = cast_info(source, target)
    if info is None:
        return None
    plain = target.without_mods()
    if source.without_mods() == plain:
        if source.mods == target.mods or not target.mods:
            return expr if source == target else _retyped(expr, target)
        return _retyped(expr, target) if target.name == "struct" else apply_typmod(expr, target, explicit)
    if isinstance(expr, Lit) and expr.value is None:
        return Lit(None, target)
    if info.kernel == "bits.from_integer":
        return Call(info.kernel, (expr,), target, target.mods or (1,))
    made = _convert(expr, plain, info, explicit, target)
    return apply_typmod(made, target, explicit) if target.mods else made


def _retyped(expr: Expr, target: SqlType) -> Expr:
    if isinstance(expr, Lit):
        return Lit(expr.value, target)
    return Call("misc.relabel", (expr,), target)


def _convert(expr: Expr, plain: SqlType, info: CastInfo, explicit: bool, target: SqlType) -> Expr:
    source = expr.type
    if source.name in t.VECTORS:
        listed = _retyped(expr, t.list_of(t.scalar(t.VECTORS[source.name])))
        if plain.category == "S":
            return Call("array.to_string", (listed, Lit(" ", t.TEXT)), plain)
        made = build_cast(listed, target, explicit)
        assert made is not None
        return made
    if info.kernel is None:
        return _retyped(expr, plain)
    if info.kernel in ("vector.from_array", "vector.to_array"):
        reals = t.list_of(t.FLOAT4)
        given = build_cast(expr, reals, explicit) if plain.name == "vector" else Call(info.kernel, (expr,), reals)
        assert given is not None
        return Call(info.kernel, (given,), plain) if plain.name == "vector" else build_cast(given, target, explicit) or given
    if info.kernel == "cast.mapped":
        assert source.elem is not None and target.elem is not None
        body = build_cast(Col(0, source.elem), target.elem, explicit)
        assert body is not None
        return Call("cast.mapped", (expr, Lambda(body, (), target)), target)
    if info.kernel == "cast.shaped":  # as the only field of a record that is made from an object
        row = t.struct_of(("v", plain))
        named = Call("jsonb.build_object", (Lit("v", t.TEXT), expr), t.JSONB, (), json_shapes((t.TEXT, t.JSONB)))
        made = Call("jsonb.record", (Lit(None, row), named), row, (), (json_shape(row),))
        return Call("struct.field", (made,), plain, (0,))
    if info.kernel == "cast.row":
        parts = []
        for i, ((_, a), (_, b)) in enumerate(zip(source.fields, target.fields)):
            part = build_cast(Call("cast.field", (expr,), a, (i,)), b, explicit)
            assert part is not None
            parts.append(part)
        return Call("cast.row", (expr, *parts), target)
    if info.kernel == "cast.from_text" and plain.name == "list" and _inner_mods(plain):
        loose = without_inner_mods(plain)
        mapped = build_cast(Call("cast.from_text", (expr,), loose), plain, explicit)
        assert mapped is not None
        return mapped
    if info.kernel == "cast.from_text" and source.name == "bpchar" and plain.name != "bytea":
        expr = Call("cast.bpchar_to_text", (expr,), t.TEXT)
    return Call(info.kernel, (expr,), plain, _OPTIONS.get((source.name, plain.name, info.kernel), ()))


def _inner_mods(type_: SqlType) -> bool:
    return bool(type_.mods) or (type_.elem is not None and _inner_mods(type_.elem))


def without_inner_mods(type_: SqlType) -> SqlType:
    """The type without modifiers, also of the elements of an array."""
    elem = None if type_.elem is None else without_inner_mods(type_.elem)
    return SqlType(type_.name, type_.kind, elem, type_.fields)


def apply_typmod(expr: Expr, target: SqlType, explicit: bool = True) -> Expr:
    """`expr`, of target's type, made to fit target's typmods: numeric(p, s), varchar(n), timestamp(p) …"""
    kernel = LENGTHS.get(target.name)
    if kernel is None or not target.mods:
        return expr
    return Call(kernel, (expr,), target, (*target.mods, int(explicit)))


# INTERVAL '…' <fields>: the unit of a bare number, and the least field that is kept (see the kernels).
INTERVAL_FIELDS: dict[str, int] = {"second": 0, "minute": 1, "hour": 2, "day": 3, "month": 4, "year": 5}


def interval_with_fields(expr: Expr, first: str, last: str | None = None, precision: int | None = None) -> Expr:
    """Text `expr` as INTERVAL first [TO last]: `DAY TO MINUTE` has first "day" and last "minute"."""
    field = INTERVAL_FIELDS[last or first]
    options = (field, int(first == "minute" and last == "second"))
    made: Expr = Call("cast.interval_from_text", (expr,), t.INTERVAL, options)
    if field:
        made = Call("cast.interval_fields", (made,), t.INTERVAL, (field,))
    return made if precision is None else apply_typmod(made, t.scalar("interval", precision))

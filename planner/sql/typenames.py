"""Type names as written (`numeric(10,2)[]`, `struct<a int>`) and their meaning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...kernels.errors import Unsupported, UserError
from ...kernels.types import ALIASES, SqlType, list_of, map_of, scalar, struct_of

_MULTI = {
    "double": ("precision",), "character": ("varying",), "char": ("varying",), "bit": ("varying",),
    "national": ("character",),
}  # fmt: skip
_SERIAL = {
    "serial": "int4", "serial4": "int4", "bigserial": "int8", "serial8": "int8", "smallserial": "int2",
    "serial2": "int2",
}  # fmt: skip
# Integers of other databases: a wider type of ours whose values are checked where they are cast or stored.
CHECKED: dict[str, tuple[SqlType, int, int]] = {
    "tinyint": (scalar("int2"), -128, 127),
    **dict.fromkeys(("utinyint", "tinyint unsigned"), (scalar("int2"), 0, 2**8 - 1)),
    **dict.fromkeys(("uint2", "usmallint", "smallint unsigned"), (scalar("int4"), 0, 2**16 - 1)),
    **dict.fromkeys(("uint4", "uint", "uinteger", "unsigned", "int unsigned", "integer unsigned"), (scalar("int8"), 0, 2**32 - 1)),
    **dict.fromkeys(("uint8", "ubigint", "bigint unsigned"), (scalar("numeric", 20, 0), 0, 2**64 - 1)),
    **dict.fromkeys(("hugeint", "int128"), (scalar("numeric", 39, 0), -(2**127), 2**127 - 1)),
    **dict.fromkeys(("uhugeint", "uint128"), (scalar("numeric", 39, 0), 0, 2**128 - 1)),
}
# PostgreSQL's types that there are none of, and what to do.
REFUSED: dict[str, str] = {
    "money": "Use numeric(18, 2).",
    "xml": "Use text.",
    **dict.fromkeys(("point", "line", "lseg", "box", "path", "polygon", "circle"), "Use columns for the coordinates."),
    **dict.fromkeys(("tsvector", "tsquery", "pg_lsn", "txid_snapshot", "pg_snapshot", "jsonpath"), "Use text."),
    "hstore": "Use map(text, text) or jsonb.",
    "variant": "Use jsonb.",
    "mz_timestamp": "Use timestamptz.",
}  # fmt: skip
_MODS = {"numeric": 2, "varchar": 1, "bpchar": 1, "time": 1, "timestamp": 1, "timestamptz": 1, "interval": 1, "timetz": 1, "bit": 1,
         "varbit": 1, "vector": 1}


@dataclass(frozen=True)
class TypeName:
    """`name` folded, spelled out (`character varying`); `args` of map and vector-like types are in `elements`."""

    text: str
    name: str
    mods: tuple[int, ...] = ()
    array_depth: int = 0
    fields: tuple[tuple[str, TypeName], ...] = ()
    elements: tuple[TypeName, ...] = ()
    position: int | None = None
    schema: str | None = None
    resolved: SqlType | None = None  # a name that was written by nobody: LIKE copies the type itself

    @property
    def is_serial(self) -> bool:
        return self.name in _SERIAL


# The type that the catalog has for (schema or None, name).
Known = Callable[[str | None, str], SqlType | None]


def resolve_type_name(type_name: TypeName, known: Known | None = None) -> SqlType:
    """The SqlType; 42704 for an unknown name, 22023 for modifiers out of range."""
    if type_name.resolved is not None:
        return type_name.resolved
    base = _base(type_name, known)
    if type_name.array_depth:
        _refuse_unsigned(type_name)
    for _ in range(type_name.array_depth):
        base = list_of(base)
    return base


def _refuse_unsigned(t: TypeName) -> None:
    """What is within a value is not checked."""
    if t.name in CHECKED and t.name != "tinyint":
        raise Unsupported(f"values of type {t.name} within others are not supported", hint="Use a wider signed type.", position=t.position)


def _base(t: TypeName, known: Known | None) -> SqlType:
    for part in (*t.elements, *(field for _, field in t.fields)):
        _refuse_unsigned(part)
    if t.name == "struct" and t.fields:
        return struct_of(*((name, resolve_type_name(field, known)) for name, field in t.fields))
    if t.name == "map" and len(t.elements) == 2:
        return map_of(resolve_type_name(t.elements[0], known), resolve_type_name(t.elements[1], known))
    if t.name in _SERIAL and not t.mods:
        return scalar(_SERIAL[t.name])
    if t.name == "float" and t.mods:
        if not 1 <= t.mods[0] <= 53:
            raise UserError("precision for type float must be between 1 and 53 bits", "22023", position=t.position)
        return scalar("float4" if t.mods[0] <= 24 else "float8")
    if t.name in CHECKED and t.schema is None and (known is None or known(None, t.name) is None):
        if t.mods:
            raise UserError(f'type modifier is not allowed for type "{t.name}"', "42601", position=t.position)
        return CHECKED[t.name][0]
    short = ALIASES.get(t.name) if t.schema in (None, "pg_catalog") else None
    if short is None or short in ("list", "struct", "map"):
        found = known(t.schema, t.name) if known is not None else None
        if found is not None and not t.mods:
            return found
        if t.name.startswith("_") and not t.mods and t.name[1:] in ALIASES:
            return list_of(scalar(ALIASES[t.name[1:]]))
        refused = REFUSED.get(t.name)
        if refused is not None:
            raise Unsupported(f"type {t.name} is not supported", hint=refused, position=t.position)
        shown = t.name if t.schema is None else f"{t.schema}.{t.name}"
        raise UserError(f'type "{shown}" does not exist', "42704", position=t.position)
    mods = t.mods
    if short == "bytea" and t.name in ("binary", "varbinary") and len(mods) == 1:  # Flink and Feldera, which don't check the length
        mods = ()
    if len(mods) > _MODS.get(short, 0):
        raise UserError(f'type modifier is not allowed for type "{t.name}"', "42601", position=t.position)
    if short == "vector" and mods and not 1 <= mods[0] <= 16_000:
        raise UserError("dimensions for type vector must be between 1 and 16000", "22023", position=t.position)
    if short == "numeric" and mods:
        if not 1 <= mods[0] <= 1000:
            raise UserError(f"NUMERIC precision {mods[0]} must be between 1 and 1000", "22023", position=t.position)
        if len(mods) == 1:
            mods = (mods[0], 0)
    elif (short == "bit" and not mods and t.name == "bit") or (short == "bpchar" and not mods and t.name in ("char", "character")):
        mods = (1,)
    elif short in ("varchar", "bpchar", "bit", "varbit") and mods and mods[0] < 1:
        raise UserError(f"length for type {t.name} must be at least 1", "22023", position=t.position)
    return scalar(short, *mods)

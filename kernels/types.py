"""SQL types: the one table that maps SQL names, kernel kinds, Arrow types and Postgres OIDs.

`SqlType` is a frozen value. `kind` is the kernel's `Kind` (kernels/cpp/column.hpp, same numbers).
Several SQL types may share a kind (text, varchar and char(n) are all TEXT).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import pyarrow as pa


class Kind(IntEnum):
    """Physical and semantic kind of a column; mirrors `sabot::Kind`."""

    NULL = 0
    BOOL = 1
    INT2 = 2
    INT4 = 3
    INT8 = 4
    FLOAT4 = 5
    FLOAT8 = 6
    NUMERIC = 7  # variable bytes, kernels/cpp/numeric.hpp
    TEXT = 8
    BYTEA = 9
    DATE = 10  # int32 days since 1970-01-01
    TIME = 11  # int64 microseconds since midnight
    TIMESTAMP = 12  # int64 microseconds since 1970-01-01
    TIMESTAMPTZ = 13  # int64 microseconds since 1970-01-01 UTC
    INTERVAL = 14  # 16 bytes: int64 microseconds, int32 days, int32 months
    UUID = 15  # 16 bytes
    JSONB = 16  # canonical text: sorted keys, blank after ':' and ','
    INT256 = 17  # 32 bytes little endian two's complement
    LIST = 18
    STRUCT = 19
    OID = 20  # uint32 kept as int64
    CODED = 21  # bytes in the order of the type: enums, timetz, inet, cidr, macaddr, ranges (kernels/cpp/coded.hpp)


@dataclass(frozen=True, slots=True)
class SqlType:
    """One SQL type. `elem` for arrays and maps' entries, `fields` for structs, `mods` for typmods.

    `mods`: numeric (precision, scale); varchar/bpchar (length,); time/timestamp (precision,); struct: the OID of a
    composite type.
    """

    name: str
    kind: Kind
    elem: SqlType | None = None
    fields: tuple[tuple[str, SqlType], ...] = ()
    mods: tuple[int, ...] = ()

    def __str__(self) -> str:
        if self.name == "list":
            return f"{self.elem}[]"
        if self.name == "struct" and self.mods:
            return TYPES[f"composite:{self.mods[0]}"].spelling
        if self.name == "struct":
            return "struct<" + ", ".join(f"{n} {t}" for n, t in self.fields) + ">"
        if self.name == "map":
            assert self.elem is not None
            return f"map({self.elem.fields[0][1]},{self.elem.fields[1][1]})"
        spelling = TYPES[self.name].spelling
        if not self.mods:
            return spelling
        arguments = "(" + ",".join(map(str, self.mods)) + ")"
        head, _, tail = spelling.partition(" ")
        return f"{head}{arguments} {tail}" if tail in ZONES else spelling + arguments

    @property
    def info(self) -> TypeInfo:
        return TYPES[self.key]

    @property
    def oid(self) -> int:
        """OID on the wire. Arrays of arrays share the element's array OID, as in Postgres."""
        if self.name == "list":
            base = self.elem
            while base is not None and base.name == "list":
                base = base.elem
            assert base is not None
            return TYPES[base.key].array_oid
        return TYPES[self.key].oid

    @property
    def key(self) -> str:
        """The type's key in `TYPES`."""
        return f"composite:{self.mods[0]}" if self.name == "struct" and self.mods else self.name

    @property
    def category(self) -> str:
        """Postgres' type category: N numeric, S string, D date/time, T timespan, B boolean, A array…"""
        return TYPES[self.name].category

    def without_mods(self) -> SqlType:
        return SqlType(self.name, self.kind, self.elem, self.fields) if self.mods else self


ZONES = ("without time zone", "with time zone")


@dataclass(frozen=True, slots=True)
class TypeInfo:
    name: str  # our short name, as in pg_type.typname where there is one
    spelling: str  # as format_type prints it
    kind: Kind
    oid: int
    array_oid: int
    size: int  # typlen
    category: str
    preferred: bool
    arrow: pa.DataType | None  # boundary type (Parquet, Python face); None for nested
    aliases: tuple[str, ...] = ()


TYPES: dict[str, TypeInfo] = {
    t.name: t
    for t in (
        TypeInfo("unknown", "unknown", Kind.TEXT, 705, 0, -2, "X", False, pa.string()),
        TypeInfo("bool", "boolean", Kind.BOOL, 16, 1000, 1, "B", True, pa.bool_(), ("boolean",)),
        TypeInfo("int2", "smallint", Kind.INT2, 21, 1005, 2, "N", False, pa.int16(), ("smallint", "tinyint")),
        TypeInfo("int4", "integer", Kind.INT4, 23, 1007, 4, "N", False, pa.int32(), ("int", "integer")),
        TypeInfo("int8", "bigint", Kind.INT8, 20, 1016, 8, "N", False, pa.int64(), ("bigint",)),
        TypeInfo("float4", "real", Kind.FLOAT4, 700, 1021, 4, "N", False, pa.float32(), ("real",)),
        TypeInfo(
            "float8", "double precision", Kind.FLOAT8, 701, 1022, 8, "N", True, pa.float64(),
            ("double precision", "double", "float"),
        ),
        TypeInfo("numeric", "numeric", Kind.NUMERIC, 1700, 1231, -1, "N", False, pa.string(), ("decimal", "dec")),
        TypeInfo("text", "text", Kind.TEXT, 25, 1009, -1, "S", True, pa.string(), ("string",)),
        TypeInfo(
            "varchar", "character varying", Kind.TEXT, 1043, 1015, -1, "S", False, pa.string(),
            ("character varying",),
        ),
        TypeInfo("bpchar", "character", Kind.TEXT, 1042, 1014, -1, "S", False, pa.string(), ("char", "character")),
        TypeInfo("name", "name", Kind.TEXT, 19, 1003, 64, "S", False, pa.string()),
        TypeInfo("bytea", "bytea", Kind.BYTEA, 17, 1001, -1, "U", False, pa.binary(), ("bytes", "blob", "binary", "varbinary")),
        TypeInfo("date", "date", Kind.DATE, 1082, 1182, 4, "D", False, pa.date32()),
        TypeInfo(
            "time", "time without time zone", Kind.TIME, 1083, 1183, 8, "D", False, pa.time64("us"),
            ("time without time zone",),
        ),
        TypeInfo(
            "timestamp", "timestamp without time zone", Kind.TIMESTAMP, 1114, 1115, 8, "D", False,
            pa.timestamp("us"), ("timestamp without time zone",),
        ),
        TypeInfo(
            "timestamptz", "timestamp with time zone", Kind.TIMESTAMPTZ, 1184, 1185, 8, "D", True,
            pa.timestamp("us", "UTC"), ("timestamp with time zone", "timestamp_ltz"),
        ),
        TypeInfo("interval", "interval", Kind.INTERVAL, 1186, 1187, 16, "T", True, pa.month_day_nano_interval()),
        TypeInfo("uuid", "uuid", Kind.UUID, 2950, 2951, 16, "U", False, pa.binary(16)),
        TypeInfo("jsonb", "jsonb", Kind.JSONB, 3802, 3807, -1, "U", False, pa.string()),
        TypeInfo("json", "json", Kind.TEXT, 114, 199, -1, "U", False, pa.string()),
        TypeInfo("jsonpath", "jsonpath", Kind.TEXT, 4072, 4073, -1, "U", False, pa.string()),
        TypeInfo("rw_int256", "rw_int256", Kind.INT256, 1301, 1302, -1, "N", False, pa.binary(32), ("int256",)),
        TypeInfo("oid", "oid", Kind.OID, 26, 1028, 4, "N", True, pa.int64()),
        TypeInfo("regclass", "regclass", Kind.OID, 2205, 2210, 4, "N", False, pa.int64()),
        TypeInfo("regtype", "regtype", Kind.OID, 2206, 2211, 4, "N", False, pa.int64()),
        TypeInfo("regproc", "regproc", Kind.OID, 24, 1008, 4, "N", False, pa.int64()),
        TypeInfo("regnamespace", "regnamespace", Kind.OID, 4089, 4090, 4, "N", False, pa.int64()),
        TypeInfo("regprocedure", "regprocedure", Kind.OID, 2202, 2207, 4, "N", False, pa.int64()),
        TypeInfo("regoper", "regoper", Kind.OID, 2203, 2208, 4, "N", False, pa.int64()),
        TypeInfo("regoperator", "regoperator", Kind.OID, 2204, 2209, 4, "N", False, pa.int64()),
        TypeInfo("regrole", "regrole", Kind.OID, 4096, 4097, 4, "N", False, pa.int64()),
        TypeInfo("regcollation", "regcollation", Kind.OID, 4191, 4192, 4, "N", False, pa.int64()),
        TypeInfo("regconfig", "regconfig", Kind.OID, 3734, 3735, 4, "N", False, pa.int64()),
        TypeInfo("regdictionary", "regdictionary", Kind.OID, 3769, 3770, 4, "N", False, pa.int64()),
        TypeInfo("tid", "tid", Kind.TEXT, 27, 1010, 6, "U", False, pa.string()),
        TypeInfo("cid", "cid", Kind.OID, 29, 1012, 4, "U", False, pa.int64()),
        TypeInfo("pg_lsn", "pg_lsn", Kind.TEXT, 3220, 3221, 8, "U", False, pa.string()),
        TypeInfo("pg_ndistinct", "pg_ndistinct", Kind.TEXT, 3361, 0, -1, "Z", False, pa.string()),
        TypeInfo("pg_dependencies", "pg_dependencies", Kind.TEXT, 3402, 0, -1, "Z", False, pa.string()),
        TypeInfo("pg_mcv_list", "pg_mcv_list", Kind.TEXT, 5017, 0, -1, "Z", False, pa.string()),
        TypeInfo("int2vector", "int2vector", Kind.LIST, 22, 1006, -1, "A", False, None),
        TypeInfo("oidvector", "oidvector", Kind.LIST, 30, 1013, -1, "A", False, None),
        TypeInfo("anyarray", "anyarray", Kind.TEXT, 2277, 0, -1, "P", False, pa.string()),
        TypeInfo('"char"', '"char"', Kind.TEXT, 18, 1002, 1, "Z", False, pa.string()),
        TypeInfo("xid", "xid", Kind.OID, 28, 1011, 4, "U", False, pa.int64()),
        TypeInfo("pg_node_tree", "pg_node_tree", Kind.TEXT, 194, 0, -1, "Z", False, pa.string()),
        TypeInfo("aclitem", "aclitem", Kind.TEXT, 1033, 1034, 12, "U", False, pa.string()),
        TypeInfo(
            "timetz", "time with time zone", Kind.CODED, 1266, 1270, 12, "D", False, None, ("time with time zone",)
        ),
        TypeInfo("bit", "bit", Kind.TEXT, 1560, 1561, -1, "V", False, pa.string()),
        TypeInfo("varbit", "bit varying", Kind.TEXT, 1562, 1563, -1, "V", True, pa.string(), ("bit varying",)),
        TypeInfo("inet", "inet", Kind.CODED, 869, 1041, -1, "I", True, None),
        TypeInfo("cidr", "cidr", Kind.CODED, 650, 651, -1, "I", False, None),
        TypeInfo("macaddr", "macaddr", Kind.CODED, 829, 1040, 6, "U", False, None),
        TypeInfo("macaddr8", "macaddr8", Kind.CODED, 774, 775, 8, "U", False, None),
        TypeInfo("int4range", "int4range", Kind.CODED, 3904, 3905, -1, "R", False, None),
        TypeInfo("int8range", "int8range", Kind.CODED, 3926, 3927, -1, "R", False, None),
        TypeInfo("numrange", "numrange", Kind.CODED, 3906, 3907, -1, "R", False, None),
        TypeInfo("tsrange", "tsrange", Kind.CODED, 3908, 3909, -1, "R", False, None),
        TypeInfo("tstzrange", "tstzrange", Kind.CODED, 3910, 3911, -1, "R", False, None),
        TypeInfo("daterange", "daterange", Kind.CODED, 3912, 3913, -1, "R", False, None),
        TypeInfo("int4multirange", "int4multirange", Kind.CODED, 4451, 6150, -1, "R", False, None),
        TypeInfo("int8multirange", "int8multirange", Kind.CODED, 4536, 6157, -1, "R", False, None),
        TypeInfo("nummultirange", "nummultirange", Kind.CODED, 4532, 6151, -1, "R", False, None),
        TypeInfo("tsmultirange", "tsmultirange", Kind.CODED, 4533, 6152, -1, "R", False, None),
        TypeInfo("tstzmultirange", "tstzmultirange", Kind.CODED, 4534, 6153, -1, "R", False, None),
        TypeInfo("datemultirange", "datemultirange", Kind.CODED, 4535, 6155, -1, "R", False, None),
        TypeInfo("vector", "vector", Kind.CODED, 1303, 1304, -1, "U", False, None),
        TypeInfo("void", "void", Kind.TEXT, 2278, 0, 4, "P", False, pa.string()),
        TypeInfo("list", "array", Kind.LIST, 2277, 0, -1, "A", False, None),
        TypeInfo("struct", "record", Kind.STRUCT, 2249, 2287, -1, "C", False, None, ("record",)),
        TypeInfo("map", "map", Kind.LIST, 2249, 2287, -1, "C", False, None),
    )
}

ALIASES: dict[str, str] = {alias: t.name for t in TYPES.values() for alias in (t.name, *t.aliases)}


# OIDs that are shown by name.
REG_TYPES: tuple[str, ...] = tuple(t for t in TYPES if t.startswith("reg"))
# Arrays of the system catalogs that count from 0 and print without braces, with their elements.
VECTORS: dict[str, str] = {"int2vector": "int2", "oidvector": "oid"}
# Range types: their multirange type, and the type of their bounds.
RANGES: dict[str, tuple[str, str]] = {
    "int4range": ("int4multirange", "int4"), "int8range": ("int8multirange", "int8"), "numrange": ("nummultirange", "numeric"),
    "tsrange": ("tsmultirange", "timestamp"), "tstzrange": ("tstzmultirange", "timestamptz"),
    "daterange": ("datemultirange", "date"),
}  # fmt: skip
# The type of the bounds by the name of a range or multirange type.
BOUNDS: dict[str, str] = {name: bound for r, (multi, bound) in RANGES.items() for name in (r, multi)}
# Codes of the labels of enum types, in order, by the name of their SqlType.
ENUM_CODES: dict[str, tuple[bytes, ...]] = {}
_ENUM_HEAD = 9


def enum_type(oid: int) -> SqlType:
    """The SqlType of an enum type by its OID; `register_enum` tells its name and labels."""
    return SqlType(f"enum:{oid}", Kind.CODED)


def register_enum(oid: int, array_oid: int, spelling: str, labels: tuple[tuple[int, str], ...]) -> None:
    """Make an enum type known to the process, or change it. `labels`: place in the order, and text."""
    key = f"enum:{oid}"
    TYPES[key] = TypeInfo(key, spelling, Kind.CODED, oid, array_oid, 4, "E", False, None)
    ENUM_CODES[key] = tuple(b"e" + place.to_bytes(8, "big") + label.encode() for place, label in sorted(labels))


def forget_enum(oid: int) -> None:
    TYPES.pop(f"enum:{oid}", None)
    ENUM_CODES.pop(f"enum:{oid}", None)


def enum_label(code: bytes) -> str:
    """The label in an enum value."""
    return code[_ENUM_HEAD:].decode()


def coded_names(sql_type: SqlType) -> tuple[bytes, ...]:
    """What a kernel has to know of a CODED type to read its values from text."""
    codes = ENUM_CODES.get(sql_type.name)
    if codes is None:
        return (sql_type.name.encode(),)
    return (b"enum", sql_type.info.spelling.encode(), *codes)


def scalar(name: str, *mods: int) -> SqlType:
    """`scalar("numeric", 10, 2)`; the name may be any alias."""
    info = TYPES[ALIASES[name]]
    if info.name in VECTORS:
        return SqlType(info.name, info.kind, scalar(VECTORS[info.name]))
    return SqlType(info.name, info.kind, mods=tuple(mods))


def list_of(elem: SqlType) -> SqlType:
    return SqlType("list", Kind.LIST, elem=elem)


def struct_of(*fields: tuple[str, SqlType]) -> SqlType:
    return SqlType("struct", Kind.STRUCT, fields=tuple(fields))


def map_of(key: SqlType, value: SqlType) -> SqlType:
    return SqlType("map", Kind.LIST, elem=struct_of(("key", key), ("value", value)))


UNKNOWN = scalar("unknown")
BOOL = scalar("bool")
INT2, INT4, INT8 = scalar("int2"), scalar("int4"), scalar("int8")
FLOAT4, FLOAT8, NUMERIC = scalar("float4"), scalar("float8"), scalar("numeric")
TEXT, VARCHAR, BPCHAR, NAME = scalar("text"), scalar("varchar"), scalar("bpchar"), scalar("name")
BYTEA, UUID, JSONB, JSON = scalar("bytea"), scalar("uuid"), scalar("jsonb"), scalar("json")
DATE, TIME, TIMESTAMP = scalar("date"), scalar("time"), scalar("timestamp")
TIMESTAMPTZ, INTERVAL = scalar("timestamptz"), scalar("interval")
INT256, OID, REGCLASS, VOID = scalar("rw_int256"), scalar("oid"), scalar("regclass"), scalar("void")
CHAR, JSONPATH = scalar('"char"'), scalar("jsonpath")
TIMETZ, BIT, VARBIT = scalar("timetz"), scalar("bit"), scalar("varbit")
INET, CIDR, MACADDR, MACADDR8 = scalar("inet"), scalar("cidr"), scalar("macaddr"), scalar("macaddr8")

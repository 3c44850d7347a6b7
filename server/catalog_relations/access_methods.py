"""pg_am, pg_opclass, pg_opfamily: access methods of indexes and what they know of types, by PostgreSQL's OIDs."""

from __future__ import annotations

from ...kernels.types import TYPES, SqlType
from .model import OWNER, Catalog, Record, Source

# name → OID, type (t table, i index), OID and name of the handler
METHODS: dict[str, tuple[int, str, int, str]] = {
    "heap": (2, "t", 3, "heap_tableam_handler"),
    "btree": (403, "i", 330, "bthandler"),
    "hash": (405, "i", 331, "hashhandler"),
    "gist": (783, "i", 332, "gisthandler"),
    "gin": (2742, "i", 333, "ginhandler"),
    "brin": (3580, "i", 335, "brinhandler"),
    "spgist": (4000, "i", 334, "spghandler"),
}
# Operator classes of btree: OID, name, type, OID and name of the family, whether it is the default of the type.
_CLASSES: tuple[tuple[int, str, str, int, str, bool], ...] = (
    (1978, "int4_ops", "int4", 1976, "integer_ops", True),
    (1979, "int2_ops", "int2", 1976, "integer_ops", True),
    (3124, "int8_ops", "int8", 1976, "integer_ops", True),
    (1981, "oid_ops", "oid", 1989, "oid_ops", True),
    (3122, "date_ops", "date", 434, "datetime_ops", True),
    (3128, "timestamp_ops", "timestamp", 434, "datetime_ops", True),
    (3127, "timestamptz_ops", "timestamptz", 434, "datetime_ops", True),
    (10038, "time_ops", "time", 1996, "time_ops", True),
    (10022, "interval_ops", "interval", 1982, "interval_ops", True),
    (10012, "float4_ops", "float4", 1970, "float_ops", True),
    (3123, "float8_ops", "float8", 1970, "float_ops", True),
    (3125, "numeric_ops", "numeric", 1988, "numeric_ops", True),
    (3126, "text_ops", "text", 1994, "text_ops", True),
    (10044, "varchar_ops", "text", 1994, "text_ops", False),
    (10028, "name_ops", "name", 1994, "text_ops", True),
    (10004, "bpchar_ops", "bpchar", 426, "bpchar_ops", True),
    (4217, "text_pattern_ops", "text", 2095, "text_pattern_ops", False),
    (4218, "varchar_pattern_ops", "text", 2095, "text_pattern_ops", False),
    (4219, "bpchar_pattern_ops", "bpchar", 2097, "bpchar_pattern_ops", False),
    (10003, "bool_ops", "bool", 424, "bool_ops", True),
    (10006, "bytea_ops", "bytea", 428, "bytea_ops", True),
    (10007, "char_ops", '"char"', 429, "char_ops", True),
    (10065, "uuid_ops", "uuid", 2968, "uuid_ops", True),
    (10088, "jsonb_ops", "jsonb", 4033, "jsonb_ops", True),
    (10034, "record_ops", "struct", 2994, "record_ops", True),
    (10000, "array_ops", "anyarray", 397, "array_ops", True),
)
_BY_NAME = {name: oid for oid, name, *_ in _CLASSES}
_DEFAULTS = {kind: oid for oid, _, kind, _, _, default in _CLASSES if default} | {"varchar": 3126}


def class_of(type_: SqlType, name: str | None) -> int:
    """OID of the operator class of an index key; 0 for a type that has none."""
    if name is not None and name in _BY_NAME:
        return _BY_NAME[name]
    if type_.name == "list":
        return _BY_NAME["array_ops"]
    if type_.name.startswith("reg"):
        return _BY_NAME["oid_ops"]
    return _DEFAULTS.get(type_.name, 0)


def pg_am(catalog: Catalog) -> list[Record]:
    return [
        {"oid": oid, "amname": name, "amhandler": handler, "amtype": kind}
        for name, (oid, kind, handler, _) in METHODS.items()
    ]


def pg_opclass(catalog: Catalog) -> list[Record]:
    return [
        {"oid": oid, "opcmethod": 403, "opcname": name, "opcnamespace": 11, "opcowner": OWNER, "opcfamily": family,
         "opcintype": TYPES[kind].oid, "opcdefault": default}
        for oid, name, kind, family, _, default in _CLASSES
    ]


def pg_opfamily(catalog: Catalog) -> list[Record]:
    return [
        {"oid": oid, "opfmethod": 403, "opfname": name, "opfnamespace": 11, "opfowner": OWNER}
        for oid, name in {family: name for _, _, _, family, name, _ in _CLASSES}.items()
    ]


ROWS: dict[str, Source] = {"pg_am": pg_am, "pg_opclass": pg_opclass, "pg_opfamily": pg_opfamily}

"""pg_type, pg_range, pg_enum, pg_collation, pg_cast, pg_operator: types and what belongs to them."""

from __future__ import annotations

from ...kernels.types import TYPES, TypeInfo
from ...planner.functions.cast import CASTS
from .model import OWNER, Catalog, Record, Source, row_type

# Alignment, storage and the OIDs of the input, output, receive and send functions in PostgreSQL, by type.
_FACTS: dict[str, tuple[str, str, int, int, int, int]] = {
    "bool": ("c", "p", 1242, 1243, 2436, 2437),
    "bytea": ("i", "x", 1244, 31, 2412, 2413),
    '"char"': ("c", "p", 1245, 33, 2434, 2435),
    "name": ("c", "p", 34, 35, 2422, 2423),
    "int8": ("d", "p", 460, 461, 2408, 2409),
    "int2": ("s", "p", 38, 39, 2404, 2405),
    "int4": ("i", "p", 42, 43, 2406, 2407),
    "regproc": ("i", "p", 44, 45, 2444, 2445),
    "text": ("i", "x", 46, 47, 2414, 2415),
    "oid": ("i", "p", 1798, 1799, 2418, 2419),
    "xid": ("i", "p", 50, 51, 2440, 2441),
    "json": ("i", "x", 321, 322, 323, 324),
    "pg_node_tree": ("i", "x", 195, 196, 197, 198),
    "float4": ("i", "p", 200, 201, 2424, 2425),
    "float8": ("d", "p", 214, 215, 2426, 2427),
    "unknown": ("c", "p", 109, 110, 2416, 2417),
    "aclitem": ("i", "p", 1031, 1032, 0, 0),
    "bpchar": ("i", "x", 1044, 1045, 2430, 2431),
    "varchar": ("i", "x", 1046, 1047, 2432, 2433),
    "date": ("i", "p", 1084, 1085, 2468, 2469),
    "time": ("d", "p", 1143, 1144, 2470, 2471),
    "timestamp": ("d", "p", 1312, 1313, 2474, 2475),
    "timestamptz": ("d", "p", 1150, 1151, 2476, 2477),
    "interval": ("d", "p", 1160, 1161, 2478, 2479),
    "numeric": ("i", "m", 1701, 1702, 2460, 2461),
    "regclass": ("i", "p", 2218, 2219, 2452, 2453),
    "regtype": ("i", "p", 2220, 2221, 2454, 2455),
    "regnamespace": ("i", "p", 4084, 4085, 4087, 4088),
    "uuid": ("c", "p", 2952, 2953, 2961, 2962),
    "jsonb": ("i", "x", 3806, 3804, 3805, 3803),
    "struct": ("d", "x", 2290, 2291, 2402, 2403),
    "void": ("i", "p", 2298, 2299, 3120, 3121),
}
_UNDERSCORED = frozenset(
    ["json", "pg_node_tree", "date", "time", "timestamp", "timestamptz", "interval", "numeric", "uuid", "jsonb", "record", "void", "array"]
)
_ARRAY = ("i", "x", 750, 751, 2400, 2401)
_UNNUMBERED = ("i", "x", 0, 0, 0, 0)
BYVAL = frozenset((1, 2, 4, 8))
COLLATABLE = {"text": 100, "varchar": 100, "bpchar": 100, "name": 950}


def typname(info: TypeInfo) -> str:
    """The name in pg_type."""
    return {"struct": "record"}.get(info.name, info.name.strip('"'))


def base_types() -> list[TypeInfo]:
    """The scalar types, and record."""
    return [i for i in TYPES.values() if i.name not in ("list", "map")]


def io_functions() -> dict[int, str]:
    """OID → name of the types' input, output, receive and send functions."""
    found: dict[int, str] = {}
    for name, facts in (*_FACTS.items(), ("array", _ARRAY)):
        plain = {"struct": "record", '"char"': "char"}.get(name, name)
        glue = "_" if plain in _UNDERSCORED else ""
        for oid, verb in zip(facts[2:], ("in", "out", "recv", "send")):
            if oid:
                found[oid] = f"{plain}{glue}{verb}"
    return found


def pg_type(catalog: Catalog) -> list[Record]:
    found: list[Record] = []

    def add(oid: int, name: str, info: TypeInfo | None, facts: tuple[str, str, int, int, int, int], **more: object) -> None:
        align, storage, into, out, receive, send = facts
        size = info.size if info is not None else -1
        found.append(
            {
                "oid": oid, "typname": name, "typnamespace": 11, "typowner": OWNER, "typlen": size,
                "typbyval": size in BYVAL, "typtype": "b", "typcategory": "U", "typisdefined": True, "typdelim": ",",
                "typinput": into, "typoutput": out, "typreceive": receive, "typsend": send, "typalign": align,
                "typstorage": storage, "typtypmod": -1, **more,
            }
        )

    for info in base_types():
        name = typname(info)
        pseudo = name in ("record", "void", "unknown")
        add(
            info.oid, name, info, _FACTS.get(info.name, _UNNUMBERED), typtype="p" if pseudo else "b",
            typcategory="P" if pseudo else info.category, typispreferred=info.preferred, typarray=info.array_oid,
            typcollation=COLLATABLE.get(info.name, 0),
        )
        if info.array_oid:
            add(info.array_oid, f"_{name}", None, _ARRAY, typtype="p" if pseudo else "b",
                typcategory="P" if pseudo else "A", typelem=info.oid, typsubscript=6179,
                typcollation=COLLATABLE.get(info.name, 0))
    for relation in catalog.relations:
        add(row_type(relation.id), relation.name, None, _FACTS["struct"], typtype="c", typcategory="C",
            typnamespace=catalog.schema_id(relation.schema), typrelid=relation.id)
    return found


def pg_collation(catalog: Catalog) -> list[Record]:
    return [
        {"oid": oid, "collname": name, "collnamespace": 11, "collowner": OWNER, "collprovider": provider,
         "collisdeterministic": True, "collencoding": -1, "collcollate": libc, "collctype": libc}
        for oid, name, provider, libc in ((100, "default", "d", None), (950, "C", "c", "C"), (951, "POSIX", "c", "POSIX"))
    ]


def pg_cast(catalog: Catalog) -> list[Record]:
    return [
        {"oid": 10_000 + n, "castsource": TYPES[a].oid, "casttarget": TYPES[b].oid, "castcontext": info.context,
         "castmethod": "b" if info.kernel is None else "f"}
        for n, ((a, b), info) in enumerate(CASTS.items())
        if a in TYPES and b in TYPES
    ]


ROWS: dict[str, Source] = {"pg_type": pg_type, "pg_collation": pg_collation, "pg_cast": pg_cast}

"""pg_type, pg_range, pg_enum, pg_collation, pg_cast, pg_operator: types and what belongs to them."""

from __future__ import annotations

from ...kernels.types import BOUNDS, RANGES, TYPES, VECTORS, TypeInfo
from ...planner.catalog.entries import UserType
from ...planner.catalog.type_functions import PSEUDO_TYPES, TYPE_FACTS, array_facts
from ...planner.functions.cast import CASTS
from .deparsed import both
from .model import OWNER, Catalog, Record, Source, composite_relation, enum_value, row_type, typmod

ENUM_FACTS = TYPE_FACTS["enum"]
_UNNUMBERED = ("i", "x", 0, 0, 0, 0)
BYVAL = frozenset((1, 2, 4, 8))
COLLATABLE = {"text": 100, "varchar": 100, "bpchar": 100, "name": 950}


def typname(info: TypeInfo) -> str:
    """The name in pg_type."""
    return {"struct": "record"}.get(info.name, info.name.strip('"'))


def base_types() -> list[TypeInfo]:
    """The scalar types, and record."""
    return [i for i in TYPES.values() if i.name not in ("list", "map") and ":" not in i.name]


def _typtype(name: str) -> str:
    return "r" if name in RANGES else "m" if name in BOUNDS else "b"


# Operator class, canonical function and difference function of PostgreSQL's range types.
_RANGE_FACTS = {
    "int4range": (1978, 3914, 3922), "int8range": (3124, 3928, 3923), "numrange": (3125, 0, 3924), "tsrange": (3128, 0, 3929),
    "tstzrange": (3127, 0, 3930), "daterange": (3122, 3915, 3925),
}  # fmt: skip


def pg_range(catalog: Catalog) -> list[Record]:
    return [
        {"rngtypid": TYPES[name].oid, "rngsubtype": TYPES[bound].oid, "rngmultitypid": TYPES[multi].oid, "rngcollation": 0,
         "rngsubopc": _RANGE_FACTS[name][0], "rngcanonical": _RANGE_FACTS[name][1], "rngsubdiff": _RANGE_FACTS[name][2]}
        for name, (multi, bound) in RANGES.items()
    ]


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
        pseudo = name in ("record", "void", "unknown", "anyarray")
        add(
            info.oid, name, info, TYPE_FACTS.get(info.name, _UNNUMBERED), typtype="p" if pseudo else _typtype(info.name),
            typcategory="P" if pseudo else info.category, typispreferred=info.preferred, typarray=info.array_oid,
            typcollation=COLLATABLE.get(info.name, 0),
            typelem=TYPES[VECTORS[name]].oid if name in VECTORS else 18 if name == "name" else 0,
            typsubscript=6179 if name in VECTORS else 6180 if name == "name" else 0,
        )
        if info.array_oid:
            add(info.array_oid, f"_{name}", None, array_facts(info.name), typtype="p" if pseudo else "b",
                typcategory="P" if pseudo else "A", typelem=info.oid, typsubscript=6179,
                typcollation=COLLATABLE.get(info.name, 0))
    for name, (oid, size) in PSEUDO_TYPES.items():
        add(oid, name, None, _UNNUMBERED, typlen=size, typbyval=size > 0, typtype="p", typcategory="P", typstorage="x" if size == -1 else "p")
    for t in catalog.snapshot.types.values():
        where = {"typnamespace": catalog.schema_id(t.schema), "typcollation": 0}
        match t.kind:
            case "enum":
                add(t.id, t.name, TYPES[f"enum:{t.id}"], ENUM_FACTS, typtype="e", typcategory="E", typarray=t.array_id, **where)
            case "composite":
                add(t.id, t.name, None, TYPE_FACTS["struct"], typtype="c", typcategory="C", typarray=t.array_id,
                    typrelid=composite_relation(t.id), **where)
            case _:
                assert t.base is not None
                default = None if t.default is None else both(catalog, t.default, target=t.base)
                base = t.base.info
                add(t.id, t.name, base, TYPE_FACTS.get(base.name, _UNNUMBERED), typtype="d", typcategory=base.category,
                    typarray=t.array_id, typbasetype=t.parent or t.base.oid, typnotnull=t.not_null, typdefault=default, typdefaultbin=default,
                    **{**where, "typtypmod": typmod(t.base), "typcollation": COLLATABLE.get(base.name, 0)})
        add(t.array_id, f"_{t.name}", None, array_facts(_stored(t)), typcategory="A", typelem=t.id, typsubscript=6179, **where)
    for relation in catalog.relations:
        if relation.kind == "sequence":
            continue
        add(row_type(relation.id), relation.name, None, TYPE_FACTS["struct"], typtype="c", typcategory="C",
            typnamespace=catalog.schema_id(relation.schema), typrelid=relation.id)
    return found


def _stored(t: UserType) -> str:
    """The name of the built-in type that has the form of a user's type."""
    return "struct" if t.kind == "composite" else t.base.name if t.base is not None else t.kind


def pg_enum(catalog: Catalog) -> list[Record]:
    return [
        {"oid": enum_value(t.id, at), "enumtypid": t.id, "enumsortorder": place / (1 << 32), "enumlabel": label}
        for t in catalog.snapshot.types.values()
        for at, (place, label) in enumerate(t.labels)
    ]


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
        if a in TYPES and b in TYPES and (a not in BOUNDS or b in BOUNDS)  # others are by input and output
    ]


ROWS: dict[str, Source] = {"pg_type": pg_type, "pg_enum": pg_enum, "pg_collation": pg_collation, "pg_cast": pg_cast, "pg_range": pg_range}

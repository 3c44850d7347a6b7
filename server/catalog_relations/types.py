"""pg_type, pg_range, pg_enum, pg_collation, pg_cast, pg_operator: types and what belongs to them."""

from __future__ import annotations

from ...kernels.types import TYPES, VECTORS, TypeInfo
from ...planner.catalog.type_functions import ARRAY_FACTS, TYPE_FACTS
from ...planner.functions.cast import CASTS
from .model import OWNER, Catalog, Record, Source, row_type

_UNNUMBERED = ("i", "x", 0, 0, 0, 0)
BYVAL = frozenset((1, 2, 4, 8))
COLLATABLE = {"text": 100, "varchar": 100, "bpchar": 100, "name": 950}


def typname(info: TypeInfo) -> str:
    """The name in pg_type."""
    return {"struct": "record"}.get(info.name, info.name.strip('"'))


def base_types() -> list[TypeInfo]:
    """The scalar types, and record."""
    return [i for i in TYPES.values() if i.name not in ("list", "map")]


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
            info.oid, name, info, TYPE_FACTS.get(info.name, _UNNUMBERED), typtype="p" if pseudo else "b",
            typcategory="P" if pseudo else info.category, typispreferred=info.preferred, typarray=info.array_oid,
            typcollation=COLLATABLE.get(info.name, 0),
            typelem=TYPES[VECTORS[name]].oid if name in VECTORS else 0, typsubscript=6179 if name in VECTORS else 0,
        )
        if info.array_oid:
            add(info.array_oid, f"_{name}", None, ARRAY_FACTS, typtype="p" if pseudo else "b",
                typcategory="P" if pseudo else "A", typelem=info.oid, typsubscript=6179,
                typcollation=COLLATABLE.get(info.name, 0))
    for relation in catalog.relations:
        if relation.kind == "sequence":
            continue
        add(row_type(relation.id), relation.name, None, TYPE_FACTS["struct"], typtype="c", typcategory="C",
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

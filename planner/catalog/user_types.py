"""Types that users made, as SqlTypes.

An enum is a type of its own. A composite is a struct that carries its OID as a modifier, so that it meets other rows
by its fields. A domain stands for its base type: `domain:OID` occurs as the target of casts and in declarations only,
where the binder puts its checks.
"""

from __future__ import annotations

from ...kernels.types import (
    TYPES,
    Kind,
    SqlType,
    TypeInfo,
    enum_type,
    list_of,
    register_enum,
)
from .entries import Snapshot, UserType

_COMPOSITE, _DOMAIN = "composite:", "domain:"


def user_sql_type(t: UserType) -> SqlType:
    if t.kind == "enum":
        return enum_type(t.id)
    if t.kind == "composite":
        return SqlType("struct", Kind.STRUCT, fields=t.fields, mods=(t.id,))
    assert t.base is not None
    return SqlType(f"{_DOMAIN}{t.id}", t.base.kind, t.base.elem, t.base.fields, t.base.mods)


def register(t: UserType) -> None:
    """Tell the process-wide table of types about one."""
    if t.kind == "enum":
        register_enum(t.id, t.array_id, t.name, t.labels)
        return
    made = user_sql_type(t)
    key = f"{_COMPOSITE if t.kind == 'composite' else _DOMAIN}{t.id}"
    category = "C" if t.kind == "composite" else TYPES[made.name].category if made.name in TYPES else "U"
    TYPES[key] = TypeInfo(key, t.name, made.kind, t.id, t.array_id, -1, category, False, None)


def domain_of(sql_type: SqlType, snapshot: Snapshot) -> UserType | None:
    """The domain that a declared type names."""
    if not sql_type.name.startswith(_DOMAIN):
        return None
    return snapshot.types[int(sql_type.name.removeprefix(_DOMAIN))]


def names_domain(sql_type: SqlType) -> bool:
    """A domain, or a type with a domain inside."""
    inner = [t for _, t in sql_type.fields] + ([sql_type.elem] if sql_type.elem is not None else [])
    return sql_type.name.startswith(_DOMAIN) or any(names_domain(t) for t in inner)


def uses_type(sql_type: SqlType, id: int) -> bool:
    """Whether a type is, or has inside, the user's type with that OID."""
    if sql_type.name in (f"enum:{id}", f"{_DOMAIN}{id}") or (sql_type.name == "struct" and sql_type.mods == (id,)):
        return True
    if sql_type.elem is not None and uses_type(sql_type.elem, id):
        return True
    return any(uses_type(f, id) for _, f in sql_type.fields)


def types_by_oid(snapshot: Snapshot) -> dict[int, SqlType]:
    """User types and their arrays by OID."""
    found: dict[int, SqlType] = {}
    for t in snapshot.types.values():
        if t.kind == "domain":
            assert t.base is not None
            found[t.id] = t.base
        else:
            made = user_sql_type(t)
            found |= {t.id: made, t.array_id: list_of(made)}
    return found


def find_sql_type(snapshot: Snapshot, path: tuple[str, ...], schema: str | None, name: str) -> SqlType | None:
    """The user's type, or the row type of a relation, that a name means."""
    found = snapshot.find_type(name, path, schema)
    if found is not None:
        return user_sql_type(found)
    relation = snapshot.find(name, path, schema)
    if relation is None or relation.kind in ("index", "sequence", "sink"):
        return None
    return SqlType("struct", Kind.STRUCT, fields=tuple((c.name, c.type) for c in relation.columns if not c.hidden))

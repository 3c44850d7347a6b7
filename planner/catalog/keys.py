"""The indexes that keys of tables imply, with OIDs of their own, and names as SQL writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...kernels.types import struct_of
from ..sql.lexer import tokenize
from .entries import Column, Relation, Snapshot

INDEX = 3 << 28  # first OID of implied indexes
ROW_TYPE = 1 << 28  # of a relation: this plus its OID
PARTS = 64  # constraints per relation

RESERVED = frozenset(
    ["all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between", "both", "case", "cast", "check", "collate", "column", "concurrently", "constraint", "create", "cross", "current_date", "current_role", "current_time", "current_timestamp", "current_user", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "exists", "false", "fetch", "for", "foreign", "freeze", "from", "full", "grant", "group", "having", "ilike", "in", "initially", "inner", "intersect", "into", "is", "isnull", "join", "lateral", "leading", "left", "like", "limit", "localtime", "localtimestamp", "natural", "not", "notnull", "null", "offset", "on", "only", "or", "order", "outer", "overlaps", "placing", "primary", "references", "returning", "right", "select", "session_user", "similar", "some", "symmetric", "table", "then", "to", "trailing", "true", "union", "unique", "user", "using", "values", "variadic", "verbose", "when", "where", "window", "with"]
)


def identifier(name: str) -> str:
    """The name quoted where SQL needs it."""
    plain = name and (name[0].isalpha() or name[0] == "_") and name == name.lower()
    if plain and all(c.isalnum() or c in "_$" for c in name) and name.isascii() and name not in RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def unlike(names: Sequence[str]) -> list[str]:
    """The names of the columns of an index, told apart by numbers as PostgreSQL does: expr, expr1."""
    found: list[str] = []
    for base in names:
        name, count = base, 0
        while name in found:
            count += 1
            name = f"{base}{count}"
        found.append(name)
    return found


def key_name(entry: Relation, key: tuple[int, ...]) -> str:
    """The name of the primary key or unique constraint over these columns."""
    for name, columns in entry.key_names:
        if columns == key:
            return name
    if key == entry.primary_key:
        return f"{entry.name}_pkey"
    return "_".join((entry.name, *(entry.columns[k].name for k in key), "key"))


def key_names(entry: Relation) -> dict[str, tuple[int, ...]]:
    """All keys by name."""
    keys = entry.unique_keys
    return {key_name(entry, k): k for k in keys}


@dataclass(frozen=True, slots=True)
class Key:
    """A primary key (kind p) or UNIQUE constraint (u). `number` tells the constraints of a relation apart."""

    number: int
    name: str
    kind: str
    columns: tuple[int, ...]
    index: int  # OID of the index
    equal_nulls: bool = False  # NULLS NOT DISTINCT


_COMPUTED, _EQUAL_NULLS = "........index.", "........unique."


def index_column(id: int) -> str:
    """The name of the hidden column that a unique index over expressions is the key of."""
    return f"{_COMPUTED}{id}"


def is_computed(column: Column) -> bool:
    """Whether the column is there for a unique index or constraint; its comment has the keys."""
    return column.hidden and column.name.startswith((_COMPUTED, _EQUAL_NULLS))


def with_equal_nulls(table: Relation, key: tuple[int, ...]) -> Relation:
    """The table with a hidden column, at its end, that is unique where the columns are with NULLS NOT DISTINCT."""
    names = ", ".join(identifier(table.columns[k].name) for k in key)
    number = sum(c.name.startswith(_EQUAL_NULLS) for c in table.columns)
    made = struct_of(*((f"f{n}", table.columns[k].type.without_mods()) for n, k in enumerate(key, 1)))
    return replace(table, columns=(*table.columns, Column(
        f"{_EQUAL_NULLS}{number}", made, generated=f"ROW({names})", hidden=True, comment=names
    )))


def equal_nulls(table: Relation, key: tuple[int, ...]) -> bool:
    """Whether the key is that of a UNIQUE NULLS NOT DISTINCT constraint."""
    return table.columns[key[0]].hidden and table.columns[key[0]].name.startswith(_EQUAL_NULLS)


def columns_of_key(table: Relation, key: tuple[int, ...]) -> tuple[int, ...]:
    """The columns that a key was declared over."""
    if not equal_nulls(table, key):
        return key
    names = [t.value for t in tokenize(table.columns[key[0]].comment or "") if t.kind in ("word", "quoted")]
    return tuple(table.row_schema.index(n) for n in names)


def computed_key(table: Relation, index: int) -> int | None:
    """The place of the hidden column of an index, if it has one."""
    return next((at for at, c in enumerate(table.columns) if c.hidden and c.name == index_column(index)), None)


def keys_of(snapshot: Snapshot, table: Relation) -> list[Key]:
    """The key constraints of a table or source."""
    found: list[Key] = []
    base = INDEX + table.id * PARTS
    if table.primary_key and not any(table.columns[c].hidden for c in table.primary_key):
        found.append(Key(0, key_name(table, table.primary_key), "p", table.primary_key, base))
    indexes = [i for i in snapshot.relations.values() if i.kind == "index" and i.on == table.id]
    named = {i.name for i in indexes}
    created = {
        tuple(table.row_schema.index(c.name) for c in i.columns[: len(i.keys)])
        for i in indexes
        if ("unique", "true") in i.options and computed_key(table, i.id) is None
    }
    for number, columns in enumerate(table.unique, 1):
        name = key_name(table, columns)
        if columns not in created and name not in named:
            same = equal_nulls(table, columns)
            found.append(Key(number, name, "u", columns_of_key(table, columns), base + number, same))
    return found


def indexed_columns(snapshot: Snapshot) -> dict[int, list[tuple[int, ...]]]:
    """Of every relation that has indexes over all rows: the plain columns that each begins with."""
    found: dict[int, list[tuple[int, ...]]] = {}
    for index in snapshot.relations.values():
        target = snapshot.relations.get(index.on) if index.kind == "index" and index.on is not None else None
        if target is None or any(name == "where" for name, _ in index.options):
            continue
        columns: list[int] = []
        for key, column in zip(index.keys, index.columns):
            if key.removesuffix(" DESC") not in (column.name, identifier(column.name), f'"{column.name}"'):
                break
            columns.append(target.row_schema.index(column.name))
        if columns:
            found.setdefault(target.id, []).append(tuple(dict.fromkeys(columns)))
    return found


def key_indexes(snapshot: Snapshot) -> dict[int, tuple[str, str]]:
    """(schema, name) of every implied index by its OID."""
    return {
        k.index: (r.schema, k.name)
        for r in snapshot.relations.values()
        if r.kind in ("table", "source")
        for k in keys_of(snapshot, r)
    }

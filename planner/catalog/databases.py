"""Databases: a database is a namespace of schemas in the one catalog.

The catalog stores the schema `s` of database `d` as `d.s`; schemas of the first database keep their names, and those of the system
belong to all. A session sees the catalog from its own database: its schemas under their bare names, those of the others as `d.s`.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from threading import Lock
from typing import Any

from ...kernels.errors import UserError
from .entries import PEERS, Database, Relation, Snapshot, SqlFunction
from .roles import DATABASE_ID

_SYSTEM = ("pg_catalog", "information_schema", "sabot", *PEERS)
_KEPT = 8  # snapshots that a view on the catalog remembers


def of_system(schema: str) -> bool:
    return schema in _SYSTEM or schema.startswith("pg_")


def parted(snapshot: Snapshot, schema: str, database: str) -> tuple[str, str]:
    """Database and bare name of a schema; `database` is that of bare names."""
    owner, dot, bare = schema.partition(".")
    if dot and (owner == snapshot.main or owner in snapshot.databases):
        return owner, bare
    return database, schema


def seen_name(full: Snapshot, schema: str, database: str) -> str:
    """A stored schema's name as seen from a database."""
    if of_system(schema):
        return schema
    owner, bare = parted(full, schema, full.main)
    return bare if owner == database else f"{owner}.{bare}"


def stored_name(full: Snapshot, schema: str, database: str) -> str:
    """Inverse of `seen_name`."""
    if of_system(schema):
        return schema
    owner, bare = parted(full, schema, database)
    return bare if owner == full.main else f"{owner}.{bare}"


def here(snapshot: Snapshot, parts: tuple[str, ...], position: int | None = None) -> tuple[str, ...]:
    """The name without its database: `d.s.t` is `t` of the schema that is seen as `d.s`, or as `s` from `d` itself."""
    if len(parts) < 3 or parts[-3] == snapshot.database:
        return parts[-2:]
    if parts[-3] != snapshot.main and parts[-3] not in snapshot.databases:
        raise UserError(f'cross-database references are not implemented: "{".".join(parts)}"', "0A000", position=position,
                        hint=f'There is no database "{parts[-3]}".')
    return (parts[-2] if of_system(parts[-2]) else f"{parts[-3]}.{parts[-2]}", parts[-1])


def settings_key(snapshot: Snapshot, name: str) -> str:
    """Under which a catalog keeps what ALTER DATABASE … SET says."""
    return "database" if name == snapshot.main else f"database {snapshot.databases[name].id}"


def alone(snapshot: Snapshot) -> Snapshot:
    """The catalog without what is in other databases."""
    if not snapshot.databases:
        return snapshot

    def own(schema: str) -> bool:
        return of_system(schema) or parted(snapshot, schema, snapshot.database)[0] == snapshot.database

    return replace(
        snapshot,
        relations={i: r for i, r in snapshot.relations.items() if own(r.schema)},
        by_name={k: i for k, i in snapshot.by_name.items() if own(k[0])},
        schemas={n: s for n, s in snapshot.schemas.items() if own(n)},
        functions={k: f for k, f in snapshot.functions.items() if own(k[0])},
        types={i: t for i, t in snapshot.types.items() if own(t.schema)},
    )


class Views:
    """Catalogs as seen from databases. An entry that stays the same is seen as the same object."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[int, str], Snapshot] = OrderedDict()
        self._relations: dict[tuple[str, int], tuple[Relation, Relation]] = {}
        self._lock = Lock()

    def of(self, full: Snapshot, database: str | None) -> Snapshot:
        if database is None or database == full.main or database not in full.databases:
            return full
        with self._lock:
            key = full.version, database
            found = self._made.get(key)
            if found is None:
                found = self._made[key] = self._make(full, database)
                if len(self._made) > _KEPT:
                    self._made.popitem(last=False)
            return found

    def _relation(self, full: Snapshot, relation: Relation, database: str) -> Relation:
        if of_system(relation.schema):
            return relation
        known = self._relations.get((database, relation.id))
        if known is not None and known[0] is relation:
            return known[1]
        made = _renamed(relation, lambda name: seen_name(full, name, database))
        self._relations[database, relation.id] = relation, made
        return made

    def _make(self, full: Snapshot, database: str) -> Snapshot:
        def name(schema: str) -> str:
            return seen_name(full, schema, database)

        entry = full.databases[database]
        relations = {i: self._relation(full, r, database) for i, r in full.relations.items()}
        return replace(
            full,
            database=database, owner=entry.owner, relations=relations,
            by_name={(relations[i].schema, k[1]): i for k, i in full.by_name.items()},
            schemas={name(n): replace(s, name=name(n)) for n, s in full.schemas.items()},
            functions={
                (name(k[0]), k[1]): fs if of_system(k[0]) else tuple(replace(f, schema=name(k[0])) for f in fs)
                for k, fs in full.functions.items()
            },
            types={i: replace(t, schema=name(t.schema)) for i, t in full.types.items()},
            acls={
                ((k[0], DATABASE_ID, k[2]) if k[:2] == ("database", entry.id) else k): items
                for k, items in full.acls.items() if k[:2] != ("database", DATABASE_ID)
            },
            default_acls={
                (k[0], name(k[1]) if k[1] else "", k[2]): replace(d, schema=name(d.schema) if d.schema else "")
                for k, d in full.default_acls.items()
            },
        )  # fmt: skip


def _renamed(relation: Relation, name: Any) -> Relation:
    return replace(
        relation, schema=name(relation.schema), bound=tuple(replace(d, schema=name(d.schema)) for d in relation.bound)
    )


def stored(full: Snapshot, op: str, value: Any, database: str | None) -> Any:
    """The value of an operation of a session in `database` as the catalog stores it."""
    if database is None or database == full.main or database not in full.databases:
        database = full.main
        if not full.databases:
            return value

    def name(schema: str) -> str:
        return stored_name(full, schema, database)

    match op:
        case "put_relation":
            return _renamed(value, name)
        case "put_function" | "put_type":
            return replace(value, schema=name(value.schema))
        case "put_schema":
            return replace(value, name=name(value.name))
        case "drop_schema":
            return name(value)
        case "put_default_acl" if value.schema:
            return replace(value, schema=name(value.schema))
        case "put_acl" | "put_comment" if value.kind == "database" and value.id == DATABASE_ID and database != full.main:
            return replace(value, id=full.databases[database].id)
        case _:
            return value


# Changes of the stored catalog


def put_database(snapshot: Snapshot, database: Database) -> Snapshot:
    """Add the database, or replace the one with its id; a rename takes its schemas along."""
    old = next((d for d in snapshot.databases.values() if d.id == database.id), None)
    others = {k: v for k, v in snapshot.databases.items() if v.id != database.id}
    if database.name in others or database.name == snapshot.main:
        raise UserError(f'database "{database.name}" already exists', "42P04")
    changed = replace(snapshot, version=snapshot.version + 1, databases={**others, database.name: database})
    if old is None or old.name == database.name:
        return changed

    def name(schema: str) -> str:
        owner, bare = parted(snapshot, schema, snapshot.main)
        return f"{database.name}.{bare}" if owner == old.name else schema

    def function(f: SqlFunction) -> SqlFunction:
        return replace(f, schema=name(f.schema))

    return replace(
        changed,
        relations={i: _renamed(r, name) for i, r in snapshot.relations.items()},
        by_name={(name(s), n): i for (s, n), i in snapshot.by_name.items()},
        schemas={name(n): replace(s, name=name(n)) for n, s in snapshot.schemas.items()},
        functions={(name(s), n): tuple(map(function, fs)) for (s, n), fs in snapshot.functions.items()},
        types={i: replace(t, schema=name(t.schema)) for i, t in snapshot.types.items()},
        default_acls={(r, name(s), k): replace(d, schema=name(d.schema)) for (r, s, k), d in snapshot.default_acls.items()},
    )


def drop_database(snapshot: Snapshot, name: str) -> Snapshot:
    databases = {k: v for k, v in snapshot.databases.items() if k != name}
    gone = snapshot.databases[name].id
    acls = {k: v for k, v in snapshot.acls.items() if k[:2] != ("database", gone)}
    comments = {k: v for k, v in snapshot.comments.items() if k[:2] != ("database", gone)}
    return replace(snapshot, version=snapshot.version + 1, databases=databases, acls=acls, comments=comments)

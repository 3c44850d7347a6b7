"""`rw_catalog` and `mz_catalog`: the catalog under the names that RisingWave and Materialize have for it.

They are found by name and read like the others, but no catalog lists them, so that clients of PostgreSQL see what they
expect. Their columns are those of which there is something to tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ...planner.catalog.changes import KIND_WORDS
from ...planner.catalog.entries import Relation
from ..authorization import owns
from ..definitions import definition
from .model import FIRST_USER_ID, Catalog, Record, Source

if TYPE_CHECKING:
    from ..jobs import Job

_FIRST = 15_600  # OIDs
_OWNED = "id:int4 name:varchar schema_id:int4 owner:int4 definition:varchar acl:_text"
_KEPT = "id:text oid:oid schema_id:text name:text owner_id:text create_sql:text"

# schema.name: columns
COLUMNS: dict[str, str] = {
    "rw_catalog.rw_tables": f"{_OWNED} append_only:bool",
    "rw_catalog.rw_materialized_views": f"{_OWNED} append_only:bool",
    "rw_catalog.rw_views": _OWNED,
    "rw_catalog.rw_sources": f"{_OWNED} connector:varchar columns:_text format:varchar row_encode:varchar append_only:bool",
    "rw_catalog.rw_sinks": f"{_OWNED} connector:varchar sink_type:varchar",
    "rw_catalog.rw_indexes": f"{_OWNED} primary_table_id:int4 key_columns:_text include_columns:_text",
    "rw_catalog.rw_relations": f"{_OWNED} relation_type:varchar",
    "rw_catalog.rw_subscriptions": f"{_OWNED} dependent_table_id:int4",
    "rw_catalog.rw_connections": _OWNED,
    "rw_catalog.rw_secrets": "id:int4 name:varchar schema_id:int4 owner:int4 acl:_text",
    "rw_catalog.rw_columns": "relation_id:int4 name:varchar position:int4 is_hidden:bool is_primary_key:bool is_generated:bool "
    "is_nullable:bool generation_expression:varchar data_type:varchar type_oid:int4 udt_type:varchar",
    "rw_catalog.rw_schemas": "id:int4 name:varchar owner:int4 acl:_text",
    "rw_catalog.rw_databases": "id:int4 name:varchar owner:int4 acl:_text",
    "rw_catalog.rw_users": "id:int4 name:varchar is_super:bool create_db:bool create_user:bool can_login:bool",
    "rw_catalog.rw_functions": f"{_OWNED} arg_type_ids:_int4 return_type_id:int4 language:varchar",
    "rw_catalog.rw_depend": "objid:int4 refobjid:int4",
    "rw_catalog.rw_object_dependencies": "objid:int4 refobjid:int4",
    "rw_catalog.rw_ddl_progress": "ddl_id:int8 ddl_statement:varchar progress:varchar",
    "rw_catalog.rw_streaming_jobs": "job_id:int4 name:varchar status:varchar",
    "rw_catalog.rw_table_stats": "id:int4 total_key_count:int8 total_value_size:int8",
    "rw_catalog.rw_internal_tables": _OWNED,
    "mz_catalog.mz_tables": _KEPT,
    "mz_catalog.mz_views": f"{_KEPT} definition:text",
    "mz_catalog.mz_materialized_views": f"{_KEPT} definition:text",
    "mz_catalog.mz_sources": f"{_KEPT} type:text",
    "mz_catalog.mz_sinks": f"{_KEPT} type:text",
    "mz_catalog.mz_indexes": "id:text oid:oid name:text on_id:text owner_id:text create_sql:text",
    "mz_catalog.mz_relations": "id:text oid:oid schema_id:text name:text type:text owner_id:text",
    "mz_catalog.mz_objects": "id:text oid:oid schema_id:text name:text type:text owner_id:text",
    "mz_catalog.mz_columns": "id:text name:text position:int8 nullable:bool type:text default:text type_oid:oid",
    "mz_catalog.mz_schemas": "id:text oid:oid database_id:text name:text owner_id:text",
    "mz_catalog.mz_databases": "id:text oid:oid name:text owner_id:text",
    "mz_catalog.mz_roles": "id:text oid:oid name:text inherit:bool",
    "mz_catalog.mz_connections": f"{_KEPT} type:text",
    "mz_catalog.mz_secrets": "id:text oid:oid schema_id:text name:text owner_id:text",
}  # fmt: skip


def described() -> str:
    """The relations in the form of `columns.py`, each under its whole name."""
    lines = (f"{name} v {_FIRST + n}\n  {columns}" for n, (name, columns) in enumerate(COLUMNS.items()))
    return "\n".join(lines)


def _users(catalog: Catalog, *kinds: str) -> Iterator[Relation]:
    found = catalog.snapshot.relations.values()
    yield from sorted((r for r in found if r.id >= FIRST_USER_ID and (not kinds or r.kind in kinds)), key=lambda r: r.id)


def _definition(catalog: Catalog, r: Relation) -> str | None:
    """Of what is connected to the outside only for the owner: options hold passwords."""
    connected = r.kind == "connection" or "connector" in dict(r.options)
    return definition(r) if not connected or owns(catalog.session, r.owner) else None


def _rw(catalog: Catalog, r: Relation) -> Record:
    options, form = dict(r.options), r.format
    return {
        "id": r.id, "name": r.name, "schema_id": catalog.schema_id(r.schema), "owner": catalog.role_id(r.owner), "acl": None,
        "definition": _definition(catalog, r), "append_only": r.append_only, "connector": options.get("connector", ""),
        "columns": tuple(c.name for c in r.columns if not c.hidden), "format": form.row.upper() if form else None,
        "row_encode": form.encode.upper() if form else None, "sink_type": options.get("type", "append-only").upper(),
        "primary_table_id": r.on, "key_columns": r.keys, "include_columns": tuple(c.name for c in r.columns[len(r.keys) :]),
        "relation_type": KIND_WORDS[r.kind], "dependent_table_id": r.depends_on[0] if r.depends_on else None,
    }  # fmt: skip


def _mz(catalog: Catalog, r: Relation) -> Record:
    return {
        "id": f"u{r.id}", "oid": r.id, "schema_id": f"u{catalog.schema_id(r.schema)}", "name": r.name,
        "owner_id": f"u{catalog.role_id(r.owner)}", "create_sql": _definition(catalog, r), "definition": r.query,
        "type": dict(r.options).get("connector", dict(r.options).get("type", "")), "on_id": f"u{r.on}",
    }  # fmt: skip


def _of(make: Callable[[Catalog, Relation], Record], *kinds: str) -> Source:
    return lambda catalog: [make(catalog, r) for r in _users(catalog, *kinds)]


def _typed(catalog: Catalog) -> list[Record]:
    return [_mz(catalog, r) | {"type": KIND_WORDS[r.kind].replace(" ", "-")} for r in _users(catalog)]


def _columns(catalog: Catalog) -> Iterator[tuple[Relation, int, Record]]:
    for r in _users(catalog, "table", "source", "view", "materialized_view", "sink"):
        for n, c in enumerate(r.columns):
            if not c.hidden:
                yield r, n, {
                    "relation_id": r.id, "id": f"u{r.id}", "name": c.name, "position": n + 1, "is_hidden": False,
                    "is_primary_key": n in r.primary_key, "is_generated": c.generated is not None, "is_nullable": not c.not_null,
                    "nullable": not c.not_null, "generation_expression": c.generated, "data_type": str(c.type), "type": str(c.type),
                    "default": c.default, "type_oid": c.type.oid, "udt_type": c.type.name,
                }  # fmt: skip


def _dependencies(catalog: Catalog) -> list[Record]:
    return [
        {"objid": r.id, "refobjid": other}
        for r in _users(catalog)
        for other in dict.fromkeys((*r.depends_on, *((r.on,) if r.on is not None else ())))
        if other >= FIRST_USER_ID
    ]


def _jobs(catalog: Catalog) -> list[Job]:
    known = catalog.snapshot.relations
    return [j for j in list(catalog.session.server.engine.jobs.values()) if j.id in known]


def _progress(catalog: Catalog) -> list[Record]:
    return [
        {"ddl_id": j.id, "ddl_statement": _definition(catalog, catalog.snapshot.relations[j.id]),
         "progress": f"{100 * j.progress.done / j.progress.total:.1f}%" if j.progress.total else ""}
        for j in _jobs(catalog) if j.state == "backfilling"
    ]  # fmt: skip


def _schemas(catalog: Catalog) -> list[Record]:
    return [
        {"id": s.id, "oid": s.id, "name": s.name, "owner": catalog.role_id(s.owner)} for s in catalog.snapshot.schemas.values()
    ]


def _databases(catalog: Catalog) -> list[Record]:
    return [{"id": 5, "oid": 5, "name": catalog.snapshot.database, "owner": catalog.role_id(catalog.snapshot.owner)}]


def _roles(catalog: Catalog) -> list[Record]:
    return [
        {"id": r.id, "oid": r.id, "name": r.name, "is_super": r.superuser, "create_db": r.createdb, "create_user": r.createrole,
         "can_login": r.login, "inherit": r.inherit}
        for r in catalog.snapshot.roles.values() if not r.name.startswith("pg_")
    ]  # fmt: skip


def _functions(catalog: Catalog) -> list[Record]:
    return [
        {"id": f.id, "name": f.name, "schema_id": catalog.schema_id(f.schema), "owner": catalog.role_id(f.owner),
         "definition": f.definition, "arg_type_ids": tuple(t.oid for _, t in f.parameters),
         "return_type_id": f.returns.oid if f.returns is not None else None, "language": f.language}
        for overloads in catalog.snapshot.functions.values() for f in overloads if f.id >= FIRST_USER_ID
    ]  # fmt: skip


def _as_materialize(source: Source) -> Source:
    """Ids as text, with a letter."""
    return lambda catalog: [
        r | {"id": f"u{r['id']}", "owner_id": f"u{r.get('owner', '')}", "database_id": "u5"} for r in source(catalog)
    ]


ROWS: dict[str, Source] = {
    "rw_tables": _of(_rw, "table"), "rw_materialized_views": _of(_rw, "materialized_view"), "rw_views": _of(_rw, "view"),
    "rw_sources": _of(_rw, "source"), "rw_sinks": _of(_rw, "sink"), "rw_indexes": _of(_rw, "index"),
    "rw_relations": _of(_rw, "table", "source", "view", "materialized_view", "sink", "index", "subscription"),
    "rw_subscriptions": _of(_rw, "subscription"), "rw_connections": _of(_rw, "connection"), "rw_secrets": _of(_rw, "secret"),
    "rw_columns": lambda catalog: [record for _, _, record in _columns(catalog)],
    "rw_schemas": _schemas, "rw_databases": _databases, "rw_users": _roles, "rw_functions": _functions,
    "rw_depend": _dependencies, "rw_object_dependencies": _dependencies, "rw_ddl_progress": _progress,
    "rw_streaming_jobs": lambda catalog: [{"job_id": j.id, "name": j.name, "status": j.state} for j in _jobs(catalog)],
    "rw_table_stats": lambda catalog: [
        {"id": r.id, "total_key_count": catalog.row_count(r), "total_value_size": catalog.size(r)}
        for r in _users(catalog, "table", "materialized_view")
    ],
    "mz_tables": _of(_mz, "table"), "mz_views": _of(_mz, "view"), "mz_materialized_views": _of(_mz, "materialized_view"),
    "mz_sources": _of(_mz, "source"), "mz_sinks": _of(_mz, "sink"), "mz_indexes": _of(_mz, "index"),
    "mz_connections": _of(_mz, "connection"), "mz_secrets": _of(_mz, "secret"), "mz_relations": _typed, "mz_objects": _typed,
    "mz_columns": lambda catalog: [record for _, _, record in _columns(catalog)],
    "mz_schemas": _as_materialize(_schemas), "mz_databases": _as_materialize(_databases), "mz_roles": _as_materialize(_roles),
}  # fmt: skip

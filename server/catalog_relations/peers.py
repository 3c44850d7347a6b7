"""`rw_catalog`, `mz_catalog` and `mz_internal`: the catalog under the names that RisingWave and Materialize have for it.

They are found by name and read like the others, but no catalog lists them, so that clients of PostgreSQL see what they
expect. Their columns are those of which there is something to tell.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ...planner.catalog.changes import KIND_WORDS
from ...planner.catalog.entries import Relation
from ..sessions.authorization import owns
from ..sessions.settings import PARAMETERS, SETTINGS
from ..streaming.definitions import definition
from .model import FIRST_USER_ID, OWNER, Catalog, Record, Source

if TYPE_CHECKING:
    from ..streaming.jobs import Job

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
    "rw_catalog.rw_system_tables": f"{_OWNED}",
    "rw_catalog.rw_relation_info": "schemaname:varchar relationname:varchar relationowner:int4 definition:varchar relationtype:varchar "
    "relationid:int4 relationtimezone:varchar fragments:varchar initialized_at:timestamptz created_at:timestamptz",
    "rw_catalog.rw_types": "id:int4 name:varchar input_oid:int4 typelem:int4",
    "rw_catalog.rw_description": "objoid:int4 classoid:int4 objsubid:int4 description:varchar",
    "rw_catalog.rw_settings": "name:varchar setting:varchar description:varchar",
    "rw_catalog.rw_meta_parameter": "name:varchar value:varchar description:varchar is_mutable:bool",
    "rw_catalog.rw_fragments": "fragment_id:int4 table_id:int4 distribution_type:varchar state_table_ids:_int4 upstream_fragment_ids:_int4 "
    "flags:_text parallelism:int4 max_parallelism:int4",
    "rw_catalog.rw_table_fragments": "table_id:int4 status:varchar parallelism:varchar max_parallelism:int4",
    "rw_catalog.rw_fragment_parallelism": "id:int4 name:varchar relation_type:varchar fragment_id:int4 distribution_type:varchar "
    "state_table_ids:_int4 upstream_fragment_ids:_int4 flags:_text parallelism:int4",
    "rw_catalog.rw_streaming_parallelism": "id:int4 name:varchar relation_type:varchar parallelism:varchar",
    "rw_catalog.rw_actors": "actor_id:int4 worker_id:int4 fragment_id:int4 state:varchar",
    "rw_catalog.rw_worker_nodes": "id:int4 host:varchar port:varchar type:varchar state:varchar parallelism:int4 is_streaming:bool "
    "is_serving:bool is_unschedulable:bool",
    "rw_catalog.rw_user_secrets": "id:int4 name:varchar password:varchar",
    "rw_catalog.rw_rate_limit": "fragment_id:int4 fragment_type:_text table_id:int4 rate_limit:int4",
    "rw_catalog.rw_event_logs": "unique_id:varchar timestamp:timestamptz event_type:varchar info:jsonb",
    "rw_catalog.rw_meta_snapshot": "meta_snapshot_id:int8 hummock_version_id:int8 remarks:varchar",
    "rw_catalog.rw_hummock_version": "version_id:int8 max_committed_epoch:int8 compaction_group:jsonb",
    "rw_catalog.rw_iceberg_files": "source_id:int4 schema_name:varchar source_name:varchar content:int4 file_path:varchar",
    "rw_catalog.rw_iceberg_snapshots": "source_id:int4 schema_name:varchar source_name:varchar sequence_number:int8 snapshot_id:int8",
    "rw_catalog.rw_recovery_info": "database_id:int4 recovery_state:varchar",
    "rw_catalog.rw_cdc_progress": "job_id:int4 split_total_count:int8 split_backfilled_count:int8 split_completed_count:int8",
    "rw_catalog.rw_sink_decouple": "sink_id:int4 is_decouple:bool watermark_vnode_count:int4",
    "mz_catalog.mz_clusters": "id:text name:text owner_id:text managed:bool size:text",
    "mz_catalog.mz_cluster_replicas": "id:text name:text cluster_id:text size:text owner_id:text",
    "mz_catalog.mz_types": "id:text oid:oid schema_id:text name:text category:text",
    "mz_catalog.mz_functions": "id:text oid:oid schema_id:text name:text argument_type_ids:_text return_type_id:text",
    "mz_catalog.mz_index_columns": "index_id:text index_position:int8 on_position:int8 on_expression:text nullable:bool",
    "mz_catalog.mz_role_members": "role_id:text member:text grantor:text",
    "mz_catalog.mz_default_privileges": "role_id:text database_id:text schema_id:text object_type:text grantee:text privileges:text",
    "mz_catalog.mz_audit_events": "id:int8 event_type:text object_type:text details:jsonb occurred_at:timestamptz",
    "mz_catalog.mz_egress_ips": "egress_ip:text",
    "mz_internal.mz_object_dependencies": "object_id:text referenced_object_id:text",
    "mz_internal.mz_comments": "id:text object_type:text object_sub_id:int4 comment:text",
    "mz_internal.mz_sessions": "id:text connection_id:int8 role_id:text connected_at:timestamptz",
    "mz_internal.mz_source_statuses": "id:text name:text type:text status:text error:text",
    "mz_internal.mz_sink_statuses": "id:text name:text type:text status:text error:text",
    "mz_internal.mz_hydration_statuses": "object_id:text replica_id:text hydrated:bool",
    "mz_internal.mz_network_policies": "id:text name:text owner_id:text",
    "mz_internal.mz_show_columns": "id:text name:text nullable:bool type:text position:int8 comment:text",
    "mz_internal.mz_subscriptions": "id:text session_id:text cluster_id:text created_at:timestamptz referenced_object_ids:_text",
    "mz_internal.mz_source_statistics": "id:text messages_received:numeric bytes_received:numeric updates_staged:numeric updates_committed:numeric",
    "mz_internal.mz_sink_statistics": "id:text messages_staged:numeric messages_committed:numeric bytes_staged:numeric bytes_committed:numeric",
    "mz_internal.mz_frontiers": "object_id:text read_frontier:numeric write_frontier:numeric",
    "mz_internal.mz_materialization_lag": "object_id:text local_lag:interval global_lag:interval",
    "mz_internal.mz_wallclock_lag_history": "object_id:text replica_id:text lag:interval occurred_at:timestamptz",
    "mz_internal.mz_recent_activity_log": "execution_id:uuid session_id:uuid sql:text finished_status:text",
    "mz_internal.mz_cluster_replica_metrics": "replica_id:text process_id:numeric cpu_nano_cores:numeric memory_bytes:numeric disk_bytes:numeric",
    "mz_internal.mz_cluster_replica_statuses": "replica_id:text process_id:numeric status:text reason:text updated_at:timestamptz",
    "mz_internal.mz_source_status_history": "occurred_at:timestamptz source_id:text status:text error:text details:jsonb",
    "mz_internal.mz_sink_status_history": "occurred_at:timestamptz sink_id:text status:text error:text details:jsonb",
    "mz_internal.mz_statement_lifecycle_history": "statement_id:uuid event_type:text occurred_at:timestamptz",
    "mz_internal.mz_compute_dependencies": "object_id:text dependency_id:text",
    "mz_internal.mz_object_history": "id:text cluster_id:text object_type:text created_at:timestamptz dropped_at:timestamptz",
    "mz_internal.mz_object_lifetimes": "id:text object_type:text event_type:text occurred_at:timestamptz",
    "mz_introspection.mz_arrangement_sizes": "operator_id:numeric records:numeric batches:numeric size:numeric",
    "mz_introspection.mz_dataflows": "id:numeric name:text",
    "mz_introspection.mz_dataflow_operators": "id:numeric name:text",
    "mz_introspection.mz_scheduling_elapsed": "id:numeric elapsed_ns:numeric",
    "mz_catalog.mz_kafka_connections": "id:text brokers:_text sink_progress_topic:text",
    "mz_catalog.mz_kafka_sources": "id:text group_id_prefix:text topic:text",
    "mz_catalog.mz_kafka_sinks": "id:text topic:text",
    "mz_catalog.mz_postgres_sources": "id:text replication_slot:text timeline_id:numeric",
    "mz_catalog.mz_base_types": "id:text",
    "mz_catalog.mz_list_types": "id:text element_id:text",
    "mz_catalog.mz_map_types": "id:text key_id:text value_id:text",
    "mz_catalog.mz_array_types": "id:text element_id:text",
    "mz_catalog.mz_pseudo_types": "id:text",
    "mz_catalog.mz_operators": "oid:oid name:text argument_type_ids:_text return_type_id:text",
    "mz_catalog.mz_system_privileges": "privileges:text",
    "mz_catalog.mz_storage_usage": "object_id:text size_bytes:numeric collection_timestamp:timestamptz",
    "mz_catalog.mz_cluster_replica_sizes": "size:text processes:numeric workers:numeric cpu_nano_cores:numeric memory_bytes:numeric disk_bytes:numeric",
    "rw_catalog.rw_actor_infos": "actor_id:int4 fragment_id:int4 node:jsonb dispatcher:jsonb",
    "rw_catalog.rw_internal_table_info": "id:int4 name:varchar job_id:int4 job_name:varchar",
    "rw_catalog.rw_hummock_sstables": "sstable_id:int8 object_id:int8 compaction_group_id:int8 level_id:int4 total_key_count:int8 file_size:int8",
    "rw_catalog.rw_hummock_compaction_group_configs": "id:int8 parent_id:int8 compaction_config:jsonb active_write_limit:jsonb",
    "rw_catalog.rw_hummock_pinned_versions": "worker_node_id:int4 min_pinned_version_id:int8",
    "rw_catalog.rw_actor_id_to_ddl": "actor_id:int4 job_id:int4 schema_id:int4 ddl_type:varchar ddl_name:varchar",
    "rw_catalog.rw_fragment_id_to_ddl": "fragment_id:int4 job_id:int4 schema_id:int4 ddl_type:varchar ddl_name:varchar",
    "rw_catalog.rw_resource_groups": "name:varchar streaming_workers:int8 parallelism:int8 databases:int8 streaming_jobs:int8",
    "rw_catalog.rw_iceberg_tables": "table_schema:varchar table_name:varchar",
}  # fmt: skip


def described() -> str:
    """The relations in the form of `columns.py`, each under its whole name."""
    lines = (f"{name} v {_FIRST + n}\n  {columns}" for n, (name, columns) in enumerate(COLUMNS.items()))
    return "\n".join(lines)


def _users(catalog: Catalog, *kinds: str) -> Iterator[Relation]:
    found = catalog.snapshot.relations.values()
    yield from sorted((r for r in found if r.id >= FIRST_USER_ID and (not kinds or r.kind in kinds)), key=lambda r: r.id)


def _definition(catalog: Catalog, r: Relation) -> str | None:
    """Of what is connected to the outside only for the owner: options hold passwords. None without a statement of its own."""
    if r.kind == "sequence" and not r.definition:  # of a serial or identity column
        return None
    connected = r.kind == "connection" or "connector" in dict(r.options)
    return definition(catalog.session.server, r, catalog.path) if not connected or owns(catalog.session, r.owner) else None


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
    first = {"id": 5, "oid": 5, "name": catalog.snapshot.main, "owner": OWNER}
    return [first, *({"id": d.id, "oid": d.id, "name": d.name, "owner": catalog.role_id(d.owner)} for d in catalog.snapshot.databases.values())]


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


def _texts(catalog: Catalog) -> list[Record]:
    return [
        {"schemaname": r.schema, "relationname": r.name, "relationowner": catalog.role_id(r.owner), "definition": _definition(catalog, r),
         "relationtype": KIND_WORDS[r.kind].upper(), "relationid": r.id, "relationtimezone": dict(r.settings).get("timezone", "UTC")}
        for r in _users(catalog, "table", "source", "sink", "view", "materialized_view", "index")
    ]  # fmt: skip


def _parts(catalog: Catalog) -> list[Record]:
    """A job is one fragment here, and each of its parts an actor."""
    known = catalog.snapshot.relations
    return [
        {"fragment_id": j.id, "table_id": j.id, "id": j.id, "name": j.name, "relation_type": KIND_WORDS[known[j.id].kind],
         "distribution_type": "HASH" if j.partitions > 1 else "SINGLE", "state_table_ids": (), "upstream_fragment_ids": tuple(known[j.id].depends_on),
         "flags": (), "parallelism": j.partitions, "max_parallelism": 256, "status": "CREATED" if j.state != "backfilling" else "CREATING"}
        for j in _jobs(catalog)
    ]  # fmt: skip


def _with_text(source: Source, **changes: Callable[[Record], object]) -> Source:
    return lambda catalog: [r | {name: make(r) for name, make in changes.items()} for r in source(catalog)]


def _settings(catalog: Catalog) -> list[Record]:
    current = catalog.session.settings
    return [{"name": s.name, "setting": current.get(s.name), "description": s.description} for s in sorted(SETTINGS.values(), key=lambda s: s.name)]


def _worker(catalog: Catalog) -> list[Record]:
    return [{"id": 1, "host": "127.0.0.1", "port": "", "type": "WORKER_TYPE_COMPUTE_NODE", "state": "RUNNING", "parallelism": os.cpu_count() or 1,
             "is_streaming": True, "is_serving": True}]  # fmt: skip


def _index_columns(catalog: Catalog) -> list[Record]:
    known = catalog.snapshot.relations
    rows: list[Record] = []
    for r in _users(catalog, "index"):
        on = {c.name: (n + 1, not c.not_null) for n, c in enumerate(known[r.on or 0].columns)}
        for n, key in enumerate(r.keys):
            place, nullable = on.get(key, (None, True))
            rows.append({"index_id": f"u{r.id}", "index_position": n + 1, "on_position": place, "nullable": nullable,
                         "on_expression": None if place is not None else key})  # fmt: skip
    return rows


def _comments(catalog: Catalog) -> list[Record]:
    rows: list[Record] = []
    for r in _users(catalog):
        said = [(None, r.comment), *((n + 1, c.comment) for n, c in enumerate(r.columns))]
        rows += [{"id": f"u{r.id}", "object_type": KIND_WORDS[r.kind].replace(" ", "-"), "object_sub_id": n, "comment": c} for n, c in said if c]
    return rows


def _described_comments(catalog: Catalog) -> list[Record]:
    rows: list[Record] = []
    for r in _users(catalog):
        said = [(0, r.comment), *((n + 1, c.comment) for n, c in enumerate(r.columns))]
        rows += [{"objoid": r.id, "classoid": 1259, "objsubid": n, "description": text} for n, text in said if text]
    return rows


def _states(kind: str) -> Source:
    """Sources run when a view reads them."""

    def rows(catalog: Catalog) -> list[Record]:
        engine = catalog.session.server.engine
        failed = {s.id: s.error for s in list(engine.sources.values())} | {k: o.error for k, o in list(engine.outputs.items())}
        return [
            _mz(catalog, r) | {"error": failed.get(r.id), "status": "running" if r.id in failed and not failed[r.id] else
                               "stalled" if failed.get(r.id) else "created"}
            for r in _users(catalog, kind)
        ]  # fmt: skip

    return rows


def _system(catalog: Catalog) -> list[Record]:
    found = catalog.snapshot.relations.values()
    return [
        {"id": r.id, "name": r.name, "schema_id": catalog.schema_id(r.schema), "owner": catalog.role_id(r.owner)}
        for r in found if r.kind == "system"
    ]  # fmt: skip


def _types(catalog: Catalog) -> list[Record]:
    return [
        {"id": t.id, "oid": t.id, "name": t.name, "schema_id": catalog.schema_id(t.schema), "owner": catalog.role_id(t.owner), "category": t.kind}
        for t in catalog.snapshot.types.values()
    ]  # fmt: skip


def _fragments(catalog: Catalog) -> list[Record]:
    known = catalog.snapshot.relations
    return [
        {"fragment_id": j.id, "job_id": j.id, "schema_id": catalog.schema_id(known[j.id].schema), "ddl_type": KIND_WORDS[known[j.id].kind],
         "ddl_name": j.name} for j in _jobs(catalog)
    ]  # fmt: skip


def _as_materialize(source: Source) -> Source:
    """Ids as text, with a letter."""
    return lambda catalog: [
        r | {"id": f"u{r['id']}", "owner_id": f"u{r.get('owner', '')}", "database_id": "u5", "schema_id": f"u{r.get('schema_id', '')}"}
        for r in source(catalog)
    ]


def _mz_functions(catalog: Catalog) -> list[Record]:
    return [
        r | {"argument_type_ids": tuple(f"u{n}" for n in r["arg_type_ids"]),
             "return_type_id": f"u{r['return_type_id']}" if r["return_type_id"] is not None else None, "oid": int(r["id"].removeprefix("u"))}
        for r in _as_materialize(_functions)(catalog)
    ]  # fmt: skip


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
    "rw_system_tables": _system, "rw_relation_info": _texts, "rw_fragments": _parts, "rw_fragment_parallelism": _parts,
    "rw_types": _types, "rw_description": _described_comments, "rw_settings": _settings, "rw_worker_nodes": _worker,
    "rw_meta_parameter": lambda catalog: [{"name": k, "value": v, "description": "", "is_mutable": True} for k, v in PARAMETERS.items()],
    "rw_table_fragments": _with_text(_parts, parallelism=lambda r: f"FIXED({r['parallelism']})"),
    "rw_streaming_parallelism": _with_text(_parts, parallelism=lambda r: f"FIXED({r['parallelism']})"),
    "rw_actors": lambda catalog: [
        {"actor_id": n + 1, "worker_id": 1, "fragment_id": j.id, "state": "RUNNING"}
        for n, j in enumerate(j for j in _jobs(catalog) for _ in range(j.partitions))
    ],
    "rw_fragment_id_to_ddl": _fragments,
    "mz_show_columns": lambda catalog: [record for _, _, record in _columns(catalog)],
    "rw_recovery_info": lambda catalog: [{"database_id": 5, "recovery_state": "RUNNING"}],
    "mz_clusters": lambda catalog: [{"id": "u1", "name": "quickstart", "owner_id": "u10", "managed": False}],
    "mz_types": _as_materialize(_types), "mz_functions": _mz_functions, "mz_index_columns": _index_columns,
    "mz_object_dependencies": lambda catalog: [
        {"object_id": f"u{r['objid']}", "referenced_object_id": f"u{r['refobjid']}"} for r in _dependencies(catalog)
    ],
    "mz_comments": _comments, "mz_source_statuses": _states("source"), "mz_sink_statuses": _states("sink"),
    "mz_hydration_statuses": lambda catalog: [
        {"object_id": f"u{j.id}", "replica_id": "u1", "hydrated": j.state != "backfilling"} for j in _jobs(catalog)
    ],
    "mz_sessions": lambda catalog: [
        {"id": str(s.process_id), "connection_id": s.process_id} for s in list(catalog.session.server.sessions.values())
    ],
    "mz_schemas": _as_materialize(_schemas), "mz_databases": _as_materialize(_databases), "mz_roles": _as_materialize(_roles),
}  # fmt: skip

"""Temporary tables, views and sequences: objects of a schema that belongs to one session and goes with it.

The schema is `pg_temp_N`, N being the session's process id; `pg_temp` means it. It is searched first. What a crash left
behind is removed at start-up.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ...kernels.batch import Batch
from ...planner.catalog.entries import Relation, SchemaEntry, Snapshot

if TYPE_CHECKING:
    from ..server import Server
    from .session import Session

ALIAS = "pg_temp"
_PREFIX = "pg_temp_"


def schema_of(session: Session) -> str:
    return f"{_PREFIX}{session.process_id}"


def is_temporary(schema: str) -> bool:
    return schema.startswith(_PREFIX)


def ensure_schema(session: Session) -> str:
    """The session's schema for temporary objects, made at the first use."""
    name, server = schema_of(session), session.server
    if name not in server.catalog.snapshot.schemas:
        entry = SchemaEntry(server.catalog.new_id(), name, session.user)
        server.engine.submit(lambda: server.catalog.change(("put_schema", entry))).result()
    return name


def own_relations(session: Session) -> list[Relation]:
    """The session's temporary relations."""
    name, snapshot = schema_of(session), session.server.catalog.snapshot
    return [r for r in snapshot.relations.values() if r.schema == name] if name in snapshot.schemas else []


def drop_all(server: Server, schema: str) -> None:
    """Everything in a temporary schema, and the schema (an engine command)."""
    from ..streaming import objects

    snapshot: Snapshot = server.catalog.snapshot
    if schema not in snapshot.schemas:
        return
    for entry in [r for r in snapshot.relations.values() if r.schema == schema]:
        if entry.id in server.catalog.snapshot.relations:
            objects.drop_relations(server, objects.drop_closure(server, entry.id, True))
    types = [t.id for t in snapshot.types.values() if t.schema == schema]
    server.catalog.change(*(("drop_type", t) for t in types), ("drop_schema", schema))


async def close(session: Session) -> None:
    """The session ends."""
    server, name = session.server, schema_of(session)
    if name in server.catalog.snapshot.schemas:
        await asyncio.wrap_future(server.engine.submit(lambda: drop_all(server, name)))


async def transaction_ended(session: Session) -> None:
    """ON COMMIT DROP and ON COMMIT DELETE ROWS."""
    from ..streaming import objects

    server = session.server
    marked = [r for r in own_relations(session) if r.on_commit != "preserve rows"]
    if not marked:
        return

    def command() -> None:
        for entry in marked:
            if entry.id not in server.catalog.snapshot.relations:
                continue
            if entry.on_commit == "drop":
                objects.drop_relations(server, objects.drop_closure(server, entry.id, True))
                continue
            parts = server.engine.relations[entry.id].snapshot().batches()
            if parts:
                server.engine.write(entry.id, Batch.concat(parts).consolidate().negate())

    await asyncio.wrap_future(server.engine.submit(command))


def remove_leftovers(server: Server) -> None:
    """Objects of sessions that a crash ended."""
    for schema in [s for s in server.catalog.snapshot.schemas if is_temporary(s)]:
        drop_all(server, schema)

"""DROP of every kind of object."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ...kernels.errors import Unsupported, UserError
from ...planner.catalog.changes import KIND_WORDS
from ...planner.catalog.databases import here
from ...planner.catalog.entries import Relation
from ...planner.sql import statements as ast
from ..reading.executions import Done
from ..sessions.authorization import require_owner, require_owner_of
from ..sessions.notifications import Announcement
from ..sessions.session_functions import call
from ..streaming import objects
from . import databases, types, unique_index
from .functions import drop_function

if TYPE_CHECKING:
    from ..sessions.session import Session

_RELATIONS = {word: kind for kind, word in KIND_WORDS.items() if kind != "system"}


async def drop(session: Session, statement: ast.Drop, parameters: Any, prepared: Any) -> Done:
    verb = f"DROP {statement.kind.upper()}"
    session.require_writable(verb)
    async with session.together():
        for name in statement.names:
            await _drop_one(session, statement, name)
    return Done(verb)


async def _drop_one(session: Session, statement: ast.Drop, name: ast.Name) -> None:
    if statement.kind in _RELATIONS:
        await _drop_relation(session, statement, name)
    elif statement.kind == "schema":
        await drop_schema(session, statement, here(session.server.catalog.snapshot, (*name, ""))[0])
    elif statement.kind == "database":
        await databases.drop(session, statement, name[-1])
    elif statement.kind in ("function", "procedure"):
        await drop_function(session, statement, name)
    elif statement.kind in ("type", "domain"):
        await types.drop(session, statement, name)
    else:
        if not statement.if_exists:
            raise UserError(f'{statement.kind} "{name[-1]}" does not exist', "42704")
        session.notice("NOTICE", "00000", f'{statement.kind} "{name[-1]}" does not exist, skipping')


async def _drop_relation(session: Session, statement: ast.Drop, name: ast.Name) -> None:
    server = session.server
    entry = server.find(session, name)
    if entry is None or entry.kind == "system":
        if statement.if_exists:
            session.notice("NOTICE", "00000", f'{statement.kind} "{name[-1]}" does not exist, skipping')
            return
        code = "42704" if statement.kind == "index" else "42P01"
        raise UserError(f'{statement.kind} "{name[-1]}" does not exist', code)
    if entry.kind != _RELATIONS[statement.kind]:
        raise UserError(f'"{entry.name}" is not a {statement.kind}', "42809",
                        hint=f"Use DROP {KIND_WORDS[entry.kind].upper()} to remove a {KIND_WORDS[entry.kind]}.")

    require_owner(session, entry)
    if entry.kind == "index" and ("unique", "true") in entry.options:
        table = server.catalog.snapshot.relations.get(entry.on or 0)
        if table is not None and table.kind == "table":
            await unique_index.drop(session, entry, statement.cascade)
            return

    def command() -> list[Relation]:
        closure = objects.drop_closure(server, entry.id, statement.cascade)
        if not statement.cascade:
            objects.check_defaults(server, closure, entry)
        objects.drop_relations(server, closure)
        return closure

    gone = await session.change(command)
    for relation in gone:
        server.locks.alter(session.transaction, relation.id)
    others = sum(r.kind != "index" for r in gone if r.id != entry.id)
    if others:
        session.notice("NOTICE", "00000", f"drop cascades to {others} other object{'s' if others > 1 else ''}")


async def drop_schema(session: Session, statement: ast.Drop, name: str) -> None:
    server = session.server
    snapshot = server.catalog.snapshot
    if name not in snapshot.schemas:
        if statement.if_exists:
            session.notice("NOTICE", "00000", f'schema "{name}" does not exist, skipping')
            return
        raise UserError(f'schema "{name}" does not exist', "3F000")
    if name in ("pg_catalog", "information_schema", "sabot"):
        raise UserError(f'cannot drop schema {name} because it is required by the database system', "2BP01")
    require_owner_of(session, "schema", name, snapshot.schemas[name].owner)
    inside = [r for r in snapshot.relations.values() if r.schema == name]
    functions = [f for (s, _), overloads in snapshot.functions.items() if s == name for f in overloads]
    made_types = [t for t in snapshot.types.values() if t.schema == name]
    if (inside or functions or made_types) and not statement.cascade:
        raise UserError(f"cannot drop schema {name} because other objects depend on it", "2BP01",
                        hint="Use DROP ... CASCADE to drop the dependent objects too.")

    def command() -> None:
        for entry in inside:
            if entry.id in server.catalog.snapshot.relations:
                objects.drop_relations(server, objects.drop_closure(server, entry.id, True))
        server.catalog.change(*(("drop_function", f.id) for f in functions))

    async with session.together():
        await session.change(command)
        left = [t.id for t in made_types]
        while left:  # those that others are made of come last
            stuck = []
            for id in left:
                t = server.catalog.snapshot.types.get(id)
                try:
                    if t is not None:
                        await types.drop(session, replace(statement, kind="type"), (t.schema, t.name))
                except Unsupported:
                    stuck.append(id)
            if len(stuck) == len(left):
                raise UserError(f"cannot drop schema {name} because other objects depend on its types", "2BP01",
                                hint="Drop what uses the types first.")
            left = stuck
        await session.change(lambda: server.catalog.change(("drop_schema", name)))


async def cancel_jobs(session: Session, statement: ast.CancelJobs, parameters: Any, prepared: Any) -> Done:
    """Stop backfills: the view under construction is dropped."""
    server = session.server
    for job_id in statement.jobs:
        job = server.engine.jobs.get(job_id)
        if job is None or job.state != "backfilling":
            raise UserError(f"job {job_id} is not being created", "42704", hint="SHOW JOBS lists them.")
        require_owner(session, server.catalog.snapshot.relations[job_id])
        await server.in_worker(partial(objects.abandon, server, job_id))
    return Done("CANCEL JOBS")


async def kill(session: Session, statement: ast.Kill, parameters: Any, prepared: Any) -> Done:
    """KILL id, an id of SHOW PROCESSLIST: what that session runs is cancelled."""
    process = statement.process.rpartition(":")[2]
    if not process.isdigit() or int(process) not in session.server.sessions:
        raise UserError(f'there is no session "{statement.process}"', "42704", hint="SHOW PROCESSLIST lists them.")
    call(session, "pg_cancel_backend", (int(process),))
    return Done("KILL")


async def refresh(session: Session, statement: ast.Refresh, parameters: Any, prepared: Any) -> Done:
    """REFRESH MATERIALIZED VIEW has nothing to do: a view is always up to date."""
    require_owner(session, session.server.resolve(session, statement.name, ("materialized_view",)))
    return Done("REFRESH MATERIALIZED VIEW")


async def notify(session: Session, statement: ast.Notify, parameters: Any, prepared: Any) -> Done:
    """LISTEN, UNLISTEN and NOTIFY."""
    session.announce(Announcement(statement.verb, statement.channel, statement.payload or ""))
    return Done(statement.verb.upper())

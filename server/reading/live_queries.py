"""Subscriptions to queries: a materialized view without a name, which lives as long as its reader."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import ContextValue
from ...planner.catalog.entries import Column, Relation
from ...planner.physical.substitute import substitute
from ...planner.pipeline import PlannedQuery
from ..streaming import objects
from ..streaming.backfill import Backfill
from ..streaming.jobs import SUBSCRIPTION, Job
from ..streaming.relations import StoredRelation

if TYPE_CHECKING:
    from ..server import Server
    from ..sessions.session import Session


async def open_live(session: Session, planned: PlannedQuery) -> Relation:
    """Fill the query's rows and keep them up to date; `close_live` ends it."""
    server = session.server
    if planned.parameter_types:
        raise UserError("subscriptions may not have parameters", "42P02")
    server.check_ready(planned.depends_on)

    def value(context: ContextValue) -> Any:
        if context.name in ("now", "clock"):
            raise Unsupported("now() is not supported in a subscription here",
                              hint="now() may be compared with a column in WHERE.")
        return session.context_value(context)

    plan = substitute(planned.physical, {}, value)
    entry = Relation(
        id=server.catalog.new_id(), schema="", name=f"subscription of {session.process_id}", kind="materialized_view",
        columns=tuple(Column(f.name, f.type) for f in planned.schema), append_only=planned.append_only,
        owner=session.user,
    )

    def command() -> Backfill:
        engine = server.engine
        engine.relations[entry.id] = StoredRelation(entry)
        job = Job(entry.id, entry.name, SUBSCRIPTION, plan, session.settings.get("timezone"), session.settings.styles)
        engine.add_job(job)
        backfill = Backfill(engine, job, lambda: close_live(server, entry))
        backfill.start()
        for source in objects.needed_sources(server, job.reads):
            objects.start_source(server, source, None)
        return backfill

    backfill = await asyncio.wrap_future(server.engine.submit(command))
    try:
        await server.wait_backfill(session, backfill, entry)
    except BaseException:
        close_live(server, entry)
        raise
    return entry


def close_live(server: Server, entry: Relation) -> None:
    """Take the rows and their job away; any thread, without waiting."""

    def command() -> None:
        if entry.id in server.engine.relations:
            objects.close_relation(server, entry)
            objects.stop_unread_sources(server)

    server.engine.submit(command)

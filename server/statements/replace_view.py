"""ALTER MATERIALIZED VIEW … AS, CREATE OR REPLACE MATERIALIZED VIEW: the view is filled anew beside the old one, then takes its place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from ...kernels.errors import UserError
from ...planner.catalog.entries import Relation
from ..reading.planning import plan_definition
from ..sessions.captured import captured
from ..streaming import objects
from ..streaming.backfill import Backfill
from ..transactions.drafts import when_committed
from .create_view import fill_or_wait, view_columns

if TYPE_CHECKING:
    from ..server import Server
    from ..sessions.session import Session


async def replace_view(
    session: Session, entry: Relation, query: exp.Expression, text: str, columns: tuple[str, ...] = (), emit: bool = False
) -> None:
    """Reads see the old rows until the new ones are all there. Nothing may depend on the view."""
    server = session.server
    dependents = server.catalog.snapshot.dependents(entry.id)
    if dependents:
        raise UserError(f"cannot replace materialized view {entry.name} because other objects depend on it", "2BP01",
                        detail=f"{dependents[0].name} depends on it.", hint="Drop them first.")
    planned = plan_definition(session, query, streaming=True, emit_on_window_close=emit, checked=True)
    if entry.id in planned.depends_on:
        raise UserError(f'materialized view "{entry.name}" can\'t read itself', "42P17")
    made = replace(
        entry,
        id=server.catalog.new_id(),
        columns=view_columns(planned, columns, session.server.catalog.snapshot),
        append_only=planned.append_only,
        definition=f"CREATE MATERIALIZED VIEW {server.quoted(entry)} AS {text}{' EMIT ON WINDOW CLOSE' if emit else ''}",
        query=text,
        options=(*(o for o in entry.options if o[0] != "emit_on_window_close"), *((("emit_on_window_close", "true"),) if emit else ())),
        depends_on=planned.depends_on,
        bound=server.catalog.snapshot.bound(planned.depends_on),
        settings=captured(session, "materialized_view", entry.options),
    )
    server.check_ready(planned.depends_on)
    plan = server.materializable(session, planned)

    def begin() -> Backfill | None:
        server.catalog.change(("drop_relation", entry.id), ("put_relation", made))
        when_committed(lambda: _gone(server, entry))
        return fill_or_wait(session, made, plan)

    async with session.together():
        backfill = await session.change(begin)
        if backfill is not None:
            await server.wait_backfill(session, backfill, made)


def _gone(server: Server, entry: Relation) -> None:
    objects.close_relation(server, entry)
    objects.stop_unread_sources(server)

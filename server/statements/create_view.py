"""CREATE VIEW and CREATE MATERIALIZED VIEW."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...kernels.errors import SabotError, UserError
from ...kernels.schema import Field
from ...kernels.types import TEXT
from ...planner.bind.updatable import refusal
from ...planner.catalog.entries import Column, Relation, Snapshot
from ...planner.physical.node import Plan, Scan
from ...planner.sql import statements as ast
from ..reading.executions import Done
from ..reading.planning import PlannedQuery, plan_definition
from ..reading.reads import nodes
from ..sessions.authorization import require_owner
from ..sessions.captured import captured
from ..sessions.temporary import ensure_schema, is_temporary
from ..streaming import objects
from ..streaming.backfill import Backfill
from ..transactions.drafts import current
from . import job_options

if TYPE_CHECKING:
    from ..sessions.session import Session


async def declare_view(session: Session, statement: ast.DeclareView, parameters: Any, prepared: Any) -> Done:
    """DECLARE RECURSIVE VIEW: the view is made by its CREATE VIEW."""
    server = session.server
    schema, name = server.new_name(session, statement.name)
    server.exists(session, schema, name, False, "relation")
    if name in session.recursion.declared:
        raise UserError(f'view "{name}" is declared already', "42P07")
    session.recursion.declared[name] = statement.columns
    return Done("DECLARE RECURSIVE VIEW")


async def create_view(session: Session, statement: ast.CreateView, parameters: Any, prepared: Any) -> Done:
    kind = "MATERIALIZED VIEW" if statement.materialized else "VIEW"
    session.require_writable(f"CREATE {kind}")
    tag = Done(f"CREATE {kind}")
    server = session.server
    if (views := session.recursion.taken(statement)) is not None:
        for view in views:
            await create_view(session, view, parameters, prepared)
        return tag
    schema, name = server.new_name(session, statement.name, temporary=statement.temporary)
    replaced = None
    if statement.or_replace:
        replaced = server.catalog.snapshot.find(name, (), schema)
        if replaced is not None and replaced.kind != ("materialized_view" if statement.materialized else "view"):
            raise UserError(f'"{name}" is not a {kind.lower()}', "42809")
        if replaced is not None:
            require_owner(session, replaced)
        if replaced is not None and statement.materialized:
            from .replace_view import replace_view

            await replace_view(session, replaced, statement.query, statement.query_text, statement.columns, statement.emit_on_window_close)
            return tag
    elif server.exists(session, schema, name, statement.if_not_exists, "relation"):
        return tag
    planned = plan_definition(
        session, statement.query, streaming=statement.materialized,
        emit_on_window_close=statement.emit_on_window_close, checked=statement.materialized,
    )
    job_options.check("a view", statement.options, job_options.VIEW)
    job_options.check_backfill_order(session, statement.options, planned.depends_on)
    if any(name == "refresh.interval.sec" for name, _ in statement.options):
        session.notice("NOTICE", "00000", "the view is always up to date: refresh.interval.sec has no effect")
    _check_option(statement)
    if replaced is not None:
        _same_columns(replaced, view_columns(planned, statement.columns, server.catalog.snapshot))
    if any(is_temporary(server.catalog.snapshot.relations[r].schema) for r in planned.depends_on):
        if statement.materialized:
            raise UserError("materialized views must not use temporary tables or views", "0A000")
        if not is_temporary(schema):
            session.notice("NOTICE", "00000", f'view "{name}" will be a temporary view')
            schema = ensure_schema(session)
    path = session.settings.get("search_path")
    if is_temporary(schema):
        path = f"{schema}, {path}"
    entry = Relation(
        id=replaced.id if replaced is not None else server.catalog.new_id(),
        schema=schema,
        name=name,
        kind="materialized_view" if statement.materialized else "view",
        columns=view_columns(planned, statement.columns, server.catalog.snapshot),
        append_only=planned.append_only,
        definition=statement.text,
        query=statement.query_text,
        options=tuple((k, str(v)) for k, v in statement.options)
        + ((("emit_on_window_close", "true"),) if statement.emit_on_window_close else ()),
        depends_on=planned.depends_on,
        bound=server.catalog.snapshot.bound(planned.depends_on),
        owner=replaced.owner if replaced is not None else session.user,
        settings=captured(session, "materialized_view" if statement.materialized else "view", statement.options, path),
    )
    if not statement.materialized:
        await asyncio.wrap_future(
            server.engine.submit(lambda: server.catalog.change(("put_relation", entry)))
        )
    else:
        server.check_ready(planned.depends_on)
        plan = server.materializable(session, planned)

        def begin() -> Backfill | None:
            server.catalog.change(("put_relation", entry))
            return fill_or_wait(session, entry, plan)

        backfill = await asyncio.wrap_future(server.engine.submit(begin))
        if backfill is not None:
            if not session.settings.flag("background_ddl"):
                await server.wait_backfill(session, backfill, entry)
            if current() is None:
                await server.keep_history(plan, backfill)
    return tag


def fill_or_wait(session: Session, entry: Relation, plan: Plan) -> Backfill | None:
    """Begin to fill a view (in an engine command). Over tables that the open transaction has altered: after its commit."""
    server, draft = session.server, current()
    if draft is None:
        return objects.fill_view(server, entry, plan)
    reads = {n.relation for n in nodes(plan) if isinstance(n, Scan)}
    waiting = {id for id in reads if server.catalog.snapshot.relations[id].kind == "materialized_view"} - server.engine.relations.keys()
    if not (reads & draft.stores.keys()) and not waiting:
        backfill = objects.fill_view(server, entry, plan)
        draft.before.append(lambda: _check_filling(backfill))
        draft.after.append(lambda: server.keep_history(plan, backfill))
        return backfill

    async def fill() -> None:
        await await_fill(session, entry, lambda: objects.fill_view(server, entry, plan))

    draft.after.append(fill)
    return None


def _check_filling(backfill: Backfill) -> None:
    if backfill.done.done():
        backfill.done.result()


async def await_fill(session: Session, entry: Relation, begin: Callable[[], Backfill]) -> None:
    """Fill what a committed transaction has made. That has happened: what fails now is told and taken back."""
    server = session.server
    try:
        backfill = await asyncio.wrap_future(server.engine.submit(begin))
        await server.wait_backfill(session, backfill, entry)
        await server.in_worker(server.checkpoint_now)
    except SabotError as e:
        session.notice("WARNING", e.sqlstate, f'"{entry.name}" could not be filled and is gone: {e.message}')


def _check_option(statement: ast.CreateView) -> None:
    option = dict(statement.options).get("check_option")
    if option is None:
        return
    if option not in ("local", "cascaded"):
        raise UserError('invalid value for enum option "check_option": ' + str(option), "22023",
                        detail='Valid values are "local" and "cascaded".')
    if (reason := refusal(statement.query)) is not None:
        raise UserError("WITH CHECK OPTION is supported only on automatically updatable views", "0A000", hint=reason)


def _same_columns(old: Relation, new: tuple[Column, ...]) -> None:
    """42P16 unless the columns that were there stay, with name and type."""
    if len(new) < len(old.columns):
        raise UserError("cannot drop columns from view", "42P16")
    for was, now in zip(old.columns, new):
        if was.name != now.name:
            raise UserError(f'cannot change name of view column "{was.name}" to "{now.name}"', "42P16",
                            hint="Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.")
        if was.type != now.type:
            raise UserError(f'cannot change data type of view column "{was.name}" from {was.type} to {now.type}', "42P16")


def _domain(field: Field, snapshot: Snapshot) -> int | None:
    """The domain of the column that a result column is, if it is one."""
    relation, number = field.origin
    if relation not in snapshot.relations:
        return None
    return [c for c in snapshot.relations[relation].columns if not c.hidden][number - 1].domain


def view_columns(planned: PlannedQuery, names: tuple[str, ...], snapshot: Snapshot) -> tuple[Column, ...]:
    """Columns of a view: names from the list, then from the query; duplicates are errors."""
    if len(names) > len(planned.schema):
        raise UserError("CREATE VIEW specifies more column names than columns", "42601")
    chosen = [*names, *(f.name for f in planned.schema.fields[len(names) :])]
    for position, name in enumerate(chosen):
        if name in chosen[:position]:
            raise UserError(f'column "{name}" specified more than once', "42701",
                            hint="Give the columns distinct names with AS.")
    return tuple(
        Column(name, f.type if f.type.name != "unknown" else TEXT, domain=_domain(f, snapshot))
        for name, f in zip(chosen, planned.schema)
    )

"""CREATE SINK … FROM relation | AS query, to a connector or INTO a table."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...executor.connectors.registry import sink_connector
from ...kernels.errors import Unsupported, UserError
from ...kernels.types import TEXT
from ...planner.catalog.entries import Column, Format, Relation, Snapshot
from ...planner.sql import statements as ast
from ..reading.executions import Done
from ..reading.planning import PlannedQuery, plan_definition, select_all
from ..sessions.authorization import require_connector, require_relation
from ..sessions.captured import captured
from ..sessions.temporary import is_temporary
from ..streaming import objects
from ..streaming.backfill import Backfill
from ..streaming.credentials import resolved
from ..transactions.drafts import current
from . import job_options
from .create_view import await_fill, view_columns

if TYPE_CHECKING:
    from ..sessions.session import Session


async def create_sink(session: Session, statement: ast.CreateSink, parameters: Any, prepared: Any) -> Done:
    session.require_writable("CREATE SINK")
    server = session.server
    if statement.name is None:
        raise UserError("a sink needs a name", "42601")
    schema, name = server.new_name(session, statement.name)
    if server.exists(session, schema, name, statement.if_not_exists, "relation"):
        return Done("CREATE SINK")
    query, text = statement.query, statement.query_text
    if query is None:
        assert statement.source is not None
        server.resolve(session, statement.source, ())
        query, text = select_all(statement.source)
    planned = plan_definition(session, query, streaming=True, emit_on_window_close=statement.emit_on_window_close)
    target = server.resolve(session, statement.into, ("table",)) if statement.into is not None else None
    form = statement.format
    job_options.check_backfill_order(session, statement.options, planned.depends_on)
    given, named = resolved(session, statement.options)
    options = {k: ("true" if v is True else "false" if v is False else str(v)) for k, v in given}
    for name, value in form.options if form is not None else ():
        if name != "force_append_only":
            raise UserError(f'ENCODE {form.encode.upper()} of a sink has no option "{name}"', "22023",  # type: ignore[union-attr]
                            hint="Known options: force_append_only.")
        options[name] = str(value).lower()
    if form is not None and form.key_encode is not None:
        options["key.encode"] = form.key_encode
    if statement.emit_on_window_close:
        options["emit_on_window_close"] = "true"
    if target is not None and (target.foreign_keys or target.id in server.references()):
        raise Unsupported("a sink into a table with foreign keys is not supported", hint="Drop the constraint.")
    if any(is_temporary(server.catalog.snapshot.relations[r].schema) for r in planned.depends_on):
        raise UserError("sinks must not use temporary tables or views", "0A000")
    entry = Relation(
        id=server.catalog.new_id(),
        schema=schema,
        name=name,
        kind="sink",
        columns=_columns(planned, target is not None, session.server.catalog.snapshot),
        append_only=planned.append_only,
        definition=statement.text,
        query=text,
        options=tuple(options.items()),
        format=Format(form.format, form.encode, tuple((k, str(v)) for k, v in form.options)) if form else None,
        depends_on=(*planned.depends_on, *named),
        bound=server.catalog.snapshot.bound(planned.depends_on),
        into=target.id if target is not None else None,
        keys=statement.into_columns,
        owner=session.user,
        settings=captured(session, "sink", statement.options),
    )
    _check_type(entry, options, planned.append_only)
    if target is not None:
        job_options.check("a sink into a table", statement.options, job_options.INTO)
        _check_target(session, entry, target)
        for letter in "awd" if target.primary_key else "a":
            require_relation(session, target, letter)
    else:
        entry = _with_key(entry, options)
        connector = options.get("connector")
        if connector is None:
            raise UserError("a sink needs a connector or INTO a table", "42601",
                            hint="WITH (connector = 'kafka' | 'file' | 'blackhole', …)")
        append = planned.append_only or options.get("force_append_only") == "true"
        require_connector(session, connector, writes=True)
        known, spec = sink_connector(connector), objects.sink_spec(server, entry)
        await server.in_worker(lambda: known.validate(spec, append))  # asking a broker takes its time
    server.check_ready(planned.depends_on)
    plan = server.materializable(session, planned)
    snapshot = options.get("snapshot", "true") != "false"
    draft = current()
    if draft is not None:  # what is written to others can't be taken back: it begins after COMMIT

        async def fill() -> None:
            await await_fill(session, entry, lambda: objects.fill_sink(server, entry, plan, snapshot=snapshot))

        await asyncio.wrap_future(server.engine.submit(lambda: server.catalog.change(("put_relation", entry))))
        draft.after.append(fill)
        return Done("CREATE SINK")

    def begin() -> Backfill:
        server.catalog.change(("put_relation", entry))
        return objects.fill_sink(server, entry, plan, snapshot=snapshot)

    backfill = await asyncio.wrap_future(server.engine.submit(begin))
    if not session.settings.flag("background_ddl"):
        await server.wait_backfill(session, backfill, entry)
        # From here on the sink owes every change, also when the server dies before the next checkpoint.
        await server.in_worker(server.checkpoint_now)
    else:
        await server.keep_history(plan, backfill)
    return Done("CREATE SINK")


def _columns(planned: PlannedQuery, by_position: bool, snapshot: Snapshot) -> tuple[Column, ...]:
    """Rows go INTO a table by position: their names don't matter."""
    if not by_position:
        return view_columns(planned, (), snapshot)
    return tuple(Column(f.name, f.type if f.type.name != "unknown" else TEXT) for f in planned.schema)


def _check_type(entry: Relation, options: dict[str, str], append_only: bool) -> None:
    """type = append-only promises that rows are never changed; force_append_only drops the changes."""
    kind, forced = options.get("type"), options.get("force_append_only") == "true"
    if kind is not None and kind not in ("append-only", "upsert", "debezium", "retract", "changelog"):
        raise UserError(f'a sink can\'t be of type "{kind}"', "22023", hint="It is append-only, upsert, debezium or changelog.")
    if forced and kind not in (None, "append-only"):
        raise UserError(f"force_append_only does not go with type = '{kind}'", "42601")
    if kind == "append-only" and not append_only and not forced:
        raise UserError("the query's rows may be updated or deleted, which an append-only sink can't express", "0A000",
                        hint="Use type = 'upsert', or force_append_only = 'true' to leave changes out.")


def _with_key(entry: Relation, options: dict[str, str]) -> Relation:
    names = [n.strip() for n in options.get("primary_key", "").split(",") if n.strip()]
    schema = entry.row_schema
    try:
        return replace(entry, primary_key=tuple(schema.index(n) for n in names))
    except KeyError as e:
        raise UserError(f"primary_key names a column that the sink does not have: {e}", "42703") from None


def _check_target(session: Session, entry: Relation, target: Relation) -> None:
    """The sink must not feed a table that it reads, however deep; its columns must fit."""
    snapshot = session.server.catalog.snapshot
    seen: set[int] = set()
    todo = list(entry.depends_on)
    while todo:
        relation = todo.pop()
        if relation == target.id:
            raise UserError(f'sink "{entry.name}" would write into a table that it reads', "42P16",
                            detail=f'It depends on "{target.name}".')
        if relation in seen:
            continue
        seen.add(relation)
        todo += snapshot.relations[relation].depends_on
        todo += [s.id for s in snapshot.relations.values() if s.into == relation]
    if not target.primary_key and not entry.append_only and dict(entry.options).get("type") == "upsert":
        raise UserError(f'an upsert sink needs a primary key on table "{target.name}"', "42P16")
    session.server.sink_row(entry, target)
    options = dict(entry.options)
    only_new = entry.append_only or "true" in (options.get("force_append_only"), options.get("ignore_delete"))
    if target.append_only and not only_new:
        raise UserError(f'the rows of the sink may be deleted, but table "{target.name}" is append-only', "0A000",
                        hint="Set force_append_only or ignore_delete = 'true' to leave deletions out.")
    if target.unique:
        raise Unsupported(f'sinks into tables with UNIQUE such as "{target.name}" are not supported',
                          hint="Use a primary key.")
    free = [c.name for c in target.columns if c.generated is None and not c.hidden]
    given = entry.keys or tuple(free[: len(entry.columns)])
    for column in target.columns:
        if column.not_null and column.default is None and column.generated is None and column.name not in given:
            raise UserError(f'null value in column "{column.name}" of relation "{target.name}" violates not-null constraint',
                            "23502", hint="Give the column a value in the sink's query, or a DEFAULT.")

"""Creating and removing objects: catalog record first, then stores, jobs, sources and sinks.

Every function here runs as a command of the engine (under its lock), except where it says otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ...executor.connectors.base import Offsets, SinkSpec, SourceConnector, SourceSpec
from ...executor.connectors.registry import sink_connector, source_connector
from ...kernels.errors import UserError
from ...planner.catalog.changes import KIND_WORDS
from ...planner.catalog.entries import Relation
from ...planner.catalog.sequence import definition_of
from ...planner.physical.node import Plan
from ..reading.lookups import forget_unasked
from ..reading.planning import table_watermarks
from ..sessions.captured import forms_of, partitions_of
from ..transactions.drafts import Operation, current, when_committed
from ..writing.sequences import users_of
from .backfill import Backfill
from .credentials import revealed
from .generated_source import GeneratedColumns
from .jobs import Job
from .relations import StoredRelation
from .sinks import SinkOutput
from .sources import SourceRuntime
from .table_inputs import into_table, table_feed

if TYPE_CHECKING:
    from ..server import Server


def source_spec(server: Server, entry: Relation) -> SourceSpec:
    options = revealed(server.catalog.snapshot, entry.options)
    form = entry.format
    columns = tuple(c for c in entry.columns if c.generated is None)
    payload = [i for i, c in enumerate(entry.columns) if c.generated is None]
    return SourceSpec(
        name=entry.name,
        connector=options.get("connector", ""),
        options=options,
        schema=replace(entry, columns=columns).row_schema,
        include=tuple(c.include for c in columns),
        row_format=form.row.lower() if form else "plain",
        encode=form.encode.lower() if form else "native",
        encode_options=dict(form.options) if form else {},
        primary_key=tuple(payload.index(k) for k in entry.primary_key if k in payload),
    )


def reading_connector(server: Server, entry: Relation) -> SourceConnector:
    """What a source's rows come from, generated columns included; a connector table completes rows itself."""
    connector = source_connector(dict(entry.options).get("connector", ""))
    if entry.kind == "table" or all(c.generated is None for c in entry.columns):
        return connector
    return GeneratedColumns(connector, server.generated_columns(entry))


def sink_spec(server: Server, entry: Relation) -> SinkSpec:
    options = revealed(server.catalog.snapshot, entry.options)
    form = entry.format
    return SinkSpec(
        name=entry.name,
        id=entry.id,
        connector=options.get("connector", ""),
        options=options,
        schema=entry.row_schema,
        key=entry.primary_key,
        row_format=form.row.lower() if form else options.get("type", "append-only"),
        encode=form.encode.lower() if form else "json",
        database=server.store.identity,
    )


def create_relations(server: Server, entries: Sequence[Relation]) -> None:
    """Tables, sources and sequences, in one catalog record."""
    server.catalog.change(*(("put_relation", e) for e in entries))
    for entry in entries:
        open_relation(server, entry)
        if entry.kind == "sequence":
            server.sequences.define(entry, definition_of(entry).first)
            server.sequences.write([entry.id])


def create_relation(server: Server, entry: Relation, sequences: Sequence[Relation] = ()) -> None:
    """A table or a source. A source starts to be read with its first reader, a connector table once it is committed."""
    create_relations(server, [*sequences, entry])
    if entry.kind == "table" and dict(entry.options).get("connector"):
        when_committed(lambda: start_source(server, entry, None))


def open_relation(server: Server, entry: Relation) -> None:
    """The store of a table or view, empty."""
    if entry.kind in ("table", "materialized_view", "sequence"):
        server.engine.relations[entry.id] = stored_relation(server, entry)
        take_back_with_draft(server, entry)


def take_back_with_draft(server: Server, entry: Relation) -> None:
    """Something was made for an object: it goes when the transaction that makes the object is rolled back."""
    draft = current()
    if draft is None:
        return

    def undo() -> None:
        close_relation(server, entry)
        stop_unread_sources(server)

    server.engine.drafts.add(entry.id)
    draft.undo.append(undo)


def stored_relation(server: Server, entry: Relation) -> StoredRelation:
    """A store without rows."""
    return StoredRelation(entry, watermarks=table_watermarks(server, entry))


def start_source(server: Server, entry: Relation, offsets: Offsets | None) -> None:
    """Begin to read a source (or connector table) from `offsets` or its declared start."""
    engine = server.engine
    if entry.id in engine.sources:
        return
    spec = source_spec(server, entry)
    runtime = SourceRuntime(entry.id, spec, reading_connector(server, entry), offsets, engine.wake)
    engine.sources[entry.id] = runtime
    if entry.kind == "table":
        engine.table_feeds[entry.id] = table_feed(server, entry)
        runtime.need(frozenset(range(len(spec.schema))))
    else:
        engine.need_columns(entry.id)
    runtime.start()


def needed_sources(server: Server, plan_reads: set[int]) -> list[Relation]:
    snapshot = server.catalog.snapshot
    return [r for i in sorted(plan_reads) if (r := snapshot.relations.get(i)) is not None and r.kind == "source"]


def add_job(server: Server, entry: Relation, plan: Plan, *, snapshot: bool = True) -> Backfill:
    """Make the job of a recorded view or sink and start to fill it."""
    job = new_job(entry, plan)
    server.engine.add_job(job)
    return fill_job(server, Backfill(server.engine, job, lambda: abandon(server, entry.id), snapshot=snapshot))


def new_job(entry: Relation, plan: Plan) -> Job:
    return Job(entry.id, entry.name, entry.kind, plan, *forms_of(entry), partitions_of(entry))


def fill_job(server: Server, backfill: Backfill) -> Backfill:
    backfill.start()
    for source in needed_sources(server, backfill.job.reads):
        start_source(server, source, None)
    return backfill


def fill_view(server: Server, entry: Relation, plan: Plan) -> Backfill:
    """The rows of a view that is in the catalog; wait for the result's `done` outside the lock."""
    open_relation(server, entry)
    return add_job(server, entry, plan)


def fill_sink(server: Server, entry: Relation, plan: Plan, *, snapshot: bool) -> Backfill:
    """The output of a sink that is in the catalog."""
    open_sink(server, entry)
    return add_job(server, entry, plan, snapshot=snapshot)


def open_sink(server: Server, entry: Relation) -> SinkOutput | None:
    """Connect a sink's output: to a table, or to a connector through an outbox."""
    engine = server.engine
    if entry.into is not None:
        engine.into[entry.id] = (entry.into, into_table(server, entry))
        return None
    spec = sink_spec(server, entry)
    output = SinkOutput(spec, sink_connector(spec.connector))
    engine.outputs[entry.id] = output
    return output


def drop_closure(server: Server, relation_id: int, cascade: bool) -> list[Relation]:
    """The relation and all that depends on it, dependents first; 2BP01 without CASCADE if there are any."""
    snapshot = server.catalog.snapshot
    order: list[Relation] = []
    lines: list[str] = []
    keys: list[tuple[Relation, str]] = []

    def visit(entry: Relation) -> None:
        word = f"{KIND_WORDS[entry.kind]} {entry.name}"
        for dependent in snapshot.dependents(entry.id):
            if dependent not in order:
                if dependent.kind not in ("index", "sequence"):
                    lines.append(f"{KIND_WORDS[dependent.kind]} {dependent.name} depends on {word}")
                visit(dependent)
        for sink in snapshot.relations.values():
            if sink.into == entry.id and sink not in order:
                lines.append(f"sink {sink.name} writes into {word}")
                visit(sink)
        for child, key in server.references().get(entry.id, ()):
            if child.id != entry.id:
                keys.append((child, f"constraint {key.name} on table {child.name} depends on {word}"))
        if entry not in order:
            order.append(entry)

    first = snapshot.relations[relation_id]
    visit(first)
    lines += [line for child, line in keys if child not in order]
    if lines and not cascade:
        raise UserError(
            f"cannot drop {KIND_WORDS[first.kind]} {first.name} because other objects depend on it", "2BP01",
            detail="\n".join(lines), hint="Use DROP ... CASCADE to drop the dependent objects too.",
        )
    return order


def check_defaults(server: Server, entries: list[Relation], first: Relation) -> None:
    """2BP01 when a default of a table that stays draws from a sequence among the entries."""
    gone = {e.id for e in entries}
    for sequence in entries:
        for table, at in users_of(server.catalog.snapshot, sequence.id) if sequence.kind == "sequence" else ():
            if table.id in gone:
                continue
            column = table.columns[at]
            if column.identity is not None:
                raise UserError(
                    f"cannot drop sequence {sequence.name} because column {column.name} of table {table.name} requires it",
                    "2BP01", hint=f"You can drop column {column.name} of table {table.name} instead.",
                )
            raise UserError(
                f"cannot drop {KIND_WORDS[first.kind]} {first.name} because other objects depend on it", "2BP01",
                detail=f"default value for column {column.name} of table {table.name} depends on sequence {sequence.name}",
                hint="Use DROP ... CASCADE to drop the dependent objects too.",
            )


def drop_relations(server: Server, entries: list[Relation]) -> None:
    """Remove them all, in one catalog record; defaults and foreign keys that need them go, too."""
    gone = {e.id for e in entries}
    tables: dict[int, Relation] = {}
    for sequence in entries:
        for table, at in users_of(server.catalog.snapshot, sequence.id) if sequence.kind == "sequence" else ():
            if table.id not in gone:
                columns = list(tables.get(table.id, table).columns)
                columns[at] = replace(columns[at], default=None, sequence=None)
                tables[table.id] = replace(table, columns=tuple(columns))
    for target in gone:
        for child, _ in server.references().get(target, ()):
            if child.id not in gone:
                child = tables.get(child.id, child)
                tables[child.id] = replace(child, foreign_keys=tuple(f for f in child.foreign_keys if f.target not in gone))
    operations: list[Operation] = [("drop_relation", e.id) for e in entries]
    operations += [("put_relation", t) for t in tables.values()]
    server.catalog.change(*operations)

    def effect() -> None:
        for table in tables.values():
            server.engine.relations[table.id].entry = table
        for entry in entries:
            close_relation(server, entry)
        for index in entries:
            if index.kind == "index" and (stored := server.engine.relations.get(index.on or 0)) is not None:
                forget_unasked(server.indexed(), stored)
        stop_unread_sources(server)

    when_committed(effect)


def close_relation(server: Server, entry: Relation) -> None:
    engine = server.engine
    if entry.kind == "sequence":
        server.sequences.table.forget(entry.id)
    engine.remove_job(entry.id)
    stored = engine.relations.pop(entry.id, None)
    if stored is not None:
        for subscription in stored.subscriptions:
            subscription.dropped()
    source = engine.sources.pop(entry.id, None)
    engine.table_feeds.pop(entry.id, None)
    if source is not None:
        source.stop()
    engine.checkpointer.drop_state(entry.id)
    engine.dirty = True


def stop_unread_sources(server: Server) -> None:
    """A source without readers is no longer read; a later view begins at its declared start again."""
    engine = server.engine
    read = set().union(*(j.reads for j in engine.jobs.values())) if engine.jobs else set()
    for source in [s for s in engine.sources if s not in read and s not in engine.table_feeds]:
        engine.sources.pop(source).stop()


def abandon(server: Server, relation_id: int) -> None:
    """A creation failed (called from a backfill's thread): take everything back."""

    def command() -> None:
        entry = server.catalog.snapshot.relations.get(relation_id)
        if entry is not None:
            drop_relations(server, drop_closure(server, relation_id, cascade=True))

    server.engine.submit(command).result()

"""ALTER: renames, schema and owner of every kind of object; tables have `alter_table`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...executor.connectors.registry import source_connector
from ...kernels.errors import Unsupported, UserError
from ...planner.catalog.databases import parted
from ...planner.catalog.entries import Column, Relation, SchemaEntry, Watermark
from ...planner.catalog.keys import key_names
from ...planner.sql import statements as ast
from ..reading.executions import Done
from ..reading.planning import check_expressions, table_watermarks
from ..sessions.authorization import require_create, require_new_owner, require_owner, require_owner_of
from ..sessions.settings import FEATURES, PARAMETERS, SETTINGS
from ..streaming import objects
from ..streaming.jobs import BACKFILLING
from ..transactions.drafts import when_committed
from . import databases, job_options, types, unique_index
from .alter_table import ACTIONS, alter_table
from .create_relation import column_of
from .create_view import create_view
from .functions import alter_function, refuse_callers
from .replace_view import replace_view

if TYPE_CHECKING:
    from ..sessions.session import Session

KINDS = {"table", "view", "materialized view", "source", "sink", "index", "sequence", "subscription", "secret", "connection"}


async def alter(session: Session, statement: ast.Alter, parameters: Any, prepared: Any) -> Done:
    verb = f"ALTER {statement.kind.upper()}"
    session.require_writable(verb)
    server = session.server
    if statement.kind in ("function", "procedure"):
        await alter_function(session, statement)
        return Done(verb)
    if statement.kind in ("schema", "database") and statement.action in ("owner to", "rename to"):
        await _alter_other(session, statement)
        return Done(verb)
    if statement.kind in ("type", "domain"):
        if statement.if_exists and types.find(session, statement.name, ("enum", "composite", "domain")) is None:
            session.notice("NOTICE", "00000", f'type "{statement.name[-1]}" does not exist, skipping')
            return Done(verb)
        await types.alter(session, statement)
        return Done(verb)
    if statement.kind == "system":
        return _system(session, statement)
    if statement.kind not in KINDS:
        raise Unsupported(f"{verb} is not supported", hint="docs/UNSUPPORTED.md lists what is not.")
    if statement.kind == "index" and statement.action == "rename to" and await _rename_key(session, statement):
        return Done(verb)
    if statement.if_exists and server.find(session, statement.name) is None:
        session.notice("NOTICE", "00000", f'relation "{statement.name[-1]}" does not exist, skipping')
        return Done(verb)
    kinds: tuple[str, ...] = (statement.kind.replace(" ", "_"),)
    if statement.kind == "table" and statement.action in ("rename to", "set schema", "owner to"):
        kinds = ()  # as in PostgreSQL, where ALTER TABLE renames and moves relations of any kind
    entry = server.resolve(session, statement.name, kinds)
    require_owner(session, entry)
    if statement.action == "set parallelism":
        session.notice("NOTICE", "00000", f'"{entry.name}" keeps the parallelism that it was created with')
        return Done(verb)
    if statement.action == "set" and statement.key in job_options.IGNORED:
        session.notice("NOTICE", "00000", f"{statement.key} has no effect here")
        return Done(verb)
    if statement.action == "storage" and all(a.action == "storage" for a in statement.more):
        for action in (statement, *statement.more):
            job_options.check("a table", action.options, job_options.TABLE)
        return Done(verb)
    if statement.action == "swap with":
        await _swap(session, entry, statement)
        return Done(verb)
    if statement.action in ("alter watermark", "add watermark") and entry.kind in ("table", "source"):
        await _set_watermark(session, entry, statement)
        return Done(verb)
    if statement.action == "add column" and entry.kind == "source":
        await _add_source_column(session, entry, statement)
        return Done(verb)
    if statement.action == "as query" and entry.kind == "materialized_view":
        assert statement.expression is not None and isinstance(statement.value, str)
        emit = ("emit_on_window_close", "true") in entry.options
        await replace_view(session, entry, statement.expression, statement.value, emit=emit)
        return Done(verb)
    if statement.action == "as query" and entry.kind == "view":  # Flink's
        assert statement.expression is not None and isinstance(statement.value, str)
        await create_view(session, ast.CreateView((entry.schema, entry.name), (), statement.expression, statement.value, or_replace=True), None, None)
        return Done(verb)
    if entry.kind == "table" and statement.action in ACTIONS:
        await alter_table(session, entry, (statement, *statement.more))
        return Done(verb)
    changed = _changed(session, entry, statement)
    check_expressions(session, changed)

    def command() -> None:
        server.check_unchanged(entry)
        server.redefine(changed)
        if entry.kind == "index" and changed.name != entry.name:
            table = server.catalog.snapshot.relations[entry.on or 0]
            if any(n == entry.name for n, _ in table.key_names):
                server.redefine(unique_index.renamed(table, entry.name, changed.name))

    await session.change(command)
    return Done(verb)


async def _rename_key(session: Session, statement: ast.Alter) -> bool:
    """ALTER INDEX … RENAME of the index that a key of a table is: the key gets the name. False if there is no such key."""
    server, name = session.server, statement.name[-1]
    if server.find(session, statement.name) is not None:
        return False
    schemas = (statement.name[-2],) if len(statement.name) > 1 else session.search_path
    tables = (r for s in schemas for r in server.catalog.snapshot.relations.values() if r.schema == s and r.kind == "table")
    table = next((r for r in tables if name in key_names(r)), None)
    if table is None:
        return False
    require_owner(session, table)
    await alter_table(session, table, (ast.Alter("table", (), "rename constraint", column=name, new_name=statement.new_name),))
    return True


def _system(session: Session, statement: ast.Alter) -> Done:
    """ALTER SYSTEM SET of what other servers have there; settings belong to roles here."""
    if statement.key in PARAMETERS or (statement.key not in SETTINGS and (statement.key or "").startswith(FEATURES)):
        session.notice("NOTICE", "00000", f"{statement.key} has no effect here")
        return Done("ALTER SYSTEM")
    raise Unsupported(f"ALTER SYSTEM … {statement.key or ''} is not supported", hint="ALTER ROLE … SET a setting, or SET it.")


async def _set_watermark(session: Session, entry: Relation, statement: ast.Alter) -> None:
    """ADD and ALTER WATERMARK: from now on rows are measured by it; views keep what they were made with, so there may be none."""
    server, given = session.server, statement.watermark
    assert given is not None
    if given.with_ttl:
        raise Unsupported("WATERMARK … WITH TTL is not supported", hint="Read the rows through a view that compares their time with now().")
    if given.column not in entry.row_schema.names:
        raise UserError(f'column "{given.column}" of relation "{entry.name}" does not exist', "42703")
    known = [w.column for w in entry.watermarks]
    if (statement.action == "alter watermark") != (given.column in known):
        state = "has no" if given.column not in known else "has a"
        raise UserError(f'column "{given.column}" {state} watermark', "42704" if given.column not in known else "42710")
    if any(r.kind in ("materialized_view", "sink", "view") for r in server.catalog.snapshot.dependents(entry.id)):
        raise UserError(f'cannot change the watermark of "{entry.name}" because views read it', "2BP01", hint="Drop the views first.")
    made = Watermark(given.column, given.expression.meta["sql"])
    changed = replace(entry, watermarks=(*(w for w in entry.watermarks if w.column != given.column), made))
    marks = table_watermarks(server, replace(changed, kind="table"))

    def command() -> None:
        server.check_unchanged(entry)
        server.redefine(changed)

        def effect() -> None:
            stored = server.engine.relations.get(entry.id)
            if stored is not None and marks is not None:
                for batch in stored.snapshot().batches():
                    marks.observe(batch)
                stored.watermarks = marks

        when_committed(effect)

    await session.change(command)


async def _add_source_column(session: Session, entry: Relation, statement: ast.Alter) -> None:
    """What is read from now on has the column; what views have already read of the source had none."""
    server, d = session.server, statement.definition
    assert d is not None
    if d.name in entry.row_schema.names:
        if statement.column_if_exists:
            session.notice("NOTICE", "00000", f'column "{d.name}" of relation "{entry.name}" already exists, skipping')
            return
        raise UserError(f'column "{d.name}" of relation "{entry.name}" already exists', "42701")
    column = column_of(session, d)
    if column != Column(column.name, column.type) or d.primary_key or d.unique or d.checks or d.lateness is not None:
        raise Unsupported("a column that is added to a source has a name and a type only", position=d.position)
    changed = replace(entry, columns=(*entry.columns, column))
    spec = objects.source_spec(server, changed)
    await server.in_worker(lambda: source_connector(spec.connector).validate(spec))

    def command() -> None:
        server.check_unchanged(entry)
        engine = server.engine
        if any(entry.id in j.reads and j.state == BACKFILLING for j in engine.jobs.values()):
            raise UserError(f'"{entry.name}" is being read by a view that is not filled yet', "55006", hint="Try again when it is.")
        server.redefine(changed)

        def effect() -> None:
            running = engine.sources.pop(entry.id, None)
            if running is not None:  # what it has read and nobody has taken is read again, with the column
                running.stop()
                objects.start_source(server, changed, running.offsets)

        when_committed(effect)

    await session.change(command)


async def _swap(session: Session, entry: Relation, statement: ast.Alter) -> None:
    """SWAP WITH: both exchange their names; what was made over them stays with the object that it reads."""
    server = session.server
    other = server.resolve(session, tuple((statement.new_name or "").split(".")), (entry.kind,))
    require_owner(session, other)
    if other.id == entry.id:
        raise UserError(f'"{entry.name}" can\'t be swapped with itself', "42P07")
    first = replace(entry, schema=other.schema, name=other.name)
    second = replace(other, schema=entry.schema, name=entry.name)

    def command() -> None:
        server.check_unchanged(entry)
        server.check_unchanged(other)
        server.redefine(replace(entry, name=f"{entry.name}\0swapped"))
        server.redefine(second)
        server.redefine(first)

    await session.change(command)


async def _alter_other(session: Session, statement: ast.Alter) -> None:
    """Owner and name of a schema."""
    server, snapshot, name = session.server, session.server.catalog.snapshot, statement.name[-1]
    new = statement.new_name or ""
    operation: tuple[str, Any] | None = None
    if statement.kind == "database":
        await databases.alter(session, statement)
        return
    if statement.kind == "schema":
        schema = snapshot.schemas.get(name)
        if schema is None:
            raise UserError(f'schema "{name}" does not exist', "3F000")
        require_owner_of(session, "schema", name, schema.owner)
        if statement.action == "owner to":
            operation = ("put_schema", replace(schema, owner=require_new_owner(session, new, None)))
        else:
            await _rename_schema(session, schema, new)
            return
    if operation is None:
        raise Unsupported(f"ALTER {statement.kind.upper()} {statement.action.upper()} is not supported here",
                          hint="docs/UNSUPPORTED.md lists what is not.")
    made = operation
    await session.change(lambda: server.catalog.change(made))


async def _rename_schema(session: Session, schema: SchemaEntry, new: str) -> None:
    server, snapshot = session.server, session.server.catalog.snapshot
    if new in snapshot.schemas:
        raise UserError(f'schema "{new}" already exists', "42P06")
    if parted(snapshot, new, "")[0]:
        raise UserError(f'unacceptable schema name "{new}"', "42602", detail="It begins with the name of a database.")
    if schema.name in ("pg_catalog", "information_schema", "sabot") or new.startswith("pg_"):
        raise UserError(f'unacceptable schema name "{new if new.startswith("pg_") else schema.name}"', "42939")

    named = {f for s, f in snapshot.functions if s == schema.name} | {t.name for t in snapshot.types.values() if t.schema == schema.name}
    refuse_callers(snapshot, named, f'schema "{schema.name}" can\'t be renamed')

    def command() -> None:
        now = server.catalog.snapshot
        inside = [r for r in now.relations.values() if r.schema == schema.name]
        functions = [f for (s, _), overloads in now.functions.items() if s == schema.name for f in overloads]
        types = [t for t in now.types.values() if t.schema == schema.name]
        server.catalog.change(
            ("put_schema", replace(schema, name=new)),
            *(("drop_function", f.id) for f in functions),
            *(("put_function", replace(f, schema=new)) for f in functions),
            *(("put_type", replace(t, schema=new)) for t in types),
        )
        for relation in inside:
            server.redefine(replace(relation, schema=new))

    await session.change(command)


def _changed(session: Session, entry: Relation, statement: ast.Alter) -> Relation:
    """The entry after RENAME TO, SET SCHEMA, OWNER TO, or a column of a view renamed."""
    snapshot = session.server.catalog.snapshot
    match statement.action:
        case "rename to":
            return replace(entry, name=statement.new_name or "", key_names=tuple((n, k) for n, k in key_names(entry).items()))
        case "set schema":
            if statement.new_name not in snapshot.schemas:
                raise UserError(f'schema "{statement.new_name}" does not exist', "3F000")
            require_create(session, statement.new_name or "")
            return replace(entry, schema=statement.new_name or "")
        case "set secret" if entry.kind == "secret":
            kept = tuple((k, v) for k, v in entry.options if k != "value")
            return replace(entry, options=(*kept, ("value", str(statement.value))))
        case "owner to":
            return replace(entry, owner=require_new_owner(session, statement.new_name or "", entry.schema))
        case "rename column" if entry.kind == "view":
            names = [c.name for c in entry.columns]
            if statement.column not in names:
                raise UserError(f'column "{statement.column}" does not exist', "42703")
            if statement.new_name in names:
                raise UserError(f'column "{statement.new_name}" of relation "{entry.name}" already exists', "42701")
            renamed = (replace(c, name=statement.new_name or "") if c.name == statement.column else c for c in entry.columns)
            return replace(entry, columns=tuple(renamed))
        case action:
            if action == "other":
                action = " ".join(str(statement.value).split()[:2])
            raise Unsupported(f"ALTER {statement.kind.upper()} {action.upper()} is not supported",
                              hint="docs/UNSUPPORTED.md lists what is not.")

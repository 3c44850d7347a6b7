"""CREATE TABLE, CREATE SOURCE, CREATE TABLE AS."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from ...executor.connectors.registry import source_connector
from ...kernels.errors import Unsupported, UserError
from ...kernels.schema import Schema
from ...kernels.types import BYTEA, TEXT, TIMESTAMPTZ, SqlType, list_of, struct_of
from ...planner.catalog.entries import Column, Format, Relation, Watermark
from ...planner.catalog.keys import with_equal_nulls
from ...planner.catalog.user_types import domain_of, names_domain
from ...planner.sql import statements as ast
from ..reading.executions import Done
from ..reading.planning import check_expressions, drawn_sequences, plan_copy, plan_definition, with_generated_types
from ..reading.reads import Bound
from ..sessions.authorization import require_connector
from ..sessions.captured import captured
from ..sessions.temporary import is_temporary
from ..streaming import objects
from ..streaming.credentials import resolved
from . import job_options
from .create_index import create_index
from .foreign_keys import with_foreign_keys
from .likes import with_likes
from .query import BoundDml, bind, read, write
from .sequences import drawing_columns

if TYPE_CHECKING:
    from ..server import Server
    from ..sessions.session import Session

POLICIES = {None: "error", "nothing": "ignore", "ignore": "ignore", "overwrite": "overwrite",
            "do nothing": "ignore", "do update full": "overwrite", "do update if not null": "do_update_if_not_null"}
_SYSTEM_COLUMNS = frozenset(("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"))  # PostgreSQL's
INCLUDED: dict[str, SqlType] = {
    "key": BYTEA, "partition": TEXT, "offset": TEXT, "timestamp": TIMESTAMPTZ, "payload": TEXT,
    "header": list_of(struct_of(("key", TEXT), ("value", BYTEA))), "file": TEXT,
}


async def create_relation(session: Session, statement: ast.CreateRelation, parameters: Any, prepared: Any) -> Done:
    session.require_writable(f"CREATE {statement.kind.upper()}")
    tag = Done(f"CREATE {statement.kind.upper()}")
    if statement.or_replace:
        return await _replaced(session, statement)
    schema, name = session.server.new_name(session, statement.name, temporary=statement.temporary)
    if statement.on_commit != "preserve rows" and not is_temporary(schema):
        raise UserError("ON COMMIT can only be used on temporary tables", "42P16")
    if session.server.exists(session, schema, name, statement.if_not_exists, "relation"):
        return tag if statement.query is None else Done("CREATE TABLE AS")
    if statement.query is not None and any(k == "connector" for k, _ in statement.options):
        raise Unsupported("CREATE TABLE … AS with a connector is not supported", hint="CREATE SINK … AS query writes to a connector.")
    if statement.query is not None:
        return await _create_as(session, statement, schema, name)
    statement = with_likes(session, statement)
    entry = await _entry(session, statement, schema, name)
    entry = with_foreign_keys(session, replace(entry, on_commit=statement.on_commit), statement)
    check_expressions(session, entry)
    entry = replace(entry, columns=tuple(
        replace(c, sequence=s) for c, s in zip(entry.columns, drawn_sequences(session, entry))
    ))
    entry, sequences = drawing_columns(session, entry, statement.columns)
    if dict(entry.options).get("connector") and any(c.sequence is not None for c in entry.columns):
        raise Unsupported("columns of a connector table can't draw from a sequence",
                          hint="INCLUDE the offset or the key, or take a uuid with gen_random_uuid().")
    server = session.server
    await asyncio.wrap_future(server.engine.submit(lambda: objects.create_relation(server, entry, sequences)))
    for index in statement.indexes:
        await create_index(session, replace(index, table=(entry.schema, entry.name)), None, None)
    return tag


async def _replaced(session: Session, statement: ast.CreateRelation) -> Done:
    """CREATE OR REPLACE TABLE: DROP TABLE IF EXISTS and CREATE TABLE, both or none."""
    from .drop import drop

    if statement.kind != "table" or any(k == "connector" for k, _ in statement.options):
        what = "SOURCE" if statement.kind == "source" else "TABLE … WITH (connector = …)"
        raise Unsupported(f"CREATE OR REPLACE {what} is not supported", hint="DROP it first.")
    if statement.query is not None and any(t.name == statement.name[-1] for t in statement.query.find_all(exp.Table)):
        raise Unsupported("CREATE OR REPLACE TABLE … AS a query over the table itself is not supported",
                          hint="Create a table of another name, then ALTER TABLE … SWAP WITH.")
    async with session.together():
        await drop(session, ast.Drop("table", (statement.name,), if_exists=True), None, None)
        return await create_relation(session, replace(statement, or_replace=False), None, None)


async def _entry(session: Session, statement: ast.CreateRelation, schema: str, name: str) -> Relation:
    given, named = resolved(session, statement.options)
    options = tuple((k, _text(v)) for k, v in given)
    connector = dict(options).get("connector")
    if statement.kind == "source" and connector is None:
        raise UserError("a source needs a connector", "42601",
                        hint="WITH (connector = 'kafka' | 'file' | 'nexmark' | 'datagen', …)")
    if connector is None:
        job_options.check("a table", statement.options, job_options.TABLE)
    if statement.kind == "source" and statement.format is not None and statement.format.format not in ("plain", "native"):
        raise Unsupported(f"a source with FORMAT {statement.format.format.upper()} is not supported",
                          hint="Use CREATE TABLE with a primary key, which applies the changes.")
    columns = [column_of(session, d) for d in statement.columns]
    columns += [_include(session, i) for i in statement.includes]
    form = statement.format
    entry = Relation(
        id=session.server.catalog.new_id(),
        schema=schema,
        name=name,
        kind=statement.kind,
        columns=tuple(columns),
        append_only=statement.append_only or job_options.is_true(statement.options, "appendonly", "append_only")
        or (statement.kind == "source" and (not form or form.format == "plain")),
        definition=statement.text,
        options=options,
        format=Format(form.format, form.encode, tuple((k, _text(v)) for k, v in form.options)) if form else None,
        watermarks=tuple(Watermark(w.column, w.expression.meta["sql"]) for w in statement.watermarks),
        on_conflict=_policy(session, statement),
        version_columns=statement.version_columns,
        comment=statement.comment,
        depends_on=named,
        owner=session.user,
        settings=captured(session, statement.kind),
    )
    untyped = {d.name for d in statement.columns if d.type is None}
    if untyped:
        entry = with_generated_types(session, entry, untyped)
    if connector is not None:
        require_connector(session, connector, writes=False)
        declared = entry  # asking a broker takes its time: beside the event loop
        return await session.server.in_worker(lambda: _connected(session.server, declared, connector, statement))
    return constrained(entry, statement)


def _distinct_names(entry: Relation) -> None:
    names = [c.name for c in entry.columns]
    for position, column in enumerate(names):
        if column in names[:position]:
            raise UserError(f'column "{column}" specified more than once', "42701")


def _policy(session: Session, statement: ast.CreateRelation) -> str:
    """What a second row with the same primary key does."""
    keyed = any(d.primary_key for d in statement.columns) or any(c.kind == "primary key" for c in statement.constraints)
    if statement.on_conflict is None:
        if statement.version_columns:
            return "overwrite"
        return session.settings.get("default_on_conflict") if keyed and statement.kind == "table" else "error"
    policy = POLICIES[statement.on_conflict]
    if not keyed:
        raise UserError("ON CONFLICT needs a primary key", "42601", hint="Add PRIMARY KEY (…).")
    if statement.append_only and policy != "ignore":
        raise UserError("an append-only table can't overwrite rows", "42601", hint="Use ON CONFLICT DO NOTHING.")
    return policy


def column_of(session: Session, d: ast.ColumnDef) -> Column:
    """A declared column, without what other columns or sequences decide."""
    if d.type is None and d.generated is None:
        raise UserError(f'column "{d.name}" has no type', "42601", position=d.position)
    if d.name in _SYSTEM_COLUMNS:
        raise UserError(f'column name "{d.name}" conflicts with a system column name', "42701", position=d.position)
    sql_type = session.resolve_type(d.type) if d.type is not None else TEXT
    domain = domain_of(sql_type, session.server.catalog.snapshot)
    if domain is not None and domain.base is not None:
        sql_type = domain.base
    elif names_domain(sql_type):
        raise Unsupported("arrays and rows of domains are not supported", position=d.position,
                          hint="Use the domain's base type.")
    return Column(
        d.name,
        sql_type,
        d.not_null or d.primary_key,
        d.default.meta["sql"] if d.default is not None else None,
        d.generated.meta["sql"] if d.generated is not None else None,
        comment=d.comment,
        domain=domain.id if domain is not None else None,
    )


def _include(session: Session, i: ast.IncludeColumn) -> Column:
    sql_type = session.resolve_type(i.type) if i.type is not None else INCLUDED.get(i.kind)
    if sql_type is None:
        raise UserError(f"INCLUDE {i.kind} is not known", "42601", hint="Known: " + ", ".join(INCLUDED) + ".")
    return Column(i.alias or f"_rw_{i.kind}", sql_type, include=i.kind if i.field is None else f"{i.kind}.{i.field}")


def _connected(server: Server, entry: Relation, connector: str, statement: ast.CreateRelation) -> Relation:
    """Check the connector's options; take columns from the input when none are declared."""
    known = source_connector(connector)
    if not statement.columns:
        found = known.infer(objects.source_spec(server, entry))
        if found is None:
            raise UserError(f'connector "{connector}" needs declared columns', "42601")
        payload = tuple(Column(f.name, f.type) for f in found)
        entry = replace(entry, columns=payload + entry.columns)
    entry = constrained(entry, statement)
    known.validate(objects.source_spec(server, entry))
    return entry


def constrained(entry: Relation, statement: ast.CreateRelation) -> Relation:
    """The table with the constraints that columns and table of a statement declare, added to those it has."""
    _distinct_names(entry)
    schema = entry.row_schema
    primary, unique, names = entry.primary_key, list(entry.unique), dict(entry.key_names)
    checks = list(entry.checks)
    late = dict(entry.deferrable_keys)
    declared: list[tuple[str | None, str, tuple[str, ...], str, bool]] = []
    for d in statement.columns:
        if d.primary_key or d.unique:
            declared.append((d.key_name, "primary key" if d.primary_key else "unique", (d.name,), d.deferral, d.nulls_distinct))
    declared += [(c.name, c.kind, c.columns, c.deferral, c.nulls_distinct) for c in statement.constraints if c.kind in ("primary key", "unique")]
    for name, kind, names_of_key, deferral, distinct in declared:
        key = _positions(schema, names_of_key)
        if not distinct:
            if deferral:
                raise Unsupported("a deferrable UNIQUE NULLS NOT DISTINCT is not supported", hint="Leave DEFERRABLE out.")
            name = name or "_".join((entry.name, *names_of_key, "key"))
            entry = with_equal_nulls(entry, key)
            key = (len(entry.columns) - 1,)
        if kind == "primary key":
            if primary:
                raise UserError(f'multiple primary keys for table "{entry.name}" are not allowed', "42P16")
            primary = key
        elif key not in unique and key != primary:
            unique.append(key)
        if name is not None:
            names[name] = key
        if deferral:
            late[key] = deferral
    for d in statement.columns:
        for label, check in d.checks:
            checks.append((_check_name(entry, label, check, checks), check.meta["sql"]))
    for c in statement.constraints:
        if c.kind == "check":
            assert c.expression is not None
            checks.append((_check_name(entry, c.name, c.expression, checks), c.expression.meta["sql"]))
    columns = tuple(replace(c, not_null=c.not_null or p in primary) for p, c in enumerate(entry.columns))
    if entry.version_columns and not primary:
        raise UserError("WITH VERSION COLUMN needs a primary key", "42601")
    for version in entry.version_columns:
        _positions(schema, (version,))
    for w in entry.watermarks:
        _positions(schema, (w.column,))
    if any(w.with_ttl for w in statement.watermarks):
        raise Unsupported("WATERMARK … WITH TTL is not supported",
                          hint="Read the rows through a view that compares their time with now().")
    return replace(
        entry, columns=columns, primary_key=primary, unique=tuple(unique), checks=tuple(checks),
        key_names=tuple(names.items()), deferrable_keys=tuple(late.items()),
    )


def _check_name(
    entry: Relation, given: str | None, condition: exp.Expression, taken: list[tuple[str, str]]
) -> str:
    """A given name, or PostgreSQL's choice: with the column's name where the condition has one column."""
    names = {n for n, _ in taken}
    if given is not None:
        if given in names:
            raise UserError(f'check constraint "{given}" already exists', "42710")
        return given
    used = {c.name for c in condition.find_all(exp.Column)}
    base = f"{entry.name}_{used.pop()}_check" if len(used) == 1 else f"{entry.name}_check"
    number = 0
    while f"{base}{number or ''}" in names:
        number += 1
    return f"{base}{number or ''}"


def _positions(schema: Schema, names: tuple[str, ...]) -> tuple[int, ...]:
    out = []
    for name in names:
        try:
            out.append(schema.index(name))
        except KeyError:
            raise UserError(f'column "{name}" named in key does not exist', "42703") from None
    return tuple(out)


async def _create_as(session: Session, statement: ast.CreateRelation, schema: str, name: str) -> Done:
    assert statement.query is not None
    planned = plan_definition(session, statement.query, streaming=False)
    names = [d.name for d in statement.columns] + [f.name for f in planned.schema][len(statement.columns) :]
    if len(statement.columns) > len(planned.schema):
        raise UserError("too many column names were specified", "42601")
    for at, column in enumerate(names):
        if column in names[:at]:
            raise UserError(f'column "{column}" specified more than once', "42701")
    columns = tuple(
        Column(n, f.type if f.type.name != "unknown" else TEXT) for n, f in zip(names, planned.schema)
    )
    entry = Relation(
        id=session.server.catalog.new_id(), schema=schema, name=name, kind="table", columns=columns,
        definition=statement.text, owner=session.user, append_only=statement.append_only, on_commit=statement.on_commit,
    )
    rows = await read(session, Bound.of(bind(session, planned.physical, None))) if statement.with_data else None
    server = session.server
    await asyncio.wrap_future(server.engine.submit(lambda: objects.create_relation(server, entry)))
    if not statement.with_data:
        return Done("CREATE TABLE AS")
    if rows is None:
        return Done("SELECT 0")
    result = await write(session, lambda: BoundDml(plan_copy(session, entry, tuple(c.name for c in columns), rows)))
    return Done(f"SELECT {result.count}")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)



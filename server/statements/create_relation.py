"""CREATE TABLE, CREATE SOURCE, CREATE TABLE AS."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...executor.connectors.registry import source_connector
from ...kernels.errors import Unsupported, UserError
from ...kernels.schema import Schema
from ...kernels.types import BYTEA, TEXT, TIMESTAMPTZ, SqlType, list_of, struct_of
from ...planner.catalog.entries import Column, Format, Relation, Watermark
from ...planner.sql import statements as ast
from ...planner.sql.typenames import resolve_type_name
from .. import objects
from ..authorization import require_connector
from ..executions import Done
from ..planning import check_expressions, drawn_sequences, plan_copy, plan_definition, with_generated_types
from . import job_options
from .query import bind, read, write
from .sequences import drawing_columns

if TYPE_CHECKING:
    from ..session import Session

POLICIES = {None: "error", "nothing": "ignore", "ignore": "ignore", "overwrite": "overwrite",
            "do nothing": "ignore", "do update full": "overwrite", "do update if not null": "do_update_if_not_null"}
INCLUDED: dict[str, SqlType] = {
    "key": BYTEA, "partition": TEXT, "offset": TEXT, "timestamp": TIMESTAMPTZ, "payload": TEXT,
    "header": list_of(struct_of(("key", TEXT), ("value", BYTEA))), "file": TEXT,
}


async def create_relation(session: Session, statement: ast.CreateRelation, parameters: Any, prepared: Any) -> Done:
    session.require_writable(f"CREATE {statement.kind.upper()}")
    tag = Done(f"CREATE {statement.kind.upper()}")
    if statement.or_replace:
        raise Unsupported(f"CREATE OR REPLACE {statement.kind.upper()} is not supported", hint="DROP it first.")
    schema, name = session.server.new_name(session, statement.name)
    if session.server.exists(session, schema, name, statement.if_not_exists, "relation"):
        return tag
    if statement.query is not None:
        return await _create_as(session, statement, schema, name)
    entry = await _entry(session, statement, schema, name)
    check_expressions(session, entry)
    entry = replace(entry, columns=tuple(
        replace(c, sequence=s) for c, s in zip(entry.columns, drawn_sequences(session, entry))
    ))
    entry, sequences = drawing_columns(session, entry, statement.columns)
    if dict(entry.options).get("connector") and any(c.sequence is not None for c in entry.columns):
        raise Unsupported("columns of a connector table can't draw from a sequence",
                          hint="INCLUDE the offset or the key, or take a uuid with gen_random_uuid().")
    await session.sync()
    server = session.server
    await asyncio.wrap_future(server.engine.submit(lambda: objects.create_relation(server, entry, sequences)))
    session.created(f"DROP {statement.kind.upper()} {server.quoted(entry)}")
    return tag


async def _entry(session: Session, statement: ast.CreateRelation, schema: str, name: str) -> Relation:
    options = tuple((k, _text(v)) for k, v in statement.options)
    connector = dict(options).get("connector")
    if statement.kind == "source" and connector is None:
        raise UserError("a source needs a connector", "42601",
                        hint="WITH (connector = 'kafka' | 'file' | 'nexmark' | 'datagen', …)")
    if connector is None:
        job_options.check("a table", statement.options, job_options.TABLE)
    if statement.kind == "source" and statement.format is not None and statement.format.format not in ("plain", "native"):
        raise Unsupported(f"a source with FORMAT {statement.format.format.upper()} is not supported",
                          hint="Use CREATE TABLE with a primary key, which applies the changes.")
    columns = [_column(d) for d in statement.columns]
    columns += [_include(i) for i in statement.includes]
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
        owner=session.user,
        settings=(("timezone", session.settings.get("timezone")),
                  ("search_path", session.settings.get("search_path"))),
    )
    untyped = {d.name for d in statement.columns if d.type is None}
    if untyped:
        entry = with_generated_types(session, entry, untyped)
    if connector is not None:
        require_connector(session, connector, writes=False)
        declared = entry  # asking a broker takes its time: beside the event loop
        return await session.server.in_worker(lambda: _connected(declared, connector, statement))
    return _constrained(entry, statement)


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


def _column(d: ast.ColumnDef) -> Column:
    if d.type is None and d.generated is None:
        raise UserError(f'column "{d.name}" has no type', "42601", position=d.position)
    if d.references is not None:
        raise Unsupported("foreign keys are not supported", position=d.position,
                          hint="Check the reference in a view with an anti join.")
    sql_type = resolve_type_name(d.type) if d.type is not None else TEXT
    return Column(
        d.name,
        sql_type,
        d.not_null or d.primary_key,
        d.default.meta["sql"] if d.default is not None else None,
        d.generated.meta["sql"] if d.generated is not None else None,
    )


def _include(i: ast.IncludeColumn) -> Column:
    sql_type = resolve_type_name(i.type) if i.type is not None else INCLUDED.get(i.kind)
    if sql_type is None:
        raise UserError(f"INCLUDE {i.kind} is not known", "42601", hint="Known: " + ", ".join(INCLUDED) + ".")
    return Column(i.alias or f"_rw_{i.kind}", sql_type, include=i.kind if i.field is None else f"{i.kind}.{i.field}")


def _connected(entry: Relation, connector: str, statement: ast.CreateRelation) -> Relation:
    """Check the connector's options; take columns from the input when none are declared."""
    known = source_connector(connector)
    if not statement.columns:
        found = known.infer(objects.source_spec(entry))
        if found is None:
            raise UserError(f'connector "{connector}" needs declared columns', "42601")
        payload = tuple(Column(f.name, f.type) for f in found)
        entry = replace(entry, columns=payload + entry.columns)
    entry = _constrained(entry, statement)
    known.validate(objects.source_spec(entry))
    return entry


def _constrained(entry: Relation, statement: ast.CreateRelation) -> Relation:
    """Primary key, UNIQUE and CHECK of columns and table."""
    _distinct_names(entry)
    schema = entry.row_schema
    keys: list[tuple[str, ...]] = [(d.name,) for d in statement.columns if d.primary_key]
    keys += [c.columns for c in statement.constraints if c.kind == "primary key"]
    if len(keys) > 1:
        raise UserError(f'multiple primary keys for table "{entry.name}" are not allowed', "42P16")
    primary = _positions(schema, keys[0]) if keys else ()
    unique: list[tuple[str, ...]] = [(d.name,) for d in statement.columns if d.unique]
    unique += [c.columns for c in statement.constraints if c.kind == "unique"]
    checks = [(f"{entry.name}_{d.name}_check", d.check.meta["sql"]) for d in statement.columns if d.check is not None]
    for number, c in enumerate(c for c in statement.constraints if c.kind == "check"):
        assert c.expression is not None
        checks.append((c.name or f"{entry.name}_check{number or ''}", c.expression.meta["sql"]))
    if any(c.kind == "foreign key" for c in statement.constraints):
        raise Unsupported("foreign keys are not supported", hint="Check the reference in a view with an anti join.")
    columns = tuple(
        replace(c, not_null=c.not_null or p in primary) for p, c in enumerate(entry.columns)
    )
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
        entry, columns=columns, primary_key=primary, unique=tuple(_positions(schema, u) for u in unique),
        checks=tuple(checks),
    )


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
    columns = tuple(Column(f.name, f.type if f.type.name != "unknown" else TEXT) for f in planned.schema)
    entry = Relation(
        id=session.server.catalog.new_id(), schema=schema, name=name, kind="table", columns=columns,
        definition=statement.text, owner=session.user, append_only=statement.append_only,
    )
    await session.sync()
    server = session.server
    # A query that fails leaves no table behind.
    rows = await read(session, bind(session, planned.physical, None)) if statement.with_data else None
    await asyncio.wrap_future(server.engine.submit(lambda: objects.create_relation(server, entry)))
    session.created(f"DROP TABLE {server.quoted(entry)}")
    if rows is None:
        return Done("SELECT 0")
    result = await write(session, lambda: plan_copy(session, entry, tuple(c.name for c in columns), rows))
    return Done(f"SELECT {result.count}")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)



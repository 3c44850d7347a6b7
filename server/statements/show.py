"""SHOW of objects, SHOW CREATE, DESCRIBE."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from ...kernels.batch import Batch
from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.program import Program
from ...kernels.expr.spec import Col
from ...kernels.schema import Schema, schema_of
from ...kernels.types import TEXT
from ...planner.catalog.changes import KIND_WORDS
from ...planner.catalog.databases import alone
from ...planner.catalog.entries import Column, Relation
from ...planner.changes import plan_condition
from ...planner.sql import statements as ast
from ..reading.executions import Rows
from ..sessions.authorization import require_owner
from ..sessions.settings import PARAMETERS
from ..streaming.definitions import definition
from .functions import named_function
from .shapes import COLUMNS, objects

if TYPE_CHECKING:
    from ..sessions.session import Session

_KINDS = {
    "tables": "table", "views": "view", "materialized views": "materialized_view", "sources": "source",
    "sinks": "sink", "subscriptions": "subscription", "indexes": "index", "internal tables": "", "secrets": "secret",
    "connections": "connection",
}


def like(pattern: str, name: str) -> bool:
    """SQL LIKE over one name."""
    parts = {"%": ".*", "_": "."}
    return re.fullmatch("".join(parts.get(c, re.escape(c)) for c in pattern), name, re.S) is not None


Listing = tuple[Schema, list[tuple[Any, ...]]]


async def show_objects(session: Session, statement: ast.ShowObjects, parameters: Any, prepared: Any) -> Rows:
    schema, listed = _listing(session, statement)
    if statement.like is not None:
        listed = [r for r in listed if like(statement.like, str(r[0])) != statement.unlike]
    rows = Batch.from_rows(schema.types, listed)
    return Rows(schema, rows if statement.where is None else _where(session, schema, rows, statement.where), "SHOW")


def _where(session: Session, schema: Schema, rows: Batch, where: exp.Expression) -> Batch:
    """The rows that fulfil the condition of SHOW … WHERE, which has the columns' names folded."""
    columns = tuple(Column(f.name.lower(), f.type) for f in schema.fields)
    condition = plan_condition(Relation(0, "", "show", "system", columns), where, session.server.catalog.snapshot, session.plan_settings)
    program = Program(tuple(Col(i, c.type) for i, c in enumerate(columns)), condition)
    kept, errors = program.run(rows, session.facts())
    if errors is not None:
        _, sqlstate, message = errors.to_rows()[0]
        raise UserError(message, sqlstate)
    return kept


def _listing(session: Session, statement: ast.ShowObjects) -> Listing:
    server, snapshot = session.server, session.server.catalog.snapshot
    kind = statement.kind
    if kind in _KINDS:
        schema = statement.source[-1] if statement.source is not None else session.creation_schema
        if kind == "indexes" and statement.source is not None and (on := server.find(session, statement.source)) is not None:
            return _indexes(session, [r for r in snapshot.relations.values() if r.kind == "index" and r.on == on.id])
        if schema not in snapshot.schemas:
            raise UserError(f'schema "{schema}" does not exist', "3F000")
        found = [r for r in snapshot.relations.values() if r.schema == schema and r.kind == _KINDS[kind]]
        found = sorted(found, key=lambda r: r.name)
        if kind == "indexes":
            return _indexes(session, found)
        return objects(kind), [(r.name,) for r in found]
    match kind:
        case "schemas":
            names = sorted(alone(snapshot).schemas)
        case "databases":
            names = [snapshot.main, *sorted(snapshot.databases)]
        case "functions":
            listed: list[tuple[Any, ...]] = [
                (f.name, ", ".join(str(t) for _, t in f.parameters), str(f.returns or "void"), f.language)
                for overloads in alone(snapshot).functions.values()
                for f in overloads
                if f.schema != "pg_catalog"
            ]
            return objects(kind), listed
        case "columns":
            assert statement.source is not None
            return _columns(session, statement.source)
        case "jobs":
            listed = [
                (j.id, j.name, j.state, f"{100 * j.progress.done / j.progress.total:.1f}%" if j.progress.total else "")
                for j in server.engine.jobs.values()
                if j.state == "backfilling"
            ]
            return objects(kind), listed
        case "processlist":
            listed = [
                (s.process_id, s.user, s.database, s.state, s.current_query)
                for s in list(server.sessions.values())
            ]
            return objects(kind), listed
        case "cursors" | "subscription cursors":
            names = sorted(n for n, c in session.cursors.items() if c.subscription == (kind != "cursors"))
        case "users" | "roles":
            names = sorted(r for r in snapshot.roles if not r.startswith("pg_"))
        case "clusters" | "cluster replicas" | "jars" | "subsources" | "network policies":
            names = []
        case "modules":
            names = ["core"]
        case "catalogs":
            names = [snapshot.database]
        case "types":
            names = sorted(t.name for t in alone(snapshot).types.values())
        case "objects":
            schema = statement.source[-1] if statement.source is not None else session.creation_schema
            found = sorted((r for r in snapshot.relations.values() if r.schema == schema), key=lambda r: r.name)
            listed = [(r.name, KIND_WORDS[r.kind]) for r in found]
            return objects(kind), listed
        case "parameters":
            listed = [(k, v, "t") for k, v in PARAMETERS.items()]
            return objects(kind), listed
        case _:
            raise Unsupported(f"SHOW {kind.upper()} is not supported")
    return objects(kind), [(n,) for n in names]


def _indexes(session: Session, found: list[Relation]) -> Listing:
    relations = session.server.catalog.snapshot.relations
    rows = [
        (r.name, relations[r.on or 0].name, ", ".join(r.keys), ", ".join(c.name for c in r.columns[len(r.keys) :]),
         dict(r.options).get("distributed by", ""))
        for r in sorted(found, key=lambda r: r.name)
    ]  # fmt: skip
    return objects("indexes"), rows


def _shown(column: Column) -> tuple[Any, ...]:
    return column.name, str(column.type), "true" if column.hidden else "false", column.comment


def _columns(session: Session, name: ast.Name) -> Listing:
    entry = session.server.resolve(session, name, ())
    return COLUMNS, [_shown(c) for c in entry.columns if not c.hidden]


async def show_create(session: Session, statement: ast.ShowCreate, parameters: Any, prepared: Any) -> Rows:
    if statement.kind == "function":
        function = named_function(session, statement.name, None)
        assert function is not None
        named = [(f"{function.schema}.{function.name}", function.definition)]
        return session.rows(schema_of(("Name", TEXT), ("Create Sql", TEXT)), named, "SHOW")
    entry = session.server.resolve(session, statement.name, (statement.kind.replace(" ", "_"),))
    if dict(entry.options).get("connector") or entry.kind in ("secret", "connection"):
        require_owner(session, entry)  # options of connectors hold passwords
    rows = [(f"{entry.schema}.{entry.name}", definition(session.server, entry, session.search_path))]
    return session.rows(schema_of(("Name", TEXT), ("Create Sql", TEXT)), rows, "SHOW")


async def describe(session: Session, statement: ast.Describe, parameters: Any, prepared: Any) -> Rows:
    entry = session.server.resolve(session, statement.name, ())
    rows = [_shown(c) for c in entry.columns if not c.hidden]
    if entry.primary_key:
        key = ", ".join(entry.columns[k].name for k in entry.primary_key)
        rows += [("primary key", key, None, None), ("distribution key", key, None, None)]
    rows.append(("table description", entry.name, None, entry.comment))
    return session.rows(COLUMNS, rows, "DESCRIBE")

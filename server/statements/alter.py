"""ALTER: renames, schema and owner, table columns, defaults, pause and resume."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...kernels.errors import Unsupported, UserError
from ...planner.catalog.entries import Column, Relation
from ...planner.sql import statements as ast
from ...planner.sql.typenames import resolve_type_name
from ..authorization import require_create, require_new_owner, require_owner, require_owner_of
from ..executions import Done
from ..planning import check_expressions
from .job_options import IGNORED
from .replace_view import replace_view

if TYPE_CHECKING:
    from ..session import Session

KINDS = {"table", "view", "materialized view", "source", "sink", "index", "sequence", "subscription"}


async def alter(session: Session, statement: ast.Alter, parameters: Any, prepared: Any) -> Done:
    verb = f"ALTER {statement.kind.upper()}"
    session.require_writable(verb)
    if statement.more:
        raise Unsupported("several ALTER actions in one statement are not supported", hint="Write one statement per action.")
    server = session.server
    if statement.kind in ("schema", "function", "database") and statement.action in ("owner to", "rename to"):
        await _alter_other(session, statement)
        return Done(verb)
    if statement.kind not in KINDS:
        raise Unsupported(f"{verb} is not supported", hint="docs/UNSUPPORTED.md lists what is not.")
    if statement.if_exists and server.find(session, statement.name) is None:
        session.notice("NOTICE", "00000", f'relation "{statement.name[-1]}" does not exist, skipping')
        return Done(verb)
    kinds: tuple[str, ...] = (statement.kind.replace(" ", "_"),)
    if statement.kind == "table" and statement.action in ("rename to", "set schema", "owner to"):
        kinds = ()  # as in PostgreSQL, where ALTER TABLE renames and moves relations of any kind
    entry = server.resolve(session, statement.name, kinds)
    require_owner(session, entry)
    await session.sync()
    if statement.action == "set parallelism" or (statement.action == "set" and statement.key in IGNORED):
        session.notice("NOTICE", "00000", f"{statement.key or 'parallelism'} has no effect here")
        return Done(verb)
    if statement.action == "as query" and entry.kind == "materialized_view":
        await replace_view(session, entry, statement)
        return Done(verb)
    if statement.action in ("add column", "drop column"):
        await _change_columns(session, entry, statement)
        return Done(verb)
    changed = _changed(session, entry, statement)
    check_expressions(session, changed)

    def command() -> None:
        server.check_unchanged(entry)
        server.redefine(changed)

    await asyncio.wrap_future(server.engine.submit(command))
    return Done(verb)


async def _alter_other(session: Session, statement: ast.Alter) -> None:
    """Owner and name of a schema or function, owner of the database."""
    server, snapshot, name = session.server, session.server.catalog.snapshot, statement.name[-1]
    new = statement.new_name or ""
    operation: tuple[str, Any] | None = None
    if statement.kind == "schema":
        schema = snapshot.schemas.get(name)
        if schema is None:
            raise UserError(f'schema "{name}" does not exist', "3F000")
        require_owner_of(session, "schema", name, schema.owner)
        if statement.action == "owner to":
            operation = ("put_schema", replace(schema, owner=require_new_owner(session, new, None)))
    elif statement.kind == "function":
        schema_name = statement.name[-2] if len(statement.name) > 1 else None
        found = snapshot.find_functions(name, session.search_path, schema_name)
        if not found:
            raise UserError(f'could not find a function named "{name}"', "42883")
        require_owner_of(session, "function", name, found[0].owner)
        if statement.action == "owner to" and len(found) == 1:
            operation = ("put_function", replace(found[0], owner=require_new_owner(session, new, found[0].schema)))
    if operation is None:
        raise Unsupported(f"ALTER {statement.kind.upper()} {statement.action.upper()} is not supported here",
                          hint="docs/UNSUPPORTED.md lists what is not.")
    made = operation
    await asyncio.wrap_future(server.engine.submit(lambda: server.catalog.change(made)))


def _changed(session: Session, entry: Relation, statement: ast.Alter) -> Relation:
    match statement.action:
        case "rename to":
            return replace(entry, name=statement.new_name or "")
        case "set schema":
            if statement.new_name not in session.server.catalog.snapshot.schemas:
                raise UserError(f'schema "{statement.new_name}" does not exist', "3F000")
            require_create(session, statement.new_name or "")
            return replace(entry, schema=statement.new_name or "")
        case "owner to":
            return replace(entry, owner=require_new_owner(session, statement.new_name or "", entry.schema))
        case "set default" | "drop default" | "set not null" | "drop not null" | "rename column":
            return _column_changed(session, entry, statement)
        case action:
            raise Unsupported(f"ALTER {statement.kind.upper()} {action.upper()} is not supported",
                              hint="docs/UNSUPPORTED.md lists what is not.")


def _position(entry: Relation, name: str | None) -> int:
    for position, column in enumerate(entry.columns):
        if column.name == name:
            return position
    raise UserError(f'column "{name}" of relation "{entry.name}" does not exist', "42703")


def _column_changed(session: Session, entry: Relation, statement: ast.Alter) -> Relation:
    if entry.kind != "table":
        raise Unsupported(f"ALTER {statement.kind.upper()} {statement.action.upper()} is not supported")
    at = _position(entry, statement.column)
    column = entry.columns[at]
    match statement.action:
        case "set default":
            assert statement.expression is not None
            column = replace(column, default=statement.expression.meta["sql"])
        case "drop default":
            column = replace(column, default=None)
        case "set not null":
            from ...kernels.keys import first_null

            with session.server.engine.lock:
                for batch in session.server.engine.relations[entry.id].snapshot().batches():
                    if first_null(batch, at) >= 0:
                        raise UserError(f'column "{column.name}" of relation "{entry.name}" contains null values',
                                        "23502")
            column = replace(column, not_null=True)
        case "drop not null":
            if at in entry.primary_key:
                raise UserError(f'column "{column.name}" is in a primary key', "42P16")
            column = replace(column, not_null=False)
        case _:
            if session.server.catalog.snapshot.dependents(entry.id):
                raise Unsupported("renaming a column that views use is not supported", hint="Drop them first.")
            if any(c.name == statement.new_name for c in entry.columns):
                raise UserError(f'column "{statement.new_name}" of relation "{entry.name}" already exists', "42701")
            column = replace(column, name=statement.new_name or "")
    return replace(entry, columns=(*entry.columns[:at], column, *entry.columns[at + 1 :]))


async def _change_columns(session: Session, entry: Relation, statement: ast.Alter) -> None:
    """ADD COLUMN appends; DROP COLUMN needs that no view reads the table."""
    server = session.server
    if entry.kind != "table" or dict(entry.options).get("connector"):
        raise Unsupported(f"ALTER {statement.kind.upper()} {statement.action.upper()} is not supported")
    if statement.action == "add column":
        d = statement.definition
        assert d is not None
        if any(c.name == d.name for c in entry.columns):
            if statement.column_if_exists:
                return
            raise UserError(f'column "{d.name}" of relation "{entry.name}" already exists', "42701")
        if d.type is None or d.primary_key or d.unique or d.generated is not None or d.check is not None:
            raise Unsupported("ADD COLUMN takes a type, a DEFAULT and NOT NULL only")
        default = d.default.meta["sql"] if d.default is not None else None
        if d.not_null and default is None:
            raise UserError(f'column "{d.name}" of relation "{entry.name}" contains null values', "23502",
                            hint="Give the column a DEFAULT.")
        column = Column(d.name, resolve_type_name(d.type), d.not_null, default)
        changed = replace(entry, columns=(*entry.columns, column))
        check_expressions(session, changed)
        await server.rewrite_table(session, entry, changed, [*range(len(entry.columns)), None])
        return
    if not any(c.name == statement.column for c in entry.columns) and statement.column_if_exists:
        return
    at = _position(entry, statement.column)
    if server.catalog.snapshot.dependents(entry.id):
        raise UserError(f'cannot drop column {statement.column} of table {entry.name} because other objects depend on it',
                        "2BP01", hint="Drop the views and indexes on the table first.")
    if at in entry.primary_key:
        raise Unsupported("dropping a primary key column is not supported")
    kept = [p for p in range(len(entry.columns)) if p != at]
    changed = replace(
        entry,
        columns=tuple(entry.columns[p] for p in kept),
        primary_key=tuple(kept.index(k) for k in entry.primary_key),
        unique=tuple(tuple(kept.index(k) for k in u) for u in entry.unique if at not in u),
    )
    await server.rewrite_table(session, entry, changed, list(kept))

"""CREATE INDEX. A unique index on columns is a constraint of its table."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from ...kernels.batch import Batch
from ...kernels.errors import Unsupported, UserError
from ...kernels.keys import first_duplicate
from ...planner.catalog.entries import Column, Relation
from ...planner.sql import statements as ast
from ..executions import Done

if TYPE_CHECKING:
    from ..session import Session


def _free_name(session: Session, schema: str, wanted: str) -> str:
    """The name, or with the first number that makes it free."""
    taken = session.server.catalog.snapshot.by_name
    numbered = (wanted + (str(i) if i else "") for i in range(len(taken) + 1))
    return next(name for name in numbered if (schema, name) not in taken)


async def create_index(session: Session, statement: ast.CreateIndex, parameters: Any, prepared: Any) -> Done:
    session.require_writable("CREATE INDEX")
    server = session.server
    target = server.resolve(session, statement.table, ("table", "materialized_view"))
    names: list[str] = []
    texts: list[str] = []
    for key in statement.keys:
        texts.append(key.expression.meta["sql"] + (" DESC" if key.descending else ""))
        if isinstance(key.expression, exp.Column) and not key.expression.table:
            names.append(key.expression.name)
    schema = target.row_schema
    for column in (*names, *statement.include):
        if column not in schema.names:
            raise UserError(f'column "{column}" does not exist', "42703")
    name = statement.name or _free_name(session, target.schema, f"{target.name}_{'_'.join(names) or 'expr'}_idx")
    if server.exists(session, target.schema, name, statement.if_not_exists, "relation"):
        return Done("CREATE INDEX")
    unique: tuple[int, ...] = ()
    if statement.unique:
        if len(names) != len(statement.keys) or target.kind != "table":
            raise Unsupported("a unique index needs plain columns of a table",
                              hint="Add a generated column for the expression.")
        unique = tuple(schema.index(n) for n in names)
    entry = Relation(
        id=server.catalog.new_id(),
        schema=target.schema,
        name=name,
        kind="index",
        columns=tuple(Column(n, schema[schema.index(n)].type) for n in (*names, *statement.include)),
        definition=statement.text,
        options=(("unique", "true"),) if statement.unique else (),
        on=target.id,
        keys=tuple(texts),
        owner=session.user,
    )

    def command() -> None:
        operations: list[Any] = [("put_relation", entry)]
        if unique:
            stored = server.engine.relations[target.id]
            batches = stored.snapshot().batches()
            if batches and first_duplicate(Batch.concat(batches), unique) >= 0:
                raise UserError(f'could not create unique index "{name}"', "23505",
                                detail="The table holds duplicate keys.")
            changed = replace(stored.entry, unique=(*stored.entry.unique, unique))
            operations.append(("put_relation", changed))
            server.catalog.change(*operations)
            stored.entry = changed
        else:
            server.catalog.change(*operations)

    await session.sync()
    await asyncio.wrap_future(server.engine.submit(command))
    session.created(f"DROP INDEX {server.quoted(entry)}")
    return Done("CREATE INDEX")

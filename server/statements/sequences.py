"""CREATE and ALTER SEQUENCE, and the sequences behind serial and identity columns."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...kernels.errors import UserError
from ...kernels.types import INT8, SqlType
from ...planner.catalog.entries import Column, Relation
from ...planner.catalog.sequence import define, definition_of, sequence_entry, with_definition
from ...planner.sql import statements as ast
from ..reading.executions import Done
from ..streaming import objects
from ..transactions.drafts import current
from ..writing.sequences import drawing_default

if TYPE_CHECKING:
    from ..sessions.session import Session

NAME_LENGTH = 63


def _type(session: Session, options: dict[str, Any]) -> SqlType | None:
    return None if options.get("as") is None else session.resolve_type(options["as"])


async def create_sequence(session: Session, statement: ast.CreateSequence, parameters: Any, prepared: Any) -> Done:
    session.require_writable("CREATE SEQUENCE")
    server = session.server
    schema, name = server.new_name(session, statement.name, temporary=statement.temporary)
    if server.exists(session, schema, name, statement.if_not_exists, "relation"):
        return Done("CREATE SEQUENCE")
    options = dict(statement.options)
    definition = define(options, _type(session, options) or INT8)
    entry = sequence_entry(server.catalog.new_id(), schema, name, definition, owner=session.user)
    entry = _owned(session, entry, options)
    await asyncio.wrap_future(server.engine.submit(lambda: objects.create_relations(server, [entry])))
    return Done("CREATE SEQUENCE")


async def alter_sequence(session: Session, statement: ast.AlterSequence, parameters: Any, prepared: Any) -> Done:
    session.require_writable("ALTER SEQUENCE")
    server = session.server
    if statement.if_exists and server.find(session, statement.name) is None:
        session.notice("NOTICE", "00000", f'relation "{statement.name[-1]}" does not exist, skipping')
        return Done("ALTER SEQUENCE")
    entry = server.resolve(session, statement.name, ("sequence",))
    await change_sequence(session, entry, dict(statement.options))
    return Done("ALTER SEQUENCE")


async def change_sequence(session: Session, entry: Relation, options: dict[str, Any]) -> None:
    """Other options for a sequence; RESTART sets its value too."""
    server = session.server
    value, _, _ = server.sequences.table.state(entry.id)
    definition = define(options, _type(session, options), definition_of(entry), value)
    changed = _owned(session, with_definition(entry, definition), options)

    def set_value() -> None:
        state = server.sequences.table.state(entry.id)
        if "restart" in options:
            start = options["restart"] if options["restart"] is not None else definition.start
            state = (start, 0, False)
        server.sequences.define(changed, (state[0], 0, state[2]))

    def command() -> None:
        draft = current()
        assert draft is not None
        server.redefine(changed)
        if entry.id in server.engine.drafts:  # nobody else draws from it
            set_value()
            return
        draft.before.append(set_value)
        draft.before.append(lambda: server.sequences.write([entry.id]))

    await session.change(command)


def _owned(session: Session, entry: Relation, options: dict[str, Any]) -> Relation:
    owner: ast.Name | None = options.get("owned by")
    if owner is None:
        return entry
    if not owner:
        return replace(entry, on=None, keys=())
    if len(owner) < 2:
        raise UserError("invalid OWNED BY option", "42601", hint="Specify OWNED BY table.column or OWNED BY NONE.")
    table = session.server.resolve(session, owner[:-1], ())
    if table.kind != "table":
        raise UserError(f'sequence cannot be owned by relation "{table.name}"', "42809")
    if all(c.name != owner[-1] for c in table.columns):
        raise UserError(f'column "{owner[-1]}" of relation "{table.name}" does not exist', "42703")
    if table.schema != entry.schema:
        raise UserError("sequence must be in same schema as table it is linked to", "55000")
    return replace(entry, on=table.id, keys=(owner[-1],))


def drawing_columns(
    session: Session, entry: Relation, definitions: Sequence[ast.ColumnDef]
) -> tuple[Relation, list[Relation]]:
    """The table with defaults for its serial and identity columns, and the sequences that these draw from."""
    made: list[Relation] = []
    columns: list[Column] = list(entry.columns)
    written = {d.name: d for d in definitions}
    for at, column in enumerate(columns):
        d = written.get(column.name)
        if d is None or not (d.identity is not None or (d.type is not None and d.type.is_serial)):
            continue
        sequence = _column_sequence(session, entry, column, d, {s.name for s in made})
        made.append(sequence)
        columns[at] = replace(
            column, not_null=True, identity=d.identity, default=drawing_default(sequence), sequence=sequence.id
        )
    return replace(entry, columns=tuple(columns)), made


def _column_sequence(
    session: Session, table: Relation, column: Column, d: ast.ColumnDef, taken: set[str]
) -> Relation:
    what = "identity" if d.identity is not None else "serial"
    if d.default is not None or d.generated is not None:
        other = "default" if d.default is not None else "generation expression"
        if what == "identity":
            raise UserError(f'both {other} and identity specified for column "{column.name}" of table "{table.name}"',
                            "42601", position=d.position)
        raise UserError(f'multiple default values specified for column "{column.name}" of table "{table.name}"', "42601",
                        position=d.position)
    if what == "identity" and column.type.name not in ("int2", "int4", "int8"):
        raise UserError("identity column type must be smallint, integer, or bigint", "22023", position=d.position)
    if d.type is not None and d.type.array_depth:
        raise UserError("array of serial is not implemented", "0A000", position=d.position)
    options = dict(d.sequence_options)
    name = options["sequence name"][-1] if "sequence name" in options else free_name(session, table, column.name, taken)
    definition = define(options, column.type)
    return sequence_entry(
        session.server.catalog.new_id(), table.schema, name, definition, on=table.id, keys=(column.name,), owner=table.owner
    )


def free_name(session: Session, table: Relation, column: str, taken: set[str]) -> str:
    """table_column_seq, cut to a name's length and numbered when taken, as PostgreSQL chooses it."""
    snapshot = session.server.catalog.snapshot
    first, second = table.name, column
    while len(first) + len(second) + 5 > NAME_LENGTH:
        if len(first) > len(second):
            first = first[:-1]
        else:
            second = second[:-1]
    number = 0
    while True:
        name = f"{first}_{second}_seq{number or ''}"
        if name not in taken and snapshot.find(name, (), table.schema) is None:
            return name
        number += 1

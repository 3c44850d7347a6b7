"""Sequences of a server: shared counters in memory, each with its row in a stored relation.

A statement that drew from a sequence is answered after the row is in the log (`flush`, or the command of its DML), so no
value is given twice, not even after a crash. As in PostgreSQL, a failed or rolled back statement leaves a gap.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ...kernels.batch import Batch
from ...kernels.expr.k_sequence import SequenceTable
from ...kernels.types import BOOL, INT8
from ...planner.catalog.entries import Column, Relation, Snapshot
from ...planner.catalog.sequence import Row, definition_of
from ...planner.sql.lexer import tokenize
from ..transactions.drafts import current

if TYPE_CHECKING:
    from ..server import Server
    from ..sessions.session import Session

_TYPES = (INT8, INT8, BOOL)


class Sequences:
    def __init__(self, server: Server) -> None:
        self._server = server
        self.table = SequenceTable()

    def define(self, entry: Relation, state: Row | None = None) -> None:
        """Make the counter of a catalog entry, or change it; it keeps its value unless `state` gives one."""
        d = definition_of(entry)
        if state is None:
            state = self.table.state(entry.id)
        self.table.define(entry.id, entry.name, d.increment, d.least, d.most, d.cycle, state)

    def restore(self, entry: Relation) -> None:
        """The counter as its stored row says, at start-up; a sequence without a row is a new one."""
        stored = self._server.engine.relations[entry.id]
        rows = self._rows(entry.id)
        first = definition_of(entry).first
        self.define(entry, rows.to_rows()[0][:3] if rows is not None else first)
        if rows is None:
            stored.apply(Batch.from_rows(_TYPES, [first]))

    def write(self, ids: Iterable[int], *, committing: bool = False) -> None:
        """Write the rows of these sequences (in an engine command); those that a transaction has made at its commit."""
        engine, draft = self._server.engine, current()
        for id in ids:
            if id in engine.drafts and not committing:  # in no log before its catalog record
                if draft is not None:
                    draft.before.append(partial(self.write, [id], committing=True))
                continue
            if id not in engine.relations:
                continue
            new = Batch.from_rows(_TYPES, [self.table.state(id)])
            old = self._rows(id)
            self._server.engine.write(id, new if old is None else Batch.concat([old.negate(), new]).consolidate())

    def _rows(self, id: int) -> Batch | None:
        parts = self._server.engine.relations[id].snapshot().batches()
        rows = Batch.concat(parts).consolidate() if parts else None
        return rows if rows is not None and rows.num_rows else None

    async def flush(self, session: Session) -> None:
        """Make durable what the session's last statement drew."""
        touched = session.sequences.take_touched()
        if touched:
            await asyncio.wrap_future(self._server.engine.submit(lambda: self.write(touched), shared=True))


def users_of(snapshot: Snapshot, sequence: int) -> list[tuple[Relation, int]]:
    """(table, column) of the defaults that draw from a sequence."""
    return [
        (r, at)
        for r in snapshot.relations.values()
        if r.kind == "table"
        for at, c in enumerate(r.columns)
        if c.sequence == sequence
    ]


def sequence_name(entry: Relation) -> str:
    """The argument of nextval in a default."""
    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in (entry.schema, entry.name))
    return "'" + quoted.replace("'", "''") + "'"


def drawing_default(entry: Relation) -> str:
    return f"nextval({sequence_name(entry)}::regclass)"


def renamed_default(column: Column, old: Relation, new: Relation) -> Column:
    """The column's default with the new name of its sequence."""
    assert column.default is not None
    names = {old.name, f"{old.schema}.{old.name}"}
    text = column.default
    for token in reversed(tokenize(text)):
        if token.kind == "string" and token.value.replace('"', "") in names:
            text = text[: token.start] + sequence_name(new) + text[token.end :]
    return replace(column, default=text)

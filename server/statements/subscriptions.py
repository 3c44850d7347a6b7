"""CREATE SUBSCRIPTION and its cursors: the changes of a table or view, fetched row by row.

Rows: the relation's columns, `op` (Insert, Delete, UpdateInsert, UpdateDelete) and `rw_timestamp`, the milliseconds of
the epoch, NULL for rows that were there when a cursor of FULL was declared.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ...executor.operators.changelog import kinds
from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.schema import Field, Schema
from ...kernels.types import INT8, TEXT
from ...planner.catalog.entries import Relation
from ...planner.sql import statements as ast
from ...planner.sql.options import Options
from ..reading.executions import Done
from ..reading.planning import stream_key
from ..sessions.authorization import require_relation
from .subscribe import Opened, follow

if TYPE_CHECKING:
    from ..sessions.session import Session

OPERATIONS = {1: "Insert", 2: "Delete", 3: "UpdateInsert", 4: "UpdateDelete"}


async def create_subscription(
    session: Session, statement: ast.CreateSubscription, parameters: Any, prepared: Any
) -> Done:
    """A name for the changes of a relation. Cursors see those since they were declared: `retention` keeps no others."""
    session.require_writable("CREATE SUBSCRIPTION")
    server = session.server
    schema, name = server.new_name(session, statement.name)
    if server.exists(session, schema, name, statement.if_not_exists, "relation"):
        return Done("CREATE SUBSCRIPTION")
    options = Options(statement.options)
    if options.get_str("retention", None) is None:
        raise UserError("a subscription needs a retention", "42601", hint="WITH (retention = '1 day')")
    options.finish()
    target = server.resolve(session, statement.relation, ("table", "materialized_view"))
    require_relation(session, target, "r")
    entry = Relation(
        id=server.catalog.new_id(), schema=schema, name=name, kind="subscription", columns=(),
        definition=statement.text, options=tuple((k, str(v)) for k, v in statement.options),
        depends_on=(target.id,), owner=session.user,
    )  # fmt: skip
    await asyncio.wrap_future(server.engine.submit(lambda: server.catalog.change(("put_relation", entry))))
    return Done("CREATE SUBSCRIPTION")


def open_cursor(session: Session, name: ast.Name, full: bool) -> SubscriptionCursor:
    """A cursor over the changes from now on, with `full` after the rows that are there."""
    entry = session.server.resolve(session, name, ("subscription",))
    target = session.server.catalog.snapshot.relations[entry.depends_on[0]]
    require_relation(session, target, "r")
    session.server.check_ready((target.id,))
    return SubscriptionCursor(session, target, follow(session, target.id, full), stream_key(session, target))


class SubscriptionCursor(Done):
    """Never waits but in `wait`; what one change made is told in order: the old row, then the new one."""

    def __init__(self, session: Session, target: Relation, opened: Opened, key: tuple[int, ...]) -> None:
        super().__init__("FETCH")
        self._session = session
        self._target = target.id
        self._opened = opened
        self.spool = opened.snapshot
        self._key = key
        self._shown = tuple(p for p, c in enumerate(target.columns) if not c.hidden)
        fields = (Field(c.name, c.type) for c in target.columns if not c.hidden)
        self.columns = Schema((*fields, Field("op", TEXT), Field("rw_timestamp", INT8)))
        self._left: Batch | None = None
        self._at = 0  # the next piece of the rows to begin with

    async def wait(self, seconds: float) -> None:
        """Until there is a change, at most so long."""
        opened = self._opened
        if self._left is None and opened.snapshot is None and not opened.subscription.pending:
            opened.changed.clear()
            try:
                await asyncio.wait_for(opened.changed.wait(), seconds)
            except TimeoutError:
                return

    async def fetch(self, limit: int) -> Batch | None:
        opened = self._opened
        if opened.subscription.overflowed:
            raise opened.subscription.too_slow("the cursor was not read for too long")
        parts: list[Batch] = []
        count = 0
        while not limit or count < limit:
            rows = self._left if self._left is not None else self._next()
            self._left = None
            if rows is None:
                break
            if limit and rows.num_rows > limit - count:
                self._left = rows.slice(limit - count, rows.num_rows - (limit - count))
                rows = rows.slice(0, limit - count)
            parts.append(rows)
            count += rows.num_rows
        return Batch.concat(parts) if parts else None

    def _next(self) -> Batch | None:
        """What comes next of the rows to begin with and the changes; None when there is nothing."""
        while (spool := self._opened.snapshot) is not None:
            if self._at >= spool.pieces:
                self._opened.snapshot = None
                spool.drop()
                break
            spool.passed(self._at)
            self._at += 1
            if (rows := self._rows(None, spool.piece(self._at - 1))) is not None:
                return rows
        while (change := self._opened.subscription.take()) is not None:
            if (rows := self._rows(*change)) is not None:
                return rows
        return None

    def _rows(self, time: int | None, delta: Batch) -> Batch | None:
        told = [
            rows.select(self._shown).hstack(Batch.repeat(TEXT, OPERATIONS[operation], rows.num_rows))
            .hstack(Batch.repeat(INT8, time, rows.num_rows))
            for operation, rows in kinds(delta.consolidate(), self._key)
        ]
        return Batch.concat(told) if told else None

    async def close(self) -> None:
        stored = self._session.server.engine.relations.get(self._target)
        if stored is not None and self._opened.subscription in stored.subscriptions:
            stored.subscriptions.remove(self._opened.subscription)
        self._opened.close()

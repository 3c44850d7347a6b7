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
from ...kernels.limits import SUBSCRIPTION_ROWS
from ...kernels.schema import Field, Schema
from ...kernels.types import INT8, TEXT
from ...planner.catalog.entries import Relation
from ...planner.sql import statements as ast
from ...planner.sql.options import Options
from ..authorization import require_relation
from ..executions import Done
from ..planning import stream_key
from .subscribe import Opened, follow

if TYPE_CHECKING:
    from ..session import Session

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
        self._key = key
        self._shown = tuple(p for p, c in enumerate(target.columns) if not c.hidden)
        fields = (Field(c.name, c.type) for c in target.columns if not c.hidden)
        self.columns = Schema((*fields, Field("op", TEXT), Field("rw_timestamp", INT8)))
        self._left: Batch | None = None

    async def wait(self, seconds: float) -> None:
        """Until there is a change, at most so long."""
        opened = self._opened
        if self._left is None and not opened.snapshot and not opened.subscription.pending:
            opened.changed.clear()
            try:
                await asyncio.wait_for(opened.changed.wait(), seconds)
            except TimeoutError:
                return

    async def fetch(self, limit: int) -> Batch | None:
        opened = self._opened
        if opened.subscription.overflowed:
            raise UserError(f"the cursor was not read for too long: more than {SUBSCRIPTION_ROWS} rows waited", "53400",
                            hint="Declare it again.")
        new = [self._rows(None, batch) for _, batch in opened.snapshot]
        opened.snapshot.clear()
        new += [self._rows(time, delta) for time, delta in opened.subscription.take()]
        parts = [p for p in (self._left, *new) if p is not None and p.num_rows]
        if not parts:
            self._left = None
            return None
        whole = Batch.concat(parts)
        size = min(limit, whole.num_rows) if limit else whole.num_rows
        self._left = whole.slice(size, whole.num_rows - size) if size < whole.num_rows else None
        return whole.slice(0, size)

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
        self._opened.subscription.dropped()

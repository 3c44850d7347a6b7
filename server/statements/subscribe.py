"""SUBSCRIBE: the changelog of a relation, from its present rows on.

Rows: mz_timestamp (milliseconds of the epoch), mz_diff (+n or -n), then the relation's columns.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from ...kernels.batch import Batch
from ...kernels.errors import Unsupported
from ...kernels.schema import Field, Schema
from ...kernels.types import INT8
from ...pgwire.session_api import CopyFormat
from ...planner.catalog.entries import Relation
from ...planner.catalog.roles import BOOTSTRAP
from ...planner.sql import statements as ast
from ...planner.sql.options import Options
from ..authorization import owns, require_relation
from ..executions import Stream
from ..live_queries import close_live, open_live
from ..planning import plan_definition, select_all
from ..relations import Subscription
from ..waiting import Spool

if TYPE_CHECKING:
    from ..session import Session


@dataclass
class Opened:
    schema: Schema
    subscription: Subscription
    changed: asyncio.Event
    time: int  # of the snapshot, milliseconds
    snapshot: Spool | None  # the rows to begin with, until they are told

    def close(self) -> None:
        self.subscription.dropped()
        if self.snapshot is not None:
            self.snapshot.drop()

    async def coming(self, seconds: float) -> bool:
        """Whether something is to be told, now or within that time."""
        self.changed.clear()
        subscription = self.subscription
        if self.snapshot is not None or subscription.pending or subscription.overflowed or subscription.ended:
            return True
        try:
            await asyncio.wait_for(self.changed.wait(), seconds)
        except TimeoutError:
            return False
        return True


async def subscribe(
    session: Session, statement: ast.Subscribe, parameters: Any, prepared: Any, *, copy: CopyFormat | None = None
) -> Stream:
    if statement.as_of is not None or statement.up_to is not None:
        raise Unsupported("SUBSCRIBE AS OF and UP TO are not supported", hint="A subscription begins now.")
    options = Options(statement.options)
    with_snapshot = options.get_bool("snapshot", True)
    progress = options.get_bool("progress", False)
    options.finish()
    if progress:
        raise Unsupported("SUBSCRIBE WITH (PROGRESS) is not supported")
    entry, transient = await _relation(session, statement)
    opened = follow(session, entry.id, bool(with_snapshot))
    positions = tuple(p for p, c in enumerate(entry.columns) if not c.hidden)

    def close() -> None:
        stored = session.server.engine.relations.get(entry.id)
        if stored is not None and opened.subscription in stored.subscriptions:
            stored.subscriptions.remove(opened.subscription)
        opened.close()
        if transient:
            close_live(session.server, entry)

    return Stream(change_schema(entry), _changes(session, opened, positions), close, opened.coming, copy=copy,
                  spool=opened.snapshot)


def change_schema(entry: Relation) -> Schema:
    """Columns of the changes of a relation."""
    columns = (Field(c.name, c.type) for c in entry.columns if not c.hidden)
    return Schema((Field("mz_timestamp", INT8), Field("mz_diff", INT8), *columns))


def described(session: Session, statement: ast.Subscribe) -> Schema:
    """Columns of a subscription, before it runs."""
    query = _query(session, statement)
    if query is None:
        return change_schema(_subscribed(session, statement))
    planned = plan_definition(session, query, streaming=True, subscribing=True)
    return Schema((Field("mz_timestamp", INT8), Field("mz_diff", INT8), *planned.schema.fields))


def _subscribed(session: Session, statement: ast.Subscribe) -> Relation:
    assert statement.relation is not None
    return session.server.resolve(session, statement.relation, ("table", "materialized_view", "view", "source"))


def _query(session: Session, statement: ast.Subscribe) -> exp.Expression | None:
    """The query whose changes are wanted; None for rows that are stored and seen whole."""
    if statement.query is not None:
        return statement.query
    entry = _subscribed(session, statement)
    snapshot = session.server.catalog.snapshot
    filtered = entry.id in snapshot.row_security and not owns(session, BOOTSTRAP)
    if entry.kind in ("view", "source") or filtered:
        return select_all((entry.schema, entry.name))[0]
    return None


async def _relation(session: Session, statement: ast.Subscribe) -> tuple[Relation, bool]:
    """What to follow, and whether it lives only as long as the subscription."""
    query = _query(session, statement)
    if query is not None:
        return await open_live(session, plan_definition(session, query, streaming=True, subscribing=True)), True
    entry = _subscribed(session, statement)
    require_relation(session, entry, "r")
    session.server.check_ready((entry.id,))
    return entry, False


def follow(session: Session, relation: int, with_snapshot: bool) -> Opened:
    """The changes of a stored relation from now on, and its rows of now if asked."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def notify() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(changed.set)

    subscription = Subscription(notify, session.settings.bytes("subscription_memory"))
    engine = session.server.engine
    with engine.lock:
        stored = engine.relations[relation]
        time = engine.clock.micros() // 1000
        snapshot = Spool.of_snapshot(stored.snapshot()) if with_snapshot and stored.rows.num_rows else None
        stored.subscriptions.append(subscription)
    return Opened(stored.entry.row_schema, subscription, changed, time, snapshot)


async def _changes(session: Session, opened: Opened, positions: tuple[int, ...]) -> AsyncIterator[Batch]:
    spool = opened.snapshot
    if spool is not None:
        for i in range(spool.pieces):
            spool.first = i
            batch = spool.piece(i)
            if i == spool.pieces - 1:
                opened.snapshot = None
                spool.drop()
            yield _rows(opened.time, batch, positions)
        del spool, batch
    while True:
        while (change := opened.subscription.take()) is not None:
            yield _rows(*change, positions)
            del change
        if opened.subscription.overflowed:
            raise opened.subscription.too_slow("the subscriber is too slow")
        if opened.subscription.ended:
            return
        session.interrupt.check()
        opened.changed.clear()
        if not opened.subscription.pending:
            with contextlib.suppress(TimeoutError):  # the statement's: told by the check above
                await asyncio.wait_for(opened.changed.wait(), session.interrupt.seconds_left)


def _rows(time: int, batch: Batch, positions: tuple[int, ...]) -> Batch:
    head = Batch.repeat(INT8, time, batch.num_rows).hstack(batch.weights_column())
    return head.hstack(batch.select(positions)).without_weights()

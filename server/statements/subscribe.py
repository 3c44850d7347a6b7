"""SUBSCRIBE: the changelog of a relation, from its present rows on.

Rows: mz_timestamp (milliseconds of the epoch), mz_diff (+n or -n), then the relation's columns.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...kernels.batch import Batch
from ...kernels.errors import Unsupported, UserError
from ...kernels.limits import SUBSCRIPTION_ROWS
from ...kernels.schema import Field, Schema
from ...kernels.types import INT8
from ...pgwire.session_api import CopyFormat
from ...planner.sql import statements as ast
from ...planner.sql.options import Options
from ..executions import Stream
from ..relations import Subscription

if TYPE_CHECKING:
    from ..session import Session


@dataclass
class Opened:
    schema: Schema
    subscription: Subscription
    changed: asyncio.Event
    snapshot: list[tuple[int, Batch]]


async def subscribe(
    session: Session, statement: ast.Subscribe, parameters: Any, prepared: Any, *, copy: CopyFormat | None = None
) -> Stream:
    if statement.relation is None:
        raise Unsupported("SUBSCRIBE to a query is not supported",
                          hint="Create a materialized view and subscribe to it.")
    if statement.as_of is not None or statement.up_to is not None:
        raise Unsupported("SUBSCRIBE AS OF and UP TO are not supported", hint="A subscription begins now.")
    options = Options(statement.options)
    with_snapshot = options.get_bool("snapshot", True)
    progress = options.get_bool("progress", False)
    options.finish()
    if progress:
        raise Unsupported("SUBSCRIBE WITH (PROGRESS) is not supported")
    entry = session.server.resolve(session, statement.relation, ("table", "materialized_view"))
    session.server.check_ready((entry.id,))
    opened = _open(session, entry.id, bool(with_snapshot))
    columns = tuple(c for c in entry.columns if not c.hidden)
    schema = Schema(
        (Field("mz_timestamp", INT8), Field("mz_diff", INT8), *(Field(c.name, c.type) for c in columns))
    )
    positions = tuple(p for p, c in enumerate(entry.columns) if not c.hidden)

    def close() -> None:
        stored = session.server.engine.relations.get(entry.id)
        if stored is not None and opened.subscription in stored.subscriptions:
            stored.subscriptions.remove(opened.subscription)
        opened.subscription.dropped()

    return Stream(schema, _changes(session, opened, positions), close, copy=copy)


def _open(session: Session, relation: int, with_snapshot: bool) -> Opened:
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def notify() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(changed.set)

    subscription = Subscription(notify)
    engine = session.server.engine
    with engine.lock:
        stored = engine.relations[relation]
        time = engine.clock.micros() // 1000
        snapshot = [(time, b) for b in stored.snapshot().batches() if b.num_rows] if with_snapshot else []
        stored.subscriptions.append(subscription)
    return Opened(stored.entry.row_schema, subscription, changed, snapshot)


async def _changes(session: Session, opened: Opened, positions: tuple[int, ...]) -> AsyncIterator[Batch]:
    for time, batch in opened.snapshot:
        yield _rows(time, batch, positions)
    opened.snapshot.clear()
    while True:
        for time, batch in opened.subscription.take():
            yield _rows(time, batch, positions)
        if opened.subscription.overflowed:
            raise UserError(f"the subscriber is too slow: more than {SUBSCRIPTION_ROWS} rows waited", "53400",
                            hint="Subscribe again; the new subscription begins with a snapshot.")
        if opened.subscription.ended:
            return
        session.interrupt.check()
        opened.changed.clear()
        if not opened.subscription.pending:
            await opened.changed.wait()


def _rows(time: int, batch: Batch, positions: tuple[int, ...]) -> Batch:
    head = Batch.repeat(INT8, time, batch.num_rows).hstack(batch.weights_column())
    return head.hstack(batch.select(positions)).without_weights()

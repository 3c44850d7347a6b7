"""SUBSCRIBE: the changelog of a relation, from its present rows on.

Rows: mz_timestamp (milliseconds of the epoch), mz_diff (+n or -n), then the relation's columns; `tellings.py` has the
other forms.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from ...kernels.batch import Batch
from ...kernels.errors import Unsupported, UserError
from ...kernels.schema import Field, Schema
from ...kernels.types import INT8, TIMESTAMPTZ
from ...pgwire.session_api import CopyFormat
from ...planner.catalog.entries import Column, Relation
from ...planner.catalog.roles import BOOTSTRAP, member_of
from ...planner.sql import statements as ast
from ...planner.sql.options import Options
from ..reading.executions import Stream
from ..reading.live_queries import close_live, open_live
from ..reading.planning import constant_parameters, plan_definition, select_all
from ..reading.waiting import Spool
from ..sessions.authorization import owns, require_relation
from ..streaming.relations import Subscription
from .tellings import PROGRESS_MILLISECONDS, OrderBy, Telling

if TYPE_CHECKING:
    from ..sessions.session import Session


LOOK_AGAIN = 1.0  # seconds, at whether a privilege has gone


@dataclass
class Opened:
    schema: Schema
    subscription: Subscription
    changed: asyncio.Event
    time: int  # of the snapshot, milliseconds
    snapshot: Spool | None  # the rows to begin with, until they are told
    next_at: float = math.inf  # milliseconds: when something is told though nothing has changed

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
        left = (self.next_at - time.time() * 1000) / 1000
        try:
            await asyncio.wait_for(self.changed.wait(), min(seconds, max(left, 0.0)))
        except TimeoutError:
            return left <= seconds
        return True


async def subscribe(
    session: Session, statement: ast.Subscribe, parameters: Any, prepared: Any, *, copy: CopyFormat | None = None
) -> Stream:
    options = Options(statement.options)
    with_snapshot = options.get_bool("snapshot", True)
    options.get_bool("progress", False)
    options.finish()
    begin, end = _moment(session, statement.as_of), _moment(session, statement.up_to)
    if begin is not None:
        await _reach(session, begin, statement.at_least)
    entry, transient = await _relation(session, statement)
    telling = _telling(entry.columns, statement, end)
    still = Permission(session, statement)
    opened = follow(session, entry.id, bool(with_snapshot))
    opened.next_at = 0 if telling.timed else math.inf

    def close() -> None:
        stored = session.server.engine.relations.get(entry.id)
        if stored is not None and opened.subscription in stored.subscriptions:
            stored.subscriptions.remove(opened.subscription)
        opened.close()
        if transient:
            close_live(session.server, entry)

    return Stream(telling.schema, _changes(session, opened, telling, still), close, opened.coming, copy=copy, spool=opened.snapshot)


def _moment(session: Session, value: exp.Expression | None) -> int | None:
    """A time of AS OF or UP TO in milliseconds: a number of them, or what is a timestamptz."""
    if value is None:
        return None
    try:
        found = constant_parameters(session, (value,), (TIMESTAMPTZ,))
        factor = 1000
    except UserError as e:
        if e.sqlstate not in ("42846", "42804", "22007", "22008", "42883"):
            raise
        found, factor = constant_parameters(session, (value,), (INT8,)), 1
    cell = None if found is None else found.cell(0, 0)
    if cell is None:
        raise UserError("the time of a subscription must not be NULL", "22004")
    return int(cell) // factor


async def _reach(session: Session, begin: int, at_least: bool) -> None:
    """Wait until the time has come; what was before the statement is not kept."""
    clock = session.server.engine.clock
    if begin < session.facts().now // 1000 and not at_least:
        raise Unsupported("SUBSCRIBE AS OF a time in the past is not supported",
                          hint="Rows of the past are not kept: AS OF AT LEAST begins now.")
    while clock.micros() // 1000 < begin:
        session.interrupt.check()
        await asyncio.sleep(min(0.05, (begin - clock.micros() // 1000) / 1000 + 0.001))


def _telling(columns: Sequence[Column], statement: ast.Subscribe, end: int | None) -> Telling:
    positions = tuple(p for p, c in enumerate(columns) if not c.hidden)
    shown = tuple(Field(columns[p].name, columns[p].type) for p in positions)
    names = [f.name for f in shown]

    def place(name: str) -> int:
        if name not in names:
            raise UserError(f'column "{name}" does not exist', "42703")
        return names.index(name)

    key = tuple(place(k) for k in statement.key)
    ordered = ["mz_diff", *names]
    if any(name not in ordered for name, *_ in statement.order):
        raise UserError("WITHIN TIMESTAMP ORDER BY takes columns of the result", "42703")
    order = tuple(OrderBy(ordered.index(name), down, first) for name, down, first in statement.order)
    if statement.envelope and order:
        raise UserError("WITHIN TIMESTAMP ORDER BY does not go with ENVELOPE", "42601")
    progress = bool(Options(statement.options).get_bool("progress", False))
    return Telling(shown, positions, progress, end, statement.envelope, key, order)


def described(session: Session, statement: ast.Subscribe) -> Schema:
    """Columns of a subscription, before it runs."""
    query = _query(session, statement)
    if query is None:
        return _telling(_subscribed(session, statement).columns, statement, None).schema
    planned = plan_definition(session, query, streaming=True, subscribing=True)
    return _telling(tuple(Column(f.name, f.type) for f in planned.schema), statement, None).schema


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
        now = engine.clock.micros() // 1000
        snapshot = Spool.of_snapshot(stored.snapshot()) if with_snapshot and stored.rows.num_rows else None
        stored.subscriptions.append(subscription)
    return Opened(stored.entry.row_schema, subscription, changed, now, snapshot)


class Permission:
    """Whether the subscriber may still see what it subscribed to; looked at anew when the catalog has changed."""

    def __init__(self, session: Session, statement: ast.Subscribe) -> None:
        self._session, self._statement = session, statement
        self._version = session.server.catalog.shared.version
        self._rules = self._read()

    def check(self) -> None:
        """42501 once a privilege is gone, 55000 when other rows would be shown now."""
        version = self._session.server.catalog.shared.version
        if version == self._version:
            return
        self._version = version
        if self._read() != self._rules:
            raise UserError("row security of what the subscription reads has changed", "55000", hint="Subscribe again.")

    def _read(self) -> Any:
        """Policies that apply; raises for a privilege that is missing."""
        session, snapshot = self._session, self._session.server.catalog.snapshot
        query = _query(session, self._statement)
        if query is None:
            require_relation(session, _subscribed(session, self._statement), "r")
            return None
        reads = plan_definition(session, query, streaming=True, subscribing=True).depends_on
        return (
            [p for p in snapshot.policies.values() if p.relation in reads],
            [snapshot.row_security.get(r) for r in reads],
            member_of(snapshot, session.user) if snapshot.policies else None,
        )


async def _changes(
    session: Session, opened: Opened, telling: Telling, still: Permission | None = None
) -> AsyncIterator[Batch]:
    engine, end = session.server.engine, math.inf if telling.up_to is None else telling.up_to
    spool = opened.snapshot
    if spool is not None:
        for i in range(spool.pieces):
            spool.passed(i)
            batch = spool.piece(i)
            if i == spool.pieces - 1:
                opened.snapshot = None
                spool.drop()
            if opened.time < end and (rows := telling.rows(opened.time, batch)) is not None:
                yield rows
        del spool, batch
    told = 0.0
    while True:
        now, some = 0, False
        if still is not None:
            still.check()
        if telling.timed:
            with engine.lock:  # between two steps: what comes later is of this millisecond or later
                now = engine.clock.micros() // 1000
        while (change := opened.subscription.take()) is not None:
            some = True
            if change[0] < end and (rows := telling.rows(*change)) is not None:
                yield rows
            del change
        if opened.subscription.overflowed:
            raise opened.subscription.too_slow("the subscriber is too slow")
        upper = min(now, end)
        if telling.progress and upper > told and (some or upper - told >= PROGRESS_MILLISECONDS or upper == end):
            told = upper
            opened.next_at = min(told + PROGRESS_MILLISECONDS, end)
            yield telling.progressed(int(upper))
        if opened.subscription.ended or (telling.timed and now >= end):
            return
        session.interrupt.check()
        opened.changed.clear()
        if not opened.subscription.pending:
            seconds = session.interrupt.seconds_left
            opened.next_at = min(told + PROGRESS_MILLISECONDS if telling.progress else math.inf, end)
            if telling.timed:
                due = max(0.0, (opened.next_at - now) / 1000)
                seconds = due if seconds is None else min(seconds, due)
            seconds = LOOK_AGAIN if seconds is None else min(seconds, LOOK_AGAIN)
            with contextlib.suppress(TimeoutError):  # the statement's: told by the check above
                await asyncio.wait_for(opened.changed.wait(), seconds)

"""Who waits for whom: what an open transaction has written, no other may write before it ends.

A transaction's writes are its locks, and what it has selected FOR UPDATE or FOR SHARE. Two deltas of one table touch each other when they share the value of a unique
key; in a table without one, when both delete the same row. Conflicts are looked for under the engine's lock, waiting
goes on without it; the waiter then runs its statement again over what is committed by then.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.keys import KeyedRows, rows_by_key
from ...planner.catalog.entries import Relation

if TYPE_CHECKING:
    from ..sessions.session import Session
    from .transaction import Transaction

T = TypeVar("T")
LOOK_SECONDS = 0.05  # how often a waiting statement looks whether it was cancelled


class Stale(Exception):
    """The catalog has changed since the statement was planned."""


class Conflict(Exception):
    """Raised inside an engine command: the statement has to wait for `holder`."""

    def __init__(self, holder: Transaction) -> None:
        super().__init__()
        self.holder = holder


class Locks:
    """The open transactions that have written something."""

    def __init__(self) -> None:
        self._holders: tuple[Transaction, ...] = ()
        self._change = threading.Lock()

    def check(self, relation: Relation, delta: Batch, own: Transaction | None, *, shared: bool = False) -> None:
        """Conflict when another open transaction has rows of the same keys. Under the engine's lock."""
        for holder in self._holders:
            if holder is own:
                continue
            if relation.id in holder.altering or _meets(relation, delta, holder, shared):
                raise Conflict(holder)

    def taken(self, relation: Relation, own: Transaction | None, *, shared: bool) -> list[Batch]:
        """What other open transactions hold of a table, without weights."""
        holders = [h for h in self._holders if h is not own]
        return [b.without_weights() for h in holders for b in _held(relation, h, shared)]

    def check_deleted(self, relation: Relation, own: Transaction | None) -> None:
        """Conflict when another open transaction has deleted rows: a key that seems taken may become free."""
        for holder in self._holders:
            if holder is not own and relation.id in holder.writes and holder.writes[relation.id].deleted().num_rows:
                raise Conflict(holder)

    def check_unwritten(self, relation: Relation, own: Transaction | None) -> None:
        """Conflict when another open transaction has written rows of a table, or has locked some."""
        for holder in self._holders:
            if holder is not own and (relation.id in holder.altering or _held(relation, holder, False)):
                raise Conflict(holder)

    def alter(self, transaction: Transaction | None, relation: int) -> None:
        """No other writes to the table until the transaction has ended."""
        if transaction is not None:
            transaction.altering.add(relation)
            self.hold(transaction)

    def hold(self, transaction: Transaction) -> None:
        with self._change:
            if transaction not in self._holders:
                self._holders = (*self._holders, transaction)

    def release(self, transaction: Transaction) -> None:
        """The transaction has ended: whoever waits for it goes on."""
        with self._change:
            self._holders = tuple(h for h in self._holders if h is not transaction)
        if not transaction.ended.done():
            transaction.ended.set_result(None)

    async def until_free(self, session: Session, attempt: Callable[[], Awaitable[T]]) -> T:
        """The result of `attempt`, made again each time that a transaction in its way has ended, or its plan was `Stale`."""
        while True:
            try:
                return await attempt()
            except Conflict as e:
                await self.wait(session, e.holder)
            except Stale:
                continue

    async def wait(self, session: Session, holder: Transaction) -> None:
        """Until `holder` has ended. 40P01 for a circle, 55P03 past lock_timeout, 57014 when cancelled."""
        own = session.transaction
        session.waits_for, session.waits = holder, ("Lock", "transactionid")
        if own is not None:
            own.waits_for = holder
        try:
            step: Transaction | None = holder
            while step is not None:
                if step is own:
                    session.server.statistics.deadlocks += 1
                    raise UserError(
                        "deadlock detected", "40P01",
                        detail="Each of several transactions waits for rows that another one has written.",
                        hint="The transaction might succeed if retried.",
                    )
                step = step.waits_for
            timeout = session.settings.milliseconds("lock_timeout")
            deadline = time.monotonic() + timeout / 1000 if timeout else None
            ended = asyncio.wrap_future(holder.ended)
            while not ended.done():
                await asyncio.wait({ended}, timeout=LOOK_SECONDS)
                session.interrupt.check()
                if deadline is not None and time.monotonic() > deadline and not ended.done():
                    raise UserError("canceling statement due to lock timeout", "55P03")
        finally:
            session.waits_for = session.waits = None
            if own is not None:
                own.waits_for = None


def _held(relation: Relation, holder: Transaction, shared: bool) -> list[Batch]:
    """What keeps others from writing rows, or with `shared` from sharing them."""
    kept = (holder.writes, holder.locked) if shared else (holder.writes, holder.locked, holder.shared)
    return [rows[relation.id] for rows in kept if relation.id in rows]


def _meets(relation: Relation, delta: Batch, holder: Transaction, shared: bool) -> bool:
    """Whether a change touches what the holder keeps."""
    for key in relation.unique_keys:
        values = delta.select(key)
        if holder.writes.has(relation.id, key, values):
            return True
        for kept in (holder.locked,) if shared else (holder.locked, holder.shared):
            if relation.id in kept and KeyedRows(kept[relation.id], key).rows(values).num_rows:
                return True
    if relation.primary_key:
        return False
    gone, everything = delta.deleted(), tuple(range(delta.num_columns))
    return gone.num_rows > 0 and any(
        rows_by_key(gone, everything, b.deleted(), everything, True).num_rows for b in _held(relation, holder, shared)
    )

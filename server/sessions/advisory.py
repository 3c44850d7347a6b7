"""Advisory locks: numbers that sessions lock against each other (pg_advisory_lock and its kin).

A lock of a session lasts until it is given back as often as it was taken, or the session ends; one of a transaction until that
ends. Several sessions can share a lock.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...kernels.errors import UserError

if TYPE_CHECKING:
    from .session import Session

Key = tuple[int, ...]  # one number of 64 bits, or two of 32
_LOOK_SECONDS = 0.02


@dataclass(slots=True)
class Held:
    """One session's hold of one lock, taken `count` times."""

    session: Session
    key: Key
    shared: bool
    of_transaction: bool
    count: int = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a statement has to wait for before it goes on."""

    key: Key
    shared: bool
    of_transaction: bool


class AdvisoryLocks:
    def __init__(self) -> None:
        self._held: dict[Key, list[Held]] = {}
        self._waiting: dict[int, tuple[Session, Wanted]] = {}  # by the session's process
        self._change = threading.Lock()

    def take(self, session: Session, wanted: Wanted) -> bool:
        """Whether the session has the lock now."""
        with self._change:
            holders = self._held.setdefault(wanted.key, [])
            if any(h.session is not session and not (wanted.shared and h.shared) for h in holders):
                return False
            for h in holders:
                if h.session is session and (h.shared, h.of_transaction) == (wanted.shared, wanted.of_transaction):
                    h.count += 1
                    return True
            holders.append(Held(session, wanted.key, wanted.shared, wanted.of_transaction))
            session.advisory = True
            return True

    async def wait(self, session: Session, wanted: Wanted) -> None:
        """Until the session has the lock; 40P01 for a circle, 55P03 past lock_timeout, 57014 when cancelled."""
        timeout = session.settings.milliseconds("lock_timeout")
        deadline = time.monotonic() + timeout / 1000 if timeout else None
        try:
            while not self.take(session, wanted):
                self._waiting[session.process_id] = session, wanted
                session.waits = ("Lock", "advisory")
                if self._circle(session):
                    raise UserError("deadlock detected", "40P01", detail="Each of several sessions waits for an advisory lock of another.",
                                    hint="See server log for query details.")
                await asyncio.sleep(_LOOK_SECONDS)
                session.interrupt.check()
                if deadline is not None and time.monotonic() > deadline:
                    raise UserError("canceling statement due to lock timeout", "55P03")
        finally:
            session.waits = None
            self._waiting.pop(session.process_id, None)

    def blocking(self, process_id: int) -> list[int]:
        """The sessions that one waits for."""
        found = self._waiting.get(process_id)
        if found is None:
            return []
        return [h.session.process_id for h in list(self._held.get(found[1].key, ())) if h.session.process_id != process_id]

    def _circle(self, session: Session) -> bool:
        seen, todo = set(), self.blocking(session.process_id)
        while todo:
            process = todo.pop()
            if process == session.process_id:
                return True
            if process not in seen:
                seen.add(process)
                todo += self.blocking(process)
        return False

    def give_back(self, session: Session, key: Key, shared: bool) -> bool:
        """False, with a warning, if the session does not have it."""
        with self._change:
            for h in self._held.get(key, []):
                if h.session is session and h.shared == shared and not h.of_transaction:
                    h.count -= 1
                    if not h.count:
                        self._drop([h])
                    return True
        session.notice("WARNING", "01000", f"you don't own a lock of type {'ShareLock' if shared else 'ExclusiveLock'}")
        return False

    def release(self, session: Session, *, of_transaction: bool) -> None:
        """All that the session holds of one kind: at the end of a transaction, or by pg_advisory_unlock_all."""
        if session.advisory:
            with self._change:
                self._drop([h for h in self.listed() if h.session is session and h.of_transaction == of_transaction])
                session.advisory = any(h.session is session for h in self.listed())

    def listed(self) -> Iterator[Held]:
        for holders in list(self._held.values()):
            yield from list(holders)

    def waiting(self) -> list[tuple[Session, Wanted]]:
        return list(self._waiting.values())

    def _drop(self, gone: list[Held]) -> None:
        for h in gone:
            self._held[h.key].remove(h)
            if not self._held[h.key]:
                del self._held[h.key]

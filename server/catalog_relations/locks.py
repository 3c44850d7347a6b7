"""pg_locks: what open transactions and sessions hold, and what statements wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .model import DATABASE, Catalog, Record, Source

if TYPE_CHECKING:
    from ..sessions.advisory import Key
    from ..sessions.session import Session


def _advisory(key: Key) -> Record:
    """As PostgreSQL writes keys: one of 64 bits in two halves (objsubid 1), or two of 32 (objsubid 2)."""
    if len(key) == 1:
        high, low, part = (key[0] >> 32) & 0xFFFFFFFF, key[0] & 0xFFFFFFFF, 1
    else:
        high, low, part = key[0] & 0xFFFFFFFF, key[1] & 0xFFFFFFFF, 2
    return {"locktype": "advisory", "database": DATABASE, "classid": high, "objid": low, "objsubid": part}


def pg_locks(catalog: Catalog) -> list[Record]:
    server = catalog.session.server
    found: list[Record] = []

    def add(session: Session, what: Record, mode: str, granted: bool = True) -> None:
        found.append(
            {"virtualtransaction": session.virtual_transaction, "pid": session.process_id, "mode": mode, "granted": granted,
             "fastpath": False, "waitstart": None if granted else session.started, **what}
        )

    for s in list(server.sessions.values()):
        transaction = s.transaction
        if transaction is None and s.state != "active":
            continue
        add(s, {"locktype": "virtualxid", "virtualxid": s.virtual_transaction}, "ExclusiveLock")
        if transaction is None:
            continue
        modes = (
            ("AccessShareLock", transaction.read), ("RowShareLock", transaction.locked.keys() | transaction.shared.keys()),
            ("RowExclusiveLock", set(transaction.writes)), ("AccessExclusiveLock", transaction.altering),
        )  # fmt: skip
        for mode, relations in modes:
            for relation in sorted(relations):
                add(s, {"locktype": "relation", "database": DATABASE, "relation": relation}, mode)
        if transaction.writes or transaction.altering:
            add(s, {"locktype": "transactionid", "transactionid": transaction.number}, "ExclusiveLock")
    for s in list(server.sessions.values()):
        if s.waits_for is not None:
            add(s, {"locktype": "transactionid", "transactionid": s.waits_for.number}, "ShareLock", False)
    for h in server.advisory.listed():
        add(h.session, _advisory(h.key), "ShareLock" if h.shared else "ExclusiveLock")
    for s, wanted in server.advisory.waiting():
        add(s, _advisory(wanted.key), "ShareLock" if wanted.shared else "ExclusiveLock", False)
    return found


def lock_waits(catalog: Catalog) -> list[Record]:
    """`sabot.lock_waits`: whom each waiting session waits for."""
    server = catalog.session.server
    sessions = list(server.sessions.values())
    found: list[Record] = []
    for waiter in sessions:
        holder = waiter.waits_for
        blockers = [s.process_id for s in sessions if holder is not None and s.transaction is holder]
        found += [{"pid": waiter.process_id, "blocker": pid} for pid in blockers + server.advisory.blocking(waiter.process_id)]
    return found


ROWS: dict[str, Source] = {"pg_locks": pg_locks}

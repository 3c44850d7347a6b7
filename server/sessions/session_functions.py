"""Functions that act on a session, called once per statement: set_config, pg_cancel_backend, pg_sleep."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ...kernels.errors import UserError
from ...planner.catalog import roles
from ..transactions.transaction import TRANSACTIONS
from .advisory import Wanted
from .authorization import has_role, is_superuser
from .notifications import Announcement

if TYPE_CHECKING:
    from .session import Session

_TICK = 0.05  # seconds between two looks at the interrupt


def call(session: Session, name: str, args: tuple[Any, ...]) -> Any:
    """The value of the call; NULL for a NULL argument, as far as PostgreSQL gives it."""
    if name == "set_config":
        return set_config(session, *args)
    if name == "pg_notify":
        session.announce(Announcement("notify", args[0] or "", args[1] or ""))
        return ""
    if name == "pg_export_snapshot":
        return export_snapshot(session)
    if name.startswith("txid_current"):
        return session.transaction.number if session.transaction is not None else None if "assigned" in name else next(TRANSACTIONS)
    if name == "pg_advisory_unlock_all":
        session.server.advisory.release(session, of_transaction=False)
        return ""
    if None in args:
        return None
    if "advisory" in name:
        return advisory(session, name, args)
    if name == "pg_sleep":
        session.sleep = max(session.sleep, float(args[0]))
        return ""
    target = session.server.sessions.get(args[0])
    if target is None:
        session.notice("WARNING", "01000", f"PID {args[0]} is not a PostgreSQL backend process")
        return False
    _require_signal(session, target, name)
    if name == "pg_terminate_backend":
        session.server.terminate(target.process_id)
    else:
        target.cancel()
    return True


def _require_signal(session: Session, target: Session, name: str) -> None:
    """Superusers signal everybody, members of the role its sessions, pg_signal_backend all but superusers'."""
    if is_superuser(session):
        return
    verb = "terminate" if name == "pg_terminate_backend" else "cancel"
    if roles.is_superuser(session.server.catalog.snapshot, target.user):
        raise UserError(f"must be a superuser to {verb} superuser {'process' if verb == 'terminate' else 'query'}", "42501")
    if not has_role(session, target.user) and not has_role(session, "pg_signal_backend"):
        done = "process is being terminated" if verb == "terminate" else "query is being canceled"
        raise UserError(f"must be a member of the role whose {done} or member of pg_signal_backend", "42501")


def advisory(session: Session, name: str, key: tuple[int, ...]) -> Any:
    """Take a lock, if it is free; queue for it; give it back."""
    locks, shared = session.server.advisory, name.endswith("_shared")
    if name.startswith("pg_advisory_unlock"):
        return locks.give_back(session, key, shared)
    wanted = Wanted(key, shared, "_xact_" in name)
    if name.startswith("pg_try"):
        return locks.take(session, wanted)
    session.wanted.append(wanted)
    return ""


def export_snapshot(session: Session) -> str:
    """The rows that the transaction reads, for others that begin with SET TRANSACTION SNAPSHOT; as long as it is open."""
    transaction = session.transaction
    if transaction is None or not transaction.explicit:
        raise UserError("pg_export_snapshot() can only be called in a transaction block", "25P01",
                        hint="What it exports ends with the transaction.")
    with session.server.engine.lock:
        rows = transaction.pin(session.server.engine)
    number = len(transaction.exported) + 1
    name = f"{session.process_id:08X}-{session.server.catalog.snapshot.version:08X}-{number}"
    transaction.exported[name] = rows
    return name


def set_config(session: Session, name: str | None, value: str | None, local: bool | None) -> str:
    """SET by a function call; gives the setting's new value."""
    if name is None:
        raise UserError("SET requires parameter name", "22004")
    if name.lower() == "role":
        session.set_role(value, local=bool(local))
        return session.user
    if name.lower() == "session_authorization":
        session.set_session_authorization(value)
        return session.user
    kept = session.settings.kept()
    session.settings.set(name, value, local=bool(local))
    made = session.settings.get(name)
    if local and session.transaction is None:
        session.settings.go_back(kept)  # the statement is the transaction
    return made


async def slept(session: Session) -> None:
    """Wait for advisory locks, and as long as pg_sleep asked; 57014 when the statement is cancelled meanwhile."""
    while session.wanted:
        await session.server.advisory.wait(session, session.wanted.pop(0))
    left, session.sleep = session.sleep, 0.0
    try:
        while left > 0:
            session.waits = ("Timeout", "PgSleep")
            session.interrupt.check()
            await asyncio.sleep(min(left, _TICK))
            left -= _TICK
    finally:
        session.waits = None

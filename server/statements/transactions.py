"""BEGIN, COMMIT, ROLLBACK, savepoints, SET TRANSACTION."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...kernels.errors import UserError
from ...planner.sql import statements as ast
from ..executions import Done
from ..transaction import ISOLATION_LEVELS

if TYPE_CHECKING:
    from ..session import Session


async def transaction(session: Session, statement: ast.Transaction, parameters: Any, prepared: Any) -> Done:
    current = session.transaction
    explicit = current is not None and current.explicit
    match statement.action:
        case "begin":
            session.begin(read_only="read only" in statement.modes, isolation=_isolation(statement.modes))
            return Done("START TRANSACTION" if statement.text[:5].lower() == "start" else "BEGIN")
        case "commit":
            if not explicit:
                session.notice("WARNING", "25P01", "there is no transaction in progress")
            failed = current is not None and current.failed
            if failed:
                await session.rollback()
            else:
                await session.commit()
            return Done("ROLLBACK" if failed else "COMMIT")
        case "rollback":
            if not explicit:
                session.notice("WARNING", "25P01", "there is no transaction in progress")
            await session.rollback()
            return Done("ROLLBACK")
    name = statement.name or ""
    if current is None or not explicit:
        raise UserError(f"{statement.action.upper()} can only be used in transaction blocks", "25P01")
    match statement.action:
        case "savepoint":
            current.savepoint(name)
            return Done("SAVEPOINT")
        case "release":
            current.release(name)
            return Done("RELEASE")
        case _:
            saved = current.rollback_to(name)
            await session.undo_since(saved)
            return Done("ROLLBACK")


async def set_transaction(session: Session, statement: ast.SetTransaction, parameters: Any, prepared: Any) -> Done:
    read_only, isolation = "read only" in statement.modes, _isolation(statement.modes)
    if statement.session:
        if read_only or "read write" in statement.modes:
            session.settings.set("default_transaction_read_only", "on" if read_only else "off")
        if isolation is not None:
            session.settings.set("default_transaction_isolation", isolation)
    elif session.transaction is None:
        session.notice("WARNING", "25P01", "SET TRANSACTION can only be used in transaction blocks")
    else:
        if isolation is not None:
            session.isolate(isolation)
        if read_only or "read write" in statement.modes:
            session.transaction.read_only = read_only
    return Done("SET")


def _isolation(modes: tuple[str, ...]) -> str | None:
    return next((m for m in modes if m in ISOLATION_LEVELS), None)

"""BEGIN, COMMIT, ROLLBACK, savepoints, SET TRANSACTION."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...kernels.errors import UserError
from ...planner.catalog.keys import key_names
from ...planner.sql import statements as ast
from ..reading.executions import Done
from ..transactions.deferral import check_deferred_keys, deferrals
from ..transactions.transaction import ISOLATION_LEVELS, Modes, Transaction
from ..writing.foreign_keys import check_commit

if TYPE_CHECKING:
    from ..sessions.session import Session


async def transaction(session: Session, statement: ast.Transaction, parameters: Any, prepared: Any) -> Done:
    current = session.transaction
    explicit = current is not None and current.explicit
    if statement.chain and not explicit:
        raise UserError(f"{statement.action.upper()} AND CHAIN can only be used in transaction blocks", "25P01")
    match statement.action:
        case "begin":
            session.begin(read_only=_read_only(statement.modes), isolation=_isolation(statement.modes))
            return Done("START TRANSACTION" if statement.text[:5].lower() == "start" else "BEGIN")
        case "commit":
            if not explicit:
                session.notice("WARNING", "25P01", "there is no transaction in progress")
            failed = current is not None and current.failed
            if failed:
                await session.rollback()
            else:
                await session.commit()
            _chain(session, statement, current)
            return Done("ROLLBACK" if failed else "COMMIT")
        case "rollback":
            if not explicit:
                session.notice("WARNING", "25P01", "there is no transaction in progress")
            await session.rollback()
            _chain(session, statement, current)
            return Done("ROLLBACK")
    name = statement.name or ""
    if current is None or not explicit:
        raise UserError(f"{statement.action.upper()} can only be used in transaction blocks", "25P01")
    match statement.action:
        case "savepoint":
            current.savepoint(name, session.settings.kept(), session.cursors)
            return Done("SAVEPOINT")
        case "release":
            current.release(name)
            return Done("RELEASE")
        case _:
            saved = current.rollback_to(name)
            session.settings.go_back(saved.settings)
            await session.undo_since(saved)
            return Done("ROLLBACK")


def _chain(session: Session, statement: ast.Transaction, ended: Transaction | None) -> None:
    if statement.chain and ended is not None:
        session.begin(read_only=ended.read_only, isolation=ended.isolation)


async def set_transaction(session: Session, statement: ast.SetTransaction, parameters: Any, prepared: Any) -> Done:
    read_only, isolation = "read only" in statement.modes, _isolation(statement.modes)
    if statement.modes and statement.modes[0].startswith("snapshot "):
        _take_over(session, statement.modes[0].removeprefix("snapshot "))
        return Done("SET")
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
            session.make_read_only(read_only)
    return Done("SET")


def _take_over(session: Session, name: str) -> None:
    """SET TRANSACTION SNAPSHOT: read what the transaction reads that has exported it."""
    own = session.transaction
    if own is None or not own.explicit:
        raise UserError("SET TRANSACTION SNAPSHOT can only be used in transaction blocks", "25P01")
    if own.pinned is not None or own.read or own.writes:
        raise UserError("SET TRANSACTION SNAPSHOT must be called before any query", "25001")
    if own.isolation not in ("repeatable read", "serializable"):
        raise UserError("a snapshot-importing transaction must have isolation level SERIALIZABLE or REPEATABLE READ", "0A000")
    open_ = (s.transaction for s in list(session.server.sessions.values()) if s.transaction is not None)
    rows = next((t.exported[name] for t in open_ if name in t.exported), None)
    if rows is None:
        raise UserError(f'invalid snapshot identifier: "{name}"', "22023")
    own.pinned = dict(rows)


async def set_constraints(session: Session, statement: ast.SetConstraints, parameters: Any, prepared: Any) -> Done:
    """SET CONSTRAINTS: what is no longer deferred is checked now."""
    server, transaction = session.server, session.transaction
    if transaction is None or not transaction.explicit:
        session.notice("WARNING", "25P01", "SET CONSTRAINTS can only be used in transaction blocks")
        return Done("SET CONSTRAINTS")
    named = {key for name in statement.names for key in _named(session, name)}
    if statement.names:
        some = {k: v for k, v in transaction.modes.some if k not in named} | dict.fromkeys(named, statement.deferred)
        modes = Modes(transaction.modes.every, tuple(some.items()))
    else:
        modes = Modes(statement.deferred)
    if not statement.deferred:

        def check() -> None:
            with server.engine.lock:
                catalog = server.catalog.snapshot
                every = {(r.id, n) for r in catalog.relations.values() for n in deferrals(r)}
                check_commit(server.engine, catalog, transaction.writes, named or every)
                check_deferred_keys(server.engine, catalog, transaction.writes, named or every)

        await server.in_worker(check)
    transaction.modes = modes
    return Done("SET CONSTRAINTS")


def _named(session: Session, name: tuple[str, ...]) -> list[tuple[int, str]]:
    """The constraints of that name in the schema, or in the first schema of the search path that has some."""
    relations = session.server.catalog.snapshot.relations.values()
    for schema in (name[-2],) if len(name) > 1 else session.search_path:
        mine = [r for r in relations if r.schema == schema and r.kind == "table"]
        found = [(r.id, name[-1]) for r in mine if name[-1] in deferrals(r)]
        if found:
            return found
        if any(name[-1] in (*key_names(r), *(n for n, _ in r.checks), *(f.name for f in r.foreign_keys)) for r in mine):
            raise UserError(f'constraint "{name[-1]}" is not deferrable', "42809")
    raise UserError(f'constraint "{".".join(name)}" does not exist', "42704")


def _read_only(modes: tuple[str, ...]) -> bool | None:
    return True if "read only" in modes else False if "read write" in modes else None


def _isolation(modes: tuple[str, ...]) -> str | None:
    return next((m for m in modes if m in ISOLATION_LEVELS), None)

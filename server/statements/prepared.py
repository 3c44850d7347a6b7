"""SQL-level PREPARE, EXECUTE, DEALLOCATE and cursors (DECLARE, FETCH, MOVE, CLOSE)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ...kernels.batch import Batch
from ...kernels.errors import Unsupported, UserError
from ...kernels.limits import CURSORS_PER_SESSION
from ...planner.sql import statements as ast
from ...planner.sql.options import Options
from ..reading.cursors import Scroll
from ..reading.executions import Done, Rows, Stream
from ..reading.planning import constant_parameters, describe
from ..reading.waiting import Spool
from .subscriptions import SubscriptionCursor, open_cursor

if TYPE_CHECKING:
    from ..sessions.session import Session

EXECUTE_DEPTH = 20


async def prepare(session: Session, statement: ast.Prepare, parameters: Any, prepared: Any) -> Done:
    from ..sessions.session import PreparedStatement

    if statement.name in session.prepared:
        raise UserError(f'prepared statement "{statement.name}" already exists', "42P05")
    oids = tuple(session.resolve_type(t).oid for t in statement.types)
    types, columns = describe(session, statement.statement, oids)
    inner = statement.statement
    session.prepared[statement.name] = PreparedStatement(statement.text, inner, types, columns, oids, session.server.clock.micros(), True)
    return Done("PREPARE")


async def execute(session: Session, statement: ast.Execute, parameters: Any, prepared: Any) -> Any:
    found = session.prepared.get(statement.name)
    if found is None:
        raise UserError(f'prepared statement "{statement.name}" does not exist', "26000")
    arguments = statement.args if found.parameter_types else ()  # PostgreSQL does not look at them then
    if len(arguments) != len(found.parameter_types):
        raise UserError(
            f'wrong number of parameters for prepared statement "{statement.name}"', "42601",
            detail=f"Expected {len(found.parameter_types)} parameters but got {len(statement.args)}.",
        )
    values = constant_parameters(session, arguments, found.parameter_types)
    if session.executing >= EXECUTE_DEPTH:
        raise UserError("stack depth limit exceeded", "54001", hint="A prepared statement executes itself.")
    session.executing += 1
    try:
        return await session.run(found.statement, values, found)
    finally:
        session.executing -= 1


async def deallocate(session: Session, statement: ast.Deallocate, parameters: Any, prepared: Any) -> Done:
    if statement.name is None:
        session.prepared.clear()
        return Done("DEALLOCATE ALL")
    if session.prepared.pop(statement.name, None) is None:
        raise UserError(f'prepared statement "{statement.name}" does not exist', "26000")
    return Done("DEALLOCATE")


async def declare(session: Session, statement: ast.DeclareCursor, parameters: Batch | None, prepared: Any) -> Done:
    from ..sessions.session import Cursor

    if statement.name in session.cursors:
        raise UserError(f'cursor "{statement.name}" already exists', "42P03")
    if len(session.cursors) >= CURSORS_PER_SESSION:
        raise UserError(f"too many open cursors (limit {CURSORS_PER_SESSION})", "54000")
    if statement.query is None:
        assert statement.subscription is not None
        opened = open_cursor(session, statement.subscription, statement.full)
        session.cursors[statement.name] = Cursor(opened, True, True, text=statement.text, made=session.server.clock.micros())
        if opened.spool is not None:
            await session.server.waiting.admit(opened.spool)
        return Done("DECLARE CURSOR")
    subscription = isinstance(statement.query, ast.Subscribe)
    explicit = session.transaction is not None and session.transaction.explicit
    if not explicit and not statement.hold and not subscription:
        raise UserError("DECLARE CURSOR can only be used in transaction blocks", "25P01",
                        hint="Use WITH HOLD, or BEGIN first.")
    if subscription and statement.scroll:
        raise Unsupported("a cursor over SUBSCRIBE can only scan forward", hint="Declare it without SCROLL.")
    execution = await session.run(statement.query, parameters, prepared)
    if statement.scroll:
        await execution.complete()
    session.cursors[statement.name] = Cursor(
        execution, statement.hold or subscription, subscription, Scroll(execution) if statement.scroll else None,
        session.transaction if statement.hold and not subscription else None, statement.text, session.server.clock.micros(),
    )
    return Done("DECLARE CURSOR")


async def fetch(session: Session, statement: ast.Fetch, parameters: Any, prepared: Any) -> Done:
    from ..sessions.session import Cursor

    cursor = session.cursors.get(statement.cursor)
    if cursor is None:
        portal = session.portals.get(statement.cursor)
        if portal is None or portal.columns is None:
            raise UserError(f'cursor "{statement.cursor}" does not exist', "34000")
        cursor = Cursor(portal)
    if cursor.scroll is not None:
        walked = cursor.scroll.fetch(statement)
        return Done(f"MOVE {walked.num_rows}") if statement.move else Rows(cursor.execution.columns, walked, "FETCH")
    if statement.direction != "forward" or (statement.count is not None and statement.count < 0):
        raise UserError("cursor can only scan forward", "55000", hint="Declare it with SCROLL option to enable backward scan.")
    if statement.options:
        options = Options(statement.options)
        seconds = options.get_duration("timeout", 0.0)
        options.finish()
        if isinstance(cursor.execution, SubscriptionCursor):
            await cursor.execution.wait(seconds or 0.0)
        elif isinstance(cursor.execution, Stream):
            assert cursor.execution.columns is not None
            found = await _within(cursor.execution, statement.count, seconds or 0.0)
            return Rows(cursor.execution.columns, Batch.concat(found) if found else None, "FETCH")
    taken, passed = Spool(), 0
    wanted = statement.count
    while wanted is None or passed < wanted:
        batch = await cursor.execution.fetch(wanted - passed if wanted is not None else 0)
        if batch is None:
            break
        passed += batch.num_rows
        if not statement.move:
            taken.extend([batch])
            await session.server.waiting.admit(taken)
        if cursor.subscription:
            break
        if isinstance(cursor.execution, Stream) and not await cursor.execution.coming(0.0):
            break  # without a timeout it waits for the first row only
    return Done(f"MOVE {passed}") if statement.move else Rows(cursor.execution.columns, taken, "FETCH")


async def _within(stream: Stream, wanted: int | None, seconds: float) -> list[Batch]:
    """The rows of a subscription that are there or come within that time, up to `wanted`."""
    deadline = time.monotonic() + seconds
    parts: list[Batch] = []
    while wanted is None or wanted > 0:
        if not await stream.coming(max(0.0, deadline - time.monotonic())):
            break
        batch = await stream.fetch(wanted or 0)
        if batch is None:
            break
        parts.append(batch)
        if wanted is not None:
            wanted -= batch.num_rows
    return parts


async def close(session: Session, statement: ast.CloseCursor, parameters: Any, prepared: Any) -> Done:
    if statement.name is None:
        for each in session.cursors.values():
            await each.execution.close()
        session.cursors.clear()
        return Done("CLOSE CURSOR ALL")
    cursor = session.cursors.pop(statement.name, None)
    opened = cursor.execution if cursor is not None else session.portals.pop(statement.name, None)
    if opened is None:
        raise UserError(f'cursor "{statement.name}" does not exist', "34000")
    await opened.close()
    return Done("CLOSE CURSOR")

"""The conversation after authentication: messages in, session calls, messages out.

Simple and extended protocol share the running of an `Execution` (`_run`); COPY is in copy.py. Transport,
buffering and back-pressure are the `Channel`'s.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Protocol, cast

from ..kernels.batch import Batch
from ..kernels.errors import SabotError, UserError
from ..kernels.limits import CURSORS_PER_SESSION, PREPARED_PER_SESSION
from ..kernels.schema import Schema
from ..kernels.types import SqlType
from . import backend
from .codecs.decode import decode_parameters, decode_repeats
from .copy import copy_in, copy_out
from .encoding import ClientEncoding
from .key_reads import KeyReads
from .limits import NOTIFICATION_BYTES, REPEATS
from .machine import Machine, ProtocolFault
from .messages import (
    Bind,
    Close,
    CopyData,
    CopyDone,
    CopyFail,
    Describe,
    Execute,
    Flush,
    FunctionCall,
    Message,
    Parse,
    Query,
    Sync,
    Terminate,
)
from .results import OBJECT_TYPES, RowWriter, RowWriters, expand_formats
from .session_api import Execution, Prepared, SessionApi

log = logging.getLogger("sabot.pgwire")
_SETTING_TAGS = frozenset(("SET", "RESET", "DISCARD ALL"))  # of commands after which client_encoding may be another


class Channel(Protocol):
    """What the dialogue needs of the connection."""

    machine: Machine
    on_room: Callable[[], None]  # called when the client has caught up
    encoding: ClientEncoding | None  # of a client that does not speak UTF-8
    on_input: Callable[[bytes], bytes] | None  # takes input before `receive` has it, while that waits; gives what is left

    @property
    def stopping(self) -> bool:
        """The connection is being ended, whatever goes on."""
        ...

    @property
    def behind(self) -> bool:
        """Output waits for the client."""
        ...

    def write(self, data: bytes) -> None:
        """Queue output; it leaves at the latest when the dialogue waits."""
        ...

    def flush(self) -> None:
        """Send what is queued now."""
        ...

    async def drain(self) -> None:
        """Wait while the client is behind; ConnectionError when it is gone."""
        ...

    async def receive(self) -> Message | None:
        """The next message; None at the end of input."""
        ...

    def watch(self, execution: Execution | None) -> None:
        """The execution whose rows now flow: given up when the client goes away or cancels."""
        ...

    def take_interrupt(self) -> bool:
        """Whether the wait for rows was broken off for a CancelRequest; true only once."""
        ...


@dataclass(slots=True)
class BoundStatement:
    """A portal; it starts to run at its first Execute, or FETCH."""

    session: SessionApi
    prepared: Prepared
    parameters: Batch | None
    formats: tuple[int, ...]
    statement: str = ""
    execution: Execution | None = None
    writer: RowWriter | None = None
    rows: Batch | None = None  # fetched and not yet handed out
    finished: bool = False
    made: int = field(default_factory=lambda: time.time_ns() // 1000)

    @property
    def columns(self) -> Schema | None:
        return self.prepared.columns

    @property
    def text(self) -> str:
        return self.prepared.text

    async def fetch(self, limit: int) -> Batch | None:
        if self.execution is None:
            self.execution = await self.session.execute(self.prepared, self.parameters)
        if self.finished:
            return None
        rows, self.rows = self.rows, None
        if rows is None:
            rows = await self.execution.fetch(limit)
        if rows is None:
            self.finished = True
        elif limit and rows.num_rows > limit:
            self.rows = rows.slice(limit, rows.num_rows - limit)
            rows = rows.slice(0, limit)
        return rows

    async def close(self) -> None:
        if self.execution is not None:
            await self.execution.close()


class Dialogue:
    """One client's conversation with its session."""

    def __init__(self, session: SessionApi, channel: Channel) -> None:
        self._session = session
        self._channel = channel
        self._unnamed: Prepared | None = None
        self._portals: MutableMapping[str, BoundStatement] = cast(MutableMapping[str, BoundStatement], session.portals)
        self._writers = RowWriters(session)
        self._reads = KeyReads(session, self._set_unnamed)
        self._told: dict[str, str] = {}
        self._notifications: deque[bytes] = deque()
        self._notification_bytes = 0
        self._alone = 0  # executions that are not to be tried together
        self._waiting = False  # for the client's next message, with everything answered
        self._handlers: dict[type, Callable[[Any], Awaitable[None]]] = {
            Query: self._query,
            Parse: self._parse,
            Bind: self._bind,
            Describe: self._describe,
            Execute: self._execute,
            Close: self._close,
            Flush: self._flush,
            Sync: self._sync,
            FunctionCall: self._function_call,
            CopyData: self._ignore,  # the rest of a COPY that has failed
            CopyDone: self._ignore,
            CopyFail: self._ignore,
        }

    async def run(self) -> None:
        """Talk until the client says goodbye or hangs up. ConnectionError when it is cut off."""
        self._session.set_notice_sink(self._notice)
        self._session.set_notification_sink(self._notification)
        self._channel.on_room = self._notify
        self._channel.on_input = self._short_way
        self._ready()
        try:
            while True:
                try:
                    message = await self._channel.receive()
                    self._waiting = False
                    if message is None or type(message) is Terminate:
                        return
                    await self._handlers[type(message)](message)
                except (ProtocolFault, ConnectionError):
                    raise
                except asyncio.CancelledError:
                    if not self._channel.take_interrupt():
                        raise
                    await self._failed(UserError("canceling statement due to user request", "57014"))
                except Exception as error:
                    if self._channel.stopping:
                        raise asyncio.CancelledError from error
                    await self._failed(as_sabot_error(error))
                await self._channel.drain()
        finally:
            await self._drop_portals()

    def _short_way(self, data: bytes) -> bytes:
        """Input without what reads a key, which is answered here and now."""
        if not self._waiting or self._channel.encoding is not None:
            return data
        answer, size = self._reads.answer(data)
        if not size:
            return data
        self._channel.write(answer)
        self._channel.flush()
        return data[size:]

    def _set_unnamed(self, prepared: Prepared | None) -> None:
        self._unnamed = prepared

    # Simple protocol

    async def _query(self, message: Query) -> None:
        await self._drop_portal("")
        self._unnamed = None
        empty = True
        script = self._session.script(message.sql)
        try:
            async for execution in script:
                empty = False
                try:
                    await self._run_simple(execution)
                finally:
                    await execution.close()
        finally:
            end = getattr(script, "aclose", None)
            if end is not None:
                await end()
        if empty:
            self._channel.write(backend.EMPTY_QUERY)
        if self._session.transaction_status == "I":
            await self._drop_portals()
        self._ready()

    async def _run_simple(self, execution: Execution) -> None:
        session, channel = self._session, self._channel
        if execution.copy_in is not None:
            await copy_in(execution, session, channel)
        elif execution.copy_out is not None:
            await copy_out(execution, session, channel)
        elif execution.columns is not None:
            writer = self._writers.get(execution.columns, ())
            channel.write(writer.description)
            channel.watch(execution)
            try:
                while (rows := await execution.fetch(0)) is not None:
                    await writer.send(rows, channel)
            finally:
                channel.watch(None)
        else:
            await execution.fetch(0)
        self._complete(execution.tag)

    def _complete(self, tag: str) -> None:
        if tag in _SETTING_TAGS:
            self._adopt_encoding()
        self._channel.write(backend.command_complete(tag) if tag else backend.EMPTY_QUERY)

    # Extended protocol

    async def _parse(self, message: Parse) -> None:
        statements = self._session.statements
        if message.name and message.name in statements:
            raise UserError(f'prepared statement "{message.name}" already exists', "42P05")
        if message.name and len(statements) >= PREPARED_PER_SESSION:
            raise UserError(f"too many prepared statements (limit {PREPARED_PER_SESSION})", "54000")
        if not message.name:
            self._unnamed = None
        prepared = self._session.prepare(message.sql, message.types)
        if message.name:
            statements[message.name] = prepared
        else:
            self._unnamed = prepared
        self._channel.write(backend.PARSE_COMPLETE)

    async def _bind(self, message: Bind) -> None:
        prepared = self._statement(message.statement)
        types = prepared.parameter_types
        if len(message.values) != len(types):
            raise UserError(
                f"bind message supplies {len(message.values)} parameters, but prepared statement "
                f'"{message.statement}" requires {len(types)}',
                "08P01",
            )
        columns = 0 if prepared.columns is None else len(prepared.columns)
        formats = expand_formats(message.result_formats, columns)
        parameters = None
        if types:
            facts = self._session.wire_settings()
            given: Sequence[bytes | None] = message.values
            if self._channel.encoding is not None:
                given = self._channel.encoding.parameters(types, message.formats, given)
            values = self._named_objects(types, message.formats, given)
            parameters = decode_parameters(types, message.formats, values, facts)
        if not message.portal:
            await self._drop_portal("")
        elif message.portal in self._portals:
            raise UserError(f'cursor "{message.portal}" already exists', "42P03")
        elif len(self._portals) >= CURSORS_PER_SESSION:
            raise UserError(f"too many portals (limit {CURSORS_PER_SESSION})", "54000", hint="Close portals when done.")
        self._portals[message.portal] = BoundStatement(self._session, prepared, parameters, formats, message.statement)
        self._channel.write(backend.BIND_COMPLETE)

    def _named_objects(
        self, types: Sequence[SqlType], formats: Sequence[int], values: Sequence[bytes | None]
    ) -> Sequence[bytes | None]:
        """Bind's values with names of objects (regclass and its like, as text) replaced by their OIDs."""
        if not any(t.name in OBJECT_TYPES for t in types):
            return values
        found = list(values)
        for i, (sql_type, value) in enumerate(zip(types, values, strict=True)):
            binary = formats and (formats[0] if len(formats) == 1 else formats[i]) == 1
            if value is not None and sql_type.name in OBJECT_TYPES and not binary:
                found[i] = str(self._session.object_oid(sql_type.name, bytes(value).decode())).encode()
        return found

    async def _describe(self, message: Describe) -> None:
        if message.kind == "S":
            prepared = self._statement(message.name)
            self._channel.write(backend.parameter_description(prepared.parameter_types))
            columns, formats = prepared.columns, None
        elif message.name in self._portals:
            portal = self._portals[message.name]
            columns, formats = portal.columns, portal.formats
        elif message.name:
            columns, formats = self._session.describe_cursor(message.name), None
        else:
            raise UserError('portal "" does not exist', "34000")
        if columns is None:
            self._channel.write(backend.NO_DATA)
        else:
            self._channel.write(self._writers.get(columns, formats or (0,) * len(columns)).description)

    async def _execute(self, message: Execute) -> None:
        portal = self._portals.get(message.portal)
        if portal is None:
            raise UserError(f'portal "{message.portal}" does not exist', "34000")
        session, channel = self._session, self._channel
        if portal.execution is None:
            if not channel.machine.run_ends:
                session.join_run()
                if not message.portal and message.limit <= 0 and await self._run_repeats(portal):
                    return
            portal.execution = await session.execute(portal.prepared, portal.parameters)
        else:
            session.resume()
        execution = portal.execution
        if execution.copy_in is not None or execution.copy_out is not None:
            self._once(portal, message.portal)
            portal.finished = True
            if execution.copy_in is not None:
                await copy_in(execution, session, channel)
            else:
                await copy_out(execution, session, channel)
            self._complete(execution.tag)
        elif execution.columns is None:
            self._once(portal, message.portal)
            portal.finished = True
            await execution.fetch(0)
            self._complete(execution.tag)
        else:
            await self._send_rows(portal, execution, execution.columns, max(message.limit, 0))

    async def _run_repeats(self, portal: BoundStatement) -> bool:
        """The same INSERT, piped for many rows: executed once for all that are here. False where each is on its own."""
        session, machine, prepared = self._session, self._channel.machine, portal.prepared
        if self._alone:
            self._alone -= 1
            return False
        if portal.parameters is None or not machine.buffered or self._channel.encoding is not None or not session.takes_rows(prepared):
            return False
        if any(t.name in OBJECT_TYPES for t in prepared.parameter_types):
            return False
        if len(set(portal.formats)) > 1:
            return False
        types, name, settings = prepared.parameter_types, portal.statement.encode(), session.wire_settings()
        returning = -1 if prepared.columns is None else portal.formats[0]
        rows, described, size = machine.look(lambda data: decode_repeats(data, name, types, settings, REPEATS, returning))
        if rows is not None and rows.num_rows:
            try:
                portal.execution = await session.execute(prepared, Batch.concat([portal.parameters, rows]))
            except SabotError as error:  # one of them fails, if it is not time that has run out: which, they show one by one
                if error.sqlstate == "57014":
                    raise
        if portal.execution is None:
            self._alone = len(described)
            return False
        portal.finished = True
        machine.skip(size)
        complete = backend.command_complete("INSERT 0 1")
        if portal.execution.columns is not None:
            await self._return_repeats(portal, portal.execution, portal.execution.columns, described, complete)
            return True
        plain, shown = backend.BIND_COMPLETE + complete, backend.BIND_COMPLETE + backend.NO_DATA + complete
        self._channel.write(complete + b"".join(shown if d else plain for d in described))
        return True

    async def _return_repeats(
        self, portal: BoundStatement, execution: Execution, columns: Schema, described: Sequence[bool], complete: bytes
    ) -> None:
        """A row of RETURNING to each of the statements that were executed together."""
        writer = self._writer(portal, columns)
        plain, shown = backend.BIND_COMPLETE, backend.BIND_COMPLETE + writer.description
        heads = chain((b"",), (shown if d else plain for d in described))
        while (rows := await execution.fetch(0)) is not None:
            self._channel.write(b"".join(part for row in writer.each(rows) for part in (next(heads), row, complete)))
            await self._channel.drain()

    async def _send_rows(self, portal: BoundStatement, execution: Execution, columns: Schema, limit: int) -> None:
        """Up to `limit` rows (0 = all), then the tag or PortalSuspended."""
        channel = self._channel
        writer = self._writer(portal, columns)
        sent = 0
        channel.watch(execution)
        try:
            while True:
                if limit and sent >= limit:
                    channel.write(backend.PORTAL_SUSPENDED)
                    return
                rows = await portal.fetch(limit - sent if limit else 0)
                if rows is None:
                    break
                await writer.send(rows, channel)
                sent += rows.num_rows
        finally:
            channel.watch(None)
        tag = execution.tag
        # the tag of a SELECT counts the rows of this Execute, not those of the portal
        self._complete(f"SELECT {sent}" if tag.startswith("SELECT ") else tag)

    def _writer(self, portal: BoundStatement, columns: Schema) -> RowWriter:
        if portal.writer is None:
            described = portal.prepared.columns
            if described is None or described.types != columns.types:
                raise UserError("cached plan must not change result type", "0A000")
            portal.writer = self._writers.get(columns, portal.formats)
        return portal.writer

    def _once(self, portal: BoundStatement, name: str) -> None:
        if portal.finished:
            raise UserError(f'portal "{name}" cannot be run', "55000")

    async def _close(self, message: Close) -> None:
        if message.kind == "P":
            await self._drop_portal(message.name)
        elif message.name:
            self._session.statements.pop(message.name, None)
        else:
            self._unnamed = None
        self._channel.write(backend.CLOSE_COMPLETE)

    async def _flush(self, message: Flush) -> None:
        return None  # output leaves whenever the dialogue waits for input

    async def _sync(self, message: Sync) -> None:
        try:
            await self._session.sync()
        except Exception as error:
            await self._drop_portals()
            await self._session.failed()
            self._channel.write(backend.error_response(as_sabot_error(error)))
        if self._session.transaction_status == "I" and self._portals:
            await self._drop_portals()
        self._ready()

    async def _ignore(self, message: Message) -> None:
        return None

    async def _function_call(self, message: FunctionCall) -> None:
        raise UserError("function calls by protocol message are not supported", "0A000", hint="Use SELECT function(…).")

    # Shared

    def _statement(self, name: str) -> Prepared:
        if name:
            prepared = self._session.statements.get(name)
            if prepared is None:
                raise UserError(f'prepared statement "{name}" does not exist', "26000")
            return prepared
        if self._unnamed is None:
            raise UserError("unnamed prepared statement does not exist", "26000")
        return self._unnamed

    async def _drop_portal(self, name: str) -> None:
        portal = self._portals.pop(name, None)
        if portal is not None:
            await portal.close()

    async def _drop_portals(self) -> None:
        for name in list(self._portals):
            try:
                await self._drop_portal(name)
            except Exception:
                log.exception("closing a portal failed")

    async def _failed(self, error: SabotError) -> None:
        """Tell the client of an error; the session rolls back; extended messages are skipped to Sync."""
        await self._drop_portals()
        await self._session.failed()
        self._channel.write(backend.error_response(error))
        self._channel.machine.failed()
        if not self._channel.machine.skipping:
            self._ready()

    def _notification(self, process_id: int, channel: str, payload: str) -> None:
        """Sent when the client waits for nothing else; the oldest are lost when it reads none of them for long."""
        told = backend.notification_response(process_id, channel, payload)
        self._notifications.append(told)
        self._notification_bytes += len(told)
        while self._notification_bytes > NOTIFICATION_BYTES:
            self._notification_bytes -= len(self._notifications.popleft())
        self._notify()

    def _notify(self) -> None:
        while self._waiting and self._notifications and not self._channel.behind:
            told = self._notifications.popleft()
            self._notification_bytes -= len(told)
            self._channel.write(told)

    def _ready(self) -> None:
        self._report_settings()
        self._waiting = self._session.transaction_status == "I"
        self._notify()
        self._channel.write(backend.READY[self._session.transaction_status])

    def _report_settings(self) -> None:
        """ParameterStatus for each reported setting that the client has not seen with this value."""
        reported = self._session.reported
        if reported is self._told:
            return
        self._adopt_encoding()
        for name, value in reported.items():
            if self._told.get(name) != value:
                self._channel.write(backend.parameter_status(name, value))
        self._told = reported

    def _adopt_encoding(self) -> None:
        """From now on the client's text is what its client_encoding says."""
        channel = self._channel
        name = self._session.reported.get("client_encoding", "UTF8")
        if name == (channel.encoding.name if channel.encoding is not None else "UTF8"):
            return
        channel.encoding = None if name in ("UTF8", "SQL_ASCII") else ClientEncoding(name)
        channel.machine.incoming = channel.encoding.incoming if channel.encoding is not None else None

    def _notice(self, severity: str, sqlstate: str, message: str) -> None:
        self._channel.write(backend.notice_response(severity, sqlstate, message))


def as_sabot_error(error: Exception) -> SabotError:
    """The error as the client sees it; a defect of ours becomes XX000 and goes to the log with its trace."""
    if isinstance(error, SabotError):
        return error
    if isinstance(error, MemoryError):
        return SabotError("out of memory", "53200")
    log.error("unexpected error", exc_info=error)
    return SabotError(f"internal error: {type(error).__name__}: {error}", "XX000")

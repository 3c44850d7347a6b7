"""One client connection: an asyncio Protocol between the socket and the dialogue.

Memory is bounded both ways: input is not read while more than READ_BUFFER_BYTES wait (a larger single
message excepted, which MESSAGE_BYTES bounds); output waits in the transport up to WRITE_BUFFER_BYTES,
then the dialogue waits. A connection that has sent CancelRequest or was refused never gets a session.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from ..kernels.errors import SabotError
from . import backend
from .auth.authenticator import Login, SaslChannel
from .dialogue import Dialogue, as_sabot_error
from .encoding import ClientEncoding
from .limits import CANCEL_GRACE_SECONDS, EOF_GRACE_SECONDS, READ_BUFFER_BYTES, STARTUP_SECONDS, WRITE_BUFFER_BYTES
from .machine import Machine, Phase, ProtocolFault
from .messages import Authentication, CancelRequest, GSSENCRequest, Message, SSLRequest, Startup
from .session_api import Execution, SessionApi
from .tls import ALPN, HANDSHAKE, TlsLayer

if TYPE_CHECKING:
    from .listener import Listener

log = logging.getLogger("sabot.pgwire")


class Shutdown(SabotError):
    default_sqlstate = "57P01"


class Connection(asyncio.Protocol):
    def __init__(self, listener: Listener) -> None:
        self.machine = Machine()
        self.process_id = 0
        self.secret = secrets.token_bytes(4)
        self.session: SessionApi | None = None
        self.task: asyncio.Task[None] | None = None
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._peer = ""
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._flush_planned = False
        self._ended = False  # no more input will come
        self._lost = False  # no more output can go
        self._reading_paused = False
        self._tls: TlsLayer | None = None
        self._fed = False  # some input has come
        self._direct = False  # TLS from the first byte on
        self._address: str | None = None
        self._input: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._writing_paused = False
        self.on_room: Callable[[], None] = lambda: None
        self.on_input: Callable[[bytes], bytes] | None = None
        self.encoding: ClientEncoding | None = None
        self._watched: Execution | None = None
        self._stopping = False
        self._interrupted = False

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)  # uvloop has its own class
        self._attach(transport)
        peer = transport.get_extra_info("peername")
        self._address = peer[0] if isinstance(peer, tuple) else None
        self._peer = f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else "local"
        if not self._listener.enter(self):
            transport.abort()
            return
        self.task = self._loop.create_task(self._run())

    def data_received(self, data: bytes) -> None:
        if not self._fed:
            self._fed = True
            if data[0] == HANDSHAKE and self._listener.tls is not None:
                self._tls = TlsLayer(self._listener.tls)
                self._direct = True
        if self._tls is not None:
            try:
                data = self._decrypted(self._tls, data)
            except ssl.SSLError as error:
                self._tls_failed(error)
                return
        if self.on_input is not None and self.idle and not self._writing_paused and not self.machine.buffered and data:
            data = self.on_input(data)
            if not data:
                return
        self.machine.feed(data)
        self._wake_input()
        if not self._reading_paused and self.machine.buffered > READ_BUFFER_BYTES:
            self._limit_reading()

    def eof_received(self) -> bool:
        self._ended = True
        self._wake_input()
        if self._watched is not None:
            self._plan_abandon()
        return self._tls is None  # keep our half open: what was asked is still answered

    def connection_lost(self, error: Exception | None) -> None:
        self._ended = self._lost = True
        self._wake_input()
        self._wake_room()
        if self._watched is not None:
            self._abandon()

    def pause_writing(self) -> None:
        self._writing_paused = True

    def resume_writing(self) -> None:
        self._writing_paused = False
        self._wake_room()
        self.on_room()

    @property
    def idle(self) -> bool:
        """Waiting for the client rather than working for it."""
        return self._input is not None and not self._input.done()

    # Channel of the dialogue

    @property
    def stopping(self) -> bool:
        return self._stopping

    @property
    def behind(self) -> bool:
        return self._writing_paused

    def write(self, data: bytes) -> None:
        if self.encoding is not None:
            data = self.encoding.outgoing(data)
        self._out.append(data)
        self._out_bytes += len(data)
        if self._out_bytes >= WRITE_BUFFER_BYTES:
            self.flush()
        elif not self._flush_planned:
            self._flush_planned = True
            self._loop.call_soon(self._planned_flush)

    def flush(self) -> None:
        if not self._out:
            return
        data = self._out[0] if len(self._out) == 1 else b"".join(self._out)
        self._out.clear()
        self._out_bytes = 0
        if self._transport is not None and not self._lost:
            self._transport.write(data if self._tls is None else self._tls.encrypt(data))

    async def drain(self) -> None:
        if self._out_bytes >= WRITE_BUFFER_BYTES:
            self.flush()
        while self._writing_paused and not self._lost:
            self._room = self._loop.create_future()
            await self._room
        if self._lost:
            raise ConnectionResetError("client connection lost")

    async def receive(self) -> Message | None:
        while True:
            message = self.machine.next()
            if message is not None:
                return message
            if self._ended:
                return None
            self.flush()
            if self._reading_paused:
                self._reading_paused = False
                assert self._transport is not None
                self._transport.resume_reading()
            self._input = self._loop.create_future()
            limit = None if self.session is None else self.session.idle_limit()
            timer = None if limit is None else self._loop.call_later(limit[0], self._expire, self._input, limit[1])
            try:
                await self._input
            finally:
                self._input = None
                if timer is not None:
                    timer.cancel()

    def watch(self, execution: Execution | None) -> None:
        self._watched = execution
        if execution is not None and self._lost:
            raise ConnectionResetError("client connection lost")
        if execution is not None and self._ended:
            self._plan_abandon()

    # Shutdown and cancellation

    def cancel_query(self) -> None:
        """CancelRequest with our secret: stop what the session runs, and rows that wait for their next change."""
        if self.session is not None:
            self.session.cancel()
            if self._watched is not None:
                self._loop.call_later(CANCEL_GRACE_SECONDS, self._interrupt_if, self._watched)

    def take_interrupt(self) -> bool:
        if not self._interrupted or self._stopping or self._lost:
            return False
        self._interrupted = False
        if self.task is not None:
            self.task.uncancel()
        return True

    def stop(self) -> None:
        """End the connection with 57P01, whatever it does."""
        if self.task is not None and not self.task.done() and not self._stopping:
            self._stopping = True
            if self.session is not None:
                self.session.cancel()
            self.task.cancel()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # Inside

    async def _run(self) -> None:
        try:
            try:
                async with asyncio.timeout(STARTUP_SECONDS):
                    session = await self._start()
            except TimeoutError:
                log.info("client %s did not finish start-up in time", self._peer)
                return
            if session is not None:
                await Dialogue(session, self).run()
        except ConnectionError:
            pass
        except asyncio.CancelledError:
            if self._stopping:
                self._fatal(Shutdown("terminating connection due to administrator command"))
            elif not self._lost:
                raise
        except Exception as error:
            self._fatal(as_sabot_error(error))
        finally:
            await self._end()

    async def _end(self) -> None:
        self._listener.forget(self)
        session, self.session = self.session, None
        if session is not None:
            try:
                await session.close()
            except Exception:
                log.exception("closing a session failed")
        self.flush()
        if self._transport is not None:
            if self._tls is not None and self._tls.ready and not self._lost:
                self._transport.write(self._tls.farewell())
            self._transport.close()

    def _fatal(self, error: SabotError) -> None:
        self.write(backend.error_response(error, "FATAL"))

    async def _start(self) -> SessionApi | None:
        """Start-up and authentication; None when the connection has nothing more to do."""
        startup = await self._receive_startup()
        if startup is None:
            return None
        if startup.minor > 0 or startup.options:
            self.write(backend.negotiate_protocol_version(startup.options))
        parameters = startup.parameters
        if not parameters.get("user"):
            raise ProtocolFault("no PostgreSQL user name specified in startup packet", "28000")
        if "client_encoding" in parameters:  # asyncpg sends it in quotes, and PostgreSQL does not mind
            parameters["client_encoding"] = parameters["client_encoding"].strip("'\" ")
        self._listener.admit(self)
        self.machine.phase = Phase.AUTHENTICATION
        login = Login(
            parameters["user"], parameters.get("database") or parameters["user"], self._peer, self._address,
            None if self._tls is None else self._tls.binding, None if self._tls is None else self._tls.client_name,
        )
        await self._listener.authenticator.authenticate(login, SaslChannel(self.write, self._receive_secret))
        self.machine.phase = Phase.READY
        self.write(backend.AUTHENTICATION_OK)
        self.session = await self._listener.sessions.open(parameters, self._peer, self.process_id)
        self.write(backend.backend_key_data(self.process_id, self.secret))
        return self.session

    async def _receive_startup(self) -> Startup | None:
        encrypted = negotiated_gss = False
        while True:
            message = await self.receive()
            match message:
                case Startup():
                    return message
                case SSLRequest() if not encrypted and self._tls is None:
                    encrypted = True
                    self._answer_ssl()
                case GSSENCRequest() if not negotiated_gss:
                    negotiated_gss = True
                    self.write(b"N")
                case CancelRequest(process_id, secret):
                    self._listener.cancel(process_id, secret)
                    return None
                case None:
                    return None
                case _:
                    raise ProtocolFault("unexpected message during startup")

    def _answer_ssl(self) -> None:
        if self._listener.tls is None:
            self.write(b"N")
            return
        if self.machine.buffered:
            raise ProtocolFault(
                "received unencrypted data after SSL request",
                detail="A defect of the client, or somebody in the middle of the connection.",
            )
        self.write(b"S")
        self.flush()
        self._tls = TlsLayer(self._listener.tls)

    def _decrypted(self, layer: TlsLayer, data: bytes) -> bytes:
        """Input of an encrypted connection; what the handshake answers goes out at once."""
        waiting = not layer.ready
        plain = layer.feed(data)
        assert self._transport is not None
        if out := layer.encrypt(b""):
            self._transport.write(out)
        if waiting and layer.ready and self._direct and layer.protocol != ALPN:
            raise ssl.SSLError("direct TLS without ALPN protocol postgresql")
        if layer.closed:
            self._ended = True
        return plain

    def _tls_failed(self, error: ssl.SSLError) -> None:
        log.info("TLS with %s failed: %s", self._peer, error)
        if self._transport is not None and self._tls is not None:
            self._lost = True
            self._transport.write(self._tls.encrypt(b""))
            self._transport.close()

    async def _receive_secret(self) -> bytes:
        message = await self.receive()
        if message is None:
            raise ConnectionResetError("client left during authentication")
        if not isinstance(message, Authentication):
            raise ProtocolFault("expected password response")
        return message.data

    def _interrupt_if(self, execution: Execution) -> None:
        """The session has not ended these rows by itself: break the wait for them."""
        if self._watched is execution and self.task is not None:
            self._interrupted = True
            self.task.cancel()

    def _plan_abandon(self) -> None:
        """The client has closed its side: a finite result is still sent, endless rows are given up."""
        self._loop.call_later(EOF_GRACE_SECONDS, self._abandon_if, self._watched)

    def _abandon_if(self, execution: Execution | None) -> None:
        if execution is not None and self._watched is execution:
            self._abandon()

    def _abandon(self) -> None:
        """Nobody reads the rows any more."""
        self._lost = True
        if self.session is not None:
            self.session.cancel()
        if self.task is not None:
            self.task.cancel()

    def _attach(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)

    def _limit_reading(self) -> None:
        if self._transport is None or self.machine.buffered <= self.machine.wanted:
            return
        self._reading_paused = True
        self._transport.pause_reading()

    def _planned_flush(self) -> None:
        self._flush_planned = False
        self.flush()

    def _expire(self, waiting: asyncio.Future[None], error: SabotError) -> None:
        """The client was silent for too long."""
        if not waiting.done():
            waiting.set_exception(ProtocolFault(error.message, error.sqlstate))

    def _wake_input(self) -> None:
        if self._input is not None and not self._input.done():
            self._input.set_result(None)

    def _wake_room(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)


def same_secret(a: bytes, b: bytes) -> bool:
    return hmac.compare_digest(a, b)

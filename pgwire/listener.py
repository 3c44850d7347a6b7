"""The listening side: accepts connections, counts them, finds the target of a CancelRequest."""

from __future__ import annotations

import asyncio
import secrets

from ..kernels.errors import UserError
from .auth.authenticator import Authenticator, Trust
from .connection import Connection, same_secret
from .limits import CONNECTIONS
from .session_api import Sessions
from .tls import Tls


class Listener:
    """A running listener; `serve` makes it."""

    def __init__(
        self, sessions: Sessions, authenticator: Authenticator, tls: Tls | None, limit: int
    ) -> None:
        self.sessions = sessions
        self.authenticator = authenticator
        self.tls = tls
        self.sockets: set[Connection] = set()
        self._limit = limit
        self._admitted: dict[int, Connection] = {}
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port we listen on (useful when 0 was asked for)."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def connections(self) -> int:
        """Clients that have passed start-up."""
        return len(self._admitted)

    async def start(self, host: str | None, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), host, port, backlog=512)

    async def close(self, grace: float = 0.0) -> None:
        """Stop accepting; let statements run for up to `grace` seconds; end every connection with 57P01."""
        if self._server is not None:
            self._server.close()
        tasks = {c.task for c in self.sockets if c.task is not None}
        for connection in list(self.sockets):
            if grace <= 0 or connection.idle:
                connection.stop()
        if tasks and grace > 0:
            await asyncio.wait(tasks, timeout=grace)
        for connection in list(self.sockets):
            connection.stop()
        if tasks:
            await asyncio.wait(tasks, timeout=5.0)
        for connection in list(self.sockets):
            connection.abort()

    def enter(self, connection: Connection) -> bool:
        """Count a new socket; false when there are too many even for connections that only cancel."""
        if len(self.sockets) >= 2 * self._limit + 64:
            return False
        self.sockets.add(connection)
        return True

    def admit(self, connection: Connection) -> None:
        """Give the connection a process id, or refuse it with 53300."""
        if len(self._admitted) >= self._limit:
            raise UserError("sorry, too many clients already", "53300")
        process_id = 0
        while not process_id or process_id in self._admitted:
            process_id = secrets.randbelow(0x7FFFFFFE) + 1
        connection.process_id = process_id
        self._admitted[process_id] = connection

    def forget(self, connection: Connection) -> None:
        self.sockets.discard(connection)
        if self._admitted.get(connection.process_id) is connection:
            del self._admitted[connection.process_id]

    def terminate(self, process_id: int) -> None:
        """End a session's connection with 57P01."""
        target = self._admitted.get(process_id)
        if target is not None:
            target.stop()

    def cancel(self, process_id: int, secret: bytes) -> None:
        """A CancelRequest; a wrong secret is ignored, as the client gets no answer either way."""
        target = self._admitted.get(process_id)
        if target is not None and same_secret(target.secret, secret):
            target.cancel_query()


async def serve(
    sessions: Sessions,
    host: str | None = "127.0.0.1",
    port: int = 4566,
    *,
    authenticator: Authenticator | None = None,
    tls: Tls | None = None,
    limit: int = CONNECTIONS,
) -> Listener:
    """Listen for PostgreSQL clients; `port` 0 takes a free one. OSError when the address is taken."""
    listener = Listener(sessions, authenticator or Trust(), tls, limit)
    await listener.start(host, port)
    return listener

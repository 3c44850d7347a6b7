"""Who may connect: an `Authenticator` talks to the client until it is known, or raises.

`Trust` believes everybody, `password.py` and scram.py ask, `hba.py` decides by rules which of them to use.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks to be let in. `address` is None for a local connection. `binding`: tls-server-end-point of the
    connection, None without TLS. `client_name`: common name of the client's verified certificate."""

    user: str
    database: str = "dev"
    peer: str = ""
    address: str | None = None
    binding: bytes | None = None
    client_name: str | None = None

    @property
    def encrypted(self) -> bool:
        return self.binding is not None


@dataclass(frozen=True, slots=True)
class SaslChannel:
    """`write` sends ready bytes; `receive` gives the body of the client's next 'p' message."""

    write: Callable[[bytes], None]
    receive: Callable[[], Awaitable[bytes]]


class Authenticator(Protocol):
    async def authenticate(self, login: Login, channel: SaslChannel) -> None:
        """Returns when the client is who it says; UserError 28P01 or 28000 otherwise."""
        ...


class Trust:
    """Everybody is who they say."""

    async def authenticate(self, login: Login, channel: SaslChannel) -> None:
        return None

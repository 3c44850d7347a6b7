"""Who may connect: an `Authenticator` talks to the client until it is known, or raises.

`Trust` believes everybody. SCRAM-SHA-256 is in scram.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SaslChannel:
    """`write` sends ready bytes; `receive` gives the body of the client's next 'p' message."""

    write: Callable[[bytes], None]
    receive: Callable[[], Awaitable[bytes]]


class Authenticator(Protocol):
    async def authenticate(self, user: str, peer: str, channel: SaslChannel) -> None:
        """Returns when the client is who it says; UserError 28P01 or 28000 otherwise."""
        ...


class Trust:
    """Everybody is who they say."""

    async def authenticate(self, user: str, peer: str, channel: SaslChannel) -> None:
        return None

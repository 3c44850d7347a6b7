"""LISTEN and NOTIFY: channels of each database, and one channel per relation that tells of its changes.

`LISTEN "changes:orders"` is told after every epoch that has changed the rows of `orders`, with how many rows came and
went. What a transaction announces is sent when it commits. Runs on the event loop; only `_Watch.push` does not.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...planner.sql.lexer import tokenize
from .authorization import require_relation

if TYPE_CHECKING:
    from ..server import Server
    from .session import Session

CHANGES = "changes:"
PAYLOAD_BYTES = 8000
CHANNEL_BYTES = 63
WAITING = 10_000  # notifications that one session may leave unread


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a statement asked for: listen, unlisten or notify. `channel` "*" is all, for unlisten."""

    verb: str
    channel: str
    payload: str = ""


Channel = tuple[str, str]  # database and name


@dataclass
class _Watch:
    """Counts the changes of one relation, as one of its subscribers (see `relations.Subscription`)."""

    hub: Notifications
    channel: Channel
    relation: int
    name: str
    loop: asyncio.AbstractEventLoop
    inserted: int = 0
    deleted: int = 0
    planned: bool = False
    overflowed: bool = field(default=False, init=False)

    def push(self, time: int, delta: Batch) -> None:
        self.inserted += delta.inserted().num_rows
        self.deleted += delta.deleted().num_rows
        if not self.planned and not self.loop.is_closed():
            self.planned = True
            self.loop.call_soon_threadsafe(self._tell)

    def dropped(self) -> None:
        return None

    def _tell(self) -> None:
        self.planned = False
        counts, self.inserted, self.deleted = (self.inserted, self.deleted), 0, 0
        payload = json.dumps({"relation": self.name, "inserted": counts[0], "deleted": counts[1]})
        self.hub.send(0, self.channel, payload)


class Notifications:
    def __init__(self, server: Server) -> None:
        self._server = server
        self._listening: dict[Channel, dict[int, Session]] = {}
        self._watches: dict[Channel, _Watch] = {}

    def check(self, session: Session, what: Announcement) -> None:
        """Raises what PostgreSQL does for names and payloads; what a changes channel names must be readable."""
        if not what.channel:
            raise UserError("channel name cannot be empty", "22023")
        if len(what.channel.encode()) > CHANNEL_BYTES and not what.channel.startswith(CHANGES):
            raise UserError("channel name too long", "22023")
        if len(what.payload.encode()) >= PAYLOAD_BYTES:
            raise UserError("payload string too long", "22023")
        if what.channel.startswith(CHANGES):
            if what.verb == "notify":
                raise UserError(f'channel "{what.channel}" is the server\'s own', "42501")
            if what.verb == "listen":
                self._watched(session, what.channel)

    def _watched(self, session: Session, channel: str) -> tuple[int, str]:
        words = [t.value for t in tokenize(channel.removeprefix(CHANGES)) if t.kind in ("word", "quoted")]
        entry = self._server.resolve(session, tuple(words) or ("",), ("table", "materialized_view"))
        require_relation(session, entry, "r")
        state = self._server.catalog.snapshot.row_security.get(entry.id)
        if state is not None and state.enabled and not self._server.catalog.snapshot.roles[session.user].superuser:
            raise UserError(f'row security of "{entry.name}" hides how many rows change', "42501",
                            hint="SUBSCRIBE gives the changes of the rows that you may see.")
        return entry.id, f"{entry.schema}.{entry.name}"

    def do(self, session: Session, what: Announcement) -> None:
        channel = session.database, what.channel
        match what.verb:
            case "notify":
                self.send(session.process_id, channel, what.payload)
            case "listen":
                self._listening.setdefault(channel, {})[session.process_id] = session
                if what.channel.startswith(CHANGES) and channel not in self._watches:
                    self._watch(*self._watched(session, what.channel), channel)
            case _:
                for known in [c for c in self._listening if what.channel in ("*", c[1])]:
                    self._forget(session, known)

    def _watch(self, relation: int, name: str, channel: Channel) -> None:
        watch = _Watch(self, channel, relation, name, asyncio.get_running_loop())
        with self._server.engine.lock:
            self._server.engine.relations[relation].subscriptions.append(watch)  # type: ignore[arg-type]
        self._watches[channel] = watch

    def _forget(self, session: Session, channel: Channel) -> None:
        listeners = self._listening.get(channel, {})
        listeners.pop(session.process_id, None)
        if listeners:
            return
        self._listening.pop(channel, None)
        watch = self._watches.pop(channel, None)
        if watch is not None:
            with self._server.engine.lock:
                stored = self._server.engine.relations.get(watch.relation)
                if stored is not None and watch in stored.subscriptions:
                    stored.subscriptions.remove(watch)  # type: ignore[arg-type]

    def send(self, process_id: int, channel: Channel, payload: str) -> None:
        for session in list(self._listening.get(channel, {}).values()):
            session.told(process_id, channel[1], payload)

    def channels(self, session: Session) -> list[str]:
        return sorted({c[1] for c, listeners in self._listening.items() if session.process_id in listeners})

    def leave(self, session: Session) -> None:
        """The session ends."""
        for channel in list(self._listening):
            if session.process_id in self._listening[channel]:
                self._forget(session, channel)

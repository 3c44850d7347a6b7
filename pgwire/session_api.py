"""What the protocol needs of a session: the only border between pgwire and the server.

All calls run on the event loop. Rows travel as `Batch` (weights ignored) with a `Schema`; pgwire encodes
them. Errors are `SabotError`; anything else is XX000.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..kernels.batch import Batch
from ..kernels.errors import SabotError
from ..kernels.schema import Schema
from ..kernels.store import RowStore
from ..kernels.styles import PLAIN, Styles
from ..kernels.types import SqlType


@dataclass(frozen=True, slots=True)
class CopyFormat:
    """Options of COPY: `format` is text, csv or binary."""

    format: str = "text"
    delimiter: str = "\t"
    null: str = "\\N"
    header: bool = False
    quote: str = '"'
    escape: str = '"'


@dataclass(frozen=True, slots=True)
class WireSettings:
    """Facts of the session that text forms depend on. `now` (microseconds since 1970 UTC) is the start of
    the transaction: input may say 'today'."""

    time_zone: str = "UTC"
    styles: Styles = PLAIN
    now: int = 0


@dataclass(frozen=True, slots=True)
class KeyRead:
    """A statement that gives columns of the rows under one key of one store, and does nothing else.

    `key`: for each of the store's `key_columns` the position of a parameter from 0, or a one-row batch with a constant; every
    parameter is there once. `positions`: where the result's `columns` are in the stored rows.
    """

    relation: int
    key: tuple[int | Batch, ...]
    key_types: tuple[SqlType, ...]
    key_columns: tuple[int, ...]
    positions: tuple[int, ...]
    columns: Schema
    wire: WireSettings
    text: str
    decided: object  # the session's, when this was made


class Prepared(Protocol):
    """A parsed and bound statement. `columns` is None when it returns no rows. `text` may be empty SQL."""

    @property
    def parameter_types(self) -> tuple[SqlType, ...]: ...
    @property
    def columns(self) -> Schema | None: ...
    @property
    def text(self) -> str: ...


class Execution(Protocol):
    """One running statement (the inside of a portal).

    Exactly one of these shapes:
      - rows: `columns` is set; `fetch(n)` gives up to n rows (0: a batch at a time), None at the end;
      - command: `columns` is None, `fetch` returns None at once;
      - COPY out: `copy_out` is set, rows come from `fetch`; COPY in: `copy_in` is set, see `copy_rows`;
      - stream (SUBSCRIBE): rows without end; `fetch` waits for the next change.
    `tag` is valid after the end: "SELECT 3", "INSERT 0 1", "CREATE TABLE"; "" for an empty statement.
    """

    @property
    def columns(self) -> Schema | None: ...
    @property
    def copy_out(self) -> CopyFormat | None: ...
    @property
    def copy_in(self) -> CopyFormat | None: ...
    @property
    def copy_schema(self) -> Schema | None: ...
    @property
    def tag(self) -> str: ...
    async def fetch(self, limit: int) -> Batch | None: ...
    async def copy_rows(self, rows: Batch) -> None: ...
    async def copy_done(self) -> None: ...
    async def close(self) -> None: ...


class Portal(Protocol):
    """A bound statement whose rows are asked for piece by piece."""

    @property
    def columns(self) -> Schema | None: ...
    @property
    def text(self) -> str: ...
    @property
    def made(self) -> int:
        """When, in microseconds since 1970 UTC."""
        ...
    async def fetch(self, limit: int) -> Batch | None:
        """Up to `limit` rows (0: a batch), from where the last have ended; None at the end."""
        ...
    async def close(self) -> None: ...


class SessionApi(Protocol):
    """One client session."""

    @property
    def transaction_status(self) -> str:
        """I idle, T in a transaction block, E in a failed one."""
        ...

    @property
    def reported(self) -> dict[str, str]:
        """Settings that clients are told of (ParameterStatus), by their canonical name; another object after a change."""
        ...

    @property
    def statements(self) -> MutableMapping[str, Prepared]:
        """Named prepared statements, shared with SQL's PREPARE, DEALLOCATE and DISCARD ALL.

        Parse puts into it and Close takes out of it; the session bounds nothing, pgwire does.
        """
        ...

    @property
    def portals(self) -> MutableMapping[str, Portal]:
        """What Bind has made, by name: SQL's FETCH, MOVE and CLOSE find it there, too."""
        ...

    def idle_limit(self) -> tuple[float, SabotError] | None:
        """How many seconds the client may be silent now, and what it is told then; None without a limit."""
        ...

    def wire_settings(self) -> WireSettings:
        """What the forms of values depend on, as it is now."""
        ...

    def describe_cursor(self, name: str) -> Schema:
        """Columns of a cursor made by DECLARE; UserError 34000 if there is none (clients Describe it)."""
        ...

    def object_names(self, type_name: str, oids: Sequence[int]) -> list[str]:
        """Text of values of regclass, regtype, regproc or regnamespace (digits where the object is gone)."""
        ...

    def object_oid(self, type_name: str, text: str) -> int:
        """The OID that a name stands for as input of one of these types; the errors of its cast from text."""
        ...

    def join_run(self) -> None:
        """The next statement is one of a pipelined run: what is executed up to `sync` is one transaction."""
        ...

    def set_notice_sink(self, sink: Callable[[str, str, str], None]) -> None:
        """`sink(severity, sqlstate, message)` sends a NoticeResponse."""
        ...

    def set_notification_sink(self, sink: Callable[[int, str, str], None]) -> None:
        """`sink(process_id, channel, payload)` sends a NotificationResponse, now or before the next ReadyForQuery."""
        ...

    def script(self, sql: str) -> AsyncIterator[Execution]:
        """Simple protocol: the statements of `sql` one after the other, in one implicit transaction.

        The caller drains each execution before it asks for the next. An error ends the script.
        """
        ...

    @property
    def decided(self) -> object:
        """Another object after a change of settings or catalog: what `key_read` has said before is void."""
        ...

    def key_read(self, prepared: Prepared) -> KeyRead | None:
        """What key the statement reads, if that is all it does."""
        ...

    def key_read_of_text(self, pattern: str, kinds: str) -> KeyRead | None:
        """The same for the text of a simple query without its constants, if it is known to have come before."""
        ...

    def begin_read(self, read: KeyRead, text: str | None) -> RowStore | None:
        """Run the statement, whose text is this if it is not the read's: the rows to look in, of one epoch until `end_read`.

        None if it can't be run so now.
        """
        ...

    def end_read(self) -> None: ...

    def prepare(self, sql: str, parameter_types: tuple[int, ...]) -> Prepared:
        """Extended protocol: one statement; type OIDs given by the client, 0 = infer."""
        ...

    def takes_rows(self, prepared: Prepared) -> bool:
        """Whether several executions of the statement, which gives no rows, do what one does with as many rows of parameters."""
        ...

    async def execute(self, prepared: Prepared, parameters: Batch | None) -> Execution:
        """Run with parameters: a one-row batch of the prepared parameter types; more rows where the statement takes them."""
        ...

    def resume(self) -> None:
        """More rows of an execution are asked for: its timeout begins anew."""
        ...

    async def sync(self) -> None:
        """End of an extended-protocol run: commit the implicit transaction."""
        ...

    async def failed(self) -> None:
        """An error goes to the client: roll back the implicit transaction or mark the block."""
        ...

    def cancel(self) -> None:
        """Stop what runs now, if anything (from another connection's CancelRequest)."""
        ...

    async def close(self) -> None: ...


class Sessions(Protocol):
    """Where connections get their session."""

    async def open(self, startup: dict[str, str], peer: str, process_id: int) -> SessionApi:
        """Raises SabotError (3D000 unknown database, 28000 …)."""
        ...

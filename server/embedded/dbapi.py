"""The engine inside a Python process: `sabot.connect()`, DB-API 2.0 (PEP 249) with Arrow tables in and out.

A connection owns a whole server, whose event loop runs in a thread of its own. Statements commit by themselves
unless BEGIN was executed. With a port, other processes can connect to the same server.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Coroutine, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from ...kernels.arrow import batch_from_arrow, batch_to_arrow
from ...kernels.arrow_types import schema_to_arrow
from ...kernels.batch import Batch
from ...kernels.errors import SabotError
from ...kernels.schema import Schema
from ...pgwire.codecs.decode import decode_parameters
from ..config import Config
from ..server import Server
from ..sessions.session import Session
from .dbapi_errors import InterfaceError, ProgrammingError, translated
from .dbapi_values import Parameters, input_text, numbered, oid_of, python_values

T = TypeVar("T")
EMBEDDED_PROCESS = 0  # sessions of the wire count from 1


def connect(data_dir: str | Path | None = None, *, port: int | None = None, host: str = "127.0.0.1") -> Connection:
    """Open a database in this process. `data_dir` None keeps everything in memory; `port` listens too (0: a free one).

    Raises OperationalError when the data directory or the port is in use.
    """
    return Connection(Config(host=host, port=port or 0, data_dir=Path(data_dir) if data_dir else None), port is not None)


class Connection:
    """One embedded server and one session of it. Not to be used by several threads at once."""

    def __init__(self, config: Config, listen: bool) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sabot", daemon=True)
        try:
            self._server = Server(config)
        except SabotError as e:
            raise translated(e) from None
        self._thread.start()
        self._closed = False
        try:
            if listen:
                self._run(self._server.listen())
            self.session: Session = self._run(self._server.open({"user": "root"}, "embedded", EMBEDDED_PROCESS))
        except BaseException:
            self.close()
            raise

    @property
    def port(self) -> int:
        """Where other processes can connect, when the connection was opened with a port."""
        return self._server.port

    def cursor(self) -> Cursor:
        self._check_open()
        return Cursor(self)

    def execute(self, sql: str, parameters: Parameters | None = None) -> Cursor:
        """A new cursor that has executed `sql`."""
        return self.cursor().execute(sql, parameters)

    def insert_arrow(self, table: str, rows: pa.Table | pa.RecordBatch) -> int:
        """Append rows to a table, matched by column name and cast to its types; all or nothing. How many rows."""
        columns = ", ".join('"' + name.replace('"', '""') + '"' for name in rows.schema.names)
        return self.run(self._insert(f"COPY {table} ({columns}) FROM STDIN", rows))

    async def _insert(self, sql: str, rows: pa.Table | pa.RecordBatch) -> int:
        count = 0
        async for execution in self.session.script(sql):
            wanted = schema_to_arrow(execution.copy_schema)
            types = [f.type for f in execution.copy_schema]
            for batch in [rows] if isinstance(rows, pa.RecordBatch) else rows.to_batches():
                try:
                    cast = pa.RecordBatch.from_arrays(
                        [batch.column(i).cast(f.type) for i, f in enumerate(wanted)], names=wanted.names
                    )
                except pa.ArrowInvalid as e:
                    raise ProgrammingError(f"the rows do not fit the table: {e}") from None
                await execution.copy_rows(batch_from_arrow(cast, types))
                count += batch.num_rows
            await execution.copy_done()
        return count

    def commit(self) -> None:
        if self.session.transaction_status != "I":
            self.execute("COMMIT")

    def rollback(self) -> None:
        if self.session.transaction_status != "I":
            self.execute("ROLLBACK")

    def close(self) -> None:
        """Stop the server with a last checkpoint. Open cursors end."""
        if self._closed:
            return
        self._closed = True
        self._run(self._server.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if not self._closed:
            self.commit() if kind is None else self.rollback()
        self.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """For cursors: run on the server's loop; errors are DB-API's and end the implicit transaction."""
        if self._closed:
            work.close()
        self._check_open()
        return self._run(work)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except SabotError as e:
            self._fail()
            raise translated(e) from None
        except KeyboardInterrupt:
            self._loop.call_soon_threadsafe(self.session.cancel)
            raise

    def _fail(self) -> None:
        if hasattr(self, "session"):
            asyncio.run_coroutine_threadsafe(self.session.failed(), self._loop).result()

    def _check_open(self) -> None:
        if self._closed:
            raise InterfaceError("the connection is closed")


class Cursor:
    """The last statement's result. SUBSCRIBE gives rows without end: fetching waits for the next change."""

    arraysize = 1000

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._execution: Any = None
        self._schema: Schema | None = None
        self._rows: Iterator[tuple[Any, ...]] = iter(())
        self._closed = False

    @property
    def description(self) -> list[tuple[Any, ...]] | None:
        """(name, SQL type, None …) per column; None when the statement gave no rows."""
        if self._schema is None:
            return None
        return [(f.name, str(f.type), None, None, None, None, f.nullable) for f in self._schema]

    @property
    def rowcount(self) -> int:
        """Rows that the last command changed, or -1."""
        last = self._execution.tag.rpartition(" ")[2] if self._execution is not None else ""
        return int(last) if last.isdigit() else -1

    def execute(self, sql: str, parameters: Parameters | None = None) -> Cursor:
        """Run a statement (with parameters `%s`, `%(name)s` or `$1`) or, without parameters, a script."""
        self._check_open()
        self._end()
        values: list[Any] = []
        if parameters is not None:
            sql, values = numbered(sql, parameters)
        self._execution = self.connection.run(self._start(sql, values))
        self._schema = self._execution.columns
        self._rows = itertools.chain.from_iterable(self._pieces())
        return self

    def executemany(self, sql: str, parameters: Iterable[Parameters]) -> Cursor:
        for values in parameters:
            self.execute(sql, values)
        return self

    async def _start(self, sql: str, values: list[Any]) -> Any:
        session = self.connection.session
        if not values and len(session.server.plans.script(sql)) > 1:
            last = None
            async for execution in session.script(sql):
                if last is not None:
                    while await last.fetch(0) is not None:
                        pass
                last = execution
            return last
        prepared = session.prepare(sql, tuple(oid_of(v) for v in values))
        types = prepared.parameter_types
        if len(types) != len(values):
            raise ProgrammingError(f"the statement has {len(types)} parameters, {len(values)} are given")
        parameters: Batch | None = None
        if values:
            texts = [input_text(v, t) for v, t in zip(values, types)]
            parameters = decode_parameters(types, [0], texts, session.wire_settings())
        execution = await session.execute(prepared, parameters)
        if execution.columns is None and execution.copy_in is None:
            await execution.fetch(0)
        await session.sync()
        return execution

    def _batches(self) -> Iterator[Batch]:
        while self._schema is not None and not self._closed:
            batch = self.connection.run(self._execution.fetch(0))
            if batch is None:
                return
            yield batch

    def _pieces(self) -> Iterator[Iterator[tuple[Any, ...]]]:
        for batch in self._batches():
            assert self._schema is not None
            arrow = batch_to_arrow(batch, self._schema)
            columns = [python_values(arrow.column(i), f.type) for i, f in enumerate(self._schema)]
            yield zip(*columns) if columns else iter([()] * batch.num_rows)

    def fetchone(self) -> tuple[Any, ...] | None:
        self._check_rows()
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        self._check_rows()
        return list(itertools.islice(self._rows, size or self.arraysize))

    def fetchall(self) -> list[tuple[Any, ...]]:
        self._check_rows()
        return list(self._rows)

    def fetch_arrow(self) -> pa.Table:
        """What was not fetched yet, as an Arrow table; numeric and jsonb columns are text."""
        self._check_rows()
        assert self._schema is not None
        schema = self._schema
        return pa.Table.from_batches([batch_to_arrow(b, schema) for b in self._batches()], schema_to_arrow(schema))

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        self._check_rows()
        return self._rows

    def setinputsizes(self, sizes: object) -> None:
        """Nothing to do (PEP 249)."""

    def setoutputsize(self, size: int, column: int | None = None) -> None:
        """Nothing to do (PEP 249)."""

    def close(self) -> None:
        self._end()
        self._closed = True

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _end(self) -> None:
        if self._execution is not None and not self.connection._closed:
            self.connection.run(self._execution.close())
        self._execution, self._schema, self._rows = None, None, iter(())

    def _check_open(self) -> None:
        if self._closed:
            raise InterfaceError("the cursor is closed")

    def _check_rows(self) -> None:
        self._check_open()
        if self._schema is None:
            raise ProgrammingError("the last statement gave no rows")

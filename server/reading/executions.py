"""What a statement gives back: implementations of pgwire's `Execution`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.limits import RESULT_BATCH_ROWS
from ...kernels.schema import Schema
from ...pgwire.session_api import CopyFormat
from .producer import Producer
from .waiting import Spool


class Done:
    """A command without rows."""

    columns: Schema | None = None
    copy_out: CopyFormat | None = None
    copy_in: CopyFormat | None = None
    copy_schema: Schema | None = None
    spool: Spool | None = None  # rows that wait for their reader

    def __init__(self, tag: str) -> None:
        self.tag = tag

    async def fetch(self, limit: int) -> Batch | None:
        return None

    async def copy_rows(self, rows: Batch) -> None:
        raise UserError("not in COPY mode", "08P01")

    async def copy_done(self) -> None:
        raise UserError("not in COPY mode", "08P01")

    async def close(self) -> None:
        return None


class Rows(Done):
    """A result, handed out in pieces. `verb` makes the tag: SELECT, INSERT 0, FETCH … `producer`: it is still being made."""

    _producer: Producer | None = None

    def __init__(self, schema: Schema, rows: Batch | Spool | None, verb: str = "SELECT", *, copy: CopyFormat | None = None,
                 count: int | None = None, producer: Producer | None = None) -> None:
        super().__init__(verb)
        self.columns = schema
        self.spool = Spool.of_batch(rows) if isinstance(rows, Batch) else rows
        self._producer = producer
        self._at = 0
        self._piece: tuple[int, Batch] | None = None  # the one read last, and the row it begins with
        self._verb = verb
        self._count = count
        self.copy_out = copy
        if copy is not None:
            self.copy_schema = schema

    @property
    def rows(self) -> int:
        """How many there are so far: all, once the result is complete."""
        return 0 if self.spool is None else self.spool.rows

    async def complete(self) -> None:
        """Wait until the whole result is there."""
        if self._producer is not None:
            await self._producer.complete()

    async def fetch(self, limit: int) -> Batch | None:
        while self._at >= self.rows:
            if self._producer is None or not await self._producer.more():
                self.tag = self._final_tag()
                await self.close()
                return None
        rows = self._from(self._at, limit)
        self._at += rows.num_rows
        if self._producer is not None:
            self._producer.read_to(self._at)
        elif self._at >= self.rows:
            self.tag = self._final_tag()
            await self.close()
        return rows

    def between(self, first: int, last: int) -> Batch:
        """Rows `first` up to `last` (without it), of a complete result that is not fetched from."""
        parts: list[Batch] = []
        while first < last:
            parts.append(self._from(first, last - first))
            first += parts[-1].num_rows
        assert self.columns is not None
        return Batch.concat(parts) if parts else Batch.empty(self.columns.types)

    def _from(self, at: int, limit: int) -> Batch:
        """Some rows from `at` on: not more than `limit` (0: any), nor than the piece has that holds the first."""
        assert self.spool is not None
        if self._piece is None or not 0 <= at - self._piece[0] < self._piece[1].num_rows:
            self._piece = self.spool.piece_at(at)
        first, piece = self._piece
        left = piece.num_rows - (at - first)
        size = min(limit or left, left)
        return piece if size == piece.num_rows else piece.slice(at - first, size)

    async def close(self) -> None:
        self._piece = None
        if self._producer is not None:
            self._producer.stop()
        if self.spool is not None:
            self.spool.drop()

    def __del__(self) -> None:
        if self._producer is not None:
            self._producer.stop()  # a cursor that ended with its transaction

    def _final_tag(self) -> str:
        counted = self._verb not in ("SHOW", "EXPLAIN")
        return f"{self._verb} {self._at if self._count is None else self._count}" if counted else self._verb


class Stream(Done):
    """Rows without end (SUBSCRIBE): waits for the next batch."""

    def __init__(self, schema: Schema, batches: AsyncIterator[Batch], close: Callable[[], None],
                 coming: Callable[[float], Awaitable[bool]], *, copy: CopyFormat | None = None,
                 spool: Spool | None = None) -> None:
        super().__init__("SUBSCRIBE")
        self.spool = spool
        self._coming = coming
        self.columns = schema
        self._batches = batches
        self._close = close
        self._left: Batch | None = None
        self._count = 0
        self.copy_out = copy
        if copy is not None:
            self.copy_schema = schema

    async def fetch(self, limit: int) -> Batch | None:
        if self._left is None:
            try:
                self._left = await anext(self._batches)
            except StopAsyncIteration:
                self.tag = f"SUBSCRIBE {self._count}"
                return None
        size = min(self._left.num_rows, limit or RESULT_BATCH_ROWS, RESULT_BATCH_ROWS)
        piece = self._left.slice(0, size)
        rest = self._left.num_rows - size
        self._left = self._left.slice(size, rest) if rest else None
        self._count += size
        return piece

    async def coming(self, seconds: float) -> bool:
        """Whether rows are there, or come within that time."""
        return self._left is not None or await self._coming(seconds)

    async def close(self) -> None:
        self._close()


class CopyIn(Done):
    """COPY FROM STDIN: batches are kept until the end and written as one command."""

    def __init__(self, schema: Schema, form: CopyFormat, finish: Callable[[Batch | None], Awaitable[int]]) -> None:
        super().__init__("COPY 0")
        self.copy_in = form
        self.copy_schema = schema
        self._finish = finish
        self._parts: list[Batch] = []

    async def copy_rows(self, rows: Batch) -> None:
        self._parts.append(rows)

    async def copy_done(self) -> None:
        rows = Batch.concat(self._parts) if self._parts else None
        self.tag = f"COPY {await self._finish(rows)}"



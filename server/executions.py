"""What a statement gives back: implementations of pgwire's `Execution`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from ..kernels.batch import Batch
from ..kernels.errors import UserError
from ..kernels.limits import RESULT_BATCH_ROWS
from ..kernels.schema import Schema
from ..pgwire.session_api import CopyFormat


class Done:
    """A command without rows."""

    columns: Schema | None = None
    copy_out: CopyFormat | None = None
    copy_in: CopyFormat | None = None
    copy_schema: Schema | None = None

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
    """A finished result, handed out in pieces. `verb` makes the tag: SELECT, INSERT 0, FETCH …"""

    def __init__(self, schema: Schema, rows: Batch | None, verb: str = "SELECT", *, copy: CopyFormat | None = None,
                 count: int | None = None) -> None:
        super().__init__(verb)
        self.columns = schema
        self._rows = rows
        self._at = 0
        self._verb = verb
        self._count = count
        self.copy_out = copy
        if copy is not None:
            self.copy_schema = schema

    @property
    def total(self) -> int:
        return 0 if self._rows is None else self._rows.num_rows

    async def fetch(self, limit: int) -> Batch | None:
        if self._rows is None or self._at >= self._rows.num_rows:
            self.tag = self._final_tag()
            return None
        size = min(self._rows.num_rows - self._at, RESULT_BATCH_ROWS, limit or RESULT_BATCH_ROWS)
        piece = self._rows.slice(self._at, size)
        self._at += size
        if self._at >= self._rows.num_rows:
            self.tag = self._final_tag()
        return piece

    def _final_tag(self) -> str:
        counted = self._verb not in ("SHOW", "EXPLAIN")
        return f"{self._verb} {self._at if self._count is None else self._count}" if counted else self._verb


class Stream(Done):
    """Rows without end (SUBSCRIBE): waits for the next batch."""

    def __init__(self, schema: Schema, batches: AsyncIterator[Batch], close: Callable[[], None],
                 coming: Callable[[float], Awaitable[bool]], *, copy: CopyFormat | None = None) -> None:
        super().__init__("SUBSCRIBE")
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



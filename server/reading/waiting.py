"""Rows that wait for their readers: results of statements, cursors, the rows that a subscription begins with.

All of them together may hold `result_memory` bytes. What goes beyond is written to temporary files, the oldest first:
a reader that takes its rows is served from memory, and one that does not costs disk.
"""

from __future__ import annotations

import os
import tempfile
import threading
import weakref
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import IO

from ...kernels.batch import Batch
from ...kernels.block import decode_block, encode_block
from ...kernels.errors import RetryableError
from ...kernels.limits import RESULT_BATCH_BYTES, RESULT_BATCH_ROWS
from ...kernels.store import Snapshot

SMALL = RESULT_BATCH_BYTES  # results up to this size are not counted: sessions are

_Place = tuple[int, int]  # offset and length in the file
_Part = Batch | Callable[[], Batch] | _Place | None  # None: no longer needed


def rows_per_piece(rows: Batch) -> int:
    return max(1, min(RESULT_BATCH_ROWS, rows.num_rows * RESULT_BATCH_BYTES // max(rows.nbytes, 1)))


def cut(rows: Batch) -> list[Batch]:
    """Pieces of bounded size, none of which keeps another in memory."""
    each = rows_per_piece(rows)
    return [rows.slice(at, min(each, rows.num_rows - at)).copied() for at in range(0, rows.num_rows, each)]


class Spool:
    """Rows in pieces of bounded size, in memory or in a file; those of a result that is still being made grow.

    Pieces are read in any order by one reader; those that it has `passed` are no longer needed.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.held = 0  # bytes in memory
        self.stored = 0  # bytes in the file
        self._parts: list[_Part] = []
        self._starts: list[int] = []  # number of the first row of each piece
        self._sizes: list[int] = []  # bytes that end with each piece
        self._first = 0  # the first piece that is still needed
        self._written = 0  # pieces before this one are in the file, if they are needed
        self._file: IO[bytes] | None = None
        self._busy = False  # the file is being written
        self._dropped = False
        self._state, self._writing = threading.Lock(), threading.Lock()

    @staticmethod
    def of_batch(rows: Batch) -> Spool:
        spool, each, large = Spool(), rows_per_piece(rows), rows.nbytes > SMALL

        def piece(at: int) -> Batch:
            part = rows.slice(at, min(each, rows.num_rows - at))
            return part.copied() if large else part  # which does not keep the others in memory

        if rows.num_rows <= each:
            spool._add(rows, rows.num_rows)
        else:
            for at in range(0, rows.num_rows, each):
                spool._add(partial(piece, at), min(each, rows.num_rows - at))
        spool.held = rows.nbytes
        return spool

    @staticmethod
    def of_snapshot(rows: Snapshot) -> Spool:
        spool = Spool()
        for number in range(rows.num_pieces):
            spool._add(partial(rows.piece, number), 1)  # read by number
        spool.held = rows.nbytes
        return spool

    @property
    def pieces(self) -> int:
        return len(self._parts)

    def extend(self, pieces: Sequence[Batch]) -> None:
        """More rows, in pieces that share no memory."""
        with self._state:
            if self._dropped:
                return
            for piece in pieces:
                size = piece.nbytes
                self._add(piece, piece.num_rows, size)
                self.held += size

    def _add(self, part: _Part, rows: int, size: int = 0) -> None:
        self._parts.append(part)
        self._starts.append(self.rows)
        self._sizes.append(size)
        self.rows += rows

    def piece(self, number: int) -> Batch:
        part = self._parts[number]
        if isinstance(part, tuple):
            assert self._file is not None
            return decode_block(os.pread(self._file.fileno(), part[1], part[0]))
        assert part is not None
        return part if isinstance(part, Batch) else part()

    def piece_at(self, row: int) -> tuple[int, Batch]:
        """The piece that holds a row, and the number of its first row."""
        number = bisect_right(self._starts, row) - 1
        return self._starts[number], self.piece(number)

    def passed(self, number: int) -> None:
        """Pieces before this one are no longer needed."""
        with self._state:
            for n in range(self._first, number):
                if isinstance(self._parts[n], Batch):
                    self.held -= self._sizes[n]
                self._parts[n] = None
            self._first = max(self._first, number)
            if self.stored and self._first >= self._written and not self._busy and self._file is not None:
                self._file.seek(0)
                self._file.truncate()
                self.stored = 0

    def passed_to(self, row: int) -> None:
        """Rows before this one are no longer needed."""
        number = bisect_right(self._starts, row) - 1 if row < self.rows else len(self._parts)
        if number > self._first:
            self.passed(number)

    def drop(self) -> None:
        """Nobody reads them any more."""
        with self._state:
            self._dropped, self.held = True, 0
            self._parts = [None] * len(self._parts)
            if self._file is not None and not self._busy:
                self._file.close()

    def spill(self, folder: Path | None) -> None:
        """Move what is still needed to a temporary file. On a thread of its own; the reader may go on meanwhile."""
        with self._writing:
            with self._state:
                begins = max(self._first, self._written)
                waiting = self._parts[begins:]
                if self._dropped or not waiting:
                    return
                self._busy = True
            places: list[_Place] = []
            try:
                places = self._write(waiting, folder)
            except OSError as error:
                raise RetryableError(f"could not write a temporary file: {error.strerror}", "53100") from None
            finally:
                with self._state:
                    self._busy = False
                    if self._dropped and self._file is not None:
                        self._file.close()
                    elif places:
                        self._moved(begins, places)

    def _write(self, waiting: Sequence[_Part], folder: Path | None) -> list[_Place]:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="sabot-", dir=folder)  # noqa: SIM115  (kept open)
        places: list[_Place] = []
        at = self._file.seek(0, os.SEEK_END)
        for part in waiting:
            if self._dropped:
                return []
            if part is None or isinstance(part, tuple):
                places.append((0, 0))
                continue
            data = encode_block(part if isinstance(part, Batch) else part())
            self._file.write(data)
            places.append((at, len(data)))
            at += len(data)
        self._file.flush()
        return places

    def _moved(self, begins: int, places: Sequence[_Place]) -> None:
        """These pieces are in the file now. Under the lock."""
        shared = True  # whether the parts so far shared memory, which is counted as a whole
        for n, place in enumerate(places, begins):
            part = self._parts[n]
            if isinstance(part, Batch) and self._sizes[n]:
                self.held -= self._sizes[n]
                shared = False
            if part is not None:
                self._parts[n] = place
            self.stored += place[1]
        if shared:
            self.held = 0
        self._written = begins + len(places)


class Waiting:
    """What waits in memory, oldest first. All calls on the event loop."""

    def __init__(self, limit: int, folder: Path | None, in_worker: Callable[[Callable[[], None]], Awaitable[None]]) -> None:
        self.limit = limit
        self._folder = folder
        self._in_worker = in_worker
        self._spools: dict[int, weakref.ref[Spool]] = {}

    @property
    def held(self) -> int:
        return sum(s.held for s in self._alive())

    async def admit(self, spool: Spool) -> None:
        """Count these rows, and those that it has got since; RetryableError 53100 when there is room for them neither in
        memory nor on disk."""
        if spool.held <= SMALL:
            return
        number = id(spool)
        if number not in self._spools:
            self._spools[number] = weakref.ref(spool, lambda _: self._spools.pop(number, None))
        for oldest in self._alive():
            if self.held <= self.limit:
                return
            await self._in_worker(lambda: oldest.spill(self._folder))  # noqa: B023  (awaited here)

    def _alive(self) -> list[Spool]:
        found = [s for r in self._spools.values() if (s := r()) is not None]
        return [s for s in found if s.held]

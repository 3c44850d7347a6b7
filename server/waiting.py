"""Rows that wait for their readers: results of statements, cursors, the rows that a subscription begins with.

All of them together may hold `result_memory` bytes. What goes beyond is written to temporary files, the oldest first:
a reader that takes its rows is served from memory, and one that does not costs disk.
"""

from __future__ import annotations

import tempfile
import threading
import weakref
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO

from ..kernels.batch import Batch
from ..kernels.block import decode_block, encode_block
from ..kernels.errors import RetryableError
from ..kernels.limits import RESULT_BATCH_BYTES, RESULT_BATCH_ROWS
from ..kernels.store import Snapshot

SMALL = RESULT_BATCH_BYTES  # results up to this size are not counted: sessions are


class Spool:
    """Rows in pieces of bounded size, each of `each` rows (the last has fewer), in memory or in a file.

    Pieces are read in any order by one reader; those before `first` are no longer needed.
    """

    def __init__(self, pieces: int, piece: Callable[[int], Batch], held: int, each: int = 0) -> None:
        self.pieces = pieces
        self.each = each
        self.held = held  # bytes in memory
        self.first = 0
        self._piece: Callable[[int], Batch] | None = piece
        self._file: IO[bytes] | None = None
        self._places: list[tuple[int, int]] = []  # (offset, length) of each piece in the file, from `_begins` on
        self._begins = 0
        self._writing = threading.Lock()

    @staticmethod
    def of_batch(rows: Batch) -> Spool:
        held, count = rows.nbytes, rows.num_rows
        each = max(1, min(RESULT_BATCH_ROWS, count * RESULT_BATCH_BYTES // max(held, 1)))

        def piece(i: int) -> Batch:
            part = rows.slice(i * each, min(each, count - i * each))
            return part if held <= SMALL else part.copied()  # which does not keep the others in memory

        return Spool(-(-count // each), piece, held, each)

    @staticmethod
    def of_snapshot(rows: Snapshot) -> Spool:
        return Spool(rows.num_pieces, lambda i: rows.piece(i), rows.nbytes)

    def piece(self, i: int) -> Batch:
        source = self._piece
        if source is not None:
            return source(i)
        assert self._file is not None
        offset, length = self._places[i - self._begins]
        self._file.seek(offset)
        return decode_block(self._file.read(length))

    def drop(self) -> None:
        """Nobody reads them any more."""
        self.held, self._piece = 0, None
        with self._writing:
            if self._file is not None:
                self._file.close()
                self._file = None

    def spill(self, folder: Path | None) -> None:
        """Move what is still needed to a temporary file. On a thread of its own; the reader may go on meanwhile."""
        with self._writing:
            source, begins = self._piece, self.first
            if source is None:
                return
            file: IO[bytes] = tempfile.TemporaryFile(prefix="sabot-", dir=folder)  # noqa: SIM115  (kept open)
            places: list[tuple[int, int]] = []
            try:
                at = 0
                for i in range(begins, self.pieces):
                    if self._piece is None:  # dropped meanwhile
                        file.close()
                        return
                    data = encode_block(source(i))
                    file.write(data)
                    places.append((at, len(data)))
                    at += len(data)
                file.flush()
            except OSError as error:
                file.close()
                raise RetryableError(f"could not write a temporary file: {error.strerror}", "53100") from None
            self._file, self._places, self._begins = file, places, begins
            self.held, self._piece = 0, None


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
        """Count these rows; RetryableError 53100 when there is room for them neither in memory nor on disk."""
        if spool.held <= SMALL or id(spool) in self._spools:
            return
        number = id(spool)
        self._spools[number] = weakref.ref(spool, lambda _: self._spools.pop(number, None))
        for oldest in self._alive():
            if self.held <= self.limit:
                return
            await self._in_worker(lambda: oldest.spill(self._folder))  # noqa: B023  (awaited here)

    def _alive(self) -> list[Spool]:
        found = [s for r in self._spools.values() if (s := r()) is not None]
        return [s for s in found if s.held]

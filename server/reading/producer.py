"""The making of a result that is not done at once: ahead of its reader, on the threads of readers, stretch by stretch.

What is made waits in a `Spool`, so that neither the rows nor what they are made from depend on when the reader takes them. A reader
that is far behind is waited for, between two stretches: no thread stands still for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.limits import RESULT_AHEAD_MB, RESULT_BATCH_BYTES
from .reads import Check, Interrupt
from .waiting import Spool, cut

if TYPE_CHECKING:
    from ..sessions.session import Session


class Producer:
    """Makes the rows of one result. All calls but `stop` on the event loop."""

    def __init__(self, session: Session, pieces: Callable[[Check], Iterator[Batch]]) -> None:
        self.ended = False
        self._session = session
        self._spool = Spool()
        self._pieces: Iterator[Batch] | None = pieces(self._check)
        self._interrupt: Interrupt | None = session.interrupt  # of the statement that waits for rows, if one does
        self._stopped = False
        self._error: BaseException | None = None
        self._limit: int | None = RESULT_AHEAD_MB << 20
        self._changed: list[asyncio.Future[None]] = []  # of those who wait for rows, for their end, or for room
        self._task: asyncio.Task[None] | None = None

    async def begin(self, *, quick: bool) -> Spool:
        """The first rows. A result that is whole with them has ended; the rest of a longer one is made from now on."""
        server = self._session.server
        rows, self.ended = self._stretch() if quick else await server.in_reader(self._stretch)
        await server.sequences.flush(self._session)
        if self.ended:
            return self._spool if rows is None else Spool.of_batch(rows)
        if rows is not None:
            self._spool.extend(cut(rows))
        self._interrupt = None
        self._task = asyncio.get_running_loop().create_task(self._produce())
        return self._spool

    async def more(self) -> bool:
        """Wait for further rows, for the statement that runs now; False when there are none, or the error that ended them."""
        if not self.ended:
            self._interrupt = self._session.interrupt
            self._tell()
            try:
                await self._change()
            finally:
                self._interrupt = None
        elif self._error is not None:
            raise self._error
        else:
            return False
        return True

    async def complete(self) -> None:
        """Wait for all rows, however many."""
        self._limit = None
        while await self.more():
            pass

    def read_to(self, row: int) -> None:
        """The reader has taken the rows before this one."""
        self._spool.passed_to(row)
        if not self._spool.stored:
            self._tell()

    def stop(self) -> None:
        """Nobody wants the rest."""
        self._stopped = True
        self._tell()

    def _check(self) -> None:
        if self._stopped:
            raise UserError("canceling statement due to user request", "57014")
        waiting = self._interrupt
        if waiting is not None:
            waiting.check()

    def _stretch(self) -> tuple[Batch | None, bool]:
        """The next rows, about as many as one piece of a spool has, and whether they are the last."""
        assert self._pieces is not None
        parts: list[Batch] = []
        size = 0
        for piece in self._pieces:
            parts.append(piece)
            size += piece.nbytes
            if size >= RESULT_BATCH_BYTES:
                break
        else:
            return Batch.concat(parts) if parts else None, True
        return Batch.concat(parts), False

    async def _produce(self) -> None:
        server, last = self._session.server, False

        def stretch() -> tuple[list[Batch], bool]:
            rows, last = self._stretch()
            return [] if rows is None else cut(rows), last

        try:
            while not last and not self._stopped:
                await server.waiting.admit(self._spool)
                while self._is_far_ahead():
                    await self._change()
                pieces, last = await server.in_reader(stretch)
                await server.sequences.flush(self._session)
                self._spool.extend(pieces)
                if pieces:
                    self._tell()
            await server.waiting.admit(self._spool)
        except Exception as error:
            self._error = error
        finally:
            self.ended, self._pieces = True, None
            self._tell()

    def _is_far_ahead(self) -> bool:
        waited = self._interrupt is not None or self._stopped
        return self._limit is not None and self._spool.stored >= self._limit and not waited

    async def _change(self) -> None:
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._changed.append(waiting)
        await waiting

    def _tell(self) -> None:
        told, self._changed = self._changed, []
        for waiting in told:
            if not waiting.done():
                waiting.set_result(None)

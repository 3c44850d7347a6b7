"""A running source: one thread polls the reader into a bounded queue; the engine takes chunks per epoch."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from ...executor.connectors.base import (
    Offsets,
    PruningConnector,
    SourceChunk,
    SourceConnector,
    SourceReader,
    SourceSpec,
)
from ...kernels.batch import Batch
from ...kernels.errors import RetryableError, SabotError
from ...kernels.limits import SOURCE_QUEUE_ROWS, STEP_ROWS

POLL_SECONDS = 0.1
RETRY_SECONDS = 1.0


class SourceRuntime:
    """`offsets` are those of the last chunk that the engine took: what a checkpoint stores."""

    def __init__(
        self,
        id: int,
        spec: SourceSpec,
        connector: SourceConnector,
        offsets: Offsets | None,
        wake: Callable[[], None],
    ) -> None:
        self.id = id
        self.spec = spec
        self.connector = connector
        self.offsets: Offsets | None = offsets
        self.error: str | None = None
        self.rows = 0
        self.paused = False
        self.finished = False
        self._wake = wake
        self._queue: deque[SourceChunk] = deque()
        self._queued_rows = 0
        self._space = threading.Condition()
        self._stopping = threading.Event()
        self._reader: SourceReader | None = None
        self._prunes = isinstance(connector, PruningConnector) and connector.prunes(spec)
        self._needed: frozenset[int] = frozenset()
        self._reopen = False
        self._thread = self._new_thread()

    def _new_thread(self) -> threading.Thread:
        return threading.Thread(target=self._run, name=f"source-{self.spec.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def need(self, columns: frozenset[int]) -> None:
        """From the next chunk taken on these columns have their values; what waits without them is read again."""
        if not self._prunes or columns <= self._needed:
            return
        with self._space:
            self._needed |= columns
            self._reopen = True
            self._queue.clear()
            self._queued_rows = 0
            ended, self.finished = self.finished, False
            self._space.notify_all()
        if ended:
            self._thread.join()
            self._thread = self._new_thread()
            self._thread.start()

    def stop(self) -> None:
        """Tell the thread to end; `join` waits for it."""
        self._stopping.set()
        with self._space:
            self._space.notify_all()

    def join(self, seconds: float) -> None:
        if self._thread.is_alive():
            self._thread.join(seconds)

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False
        with self._space:
            self._space.notify_all()

    def lag(self) -> int | None:
        return self._reader.lag() if self._reader is not None else None

    @property
    def waiting(self) -> bool:
        return bool(self._queue) and not self.paused

    def take(self) -> tuple[Batch | None, Batch | None]:
        """(rows, errors) up to the step limit; moves `offsets` on."""
        rows: list[Batch] = []
        errors: list[Batch] = []
        count = 0
        with self._space:
            while self._queue and not self.paused:
                size = self._queue[0].rows.num_rows
                if rows and count + size > STEP_ROWS:
                    break
                chunk = self._queue.popleft()
                self._queued_rows -= size
                count += size
                self.offsets = chunk.offsets
                rows.append(chunk.rows)
                if chunk.errors is not None and chunk.errors.num_rows:
                    errors.append(chunk.errors)
            self._space.notify_all()
        self.rows += count
        return (Batch.concat(rows) if count else None), (Batch.concat(errors) if errors else None)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._space:
                    reopen, self._reopen = self._reopen, False
                    needed = self._needed
                if reopen:
                    self._close_reader()
                if self._reader is None:
                    spec = replace(self.spec, needed=needed) if self._prunes else self.spec
                    self._reader = self.connector.open(spec, self.offsets)
                if self._poll(self._reader):
                    break
            except RetryableError as e:
                self.error = str(e)
                self._stopping.wait(RETRY_SECONDS)
            except SabotError as e:
                self.error = str(e)
                self._close_reader()
                self._stopping.wait(RETRY_SECONDS * 5)
            except Exception as e:  # a thread's outer shell: shown in sabot.sources, tried again
                self.error = f"{type(e).__name__}: {e}"
                self._close_reader()
                self._stopping.wait(RETRY_SECONDS * 5)
        self._close_reader()

    def _poll(self, reader: SourceReader) -> bool:
        """Queue a chunk. Whether the source is finished."""
        with self._space:
            while (self._queued_rows >= SOURCE_QUEUE_ROWS or self.paused) and not self._stopping.is_set():
                self._space.wait(POLL_SECONDS)
        if self._stopping.is_set():
            return False
        chunk = reader.poll(max(1, STEP_ROWS // 2), POLL_SECONDS)
        self.error = None
        if chunk is not None:
            with self._space:
                if self._reopen:
                    return False
                self._queue.append(chunk)
                self._queued_rows += chunk.rows.num_rows
            self._wake()
        elif reader.done:
            with self._space:
                self.finished = not self._reopen
                return self.finished
        return False

    def _close_reader(self) -> None:
        # What was read but not taken is read again from `offsets`.
        with self._space:
            if not self.finished:
                self._queue.clear()
                self._queued_rows = 0
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

"""A Sabot server of its own process for tests over whole streams: SQL in, native values out, kill and restart."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg

from sqllogictest.engines import Sabot


class Served:
    """`environment` sets limits such as SABOT_STEP_ROWS. All state is in `data_dir`, or in memory.

    `plant`: `file.py:function` to be called in the server's process before it starts (recovery/plants.py).
    """

    def __init__(
        self, data_dir: Path | None = None, environment: dict[str, str] | None = None, plant: str | None = None
    ) -> None:
        self.engine = Sabot(data_dir, environment=environment, plant=plant)
        self._connection = psycopg.connect(self.engine.address, autocommit=True)

    @property
    def pid(self) -> int:
        return self.engine.pid

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(sql)
        return cursor.fetchall() if cursor.description is not None else []

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Callable[[str], Any]]:
        with self._connection.transaction():
            yield self.run

    def kill(self, again: Sequence[float] = ()) -> None:
        """kill -9 and start again on the same data directory; `again`: kill it so many seconds into further starts."""
        self.engine.stop(kill=True)
        for seconds in again:
            self.engine.die(seconds)
        self.engine.restart(kill=True)
        self.reconnect()

    def reconnect(self) -> None:
        self._connection.close()
        self._connection = psycopg.connect(self.engine.address, autocommit=True)

    def wait_for_sources(self, seconds: float = 60, every: float = 0.02) -> None:
        """Until every source has given all it has. A source that fails is an error at once."""
        self._wait("SELECT name, state, error FROM sabot.sources WHERE state <> 'finished'", seconds, every)

    def _wait(self, unfinished: str, seconds: float, every: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            left = self.run(unfinished)
            if not left:
                return
            failing = [r for r in left if r[-1] is not None]
            assert not failing, failing
            assert time.monotonic() < deadline, f"unfinished after {seconds} s: {left}"
            time.sleep(every)

    def close(self) -> None:
        self._connection.close()
        self.engine.close()

"""State in memory: for tests and for a server without a data directory."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from .backend import Put


class MemoryBackend:
    def __init__(self) -> None:
        self._values: dict[bytes, bytes] = {}
        self._sorted: list[bytes] | None = []
        self._lock = threading.Lock()

    def get(self, key: bytes) -> bytes | None:
        return self._values.get(key)

    def scan(self, prefix: bytes) -> Iterator[Put]:
        for key in self.keys(prefix):
            value = self._values.get(key)
            if value is not None:
                yield key, value

    def keys(self, prefix: bytes) -> Iterator[bytes]:
        with self._lock:
            if self._sorted is None:
                self._sorted = sorted(self._values)
            ordered = self._sorted
        for position in range(bisect_left(ordered, prefix), len(ordered)):
            if not ordered[position].startswith(prefix):
                break
            yield ordered[position]

    def write(self, puts: Sequence[Put], deletes: Iterable[bytes] = (), *, sync: bool) -> None:
        with self._lock:
            for key in deletes:
                self._values.pop(key, None)
            self._values.update(puts)
            self._sorted = None

    def close(self) -> None:
        pass

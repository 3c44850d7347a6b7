"""StateBackend: the narrow waist between what Sabot keeps and where it is kept.

An ordered map of bytes with atomic writes. Values are few and large (whole blocks), never one per row.
Every implementation passes tests/storage/test_backend.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

Put = tuple[bytes, bytes]


class StateBackend(Protocol):
    def get(self, key: bytes) -> bytes | None: ...

    def scan(self, prefix: bytes) -> Iterator[Put]:
        """Pairs whose key starts with `prefix`, in key order."""
        ...

    def keys(self, prefix: bytes) -> Iterator[bytes]:
        """Like `scan`, without reading values where the backend can avoid it."""
        ...

    def write(self, puts: Sequence[Put], deletes: Iterable[bytes] = (), *, sync: bool) -> None:
        """All or nothing. With `sync` this and every earlier write survive a crash of the machine.

        Raises RetryableError 53100 (disk full) or 58030 (I/O error); then nothing of this write is kept.
        """
        ...

    def close(self) -> None: ...

"""A backend that fails on purpose: for tests of everything that must survive failing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..kernels.errors import RetryableError
from .backend import Put, StateBackend
from .memory import MemoryBackend

_Write = tuple[tuple[Put, ...], tuple[bytes, ...]]


class Crash(BaseException):
    """The process "died" at a write. Not an Exception: nothing may catch it and go on."""


class FaultyBackend:
    """Memory that counts writes and fails as told.

    `fail_at`: numbers of writes (from 1) that raise 53100 and keep nothing; `crash_at`: the write that raises
    Crash, before anything of it is kept, or after (`crash_after`). `survivor` is what a restart finds.
    """

    def __init__(
        self, fail_at: Iterable[int] = (), crash_at: int | None = None, crash_after: bool = False
    ) -> None:
        self.fail_at = set(fail_at)
        self.crash_at = crash_at
        self.crash_after = crash_after
        self.writes = 0
        self._live = MemoryBackend()
        self._history: list[tuple[_Write, bool]] = []

    def get(self, key: bytes) -> bytes | None:
        return self._live.get(key)

    def scan(self, prefix: bytes) -> Iterator[Put]:
        return self._live.scan(prefix)

    def keys(self, prefix: bytes) -> Iterator[bytes]:
        return self._live.keys(prefix)

    def write(self, puts: Sequence[Put], deletes: Iterable[bytes] = (), *, sync: bool) -> None:
        self.writes += 1
        dead = tuple(deletes)
        if self.writes in self.fail_at:
            raise RetryableError("no space left on device", "53100")
        crashing = self.crash_at is not None and self.writes >= self.crash_at
        if not crashing or self.crash_after:
            self._history.append(((tuple(puts), dead), sync))
            self._live.write(puts, dead, sync=sync)
        if crashing:
            raise Crash(f"write {self.writes}")

    def survivor(self, unsynced: int = 0) -> StateBackend:
        """What is left after a crash of the machine: synced writes, and `unsynced` of those after them."""
        synced = max((i + 1 for i, (_, sync) in enumerate(self._history) if sync), default=0)
        left = MemoryBackend()
        for (puts, deletes), _ in self._history[: synced + unsynced]:
            left.write(puts, deletes, sync=True)
        return left

    def damage(self, key: bytes, at: int = -1) -> None:
        """Flip a bit of a stored value."""
        value = bytearray(self._live.get(key) or b"")
        value[at] ^= 1
        self._live.write([(key, bytes(value))], sync=True)

    def close(self) -> None:
        pass

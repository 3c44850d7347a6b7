"""Generators at a rate: how far a reader may be by now."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pacer:
    """Numbers from `first` on, `rate` per second from its making on; rate 0 is no bound."""

    def __init__(self, first: int, rate: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._first = first
        self._rate = rate
        self._monotonic = monotonic
        self._started = monotonic()

    def allowed(self, following: int, limit: int, timeout: float) -> int:
        """The end of what may be delivered, at most `limit`; waits up to `timeout` s for number `following`."""
        if self._rate == 0:
            return limit
        if self._due() <= following < limit:
            wait = (following + 1 - self._first) / self._rate - (self._monotonic() - self._started)
            time.sleep(max(0.0, min(timeout, wait)))
        return min(self._due(), limit)

    def _due(self) -> int:
        return self._first + int((self._monotonic() - self._started) * self._rate)

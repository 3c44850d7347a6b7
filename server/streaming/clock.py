"""The only source of time for the engine; tests inject their own."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    def micros(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...


class SystemClock:
    def micros(self) -> int:
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        return time.monotonic()

"""Memory that is free goes back to the system: the C library keeps it otherwise, once it lies between what is used."""

from __future__ import annotations

import asyncio
import ctypes
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from ..kernels.limits import FREE_MEMORY_MB, GIVE_BACK_SECONDS

_STATISTICS = Path("/proc/self/statm")


def give_back() -> None:
    """Takes a moment per gigabyte, without the GIL. Nothing where the C library has no such call."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def resident() -> int:
    """Bytes of the process that are in memory; 0 where the system does not tell."""
    try:
        return int(_STATISTICS.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


async def keep_small(in_worker: Callable[[Callable[[], None]], Awaitable[None]]) -> None:
    """Many short statements leave holes that nothing fits into: the process would grow though it uses no more."""
    least = resident()
    while True:
        await asyncio.sleep(GIVE_BACK_SECONDS)
        now = resident()
        least = min(least, now)
        if now - least > max(FREE_MEMORY_MB << 20, least // 8):
            await in_worker(give_back)
            least = resident()

"""Memory that is free goes back to the system: the C library keeps it otherwise, once it lies between what is used."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Takes a moment per gigabyte, without the GIL. Nothing where the C library has no such call."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)

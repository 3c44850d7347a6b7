"""Signatures of the window functions; every aggregate may be used as one too."""

from __future__ import annotations

from ...kernels import types as t
from .signature import ANYCOMPATIBLE, ANYELEMENT, ArgType, Signature


def _window(name: str, args: tuple[ArgType, ...], returns: ArgType) -> Signature:
    return Signature(name, args, returns, name, strict=False)


WINDOWS: tuple[Signature, ...] = (
    *(_window(name, (), t.INT8) for name in ("row_number", "rank", "dense_rank")),
    *(_window(name, (), t.FLOAT8) for name in ("percent_rank", "cume_dist")),
    _window("ntile", (t.INT4,), t.INT4),
    *(
        signature
        for name in ("lag", "lead")
        for signature in (
            _window(name, (ANYELEMENT,), ANYELEMENT),
            _window(name, (ANYELEMENT, t.INT4), ANYELEMENT),
            _window(name, (ANYCOMPATIBLE, t.INT4, ANYCOMPATIBLE), ANYCOMPATIBLE),
        )
    ),
    *(_window(name, (ANYELEMENT,), ANYELEMENT) for name in ("first_value", "last_value")),
    _window("nth_value", (ANYELEMENT, t.INT4), ANYELEMENT),
)

WINDOW_NAMES: frozenset[str] = frozenset(s.name for s in WINDOWS)
# Functions that look at the frame; all others see the whole partition.
FRAMED: frozenset[str] = frozenset(("first_value", "last_value", "nth_value"))
# Functions that may say IGNORE NULLS.
NULL_TREATMENT: frozenset[str] = frozenset(("first_value", "last_value", "nth_value", "lag", "lead"))

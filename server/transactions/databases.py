"""The database that the running statement is in, found through a context variable as drafts are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str | None] = ContextVar("database", default=None)


def current() -> str | None:
    return _current.get()


@contextmanager
def within(database: str | None) -> Iterator[None]:
    """What runs inside sees the catalog from that database; from none, as it is stored."""
    before = _current.get()
    _current.set(database)
    try:
        yield
    finally:
        _current.set(before)

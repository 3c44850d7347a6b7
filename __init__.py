"""Sabot: a streaming SQL database server. `sabot.connect()` runs the engine in this process (DB-API 2.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .server.embedded.dbapi import Connection, Cursor, connect
    from .server.embedded.dbapi_errors import (
        DatabaseError,
        DataError,
        Error,
        IntegrityError,
        InterfaceError,
        InternalError,
        NotSupportedError,
        OperationalError,
        ProgrammingError,
        Warning,
    )

__all__ = [
    "Connection", "Cursor", "DataError", "DatabaseError", "Error", "IntegrityError", "InterfaceError",
    "InternalError", "NotSupportedError", "OperationalError", "ProgrammingError", "Warning", "connect",
]  # fmt: skip
apilevel = "2.0"
threadsafety = 1  # threads may share the module, not connections
paramstyle = "pyformat"


def __getattr__(name: str) -> Any:
    # The engine is loaded when it is asked for: the kernels alone must be importable without it.
    if name in __all__:
        from .server.embedded import dbapi, dbapi_errors

        return getattr(dbapi, name, None) or getattr(dbapi_errors, name)
    raise AttributeError(f'module "sabot" has no attribute "{name}"')

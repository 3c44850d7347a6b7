"""DB-API 2.0 exceptions of the embedded engine, by class of SQLSTATE."""

from __future__ import annotations

from ...kernels.errors import SabotError


class Warning(Exception):
    pass


class Error(Exception):
    """`sqlstate`, `position` (0-based character of the statement), `hint` and `detail` as in the server's message."""

    sqlstate: str | None = None
    position: int | None = None
    hint: str | None = None
    detail: str | None = None


class InterfaceError(Error):
    pass


class DatabaseError(Error):
    pass


class DataError(DatabaseError):
    pass


class OperationalError(DatabaseError):
    pass


class IntegrityError(DatabaseError):
    pass


class InternalError(DatabaseError):
    pass


class ProgrammingError(DatabaseError):
    pass


class NotSupportedError(DatabaseError):
    pass


_CLASSES: dict[str, type[DatabaseError]] = {
    "0A": NotSupportedError,
    "22": DataError,
    "23": IntegrityError,
    "25": InternalError,
    "XX": InternalError,
    "08": OperationalError,
    "40": OperationalError,
    "53": OperationalError,
    "54": OperationalError,
    "55": OperationalError,
    "57": OperationalError,
    "58": OperationalError,
}


def translated(error: SabotError) -> DatabaseError:
    made = _CLASSES.get(error.sqlstate[:2], ProgrammingError)(error.message)
    made.sqlstate, made.position, made.hint, made.detail = error.sqlstate, error.position, error.hint, error.detail
    return made

"""Errors. Every error carries a SQLSTATE from birth; the class says who must act.

    SabotError
    ├── UserError        the statement or its data is wrong; the client acts
    ├── Unsupported      a UserError with SQLSTATE 0A000 and a hint
    ├── RetryableError   something outside is away; we retry
    ├── InternalError    our defect (XX000); the job stops and says so
    └── FatalError       the process can't go on (bad data directory, …)
"""

from __future__ import annotations


class SabotError(Exception):
    """`sqlstate` (5 characters), `message`, optional `detail`, `hint` and `position`.

    `position` is the 0-based character offset in the statement text, or None.
    """

    default_sqlstate = "XX000"

    def __init__(
        self,
        message: str,
        sqlstate: str | None = None,
        *,
        detail: str | None = None,
        hint: str | None = None,
        position: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.sqlstate = sqlstate or self.default_sqlstate
        self.detail = detail
        self.hint = hint
        self.position = position

    def at(self, position: int | None) -> SabotError:
        """The same error, with a position if it has none yet."""
        if self.position is None:
            self.position = position
        return self


class UserError(SabotError):
    default_sqlstate = "42601"


class Unsupported(UserError):
    default_sqlstate = "0A000"


class RetryableError(SabotError):
    default_sqlstate = "58000"


class InternalError(SabotError):
    default_sqlstate = "XX000"


class FatalError(SabotError):
    default_sqlstate = "58000"


class RowError(UserError):
    """A value error in one row: division by zero, failed cast, overflow."""

    default_sqlstate = "22000"

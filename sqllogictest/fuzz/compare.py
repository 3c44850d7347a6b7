"""One statement on two servers, and whether they answered the same."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass

import psycopg
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement gave: rows as text with names and type OIDs of the columns, or an error."""

    rows: tuple[tuple[str | None, ...], ...] = ()
    names: tuple[str, ...] = ()
    types: tuple[int, ...] = ()
    tag: str = ""
    sqlstate: str = ""
    message: str = ""

    def __str__(self) -> str:
        if self.sqlstate:
            return f"{self.sqlstate} {self.message}"
        head = ", ".join(f"{n}:{t}" for n, t in zip(self.names, self.types))
        rows = "\n".join("  " + " | ".join("NULL" if v is None else repr(v) for v in row) for row in self.rows[:12])
        return f"{self.tag} ({head})\n{rows}"


class Wire:
    """A connection that answers with what came over it."""

    def __init__(self, address: str, settings: tuple[str, ...] = ()) -> None:
        self.address = address
        self.settings = settings
        self.connect()

    def connect(self) -> None:
        self._connection = psycopg.connect(self.address, autocommit=True, connect_timeout=20)
        for statement in self.settings:
            self.run(statement)

    def run(self, sql: str) -> Answer:
        wire = self._connection.pgconn
        try:
            result = wire.exec_(sql.encode())
        except psycopg.Error as e:
            return Answer(sqlstate="08006", message=str(e).strip())
        if result.status in (ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY):
            return Answer(tag=(result.command_status or b"").decode())
        if result.status != ExecStatus.TUPLES_OK:
            code = (result.error_field(DiagnosticField.SQLSTATE) or b"08006").decode()
            message = (result.error_field(DiagnosticField.MESSAGE_PRIMARY) or result.error_message).decode(errors="replace")  # PostgreSQL may cut a character
            if wire.status != ConnStatus.OK:
                code = "08006"
            return Answer(sqlstate=code, message=message.strip())
        columns = range(result.nfields)
        values = [[result.get_value(i, j) for j in columns] for i in range(result.ntuples)]
        rows = tuple(tuple(None if v is None else v.decode() for v in row) for row in values)
        names = tuple((result.fname(j) or b"").decode() for j in columns)
        return Answer(rows, names, tuple(result.ftype(j) for j in columns), (result.command_status or b"").decode())

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._connection.close()


def _sorted(answer: Answer) -> list[tuple[tuple[bool, str], ...]]:
    return sorted(tuple((v is None, v or "") for v in row) for row in answer.rows)


_WIDER = ("FULL JOIN is only supported", "cannot subscript type unknown")  # errors of PostgreSQL where there is a meaning here


def difference(expected: Answer, actual: Answer, ordered: bool, several: bool = False) -> str:
    """A word for how two answers differ, or nothing. With `several` errors in one query any of them may be met first."""
    if expected.sqlstate or actual.sqlstate:
        if several and expected.sqlstate and actual.sqlstate[:2] in ("22", "42") and actual.sqlstate != "42601":
            return ""
        if expected.sqlstate == actual.sqlstate or (expected.sqlstate[:2] == actual.sqlstate[:2] and actual.sqlstate[:2] in ("22", "23")):
            return ""  # which of several bad values or rows is met first is chance
        if expected.message.startswith(_WIDER):
            return ""
        return f"error {expected.sqlstate or 'none'}, {actual.sqlstate or 'none'}"
    if expected.names != actual.names:
        return "names"
    if expected.types != actual.types:
        return "types"
    if expected.tag != actual.tag:
        return "count"
    if _sorted(expected) != _sorted(actual):
        return "rows"
    return "order" if ordered and expected.rows != actual.rows else ""


def signature(kind: str, expected: Answer, actual: Answer) -> str:
    """What differences with one cause have in common, roughly."""
    message = actual.message if actual.sqlstate else expected.message
    return f"{kind} {re.sub(r'a[0-9]+[.]c?[0-9a-z]+|[0-9]+', '#', message)[:110]}".strip()

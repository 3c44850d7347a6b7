"""Records of a sqllogictest file.

    statement ok | statement error [regular expression or SQLSTATE]
    query <types> [nosort|rowsort|valuesort]        then SQL, `----`, expected rows
    skipif ENGINE / onlyif ENGINE                   engines: sabot, postgresql
    restart                                         (sabot) stop and start the server
    halt

A result row is its values joined by one blank; NULL is `NULL`, an empty string `(empty)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Record:
    """`kind`: statement, query, restart. `expect`: ok, error, or the rows. `line` is 1-based."""

    kind: str
    sql: str
    line: int
    error: str | None = None
    rows: tuple[str, ...] = ()
    sort: str = "nosort"
    types: str = ""
    fails: bool = False
    skip: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    result_line: int = 0  # where the expected rows begin (0-based), for completion

    def runs_on(self, engine: str) -> bool:
        return engine not in self.skip and (not self.only or engine in self.only)


def parse(text: str) -> list[Record]:
    """All records; ValueError with a line number for what is not understood."""
    lines = text.split("\n")
    records: list[Record] = []
    skip: set[str] = set()
    only: set[str] = set()
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        at += 1
        if not line or line.startswith("#"):
            continue
        words = line.split()
        start = at
        if words[0] == "skipif":
            skip.add(words[1])
            continue
        if words[0] == "onlyif":
            only.add(words[1])
            continue
        if words[0] == "halt":
            break
        flags = {"skip": frozenset(skip), "only": frozenset(only)}
        skip, only = set(), set()
        if words[0] in ("restart", "flush"):
            records.append(Record(words[0], "", start, **flags))
            continue
        sql: list[str] = []
        while at < len(lines) and lines[at].strip() and lines[at].strip() != "----":
            sql.append(lines[at])
            at += 1
        body = "\n".join(sql)
        if words[0] == "statement":
            fails = words[1] == "error"
            pattern = line.partition("error")[2].strip() or None if fails else None
            if at < len(lines) and lines[at].strip() == "----":
                at, _ = _rows(lines, at + 1)
            records.append(Record("statement", body, start, pattern, fails=fails, **flags))
        elif words[0] == "query":
            if len(words) > 1 and words[1] == "error":
                records.append(
                    Record("statement", body, start, line.partition("error")[2].strip() or None, fails=True, **flags)
                )
                continue
            sort = next((w for w in words[1:] if w in ("nosort", "rowsort", "valuesort")), "nosort")
            begin = at + 1
            rows: list[str] = []
            if at < len(lines) and lines[at].strip() == "----":
                at, rows = _rows(lines, begin)
            records.append(
                Record("query", body, start, None, tuple(rows), sort, words[1] if len(words) > 1 else "",
                       result_line=begin, **flags)
            )
        else:
            raise ValueError(f"line {start}: unknown record {line!r}")
    return records


def _rows(lines: list[str], at: int) -> tuple[int, list[str]]:
    rows = []
    while at < len(lines) and lines[at].strip():
        rows.append(lines[at].rstrip())
        at += 1
    return at, rows


def read(path: Path) -> list[Record]:
    return parse(path.read_text())


def arrange(rows: list[str], sort: str) -> list[str]:
    """Rows in the order in which they are compared, without blanks at their ends."""
    rows = [row.rstrip() for row in rows]
    if sort == "rowsort":
        return sorted(rows)
    if sort == "valuesort":
        return sorted(v for row in rows for v in row.split(" "))
    return rows

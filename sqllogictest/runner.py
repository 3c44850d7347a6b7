"""Running records and comparing: as SELECT, and every query also as a materialized view."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from pathlib import Path

from .engines import Engine, Failed
from .modes import PLAIN, Mode
from .parser import Record, arrange, read

OPENS = re.compile(r"^\s*(begin|start\s+transaction)\b", re.I)
CLOSES = re.compile(r"^\s*(commit|rollback|end|abort)\b(?!\s+to\b)(?!.*\band\s+chain\b)", re.I)
CHANGES = re.compile(r"^\s*(insert|update|delete)\b", re.I)
SESSION = re.compile(r"^\s*(set|reset|prepare|deallocate|discard)\b(?!\s+local\b)", re.I)
TEMPORARY = re.compile(r"^\s*create\s+(local\s+|global\s+)?temp|\binto\s+temp", re.I)  # what a session takes with it
TIMED = ("streaming",)  # their answers tell what came in which step
RESHAPES = re.compile(r"^\s*((alter|drop)\s+table|create\s+or\s+replace\s+function)\b", re.I)
UNVIEWABLE = re.compile(r"^\s*(show|explain|describe|call|select\s+pg_|fetch|execute|values\s*\(|insert|update|delete|with\s+\w+\s+as\s*\(\s*(insert|update|delete))", re.I)


@dataclass(slots=True)
class Outcome:
    """`passed` records, and a line of text per difference."""

    passed: int = 0
    views: int = 0
    failures: list[str] = field(default_factory=list)


def run_file(engine: Engine, path: Path, mode: Mode = PLAIN, every: int = 1) -> Outcome:
    """Run one file in a schema of its own. With `mode.restarts` there is one before each `every`th record."""
    outcome = Outcome()
    if mode.transactions and path.parent.name in TIMED:
        return outcome
    records = [r for r in read(path) if r.runs_on(engine.name)]
    schema = "slt_" + re.sub(r"\W", "_", path.stem)
    _quietly(engine, f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    _quietly(engine, f"CREATE SCHEMA {schema}")
    setup = [f"SET search_path TO {schema}", *mode.settings]
    for sql in setup:
        _quietly(engine, sql)
    reshaped = any(RESHAPES.match(r.sql) for r in records)  # views hold on to what they read
    waiting = [r for r in records if _as_view(r)] if mode.views_first and not reshaped else []
    made: dict[int, str] = {}
    in_transaction = grouping = False
    session: list[str] = []  # what a client does again when it has to connect again
    kept = True  # … which it can't where a transaction may have undone it, or temporary tables are part of it
    chance = random.Random(path.stem)
    for position, record in enumerate(records):
        was_in_transaction = in_transaction
        in_transaction = bool(OPENS.match(record.sql)) or (in_transaction and not CLOSES.match(record.sql))
        restarting = mode.restarts and kept and not was_in_transaction and chance.randrange(every) == 0
        if record.kind == "restart" or restarting:
            engine.restart(kill=mode.kill)
            for sql in [*setup, *session]:
                _quietly(engine, sql)
            if record.kind == "restart":
                continue
        if record.kind == "flush":
            continue
        if mode.transactions and not in_transaction and not grouping and _changes(records[position : position + 2]):
            engine.run("BEGIN")
            grouping = True
        _run(engine, record, path, outcome)
        if SESSION.match(record.sql) and not record.fails and not in_transaction:
            session.append(record.sql)
        kept &= not (in_transaction and SESSION.match(record.sql)) and not TEMPORARY.search(record.sql)
        if grouping and not _changes(records[position + 1 : position + 2]):
            engine.run("COMMIT")
            grouping = False
        if record.kind == "statement" and waiting and not in_transaction and _defines(record.sql):
            waiting = _make_views(engine, waiting, made)
        if record.kind == "query" and not record.fails and mode.views and not in_transaction:
            _check_view(engine, record, path, outcome, made)
    _quietly(engine, f"DROP SCHEMA {schema} CASCADE")
    return outcome


def _run(engine: Engine, record: Record, path: Path, outcome: Outcome) -> None:
    where = f"{path.name}:{record.line}"
    try:
        rows = engine.run(record.sql)
    except Failed as e:
        if not record.fails:
            outcome.failures.append(f"{where}: {e}\n    {record.sql}")
        elif record.error and not (e.sqlstate == record.error or re.search(record.error, str(e), re.I)):
            outcome.failures.append(f"{where}: expected error {record.error}, got {e}\n    {record.sql}")
        else:
            outcome.passed += 1
        return
    if record.fails:
        outcome.failures.append(f"{where}: expected an error\n    {record.sql}")
        return
    if record.kind == "query":
        got, want = arrange(rows or [], record.sort), arrange(list(record.rows), record.sort)
        if got != want:
            outcome.failures.append(f"{where}: rows differ\n    {record.sql}\n{_difference(want, got)}")
            return
    outcome.passed += 1


def _changes(records: list[Record]) -> bool:
    """All are DML that succeeds."""
    return bool(records) and all(r.kind == "statement" and not r.fails and bool(CHANGES.match(r.sql)) for r in records)


def _as_view(record: Record) -> bool:
    return record.kind == "query" and not record.fails and not UNVIEWABLE.match(record.sql)


def _defines(sql: str) -> bool:
    return sql.lstrip().lower().startswith(("create", "set"))


def _make_views(engine: Engine, waiting: list[Record], made: dict[int, str]) -> list[Record]:
    """Create a view for each coming query whose tables are there; the others wait on."""
    left = []
    for record in waiting:
        name = f"slt_before_{record.line}"
        try:
            engine.run(_definition(name, record))
            made[record.line] = name
        except Failed:
            left.append(record)
    return left


def _definition(name: str, record: Record) -> str:
    width = max((len(record.types), 1))
    columns = ", ".join(f"c{i}" for i in range(width))
    return f"CREATE MATERIALIZED VIEW {name} ({columns}) AS {record.sql.rstrip().rstrip(';')}"


def _check_view(engine: Engine, record: Record, path: Path, outcome: Outcome, made: dict[int, str]) -> None:
    """The query's view, made now or before the data, holds the expected rows."""
    if not _as_view(record):
        return
    where = f"{path.name}:{record.line} as a view"
    name = made.get(record.line)
    try:
        if name is None:
            name = f"slt_now_{record.line}"
            engine.run(_definition(name, record))
        rows = engine.run(f"SELECT * FROM {name}")
        engine.run(f"DROP MATERIALIZED VIEW {name}")
    except Failed as e:
        if e.sqlstate != "0A000":
            outcome.failures.append(f"{where}: {e}\n    {record.sql}")
        return
    order = "valuesort" if record.sort == "valuesort" else "rowsort"
    got, want = arrange(rows or [], order), arrange(list(record.rows), order)
    if got != want:
        outcome.failures.append(f"{where}: rows differ\n    {record.sql}\n{_difference(want, got)}")
    else:
        outcome.views += 1


def _difference(want: list[str], got: list[str], limit: int = 12) -> str:
    lines = [f"    - {row}" for row in want if row not in got][:limit]
    lines += [f"    + {row}" for row in got if row not in want][:limit]
    return "\n".join(lines or ["    (same rows in another order or number)", f"    want {want[:limit]}", f"    got  {got[:limit]}"])


def _quietly(engine: Engine, sql: str) -> None:
    try:
        engine.run(sql)
    except Failed as e:
        if sql.startswith("SET"):
            raise RuntimeError(f"{sql}: {e}") from e


def complete(engine: Engine, path: Path) -> int:
    """Write the rows that `engine` (the oracle) gives into the file; the number of records changed."""
    lines = path.read_text().split("\n")
    records = [r for r in read(path) if r.runs_on(engine.name)]
    schema = "slt_" + re.sub(r"\W", "_", path.stem)
    engine.run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    engine.run(f"CREATE SCHEMA {schema}")
    engine.run(f"SET search_path TO {schema}")
    edits: list[tuple[int, int, list[str]]] = []
    for record in records:
        if record.kind not in ("statement", "query"):
            continue
        try:
            rows = engine.run(record.sql) or []
        except Failed as e:
            if not record.fails:
                raise RuntimeError(f"{path.name}:{record.line}: {e}\n{record.sql}") from e
            continue
        if record.fails:
            raise RuntimeError(f"{path.name}:{record.line}: expected an error\n{record.sql}")
        if record.kind != "query":
            continue
        rows = [row.rstrip() for row in rows]
        new = sorted(rows) if record.sort == "rowsort" else rows
        if tuple(new) != record.rows:
            has_rows = record.result_line <= len(lines) and lines[record.result_line - 1].strip() == "----"
            edits.append((record.result_line - 1, record.result_line + len(record.rows) if has_rows else record.result_line - 1, ["----", *new]))
    for start, stop, new in reversed(edits):
        lines[start:stop] = new
    if edits:
        path.write_text("\n".join(lines))
    engine.run(f"DROP SCHEMA {schema} CASCADE")
    return len(edits)

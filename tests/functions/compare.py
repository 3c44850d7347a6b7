"""What PostgreSQL answers and Sabot does not, or otherwise.

    python -m tests.functions.compare [functions|expressions|operators|literals|casts|aggregates …] [--only NAME] [--verbose]

PostgreSQL is the one at SABOT_POSTGRES (a connection string), else that of the wheel. Every statement runs on both servers;
text, type and SQLSTATE are compared. Prints a line per statement that differs, grouped by what was tried.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from psycopg.pq import DiagnosticField, ExecStatus

from sqllogictest.engines import Sabot

from .. import postgres
from .samples import CALLS, EXPRESSIONS, OUTSIDE, POLYMORPHIC, TYPES, VALUES


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows as the server printed them with the types' OIDs, or an SQLSTATE with its message."""

    rows: tuple[tuple[str | None, ...], ...] = ()
    types: tuple[int, ...] = ()
    sqlstate: str = ""
    message: str = ""

    def __str__(self) -> str:
        if self.sqlstate:
            return f"{self.sqlstate} {self.message}"
        return f"{list(self.rows) if len(self.rows) != 1 else self.rows[0]} {self.types}"


class Side:
    """One server, over the simple protocol."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.connect()

    def connect(self) -> None:
        self.connection = psycopg.connect(self.address, autocommit=True)
        self.ask("SET timezone = 'Europe/Berlin'")

    def ask(self, sql: str) -> Answer:
        try:
            r = self.connection.pgconn.exec_(sql.encode())
        except psycopg.Error as e:
            self.connect()
            return Answer(sqlstate="08006", message=str(e))
        if r.status == ExecStatus.TUPLES_OK:
            columns = range(r.nfields)
            values = (tuple(r.get_value(i, j) for j in columns) for i in range(r.ntuples))
            rows = tuple(tuple(None if v is None else v.decode(errors="backslashreplace") for v in row) for row in values)
            return Answer(rows, tuple(r.ftype(j) for j in columns))
        if r.status in (ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY):
            return Answer()
        code, text = r.error_field(DiagnosticField.SQLSTATE), r.error_field(DiagnosticField.MESSAGE_PRIMARY)
        return Answer(sqlstate=(code or b"08006").decode(), message=(text or r.error_message).decode())


def same(a: Answer, b: Answer) -> bool:
    """Equal but for the words of errors and the last digits of floats that libraries compute differently."""
    if a.sqlstate != b.sqlstate:
        return False
    if a.types != b.types or len(a.rows) != len(b.rows):
        return False
    return all(
        x == y or (x is not None and y is not None and kind in (700, 701) and _close(x, y))
        for left, right in zip(a.rows, b.rows)
        for x, y, kind in zip(left, right, a.types)
    )


def _close(x: str, y: str) -> bool:
    try:
        a, b = float(x), float(y)
    except ValueError:
        return False
    return abs(a - b) <= 1e-14 * max(abs(a), abs(b))


def literal(type_name: str, value: str | None) -> str:
    written = "NULL" if value is None else "'" + value.replace("'", "''") + "'"
    spelled = type_name[1:] + "[]" if type_name.startswith("_") else type_name
    return f"{written}::{spelled}"


# What to try


def functions(pg: Side) -> Iterator[tuple[str, str]]:
    """(signature, statement): curated calls, and for the rest values of the argument types."""
    found = pg.ask(
        "SELECT p.proname, p.proretset, array_to_string(array(SELECT typname FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, n)"
        " JOIN pg_type ON pg_type.oid = t ORDER BY n), ',') FROM pg_proc p WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f'"
        " AND coalesce(obj_description(p.oid, 'pg_proc'), '') !~ '^(implementation of|I/O|internal|less-equal|btree|hash|less-greater|.*selectivity)'"
        " AND prorettype NOT IN ('trigger'::regtype, 'internal'::regtype) ORDER BY 1, 3"
    )
    for name in sorted({str(row[0]) for row in found.rows} | set(CALLS)):
        if name in CALLS:
            for call in CALLS[name]:
                yield f"{name}(…)", f"SELECT * FROM {name}({call}) AS x" if name in SETS else f"SELECT {name}({call})"
    for name, many, kinds in found.rows:
        assert name is not None and kinds is not None
        names = tuple(k for k in kinds.split(",") if k)
        known = all(k in VALUES or k in POLYMORPHIC for k in names) and "bit" not in names and "varbit" not in names
        if name in CALLS or not known or re.match(f"({OUTSIDE})", name):
            continue
        for types in _concrete(names):
            for i in range(max((len(VALUES[t]) for t in types), default=1)):
                row = (literal(t, VALUES[t][(i + shift) % len(VALUES[t])]) for shift, t in enumerate(types))
                call = f'"{name}"({", ".join(row)})'
                yield f"{name}({', '.join(names)})", f"SELECT * FROM {call} AS x" if many == "t" else f"SELECT {call}"


SETS = {
    "unnest", "generate_series", "generate_subscripts", "regexp_matches", "regexp_split_to_table", "string_to_table", "json_each", "jsonb_each",
    "json_each_text", "jsonb_each_text", "json_object_keys", "jsonb_object_keys", "json_array_elements", "jsonb_array_elements",
    "json_array_elements_text", "jsonb_array_elements_text", "jsonb_path_query", "jsonb_path_query_tz",
}  # fmt: skip


def _concrete(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Polymorphic arguments as a number each, then as a text each."""
    if not any(n in POLYMORPHIC for n in names):
        yield names
        return
    for i in range(2):
        yield tuple(POLYMORPHIC[n][i] if n in POLYMORPHIC else n for n in names)


def expressions(pg: Side) -> Iterator[tuple[str, str]]:
    for e in EXPRESSIONS:
        yield "expression", f"SELECT {e}"


def operators(pg: Side) -> Iterator[tuple[str, str]]:
    """Every operator symbol over every pair of types; several values where PostgreSQL has exactly that operator."""
    found = pg.ask(
        "SELECT oprname, l.typname, r.typname FROM pg_operator LEFT JOIN pg_type l ON l.oid = oprleft JOIN pg_type r ON r.oid = oprright ORDER BY 1, 2, 3"
    ).rows
    exact = {(o, left, right) for o, left, right in found}
    symbols = sorted({str(o) for o, left, right in found if (left in TYPES or left is None) and right in TYPES})
    for symbol in symbols:
        for right in TYPES:
            if (symbol, None, right) in exact:
                for v in VALUES[right]:
                    yield f"{symbol} {right}", f"SELECT {symbol} {literal(right, v)}"
            for left in TYPES:
                many = (symbol, left, right) in exact
                rows = max(len(VALUES[left]), len(VALUES[right])) if many else 1
                for i in range(rows):
                    for shift in range(3 if many and rows > 2 else 1):
                        a = VALUES[left][i % len(VALUES[left])]
                        b = VALUES[right][(i + shift) % len(VALUES[right])]
                        yield f"{left} {symbol} {right}", f"SELECT {literal(left, a)} {symbol} {literal(right, b)}"


def literals(pg: Side) -> Iterator[tuple[str, str]]:
    """Unknown literals beside every type, on both sides of every operator."""
    found = pg.ask("SELECT DISTINCT oprname, r.typname FROM pg_operator JOIN pg_type r ON r.oid = oprright ORDER BY 1, 2").rows
    for symbol in sorted({str(o) for o, right in found if right in TYPES}):
        for t in TYPES:
            known = literal(t, VALUES[t][0])
            for unknown in ("'1'", "NULL", "'2024-01-01'", "'{}'"):
                yield f"{t} {symbol} unknown", f"SELECT {known} {symbol} {unknown}"
                yield f"unknown {symbol} {t}", f"SELECT {unknown} {symbol} {known}"


def casts(pg: Side) -> Iterator[tuple[str, str]]:
    """Explicit casts of all values, assignment casts of one, implicit ones by UNION and CASE."""
    for source in TYPES:
        for target in TYPES:
            spelled = target[1:] + "[]" if target.startswith("_") else target
            for v in VALUES[source]:
                yield f"{source} -> {target}", f"SELECT CAST({literal(source, v)} AS {spelled})"
            known = literal(source, VALUES[source][0])
            yield f"{source} => {target}", f"INSERT INTO into_{target} SELECT {known} RETURNING c"
            yield f"{source} | {target}", f"SELECT CASE WHEN true THEN {known} ELSE {literal(target, None)} END"
    for target in TYPES:
        spelled = target[1:] + "[]" if target.startswith("_") else target
        for text in sorted({v for values in VALUES.values() for v in values if v is not None}):
            yield f"literal -> {target}", f"SELECT {literal('unknown', text).removesuffix('::unknown')}::{spelled}"


def aggregates(pg: Side) -> Iterator[tuple[str, str]]:
    """Every aggregate over all values, values and NULL, NULL alone and nothing; also DISTINCT, FILTER and as a window."""
    found = pg.ask(
        "SELECT p.proname, array_to_string(array(SELECT typname FROM unnest(p.proargtypes) WITH ORDINALITY AS a(t, n) JOIN pg_type ON pg_type.oid = t ORDER BY n), ','),"
        " aggkind, aggnumdirectargs FROM pg_proc p JOIN pg_aggregate g ON g.aggfnoid = p.oid ORDER BY 1, 2"
    ).rows
    for name, kinds, kind, direct in found:
        assert name is not None and kinds is not None and direct is not None
        names = tuple(k for k in kinds.split(",") if k)
        if not all(k in VALUES or k in POLYMORPHIC for k in names) or "bit" in names or not names:
            continue
        if any(n == "any" for n in names) and kind == "h":
            names = ("int4",)
        choices = [TYPES] if any(n in POLYMORPHIC for n in names) else [names[-1:]]
        for t in choices[0]:
            types = tuple((f"_{t}" if n.endswith("array") else t) if n in POLYMORPHIC else n for n in names)
            if any(x not in VALUES for x in types):
                continue
            label = f"{name}({', '.join(types)})"
            for values in (VALUES[t], VALUES[t][:3], (VALUES[t][0],), (None,), ()):
                rows = ", ".join(f"({i}, {literal(t, v)})" for i, v in enumerate(values))
                source = f"(VALUES {rows}) AS v(n, x)" if rows else f"(SELECT 1 AS n, {literal(t, None)} AS x WHERE false) AS v"
                if kind in "oh":
                    given = {"percentile_cont": "0.3", "percentile_disc": "0.3"}.get(name, "" if kind == "o" else literal(t, VALUES[t][0]))
                    if name.startswith("percentile") and names[0] == "_float8":
                        given = "ARRAY[0.1, 0.9, NULL]"
                    yield label, f"SELECT {name}({given}) WITHIN GROUP (ORDER BY x) FROM {source}"
                    continue
                extra = "".join(", 'k' || n" if len(types) == 2 and name.endswith("object_agg") else "" for _ in (1,))
                arguments = {0: "x"}.get(len(types) - 1, "x, x")
                if extra:
                    arguments = "'k' || n, x"
                elif name == "string_agg":
                    arguments = "x, '-'"
                yield label, f"SELECT {name}({arguments} ORDER BY n) FROM {source}"
                yield label, f"SELECT {name}({arguments}) OVER (ORDER BY n ROWS 1 PRECEDING) FROM {source}"
            yield label, f"SELECT {name}(DISTINCT {arguments}) FILTER (WHERE n < 2) FROM {source}" if kind == "n" else "SELECT 1"


PARTS = {f.__name__: f for f in (functions, expressions, operators, literals, casts, aggregates)}


@contextlib.contextmanager
def both() -> Iterator[tuple[Side, Side]]:
    """PostgreSQL and Sabot, with a table into_<type> for every type."""
    with contextlib.ExitStack() as stack:
        address = os.environ.get("SABOT_POSTGRES") or stack.enter_context(postgres.running())
        engine = Sabot()
        stack.callback(engine.close)
        pg, ours = Side(address), Side(engine.address)
        for t in TYPES:
            spelled = t[1:] + "[]" if t.startswith("_") else t
            pg.ask(f"CREATE TEMP TABLE into_{t} (c {spelled})")
            ours.ask(f"CREATE TABLE into_{t} (c {spelled})")
        yield pg, ours


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []])
    parser.add_argument("--only", default="", help="a regular expression that the statement must contain")
    parser.add_argument("--summary", action="store_true", help="the groups only")
    parser.add_argument("--limit", type=int, default=3, help="statements shown per group")
    given = parser.parse_args()
    with both() as (pg, ours):
        for part in given.parts or PARTS:
            tried = differing = 0
            groups: dict[str, list[str]] = {}
            for group, sql in PARTS[part](pg):
                if given.only and not re.search(given.only, sql):
                    continue
                expected, found = pg.ask(sql), ours.ask(sql)
                tried += 1
                if not same(expected, found):
                    differing += 1
                    groups.setdefault(group, []).append(f"  {sql}\n    postgres {expected}\n    sabot    {found}")
            for group, lines in groups.items():
                print(f"{part}: {group}: {len(lines)} differ")
                if not given.summary:
                    print("\n".join(lines[: given.limit]))
            print(f"{part}: {tried} statements, {differing} differ in {len(groups)} groups\n")


if __name__ == "__main__":
    main()

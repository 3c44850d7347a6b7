"""Texts that differ in constants share a plan, and answer what each would answer alone."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.pq import DiagnosticField, ExecStatus


@pytest.fixture
def table(connection: psycopg.Connection) -> psycopg.Connection:
    connection.execute(
        "CREATE TABLE t (k int PRIMARY KEY, s smallint, b bigint, n numeric(10, 2), f float8, r real, v varchar(5), c char(4), d date, "
        "m timestamptz, j jsonb, u uuid, o bool, x text DEFAULT 'none')"
    )
    connection.execute(
        "INSERT INTO t SELECT g, g, g * 10000000000, g / 4.0, g / 8.0, g / 8.0, 'v' || g, 'c', '2024-01-01'::date + g, '2024-01-01 00:00:00+00', "
        "'{\"a\": 1}', '00000000-0000-0000-0000-000000000001', g % 2 = 0 FROM generate_series(1, 9) g"
    )
    return connection


def answer(connection: psycopg.Connection, sql: str) -> object:
    """Types and rows, the tag, or the SQLSTATE with the position (which PostgreSQL does not tell of values that are too long)."""
    result = connection.pgconn.exec_(sql.encode())
    if result.status == ExecStatus.FATAL_ERROR:
        state = result.error_field(DiagnosticField.SQLSTATE)
        return state, None if state in (b"22001", b"22003") else result.error_field(DiagnosticField.STATEMENT_POSITION)
    columns = range(result.nfields)
    return (
        [(result.fname(k), result.ftype(k), result.fmod(k)) for k in columns], result.command_status,
        [[result.get_value(i, k) for k in columns] for i in range(result.ntuples)],
    )  # fmt: skip


NUMBERS = ("1", "5", "-3", "40000", "3000000000", "123456789012345678", "0")
TEXTS = ("'v1'", "'c'", "'5'", "''", "'too long'", "'2024-01-03'", "'now'", "'it''s'", "'{\"a\": 1}'", "'true'", "'1.50'", "'é'")
ASKED = [
    *(f"SELECT k, {c} FROM t WHERE {c} = {{}} ORDER BY 1" for c in ("k", "s", "b", "n", "f", "r", "v", "c", "d", "m", "j", "u", "o", "x")),
    *(f"SELECT k FROM t WHERE {c} >= {{}} AND k <> {{}} ORDER BY k" for c in ("k", "s", "b", "n", "f", "r", "v", "d")),
    *(f"SELECT {c} + {{}}, {c} * {{}} FROM t WHERE k = 5" for c in ("k", "s", "b", "n", "f", "r", "d")),
    "SELECT s - {}, b - {} FROM t WHERE k = 2", "SELECT k % 2 = {}, count(*) FROM t GROUP BY 1 ORDER BY 1",
    "SELECT k + {}, count(*) FROM t GROUP BY k + {} ORDER BY 1", "SELECT CASE WHEN k = {} THEN 'one' ELSE 'other' END FROM t ORDER BY k",
    "SELECT (SELECT max(k) FROM t i WHERE i.s < t.s + {}) FROM t WHERE k = 4", "SELECT {} = {}", "SELECT 1 + {}", "SELECT pg_typeof(s + {}) FROM t WHERE k = 1",
    "SELECT x FROM t WHERE x > {} LIMIT 1",
]  # fmt: skip


@pytest.mark.parametrize("sql", ASKED)
def test_a_text_answers_what_it_answers_alone(table: psycopg.Connection, sql: str) -> None:
    for constant in (*NUMBERS, *TEXTS) * 2:
        text = sql.replace("{}", constant)
        assert answer(table, text) == answer(table, text + " /* alone */"), text


WRITTEN = [
    *(f"UPDATE t SET {c} = {{}} WHERE k = {{k}} RETURNING k, {c}" for c in ("s", "b", "n", "f", "r", "v", "c", "d", "j", "u", "o", "x")),
    *(f"INSERT INTO t (k, {c}) VALUES ({{k}}, {{}}) RETURNING k, {c}" for c in ("s", "b", "n", "f", "r", "v", "c", "d", "j", "u", "o", "x")),
    "UPDATE t SET b = b + {}, n = n * {}, s = s - {} WHERE k = {k} RETURNING b, n, s", "DELETE FROM t WHERE k = {k} AND x <> {} RETURNING *",
    "INSERT INTO t (k, x) VALUES ({k}, {}) ON CONFLICT (k) DO UPDATE SET x = {} RETURNING k, x, s",
    "INSERT INTO t VALUES ({k}, {}, DEFAULT, -1, {}) RETURNING k, s, b, n, f",
]  # fmt: skip


@pytest.mark.parametrize("sql", WRITTEN)
def test_a_text_writes_what_it_writes_alone(table: psycopg.Connection, sql: str) -> None:
    for constant in (*NUMBERS, *TEXTS):
        for k in (5, 6, 100, 101):
            text = sql.replace("{}", constant).replace("{k}", str(k))
            found = []
            for form in (text, text, text + " /* alone */"):
                table.execute("BEGIN")
                found.append(answer(table, form))
                table.execute("ROLLBACK")
            assert found[0] == found[1] == found[2], text


def test_definitions_of_an_open_block_count(table: psycopg.Connection) -> None:
    for _ in range(3):
        assert table.execute("SELECT x FROM t WHERE k = 5").fetchall() == [("none",)]
    table.execute("BEGIN")
    table.execute("DROP TABLE t")
    table.execute("CREATE TABLE t (k text PRIMARY KEY, x int)")
    for n in range(3):
        table.execute(f"INSERT INTO t VALUES ('{n}', {n})")  # type: ignore[call-overload]
        assert table.execute(f"SELECT x FROM t WHERE k = '{n}'").fetchall() == [(n,)]  # type: ignore[call-overload]
    table.execute("ROLLBACK")
    for _ in range(3):
        assert table.execute("SELECT x FROM t WHERE k = 5").fetchall() == [("none",)]

"""Statements that read one key take a short way: what it must notice all the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.pq import ExecStatus, PGconn

from sqllogictest.engines import Sabot


class Prepared:
    """Statements as drivers send them, over libpq: prepared once, then Bind, Describe, Execute, Sync."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.wire: PGconn = connection.pgconn

    def make(self, name: str, sql: str) -> None:
        result = self.wire.prepare(name.encode(), sql.encode())
        assert result.status == ExecStatus.COMMAND_OK, result.error_message

    def run(self, name: str, *values: object) -> list[tuple[str | None, ...]] | str:
        """Rows as text, or the SQLSTATE."""
        return self._rows(self.wire.exec_prepared(name.encode(), [None if v is None else str(v).encode() for v in values]))

    def unnamed(self, sql: str, *values: object) -> list[tuple[str | None, ...]] | str:
        return self._rows(self.wire.exec_params(sql.encode(), [None if v is None else str(v).encode() for v in values]))

    def text(self, sql: str) -> list[tuple[str | None, ...]] | str:
        return self._rows(self.wire.exec_(sql.encode()))

    @staticmethod
    def _rows(result: psycopg.pq.PGresult) -> list[tuple[str | None, ...]] | str:
        if result.status != ExecStatus.TUPLES_OK:
            return (result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) or b"").decode()
        cells = [[result.get_value(i, j) for j in range(result.nfields)] for i in range(result.ntuples)]
        return [tuple(None if c is None else c.decode() for c in row) for row in cells]


@pytest.fixture
def table(connection: psycopg.Connection) -> psycopg.Connection:
    connection.execute("CREATE TABLE t (k int PRIMARY KEY, v text, at timestamptz)")
    connection.execute("INSERT INTO t SELECT g, 'v' || g, '2024-01-01 00:00:00+00' FROM generate_series(1, 100) g")
    return connection


def test_every_form_gives_the_row(table: psycopg.Connection) -> None:
    client = Prepared(table)
    client.make("by_key", "SELECT v, k FROM t WHERE k = $1")
    for _ in range(3):
        assert client.run("by_key", 7) == [("v7", "7")]
        assert client.run("by_key", 700) == client.run("by_key", None) == []
        assert client.run("by_key", "x") == "22P02"
        assert client.unnamed("SELECT v FROM t WHERE k = $1", 8) == [("v8",)]
        assert client.text("SELECT v FROM t WHERE k = 9") == [("v9",)]
        assert client.text("SELECT v FROM t WHERE k = 99999999999") == []
        assert client.text("SELECT v FROM t WHERE k = 9 FOR UPDATE") == [("v9",)]


@pytest.mark.parametrize(
    ("type_name", "literal", "given", "shown"),
    [
        ("int2", "7", "7", "7"), ("int8", "8000000000", "8000000000", "8000000000"), ("numeric", "1.50", "1.5", "1.50"),
        ("text", "'é'", "é", "é"), ("varchar(3)", "'abc'", "abc", "abc"), ("char(4)", "'ab'", "ab", "ab  "),
        ("uuid", "'00000000-0000-0000-0000-00000000002a'", "00000000-0000-0000-0000-00000000002A", "00000000-0000-0000-0000-00000000002a"),
        ("bool", "true", "yes", "t"), ("bytea", "'\\x00ff'", "\\x00FF", "\\x00ff"), ("date", "'2024-01-02'", "2024-01-02", "2024-01-02"),
        ("timestamptz", "'2024-01-02 00:00:00+00'", "2024-01-02 01:00:00+01", "2024-01-02 00:00:00+00"), ("float8", "0.5", ".5", "0.5"),
    ],
)  # fmt: skip
def test_keys_of_every_type(connection: psycopg.Connection, type_name: str, literal: str, given: str, shown: str) -> None:
    connection.execute(f"CREATE TABLE keyed (k {type_name} PRIMARY KEY, n int)")  # type: ignore[call-overload]
    connection.execute(f"INSERT INTO keyed VALUES ({literal}, 1)")  # type: ignore[call-overload]
    client = Prepared(connection)
    client.make("by_key", "SELECT k, n FROM keyed WHERE k = $1")
    assert [client.run("by_key", given) for _ in range(3)] == [[(shown, "1")]] * 3


def test_keys_of_several_columns(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE pairs (a int, b text, v int, PRIMARY KEY (b, a))")
    connection.execute("INSERT INTO pairs SELECT g, 'x', g FROM generate_series(1, 9) g")
    client = Prepared(connection)
    client.make("both", "SELECT v, a FROM pairs WHERE a = $1 AND b = $2")
    client.make("one", "SELECT v FROM pairs WHERE b = 'x' AND $1 = a")
    client.make("twice", "SELECT v FROM pairs WHERE a = $1 AND b = $2 AND v = $1")
    for _ in range(3):
        assert client.run("both", 4, "x") == [("4", "4")] and client.run("both", 4, "y") == []
        assert client.run("one", 5) == [("5",)]
        assert client.run("twice", 4, "x") == [("4",)]


def test_writes_are_read_at_once(table: psycopg.Connection, other: psycopg.Connection) -> None:
    client = Prepared(table)
    client.make("by_key", "SELECT v FROM t WHERE k = $1")
    for n in range(50):
        other.execute("UPDATE t SET v = %s WHERE k = 5", (f"new {n}",))
        assert client.run("by_key", 5) == [(f"new {n}",)]
    other.execute("DELETE FROM t WHERE k = 5")
    assert client.run("by_key", 5) == []


def test_a_transaction_reads_its_own_rows_and_its_epoch(table: psycopg.Connection, other: psycopg.Connection) -> None:
    client = Prepared(table)
    client.make("by_key", "SELECT v FROM t WHERE k = $1")
    assert client.run("by_key", 5) == [("v5",)]
    table.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    table.execute("UPDATE t SET v = 'mine' WHERE k = 5")
    other.execute("UPDATE t SET v = 'theirs' WHERE k = 6")
    assert client.run("by_key", 5) == [("mine",)]
    assert client.run("by_key", 6) == [("v6",)]
    table.execute("ROLLBACK")
    assert client.run("by_key", 5) == [("v5",)] and client.run("by_key", 6) == [("theirs",)]


def test_privileges_and_policies_count_from_their_change_on(table: psycopg.Connection, server: Sabot) -> None:
    schema = table.execute("SHOW search_path").fetchone()[0]  # type: ignore[index]
    table.execute("CREATE USER key_reader")
    table.execute(f"GRANT USAGE ON SCHEMA {schema} TO key_reader")  # type: ignore[call-overload]
    table.execute("GRANT SELECT ON t TO key_reader")
    try:
        with psycopg.connect(server.address.replace("user=root", "user=key_reader"), autocommit=True) as theirs:
            theirs.execute(f"SET search_path TO {schema}")  # type: ignore[call-overload]
            client = Prepared(theirs)
            client.make("by_key", "SELECT v FROM t WHERE k = $1")
            assert client.run("by_key", 5) == client.run("by_key", 5) == [("v5",)]
            table.execute("REVOKE SELECT ON t FROM key_reader")
            assert client.run("by_key", 5) == "42501"
            assert client.text("SELECT v FROM t WHERE k = 5") == "42501"
            table.execute("GRANT SELECT (v) ON t TO key_reader")
            assert client.run("by_key", 5) == "42501"
            table.execute("GRANT SELECT ON t TO key_reader")
            assert client.run("by_key", 5) == [("v5",)]
            table.execute("ALTER TABLE t ENABLE ROW LEVEL SECURITY")
            table.execute("CREATE POLICY odd ON t USING (k % 2 = 1)")
            assert client.run("by_key", 5) == [("v5",)] and client.run("by_key", 6) == []
            table.execute("SET ROLE key_reader")
            assert Prepared(table).text("SELECT v FROM t WHERE k = 6") == []
            table.execute("RESET ROLE")
            assert Prepared(table).text("SELECT v FROM t WHERE k = 6") == [("v6",)]
    finally:
        table.execute("DROP OWNED BY key_reader")
        table.execute("DROP USER key_reader")


def test_definitions_count_from_their_change_on(table: psycopg.Connection, other: psycopg.Connection) -> None:
    client = Prepared(table)
    client.make("by_key", "SELECT v FROM t WHERE k = $1")
    assert client.run("by_key", 5) == [("v5",)]
    other.execute("ALTER TABLE t ADD COLUMN extra int DEFAULT 3")
    assert client.run("by_key", 5) == [("v5",)]
    other.execute("ALTER TABLE t DROP COLUMN at")
    assert client.run("by_key", 5) == [("v5",)]
    other.execute("ALTER TABLE t RENAME COLUMN v TO w")
    assert client.run("by_key", 5) == "42703"
    other.execute("ALTER TABLE t RENAME COLUMN w TO v")
    other.execute("ALTER TABLE t ALTER COLUMN v TYPE bytea USING v::bytea")
    assert client.run("by_key", 5) == "0A000"  # the plan must not change its type
    other.execute("DROP TABLE t")
    assert client.run("by_key", 5) == "42P01"
    other.execute("CREATE TABLE t (k int PRIMARY KEY, v text)")
    other.execute("INSERT INTO t VALUES (5, 'again')")
    assert client.run("by_key", 5) == [("again",)]
    other.execute("DROP TABLE t")
    other.execute("CREATE TABLE t (k int, v text)")  # no key any more
    other.execute("INSERT INTO t VALUES (5, 'a'), (5, 'b')")
    assert sorted(client.run("by_key", 5)) == [("a",), ("b",)]


def test_settings_count_from_their_change_on(table: psycopg.Connection) -> None:
    client = Prepared(table)
    client.make("by_key", "SELECT at FROM t WHERE k = $1")
    assert client.run("by_key", 5) == [("2024-01-01 00:00:00+00",)]
    table.execute("SET timezone TO 'Europe/Berlin'")
    assert client.run("by_key", 5) == [("2024-01-01 01:00:00+01",)]
    assert client.text("SELECT at FROM t WHERE k = 5") == [("2024-01-01 01:00:00+01",)]
    table.execute("CREATE TEMP TABLE t (k int PRIMARY KEY, at text)")
    table.execute("INSERT INTO t VALUES (5, 'temporary')")
    assert client.text("SELECT at FROM t WHERE k = 5") == [("temporary",)]
    table.execute("DROP TABLE pg_temp.t")


def test_names_of_statements_can_be_given_anew(table: psycopg.Connection) -> None:
    client = Prepared(table)
    client.make("by_key", "SELECT v FROM t WHERE k = $1")
    assert client.run("by_key", 5) == [("v5",)]
    table.execute("DEALLOCATE by_key")
    assert client.run("by_key", 5) == "26000"
    client.make("by_key", "SELECT k, v FROM t WHERE k = $1")
    assert client.run("by_key", 5) == [("5", "v5")]
    table.execute("DISCARD ALL")
    assert client.run("by_key", 5) == "26000"


def test_views_are_read_by_their_key_at_every_epoch(table: psycopg.Connection, other: psycopg.Connection) -> None:
    table.execute("CREATE TABLE pairs (k int PRIMARY KEY, n int)")
    table.execute("INSERT INTO pairs SELECT g, 0 FROM generate_series(1, 2) g")
    client, again = Prepared(table), Prepared(other)
    for c in (client, again):
        c.make("n", "SELECT n FROM pairs WHERE k = $1")

    def write() -> None:
        for n in range(1, 101):
            assert again.text(f"UPDATE pairs SET n = {n}") == ""

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        last = 0
        while not writing.done():
            first, second = (int(client.run("n", k)[0][0]) for k in (1, 2))  # type: ignore[arg-type]
            assert last <= first <= second, "an epoch is seen whole, and none after a later one"
            last = second
        writing.result()
    assert client.run("n", 1) == [("100",)]


def test_activity_tells_of_them(table: psycopg.Connection, other: psycopg.Connection) -> None:
    client = Prepared(table)
    pid = client.text("SELECT pg_backend_pid()")[0][0]
    activity = f"SELECT query, state, query_start > now() - interval '5 s' FROM pg_stat_activity WHERE pid = {pid}"
    client.make("by_key", "SELECT v FROM t WHERE k = $1")
    client.run("by_key", 5)
    assert Prepared(other).text(activity) == [("SELECT v FROM t WHERE k = $1", "idle", "t")]
    for _ in range(3):
        client.text("SELECT v FROM t WHERE k = 77")
        assert Prepared(other).text(activity) == [("SELECT v FROM t WHERE k = 77", "idle", "t")]


def test_silence_is_still_counted(table: psycopg.Connection) -> None:
    client = Prepared(table)
    client.make("by_key", "SELECT v FROM t WHERE k = $1")
    table.execute("SET idle_session_timeout TO '1500ms'")
    for _ in range(6):
        assert client.run("by_key", 5) == [("v5",)]
        table.execute("SELECT pg_sleep(0.3)")
    table.execute("SET idle_session_timeout TO 0")

"""Subscriptions: cursors over the changes of tables and views."""

import time

import psycopg
import pytest


@pytest.fixture
def table(connection: psycopg.Connection) -> psycopg.Connection:
    connection.execute("CREATE TABLE t (a int PRIMARY KEY, b int)")
    connection.execute("INSERT INTO t VALUES (1, 1), (2, 2)")
    connection.execute("CREATE MATERIALIZED VIEW v AS SELECT b % 2 AS p, count(*) AS n FROM t GROUP BY 1")
    connection.execute("CREATE SUBSCRIPTION s FROM t WITH (retention = '1D')")
    connection.execute("CREATE SUBSCRIPTION sv FROM v WITH (retention = '1D')")
    return connection


def fetch(connection: psycopg.Connection, sql: str) -> list[tuple]:
    """The rows without their time."""
    return [row[:-1] for row in connection.execute(sql).fetchall()]


def change(connection: psycopg.Connection) -> None:
    connection.execute("UPDATE t SET b = 5 WHERE a = 1")
    connection.execute("INSERT INTO t VALUES (3, 3)")
    connection.execute("DELETE FROM t WHERE a = 2")


CHANGES = [(1, 1, "UpdateDelete"), (1, 5, "UpdateInsert"), (3, 3, "Insert"), (2, 2, "Delete")]


def test_a_cursor_tells_the_changes_since_it_was_declared(table: psycopg.Connection) -> None:
    table.execute("DECLARE c SUBSCRIPTION CURSOR FOR s")
    assert fetch(table, "FETCH NEXT FROM c") == []
    change(table)
    assert fetch(table, "FETCH NEXT FROM c") == CHANGES[:1]
    assert fetch(table, "FETCH 2 FROM c") == CHANGES[1:3]
    assert fetch(table, "FETCH ALL FROM c") == CHANGES[3:]
    assert fetch(table, "FETCH ALL FROM c") == []


def test_a_full_cursor_begins_with_the_rows_that_are_there(table: psycopg.Connection) -> None:
    table.execute("DECLARE c SUBSCRIPTION CURSOR FOR s FULL")
    change(table)
    rows = table.execute("FETCH ALL FROM c").fetchall()
    assert sorted(r[:-1] for r in rows[:2]) == [(1, 1, "Insert"), (2, 2, "Insert")]
    assert [r[-1] for r in rows[:2]] == [None, None]
    assert [r[:-1] for r in rows[2:]] == CHANGES
    assert [c.name for c in table.execute("FETCH 1 FROM c").description] == ["a", "b", "op", "rw_timestamp"]


def test_changes_of_a_view_are_updates_by_its_key(table: psycopg.Connection) -> None:
    table.execute("DECLARE c SUBSCRIPTION CURSOR FOR sv SINCE now()")
    change(table)
    assert fetch(table, "FETCH ALL FROM c") == [(1, 1, "UpdateDelete"), (1, 2, "UpdateInsert"), (0, 1, "Delete")]


def test_a_fetch_may_wait(table: psycopg.Connection, other: psycopg.Connection) -> None:
    table.execute("DECLARE c SUBSCRIPTION CURSOR FOR s")
    started = time.monotonic()
    assert fetch(table, "FETCH NEXT FROM c WITH (timeout = '200ms')") == []
    assert time.monotonic() - started > 0.15
    other.execute("INSERT INTO t VALUES (7, 7)")
    assert fetch(table, "FETCH NEXT FROM c WITH (timeout = '20s')") == [(7, 7, "Insert")]


def test_subscriptions_are_objects(table: psycopg.Connection) -> None:
    def names() -> list[tuple]:
        return sorted(table.execute("SHOW SUBSCRIPTIONS").fetchall())

    assert names() == [("s",), ("sv",)]
    for sql, error in (
        ("CREATE SUBSCRIPTION s FROM t WITH (retention = '1D')", psycopg.errors.DuplicateTable),
        ("CREATE SUBSCRIPTION x FROM t", psycopg.errors.SyntaxError),
        ("CREATE SUBSCRIPTION x FROM t WITH (retention = '1D', colour = 'red')", psycopg.errors.InvalidParameterValue),
        ("CREATE SUBSCRIPTION x FROM nowhere WITH (retention = '1D')", psycopg.errors.UndefinedTable),
        ("SELECT * FROM s", psycopg.errors.WrongObjectType),
        ("DROP TABLE t", psycopg.errors.DependentObjectsStillExist),
        ("DECLARE d SUBSCRIPTION CURSOR FOR t", psycopg.errors.WrongObjectType),
        ("DECLARE d SUBSCRIPTION CURSOR FOR s SINCE 1", psycopg.errors.FeatureNotSupported),
    ):
        with pytest.raises(error):
            table.execute(sql)
    table.execute("ALTER SUBSCRIPTION s RENAME TO r")
    assert names() == [("r",), ("sv",)]
    table.execute("DROP SUBSCRIPTION r")
    table.execute("DROP TABLE t CASCADE")
    assert names() == []


def test_a_view_is_replaced(table: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.DependentObjectsStillExist):
        table.execute("ALTER MATERIALIZED VIEW v AS SELECT a FROM t")
    table.execute("DROP SUBSCRIPTION sv")
    table.execute("ALTER MATERIALIZED VIEW v AS SELECT b, a FROM t")
    table.execute("INSERT INTO t VALUES (9, 8)")
    assert sorted(table.execute("SELECT * FROM v").fetchall()) == [(1, 1), (2, 2), (8, 9)]
    assert table.execute("SHOW MATERIALIZED VIEWS").fetchall() == [("v",)]
    for wrong in ("SELECT nope FROM t", "SELECT * FROM v"):
        with pytest.raises(psycopg.Error):
            table.execute(f"ALTER MATERIALIZED VIEW v AS {wrong}")
    assert len(table.execute("SELECT * FROM v").fetchall()) == 3

"""Feldera's DECLARE RECURSIVE VIEW: views are made once all that they need are defined, and are kept up to date."""

import psycopg
import pytest


def rows(connection: psycopg.Connection, sql: str) -> list[tuple[object, ...]]:
    return connection.execute(sql).fetchall()


@pytest.fixture
def closure(connection: psycopg.Connection) -> psycopg.Connection:
    for sql in (
        "CREATE TABLE edges (x int, y int)",
        "INSERT INTO edges VALUES (1, 2), (2, 3), (3, 1)",
        "DECLARE RECURSIVE VIEW closure (x int, y int)",
        "CREATE VIEW step AS SELECT e.x, c.y FROM edges e JOIN closure c ON e.y = c.x",
        "CREATE VIEW outside AS SELECT count(*) AS n FROM closure",
        "CREATE MATERIALIZED VIEW closure AS (SELECT * FROM edges) UNION (SELECT * FROM step)",
    ):
        connection.execute(sql)
    return connection


def test_a_view_reads_itself_through_another(closure: psycopg.Connection) -> None:
    assert rows(closure, "SELECT * FROM closure ORDER BY x, y") == [(x, y) for x in (1, 2, 3) for y in (1, 2, 3)]
    assert rows(closure, "SELECT n FROM outside") == [(9,)]
    closure.execute("DELETE FROM edges WHERE x = 3")
    assert rows(closure, "SELECT * FROM closure ORDER BY x, y") == [(1, 2), (1, 3), (2, 3)]
    assert rows(closure, "SELECT * FROM step") == [(1, 3)]


def test_two_views_read_each_other(connection: psycopg.Connection) -> None:
    connection.execute("DECLARE RECURSIVE VIEW even (n int)")
    connection.execute("DECLARE RECURSIVE VIEW odd (n int)")
    connection.execute("CREATE VIEW even AS SELECT 0 AS n UNION SELECT n + 1 FROM odd WHERE n < 9")
    with pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM even")
    connection.execute("CREATE VIEW odd AS SELECT n + 1 AS n FROM even WHERE n < 9")
    assert rows(connection, "SELECT array_agg(n ORDER BY n) FROM even") == [([0, 2, 4, 6, 8],)]
    assert rows(connection, "SELECT array_agg(n ORDER BY n) FROM odd") == [([1, 3, 5, 7, 9],)]


def test_a_declared_view_may_do_without(connection: psycopg.Connection) -> None:
    connection.execute("DECLARE RECURSIVE VIEW lone (a int)")
    with pytest.raises(psycopg.errors.DuplicateTable):
        connection.execute("DECLARE RECURSIVE VIEW lone (a int)")
    connection.execute("CREATE VIEW lone AS SELECT 5 AS a")
    assert rows(connection, "SELECT a FROM lone") == [(5,)]


def test_a_type_may_have_another_name(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TYPE price AS decimal(10, 2)")
    connection.execute("CREATE TYPE numbers AS int ARRAY")
    connection.execute("CREATE TABLE t (p price, n numbers)")
    connection.execute("INSERT INTO t VALUES (1.5, ARRAY[1, 2])")
    assert rows(connection, "SELECT p::text, n[2] FROM t") == [("1.50", 2)]

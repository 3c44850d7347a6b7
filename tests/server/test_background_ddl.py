"""background_ddl: CREATE returns at once, WAIT waits, a view that is not full yet is not read."""

import psycopg
import pytest

ROWS = 150_000


@pytest.fixture
def table(connection: psycopg.Connection) -> psycopg.Connection:
    connection.execute("CREATE TABLE t (a int PRIMARY KEY, b int)")
    connection.execute(f"INSERT INTO t SELECT i, i % 100 FROM generate_series(1, {ROWS}) AS i")
    connection.execute("SET background_ddl = true")
    return connection


def test_a_view_is_read_once_it_is_full(table: psycopg.Connection) -> None:
    table.execute("CREATE MATERIALIZED VIEW v AS SELECT t.a, u.b FROM t JOIN t AS u ON t.a = u.a")
    for sql in ("SELECT count(*) FROM v", "SELECT b FROM v WHERE a = 1", "CREATE MATERIALIZED VIEW w AS SELECT a FROM v"):
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
            table.execute(sql)
    table.execute("INSERT INTO t VALUES (0, 0)")
    table.execute("WAIT")
    assert table.execute("SELECT count(*) FROM v").fetchone() == (ROWS + 1,)
    assert table.execute("SHOW JOBS").fetchall() == []


def test_a_view_is_dropped_while_it_is_filled(table: psycopg.Connection) -> None:
    table.execute("CREATE MATERIALIZED VIEW v AS SELECT t.a, u.b FROM t JOIN t AS u ON t.a = u.a")
    assert [row[1] for row in table.execute("SHOW JOBS").fetchall()] == ["v"]
    table.execute("DROP MATERIALIZED VIEW v")
    table.execute("WAIT")
    assert table.execute("SHOW MATERIALIZED VIEWS").fetchall() == []
    table.execute("CREATE MATERIALIZED VIEW v AS SELECT count(*) FROM t")
    table.execute("WAIT")
    assert table.execute("SELECT * FROM v").fetchone() == (ROWS,)

"""A pipelined run of the extended protocol is one transaction up to its Sync."""

import psycopg
import pytest


def test_what_is_executed_before_an_error_in_the_run_is_rolled_back(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (a int PRIMARY KEY)")
    with pytest.raises(psycopg.errors.UniqueViolation), connection.pipeline():
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("INSERT INTO t VALUES (2)")
        connection.execute("INSERT INTO t VALUES (2)")
    assert connection.execute("SELECT * FROM t").fetchall() == []


def test_a_run_reads_its_own_writes_and_commits_at_sync(
    connection: psycopg.Connection, other: psycopg.Connection
) -> None:
    connection.execute("CREATE TABLE t (a int)")
    with connection.pipeline() as pipeline:
        connection.execute("INSERT INTO t VALUES (%s)", (1,))
        seen = connection.execute("SELECT count(*) FROM t")
        connection.execute("INSERT INTO t VALUES (%s)", (2,))
        pipeline.sync()
        assert seen.fetchone() == (1,)
        assert other.execute("SELECT count(*) FROM t").fetchone() == (2,)
        connection.execute("INSERT INTO t VALUES (3)")
    assert other.execute("SELECT count(*) FROM t").fetchone() == (3,)


def test_a_block_may_span_runs(connection: psycopg.Connection, other: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (a int)")
    with connection.pipeline() as pipeline:
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("BEGIN")
        connection.execute("INSERT INTO t VALUES (2)")
        pipeline.sync()
        assert other.execute("SELECT count(*) FROM t").fetchone() == (0,)
        connection.execute("ROLLBACK")
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_temporary_tables_are_of_the_session(connection: psycopg.Connection, other: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (a int)")
    connection.execute("CREATE TEMP TABLE t (b text)")
    connection.execute("INSERT INTO t VALUES ('x')")
    assert connection.execute("SELECT b FROM t").fetchall() == [("x",)]
    assert other.execute("SELECT a FROM t").fetchall() == []
    other.execute("CREATE TEMP TABLE t (c int)")
    connection.execute("DROP TABLE t")
    assert connection.execute("SELECT a FROM t").fetchall() == []
    schemas = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'pg\\_temp\\_%'"
    number = len(other.execute(schemas).fetchall())
    other.close()
    for _ in range(100):
        left = len(connection.execute(schemas).fetchall())
        if left < number:
            break
    assert left < number

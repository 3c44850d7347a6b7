"""Transactions: own writes, savepoints, waiting for each other, isolation levels."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future

import psycopg
import pytest

from sqllogictest.engines import Sabot


def rows(connection: psycopg.Connection, sql: str) -> list[tuple]:
    return sorted(connection.execute(sql).fetchall(), key=repr)


@pytest.fixture
def table(connection: psycopg.Connection) -> Iterator[psycopg.Connection]:
    connection.execute("CREATE TABLE t (a int PRIMARY KEY, b varchar)")
    connection.execute("CREATE MATERIALIZED VIEW v AS SELECT b, count(*) AS n FROM t GROUP BY b")
    connection.execute("INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    yield connection
    connection.execute("ROLLBACK")


def waiting(connection: psycopg.Connection, sql: str) -> Future[str]:
    """Run `sql` in a thread; the future is not done before another transaction has let it go on."""
    result: Future[str] = Future()

    def run() -> None:
        try:
            result.set_result(connection.execute(sql).statusmessage or "")
        except psycopg.Error as e:
            result.set_exception(e)

    threading.Thread(target=run, daemon=True).start()
    with pytest.raises(TimeoutError):
        result.result(0.2)
    return result


def test_a_transaction_sees_its_own_writes_and_nobody_else_does(
    table: psycopg.Connection, other: psycopg.Connection
) -> None:
    with table.transaction():
        table.execute("INSERT INTO t VALUES (3, 'x')")
        assert rows(table, "SELECT a FROM t") == [(1,), (2,), (3,)]
        assert rows(table, "SELECT b FROM t WHERE a = 3") == [("x",)]
        assert rows(other, "SELECT a FROM t") == [(1,), (2,)]
    assert rows(other, "SELECT * FROM v") == [("x", 2), ("y", 1)]


def test_rollback_and_savepoints_take_back_writes(table: psycopg.Connection) -> None:
    table.execute("BEGIN")
    table.execute("DELETE FROM t")
    table.execute("SAVEPOINT s")
    table.execute("INSERT INTO t VALUES (2, 'y')")
    table.execute("ROLLBACK TO s")
    assert rows(table, "SELECT * FROM t") == []
    table.execute("ROLLBACK")
    assert rows(table, "SELECT * FROM t") == [(1, "x"), (2, "y")]


def test_a_failed_transaction_does_nothing_until_it_ends(table: psycopg.Connection) -> None:
    table.execute("BEGIN")
    table.execute("INSERT INTO t VALUES (3, 'x')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        table.execute("INSERT INTO t VALUES (1, 'y')")
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        table.execute("SELECT 1")
    table.execute("COMMIT")
    assert rows(table, "SELECT a FROM t") == [(1,), (2,)]


def test_an_update_waits_for_another_of_the_same_row_and_sees_it(
    table: psycopg.Connection, other: psycopg.Connection
) -> None:
    table.execute("BEGIN")
    table.execute("UPDATE t SET b = b || '1' WHERE a = 1")
    other.execute("UPDATE t SET b = b || '2' WHERE a = 2")  # another row: at once
    second = waiting(other, "UPDATE t SET b = b || '3' WHERE a = 1")
    table.execute("COMMIT")
    assert second.result(60) == "UPDATE 1"
    assert rows(table, "SELECT * FROM t") == [(1, "x13"), (2, "y2")]


def test_transactions_wait_too_and_read_what_is_committed(table: psycopg.Connection, other: psycopg.Connection) -> None:
    table.execute("BEGIN")
    other.execute("BEGIN")
    assert rows(other, "SELECT b FROM t WHERE a = 1") == [("x",)]
    table.execute("UPDATE t SET b = 'new' WHERE a = 1")
    second = waiting(other, "UPDATE t SET b = b || '!' WHERE a = 1")
    table.execute("COMMIT")
    second.result(60)
    assert rows(other, "SELECT b FROM t WHERE a = 1") == [("new!",)]
    other.execute("COMMIT")
    assert rows(table, "SELECT * FROM v") == [("new!", 1), ("y", 1)]


@pytest.mark.parametrize(("end", "succeeds"), [("COMMIT", False), ("ROLLBACK", True)])
def test_an_insert_waits_for_another_of_the_same_key(
    table: psycopg.Connection, other: psycopg.Connection, end: str, succeeds: bool
) -> None:
    table.execute("BEGIN")
    table.execute("INSERT INTO t VALUES (3, 'first')")
    second = waiting(other, "INSERT INTO t VALUES (3, 'second')")
    table.execute(end)
    if succeeds:
        assert second.result(60) == "INSERT 0 1"
    else:
        with pytest.raises(psycopg.errors.UniqueViolation):
            second.result(60)


def test_an_insert_waits_for_a_deletion_of_its_key(table: psycopg.Connection, other: psycopg.Connection) -> None:
    table.execute("BEGIN")
    table.execute("DELETE FROM t WHERE a = 1")
    second = waiting(other, "INSERT INTO t VALUES (1, 'again')")
    table.execute("COMMIT")
    assert second.result(60) == "INSERT 0 1"
    assert rows(table, "SELECT * FROM t") == [(1, "again"), (2, "y")]


def test_a_table_without_a_key_waits_by_whole_rows(table: psycopg.Connection, other: psycopg.Connection) -> None:
    table.execute("CREATE TABLE k (a int)")
    table.execute("INSERT INTO k VALUES (1), (2)")
    table.execute("BEGIN")
    table.execute("UPDATE k SET a = a + 10 WHERE a = 1")
    other.execute("INSERT INTO k VALUES (11)")
    other.execute("DELETE FROM k WHERE a = 2")
    second = waiting(other, "DELETE FROM k WHERE a = 1")
    table.execute("COMMIT")
    assert second.result(60) == "DELETE 0"
    assert rows(table, "SELECT a FROM k") == [(11,), (11,)]


def test_a_circle_of_waiting_is_a_deadlock(table: psycopg.Connection, other: psycopg.Connection) -> None:
    for connection, key in ((table, 1), (other, 2)):
        connection.execute("BEGIN")
        connection.execute(f"UPDATE t SET b = 'mine' WHERE a = {key}")
    second = waiting(other, "UPDATE t SET b = 'theirs' WHERE a = 1")
    with pytest.raises(psycopg.errors.DeadlockDetected):
        table.execute("UPDATE t SET b = 'theirs' WHERE a = 2")
    table.execute("ROLLBACK")
    assert second.result(60) == "UPDATE 1"
    other.execute("COMMIT")
    assert rows(table, "SELECT * FROM t") == [(1, "theirs"), (2, "mine")]


def test_waiting_ends_with_lock_timeout_and_with_the_others_connection(
    table: psycopg.Connection, other: psycopg.Connection, server: Sabot
) -> None:
    path = table.execute("SHOW search_path").fetchone()
    assert path is not None
    with psycopg.connect(server.address) as third:
        third.execute(f"SET search_path TO {path[0]}")
        third.execute("UPDATE t SET b = 'lost' WHERE a = 1")
        other.execute("SET lock_timeout TO '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("UPDATE t SET b = 'z' WHERE a = 1")
        other.execute("SET lock_timeout TO 0")
        second = waiting(other, "UPDATE t SET b = b || '!' WHERE a = 1")
        third.close()
    assert second.result(60) == "UPDATE 1"
    assert rows(table, "SELECT b FROM t WHERE a = 1") == [("x!",)]


@pytest.mark.parametrize("mode", ["ISOLATION LEVEL REPEATABLE READ", "ISOLATION LEVEL SERIALIZABLE", "READ ONLY"])
def test_one_epoch_for_a_whole_transaction(table: psycopg.Connection, other: psycopg.Connection, mode: str) -> None:
    table.execute(f"BEGIN {mode}")
    assert rows(table, "SELECT * FROM v") == [("x", 1), ("y", 1)]
    other.execute("UPDATE t SET b = 'x'")
    other.execute("INSERT INTO t VALUES (3, 'z')")
    assert rows(table, "SELECT * FROM v") == [("x", 1), ("y", 1)]
    assert rows(table, "SELECT b FROM t WHERE a = 2") == [("y",)]
    table.execute("COMMIT")
    assert rows(table, "SELECT * FROM v") == [("x", 2), ("z", 1)]


def test_read_committed_sees_what_others_commit(table: psycopg.Connection, other: psycopg.Connection) -> None:
    table.execute("BEGIN")
    assert table.execute("SHOW transaction_isolation").fetchone() == ("read committed",)
    other.execute("DELETE FROM t WHERE a = 1")
    assert rows(table, "SELECT * FROM v") == [("y", 1)]


def test_a_repeatable_read_cannot_overwrite_what_it_did_not_see(
    table: psycopg.Connection, other: psycopg.Connection
) -> None:
    table.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    table.execute("SELECT * FROM t")
    other.execute("UPDATE t SET b = 'theirs' WHERE a = 1")
    with pytest.raises(psycopg.errors.SerializationFailure):
        table.execute("UPDATE t SET b = 'mine' WHERE a = 1")
        table.execute("COMMIT")
    table.execute("ROLLBACK")
    assert rows(table, "SELECT b FROM t WHERE a = 1") == [("theirs",)]


@pytest.mark.parametrize(("level", "skewed"), [("REPEATABLE READ", True), ("SERIALIZABLE", False)])
def test_only_serializable_forbids_write_skew(
    table: psycopg.Connection, other: psycopg.Connection, level: str, skewed: bool
) -> None:
    """Each moves its row when the other one's is where it was: one after the other, one of them would not."""
    for connection, mine, theirs in ((table, 1, 2), (other, 2, 1)):
        connection.execute(f"BEGIN ISOLATION LEVEL {level}")
        connection.execute(
            f"UPDATE t SET b = 'moved' WHERE a = {mine}"
            f" AND (SELECT b FROM t WHERE a = {theirs}) <> 'moved'"
        )
    table.execute("COMMIT")
    if skewed:
        other.execute("COMMIT")
    else:
        with pytest.raises(psycopg.errors.SerializationFailure):
            other.execute("COMMIT")
    assert rows(table, "SELECT b FROM t") == ([("moved",)] * 2 if skewed else [("moved",), ("y",)])


def test_the_level_is_settled_by_the_first_query(table: psycopg.Connection) -> None:
    table.execute("BEGIN")
    table.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
    assert table.execute("SHOW transaction_isolation").fetchone() == ("serializable",)
    table.execute("SELECT * FROM t")
    with pytest.raises(psycopg.errors.ActiveSqlTransaction):
        table.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    table.execute("ROLLBACK")
    assert table.execute("SHOW transaction_isolation").fetchone() == ("read committed",)


def test_a_read_only_transaction_refuses_writes(table: psycopg.Connection) -> None:
    table.execute("BEGIN READ ONLY")
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        table.execute("INSERT INTO t VALUES (3, 'x')")


def test_rows_selected_for_update_stay_until_the_end(table: psycopg.Connection, other: psycopg.Connection) -> None:
    table.execute("BEGIN")
    assert table.execute("SELECT upper(b) FROM t WHERE a = 1 FOR UPDATE").fetchall() == [("X",)]
    other.execute("UPDATE t SET b = 'free' WHERE a = 2")
    with pytest.raises(psycopg.errors.LockNotAvailable):
        other.execute("SELECT * FROM t FOR UPDATE NOWAIT")
    second = waiting(other, "UPDATE t SET b = b || '!' WHERE a = 1")
    table.execute("UPDATE t SET b = 'mine' WHERE a = 1")
    table.execute("COMMIT")
    assert second.result(60) == "UPDATE 1"
    assert rows(table, "SELECT * FROM t") == [(1, "mine!"), (2, "free")]


def test_skip_locked_gives_each_its_own_job(table: psycopg.Connection, other: psycopg.Connection) -> None:
    job = "SELECT a FROM t ORDER BY a LIMIT 1 FOR UPDATE SKIP LOCKED"
    for connection, expected in ((table, [(1,)]), (other, [(2,)])):
        connection.execute("BEGIN")
        assert connection.execute(job).fetchall() == expected
    other.execute("DELETE FROM t WHERE a = 2")
    other.execute("COMMIT")
    assert other.execute(job).fetchall() == []
    assert other.execute("SELECT a FROM t WHERE a = 1 FOR UPDATE SKIP LOCKED").fetchall() == []
    table.execute("ROLLBACK")
    assert other.execute(job).fetchall() == [(1,)]


def test_shared_rows_can_be_shared_but_not_written(table: psycopg.Connection, other: psycopg.Connection) -> None:
    for connection in (table, other):
        connection.execute("BEGIN")
        connection.execute("SELECT * FROM t WHERE a = 1 FOR SHARE")
    second = waiting(other, "UPDATE t SET b = 'z' WHERE a = 1")
    table.execute("COMMIT")
    assert second.result(60) == "UPDATE 1"
    other.execute("COMMIT")


def test_rows_of_several_tables_are_locked_or_those_named(table: psycopg.Connection, other: psycopg.Connection) -> None:
    table.execute("CREATE TABLE u (a int PRIMARY KEY)")
    table.execute("INSERT INTO u VALUES (1)")
    table.execute("BEGIN")
    assert table.execute("SELECT x.b FROM t x LEFT JOIN u USING (a) FOR UPDATE OF x").fetchall() == [("x",), ("y",)]
    other.execute("DELETE FROM u")
    with pytest.raises(psycopg.errors.LockNotAvailable):
        other.execute("SELECT * FROM t FOR UPDATE NOWAIT")


@pytest.mark.parametrize(
    "sql",
    ["SELECT count(*) FROM t FOR UPDATE", "SELECT DISTINCT b FROM t FOR UPDATE", "SELECT * FROM v FOR UPDATE",
     "SELECT * FROM (SELECT * FROM t FOR UPDATE) s", "CREATE VIEW w AS SELECT * FROM t FOR UPDATE"],
)  # fmt: skip
def test_what_has_no_rows_of_a_table_cannot_be_locked(table: psycopg.Connection, sql: str) -> None:
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        table.execute(sql)

"""SUBSCRIBE … ENVELOPE, WITHIN TIMESTAMP ORDER BY, PROGRESS, AS OF and UP TO."""

import time
from typing import Any

import psycopg
import pytest


@pytest.fixture
def tables(connection: psycopg.Connection) -> psycopg.Connection:
    connection.execute("CREATE TABLE t (a int PRIMARY KEY, b text)")
    connection.execute("INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    return connection


def fetched(connection: psycopg.Connection, seconds: float = 0.3) -> tuple[list[str], list[tuple[Any, ...]]]:
    cursor = connection.execute(f"FETCH ALL c WITH (timeout = '{seconds}s')")
    assert cursor.description is not None
    return [d.name for d in cursor.description], cursor.fetchall()


def test_envelope_upsert(tables: psycopg.Connection) -> None:
    tables.execute("DECLARE c CURSOR FOR SUBSCRIBE t ENVELOPE UPSERT (KEY (a))")
    names, rows = fetched(tables)
    assert names == ["mz_timestamp", "mz_state", "a", "b"]
    assert [r[1:] for r in rows] == [("upsert", 1, "x"), ("upsert", 2, "y")]
    tables.execute("UPDATE t SET b = 'z' WHERE a = 2")
    tables.execute("DELETE FROM t WHERE a = 1")
    assert [r[1:] for r in fetched(tables)[1]] == [("upsert", 2, "z"), ("delete", 1, None)]


def test_envelope_debezium(tables: psycopg.Connection) -> None:
    tables.execute("DECLARE c CURSOR FOR SUBSCRIBE t ENVELOPE DEBEZIUM (KEY (a)) WITH (snapshot = false)")
    with tables.transaction():
        tables.execute("INSERT INTO t VALUES (3, 'n'), (4, 'm')")
        tables.execute("UPDATE t SET b = b || '!' WHERE a < 3")
    names, rows = fetched(tables)
    assert names == ["mz_timestamp", "mz_state", "a", "before_b", "after_b"]
    assert [r[1:] for r in rows] == [
        ("upsert", 1, "x", "x!"), ("upsert", 2, "y", "y!"), ("insert", 3, None, "n"), ("insert", 4, None, "m"),
    ]  # fmt: skip
    tables.execute("DELETE FROM t WHERE a = 3")
    assert [r[1:] for r in fetched(tables)[1]] == [("delete", 3, "n", None)]


def test_a_key_that_is_none_is_refused(tables: psycopg.Connection) -> None:
    tables.execute("INSERT INTO t VALUES (3, 'x')")
    tables.execute("DECLARE c CURSOR FOR SUBSCRIBE t ENVELOPE UPSERT (KEY (b))")
    with pytest.raises(psycopg.errors.UniqueViolation):
        fetched(tables)


def test_order_within_a_time(tables: psycopg.Connection) -> None:
    tables.execute("DECLARE c CURSOR FOR SUBSCRIBE t WITHIN TIMESTAMP ORDER BY a DESC")
    assert [r[1:] for r in fetched(tables)[1]] == [(1, 2, "y"), (1, 1, "x")]


def test_progress(tables: psycopg.Connection) -> None:
    tables.execute("DECLARE c CURSOR FOR SUBSCRIBE t WITH (progress)")
    names, rows = fetched(tables, 1.5)
    assert names[:3] == ["mz_timestamp", "mz_progressed", "mz_diff"]
    data, marks = [r for r in rows if not r[1]], [r for r in rows if r[1]]
    assert len(data) == 2 and marks and all(m[2:] == (None, None, None) for m in marks)
    assert marks[0][0] >= data[-1][0]
    tables.execute("INSERT INTO t VALUES (3, 'z')")
    rows = fetched(tables, 1.2)[1]
    inserted = [r for r in rows if not r[1]]
    assert len(inserted) == 1 and inserted[0][0] >= marks[-1][0]
    assert any(r[1] and r[0] >= inserted[0][0] for r in rows)


def test_up_to_ends_the_subscription(tables: psycopg.Connection) -> None:
    end = int(time.time() * 1000) + 700
    rows = tables.execute(f"SUBSCRIBE t UP TO {end}").fetchall()
    assert len(rows) == 2 and all(r[0] < end for r in rows)
    rows = tables.execute("SUBSCRIBE (SELECT a FROM t) WITH (snapshot = false) UP TO now() + interval '200 ms'").fetchall()
    assert rows == []


def test_as_of(tables: psycopg.Connection) -> None:
    begin = int(time.time() * 1000) + 300
    rows = tables.execute(f"SUBSCRIBE t AS OF {begin} UP TO {begin + 200}").fetchall()
    assert len(rows) == 2 and all(r[0] >= begin for r in rows)
    assert len(tables.execute("SUBSCRIBE t AS OF AT LEAST 0 UP TO now() + interval '200 ms'").fetchall()) == 2
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        tables.execute("SUBSCRIBE t AS OF 1")

"""Cursors that go both ways, and cursors with parameters."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from sqllogictest.engines import Sabot


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    engine = Sabot(None)
    yield engine.address
    engine.close()


# Statement and the rows that PostgreSQL 15 gives, one after the other on one cursor over 1 … 5.
WALK = [
    ("FETCH 2 FROM c", [1, 2]),
    ("FETCH PRIOR FROM c", [1]),
    ("FETCH ABSOLUTE 4 FROM c", [4]),
    ("FETCH RELATIVE -2 FROM c", [2]),
    ("FETCH BACKWARD 10 FROM c", [1]),
    ("FETCH NEXT FROM c", [1]),
    ("FETCH LAST FROM c", [5]),
    ("FETCH NEXT FROM c", []),
    ("FETCH PRIOR FROM c", [5]),
    ("FETCH FIRST FROM c", [1]),
    ("FETCH ABSOLUTE -2 FROM c", [4]),
    ("FETCH 0 FROM c", [4]),
    ("FETCH BACKWARD ALL FROM c", [3, 2, 1]),
    ("FETCH ALL FROM c", [1, 2, 3, 4, 5]),
    ("FETCH RELATIVE 0 FROM c", []),
    ("FETCH -2 FROM c", [5, 4]),
    ("FETCH ABSOLUTE 20 FROM c", []),
    ("FETCH ABSOLUTE -20 FROM c", []),
]


def test_a_scroll_cursor_walks_both_ways(address: str) -> None:
    with psycopg.connect(address) as connection:
        connection.execute("DECLARE c SCROLL CURSOR FOR SELECT * FROM generate_series(1, 5)")
        for statement, rows in WALK:
            assert [r[0] for r in connection.execute(statement).fetchall()] == rows, statement
        moved = [connection.execute(f"MOVE {w} c").statusmessage for w in ("FIRST IN", "LAST IN", "BACKWARD ALL IN", "ALL IN")]
        assert moved == ["MOVE 1", "MOVE 1", "MOVE 4", "MOVE 5"]


def test_other_cursors_go_forward(address: str) -> None:
    with psycopg.connect(address) as connection:
        connection.execute("DECLARE c CURSOR FOR SELECT 1")
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
            connection.execute("FETCH BACKWARD 1 FROM c")


def test_a_cursor_takes_parameters(address: str) -> None:
    with psycopg.connect(address) as connection, connection.cursor("c", scrollable=True) as cursor:
        cursor.execute("SELECT * FROM generate_series(1, 9) AS g WHERE g > %s", (6,))
        assert cursor.fetchone() == (7,)
        cursor.scroll(-1)
        assert cursor.fetchall() == [(7,), (8,), (9,)]
        cursor.scroll(1, mode="absolute")
        assert cursor.fetchone() == (8,)


def test_explain_takes_parameters(address: str) -> None:
    with psycopg.connect(address) as connection:
        row = connection.execute("EXPLAIN (FORMAT JSON) SELECT 1 WHERE %s::int > 3", (6,)).fetchone()
    assert row is not None and "Plan" in row[0][0]


def test_a_table_lives_and_ends_within_a_transaction(address: str) -> None:
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE brief (a int)")
        connection.execute("INSERT INTO brief VALUES (1)")
        connection.execute("DROP TABLE brief")


def test_a_cursor_with_hold_begins_with_commit(address: str) -> None:
    with psycopg.connect(address) as connection:
        connection.execute("DECLARE h CURSOR WITH HOLD FOR SELECT 1")
        connection.rollback()
        with pytest.raises(psycopg.errors.InvalidCursorName):
            connection.execute("FETCH h")
        connection.rollback()
        connection.execute("DECLARE h CURSOR WITH HOLD FOR SELECT 1")
        connection.commit()
        assert connection.execute("FETCH h").fetchall() == [(1,)]


def test_statements_wait_for_a_subscription_as_long_as_they_say(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection, psycopg.connect(address, autocommit=True) as other:
        connection.execute("CREATE TABLE followed (a int PRIMARY KEY)")
        connection.execute("SET statement_timeout TO '200ms'")
        with connection.cursor() as cursor, pytest.raises(psycopg.errors.QueryCanceled):
            list(cursor.stream("SUBSCRIBE (SELECT a + 1 AS b FROM followed)"))
        connection.execute("RESET statement_timeout")
        with connection.transaction():
            connection.execute("DECLARE c CURSOR FOR SUBSCRIBE followed")
            assert connection.execute("FETCH 5 c WITH (timeout = '100ms')").fetchall() == []
            other.execute("INSERT INTO followed VALUES (1), (2)")
            assert len(connection.execute("FETCH 1 c WITH (timeout = '30s')").fetchall()) == 1
            assert len(connection.execute("FETCH ALL c WITH (timeout = '100ms')").fetchall()) == 1

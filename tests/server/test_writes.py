"""Transactions of many small statements: each costs about the same, and sees what those before it have written."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest

from sqllogictest.engines import Sabot


@pytest.fixture(scope="module")
def engine() -> Iterator[Sabot]:
    found = Sabot()
    yield found
    found.close()


@pytest.fixture
def client(engine: Sabot) -> Iterator[psycopg.Connection]:
    with psycopg.connect(engine.address, autocommit=True) as connection:
        yield connection


def test_later_statements_cost_what_earlier_ones_do(client: psycopg.Connection) -> None:
    client.execute("CREATE TABLE many (k int PRIMARY KEY, u int UNIQUE, v text)")
    took = []
    with client.transaction(), client.cursor() as cursor:
        for part in range(4):
            began = time.monotonic()
            rows = [(n, n if n % 2 else None, "x") for n in range(part * 3000, part * 3000 + 3000)]
            cursor.executemany("INSERT INTO many VALUES (%s, %s, %s)", rows)
            took.append(time.monotonic() - began)
        with pytest.raises(psycopg.errors.UniqueViolation), client.transaction():
            cursor.execute("INSERT INTO many VALUES (7, NULL, 'again')")
        with pytest.raises(psycopg.errors.UniqueViolation), client.transaction():
            cursor.execute("INSERT INTO many VALUES (-1, 11999, 'again')")
        assert cursor.execute("UPDATE many SET v = 'y' WHERE k = 2999 RETURNING u").fetchone() == (2999,)
        assert cursor.execute("DELETE FROM many WHERE k < 10").rowcount == 10
        cursor.execute("INSERT INTO many VALUES (7, NULL, 'again')")
        assert cursor.execute("SELECT count(*), count(u), count(*) FILTER (WHERE v = 'y') FROM many").fetchone() == (11991, 5995, 1)
    assert max(took) < 6 * min(took) + 1
    assert client.execute("SELECT count(*), count(u), max(v) FROM many").fetchone() == (11991, 5995, "y")


def test_savepoints_take_back_what_came_after(client: psycopg.Connection) -> None:
    client.execute("CREATE TABLE s (k int PRIMARY KEY, v int)")
    with client.transaction():
        for n in range(50):
            client.execute("INSERT INTO s VALUES (%s, 0)", (n,))
        client.execute("SAVEPOINT a")
        for n in range(50, 150):
            client.execute("INSERT INTO s VALUES (%s, 1)", (n,))
        client.execute("UPDATE s SET v = 2 WHERE k = 10")
        client.execute("ROLLBACK TO a")
        assert client.execute("SELECT count(*), sum(v) FROM s").fetchone() == (50, 0)
        client.execute("INSERT INTO s VALUES (60, 3)")
        client.execute("ROLLBACK TO a")
        client.execute("INSERT INTO s VALUES (60, 4)")
    assert client.execute("SELECT count(*), sum(v) FROM s").fetchone() == (51, 4)


def test_nulls_of_unique_columns_are_in_nobodys_way(engine: Sabot, client: psycopg.Connection) -> None:
    client.execute("CREATE TABLE n (a int, u int UNIQUE)")
    with client.transaction():
        for a in range(3):
            client.execute("INSERT INTO n VALUES (%s, NULL)", (a,))
        with psycopg.connect(engine.address, autocommit=True) as other:
            other.execute("SET lock_timeout = '5s'")
            other.execute("INSERT INTO n VALUES (9, NULL)")
    assert client.execute("SELECT a FROM n ORDER BY a").fetchall() == [(0,), (1,), (2,), (9,)]

"""Statements that take long over few rows: nobody else waits for them, and they end with their session or the server."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from ..serving import Served

LONG = (
    "WITH RECURSIVE a(x) AS (SELECT 1::bigint UNION SELECT (x * 7 + 1) % 100000007 FROM a) SELECT count(*) FROM a",
    "SELECT sum(g % 7 * h % 5) FROM generate_series(1, 100000) g, generate_series(1, 100000) h",
    "SELECT count(*) FROM few a, few b, few c, few d WHERE a.v + b.v + c.v = d.v",
)


@pytest.mark.parametrize("sql", LONG)
def test_others_are_answered_and_it_can_be_cancelled(
    connection: psycopg.Connection, other: psycopg.Connection, sql: str
) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS few AS SELECT v FROM generate_series(1, 1000) v")
    failed: list[BaseException] = []

    def ask() -> None:
        try:
            connection.execute(sql)  # type: ignore[call-overload]
        except psycopg.Error as e:
            failed.append(e)

    thread = threading.Thread(target=ask)
    thread.start()
    working = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = %s"
    until = time.monotonic() + 60
    while other.execute(working, (sql,)).fetchone() != (1,) and time.monotonic() < until:
        pass
    assert other.execute("SELECT 1").fetchone() == (1,)
    connection.cancel_safe()
    thread.join(60)
    assert [type(e) for e in failed] == [psycopg.errors.QueryCanceled]


def test_a_server_stops_amid_a_long_read() -> None:
    server = Served(None)
    client = psycopg.connect(server.engine.address, autocommit=True)
    client.pgconn.send_query(LONG[0].encode())
    client.pgconn.flush()
    try:
        until = time.monotonic() + 60
        active = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'WITH RECURSIVE%'"
        while server.run(active) != [(1,)] and time.monotonic() < until:
            pass
        assert server.engine.stop() == 0
    finally:
        client.close()
        server.close()


def test_many_long_reads_leave_room_for_short_ones(connection: psycopg.Connection, other: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS several AS SELECT v FROM generate_series(1, 6000) v")
    long = "SELECT count(*) FROM several a, several b, several c WHERE a.v + b.v * c.v % 7 = 5"
    readers = [psycopg.connect(connection.info.dsn, autocommit=True) for _ in range(10)]
    try:
        for reader in readers:
            reader.pgconn.send_query(long.encode())
            reader.pgconn.flush()
        for number in range(200):  # those that find the engine at work wait for it on a thread
            connection.execute("INSERT INTO several VALUES (%s)", (-number,))
            assert other.execute("SELECT 1").fetchone() == (1,)
    finally:
        for reader in readers:
            reader.cancel_safe()
        for reader in readers:
            reader.close()

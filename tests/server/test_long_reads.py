"""Statements that take long over few rows: nobody else waits for them, and they end with their session or the server."""

from __future__ import annotations

import threading
import time

import psutil
import psycopg
import pytest

from sqllogictest.engines import Sabot

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


MANY = (  # rows flow through them: none is held
    ("SELECT count(*) FROM {t} x, {t} y", (16_000_000,)),
    ("SELECT sum(x.v + y.v) FROM {t} x, {t} y", (64_016_000_000,)),
    ("SELECT sum(g) FROM generate_series(1, 8000000) g", (32_000_004_000_000,)),
    ("SELECT count(*), count(DISTINCT k) FROM (SELECT g % 10 AS k FROM generate_series(1, 4000000) g) s", (4_000_000, 10)),
    ("SELECT g FROM generate_series(1, 4000000) g ORDER BY g DESC LIMIT 1", (4_000_000,)),
    ("SELECT x.v FROM {t} x JOIN {t} y ON x.v <> y.v JOIN {t} z ON y.v <> z.v LIMIT 1 OFFSET 5", (None,)),
    ("SELECT g FROM generate_series(1, 9000000000000000000) g LIMIT 1", (1,)),
)


@pytest.mark.parametrize(("sql", "expected"), MANY, ids=range(len(MANY)))
def test_rows_that_flow_are_not_held(server: Sabot, connection: psycopg.Connection, sql: str, expected: tuple) -> None:  # type: ignore[type-arg]
    connection.execute("CREATE TABLE m AS SELECT v FROM generate_series(1, 4000) v")
    process = psutil.Process(server.pid)
    before = peak = process.memory_info().rss
    connection.pgconn.send_query(sql.format(t="m").encode())
    while connection.pgconn.flush() or connection.pgconn.is_busy():
        peak = max(peak, process.memory_info().rss)
        time.sleep(0.005)
        connection.pgconn.consume_input()
    result = connection.pgconn.get_result()
    assert result is not None and connection.pgconn.get_result() is None
    row = tuple(None if expected[i] is None else int(result.get_value(0, i) or b"") for i in range(result.nfields))
    assert row == expected
    assert peak - before < 64 << 20


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM many x, many y, many z",
        "SELECT sum(g) FROM generate_series(1, 900000000000) g",
        "SELECT x.v % 7, array_length(array_agg(DISTINCT y.v % 10), 1) FROM many x, many y, many z GROUP BY 1",
    ],
)
def test_a_cancel_is_heard_between_pieces(connection: psycopg.Connection, sql: str) -> None:
    connection.execute("CREATE TABLE many AS SELECT v FROM generate_series(1, 6000) v")
    heard = []
    for seconds in (0.2, 0.5):
        connection.pgconn.send_query(sql.encode())
        connection.pgconn.flush()
        time.sleep(seconds)
        begun = time.monotonic()
        connection.cancel_safe()
        result = connection.pgconn.get_result()
        heard.append(time.monotonic() - begun)
        assert result is not None and result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"57014"
        assert connection.pgconn.get_result() is None
    assert min(heard) < 0.5

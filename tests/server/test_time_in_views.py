"""Conditions over now() in views: rows come and go as time moves, whatever the form of the condition."""

import time

import psycopg
import pytest


@pytest.fixture
def events(connection: psycopg.Connection) -> psycopg.Connection:
    """One row of an hour ago (1), one a minute ahead (2), one of long ago (3), one without a time (4)."""
    connection.execute("CREATE TABLE e (v int, ts timestamptz)")
    connection.execute(
        "INSERT INTO e VALUES (1, now() - interval '1 hour'), (2, now() + interval '1 minute'), (3, '2020-01-01'), (4, NULL)"
    )
    return connection


CONDITIONS = {
    "ts > now() - interval '1 day' OR v = 4": ([1, 2, 4], [1, 2, 4]),
    "(ts < now() AND v < 3) OR ts IS NULL": ([1, 4], [1, 2, 4]),
    "ts > now() AND (v > 1 OR ts > now() + interval '1 day')": ([2], []),
    "NOT ts <= now()": ([2], []),
    "ts BETWEEN now() - interval '2 hours' AND now() OR v = 3": ([1, 3], [1, 2, 3]),
    "ts > date_trunc('month', now()) - interval '10 years'": ([1, 2, 3], [1, 2, 3]),
    "extract(epoch FROM now()) > 0": ([1, 2, 3, 4], [1, 2, 3, 4]),
}


def test_rows_come_and_go(events: psycopg.Connection) -> None:
    for i, condition in enumerate(CONDITIONS):
        events.execute(f"CREATE MATERIALIZED VIEW v{i} AS SELECT v FROM e WHERE {condition}")
    events.execute("UPDATE e SET ts = now() + interval '3 seconds' WHERE v = 2")
    for moment in (0, 1):
        for i, (condition, expected) in enumerate(CONDITIONS.items()):
            rows = events.execute(f"SELECT v FROM v{i} ORDER BY v").fetchall()
            assert [r[0] for r in rows] == expected[moment], condition
        time.sleep(3.6 if moment == 0 else 0)


def test_deletions_leave_views_over_a_clock(events: psycopg.Connection) -> None:
    events.execute("CREATE MATERIALIZED VIEW m AS SELECT v FROM e WHERE ts > date_trunc('hour', now()) - interval '1 day'")
    events.execute("INSERT INTO e VALUES (5, now())")
    events.execute("DELETE FROM e WHERE v = 1")
    assert events.execute("SELECT v FROM m ORDER BY v").fetchall() == [(2,), (5,)]


def test_a_series_up_to_now_grows(connection: psycopg.Connection) -> None:
    connection.execute(
        "CREATE MATERIALIZED VIEW s AS SELECT * FROM generate_series(now() - interval '0 seconds', now(), interval '1 day')"
    )
    connection.execute(
        "CREATE MATERIALIZED VIEW g AS SELECT count(*) AS n FROM generate_series('2020-01-01'::timestamptz, now(), interval '1 year')"
    )
    ((years,),) = connection.execute("SELECT extract(year FROM now())::int - 2019")
    assert connection.execute("SELECT n FROM g").fetchone() == (years,)
    assert connection.execute("SELECT count(*) FROM s").fetchone() == (1,)

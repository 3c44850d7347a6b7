"""Functions that act on sessions: set_config, pg_sleep, pg_cancel_backend, pg_terminate_backend."""

from __future__ import annotations

import select
import threading
import time

import psycopg
import pytest


def test_set_config_takes_parameters_and_acts_each_time(sql: psycopg.Connection) -> None:
    for value in ("first", "second"):
        assert sql.execute("SELECT set_config('application_name', %s, false)", (value,)).fetchone() == (value,)
        assert sql.execute("SELECT current_setting('application_name')").fetchone() == (value,)


def test_current_setting_of_a_column(sql: psycopg.Connection) -> None:
    found = sql.execute("SELECT current_setting(name) FROM pg_settings WHERE name = 'server_encoding'").fetchall()
    assert found == [("UTF8",)]


def test_pg_sleep_waits(sql: psycopg.Connection) -> None:
    start = time.monotonic()
    assert sql.execute("SELECT pg_sleep(0.2), 1").fetchall() == [("", 1)]
    assert time.monotonic() - start >= 0.2


def test_a_sleeping_session_is_cancelled(address: str, sql: psycopg.Connection) -> None:
    with psycopg.connect(address, autocommit=True) as other:
        pid = other.execute("SELECT pg_backend_pid()").fetchone()
        assert pid is not None

        def cancel() -> None:
            asleep = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND state = 'active' AND query LIKE 'SELECT pg_sleep%%'"
            while sql.execute(asleep, pid).fetchone() != (1,):
                time.sleep(0.05)
            sql.execute("SELECT pg_cancel_backend(%s)", pid)

        canceller = threading.Thread(target=cancel)
        canceller.start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            other.execute("SELECT pg_sleep(20)")
        canceller.join()


def test_a_session_is_terminated(address: str, sql: psycopg.Connection) -> None:
    with psycopg.connect(address, autocommit=True) as other:
        pid = other.execute("SELECT pg_backend_pid()").fetchone()
        assert pid is not None
        assert sql.execute("SELECT pg_terminate_backend(%s)", pid).fetchone() == (True,)
        select.select([other.fileno()], [], [], 30)  # until the server has said why
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")
    assert sql.execute("SELECT pg_cancel_backend(0)").fetchone() == (False,)


def test_a_measured_setting_is_a_number_with_its_unit(sql: psycopg.Connection) -> None:
    sql.execute("SET statement_timeout = '7s'")
    found = sql.execute("SELECT setting::numeric, unit FROM pg_settings WHERE name = 'statement_timeout'").fetchall()
    sql.execute("RESET statement_timeout")
    assert found == [(7000, "ms")]
    assert sql.execute("SELECT count(setting::numeric) > 5 FROM pg_settings WHERE name LIKE 'autovacuum_vacuum%'").fetchall()


def test_a_zone_is_given_as_an_interval(sql: psycopg.Connection) -> None:
    for offset, text in (("+02:00", "2024-01-01 02:00:00+02"), ("-03:30", "2023-12-31 20:30:00-03:30")):
        sql.execute(f"SET TIME ZONE INTERVAL '{offset}' HOUR TO MINUTE")
        assert sql.execute("SELECT (timestamptz '2024-01-01 00:00+00')::text").fetchall() == [(text,)]
    sql.execute("RESET TIME ZONE")

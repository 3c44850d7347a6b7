"""What pg_locks, pg_stat_activity and their kin tell of what goes on, and advisory locks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from sqllogictest.engines import Sabot


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    engine = Sabot(None)
    try:
        with psycopg.connect(engine.address, autocommit=True) as connection:
            connection.execute("CREATE TABLE t (a int PRIMARY KEY, b int)")
            connection.execute("INSERT INTO t VALUES (1, 1), (2, 2)")
        yield engine.address
    finally:
        engine.close()


def until(connection: psycopg.Connection, query: str, expected: object) -> None:
    deadline = time.monotonic() + 20
    while (found := connection.execute(query).fetchall()) != expected:
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def one(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(query).fetchone()
    return row[0] if row is not None else None


def test_a_writer_and_who_waits_for_it(address: str) -> None:
    with psycopg.connect(address) as writer, psycopg.connect(address, autocommit=True) as waiter, psycopg.connect(address, autocommit=True) as looker:
        writer.execute("UPDATE t SET b = 5 WHERE a = 1")
        held = "SELECT mode, granted FROM pg_locks WHERE relation = 't'::regclass AND pid <> pg_backend_pid()"
        assert looker.execute(held).fetchall() == [("RowExclusiveLock", True)]
        pid, waiting = writer.info.backend_pid, waiter.info.backend_pid
        activity = f"SELECT state, wait_event_type, wait_event, query, xact_start <= now() FROM pg_stat_activity WHERE pid = {pid}"
        assert looker.execute(activity).fetchall() == [("idle in transaction", "Client", "ClientRead", "UPDATE t SET b = 5 WHERE a = 1", True)]
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(waiter.execute, "UPDATE t SET b = 6 WHERE a = 1")
            until(looker, f"SELECT wait_event_type, wait_event, state FROM pg_stat_activity WHERE pid = {waiting}", [("Lock", "transactionid", "active")])
            assert one(looker, f"SELECT pg_blocking_pids({waiting})") == [pid]
            assert looker.execute("SELECT pid, mode FROM pg_locks WHERE NOT granted").fetchall() == [(waiting, "ShareLock")]
            writer.rollback()
            done.result(20)
        assert one(looker, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 0
        assert one(looker, "SELECT b FROM t WHERE a = 1") == 6


def test_advisory_locks_of_sessions(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as first, psycopg.connect(address, autocommit=True) as second:
        assert one(first, "SELECT pg_try_advisory_lock(7)") is True
        assert one(first, "SELECT pg_try_advisory_lock(7)") is True
        assert one(second, "SELECT pg_try_advisory_lock(7)") is False
        assert one(second, "SELECT pg_try_advisory_lock(0, 7)") is True
        assert second.execute("SELECT locktype, classid, objid, objsubid, mode, granted FROM pg_locks WHERE locktype = 'advisory' ORDER BY objsubid").fetchall() == [
            ("advisory", 0, 7, 1, "ExclusiveLock", True), ("advisory", 0, 7, 2, "ExclusiveLock", True),
        ]  # fmt: skip
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(second.execute, "SELECT pg_advisory_lock(%s)", (7,))
            until(first, f"SELECT wait_event FROM pg_stat_activity WHERE pid = {second.info.backend_pid}", [("advisory",)])
            assert one(first, f"SELECT pg_blocking_pids({second.info.backend_pid})") == [first.info.backend_pid]
            assert one(first, "SELECT pg_advisory_unlock(7)") is True
            assert not done.done()
            assert one(first, "SELECT pg_advisory_unlock(7)") is True
            done.result(20)
        assert one(first, "SELECT pg_advisory_unlock(7)") is False  # with a warning
        second.execute("SELECT pg_advisory_unlock_all()")
        assert one(first, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


def test_advisory_locks_end_with_their_transaction_or_session(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as first:
        with psycopg.connect(address) as second:
            second.execute("SELECT pg_advisory_xact_lock(8)")
            second.execute("SELECT pg_advisory_lock_shared(9)")
            assert one(first, "SELECT pg_try_advisory_xact_lock(8)") is False
            assert one(first, "SELECT pg_try_advisory_lock_shared(9)") is True
            assert one(first, "SELECT pg_try_advisory_lock(9)") is False
            second.commit()
            assert one(first, "SELECT pg_try_advisory_xact_lock(8)") is True
            assert one(first, "SELECT pg_advisory_unlock_shared(9)") is True
            assert one(first, "SELECT pg_try_advisory_lock(9)") is False
        until(first, "SELECT pg_try_advisory_lock(9)", [(True,)])


def test_advisory_deadlocks_and_time_limits(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as first, psycopg.connect(address, autocommit=True) as second:
        first.execute("SELECT pg_advisory_lock(1)")
        second.execute("SELECT pg_advisory_lock(2)")
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(first.execute, "SELECT pg_advisory_lock(2)")
            until(second, f"SELECT wait_event FROM pg_stat_activity WHERE pid = {first.info.backend_pid}", [("advisory",)])
            with pytest.raises(psycopg.errors.DeadlockDetected):
                second.execute("SELECT pg_advisory_lock(1)")
                done.result(20)
            second.execute("SELECT pg_advisory_unlock_all()")
            if done.exception(20) is None:
                first.execute("SELECT pg_advisory_unlock(2)")
        second.execute("SET lock_timeout TO '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            second.execute("SELECT pg_advisory_lock(1)")


def test_counters(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE counted (a int PRIMARY KEY, b int)")
        connection.execute("INSERT INTO counted SELECT n, n FROM generate_series(1, 10) n")
        connection.execute("UPDATE counted SET b = 0 WHERE a <= 4")
        connection.execute("DELETE FROM counted WHERE a = 9")
        connection.execute("SELECT * FROM counted WHERE a = 1")
        found = connection.execute("SELECT n_tup_ins, n_tup_upd, n_tup_del, n_live_tup, idx_scan > 0 FROM pg_stat_user_tables WHERE relname = 'counted'")
        assert found.fetchall() == [(10, 4, 1, 9, True)]
        before = one(connection, "SELECT xact_rollback FROM pg_stat_database")
        connection.execute("BEGIN; ROLLBACK")
        assert one(connection, "SELECT xact_rollback FROM pg_stat_database") == before + 1  # type: ignore[operator]
        assert one(connection, "SELECT xact_commit > 5 AND tup_inserted >= 12 AND numbackends >= 1 FROM pg_stat_database") is True
        assert one(connection, "SELECT pg_postmaster_start_time() < now()") is True


def test_rules_of_who_may_connect(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        rules = connection.execute("SELECT type, database, user_name, address, netmask, auth_method, error FROM pg_hba_file_rules ORDER BY line_number").fetchall()
    assert rules == [
        ("host", ["all"], ["all"], "127.0.0.1", "255.255.255.255", "trust", None),
        ("host", ["all"], ["all"], "::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "trust", None),
        ("host", ["all"], ["all"], "all", None, "scram-sha-256", None),
    ]


def test_functions_of_the_session_over_rows(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection, psycopg.connect(address, autocommit=True, application_name="idler") as idler:
        ending = "SELECT pid, pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE application_name = %s AND pid <> pg_backend_pid()"
        assert connection.execute(ending, ("idler",)).fetchall() == [(idler.info.backend_pid, True)]
        until(connection, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'idler'", [(0,)])
        assert connection.execute(ending, ("idler",)).fetchall() == []
        assert connection.execute("SELECT pg_try_advisory_lock(n) FROM generate_series(20, 22) n").fetchall() == [(True,)] * 3
        assert one(connection, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid BETWEEN 20 AND 22") == 3
        assert connection.execute("SELECT pid = pg_backend_pid(), pg_blocking_pids(pid) FROM pg_stat_activity WHERE pid = pg_backend_pid()").fetchall() == [(True, [])]
        with pytest.raises(psycopg.errors.AdminShutdown):
            connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

"""Results that are read while they are made: bounded in memory, whole and in order, with errors and cancels in the middle."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psutil
import psycopg
import pytest

from sqllogictest.engines import Sabot
from tests.bench.wire import unread

from .test_waiting import rest_of

MEMORY_MB = 8


@pytest.fixture(scope="module")
def engine() -> Iterator[Sabot]:
    found = Sabot(options=("--result-memory", str(MEMORY_MB)), environment={"SABOT_RESULT_AHEAD_MB": "16"})
    try:
        with psycopg.connect(found.address, autocommit=True) as c:
            c.execute("CREATE TABLE t (k int PRIMARY KEY, v text)")
            c.execute("INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(1, 100000) g")
        yield found
    finally:
        found.close()


@pytest.fixture
def client(engine: Sabot) -> Iterator[psycopg.Connection]:
    with psycopg.connect(engine.address, autocommit=True) as connection:
        yield connection


def memory(engine: Sabot) -> float:
    return psutil.Process(engine.pid).memory_info().rss / 1e6


def test_all_rows_come_in_their_order(client: psycopg.Connection) -> None:
    with client.cursor() as cursor, cursor.copy("COPY (SELECT g FROM generate_series(1, 3000000) g) TO STDOUT") as copy:
        text = b"".join(bytes(part) for part in copy)
    assert text == b"".join(b"%d\n" % g for g in range(1, 3_000_001))


def test_a_reader_far_behind_is_waited_for(engine: Sabot, client: psycopg.Connection) -> None:
    before = memory(engine)
    with unread(engine.address, "SELECT g, repeat('y', 100) FROM generate_series(1, 9000000000) g") as s:
        time.sleep(2.0)
        assert memory(engine) - before < 60
        assert client.execute("SELECT 1").fetchone() == (1,)
        s.settimeout(5)
        assert len(s.recv(65536)) > 100
    for _ in range(100):
        if client.execute("SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active'").fetchone() == (0,):
            break
        time.sleep(0.05)
    assert client.execute("SELECT sum(g) FROM generate_series(1, 100000) g").fetchone() == (5000050000,)


def test_rows_read_are_those_of_the_beginning(engine: Sabot, client: psycopg.Connection) -> None:
    with unread(engine.address, "SELECT k, v FROM t") as s:
        time.sleep(0.3)
        client.execute("UPDATE t SET v = 'changed'")
        try:
            found = rest_of(s)
            assert found.count(b"x" * 100) == 100_000 and b"changed" not in found
        finally:
            client.execute("UPDATE t SET v = repeat('x', 100)")


def test_an_error_behind_the_first_rows(client: psycopg.Connection) -> None:
    sql = "SELECT 1 / (2000000 - g) FROM generate_series(1, 3000000) g"
    with pytest.raises(psycopg.errors.DivisionByZero):
        client.execute(sql)
    assert client.execute("SELECT 1").fetchone() == (1,)
    with client.transaction(), client.cursor("c") as cursor:
        cursor.execute(sql)
        assert cursor.fetchmany(1000) == [(0,)] * 1000
        with pytest.raises(psycopg.errors.DivisionByZero):
            while cursor.fetchmany(100_000):
                pass
        client.execute("ROLLBACK")
    assert client.execute("SELECT 2").fetchone() == (2,)


def test_the_first_rows_of_an_endless_result(client: psycopg.Connection) -> None:
    for _ in range(20):  # more than there are threads to make them
        with client.transaction(), client.cursor("c") as cursor:
            cursor.execute("SELECT g FROM generate_series(1, 9000000000) g")
            assert cursor.fetchmany(3) == [(1,), (2,), (3,)]
            assert len(cursor.fetchmany(500_000)) == 500_000


def test_a_cancel_amid_the_rows(client: psycopg.Connection) -> None:
    wire = client.pgconn
    wire.send_query_params(b"SELECT g FROM generate_series(1, 9000000000) g", None)
    wire.set_single_row_mode()
    for n in range(1000):
        row = wire.get_result()
        assert row is not None and row.get_value(0, 0) == b"%d" % (n + 1)
    client.cancel_safe()
    while (row := wire.get_result()) is not None and row.status == psycopg.pq.ExecStatus.SINGLE_TUPLE:
        pass
    assert row is not None and row.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"57014"
    while wire.get_result() is not None:
        pass
    assert client.execute("SELECT 1").fetchone() == (1,)


def test_a_timeout_counts_while_rows_are_waited_for_only(client: psycopg.Connection) -> None:
    slow = "SELECT g FROM generate_series(1, 9000000000) g WHERE g < 400000 OR g > 8000000000"
    client.execute("SET statement_timeout = '300ms'")
    with client.transaction():
        client.execute("DECLARE c CURSOR FOR " + slow)  # type: ignore[call-overload]
        time.sleep(0.5)
        assert len(client.execute("FETCH 300000 FROM c").fetchall()) == 300_000
        with pytest.raises(psycopg.errors.QueryCanceled):
            client.execute("FETCH 200000 FROM c")
        client.execute("ROLLBACK")
    client.execute("SET statement_timeout = 0")


def test_cursors_walk_over_large_results(client: psycopg.Connection) -> None:
    query = "SELECT g, repeat('z', 50) FROM generate_series(1, 600000) g"
    with client.transaction():
        client.execute(f"DECLARE c SCROLL CURSOR FOR {query}")  # type: ignore[call-overload]
        client.execute(f"DECLARE d CURSOR WITH HOLD FOR {query}")  # type: ignore[call-overload]
        assert client.execute("MOVE LAST IN c").statusmessage == "MOVE 1"
        assert client.execute("FETCH PRIOR FROM c").fetchone() == (599_999, "z" * 50)
        assert client.execute("FETCH ABSOLUTE 300000 FROM c").fetchone() == (300_000, "z" * 50)
        assert client.execute("MOVE 100000 IN d").statusmessage == "MOVE 100000"
    assert [g for g, _ in client.execute("FETCH ALL FROM d").fetchall()] == list(range(100_001, 600_001))
    client.execute("CLOSE d")


def test_numbers_drawn_are_durable_before_they_are_shown(client: psycopg.Connection) -> None:
    client.execute("CREATE SEQUENCE s")
    rows = client.execute("SELECT nextval('s') FROM generate_series(1, 500000)").fetchall()
    assert rows == [(n,) for n in range(1, 500_001)]
    assert client.execute("SELECT last_value FROM s").fetchone() == (500_000,)


def test_a_block_runs_what_it_does_not_read(client: psycopg.Connection) -> None:
    client.execute("CREATE SEQUENCE drawn")
    client.execute("DO $$ BEGIN PERFORM nextval('drawn') FROM generate_series(1, 400000); END $$")
    assert client.execute("SELECT last_value FROM drawn").fetchone() == (400_000,)

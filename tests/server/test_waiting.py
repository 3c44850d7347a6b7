"""Readers that do not read: what waits for them is bounded, whole when they do read, and in nobody's way."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import psycopg
import pytest

from sqllogictest.engines import Sabot
from tests.bench.wire import unread

ROWS = 60_000
MEMORY_MB = 8


@pytest.fixture(scope="module")
def small() -> Iterator[Sabot]:
    engine = Sabot(options=("--result-memory", str(MEMORY_MB)))
    try:
        with psycopg.connect(engine.address, autocommit=True) as connection:
            connection.execute("CREATE TABLE big (k int PRIMARY KEY, v text)")
            connection.execute(f"INSERT INTO big SELECT g, repeat('x', 200) || g FROM generate_series(1, {ROWS}) g")  # type: ignore[call-overload]
            connection.execute("CREATE TABLE other (k int PRIMARY KEY, v int)")
        yield engine
    finally:
        engine.close()


@pytest.fixture
def client(small: Sabot) -> Iterator[psycopg.Connection]:
    with psycopg.connect(small.address, autocommit=True) as connection:
        yield connection


def memory(engine: Sabot) -> float:
    return psutil.Process(engine.pid).memory_info().rss / 1e6


def read_whole(address: str, sql: str) -> None:
    with unread(address, sql) as s:
        rest_of(s)


def rest_of(s, seconds: float = 30.0) -> bytes:
    """What the server has still to say, up to ReadyForQuery."""
    s.settimeout(seconds)
    parts, tail = [], b""
    while not tail.endswith(b"Z\0\0\0\5I"):
        data = s.recv(1 << 20)
        if not data:
            break
        parts.append(data)
        tail = (tail + data)[-6:]
    return b"".join(parts)


def copied_lines(s) -> Iterator[bytes]:
    """The lines of the CopyData messages as they come: lengths of messages may hold the bytes of line ends."""
    got = b""
    while True:
        while len(got) < 5 or len(got) < 1 + int.from_bytes(got[1:5], "big"):
            data = s.recv(1 << 20)
            assert data, "the server goes on with the subscription"
            got += data
        end = 1 + int.from_bytes(got[1:5], "big")
        if got[:1] == b"d":
            yield from got[5:end].splitlines()
        got = got[end:]


QUERIES = [
    "SELECT k, v FROM big", "SELECT k, v FROM big ORDER BY k", "COPY big TO STDOUT", "COPY (SELECT * FROM big) TO STDOUT (FORMAT csv)",
    "INSERT INTO other SELECT k, k FROM big ON CONFLICT (k) DO UPDATE SET v = 1 RETURNING k, repeat('x', 200) || k",
]  # fmt: skip


@pytest.mark.parametrize("sql", QUERIES)
def test_a_result_that_waits_is_on_disk_beyond_the_limit_and_whole_when_it_is_read(small: Sabot, client: psycopg.Connection, sql: str) -> None:
    with ThreadPoolExecutor(4) as pool:  # what executing needs is no result that waits
        list(pool.map(lambda _: read_whole(small.address, sql), range(8)))
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(unread(small.address, sql))
        time.sleep(1.0)
        before = memory(small)
        for _ in range(7):
            stack.enter_context(unread(small.address, sql))
            time.sleep(0.15)
        time.sleep(1.0)
        grown = memory(small) - before
        if not sql.startswith("INSERT"):  # rows that are written need memory of their own
            assert grown < 60, "seven results of 12 MB are not in memory"
        marker = f"later {QUERIES.index(sql)}"
        client.execute("UPDATE big SET v = v || %s WHERE k = 7", (marker,))
        found = rest_of(first)
        for k in (1, 2, ROWS // 2, ROWS):
            assert f"{'x' * 200}{k}".encode() in found
        assert found.count(b"x" * 200) == ROWS and marker.encode() not in found


def test_an_open_cursor_waits_on_disk_too(small: Sabot, client: psycopg.Connection) -> None:
    for scroll in ("", "SCROLL"):
        with client.transaction():
            for n in range(6):
                client.execute(f"DECLARE c{n} {scroll} CURSOR FOR SELECT k, v FROM big ORDER BY k")  # type: ignore[call-overload]
            for n in range(6):
                got: list[int] = []
                while rows := client.execute(f"FETCH 7000 FROM c{n}").fetchall():  # type: ignore[call-overload]
                    got += [k for k, _ in rows]
                assert got == list(range(1, ROWS + 1))
            if scroll:
                assert [k for k, _ in client.execute("FETCH BACKWARD 3 FROM c0").fetchall()] == [ROWS, ROWS - 1, ROWS - 2]
                assert [k for k, _ in client.execute("FETCH ABSOLUTE 31000 FROM c0").fetchall()] == [31000]
                assert len(client.execute("FETCH BACKWARD ALL FROM c0").fetchall()) == 30999


def test_a_subscriber_that_does_not_read_is_ended_and_others_are_not(small: Sabot, client: psycopg.Connection) -> None:
    client.execute("DELETE FROM other")
    with contextlib.ExitStack() as stack:
        slow = stack.enter_context(unread(small.address, "SET subscription_memory = '4MB'; COPY (SUBSCRIBE big) TO STDOUT"))
        quick = psycopg.connect(small.address, autocommit=True)
        stack.enter_context(quick)
        quick.execute("BEGIN")
        quick.execute("DECLARE c CURSOR FOR SUBSCRIBE other")
        time.sleep(0.5)
        for n in range(60):
            client.execute("UPDATE big SET v = left(v, 200) || 'z' WHERE k %% 30 = %s", (n % 30,))
        before, worst = memory(small), 0.0
        for n in range(30):
            began = time.monotonic()
            client.execute("UPDATE big SET v = left(v, 200) || 'z' WHERE k %% 30 = %s", (n,))
            client.execute("INSERT INTO other VALUES (%s, %s)", (n, n))
            worst = max(worst, time.monotonic() - began)
        assert memory(small) - before < 160 and worst < 15  # the memtable of the log grows up to 64 MB beside it
        told = quick.execute("FETCH ALL FROM c WITH (timeout = '1s')").fetchall()
        assert sorted(row[2] for row in told) == list(range(30))
        assert b"53400" in rest_of(slow), "the reader is told why its subscription ended"


def test_changes_within_the_limit_all_come(small: Sabot, client: psycopg.Connection) -> None:
    client.execute("DELETE FROM other")
    with unread(small.address, "COPY (SUBSCRIBE other) TO STDOUT") as s:
        time.sleep(0.3)
        for n in range(200):
            client.execute("INSERT INTO other SELECT g, g FROM generate_series(%s::int, %s::int) g", (n * 100, n * 100 + 99))
        s.settimeout(60)
        lines = list(itertools.islice(copied_lines(s), 20_000))
    keys = [int(line.split(b"\t")[2]) for line in lines]
    assert (len(keys), min(keys), max(keys), len(set(keys))) == (20_000, 0, 19_999, 20_000)


def test_the_limits_can_be_seen_and_set(client: psycopg.Connection) -> None:
    assert client.execute("SHOW result_memory").fetchone() == (f"{MEMORY_MB}MB",)
    with pytest.raises(psycopg.errors.CantChangeRuntimeParam):
        client.execute("SET result_memory = '1GB'")
    client.execute("SET subscription_memory = '16MB'")
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        client.execute("SET subscription_memory = 'much'")

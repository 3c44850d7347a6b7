"""Whoever reads does not wait for a statement that changes many rows, and sees all of it or nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from ..serving import Served

ROWS = 400_000
QUERIES = (
    "SELECT 1",
    "SELECT * FROM aside",
    "SELECT count(*), sum(v) FROM t",
    "SELECT sum(n), sum(s) FROM by_group",
    "SELECT v FROM t WHERE k = 77",
    "SELECT n, s FROM by_group WHERE g = 7",
    "SELECT t.v FROM aside JOIN t ON t.k = aside.a WHERE aside.a = 1",
)


@pytest.fixture(scope="module")
def filled() -> Iterator[Served]:
    server = Served(None)
    server.run("CREATE TABLE t (k int PRIMARY KEY, g int, v int)")
    server.run("CREATE TABLE aside (a int)")
    server.run("INSERT INTO aside VALUES (1)")
    server.run("CREATE MATERIALIZED VIEW by_group AS SELECT g, count(*) AS n, sum(v) AS s FROM t GROUP BY g")
    server.run(f"INSERT INTO t SELECT x, x % 100, 1 FROM generate_series(1, {ROWS}) x")
    yield server
    server.close()


@pytest.mark.parametrize("in_transaction", [False, True])
def test_reads_see_the_epoch_before(filled: Served, in_transaction: bool) -> None:
    with psycopg.connect(filled.engine.address, autocommit=True) as writer:
        def change() -> None:
            if in_transaction:
                writer.execute("BEGIN")
            writer.execute("UPDATE t SET v = v + 1")
            if in_transaction:
                writer.execute("COMMIT")

        with psycopg.connect(filled.engine.address, autocommit=True) as reader:
            def answers() -> list[list[tuple[object, ...]]]:
                return [reader.execute(q).fetchall() for q in QUERIES]

            before = answers()
            thread = threading.Thread(target=change)
            thread.start()
            seen = []
            while thread.is_alive():
                seen.append(answers())
            after = answers()
    assert len(seen) > 2, "they were answered beside the statement"
    for at, (old, new) in enumerate(zip(before, after, strict=True)):
        found = [row[at] for row in seen]
        assert all(f in (old, new) for f in found)
        assert found == sorted(found, key=lambda f: f == new and old != new), "time does not go back"


def test_one_row_of_a_key_does_not_wait(filled: Served) -> None:
    filled.run("CREATE TABLE keyed (k int PRIMARY KEY, v int)")
    filled.run("INSERT INTO keyed VALUES (1, 10), (2, 20)")
    with psycopg.connect(filled.engine.address, autocommit=True) as writer:
        thread = threading.Thread(target=lambda: [writer.execute("UPDATE t SET v = v + 1") for _ in range(3)])
        thread.start()
        answered = 0
        while thread.is_alive():
            assert filled.run("SELECT v FROM keyed WHERE k = 2") == [(20,)]
            assert len(filled.run("SELECT v FROM t WHERE k = 5")) == 1
            answered += 1
        thread.join()
    assert answered > 20, "each took a moment, whatever the statements took"
    filled.run("DROP TABLE keyed")


def test_what_a_session_has_changed_it_sees_at_once(filled: Served) -> None:
    with psycopg.connect(filled.engine.address, autocommit=True) as writer:
        thread = threading.Thread(target=lambda: writer.execute("UPDATE t SET v = v + 1 WHERE k % 2 = 0"))
        thread.start()
        for number in range(2, 30):
            filled.run(f"INSERT INTO aside VALUES ({number})")
            assert filled.run("SELECT count(*) FROM aside") == [(number,)]
        thread.join()

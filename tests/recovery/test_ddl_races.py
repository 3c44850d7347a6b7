"""Definitions that change while others write: every acknowledged row is there once, in the table and in the views."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ..serving import Served


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path / "data")
    made.run("CREATE TABLE t (a int)")
    made.run("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n, sum(a) AS total FROM t")
    yield made
    made.close()


def test_alter_table_waits_for_open_transactions(server: Served) -> None:
    altered = threading.Event()

    def alter() -> None:
        server.run("ALTER TABLE t ADD COLUMN b int DEFAULT 5")
        altered.set()

    with psycopg.connect(server.engine.address) as open_one:
        open_one.execute("INSERT INTO t VALUES (1)")
        thread = threading.Thread(target=alter)
        thread.start()
        assert not altered.wait(0.5)
        open_one.commit()
        thread.join(60)
    assert altered.is_set()
    assert server.run("SELECT * FROM t") == [(1, 5)]
    assert server.run("SELECT * FROM v") == [(1, 1)]


def test_a_transaction_alters_what_it_has_written(server: Served) -> None:
    with psycopg.connect(server.engine.address) as one:
        one.execute("INSERT INTO t VALUES (1)")
        one.execute("ALTER TABLE t ADD COLUMN b int DEFAULT 5")
        one.execute("UPDATE t SET b = 6")
        one.execute("INSERT INTO t VALUES (2, 7)")
        one.commit()
    server.kill()
    assert sorted(server.run("SELECT * FROM t")) == [(1, 6), (2, 7)]
    assert server.run("SELECT * FROM v") == [(2, 3)]


@pytest.mark.slow
def test_writers_go_on(server: Served) -> None:
    counts, errors, stopping = [0] * 3, [], threading.Event()

    def write(number: int) -> None:
        with psycopg.connect(server.engine.address, autocommit=True) as connection:
            connection.prepare_threshold = 0
            while not stopping.is_set():
                try:
                    connection.execute("INSERT INTO t (a) VALUES (%s)", (number,))
                    counts[number] += 1
                except psycopg.Error as e:
                    errors.append(e)

    writers = [threading.Thread(target=write, args=(i,)) for i in range(3)]
    for writer in writers:
        writer.start()
    query = "SELECT a, count(*) FROM t GROUP BY a"
    for k in range(8):
        server.run(f"ALTER TABLE t ADD COLUMN c{k} int DEFAULT {k}")
        server.run(f"CREATE MATERIALIZED VIEW w{k} AS {query}")
        server.run(f"ALTER MATERIALIZED VIEW w{k} RENAME TO x{k}")
        time.sleep(0.05)
    stopping.set()
    for writer in writers:
        writer.join(60)
    assert errors == []
    for _ in range(2):
        assert server.run("SELECT count(*) FROM t") == [(sum(counts),)]
        for view in [f"x{k}" for k in range(8)]:
            assert sorted(server.run(f"SELECT * FROM {view}")) == sorted(server.run(query)) == sorted(enumerate(counts))
        server.kill()

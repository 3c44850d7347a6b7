"""Views and sinks whose operators are cut into parts."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from ..serving import Served

QUERY = """
SELECT a.g, count(*) AS n, sum(a.v + b.v) AS s, max(b.v) AS m
FROM a JOIN b ON a.k = b.k GROUP BY a.g
"""


def same(server: Served, view: str, query: str) -> bool:
    return sorted(server.run(f"SELECT * FROM {view}")) == sorted(server.run(query)) != []


def test_a_view_in_parts_is_right_after_large_steps_small_ones_and_a_kill(tmp_path: Path) -> None:
    server = Served(tmp_path)
    try:
        server.run("CREATE TABLE a (k INT, g INT, v INT); CREATE TABLE b (k INT PRIMARY KEY, v INT)")
        server.run("SET streaming_parallelism = 3")
        server.run(f"CREATE MATERIALIZED VIEW totals AS {QUERY}")
        server.run("INSERT INTO b SELECT i, i % 7 FROM generate_series(1, 6000) i")
        server.run("INSERT INTO a SELECT i % 6000, i % 13, i FROM generate_series(1, 20000) i")
        server.run("RESET streaming_parallelism")
        server.run("CREATE MATERIALIZED VIEW lags WITH (parallelism = 2) AS"
                   " SELECT g, v, lag(v) OVER (PARTITION BY g ORDER BY v) AS before FROM a")
        assert same(server, "totals", QUERY)
        server.kill()
        server.run("UPDATE b SET v = v + 1 WHERE k < 100")
        server.run("DELETE FROM a WHERE v % 3 = 0")
        assert same(server, "totals", QUERY)
        assert same(server, "lags", "SELECT g, v, lag(v) OVER (PARTITION BY g ORDER BY v) FROM a")
        parts = server.run("SELECT name, partitions FROM sabot.jobs ORDER BY name")
        assert parts == [("lags", 2), ("totals", 3)]
    finally:
        server.close()


def test_parallelism_is_a_number_or_left_to_the_server(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE p (k INT)")
    for value in ("adaptive", "default", "0"):
        connection.execute(f"SET streaming_parallelism = {value}")
        connection.execute(f"CREATE MATERIALIZED VIEW p_{value} AS SELECT k, count(*) FROM p GROUP BY k")
    found = connection.execute("SELECT DISTINCT partitions FROM sabot.jobs WHERE name LIKE 'p\\_%'").fetchall()
    assert found == [(1,)]
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        connection.execute("CREATE MATERIALIZED VIEW many WITH (parallelism = 1000) AS SELECT k FROM p")

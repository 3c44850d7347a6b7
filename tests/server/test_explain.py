"""EXPLAIN: plans as text and JSON, the state of a view before it is there, and what operators have done."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest


@pytest.fixture
def tables(connection: psycopg.Connection) -> psycopg.Connection:
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, g int, v int)")
    connection.execute("CREATE TABLE u (id int, w int)")
    connection.execute("INSERT INTO t SELECT i, i % 5, i FROM generate_series(1, 100) i")
    connection.execute("INSERT INTO u SELECT i, i FROM generate_series(1, 10) i")
    return connection


def lines(connection: psycopg.Connection, sql: str) -> list[str]:
    return [row[0] for row in connection.execute(sql).fetchall()]  # type: ignore[arg-type]


def plan(connection: psycopg.Connection, sql: str) -> dict[str, Any]:
    (found,) = connection.execute(sql).fetchone()  # type: ignore[arg-type, misc]
    return found[0]  # type: ignore[no-any-return]


def test_the_state_of_a_view_is_told_before_it_is_created(tables: psycopg.Connection) -> None:
    query = "SELECT g, count(DISTINCT w), min(w), sum(v) FROM t JOIN u USING (id) WHERE v > 3 GROUP BY g"
    assert lines(tables, f"EXPLAIN CREATE MATERIALIZED VIEW x AS {query}") == [
        "Materialize x",
        "  - state: the rows of the view, keyed by (g); at most what comes of the rows of t (100 now), u (10 now)",
        "  Aggregate by (g): count(DISTINCT w), min(w), sum(v)",
        "    - state: a row per group, keyed by (g); at most what comes of the rows of t (100 now), u (10 now)",
        "    - state: count: the distinct values of each group; at most what comes of the rows of t (100 now), u (10 now)",
        "    - state: min: the values of each group in order; at most what comes of the rows of t (100 now), u (10 now)",
        "    Join inner on (id = id)",
        "      - state: left rows keyed by (id); at most the rows of t (100 now)",
        "      - state: right rows keyed by (id); at most the rows of u (10 now)",
        "      Map (id, g, v) where (v > 3)",
        "        Scan t (id, g, v)",
        "      Scan u (id, w)",
    ]


def test_a_source_bounds_nothing_but_a_temporal_filter_does(tables: psycopg.Connection) -> None:
    tables.execute("CREATE SOURCE s (id int, at timestamptz) WITH (connector = 'datagen')")
    first = lines(tables, "EXPLAIN CREATE MATERIALIZED VIEW x AS SELECT DISTINCT id FROM s")[1]
    assert first.endswith("at most the rows of s, without bound: a source never ends")
    query = "SELECT DISTINCT id FROM s WHERE at > now() - INTERVAL '1 hour'"
    assert lines(tables, f"EXPLAIN CREATE MATERIALIZED VIEW x AS {query}")[1].endswith("at most the rows of s")


def test_a_running_view_tells_what_it_has_done(tables: psycopg.Connection) -> None:
    tables.execute("CREATE MATERIALIZED VIEW x AS SELECT g, sum(w) FROM t JOIN u USING (id) GROUP BY g")
    tables.execute("INSERT INTO u VALUES (20, 20)")
    found = plan(tables, "EXPLAIN (ANALYZE, FORMAT JSON) MATERIALIZED VIEW x")["Plan"]
    assert (found["Status"], found["Rows"]) == ("running", 5)
    aggregate = found["Plans"][0]
    join = aggregate["Plans"][0]
    assert (join["Actual"]["rows out"], join["Actual"]["state rows"]) == (11, 111)
    assert aggregate["Actual"]["cpu ms"] > 0
    assert lines(tables, "EXPLAIN ANALYZE MATERIALIZED VIEW x")[0] == "Materialized view x"


def test_analyze_runs_a_query(tables: psycopg.Connection) -> None:
    found = plan(tables, "EXPLAIN (ANALYZE, COSTS off, FORMAT JSON) SELECT g FROM t WHERE v = 3")
    assert found["Plan"]["Actual"]["rows out"] == 1
    assert found["Execution Time"] > 0 and found["Planning Time"] > 0


def test_a_prepared_statement_is_explained_with_its_parameters(tables: psycopg.Connection) -> None:
    tables.execute("PREPARE p AS SELECT v FROM t WHERE id = $1")
    assert lines(tables, "EXPLAIN EXECUTE p(3)") == ["Map (v) where (id = $1)", "  Scan t (id, v)"]
    assert lines(tables, "EXPLAIN ANALYZE EXECUTE p(3)")[0] == "Map (v) where (id = 3)"


@pytest.mark.parametrize(("sql", "sqlstate"), [
    ("EXPLAIN (nonsense) SELECT 1", "42601"),
    ("EXPLAIN (FORMAT DOT) SELECT 1", "22023"),
    ("EXPLAIN ANALYZE DELETE FROM t", "0A000"),
    ("EXPLAIN ANALYZE MATERIALIZED VIEW nowhere", "42P01"),
    ("EXPLAIN ANALYZE MATERIALIZED VIEW t", "42809"),
    ("EXPLAIN EXECUTE nowhere", "26000"),
])  # fmt: skip
def test_refused(tables: psycopg.Connection, sql: str, sqlstate: str) -> None:
    with pytest.raises(psycopg.Error) as caught:
        tables.execute(sql)
    assert caught.value.sqlstate == sqlstate

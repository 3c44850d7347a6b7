"""Apache Superset's way through a database, without Superset: a new connection for each request, SQLAlchemy underneath, charts
over a live view."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import Any

import pytest

from .conftest import Address

sa = pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed")
pytest.importorskip("psycopg2", reason="psycopg2 is not installed")


def ask(address: Address, *statements: str) -> list[tuple[Any, ...]]:
    """A request: connect, choose the schema, run, leave. The rows of the last statement."""
    engine = sa.create_engine(address.url("postgresql+psycopg2"), poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        for statement in ('set search_path = "depot"', *statements):
            cursor.execute(statement)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        connection.connection.commit()
    engine.dispose()
    return rows


def test_the_schemas_and_datasets_are_found(address: Address) -> None:
    engine = sa.create_engine(address.url("postgresql+psycopg2"), poolclass=sa.pool.NullPool)
    inspector = sa.inspect(engine)
    assert "depot" in inspector.get_schema_names()
    assert {"part", "move"} <= set(inspector.get_table_names("depot"))
    assert {"heavy"} <= set(inspector.get_view_names("depot"))
    assert [c["name"] for c in inspector.get_columns("totals", "depot")] == ["part_id", "moves", "amount"]
    with pytest.raises(sa.exc.OperationalError, match="does not exist"):  # it takes the schema's name for a database
        sa.create_engine(address.url("postgresql+psycopg2").replace("/dev", "/depot")).connect()


def test_a_dataset_is_sampled(address: Address) -> None:
    assert ask(address, "SELECT *\nFROM (SELECT part_id, name FROM part) AS virtual_table\nORDER BY part_id\nLIMIT 2") == [
        (1, "bolt"), (2, "beam")
    ]  # fmt: skip
    assert ask(address, "SELECT COUNT(*) AS rowcount\nFROM depot.part") == [(3,)]


def test_a_chart_over_time(address: Address) -> None:
    chart = """SELECT DATE_TRUNC('month', moved_at) AS moved_at, sum(amount) AS "SUM(amount)", COUNT(DISTINCT part_id) AS parts
FROM depot.move
WHERE moved_at >= TO_TIMESTAMP('2024-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')
  AND moved_at < TO_TIMESTAMP('2025-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')
GROUP BY DATE_TRUNC('month', moved_at)
ORDER BY "SUM(amount)" DESC
LIMIT 10000"""
    assert ask(address, chart) == [(dt.datetime(2024, 5, 1), 14, 2)]


def test_a_table_chart_with_its_most_frequent_values(address: Address) -> None:
    chart = """SELECT name AS name, sum(weight) AS "Weight"
FROM depot.part JOIN (SELECT name AS name__, sum(weight) AS mme_inner__ FROM depot.part
    GROUP BY name ORDER BY mme_inner__ DESC NULLS LAST LIMIT 1) AS series_limit ON name = name__
WHERE good IN (true, false) OR good IS NULL
GROUP BY name ORDER BY "Weight" DESC NULLS LAST LIMIT 50"""
    assert [row[0] for row in ask(address, chart)] == ["beam"]


def test_a_chart_of_a_live_view_follows_the_rows(address: Address) -> None:
    chart = "SELECT part_id AS part_id, max(amount) AS amount\nFROM depot.totals\nWHERE part_id = 2 GROUP BY part_id LIMIT 100"
    assert ask(address, chart) == [(2, 7)]
    ask(address, "INSERT INTO depot.move VALUES (99, 2, 5, now()) RETURNING move_id")
    assert ask(address, chart) == [(2, 12)]
    ask(address, "DELETE FROM depot.move WHERE move_id = 99 RETURNING move_id")
    assert ask(address, chart) == [(2, 7)]


def test_sql_lab_explains_and_tells_errors(address: Address) -> None:
    assert ask(address, "EXPLAIN SELECT * FROM part")
    with pytest.raises(Exception, match=r'relation "nowhere" does not exist'):
        ask(address, "SELECT * FROM nowhere")


def test_sql_lab_keeps_a_result_as_a_table_or_a_view(address: Address) -> None:
    ask(address, "CREATE TABLE kept AS\nSELECT\n  *\nFROM part", "CREATE VIEW shown AS\nSELECT\n  part_id\nFROM part", "SELECT 1")
    assert ask(address, "SELECT\n  COUNT(*)\nFROM kept\nLIMIT 101") == ask(address, "SELECT COUNT(*) FROM shown LIMIT 101") == [(3,)]
    ask(address, "DROP VIEW shown", "DROP TABLE kept", "SELECT 1")


def test_a_query_is_stopped_by_its_backend(address: Address) -> None:
    """It remembers pg_backend_pid() of what runs, and ends that from a connection of its own."""
    engine = sa.create_engine(address.url("postgresql+psycopg2"), poolclass=sa.pool.NullPool)
    stopped: list[str] = []
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()

        def long_query() -> None:
            try:
                cursor.execute("SELECT COUNT(*) FROM GENERATE_SERIES(1, 100000) AS a, GENERATE_SERIES(1, 100000) AS b WHERE a * b % 7 = 3 LIMIT 101")
            except Exception as error:
                stopped.append(str(error))

        thread = threading.Thread(target=long_query)
        thread.start()
        asleep = f"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid} AND state = 'active' AND query LIKE '%GENERATE_SERIES%'"
        while ask(address, asleep) != [(1,)]:
            time.sleep(0.05)
        assert ask(address, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid='{pid}'") == [(True,)]
        thread.join(60)
        connection.invalidate()
    assert len(stopped) == 1
    assert ask(address, asleep) == [(0,)]
    engine.dispose()

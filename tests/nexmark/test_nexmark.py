"""Every Nexmark query as a view over files gives what DuckDB gives over the same files, however it is stepped."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sabot.executor.connectors.nexmark.parquet import write_parquet

from ..duck import assert_same_rows
from ..serving import Served
from . import queries

EVENTS = 20_000
GAP_NS = 5_000_000  # the events span 100 seconds: ten windows of ten seconds
MODES = {"one_step": "10000000", "small_steps": "1000"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nexmark")
    write_parquet(folder, EVENTS, files=2, gap_ns=GAP_NS)
    return folder


@pytest.fixture(scope="module")
def expected(files: Path) -> dict[str, list[Any]]:
    duck = duckdb.connect()
    for table in queries.TABLES:
        duck.execute(f"CREATE VIEW {table} AS FROM read_parquet('{files}/{table}/*.parquet')")
    return {name: duck.execute(queries.duckdb(name)).fetchall() for name in queries.QUERIES}


def create_sources(served: Served, files: Path, mode: str = "once") -> None:
    for table, columns in queries.TABLES.items():
        served.run(
            f"CREATE SOURCE {table} ({columns}) WITH (connector = 'file', path = '{files}/{table}', mode = '{mode}')"
            " FORMAT PLAIN ENCODE PARQUET"
        )


def create_views(served: Served) -> None:
    for name, sql in queries.QUERIES.items():
        served.run(f"CREATE MATERIALIZED VIEW {name} AS {sql}")


@pytest.fixture(scope="module", params=["one_step", pytest.param("small_steps", marks=pytest.mark.slow)])
def served(request: pytest.FixtureRequest, files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The views are there before the first event: the files are moved in when all of them run."""
    landing = tmp_path_factory.mktemp("landing")
    for table in queries.TABLES:
        (landing / table).mkdir()
    server = Served(environment={"SABOT_STEP_ROWS": MODES[request.param]})
    try:
        create_sources(server, landing, "follow")
        create_views(server)
        for table in queries.TABLES:
            for file in (files / table).iterdir():
                os.link(file, landing / table / file.name)
        wait_for_rows(server, files)
        yield server
    finally:
        server.close()


def wait_for_rows(server: Served, files: Path) -> None:
    events = duckdb.connect().execute(f"SELECT count(*) FROM read_parquet('{files}/*/*.parquet', union_by_name = true)")
    total = events.fetchone()
    assert total is not None
    deadline = time.monotonic() + 60
    while server.run("SELECT coalesce(sum(rows), 0) FROM sabot.sources") != [(total[0],)]:
        assert time.monotonic() < deadline, server.run("SELECT name, state, rows, error FROM sabot.sources")
        time.sleep(0.02)


@pytest.mark.parametrize("name", queries.QUERIES)
def test_a_view_is_its_query(served: Served, expected: dict[str, list[Any]], name: str) -> None:
    assert_same_rows(served.run(f"SELECT * FROM {name}"), expected[name])


def test_queries_give_rows(expected: dict[str, list[Any]]) -> None:
    assert [name for name, rows in expected.items() if not rows] == []


def test_no_row_failed(served: Served) -> None:
    assert served.run("SELECT * FROM sabot.errors") == []


@pytest.mark.slow
def test_a_killed_server_goes_on(files: Path, expected: dict[str, list[Any]], tmp_path: Path) -> None:
    """kill -9 several times while it reads, each time restored from the last checkpoint."""
    server = Served(tmp_path, {"SABOT_STEP_ROWS": "8"})
    try:
        create_sources(server, files)
        create_views(server)
        amid = 0
        for seconds in (0.1, 1.2, 0.6):
            time.sleep(seconds)
            amid += bool(server.run("SELECT name FROM sabot.sources WHERE state <> 'finished'"))
            server.kill()
        assert amid, "every kill came after the end of the stream"
        server.wait_for_sources()
        for name in queries.QUERIES:
            assert_same_rows(server.run(f"SELECT * FROM {name}"), expected[name])
    finally:
        server.close()


def test_a_view_may_need_more_columns_than_its_source_reads(files: Path, expected: dict[str, list[Any]]) -> None:
    """Views that come while a source is being read need columns that were left out until then."""
    server = Served(environment={"SABOT_STEP_ROWS": "200"})
    try:
        create_sources(server, files)
        server.run("CREATE MATERIALIZED VIEW bids AS SELECT count(*) FROM bid")
        for name in ("q2", "q0", "q18", "q22"):
            server.run(f"CREATE MATERIALIZED VIEW {name} AS {queries.QUERIES[name]}")
        server.wait_for_sources()
        server.run(f"CREATE MATERIALIZED VIEW q20 AS {queries.QUERIES['q20']}")
        server.wait_for_sources()
        assert server.run("SELECT * FROM bids") == [(len(expected["q0"]),)]
        for name in ("q2", "q0", "q18", "q22", "q20"):
            assert_same_rows(server.run(f"SELECT * FROM {name}"), expected[name])
    finally:
        server.close()

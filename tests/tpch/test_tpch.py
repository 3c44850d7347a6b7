"""The TPC-H queries as views, made before and after the data, under inserts, updates and deletes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ..duck import assert_same_rows
from ..serving import Served
from .generate import TABLES, Generator
from .queries import QUERIES

SCALE = 3
Answers = dict[str, list[Any]]  # query -> rows

# What both sides run after loading. The last ones bring back most of what was taken.
CHANGES = (
    "DELETE FROM lineitem WHERE l_orderkey % 7 = 3",
    "DELETE FROM orders WHERE o_orderkey % 7 = 3",
    "UPDATE lineitem SET l_quantity = l_quantity + 5, l_discount = 0.06 WHERE l_orderkey % 5 = 1",
    "UPDATE customer SET c_acctbal = c_acctbal - 1000, c_mktsegment = 'BUILDING' WHERE c_custkey % 3 = 0",
    "UPDATE part SET p_size = p_size + 1, p_type = 'ECONOMY ANODIZED STEEL' WHERE p_partkey % 4 = 0",
    "DELETE FROM partsupp WHERE ps_partkey % 11 = 2",
    "UPDATE supplier SET s_nationkey = (s_nationkey + 1) % 8 WHERE s_suppkey % 4 = 0",
    "INSERT INTO orders SELECT * FROM orders_file WHERE o_orderkey % 14 = 3",
    "INSERT INTO lineitem SELECT * FROM lineitem_file WHERE l_orderkey % 14 = 3",
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tpch")
    Generator(SCALE).write(folder)
    return folder


def answers(duck: duckdb.DuckDBPyConnection) -> Answers:
    return {name: duck.execute(sql).fetchall() for name, sql in QUERIES.items()}


@pytest.fixture(scope="module")
def expected(files: Path) -> tuple[Answers, Answers]:
    """DuckDB's answers after loading and after the changes."""
    duck = duckdb.connect()
    for table, columns in TABLES.items():
        duck.execute(f"CREATE VIEW {table}_file AS FROM read_parquet('{files}/{table}.parquet')")
        duck.execute(f"CREATE TABLE {table} ({columns})")
        duck.execute(f"INSERT INTO {table} SELECT * FROM {table}_file")
    loaded = answers(duck)
    for sql in CHANGES:
        duck.execute(sql)
    return loaded, answers(duck)


@pytest.fixture(scope="module")
def served(files: Path) -> Iterator[tuple[Served, Answers]]:
    """Views `before_qN` from before the first row; a copy of their rows after loading; views `after_qN` at the end."""
    server = Served()
    try:
        for table, columns in TABLES.items():
            server.run(f"CREATE TABLE {table} ({columns})")
            server.run(
                f"CREATE SOURCE {table}_file ({columns}) WITH (connector = 'file', path = '{files}/{table}.parquet')"
                " FORMAT PLAIN ENCODE PARQUET"
            )
        for name, sql in QUERIES.items():
            server.run(f"CREATE MATERIALIZED VIEW before_{name} AS {sql}")
        for table in TABLES:
            server.run(f"INSERT INTO {table} SELECT * FROM {table}_file")
        loaded = {name: server.run(f"SELECT * FROM before_{name}") for name in QUERIES}
        for sql in CHANGES:
            server.run(sql)
        for name, sql in QUERIES.items():
            server.run(f"CREATE MATERIALIZED VIEW after_{name} AS {sql}")
        yield server, loaded
    finally:
        server.close()


@pytest.mark.parametrize("name", QUERIES)
def test_a_view_follows_its_tables(
    served: tuple[Served, Answers], expected: tuple[Answers, Answers], name: str
) -> None:
    server, seen_loaded = served
    loaded, changed = expected
    assert_same_rows(seen_loaded[name], loaded[name])
    assert_same_rows(server.run(f"SELECT * FROM before_{name}"), changed[name])
    assert_same_rows(server.run(f"SELECT * FROM after_{name}"), changed[name])
    assert_same_rows(server.run(QUERIES[name]), changed[name])


def test_queries_give_rows(expected: tuple[Answers, Answers]) -> None:
    assert [name for answers in expected for name, rows in answers.items() if rows in ([], [(None,)])] == []


def test_views_are_empty_over_empty_tables(served: tuple[Served, Answers]) -> None:
    """Everything taken back leaves what the query gives over nothing."""
    server, _ = served
    for table in TABLES:
        server.run(f"DELETE FROM {table}")
    for name, sql in QUERIES.items():
        nothing = server.run(sql)
        assert server.run(f"SELECT * FROM before_{name}") == nothing, name
        assert server.run(f"SELECT * FROM after_{name}") == nothing, name

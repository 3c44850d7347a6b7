"""The same schema, the same questions: our catalog answers as PostgreSQL 15 did, columns, types and rows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import psycopg
import pytest

from sqllogictest.engines import Sabot

from . import recorded

QUERIES = json.loads((recorded.HERE / "answers" / "queries.json").read_text())
PRINTED = json.loads((recorded.HERE / "answers" / "psql.json").read_text())


@pytest.fixture(scope="module")
def depot() -> Iterator[str]:
    engine = Sabot(None)
    try:
        with psycopg.connect(engine.address, autocommit=True) as connection:
            connection.execute(recorded.SCHEMA)
        yield engine.address
    finally:
        engine.close()


@pytest.fixture(scope="module")
def connection(depot: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(depot, autocommit=True) as made:
        yield made


@pytest.fixture(scope="module")
def printed(depot: str) -> dict[str, str]:
    if shutil.which("psql") is None:
        pytest.skip("psql is not installed")
    return recorded.psql(depot)


def test_every_query_is_recorded() -> None:
    assert list(QUERIES) == recorded.queries()


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_gives_the_same_rows(connection: psycopg.Connection, query: str) -> None:
    assert recorded.answer(connection, query) == QUERIES[query]


@pytest.mark.parametrize("command", PRINTED)
def test_psql_prints_the_same(printed: dict[str, str], command: str) -> None:
    assert printed[command] == PRINTED[command]

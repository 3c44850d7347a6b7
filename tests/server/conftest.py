"""One server process for the tests of this folder; each test gets a connection and a schema of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import psycopg
import pytest

from sqllogictest.engines import Sabot

_numbers = itertools.count()


@pytest.fixture(scope="package")
def server() -> Iterator[Sabot]:
    engine = Sabot()
    try:
        yield engine
    finally:
        engine.close()


@pytest.fixture
def connection(server: Sabot) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.address, autocommit=True, connect_timeout=20) as connection:
        schema = f"test_{next(_numbers)}"
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"SET search_path TO {schema}")
        yield connection
        connection.rollback()
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def other(server: Sabot, connection: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A second session in the same schema."""
    path = connection.execute("SHOW search_path").fetchone()
    assert path is not None
    with psycopg.connect(server.address, autocommit=True, connect_timeout=20) as second:
        second.execute(f"SET search_path TO {path[0]}")
        yield second

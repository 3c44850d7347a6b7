"""A server with one of each object, for clients that look around."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from sqllogictest.engines import Sabot

OBJECTS = """
CREATE SCHEMA shop;
CREATE TABLE shop.item (id int PRIMARY KEY, name varchar(40) NOT NULL, price numeric(10,2) DEFAULT 1.5, tags text[],
    made timestamptz(3), CONSTRAINT positive CHECK (price > 0), UNIQUE (name));
CREATE INDEX item_price ON shop.item (price DESC, name);
COMMENT ON TABLE shop.item IS 'what is sold';
COMMENT ON COLUMN shop.item.price IS 'in euro';
CREATE VIEW shop.cheap AS SELECT id, name FROM shop.item WHERE price < 2;
CREATE MATERIALIZED VIEW shop.counts AS SELECT name, count(*) AS n FROM shop.item GROUP BY name;
CREATE FUNCTION shop.twice(x int) RETURNS int LANGUAGE SQL AS 'SELECT 2 * x';
"""


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Connection string of the server."""
    engine = Sabot(None)
    try:
        with psycopg.connect(engine.address, autocommit=True) as connection:
            connection.execute(OBJECTS)
        yield engine.address
    finally:
        engine.close()


@pytest.fixture
def sql(address: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection

"""A live server for clients of other makers. They come with `pip install sabot[clients]`; a test whose client is not there
is skipped with that reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from sqllogictest.engines import Sabot

OBJECTS = """
CREATE SCHEMA depot;
CREATE TABLE depot.part (part_id integer PRIMARY KEY, name varchar(40) NOT NULL, weight numeric(8,3), labels text[], spec jsonb,
    made_on date, seen_at timestamptz, good boolean, CONSTRAINT part_name_key UNIQUE (name));
CREATE TABLE depot.move (move_id bigint, part_id integer NOT NULL, amount integer NOT NULL, moved_at timestamp NOT NULL,
    PRIMARY KEY (part_id, move_id));
CREATE INDEX move_time ON depot.move (moved_at DESC, part_id);
CREATE VIEW depot.heavy AS SELECT part_id, name, weight FROM depot.part WHERE weight > 10;
CREATE MATERIALIZED VIEW depot.totals AS SELECT part_id, count(*) AS moves, sum(amount) AS amount FROM depot.move GROUP BY part_id;
COMMENT ON TABLE depot.part IS 'what can be stored';
COMMENT ON COLUMN depot.part.weight IS 'in kilograms';
INSERT INTO depot.part VALUES
    (1, 'bolt', 0.125, '{small,steel}', '{"m": 8}', '2024-02-29', '2024-03-01 12:00+00', true),
    (2, 'beam', 120.5, '{}', '[1, 2]', NULL, NULL, false), (3, 'ünïcødé 日本', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO depot.move VALUES (1, 1, 10, '2024-05-01 10:00'), (2, 1, -3, '2024-05-02 11:30'), (1, 2, 7, '2024-05-03');
"""


@dataclass(frozen=True)
class Address:
    host: str
    port: int
    user: str
    database: str

    def url(self, scheme: str = "postgresql") -> str:
        return f"{scheme}://{self.user}@{self.host}:{self.port}/{self.database}"

    @property
    def conninfo(self) -> str:
        return f"host={self.host} port={self.port} user={self.user} dbname={self.database}"


@pytest.fixture(scope="session")
def address() -> Iterator[Address]:
    engine = Sabot(None)
    try:
        known = conninfo_to_dict(engine.address)
        with psycopg.connect(engine.address, autocommit=True) as connection:
            connection.execute(OBJECTS)
        yield Address(str(known["host"]), int(known["port"] or 0), str(known["user"]), str(known["dbname"]))
    finally:
        engine.close()

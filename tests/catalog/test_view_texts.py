"""pg_get_viewdef: views print as PostgreSQL 15 prints them (`answers/views.json`), and what is printed makes the same view."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest

from sqllogictest.engines import Sabot

from . import recorded

VIEWS: dict[str, list[str]] = json.loads((recorded.HERE / "answers" / "views.json").read_text())


@pytest.fixture(scope="module")
def connection() -> Iterator[psycopg.Connection]:
    engine = Sabot(None)
    try:
        with psycopg.connect(engine.address, autocommit=True) as made:
            made.execute((recorded.HERE / "views.sql").read_text())
            yield made
    finally:
        engine.close()


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_prints_the_same(connection: psycopg.Connection, view: str) -> None:
    query = "SELECT pg_get_viewdef(%s::regclass), pg_get_viewdef(%s::regclass, true)"
    assert connection.execute(query, (view, view)).fetchone() == tuple(VIEWS[view])


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_printed_makes_the_view_again(connection: psycopg.Connection, view: str) -> None:
    columns = "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass ORDER BY attnum"
    for text in VIEWS[view]:
        connection.execute(f"CREATE VIEW again AS {text}")
        made = connection.execute(columns, ("again",)).fetchall()
        connection.execute("DROP VIEW again")
        assert made == connection.execute(columns, (view,)).fetchall()


def test_names_follow_what_was_renamed(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE old (a int, b int); CREATE VIEW over_old AS SELECT a, old.b AS c FROM old WHERE a > 1")
    connection.execute("ALTER TABLE old RENAME COLUMN a TO z")
    connection.execute("ALTER TABLE old RENAME TO young")
    (text,) = connection.execute("SELECT pg_get_viewdef('over_old'::regclass, true)").fetchone() or ("",)
    assert text == " SELECT young.z AS a,\n    young.b AS c\n   FROM young\n  WHERE young.z > 1;"


def test_the_schema_is_written_where_the_path_does_not_find_it(connection: psycopg.Connection) -> None:
    connection.execute("CREATE SCHEMA apart; CREATE TABLE apart.t (a int); CREATE VIEW over_apart AS SELECT a FROM apart.t")
    query = "SELECT pg_get_viewdef('public.over_apart'::regclass)"
    assert connection.execute(query).fetchone() == (" SELECT t.a\n   FROM apart.t;",)
    connection.execute("SET search_path = apart")
    assert connection.execute(query).fetchone() == (" SELECT t.a\n   FROM t;",)
    connection.execute("RESET search_path")


def test_what_has_no_such_form_prints_as_it_was_written(connection: psycopg.Connection) -> None:
    connection.execute("CREATE VIEW rolled AS SELECT d, count(*) FROM t GROUP BY ROLLUP (d)")
    text = "SELECT pg_get_viewdef('rolled'::regclass)"
    assert connection.execute(text).fetchone() == (" SELECT d, count(*) FROM t GROUP BY ROLLUP (d);",)

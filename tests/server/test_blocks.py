"""DO: notices, and what a block that fails leaves behind."""

import psycopg
import pytest


def test_raise_notice_reaches_the_client(connection: psycopg.Connection) -> None:
    told: list[tuple[str, str]] = []
    connection.add_notice_handler(lambda d: told.append((d.severity or "", d.message_primary or "")))
    connection.execute("DO $$ BEGIN FOR i IN 1..2 LOOP RAISE NOTICE 'turn % of %', i, 2; END LOOP; RAISE WARNING '100%%'; END $$")
    assert told == [("NOTICE", "turn 1 of 2"), ("NOTICE", "turn 2 of 2"), ("WARNING", "100%")]


def test_a_failed_block_leaves_nothing(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (a int PRIMARY KEY)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("DO $$ BEGIN INSERT INTO t VALUES (1); INSERT INTO t VALUES (1); END $$")
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_what_an_inner_block_created_goes_with_its_error(connection: psycopg.Connection) -> None:
    connection.execute(
        "DO $$ BEGIN BEGIN CREATE TABLE gone (a int); RAISE EXCEPTION 'x'; EXCEPTION WHEN OTHERS THEN CREATE TABLE kept (a int); END; END $$"
    )
    found = connection.execute("SELECT tablename FROM pg_tables WHERE tablename IN ('gone', 'kept')").fetchall()
    assert found == [("kept",)]


def test_limits_may_be_cast_parameters(connection: psycopg.Connection) -> None:
    query = "SELECT g FROM generate_series(1, 9) g ORDER BY g LIMIT %s::integer OFFSET %s::integer"
    assert connection.execute(query, (2, 3)).fetchall() == [(4,), (5,)]

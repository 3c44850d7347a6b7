"""Foreign keys between transactions: what a statement could not see is checked at COMMIT."""

import psycopg
import pytest


@pytest.fixture
def tables(connection: psycopg.Connection) -> psycopg.Connection:
    connection.execute("CREATE TABLE parent (id int PRIMARY KEY)")
    connection.execute("CREATE TABLE child (id int, parent int REFERENCES parent ON DELETE CASCADE)")
    connection.execute("CREATE TABLE strict (parent int REFERENCES parent)")
    connection.execute("INSERT INTO parent SELECT generate_series(1, 3)")
    return connection


def test_a_parent_that_went_meanwhile_is_noticed(tables: psycopg.Connection, other: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation), tables.transaction():
        tables.execute("INSERT INTO strict VALUES (1)")
        other.execute("DELETE FROM parent WHERE id = 1")
    assert tables.execute("SELECT count(*) FROM strict").fetchone() == (0,)


def test_a_child_that_came_meanwhile_is_noticed(tables: psycopg.Connection, other: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation), tables.transaction():
        tables.execute("DELETE FROM parent WHERE id = 2")
        other.execute("INSERT INTO strict VALUES (2)")
    assert tables.execute("SELECT count(*) FROM parent").fetchone() == (3,)


def test_cascades_reach_views_and_are_rolled_back_whole(tables: psycopg.Connection) -> None:
    tables.execute("CREATE MATERIALIZED VIEW v AS SELECT parent, count(*) AS n FROM child GROUP BY parent")
    tables.execute("INSERT INTO child SELECT g, 1 + g % 3 FROM generate_series(1, 9) g")
    tables.execute("BEGIN; DELETE FROM parent WHERE id = 1")
    assert tables.execute("SELECT count(*) FROM child").fetchone() == (6,)
    tables.execute("ROLLBACK")
    assert tables.execute("SELECT count(*) FROM child").fetchone() == (9,)
    tables.execute("DELETE FROM parent WHERE id = 1")
    assert tables.execute("SELECT * FROM v ORDER BY parent").fetchall() == [(2, 3), (3, 3)]


def test_copy_checks_references(tables: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation), tables.cursor().copy("COPY strict FROM STDIN") as copy:
        copy.write_row((99,))

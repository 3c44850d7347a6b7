"""Several statements in one message are one transaction, definitions included; so is a pipelined run up to Sync."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from sqllogictest.engines import Sabot


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    engine = Sabot(None)
    try:
        yield engine.address
    finally:
        engine.close()


@pytest.fixture
def session(address: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


def send(session: psycopg.Connection, script: str) -> str:
    """The SQLSTATE of the script's end, or nothing."""
    result = session.pgconn.exec_(script.encode())
    return (result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) or b"").decode()


def exists(session: psycopg.Connection, name: str) -> bool:
    return session.execute("SELECT to_regclass(%s) IS NOT NULL", (name,)).fetchone() == (True,)


def test_what_a_failed_run_has_made_is_gone(session: psycopg.Connection) -> None:
    session.execute("CREATE TABLE stays (a int)")
    script = """CREATE TABLE gone (a int); INSERT INTO gone VALUES (1); CREATE MATERIALIZED VIEW summed AS SELECT sum(a) FROM gone;
        INSERT INTO stays VALUES (1); DROP TABLE stays; SELECT 1 / 0"""
    assert send(session, script) == "22012"
    assert not exists(session, "gone") and not exists(session, "summed")
    assert session.execute("SELECT count(*) FROM stays").fetchone() == (0,)


def test_a_run_sees_what_it_makes_and_keeps_it(session: psycopg.Connection) -> None:
    script = """CREATE SCHEMA made; CREATE TYPE made.mood AS ENUM ('a', 'b'); CREATE TABLE made.t (a int PRIMARY KEY, m made.mood);
        INSERT INTO made.t VALUES (1, 'a'), (2, 'b'); CREATE MATERIALIZED VIEW made.v AS SELECT m, count(*) AS n FROM made.t GROUP BY m;
        CREATE INDEX ON made.t (m); INSERT INTO made.t VALUES (3, 'b'); SELECT 1"""
    assert send(session, script) == ""
    session.execute("INSERT INTO made.t VALUES (4, 'b')")
    assert session.execute("SELECT * FROM made.v ORDER BY m").fetchall() == [("a", 1), ("b", 3)]


def test_begin_makes_a_block_of_the_run_so_far(session: psycopg.Connection) -> None:
    assert send(session, "CREATE TABLE early (a int); BEGIN; INSERT INTO early VALUES (1); SELECT 1 / 0") == "22012"
    session.execute("ROLLBACK")
    assert not exists(session, "early")


def test_commit_inside_a_run_keeps_what_was_before(session: psycopg.Connection) -> None:
    assert send(session, "CREATE TABLE kept (a int); COMMIT; CREATE TABLE lost (a int); SELECT 1 / 0") == "22012"
    assert exists(session, "kept") and not exists(session, "lost")


def test_a_pipelined_run_is_one_transaction(session: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), session.pipeline():
        session.execute("CREATE TABLE piped (a int)")
        session.execute("INSERT INTO piped VALUES (1)")
        session.execute("SELECT 1 / 0")
    assert not exists(session, "piped")


def test_tools_find_the_database_by_the_name_of_postgres_own(address: str) -> None:
    with psycopg.connect(address, dbname="postgres") as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("dev",)
    with pytest.raises(psycopg.OperationalError, match='database "template1" does not exist'):
        psycopg.connect(address, dbname="template1")


def test_for_update_takes_rows_that_may_be_changed(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute("""CREATE ROLE clerk LOGIN; CREATE TABLE files (id int PRIMARY KEY, owner text);
            INSERT INTO files VALUES (1, 'clerk'), (2, 'other'); ALTER TABLE files ENABLE ROW LEVEL SECURITY;
            CREATE POLICY reads ON files FOR SELECT USING (true); CREATE POLICY changes ON files FOR UPDATE USING (owner = current_user);
            GRANT SELECT, UPDATE ON files TO clerk""")
    with psycopg.connect(address, user="clerk") as clerk:
        for query, rows in {
            "SELECT id FROM files ORDER BY id": [(1,), (2,)],
            "SELECT id FROM files ORDER BY id FOR UPDATE": [(1,)],
            "SELECT id FROM files FOR SHARE": [(1,)],
            "SELECT f.id FROM files f WHERE EXISTS (SELECT FROM files g WHERE g.id = 2) FOR UPDATE OF f": [(1,)],
        }.items():
            assert clerk.execute(query).fetchall() == rows, query

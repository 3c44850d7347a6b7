"""Two sessions change one thing of the catalog at once: both changes are there, or the second is 40001; never is one lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from sqllogictest.engines import Sabot

SESSIONS = 6


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    engine = Sabot(None)
    try:
        with psycopg.connect(engine.address, autocommit=True) as connection:
            connection.execute(f"CREATE TABLE t ({', '.join(f'c{i} int' for i in range(SESSIONS))})")
            connection.execute("CREATE TYPE mood AS ENUM ('a')")
            for i in range(SESSIONS):
                connection.execute(f"CREATE ROLE r{i}")
        yield engine.address
    finally:
        engine.close()


def at_once(address: str, statements: Callable[[int], list[str]]) -> list[str]:
    """SQLSTATEs of what failed of several sessions' statements."""

    def work(number: int) -> list[str]:
        failed = []
        with psycopg.connect(address, autocommit=True) as connection:
            for statement in statements(number):
                try:
                    connection.execute(statement)
                except psycopg.Error as error:
                    failed.append(str(error.sqlstate))
        return failed

    with ThreadPoolExecutor(SESSIONS) as pool:
        return [state for states in pool.map(work, range(SESSIONS)) for state in states]


def one(address: str, query: str) -> object:
    with psycopg.connect(address) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row is not None else None


def test_comments_on_columns_of_one_table(address: str) -> None:
    assert at_once(address, lambda i: [f"COMMENT ON COLUMN t.c{i} IS '{n}'" for n in range(10)]) == []
    assert one(address, "SELECT count(*) FROM pg_description WHERE objoid = 't'::regclass AND description = '9'") == SESSIONS


def test_grants_on_one_table(address: str) -> None:
    assert at_once(address, lambda i: [f"GRANT SELECT ON t TO r{i}", f"GRANT INSERT ON t TO r{i}"]) == []
    granted = "SELECT count(*) FROM generate_series(0, 5) i WHERE has_table_privilege('r' || i, 't', 'SELECT') AND has_table_privilege('r' || i, 't', 'INSERT')"
    assert one(address, granted) == SESSIONS


def test_columns_of_one_table(address: str) -> None:
    assert at_once(address, lambda i: [f"ALTER TABLE t ADD COLUMN d{i} int DEFAULT {i}"]) == []
    assert one(address, "SELECT count(*) FROM information_schema.columns WHERE table_name = 't' AND column_name LIKE 'd%'") == SESSIONS


def test_labels_of_one_enum(address: str) -> None:
    assert at_once(address, lambda i: [f"ALTER TYPE mood ADD VALUE 'v{i}'"]) == []
    assert one(address, "SELECT count(*) FROM pg_enum e WHERE e.enumtypid = 'mood'::regtype") == SESSIONS + 1


def test_memberships_and_settings_of_one_role(address: str) -> None:
    settings = ("work_mem", "statement_timeout", "lock_timeout", "search_path", "timezone", "datestyle")
    values = ("8MB", "9s", "9s", "public", "UTC", "ISO")
    assert at_once(address, lambda i: [f"ALTER ROLE r0 SET {settings[i]} TO '{values[i]}'", f"GRANT r{i} TO r0" if i else "SELECT 1"]) == []
    assert one(address, "SELECT cardinality(rolconfig) FROM pg_roles WHERE rolname = 'r0'") == SESSIONS
    assert one(address, "SELECT count(*) FROM pg_auth_members WHERE member = 'r0'::regrole") == SESSIONS - 1


def test_one_name_is_made_once(address: str) -> None:
    assert at_once(address, lambda i: ["CREATE SCHEMA s"]) == ["42P06"] * (SESSIONS - 1)
    assert at_once(address, lambda i: ["CREATE TABLE n (a int)"]) == ["42P07"] * (SESSIONS - 1)
    assert at_once(address, lambda i: ["CREATE ROLE once"]) == ["42710"] * (SESSIONS - 1)
    assert at_once(address, lambda i: ["CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1'"]) == ["42723"] * (SESSIONS - 1)
    assert at_once(address, lambda i: [f"CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + {i}'"]) == []
    assert at_once(address, lambda i: ["DROP FUNCTION f(int)"]) == ["42883"] * (SESSIONS - 1)


def test_the_second_of_two_blocks_fails(address: str) -> None:
    with psycopg.connect(address) as first, psycopg.connect(address) as second:
        first.execute("GRANT UPDATE ON t TO r1")
        second.execute("GRANT DELETE ON t TO r2")
        first.commit()
        with pytest.raises(psycopg.errors.SerializationFailure, match="changed by another session"):
            second.commit()
    assert one(address, "SELECT has_table_privilege('r1', 't', 'UPDATE') AND NOT has_table_privilege('r2', 't', 'DELETE')") is True

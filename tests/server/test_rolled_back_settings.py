"""SET is a part of its transaction: ROLLBACK undoes it, to a savepoint too, and so does an error."""

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


def shown(connection: psycopg.Connection) -> str:
    row = connection.execute("SHOW work_mem").fetchone()
    assert row is not None
    return str(row[0])


def test_rollback(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET work_mem TO '8MB'")
        for end, left in (("ROLLBACK", "8MB"), ("COMMIT", "9MB"), ("ROLLBACK", "9MB")):
            connection.execute("BEGIN")
            connection.execute("SET work_mem TO '9MB'" if left == "9MB" or end == "ROLLBACK" else "SELECT 1")
            assert shown(connection) == "9MB"
            connection.execute(end)
            assert shown(connection) == left


def test_savepoint(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("BEGIN; SET work_mem TO '5MB'; SAVEPOINT s; SET LOCAL work_mem TO '6MB'; SET search_path TO pg_catalog")
        connection.execute("ROLLBACK TO s")
        assert shown(connection) == "5MB"
        connection.execute("COMMIT")
        assert shown(connection) == "5MB"
        assert connection.execute("SHOW search_path").fetchone() == ('"$user", public',)


def test_a_failed_block(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        before = shown(connection)
        connection.execute("BEGIN; SET work_mem TO '7MB'")
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("SELECT 1 / 0")
        connection.execute("COMMIT")
        assert shown(connection) == before


def test_portals_are_cursors_of_sql_too(address: str) -> None:
    """asyncpg skips rows of its cursors by MOVE."""
    asyncio, asyncpg = pytest.importorskip("asyncio"), pytest.importorskip("asyncpg")
    known = psycopg.conninfo.conninfo_to_dict(address)

    async def tour() -> None:
        connection = await asyncpg.connect(host=known["host"], port=int(known["port"] or 0), user=known["user"], database=known["dbname"])
        async with connection.transaction():
            cursor = await connection.cursor("SELECT n FROM generate_series(1, 9) n")
            assert await cursor.forward(2) == 2
            assert [r[0] for r in await cursor.fetch(2)] == [3, 4]
            listed = await connection.fetch("SELECT name, statement, is_holdable FROM pg_cursors WHERE name LIKE '%portal%'")
            assert [(r[1], r[2]) for r in listed] == [("SELECT n FROM generate_series(1, 9) n", False)]
            assert await cursor.forward(99) == 5
            assert await cursor.fetch(1) == []
        await connection.close()

    asyncio.run(tour())

"""Real clients look around: psql's backslash commands, psycopg's and asyncpg's look-ups of types."""

from __future__ import annotations

import asyncio
import shutil
import subprocess

import asyncpg
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.types import TypeInfo

needs_psql = pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")

DESCRIBED = """\
                           Table "shop.item"
 Column |            Type             | Collation | Nullable | Default
--------+-----------------------------+-----------+----------+---------
 id     | integer                     |           | not null |
 name   | character varying(40)       |           | not null |
 price  | numeric(10,2)               |           |          | 1.5
 tags   | text[]                      |           |          |
 made   | timestamp(3) with time zone |           |          |
Indexes:
    "item_pkey" PRIMARY KEY, btree (id)
    "item_name_key" UNIQUE CONSTRAINT, btree (name)
    "item_price" btree (price DESC, name)
Check constraints:
    "positive" CHECK (price > 0::numeric)

"""


def psql(address: str, command: str, *options: str) -> str:
    made = subprocess.run(
        ["psql", address, "-X", *options, "-c", command], capture_output=True, text=True, timeout=60, check=False
    )
    assert made.returncode == 0 and made.stderr in ("", "Did not find any relations.\n"), made.stderr
    return made.stdout


@needs_psql
def test_psql_describes_a_table(address: str) -> None:
    assert [line.rstrip() for line in psql(address, r"\d shop.item").splitlines()] == DESCRIBED.splitlines()


@needs_psql
@pytest.mark.parametrize(
    ("command", "listed"),
    [
        (r"\dt shop.*", "shop|item|table|"),
        (r"\dv shop.*", "shop|cheap|view|"),
        (r"\dm shop.*", "shop|counts|materialized view|"),
        (r"\di shop.item_p*", "shop|item_pkey|index|"),
        (r"\dn shop", "shop|"),
        (r"\df shop.*", "shop|twice|integer|x integer|func"),
        (r"\l dev", "dev|"),
        (r"\du", "|Superuser"),
        (r"\d+ shop.cheap", "id|integer||||plain|"),
        (r"\sf shop.twice", "SELECT 2 * x"),
    ],
)
def test_psql_lists(address: str, command: str, listed: str) -> None:
    assert listed in psql(address, command, "-At")


@needs_psql
@pytest.mark.parametrize("command", [r"\d", r"\dT", r"\dx", r"\dp", r"\db", r"\dC", r"\dL", r"\do", r"\dO", r"\dy", r"\dRp", r"\dRs", r"\dE", r"\ddp"])  # fmt: skip
def test_psql_command_works(address: str, command: str) -> None:
    psql(address, command)


def test_psycopg_finds_types(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        found = TypeInfo.fetch(connection, "numeric")
    assert found is not None
    assert (found.oid, found.array_oid, found.regtype) == (1700, 1231, "numeric")


def test_asyncpg_prepares_introspects_and_pools(address: str) -> None:
    async def tour() -> None:
        known = conninfo_to_dict(address)
        pool = await asyncpg.create_pool(
            host=known["host"], port=int(known["port"] or 0), user=known["user"], database=known["dbname"],
            min_size=1, max_size=1,
        )
        async with pool.acquire() as connection:
            statement = await connection.prepare("SELECT $1::int4 AS a, ARRAY['x']::name[] AS b")
            assert [(a.name, a.type.name) for a in statement.get_attributes()] == [("a", "int4"), ("b", "name[]")]
            assert await connection.fetchval("SELECT relkind FROM pg_class WHERE relname = 'item'") == b"r"
            assert await connection.fetch("SELECT indkey FROM pg_index LIMIT 0") == []
        async with pool.acquire() as connection:  # the pool has reset it
            assert await connection.fetchval("SELECT 1") == 1
        await pool.close()

    asyncio.run(tour())

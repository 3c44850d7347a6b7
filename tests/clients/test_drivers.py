"""Drivers by themselves: psycopg2, pg8000, asyncpg; peewee's and Django's introspection."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from .conftest import Address


@pytest.mark.parametrize("binary", [False, True])
def test_ranges_of_psycopg(address: Address, binary: bool) -> None:
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    from psycopg.types.multirange import Multirange
    from psycopg.types.range import Range

    values = [
        Range(1, 5), Range(date(2024, 1, 1), None), Range(empty=True), Range(Decimal("1.50"), Decimal("2"), "[]"),
        Multirange([Range(1, 3), Range(5, 8)]), [Range(1, 2), None],
    ]  # fmt: skip
    types = ["int4range", "daterange", "tsrange", "numrange", "int8multirange", "int4range[]"]
    with psycopg.connect(address.conninfo) as connection, connection.cursor(binary=binary) as cursor:
        for value, name in zip(values, types):
            cursor.execute(f"SELECT %s::{name}", (value,))
            assert cursor.fetchone() == (value,)


def test_psycopg2(address: Address) -> None:
    psycopg2 = pytest.importorskip("psycopg2", reason="psycopg2 is not installed")
    with psycopg2.connect(address.conninfo) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT name, weight, labels, spec, good FROM depot.part WHERE part_id = %s", (1,))
        assert cursor.fetchone() == ("bolt", Decimal("0.125"), ["small", "steel"], {"m": 8}, True)
        cursor.execute("CREATE TABLE p2 (a int, b text)")
        cursor.executemany("INSERT INTO p2 VALUES (%s, %s)", [(1, "x"), (2, None)])
        cursor.copy_expert("COPY p2 FROM STDIN WITH CSV", io.StringIO("3,z\n"))
        out = io.StringIO()
        cursor.copy_expert("COPY (SELECT * FROM p2 ORDER BY a) TO STDOUT", out)
        assert out.getvalue() == "1\tx\n2\t\\N\n3\tz\n"
        with connection.cursor("named", scrollable=True) as named:
            named.itersize = 2
            named.execute("SELECT a FROM p2 ORDER BY a")
            assert named.fetchmany(2) == [(1,), (2,)]
            named.scroll(0, mode="absolute")
            assert named.fetchall() == [(1,), (2,), (3,)]
        cursor.execute("DROP TABLE p2")


def test_pg8000(address: Address) -> None:
    pg8000 = pytest.importorskip("pg8000.native", reason="pg8000 is not installed")
    connection = pg8000.Connection(address.user, host=address.host, port=address.port, database=address.database)
    assert connection.run("SELECT name, weight FROM depot.part WHERE part_id = :id", id=2) == [["beam", Decimal("120.500")]]
    assert [c["name"] for c in connection.columns] == ["name", "weight"]
    connection.close()


def test_asyncpg(address: Address) -> None:
    asyncpg = pytest.importorskip("asyncpg", reason="asyncpg is not installed")

    async def tour() -> None:
        connection = await asyncpg.connect(
            host=address.host, port=address.port, user=address.user, database=address.database
        )
        row = await connection.fetchrow("SELECT name, weight, labels, good FROM depot.part WHERE part_id = $1", 1)
        assert tuple(row) == ("bolt", Decimal("0.125"), ["small", "steel"], True)
        async with connection.transaction():
            cursor = await connection.cursor("SELECT part_id FROM depot.part ORDER BY 1")
            assert [r[0] for r in await cursor.fetch(2)] == [1, 2]
        await connection.execute("CREATE TABLE ap (a int, b text)")
        await connection.copy_records_to_table("ap", records=[(1, "x"), (2, None)])
        assert await connection.fetchval("SELECT count(*) FROM ap") == 2
        await connection.execute("DROP TABLE ap")
        days = asyncpg.Range(date(2024, 1, 1), date(2024, 2, 1))
        both = [asyncpg.Range(1, 3), asyncpg.Range(5, None)]
        given = await connection.fetchrow(
            "SELECT $1::daterange, $2::int4multirange, $3::numrange, $4::tstzrange",
            days, both, asyncpg.Range(Decimal("1.50"), None, upper_inc=False), asyncpg.Range(empty=True),
        )  # fmt: skip
        assert given[0] == days and list(given[1]) == both
        assert given[2].lower == Decimal("1.50") and given[2].upper is None and given[3].isempty
        await connection.close()

    asyncio.run(tour())


def test_peewee_introspects(address: Address) -> None:
    peewee = pytest.importorskip("peewee", reason="peewee is not installed")
    reflection = pytest.importorskip("playhouse.reflection")
    pytest.importorskip("psycopg2", reason="psycopg2 is not installed")
    database = peewee.PostgresqlDatabase(address.database, host=address.host, port=address.port, user=address.user)
    models = reflection.Introspector.from_database(database, schema="depot").generate_models(table_names=["part"])
    part = models["part"]
    assert part.select(part.name).where(part.part_id == 1).scalar() == "bolt"
    assert sorted(part._meta.fields)[:3] == ["good", "labels", "made_on"]
    assert [c.name for c in database.get_primary_keys("move", "depot") and database.get_columns("move", "depot")][:2] == [
        "move_id", "part_id",
    ]  # fmt: skip
    database.close()


def test_django_inspects(address: Address, tmp_path: Path) -> None:
    pytest.importorskip("django", reason="Django is not installed")
    (tmp_path / "configured.py").write_text(
        f"""SECRET_KEY = "x"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "NAME": "{address.database}", "USER": "{address.user}",
    "HOST": "{address.host}", "PORT": {address.port}, "OPTIONS": {{"options": "-c search_path=depot"}}}}}}
"""
    )
    made = subprocess.run(
        [sys.executable, "-m", "django", "inspectdb", "part", "move", "--settings", "configured", "--pythonpath", str(tmp_path)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert "class Part(models.Model):" in made.stdout and "Unable to inspect" not in made.stdout
    assert "name = models.CharField(unique=True, max_length=40)" in made.stdout
    assert "weight = models.DecimalField(max_digits=8, decimal_places=3, blank=True, null=True" in made.stdout

"""pg_dump of a whole database in every form, and back into a fresh server: nothing is lost, and the second dump is the first."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sqllogictest.engines import Sabot

from .test_programs import program, run

SCRIPT = (Path(__file__).parent / "dumped.sql").read_text()
ROLES = "CREATE ROLE dump_reader; CREATE ROLE dump_owner"


def filled(engine: Sabot) -> Sabot:
    with psycopg.connect(engine.address, autocommit=True) as connection:
        connection.execute(ROLES)
        connection.execute(SCRIPT)
    return engine


@pytest.fixture(scope="module")
def source() -> Iterator[Sabot]:
    if " 15." not in run(program("pg_dump"), "--version"):
        pytest.skip("a pg_dump of 15 is needed")
    engine = Sabot(None)
    try:
        yield filled(engine)
    finally:
        engine.close()


@pytest.fixture
def fresh() -> Iterator[Sabot]:
    engine = Sabot(None)
    try:
        with psycopg.connect(engine.address, autocommit=True) as connection:
            connection.execute(ROLES)
        yield engine
    finally:
        engine.close()


def dump(engine: Sabot, *options: str) -> str:
    """What pg_dump writes, without its random keys."""
    lines = run(program("pg_dump"), "-d", engine.address, *options).splitlines()
    return "\n".join(line for line in lines if not line.startswith(("\\restrict", "\\unrestrict", "-- Dumped"))).rstrip()


def restore(engine: Sabot, text: str) -> None:
    made = subprocess.run(
        [program("psql"), engine.address, "-X", "-q", "-v", "ON_ERROR_STOP=1"], input=text, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert made.returncode == 0 and "ERROR" not in made.stderr, made.stderr


@pytest.mark.parametrize("form", [[], ["--inserts"], ["--column-inserts", "--rows-per-insert=2"], ["--quote-all-identifiers"]])
def test_a_dump_restores_to_the_same_dump(source: Sabot, fresh: Sabot, form: list[str]) -> None:
    restore(fresh, dump(source, *form))
    assert dump(fresh) == dump(source)


def test_schema_and_data_restore_one_after_the_other(source: Sabot, fresh: Sabot) -> None:
    schema, data = dump(source, "--schema-only"), dump(source, "--data-only")
    assert "CREATE MATERIALIZED VIEW shop.mv AS" in schema and "COPY" not in schema and "CREATE" not in data
    restore(fresh, schema)
    restore(fresh, data)
    assert dump(fresh) == dump(source)


def test_a_dump_that_cleans_up_restores_over_what_is_there(source: Sabot, fresh: Sabot) -> None:
    restore(fresh, dump(source))
    restore(fresh, dump(source, "--clean", "--if-exists"))
    assert dump(fresh) == dump(source)


def test_one_table(source: Sabot) -> None:
    text = dump(source, "-t", "shop.orders")
    assert "CREATE TABLE shop.orders" in text and "customer (" not in text
    assert "1\t1\t12.50\t2024-01-01" in text


@pytest.mark.parametrize(("form", "jobs"), [("c", ()), ("t", ()), ("d", ()), ("d", ("-j", "2"))])
def test_pg_restore(source: Sabot, fresh: Sabot, tmp_path: Path, form: str, jobs: tuple[str, ...]) -> None:
    where = str(tmp_path / "dump")
    run(program("pg_dump"), "-d", source.address, "-F", form, "-f", where, *jobs)
    run(program("pg_restore"), "-d", fresh.address, "--exit-on-error", *jobs, where)
    assert dump(fresh) == dump(source)


def test_clean_makes_it_anew(source: Sabot, fresh: Sabot) -> None:
    """Without live views: the script would drop the keys of their tables before it drops them."""
    tables = ("-T", "shop.mv", "-T", "mv2")
    text = dump(source, "--clean", "--if-exists", *tables)
    restore(fresh, text)
    restore(fresh, text)
    assert sorted(dump(fresh).splitlines()) == sorted(dump(source, *tables).splitlines())


def test_postgres_writes_the_same_schema(source: Sabot) -> None:
    """`dumped.txt` is what pg_dump 15 writes of the same script on PostgreSQL 15."""
    recorded = (Path(__file__).parent / "dumped.txt").read_text()
    assert dump(source, "--schema-only", "--no-comments") == recorded.rstrip()


def test_snapshots_go_from_session_to_session(source: Sabot) -> None:
    with psycopg.connect(source.address) as first, psycopg.connect(source.address) as second, psycopg.connect(source.address) as other:
        first.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        name = first.execute("SELECT pg_export_snapshot()").fetchone()
        assert name is not None
        other.execute("CREATE TABLE seen (a int)")
        other.execute("DELETE FROM nopk")
        other.commit()
        second.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        second.execute(f"SET TRANSACTION SNAPSHOT '{name[0]}'")
        assert second.execute("SELECT count(*) FROM nopk").fetchone() == (3,)
        first.rollback()
        second.rollback()
        second.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="invalid snapshot identifier"):
            second.execute(f"SET TRANSACTION SNAPSHOT '{name[0]}'")
        other.execute("DROP TABLE seen")
        other.execute("INSERT INTO nopk VALUES (1, 'x'), (1, 'x'), (NULL, NULL)")

"""`sabot.connect()`: the engine inside the process, as PEP 249 says, with Arrow tables in and out."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
import sabot


@pytest.fixture(scope="module")
def shared() -> Iterator[sabot.Connection]:
    with sabot.connect() as made:
        yield made


@pytest.fixture
def connection(shared: sabot.Connection) -> sabot.Connection:
    shared.execute("DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (k int PRIMARY KEY, v numeric)")
    return shared


def test_a_view_follows_its_table(connection: sabot.Connection) -> None:
    connection.execute("CREATE MATERIALIZED VIEW w AS SELECT count(*) AS n, sum(v) AS total FROM t")
    cursor = connection.cursor()
    cursor.executemany("INSERT INTO t VALUES (%s, %s)", [(1, Decimal("1.50")), (2, 2)])
    assert cursor.rowcount == 1
    assert connection.execute("SELECT * FROM w").fetchall() == [(2, Decimal("3.50"))]
    assert connection.execute("DELETE FROM t WHERE k = $1", (1,)).rowcount == 1
    assert connection.execute("SELECT n FROM w").fetchone() == (1,)


VALUES = [
    (True, "bool"), (7, "int4"), (2**40, "int8"), (1.5, "float8"), (Decimal("1.20"), "numeric"), ("it's", "text"),
    (b"\x00\xff", "bytea"), (date(2024, 2, 29), "date"), (datetime(2024, 1, 2, 3, 4, 5, 6), "timestamp"),
    (datetime(2024, 1, 2, tzinfo=UTC), "timestamptz"), (uuid.UUID(int=5), "uuid"), ([1, None, 3], "int4[]"),
    (['a"b', "c\\d", "", None], "text[]"), ({"a": [1, {"b": None}]}, "jsonb"), (None, "int4"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "name"), VALUES, ids=[n for _, n in VALUES])
def test_values_go_in_and_come_out(shared: sabot.Connection, value: object, name: str) -> None:
    assert shared.execute(f"SELECT %s::{name}", (value,)).fetchone() == (value,)


def test_intervals_go_in(shared: sabot.Connection) -> None:
    found = shared.execute("SELECT (%s + timestamp '2024-01-01')::text", (timedelta(days=1, microseconds=5),)).fetchone()
    assert found == ("2024-01-02 00:00:00.000005",)


def test_parameters_by_name_and_percent_signs(shared: sabot.Connection) -> None:
    sql = "SELECT %(a)s::int + %(b)s::int + %(a)s::int, 'x' LIKE '%%'"
    assert shared.execute(sql, {"a": 1, "b": 10}).fetchone() == (12, True)
    assert shared.execute("SELECT '%s'").fetchone() == ("%s",)
    for values in ((), (1, 2)):
        with pytest.raises(sabot.ProgrammingError):
            shared.execute("SELECT %s", values)


def test_the_description_tells_names_and_types(shared: sabot.Connection) -> None:
    cursor = shared.execute("SELECT 1 AS a, 'x'::text AS b")
    assert cursor.description is not None
    assert [(d[0], d[1]) for d in cursor.description] == [("a", "integer"), ("b", "text")]
    assert shared.execute("SET timezone TO 'UTC'").description is None


def test_arrow_tables_out_and_in(connection: sabot.Connection) -> None:
    table = connection.execute("SELECT i AS k, i * 1.5 AS v FROM generate_series(1, 20000) i").fetch_arrow()
    assert (table.num_rows, table.schema.names) == (20_000, ["k", "v"])
    assert connection.insert_arrow("t", table) == 20_000
    assert connection.execute("SELECT count(*), sum(v) FROM t").fetchone() == (20_000, Decimal("300015000.0"))
    with pytest.raises(sabot.IntegrityError, match="duplicate key"):
        connection.insert_arrow("t", table.slice(0, 1))
    with pytest.raises(sabot.ProgrammingError, match="do not fit"):
        connection.insert_arrow("t", pa.table({"k": ["x"]}))


def test_errors_by_class(connection: sabot.Connection) -> None:
    with pytest.raises(sabot.DataError) as division:
        connection.execute("SELECT 1 / 0")
    assert division.value.sqlstate == "22012"
    with pytest.raises(sabot.ProgrammingError) as missing:
        connection.execute("SELECT nothing FROM t")
    assert (missing.value.sqlstate, missing.value.position) == ("42703", 7)
    with pytest.raises(sabot.NotSupportedError):
        connection.execute("DO 'x' LANGUAGE plpython3u")
    with pytest.raises(sabot.ProgrammingError, match="no rows"):
        connection.execute("INSERT INTO t VALUES (9)").fetchall()
    assert connection.execute("SELECT 1").fetchall() == [(1,)]


def test_transactions(connection: sabot.Connection) -> None:
    connection.execute("BEGIN")
    connection.execute("INSERT INTO t VALUES (1)")
    connection.rollback()
    connection.execute("BEGIN")
    connection.execute("INSERT INTO t VALUES (2)")
    connection.commit()
    assert connection.execute("SELECT k FROM t").fetchall() == [(2,)]


def test_changes_of_a_view_come_as_rows(connection: sabot.Connection) -> None:
    connection.execute("CREATE MATERIALIZED VIEW w AS SELECT k FROM t")
    with connection.execute("SUBSCRIBE w") as changes:
        connection.execute("INSERT INTO t VALUES (5)")
        assert changes.description is not None
        row = changes.fetchone()
        assert row is not None
        assert row[-1] == 5


def test_a_directory_is_kept_and_belongs_to_one(tmp_path: Path) -> None:
    with sabot.connect(tmp_path / "d") as first:
        first.execute("CREATE TABLE kept (a int); INSERT INTO kept VALUES (1), (2)")
        with pytest.raises(sabot.OperationalError):
            sabot.connect(tmp_path / "d")
    with sabot.connect(tmp_path / "d") as again:
        assert again.execute("SELECT count(*) FROM kept").fetchone() == (2,)
    with pytest.raises(sabot.InterfaceError):
        again.execute("SELECT 1")


def test_others_connect_to_its_port() -> None:
    with sabot.connect(port=0) as here:
        here.execute("CREATE TABLE seen (a int)")
        with psycopg.connect(f"host=127.0.0.1 port={here.port} user=root dbname=dev", autocommit=True) as there:
            there.execute("INSERT INTO seen VALUES (3)")
        assert here.execute("SELECT a FROM seen").fetchall() == [(3,)]

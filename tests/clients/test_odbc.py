"""psqlODBC through pyodbc: catalog functions, parameters, results, errors and transactions, with and without server-side cursors."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from .conftest import Address

pyodbc = pytest.importorskip("pyodbc", reason="pyodbc (or unixODBC) is not installed")
DRIVER = os.environ.get("SABOT_PSQLODBC", "PostgreSQL Unicode")


@pytest.fixture(params=["", "UseDeclareFetch=1;Fetch=7", "UseServerSidePrepare=0", "Protocol=7.4-2"])
def connection(address: Address, request: pytest.FixtureRequest) -> Iterator[Any]:
    if DRIVER not in pyodbc.drivers() and not os.path.exists(DRIVER):
        pytest.skip("no psqlODBC (odbc-postgresql, or SABOT_PSQLODBC)")
    made = pyodbc.connect(
        f"DRIVER={{{DRIVER}}};Server={address.host};Port={address.port};Database={address.database};Uid={address.user};Pwd=x;{request.param}",
        autocommit=False,
    )
    yield made
    made.close()


def test_catalog_functions(connection: Any) -> None:
    cursor = connection.cursor()
    assert [(r.table_name, r.table_type) for r in cursor.tables(schema="depot")] == [
        ("heavy", "VIEW"), ("move", "TABLE"), ("part", "TABLE"), ("totals", "MATVIEW"),
    ]  # fmt: skip
    columns = [(r.column_name, r.type_name, r.nullable) for r in cursor.columns(schema="depot", table="move")]
    assert columns == [("move_id", "int8", 0), ("part_id", "int4", 0), ("amount", "int4", 0), ("moved_at", "timestamp", 0)]
    assert [(r.column_name, r.key_seq) for r in cursor.primaryKeys(schema="depot", table="move")] == [("part_id", 1), ("move_id", 2)]
    found = [(r.index_name, r.column_name) for r in cursor.statistics(schema="depot", table="move") if r.index_name]
    assert found == [("move_pkey", "part_id"), ("move_pkey", "move_id"), ("move_time", "moved_at"), ("move_time", "part_id")]
    assert len(list(cursor.getTypeInfo())) > 5


def test_rows_of_every_kind_go_in_and_out(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE odbc (id serial PRIMARY KEY, t text, n numeric(10,2), d date, ts timestamp, b bytea, f float8, big bigint)")
    rows = [
        (f"ä{i}", Decimal("1.50"), datetime.date(2024, 1, 1), datetime.datetime(2024, 1, 2, 3, 4, 5), b"\x00\x01", 1.5, 2**40 + i)
        for i in range(20)
    ]
    cursor.executemany("INSERT INTO odbc (t, n, d, ts, b, f, big) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    cursor.execute("SELECT t, n, d, ts, b, f, big FROM odbc WHERE id > ? ORDER BY id", 2)
    assert [c[0] for c in cursor.description] == ["t", "n", "d", "ts", "b", "f", "big"]
    assert [tuple(r) for r in cursor.fetchall()] == rows[2:]
    assert cursor.execute("UPDATE odbc SET n = n * 2 WHERE id <= ?", 5).rowcount == 5
    with pytest.raises(pyodbc.IntegrityError):
        cursor.execute("INSERT INTO odbc (id) VALUES (1)")
    connection.rollback()
    assert cursor.execute("SELECT to_regclass('odbc')").fetchval() is None


def test_large_results(connection: Any) -> None:
    cursor = connection.cursor()
    found = cursor.execute("SELECT g, repeat('x', 100) FROM generate_series(1, 3000) g").fetchall()
    assert len(found) == 3000 and found[-1][0] == 3000
    with pytest.raises(pyodbc.ProgrammingError) as error:
        cursor.execute("SELECT * FROM nowhere")
    assert error.value.args[0] == "42P01"

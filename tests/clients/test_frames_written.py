"""Data frames that are written: in pieces, again, in place of others; and what ADBC tells of a database."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from .conftest import Address


def test_pandas_in_pieces(address: Address) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    sa = pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed")
    pytest.importorskip("psycopg2", reason="psycopg2 is not installed")
    engine = sa.create_engine(address.url("postgresql+psycopg2"))
    written = pandas.DataFrame({"a": range(1000), "at": pandas.Timestamp("2024-05-01 12:00"), "t": "x", "f": 0.25, "ok": True})
    written.to_sql("pieces", engine, schema="depot", index_label="row", chunksize=300, dtype={"t": sa.String(10)})
    with engine.connect().execution_options(stream_results=True) as connection:
        sizes = [len(piece) for piece in pandas.read_sql("SELECT * FROM depot.pieces ORDER BY a", connection, chunksize=400)]
    assert sizes == [400, 400, 200]
    whole = pandas.read_sql_table("pieces", engine, schema="depot", index_col="row", parse_dates=["at"])
    assert list(whole.columns) == ["a", "at", "t", "f", "ok"] and whole["a"].sum() == 499_500 and whole["at"][0] == dt.datetime(2024, 5, 1, 12)
    assert pandas.read_sql("SELECT a FROM depot.pieces WHERE a = %(a)s", engine, params={"a": 7})["a"].tolist() == [7]
    with pytest.raises(ValueError, match="already exists"):
        written.to_sql("pieces", engine, schema="depot", if_exists="fail")
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE depot.pieces"))
    engine.dispose()


@pytest.mark.parametrize("engine", ["sqlalchemy", "adbc"])
def test_polars_writes(address: Address, engine: str) -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    pytest.importorskip("adbc_driver_postgresql", reason="the ADBC driver is not installed")
    pytest.importorskip("pandas", reason="pandas is not installed")
    pytest.importorskip("psycopg2", reason="psycopg2 is not installed")
    frame = polars.DataFrame({"a": [1, 2], "b": ["x", None], "d": [dt.date(2024, 5, 1), None]})
    for mode, rows in (("replace", 2), ("append", 4), ("replace", 2)):
        frame.write_database("public.polar", address.url(), if_table_exists=mode, engine=engine)
        assert polars.read_database_uri("SELECT a, b, d FROM public.polar ORDER BY a", address.url(), engine="adbc").height == rows
    assert polars.read_database_uri("SELECT a, b, d FROM polar ORDER BY a", address.url(), engine="adbc").rows() == frame.rows()
    polars.read_database_uri("DROP TABLE polar", address.url(), engine="adbc")


def test_polars_reads_through_a_connection(address: Address) -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(address.conninfo) as connection:
        frame = polars.read_database("SELECT part_id, weight, made_on FROM depot.part ORDER BY 1", connection)
        assert frame.rows()[0] == (1, Decimal("0.125"), dt.date(2024, 2, 29))
        pieces = list(polars.read_database("SELECT part_id FROM depot.part", connection, iter_batches=True, batch_size=2))
        assert sum(p.height for p in pieces) == 3


def test_adbc_ingests_again_and_lists_everything(address: Address) -> None:
    pytest.importorskip("adbc_driver_postgresql", reason="the ADBC driver is not installed")
    dbapi = pytest.importorskip("adbc_driver_postgresql.dbapi")
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table({"a": [1, 2, 3], "t": ["x", None, "z"], "f": [0.5, None, 1.5], "at": [dt.datetime(2024, 5, 1)] * 3, "ok": [True, None, False]})
    with dbapi.connect(address.url()) as connection, connection.cursor() as cursor:
        for mode, rows in (("create", 3), ("append", 6), ("replace", 3), ("create_append", 6)):
            assert cursor.adbc_ingest("again", table, mode=mode, db_schema_name="depot") == 3
            connection.commit()
            cursor.execute("SELECT count(*) FROM depot.again")
            assert cursor.fetchone() == (rows,)
        cursor.execute("SELECT * FROM depot.again ORDER BY a LIMIT 1")
        assert cursor.fetchone() == (1, "x", 0.5, dt.datetime(2024, 5, 1), True)
        cursor.executemany("INSERT INTO depot.again (a, t) VALUES ($1, $2)", pyarrow.table({"a": [7, 8], "t": ["m", "n"]}))
        cursor.execute("SELECT t FROM depot.again WHERE a > $1 ORDER BY a", (6,))
        assert cursor.fetchall() == [("m",), ("n",)]
        cursor.execute("DROP TABLE depot.again")
        connection.commit()
        (catalog,) = (c for c in connection.adbc_get_objects(depth="all", db_schema_filter="depot").read_all().to_pylist() if c["catalog_name"] == "dev")
        (schema,) = catalog["catalog_db_schemas"]
        tables = {t["table_name"]: t for t in schema["db_schema_tables"]}
        assert {"part", "move", "heavy", "totals"} <= tables.keys()
        assert {c["column_name"]: c["ordinal_position"] for c in tables["move"]["table_columns"]} == {"move_id": 1, "part_id": 2, "amount": 3, "moved_at": 4}
        keys = {c["constraint_name"]: c for c in tables["move"]["table_constraints"]}
        assert keys["move_pkey"]["constraint_type"] == "PRIMARY KEY"
        assert "table" in connection.adbc_get_table_types() and connection.adbc_get_info()["vendor_name"] == "PostgreSQL"

"""Data frames and Arrow: pandas, polars, ADBC, ConnectorX."""

from __future__ import annotations

import pytest

from .conftest import Address

QUERY = "SELECT part_id, name, weight, good FROM depot.part ORDER BY part_id"


def test_pandas_reads_and_writes(address: Address) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    sa = pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed")
    pytest.importorskip("psycopg2", reason="psycopg2 is not installed")
    engine = sa.create_engine(address.url("postgresql+psycopg2"))
    frame = pandas.read_sql(QUERY, engine)
    assert list(frame["name"]) == ["bolt", "beam", "ünïcødé 日本"] and list(frame.columns) == ["part_id", "name", "weight", "good"]
    assert len(pandas.read_sql_table("part", engine, schema="depot")) == 3
    written = pandas.DataFrame({"a": [1, 2], "b": ["x", None], "c": [0.5, 1.5]})
    for mode, rows in (("replace", 2), ("append", 4), ("replace", 2)):
        written.to_sql("frame", engine, schema="depot", index=False, if_exists=mode)
        assert pandas.read_sql("SELECT count(*) AS n FROM depot.frame", engine)["n"][0] == rows
    written.to_sql("frame", engine, schema="depot", index=False, if_exists="append", method="multi")
    assert sorted(pandas.read_sql("SELECT a FROM depot.frame", engine)["a"]) == [1, 1, 2, 2]
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE depot.frame"))
    engine.dispose()


def test_polars_reads_through_adbc(address: Address) -> None:
    polars = pytest.importorskip("polars", reason="polars is not installed")
    pytest.importorskip("adbc_driver_postgresql", reason="the ADBC driver is not installed")
    frame = polars.read_database_uri("SELECT part_id, name FROM depot.part ORDER BY 1", address.url(), engine="adbc")
    assert frame.rows() == [(1, "bolt"), (2, "beam"), (3, "ünïcødé 日本")]


def test_connectorx_reads(address: Address) -> None:
    connectorx = pytest.importorskip("connectorx", reason="connectorx is not installed")
    pytest.importorskip("pandas", reason="pandas is not installed")
    frame = connectorx.read_sql(address.url(), "SELECT part_id, name, weight::float8 AS weight FROM depot.part ORDER BY 1")
    assert list(frame["part_id"]) == [1, 2, 3] and "bolt" in set(frame["name"])


def test_adbc_reads_ingests_and_lists(address: Address) -> None:
    pytest.importorskip("adbc_driver_postgresql", reason="the ADBC driver is not installed")
    dbapi = pytest.importorskip("adbc_driver_postgresql.dbapi")
    pyarrow = pytest.importorskip("pyarrow")
    with dbapi.connect(address.url()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT part_id, name, made_on, good FROM depot.part ORDER BY 1")
        assert cursor.fetch_arrow_table().column("name").to_pylist()[0] == "bolt"
        table = pyarrow.table({"a": [1, 2, 3], "b": ["x", "y", None]})
        assert cursor.adbc_ingest("ingested", table, mode="create") == 3
        connection.commit()
        cursor.execute("SELECT sum(a)::bigint FROM ingested")
        assert cursor.fetchone()[0] == 6
        cursor.execute("DROP TABLE ingested")
        connection.commit()
        assert connection.adbc_get_table_schema("part", db_schema_filter="depot").names[:2] == ["part_id", "name"]
        assert "depot" in str(connection.adbc_get_objects(depth="db_schemas").read_all().to_pylist())

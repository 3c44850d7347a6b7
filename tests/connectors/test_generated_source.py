"""Sources with generated columns, between and behind the declared ones."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ..serving import Served


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    pq.write_table(pa.table({"a": pa.array([1, 2], pa.int32()), "b": ["x", "y"], "c": [1.5, 2.5]}), folder / "f.parquet")
    return folder


def test_views_and_selects_see_generated_columns(data: Path) -> None:
    server = Served()
    try:
        server.run(
            "CREATE SOURCE s (a INT, g INT AS a * 2, b VARCHAR, c FLOAT8) INCLUDE file AS f"
            f" WITH (connector = 'file', path = '{data}') FORMAT PLAIN ENCODE PARQUET"
        )
        server.run("CREATE MATERIALIZED VIEW v1 AS SELECT g FROM s")
        server.wait_for_sources()
        server.run("CREATE MATERIALIZED VIEW v2 AS SELECT c, f FROM s")
        server.wait_for_sources()
        name = str(data / "f.parquet")
        assert sorted(server.run("SELECT * FROM v1")) == [(2,), (4,)]
        assert sorted(server.run("SELECT * FROM v2")) == [(1.5, name), (2.5, name)]
        assert sorted(server.run("SELECT * FROM s")) == [(1, 2, "x", 1.5, name), (2, 4, "y", 2.5, name)]
    finally:
        server.close()

"""Tables whose rows come from outside, declared in Flink's way: formats in options, METADATA columns; RisingWave's posix_fs."""

import time
from pathlib import Path

import psycopg
import pytest


def _filled(connection: psycopg.Connection, sql: str, rows: int) -> list[tuple[object, ...]]:
    deadline = time.monotonic() + 30
    while len(found := connection.execute(sql).fetchall()) < rows and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def test_a_filesystem_table_has_no_header_and_tells_the_file(connection: psycopg.Connection, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1;x\n2;y\n")
    connection.execute(
        "CREATE TABLE f (a INT, b STRING, `file.path` STRING NOT NULL METADATA VIRTUAL) WITH ('connector' = 'filesystem', "
        f"'path' = 'file://{tmp_path}', 'format' = 'csv', 'csv.field-delimiter' = ';', 'csv.ignore-parse-errors' = 'true')"
    )
    path = str(tmp_path / "a.csv")
    assert _filled(connection, 'SELECT a, b, "file.path" FROM f ORDER BY a', 2) == [(1, "x", path), (2, "y", path)]


def test_posix_fs_reads_the_files_of_a_folder_that_come(connection: psycopg.Connection, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,x\n")
    (tmp_path / "b.json").write_text("{}\n")
    connection.execute(
        "CREATE SOURCE s (a int, b varchar) WITH (connector = 'posix_fs', match_pattern = '*.csv', "
        f"posix_fs.root = '{tmp_path}') FORMAT PLAIN ENCODE CSV (without_header = 'true', delimiter = ',')"
    )
    connection.execute("CREATE MATERIALIZED VIEW v AS SELECT * FROM s")
    assert _filled(connection, "SELECT * FROM v", 1) == [(1, "x")]
    (tmp_path / "c.csv").write_text("2,y\n")
    assert sorted(_filled(connection, "SELECT * FROM v", 2)) == [(1, "x"), (2, "y")]


@pytest.mark.parametrize(
    "column, options",
    [
        ("a INT", "'format' = 'avro'"),
        ("a INT, l INT METADATA FROM 'leader-epoch'", "'format' = 'json'"),
    ],
)
def test_what_is_not_there_is_refused(connection: psycopg.Connection, column: str, options: str) -> None:
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        connection.execute(f"CREATE TABLE f ({column}) WITH ('connector' = 'kafka', 'topic' = 't', {options})")

"""Objects that change beside others that read them, and what a restart keeps of it: columns, names, schemas, secrets."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sqllogictest.engines import Sabot


class Restarting:
    """A server on a data directory."""

    def __init__(self, folder: Path) -> None:
        self.engine = Sabot(folder)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.engine.address, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description is not None else []


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Restarting]:
    made = Restarting(tmp_path)
    yield made
    made.engine.close()


def test_a_column_that_no_view_reads_can_go(server: Restarting) -> None:
    run = server.run
    run("CREATE TABLE t (a int PRIMARY KEY, b int, c int CHECK (c > 0), d int)")
    run("INSERT INTO t VALUES (1, 2, 3, 4)")
    run("CREATE MATERIALIZED VIEW m AS SELECT a, d FROM t")
    run("CREATE VIEW v AS SELECT a, b FROM t")
    with pytest.raises(psycopg.errors.DependentObjectsStillExist):
        run("ALTER TABLE t DROP COLUMN d")
    with pytest.raises(psycopg.errors.DependentObjectsStillExist):
        run("ALTER TABLE t DROP COLUMN b")
    run("ALTER TABLE t DROP COLUMN c")
    for _ in range(2):
        run("INSERT INTO t VALUES (5, 6, 7)")
        assert run("SELECT * FROM t ORDER BY a") == [(1, 2, 4), (5, 6, 7)]
        assert run("SELECT * FROM m ORDER BY a") == [(1, 4), (5, 7)]
        assert run("SELECT * FROM v ORDER BY a") == [(1, 2), (5, 6)]
        with pytest.raises(psycopg.errors.UndefinedColumn):
            run("SELECT c FROM t")
        run("DELETE FROM t WHERE a = 5")
        server.engine.restart(kill=True)
    run("ALTER TABLE t ADD COLUMN c text DEFAULT 'new'")
    assert run("SELECT * FROM t") == [(1, 2, 4, "new")]


def test_a_column_that_no_view_reads_changes_its_type(server: Restarting) -> None:
    run = server.run
    run("CREATE TABLE t (a int, b int)")
    run("INSERT INTO t VALUES (1, 2)")
    run("CREATE MATERIALIZED VIEW m AS SELECT a FROM t")
    run("ALTER TABLE t ALTER COLUMN b TYPE text USING b || '!'")
    server.engine.restart(kill=True)
    run("INSERT INTO t VALUES (3, 'x')")
    run("DELETE FROM t WHERE b = '2!'")
    assert run("SELECT * FROM t") == [(3, "x")]
    assert run("SELECT * FROM m") == [(3,)]


def test_swapped_names_stay_swapped(server: Restarting) -> None:
    run = server.run
    run("CREATE TABLE one (x int)")
    run("CREATE TABLE two (x int, y int)")
    run("CREATE MATERIALIZED VIEW m AS SELECT x FROM one")
    run("ALTER TABLE one SWAP WITH two")
    run("INSERT INTO one VALUES (1, 2)")
    run("INSERT INTO two VALUES (3)")
    for _ in range(2):
        assert run("SELECT * FROM one") == [(1, 2)]
        assert run("SELECT * FROM m") == [(3,)]
        server.engine.restart(kill=True)


def test_a_renamed_schema_keeps_what_is_in_it(server: Restarting) -> None:
    run = server.run
    run("CREATE SCHEMA old")
    run("CREATE TABLE old.t (x int)")
    run("CREATE FUNCTION old.next(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + 1'")
    run("CREATE MATERIALIZED VIEW old.m AS SELECT x FROM old.t")
    run("CREATE VIEW old.v AS SELECT old.next(x) AS y FROM old.m")
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        run("ALTER SCHEMA old RENAME TO new")
    run("DROP VIEW old.v")
    run("ALTER SCHEMA old RENAME TO new")
    for n in range(2):
        run("INSERT INTO new.t VALUES (1)")
        assert run("SELECT * FROM new.m") == [(1,)] * (n + 1)
        assert run("SELECT new.next(1)") == [(2,)]
        with pytest.raises(psycopg.errors.UndefinedTable):
            run("SELECT * FROM old.m")
        server.engine.restart(kill=True)


def test_options_name_secrets(server: Restarting) -> None:
    run = server.run
    run("CREATE SECRET last WITH (backend = 'meta') AS '3'")
    run(
        "CREATE SOURCE s (a int) WITH (connector = 'datagen', fields.a.kind = 'sequence', fields.a.start = '1',"
        " fields.a.end = secret last)"
    )
    assert run("SELECT count(*) FROM s") == [(3,)]
    with pytest.raises(psycopg.errors.DependentObjectsStillExist):
        run("DROP SECRET last")
    server.engine.restart(kill=True)
    run("ALTER SECRET last AS '5'")
    assert run("SELECT count(*) FROM s") == [(5,)]
    assert run("SHOW SECRETS") == [("last",)]
    assert "5" not in run("SHOW CREATE SECRET last")[0][1]
    with pytest.raises(psycopg.errors.UndefinedObject):
        run("CREATE SOURCE z (a int) WITH (connector = 'datagen', fields.a.end = secret nobody)")


def test_options_come_from_a_connection(server: Restarting) -> None:
    run = server.run
    run("CREATE CONNECTION c WITH (type = 'kafka', properties.bootstrap.server = '127.0.0.1:1')")
    with pytest.raises(psycopg.Error, match="broker"):
        run("CREATE SOURCE s (a int) WITH (connection = c, topic = 't') FORMAT PLAIN ENCODE JSON")
    assert run("SHOW CONNECTIONS") == [("c",)]
    run("DROP CONNECTION c")


def test_fields_of_structs_come_and_go(server: Restarting) -> None:
    run = server.run
    run("CREATE TABLE t (id int, v struct<a int, b text>)")
    run("INSERT INTO t VALUES (1, ROW(2, 'x')), (2, NULL)")
    run("ALTER TABLE t ALTER COLUMN v TYPE struct<b text, c int, a bigint>")
    run("INSERT INTO t VALUES (3, ROW('y', 4, 5))")
    server.engine.restart(kill=True)
    assert run("SELECT id, (v).a, (v).b, (v).c FROM t ORDER BY id") == [(1, 2, "x", None), (2, None, None, None), (3, 5, "y", 4)]
    assert run("SELECT v IS NULL FROM t WHERE id = 2") == [(True,)]
    run("ALTER TABLE t ALTER COLUMN v TYPE struct<c int>")
    assert run("SELECT v::text FROM t ORDER BY id") == [("()",), (None,), ("(4)",)]


def test_a_source_gets_a_column(server: Restarting, tmp_path: Path) -> None:
    run, lines = server.run, tmp_path / "lines.json"

    def soon(sql: str, expected: list[tuple[Any, ...]]) -> None:
        deadline = time.monotonic() + 60
        while (rows := run(sql)) != expected:
            assert time.monotonic() < deadline, rows
            time.sleep(0.05)

    lines.write_text('{"a": 1, "b": "x"}\n')
    run(f"CREATE SOURCE s (a int) WITH (connector = 'file', path = '{lines}', mode = 'follow') FORMAT PLAIN ENCODE JSON")
    run("CREATE MATERIALIZED VIEW before AS SELECT a FROM s")
    soon("SELECT * FROM before", [(1,)])
    run("ALTER SOURCE s ADD COLUMN b text")
    with lines.open("a") as file:
        file.write('{"a": 2, "b": "y"}\n')
    run("CREATE MATERIALIZED VIEW after AS SELECT a, b FROM s")
    soon("SELECT * FROM before ORDER BY a", [(1,), (2,)])
    soon("SELECT * FROM after ORDER BY a", [(1, "x"), (2, "y")])
    server.engine.restart(kill=True)
    with lines.open("a") as file:
        file.write('{"a": 3}\n')
    soon("SELECT * FROM after ORDER BY a", [(1, "x"), (2, "y"), (3, None)])
    soon("SELECT * FROM before ORDER BY a", [(1,), (2,), (3,)])
    with pytest.raises(psycopg.errors.DuplicateColumn):
        run("ALTER SOURCE s ADD COLUMN b text")
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        run("ALTER SOURCE s ADD COLUMN c int DEFAULT 1")


def test_a_key_goes_while_views_read_the_table(server: Restarting) -> None:
    run = server.run
    run("CREATE TABLE t (a int PRIMARY KEY, b int NOT NULL UNIQUE, c int)")
    run("INSERT INTO t VALUES (1, 10, 100), (2, 20, 200)")
    run("CREATE MATERIALIZED VIEW counted AS SELECT c, count(*) AS n FROM t GROUP BY c")
    run("CREATE MATERIALIZED VIEW doubled AS SELECT DISTINCT c, n FROM counted")
    run("ALTER TABLE t DROP CONSTRAINT t_b_key")
    run("ALTER TABLE t DROP CONSTRAINT t_pkey")
    run("INSERT INTO t VALUES (1, 10, 100), (3, 20, 200)")
    assert sorted(run("SELECT * FROM counted")) == sorted(run("SELECT * FROM doubled")) == [(100, 2), (200, 2)]
    server.engine.restart(kill=True)
    run("DELETE FROM t WHERE a = 1")
    assert run("SELECT * FROM counted") == run("SELECT * FROM doubled") == [(200, 2)]


def test_a_key_stays_while_a_view_relies_on_it(server: Restarting) -> None:
    run = server.run
    run("CREATE TABLE t (a int PRIMARY KEY, b int)")
    run("CREATE MATERIALIZED VIEW once AS SELECT a, b FROM t GROUP BY a")
    with pytest.raises(psycopg.Error):
        run("ALTER TABLE t DROP CONSTRAINT t_pkey")
    run("INSERT INTO t VALUES (1, 2)")
    assert run("SELECT * FROM once") == [(1, 2)]
    run("DROP MATERIALIZED VIEW once")
    run("ALTER TABLE t DROP CONSTRAINT t_pkey")

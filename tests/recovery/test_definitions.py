"""What a view means is settled when it is created: renames, new columns and new tables do not change it, nor a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..serving import Served

VIEWS = {
    "star": [(1, 2), (5, 6)],
    "over_view": [(1, 2), (5, 6)],
    "natural": [(1, 2, 9)],
    "by_name": [(6,)],
}


@pytest.mark.parametrize("kill", [False, True])
def test_alter_table(tmp_path: Path, kill: bool) -> None:
    server = Served(tmp_path / "data")
    try:
        server.run("CREATE TABLE t (a int, b int)")
        server.run("CREATE TABLE u (a int, c int)")
        server.run("INSERT INTO t VALUES (1, 2)")
        server.run("INSERT INTO u VALUES (1, 9)")
        server.run("CREATE VIEW plain AS SELECT * FROM t")
        server.run("CREATE MATERIALIZED VIEW star AS SELECT * FROM t")
        server.run("CREATE MATERIALIZED VIEW over_view AS SELECT * FROM plain")
        server.run("CREATE MATERIALIZED VIEW natural AS SELECT * FROM t NATURAL JOIN u")
        server.run("CREATE MATERIALIZED VIEW inner_view AS SELECT b FROM t WHERE a = 5")
        server.run("ALTER TABLE t ADD COLUMN c int DEFAULT 7")
        server.run("INSERT INTO t VALUES (5, 6, 8)")
        server.run("ALTER TABLE t RENAME TO renamed")
        server.run("ALTER VIEW plain RENAME TO also_renamed")
        server.run("ALTER MATERIALIZED VIEW inner_view RENAME TO by_name")
        server.run("CREATE TABLE t (z text)")
        for round in range(3):
            for name, rows in VIEWS.items():
                assert sorted(server.run(f"SELECT * FROM {name}")) == rows
            assert sorted(server.run("SELECT * FROM also_renamed")) == [(1, 2), (5, 6)]
            assert sorted(server.run("SELECT a, b, c FROM renamed")) == [(1, 2, 7), (5, 6, 8)]
            server.engine.restart(kill=kill)
            server.reconnect()
            server.run(f"ALTER TABLE renamed ADD COLUMN d{round} text DEFAULT 'x'")
            server.run("INSERT INTO renamed (a, b) VALUES (0, 0)")
            server.run("DELETE FROM renamed WHERE a = 0")
        server.run("DROP TABLE renamed CASCADE")
        assert server.run("SELECT relname FROM pg_class WHERE relname IN ('star', 'natural', 'by_name')") == []
    finally:
        server.close()


def test_an_alter_table_is_whole_or_not_at_all(tmp_path: Path) -> None:
    """The rows with the new columns and the catalog's record of them are one write: killed just before and just after it."""
    for moment in ("before", "after"):
        plant = f"{Path(__file__).with_name('plants.py')}:die_{moment}_a_rewrite"
        server = Served(tmp_path / moment, plant=plant)
        try:
            server.run("CREATE TABLE t (a int)")
            server.run("INSERT INTO t SELECT generate_series(1, 1000)")
            server.run("CHECKPOINT")
            server.run("INSERT INTO t VALUES (0)")
            with pytest.raises(Exception, match=r"closed|terminated"):
                server.run("ALTER TABLE t ADD COLUMN b int DEFAULT 3")
            server.kill()
            columns = 2 if moment == "after" else 1
            rows = server.run("SELECT * FROM t")
            assert len(rows) == 1001 and {len(r) for r in rows} == {columns}
            server.run(f"INSERT INTO t VALUES ({', '.join(['5'] * columns)})")
            server.kill()
            assert len(server.run("SELECT * FROM t")) == 1002
        finally:
            server.close()

"""MERGE: privileges and row security of its clauses, and what views see of it."""

import psycopg
import pytest


def test_each_clause_needs_its_own_privilege(connection: psycopg.Connection) -> None:
    run = connection.execute
    schema = run("SELECT current_schema").fetchone()
    run("CREATE TABLE t (k int PRIMARY KEY, v int, o text); CREATE TABLE s (k int, v int)")
    run("INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b'); INSERT INTO s VALUES (1, 10), (3, 30)")
    run(f"CREATE ROLE merger; GRANT USAGE ON SCHEMA {schema[0] if schema else ''} TO merger")
    run("GRANT SELECT ON s TO merger; GRANT SELECT (k), UPDATE (v), INSERT (k, v) ON t TO merger")
    try:
        run("SET ROLE merger")
        update, insert = "WHEN MATCHED THEN UPDATE SET v = s.v", "WHEN NOT MATCHED THEN INSERT (k, v) VALUES (s.k, s.v)"
        assert run(f"MERGE INTO t USING s ON t.k = s.k {update} {insert}").statusmessage == "MERGE 2"
        for refused in ("WHEN MATCHED THEN DELETE", "WHEN MATCHED THEN UPDATE SET v = t.v + 1", "WHEN MATCHED THEN UPDATE SET o = 'x'",
                        "WHEN NOT MATCHED THEN INSERT VALUES (s.k, s.v, 'x')", "WHEN MATCHED AND t.v = 1 THEN DO NOTHING"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                run(f"MERGE INTO t USING s ON t.k = s.k {refused}")
        run("RESET ROLE; GRANT ALL ON t TO merger; ALTER TABLE t ENABLE ROW LEVEL SECURITY")
        run("CREATE POLICY see ON t FOR SELECT USING (true); CREATE POLICY gone ON t FOR DELETE USING (k = 2)")
        run("CREATE POLICY change ON t FOR UPDATE USING (k = 1) WITH CHECK (v < 100)")
        run("SET ROLE merger")
        run("MERGE INTO t USING s ON t.k = s.k AND s.k = 1 WHEN MATCHED THEN UPDATE SET v = 50")
        for action, row in (("UPDATE SET v = 500", "new row"), ("DELETE", "target row")):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match=row):
                run(f"MERGE INTO t USING s ON t.k = s.k AND s.k = 1 WHEN MATCHED THEN {action}")
    finally:
        run("RESET ROLE; DROP TABLE t, s; DROP OWNED BY merger; DROP ROLE merger")


def test_views_follow_a_merge_in_one_step(connection: psycopg.Connection) -> None:
    run = connection.execute
    run("CREATE TABLE t (k int PRIMARY KEY, v int)")
    run("INSERT INTO t VALUES (1, 1), (2, 2)")
    run("CREATE MATERIALIZED VIEW m AS SELECT count(*), sum(v) FROM t")
    run("MERGE INTO t USING (VALUES (1, 10), (2, 0), (3, 5)) s (k, v) ON t.k = s.k WHEN MATCHED AND s.v = 0 THEN DELETE "
        "WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT VALUES (s.k, s.v)")
    assert run("SELECT * FROM m").fetchone() == (2, 15)

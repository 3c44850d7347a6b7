"""Changes of the catalog in a transaction: seen by their own session only until COMMIT, and durable as a whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from sabot.storage.faults import Crash, FaultyBackend
from sabot.storage.memory import MemoryBackend

from ..serving import Served
from .embedded import Embedded

BEFORE = """
CREATE TABLE t (k int PRIMARY KEY, v int);
INSERT INTO t VALUES (1, 10), (2, 20);
CREATE MATERIALIZED VIEW m AS SELECT sum(v) AS total FROM t;
CREATE SEQUENCE q;
CREATE TYPE mood AS ENUM ('sad', 'glad');
"""
# Each as statements of one transaction, and what can be asked before it (fails or differs) and after it.
TRANSACTIONS = {
    "create": (
        ["CREATE TABLE a (x serial, y int)", "INSERT INTO a (y) VALUES (7), (8)", "CREATE MATERIALIZED VIEW w AS SELECT count(*) AS n FROM a",
         "CREATE INDEX ai ON a (y)", "INSERT INTO t VALUES (3, 30)"],
        "SELECT (SELECT n FROM w), (SELECT sum(x) FROM a), (SELECT total FROM m)", [(2, 3, 60)],
    ),
    "drop": (
        ["DROP MATERIALIZED VIEW m", "DROP TABLE t", "CREATE TABLE t (other text)", "INSERT INTO t VALUES ('new')"],
        "SELECT other FROM t", [("new",)],
    ),
    "alter": (
        ["ALTER TABLE t ADD COLUMN w int DEFAULT 5", "UPDATE t SET w = 6 WHERE k = 1", "INSERT INTO t VALUES (4, 40, 4)",
         "ALTER SEQUENCE q RESTART WITH 50"],
        "SELECT (SELECT sum(w) FROM t), (SELECT total FROM m), nextval('q')", [(15, 70, 50)],
    ),
    "rename": (
        ["ALTER TABLE t RENAME TO s", "ALTER TABLE s RENAME COLUMN v TO x", "ALTER TYPE mood RENAME TO temper", "CREATE SCHEMA z",
         "CREATE VIEW z.p AS SELECT x FROM s"],
        "SELECT sum(x) FROM z.p WHERE 'sad'::temper IS NOT NULL", [(30,)],
    ),
    "replace": (["ALTER MATERIALIZED VIEW m AS SELECT max(v) AS largest FROM t"], "SELECT largest FROM m", [(20,)]),
}


def _ask(server: Embedded, question: str) -> list[tuple[Any, ...]] | None:
    try:
        return server.run(question)
    except Exception:
        return None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("name", TRANSACTIONS)
def test_a_crash_at_any_write_leaves_all_or_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    statements, question, answer = TRANSACTIONS[name]
    text = ["BEGIN", *statements, "COMMIT"] if name != "replace" else statements
    seen: list[bool] = []
    crash = 1
    while True:
        backend = FaultyBackend()
        server = Embedded(backend, monkeypatch)
        server.run(BEFORE)
        server.server.checkpoint_now()
        backend.crash_at, backend.crash_after = backend.writes + (crash + 1) // 2, crash % 2 == 0
        crashed = False
        try:
            server.run(*text)
        except (Crash, Exception):
            crashed = True
        backend.crash_at = None
        left = backend.survivor()
        again = Embedded(left, monkeypatch)
        done = _ask(again, question) == answer
        if not done:
            assert _ask(again, "SELECT total, (SELECT count(*) FROM t), nextval('q') FROM m") == [(30, 2, 1)]
            names = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'm', 'v', 'S', 'i') AND oid >= 16384 ORDER BY 1"
            assert [n for (n,) in again.run(names)] == ["m", "q", "t", "t_pkey"], "nothing of the transaction is left"
        seen.append(done)
        if not crashed:
            break
        crash += 1
    assert seen == sorted(seen) and seen[0] is False and seen[-1] is True


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    server = Served(tmp_path_factory.mktemp("data"))
    try:
        yield server
    finally:
        server.close()


@pytest.fixture
def sessions(served: Served) -> Iterator[tuple[Callable[[str], Any], Callable[[str], Any]]]:
    with psycopg.connect(served.engine.address, autocommit=True) as one, psycopg.connect(served.engine.address, autocommit=True) as two:
        one.execute("CREATE SCHEMA s")
        for c in (one, two):
            c.execute("SET search_path TO s")

        def ask(connection: psycopg.Connection[Any]) -> Callable[[str], Any]:
            def run(sql: str) -> Any:
                cursor = connection.execute(sql)
                return cursor.fetchall() if cursor.description is not None else None

            return run

        yield ask(one), ask(two)
        one.rollback()
        one.execute("DROP SCHEMA s CASCADE")


def test_others_see_nothing_before_the_commit(sessions: Any) -> None:
    one, two = sessions
    one("CREATE TABLE kept (a int)")
    one("INSERT INTO kept VALUES (1)")
    one("BEGIN")
    one("CREATE TABLE t (a int)")
    one("CREATE MATERIALIZED VIEW v AS SELECT a FROM kept")
    one("ALTER TABLE kept RENAME TO other")
    one("INSERT INTO t VALUES (5)")
    assert one("SELECT t.a, v.a FROM t, v") == [(5, 1)]
    assert one("SELECT 't'::regclass") == [("t",)]
    for missing in ("t", "v", "other"):
        with pytest.raises(psycopg.errors.UndefinedTable):
            two(f"SELECT * FROM {missing}")
    assert two("SELECT * FROM kept") == [(1,)]
    two("INSERT INTO kept VALUES (2)")
    one("COMMIT")
    assert two("SELECT * FROM v ORDER BY a") == two("SELECT * FROM other ORDER BY a") == [(1,), (2,)]
    assert two("SELECT * FROM t") == [(5,)]


def test_rollback_undoes_every_kind_of_change(sessions: Any) -> None:
    one, two = sessions
    one("CREATE TABLE t (k int PRIMARY KEY, v int)")
    one("INSERT INTO t VALUES (1, 1)")
    one("CREATE VIEW p AS SELECT v FROM t")
    for statements in (
        ["DROP TABLE t CASCADE"], ["ALTER TABLE t ADD COLUMN w int DEFAULT 3", "UPDATE t SET w = 4"],
        ["ALTER TABLE t RENAME COLUMN v TO z"], ["CREATE UNIQUE INDEX u ON t (v)", "INSERT INTO t VALUES (2, 2)"],
        ["DROP VIEW p", "CREATE VIEW p AS SELECT k FROM t"], ["CREATE TYPE mood AS ENUM ('a')", "CREATE TABLE m (x mood)"],
        ["CREATE TEMP TABLE x (a int)", "INSERT INTO x VALUES (1)"], ["CREATE ROLE r", "GRANT SELECT ON t TO r"],
    ):
        one("BEGIN")
        for s in statements:
            one(s)
        one("ROLLBACK")
        assert one("SELECT * FROM t") == two("SELECT * FROM t") == [(1, 1)]
        assert two("SELECT * FROM p") == [(1,)]
    two("INSERT INTO t VALUES (3, 1)")  # no unique index is left
    with pytest.raises(psycopg.errors.UndefinedTable):
        one("SELECT * FROM x")
    assert two("SELECT count(*) FROM pg_roles WHERE rolname = 'r'") == [(0,)]
    assert two("SELECT count(*) FROM pg_type WHERE typname = 'mood'") == [(0,)]


def test_savepoints_keep_what_came_before_them(sessions: Any) -> None:
    one, two = sessions
    one("BEGIN")
    one("CREATE TABLE t (a int)")
    one("INSERT INTO t VALUES (1)")
    one("SAVEPOINT p")
    one("ALTER TABLE t ADD COLUMN b int DEFAULT 2")
    one("INSERT INTO t VALUES (3, 4)")
    one("CREATE TABLE u (a int)")
    assert one("SELECT * FROM t ORDER BY a") == [(1, 2), (3, 4)]
    one("ROLLBACK TO p")
    assert one("SELECT * FROM t") == [(1,)]
    one("CREATE TABLE u (b text)")
    one("COMMIT")
    assert two("SELECT * FROM t") == [(1,)]
    assert two("SELECT * FROM u") == []


def test_whoever_comes_second_has_to_try_again(sessions: Any) -> None:
    one, two = sessions
    one("CREATE TABLE t (a int)")
    one("BEGIN")
    one("ALTER TABLE t RENAME TO u")
    two("ALTER TABLE t ADD COLUMN b int")
    with pytest.raises(psycopg.errors.SerializationFailure):
        one("COMMIT")
    assert two("SELECT * FROM t") == []
    one("BEGIN")
    one("CREATE VIEW w AS SELECT * FROM t")
    two("DROP TABLE t")
    with pytest.raises(psycopg.errors.SerializationFailure):
        one("COMMIT")
    one("BEGIN")
    one("CREATE TABLE t (x int)")
    two("CREATE TABLE t (y int)")
    with pytest.raises(psycopg.errors.DuplicateTable):
        one("COMMIT")
    assert two("SELECT * FROM t") == one("SELECT * FROM t") == []


def test_a_view_over_an_altered_table_is_filled_after_the_commit(sessions: Any) -> None:
    one, two = sessions
    one("CREATE TABLE t (a int)")
    one("INSERT INTO t VALUES (1), (2)")
    one("CREATE MATERIALIZED VIEW v AS SELECT sum(a) AS s FROM t")
    one("BEGIN")
    one("DROP MATERIALIZED VIEW v")
    one("ALTER TABLE t ADD COLUMN b int DEFAULT 10")
    one("CREATE MATERIALIZED VIEW v AS SELECT sum(a + b) AS s FROM t")
    one("INSERT INTO t VALUES (3, 30)")
    assert two("SELECT * FROM v") == [(3,)]
    one("COMMIT")
    assert two("SELECT * FROM v") == one("SELECT * FROM v") == [(56,)]


def test_the_log_is_shortened_to_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = MemoryBackend()
    server = Embedded(backend, monkeypatch)
    server.run(BEFORE, "CREATE ROLE r", "GRANT SELECT ON t TO r", "COMMENT ON TABLE t IS 'kept'", "COMMENT ON ROLE r IS 'kept too'",
               "CREATE FUNCTION f(a int) RETURNS int LANGUAGE SQL AS 'SELECT a + 1'", "CREATE SCHEMA z")
    for number in range(400):
        server.run(f"CREATE TABLE z.x{number} (a int)", f"DROP TABLE z.x{number}")
    records = len(list(backend.keys(b"C")))
    assert records < 300
    again = Embedded(backend, monkeypatch)
    for server_of in (server, again):
        assert server_of.run("SELECT f(1), total FROM m") == [(2, 30)]
        assert server_of.run("SELECT has_table_privilege('r', 't', 'SELECT'), obj_description('t'::regclass)") == [(True, "kept")]
    assert again.server.catalog.new_id() >= server.server.catalog.new_id()

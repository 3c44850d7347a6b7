"""Databases: namespaces of schemas that a session enters, lists and reads across; what a restart keeps of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sqllogictest.engines import Sabot


class Server:
    def __init__(self, folder: Path) -> None:
        self.engine = Sabot(folder)

    def run(self, sql: str, database: str = "dev", user: str = "root") -> list[tuple[Any, ...]]:
        address = psycopg.conninfo.make_conninfo(self.engine.address, dbname=database, user=user)
        with psycopg.connect(address, autocommit=True) as connection:
            rows: list[tuple[Any, ...]] = []
            for statement in sql.split(";"):
                cursor = connection.execute(statement)
                rows = cursor.fetchall() if cursor.description is not None else []
            return rows


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.engine.close()


def test_objects_of_databases_are_apart_and_survive_a_restart(server: Server) -> None:
    run = server.run
    run("CREATE DATABASE shop; CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1)")
    run("""CREATE TYPE mood AS ENUM ('low', 'high');
           CREATE TABLE t (a int PRIMARY KEY, m mood DEFAULT 'low', n serial, CHECK (a > 0));
           CREATE SCHEMA s; CREATE TABLE s.child (a int REFERENCES public.t(a));
           CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1';
           CREATE VIEW v AS SELECT a, m FROM t; CREATE MATERIALIZED VIEW total AS SELECT sum(a) AS a FROM v;
           CREATE TABLE target (a bigint); CREATE SINK copies INTO target AS SELECT a FROM total WITH (force_append_only = 'true')""", "shop")
    run("INSERT INTO t VALUES (5), (7); INSERT INTO s.child VALUES (5)", "shop")
    for _ in range(2):
        assert run("SELECT * FROM t") == [(1,)]
        assert run("SELECT a, m, n FROM t ORDER BY a", "shop")[:2] == [(5, "low", 1), (7, "low", 2)]
        assert run("SELECT twice(a::int) FROM total", "shop") == run("SELECT 2 * sum(a)::int FROM t", "shop")
        assert run("SELECT count(*) FROM target", "shop")[0][0] >= 1
        assert run("SELECT current_database(), 't'::regclass::text, current_schema()", "shop") == [("shop", "t", "public")]
        assert run("SELECT datname FROM pg_database ORDER BY 1") == [("dev",), ("shop",)]
        assert run("SELECT tablename FROM pg_tables WHERE schemaname NOT LIKE '%\\_%' AND schemaname <> 'sabot' ORDER BY 1") == [("t",)]
        with pytest.raises(psycopg.errors.CheckViolation):
            run("INSERT INTO t VALUES (-1)", "shop")
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            run("INSERT INTO s.child VALUES (100)", "shop")
        server.engine.restart(kill=True)
        run("INSERT INTO t SELECT max(a) + 1 FROM t", "shop")


def test_a_view_may_read_another_database(server: Server) -> None:
    run = server.run
    run("CREATE DATABASE a; CREATE DATABASE b; CREATE TABLE a.public.t (x int); CREATE TABLE b.public.t (x int)")
    run("CREATE MATERIALIZED VIEW m AS SELECT t.x FROM t JOIN b.public.t AS u USING (x)", "a")
    run("INSERT INTO t VALUES (1), (2); INSERT INTO b.public.t VALUES (2), (3)", "a")
    assert run("SELECT * FROM m", "a") == [(2,)]
    server.engine.restart(kill=True)
    run("INSERT INTO t VALUES (1)", "b")
    assert run("USE a; SELECT * FROM m ORDER BY x", "b") == [(1,), (2,)]
    run("ALTER DATABASE a RENAME TO c")
    assert run("SELECT * FROM c.public.m ORDER BY x") == [(1,), (2,)]
    run("DROP DATABASE b")
    with pytest.raises(psycopg.errors.UndefinedTable):
        run("SELECT * FROM m", "c")


def test_a_database_that_is_in_use_stays(server: Server) -> None:
    server.run("CREATE DATABASE d")
    with pytest.raises(psycopg.errors.ObjectInUse):
        server.run("DROP DATABASE d", "d")
    with psycopg.connect(psycopg.conninfo.make_conninfo(server.engine.address, dbname="d")), pytest.raises(psycopg.errors.ObjectInUse):
        server.run("DROP DATABASE d")
    with pytest.raises(psycopg.errors.ActiveSqlTransaction):
        server.run("BEGIN; CREATE DATABASE e")
    with pytest.raises(psycopg.errors.DuplicateDatabase):
        server.run("CREATE DATABASE dev")
    with pytest.raises(psycopg.errors.InvalidName):
        server.run('CREATE SCHEMA "d.x"')
    server.run("CREATE TABLE t (a int)", "d")
    with pytest.raises(psycopg.errors.DependentObjectsStillExist):
        server.run("DROP DATABASE d RESTRICT")
    server.run("DROP DATABASE d")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        server.run("SELECT 1", "d")


def test_who_may_make_and_enter_a_database(server: Server) -> None:
    run = server.run
    run("CREATE ROLE maker LOGIN CREATEDB; CREATE ROLE guest LOGIN")
    run("CREATE DATABASE theirs", user="maker")
    run("REVOKE CONNECT ON DATABASE theirs FROM PUBLIC", user="maker")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        run("SELECT 1", "theirs", "guest")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run("USE theirs", user="guest")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run("CREATE DATABASE other", user="guest")
    run("GRANT CONNECT ON DATABASE theirs TO guest", user="maker")
    assert run("CREATE TEMP TABLE x AS SELECT 3; SELECT * FROM x", "theirs", "guest") == [(3,)]
    run("CREATE SCHEMA s; CREATE TABLE s.t (a int)", "theirs", "maker")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run("CREATE SCHEMA s2", "theirs", "guest")
    run("ALTER DATABASE theirs SET work_mem = '3MB'", user="maker")
    assert run("SHOW work_mem", "theirs") == [("3MB",)]
    assert run("SHOW work_mem") != [("3MB",)]


def test_channels_of_notifications_are_those_of_a_database(server: Server) -> None:
    server.run("CREATE DATABASE d; CREATE TABLE t (a int); CREATE TABLE d.public.t (a int)")
    address = psycopg.conninfo.make_conninfo(server.engine.address, dbname="d")
    with psycopg.connect(address, autocommit=True) as listener:
        listener.execute('LISTEN c; LISTEN "changes:t"')
        server.run("NOTIFY c, 'elsewhere'; INSERT INTO t VALUES (1)")
        server.run("NOTIFY c, 'here'; INSERT INTO t VALUES (1), (2)", "d")
        told = [(n.channel, n.payload) for n in listener.notifies(timeout=10, stop_after=2)]
    assert sorted(told)[0] == ("c", "here")
    assert '"inserted": 2' in sorted(told)[1][1]

"""Roles, privileges and row security: the same script on Sabot and PostgreSQL gives the same rows and errors."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sqllogictest.engines import Sabot
from tests import postgres

# Each line is run on both servers; {a}, {b} and {g} are roles of this test, made by the fixture: b is in group g.
SCRIPTS: dict[str, str] = {
    "tables": """
        CREATE TABLE t (a int PRIMARY KEY, b int, c text); INSERT INTO t VALUES (1, 2, 'x'), (2, 3, 'y')
        SET ROLE {b}; SELECT * FROM t; INSERT INTO t VALUES (5); UPDATE t SET b = 1; DELETE FROM t; TRUNCATE t
        DROP TABLE t; ALTER TABLE t ADD COLUMN z int; COMMENT ON TABLE t IS 'mine'; CREATE INDEX ON t (b)
        RESET ROLE; GRANT SELECT, INSERT ON t TO {g}; SET ROLE {b}; SELECT * FROM t; INSERT INTO t VALUES (5); UPDATE t SET b = 1
        RESET ROLE; REVOKE SELECT ON t FROM {b}; SET ROLE {b}; SELECT count(*) FROM t; RESET ROLE
        REVOKE ALL ON t FROM {g}; SET ROLE {b}; SELECT count(*) FROM t; RESET ROLE
        GRANT SELECT ON t TO PUBLIC; SET ROLE {b}; SELECT count(*) FROM t; RESET ROLE; REVOKE SELECT ON t FROM PUBLIC
        GRANT ALL ON t TO {b}; SET ROLE {b}; DELETE FROM t WHERE a = 5; TRUNCATE t; SELECT count(*) FROM t; DROP TABLE t
        GRANT SELECT ON t TO {a}; RESET ROLE; GRANT SELECT ON nothing TO {b}; GRANT SELECT ON t TO nobody_at_all
        DROP TABLE nothing""",
    "columns": """
        CREATE TABLE t (a int, b int, c text); INSERT INTO t VALUES (1, 2, 'x'), (2, 3, 'y')
        GRANT SELECT (a, c), INSERT (a), UPDATE (b) ON t TO {b}; SET ROLE {b}
        SELECT a, c FROM t ORDER BY a; SELECT * FROM t; SELECT b FROM t; SELECT count(*) FROM t; SELECT t FROM t; SELECT a FROM t WHERE b = 2
        SELECT a FROM t ORDER BY b; SELECT a FROM t GROUP BY a, b; SELECT x.a FROM t x JOIN t y ON x.a = y.a ORDER BY 1
        SELECT x.a FROM t x JOIN t y ON x.b = y.b; SELECT (SELECT max(b) FROM t); WITH w AS (SELECT b FROM t) SELECT * FROM w
        SELECT a FROM t WHERE EXISTS (SELECT 1 FROM t u WHERE u.b = t.a); SELECT max(a) OVER (ORDER BY b) FROM t
        INSERT INTO t (a) VALUES (7); INSERT INTO t VALUES (8); INSERT INTO t (a, b) VALUES (8, 1); INSERT INTO t (a) VALUES (9) RETURNING a
        INSERT INTO t (a) VALUES (9) RETURNING b; UPDATE t SET b = 4; UPDATE t SET b = b + 1; UPDATE t SET b = 5 WHERE a = 1
        UPDATE t SET a = 1; UPDATE t SET b = 1 RETURNING c; UPDATE t SET b = 1 WHERE b = 1; DELETE FROM t WHERE a = 1
        RESET ROLE; REVOKE SELECT ON t FROM {b}; SET ROLE {b}; SELECT a FROM t; RESET ROLE; GRANT SELECT (zz) ON t TO {b}""",
    "views": """
        CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 2), (3, 4); CREATE VIEW v AS SELECT a FROM t
        CREATE MATERIALIZED VIEW m AS SELECT b FROM t WITH NO DATA; REFRESH MATERIALIZED VIEW m; CREATE VIEW vi WITH (security_invoker = true) AS SELECT a FROM t
        SET ROLE {b}; SELECT * FROM v; SELECT * FROM m; RESET ROLE; GRANT SELECT ON v, m, vi TO {b}; SET ROLE {b}
        SELECT * FROM v ORDER BY 1; SELECT * FROM m ORDER BY 1; SELECT * FROM vi; SELECT * FROM t
        DROP VIEW v; DROP MATERIALIZED VIEW m; RESET ROLE
        GRANT SELECT (a) ON t TO {b}; SET ROLE {b}; SELECT * FROM vi ORDER BY 1; RESET ROLE
        GRANT CREATE ON SCHEMA {schema} TO {b}; SET ROLE {b}; CREATE VIEW mine AS SELECT b FROM t; SELECT * FROM mine; RESET ROLE
        SELECT * FROM mine; DROP OWNED BY {b}""",
    "schemas": """
        CREATE SCHEMA {schema}_s; CREATE TABLE {schema}_s.u (x int); GRANT SELECT ON {schema}_s.u TO {b}; SET ROLE {b}
        SELECT * FROM {schema}_s.u; CREATE TABLE {schema}_s.w (a int); CREATE TABLE w (a int); RESET ROLE
        GRANT USAGE ON SCHEMA {schema}_s TO {b}; SET ROLE {b}; SELECT * FROM {schema}_s.u; CREATE TABLE {schema}_s.w (a int)
        DROP SCHEMA {schema}_s; RESET ROLE; GRANT CREATE ON SCHEMA {schema}_s TO {b}; SET ROLE {b}; CREATE TABLE {schema}_s.w (a int)
        INSERT INTO {schema}_s.w VALUES (1); SELECT * FROM {schema}_s.w; DROP TABLE {schema}_s.w; RESET ROLE
        GRANT USAGE ON SCHEMA nowhere TO {b}; DROP SCHEMA {schema}_s CASCADE""",
    "grant options": """
        CREATE TABLE t (a int); INSERT INTO t VALUES (1); GRANT SELECT ON t TO {a} WITH GRANT OPTION; SET ROLE {a}; GRANT SELECT ON t TO {b}
        GRANT INSERT ON t TO {b}; RESET ROLE; SET ROLE {b}; SELECT * FROM t; GRANT SELECT ON t TO {g}; RESET ROLE
        REVOKE SELECT ON t FROM {a}; REVOKE SELECT ON t FROM {a} CASCADE; SET ROLE {b}; SELECT * FROM t; RESET ROLE
        GRANT SELECT ON t TO PUBLIC WITH GRANT OPTION""",
    "functions": """
        CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1 + 1'; SET ROLE {b}; SELECT f(1); RESET ROLE
        REVOKE EXECUTE ON FUNCTION f(int) FROM PUBLIC; SET ROLE {b}; SELECT f(1); DROP FUNCTION f(int); RESET ROLE
        GRANT EXECUTE ON FUNCTION f TO {b}; SET ROLE {b}; SELECT f(1); RESET ROLE;
        CREATE TABLE secret (a int); INSERT INTO secret VALUES (42)
        CREATE FUNCTION peek() RETURNS int LANGUAGE sql AS 'SELECT max(a) FROM secret'; SET ROLE {b}; SELECT peek(); RESET ROLE
        CREATE FUNCTION show_it() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT max(a) FROM secret'; SET ROLE {b}; SELECT show_it()
        RESET ROLE; GRANT EXECUTE ON FUNCTION nothing(int) TO {b}""",
    "ownership": """
        CREATE TABLE t (a int); ALTER TABLE t OWNER TO {a}; SET ROLE {a}; INSERT INTO t VALUES (1); SELECT * FROM t; GRANT SELECT ON t TO {b}
        RESET ROLE; SET ROLE {b}; SELECT * FROM t; ALTER TABLE t OWNER TO {b}; RESET ROLE; DROP ROLE {a}; SET ROLE {a}
        REVOKE ALL ON t FROM {a}; SELECT * FROM t; GRANT ALL ON t TO {a}; SELECT * FROM t; RESET ROLE
        REASSIGN OWNED BY {a} TO {b}; SET ROLE {b}; DROP TABLE t; RESET ROLE""",
    "default privileges": """
        ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {b}; CREATE TABLE t (a int); INSERT INTO t VALUES (1); SET ROLE {b}
        SELECT * FROM t; INSERT INTO t VALUES (2); RESET ROLE; ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE SELECT ON TABLES FROM {b}
        CREATE TABLE u (a int); SET ROLE {b}; SELECT * FROM u; RESET ROLE
        ALTER DEFAULT PRIVILEGES IN SCHEMA nowhere GRANT SELECT ON TABLES TO {b}""",
    "roles": """
        SET ROLE {b}; SELECT current_user = '{b}', session_user = '{b}'; SET ROLE {g}; SELECT current_role = '{g}'; RESET ROLE; SET ROLE nobody_at_all
        SET SESSION AUTHORIZATION {b}; SELECT session_user = '{b}', current_user = '{b}'; SET ROLE {a}; SET ROLE {g}; SET ROLE NONE
        SET SESSION AUTHORIZATION {a}; RESET SESSION AUTHORIZATION; CREATE ROLE {b}; CREATE ROLE pg_x; CREATE ROLE public; CREATE ROLE "none"
        DROP ROLE nobody_at_all; ALTER ROLE nobody_at_all LOGIN; GRANT {g} TO {b}; GRANT {b} TO {g}; GRANT {g} TO {g}
        BEGIN; SET LOCAL ROLE {b}; SELECT current_user = '{b}'; COMMIT; SELECT current_user = '{b}'""",
    "row security": """
        CREATE TABLE t (id int PRIMARY KEY, who text); INSERT INTO t VALUES (1, '{a}'), (2, '{b}'), (3, '{b}'); GRANT ALL ON t TO {a}, {b}
        SET ROLE {b}; SELECT count(*) FROM t; RESET ROLE; ALTER TABLE t ENABLE ROW LEVEL SECURITY; SET ROLE {b}; SELECT count(*) FROM t
        INSERT INTO t VALUES (4, '{b}'); RESET ROLE; CREATE POLICY p ON t USING (who = current_user); CREATE POLICY p ON t USING (true)
        SET ROLE {b}; SELECT id FROM t ORDER BY id; SELECT id FROM t WHERE id = 1; INSERT INTO t VALUES (4, '{a}'); INSERT INTO t VALUES (4, '{b}')
        UPDATE t SET who = '{a}' WHERE id = 4; UPDATE t SET id = 5 WHERE id = 4; UPDATE t SET id = 9 WHERE id = 1; DELETE FROM t WHERE id IN (1, 5)
        INSERT INTO t VALUES (1, '{b}') ON CONFLICT (id) DO UPDATE SET who = excluded.who; INSERT INTO t VALUES (2, '{b}') ON CONFLICT (id) DO UPDATE SET id = 20
        INSERT INTO t VALUES (1, '{b}') ON CONFLICT DO NOTHING; SELECT id FROM t ORDER BY id; TRUNCATE t; CREATE POLICY q ON t USING (true)
        SET row_security = off; SELECT * FROM t; RESET row_security; RESET ROLE; SELECT count(*) FROM t
        ALTER POLICY p ON t RENAME TO p2; DROP POLICY p ON t; DROP POLICY IF EXISTS p ON t; DROP POLICY p2 ON t; SET ROLE {a}; SELECT * FROM t; RESET ROLE""",
    "policies": """
        CREATE TABLE t (id int, who text); CREATE TABLE ok (id int); INSERT INTO ok VALUES (1), (2), (6)
        INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z'), (4, NULL); GRANT ALL ON t TO {a}, {b}; GRANT SELECT ON ok TO {b}
        ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY r ON t FOR SELECT TO {b} USING (EXISTS (SELECT 1 FROM ok WHERE ok.id = t.id))
        CREATE POLICY w ON t FOR INSERT TO {g} WITH CHECK (id IN (SELECT id FROM ok)); CREATE POLICY n ON t AS RESTRICTIVE USING (who <> 'y')
        SET ROLE {b}; SELECT * FROM t ORDER BY id; INSERT INTO t VALUES (6, 'q'); INSERT INTO t VALUES (7, 'q'); INSERT INTO t VALUES (6, 'y')
        INSERT INTO t VALUES (6, NULL); UPDATE t SET who = 'u'; DELETE FROM t; SELECT count(*) FROM t WHERE 1 / (id - 3) < 9
        SELECT t.id, ok.id FROM t LEFT JOIN ok ON ok.id = t.id ORDER BY 1; SELECT max(id) FROM t; RESET ROLE; SET ROLE {a}; SELECT * FROM t
        RESET ROLE; CREATE POLICY e ON t FOR SELECT WITH CHECK (true); CREATE POLICY e ON t FOR INSERT USING (true); CREATE POLICY e ON t USING (id)
        CREATE VIEW v AS SELECT * FROM t; GRANT SELECT ON v TO {b}; SET ROLE {b}; SELECT count(*) FROM v; RESET ROLE
        ALTER TABLE t OWNER TO {a}; SET ROLE {a}; SELECT count(*) FROM t; ALTER TABLE t FORCE ROW LEVEL SECURITY; SELECT count(*) FROM t
        ALTER TABLE t NO FORCE ROW LEVEL SECURITY; ALTER TABLE t DISABLE ROW LEVEL SECURITY; SELECT count(*) FROM t; RESET ROLE; REASSIGN OWNED BY {a} TO CURRENT_USER""",
    "privilege functions": """
        CREATE TABLE t (a int, b int); GRANT SELECT ON t TO {g}; GRANT INSERT (a) ON t TO {b}; GRANT UPDATE ON t TO {a} WITH GRANT OPTION
        SELECT has_table_privilege('{b}', 't', 'SELECT'), has_table_privilege('{b}', 't', 'INSERT'), has_table_privilege('{b}', 't', 'insert, select'), has_table_privilege('{a}', 't', 'UPDATE WITH GRANT OPTION')
        SELECT has_table_privilege('{a}', 't'::regclass, 'SELECT'), has_any_column_privilege('{b}', 't', 'INSERT'), has_column_privilege('{b}', 't', 'a', 'INSERT'), has_column_privilege('{b}', 't', 'b', 'INSERT')
        SELECT has_schema_privilege('{b}', '{schema}', 'USAGE'), has_schema_privilege('{b}', '{schema}', 'CREATE'), has_schema_privilege('{a}', 'pg_catalog', 'USAGE')
        SELECT pg_has_role('{b}', '{g}', 'USAGE'), pg_has_role('{b}', '{g}', 'MEMBER'), pg_has_role('{a}', '{g}', 'MEMBER'), pg_has_role('{b}', '{g}', 'MEMBER WITH ADMIN OPTION')
        SET ROLE {b}; SELECT has_table_privilege('t', 'SELECT'), has_table_privilege('t', 'DELETE'), has_column_privilege('t', 'a', 'INSERT'), has_any_column_privilege('t', 'INSERT')
        SELECT count(*) FROM pg_class WHERE oid = 't'::regclass AND has_table_privilege(oid, 'SELECT'); SELECT has_table_privilege('nothing', 'SELECT')
        SELECT grantee = '{g}', privilege_type FROM information_schema.role_table_grants WHERE table_name = 't' AND table_schema = '{schema}'
        SELECT column_name, privilege_type FROM information_schema.column_privileges WHERE table_name = 't' AND table_schema = '{schema}' AND grantee = '{b}'
        RESET ROLE; SELECT has_table_privilege('t', 'DELETE'), has_database_privilege('{b}', current_database(), 'CONNECT')""",
}

Outcome = list[tuple[object, ...]] | tuple[str, str]


def outcome(connection: psycopg.Connection, sql: str) -> Outcome:
    try:
        cursor = connection.execute(sql)  # type: ignore[call-overload]
    except psycopg.Error as error:
        return (error.sqlstate or "", error.diag.message_primary or "")
    return cursor.fetchall() if cursor.description is not None else [(cursor.statusmessage,)]


@pytest.fixture(scope="module")
def oracle() -> Iterator[str]:
    try:
        with postgres.running() as uri:
            yield uri
    except Exception as error:
        pytest.skip(f"no PostgreSQL here: {error}")


@pytest.mark.parametrize("name", SCRIPTS)
def test_as_in_postgres(name: str, server: Sabot, oracle: str) -> None:
    mark = uuid.uuid4().hex[:6]
    names = {"a": f"a_{mark}", "b": f"b_{mark}", "g": f"g_{mark}", "schema": f"s_{mark}"}
    statements = [s.strip() for line in SCRIPTS[name].splitlines() for s in line.split(";") if s.strip()]
    found: list[list[Outcome]] = []
    for address in (server.address, oracle):
        with psycopg.connect(address, autocommit=True) as connection:
            for sql in ("CREATE ROLE {a}", "CREATE ROLE {b}", "CREATE ROLE {g}", "GRANT {g} TO {b}", "CREATE SCHEMA {schema}",
                        "GRANT USAGE ON SCHEMA {schema} TO {a}, {b}", "SET search_path TO {schema}"):  # fmt: skip
                connection.execute(sql.format(**names))  # type: ignore[call-overload]
            try:
                found.append([outcome(connection, s.format(**names)) for s in statements])
            finally:
                connection.execute("RESET SESSION AUTHORIZATION")
                connection.execute(f"DROP OWNED BY {names['a']}, {names['b']}, {names['g']} CASCADE")  # type: ignore[call-overload]
                connection.execute(f"DROP SCHEMA {names['schema']} CASCADE")  # type: ignore[call-overload]
                for role in ("a", "b", "g"):
                    connection.execute(f"DROP ROLE IF EXISTS {names[role]}")  # type: ignore[call-overload]
    different = [(s, ours, theirs) for s, ours, theirs in zip(statements, *found, strict=True) if ours != theirs]
    assert not different, "\n".join(f"{s}\n   sabot: {a}\n   postgres: {b}" for s, a, b in different)


def test_roles_outlive_a_kill(tmp_path: Path) -> None:
    engine = Sabot(tmp_path)
    try:
        with psycopg.connect(engine.address, autocommit=True) as connection:
            for sql in ("CREATE ROLE grp", "CREATE USER ann PASSWORD 'x' IN ROLE grp", "CREATE TABLE t (a int, b int)", "INSERT INTO t VALUES (1, 2), (3, 4)",
                        "GRANT SELECT (a) ON t TO grp", "CREATE POLICY p ON t USING (a > 1)", "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
                        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO grp", "CREATE SCHEMA AUTHORIZATION grp"):  # fmt: skip
                connection.execute(sql)  # type: ignore[call-overload]
            password = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'ann'").fetchone()
        engine.restart(kill=True)
        with psycopg.connect(engine.address, autocommit=True) as connection:
            assert connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'ann'").fetchone() == password
            connection.execute("CREATE TABLE u (x int)")
            connection.execute("SET ROLE ann")
            assert connection.execute("SELECT a FROM t").fetchall() == [(3,)]
            assert connection.execute("SELECT * FROM u").fetchall() == []
            connection.execute("CREATE TABLE grp.mine (x int)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SELECT b FROM t")
    finally:
        engine.close()


def test_a_subscriber_gets_the_changes_of_what_it_may_see(server: Sabot, connection: psycopg.Connection) -> None:
    name = f"sub_{uuid.uuid4().hex[:6]}"
    path = connection.execute("SHOW search_path").fetchone()
    assert path is not None
    for sql in ("CREATE TABLE t (a int, who text, secret int)", "CREATE TABLE members (who text)", f"CREATE ROLE {name} LOGIN",
                f"GRANT USAGE ON SCHEMA {path[0]} TO {name}", f"GRANT SELECT (a, who) ON t TO {name}", f"GRANT SELECT ON members TO {name}",
                "ALTER TABLE t ENABLE ROW LEVEL SECURITY", "INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2)", "INSERT INTO members VALUES ('x')",
                "CREATE POLICY p ON t USING (who IN (SELECT who FROM members))"):  # fmt: skip
        connection.execute(sql)  # type: ignore[call-overload]
    with psycopg.connect(server.address.replace("user=root", f"user={name}"), autocommit=True) as reader:
        reader.execute(f"SET search_path TO {path[0]}")  # type: ignore[call-overload]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("DECLARE c CURSOR FOR SUBSCRIBE t")
        reader.execute("DECLARE c CURSOR FOR SUBSCRIBE (SELECT a FROM t)")
        seen: list[tuple[int, int]] = []

        def until(expected: set[tuple[int, int]]) -> None:
            for _ in range(20):
                if expected <= set(seen):
                    return
                seen.extend((r[1], r[2]) for r in reader.execute("FETCH 100 FROM c").fetchall())

        until({(1, 1)})
        connection.execute("INSERT INTO t VALUES (3, 'x', 3), (4, 'z', 4)")
        connection.execute("INSERT INTO members VALUES ('y')")
        until({(1, 3), (1, 2)})
        connection.execute("DELETE FROM members WHERE who = 'x'")
        until({(-1, 1), (-1, 3)})
        assert sorted(seen) == [(-1, 1), (-1, 3), (1, 1), (1, 2), (1, 3)]
    connection.execute(f"DROP OWNED BY {name}")  # type: ignore[call-overload]


def test_row_security_never_comes_to_apply_to_the_owner_of_a_view(server: Sabot) -> None:
    """Its rows were made without policies, so what would change that is refused, in whatever way it would."""
    with psycopg.connect(server.address, autocommit=True) as c:
        for sql in ("CREATE SCHEMA guarded", "SET search_path TO guarded", "CREATE ROLE viewer", "GRANT ALL ON SCHEMA guarded TO viewer",
                    "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)", "GRANT SELECT ON t TO viewer", "CREATE VIEW p AS SELECT a FROM t",
                    "CREATE MATERIALIZED VIEW mine AS SELECT a FROM t", "SET ROLE viewer", "CREATE MATERIALIZED VIEW v AS SELECT a FROM t",
                    "RESET ROLE"):  # fmt: skip
            c.execute(sql)
        with pytest.raises(psycopg.errors.FeatureNotSupported, match="owner of materialized view \"v\""):
            c.execute("ALTER TABLE t ENABLE ROW LEVEL SECURITY")
        c.execute("ALTER ROLE viewer BYPASSRLS")
        c.execute("ALTER TABLE t ENABLE ROW LEVEL SECURITY")
        for sql in ("ALTER ROLE viewer NOBYPASSRLS", "BEGIN; ALTER ROLE viewer NOBYPASSRLS"):
            with pytest.raises(psycopg.errors.FeatureNotSupported):
                c.execute(sql)
        c.execute("ROLLBACK")
        c.execute("DROP MATERIALIZED VIEW v")
        c.execute("ALTER ROLE viewer NOBYPASSRLS")
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            c.execute("ALTER MATERIALIZED VIEW mine OWNER TO viewer")
        assert c.execute("SELECT * FROM mine").fetchall() == [(1,)]
        c.execute("SET ROLE viewer")
        assert c.execute("SELECT * FROM t").fetchall() == []
        c.execute("RESET ROLE")
        c.execute("DROP SCHEMA guarded CASCADE")
        c.execute("DROP ROLE viewer")

"""LANGUAGE python: values there and back, rows, failures as row errors, who may write them, and what a restart keeps."""

from pathlib import Path

import psycopg
import pytest

from sqllogictest.engines import Sabot

GCD = """CREATE FUNCTION common(a int, b int) RETURNS int LANGUAGE python STRICT AS $$
def common(a, b):
    while b:
        a, b = b, a % b
    return a
$$"""


def test_a_call_takes_and_gives_values_of_python(connection: psycopg.Connection) -> None:
    run = connection.execute
    run(GCD)
    assert run("SELECT common(12, 18), common(NULL, 3)").fetchall() == [(6, None)]
    run("""CREATE FUNCTION shown(e numeric, h date, l timestamptz, m uuid, n int[], j jsonb, s struct<a int>) RETURNS text
           LANGUAGE python AS $$ def shown(*args): return ' '.join(type(a).__name__ for a in args) $$""")
    given = "1.50, '2020-01-02', now(), gen_random_uuid(), ARRAY[1, NULL], '{\"a\": 1}', ROW(1)"
    assert run(f"SELECT shown({given})").fetchone() == ("Decimal date datetime UUID list dict Row",)
    run("""CREATE FUNCTION back(d date, n numeric, t timestamp, a int[], j jsonb) RETURNS struct<d date, n numeric, t timestamp, a int[]>
           LANGUAGE python AS $$ def back(d, n, t, a, j): return {'d': d, 'n': n, 't': t, 'a': a + [j['x']]} $$""")
    assert run("SELECT back('2020-02-29', 1.50, '2020-01-01 00:00:00.5', '{1}', '{\"x\": 7}')::text").fetchone() == (
        '(2020-02-29,1.50,"2020-01-01 00:00:00.5","{1,7}")',
    )


def test_rows_in_from_and_in_the_select_list(connection: psycopg.Connection) -> None:
    run = connection.execute
    run("CREATE FUNCTION pairs(n int) RETURNS TABLE (x int, y text) LANGUAGE python AS "
        "'def pairs(n):\n  for i in range(n): yield i, str(i) * 2'")
    assert run("SELECT * FROM pairs(2)").fetchall() == [(0, "00"), (1, "11")]
    run("CREATE TABLE t (n int)")
    run("CREATE MATERIALIZED VIEW v AS SELECT n, p.y FROM t, pairs(n) AS p")
    run("INSERT INTO t VALUES (1), (2)")
    run("DELETE FROM t WHERE n = 1")
    assert run("SELECT * FROM v ORDER BY y").fetchall() == [(2, "00"), (2, "11")]
    run("CREATE FUNCTION upto(n int) RETURNS SETOF int LANGUAGE python AS 'def upto(n): return range(n)'")
    assert run("SELECT upto(2)").fetchall() == [(0,), (1,)]


def test_what_fails_is_an_error_and_in_a_view_a_row(connection: psycopg.Connection) -> None:
    run = connection.execute
    run("CREATE FUNCTION half(a int) RETURNS int LANGUAGE python AS 'def half(a): return a / 2'")
    with pytest.raises(psycopg.errors.ExternalRoutineException, match="half: TypeError"):
        run("SELECT half(3)")
    run("CREATE TABLE t (a int); CREATE MATERIALIZED VIEW v AS SELECT a, half(a) AS h FROM t")
    run("INSERT INTO t VALUES (3), (4)")
    assert run("SELECT * FROM v ORDER BY a").fetchall() == [(3, None), (4, 2)]
    assert run("SELECT sqlstate FROM sabot.errors WHERE message LIKE 'half%'").fetchall() == [("38000",)]
    run("DELETE FROM t WHERE a = 3")
    assert run("SELECT count(*) FROM sabot.errors WHERE message LIKE 'half%'").fetchall() == [(0,)]
    for source in ("def other(a): return a", "def f(: pass", "def f(): return 1"):
        with pytest.raises((psycopg.errors.SyntaxError, psycopg.errors.InvalidFunctionDefinition)):
            run(f"CREATE FUNCTION f(a int) RETURNS int LANGUAGE python AS '{source}'")
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        run("CREATE FUNCTION f(a int) RETURNS inet LANGUAGE python AS 'def f(a): return a'")


def test_only_superusers_write_them_and_what_is_called_stays(connection: psycopg.Connection) -> None:
    run = connection.execute
    run(GCD)
    run("CREATE VIEW v AS SELECT common(4, 6)")
    with pytest.raises(psycopg.errors.DependentObjectsStillExist):
        run("DROP FUNCTION common")
    run("DROP FUNCTION common CASCADE")
    with pytest.raises(psycopg.errors.UndefinedTable):
        run("SELECT * FROM v")
    run("CREATE ROLE no_python; SET ROLE no_python")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(GCD)
    run("RESET ROLE; DROP ROLE no_python")


def test_a_restart_keeps_them(tmp_path: Path) -> None:
    engine = Sabot(tmp_path)
    try:
        with psycopg.connect(engine.address, autocommit=True) as connection:
            connection.execute(GCD)
            connection.execute("CREATE TABLE t (a int, b int); CREATE MATERIALIZED VIEW v AS SELECT common(a, b) AS c FROM t")
            connection.execute("INSERT INTO t VALUES (4, 6)")
        engine.restart(kill=True)
        with psycopg.connect(engine.address, autocommit=True) as connection:
            connection.execute("INSERT INTO t VALUES (9, 6)")
            assert connection.execute("SELECT c FROM v ORDER BY c").fetchall() == [(2,), (3,)]
    finally:
        engine.close()

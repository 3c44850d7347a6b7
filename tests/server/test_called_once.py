"""Functions in PL/pgSQL that give rows, and calls over constants: what PostgreSQL answers."""

from typing import Any

import psycopg
import pytest

SETUP = """
CREATE TABLE emp (id int, name text, boss int, pay numeric);
INSERT INTO emp VALUES (1, 'a', NULL, 10), (2, 'b', 1, 20.5), (3, 'c', 1, NULL);
CREATE FUNCTION o1(a int, OUT b int, OUT c text) AS $$ BEGIN b := a + 1; c := 'x' || a; END $$ LANGUAGE plpgsql;
CREATE FUNCTION o2(INOUT a int) AS $$ BEGIN a := a * 2; END $$ LANGUAGE plpgsql;
CREATE FUNCTION s1(n int) RETURNS SETOF int AS $$ BEGIN FOR i IN 1..n LOOP RETURN NEXT i * 10; END LOOP; RETURN; END $$ LANGUAGE plpgsql;
CREATE FUNCTION s2(n int) RETURNS TABLE(a int, b text) AS $$ BEGIN RETURN QUERY SELECT id, name FROM emp WHERE id <= n ORDER BY id; END $$ LANGUAGE plpgsql;
CREATE FUNCTION s3() RETURNS SETOF emp AS $$ DECLARE r emp; BEGIN FOR r IN SELECT * FROM emp ORDER BY id LOOP RETURN NEXT r; END LOOP; END $$ LANGUAGE plpgsql;
CREATE FUNCTION s4(n int) RETURNS SETOF emp AS $$ BEGIN RETURN QUERY EXECUTE 'SELECT * FROM emp WHERE id = $1' USING n; RETURN QUERY SELECT 9, 'z', 9, 9.0; END $$ LANGUAGE plpgsql;
CREATE FUNCTION s5() RETURNS TABLE(x int, y int) AS $$ BEGIN FOR x, y IN SELECT id, boss FROM emp ORDER BY id LOOP RETURN NEXT; END LOOP; END $$ LANGUAGE plpgsql;
CREATE FUNCTION s7() RETURNS SETOF record AS $$ BEGIN RETURN QUERY SELECT 1, 'q'::text; END $$ LANGUAGE plpgsql;
CREATE FUNCTION r1(i int) RETURNS emp AS $$ DECLARE r emp; BEGIN SELECT * INTO r FROM emp WHERE id = i; RETURN r; END $$ LANGUAGE plpgsql;
CREATE FUNCTION fact(n int) RETURNS numeric AS $$ BEGIN IF n <= 1 THEN RETURN 1; END IF; RETURN n * fact(n - 1); END $$ LANGUAGE plpgsql IMMUTABLE;
CREATE FUNCTION v1(x int) RETURNS void AS $$ BEGIN INSERT INTO emp VALUES (x, 'new', NULL, NULL); END $$ LANGUAGE plpgsql;
CREATE FUNCTION wrong() RETURNS SETOF int AS $$ BEGIN RETURN QUERY SELECT 'x'::text; END $$ LANGUAGE plpgsql;
"""


@pytest.fixture
def functions(connection: psycopg.Connection) -> psycopg.Connection:
    connection.execute(SETUP)  # type: ignore[arg-type]
    return connection


@pytest.mark.parametrize(
    "query, rows",
    [
        ("SELECT o1(2)::text", [("(3,x2)",)]),
        ("SELECT * FROM o1(3)", [(4, "x3")]),
        ("SELECT (o1(5)).b, (o1(5)).c", [(6, "x5")]),
        ("SELECT o2(id) FROM emp ORDER BY id", [(2,), (4,), (6,)]),
        ("SELECT * FROM s1(3)", [(10,), (20,), (30,)]),
        ("SELECT * FROM s1(0)", []),
        ("SELECT s1(2)", [(10,), (20,)]),
        ("SELECT x FROM s1(3) AS t(x) WHERE x > 10", [(20,), (30,)]),
        ("SELECT b FROM s2(3) WHERE a > 1", [("b",), ("c",)]),
        ("SELECT t.a, e.pay FROM s2(2) t JOIN emp e ON e.id = t.a ORDER BY 1", [(1, 10), (2, 20.5)]),
        ("SELECT name FROM s3() WHERE pay IS NULL", [("c",)]),
        ("SELECT id, name FROM s4(2)", [(2, "b"), (9, "z")]),
        ("SELECT * FROM s5()", [(1, None), (2, 1), (3, 1)]),
        ("SELECT * FROM s7() AS t(p int, q text)", [(1, "q")]),
        ("SELECT name FROM r1(2)", [("b",)]),
        ("SELECT * FROM r1(77)", [(None, None, None, None)]),
        ("SELECT (r1(1)).name", [("a",)]),
        ("SELECT fact(10) / fact(8) AS q", [(90,)]),
        ("SELECT id FROM emp WHERE id < fact(2) ORDER BY 1", [(1,)]),
        ("SELECT ARRAY(SELECT s1(3)), (SELECT max(s1) FROM s1(4)), EXISTS (SELECT 1 FROM s1(0))", [([10, 20, 30], 40, False)]),
        ("WITH w AS (SELECT * FROM s2(2)) SELECT a FROM w ORDER BY a DESC", [(2,), (1,)]),
    ],
)
def test_what_calls_give(functions: psycopg.Connection, query: str, rows: list[tuple[Any, ...]]) -> None:
    assert functions.execute(query).fetchall() == rows  # type: ignore[arg-type]
    assert functions.execute(query, prepare=True).fetchall() == rows  # type: ignore[arg-type]


def test_calls_in_changes(functions: psycopg.Connection) -> None:
    functions.execute("INSERT INTO emp SELECT 60 + s1, 'bulk', NULL, NULL FROM s1(2)")
    functions.execute("INSERT INTO emp VALUES (o2(40), 'one', NULL, NULL)")
    functions.execute("SELECT v1(50)")
    assert functions.execute("SELECT id FROM emp WHERE id >= 50 ORDER BY 1").fetchall() == [(50,), (70,), (80,), (80,)]


@pytest.mark.parametrize(
    "statement, sqlstate",
    [
        ("SELECT * FROM wrong()", "42804"),
        ("CREATE FUNCTION f() RETURNS int AS $$ BEGIN RETURN NEXT 1; END $$ LANGUAGE plpgsql", "42804"),
        ("CREATE FUNCTION f() RETURNS SETOF int AS $$ BEGIN RETURN 5; END $$ LANGUAGE plpgsql", "42804"),
        ("CREATE FUNCTION f(OUT a int) AS $$ BEGIN RETURN 5; END $$ LANGUAGE plpgsql", "42804"),
        ("SELECT sum(o2(id)) FROM emp", "0A000"),
        ("SELECT CASE WHEN false THEN v1(99) END", "0A000"),
        ("CREATE MATERIALIZED VIEW m AS SELECT * FROM s1(2)", "0A000"),
        ("CREATE FUNCTION f(x anyelement) RETURNS anyelement AS $$ BEGIN RETURN x; END $$ LANGUAGE plpgsql", "0A000"),
    ],
)
def test_what_is_refused(functions: psycopg.Connection, statement: str, sqlstate: str) -> None:
    with pytest.raises(psycopg.Error) as error:
        functions.execute(statement)  # type: ignore[arg-type]
    assert error.value.sqlstate == sqlstate

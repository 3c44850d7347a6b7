"""DO: notices, and what a block that fails leaves behind."""

import psycopg
import pytest


def test_raise_notice_reaches_the_client(connection: psycopg.Connection) -> None:
    told: list[tuple[str, str]] = []
    connection.add_notice_handler(lambda d: told.append((d.severity or "", d.message_primary or "")))
    connection.execute("DO $$ BEGIN FOR i IN 1..2 LOOP RAISE NOTICE 'turn % of %', i, 2; END LOOP; RAISE WARNING '100%%'; END $$")
    assert told == [("NOTICE", "turn 1 of 2"), ("NOTICE", "turn 2 of 2"), ("WARNING", "100%")]


def test_a_failed_block_leaves_nothing(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (a int PRIMARY KEY)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("DO $$ BEGIN INSERT INTO t VALUES (1); INSERT INTO t VALUES (1); END $$")
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_what_an_inner_block_created_goes_with_its_error(connection: psycopg.Connection) -> None:
    connection.execute(
        "DO $$ BEGIN BEGIN CREATE TABLE gone (a int); RAISE EXCEPTION 'x'; EXCEPTION WHEN OTHERS THEN CREATE TABLE kept (a int); END; END $$"
    )
    found = connection.execute("SELECT tablename FROM pg_tables WHERE tablename IN ('gone', 'kept')").fetchall()
    assert found == [("kept",)]


STEPS = """
DO $$
DECLARE x t.n%TYPE; r t%ROWTYPE; code x%TYPE; a int[] := '{1,2,3}'; e int; c int; s int[];
BEGIN
    INSERT INTO t VALUES (1, 'a'), (2, 'b');
    GET DIAGNOSTICS c = ROW_COUNT;
    CASE c WHEN 1 THEN INSERT INTO t VALUES (10, 'one'); WHEN 2, 3 THEN INSERT INTO t VALUES (11, 'two'); ELSE NULL; END CASE;
    CASE WHEN c > 9 THEN NULL; ELSE INSERT INTO t VALUES (12, 'else'); END CASE;
    FOREACH e IN ARRAY a LOOP INSERT INTO t VALUES (100 + e, found::text); END LOOP;
    FOREACH s SLICE 1 IN ARRAY '{{1,2},{3,4}}'::int[] LOOP INSERT INTO t VALUES (200 + s[1], s::text); END LOOP;
    UPDATE t SET n = n WHERE id = -1;
    IF NOT found THEN INSERT INTO t VALUES (300, 'not found'); END IF;
    SELECT * INTO r FROM t WHERE id = 1;
    r.n := r.n || '!';
    INSERT INTO t VALUES (301, r.n);
    BEGIN
        PERFORM 1 / 0;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS x = MESSAGE_TEXT, code = RETURNED_SQLSTATE;
        INSERT INTO t VALUES (400, code || ' ' || x);
    END;
END $$
"""


def test_cases_arrays_and_diagnostics(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, n text)")
    connection.execute(STEPS)
    assert connection.execute("SELECT * FROM t ORDER BY id").fetchall() == [
        (1, "a"), (2, "b"), (11, "two"), (12, "else"), (101, "true"), (102, "true"), (103, "true"), (201, "{1,2}"), (203, "{3,4}"),
        (300, "not found"), (301, "a!"), (400, "22012 division by zero"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("block", "sqlstate"),
    [
        ("BEGIN CASE 5 WHEN 1 THEN NULL; END CASE; END", "20000"),
        ("BEGIN CASE WHEN false THEN NULL; END CASE; END", "20000"),
        ("BEGIN ASSERT 1 = 2, 'bad'; END", "P0004"),
        ("DECLARE x int; BEGIN FOREACH x IN ARRAY 5 LOOP NULL; END LOOP; END", "42804"),
        ("DECLARE x int; BEGIN FOREACH x IN ARRAY NULL::int[] LOOP NULL; END LOOP; END", "22004"),
        ("DECLARE x int; BEGIN GET STACKED DIAGNOSTICS x = MESSAGE_TEXT; END", "0Z002"),
        ("DECLARE x nothing.a%TYPE; BEGIN END", "42601"),
    ],
)
def test_errors_of_blocks(connection: psycopg.Connection, block: str, sqlstate: str) -> None:
    with pytest.raises(psycopg.Error) as error:
        connection.execute(f"DO $$ {block} $$")
    assert error.value.sqlstate == sqlstate


def test_limits_may_be_cast_parameters(connection: psycopg.Connection) -> None:
    query = "SELECT g FROM generate_series(1, 9) g ORDER BY g LIMIT %s::integer OFFSET %s::integer"
    assert connection.execute(query, (2, 3)).fetchall() == [(4,), (5,)]


def test_call_with_parameters(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, n text)")
    connection.execute(
        "CREATE PROCEDURE put(i int, INOUT n text) LANGUAGE plpgsql AS $$ BEGIN n := n || '!'; INSERT INTO t VALUES (i, n); END $$"
    )
    found = connection.execute("CALL put(%s, %s)", (1, "a"))
    assert found.fetchall() == [("a!",)] and found.statusmessage == "CALL"
    assert connection.execute("CALL put(%s, %s)", (2, None), binary=True).fetchall() == [(None,)]
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("CALL put(1, 'again')")
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        connection.execute("DO $$ BEGIN CALL put(3, 'x'); END $$")
    assert connection.execute("SELECT * FROM t ORDER BY id").fetchall() == [(1, "a!"), (2, None)]


def test_functions_in_sql_that_change_rows_or_have_several_statements(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, n text)")
    connection.execute("CREATE FUNCTION put(int) RETURNS void LANGUAGE sql AS 'INSERT INTO t VALUES ($1, ''x'')'")
    connection.execute("CREATE FUNCTION put2(a int) RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (a, ''y'') RETURNING id * 10'")
    connection.execute("CREATE FUNCTION gone(a int) RETURNS bigint LANGUAGE sql AS $$ DELETE FROM t WHERE id = a; SELECT count(*) FROM t; $$")
    assert connection.execute("SELECT put(1)").fetchall() == [(None,)]
    assert connection.execute("SELECT put2(x) FROM (VALUES (2), (3)) v(x)").fetchall() == [(20,), (30,)]
    assert connection.execute("SELECT gone(%s)", (1,)).fetchall() == [(2,)]
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("SELECT put(4), put(4)")
    assert connection.execute("SELECT * FROM t ORDER BY id").fetchall() == [(2, "y"), (3, "y")]
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        connection.execute("SELECT * FROM t WHERE put2(id) > 1")

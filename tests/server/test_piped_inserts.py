"""The same INSERT piped for many rows: together as fast as one statement, and each as if it were alone."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from sqllogictest.engines import Sabot


@pytest.fixture(scope="module")
def engine() -> Iterator[Sabot]:
    found = Sabot()
    yield found
    found.close()


@pytest.fixture
def client(engine: Sabot) -> Iterator[psycopg.Connection]:
    with psycopg.connect(engine.address, autocommit=True) as connection:
        yield connection


def test_every_row_is_there_with_defaults_and_numbers_in_order(client: psycopg.Connection) -> None:
    client.execute("CREATE TABLE t (a int PRIMARY KEY, b text DEFAULT 'd', c numeric(8, 2), n serial, m int GENERATED ALWAYS AS (a * 2) STORED, at timestamptz DEFAULT now())")
    client.execute("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS rows, sum(c) AS total FROM t")
    with client.cursor() as cursor:
        cursor.executemany("INSERT INTO t (a, c) VALUES (%s, %s::numeric + 1)", [(a, None if a % 10 == 0 else a / 4) for a in range(5000)])
        assert cursor.rowcount == 5000
    rows = client.execute("SELECT a, b, c::float8, n, m FROM t ORDER BY a").fetchall()
    assert [(a, b, n, m) for a, b, _, n, m in rows] == [(a, "d", a + 1, a * 2) for a in range(5000)]
    assert [c for _, _, c, _, _ in rows] == [None if a % 10 == 0 else pytest.approx(a / 4 + 1, abs=0.006) for a in range(5000)]
    assert client.execute("SELECT count(DISTINCT at), (SELECT rows FROM v) FROM t").fetchone() == (1, 5000)


@pytest.mark.parametrize(
    ("broken", "error"),
    [((700, "x"), psycopg.errors.UniqueViolation), ((9000, "much too long"), psycopg.errors.StringDataRightTruncation),
     ((-1, "x"), psycopg.errors.CheckViolation), ((None, "x"), psycopg.errors.NotNullViolation)],
)  # fmt: skip
def test_the_statement_that_fails_is_the_one_that_is_told(client: psycopg.Connection, broken: tuple, error: type) -> None:  # type: ignore[type-arg]
    client.execute("DROP TABLE IF EXISTS f")
    client.execute("CREATE TABLE f (a int PRIMARY KEY CHECK (a >= 0), b varchar(5))")
    rows = [(a, "b") for a in range(1500)]
    rows[1200] = broken
    done = []
    with pytest.raises(error), client.pipeline(), client.cursor() as cursor:
        cursor.execute("BEGIN")
        for row in rows:
            cursor.execute("INSERT INTO f VALUES (%s, %s)", row, prepare=True)
            done.append(row)
    client.rollback()
    assert client.execute("SELECT count(*) FROM f").fetchone() == (0,)
    with client.cursor() as cursor:
        cursor.executemany("INSERT INTO f VALUES (%s, %s)", rows[:1200])
        assert cursor.rowcount == 1200


def test_results_of_a_pipe_are_one_for_each(client: psycopg.Connection) -> None:
    client.execute("CREATE TABLE r (a int PRIMARY KEY, b text)")
    with client.pipeline() as pipe:
        cursors = [client.execute("INSERT INTO r VALUES (%s, %s)", (n, "x"), prepare=True) for n in range(300)]
        seen = client.execute("SELECT count(*) FROM r")
        cursors += [client.execute("INSERT INTO r VALUES (%s, %s) ON CONFLICT DO NOTHING", (n, "y"), prepare=True) for n in range(290, 310)]
        pipe.sync()
        assert seen.fetchone() == (300,)
        assert [c.rowcount for c in cursors] == [1] * 300 + [0] * 10 + [1] * 10
    assert client.execute("SELECT count(*), count(*) FILTER (WHERE b = 'y') FROM r").fetchone() == (310, 10)


def test_rows_that_refer_to_others_of_their_table_come_one_by_one(client: psycopg.Connection) -> None:
    client.execute("CREATE TABLE node (a int PRIMARY KEY, up int REFERENCES node)")
    with client.cursor() as cursor:
        cursor.executemany("INSERT INTO node VALUES (%s, %s)", [(n, n - 1 if n else None) for n in range(200)])
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            cursor.executemany("INSERT INTO node VALUES (%s, %s)", [(500, 501), (501, None)])
    assert client.execute("SELECT count(*) FROM node").fetchone() == (200,)


def test_values_that_cannot_be_read(client: psycopg.Connection) -> None:
    client.execute("CREATE TABLE w (a int, d date)")
    with pytest.raises(psycopg.errors.InvalidDatetimeFormat), client.cursor() as cursor:
        cursor.executemany("INSERT INTO w VALUES (%s, %s::date)", [(n, "2024-01-01" if n != 77 else "no day") for n in range(100)])
    assert client.execute("SELECT count(*) FROM w").fetchone() == (0,)


@pytest.mark.parametrize("binary", [False, True])
def test_each_gets_its_row_of_returning(client: psycopg.Connection, binary: bool) -> None:
    client.execute("DROP TABLE IF EXISTS g")
    client.execute("CREATE TABLE g (n serial PRIMARY KEY, a int UNIQUE, b text DEFAULT 'd', c int GENERATED ALWAYS AS (a * 2) STORED)")
    found = []
    with client.cursor(binary=binary) as cursor:
        cursor.executemany("INSERT INTO g (a) VALUES (%s) RETURNING n, a, b || a AS t, c", [(a,) for a in range(3000)], returning=True)
        while True:
            assert cursor.rowcount == 1 and cursor.statusmessage == "INSERT 0 1"
            found += cursor.fetchall()
            if not cursor.nextset():
                break
    assert found == [(a + 1, a, f"d{a}", a * 2) for a in range(3000)]
    with pytest.raises(psycopg.errors.UniqueViolation), client.cursor(binary=binary) as cursor:
        cursor.executemany("INSERT INTO g (a) VALUES (%s) RETURNING n", [(a,) for a in (5000, 5001, 17, 5002)], returning=True)
    assert client.execute("SELECT count(*) FROM g").fetchone() == (3000,)


def test_what_is_drawn_while_rows_are_returned_is_of_each_row(client: psycopg.Connection) -> None:
    client.execute("CREATE TABLE drawn (n serial, a int)")
    for returned, expected in (("currval('drawn_n_seq')", [1, 2, 3]), ("lastval()", [4, 5, 6]), ("nextval('drawn_n_seq')", [8, 10, 12]),
                               ("(SELECT count(*) FROM drawn)", [9, 10, 11])):  # fmt: skip
        found = []
        with client.cursor() as cursor:
            cursor.executemany(f"INSERT INTO drawn (a) VALUES (%s) RETURNING {returned}", [(a,) for a in range(3)], returning=True)
            while True:
                found += cursor.fetchall()
                if not cursor.nextset():
                    break
        assert [value for (value,) in found] == expected


def test_returning_may_name_parameters(client: psycopg.Connection) -> None:
    client.execute("CREATE TABLE named (a int)")
    found = []
    with client.cursor() as cursor:
        cursor.executemany("INSERT INTO named VALUES (%s) RETURNING a, %s::int", [(a, -a) for a in range(50)], returning=True)
        while True:
            found += cursor.fetchall()
            if not cursor.nextset():
                break
    assert found == [(a, -a) for a in range(50)]

"""Look-ups by key give what any other plan would, however the key is sent and whatever changes between two of them."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.types.numeric import Int2, Int4, Int8


@pytest.fixture
def table(connection: psycopg.Connection) -> psycopg.Connection:
    connection.execute("CREATE TABLE t (id int PRIMARY KEY, big bigint, s text, v int)")
    connection.execute("INSERT INTO t SELECT i, i * 10000000000, 'n' || i, 100 / (i - 7) FROM generate_series(1, 20) i WHERE i <> 7")
    connection.execute("CREATE TABLE two (a int, b bigint, v text, PRIMARY KEY (a, b))")
    connection.execute("INSERT INTO two VALUES (1, 1, 'x'), (1, 2, 'y')")
    return connection


def ask(connection: psycopg.Connection, sql: str, times: int = 4) -> list[tuple[object, ...]]:
    """The answer, which must stay the same when the text comes again (and its plan is kept)."""
    answers = [connection.execute(sql).fetchall() for _ in range(times)]
    assert all(a == answers[0] for a in answers)
    return answers[0]


def test_texts_that_differ_in_the_key(table: psycopg.Connection) -> None:
    for key in (1, 2, 3, 19, 99):
        expected = [(f"n{key}",)] if key < 21 else []
        assert ask(table, f"SELECT s FROM t WHERE id = {key}") == expected
        assert ask(table, f"SELECT s FROM t WHERE {key}=id") == expected
        assert ask(table, f"SELECT s FROM t WHERE id={key} LIMIT 1;") == expected
        assert ask(table, f"SELECT v FROM two WHERE a = 1 AND b = {key}") == {1: [("x",)], 2: [("y",)]}.get(key, [])


def test_numbers_that_are_no_keys_stay_what_they_are(table: psycopg.Connection) -> None:
    for n in (5, 6):
        assert ask(table, f"SELECT id = {n}, s FROM t WHERE id = 5") == [(n == 5, "n5")]
        assert ask(table, f"SELECT s FROM t WHERE id = 5 AND v = {n}") == []
        assert ask(table, f"SELECT count(*) FROM t WHERE big = {n}") == [(0,)]
        assert ask(table, f"SELECT s AS a FROM t WHERE id = {n} ORDER BY 1") == [(f"n{n}",)]
    assert ask(table, "SELECT s FROM t WHERE id = 99999999999") == []
    assert ask(table, "SELECT s FROM t WHERE id = 5.0") == [("n5",)]
    assert ask(table, "SELECT s FROM t WHERE id <= 1") == [("n1",)]
    for _ in range(3):
        with pytest.raises(psycopg.errors.UndefinedFunction):
            table.execute("SELECT s FROM t WHERE s = 5")


def test_changes_are_seen(table: psycopg.Connection) -> None:
    for n in (1, 2, 3):
        table.execute(f"UPDATE t SET s = 'new{n}' WHERE id = 3")
        assert ask(table, "SELECT s FROM t WHERE id = 3") == [(f"new{n}",)]
    table.execute("DELETE FROM t WHERE id = 3")
    assert ask(table, "SELECT s FROM t WHERE id = 3") == []
    table.execute("ALTER TABLE t RENAME COLUMN s TO z")
    with pytest.raises(psycopg.errors.UndefinedColumn):
        table.execute("SELECT s FROM t WHERE id = 4")
    assert ask(table, "SELECT z FROM t WHERE id = 4") == [("n4",)]


def test_a_transaction_sees_its_own_writes(table: psycopg.Connection) -> None:
    ask(table, "SELECT s FROM t WHERE id = 4")
    with table.transaction():
        table.execute("UPDATE t SET s = 'mine' WHERE id = 4")
        assert ask(table, "SELECT s FROM t WHERE id = 4") == [("mine",)]


def test_an_expression_that_fails_is_an_error(table: psycopg.Connection) -> None:
    assert ask(table, "SELECT 10 / v AS x FROM t WHERE id = 8") == [(0,)]
    table.execute("UPDATE t SET v = 0 WHERE id = 9")
    for _ in range(3):
        with pytest.raises(psycopg.errors.DivisionByZero):
            table.execute("SELECT 10 / v AS x FROM t WHERE id = 9")


def test_views_have_keys_too(table: psycopg.Connection) -> None:
    table.execute("CREATE MATERIALIZED VIEW m AS SELECT v % 3 AS g, count(*) AS n FROM t GROUP BY v % 3")
    expected = dict(table.execute("SELECT v % 3, count(*) FROM t GROUP BY 1").fetchall())
    for g in (0, 1, 2):
        assert ask(table, f"SELECT n FROM m WHERE g = {g}") == ([(expected[g],)] if g in expected else [])


def test_a_parameter_may_be_null(table: psycopg.Connection) -> None:
    for _ in range(8):
        assert table.execute("SELECT s FROM t WHERE id = %s", (None,)).fetchall() == []
        assert table.execute("SELECT s FROM t WHERE id = %s", (2,)).fetchall() == [("n2",)]


@pytest.mark.parametrize("width", [Int2, Int4, Int8])
@pytest.mark.parametrize("binary", [False, True])
def test_integers_of_every_width_find_keys_of_every_width(table: psycopg.Connection, width: type[int], binary: bool) -> None:
    """Drivers choose the width of a parameter by its value."""
    table.execute("CREATE TABLE small (id smallint PRIMARY KEY, k bigint, s text)")
    table.execute("CREATE INDEX ON small (k)")
    table.execute("INSERT INTO small SELECT i, i, 's' || i FROM generate_series(1, 3000) i")
    sign = "%b" if binary else "%t"

    def found(sql: str, *values: int) -> list[object]:
        answers = [table.execute(sql.replace("?", sign), [width(v) for v in values], prepare=True).fetchall() for _ in range(3)]
        assert answers[0] == answers[1] == answers[2]
        return [row[0] for row in answers[0]]

    assert found("SELECT s FROM t WHERE id = ?", 5) == ["n5"]
    assert found("SELECT s FROM t WHERE ? = id LIMIT 1", 99) == []
    assert found("SELECT v FROM two WHERE b = ? AND a = ?", 2, 1) == ["y"]
    assert found("SELECT s FROM small WHERE id = ?", 2999) == ["s2999"]
    assert found("SELECT s FROM small WHERE k = ?", 2999) == ["s2999"]
    assert sorted(found("SELECT id FROM small WHERE k IN (?, ?, 7)", 5, 6)) == [5, 6, 7]
    for array in ("?", "?::bigint[]"):
        assert sorted(table.execute(f"SELECT id FROM small WHERE k = ANY ({array.replace('?', sign)})", [[width(5), width(6), None]]).fetchall()) == [(5,), (6,)]
        assert table.execute(f"SELECT s FROM small WHERE id = ANY ({array.replace('?', sign)})", [[width(8)]]).fetchall() == [("s8",)]
        assert table.execute(f"SELECT count(*) FROM small WHERE NOT id = ANY ({array.replace('?', sign)})", [[width(8)]]).fetchall() == [(2999,)]
    if width is not Int2:  # more than the column can hold
        assert found("SELECT s FROM small WHERE id = ?", 70_000) == []
        assert found("SELECT s FROM small WHERE id IN (?, ?)", 70_000, 80_000) == []
        assert found("SELECT s FROM small WHERE id IN (?, ?)", 70_000, 8) == ["s8"]
        assert found("SELECT count(*) FROM small WHERE NOT id = ?", 65_536 + 5) == [3000]
    if width is Int8:
        assert found("SELECT s FROM t WHERE id = ?", (1 << 32) + 5) == []
    with table.transaction():
        table.execute("INSERT INTO small VALUES (4000, 4000, 'mine')")
        assert found("SELECT s FROM small WHERE id = ?", 4000) == ["mine"]
        assert found("SELECT s FROM small WHERE k = ?", 4000) == ["mine"]
    assert table.execute(f"UPDATE small SET s = 'x' WHERE id = {sign}", [width(7)]).rowcount == 1
    assert table.execute(f"DELETE FROM small WHERE k = {sign}", [width(7)]).rowcount == 1


def test_types_behind_parameters(table: psycopg.Connection) -> None:
    """As object mappers write them."""
    table.execute("CREATE TABLE named (k varchar(10) PRIMARY KEY, s text)")
    table.execute("INSERT INTO named VALUES ('a', 'x'), ('b', 'y')")
    for sql in ("SELECT s FROM named WHERE k = %s::VARCHAR", "SELECT s FROM named WHERE k = %s::text", "SELECT s FROM named WHERE k = %s"):
        for key, expected in (("a", [("x",)]), ("a ", []), (None, [])):
            assert [table.execute(sql, [key], prepare=True).fetchall() for _ in range(3)] == [expected] * 3
    assert table.execute("SELECT s FROM t WHERE id = %s::INTEGER", [5], prepare=True).fetchall() == [("n5",)]
    assert table.execute("SELECT s FROM named WHERE k = %s::VARCHAR(1)", ["ab"], prepare=True).fetchall() == [("x",)]
    assert table.execute("SELECT s FROM named WHERE k = %s::CHAR(3)", ["a"], prepare=True).fetchall() == [("x",)]

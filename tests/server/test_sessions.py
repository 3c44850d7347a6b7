"""Sessions: transactions, cursors, prepared statements, COPY, SUBSCRIBE, settings, row errors."""

import decimal
import threading

import psycopg
import pytest


def rows(connection: psycopg.Connection, sql: str) -> list[tuple]:
    return sorted(connection.execute(sql).fetchall(), key=repr)


@pytest.fixture
def table(connection: psycopg.Connection) -> psycopg.Connection:
    connection.execute("CREATE TABLE t (a int PRIMARY KEY, b varchar)")
    connection.execute("CREATE MATERIALIZED VIEW v AS SELECT b, count(*) AS n FROM t GROUP BY b")
    return connection


def test_a_session_reads_what_another_has_written(table: psycopg.Connection, other: psycopg.Connection) -> None:
    other.execute("INSERT INTO t VALUES (1, 'x'), (2, 'x'), (3, 'y')")
    assert rows(table, "SELECT * FROM v") == [("x", 2), ("y", 1)]
    other.execute("DELETE FROM t WHERE a = 1")
    assert rows(table, "SELECT * FROM v") == [("x", 1), ("y", 1)]


def test_rollback_drops_what_the_transaction_created(connection: psycopg.Connection) -> None:
    connection.execute("BEGIN")
    connection.execute("CREATE TABLE made (a int)")
    connection.execute("ROLLBACK")
    with pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM made")


def test_cursors_give_rows_piece_by_piece(table: psycopg.Connection) -> None:
    table.execute("INSERT INTO t SELECT i, 'r' FROM generate_series(1, 10) i")
    with table.transaction():
        table.execute("DECLARE c CURSOR FOR SELECT a FROM t ORDER BY a")
        assert table.execute("FETCH 3 FROM c").fetchall() == [(1,), (2,), (3,)]
        assert table.execute("FETCH NEXT FROM c").fetchall() == [(4,)]
        assert len(table.execute("FETCH ALL FROM c").fetchall()) == 6
        table.execute("CLOSE c")


def test_sql_prepare_and_execute(table: psycopg.Connection) -> None:
    table.execute("PREPARE p (int) AS SELECT $1 + 1")
    assert table.execute("EXECUTE p (41)").fetchone() == (42,)
    table.execute("DEALLOCATE p")
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        table.execute("EXECUTE p (1)")


def test_parameters_of_every_common_type(connection: psycopg.Connection) -> None:
    values = (7, "text", decimal.Decimal("1.50"), True, None, [1, 2])
    got = connection.execute(
        "SELECT %s::int, %s::text, %s::numeric, %s::bool, %s::int, %s::int[]", values
    ).fetchone()
    assert got == values


def test_copy_in_and_out(table: psycopg.Connection) -> None:
    with table.cursor() as cursor:
        with cursor.copy("COPY t (a, b) FROM STDIN") as copy:
            copy.write_row((1, "x"))
            copy.write_row((2, None))
        with cursor.copy("COPY (SELECT a, b FROM t ORDER BY a) TO STDOUT") as copy:
            assert list(copy.rows()) == [("1", "x"), ("2", None)]
    assert rows(table, "SELECT * FROM v") == [("x", 1), (None, 1)] or rows(table, "SELECT * FROM v") == [
        (None, 1),
        ("x", 1),
    ]


def test_a_bad_copy_row_leaves_the_table_as_it_was(table: psycopg.Connection) -> None:
    with pytest.raises(psycopg.Error), table.cursor() as cursor, cursor.copy("COPY t FROM STDIN") as copy:
        copy.write("1\tx\nnot a number\ty\n")
    assert rows(table, "SELECT * FROM t") == []


def test_subscribe_streams_the_changelog(table: psycopg.Connection, other: psycopg.Connection) -> None:
    table.execute("INSERT INTO t VALUES (1, 'x')")
    got: list[tuple] = []
    started = threading.Event()

    def follow() -> None:
        other.execute("DECLARE c CURSOR FOR SUBSCRIBE v")
        while len(got) < 3:
            got.extend(row[1:] for row in other.execute("FETCH 1 FROM c").fetchall())
            started.set()
        other.execute("CLOSE c")

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    assert started.wait(60)
    table.execute("INSERT INTO t VALUES (2, 'x')")
    thread.join(60)
    assert not thread.is_alive()
    assert got[0] == (1, "x", 1)
    assert sorted(got[1:]) == [(-1, "x", 1), (1, "x", 2)]


def test_a_row_error_in_a_view_is_a_row_and_is_retracted(table: psycopg.Connection) -> None:
    table.execute("CREATE MATERIALIZED VIEW q AS SELECT a, 10 / (a - 2) AS x FROM t")
    table.execute("INSERT INTO t VALUES (1, 'ok'), (2, 'bad')")
    assert rows(table, "SELECT * FROM q") == [(1, -10), (2, None)]
    mine = """SELECT e.sqlstate, e.message FROM sabot.errors e JOIN sabot.jobs j ON e.job = j.id
        JOIN sabot.relations r ON r.id = j.id WHERE r.name = 'q' AND r.schema = current_schema()"""
    assert rows(table, mine) == [("22012", "division by zero")]
    table.execute("DELETE FROM t WHERE a = 2")
    assert rows(table, mine) == []
    with pytest.raises(psycopg.errors.DivisionByZero):
        table.execute("SELECT 10 / (a - 1) FROM t")


def test_dropping_what_others_need_is_refused(table: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.DependentObjectsStillExist):
        table.execute("DROP TABLE t")
    table.execute("DROP TABLE t CASCADE")
    with pytest.raises(psycopg.errors.UndefinedTable):
        table.execute("SELECT * FROM v")


def test_an_unknown_setting_is_an_error_that_suggests(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.UndefinedObject) as error:
        connection.execute("SET statement_timeot TO 5")
    assert "statement_timeout" in (error.value.diag.message_hint or "")


def test_statement_timeout_ends_a_long_statement(connection: psycopg.Connection) -> None:
    connection.execute("SET statement_timeout TO '200ms'")
    with pytest.raises(psycopg.errors.QueryCanceled):
        connection.execute(
            """SELECT count(*) FROM (SELECT a FROM generate_series(1, 3000) a) x, generate_series(1, 3000) y
            WHERE x.a + y < (SELECT count(*) FROM generate_series(1, 100000))"""
        )
    connection.execute("SET statement_timeout TO DEFAULT")


def test_explain_shows_every_stage(table: psycopg.Connection) -> None:
    for stage in ("LOGICAL", "PHYSICAL", "STREAMING"):
        assert table.execute(f"EXPLAIN {stage} SELECT b, count(*) FROM t GROUP BY b").fetchall()
    lines = [r[0] for r in table.execute("EXPLAIN ANALYZE SELECT b, count(*) FROM t GROUP BY b").fetchall()]
    assert any("Execution Time" in line for line in lines)


@pytest.mark.parametrize(("policy", "kept"), [("overwrite", [(1, "b"), (2, "d")]), ("ignore", [(1, "a"), (2, "c")])])
def test_a_setting_says_what_tables_do_with_a_key_that_is_there(
    connection: psycopg.Connection, policy: str, kept: list[tuple[int, str]]
) -> None:
    """It is of the tables that the session creates, and theirs for good."""
    connection.execute(f"SET default_on_conflict = {policy}")
    connection.execute("CREATE TABLE t (a int PRIMARY KEY, b varchar)")
    connection.execute("RESET default_on_conflict")
    connection.execute("CREATE TABLE u (a int PRIMARY KEY)")
    connection.execute("INSERT INTO t VALUES (1, 'a'), (1, 'b'), (2, 'c')")
    connection.execute("INSERT INTO t VALUES (2, 'd')")
    assert rows(connection, "SELECT * FROM t") == kept
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("INSERT INTO u VALUES (1), (1)")


def test_client_min_messages_keeps_notices_back(connection: psycopg.Connection) -> None:
    heard: list[str] = []
    connection.add_notice_handler(lambda d: heard.append(str(d.message_primary)))
    connection.execute("DROP TABLE IF EXISTS no_such_table")
    connection.execute("SET client_min_messages TO warning")
    connection.execute("DROP TABLE IF EXISTS no_such_table")
    connection.execute("CREATE EXTENSION IF NOT EXISTS plpgsql")
    assert heard == ['table "no_such_table" does not exist, skipping']


def test_index_of_a_key_is_renamed(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE keyed (a int PRIMARY KEY)")
    connection.execute("ALTER INDEX keyed_pkey RENAME TO other_pkey")
    found = "SELECT conname FROM pg_constraint WHERE conrelid = 'keyed'::regclass UNION ALL SELECT indexname FROM pg_indexes WHERE tablename = 'keyed'"
    assert connection.execute(found).fetchall() == [("other_pkey",)] * 2
    with pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("ALTER INDEX keyed_pkey RENAME TO x")


def test_a_prepared_statement_that_executes_itself_ends(connection: psycopg.Connection) -> None:
    connection.pgconn.prepare(b"again", b"EXECUTE again")
    result = connection.pgconn.exec_prepared(b"again", [])
    assert b"stack depth limit exceeded" in result.error_message
    assert connection.execute("SELECT 1").fetchone() == (1,)

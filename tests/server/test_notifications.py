"""LISTEN and NOTIFY between sessions, and notifications of changed rows."""

from __future__ import annotations

import json

import psycopg
import pytest


def told(connection: psycopg.Connection, count: int, seconds: float = 30.0) -> list[tuple[str, str]]:
    return [(n.channel, n.payload) for n in connection.notifies(timeout=seconds, stop_after=count)]


def test_a_listener_is_told(connection: psycopg.Connection, other: psycopg.Connection) -> None:
    other.execute("LISTEN news")
    connection.execute("NOTIFY news, 'one'")
    connection.execute("SELECT pg_notify('news', %s)", ("two",))
    connection.execute("NOTIFY elsewhere")
    assert told(other, 2) == [("news", "one"), ("news", "two")]
    assert other.execute("SELECT * FROM pg_listening_channels()").fetchall() == [("news",)]
    other.execute("UNLISTEN news")
    connection.execute("NOTIFY news, 'three'")
    assert told(other, 1, 0.2) == []


def test_one_hears_oneself(connection: psycopg.Connection) -> None:
    connection.execute("LISTEN me")
    connection.execute("NOTIFY me")
    assert told(connection, 1) == [("me", "")]
    connection.execute("UNLISTEN *")


def test_a_transaction_tells_when_it_commits(connection: psycopg.Connection, other: psycopg.Connection) -> None:
    other.execute("LISTEN news")
    with connection.transaction(force_rollback=True):
        connection.execute("NOTIFY news, 'never'")
    with connection.transaction():
        connection.execute("NOTIFY news, 'a'")
        connection.execute("NOTIFY news, 'a'")
        connection.execute("SAVEPOINT s")
        connection.execute("NOTIFY news, 'taken back'")
        connection.execute("ROLLBACK TO s")
        connection.execute("NOTIFY news, 'b'")
        assert told(other, 1, 0.2) == []
    assert told(other, 2) == [("news", "a"), ("news", "b")]
    other.execute("UNLISTEN *")


@pytest.mark.parametrize("sql, state", [("NOTIFY x, '" + "y" * 8000 + "'", "22023"), ("NOTIFY \"changes:t\"", "42501"),
                                        ("LISTEN \"changes:nothing\"", "42P01"), ("SELECT pg_notify('', 'x')", "22023")])  # fmt: skip
def test_what_is_refused(connection: psycopg.Connection, sql: str, state: str) -> None:
    with pytest.raises(psycopg.Error) as error:
        connection.execute(sql)  # type: ignore[call-overload]
    assert error.value.sqlstate == state


def test_a_view_tells_of_its_changes(connection: psycopg.Connection, other: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (a int PRIMARY KEY, b int)")
    connection.execute("CREATE MATERIALIZED VIEW v AS SELECT b, count(*) AS n FROM t GROUP BY b")
    other.execute('LISTEN "changes:v"')
    connection.execute("INSERT INTO t VALUES (1, 1), (2, 1), (3, 2)")
    ((channel, payload),) = told(other, 1)
    assert channel == "changes:v"
    change = json.loads(payload)
    assert change["relation"].endswith(".v") and (change["inserted"], change["deleted"]) == (2, 0)
    connection.execute("DELETE FROM t WHERE a = 1")
    assert json.loads(told(other, 1)[0][1])["deleted"] == 1
    other.execute("DISCARD ALL")
    connection.execute("DELETE FROM t")
    assert told(other, 1, 0.2) == []


def test_activity_is_true(connection: psycopg.Connection, other: psycopg.Connection) -> None:
    other.execute("BEGIN")
    other.execute("SELECT 42")
    row = connection.execute(
        "SELECT state, query, wait_event, host(client_addr), xact_start <= now(), backend_start <= query_start "
        "FROM pg_stat_activity WHERE pid = %s", (other.info.backend_pid,),
    ).fetchone()  # fmt: skip
    assert row == ("idle in transaction", "SELECT 42", "ClientRead", "127.0.0.1", True, True)
    mine = connection.execute("SELECT state, wait_event FROM pg_stat_activity WHERE pid = pg_backend_pid()").fetchone()
    assert mine == ("active", None)
    other.execute("ROLLBACK")

"""Enums and new types on the wire, and tables that change their shape while views read them."""

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import psycopg
import pytest
from psycopg.types.enum import EnumInfo, register_enum

from ..serving import Served


def test_enums_are_read_and_written_in_both_formats(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
    connection.execute("CREATE TABLE t (m mood, l mood[])")
    info = EnumInfo.fetch(connection, "mood")
    assert info is not None and set(info.labels) == {"sad", "ok", "happy"}
    register_enum(info, connection)
    assert info.enum is not None
    for binary in (False, True):
        cursor = connection.cursor(binary=binary)
        cursor.execute("INSERT INTO t VALUES (%s, %s)", (info.enum.ok, [info.enum.sad, info.enum.happy]))
        rows = cursor.execute("SELECT m, l FROM t WHERE m > %s", ("sad",)).fetchall()
        assert rows[-1] == (info.enum.ok, [info.enum.sad, info.enum.happy])


def test_addresses_are_read_and_written_in_both_formats(connection: psycopg.Connection) -> None:
    for binary in (False, True):
        cursor = connection.cursor(binary=binary)
        row = cursor.execute(
            "SELECT %s::inet, %s::cidr, '12:34+02'::timetz", (IPv4Address("10.0.0.1"), IPv4Network("10.0.0.0/8"))
        ).fetchone()
        assert row is not None and row[:2] == (IPv4Address("10.0.0.1"), IPv4Network("10.0.0.0/8"))
        assert row[2].isoformat() == "12:34:00+02:00"


def test_a_view_goes_on_while_its_table_gets_columns(tmp_path: Path) -> None:
    server = Served(tmp_path)
    try:
        server.run("CREATE TYPE mood AS ENUM ('sad', 'ok')")
        server.run("CREATE TABLE t (id int PRIMARY KEY, m mood)")
        server.run("CREATE MATERIALIZED VIEW v AS SELECT m, count(*) AS n FROM t GROUP BY m")
        server.run("INSERT INTO t VALUES (1, 'ok'), (2, 'sad')")
        server.run("ALTER TABLE t ADD COLUMN s serial, ADD COLUMN d text DEFAULT 'x' NOT NULL")
        server.run("INSERT INTO t (id, m) VALUES (3, 'ok')")
        for _ in range(2):
            assert sorted(server.run("SELECT * FROM v")) == [("ok", 2), ("sad", 1)]
            assert server.run("SELECT * FROM t ORDER BY id") == [(1, "ok", 1, "x"), (2, "sad", 2, "x"), (3, "ok", 3, "x")]
            server.kill()
        server.run("ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME COLUMN m TO mood")
        server.run("INSERT INTO u (id, mood) VALUES (4, 'sad')")
        server.kill()
        assert sorted(server.run("SELECT * FROM v")) == [("ok", 2), ("sad", 2)]
    finally:
        server.close()


def test_a_label_that_a_view_reads_from_text_is_not_added(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')")
    connection.execute("CREATE TABLE t (m text)")
    connection.execute("CREATE MATERIALIZED VIEW v AS SELECT m::mood FROM t")
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        connection.execute("ALTER TYPE mood ADD VALUE 'new'")

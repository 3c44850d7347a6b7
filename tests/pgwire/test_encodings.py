"""client_encoding: text in the client's character set on the wire, in every message and both directions."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from sqllogictest.engines import Sabot

ENCODINGS = ["LATIN1", "WIN1252", "LATIN9", "KOI8R", "WIN1251", "SJIS", "EUC_JP", "GBK", "BIG5", "UTF8"]
WORDS = {"LATIN1": "Grüße", "WIN1252": "„Grüße“ €", "LATIN9": "€ œ", "KOI8R": "Привет", "WIN1251": "Привет", "SJIS": "日本語", "EUC_JP": "日本語",
         "GBK": "汉字", "BIG5": "漢字", "UTF8": "日本語"}  # fmt: skip


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    engine = Sabot(None)
    try:
        yield engine.address
    finally:
        engine.close()


def one(connection: psycopg.Connection, query: str, *values: object, binary: bool = False) -> object:
    row = connection.execute(query, values or None, binary=binary).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_text_goes_both_ways(address: str, encoding: str) -> None:
    word = WORDS[encoding]
    with psycopg.connect(address, client_encoding=encoding, autocommit=True) as connection:
        assert connection.info.parameter_status("client_encoding") == encoding
        assert one(connection, "SHOW client_encoding") == encoding
        assert one(connection, f"SELECT '{word}'") == word
        for binary in (False, True):
            assert one(connection, "SELECT %s::text", word, binary=binary) == word
            assert one(connection, "SELECT jsonb_build_object('k', %s::text)::text", word, binary=binary) == f'{{"k": "{word}"}}'
            assert one(connection, "SELECT ARRAY[%s::text, NULL, 'x']", word, binary=binary) == [word, None, "x"]
        connection.execute(f'CREATE TEMP TABLE t (a int, "{word}" text)')
        with connection.cursor() as cursor:
            with cursor.copy("COPY t FROM STDIN") as copy:
                for row in ((1, word), (2, None)):
                    copy.write_row(row)
            with cursor.copy("COPY t TO STDOUT") as copy:
                assert list(copy.rows()) == [("1", word), ("2", None)]
            cursor.execute("SELECT * FROM t ORDER BY a")
            assert cursor.description is not None and cursor.description[1].name == word
            assert cursor.fetchall() == [(1, word), (2, None)]
        with pytest.raises(psycopg.errors.UndefinedTable, match=word):
            connection.execute(f'SELECT 1 FROM "{word}"')


def test_the_bytes_are_those_of_the_encoding(address: str) -> None:
    with psycopg.connect(address, client_encoding="LATIN1", autocommit=True) as connection:
        result = connection.pgconn.exec_(b"SELECT '\xe4', 'x'")
        assert (result.get_value(0, 0), result.get_value(0, 1)) == (b"\xe4", b"x")
        result = connection.pgconn.exec_(b"SET client_encoding TO UTF8; SELECT '\xe4'")  # read before it takes effect
        assert result.get_value(0, 0) == b"\xc3\xa4"
        assert one(connection, "SHOW client_encoding") == "UTF8"


def test_what_can_not_be_written_is_an_error(address: str) -> None:
    with psycopg.connect(address, client_encoding="LATIN1", autocommit=True) as connection:
        with pytest.raises(psycopg.errors.UntranslatableCharacter, match='0xe2 0x82 0xac in encoding "UTF8" has no equivalent in encoding "LATIN1"'):
            connection.execute(r"SELECT U&'\20ac'")
        assert one(connection, "SELECT 'ö'") == "ö"


def test_it_is_a_setting(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET NAMES 'latin-1'")
        assert one(connection, "SHOW client_encoding") == "LATIN1"
        assert one(connection, "SELECT pg_client_encoding()") == "LATIN1"
        assert one(connection, "SELECT 'é'") == "é"
        connection.execute("RESET client_encoding")
        assert one(connection, "SELECT '日'") == "日"
        with pytest.raises(psycopg.errors.InvalidParameterValue, match='invalid value for parameter "client_encoding": "nonsense"'):
            connection.execute("SET client_encoding TO nonsense")
        with connection.transaction(force_rollback=True):
            connection.execute("SET client_encoding TO LATIN1")
            assert one(connection, "SELECT 'é'") == "é"
        assert one(connection, "SELECT '日'") == "日"
    with pytest.raises(psycopg.OperationalError, match='invalid value for parameter "client_encoding"'):
        psycopg.connect(address, options="-c client_encoding=nonsense").close()

"""docs/CLIENTS.md lists what captured clients ask in vain: each of it is refused with the code that is written there."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from .conftest import Address

ROW = re.compile(r"^\| [^|]+ \| `(?P<statement>[^`]+)` \| (?P<code>[0-9A-Z]{5}) \| [^|]+ \|$", re.M)
LISTED = [m.group("statement", "code") for m in ROW.finditer((Path(__file__).parents[2] / "docs" / "CLIENTS.md").read_text())]


def test_the_list_is_found() -> None:
    assert len(LISTED) == 6


@pytest.mark.parametrize(("statement", "code"), LISTED)
def test_is_refused(address: Address, statement: str, code: str) -> None:
    with psycopg.connect(address.conninfo) as connection:
        connection.execute("CREATE TABLE public.duck_t (a int, b text)")
        connection.execute("CREATE TABLE public.duck_u (b text, place text)")
        with pytest.raises(psycopg.Error) as error:
            connection.execute(statement)
        assert error.value.sqlstate == code
        connection.rollback()


def test_all_places_of_a_table_are_the_table(address: Address) -> None:
    """DuckDB scans so."""
    query = """COPY (SELECT "part_id" FROM "depot"."part" WHERE ctid BETWEEN '(0,0)'::tid AND '(4294967295,0)'::tid AND "part_id" > '1') TO STDOUT"""
    with psycopg.connect(address.conninfo) as connection, connection.cursor() as cursor, cursor.copy(query) as copy:
        assert sorted(copy.rows()) == [("2",), ("3",)]

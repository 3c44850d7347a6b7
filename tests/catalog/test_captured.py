"""Every question about the catalogs that captured clients ask: the columns, types and rows that PostgreSQL 15 gives.

Where rows are facts of a server or of what it does not have, `captured_exceptions.txt` says so; columns and types are PostgreSQL's there too.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from sqllogictest.engines import Sabot

from . import captured

PARTS = 12
QUESTIONS = captured.load()
EXCEPTIONS = captured.exceptions()
_MISSING = "types and functions that are not there"  # refused, or without columns


@pytest.fixture(scope="module")
def server() -> Iterator[captured.Asked]:
    engine = Sabot(None)
    try:
        with psycopg.connect(engine.address, autocommit=True) as connection:
            connection.execute(captured.SCHEMA.encode())
            yield captured.Asked(connection)
    finally:
        engine.close()


def test_exceptions_are_few() -> None:
    assert set(EXCEPTIONS) < set(range(len(QUESTIONS))) and len(EXCEPTIONS) < len(QUESTIONS) // 7


@pytest.mark.parametrize("part", [pytest.param(n, marks=[pytest.mark.slow] if n else []) for n in range(PARTS)])
def test_the_answers_are_postgres_own(server: captured.Asked, part: int) -> None:
    wrong = []
    for number in range(part, len(QUESTIONS), PARTS):
        question, theirs = QUESTIONS[number]
        if EXCEPTIONS.get(number) == _MISSING:
            continue
        mine = server.ask(question)
        if number in EXCEPTIONS:
            kind = "columns" if mine.get("columns") != theirs["columns"] else ""
        else:
            kind = captured.difference(mine, theirs)
        if kind:
            wrong.append((number, kind, question.clients, question.text, mine.get("message")))
    assert not wrong

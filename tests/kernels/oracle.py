"""PostgreSQL 15 as the oracle of the kernel tests.

A grid is a list of (SQL expression, our expression). The answers of a real PostgreSQL are kept in
`answers/<grid>.json`; with SABOT_ORACLE_DSN set the server is asked instead and the file is written anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from sabot.kernels.errors import SabotError
from sabot.kernels.expr.program import SessionFacts, evaluate
from sabot.kernels.expr.spec import Call, Expr, Lit
from sabot.kernels.types import INT4, TEXT, SqlType, list_of, scalar
from sabot.planner.functions import all_functions, all_operators
from sabot.planner.functions.cast import build_cast

FACTS = SessionFacts(now=1_700_000_000_000_000, time_zone="Europe/Vienna")
Case = tuple[str, Expr]


@cache
def connection() -> Any:
    import psycopg

    found = psycopg.connect(os.environ["SABOT_ORACLE_DSN"], autocommit=True)
    found.execute("set timezone = 'Europe/Vienna'")
    return found


def ask(sql: str) -> str | None:
    """Text of a scalar expression, None for NULL, or `!SQLSTATE`."""
    import psycopg

    try:
        row = connection().execute(f"select ({sql})::text").fetchone()
    except psycopg.Error as failure:
        return f"!{failure.sqlstate}"
    assert row is not None
    return row[0]


def as_text(expr: Expr) -> str | None:
    """Our value as text, None for NULL, or `!SQLSTATE`."""
    try:
        out = build_cast(expr, TEXT)
        assert out is not None
        return evaluate(out, FACTS)
    except SabotError as failure:
        return f"!{failure.sqlstate}"


def check_grid(name: str, cases: Iterable[Case]) -> None:
    """Every case gives the text, NULL or SQLSTATE that PostgreSQL gives."""
    path = Path(__file__).parent / "answers" / f"{name}.json"
    known: dict[str, str | None]
    if os.environ.get("SABOT_ORACLE_DSN"):
        cases = list(cases)
        known = {sql: ask(sql) for sql, _ in cases}
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(known, indent=0, ensure_ascii=False) + "\n")
    else:
        known = json.loads(path.read_text())
    different = [(sql, known[sql], ours) for sql, e in cases if (ours := as_text(e)) != known[sql]]
    assert not different, f"{len(different)} differ, (SQL, PostgreSQL, ours): {different[:20]}"


def typed(name: str) -> SqlType:
    """`numeric(4,2)`, `int4[]` … as a SqlType."""
    if name.endswith("[]"):
        return list_of(typed(name[:-2]))
    head, _, rest = name.partition("(")
    return scalar(head, *(int(x) for x in rest.rstrip(")").split(",") if x))


def value(text: str | None, type_name: str) -> Expr:
    """A literal of a type, by its input function."""
    target = typed(type_name)
    if text is None:
        return Lit(None, target)
    made = build_cast(Lit(text, TEXT), target)
    assert made is not None
    return made


def int4(v: int) -> Lit:
    return Lit(v, INT4)


def text(v: str) -> Lit:
    return Lit(v, TEXT)


def words(s: str) -> list[str]:
    return s.split()


def quote(s: str) -> str:
    return "'" + s.replace("'", "''") + "'"


def cast(expr: Expr, type_name: str) -> Expr:
    made = build_cast(expr, typed(type_name))
    assert made is not None
    return made


def operator(symbol: str, *args: Expr) -> Expr:
    """The operator whose argument types are exactly those given."""
    return _pick(all_operators()[symbol], args)


def function(name: str, *args: Expr) -> Expr:
    """The function whose argument types are exactly those given."""
    return _pick(all_functions()[name], args)


def _pick(signatures: tuple[Any, ...], args: tuple[Expr, ...]) -> Expr:
    types = tuple(a.type.without_mods() for a in args)
    found = next(s for s in signatures if s.args == types)
    return Call(found.kernel, args, found.returns, found.ints, found.texts, found.volatility == "volatile")

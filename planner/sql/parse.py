"""`parse_script`: SQL text to statements, one family of functions per first word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from . import alter, blocks, ddl, dml, merge, pivots, roles, session, streaming
from .cursor import QUERY_WORDS, Cursor
from .lexer import Token, tokenize_statement
from .literal_rows import literal_rows
from .query import parse_expression, parse_query
from .statements import Empty, Statement

__all__ = ["parse_expression", "parse_query", "parse_script"]


def parse_script(text: str) -> list[Statement]:
    """The statements of `text`; one `Empty` if there is none.

    Syntax errors are UserError 42601 in Postgres' words, positions are offsets in `text`.
    """
    out: list[Statement] = []
    position = 0
    while position < len(text):
        fast = literal_rows(text, position)
        if fast is not None:
            statement, position = fast
            out.append(statement)
            continue
        *piece, end = tokenize_statement(text, position)
        while _open_body(piece) and end.end > end.start:
            *more, following = tokenize_statement(text, end.end)
            piece, end = [*piece, Token("op", ";", end.start, end.end), *more], following
        if piece:
            out.append(_statement(text, [*piece, Token("end", "", piece[-1].end, piece[-1].end)]))
        position = end.end
    return out or [Empty(text=text, span=(0, len(text)))]


def _open_body(tokens: list[Token]) -> bool:
    """BEGIN ATOMIC … of a function, whose statements end in semicolons, without its END."""
    if not tokens or tokens[0].value != "create":
        return False
    begun = next((i for i, t in enumerate(tokens[:-1]) if t.kind == "word" and t.value == "begin" and tokens[i + 1].value == "atomic"), None)
    if begun is None:
        return False
    words = [t.value for t in tokens[begun:] if t.kind == "word"]
    return words.count("end") < words.count("begin") + words.count("case")


def _statement(text: str, tokens: list[Token]) -> Statement:
    cursor = Cursor(text, tokens)
    parsed = _dispatch(cursor)
    cursor.done()
    start, end = tokens[0].start, tokens[-1].start
    return replace(parsed, text=text[start:end], span=(start, end))


def _dispatch(c: Cursor) -> Statement:
    token = c.token
    if c.at("(") or (token.kind == "word" and token.value in (*QUERY_WORDS, "from")):
        return merge.merge(c) if token.value == "with" and merge.after_with(c) else dml.query(c)
    if token.kind == "word":
        family = _FAMILIES.get(token.value)
        if family is not None:
            return family(c)
    raise c.error()


def _inner(c: Cursor) -> Statement:
    """The statement inside PREPARE, DECLARE or EXPLAIN, with its own text (plans are kept by it)."""
    start = c.token.start
    parsed = _dispatch(c)
    return replace(parsed, text=c.text[start : c.token.start], span=(start, c.token.start))


_FAMILIES: dict[str, Callable[[Cursor], Statement]] = {
    "insert": dml.modify, "upsert": dml.modify, "replace": dml.modify, "update": dml.modify, "delete": dml.modify,
    "merge": merge.merge, "truncate": dml.truncate, "copy": dml.copy,
    "create": ddl.create, "drop": ddl.drop, "alter": alter.alter, "comment": ddl.comment, "grant": roles.grant,
    "revoke": roles.grant, "reassign": roles.reassign, "refresh": ddl.refresh, "set": session.set_variable, "reset": session.reset,
    "show": session.show, "describe": session.describe, "desc": session.describe,
    "pivot": pivots.pivot, "unpivot": pivots.unpivot, "pragma": lambda c: session.pragma(c, _inner), "do": blocks.do, "call": blocks.call, "explain": lambda c: session.explain(c, _inner), "prepare": lambda c: session.prepare(c, _inner),
    "declare": lambda c: session.declare(c, _inner), "execute": session.execute,
    "deallocate": session.deallocate, "fetch": session.fetch, "move": session.fetch, "close": session.close,
    "listen": session.notify, "unlisten": session.notify, "notify": session.notify,
    "subscribe": streaming.subscribe, "cancel": streaming.cancel, "kill": streaming.kill, "use": streaming.use,
    **dict.fromkeys(("begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release"),
                    session.transaction),
    **dict.fromkeys(("flush", "wait", "checkpoint", "recover", "vacuum", "analyze", "lock", "discard", "reindex", "cluster"),
                    session.utility),
}  # fmt: skip

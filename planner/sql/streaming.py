"""SUBSCRIBE, jobs and the other statements Postgres has no form of."""

from __future__ import annotations

from . import statements as s
from .cursor import Cursor


def subscribe(c: Cursor) -> s.Statement:
    c.expect("subscribe")
    c.accept("to")
    relation = query = None
    if c.at("("):
        end = c.closing()
        c.index += 1
        query = c.query(end)
        c.expect(")")
    else:
        relation = c.name()
    pairs = c.with_options()
    as_of = c.expression("up") if c.accept("as", "of") else None
    return s.Subscribe(relation, query, pairs, as_of, c.expression() if c.accept("up", "to") else None)


def cancel(c: Cursor) -> s.Statement:
    c.expect("cancel")
    c.one_of("job", "jobs")
    return s.CancelJobs(c.items(c.integer))


def kill(c: Cursor) -> s.Statement:
    c.expect("kill")
    if c.token.kind not in ("number", "string"):
        raise c.error()
    return s.Kill(c.advance().value)


def use(c: Cursor) -> s.Statement:
    c.expect("use")
    return s.Use(c.ident())

"""SUBSCRIBE, jobs and the other statements Postgres has no form of."""

from __future__ import annotations

from typing import Any

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
    got: dict[str, Any] = {}
    while c.token.kind != "end" and not c.at(")"):
        if c.accept("envelope"):
            got["envelope"] = c.one_of("upsert", "debezium")
            c.expect("(", "key")
            got["key"] = c.parens(c.ident)
            c.expect(")")
        elif c.accept("within", "timestamp", "order", "by"):
            got["order"] = c.items(lambda: _ordered(c))
        elif c.at("with", "("):
            got["options"] = c.with_options()
        elif c.accept("as", "of"):
            got["at_least"] = c.accept("at", "least")
            got["as_of"] = c.expression("up")
        elif c.accept("up", "to"):
            got["up_to"] = c.expression("with")
        else:
            raise c.error()
    return s.Subscribe(relation, query, **got)


def _ordered(c: Cursor) -> tuple[str, bool, bool]:
    name = c.ident()
    down = c.accept_any("asc", "desc") == "desc"
    return name, down, c.one_of("first", "last") == "first" if c.accept("nulls") else down


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
    if c.peek().kind != "end":
        c.accept_any("catalog", "database")
    return s.Use(c.ident())


def cluster(c: Cursor, verb: str) -> s.Statement:
    """Materialize's: all runs in one process, so there is nothing to make, change or drop."""
    c.expect("cluster")
    what = "CLUSTER REPLICA" if c.accept("replica") else "CLUSTER"
    c.raw()
    return s.Utility("without effect", clauses=f"{verb} {what}")

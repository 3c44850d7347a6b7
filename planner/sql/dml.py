"""Queries, INSERT / UPDATE / DELETE, TRUNCATE, COPY, and the fast path for long literal VALUES lists."""

from __future__ import annotations

from sqlglot import exp

from . import statements as s
from .cursor import Cursor

FAST_ROWS = 50


def query(c: Cursor) -> s.Statement:
    """A query, or an INSERT, UPDATE or DELETE that begins with WITH."""
    last = len(c.tokens) - 1
    emit = [t.value for t in c.tokens[max(c.index, last - 4) : last]] == ["emit", "on", "window", "close"]
    tree = c.query(last - 4 if emit else last)
    c.index = len(c.tokens) - 1
    match tree:
        case exp.Insert():
            return s.Insert(tree, None)
        case exp.Update():
            return s.Update(tree)
        case exp.Delete():
            return s.Delete(tree)
    return s.Query(tree, emit)


def modify(c: Cursor) -> s.Statement:
    """INSERT, UPDATE and DELETE; the tree is sqlglot's."""
    from .query import parse_query

    verb, start, first = c.token.value, c.token.start, c.index
    if verb == "insert" and (fast := insert_values(c)) is not None:
        return fast
    c.index = first
    end = len(c.tokens) - 1
    text, overriding = c.text[start : c.tokens[end - 1].end], None
    for index in range(first, end - 2):
        words = [t.value for t in c.tokens[index : index + 3]]
        if words[0] == "overriding" and words[1] in ("system", "user") and words[2] == "value":
            overriding = words[1]
            low, high = c.tokens[index].start - start, c.tokens[index + 2].end - start
            text = text[:low] + " " * (high - low) + text[high:]
            break
    tree = parse_query(text, start)
    c.index = end
    if verb == "insert":
        return s.Insert(tree, overriding)
    return s.Update(tree) if verb == "update" else s.Delete(tree)


def insert_values(c: Cursor) -> s.InsertValues | None:
    """Rows of plain literals without a parser; None if the statement is anything else or short."""
    if not c.accept("insert", "into"):
        return None
    table = c.name()
    columns = c.parens(c.ident) if c.at("(") and c.peek().kind in ("word", "quoted") and c.peek().value not in (
        "select", "with", "values") else ()  # fmt: skip
    if not c.accept("values"):
        return None
    tokens, index, last = c.tokens, c.index, len(c.tokens) - 1
    if last - index < FAST_ROWS * 3:
        return None
    rows: list[tuple[tuple[str, str], ...]] = []
    while tokens[index].value == "(":
        row: list[tuple[str, str]] = []
        while True:
            index += 1
            kind, value, _, _ = tokens[index]
            if kind == "op" and value == "-" and tokens[index + 1].kind == "number":
                index += 1
                row.append(("number", "-" + tokens[index].value))
            elif kind == "string" or kind == "number":
                row.append((kind, value))
            elif kind == "word" and value in ("null", "default"):
                row.append((value, value))
            elif kind == "word" and value in ("true", "false"):
                row.append(("bool", value))
            else:
                return None
            index += 1
            after = tokens[index]
            if after.kind != "op" or after.value not in ",)":
                return None
            if after.value == ")":
                break
        rows.append(tuple(row))
        index += 1
        if tokens[index].value != ",":
            break
        index += 1
    if index != last or tokens[index - 1].value != ")" or len(rows) <= FAST_ROWS:
        return None
    c.index = last
    return s.InsertValues(table, columns, tuple(rows))


def truncate(c: Cursor) -> s.Statement:
    c.expect("truncate")
    c.accept("table")
    tables = c.items(c.name)
    if c.one_of("restart", "continue") if c.at("restart") or c.at("continue") else None:
        c.expect("identity")
    return s.Truncate(tables, c.cascade())


def copy(c: Cursor) -> s.Statement:
    c.expect("copy")
    table: s.Name | None = None
    columns: tuple[str, ...] = ()
    inner = None
    if c.at("("):
        close = c.closing()
        c.index += 1
        inner = s.Query(c.query(close))
        c.expect(")")
    else:
        table = c.name()
        columns = c.parens(c.ident) if c.at("(") else ()
    direction = c.one_of("from", "to")
    target = c.string() if c.token.kind == "string" else c.one_of("stdin", "stdout")
    c.accept("with")
    if c.at("("):
        return s.Copy(direction, target, table, columns, inner, c.options())
    pairs: list[tuple[str, s.OptionValue]] = []
    while c.token.kind == "word":
        word = c.one_of("binary", "csv", "header", "delimiter", "null", "quote", "escape", "encoding")
        if word in ("binary", "csv"):
            pairs.append(("format", word))
        elif word == "header":
            pairs.append((word, True))
        else:
            c.accept("as")
            pairs.append((word, c.string()))
    return s.Copy(direction, target, table, columns, inner, tuple(pairs))

"""DuckDB's PIVOT and UNPIVOT as statements: what they say; the columns depend on rows, so the server writes the query."""

from __future__ import annotations

from ...kernels.errors import Unsupported
from . import statements as s
from .cursor import Cursor


def _source(c: Cursor) -> str:
    """A table, or a query in parentheses."""
    start = c.token.start
    if c.accept("("):
        c.index -= 1
        c.index = c.closing() + 1
    else:
        c.name()
    return c.text[start : c.tokens[c.index - 1].end]


def _part(c: Cursor, *stops: str) -> str:
    start, end = c.token.start, c.skip(*stops)
    return c.text[start:end].strip()


def pivot(c: Cursor) -> s.Statement:
    """PIVOT source ON expression [IN (values)] USING aggregate [AS name], … [GROUP BY columns] [ORDER BY …] [LIMIT …]"""
    c.expect("pivot")
    position = c.token.start
    source, values = _source(c), None
    c.expect("on")
    on = _part(c, "in", "using", "group", "order", "limit", ",")
    if c.at(","):
        raise Unsupported("PIVOT ON several columns is not supported", hint="PIVOT ON a || '_' || b.", position=position)
    if c.accept("in"):
        values = c.parens(lambda: c.advance().value)
    aggregates: list[tuple[str, str | None]] = []
    if c.accept("using"):
        while True:
            text = _part(c, "as", ",", "group", "order", "limit")
            aggregates.append((text, c.ident() if c.accept("as") else None))
            if not c.accept(","):
                break
    groups = None
    if c.accept("group", "by"):
        groups = _part(c, "order", "limit")
    start = c.token.start
    c.index = len(c.tokens) - 1
    return s.Pivot(source, on, values, tuple(aggregates) or (("count(*)", None),), groups, c.text[start : c.token.start])


def unpivot(c: Cursor) -> s.Statement:
    """UNPIVOT source ON columns | COLUMNS(*) INTO NAME name VALUE value [ORDER BY …] [LIMIT …]"""
    c.expect("unpivot")
    source = _source(c)
    c.expect("on")
    every = c.accept("columns", "(", "*", ")")
    columns = () if every else c.items(c.ident)
    name, value = "name", "value"
    if c.accept("into", "name"):
        name = c.ident()
        c.expect("value")
        value = c.ident()
    start = c.token.start
    c.index = len(c.tokens) - 1
    return s.Unpivot(source, columns, name, value, c.text[start : c.token.start])

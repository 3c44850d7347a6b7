"""The fast path for long INSERT … VALUES of plain literals: one regular expression match per row, no tokens.

pg_dump, ORMs and loaders send thousands of such rows in one statement.
"""

from __future__ import annotations

import re
from functools import cache

from ...kernels.errors import UserError
from . import statements as s
from .cursor import Cursor
from .lexer import tokenize

SHORTEST = 1000  # characters of a text that is worth a look
FEWEST = 50  # rows
WIDEST = 200  # columns
_INSERT = re.compile(r"\s*insert\s+into\s", re.I)
_VALUES = re.compile(r"\bvalues\s*(?=\()", re.I)
_HEAD = 4000  # characters before VALUES
_CELL = r"""\s*(?:'([^']*(?:''[^']*)*)'|(-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(null|true|false|default))\s*"""
_FIRST = re.compile(_CELL + "([,)])", re.I)
_END = re.compile(r"\s*(?:;|\Z)")


def literal_rows(text: str, start: int) -> tuple[s.InsertValues, int] | None:
    """The statement that begins at `start` and the position behind it; None if it is anything else, or short."""
    if len(text) - start < SHORTEST or _INSERT.match(text, start) is None:
        return None
    values = _VALUES.search(text, start, start + _HEAD)
    if values is None:
        return None
    target = _target(text[start : values.start()])
    at = values.end()
    width = _width(text, at)
    if target is None or not 0 < width <= WIDEST:
        return None
    row = _row(width)
    rows: list[tuple[s.Cell, ...]] = []
    more = True
    while more:
        found = row.match(text, at)
        if found is None:
            return None
        rows.append(_cells(found.groups(), width))
        more = found[found.lastindex or 0] == ","
        at = found.end()
    end = _END.match(text, at)
    if end is None or len(rows) <= FEWEST:
        return None
    table, columns = target
    return s.InsertValues(table, columns, tuple(rows), text=text[start:at].strip(), span=(start, at)), end.end()


def _target(head: str) -> tuple[s.Name, tuple[str, ...]] | None:
    try:
        c = Cursor(head, tokenize(head))
        c.expect("insert", "into")
        table = c.name()
        columns = c.parens(c.ident) if c.at("(") else ()
        c.done()
    except UserError:  # told in full by the parser proper
        return None
    return table, columns


def _width(text: str, at: int) -> int:
    """Cells of the first row, 0 if it has others than literals."""
    width, at = 0, at + 1
    while (cell := _FIRST.match(text, at)) is not None:
        width, at = width + 1, cell.end()
        if cell[4] == ")":
            return width
    return 0


@cache
def _row(width: int) -> re.Pattern[str]:
    return re.compile(r"\s*\(" + ",".join([_CELL] * width) + r"\)\s*(,?)", re.I)


def _cells(groups: tuple[str | None, ...], width: int) -> tuple[s.Cell, ...]:
    cells: list[s.Cell] = []
    for at in range(0, 3 * width, 3):
        quoted = groups[at]
        if quoted is not None:
            cells.append(("string", quoted.replace("''", "'") if "'" in quoted else quoted))
            continue
        number = groups[at + 1]
        if number is not None:
            cells.append(("number", number))
            continue
        word = (groups[at + 2] or "").lower()
        cells.append((word if word in ("null", "default") else "bool", word))
    return tuple(cells)

"""Materialize's functions that make columns of one text: `regexp_extract` and `csv_extract`, as queries.

Their columns depend on a constant argument, so they stand in FROM only.
"""

from __future__ import annotations

import re

from sqlglot import exp

from ...kernels.errors import UserError
from ..sql.query import parse_query
from .position import position_of

_MOST = 1000  # columns
_GROUP = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\((\?P?<([A-Za-z_]\w*)>|\?)?", re.S)
# A field and what ends it; behind the last one is an empty field, a line of its own.
_FIELD = r"""("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|$)"""


def extract_query(call: exp.Expression) -> exp.Expression | None:
    """The query that a call of one of them means; None for another call."""
    if not isinstance(call, exp.Anonymous) or len(call.expressions) != 2:
        return None
    first, second = call.expressions
    match call.name:
        case "regexp_extract" if isinstance(first, exp.Literal) and first.is_string:
            return _groups(first, second)
        case "csv_extract":
            return _fields(first, second)
    return None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _put(text: str, put: dict[str, exp.Expression]) -> exp.Expression:
    def filled(node: exp.Expression) -> exp.Expression:
        return put[node.name].copy() if isinstance(node, exp.Column) and node.name in put else node

    return parse_query(text).transform(filled)


def _groups(pattern: exp.Literal, text: exp.Expression) -> exp.Expression:
    """One row with the groups of the first match, by their names or as column1, column2 …; none without a match."""
    names: list[str] = []

    def plain(found: re.Match[str]) -> str:
        if not found[0].startswith("(") or found[1] == "?":
            return found[0]
        names.append(found[2] or f"column{len(names) + 1}")
        return "("

    bare = _GROUP.sub(plain, pattern.this)
    if not names:
        raise UserError("regexp_extract must specify at least one capture group", "22023", position=position_of(pattern))
    shown = ", ".join(f"m[{i}] AS {_quoted(name)}" for i, name in enumerate(names, 1))
    return _put(f'SELECT {shown} FROM (SELECT regexp_match("$text", "$pattern") AS m) AS x WHERE m IS NOT NULL',
                {"$text": text, "$pattern": exp.Literal.string(bare)})  # fmt: skip


def _fields(count: exp.Expression, text: exp.Expression) -> exp.Expression:
    """A row per line with as many fields; other lines are left out."""
    wanted = int(count.this) if isinstance(count, exp.Literal) and not count.is_string and count.this.isdigit() else 0
    if not 1 <= wanted <= _MOST:
        raise UserError(f"csv_extract number of columns must be a constant from 1 to {_MOST}", "22023", position=position_of(count))
    shown = ", ".join(f"f[{i}] AS column{i}" for i in range(1, wanted + 1))
    unquoted = """CASE WHEN left(m[1], 1) = '"' THEN replace(substr(m[1], 2, length(m[1]) - 2), '""', '"') ELSE m[1] END"""
    before = "count(*) FILTER (WHERE m[2] <> ',') OVER (ORDER BY k ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    return _put(
        f"SELECT {shown} FROM (SELECT line, array_agg(v ORDER BY k) AS f, min(raw) AS raw FROM (SELECT k, {unquoted} AS v, m[1] AS raw, {before} AS line"
        f' FROM regexp_matches("$text", "$field", \'g\') WITH ORDINALITY AS g(m, k)) AS t GROUP BY line) AS u'
        f" WHERE cardinality(f) = {wanted} AND (cardinality(f) > 1 OR raw <> '') ORDER BY line",
        {"$text": text, "$field": exp.Literal.string(_FIELD)},
    )

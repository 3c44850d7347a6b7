"""PIVOT and UNPIVOT as statements: the values and columns that there are, then the query over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...planner.sql import statements as ast
from ...planner.sql.lexer import tokenize
from ...planner.sql.query import parse_query
from ..reading.executions import Done
from .blocks import quoted, quoted_name, texts_of

if TYPE_CHECKING:
    from ..sessions.session import Session


async def pivot(session: Session, statement: ast.Pivot, parameters: Any, prepared: Any) -> Done:
    """One column for each value and aggregate, named by the value; rows are grouped by the columns that are not named."""
    values = statement.values
    if values is None:
        found = await texts_of(session, await _asked(session, f"SELECT v::text FROM (SELECT DISTINCT {statement.on} AS v FROM {statement.source}) AS d"
                                                              " WHERE v IS NOT NULL ORDER BY v"))
        values = tuple(row[0] or "" for row in found[1])
    groups = statement.groups
    if groups is None:
        texts = (statement.on, *(a for a, _ in statement.aggregates))
        named = {t.value for text in texts for t in tokenize(text) if t.kind in ("word", "quoted")}
        groups = ", ".join(quoted_name(c) for c in await _columns(session, statement.source) if c not in named)
    made = []
    for value in values:
        for text, alias in statement.aggregates:
            several = alias or (text if len(statement.aggregates) > 1 else None)
            label = value if several is None else f"{value}_{several}"
            made.append(f"{text} FILTER (WHERE ({statement.on})::text = {quoted(value)}) AS {quoted_name(label)}")
    items = ", ".join(([groups] if groups else []) + made)
    group = f" GROUP BY {groups}" if groups else ""
    return await _asked(session, f"SELECT {items} FROM {statement.source} AS pivoted{group} {statement.tail}")


async def unpivot(session: Session, statement: ast.Unpivot, parameters: Any, prepared: Any) -> Done:
    columns = statement.columns or await _columns(session, statement.source)
    listed = ", ".join(map(quoted_name, columns))
    text = f"SELECT * FROM {statement.source} AS unpivoted UNPIVOT ({quoted_name(statement.value)} FOR {quoted_name(statement.name)} IN ({listed}))"
    return await _asked(session, f"{text} {statement.tail}")


async def _columns(session: Session, source: str) -> tuple[str, ...]:
    return (await texts_of(session, await _asked(session, f"SELECT * FROM {source} AS s LIMIT 0")))[0].names


async def _asked(session: Session, text: str) -> Done:
    from .registry import handle

    return await handle(session, ast.Query(parse_query(text), text=text), None, None)

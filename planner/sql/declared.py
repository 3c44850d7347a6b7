"""Feldera's DECLARE RECURSIVE VIEW: views that read themselves and one another, made once all of them are defined.

    DECLARE RECURSIVE VIEW closure(x INT, y INT);
    CREATE VIEW step AS SELECT e.x, c.y FROM edges e JOIN closure c ON e.y = c.x;
    CREATE VIEW closure AS (SELECT * FROM edges) UNION (SELECT * FROM step);

A view that reads one whose definition is still to come waits. A declared view becomes WITH MUTUALLY RECURSIVE over
all declared ones that it needs; its rows are a set.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlglot import exp

from . import statements as ast
from .query import parse_query


@dataclass
class Recursion:
    """Of a session. `declared`: text of the columns by name. `waiting`: views that read what is not there yet, in order."""

    declared: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, ast.CreateView] = field(default_factory=dict)

    def taken(self, statement: ast.CreateView) -> list[ast.CreateView] | None:
        """The views to be made now; none while others are to come. None if the statement has nothing to do with recursion."""
        name = statement.name[-1]
        if name not in self.declared and not self._reads(statement):
            return None
        self.waiting[name] = statement
        group = self._needed(name)
        if group is None:
            return []
        made = self._defined(group)
        for n in group:
            self.declared.pop(n, None)
            del self.waiting[n]
        for n, other in list(self.waiting.items()):
            if n not in self.declared and not self._reads(other):
                made.append(self.waiting.pop(n))
        return made

    def _reads(self, statement: ast.CreateView) -> set[str]:
        tables = (t for t in statement.query.find_all(exp.Table) if len(t.parts) == 1)
        return {t.name for t in tables} & (self.declared.keys() | self.waiting.keys())

    def _needed(self, name: str) -> list[str] | None:
        """What the view reads at any depth, in the order of the definitions; None while one is missing."""
        found, open_ = {name}, [name]
        while open_:
            statement = self.waiting.get(open_.pop())
            if statement is None:
                return None
            more = self._reads(statement) - found
            found |= more
            open_ += more
        return [n for n in self.waiting if n in found]

    def _defined(self, group: list[str]) -> list[ast.CreateView]:
        helpers = [self.waiting[n] for n in group if n not in self.declared]
        shared = ", ".join(
            f"{_quoted(h.name[-1])}{_columns(h)} AS ({h.query_text})" for h in helpers
        )
        bindings = []
        for n in group:
            if n in self.declared:
                own = self.waiting[n].query_text
                body = f'WITH {shared} SELECT * FROM ({own}) AS "__query"' if helpers else own
                bindings.append(f'{_quoted(n)} {self.declared[n]} AS (SELECT DISTINCT * FROM ({body}) AS "__rows")')
        made = []
        for n in group:
            if n in self.declared:
                statement = self.waiting[n]
                text = f"WITH MUTUALLY RECURSIVE {', '.join(bindings)} SELECT * FROM {_quoted(n)}"
                kind = "MATERIALIZED VIEW" if statement.materialized else "VIEW"
                made.append(replace(statement, query=parse_query(text), query_text=text, text=f"CREATE {kind} {_quoted(n)} AS {text}"))
        return made + helpers


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _columns(statement: ast.CreateView) -> str:
    return f" ({', '.join(map(_quoted, statement.columns))})" if statement.columns else ""

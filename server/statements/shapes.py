"""Result columns of statements that are not planned (SHOW, EXPLAIN, FETCH …), for Describe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...kernels.errors import Unsupported
from ...kernels.schema import Field, Schema, schema_of
from ...kernels.types import INT8, JSON, TEXT
from ...planner.sql import statements as ast
from ..sessions.settings import CANONICAL, lookup
from . import procedures

if TYPE_CHECKING:
    from ..sessions.session import Session


def _texts(*names: str) -> Schema:
    return Schema(tuple(Field(n, TEXT) for n in names))


_NAMES = _texts("Name")
COLUMNS = _texts("Name", "Type", "Is Hidden", "Description")
_OBJECTS: dict[str, Schema] = {
    "columns": COLUMNS,
    "indexes": _texts("Name", "On", "Key", "Include", "Distributed By"),
    "functions": _texts("Name", "Arguments", "Return Type", "Language"),
    "objects": _texts("name", "type"),
    "parameters": _texts("Name", "Value", "Mutable"),
    "jobs": schema_of(("Id", INT8), ("Statement", TEXT), ("State", TEXT), ("Progress", TEXT)),
    "processlist": schema_of(("Id", INT8), ("User", TEXT), ("Database", TEXT), ("State", TEXT), ("Info", TEXT)),
}


def objects(kind: str) -> Schema:
    """Of SHOW and a kind of objects."""
    return _OBJECTS.get(kind, _NAMES)


def columns_of(session: Session, statement: ast.Statement) -> Schema | None:
    """None when the statement gives no rows."""
    match statement:
        case ast.Show(name="all"):
            return schema_of(("name", TEXT), ("setting", TEXT), ("description", TEXT))
        case ast.Show(name=name):
            setting = lookup(name)
            return schema_of((CANONICAL.get(setting.name, setting.name), TEXT))
        case ast.ShowObjects(kind=kind):
            return objects(kind)
        case ast.ShowCreate():
            return schema_of(("Name", TEXT), ("Create Sql", TEXT))
        case ast.Pivot() | ast.Unpivot():
            raise Unsupported("PIVOT and UNPIVOT as statements can't be described before they run", hint="Send them as simple queries.")
        case ast.Describe():
            return COLUMNS
        case ast.Explain():
            return schema_of(("QUERY PLAN", JSON if dict(statement.options).get("format") == "json" else TEXT))
        case ast.Execute(name=name):
            found = session.prepared.get(name)
            return found.columns if found is not None else None
        case ast.Fetch(cursor=cursor, move=False):
            open_ = session.cursors.get(cursor)
            return open_.execution.columns if open_ is not None else None
        case ast.Call():
            return procedures.described(session, statement)
        case ast.Subscribe():
            from .subscribe import described

            return described(session, statement)
        case _:
            return None

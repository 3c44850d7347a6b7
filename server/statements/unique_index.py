"""Unique indexes that are no key of columns: over expressions, over some of the rows, or with NULLS NOT DISTINCT.

Each is a key of one hidden column that computes what must not occur twice: NULL for rows that the index leaves out. A
row of all keys is never NULL itself, so that NULLs inside of it are equal to each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ...kernels.errors import Unsupported
from ...kernels.expr.spec import Col
from ...planner import changes
from ...planner.catalog.entries import Column, Relation
from ...planner.catalog.keys import computed_key, index_column
from ...planner.catalog.reshape import with_concealed, without_column
from ...planner.sql import statements as ast
from .alter_table import TableChange, apply, drop_key_users, refuse_connector

if TYPE_CHECKING:
    from ..sessions.session import Session


def _change(session: Session, table: Relation) -> TableChange:
    return TableChange(session, table, table, [Col(i, c.type) for i, c in enumerate(table.columns)])


def _computed(keys: Sequence[str], where: str | None, distinct: bool) -> str:
    """What the hidden column computes. `distinct`: NULLs are unlike each other."""
    value = f"({keys[0]})" if len(keys) == 1 and distinct else f"ROW({', '.join(f'({k})' for k in keys)})"
    conditions = [f"({where})"] if where is not None else []
    if len(keys) > 1 and distinct:
        conditions += [f"({k}) IS NOT NULL" for k in keys]
    return f"CASE WHEN {' AND '.join(conditions)} THEN {value} END" if conditions else value


async def create(session: Session, table: Relation, index: Relation, keys: Sequence[str], where: str | None, distinct: bool) -> None:
    """The index and the column that it is the key of, together."""
    if table.kind != "table":
        raise Unsupported("a unique index of a view needs columns", hint="A plain index does for reading.")
    snapshot, settings = session.server.catalog.snapshot, session.plan_settings
    change, text, at = _change(session, table), _computed(keys, where, distinct), len(table.columns)
    refuse_connector(change, ast.Alter("table", (), "add unique index"))
    (made,) = changes.row_types(table, [text], snapshot, settings)
    column = Column(index_column(index.id), made, generated=text, hidden=True, comment=", ".join(keys))
    change.entry = replace(
        table, columns=(*table.columns, column), unique=(*table.unique, (at,)), key_names=(*table.key_names, (index.name, (at,)))
    )
    value = changes.generated_value(change.entry, at, snapshot, settings)
    assert value is not None
    change.values.append(value)
    change.rewrite = change.validate = True
    change.others[index.id] = index
    await apply(change)


async def drop(session: Session, index: Relation, cascade: bool) -> None:
    """The index and what it demands of the rows."""
    table = session.server.catalog.snapshot.relations[index.on or 0]
    change = _change(session, table)
    change.gone.append(index)
    at = computed_key(table, index.id)
    if at is not None:
        if any(r.kind not in ("index", "sequence") for r in session.server.catalog.snapshot.dependents(table.id)):
            change.entry = with_concealed(table, at)  # views were made over rows that have it
        else:
            change.entry = without_column(table, at)
            del change.values[at]
            change.rewrite = True
    else:
        key = tuple(table.row_schema.index(c.name) for c in index.columns[: len(index.keys)])
        unique = list(table.unique)
        if key in unique:
            unique.remove(key)
            if key not in (*unique, table.primary_key):
                if all(table.columns[k].not_null for k in key):
                    change.weakened = "DROP INDEX of a unique key"
                drop_key_users(change, key, ast.Alter("table", (), "drop constraint", column=index.name, cascade=cascade))
        names = tuple(k for k in table.key_names if k[0] != index.name)
        change.entry = replace(table, unique=tuple(unique), key_names=names)
    await apply(change)


def renamed(table: Relation, old: str, new: str) -> Relation:
    """The table whose key has the name of an index that gets another."""
    return replace(table, key_names=tuple((new if n == old else n, k) for n, k in table.key_names))

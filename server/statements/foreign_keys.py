"""FOREIGN KEY and REFERENCES clauses as catalog entries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ...kernels.errors import Unsupported, UserError
from ...kernels.types import SqlType
from ...planner.catalog.entries import ForeignKey, Relation
from ...planner.catalog.keys import key_names
from ...planner.sql import statements as ast
from ..sessions.temporary import is_temporary

if TYPE_CHECKING:
    from ..sessions.session import Session

_INTEGERS = ("int2", "int4", "int8")
_TEXTS = ("text", "varchar")


def with_foreign_keys(session: Session, entry: Relation, statement: ast.CreateRelation) -> Relation:
    """The table with the references that columns and table of a statement declare."""
    declared: list[tuple[str | None, tuple[str, ...], ast.Reference]] = []
    declared += [(d.reference_name, (d.name,), d.references) for d in statement.columns if d.references is not None]
    declared += [(c.name, c.columns, c.references) for c in statement.constraints if c.references is not None]
    for name, columns, reference in declared:
        entry = _with_key(session, entry, name, columns, reference)
    return entry


def _with_key(
    session: Session, entry: Relation, name: str | None, columns: tuple[str, ...], reference: ast.Reference
) -> Relation:
    if entry.kind != "table" or dict(entry.options).get("connector"):
        raise Unsupported("foreign keys of sources and connector tables are not supported",
                          hint="Check the reference in a view with an anti join.")
    target = entry if reference.target in ((entry.name,), (entry.schema, entry.name)) else session.server.resolve(
        session, reference.target, ()
    )
    if target.kind != "table":
        raise UserError(f'referenced relation "{target.name}" is not a table', "42809")
    if is_temporary(entry.schema) != is_temporary(target.schema):
        kind, other = ("temporary", "temporary") if is_temporary(entry.schema) else ("permanent", "permanent")
        raise UserError(f"constraints on {kind} tables may reference only {other} tables", "42P16")
    places = tuple(_position(entry, c) for c in columns)
    if reference.columns:
        target_places = tuple(_position(target, c) for c in reference.columns)
    else:
        target_places = target.primary_key
        if not target_places:
            raise UserError(f'there is no primary key for referenced table "{target.name}"', "42704")
    keys = [k for k in (target.primary_key, *target.unique) if k]
    if all(sorted(k) != sorted(target_places) for k in keys):
        raise UserError(f'there is no unique constraint matching given keys for referenced table "{target.name}"', "42830")
    if any(sorted(k) == sorted(target_places) for k, _ in target.deferrable_keys):
        raise UserError(f'cannot use a deferrable unique constraint for referenced table "{target.name}"', "55000")
    if len(places) != len(target_places):
        raise UserError("number of referencing and referenced columns for foreign key disagree", "42830")
    taken = {*key_names(entry), *(n for n, _ in entry.checks), *(f.name for f in entry.foreign_keys)}
    if name is not None and name in taken:
        raise UserError(f'constraint "{name}" for relation "{entry.name}" already exists', "42710")
    chosen, number = name, 0
    while chosen is None:
        candidate = "_".join((entry.name, *columns, "fkey")) + str(number or "")
        chosen = candidate if candidate not in taken else None
        number += 1
    for a, b in zip(places, target_places):
        left, right = entry.columns[a].type, target.columns[b].type
        if not _comparable(left, right):
            raise UserError(
                f'foreign key constraint "{chosen}" cannot be implemented', "42804",
                detail=f'Key columns "{entry.columns[a].name}" and "{target.columns[b].name}" are of incompatible types: '
                f"{left.without_mods()} and {right.without_mods()}.",
            )
    set_places = tuple(_position(entry, c) for c in reference.set_columns)
    for place in set_places:
        if place not in places:
            raise UserError(f'column "{entry.columns[place].name}" referenced in ON DELETE SET action must be part of foreign key',
                            "42P10")
    made = ForeignKey(chosen, places, target.id, target_places, reference.on_delete, reference.on_update, reference.match_full,
                      reference.deferral, set_places)
    return replace(entry, foreign_keys=(*entry.foreign_keys, made))


def _comparable(a: SqlType, b: SqlType) -> bool:
    return a.without_mods() == b.without_mods() or any(a.name in names and b.name in names for names in (_INTEGERS, _TEXTS))


def _position(entry: Relation, name: str) -> int:
    for at, column in enumerate(entry.columns):
        if column.name == name:
            return at
    raise UserError(f'column "{name}" referenced in foreign key constraint does not exist', "42703")

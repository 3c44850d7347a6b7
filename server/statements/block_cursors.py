"""Cursors of blocks in PL/pgSQL: OPEN runs the query, FETCH takes one of its rows after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...kernels.errors import UserError
from ...kernels.schema import Schema
from ...planner.sql import blocks as b

if TYPE_CHECKING:
    from .blocks import Scope, Variable


async def step(scope: Scope, step: b.CursorStep) -> None:
    from .blocks import filled, rows_of, store

    cursor = cursor_of(scope, step.name)
    match step.word:
        case "open":
            if cursor.rows is not None:
                raise UserError(f'cursor "{step.name}" already in use', "42P03")
            query = step.query or cursor.query
            if query is None:
                raise UserError('syntax error at or near ";"', "42601")
            schema, rows = await rows_of(scope.session, filled(scope, query.tokens, query.source))
            cursor.rows = schema, iter(rows)
        case "fetch":
            schema, left = _open(cursor, step.name)
            row = next(left, None)
            scope.set_found(row is not None)
            await store(scope, step.into, schema, row or [None] * len(schema.types))
        case _:
            _open(cursor, step.name)
            cursor.rows = None


def cursor_of(scope: Scope, name: str) -> Variable:
    found = scope.find(name)
    if found is None:
        raise UserError(f'"{name}" is not a known variable', "42601")
    if found.type not in ("cursor", "refcursor"):
        raise UserError(f'variable "{name}" must be of type cursor or refcursor', "42804")
    return found


def _open(cursor: Variable, name: str) -> tuple[Schema, Iterator[list[str | None]]]:
    if cursor.rows is None:
        if cursor.type == "cursor":
            raise UserError(f'cursor "{name}" does not exist', "34000")
        raise UserError(f'cursor variable "{name}" is null', "22004")
    return cursor.rows

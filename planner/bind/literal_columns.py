"""Columns of literals read at once: what `coerce_assignment` of each literal would give, by one kernel call per column.

Whatever is not plain (an error, DEFAULT, a number for a text column, 'today') gives None: the caller binds cell by cell,
which also knows the words of every error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ...kernels.batch import Batch
from ...kernels.errors import SabotError
from ...kernels.expr.program import Program
from ...kernels.expr.spec import Col
from ...kernels.types import BOOL, TEXT, UNKNOWN
from ..catalog.entries import Column
from ..functions.cast import build_cast
from ..sql.statements import Cell
from .coerce import coerce_assignment
from .context import BindContext
from .query import Env

_WHOLE = re.compile(r"-?\d+\Z")
_MOVING = re.compile("now|today|tomorrow|yesterday", re.I)
_LIMITS = {"int2": 1 << 15, "int4": 1 << 31, "int8": 1 << 63}
_READ = frozenset({"numeric", "float4", "float8"})  # the text of a number is their input too


def literal_batch(rows: Sequence[Sequence[Cell]], columns: Sequence[Column], env: Env) -> Batch | None:
    """The rows as a batch of the columns' types; None where the general way has to be gone."""
    if any(len(row) != len(columns) for row in rows) or any(c.generated is not None for c in columns):
        return None
    out: Batch | None = None
    for column, cells in zip(columns, zip(*rows)):
        made = _column(column, cells, env.ctx)
        if made is None:
            return None
        out = made if out is None else out.hstack(made)
    return out


def _column(column: Column, cells: Sequence[Cell], ctx: BindContext) -> Batch | None:
    bare = column.type.without_mods()
    kinds = {kind for kind, _ in cells} - {"null"}
    if bare.name.startswith("reg") or (bare.elem is not None and bare.elem.name.startswith("reg")):
        return None
    if kinds == {"number"} and bare.name in _LIMITS:
        limit = _LIMITS[bare.name]
        if not all(kind == "null" or _WHOLE.match(text) for kind, text in cells):
            return None
        numbers = [None if kind == "null" else int(text) for kind, text in cells]
        if not all(n is None or -limit <= n < limit for n in numbers):
            return None
        return _batch(column, numbers)
    if kinds == {"bool"} and bare == BOOL:
        return _batch(column, [None if kind == "null" else text == "true" for kind, text in cells])
    if kinds and kinds != {"string"} and not (kinds == {"number"} and bare.name in _READ):
        return None
    texts = [None if kind == "null" else text for kind, text in cells]
    if bare == TEXT or not kinds:
        return _batch(column, texts)
    if bare.category == "D" and any(t is not None and _MOVING.search(t) for t in texts):
        return None
    try:
        source = Col(0, UNKNOWN)
        read = build_cast(source, bare)
        if read is None:
            return None
        expr = coerce_assignment(read, column.type, column.name, ctx)
        rows, errors = Program((expr,)).run(Batch.from_rows((TEXT,), [(t,) for t in texts]), ctx.facts)
    except SabotError:
        return None
    return rows if errors is None else None


def _batch(column: Column, values: Sequence[Any]) -> Batch:
    return Batch.from_rows((column.type,), [(v,) for v in values])

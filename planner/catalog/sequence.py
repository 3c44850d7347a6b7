"""What a sequence is: its definition from options, and the catalog entry that holds it.

The entry's columns are those that SELECT from a sequence shows; the one row is stored like a table's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ...kernels.errors import UserError
from ...kernels.types import BOOL, INT8, SqlType, scalar
from .entries import Column, Relation

COLUMNS = (Column("last_value", INT8, True), Column("log_cnt", INT8, True), Column("is_called", BOOL, True))
_BITS = {"int2": 16, "int4": 32, "int8": 64}
Row = tuple[int, int, bool]  # last value, log count, whether the value was given out


@dataclass(frozen=True, slots=True)
class Definition:
    type: str = "int8"
    start: int = 1
    increment: int = 1
    least: int = 1
    most: int = 2**63 - 1
    cache: int = 1
    cycle: bool = False

    @property
    def first(self) -> Row:
        return (self.start, 0, False)


def define(
    options: dict[str, Any], sql_type: SqlType | None, old: Definition | None = None, last: int | None = None
) -> Definition:
    """The definition that options give, on top of an old one (ALTER); 22023 for what does not fit.

    `last` is the present value of the sequence, which has to stay within the bounds.
    """
    kind = sql_type.name if sql_type is not None else old.type if old is not None else "int8"
    if kind not in _BITS:
        raise UserError("sequence type must be smallint, integer, or bigint", "22023")
    increment = options.get("increment", old.increment if old is not None else 1)
    if increment == 0:
        raise UserError("INCREMENT must not be zero", "22023")
    cycle = options.get("cycle", old.cycle if old is not None else False)
    top, bottom = 2 ** (_BITS[kind] - 1) - 1, -(2 ** (_BITS[kind] - 1))
    most = _bound("maxvalue", options, kind, old, top if increment > 0 else -1, top)
    least = _bound("minvalue", options, kind, old, 1 if increment > 0 else bottom, bottom)
    for word, value in (("MAXVALUE", most), ("MINVALUE", least)):
        if not bottom <= value <= top:
            raise UserError(f"{word} ({value}) is out of range for sequence data type {scalar(kind)}", "22023")
    if least >= most:
        raise UserError(f"MINVALUE ({least}) must be less than MAXVALUE ({most})", "22023")
    start = options.get("start", old.start if old is not None else least if increment > 0 else most)
    _within("START", start, least, most)
    if "restart" in options:
        last = start if options["restart"] is None else options["restart"]
    if last is not None:
        _within("RESTART", last, least, most)
    cache = options.get("cache", old.cache if old is not None else 1)
    if cache < 1:
        raise UserError(f"CACHE ({cache}) must be greater than zero", "22023")
    return Definition(kind, start, increment, least, most, cache, cycle)


def _bound(key: str, options: dict[str, Any], kind: str, old: Definition | None, default: int, limit: int) -> int:
    value: int | None = options.get(key)
    if value is not None:
        return value
    if old is None or key in options:
        return default
    before = old.most if key == "maxvalue" else old.least
    bits = 2 ** (_BITS[old.type] - 1)
    was_limit = before in (bits - 1, -bits)
    return limit if was_limit and kind != old.type else before


def _within(what: str, value: int, least: int, most: int) -> None:
    if value < least:
        raise UserError(f"{what} value ({value}) cannot be less than MINVALUE ({least})", "22023")
    if value > most:
        raise UserError(f"{what} value ({value}) cannot be greater than MAXVALUE ({most})", "22023")


def sequence_entry(id: int, schema: str, name: str, definition: Definition, **more: Any) -> Relation:
    """The catalog entry of a new sequence."""
    return with_definition(Relation(id=id, schema=schema, name=name, kind="sequence", columns=COLUMNS, **more), definition)


def with_definition(entry: Relation, d: Definition) -> Relation:
    values = (("type", d.type), ("start", d.start), ("increment", d.increment), ("least", d.least), ("most", d.most),
              ("cache", d.cache), ("cycle", d.cycle))  # fmt: skip
    return replace(entry, options=tuple((k, str(v)) for k, v in values))


def definition_of(entry: Relation) -> Definition:
    o = dict(entry.options)
    return Definition(o["type"], int(o["start"]), int(o["increment"]), int(o["least"]), int(o["most"]), int(o["cache"]),
                      o["cycle"] == "True")  # fmt: skip

"""Maps. Rows are made and taken apart by the binder (struct.row, struct.field)."""

from __future__ import annotations

from ...kernels import types as t
from ...kernels.types import SqlType
from .signature import ANY, ANYARRAY, ANYCOMPATIBLEARRAY, ANYMAP, Signature


def _entry(m: SqlType) -> tuple[SqlType, SqlType]:
    """Types of a map's keys and values."""
    assert m.elem is not None
    return m.elem.fields[0][1], m.elem.fields[1][1]


def _of_lists(args: tuple[SqlType, ...]) -> SqlType:
    keys, values = args[0].elem, args[1].elem
    assert keys is not None and values is not None
    return t.map_of(keys, values)


def _same(args: tuple[SqlType, ...]) -> SqlType:
    return args[0]


def _entries(args: tuple[SqlType, ...]) -> SqlType:
    assert args[0].elem is not None
    return t.list_of(args[0].elem)


FUNCTIONS: tuple[Signature, ...] = (
    Signature("map_from_key_values", (ANYARRAY, ANYCOMPATIBLEARRAY), ANYMAP, "map.from_key_values", result=_of_lists),
    Signature("map_from_entries", (ANYARRAY,), ANYMAP, "map.from_entries", result=lambda a: t.map_of(*_entry(a[0]))),
    Signature("map_access", (ANYMAP, ANY), ANY, "map.get", result=lambda a: _entry(a[0])[1]),
    Signature("map_contains", (ANYMAP, ANY), t.BOOL, "map.contains"),
    Signature("map_keys", (ANYMAP,), ANYARRAY, "map.keys", result=lambda a: t.list_of(_entry(a[0])[0])),
    Signature("map_values", (ANYMAP,), ANYARRAY, "map.values", result=lambda a: t.list_of(_entry(a[0])[1])),
    Signature("map_entries", (ANYMAP,), ANYARRAY, "map.entries", result=_entries),
    Signature("map_length", (ANYMAP,), t.INT4, "map.length"),
    Signature("cardinality", (ANYMAP,), t.INT4, "map.length"),
    Signature("map_cat", (ANYMAP, ANYMAP), ANYMAP, "map.cat", strict=False, result=_same),
    Signature("map_insert", (ANYMAP, ANY, ANY), ANYMAP, "map.insert", strict=False, result=_same),
    Signature("map_delete", (ANYMAP, ANY), ANYMAP, "map.delete", strict=False, result=_same),
)

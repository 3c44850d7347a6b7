"""Arrays."""

from __future__ import annotations

from ...kernels import types as t
from ...kernels.errors import UserError
from ...kernels.types import SqlType
from .signature import (
    ANYARRAY,
    ANYCOMPATIBLE,
    ANYCOMPATIBLEARRAY,
    ANYELEMENT,
    ArgType,
    Signature,
)

_A, _E = ANYCOMPATIBLEARRAY, ANYCOMPATIBLE
_TEXTS = t.list_of(t.TEXT)

OPERATORS: tuple[Signature, ...] = (
    Signature("||", (_A, _A), _A, "array.cat", strict=False),
    Signature("||", (_A, _E), _A, "array.append", strict=False),
    Signature("||", (_E, _A), _A, "array.prepend", strict=False),
    Signature("@>", (ANYARRAY, ANYARRAY), t.BOOL, "array.contains"),
    Signature("<@", (ANYARRAY, ANYARRAY), t.BOOL, "array.contained"),
    Signature("&&", (ANYARRAY, ANYARRAY), t.BOOL, "array.overlaps"),
)


def _array(name: str, args: tuple[ArgType, ...], returns: ArgType, strict: bool = True, kernel: str = "") -> Signature:
    return Signature(name, args, returns, f"array.{kernel or name.removeprefix('array_')}", strict=strict)


def _filled(args: tuple[SqlType, ...]) -> SqlType:
    return t.list_of(args[0])


_SUMS = ((t.INT2, t.INT8), (t.INT4, t.INT8), (t.INT8, t.NUMERIC), (t.NUMERIC, t.NUMERIC), (t.FLOAT4, t.FLOAT4),
         (t.FLOAT8, t.FLOAT8), (t.INTERVAL, t.INTERVAL))  # fmt: skip

def _flat(args: tuple[SqlType, ...]) -> SqlType:
    """The arrays inside an array. 42883 for anything else."""
    elem = args[0].elem
    if elem is None or elem.name != "list":
        raise UserError(f"array_flatten takes an array of arrays, not {args[0]}", "42883")
    return elem


FUNCTIONS: tuple[Signature, ...] = (
    Signature("sabot_array_set", (_A, t.INT4, _E), _A, "array.set", strict=False),  # a[n] := e of blocks
    _array("array_append", (_A, _E), _A, strict=False),
    _array("array_prepend", (_E, _A), _A, strict=False),
    _array("array_cat", (_A, _A), _A, strict=False),
    _array("array_length", (ANYARRAY,), t.INT4),
    *(_array(f"array_{name}", (ANYARRAY, t.INT4), t.INT4) for name in ("length", "lower", "upper")),
    _array("array_ndims", (ANYARRAY,), t.INT4),
    _array("array_dims", (ANYARRAY,), t.TEXT),
    _array("cardinality", (ANYARRAY,), t.INT4),
    _array("array_position", (_A, _E), t.INT4, strict=False),
    _array("array_position", (_A, _E, t.INT4), t.INT4, strict=False),
    _array("array_positions", (_A, _E), t.list_of(t.INT4), strict=False),
    _array("array_remove", (_A, _E), _A, strict=False),
    _array("array_replace", (_A, _E, _E), _A, strict=False),
    _array("array_contains", (ANYARRAY, ANYARRAY), t.BOOL),
    _array("array_contained", (ANYARRAY, ANYARRAY), t.BOOL),
    _array("arraycontains", (ANYARRAY, ANYARRAY), t.BOOL, kernel="contains"),
    _array("arraycontained", (ANYARRAY, ANYARRAY), t.BOOL, kernel="contained"),
    _array("arrayoverlap", (ANYARRAY, ANYARRAY), t.BOOL, kernel="overlaps"),
    Signature("array_fill", (ANYELEMENT, t.list_of(t.INT4)), ANYARRAY, "array.fill", strict=False, result=_filled),
    _array("trim_array", (ANYARRAY, t.INT4), ANYARRAY, kernel="trim"),
    *(_array(f"array_{name}", (ANYARRAY,), ANYARRAY) for name in ("sort", "reverse", "distinct")),
    *(_array(f"array_{name}", (ANYARRAY,), ANYELEMENT) for name in ("min", "max")),
    Signature("array_flatten", (ANYARRAY,), ANYARRAY, "array.flatten", result=_flat),
    *(_array("array_sum", (t.list_of(x),), total) for x, total in _SUMS),
    *(
        Signature(name, (ANYARRAY, t.TEXT, *null), t.TEXT, "array.to_string", strict=False, volatility="stable")
        for name in ("array_to_string", "array_join")
        for null in ((), (t.TEXT,))
    ),
    *(
        _array("string_to_array", (t.TEXT, t.TEXT, *null), _TEXTS, strict=False, kernel="from_string")
        for null in ((), (t.TEXT,))
    ),
)

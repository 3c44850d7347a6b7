"""Set-returning functions. `returns` is the type of one row: a struct where a row has several columns.

`kernel` names the table function (kernels/cpp/table_functions.hpp); the planner makes a `TableCall` of it. Names of
result columns are those of the struct, otherwise the function's own name.
"""

from __future__ import annotations

from ...kernels import types as t
from ...kernels.types import SqlType
from .signature import ANYARRAY, ANYELEMENT, ArgType, Signature


def _set(name: str, args: tuple[ArgType, ...], returns: ArgType, **more: object) -> Signature:
    return Signature(name, args, returns, name, set_returning=True, **more)  # type: ignore[arg-type]


def innermost(args: tuple[SqlType, ...]) -> SqlType:
    """unnest flattens nested arrays completely, as PostgreSQL's arrays of several dimensions are."""
    elem = args[0].elem
    assert elem is not None
    while elem.name == "list" and elem.elem is not None:
        elem = elem.elem
    return elem


def _expanded(args: tuple[SqlType, ...]) -> SqlType:
    return t.struct_of(("x", innermost(args)), ("n", t.INT4))


_WINDOW = {zone: t.struct_of(("window_start", zone), ("window_end", zone)) for zone in (t.TIMESTAMP, t.TIMESTAMPTZ)}
_STEPPED = tuple((x, x) for x in (t.INT4, t.INT8, t.NUMERIC))
_TIMED = ((t.TIMESTAMP, "immutable"), (t.TIMESTAMPTZ, "stable"))
_JSON = ((t.JSONB, "jsonb"), (t.JSON, "json"))

FUNCTIONS: tuple[Signature, ...] = (
    *(
        signature
        for name in ("generate_series", "range")
        for signature in (
            *(_set(name, pair, pair[0]) for pair in _STEPPED),
            *(_set(name, (*pair, pair[0]), pair[0]) for pair in _STEPPED),
            *(_set(name, (time, time, t.INTERVAL), time, volatility=volatility) for time, volatility in _TIMED),
        )
    ),
    *(_set("range", (x,), x) for x in (t.INT4, t.INT8)),
    _set("unnest", (ANYARRAY,), ANYELEMENT, result=innermost),
    _set("generate_subscripts", (ANYARRAY, t.INT4), t.INT4),
    _set("generate_subscripts", (ANYARRAY, t.INT4, t.BOOL), t.INT4),
    _set("_pg_expandarray", (ANYARRAY,), ANYELEMENT, result=_expanded),
    *(
        signature
        for json, prefix in _JSON
        for signature in (
            _set(f"{prefix}_array_elements", (json,), json),
            _set(f"{prefix}_array_elements_text", (json,), t.TEXT),
            _set(f"{prefix}_each", (json,), t.struct_of(("key", t.TEXT), ("value", json))),
            _set(f"{prefix}_each_text", (json,), t.struct_of(("key", t.TEXT), ("value", t.TEXT))),
            _set(f"{prefix}_object_keys", (json,), t.TEXT),
        )
    ),
    *(
        _set(f"jsonb_path_query{zoned}", (t.JSONB, t.JSONPATH, *more), t.JSONB)
        for zoned in ("", "_tz")
        for more in ((), (t.JSONB,), (t.JSONB, t.BOOL))
    ),
    *(
        _set(f"{prefix}_populate_recordset", (ANYELEMENT, json, *more), ANYELEMENT, strict=False, volatility="stable")
        for json, prefix in _JSON
        for more in ((), (t.BOOL,))
    ),
    _set("regexp_matches", (t.TEXT, t.TEXT), t.list_of(t.TEXT)),
    _set("regexp_matches", (t.TEXT, t.TEXT, t.TEXT), t.list_of(t.TEXT)),
    _set("regexp_split_to_table", (t.TEXT, t.TEXT), t.TEXT),
    _set("regexp_split_to_table", (t.TEXT, t.TEXT, t.TEXT), t.TEXT),
    _set("string_to_table", (t.TEXT, t.TEXT), t.TEXT, strict=False),
    _set("string_to_table", (t.TEXT, t.TEXT, t.TEXT), t.TEXT, strict=False),
    *(
        _set("hop", (time, *(t.INTERVAL,) * count), _WINDOW[time])
        for time in (t.TIMESTAMP, t.TIMESTAMPTZ)
        for count in (2, 3)
    ),
)

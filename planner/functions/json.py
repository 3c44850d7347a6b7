"""json and jsonb: access, containment, building and changing."""

from __future__ import annotations

from typing import Any

from ...kernels import types as t
from .signature import ANY, ANYARRAY, ANYELEMENT, RECORD, ArgType, Signature

_PATH = t.list_of(t.TEXT)
_J = t.JSONB
_KINDS = (("json", t.JSON), ("jsonb", t.JSONB))

OPERATORS: tuple[Signature, ...] = (
    *(
        Signature(symbol, (j, key), t.TEXT if text else j, f"{name}.get{text}")
        for name, j in _KINDS
        for symbol, text in (("->", ""), ("->>", "_text"))
        for key in (t.TEXT, t.INT4)
    ),
    *(
        Signature(symbol, (j, _PATH), t.TEXT if text else j, f"{name}.get_path{text}")
        for name, j in _KINDS
        for symbol, text in (("#>", ""), ("#>>", "_text"))
    ),
    Signature("@>", (_J, _J), t.BOOL, "jsonb.contains"),
    Signature("<@", (_J, _J), t.BOOL, "jsonb.contained"),
    Signature("?", (_J, t.TEXT), t.BOOL, "jsonb.exists"),
    Signature("?|", (_J, _PATH), t.BOOL, "jsonb.exists_any"),
    Signature("?&", (_J, _PATH), t.BOOL, "jsonb.exists_all"),
    Signature("||", (_J, _J), _J, "jsonb.concat"),
    *(Signature("-", (_J, what), _J, "jsonb.delete") for what in (t.TEXT, t.INT4, _PATH)),
    Signature("#-", (_J, _PATH), _J, "jsonb.delete_path"),
    Signature("@?", (_J, t.JSONPATH), t.BOOL, "jsonpath.exists", ints=(1, 0)),
    Signature("@@", (_J, t.JSONPATH), t.BOOL, "jsonpath.match", ints=(1, 0)),
)


def _family(name: str, j: t.SqlType) -> tuple[Signature, ...]:
    """Functions that json and jsonb both have."""

    def one(suffix: str, args: tuple[ArgType, ...], returns: t.SqlType, kernel: str, **more: Any) -> Signature:
        return Signature(f"{name}_{suffix}", args, returns, f"{name}.{kernel}", **more)

    stable: dict[str, Any] = {"strict": False, "volatility": "stable"}
    return (
        one("typeof", (j,), t.TEXT, "typeof"),
        one("array_length", (j,), t.INT4, "array_length"),
        one("strip_nulls", (j,), j, "strip_nulls"),
        one("array_element", (j, t.INT4), j, "get"),
        one("array_element_text", (j, t.INT4), t.TEXT, "get_text"),
        one("object_field", (j, t.TEXT), j, "get"),
        one("object_field_text", (j, t.TEXT), t.TEXT, "get_text"),
        one("extract_path", (j, t.TEXT), j, "get_path", variadic=True),
        one("extract_path_text", (j, t.TEXT), t.TEXT, "get_path_text", variadic=True),
        one("build_array", (), j, "build_array", **stable),
        one("build_array", (ANY,), j, "build_array", variadic=True, **stable),
        one("build_object", (), j, "build_object", **stable),
        one("build_object", (ANY,), j, "build_object", variadic=True, **stable),
        one("object", (_PATH,), j, "object"),
        one("object_pairs", (t.list_of(_PATH),), j, "object"),
        one("object", (_PATH, _PATH), j, "object"),
    )


def _jsonpath(name: str, returns: t.SqlType, kernel: str) -> tuple[Signature, ...]:
    """jsonb_path_<name>, and _tz, which compares times across time zones; vars and silent may be left out."""
    return tuple(
        Signature(
            f"jsonb_path_{name}{'_tz' * zoned}", (_J, t.JSONPATH, *more), returns, f"jsonpath.{kernel}", ints=(0, zoned),
            volatility="stable" if zoned else "immutable",
        )
        for zoned in (0, 1)
        for more in ((), (_J,), (_J, t.BOOL))
    )  # fmt: skip


FUNCTIONS: tuple[Signature, ...] = (
    *(s for name, j in _KINDS for s in _family(name, j)),
    *_jsonpath("exists", t.BOOL, "exists"),
    *_jsonpath("match", t.BOOL, "match"),
    *_jsonpath("query_array", _J, "query_array"),
    *_jsonpath("query_first", _J, "query_first"),
    Signature("to_jsonb", (t.JSONB,), t.JSONB, "jsonb.from_value"),
    Signature("to_jsonb", (t.JSON,), t.JSONB, "jsonb.from_json"),
    Signature("to_jsonb", (ANYELEMENT,), t.JSONB, "jsonb.from_value", volatility="stable"),
    Signature("to_json", (ANYELEMENT,), t.JSON, "json.from_value", volatility="stable"),
    *(
        Signature(name, (argument, *pretty), t.JSON, "json.from_value", volatility="stable")
        for name, argument in (("row_to_json", RECORD), ("array_to_json", ANYARRAY))
        for pretty in ((), (t.BOOL,))
    ),
    *(
        Signature("jsonb_set_lax", (_J, _PATH, _J, *more), _J, "jsonb.set_lax", strict=False)
        for more in ((), (t.BOOL,), (t.BOOL, t.TEXT))
    ),
    *(
        Signature(f"jsonb_{name}", (_J, _PATH, _J, *flag), _J, f"jsonb.{name}")
        for name in ("set", "insert")
        for flag in ((), (t.BOOL,))
    ),
    Signature("jsonb_pretty", (_J,), t.TEXT, "jsonb.pretty"),
    Signature("jsonb_contains", (_J, _J), t.BOOL, "jsonb.contains"),
    Signature("jsonb_contained", (_J, _J), t.BOOL, "jsonb.contained"),
    Signature("jsonb_exists", (_J, t.TEXT), t.BOOL, "jsonb.exists"),
    Signature("jsonb_exists_any", (_J, _PATH), t.BOOL, "jsonb.exists_any"),
    Signature("jsonb_exists_all", (_J, _PATH), t.BOOL, "jsonb.exists_all"),
    Signature("jsonb_concat", (_J, _J), _J, "jsonb.concat"),
    Signature("jsonb_delete_path", (_J, _PATH), _J, "jsonb.delete_path"),
    *(
        Signature(f"{name}_populate_record", (ANYELEMENT, j, *more), ANYELEMENT, f"{name}.record", strict=False, volatility="stable")
        for name, j in _KINDS
        for more in ((), (t.BOOL,))
    ),
)

# Kernels that turn values into JSON, or JSON into rows: they are told of types that a column's kind doesn't tell.
SHAPED = frozenset(
    f"{name}.{kernel}"
    for name in ("json", "jsonb")
    for kernel in ("from_value", "build_array", "build_object", "build_array_of", "build_object_of")
)


def json_shape(type_: t.SqlType) -> str:
    """How values of the type are written as JSON, as kernels/cpp/json_value.hpp reads it; "" when the kind says it all."""
    shape = _shape(type_)
    return shape if shape.strip("(.)[") else ""


def _shape(type_: t.SqlType) -> str:
    if type_.name == "json":
        return "j"
    if type_.name in ("list", "map"):
        assert type_.elem is not None
        if type_.name == "map":
            return "m" + "".join(_shape(part) for _, part in type_.elem.fields) + ")"
        return "[" + _shape(type_.elem) + ")"
    if type_.name == "struct":
        return "(" + "".join(_shape(part) for _, part in type_.fields) + ")"
    return "q" if type_.kind == t.Kind.OID else "."


def json_shapes(types: tuple[t.SqlType, ...]) -> tuple[str, ...]:
    """The shapes of a call's arguments; none when none has one."""
    shapes = tuple(json_shape(x) for x in types)
    return shapes if any(shapes) else ()

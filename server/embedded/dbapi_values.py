"""Python values of the embedded engine: parameters to text input, results from Arrow."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ...kernels.types import SqlType
from .dbapi_errors import ProgrammingError

Parameters = Sequence[Any] | Mapping[str, Any]
_PLACEHOLDER = re.compile(r"%(?:(%)|\((\w+)\)s|(s)|(.?))", re.S)
_OIDS: dict[type, int] = {
    bool: 16, float: 701, Decimal: 1700, bytes: 17, bytearray: 17, memoryview: 17, uuid.UUID: 2950,
    date: 1082, time: 1083, timedelta: 1186,
}  # fmt: skip


def numbered(sql: str, parameters: Parameters) -> tuple[str, list[Any]]:
    """`%s` and `%(name)s` as `$1`, `$2` …, with their values in that order. `$1` itself stays; `%%` is `%`."""
    values: list[Any] = []
    positions: dict[str, int] = {}

    def replace(match: re.Match[str]) -> str:
        percent, name, positional, other = match.groups()
        if percent:
            return "%"
        if name is not None:
            if not isinstance(parameters, Mapping):
                raise ProgrammingError("%(name)s needs a mapping of parameters")
            if name not in positions:
                if name not in parameters:
                    raise ProgrammingError(f'parameter "{name}" is missing')
                values.append(parameters[name])
                positions[name] = len(values)
            return f"${positions[name]}"
        if positional is None or isinstance(parameters, Mapping):
            raise ProgrammingError(f'only %s, %(name)s and %% are placeholders, got "%{other or ""}"')
        if len(values) >= len(parameters):
            raise ProgrammingError(f"the statement has more placeholders than the {len(parameters)} parameters given")
        values.append(parameters[len(values)])
        return f"${len(values)}"

    text = _PLACEHOLDER.sub(replace, sql)
    if not isinstance(parameters, Mapping):
        if not values:
            values = list(parameters)
        elif len(values) < len(parameters):
            raise ProgrammingError(f"the statement has {len(values)} placeholders, {len(parameters)} parameters are given")
    return text, values


def oid_of(value: Any) -> int:
    """The type that a value has by itself; 0 leaves it to the statement."""
    if isinstance(value, bool):
        return 16
    if isinstance(value, int):
        return 23 if -(2**31) <= value < 2**31 else 20 if -(2**63) <= value < 2**63 else 1700
    if isinstance(value, datetime):
        return 1114 if value.tzinfo is None else 1184
    return next((oid for kind, oid in _OIDS.items() if isinstance(value, kind)), 0)


def input_text(value: Any, sql_type: SqlType) -> bytes | None:
    """A parameter as text input of its type."""
    return None if value is None else _text(value, sql_type).encode()


def _text(value: Any, sql_type: SqlType) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "\\x" + bytes(value).hex()
    if isinstance(value, timedelta):
        return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (dict, list, tuple)) and sql_type.name in ("jsonb", "json"):
        return json.dumps(value)
    if isinstance(value, (list, tuple)):
        element = sql_type.elem or sql_type
        return "{" + ",".join("NULL" if v is None else _element(v, element) for v in value) + "}"
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value)


def _element(value: Any, sql_type: SqlType) -> str:
    text = _text(value, sql_type)
    if isinstance(value, (list, tuple)):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def python_values(column: pa.Array, sql_type: SqlType) -> list[Any]:
    """A column of a result. numeric is Decimal, jsonb what json.loads gives, interval pyarrow's MonthDayNano."""
    values: list[Any] = column.to_pylist()
    convert = _conversion(sql_type)
    return values if convert is None else [None if v is None else convert(v) for v in values]


def _conversion(sql_type: SqlType) -> Callable[[Any], Any] | None:
    match sql_type.name:
        case "numeric":
            return Decimal
        case "jsonb" | "json":
            return json.loads
        case "uuid":
            return lambda v: v if isinstance(v, uuid.UUID) else uuid.UUID(bytes=v) if isinstance(v, bytes) else uuid.UUID(v)
        case "list" if sql_type.elem is not None:
            inner = _conversion(sql_type.elem)
            return None if inner is None else lambda vs: [None if v is None else inner(v) for v in vs]
        case "struct":
            parts = {name: _conversion(field) for name, field in sql_type.fields}
            if not any(parts.values()):
                return None
            return lambda row: {n: v if v is None or (f := parts[n]) is None else f(v) for n, v in row.items()}
        case _:
            return None

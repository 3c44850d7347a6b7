"""Functions that users write in Python: their sources compiled, their arguments and results as Python values.

A call reaches its function by a key that the planner made from the source and the types, so that a plan stays plain data.
One call takes a whole batch; the loop over its rows is here, because the work of a user's function is the larger part.
"""

from __future__ import annotations

import inspect
import json
import textwrap
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from ..errors import UserError
from ..types import Kind, SqlType

_EPOCH, _EPOCH_UTC = datetime(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)
_DAY = date(1970, 1, 1).toordinal()
_BITS = {Kind.INT2: 15, Kind.INT4: 31, Kind.INT8: 63}
_PLAIN = frozenset((*_BITS, Kind.BOOL, Kind.FLOAT4, Kind.FLOAT8, Kind.NUMERIC, Kind.TEXT, Kind.BYTEA, Kind.DATE, Kind.TIME,
                    Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.UUID, Kind.JSONB))  # fmt: skip
_known: dict[str, PythonFunction] = {}


class Row(dict[str, Any]):
    """A composite value: fields by name, as items and as attributes."""

    __getattr__ = dict.__getitem__


def passes(t: SqlType, *, result: bool) -> bool:
    """Whether values of the type go to Python and back. jsonb comes back as a whole only."""
    if t.kind == Kind.LIST and t.elem is not None:
        return passes(t.elem, result=result) and not (result and t.elem.kind == Kind.JSONB) and t.name != "map"
    if t.kind == Kind.STRUCT:
        return all(passes(f, result=result) and not (result and f.kind == Kind.JSONB) for _, f in t.fields)
    return t.kind in _PLAIN


def to_python(t: SqlType) -> Callable[[Any], Any]:
    """What turns a value as batches give it into Python's own."""
    match t.kind:
        case Kind.NUMERIC:
            return Decimal
        case Kind.DATE:
            return lambda v: date.fromordinal(v + _DAY)
        case Kind.TIME:
            return lambda v: (_EPOCH + timedelta(microseconds=v)).time()
        case Kind.TIMESTAMP:
            return lambda v: _EPOCH + timedelta(microseconds=v)
        case Kind.TIMESTAMPTZ:
            return lambda v: _EPOCH_UTC + timedelta(microseconds=v)
        case Kind.UUID:
            return lambda v: uuid.UUID(bytes=v)
        case Kind.JSONB:
            return json.loads
        case Kind.LIST:
            assert t.elem is not None
            inner = to_python(t.elem)
            return lambda vs: [None if v is None else inner(v) for v in vs]
        case Kind.STRUCT:
            parts = [(name, to_python(field)) for name, field in t.fields]
            return lambda vs: Row((name, None if v is None else f(v)) for (name, f), v in zip(parts, vs))
    return json.loads if t.name == "json" else lambda v: v


def from_python(t: SqlType) -> Callable[[Any], Any]:
    """The inverse, for what a user's function gives: TypeError, ValueError or OverflowError for what is not of the type."""
    match t.kind:
        case Kind.BOOL:
            return bool
        case kind if kind in _BITS:
            return lambda v: _whole(v, _BITS[kind], t)
        case Kind.FLOAT4 | Kind.FLOAT8:
            return float
        case Kind.NUMERIC:
            return lambda v: str(v if isinstance(v, (int, Decimal)) else Decimal(repr(v) if isinstance(v, float) else v))
        case Kind.TEXT if t.name == "json":
            return json.dumps
        case Kind.TEXT:
            return lambda v: v if isinstance(v, str) else str(v)
        case Kind.BYTEA:
            return bytes
        case Kind.DATE:
            return lambda v: (v if isinstance(v, date) else date.fromisoformat(v)).toordinal() - _DAY
        case Kind.TIME:
            return lambda v: _micros(datetime.combine(_EPOCH.date(), v if isinstance(v, time) else time.fromisoformat(v)) - _EPOCH)
        case Kind.TIMESTAMP:
            return lambda v: _micros(_moment(v).replace(tzinfo=None) - _EPOCH)
        case Kind.TIMESTAMPTZ:
            return lambda v: _micros((m if (m := _moment(v)).tzinfo else m.replace(tzinfo=UTC)) - _EPOCH_UTC)
        case Kind.UUID:
            return lambda v: (v if isinstance(v, uuid.UUID) else uuid.UUID(v)).bytes
        case Kind.LIST:
            assert t.elem is not None
            inner = from_python(t.elem)
            return lambda vs: [None if v is None else inner(v) for v in vs]
        case Kind.STRUCT:
            parts = [(name, from_python(field)) for name, field in t.fields]
            return lambda v: tuple(None if c is None else f(c) for (_, f), c in zip(parts, _cells(v, [n for n, _ in parts])))
    return lambda v: v


def _whole(value: Any, bits: int, t: SqlType) -> int:
    if not isinstance(value, (int, bool)) and (not isinstance(value, (float, Decimal)) or value != int(value)):
        raise TypeError(f"{t} expected, not {value!r}")
    number = int(value)
    if not -(1 << bits) <= number < 1 << bits:
        raise OverflowError(f"{t} out of range")
    return number


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _micros(distance: timedelta) -> int:
    return distance // timedelta(microseconds=1)


def _cells(value: Any, names: list[str]) -> list[Any]:
    """The fields of a row: a dict, a sequence, or an object with attributes."""
    if isinstance(value, dict):
        return [value.get(n) for n in names]
    if isinstance(value, (tuple, list)):
        if len(value) != len(names):
            raise TypeError(f"{len(names)} columns expected, not {len(value)}")
        return list(value)
    return [getattr(value, n) for n in names] if len(names) != 1 else [value]


class PythonFunction:
    """One function: `rows` says that it gives any number of results, as a generator or a list."""

    def __init__(self, name: str, source: str, arguments: tuple[SqlType, ...], result: SqlType, *, strict: bool, rows: bool) -> None:
        self.name, self.source, self.strict, self.rows = name, source, strict, rows
        self.result = result  # of the kernel: with `rows` a list
        self._arguments = [to_python(t) for t in arguments]
        self._count = len(arguments)
        self._from = from_python(result)
        self._function: Callable[..., Any] | None = None

    def compiled(self) -> Callable[..., Any]:
        """The function that the source defines: 42601 for a source that is none, 42P13 without the function."""
        if self._function is None:
            names: dict[str, Any] = {"__name__": self.name}
            try:
                exec(compile(textwrap.dedent(self.source), f"<function {self.name}>", "exec"), names)
            except SyntaxError as e:
                raise UserError(f"function {self.name}: {e.msg} at line {e.lineno}", "42601") from None
            except Exception as e:
                raise UserError(f"function {self.name}: {type(e).__name__}: {e}", "38000") from None
            made = [f for n, f in names.items() if inspect.isfunction(f) and n.lower() == self.name.lower()]
            if not made:
                raise UserError(f'the source does not define a function "{self.name}"', "42P13", hint=f"def {self.name}(…): …")
            try:
                inspect.signature(made[-1]).bind(*[None] * self._count)
            except TypeError as e:
                raise UserError(f"function {self.name}: {e}", "42P13") from None
            self._function = made[-1]
        return self._function

    def run(self, columns: Sequence[Sequence[Any]], count: int) -> tuple[list[tuple[Any]], list[tuple[int, str]]]:
        """A value per row in the form that batches take, and (row, message) of what failed."""
        function, results, failures = self.compiled(), [], []
        for row in range(count):
            try:
                given = [None if (v := c[row]) is None else f(v) for f, c in zip(self._arguments, columns)]
                value = None if self.strict and None in given else function(*given)
                if self.rows and value is not None:
                    value = list(value)
                results.append((None if value is None else self._from(value),))
            except Exception as e:
                failures.append((row, f"{self.name}: {type(e).__name__}: {e}"))
                results.append((None,))
        return results, failures


def declared(
    name: str, source: str, arguments: tuple[SqlType, ...], result: SqlType, *, strict: bool, rows: bool
) -> tuple[str, PythonFunction]:
    """The key of a function, under which calls find it."""
    key = "\0".join((name, source, ",".join(map(str, arguments)), str(result), str(strict), str(rows)))
    found = _known.get(key)
    if found is None or found.result != result:
        found = _known[key] = PythonFunction(name, source, arguments, result, strict=strict, rows=rows)
    return key, found


def find(key: str) -> PythonFunction:
    return _known[key]

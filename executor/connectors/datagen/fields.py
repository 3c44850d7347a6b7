"""Columns of generated values: `fields.<column>.<setting>` options and the vectors they make.

Settings: kind (random, sequence), start and end (sequence), min and max (random), length (text), seed, and for
times max.past (random: how far before `max`) or step (sequence), as '<number> <unit>'. Fields of structs have settings of
their own, `fields.<column>.<field>.<setting>`; of arrays `length` is the number of elements and `fields.<column>._.<setting>`
tells of them.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ....kernels.errors import Unsupported, UserError
from ....kernels.schema import Field, Schema
from ....kernels.types import Kind

ENDLESS = 1 << 62
SETTINGS = ("kind", "start", "end", "min", "max", "length", "seed", "max.past", "step")
_ALIASES = {"max_past": "max.past", "basetime": "max"}
_WITHOUT_EFFECT = ("max_past_mode",)
ELEMENTS = 3  # of an array
NUMERIC_SCALE = 2  # decimals of random numerics
_EPOCH_2024 = 1_704_067_200_000_000
_UNITS = {
    "us": 1, "microsecond": 1, "ms": 1000, "millisecond": 1000, "s": 10**6, "second": 10**6,
    "m": 60 * 10**6, "min": 60 * 10**6, "minute": 60 * 10**6, "h": 3600 * 10**6, "hour": 3600 * 10**6,
    "d": 86400 * 10**6, "day": 86400 * 10**6,
}  # fmt: skip
_INTEGERS = {
    Kind.INT2: (np.int16, 0, 32_767),
    Kind.INT4: (np.int32, 0, 2**31 - 1),
    Kind.INT8: (np.int64, 0, 2**63 - 1),
}
_LETTERS = np.frombuffer(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", dtype=np.uint8)


def hashed(seed: int, rows: np.ndarray, salt: int = 0) -> np.ndarray:
    """64 random bits per row (splitmix64's output function of Steele, Lea and Flood, 2014)."""
    golden = 0x9E3779B97F4A7C15
    with np.errstate(over="ignore"):
        z = (rows.astype(np.uint64) + np.uint64((seed * golden + salt) & (2**64 - 1))) * np.uint64(golden)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def between(bits: np.ndarray, low: int, high: int) -> np.ndarray:
    """int64 values in [low, high]."""
    width = high - low + 1
    with np.errstate(over="ignore"):
        offset = bits if width >= 2**64 else bits % np.uint64(width)
        return (offset + np.uint64(low & (2**64 - 1))).view(np.int64)


@dataclass(frozen=True, slots=True)
class FieldGenerator:
    """One column. `rows`: how many rows there are of it."""

    field: Field
    settings: Mapping[str, str]
    seed: int
    rows: int
    parts: tuple[FieldGenerator, ...] = ()  # the fields of a struct, the element of an array

    def generate(self, first: int, count: int) -> pa.Array:
        if self.field.type.name == "struct":
            return pa.StructArray.from_arrays([p.generate(first, count) for p in self.parts], [p.field.name for p in self.parts])
        if self.field.type.name == "list":
            size = int(self.settings.get("length", ELEMENTS))
            offsets = pa.array(np.arange(count + 1, dtype=np.int32) * size)
            return pa.ListArray.from_arrays(offsets, self.parts[0].generate(first * size, count * size))
        rows = np.arange(first, first + count, dtype=np.int64)
        if self.settings.get("kind", "random") == "sequence":
            return self._sequence(rows)
        return self._random(rows)

    def _sequence(self, rows: np.ndarray) -> pa.Array:
        kind = self.field.type.kind
        if kind in _INTEGERS:
            return pa.array((rows + int(self.settings.get("start", 0))).astype(_INTEGERS[kind][0]))
        if kind in (Kind.FLOAT4, Kind.FLOAT8):
            values = rows + float(self.settings.get("start", 0))
            return pa.array(values.astype(np.float32 if kind == Kind.FLOAT4 else np.float64))
        if kind == Kind.NUMERIC:
            return pa.array(rows + int(self.settings.get("start", 0)))
        start = _micros(self.settings["start"]) if "start" in self.settings else _EPOCH_2024
        return _timestamps(start + rows * _duration(self.settings.get("step", "1 s")), kind)

    def _random(self, rows: np.ndarray) -> pa.Array:
        kind, given = self.field.type.kind, self.settings
        bits = hashed(self.seed, rows)
        if kind in _INTEGERS:
            dtype, low, high = _INTEGERS[kind]
            values = between(bits, int(given.get("min", low)), int(given.get("max", high)))
            return pa.array(values.astype(dtype))
        if kind in (Kind.FLOAT4, Kind.FLOAT8):
            least, width = float(given.get("min", 0)), float(given.get("max", 1)) - float(given.get("min", 0))
            values = least + (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53 * width
            return pa.array(values.astype(np.float32 if kind == Kind.FLOAT4 else np.float64))
        if kind == Kind.NUMERIC:
            scale = 10**NUMERIC_SCALE
            low, high = round(float(given.get("min", 0)) * scale), round(float(given.get("max", 1)) * scale)
            return _decimals(between(bits, low, high))
        if kind == Kind.BOOL:
            return pa.array((bits & np.uint64(1)).astype(bool))
        if kind == Kind.TEXT:
            return _texts(self.seed, rows, int(given.get("length", 10)))
        if kind == Kind.DATE:
            low = int(_micros(given["min"]) // (86400 * 10**6)) if "min" in given else 0
            high = int(_micros(given["max"]) // (86400 * 10**6)) if "max" in given else 19_723
            return pa.array(between(bits, low, high).astype(np.int32)).cast(pa.date32())
        high = _micros(given["max"]) if "max" in given else _EPOCH_2024
        low = _micros(given["min"]) if "min" in given else high - _duration(given.get("max.past", "1 day"))
        return _timestamps(between(bits, low, high), kind)


_SEQUENCES = {*_INTEGERS, Kind.FLOAT4, Kind.FLOAT8, Kind.NUMERIC, Kind.TIMESTAMP, Kind.TIMESTAMPTZ}
_KINDS = {*_SEQUENCES, Kind.BOOL, Kind.TEXT, Kind.DATE}


def field_generators(schema: Schema, options: Mapping[str, str]) -> list[FieldGenerator]:
    """One per column; UserError 22023 for settings of no column, unknown ones or bad values."""
    settings: dict[str, dict[str, str]] = {f.name: {} for f in schema}
    for name, value in options.items():
        column = next((c for c in sorted(settings, key=len, reverse=True) if name.startswith(c + ".")), None)
        if column is None:
            raise UserError(f'option "fields.{name}" names no column', "22023")
        settings[column][name[len(column) + 1 :]] = value
    made = [_generator(f, settings[f.name], position) for position, f in enumerate(schema)]
    for generator in made:
        try:
            generator.generate(0, 1)
        except (ValueError, OverflowError) as e:
            raise UserError(f'bad settings of column "{generator.field.name}": {e}', "22023") from None
    return made


def _generator(field: Field, given: dict[str, str], position: int) -> FieldGenerator:
    inner = field.type.fields if field.type.elem is None else (("_", field.type.elem),)
    parts: list[FieldGenerator] = []
    own = {_ALIASES.get(k, k): v for k, v in given.items() if k not in _WITHOUT_EFFECT}
    for number, (name, part) in enumerate(inner):
        mine = {k[len(name) + 1 :]: own.pop(k) for k in list(own) if k.startswith(name + ".")}
        parts.append(_generator(Field(name, part), mine, position * 31 + number + 1))
    for setting in own:
        if setting not in SETTINGS:
            raise UserError(f'a datagen column has no setting "{setting}"', "22023", hint=f"Known: {', '.join(SETTINGS)}.")
    if inner:
        return FieldGenerator(field, own, 0, min(p.rows for p in parts) if field.type.name == "struct" else ENDLESS, tuple(parts))
    given = own
    kind = given.get("kind", "random")
    if kind not in ("random", "sequence"):
        raise UserError(f'"fields.{field.name}.kind" is "{kind}"', "22023", hint="It is random or sequence.")
    if field.type.kind not in (_SEQUENCES if kind == "sequence" else _KINDS):
        raise Unsupported(f"datagen makes no {kind} values of type {field.type}")
    rows = ENDLESS
    try:
        if kind == "sequence" and "end" in given:
            if field.type.kind in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ):
                start = _micros(given["start"]) if "start" in given else _EPOCH_2024
                span = _micros(given["end"]) - start
                rows = span // _duration(given.get("step", "1 s")) + 1
            else:
                rows = int(float(given["end"]) - float(given.get("start", 0))) + 1
        if field.type.kind in _INTEGERS:
            rows = min(rows, _check_range(field, given, kind))
        seed = int(given.get("seed", position))
    except ValueError as e:
        raise UserError(f'bad settings of column "{field.name}": {e}', "22023") from None
    if rows < 0:
        raise UserError(f'the sequence of column "{field.name}" ends before its start', "22023")
    return FieldGenerator(field, given, seed, rows)


def _check_range(field: Field, given: Mapping[str, str], kind: str) -> int:
    """Rows of a sequence until its type ends; ValueError for bounds outside the type."""
    _, default, most = _INTEGERS[field.type.kind]
    low = int(given.get("start" if kind == "sequence" else "min", default))
    high = int(given.get("end" if kind == "sequence" else "max", most))
    if not -most - 1 <= low <= most or not -most - 1 <= high <= most:
        raise ValueError(f"out of range for type {field.type}")
    if kind == "random" and low > high:
        raise ValueError("min is above max")
    return most - low + 1 if kind == "sequence" else ENDLESS


def _texts(seed: int, rows: np.ndarray, length: int) -> pa.Array:
    if not 0 <= length <= 65_536:
        raise ValueError("length must be 0 to 65536")
    words = np.stack([hashed(seed, rows, salt=k + 1) for k in range((length + 7) // 8)], axis=1) if length else None
    data = _LETTERS[words.view(np.uint8)[:, :length] % len(_LETTERS)].tobytes() if words is not None else b""
    offsets = np.arange(len(rows) + 1, dtype=np.int32) * length
    return pa.StringArray.from_buffers(len(rows), pa.py_buffer(offsets), pa.py_buffer(data))


def _decimals(values: np.ndarray) -> pa.Array:
    pairs = np.stack([values, values >> 63], axis=1)  # 128 bits: the value and its sign
    kind = pa.decimal128(38, NUMERIC_SCALE)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(pairs))])


def _timestamps(micros: np.ndarray, kind: Kind) -> pa.Array:
    zone = "UTC" if kind == Kind.TIMESTAMPTZ else None
    return pa.array(micros.astype(np.int64)).cast(pa.timestamp("us", zone))


def _micros(text: str) -> int:
    parsed = datetime.datetime.fromisoformat(text.strip())
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=datetime.UTC)
    return (parsed - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(microseconds=1)


def _duration(text: str) -> int:
    digits = text.strip().rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
    unit = text.strip()[len(digits) :].strip().lower()
    factor = _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s"))
    if factor is None:
        raise ValueError(f'"{text}" is no duration such as "10 s"')
    return int(float(digits) * factor)

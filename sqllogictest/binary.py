"""PostgreSQL's text of values that came in binary format, written from the protocol's description alone: no code of the
server is used, so that what it sends in binary is checked against what it sends as text.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from ipaddress import ip_address
from uuid import UUID
from zoneinfo import ZoneInfo

MICROSECOND, SECOND, DAY = 1, 1_000_000, 86_400_000_000
DAYS_OF_CYCLE = 146_097  # 400 years of the Gregorian calendar
EPOCH_2000 = dt.date(2000, 1, 1).toordinal()
FLOATS = (700, 701)
QUOTED = set('{},"\\ \t\n\r\v\f')
REGS = {24: "regproc", 2202: "regprocedure", 2203: "regoper", 2204: "regoperator", 2205: "regclass", 2206: "regtype",
        3734: "regconfig", 3769: "regdictionary", 4089: "regnamespace", 4096: "regrole", 4191: "regcollation"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decoder:
    """`ask` gives the one value (text) of a query on the connection; `zone` its time zone, `float_digits` its
    extra_float_digits."""

    ask: Callable[[str], str]
    zone: str
    float_digits: int = 1

    def text(self, oid: int, data: bytes) -> str:
        """Raises KeyError for a type that is not known here."""
        if oid in REGS:
            return self.ask(f"SELECT {int.from_bytes(data, 'big')}::oid::{REGS[oid]}")
        if oid in (22, 30):
            return array(self, data, vector=True)
        if oid in FLOATS and self.float_digits <= 0:
            return rounded(data, self.float_digits)
        if (known := SCALARS.get(oid)) is not None:
            return known(data)
        if oid == 1184:
            return instant(data, self.zone)
        if oid == 2249:
            return record(self, data)
        if oid == 2287 or oid in ARRAYS:
            return array(self, data)
        kind, category, base = self.ask(
            f"SELECT concat_ws(' ', typtype, typcategory, typbasetype) FROM pg_catalog.pg_type WHERE oid = {oid}"
        ).split() or ("", "", "")
        if kind in ("r", "m"):
            subtype = self.ask(f"SELECT rngsubtype::int FROM pg_catalog.pg_range WHERE {oid} IN (rngtypid, rngmultitypid)")
            return span(self, int(subtype), data) if kind == "r" else spans(self, int(subtype), data)
        if kind == "d":
            return self.text(int(base), data)
        if kind == "e":
            return data.decode()
        if category == "A":
            return array(self, data)
        if kind == "c":
            return record(self, data)
        raise KeyError(oid)


def integer(data: bytes) -> str:
    return str(int.from_bytes(data, "big", signed=True))


def unsigned(data: bytes) -> str:
    return str(int.from_bytes(data, "big"))


def shortest(data: bytes) -> str:
    """The fewest digits that give the value again; an exponent from 10^15 (float4: 10^6) on and below 10^-4."""
    form, most = ("!f", 6) if len(data) == 4 else ("!d", 15)
    (value,) = struct.unpack(form, data)
    if value != value or value in (float("inf"), float("-inf")):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0" if str(value)[0] == "-" else "0"
    digits = next(d for n in range(17) if struct.pack(form, float(d := f"{value:.{n}e}")) == data)
    mantissa, exponent = digits.split("e")
    sign, mantissa = ("-", mantissa[1:]) if mantissa[0] == "-" else ("", mantissa)
    figures, power = mantissa.replace(".", "").rstrip("0") or "0", int(exponent)
    if power < -4 or power >= most:
        return f"{sign}{figures[0]}{'.' if figures[1:] else ''}{figures[1:]}e{'-' if power < 0 else '+'}{abs(power):02d}"
    return sign + format(Decimal(f"{figures}e{power - len(figures) + 1}"), "f")


def vector(data: bytes) -> str:
    return "[" + ",".join(shortest(data[at : at + 4]) for at in range(4, len(data), 4)) + "]"


def rounded(data: bytes, extra: int) -> str:
    """As many digits as the type always keeps, and `extra`."""
    form, digits = ("!f", 6) if len(data) == 4 else ("!d", 15)
    text = f"{struct.unpack(form, data)[0]:.{max(digits + extra, 1)}g}"
    return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(text, text)


def numeric(data: bytes) -> str:
    count, weight, sign, scale = struct.unpack("!HhHH", data[:8])
    if sign >= 0xC000:
        return {0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity"}[sign]
    groups = struct.unpack(f"!{count}H", data[8:])
    whole = "".join(f"{groups[i] if i < count else 0:04d}" for i in range(weight + 1)).lstrip("0") or "0"
    fraction = "".join(f"{groups[i] if 0 <= i < count else 0:04d}" for i in range(weight + 1, weight + 1 + scale // 4 + 1))
    return ("-" if sign else "") + whole + ("." + fraction[:scale] if scale else "")


def date_text(days: int) -> tuple[str, str]:
    """The date so many days after 2000-01-01, and ` BC` when it is before Christ."""
    cycles, rest = divmod(days + EPOCH_2000 - 1, DAYS_OF_CYCLE)
    day = dt.date.fromordinal(rest + 1)
    year = day.year + 400 * cycles
    return f"{year if year > 0 else 1 - year:04d}-{day.month:02d}-{day.day:02d}", "" if year > 0 else " BC"


def date(data: bytes) -> str:
    (days,) = struct.unpack("!i", data)
    if days in (2**31 - 1, -(2**31)):
        return "infinity" if days > 0 else "-infinity"
    return "".join(date_text(days))


def clock(microseconds: int) -> str:
    seconds, fraction = divmod(microseconds, SECOND)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return text + f".{fraction:06d}".rstrip("0") if fraction else text


def time(data: bytes) -> str:
    return clock(int.from_bytes(data, "big"))


def offset_text(seconds: int) -> str:
    """A zone's offset east of Greenwich."""
    sign, seconds = "-" if seconds < 0 else "+", abs(seconds)
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{sign}{hours:02d}" + (f":{minutes:02d}" if minutes or rest else "") + (f":{rest:02d}" if rest else "")


def time_with_zone(data: bytes) -> str:
    micros, west = struct.unpack("!qi", data)
    return clock(micros) + offset_text(-west)


def timestamp(data: bytes, offset: str = "") -> str:
    (micros,) = struct.unpack("!q", data)
    if micros in (2**63 - 1, -(2**63)):
        return "infinity" if micros > 0 else "-infinity"
    days, rest = divmod(micros, DAY)
    day, era = date_text(days)
    return f"{day} {clock(rest)}{offset}{era}"


def instant(data: bytes, zone: str) -> str:
    """Years that Python does not know have the offset of a year that has the same calendar."""
    (micros,) = struct.unpack("!q", data)
    if micros in (2**63 - 1, -(2**63)):
        return timestamp(data)
    days, rest = divmod(micros, DAY)
    cycles = min((days + EPOCH_2000 - 800) // DAYS_OF_CYCLE, 0) or max((days + EPOCH_2000 - 800_000) // DAYS_OF_CYCLE, 0)
    start = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    shifted = start + dt.timedelta(days=days - cycles * DAYS_OF_CYCLE, microseconds=rest)
    offset = shifted.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    seconds = int(offset.total_seconds())
    return timestamp(struct.pack("!q", micros + seconds * SECOND), offset_text(seconds))


def interval(data: bytes) -> str:
    micros, days, months = struct.unpack("!qii", data)
    parts: list[str] = []
    negative = False
    years = abs(months) // 12 * (-1 if months < 0 else 1)
    for value, unit in ((years, "year"), (months - years * 12, "mon"), (days, "day")):
        if value:
            parts.append(f"{'+' if negative and value > 0 else ''}{value} {unit}{'' if value == 1 else 's'}")
            negative = value < 0
    if micros or not parts:
        sign = "-" if micros < 0 else "+" if negative else ""
        parts.append(sign + clock(abs(micros)))
    return " ".join(parts)


def bits(data: bytes) -> str:
    count = int.from_bytes(data[:4], "big")
    return "".join(f"{byte:08b}" for byte in data[4:])[:count]


def network(data: bytes, *, always: bool) -> str:
    _, width, _, size = data[:4]
    found = ip_address(data[4 : 4 + size])
    mapped = getattr(found, "ipv4_mapped", None)
    address = str(found) if mapped is None else f"::ffff:{mapped}"
    return address if width == size * 8 and not always else f"{address}/{width}"


def hardware_address(data: bytes) -> str:
    return ":".join(f"{byte:02x}" for byte in data)


def log_position(data: bytes) -> str:
    high, low = struct.unpack("!II", data)
    return f"{high:X}/{low:X}"


def element(text: str | None) -> str:
    if text is None:
        return "NULL"
    if text == "" or text.upper() == "NULL" or QUOTED & set(text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text


def array(decoder: Decoder, data: bytes, *, vector: bool = False) -> str:
    dimensions, _, oid = struct.unpack("!iiI", data[:12])
    if not dimensions:
        return "" if vector else "{}"
    sizes, at = [], 12
    for _ in range(dimensions):
        sizes.append(struct.unpack("!ii", data[at : at + 8]))
        at += 8
    count = 1
    for size, _ in sizes:
        count *= size
    values: list[str | None] = []
    for _ in range(count):
        value, at = _field(decoder, oid, data, at)
        values.append(value)
    if vector:
        return " ".join(v or "" for v in values)
    parts = [element(v) for v in values]
    for size, _ in reversed(sizes):
        parts = ["{" + ",".join(parts[i : i + size]) + "}" for i in range(0, len(parts), size)]
    bounds = "".join(f"[{low}:{low + size - 1}]" for size, low in sizes)
    return parts[0] if all(low == 1 for _, low in sizes) else f"{bounds}={parts[0]}"


def record(decoder: Decoder, data: bytes) -> str:
    (count,) = struct.unpack("!i", data[:4])
    at, fields = 4, []
    for _ in range(count):
        (oid,) = struct.unpack("!I", data[at : at + 4])
        value, at = _field(decoder, oid, data, at + 4)
        fields.append("" if value is None else _component(value))
    return "(" + ",".join(fields) + ")"


def span(decoder: Decoder, subtype: int, data: bytes) -> str:
    """A range: flags (1 empty, 2 and 4 inclusive, 8 and 16 infinite), then the bounds there are."""
    flags, at = data[0], 1
    if flags & 1:
        return "empty"
    bounds = []
    for infinite in (flags & 8, flags & 16):
        text: str | None = ""
        if not infinite:
            text, at = _field(decoder, subtype, data, at)
        assert text is not None
        quote = set('(),[]"\\ \t\n\r\v\f') & set(text)
        bounds.append('"' + text.replace("\\", "\\\\").replace('"', '""') + '"' if quote else text)
    return ("[" if flags & 2 else "(") + ",".join(bounds) + ("]" if flags & 4 else ")")


def spans(decoder: Decoder, subtype: int, data: bytes) -> str:
    count, at, found = int.from_bytes(data[:4], "big"), 4, []
    for _ in range(count):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append(span(decoder, subtype, data[at + 4 : at + 4 + size]))
        at += 4 + size
    return "{" + ",".join(found) + "}"


def _component(text: str) -> str:
    if text == "" or set('(),"\\ \t\n\r\v\f') & set(text):
        return '"' + text.replace("\\", "\\\\").replace('"', '""') + '"'
    return text


def _field(decoder: Decoder, oid: int, data: bytes, at: int) -> tuple[str | None, int]:
    (size,) = struct.unpack("!i", data[at : at + 4])
    at += 4
    return (None, at) if size < 0 else (decoder.text(oid, data[at : at + size]), at + size)


SCALARS: dict[int, Callable[[bytes], str]] = {
    16: lambda data: "t" if data == b"\1" else "f",
    17: lambda data: "\\x" + data.hex(),
    20: integer, 21: integer, 23: integer, 1301: integer, 26: unsigned, 28: unsigned, 29: unsigned,
    700: shortest, 701: shortest, 1700: numeric,
    1082: date, 1083: time, 1266: time_with_zone, 1114: timestamp, 1186: interval,
    1560: bits, 1562: bits, 1303: vector, 869: partial(network, always=False), 650: partial(network, always=True),
    829: hardware_address, 774: hardware_address, 2950: lambda data: str(UUID(bytes=data)), 3220: log_position,
    2278: lambda data: "",
    3802: lambda data: data[1:].decode(), 4072: lambda data: data[1:].decode(),
    **{oid: bytes.decode for oid in (18, 19, 25, 114, 194, 705, 1033, 1042, 1043, 3361, 3402, 5017)},
}  # fmt: skip
ARRAYS = {1000, 1001, 1003, 1005, 1007, 1009, 1014, 1015, 1016, 1021, 1022, 1028, 1115, 1182, 1183, 1185, 1187, 1231, 2951, 3807, 199, 1270, 1561, 1563, 1041, 651, 1040, 775, 4073}

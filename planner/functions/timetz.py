"""Time with time zone: parts, zones, arithmetic."""

from __future__ import annotations

from ...kernels import types as t
from .signature import Signature

OPERATORS: tuple[Signature, ...] = (
    Signature("+", (t.TIMETZ, t.INTERVAL), t.TIMETZ, "timetz.plus", ints=(1,)),
    Signature("-", (t.TIMETZ, t.INTERVAL), t.TIMETZ, "timetz.plus", ints=(-1,)),
    Signature("+", (t.DATE, t.TIMETZ), t.TIMESTAMPTZ, "timetz.with_date"),
)
FUNCTIONS: tuple[Signature, ...] = (
    Signature("extract", (t.TEXT, t.TIMETZ), t.NUMERIC, "timetz.part", ints=(0,)),
    Signature("date_part", (t.TEXT, t.TIMETZ), t.FLOAT8, "timetz.part", ints=(1,)),
    Signature("timezone", (t.TEXT, t.TIMETZ), t.TIMETZ, "timetz.at_zone", volatility="stable"),
    Signature("timezone", (t.INTERVAL, t.TIMETZ), t.TIMETZ, "timetz.at_interval"),
)

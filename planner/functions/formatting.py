"""to_char, to_date, to_timestamp and to_number."""

from __future__ import annotations

from ...kernels import types as t
from .signature import Signature

FUNCTIONS: tuple[Signature, ...] = (
    Signature("to_char", (t.TIMESTAMP, t.TEXT), t.TEXT, "format.to_char_time", volatility="stable"),
    Signature("to_char", (t.TIMESTAMPTZ, t.TEXT), t.TEXT, "format.to_char_time", volatility="stable"),
    Signature("to_char", (t.INTERVAL, t.TEXT), t.TEXT, "format.to_char_time", volatility="stable"),
    *(
        Signature("to_char", (x, t.TEXT), t.TEXT, "format.to_char_number", volatility="stable")
        for x in (t.INT4, t.INT8, t.FLOAT4, t.FLOAT8, t.NUMERIC)
    ),
    Signature("to_date", (t.TEXT, t.TEXT), t.DATE, "format.to_date", volatility="stable"),
    Signature("to_timestamp", (t.TEXT, t.TEXT), t.TIMESTAMPTZ, "format.to_timestamp", volatility="stable"),
    Signature("to_number", (t.TEXT, t.TEXT), t.NUMERIC, "format.to_number", volatility="stable"),
)

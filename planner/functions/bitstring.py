"""Bit strings: bit(n) and bit varying(n)."""

from __future__ import annotations

from ...kernels import types as t
from .signature import Signature

_B = t.VARBIT

OPERATORS: tuple[Signature, ...] = (
    *(Signature(symbol, (t.BIT, t.BIT), t.BIT, "bits.combine", ints=(n,)) for n, symbol in enumerate(("&", "|", "#"))),
    Signature("~", (t.BIT,), t.BIT, "bits.not"),
    Signature("<<", (t.BIT, t.INT4), t.BIT, "bits.shift", ints=(1,)),
    Signature(">>", (t.BIT, t.INT4), t.BIT, "bits.shift", ints=(-1,)),
    Signature("||", (_B, _B), _B, "bits.concat"),
)
FUNCTIONS: tuple[Signature, ...] = (
    *(Signature(name, (t.BIT,), t.INT4, "bits.measure", ints=(0,)) for name in ("length", "bit_length")),
    Signature("octet_length", (t.BIT,), t.INT4, "bits.measure", ints=(1,)),
    Signature("bit_count", (t.BIT,), t.INT8, "bits.measure", ints=(2,)),
    *(Signature(name, (t.BIT, t.INT4), t.BIT, "bits.substring") for name in ("substring", "substr")),
    *(Signature(name, (t.BIT, t.INT4, t.INT4), t.BIT, "bits.substring") for name in ("substring", "substr")),
    Signature("position", (t.BIT, t.BIT), t.INT4, "bits.position"),
    Signature("get_bit", (t.BIT, t.INT4), t.INT4, "bits.get"),
    Signature("set_bit", (t.BIT, t.INT4, t.INT4), t.BIT, "bits.set"),
)

"""Integer and float arithmetic, bit operators; numeric arithmetic is in numeric.py."""

from __future__ import annotations

from ...kernels import types as t
from .signature import Signature

_INTS = (t.INT2, t.INT4, t.INT8)
_FLOATS = (t.FLOAT4, t.FLOAT8)
_BASIC = (("+", "add"), ("-", "sub"), ("*", "mul"), ("/", "div"))


def _wider(a: t.SqlType, b: t.SqlType) -> t.SqlType:
    return a if a.kind >= b.kind else b


OPERATORS: tuple[Signature, ...] = (
    *(
        Signature(symbol, (a, b), _wider(a, b), f"arith.{name}")
        for symbol, name in _BASIC
        for family in (_INTS, _FLOATS)
        for a in family
        for b in family
    ),
    *(Signature("%", (x, x), x, "arith.mod") for x in _INTS),
    *(Signature("-", (x,), x, "arith.neg") for x in (*_INTS, *_FLOATS)),
    *(Signature("+", (x,), x, "arith.plus") for x in (*_INTS, *_FLOATS)),
    *(Signature("@", (x,), x, "arith.abs") for x in (*_INTS, *_FLOATS)),
    *(
        Signature(symbol, (x, x), x, f"arith.{name}")
        for symbol, name in (("&", "bit_and"), ("|", "bit_or"), ("#", "bit_xor"))
        for x in _INTS
    ),
    *(
        Signature(symbol, (x, t.INT4), x, f"arith.{name}")
        for symbol, name in (("<<", "shift_left"), (">>", "shift_right"))
        for x in _INTS
    ),
    *(Signature("~", (x,), x, "arith.bit_not") for x in _INTS),
)

FUNCTIONS: tuple[Signature, ...] = (
    *(Signature("abs", (x,), x, "arith.abs") for x in (*_INTS, *_FLOATS)),
    *(Signature("mod", (x, x), x, "arith.mod") for x in _INTS),
    *(Signature("gcd", (x, x), x, "arith.gcd") for x in (t.INT4, t.INT8)),
    *(Signature("lcm", (x, x), x, "arith.lcm") for x in (t.INT4, t.INT8)),
)

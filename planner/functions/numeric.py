"""numeric and rw_int256: operators and functions."""

from __future__ import annotations

from ...kernels import types as t
from .signature import Signature

N = t.NUMERIC
_BASIC = (("+", "add"), ("-", "sub"), ("*", "mul"), ("/", "div"), ("%", "mod"))

OPERATORS: tuple[Signature, ...] = (
    *(Signature(symbol, (N, N), N, f"numeric.{name}") for symbol, name in (*_BASIC, ("^", "power"))),
    Signature("-", (N,), N, "numeric.neg"),
    Signature("+", (N,), N, "numeric.plus"),
    Signature("@", (N,), N, "numeric.abs"),
    *(Signature(symbol, (t.INT256, t.INT256), t.INT256, f"int256.{name}") for symbol, name in _BASIC),
    Signature("-", (t.INT256,), t.INT256, "int256.neg"),
)

FUNCTIONS: tuple[Signature, ...] = (
    *(
        Signature(name, (N,), N, f"numeric.{kernel}")
        for name, kernel in (
            ("abs", "abs"),
            ("sign", "sign"),
            ("ceil", "ceil"),
            ("ceiling", "ceil"),
            ("floor", "floor"),
            ("round", "round"),
            ("trunc", "trunc"),
            ("sqrt", "sqrt"),
            ("exp", "exp"),
            ("ln", "ln"),
            ("log", "log10"),
            ("log10", "log10"),
            ("trim_scale", "trim_scale"),
        )
    ),
    Signature("round", (N, t.INT4), N, "numeric.round"),
    Signature("trunc", (N, t.INT4), N, "numeric.trunc"),
    *(
        Signature(name, (N, N), N, f"numeric.{kernel}")
        for name, kernel in (
            ("mod", "mod"),
            ("div", "div_trunc"),
            ("power", "power"),
            ("pow", "power"),
            ("log", "log"),
            ("gcd", "gcd"),
            ("lcm", "lcm"),
        )
    ),
    Signature("numeric", (N, t.INT4), N, "length.numeric"),
    Signature("scale", (N,), t.INT4, "numeric.scale"),
    Signature("min_scale", (N,), t.INT4, "numeric.min_scale"),
    Signature("factorial", (t.INT8,), N, "numeric.factorial"),
    Signature("width_bucket", (N, N, N, t.INT4), t.INT4, "numeric.width_bucket"),
    Signature("abs", (t.INT256,), t.INT256, "int256.abs"),
    Signature("mod", (t.INT256, t.INT256), t.INT256, "int256.mod"),
)

"""Functions of double precision: roots, exponentials, rounding, trigonometry, random."""

from __future__ import annotations

from ...kernels import types as t
from .signature import ANYCOMPATIBLE, ANYCOMPATIBLEARRAY, Signature

F = t.FLOAT8

OPERATORS: tuple[Signature, ...] = (
    Signature("^", (F, F), F, "math.power"),
    Signature("|/", (F,), F, "math.sqrt"),
    Signature("||/", (F,), F, "math.cbrt"),
)

_UNARY = [
    "sqrt", "cbrt", "exp", "ln", "log10", "round", "trunc", "ceil", "floor", "sign", "degrees",
    "radians", "sin", "cos", "tan", "cot", "asin", "acos", "atan", "sinh", "cosh", "tanh", "coth",
    "asinh", "acosh", "atanh", "sind", "cosd", "tand", "cotd", "asind", "acosd", "atand", "gamma",
    "lgamma", "erf", "erfc", "log2",
]  # fmt: skip

FUNCTIONS: tuple[Signature, ...] = (
    *(Signature(name, (F,), F, f"math.{name}") for name in _UNARY),
    Signature("ceiling", (F,), F, "math.ceil"),
    Signature("log", (F,), F, "math.log10"),
    Signature("power", (F, F), F, "math.power"),
    Signature("pow", (F, F), F, "math.power"),
    Signature("atan2", (F, F), F, "math.atan2"),
    Signature("atan2d", (F, F), F, "math.atan2d"),
    Signature("pi", (), F, "math.pi"),
    Signature("random", (), F, "math.random", volatility="volatile"),
    Signature("width_bucket", (F, F, F, t.INT4), t.INT4, "math.width_bucket"),
    Signature("width_bucket", (ANYCOMPATIBLE, ANYCOMPATIBLEARRAY), t.INT4, "math.threshold_bucket"),
)

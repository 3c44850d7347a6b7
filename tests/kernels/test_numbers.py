"""Numbers: arithmetic, functions and casts of integers, floats and numeric equal PostgreSQL's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from sabot.kernels.expr.program import evaluate
from sabot.kernels.types import FLOAT8, INT256, TEXT
from sabot.planner.functions import all_functions

from .oracle import FACTS, Case, as_text, cast, check_grid, function, int4, operator, value, words

NUMERICS = words(
    "0 1 -1 0.5 1.50 -2.345 3 1234567.891 99999999999999999999.123456789 1e-10 NaN Infinity -Infinity 1e30 7 "
    "-0.0001 12345678901234567890123456789012345678901234567890"
)
POWERS = words("0 1 2 10 -2 0.5 1.5 -1.5 3 NaN Infinity -Infinity 0.001 100.25 -0.5 -3")
FLOATS = words(
    "0 1 -1 0.5 -0.5 2 30 45 60 90 120 180 270 -30 1e308 1e-308 NaN Infinity -Infinity "
    "3.7 -3.5 2.5 710 -800 1e15"
)
INTEGERS = {
    "int2": words("0 1 -1 32767 -32768 7 -200"),
    "int4": words("0 1 -1 2147483647 -2147483648 7 -70000"),
    "int8": words("0 1 -1 9223372036854775807 -9223372036854775808 7 -5000000000"),
}
CASTS = {
    "int2": words("1 -32768"),
    "int4": words("1 40000 -1 0"),
    "int8": words("1 3000000000 9007199254740993"),
    "float4": words("1.5 2.5 -0.5 1e10 NaN 1e20 16777216 8.1e9"),
    "float8": words(
        "1.5 2.5 1e20 NaN Infinity 1e300 123456789.123456789 9223372036854775807 2147483647.5 1e-320 1e23 "
        "1.801439850948199e16"
    ),
    "numeric": words("1.5 2.5 -2.5 1e20 NaN Infinity 0.1 1e400 32767.5 9223372036854775807.4 1e-400"),
    "bool": words("t f"),
    "text": words("1 t x"),
}


def pairs(symbols: str, types: tuple[str, str], left: list[str], right: list[str]) -> Iterator[Case]:
    a, b = types
    for symbol, x, y in product(symbols.split(), left, right):
        yield f"'{x}'::{a} {symbol} '{y}'::{b}", operator(symbol, value(x, a), value(y, b))


def calls(names: str, values: list[str], type_name: str) -> Iterator[Case]:
    for name, x in product(names.split(), values):
        yield f"{name}('{x}'::{type_name})", function(name, value(x, type_name))


def calls2(names: str, values: list[str], type_name: str) -> Iterator[Case]:
    for name, x, y in product(names.split(), values, values):
        sql = f"{name}('{x}'::{type_name}, '{y}'::{type_name})"
        yield sql, function(name, value(x, type_name), value(y, type_name))


def test_numeric_arithmetic() -> None:
    check_grid("numeric_arithmetic", pairs("+ - * / %", ("numeric", "numeric"), NUMERICS, NUMERICS))


def test_numeric_functions() -> None:
    def grid() -> Iterator[Case]:
        more = words("1.1 0.9 2 10 1000 123.456 0.333333333333333333 5000 0.00000000001")
        yield from calls(
            "abs sign ceil floor sqrt exp ln log scale min_scale trim_scale", [*NUMERICS, *more], "numeric"
        )
        yield from calls2("power log", POWERS, "numeric")
        yield from calls2("div mod gcd lcm", NUMERICS[:8], "numeric")
        for x, n in product(NUMERICS, (-3, -1, 0, 1, 2, 5)):
            for name in ("round", "trunc"):
                yield f"{name}('{x}'::numeric, {n})", function(name, value(x, "numeric"), int4(n))
        for x in ("0", "5", "20", "100", "-1"):
            yield f"factorial({x})", function("factorial", value(x, "int8"))

    check_grid("numeric_functions", grid())


def test_integer_arithmetic() -> None:
    def grid() -> Iterator[Case]:
        for (a, left), (b, right) in product(INTEGERS.items(), INTEGERS.items()):
            yield from pairs("+ - * /", (a, b), left, right)
        for a, values in INTEGERS.items():
            yield from pairs("% & | #", (a, a), values, values)
            yield from pairs("<< >>", (a, "int4"), values, words("0 1 5 31 33 63 -1"))
            for symbol, x in product(words("~ - + @"), values):
                yield f"{symbol} '{x}'::{a}", operator(symbol, value(x, a))
        yield from calls2("gcd lcm", INTEGERS["int8"], "int8")

    check_grid("integer_arithmetic", grid())


def test_float_arithmetic_and_functions() -> None:
    def grid() -> Iterator[Case]:
        yield from pairs("+ - * / ^", ("float8", "float8"), FLOATS, FLOATS)
        small = [x for x in FLOATS if "308" not in x]
        yield from pairs("+ - * /", ("float4", "float4"), small, small)
        yield from pairs("+ * /", ("float4", "float8"), small[:8], small[:8])
        yield from calls2("atan2 atan2d", FLOATS[:12], "float8")
        beyond_15 = {"gamma", "lgamma", "coth", "erf", "erfc", "log2"}
        for overloads in all_functions().values():
            for f in overloads:
                if (
                    f.kernel
                    and f.kernel.startswith("math.")
                    and f.args == (FLOAT8,)
                    and f.name not in beyond_15
                ):
                    yield from calls(f.name, FLOATS, "float8")

    check_grid("float_functions", grid())


def test_width_bucket() -> None:
    def grid() -> Iterator[Case]:
        for t, x in product(("numeric", "float8"), words("-1 0 1 2.5 9.99 10 11 NaN")):
            for low, high in (("0", "10"), ("10", "0"), ("1", "1")):
                args = (value(x, t), value(low, t), value(high, t), int4(4))
                sql = f"width_bucket('{x}'::{t}, '{low}'::{t}, '{high}'::{t}, 4)"
                yield sql, function("width_bucket", *args)

    check_grid("width_bucket", grid())


def test_casts_between_numbers() -> None:
    def grid() -> Iterator[Case]:
        for a, b in product(CASTS, CASTS):
            if a == b or {a, b} <= {"bool", "int2"} or {a, b} <= {"bool", "int8"}:
                continue
            if "bool" in (a, b) and {a, b} & {"float4", "float8", "numeric"}:
                continue
            for x in CASTS[a]:
                yield f"'{x}'::{a}::{b}", cast(value(x, a), b)

    check_grid("number_casts", grid())


@pytest.mark.parametrize(
    ("symbol", "a", "b", "expected"),
    [
        ("+", "1", "2", "3"),
        ("-", "-5", "7", "-12"),
        ("*", "170141183460469231731687303715884105727", "-2", "-340282366920938463463374607431768211454"),
        ("/", "-7", "2", "-3"),
        ("%", "-7", "2", "-1"),
        ("/", "1", "0", "!22012"),
        ("*", "1" + "0" * 60, "1" + "0" * 60, "!22003"),
    ],
)
def test_256_bit_integers(symbol: str, a: str, b: str, expected: str) -> None:
    assert as_text(operator(symbol, value(a, "rw_int256"), value(b, "rw_int256"))) == expected


def test_256_bit_integers_reach_their_bounds_and_no_further() -> None:
    most = str(2**255 - 1)
    assert evaluate(cast(value(most, "rw_int256"), "text"), FACTS) == most
    assert as_text(value(str(-(2**255)), "rw_int256")) == str(-(2**255))
    assert as_text(value(str(2**255), "rw_int256")) == "!22003"
    assert cast(value("5", "int4"), "rw_int256").type == INT256 and TEXT.name == "text"


def test_random_is_in_the_unit_interval_and_differs_between_rows_and_calls() -> None:
    seen = {evaluate(function("random"), FACTS) for _ in range(100)}
    assert len(seen) == 100 and all(0 <= x < 1 for x in seen)

"""Ranges and multiranges: operators, bounds, constructors."""

from __future__ import annotations

from ...kernels import types as t
from .signature import ANYELEMENT, ANYMULTIRANGE, ANYRANGE, Signature

_SETS = (ANYRANGE, ANYMULTIRANGE)
_PAIRS = tuple((a, b) for a in _SETS for b in _SETS)

OPERATORS: tuple[Signature, ...] = (
    *(Signature("@>", pair, t.BOOL, "range.contains") for pair in (*_PAIRS, *((a, ANYELEMENT) for a in _SETS))),
    *(Signature("<@", pair, t.BOOL, "range.contained") for pair in (*_PAIRS, *((ANYELEMENT, a) for a in _SETS))),
    *(
        Signature(symbol, pair, t.BOOL, f"range.{kernel}")
        for symbol, kernel in (
            ("&&", "overlaps"),
            ("-|-", "adjacent"),
            ("<<", "before"),
            (">>", "after"),
            ("&<", "not_right_of"),
            ("&>", "not_left_of"),
        )
        for pair in _PAIRS
    ),
    *(
        Signature(symbol, (a, a), a, f"range.{kernel}")
        for symbol, kernel in (("+", "union"), ("*", "intersect"), ("-", "minus"))
        for a in _SETS
    ),
)


def _constructors(name: str, multi: str, bound: str) -> tuple[Signature, ...]:
    made, set_, of = t.scalar(name), t.scalar(multi), t.scalar(bound)
    return (
        *(Signature(name, (of, of, *flags), made, "range.make", strict=False, texts=(name,)) for flags in ((), (t.TEXT,))),
        Signature(multi, (), set_, "multirange.make", texts=(multi,)),
        Signature(multi, (made,), set_, "multirange.make", texts=(multi,), variadic=True, strict=False),
    )


FUNCTIONS: tuple[Signature, ...] = (
    *(s for name, (multi, bound) in t.RANGES.items() for s in _constructors(name, multi, bound)),
    *(Signature(name, (a,), ANYELEMENT, f"range.{name}") for name in ("lower", "upper") for a in _SETS),
    *(
        Signature(name, (a,), t.BOOL, f"range.{name}")
        for name in ("isempty", "lower_inc", "upper_inc", "lower_inf", "upper_inf")
        for a in _SETS
    ),
    Signature("range_merge", (ANYRANGE, ANYRANGE), ANYRANGE, "range.merge"),
    Signature("range_merge", (ANYMULTIRANGE,), ANYRANGE, "range.merged"),
    Signature("multirange", (ANYRANGE,), ANYMULTIRANGE, "multirange.from_range"),
    Signature("sabot_ranges", (ANYMULTIRANGE,), t.BOOL, "multirange.parts", result=lambda args: t.list_of(_range_of(args[0]))),
)


def _range_of(multi: t.SqlType) -> t.SqlType:
    return next(t.scalar(name) for name, (m, _) in t.RANGES.items() if m == multi.name)

"""Comparison and boolean tests: operators over pairs of types, greatest/least/nullif."""

from __future__ import annotations

from ...kernels import types as t
from ...kernels.types import SqlType
from .signature import ANY, ANYARRAY, ANYCOMPATIBLE, ANYENUM, ANYMAP, RECORD, Pseudo, Signature

COMPARISONS = (("=", "eq"), ("<>", "ne"), ("<", "lt"), ("<=", "le"), (">", "gt"), (">=", "ge"))

# Types that compare with themselves. Text comes before the types that only reach it by a cast.
SAME: tuple[SqlType, ...] = (
    t.BOOL, t.INT2, t.INT4, t.INT8, t.FLOAT4, t.FLOAT8, t.NUMERIC, t.TEXT, t.NAME, t.BYTEA, t.DATE, t.TIME,
    t.TIMESTAMP, t.TIMESTAMPTZ, t.INTERVAL, t.UUID, t.INT256, t.OID, t.TIMETZ, t.INET, t.MACADDR, t.MACADDR8, t.VARBIT,
    t.BIT, t.scalar("vector"), t.CHAR, *(t.scalar(name) for name in t.BOUNDS),
)  # fmt: skip
_INTS = (t.INT2, t.INT4, t.INT8)
PAIRS: tuple[tuple[SqlType | Pseudo, SqlType | Pseudo], ...] = (
    *((x, x) for x in SAME),
    *((a, b) for a in _INTS for b in _INTS if a != b),
    (t.FLOAT4, t.FLOAT8),
    (t.FLOAT8, t.FLOAT4),
    (t.NAME, t.TEXT),
    (t.TEXT, t.NAME),
    (t.DATE, t.TIMESTAMP),
    (t.TIMESTAMP, t.DATE),
    (ANYARRAY, ANYARRAY),
    (ANYMAP, ANYMAP),
    (RECORD, RECORD),
    (ANYENUM, ANYENUM),
)
# Pairs that meet in the session's time zone.
ZONED = (
    (t.DATE, t.TIMESTAMPTZ),
    (t.TIMESTAMP, t.TIMESTAMPTZ),
    (t.TIMESTAMPTZ, t.DATE),
    (t.TIMESTAMPTZ, t.TIMESTAMP),
)

OPERATORS: tuple[Signature, ...] = (
    *(
        Signature(symbol, pair, t.BOOL, f"compare.{name}")
        for symbol, name in (*COMPARISONS, ("!=", "ne"))
        for pair in PAIRS
    ),
    *(
        Signature(symbol, pair, t.BOOL, f"temporal.zoned_{name}", volatility="stable")
        for symbol, name in (*COMPARISONS, ("!=", "ne"))
        for pair in ZONED
    ),
    *(
        Signature(symbol, (t.JSONB, t.JSONB), t.BOOL, f"jsonb.{name}")
        for symbol, name in (*COMPARISONS, ("!=", "ne"))
    ),
    *(
        Signature(symbol, (t.BPCHAR, t.BPCHAR), t.BOOL, f"compare.bpchar_{name}")
        for symbol, name in (*COMPARISONS, ("!=", "ne"))
    ),
)

FUNCTIONS: tuple[Signature, ...] = (
    Signature("greatest", (ANYCOMPATIBLE,), ANYCOMPATIBLE, "misc.greatest", strict=False, variadic=True),
    Signature("least", (ANYCOMPATIBLE,), ANYCOMPATIBLE, "misc.least", strict=False, variadic=True),
    Signature("nullif", (ANYCOMPATIBLE, ANYCOMPATIBLE), ANYCOMPATIBLE, "misc.nullif", strict=False),
    Signature("num_nulls", (ANY,), t.INT4, "misc.num_nulls", strict=False, variadic=True),
    Signature("num_nonnulls", (ANY,), t.INT4, "misc.num_nonnulls", strict=False, variadic=True),
    Signature("booleq", (t.BOOL, t.BOOL), t.BOOL, "compare.eq"),
    Signature("boolne", (t.BOOL, t.BOOL), t.BOOL, "compare.ne"),
)

# SQL forms that the binder writes itself: kernel names by what the text says.
PREDICATES: dict[str, str] = {
    "IS NULL": "bool.is_null",
    "IS NOT NULL": "bool.is_not_null",
    "IS TRUE": "bool.is_true",
    "IS NOT TRUE": "bool.is_not_true",
    "IS FALSE": "bool.is_false",
    "IS NOT FALSE": "bool.is_not_false",
    "IS UNKNOWN": "bool.is_null",
    "IS NOT UNKNOWN": "bool.is_not_null",
    "IS DISTINCT FROM": "compare.is_distinct",
    "IS NOT DISTINCT FROM": "compare.is_not_distinct",
    "NOT": "bool.not",
}

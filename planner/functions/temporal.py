"""Dates, times, timestamps and intervals: operators and functions.

`now()` and its kin are ContextValues (the time of the transaction or epoch, fixed per statement); the others
that read the session's time zone are stable.
"""

from __future__ import annotations

from ...kernels import types as t
from .signature import Signature

D, T, TS, TZ, IV = t.DATE, t.TIME, t.TIMESTAMP, t.TIMESTAMPTZ, t.INTERVAL
F8, I4, TEXT = t.FLOAT8, t.INT4, t.TEXT


def _add(a: t.SqlType, b: t.SqlType, to: t.SqlType) -> tuple[Signature, ...]:
    """`a + b` and `b + a`."""
    volatility = "stable" if to == TZ else "immutable"
    one = Signature("+", (a, b), to, "temporal.add", volatility=volatility)
    other = Signature("+", (b, a), to, "temporal.add", volatility=volatility)
    return (one,) if a == b else (one, other)


OPERATORS: tuple[Signature, ...] = (
    *_add(D, I4, D),
    *_add(D, IV, TS),
    *_add(D, T, TS),
    *_add(T, IV, T),
    *_add(TS, IV, TS),
    *_add(TZ, IV, TZ),
    *_add(IV, IV, IV),
    Signature("-", (D, I4), D, "temporal.sub"),
    Signature("-", (D, D), I4, "temporal.sub"),
    Signature("-", (D, IV), TS, "temporal.sub"),
    Signature("-", (T, T), IV, "temporal.sub"),
    Signature("-", (T, IV), T, "temporal.sub"),
    Signature("-", (TS, TS), IV, "temporal.sub"),
    Signature("-", (TZ, TZ), IV, "temporal.sub"),
    Signature("-", (TS, IV), TS, "temporal.sub"),
    Signature("-", (TZ, IV), TZ, "temporal.sub", volatility="stable"),
    Signature("-", (IV, IV), IV, "temporal.sub"),
    Signature("-", (IV,), IV, "temporal.interval_neg"),
    Signature("*", (IV, F8), IV, "temporal.interval_mul"),
    Signature("*", (F8, IV), IV, "temporal.interval_mul"),
    Signature("/", (IV, F8), IV, "temporal.interval_div"),
)


def _fields(name: str, to: t.SqlType) -> tuple[Signature, ...]:
    return tuple(
        Signature(name, (TEXT, x), to, "temporal.extract", volatility="stable" if x == TZ else "immutable")
        for x in (TS, TZ, D, T, IV)
    )


_MAKE_INTERVAL = (*(I4,) * 6, F8)

FUNCTIONS: tuple[Signature, ...] = (
    # extract(field from x) is bound as extract('field', x).
    *_fields("extract", t.NUMERIC),
    *(s for s in _fields("date_part", F8) if s.args[1] != D),
    # Unlike extract, date_part takes a date for the timestamp at its midnight.
    Signature("date_part", (TEXT, D), F8, "temporal.extract", ints=(1,)),
    Signature("date_trunc", (TEXT, TS), TS, "temporal.date_trunc"),
    Signature("date_trunc", (TEXT, TZ), TZ, "temporal.date_trunc", volatility="stable"),
    Signature("date_trunc", (TEXT, TZ, TEXT), TZ, "temporal.date_trunc", volatility="stable"),
    Signature("date_trunc", (TEXT, IV), IV, "temporal.date_trunc"),
    Signature("date_bin", (IV, TS, TS), TS, "temporal.date_bin"),
    Signature("date_bin", (IV, TZ, TZ), TZ, "temporal.date_bin"),
    Signature("age", (TS, TS), IV, "temporal.age"),
    Signature("age", (TZ, TZ), IV, "temporal.age", volatility="stable"),
    Signature("age", (TS,), IV, "temporal.age_today", volatility="stable", context="now"),
    Signature("age", (TZ,), IV, "temporal.age_today", volatility="stable", context="now"),
    Signature("justify_hours", (IV,), IV, "temporal.justify_hours"),
    Signature("justify_days", (IV,), IV, "temporal.justify_days"),
    Signature("justify_interval", (IV,), IV, "temporal.justify_interval"),
    *(Signature("isfinite", (x,), t.BOOL, "temporal.isfinite") for x in (D, TS, TZ, IV)),
    Signature("make_date", (I4, I4, I4), D, "temporal.make_date"),
    Signature("make_time", (I4, I4, F8), T, "temporal.make_time"),
    Signature("make_timestamp", (I4, I4, I4, I4, I4, F8), TS, "temporal.make_timestamp"),
    Signature("make_timestamptz", (I4, I4, I4, I4, I4, F8), TZ, "temporal.make_timestamp", volatility="stable"),
    Signature("make_timestamptz", (I4, I4, I4, I4, I4, F8, TEXT), TZ, "temporal.make_timestamp", volatility="stable"),
    *(Signature("make_interval", _MAKE_INTERVAL[:n], IV, "temporal.make_interval") for n in range(8)),
    Signature("to_timestamp", (F8,), TZ, "temporal.to_timestamp"),
    # x AT TIME ZONE z is timezone(z, x).
    *(
        Signature("timezone", (zone, x), to, "temporal.timezone")
        for zone in (TEXT, IV)
        for x, to in ((TS, TZ), (TZ, TS))
    ),
    # (a, b) OVERLAPS (c, d).
    *(
        Signature("overlaps", args, t.BOOL, "temporal.overlaps", strict=False)
        for x in (TS, TZ, T)
        for args in ((x, x, x, x), (x, IV, x, IV), (x, x, x, IV), (x, IV, x, x))
    ),
    # GROUP BY TUMBLE(ts, size) is a group by the start of the window.
    *(Signature(f, (x, IV), x, "temporal.tumble_start") for f in ("tumble_start", "tumble") for x in (TS, TZ)),
    *(Signature(f, (x, IV, IV), x, "temporal.tumble_start") for f in ("tumble_start", "tumble") for x in (TS, TZ)),
    *(Signature("hop_starts", (x, IV, IV), t.list_of(x), "temporal.hop_starts") for x in (TS, TZ)),
    *(Signature("hop_starts", (x, IV, IV, IV), t.list_of(x), "temporal.hop_starts") for x in (TS, TZ)),
    *(
        Signature(name, (), TZ, None, volatility="stable", context="now")
        for name in ("now", "transaction_timestamp", "statement_timestamp", "current_timestamp", "proctime", "mz_now")
    ),
    *(
        Signature(name, (x, I4), x, f"length.{'interval' if x == IV else 'time'}")
        for name, x in (("time", T), ("timestamp", TS), ("timestamptz", TZ), ("interval", IV))
    ),
    Signature("timestamp", (D, T), TS, "temporal.add"),
    Signature("date", (TS,), D, "cast.temporal"),
    Signature("date", (TZ,), D, "cast.temporal", volatility="stable"),
    Signature("clock_timestamp", (), TZ, "temporal.clock", volatility="volatile"),
    Signature("current_date", (), D, "cast.temporal", volatility="stable", context="now"),
    Signature("localtime", (), T, "cast.temporal", volatility="stable", context="now"),
    Signature("localtimestamp", (), TS, "cast.temporal", volatility="stable", context="now"),
)

"""Dates, times, timestamps and intervals: operators, functions, zones and casts equal PostgreSQL's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from sabot.kernels.expr.program import SessionFacts, evaluate, zone_setting
from sabot.kernels.expr.spec import Call, Expr, Lit
from sabot.kernels.types import DATE, INTERVAL, TIMESTAMP, TIMESTAMPTZ

from .oracle import Case, as_text, cast, check_grid, function, int4, operator, quote, text, value, words

STAMPS = [
    "2020-02-29 12:34:56.789",
    "1999-12-31 23:59:59.999999",
    "2024-03-31 02:30:00",
    "2024-10-27 02:30:00",
    "0044-03-15 10:00:00 BC",
    "infinity",
    "-infinity",
    "1970-01-01",
    "4713-01-01 BC",
    "1900-01-01 00:00:01",
    "2001-01-31",
    "0001-01-01",
]
SPANS = [
    "1 day",
    "1 mon",
    "1 year 2 mons 3 days 04:05:06.7",
    "-00:00:01",
    "25:00:00",
    "-1 mon +3 days",
    "0",
    "1.5 days",
    "100 years",
    "-40 days 25:00",
    "5 years 40 days 30:00",
    "2 mons -33 days",
]
DAYS = [
    "2020-02-29",
    "0044-03-15 BC",
    "infinity",
    "-infinity",
    "2000-01-01",
    "5874897-12-31",
    "4714-11-24 BC",
]
CLOCKS = ["00:00", "12:34:56.789", "23:59:59.999999", "24:00"]
FIELDS = words(
    "microseconds milliseconds second minute hour day week month quarter year decade century "
    "millennium julian isoyear dow isodow doy epoch timezone timezone_hour foo"
)
BOTH = ("timestamp", "timestamptz")


def fields(name: str, fields: list[str], values: list[str], type_name: str) -> Iterator[Case]:
    for f, a in product(fields, values):
        yield f"{name}('{f}', {quote(a)}::{type_name})", function(name, text(f), value(a, type_name))


def combine(symbols: str, a: str, left: list[str], b: str, right: list[str]) -> Iterator[Case]:
    for s, x, y in product(symbols.split(), left, right):
        yield f"{quote(x)}::{a} {s} {quote(y)}::{b}", operator(s, value(x, a), value(y, b))


@pytest.mark.parametrize("t", BOTH)
def test_timestamps_and_intervals(t: str) -> None:
    def grid() -> Iterator[Case]:
        yield from combine("+ -", t, STAMPS, "interval", SPANS)
        finite = [s for s in STAMPS if "inf" not in s]
        yield from combine("- <", t, finite, t, finite)
        for a, b in product(finite, finite):
            yield f"age({quote(a)}::{t}, {quote(b)}::{t})", function("age", value(a, t), value(b, t))

    check_grid(f"{t}_arithmetic", grid())


@pytest.mark.parametrize("t", BOTH)
def test_fields_and_truncation_of_timestamps(t: str) -> None:
    def grid() -> Iterator[Case]:
        yield from fields("date_part", FIELDS, STAMPS, t)
        yield from fields("date_trunc", FIELDS, STAMPS, t)
        for f, a in product(FIELDS, STAMPS):
            yield f"extract({f} from {quote(a)}::{t})", function("extract", text(f), value(a, t))
        for a, s in product(STAMPS, ("15 min", "1 day", "7 hours 3 sec", "1 mon", "0")):
            args = (value(s, "interval"), value(a, t), value("2001-01-01", t))
            yield f"date_bin('{s}', {quote(a)}::{t}, '2001-01-01'::{t})", function("date_bin", *args)

    check_grid(f"{t}_fields", grid())


@pytest.mark.parametrize("t", BOTH)
def test_zones(t: str) -> None:
    names = words("UTC America/New_York Asia/Kathmandu EST +05 Europe/Vienna nowhere/x UTC+3 PST8PDT")

    def grid() -> Iterator[Case]:
        for a in STAMPS:
            v = value(a, t)
            for z in names:
                yield f"timezone('{z}', {quote(a)}::{t})", function("timezone", text(z), v)
            yield (
                f"timezone('2:30'::interval, {quote(a)}::{t})",
                function("timezone", value("2:30", "interval"), v),
            )
            for x in ("date", "time", *BOTH):
                if x != t:
                    yield f"{quote(a)}::{t}::{x}", cast(v, x)
            if t == "timestamptz":
                trunc = function("date_trunc", text("day"), v, text("America/New_York"))
                yield f"date_trunc('day', {quote(a)}::timestamptz, 'America/New_York')", trunc

    check_grid(f"{t}_zones", grid())


def test_dates_and_times() -> None:
    def grid() -> Iterator[Case]:
        for a, k, s in product(DAYS, (0, 1, -1, 100000), "+-"):
            yield f"{quote(a)}::date {s} ({k})", operator(s, value(a, "date"), int4(k))
        yield from combine("+ -", "date", DAYS, "interval", SPANS)
        yield from combine("-", "date", DAYS, "date", DAYS)
        yield from combine("+", "date", DAYS, "time", CLOCKS)
        yield from combine("< = >=", "date", DAYS[:5], "timestamptz", STAMPS)
        yield from combine("< = >=", "date", DAYS[:5], "timestamp", STAMPS)
        yield from combine("+ -", "time", CLOCKS, "interval", SPANS)
        yield from combine("-", "time", CLOCKS, "time", CLOCKS)
        for f, a in product([f for f in FIELDS if f not in ("second", "minute")], DAYS):
            yield f"extract({f} from {quote(a)}::date)", function("extract", text(f), value(a, "date"))
        yield from fields("date_part", words("microseconds second minute hour epoch day foo"), CLOCKS, "time")
        for a, x in product(DAYS, BOTH):
            yield f"{quote(a)}::date::{x}", cast(value(a, "date"), x)

    check_grid("dates_and_times", grid())


def test_intervals() -> None:
    units = words("microseconds milliseconds second minute hour day week month quarter year century epoch dow foo")

    def grid() -> Iterator[Case]:
        yield from combine("+ - < = >=", "interval", SPANS, "interval", SPANS)
        yield from combine("* /", "interval", SPANS, "float8", words("2 -1.5 0.1 0 3.14159 1e10 0.333333"))
        yield from fields("date_part", units, SPANS, "interval")
        yield from fields("date_trunc", units, SPANS, "interval")
        for a in SPANS:
            v = value(a, "interval")
            yield f"{quote(a)}::interval", v
            yield f"- {quote(a)}::interval", operator("-", v)
            yield f"{quote(a)}::interval::time", cast(v, "time")
            for f in ("justify_hours", "justify_days", "justify_interval"):
                yield f"{f}({quote(a)}::interval)", function(f, v)
            for f in units:
                yield f"extract({f} from {quote(a)}::interval)", function("extract", text(f), v)

    check_grid("intervals", grid())


def test_making_dates_and_times() -> None:
    def grid() -> Iterator[Case]:
        seconds = value("5.678", "float8")
        for y, m, d in ((2020, 2, 29), (2019, 2, 29), (-44, 3, 15), (0, 1, 1), (2020, 13, 1)):
            yield f"make_date({y},{m},{d})", function("make_date", int4(y), int4(m), int4(d))
        parts = tuple(map(int4, (2020, 7, 2, 3, 4)))
        yield "make_timestamp(2020,7,2,3,4,5.678)", function("make_timestamp", *parts, seconds)
        yield "make_timestamptz(2020,7,2,3,4,5.678)", function("make_timestamptz", *parts, seconds)
        tokyo = function("make_timestamptz", *parts, seconds, text("Asia/Tokyo"))
        yield "make_timestamptz(2020,7,2,3,4,5.678,'Asia/Tokyo')", tokyo
        for h, m, s in ((25, 0, "0"), (23, 59, "60"), (24, 0, "0"), (10, 60, "0"), (1, 2, "-1")):
            yield f"make_time({h},{m},{s})", function("make_time", int4(h), int4(m), value(s, "float8"))
        six = tuple(map(int4, range(1, 7)))
        yield "make_interval(1,2,3,4,5,6,7.5)", function("make_interval", *six, value("7.5", "float8"))
        yield "make_interval(1,2)", function("make_interval", *six[:2])
        for s in words("0 1.5 -1e9 1700000000.123456 NaN Infinity 1e20 946684800.0000005"):
            yield f"to_timestamp('{s}'::float8)", function("to_timestamp", value(s, "float8"))

    check_grid("making_times", grid())


def test_overlaps() -> None:
    ends = ["2020-01-01", "2020-01-05", "2020-01-03", None]

    def sql(x: str | None) -> str:
        return f"{'null' if x is None else quote(x)}::timestamp"

    def grid() -> Iterator[Case]:
        for four in product(ends, repeat=4):
            yield (
                f"overlaps({', '.join(map(sql, four))})",
                function("overlaps", *(value(x, "timestamp") for x in four)),
            )
        for a, b in product(ends[:3], ends[:3]):
            args = (
                value(a, "timestamp"),
                value("2 days", "interval"),
                value(b, "timestamp"),
                value("1 day", "interval"),
            )
            yield (
                f"overlaps({sql(a)}, '2 days'::interval, {sql(b)}, '1 day'::interval)",
                function("overlaps", *args),
            )

    check_grid("overlaps", grid())


def test_windows_over_time() -> None:
    def stamp(s: str) -> Expr:
        return value(s, "timestamp")

    def span(s: str) -> Expr:
        return value(s, "interval")

    at = stamp("2020-01-01 00:07:30")
    assert as_text(function("tumble_start", at, span("5 min"))) == "2020-01-01 00:05:00"
    assert as_text(function("tumble_start", at, span("5 min"), span("1 min"))) == "2020-01-01 00:06:00"
    assert as_text(function("tumble_start", stamp("1969-12-31 23:59:59"), span("1 day"))) == "1969-12-31 00:00:00"
    hops = as_text(function("hop_starts", at, span("5 min"), span("15 min")))
    assert hops == '{"2019-12-31 23:55:00","2020-01-01 00:00:00","2020-01-01 00:05:00"}'
    assert as_text(function("hop_starts", stamp("2020-01-01 00:05"), span("5 min"), span("10 min"))) == (
        '{"2020-01-01 00:00:00","2020-01-01 00:05:00"}'
    )
    assert as_text(function("tumble_start", at, span("1 mon"))) == "!0A000"


def test_now_is_the_session_s_time_in_its_zone() -> None:
    facts = SessionFacts(now=1_700_000_000_000_000, time_zone="Asia/Tokyo")  # 2023-11-14 22:13:20 UTC
    now = Lit(1_700_000_000_000_000, TIMESTAMPTZ)
    assert evaluate(cast(now, "date"), facts) == 19676
    age = Call("temporal.age_today", (now, value("2023-11-14", "timestamp")), INTERVAL)
    assert evaluate(age, facts) == (0, 1, 0)
    assert evaluate(cast(text("today"), "date"), facts) == 19676
    assert evaluate(cast(text("now"), "timestamptz"), facts) == 1_700_000_000_000_000
    assert evaluate(cast(now, "timestamp"), facts) == 1_700_000_000_000_000 + 9 * 3_600_000_000


def test_what_set_time_zone_stores() -> None:
    stored = {"-8": "<-08>+08", "5.5": "<+05:30>-05:30", "europe/vienna": "Europe/Vienna", "no/where": None}
    assert {given: zone_setting(given) for given in stored} == stored
    facts = SessionFacts(time_zone="<-08>+08")
    assert evaluate(cast(Lit(0, TIMESTAMPTZ), "text"), facts) == "1969-12-31 16:00:00-08"


def test_time_past_what_64_bits_of_microseconds_hold_is_an_error() -> None:
    late = Lit(2**63 - 2, TIMESTAMP)
    assert as_text(operator("+", late, value("1 hour", "interval"))) == "!22008"
    assert as_text(operator("+", Lit(0, DATE), int4(2**31 - 1))) == "!22008"

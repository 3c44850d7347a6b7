"""Text input and output of every type, and casts that go through text or jsonb, equal PostgreSQL's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sabot.kernels.expr.program import evaluate
from sabot.kernels.types import INT4, TEXT, list_of, map_of, scalar, struct_of
from sabot.planner.functions.cast import build_cast, cast_info, interval_with_fields

from .oracle import FACTS, Case, as_text, cast, check_grid, quote, text, value, words

INPUTS: dict[str, list[str]] = {
    "timestamp": [
        "2020-01-02",
        "2020-01-02 03:04",
        "2020-01-02 03:04:05.123456789",
        "2020-01-02T03:04:05Z",
        "2020-01-02 03:04:05+02",
        "January 8, 1999",
        "Jan 8 1999",
        "8 Jan 1999",
        "1999-Jan-08",
        "Jan-08-1999",
        "08-Jan-1999",
        "99-Jan-08",
        "08-Jan-99",
        "Jan-08-99",
        "1/8/1999",
        "1/18/1999",
        "18/1/1999",
        "01/02/03",
        "19990108",
        "990108",
        "1999.008",
        "J2451187",
        "January 8, 99 BC",
        "2000-01-01 04:05 AM",
        "2000-01-01 04:05 PM",
        "2000-01-01 13:05 PM",
        "2000-01-01 040506",
        "20000101T040506",
        "20000101 040506",
        "20000101T040506.789",
        "epoch",
        "infinity",
        "-infinity",
        "",
        "foo",
        "2020-13-01",
        "2020-02-30",
        "2020-01-01 25:00",
        "2020-01-01 24:00:00",
        "2020-01-01 23:59:60",
        "2020-01-01 00:60",
        "2020-1-1",
        "20-1-1",
        "2020-01-01 12:00 foo",
        " 2020-01-01 ",
        "Sat Jan 01 2000 10:00",
        "2000-01-01 10:00:00 BC",
        "2020-01-01 10:00:00 America/New_York",
        "10000-01-01",
        "2020-01-01 1:2:3",
        "2020-01-01 10:00:00.",
        "2020-01-01 10",
        "12:00",
        "2020-06-01 allballs",
        "2020-01",
        "May 2020",
        "2020",
        "2020-01-01 00:00:00.9999999",
        "1999-01-08 04:05:06 -8:00",
        "Wed Dec 17 07:37:16 1997 PST",
        "12/17/1997 07:37:16.00 PST",
        "2020-01-01, 10:00",
        "2020/01/02",
        "2020.01.02",
        "2020-01-02t03:04:05",
        "0000-01-01",
        "0001-01-01",
        "4714-11-24 BC",
        "4714-11-23 BC",
        "1999-01-08 12:00 AM",
        "1999-01-08 12:30 am",
        "1999-01-08 0:30 pm",
        "2000-01-01 04:05:06.789 PM",
        "2024-W01-1",
        "2020-01-01 10:00:00 -0500",
        "2020-01-01 10:00+25",
    ],
    "date": [
        "2020-01-02",
        "2020-01-02 10:00",
        "Jan 5 2020",
        "infinity",
        "20200102",
        "2020-02-30",
        "x",
        "1/2/2020",
        "44-03-15 BC",
        "5874898-01-01",
        "2020-01-02 BC",
        "J0",
        "epoch",
        "1999-008",
        "2001-02-29",
    ],
    "time": [
        "10:00",
        "10:00:00.5",
        "24:00",
        "24:01",
        "10:00 PM",
        "040506",
        "0405",
        "2020-01-01 10:00",
        "10",
        "x",
        "10:60",
        "allballs",
        "10:00:00+02",
        "T10:00",
        "23:59:59.9999999",
        "1:2:3",
    ],
    "interval": [
        "1 day",
        "1 day 2 hours",
        "1-2",
        "3 4:05:06",
        "P1Y2M3DT4H5M6S",
        "P0001-02-03T04:05:06",
        "1 year 2 mons ago",
        "@ 1 minute",
        "1.5 days",
        "-1.5 hours",
        "1h30m",
        "1w",
        "2 weeks 3 days",
        "10",
        "10.5",
        "04:05",
        "04:05:06.789",
        "-04:05",
        "1 day -04:05",
        "",
        "foo",
        "1 foo",
        "1 dec",
        "1 cent",
        "1.5 years",
        "1.5 months",
        "0.7 weeks",
        "1 mil",
        "500 ms",
        "1000 us",
        "1.5 ms",
        "P1W",
        "PT",
        "P",
        "PT1.5S",
        "P1Y",
        "1 mon 1 mon",
        "1 y 1 mon 1 d 1 h 1 min 1 s",
        "-1 year",
        "+1 day",
        "1 day ago",
        "1 2:03",
        "1 2",
        "-1-2",
        "P-1Y-2M",
        "PT-5M",
        "1.25 days 3 hours",
        "178956970 years",
        "178956971 years",
        "5 seconds 5 seconds",
        "1 year 1",
        "1 millennium",
        "0.000001 s",
        "0.0000001 s",
        "1e3 s",
        "1:2:3:4",
        "4:60",
        "04:05:06 ago",
        "-1 +2:03",
        "3 days 4:05:06.7 ago",
        "1 qtr",
        "1.1 mon",
    ],
    "bool": [
        "t",
        "true",
        "TRUE",
        "tr",
        "y",
        "yes",
        "on",
        "1",
        "f",
        "false",
        "n",
        "no",
        "off",
        "of",
        "0",
        "o",
        "",
        "2",
        " true ",
        "ja",
    ],
    "int4": [
        "1",
        " 12 ",
        "-5",
        "+7",
        "2147483648",
        "1.5",
        "",
        "abc",
        "1e3",
        "--1",
        "0x10",
        "-2147483648",
        "+-1",
        "99999999999999999999",
    ],
    "int8": ["9223372036854775807", "9223372036854775808", "-9223372036854775808"],
    "int2": ["32768", "-32768", "1"],
    "float8": [
        "1",
        "1.5e10",
        ".5",
        "5.",
        "inf",
        "-Infinity",
        "nan",
        "NaN",
        "-nan",
        "1e400",
        "1e-400",
        "abc",
        "",
        "1_000",
        " 1 ",
        "1e",
        "+inf",
        "1e308",
        "4.9e-324",
        "708094329012125950813955900599971794",
        "1d",
    ],
    "float4": ["1e39", "1e-50", "3.4e38", "16777217", "1e10", "0.1"],
    "numeric": [
        "1",
        "1.50",
        "-.5",
        "1e5",
        "1.5e-3",
        "nan",
        "inf",
        "abc",
        "",
        "1e",
        "1.2.3",
        " 7 ",
        "1e131071",
        "1e-16383",
        "1e200000",
        "0.00",
        "-0.0",
        "+1",
        "1_0",
        "000123.4500",
    ],
    "uuid": [
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
        "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
        "a0eebc999c0b4ef8bb6d6bb9bd380a11",
        "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
        "x",
        "a0eebc999c0b4ef8bb6d6bb9bd380a1",
    ],
    "bytea": ["\\xDEADbeef", "\\x", "abc", "\\\\", "\\001\\377", "\\x1", "\\xzz", "\\9", "\\x de ad"],
    "jsonb": [
        '{"b":1,"a":2}',
        "[1, 2,3]",
        '"x\\u0041\\n"',
        "1.50",
        "1e2",
        "-0",
        "null",
        "true",
        '{"aa":1,"b":{"z":1,"y":2},"b":3}',
        "",
        "{",
        "[1,]",
        '{"a":}',
        "nul",
        '"\\u0000"',
        '"\\ud83d\\ude00"',
        '"\\ud83d"',
        "01",
        "1.",
        "-",
        '"a\tb"',
        " [ ] ",
        "{}",
        "[1 2]",
        '{"a" : [true , false]}',
        '"\\/"',
        "1E+3",
        "0.10e1",
        '{"a":1} x',
        '"é\\u00e9"',
        "[[[]]]",
        "truefalse",
        "-1.5e-3",
    ],
    "json": ['{"b":1,  "a":2}', "[1,]", '"\\u0000"'],
    "int4[]": [
        "{1,2,3}",
        "{}",
        "{1,NULL,3}",
        " { 1 , 2 } ",
        "{1,2",
        "1,2",
        "{a}",
        "{1,,2}",
        '{"1",2}',
        "{1}x",
    ],
    "text[]": [
        "{a,b}",
        '{"a b","c\\"d",NULL,"NULL",null}',
        "{a b , c}",
        '{"",x}',
        "{a\\,b}",
        "{,}",
        '{"a","b" }',
        '{a"b}',
        "{'x y'}",
        "{ü}",
    ],
    "bool[]": ["{t,f,true}"],
    "timestamp[]": ['{"2020-01-01 00:00:00",2021-01-01}'],
    "numeric[]": ["{1.50,2}"],
    "float8[]": ["{1e20,0.1}"],
    "oid": ["1", "-1", "4294967295", "4294967296"],
}


@pytest.mark.parametrize("type_name", [*INPUTS, "timestamptz"])
def test_input_and_output(type_name: str) -> None:
    texts = INPUTS.get(type_name, INPUTS["timestamp"])
    name = type_name.replace("[]", "_array")
    check_grid(f"input_{name}", ((f"{quote(s)}::{type_name}", value(s, type_name)) for s in texts))


def test_typmods() -> None:
    def grid() -> Iterator[Case]:
        for s in words("1.2345 99.995 -99.99 100 NaN inf 0.001 1e10 99.994"):
            yield f"{quote(s)}::numeric(4,2)", value(s, "numeric(4,2)")
        for s in ("abc", "abcdef", "äöüß", "ab   ", ""):
            yield f"{quote(s)}::varchar(3)", value(s, "varchar(3)")
            yield f"{quote(s)}::char(4)", value(s, "bpchar(4)")
        for s in ("2020-01-01 10:00:00.123456", "1999-12-31 23:59:59.9999996", "infinity"):
            for p in (0, 2, 3, 6):
                yield f"{quote(s)}::timestamp({p})", value(s, f"timestamp({p})")
        yield "'{1.567,2}'::numeric(5,1)[]", value("{1.567,2}", "numeric(5,1)[]")

    check_grid("typmods", grid())


def test_assignment_refuses_what_an_explicit_cast_cuts() -> None:
    target = scalar("varchar", 3)
    long, blanks = build_cast(text("abcd"), target, False), build_cast(text("abc  "), target, False)
    assert long is not None and as_text(long) == "!22001"
    assert blanks is not None and as_text(blanks) == "abc"


def test_casts_of_jsonb_and_arrays() -> None:
    def grid() -> Iterator[Case]:
        for s in ("1", "1.5", '"1"', "true", "null", "[1]", "{}", "1e30"):
            for b in words("int4 numeric float8 bool int2 text"):
                yield f"{quote(s)}::jsonb::{b}", cast(value(s, "jsonb"), b)
        yield "'{1,NULL,2}'::int4[]::numeric[]", cast(value("{1,NULL,2}", "int4[]"), "numeric[]")
        yield "'{1.5,2}'::numeric[]::int4[]", cast(value("{1.5,2}", "numeric[]"), "int4[]")
        yield "'{a,1}'::text[]::int4[]", cast(value("{a,1}", "text[]"), "int4[]")

    check_grid("nested_casts", grid())


def test_contexts_of_casts() -> None:
    contexts = {
        ("int4", "int8"): "i",
        ("int8", "int4"): "a",
        ("numeric", "float8"): "i",
        ("float8", "numeric"): "a",
        ("timestamp", "timestamptz"): "i",
        ("timestamptz", "date"): "a",
        ("int4", "bool"): "e",
        ("text", "int4"): "e",
        ("int4", "text"): "a",
        ("jsonb", "int4"): "e",
    }
    for (a, b), context in contexts.items():
        info = cast_info(scalar(a), scalar(b))
        assert info is not None and info.context == context, (a, b)
    assert cast_info(scalar("date"), scalar("int4")) is None
    assert cast_info(scalar("bool"), scalar("int8")) is None


def test_structs_are_read_written_and_cast_field_by_field() -> None:
    pair = struct_of(("a", INT4), ("b", TEXT))
    made = build_cast(text('(7,"x, ""y""")'), pair)
    assert made is not None
    assert evaluate(made, FACTS) == (7, 'x, "y"')
    assert as_text(made) == '(7,"x, ""y""")'
    wider = build_cast(made, struct_of(("c", scalar("int8")), ("d", scalar("varchar", 1))))
    assert wider is not None
    assert evaluate(wider, FACTS) == (7, "x")
    array = build_cast(text('{"(1,a)","(2,)"}'), list_of(pair))
    assert array is not None
    assert evaluate(array, FACTS) == [(1, "a"), (2, None)]


def test_maps_are_written_with_colons() -> None:
    made = build_cast(text('{"(a,1)","(b,)"}'), list_of(struct_of(("key", TEXT), ("value", INT4))))
    assert made is not None
    info = cast_info(map_of(TEXT, INT4), TEXT)
    assert info is not None and info.kernel == "cast.map_to_text"


def test_intervals_with_field_qualifiers() -> None:
    cases: list[tuple[str, str, str | None]] = [
        ("1:30", "minute", "second"),
        ("1:30", "hour", "minute"),
        ("1:30", "second", None),
        ("1 day 02:03:04", "hour", None),
        ("14 mons 3 days", "year", None),
        ("14 mons 3 days", "month", None),
        ("1 2", "day", "hour"),
        ("1 2:03", "day", "minute"),
        ("1.5", "minute", None),
        ("10", "day", "second"),
        ("5", "month", None),
        ("7", "year", None),
        ("3 days 10", "hour", None),
        ("1:2.5", "minute", "second"),
        ("2:03:04", "minute", "second"),
    ]

    def grid() -> Iterator[Case]:
        for s, first, last in cases:
            fields = first if last is None else f"{first} to {last}"
            yield f"interval {quote(s)} {fields}", interval_with_fields(text(s), first, last)

    check_grid("interval_fields", grid())

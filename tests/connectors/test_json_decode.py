"""JSON messages into columns: exact values, one error per bad message, the others unaffected."""

import json
import time

import pytest
from sabot.kernels.expr.program import Program, SessionFacts
from sabot.kernels.expr.spec import Col
from sabot.kernels.json_decode import JsonDecoder
from sabot.kernels.types import (
    BOOL,
    BYTEA,
    DATE,
    FLOAT4,
    FLOAT8,
    INT2,
    INT4,
    INT8,
    INTERVAL,
    JSON,
    JSONB,
    NUMERIC,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    UUID,
    SqlType,
    list_of,
    map_of,
    scalar,
    struct_of,
)
from sabot.planner.functions.cast import build_cast


def one(sql_type: SqlType, document: str) -> object:
    rows, _, errors = JsonDecoder(["c"], [sql_type]).decode([b'{"c": ' + document.encode() + b"}"])
    if errors is not None:
        assert rows.num_rows == 0
        (_, sqlstate, message) = errors.to_rows()[0]
        return (sqlstate, message)
    return rows.to_rows()[0][0]


@pytest.mark.parametrize(
    ("sql_type", "document", "value"),
    [
        (BOOL, "true", True),
        (BOOL, '"off"', False),
        (BOOL, "1", True),
        (INT2, "-32768", -32768),
        (INT4, '"12"', 12),
        (INT8, "9223372036854775807", 2**63 - 1),
        (FLOAT4, "0.5", 0.5),
        (FLOAT8, "1e300", 1e300),
        (FLOAT8, '"NaN"', None),
        (NUMERIC, "123456789012345678901234567890.10", "123456789012345678901234567890.10"),
        (NUMERIC, '"1.50"', "1.50"),
        (NUMERIC, "1e3", "1000"),
        (scalar("numeric", 6, 2), "1.005", "1.01"),
        (TEXT, '"plain"', "plain"),
        (TEXT, r'"a\"\\\/\n\u00e9\ud83d\ude00"', 'a"\\/\né😀'),
        (TEXT, "12.50", "12.50"),
        (TEXT, '{"a": [1]}', '{"a": [1]}'),
        (scalar("varchar", 3), '"äöü"', "äöü"),
        (scalar("varchar", 3), '"äöü  "', "äöü"),
        (scalar("bpchar", 3), '"ä"', "ä  "),
        (scalar("bpchar", 3), '"äöü "', "äöü"),
        (BYTEA, r'"\\x00ff"', b"\x00\xff"),
        (DATE, '"1970-01-03"', 2),
        (TIME, '"00:00:01"', 1_000_000),
        (TIMESTAMP, '"1970-01-01T00:00:01.5"', 1_500_000),
        (TIMESTAMPTZ, '"1970-01-01 01:00:00+01"', 0),
        (INTERVAL, '"1 day"', (0, 1, 0)),
        (UUID, '"00000000-0000-0000-0000-0000000000ff"', bytes(15) + b"\xff"),
        (JSONB, '{"b":1, "a":[true,null]}', '{"a": [true, null], "b": 1}'),
        (JSON, ' {"b":1}', '{"b":1}'),
        (JSON, '"x"', '"x"'),
        (list_of(INT4), "[1, null, 3]", [1, None, 3]),
        (list_of(INT4), '"{1,2}"', [1, 2]),
        (list_of(list_of(TEXT)), '[["a"], [], null]', [["a"], [], None]),
        (struct_of(("a", INT4), ("b", TEXT)), '{"b": "x", "z": 1}', (None, "x")),
        (list_of(struct_of(("a", INT4))), '[{"a": 1}, {}]', [(1,), (None,)]),
        (map_of(TEXT, INT8), '{"k": 1, "l": null}', [("k", 1), ("l", None)]),
        (INT4, "null", None),
        (list_of(INT4), "null", None),
    ],
)
def test_values(sql_type: SqlType, document: str, value: object) -> None:
    got = one(sql_type, document)
    if value is None and sql_type is FLOAT8:
        assert got != got
    else:
        assert got == value


@pytest.mark.parametrize(
    ("sql_type", "document", "sqlstate"),
    [
        (INT2, "40000", "22003"),
        (INT4, "1.5", "22P02"),
        (INT4, "true", "22P02"),
        (INT4, "[1]", "22P02"),
        (FLOAT8, "1e999", "22003"),
        (BOOL, '"maybe"', "22P02"),
        (DATE, '"2024-02-30"', "22008"),
        (scalar("numeric", 4, 2), "123.4", "22003"),
        (scalar("varchar", 3), '"abcd"', "22001"),
        (scalar("bpchar", 3), '"abcd"', "22001"),
        (TEXT, r'"\u0000"', "22P05"),
        (TEXT, r'"\ud800x"', "22P05"),
        (list_of(INT4), "7", "22P02"),
        (list_of(INT4), '[1, "x"]', "22P02"),
        (struct_of(("a", INT4)), '{"a": "x"}', "22P02"),
        (map_of(TEXT, INT4), '{"a": "x"}', "22P02"),
        (INT4, "01", "22P02"),
        (INT4, "+1", "22P02"),
        (INT4, "NaN", "22P02"),
        (TEXT, "'x'", "22P02"),
        (TEXT, '"a\tb"', "22P02"),
        (TEXT, r'"\x"', "22P02"),
    ],
)
def test_bad_values(sql_type: SqlType, document: str, sqlstate: str) -> None:
    got = one(sql_type, document)
    assert isinstance(got, tuple) and got[0] == sqlstate


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"  ",
        b"null",
        b"[]",
        b"1",
        b"{",
        b'{"a"',
        b'{"a":}',
        b'{"a":1,}',
        b'{"a":1}}',
        b'{"a":1} {"a":2}',
        b"{a:1}",
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"x',
        b'{"a":tru}',
        b'{"a":1.}',
        b'{"z":[1,2}',
        b'{"z":' + b"[" * 600 + b"]" * 600 + b"}",
    ],
)
def test_a_bad_message_is_one_error_and_touches_no_other(message: bytes) -> None:
    columns: list[SqlType] = [INT4, list_of(struct_of(("x", INT4), ("y", TEXT))), TEXT]
    good = b'{"a": 1, "b": [{"x": 1, "y": "y"}], "c": "c"}'
    half = b'{"a": 1, "b": [{"x": 1, "y": "y"}, {"x": "bad"}], "c": "c"}'
    rows, kept, errors = JsonDecoder(["a", "b", "c"], columns).decode([good, message, half, good, message, good])
    assert rows.to_rows() == [(1, [(1, "y")], "c")] * 3
    assert kept is not None and kept.column_values(0) == [0, 3, 5]
    assert errors is not None and errors.column_values(0) == [1, 2, 4]
    assert 'column "b": ' in errors.cell(1, 2)


def test_timestamps_as_numbers_are_errors_unless_their_unit_is_said() -> None:
    document = [b'{"c": 1700000000123}']
    for unit, micros in ((1000, 1700000000123000), (1, 1700000000123), (-1, 1700000000123000)):
        rows, _, _ = JsonDecoder(["c"], [TIMESTAMPTZ], unit).decode(document)
        assert rows.to_rows() == [(micros,)]
    rows, _, _ = JsonDecoder(["c"], [TIMESTAMP], -1).decode([b'{"c": 1700000000}', b'{"c": 1700000000000000001}'])
    assert rows.column_values(0) == [1700000000000000, 1700000000000000]
    for unit, text in ((0, b"1700000000123"), (1, b"1.5"), (1_000_000, b"9223372036854775807")):
        _, _, errors = JsonDecoder(["c"], [TIMESTAMPTZ], unit).decode([b'{"c": ' + text + b"}"])
        assert errors is not None


def test_members_missing_repeated_in_any_order_and_case() -> None:
    decoder = JsonDecoder(["a", "userid"], [INT4, TEXT])
    rows, kept, errors = decoder.decode(
        [b"{}", b'{"userid":"x","a":1}', b'{"a":1,"a":2}', b'{"userId":"y"}', rb'{"\u0061":5}']
    )
    assert (kept, errors) == (None, None)
    assert rows.to_rows() == [(None, None), (1, "x"), (2, None), (None, "y"), (5, None)]


def test_lines_of_a_growing_file() -> None:
    decoder = JsonDecoder(["a"], [INT4])
    data = b'{"a":1}\r\n\n{"a":"x"}\n{"a":3}\n{"a":4'
    rows, _, errors, used, passed, numbers = decoder.decode_lines(data, False, 100)
    assert rows.to_rows() == [(1,), (3,)]
    assert (used, passed, numbers.column_values(0)) == (data.rindex(b"\n") + 1, 4, [0, 2, 3])
    assert errors is not None and errors.column_values(0) == [1]
    assert decoder.decode_lines(data, True, 2)[3:5] == (data.index(b'{"a":3}'), 3)
    assert decoder.decode_lines(b"", True, 2)[3:5] == (0, 0)
    assert decoder.decode_lines(b'{"a":4}', True, 2)[0].to_rows() == [(4,)]


def test_small_messages_are_decoded_at_millions_per_second() -> None:
    document = {"id": 123456, "card": "4929-1234", "amount": 12.5, "city": "Berlin", "lat": 52.52, "ok": True}
    messages = [json.dumps({**document, "id": i}).encode() for i in range(50_000)]
    decoder = JsonDecoder(list(document), [INT8, TEXT, FLOAT8, TEXT, FLOAT8, BOOL])
    started = time.process_time()
    rows, _, errors = decoder.decode(messages)
    spent = time.process_time() - started
    assert rows.num_rows == 50_000 and errors is None
    assert 50_000 / spent > 500_000
    print(f"{50_000 / spent / 1e6:.1f} M messages/s")


def test_types_that_are_read_as_text_say_it() -> None:
    names = ["inet", "timetz", "int4range", "tsmultirange"]
    decoder = JsonDecoder(names, [scalar(n) for n in names])
    bits = JsonDecoder(["a", "b"], [scalar("bit", 3), scalar("varbit", 3)])
    rows, _, errors = bits.decode([b'{"a": "101", "b": "1"}', b'{"a": "1"}', b'{"b": "1111"}', b'{"b": "x"}'])
    assert rows.to_rows() == [("101", "1")] and errors is not None
    assert [e[1] for e in errors.to_rows()] == ["22026", "22001", "22P02"]
    rows, _, errors = decoder.decode([
        b'{"inet": "10.0.0.1/8", "timetz": "10:00+02", "int4range": "[1,4]", "tsmultirange": "{[2024-01-01,)}"}',
        b'{"inet": null}',
        b'{"int4range": "[4,1]"}',
    ])  # fmt: skip
    assert rows.num_rows == 2 and errors is not None and [e[1] for e in errors.to_rows()] == ["22000"]
    shown = [build_cast(Col(i, scalar(n)), TEXT) for i, n in enumerate(names)]
    texts, _ = Program(tuple(e for e in shown if e is not None)).run(rows, SessionFacts())
    assert texts.to_rows() == [("10.0.0.1/8", "10:00:00+02", "[1,5)", '{["2024-01-01 00:00:00",)}'), (None,) * 4]

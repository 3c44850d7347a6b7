"""Every kind of value in text and binary form, byte for byte as PostgreSQL 15 sends it (wire_values.txt)."""

import ast
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from sabot.kernels.batch import Batch
from sabot.kernels.errors import SabotError
from sabot.kernels.schema import schema_of
from sabot.kernels.types import ALIASES, INT4, JSONB, NUMERIC, OID, TEXT, list_of, map_of, scalar, struct_of
from sabot.pgwire.backend import row_description, type_modifier
from sabot.pgwire.codecs.decode import CopyDecoder, decode_parameters
from sabot.pgwire.codecs.encode import CopyEncoder, RowEncoder
from sabot.pgwire.copy import check_format
from sabot.pgwire.session_api import CopyFormat, WireSettings

ZONE = "America/New_York"
SETTINGS = WireSettings(time_zone=ZONE)


def sql_type(name):
    return list_of(sql_type(name[:-2])) if name.endswith("[]") else scalar(ALIASES[name])


def known_values():
    lines = Path(__file__).with_name("wire_values.txt").read_text().splitlines()
    for line in lines:
        if not line.startswith("#"):
            name, given, text, binary = ast.literal_eval(line)
            yield name, given, text, bytes.fromhex(binary)


def encode(types, row, formats):
    batch = Batch.from_rows(types, [row]) if isinstance(row, tuple) else row
    data, stop = RowEncoder(types, formats, ZONE).encode(batch, 0, 1)
    assert stop == 1 and data[:1] == b"D" and len(data) == struct.unpack("!i", data[1:5])[0] + 1
    return data[5:]


def one(t, batch, code, cells):
    return cells(encode((t,), batch, (code,)))[0]


@pytest.mark.parametrize(("name", "given", "text", "binary"), list(known_values()))
def test_forms_agree_with_postgres(name, given, text, binary, cells):
    t = sql_type(name)
    from_text = decode_parameters((t,), (), (given.encode(),), SETTINGS)
    assert one(t, from_text, 0, cells) == text.encode()
    assert one(t, from_text, 1, cells) == binary
    from_binary = decode_parameters((t,), (1,), (binary,), SETTINGS)
    assert one(t, from_binary, 0, cells) == text.encode()
    assert one(t, from_binary, 1, cells) == binary
    null = decode_parameters((t,), (), (None,), SETTINGS)
    assert one(t, null, 0, cells) is None and one(t, null, 1, cells) is None


def test_records_maps_and_wide_integers(cells):
    record = struct_of(("a", INT4), ("b", TEXT), ("c", NUMERIC))
    row = ((7, "x,y", None),)
    assert cells(encode((record,), row, (0,))) == [b'(7,"x,y",)']
    body = struct.pack("!iIii", 3, 23, 4, 7) + struct.pack("!Ii", 25, 3) + b"x,y" + struct.pack("!Ii", 1700, -1)
    assert cells(encode((record,), row, (1,))) == [body]
    assert decode_parameters((record,), (1,), (body,), SETTINGS).to_rows() == [row]
    wide = scalar("rw_int256")
    value = (-2).to_bytes(32, "little", signed=True)
    assert cells(encode((wide,), (value,), (0,))) == [b"-2"]
    assert cells(encode((wide,), (value,), (1,))) == [(-2).to_bytes(32, "big", signed=True)]
    assert cells(encode((map_of(TEXT, INT4),), ([("a", 1), ("b", None)],), (0,))) == [b"{a:1,b:NULL}"]


def test_a_ragged_array_has_text_but_no_binary(cells):
    t = list_of(list_of(INT4))
    assert cells(encode((t,), ([[1], [2, 3]],), (0,))) == [b"{{1},{2,3}}"]
    with pytest.raises(SabotError) as error:
        encode((t,), ([[1], [2, 3]],), (1,))
    assert error.value.sqlstate == "0A000"
    assert cells(encode((t,), ([[], []],), (1,))) == [struct.pack("!iiI", 0, 0, 23)]


def test_rows_come_in_bounded_pieces():
    batch = Batch.from_rows((INT4,), [(i,) for i in range(1000)])
    encoder, start, pieces = RowEncoder((INT4,), (0,)), 0, []
    while start < 1000:
        data, start = encoder.encode(batch, start, 500)
        pieces.append(data)
    assert max(map(len, pieces)) < 520
    assert b"".join(pieces) == encoder.encode(batch, 0, 1 << 30)[0]


@pytest.mark.parametrize(
    ("name", "data", "state"),
    [
        ("int4", b"\0\0\0", "08P01"),
        ("int8", b"\0" * 9, "22P03"),
        ("bool", b"", "08P01"),
        ("numeric", struct.pack("!hhHh", 1, 0, 0x1234, 0) + b"\0\1", "22P03"),
        ("numeric", struct.pack("!hhHhh", 1, 0, 0, 0, 10000), "22P03"),
        ("numeric", struct.pack("!hhHh", 5, 0, 0, 0), "08P01"),
        ("text", b"\xc3\x28", "22021"),
        ("text", b"a\0b", "22021"),
        ("text", b"\xed\xa0\x80", "22021"),
        ("jsonb", b"\2{}", "22P03"),
        ("jsonb", b"\1{", "22P02"),
        ("json", b"{", "22P02"),
        ("uuid", b"\0" * 15, "08P01"),
        ("time", struct.pack("!q", 86400000001), "22008"),
        ("timestamp", struct.pack("!q", -(2**62)), "22008"),
        ("date", struct.pack("!i", 2**31 - 2), "22008"),
        ("int4[]", struct.pack("!iiIii", 1, 0, 25, 0, 1), "42804"),
        ("int4[]", struct.pack("!iiIii", 1, 0, 23, 2**31 - 1, 1), "08P01"),
        ("int4[]", struct.pack("!iii", 7, 0, 23), "22P03"),
        ("int4[]", struct.pack("!iiIiiii", 2, 0, 23, 0, 1, 0, 1), "0A000"),
    ],
)
def test_bad_binary_parameters(name, data, state):
    with pytest.raises(SabotError) as error:
        decode_parameters((sql_type(name),), (1,), (data,), SETTINGS)
    assert error.value.sqlstate == state and error.value.detail == "parameter $1"


def test_result_columns_carry_type_modifiers():
    cases = [
        (scalar("varchar", 10), 14), (scalar("bpchar", 3), 7), (scalar("numeric", 10, 2), 655366),
        (scalar("numeric", 5), 327684), (scalar("timestamp", 3), 3), (scalar("time", 0), 0),
        (scalar("interval", 3), 2147418115), (list_of(scalar("varchar", 5)), 9), (INT4, -1), (JSONB, -1),
    ]  # fmt: skip
    for t, modifier in cases:
        assert type_modifier(t) == modifier, t
    body = row_description(schema_of(("n", scalar("numeric", 10, 2)), ("a", list_of(INT4))), (1, 0))
    assert body.endswith(struct.pack("!ihIhih", 0, 0, 1007, -1, -1, 0))


# COPY

PAIR = schema_of(("a", INT4), ("b", TEXT))
CSV = CopyFormat("csv", ",", "")
ROWS = [
    (1, "plain"),
    (None, None),
    (3, ""),
    (4, 'quo"te, and\nline\\'),
    (5, "tab\there"),
    (6, "\\N"),
    (7, "Grüße"),
]
LINES = b'1\tplain\n\\N\t\\N\n3\t\n4\tquo"te, and\\nline\\\\\n5\ttab\\there\n6\t\\\\N\n7\tGr\xc3\xbc\xc3\x9fe\n'


def copied_out(form, rows=ROWS, columns=PAIR):
    data, _ = CopyEncoder(columns.types, form).encode(Batch.from_rows(columns.types, rows), 0, 1 << 20)
    out, at = [], 0
    while at < len(data):
        (size,) = struct.unpack_from("!i", data, at + 1)
        out.append(data[at + 5 : at + 1 + size])
        at += 1 + size
    return out


def copied_in(form, *pieces, columns=PAIR):
    decoder = CopyDecoder(columns, form, SETTINGS)
    for piece in pieces:
        decoder.feed(piece)
    decoder.finish()
    return decoder.take().to_rows()


def test_copy_text_is_postgres_text():
    assert b"".join(copied_out(CopyFormat())) == LINES
    assert len(copied_out(CopyFormat())) == len(ROWS)  # a message per row


@pytest.mark.parametrize("form", [CopyFormat(), CSV, replace(CSV, escape="\\"), replace(CSV, delimiter=";", quote="'")])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_copy_reads_what_it_writes(form, size):
    data = b"".join(copied_out(form))
    assert copied_in(form, *(data[i : i + size] for i in range(0, len(data), size))) == ROWS


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_copy_binary(size):
    data = b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"".join(copied_out(CopyFormat("binary"))) + b"\xff\xff"
    assert copied_in(CopyFormat("binary"), *(data[i : i + size] for i in range(0, len(data), size))) == ROWS


def test_copy_text_escapes_and_endings():
    assert copied_in(CopyFormat(), b"1\ta\\x41\\101\\q\r\n2\tx\\\ny\n\\.\nignored") == [
        (1, "aAAq"),
        (2, "x\ny"),
    ]
    assert copied_in(CopyFormat(), b"1\tno newline at the end") == [(1, "no newline at the end")]
    assert copied_in(replace(CSV, header=True), b'a,b\n1,"x"\n2,""\n3,\n') == [(1, "x"), (2, ""), (3, None)]
    assert copied_in(CSV, b'1,a"b,c"d\r\n2,"l1\nl2"\n') == [(1, "ab,cd"), (2, "l1\nl2")]


@pytest.mark.parametrize(
    ("form", "data", "state", "where"),
    [
        (CopyFormat(), b"1\tx\n2\n", "22P04", "line 2"),
        (CopyFormat(), b"1\tx\ty\n", "22P04", "line 1"),
        (CopyFormat(), b"1\tx\nz\tx\n", "22P02", "line 2, column a"),
        (CopyFormat(), b"1\t\xff\n", "22021", "line 1"),
        (CSV, b'1,"x\n', "22P04", "line 0"),
        (CopyFormat("binary"), b"no signature", "22P04", "line 0"),
        (CopyFormat("binary"), b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"\0\7", "22P04", "line 0"),
    ],
)
def test_bad_copy_input(form, data, state, where):
    with pytest.raises(SabotError) as error:
        copied_in(form, data)
    assert error.value.sqlstate == state and error.value.detail.endswith(where)


@pytest.mark.parametrize(
    ("form", "state"),
    [
        (CopyFormat(delimiter="é"), "0A000"),
        (CopyFormat(delimiter="a"), "22023"),
        (CopyFormat(null="\t"), "22023"),
        (replace(CSV, quote="''"), "0A000"),
        (replace(CSV, quote=","), "22023"),
    ],
)
def test_copy_formats_that_make_no_sense(form, state):
    check_format(CSV)
    with pytest.raises(SabotError) as error:
        check_format(form)
    assert error.value.sqlstate == state


def test_object_types_travel_as_oids_in_binary(cells):
    assert cells(encode((OID,), (4294967295,), (1,))) == [b"\xff\xff\xff\xff"]

"""Text, regular expressions, json, arrays, bytea and formatting; the expected values are PostgreSQL 15's."""

from decimal import Decimal

import pytest
from sabot.kernels import types as t
from sabot.kernels.errors import RowError

from tests.kernels.functions import call, operate

TEXTS, INTS, J = t.list_of(t.TEXT), t.list_of(t.INT4), t.JSONB

CALLS = [
    ("lower", ("ÉÀ Ж",), "éà ж"), ("initcap", ("hello wORLD",), "Hello World"), ("length", ("日本",), 2),
    ("substr", ("hello", -1, 4), "he"), ("left", ("hello", -2), "hel"), ("right", ("hello", -2), "llo"),
    ("strpos", ("日本語", "語"), 3), ("translate", ("12345", "143", "ax"), "a2x5"), ("lpad", ("hi", 5, "xy"), "xyxhi"),
    ("split_part", ("a,b,c", ",", -1), "c"), ("overlay", ("Txxxxas", "hom", 2, 4), "Thomas"),
    ("concat", ("a", None, 1, True), "a1t"), ("concat_ws", (",", "a", None, "b"), "a,b"),
    ("format", ("%2$s %1$I %L", "a b", "c"), 'c "a b" \'c\''), ("quote_ident", ("select",), '"select"'),
    ("to_hex", (-1,), "ffffffff"), ("unistr", ("\\0041\\+01F600",), "A😀"),
    ("regexp_match", ("foobarbequebaz", "(bar)(beque)"), ["bar", "beque"]),
    ("regexp_match", ("abcd", "(a|ab)(c|bcd)(d*)"), ["ab", "c", "d"]),
    ("substring", ("foobar", "o|oo"), "oo"), ("substring", ("XY1234Z", "Y*?([0-9]{1,3})"), "1"),
    ("regexp_replace", ("foobarbaz", "b(..)", "X\\1Y", "g"), "fooXarYXazY"),
    ("regexp_count", ("ABCABCAXYaxy", "A."), 3), ("regexp_instr", ("abcabc", "b", 3), 5),
    ("regexp_split_to_array", ("the quick fox", "\\s+"), ["the", "quick", "fox"]),
    ("similar_to_escape", ("a%_(b|c)",), "^(?:a.*.(?:b|c))$"),
    ("md5", ("abc",), "900150983cd24fb0d6963f7d28e17f72"), ("crc32", (b"hello",), 907060870),
    ("encode", (b"\x00\xff", "escape"), "\\000\\377"), ("decode", ("YWJj", "base64"), b"abc"),
    ("to_char", ((1709212245000000, t.TIMESTAMP), "FMDay, DDth Mon YYYY HH12:MI AM"), "Thursday, 29th Feb 2024 01:10 PM"),
    ("to_char", (Decimal("-1234.5"), "9,999.99PR"), "<1,234.50>"), ("to_date", ("29/02/24", "DD/MM/YY"), 19782),
    ("to_number", ("12,454.8-", "99G999D9S"), Decimal("-12454.8")),
    ("jsonb_set", (('{"a": [1, 2]}', J), (["a", "-1"], TEXTS), ("9", J)), '{"a": [1, 9]}'),
    ("jsonb_build_object", ("bb", 1, "a", None), '{"a": null, "bb": 1}'),
    ("jsonb_strip_nulls", (('{"a": null, "b": [null]}', J),), '{"b": [null]}'),
    ("to_jsonb", (([1, None], INTS),), "[1, null]"),
    ("array_position", (([1, None], INTS), (None, t.INT4)), 2), ("array_dims", (([[1, 2]], t.list_of(INTS)),), "[1:1][1:2]"),
    ("string_to_array", ("a,,b", ",", ""), ["a", None, "b"]), ("array_to_string", (([1, None], INTS), ",", "*"), "1,*"),
    ("map_from_key_values", ((["b", "a"], TEXTS), ([1, 2], INTS)), [("a", 2), ("b", 1)]),
]  # fmt: skip


def _values(args):
    return tuple((a, t.NUMERIC) if isinstance(a, Decimal) else a for a in args)


@pytest.mark.parametrize("name, args, expected", CALLS, ids=[f"{n}{a}"[:60] for n, a, _ in CALLS])
def test_functions(name, args, expected):
    found = call(name, *_values(args))
    assert (Decimal(found) if isinstance(expected, Decimal) else found) == expected


OPERATORS = [
    ("abc", "~~", "a_c", True), ("a%c", "~~", "a\\%c", True), ("ÀB", "~~*", "à_", True), ("abc", "~", "^(b|c)", False),
    ("ABC", "~*", "b", True), (('{"a": {"b": 1}}', J), "->", "a", '{"b": 1}'), (("[1, 2]", J), "->>", -1, "2"),
    (('{"a": 1}', J), "->", "x", None), (('{"a": [1, 2]}', J), "@>", ('{"a": [2.0]}', J), True),
    (('{"a": 1}', J), "||", ('{"b": 2}', J), '{"a": 1, "b": 2}'), (([1], INTS), "||", ([2], INTS), [1, 2]),
    (([1, 2], INTS), "@>", ([2, 2], INTS), True), (([1], INTS), "&&", ([None], INTS), False),
]  # fmt: skip


@pytest.mark.parametrize("left, symbol, right, expected", OPERATORS)
def test_operators(left, symbol, right, expected):
    assert operate(symbol, left, right) == expected


ERRORS = [
    ("chr", (0,), "54000"), ("substr", ("a", 1, -1), "22011"), ("split_part", ("a", ",", 0), "22023"),
    ("regexp_match", ("a", "("), "2201B"), ("regexp_match", ("a", "a", "g"), "22023"), ("decode", ("zz", "hex"), "22023"),
    ("convert_from", (b"\xff", "UTF8"), "22021"), ("to_date", ("2023-02-29", "YYYY-MM-DD"), "22008"),
    ("jsonb_array_length", (("{}", J),), "22023"), ("trim_array", (([1], INTS), 2), "2202E"),
]  # fmt: skip


@pytest.mark.parametrize("name, args, sqlstate", ERRORS)
def test_bad_values_are_row_errors_with_postgres_codes(name, args, sqlstate):
    with pytest.raises(RowError) as caught:
        call(name, *args)
    assert caught.value.sqlstate == sqlstate


def test_nested_quantifiers_do_not_explode():
    assert operate("~", "a" * 5000, "(a*)*b") is False
    assert call("regexp_match", "a" * 2000 + "!", "^(a+)+$") is None

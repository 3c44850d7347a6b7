"""Argument values: by type, and by function where a type's values would say nothing (patterns, encodings, fields)."""

from __future__ import annotations

# Text forms of values; None is NULL. The first is an ordinary value, for pairs of types.
VALUES: dict[str, tuple[str | None, ...]] = {
    "bool": ("true", "false", None),
    "int2": ("3", "0", "-7", "32767", "-32768", None),
    "int4": ("2", "0", "-5", "17", "2147483647", "-2147483648", None),
    "int8": ("4", "0", "-11", "123456789012", "9223372036854775807", "-9223372036854775808", None),
    "float4": ("1.5", "0", "-2.25", "3.4e38", "NaN", "Infinity", None),
    "float8": ("0.5", "0", "-1", "2.5", "-123.456", "1e300", "NaN", "-Infinity", None),
    "numeric": ("2.50", "0", "-1.005", "123456789.987654321", "0.5", "NaN", "Infinity", "1e20", None),
    "text": ("abc", "", "Hello, Wörld", "12", "a,b,c", "  x  ", None),
    "varchar": ("abc", "", "Quick b", None),
    "bpchar": ("ab ", "", "Xy", None),
    "name": ("tab", "", None),
    "bytea": ("\\x0102ff", "\\x", "\\x68656c6c6f", None),
    "date": ("2024-02-29", "1999-12-31", "0044-03-15 BC", "infinity", None),
    "time": ("12:34:56.789", "00:00:00", "24:00:00", None),
    "timestamp": ("2024-02-29 12:34:56.789012", "1999-12-31 23:59:59", "infinity", "0001-01-01 00:00:00", None),
    "timestamptz": ("2024-07-01 12:34:56.5+00", "2024-10-27 00:30:00+00", "-infinity", None),
    "interval": ("1 year 2 mons 3 days 04:05:06.7", "-1 mon 35 days", "00:00:00", "-27:00:00", None),
    "uuid": ("11111111-2222-4333-8444-555555555555", "00000000-0000-0000-0000-000000000000", None),
    "json": ('{"b": 1, "a": [1, 2, {"c": null}]}', "[1, 2, 3]", '"x"', "null", None),
    "jsonb": ('{"b": 1, "a": [1, 2, {"c": null}]}', "[1, 2, 3]", '"x"', "null", "12.50", None),
    "jsonpath": ("$.a", "$.a[*]", "$.a[*] ? (@ > 1)", "strict $.x", None),
    "oid": ("25", "0", None),
    "regclass": ("pg_class", None),
    "regtype": ("integer", None),
    "bit": ("101", "0", None),
    "varbit": ("1011", "", None),
    "_int4": ("{1,2,3}", "{}", "{3,NULL,3}", None),
    "_int8": ("{4,5}", None),
    "_text": ("{a,b}", "{}", "{a,NULL,c}", None),
    "_float8": ("{1.5,2}", None),
    "_numeric": ("{1.5,2}", None),
    "_bool": ("{t,f}", None),
    "_date": ("{2024-01-01}", None),
    "_timestamp": ('{"2024-01-01 10:00:00"}', None),
    "_timestamptz": ('{"2024-01-01 10:00:00+00"}', None),
    "_name": ("{a}", None),
    "_uuid": ("{}", None),
    "_jsonb": ('{"{\\"a\\": 1}"}', None),
    "_interval": ("{1 day}", None),
    "record": (None,),
}
POLYMORPHIC: dict[str, tuple[str, ...]] = {
    "any": ("int4", "text", "timestamptz", "_text"),
    "anyelement": ("int4", "text"),
    "anyarray": ("_int4", "_text"),
    "anynonarray": ("int4", "text"),
    "anycompatible": ("int4", "text"),
    "anycompatiblearray": ("_int4", "_text"),
    "anycompatiblenonarray": ("int4", "text"),
}
# Types for the matrices of casts and operators.
TYPES = (
    "bool", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "bpchar", "name", "bytea", "date", "time",
    "timestamp", "timestamptz", "interval", "uuid", "json", "jsonb", "oid", "_int4", "_text", "_float8", "_date",
)  # fmt: skip

_FIELDS = (
    "year", "month", "day", "hour", "minute", "second", "millisecond", "microsecond", "decade", "century", "millennium",
    "quarter", "week", "dow", "doy", "isodow", "isoyear", "julian", "epoch", "timezone", "timezone_hour", "timezone_minute",
    "milliseconds", "nonsense",
)  # fmt: skip
_NUMBER_PATTERNS = (
    "999", "9,999.99", "FM999.99", "0000", "S999", "999S", "MI999", "999PR", "L999", "9.99EEEE", "RN", "FMRN", "999th", "999V99",
    "FM0009", "SG999", "PL99", "9G999D99", '"x"99', "B999", "99.9TH",
)  # fmt: skip
_TIME_PATTERNS = (
    "YYYY-MM-DD HH24:MI:SS.MS", "Day, DD Month YYYY", "FMDay FMDD FMMonth", "HH12:MI AM", "Dy Mon DD", "DDD J Q WW IW IYYY ID IDDD",
    "CC BC Y,YYY", "US FF1 FF3 FF6", "SSSS SSSSS", "TZ OF TZH:TZM", "RM rm", 'DDth "quoted" MI', "tz a.m.", "FX Y YY YYY I", "DAY DY MON MONTH d D W",
)  # fmt: skip

# Statements' argument lists by function: SQL text as it stands between the parentheses.
CALLS: dict[str, tuple[str, ...]] = {
    "to_char": (
        *(f"{x}::{t}, '{p}'" for p in _NUMBER_PATTERNS for t in ("int4", "numeric") for x in ("0", "-12", "485")),
        *(f"{x}::{t}, '{p}'" for p in _NUMBER_PATTERNS for t in ("float8", "numeric") for x in ("3.14159", "-0.45", "12345.678", "'NaN'")),
        *(f"timestamp '{x}', '{p}'" for p in _TIME_PATTERNS for x in ("2024-02-29 15:04:05.678901", "0044-03-15 00:09:07 BC")),
        *(f"timestamptz '2024-07-01 15:04:05.678901+00', '{p}'" for p in _TIME_PATTERNS),
        *(f"interval '{x}', '{p}'" for p in _TIME_PATTERNS for x in ("1 year 2 mons 3 days 04:05:06.7", "-27:30:00")),
        "timestamp 'infinity', 'YYYY'", "date '2024-02-29', 'TMDay'", "1::int8, NULL", "-5, '999MI'", "1234.5, 'FM9G999D9'",
    ),
    "to_date": tuple(
        f"'{x}', '{p}'" for x, p in (
            ("2024-02-29", "YYYY-MM-DD"), ("05 Dec 2000", "DD Mon YYYY"), ("20240229", "YYYYMMDD"), ("2024 60", "YYYY DDD"),
            ("2024-13-01", "YYYY-MM-DD"), ("2023-02-29", "YYYY-MM-DD"), ("24-1-2", "YY-MM-DD"), ("2024-W09-4", 'IYYY-"W"IW-ID'),
            ("March 4, 1999", "FMMonth DD, YYYY"), ("abc", "YYYY"), ("44-03-15 BC", "YYYY-MM-DD BC"), ("", "YYYY"), ("2451187", "J"),
            ("1,999", "Y,YYY"), ("20 12", "CC YY"), ("2024/02/29", "YYYY-MM-DD"), ("  2024  2", "YYYY MM"), ("XII 2020", "RM YYYY"),
        )
    ),
    "to_timestamp": (
        *(f"'{x}', '{p}'" for x, p in (
            ("2024-02-29 15:04:05.678", "YYYY-MM-DD HH24:MI:SS.MS"), ("2024-02-29 03:04 PM", "YYYY-MM-DD HH12:MI PM"),
            ("2024-02-29 25:00", "YYYY-MM-DD HH24:MI"), ("12:30 a.m.", "HH:MI a.m."), ("2024-07-01 12 +05", "YYYY-MM-DD HH24 TZH"),
            ("1700000000", "SSSS"), ("20240102030405", "YYYYMMDDHH24MISS"), ("2024-01-01 10:00:00.123456", "YYYY-MM-DD HH24:MI:SS.US"),
            ("13:00", "HH12:MI"), ("05 Jan 24", "DD Mon YY"), ("2024-01-01T10:00:00Z", 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            ("2011-12-18 11:38 PST", "YYYY-MM-DD HH12:MI TZ"), ("0 1 2", "YYYY MM DD"),
        )),
        "0", "1e20", "-1.5", "'NaN'::float8", "'Infinity'::float8", "NULL::float8",
    ),
    "to_number": tuple(
        f"'{x}', '{p}'" for x, p in (
            ("12,454.8-", "99G999D9S"), ("-34,338,492", "99G999G999"), ("0.00001-", "9.999999S"), ("$1,234.5", "L9,999.9"), ("12", "99"),
            ("<485>", "999PR"), ("1.5e3", "9.9EEEE"), ("CDLXXXV", "RN"), ("abc", "999"), ("", "999"), ("  12", "9999"), ("123.45", "999V99"),
            ("5 4 4 4 4 8 . 7 8", "9 9 9 9 9 9 . 9 9"), ("+12", "SG99"), ("1234", "99"),
        )
    ),
    "date_trunc": (
        *(f"'{f}', {v}" for f in _FIELDS for v in (
            "timestamp '2024-08-15 13:14:15.678901'", "timestamptz '2024-08-15 13:14:15.678901+00'", "interval '7 years 8 mons 9 days 10:11:12.345'",
        )),
        *(f"'{f}', timestamptz '2024-03-31 13:14:15+00', 'Australia/Sydney'" for f in ("day", "hour", "month", "week", "x")),
        "'day', date '2024-01-05'", "'DAY', timestamp 'infinity'", "'week', timestamp '0001-01-01 BC'",
    ),
    "date_part": tuple(
        f"'{f}', {v}" for f in _FIELDS for v in (
            "timestamp '2024-08-15 13:14:15.678901'", "timestamptz '2024-08-15 13:14:15.678901+00'", "interval '7 years 8 mons 9 days 10:11:12.345'",
            "date '1999-12-31'", "time '10:11:12.13'", "timestamp '-infinity'", "date '0044-03-15 BC'", "interval '-3 mons -2 days'",
        )
    ),
    "date_bin": (
        "interval '15 minutes', timestamp '2024-02-11 15:44:17', timestamp '2001-01-01'", "interval '0', timestamp '2024-02-11', timestamp '2001-01-01'",
        "interval '1 month', timestamp '2024-02-11', timestamp '2001-01-01'", "interval '-5 min', timestamp '2024-02-11', timestamp '2001-01-01'",
        "interval '7 days', timestamptz '1990-02-11 10:00+00', timestamptz '2001-01-01'", "interval '15 min', timestamp 'infinity', timestamp '2001-01-01'",
    ),
    "age": (
        "timestamp '2024-03-31', timestamp '2024-02-29'", "timestamp '2001-04-10', timestamp '1957-06-13'", "timestamp '2024-01-31 10:00', timestamp '2024-03-01 12:30'",
        "timestamptz '2024-03-31', timestamptz '2023-02-28'", "timestamp 'infinity', timestamp '2024-01-01'", "date '2024-01-01', date '2000-02-29'",
    ),
    "make_date": ("2024, 2, 29", "2023, 2, 29", "-44, 3, 15", "0, 1, 1", "2024, 13, 1", "NULL, 1, 1"),
    "make_time": ("10, 20, 30.5", "24, 0, 0", "25, 0, 0", "10, 60, 0", "23, 59, 60", "-1, 0, 0"),
    "make_timestamp": ("2024, 2, 29, 10, 20, 30.5", "2024, 2, 30, 0, 0, 0", "-1, 1, 1, 1, 1, 1", "1, 1, 1, 24, 0, 0"),
    "make_timestamptz": (
        "2024, 7, 1, 10, 20, 30.5", "2024, 7, 1, 10, 20, 30.5, 'America/New_York'", "2024, 7, 1, 10, 0, 0, 'nowhere'", "2024, 7, 1, 10, 0, 0, '+05'",
        "2024, 3, 31, 2, 30, 0",
    ),
    "make_interval": ("1, 2, 3, 4, 5, 6, 7.5", "", "days => 3", "years => 1, secs => 1.25", "1, months => -3", "weeks => 2, mins => 90", "bogus => 1"),
    "timezone": (
        "'America/New_York', timestamptz '2024-07-01 12:00+00'", "'UTC', timestamp '2024-07-01 12:00'", "interval '5 hours', timestamp '2024-07-01 12:00'",
        "'PST', timestamptz '2024-07-01 12:00+00'", "'nowhere', timestamptz '2024-07-01 12:00+00'", "'+03', timestamp '2024-07-01 12:00'",
        "'utc', timestamptz 'infinity'", "interval '-02:30', timestamptz '2024-07-01 12:00+00'", "interval '1 month', timestamp '2024-07-01 12:00'",
    ),
    "extract": tuple(
        f"{f} from {v}" for f in _FIELDS for v in (
            "timestamp '2024-08-15 13:14:15.678901'", "timestamptz '2024-08-15 13:14:15.678901+00'", "interval '7 years 8 mons 9 days 10:11:12.345'",
            "date '1999-12-31'", "time '10:11:12.13'", "date 'infinity'", "date '0044-03-15 BC'",
        )
    ),
    "format": (
        "'%s %I %L %%', 'a', 'b c', 'it''s'", "'%2$s %1$s', 'a', 'b'", "'|%10s|%-10s|', 'x', 'y'", "'%*s|', 5, 'a'", "'%-*2$s|', 'a', 6", "'%s'", "'%x', 1",
        "'%L %s %I', NULL, NULL, 'x'", "'%I', NULL", "'%s', ARRAY[1,2]", "'%1$s %s %s', 'a', 'b'", "'%'", "'%s %s', VARIADIC ARRAY['x','y']", "NULL, 1",
        "'%0$s', 1", "'%s', true", "'%L', 12", "'%*s|', -5, 'a'", "'%s', date '2024-01-01'",
    ),
    "encode": tuple(f"'\\x{x}'::bytea, '{f}'" for x in ("", "00ff41", "68656c6c6f20776f726c64" * 6) for f in ("hex", "base64", "escape", "nope")),
    "decode": (
        "'00ff', 'hex'", "'00 FF', 'hex'", "'0', 'hex'", "'zz', 'hex'", "'aGVsbG8=', 'base64'", "'aGVs bG8=', 'base64'", "'a', 'base64'", "'a*==', 'base64'",
        "'a\\000\\\\b', 'escape'", "'\\9', 'escape'", "'a', 'nope'",
    ),
    "convert_from": ("'\\xc3a4'::bytea, 'UTF8'", "'\\xe4'::bytea, 'LATIN1'", "'\\xff'::bytea, 'UTF8'", "'\\x41', 'nope'", "'\\x80', 'WIN1252'", "'\\x41', 'SQL_ASCII'"),
    "convert_to": ("'ä€', 'UTF8'", "'ä', 'LATIN1'", "'€', 'LATIN1'", "'€', 'WIN1252'", "'a', 'nope'", "'ł', 'LATIN2'", "'я', 'KOI8R'"),
    "convert": ("'\\xc3a4', 'UTF8', 'LATIN1'", "'\\xe4', 'LATIN1', 'UTF8'", "'\\xff', 'UTF8', 'LATIN1'"),
    "regexp_replace": (
        "'foobarbaz', 'b..', 'X'", "'foobarbaz', 'b..', 'X', 'g'", "'foobarbaz', 'b(..)', 'X\\1Y', 'g'", "'A PostgreSQL function', 'a|e|i|o|u', 'X', 1, 0, 'i'",
        "'A PostgreSQL function', 'a|e|i|o|u', 'X', 1, 3, 'i'", "'abc', '', '-', 'g'", "'abc', 'B', 'x', 'gi'", "'abc', '(', 'x'", "'abc', 'b', '[\\&]'",
        "'abcabc', 'b', 'X', 3", "'abcabc', 'b', 'X', 1, 2", "'abc', 'b', 'X', 0", "'abc', 'b', 'X', 1, -1", "'a\nb', '^b', 'X', 'n'", "'abc', 'b', 'x', 'z'",
        "'foo', '(o)(o)', '\\2\\1\\\\'", "'ab12', '[[:digit:]]+', '#'", "'xaab', '(?=b)', '!'", "'hello world', '\\m(\\w)', '<\\1>', 'g'",
    ),
    "regexp_match": (
        "'foobarbequebaz', 'bar.*que'", "'foobarbequebaz', '(bar)(beque)'", "'abc', 'x'", "'ABC', 'b', 'i'", "'abc', '(x)?b'", "'abc', 'b', 'g'", "'a.c', 'a.c', 'q'",
        "'foo bar', 'o\\s*b'", "'abc', '[a-'", "'abc', 'a{2,1}'", "NULL, 'a'", "'aaa', 'a*?'", "'aaa', 'a{2}'", "'XY1234Z', 'Y*([0-9]{1,3})'", "'XY1234Z', 'Y*?([0-9]{1,3})'",
    ),
    "regexp_matches": ("'foobarbequebazilbarfbonk', '(b[^b]+)(b[^b]+)', 'g'", "'abc', 'x'", "'abcabc', 'b'", "'abcABC', 'b', 'gi'", "'abc', '', 'g'"),
    "regexp_count": ("'ABCABCAXYaxy', 'A.'", "'ABCABCAXYaxy', 'A.', 3", "'ABCABCAXYaxy', 'A.', 1, 'i'", "'abc', 'x'", "'abc', '', 1", "'abc', 'b', 0", "'abc', 'b', 9", "NULL, 'a'", "'abc', 'b', 1, 'g'"),
    "regexp_instr": (
        "'number of your street, town zip, FR', '[^,]+', 1, 2", "'ABCDEFGHI', '(c..)(...)', 1, 1, 0, 'i', 2", "'abc', 'b'", "'abcb', 'b', 3", "'abcb', 'b', 1, 2, 1", "'abc', 'x'",
        "'abc', 'b', 1, 1, 2", "'abc', 'b', 1, 0", "'abc', '(b)', 1, 1, 0, '', 1", "'abc', '(b)', 1, 1, 0, '', 2", "'abc', 'b', 1, 1, 0, 'g'", "'abc', 'b', -1", "'abc', '(b)', 1, 1, 0, '', -1",
    ),
    "regexp_substr": (
        "'number of your street, town zip, FR', '[^,]+', 1, 2", "'ABCDEFGHI', '(c..)(...)', 1, 1, 'i', 2", "'abc', 'b'", "'abcb', 'b.', 3", "'abc', 'x'", "'abc', 'B', 1, 1, 'i'",
        "'abc', 'b', 1, 0", "'abc', 'b', 0", "'abc', '(b)|(x)', 1, 1, '', 2",
    ),
    "regexp_like": ("'Hello World', 'world$'", "'Hello World', 'world$', 'i'", "'abc', 'b', 'g'", "NULL, 'a'", "'a', '('", "'abc', 'a b', 'x'"),
    "regexp_split_to_array": ("'the quick  brown', '\\s+'", "'abc', ''", "'abc', 'x'", "'aXbxc', 'x', 'i'", "'', 'x'", "'abc', 'b', 'g'", "'xax', 'x'", "NULL, 'a'", "'the quick', '\\s*'"),
    "regexp_split_to_table": ("'the quick  brown', '\\s+'", "'abc', ''", "'abc', 'x'", "'aXbxc', 'x', 'i'", "'', 'x'"),
    "similar_to_escape": ("'a%b_c'", "'a%', '\\'", "'a#%', '#'", "'(a|b)*'", "'a', 'xx'", "'a\"%\"#\"b', '#'"),
    "substring": (
        "'Thomas' from 2 for 3", "'Thomas' from 3", "'Thomas' for 2", "'Thomas' from '...$'", "'Thomas' from '%#\"o_a#\"_' for '#'", "'Thomas', '(o.)'", "'Thomas' similar '%#\"o_a#\"_' escape '#'",
        "'Thomas', -1, 4", "'Thomas', 2, -1", "'Thomas', NULL", "'\\x0102030405'::bytea, 2, 2", "'\\x0102030405'::bytea from 3", "'Thomas', 'x'", "'foobar', 'o(.)b'", "'Thomas', 0", "'Thomas', 2147483647, 2147483647",
    ),
    "overlay": ("'Txxxxas' placing 'hom' from 2 for 4", "'Txxxxas' placing 'hom' from 2", "'abc' placing 'X' from 0", "'abc' placing 'X' from 10", "'\\x010203'::bytea placing '\\xff'::bytea from 2", "'abc', 'X', 2, 0", "'abc', 'X', 2, -1"),
    "position": ("'om' in 'Thomas'", "'' in 'abc'", "'x' in 'abc'", "'\\x02'::bytea in '\\x010203'::bytea", "NULL in 'a'"),
    "normalize": ("'a\u0308'", "'a\u0308', NFC", "'\u00e4', NFD", "'\ufb01', NFKC", "'\ufb01', NFKD", "'\u1e9b\u0323', NFKC", "'\uac00', NFD", "''", "NULL"),
    "is_normalized": ("'a\u0308'", "'\u00e4', 'NFC'", "'\u00e4', 'NFD'", "'a', 'nfkc'", "'a', 'x'"),
    "parse_ident": ("'Foo.Bar'", "'\"Foo\".bar'", "'a.b.c'", "'1a'", "'a b'", "'foo()', false", "''", "'\"\".a'", "'a.'", "' a . b '"),
    "width_bucket": ("5.35, 0.024, 10.06, 5", "5.35::float8, 0.024, 10.06, 5", "-1, 0, 10, 5", "11, 0, 10, 5", "5, 10, 0, 5", "5, 0, 10, 0", "5, 5, 5, 5", "now(), array['yesterday', 'today', 'tomorrow']::timestamptz[]", "3, array[1,3,5]", "0.5, array[1,3,5]::numeric[]", "NULL, array[1]", "3, array[]::int[]", "'NaN'::float8, 0, 10, 5", "3, array[1,NULL]"),
    "factorial": ("5", "0", "20", "30", "-1", "NULL"),
    "gcd": ("1071, 462", "0, 0", "-6, 4", "2.5, 10", "NULL, 1", "'-2147483648'::int4, 0", "'NaN'::numeric, 1"),
    "lcm": ("1071, 462", "0, 0", "-6, 4", "2.5, 10", "2147483647, 2", "'Infinity'::numeric, 1"),
    "split_part": ("'a,b,c', ',', 2", "'a,b,c', ',', -1", "'a,b,c', ',', 0", "'a,b,c', '', 1", "'a,b,c', ',', 9", "'', ',', 1", "'a,,c', ',,', 1"),
    "chr": ("65", "0", "-1", "8364", "1114112", "55296", "NULL"),
    "unistr": (r"'d\0061t\+000061'", r"'\u0441\U0001F600'", r"'\x'", r"'\\'", r"'\D83D\DE00'", r"'\D83D'"),
    "translate": ("'12345', '143', 'ax'", "'abc', '', 'x'", "'äbc', 'ä', 'a'"),
    "string_to_array": ("'xx~~yy~~zz', '~~', 'yy'", "'abc', NULL", "'abc', ''", "'', ','", "NULL, ','", "'a,b,', ','"),
    "string_to_table": ("'xx~^~yy~^~zz', '~^~', 'yy'", "'abc', NULL", "'', ','", "'a,b', ','"),
    "array_to_string": ("ARRAY[1, 2, 3, NULL, 5], ',', '*'", "ARRAY['a',NULL,'b'], '-'", "ARRAY[[1,2],[3,4]], ','", "NULL::int[], ','", "ARRAY[1], NULL", "ARRAY[true,false], ','", "'{}'::int[], ','"),
    "array_fill": ("11, ARRAY[2,3]", "7, ARRAY[3], ARRAY[2]", "'x'::text, ARRAY[2]", "NULL::int, ARRAY[1]", "1, NULL", "1, ARRAY[0]", "1, ARRAY[-1]", "1, ARRAY[]::int[]"),
    "array_length": ("ARRAY[1,2,3], 1", "ARRAY[[1,2],[3,4]], 2", "ARRAY[1], 2", "'{}'::int[], 1", "ARRAY[1], 0"),
    "array_position": ("ARRAY['sun','mon','tue'], 'mon'", "ARRAY[1,2,1], 1, 2", "ARRAY[1,NULL], NULL", "NULL::int[], 1", "ARRAY[[1,2]], 1", "ARRAY[1,2], 3.0"),
    "array_remove": ("ARRAY[1,2,3,2], 2", "ARRAY[1,NULL], NULL", "ARRAY[[1,2]], 1", "'{}'::int[], 1"),
    "array_cat": ("ARRAY[1,2], ARRAY[3]", "ARRAY[[1,2]], ARRAY[[3,4]]", "ARRAY[[1,2]], ARRAY[3,4]", "NULL, ARRAY[1]", "ARRAY[1], NULL", "ARRAY[1], ARRAY[2.5]", "ARRAY[[1,2]], ARRAY[1]"),
    "trim_array": ("ARRAY[1,2,3,4,5,6], 2", "ARRAY[1], 2", "ARRAY[1], -1", "'{}'::int[], 0"),
    "array_to_json": ("ARRAY[1,2]", "'{{1,5},{99,100}}'::int[]", "'{{1,5},{99,100}}'::int[], true", "ARRAY['a\"b', NULL]", "ARRAY[row(1,'a')]", "NULL::int[]", "ARRAY[now() - now()]"),
    "row_to_json": ("row(1,'foo')", "row(1,'foo'), true", "row(NULL, ARRAY[1], '{\"a\": 1}'::jsonb)", "NULL"),
    "to_json": ("'Fred said \"Hi.\"'::text", "row(42, 'Fred'::text)", "ARRAY[1,2]", "1.50", "timestamp '2024-01-01 10:00:00.5'", "timestamptz '2024-01-01 10:00:00.5+00'", "date '2024-01-01'", "true", "'NaN'::float8", "'{\"a\":1}'::json", "interval '1 day'", "NULL::int", "'\\x01'::bytea", "timestamp 'infinity'"),
    "to_jsonb": ("'Fred said \"Hi.\"'::text", "row(42, 'Fred'::text)", "ARRAY[1,2]", "1.50", "timestamp '2024-01-01 10:00:00.5'", "timestamptz '2024-01-01 10:00:00.5+00'", "true", "'NaN'::numeric", "'{\"b\":1,\"a\":1,\"b\":2}'::json", "interval '1 day'", "1e30", "'a\\u0000b'::text"),
    "json_build_array": ("1, 2, 'foo', 4, 5", "", "NULL, true, now() - now()", "VARIADIC ARRAY['a','b']", "row(1,2), '{\"a\":1}'::json"),
    "json_build_object": ("'foo', 1, 2, row(3,'bar')", "", "'a'", "NULL, 1", "'a', NULL", "VARIADIC ARRAY['a','b']", "1.5, date '2024-01-01'", "ARRAY[1], 2"),
    "jsonb_build_array": ("1, 2, 'foo', 4, 5", "", "NULL, true", "VARIADIC ARRAY['a','b']", "row(1,2), '{\"a\":1}'::json"),
    "jsonb_build_object": ("'foo', 1, 2, row(3,'bar')", "", "'a'", "NULL, 1", "'a', NULL", "VARIADIC ARRAY['a','b']", "'b', 1, 'a', 2, 'b', 3"),
    "json_object": ("'{a, 1, b, \"def\", c, 3.5}'", "'{{a, 1}, {b, \"def\"}}'", "'{a,b}', '{1,2}'", "'{a}', '{1,2}'", "'{a}'", "'{}'", "'{NULL,1}'", "'{{a,b,c}}'"),
    "jsonb_object": ("'{a, 1, b, \"def\", c, 3.5}'", "'{{a, 1}, {b, \"def\"}}'", "'{a,b}', '{1,2}'", "'{a}', '{1,2}'", "'{a}'", "'{}'", "'{NULL,1}'"),
    "json_array_elements": ("'[1,true, [2,false]]'", "'{}'", "'1'", "'[]'", "NULL", "'[1, null, \"a\"]'"),
    "jsonb_array_elements": ("'[1,true, [2,false]]'", "'{}'", "'1'", "'[]'", "NULL"),
    "json_array_elements_text": ("'[1, \"foo\", null, {\"a\":1}]'", "'{}'"),
    "jsonb_array_elements_text": ("'[1, \"foo\", null, {\"a\":1}]'", "'{}'", "'\"x\"'"),
    "json_each": ("'{\"a\":\"foo\", \"b\":null}'", "'[1]'", "'1'", "'{}'"),
    "jsonb_each": ("'{\"a\":\"foo\", \"b\":null}'", "'[1]'", "'1'", "'{}'"),
    "json_each_text": ("'{\"a\":\"foo\", \"b\":null, \"c\": [1]}'", "'[1]'"),
    "jsonb_each_text": ("'{\"a\":\"foo\", \"b\":null, \"c\": [1]}'", "'[1]'"),
    "json_object_keys": ("'{\"f1\":\"abc\",\"f2\":{\"f3\":\"a\"}}'", "'[1]'", "'1'"),
    "jsonb_object_keys": ("'{\"f1\":\"abc\",\"f2\":{\"f3\":\"a\"}}'", "'[1]'", "'1'"),
    "json_extract_path": ("'{\"f2\":{\"f3\":1},\"f4\":{\"f5\":99,\"f6\":\"foo\"}}', 'f4', 'f6'", "'[1,[2,3]]', '1', '-1'", "'{\"a\":1}'", "'{\"a\":1}', 'b'", "'{\"a\":null}', 'a'", "'{\"a\":1}', NULL"),
    "json_extract_path_text": ("'{\"f4\":{\"f5\":99,\"f6\":\"foo\"}}', 'f4', 'f6'", "'{\"a\":[1, 2]}', 'a'", "'{\"a\":null}', 'a'"),
    "jsonb_extract_path": ("'{\"f4\":{\"f5\":99,\"f6\":\"foo\"}}', 'f4', 'f6'", "'[1,[2,3]]', '1', '-1'", "'{\"a\":1}'", "'{\"a\":null}', 'a'", "'{\"a\":1}', VARIADIC ARRAY['a']"),
    "jsonb_extract_path_text": ("'{\"f4\":{\"f5\":99,\"f6\":\"foo\"}}', 'f4', 'f6'", "'{\"a\":[1, 2]}', 'a'", "'{\"a\":null}', 'a'"),
    "jsonb_set": (
        "'[{\"f1\":1,\"f2\":null},2,null,3]', '{0,f1}', '[2,3,4]', false", "'[{\"f1\":1,\"f2\":null},2]', '{0,f3}', '[2,3,4]'", "'{\"a\":1}', '{b}', '2', false", "'{\"a\":1}', '{}', '2'",
        "'[1,2]', '{-1}', '9'", "'[1,2]', '{5}', '9'", "'[1,2]', '{-5}', '9'", "'[1,2]', '{x}', '9'", "'1', '{a}', '2'", "'{\"a\":{}}', '{a,b,c}', '1'", "'{\"a\":1}', '{a}', NULL", "'{\"a\":1}', ARRAY['a',NULL], '1'", "'{\"a\":1}', '{a,b}', '1'",
    ),
    "jsonb_set_lax": ("'[{\"f1\":1,\"f2\":null},2,null,3]', '{0,f1}', null", "'{\"a\":1}', '{a}', NULL, true, 'delete_key'", "'{\"a\":1}', '{a}', NULL, true, 'return_target'", "'{\"a\":1}', '{a}', NULL, true, 'raise_exception'", "'{\"a\":1}', '{a}', NULL, true, 'x'", "'{\"a\":1}', '{b}', '5'"),
    "jsonb_insert": ("'{\"a\": [0,1,2]}', '{a, 1}', '\"new_value\"'", "'{\"a\": [0,1,2]}', '{a, 1}', '\"new_value\"', true", "'{\"a\":1}', '{a}', '2'", "'{\"a\":1}', '{b}', '2'", "'[1]', '{-1}', '2'", "'[1]', '{9}', '2'", "'{\"a\":1}', '{}', '2'"),
    "jsonb_pretty": ("'[{\"f1\":1,\"f2\":null}, 2]'", "'{}'", "'[]'", "'1'", "'{\"a\":{\"b\":[]}}'"),
    "json_strip_nulls": ("'[{\"f1\":1, \"f2\":null}, 2, null, 3]'", "'{\"a\":{\"b\":null,\"c\":[null]}}'", "'null'"),
    "jsonb_strip_nulls": ("'[{\"f1\":1, \"f2\":null}, 2, null, 3]'", "'{\"a\":{\"b\":null,\"c\":[null]}}'", "'null'"),
    **{
        name: (
            "'{\"a\":[1,2,3,4,5]}', '$.a[*] ? (@ >= $min && @ <= $max)', '{\"min\":2, \"max\":4}'", "'{\"a\":[1,2,3]}', '$.a[*]'", "'{\"a\":[1,2,3]}', '$.a.size()'", "'[1,\"x\",true,null,{}]', '$[*].type()'",
            "'{\"a\":1}', 'strict $.b'", "'{\"a\":1}', 'strict $.b', '{}', true", "'{\"a\":{\"b\":{\"c\":1}}}', '$.**.c'", "'{\"a\":{\"b\":{\"c\":1}}}', '$.**{2}'", "'{\"x\":[{\"n\":\"a\"},{\"n\":\"b\"}]}', '$.x[*] ? (@.n == \"b\")'",
            "'[1.2,-3.7]', '$[*].floor()'", "'[1.2,-3.7]', '$[*].abs()'", "'[1.2,-3.7]', '$[*].ceiling()'", "'[\"1.5\",\"x\"]', '$[*].double()'", "'[1,2,3]', '$[0 to 1]'", "'[1,2,3]', '$[last]'", "'[1,2,3]', '$[last - 1]'",
            "'{\"a\":5}', '$.a + 3 * 2'", "'{\"a\":5}', '-$.a'", "'{\"a\":[1,2]}', '+$.a'", "'{\"a\":5}', '$.a / 0'", "'{\"a\":5}', '$.a % 3'", "'[\"abc\",\"abd\",\"x\"]', '$[*] ? (@ like_regex \"^ab\")'", "'[\"ABC\"]', '$[*] ? (@ like_regex \"^ab\" flag \"i\")'",
            "'[\"abc\",\"xbc\"]', '$[*] ? (@ starts with \"ab\")'", "'[{\"a\":1},{\"b\":2}]', '$[*] ? (exists(@.a))'", "'[1,\"2\"]', '$[*] ? ((@ > 0) is unknown)'", "'{\"a\":[{\"b\":1},{\"b\":2}]}', '$.a.b'", "'{\"b\":1,\"a\":2}', '$.keyvalue()'", "'{\"a\":1}', '$.*'", "'[[1,2],[3]]', '$[*][*]'",
            "'{\"a\":1}', '$.a == 1'", "'{\"a\":1}', '$.a > 1 || $.a == 1'", "'{\"a\":\"2024-01-02\"}', '$.a.datetime()'", "'[\"2024-01-02\",\"2025-01-01\"]', '$[*] ? (@.datetime() < \"2024-06-01\".datetime())'", "'{\"a\":1}', '$.'", "'{\"a\":1}', ''", "'{\"a b\":1}', '$.\"a b\"'", "'1', '$ ? (@ == 1)'",
            "'[1,2]', 'lax $[5]'", "'[1,2]', 'strict $[5]'", "'{\"a\":1}', '$.a ? (!(@ == 2))'", "'\"x\"', '$ + 1'", "'[1,null]', '$[*] ? (@ == null)'", "'[true,false]', '$[*] ? (@ == true)'", "'{\"a\":[1,2,3]}', '$.a[0, 2]'", "'{\"a\":1}', '$x'",
        )
        for name in ("jsonb_path_query", "jsonb_path_query_array", "jsonb_path_query_first", "jsonb_path_exists", "jsonb_path_match", "jsonb_path_query_tz")
    },
    "num_nulls": ("1, NULL, 2", "VARIADIC ARRAY[1,NULL]", "NULL", ""),
    "num_nonnulls": ("1, NULL, 2", "VARIADIC ARRAY[1,NULL]", "NULL"),
    "concat": ("'abcde', 2, NULL, 22", "NULL", "VARIADIC ARRAY['a','b']", "true, 1.50, date '2024-01-01'", "ARRAY[1,2], 'x'"),
    "concat_ws": ("',', 'abcde', 2, NULL, 22", "NULL, 1, 2", "',', VARIADIC ARRAY[1,2,NULL]", "''", "',', NULL, NULL"),
    "quote_ident": ("'Foo bar'", "'foo'", "'select'", "'a\"b'", "''", "'a1'", "'1a'", "'user'", "'name'", "NULL"),
    "quote_literal": ("'O''Reilly'", "42.5", r"'a\b'", "NULL", "ARRAY[1]"),
    "quote_nullable": ("'O''Reilly'", "42.5", r"'a\b'", "NULL"),
    "random": (), "pg_sleep": (), "now": (), "setseed": (), "timeofday": (), "clock_timestamp": (), "statement_timestamp": (), "transaction_timestamp": (),
    "gen_random_uuid": (), "pg_backend_pid": (), "version": (), "current_database": (), "current_user": (), "session_user": (), "current_query": (),
    "pg_postmaster_start_time": (), "pg_conf_load_time": (), "pg_cancel_backend": (), "pg_terminate_backend": (), "getpgusername": (),
    "pg_size_pretty": ("10", "10240", "1048576::int8", "-123456789::int8", "1234567890123.5", "0", "10239", "10485759"),
    "pg_size_bytes": ("'1 kB'", "'1.5 GB'", "'10'", "'-2MB'", "'x'", "'1 PB'", "''"),
    "current_setting": ("'server_version_num', true", "'datestyle'", "'nope'", "'nope', true", "'TimeZone'"),
    "current_schemas": ("true", "false"),
    "format_type": ("23, NULL", "1043, 14", "1700, 655366", "1007, NULL", "0, NULL", "99999999, NULL", "1184, 3", "NULL, NULL"),
    "to_regclass": ("'pg_class'", "'nope'", "'pg_catalog.pg_type'"),
    "to_regtype": ("'int'", "'nope'", "'numeric(10,2)'", "'text[]'"),
    "pg_typeof": ("1", "'a'", "NULL", "ARRAY[1]", "ARRAY['a']", "row(1,2)", "now()", "1.5", "1::int2", "'x'::varchar(3)", "'{}'::jsonb", "ARRAY[[1]]", "ARRAY[now()]"),
    "generate_series": ("1, 5", "5, 1, -2", "1, 5, 0", "1.5, 3.0, 0.5", "timestamp '2024-01-01', timestamp '2024-01-03', interval '12 hours'", "timestamptz '2024-03-30', timestamptz '2024-04-02', interval '1 day'", "1, NULL", "date '2024-01-01', date '2024-01-03', interval '1 day'", "9223372036854775806, 9223372036854775807"),
    "generate_subscripts": ("ARRAY[1,2,3], 1", "ARRAY[[1,2],[3,4]], 2", "ARRAY[1,2], 1, true", "ARRAY[1], 2", "NULL::int[], 1"),
    "unnest": ("ARRAY[1,2]", "'{{1,2},{3,4}}'::int[]", "NULL::int[]", "ARRAY['a',NULL]", "'{}'::int[]"),
    "overlaps": (),
    "pg_get_keywords": (), "pg_timezone_names": (), "pg_timezone_abbrevs": (), "pg_show_all_settings": (), "pg_config": (),
    "json_populate_record": ("NULL, '{\"a\":1}'",), "jsonb_populate_record": ("NULL, '{\"a\":1}'",), "json_populate_recordset": (), "jsonb_populate_recordset": (),
    "json_to_record": (), "jsonb_to_record": (), "json_to_recordset": (), "jsonb_to_recordset": (),
    "get_bit": ("'\\x1234'::bytea, 2", "'\\x12'::bytea, 9", "B'101', 1", "'\\x12'::bytea, -1"), "set_bit": ("'\\x1234'::bytea, 2, 1", "'\\x12'::bytea, 1, 2", "'\\x12'::bytea, 9, 1"),
    "get_byte": ("'\\x1234'::bytea, 1", "'\\x12'::bytea, 2"), "set_byte": ("'\\x1234'::bytea, 1, 255", "'\\x12'::bytea, 2, 1", "'\\x12'::bytea, 0, 300"),
    "like_escape": ("'a%', '#'", "'a', ''", "'a', 'xx'"),
    "repeat": ("'ab', 3", "'ab', 0", "'ab', -1", "'', 5", "'ab', 2147483647"), "lpad": ("'hi', 5", "'hi', 5, 'xy'", "'hello', 2", "'hi', -1", "'hi', 5, ''"), "rpad": ("'hi', 5", "'hi', 5, 'xy'", "'hello', 2", "'hi', -1", "'hi', 5, ''"),
    "in_range": (), "current_schema": (), "pg_client_encoding": ("",), "getdatabaseencoding": ("",),
}  # fmt: skip

# Whole expressions for forms that are no calls.
EXPRESSIONS: tuple[str, ...] = (
    "(timestamp '2001-02-16', timestamp '2001-12-21') OVERLAPS (timestamp '2001-10-30', timestamp '2002-10-30')",
    "(date '2001-02-16', interval '100 days') OVERLAPS (date '2001-10-30', date '2002-10-30')", "(time '10:00', time '11:00') OVERLAPS (time '11:00', time '12:00')",
    "(time '10:00', interval '2 hours') OVERLAPS (time '11:00', interval '1 hour')", "(NULL::date, date '2024-01-01') OVERLAPS (date '2024-01-01', date '2024-02-01')",
    "timestamp '2001-02-16 20:38:40' AT TIME ZONE 'America/Denver'", "timestamptz '2001-02-16 20:38:40-05' AT TIME ZONE 'America/Denver'", "timestamp '2001-02-16 20:38:40' AT TIME ZONE interval '-08:00'",
    "date '2001-02-16' AT TIME ZONE 'UTC'", "'a\u0308' IS NORMALIZED", "'\u00e4' IS NFD NORMALIZED", "'\u00e4' IS NOT NFD NORMALIZED", "U&'\\0061\\+000062'", "trim(both 'x' from 'xaxx')", "trim(leading from '  a ')", "trim(trailing 'xy' from 'axyx')", "trim(' a ')",
    "trim(both from ' a ', 'x')", "collation for ('a')", "'abc' SIMILAR TO '(a|b)%'", "'abc' SIMILAR TO 'a#%' ESCAPE '#'", "'abc' LIKE 'a\\' ", "'a%c' LIKE 'a#%c' ESCAPE '#'", "'abc' ILIKE 'AB_'", "'abc' NOT LIKE 'a%'", "'abc' LIKE ANY (ARRAY['x%','a%'])",
    "'{\"a\":[1,2,3]}'::jsonb @? '$.a[*] ? (@ > 2)'", "'{\"a\":[1,2,3]}'::jsonb @@ '$.a[*] > 2'", "'{\"a\":1}'::jsonb @@ '$.a'", "'{\"a\":1}'::jsonb -> 'a'", "'[1,2]'::jsonb -> -1", "'{\"a\":{\"b\":1}}'::jsonb #> '{a,b}'", "'{\"a\":{\"b\":1}}'::jsonb #>> '{a,b}'", "'{\"a\":1}'::jsonb ? 'a'",
    "'{\"a\":1}'::jsonb ?| array['b','a']", "'{\"a\":1}'::jsonb ?& array['b','a']", "'{\"a\":1,\"b\":2}'::jsonb - 'a'", "'{\"a\":1,\"b\":2}'::jsonb - array['a','b']", "'[1,2]'::jsonb - 0", "'{\"a\":[1,2]}'::jsonb #- '{a,0}'", "'[1]'::jsonb || '2'", "'{\"a\":1}'::jsonb || '{\"b\":2}'", "'{\"a\":1}'::jsonb['a']", "('[1,[2,3]]'::jsonb)[1][0]",
    "pg_typeof(1 + 1.5)", "pg_typeof('a' || 1)", "pg_typeof(date '2024-01-01' + 1)", "pg_typeof(date '2024-01-01' - date '2023-01-01')", "pg_typeof(CASE WHEN true THEN 1 ELSE 2.5 END)", "pg_typeof(coalesce(NULL, 1))", "pg_typeof(ARRAY[1, 2.5])", "1 = '1'", "1 = 'a'", "1.5 > '1'", "'2024-01-01' > date '2023-01-01'",
    "'1 day' + interval '1 day'", "now() - '1 day' = now() - interval '1 day'", "date '2024-01-01' + '1 day'", "'a' = 'b'", "'a' || 'b'", "1 || 'a'", "1 || 2", "ARRAY[1] || 2", "ARRAY[1] || '{2}'", "ARRAY['a'] || 'b'", "NULL = NULL", "NULL + 1", "-'5'", "'5' + '6'", "2 ^ 3", "2 ^ '3'", "|/ 25.0", "||/ 27.0", "@ -5", "5 !", "!! 5", "~ 5", "5 # 3", "1 << 40", "7 / 2", "-7 / 2", "-7 % 3", "7.0 / 2", "1 / 0", "1.0 / 0", "1e0 / 0", "5 / NULL",
    "'101'::bit(3) & B'110'", "B'101' || B'1'", "X'1F'", "1::bit(8)", "'x'::char(3) || 'y'", "'ab '::char(3) = 'ab'", "length('ab '::char(5))", "'abc'::varchar(2)", "12345.678::numeric(6,2)", "99999::int2", "1e10::int4", "'1e3'::numeric", "'0x1F'::int4", "' 12 '::int4", "'1_000'::int4", "1.5::int4, 2.5::int4, -1.5::int4", "2.5::float8::int4", "'yes'::bool, 'off'::bool, '1'::bool", "'maybe'::bool",
    "greatest(1, NULL, 3)", "least('a', 'b')", "greatest(1, 2.5)", "nullif(1, 1)", "nullif(1, 2.0)", "coalesce(NULL, NULL)", "cast('2024-01-01' as date)", "int '5'", "interval '1' day", "interval '1-2' year to month", "interval '1 2:03' day to minute", "interval '1.5 days'", "interval 'P1Y2M3DT4H5M6S'", "interval '1 day ago'", "interval(0) '1.7 sec'",
    "row(1,2) = row(1,2)", "row(1,2) < row(1,3)", "row(1,NULL) IS NULL", "row(1,2) IS NOT NULL", "(1,2) IN ((1,2),(3,4))", "1 IS DISTINCT FROM NULL", "1 BETWEEN SYMMETRIC 3 AND 0", "true IS NOT UNKNOWN", "1 IS TRUE", "ARRAY[1,2,3][2]", "ARRAY[1,2,3][2:]", "ARRAY[[1,2],[3,4]][2][1]", "(ARRAY[1,2,3])[-1]", "ARRAY[]::int[]", "ARRAY[]", "'[0:1]={1,2}'::int[]", "ARRAY[1,2] < ARRAY[1,3]", "ARRAY[1,2] @> ARRAY[1]", "ARRAY[1] && ARRAY[2]", "1 = ANY(ARRAY[1,2])", "1 > ALL('{}'::int[])",
    "date_part('year', '2024-01-01')", "extract(year from '2024-01-01'::text)", "upper(1)", "length(1)", "abs('5')", "abs('x')", "round(2.5), round(-2.5), round(2.5::float8), round(1234.567, -2)", "sqrt(-1)", "ln(0)", "power(0, -1)", "power(-8, 1.0/3)", "exp(1000)", "log(2, 64)", "log(100)", "trunc(-1.9), trunc(1.987, 2)", "mod(5, 0)", "div(7, 2)", "sign(-2.5)", "ceil(1.2)", "scale(1.500), min_scale(1.500), trim_scale(1.500)", "sind(30), cosd(60), tand(45)", "asin(2)", "atan2(1, 0)", "pi()", "degrees(1)", "cbrt(27)",
    "nosuch(1)", "nosuch(1, 'a')", "substr(1, 2)", "lower(b => 1)", "1 + true", "1 = true", "'a' + 1", "date '2024-01-01' + date '2024-01-01'", "not 1", "case 1 when 'a' then 1 end", "1 like 'a'", "-true", "count(1)", "sum('a')", "max(true)", "generate_series(1)",
)  # fmt: skip

# Functions that say something about a server, a cluster or a facility outside the dialect.
OUTSIDE = (
    r"RI_|binary_upgrade|brin_|gin_|lo_|lo(read|write)|xml|.*_to_xml|fmgr_|plpgsql|postgresql_fdw|pg_stat_(get|reset|clear|force|have|file)|pg_replication|pg_logical|pg_ls_|pg_read|pg_wal|pg_control|"
    r"pg_backup|pg_create|pg_copy|pg_drop|pg_event|pg_last|pg_current_wal|pg_extension|pg_available|pg_hba|pg_ident|pg_import|pg_promote|pg_publication|pg_get_(shmem|wal|pub|repl|stat|backend|part|object|catalog|triggerdef|ruledef)|"
    r".*tsquery|.*tsvector|ts_|get_current_ts|.*_(accum|accum_inv|avg|sum|combine|statefunc|transfn)$|int8(dec|inc)|float8_(corr|covar|regr|stddev|var)|float8_|numeric_(inc|avg)|.*(range|range_subdiff)$|range_|bit$|varbit|network|inet|cidr|host|hostmask|masklen|"
    r"netmask|broadcast|abbrev|family|set_masklen|money|point|circle|box|polygon|path|lseg|unique_key|suppress|trigger|enum_|makeacl|bt[a-z]*equalimage|amvalidate|pg_nextoid|pg_rotate|pg_reload|pg_notify|pg_listening|pg_partition|txid|pg_cursor|pg_prepared|pg_lock|"
    r"pg_.*_advisory|pg_advisory|pg_log|pg_my_temp|pg_isolation|pg_safe|pg_export|pg_blocking|pg_stop|pg_switch|pg_jit|pg_filenode|pg_relation_file|pg_tablespace|pg_sequence|pg_snapshot|pg_current_(snap|xact|logfile)|pg_.*lsn|pg_mcv|pg_ts_|pg_collation_actual|pg_database_coll|"
    r"pg_describe|pg_settings_get|pg_options|pg_trigger|pg_column_comp|pg_.*has_property|pg_indexam|pg_promote|pg_show|pg_conversion|pg_opfamily|pg_opclass|pg_statistics|pg_operator_is|pg_.*data_wrap|has_(foreign|lang|server|tablespace|parameter)|row_security|lastval|nextval|currval|setval|"
    r"in_range|pg_identify|pg_relation_is|pg_column_is|pg_get_function|pg_get_constraint|pg_get_view|pg_get_index|pg_get_serial|pg_index_|pg_is_|pg_notification|timetz|regclass|to_reg(coll|oper|role|procedure)|oid$|nameconcatoid|.*(larger|smaller)$|dlog|dexp|dround|dtrunc|numeric_(exp|ln|log|sqrt|div_trunc)|textlen|to_ascii|char$|cidr|"
    r"has_|col_description|obj_description|shobj|pg_table_|pg_total|pg_indexes|pg_database_size|pg_relation_size|pg_column_size|_pg_|pg_sleep|pg_describe"
)

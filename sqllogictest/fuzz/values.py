"""The types that queries use, and for each a few values that collide often and touch the edges.

No type has two values that are equal but print differently: which one DISTINCT keeps would be chance.
"""

from __future__ import annotations

LITERALS: dict[str, tuple[str, ...]] = {
    "int2": ("0", "1", "2", "3", "-1", "7", "32767", "-32768"),
    "int4": ("0", "1", "2", "3", "4", "-1", "-2", "10", "2147483647", "-2147483648"),
    "int8": ("0", "1", "2", "3", "-1", "100", "9223372036854775807", "-9223372036854775808"),
    "numeric": ("0", "1.50", "-2.25", "0.1", "99.99", "3", "NaN", "123456789012345678901234567890.5"),
    "float8": ("0", "1", "-1", "0.5", "1.5", "-2.25", "100", "10000000000", "NaN", "Infinity", "-Infinity"),
    "float4": ("0", "1", "-1", "0.5", "1.5", "-2.25", "NaN"),
    "text": ("", "a", "b", "ab", "Abc", " x ", "é", "日本語", "a%b_c", "10", "NULL", "it''s", "a,b,c", "😀"),
    "varchar": ("", "a", "b", "B", "abc"),
    "bpchar": ("a", "b", "abc", "é"),
    "bool": ("true", "false"),
    "date": ("2024-01-31", "2024-02-29", "1999-12-31", "2000-01-01", "0001-01-01", "2024-03-10"),
    "time": ("00:00:00", "12:34:56.789", "23:59:59.999999", "06:00:00"),
    "timestamp": ("2024-01-31 12:34:56.789", "2024-03-10 02:30:00", "1999-12-31 23:59:59.999999", "2000-01-01 00:00:00"),
    "timestamptz": ("2024-01-31 12:34:56.789+00", "2024-03-10 07:30:00+00", "1999-12-31 23:59:59+02", "2024-11-03 06:30:00+00"),
    "interval": ("1 day", "02:00:00", "1 mon", "-3 days", "1 year 2 mons 3 days 04:05:06.789", "-00:00:01.5", "0"),
    "jsonb": ('{"a": 1}', '[1, 2, null]', '"s"', "null", "1", "true", "{}", "[]", '{"a": {"b": [1, 2]}, "c": "x"}', '["a", {"b": null}]'),
    "uuid": ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    "bytea": ("\\x", "\\x00ff", "\\xdeadbeef", "\\x61"),
    "int4[]": ("{}", "{1,2,3}", "{NULL,1}", "{2}", "{3,2,1,2}"),
    "date[]": ("{}", "{2024-01-31,1999-12-31}", "{NULL,2024-02-29}"),
    "text[]": ("{}", "{a,b}", '{"",NULL}', "{a}", '{"a b","c,d"}'),
    "timetz": ("12:00:00+00", "23:59:59.5-08", "00:00:00+05:30", "06:00:00-04"),
    "int4range": ("[1,5)", "empty", "(,3)", "[2,2]", "[4,)", "(,)", "[3,9)"),
    "tsrange": ("[2024-01-31,2024-03-10)", "empty", "[2000-01-01,)", "(1999-12-31,2024-01-31]"),
    "int4multirange": ("{}", "{[1,3),[5,7)}", "{(,2),[9,)}", "{[4,6)}"),
}  # fmt: skip

# How often a column or an expression has a type.
WEIGHTS: dict[str, int] = {
    "int4": 10, "text": 8, "numeric": 6, "int8": 4, "int2": 2, "float8": 4, "float4": 1, "bool": 4, "date": 4, "time": 1,
    "timestamp": 4, "timestamptz": 3, "interval": 3, "jsonb": 3, "uuid": 1, "bytea": 1, "int4[]": 2, "text[]": 2, "varchar": 1, "bpchar": 1,
    "date[]": 1, "timetz": 1, "int4range": 2, "tsrange": 1, "int4multirange": 1,
}  # fmt: skip
KINDS = tuple(WEIGHTS)

# Columns may say more than their type.
DECLARED: dict[str, tuple[str, ...]] = {
    "numeric": ("numeric", "numeric(40, 2)"),
    "bpchar": ("char(3)",),
    "varchar": ("varchar", "varchar(5)"),
}

# One text form for all values that are equal.
CANONICAL: dict[str, str] = {
    "numeric": "trim_scale({})", "float8": "({} + 0)", "float4": "({} + 0::float4)", "interval": "justify_interval({})",
    "bpchar": "({}::text::bpchar)", "jsonb": "to_jsonb(({})::text)",
}  # fmt: skip

ZONES = ("UTC", "America/New_York", "Asia/Kolkata")
_PLAIN = "SET intervalstyle = 'postgres'; SET datestyle = 'ISO, MDY'; SET bytea_output = 'hex'"
STYLES = (  # of output and input; all are set anew for each schema
    _PLAIN, _PLAIN, _PLAIN,
    "SET intervalstyle = 'iso_8601'; SET datestyle = 'SQL, DMY'; SET bytea_output = 'escape'",
    "SET intervalstyle = 'sql_standard'; SET datestyle = 'Postgres, MDY'; SET bytea_output = 'hex'",
    "SET intervalstyle = 'postgres_verbose'; SET datestyle = 'German'; SET bytea_output = 'escape'",
    "SET intervalstyle = 'postgres'; SET datestyle = 'ISO, YMD'; SET bytea_output = 'hex'; SET extra_float_digits = 0",
)  # fmt: skip
NO_MIN = frozenset(("bool", "jsonb", "uuid", "bytea", "int4range", "tsrange", "int4multirange"))  # min and max don't take them


def literal(kind: str, value: str) -> str:
    """A typed literal; numbers and booleans in their plain form where that has the type."""
    if kind == "bool":
        return value
    if kind == "int4" and value.isdigit():
        return value
    quoted = value if "''" in value else value.replace("'", "''")
    return f"'{quoted}'::{kind}"

"""Typed literals, `TYPE 'text'`, become `CAST('text' AS TYPE)` before sqlglot sees them.

sqlglot reads `date '2024-01-01'::text` as a date of the text cast, and takes INTERVAL literals apart: of
`interval '3 days 10:00'` it keeps three days, of `interval '1 day ago'` one.
"""

from __future__ import annotations

from .lexer import Token

Edit = tuple[int, int, str]

_NAMES = frozenset(
    ["cidr", "inet", "macaddr", "macaddr8", "name", "timetz", "bigint", "bool", "boolean", "bpchar", "bytea", "date", "decimal", "float4", "float8", "int", "int2", "int4", "int8", "integer", "interval", "json", "jsonb", "numeric", "oid", "real", "regclass", "regtype", "smallint", "text", "time", "timestamp", "timestamptz", "uuid", "varchar"]
)
_WITH_PRECISION = ("interval", "time", "timetz", "timestamp", "timestamptz")
_FIELDS = ("year", "month", "day", "hour", "minute", "second")
# After a bare number: INTERVAL '5' days, which PostgreSQL lacks and RisingWave has. sqlglot reads it well.
_MORE_UNITS = frozenset([*(f + "s" for f in _FIELDS), "week", "weeks", "decade", "decades", "century", "centuries"])


def typed_literal(tokens: list[Token], index: int) -> list[Edit]:
    """The edits that turn the typed literal which begins at `index` into a cast; none if there is none."""
    if index and tokens[index - 1].value in (".", "::") and tokens[index - 1].kind == "op":
        return []
    first = index + _length(tokens, index)
    if first == index or tokens[first].kind != "string":
        return []
    last = first
    while tokens[last + 1].kind == "string":
        last += 1
    spelling = " ".join(t.value for t in tokens[index:first])
    end = tokens[last].end
    out: list[Edit] = [(tokens[index].start, tokens[first].start, "cast(")]
    after = tokens[last + 1]
    if tokens[index].value != "interval" or after.kind != "word" or after.value not in {*_FIELDS, *_MORE_UNITS}:
        return [*out, (end, end, f" as {spelling})")]
    stop = last + 1
    if tokens[stop + 1].value == "to" and tokens[stop + 2].value in _FIELDS:
        stop += 2
    if tokens[stop].value == "second" and stop > last + 1 and tokens[stop + 1].value == "(" and tokens[stop + 2].value.isdigit():
        return [*out, (end, end, f" as {spelling}"), (tokens[stop].end, tokens[stop + 3].end, f")::interval({tokens[stop + 2].value})")]
    if after.value in _MORE_UNITS or (tokens[stop].value == "second" and tokens[stop + 1].value == "("):
        return []
    return [*out, (end, end, f" as {spelling}"), (tokens[stop].end, tokens[stop].end, ")")]


def _length(tokens: list[Token], index: int) -> int:
    """How many tokens from `index` on are the name of a type that may stand before a literal."""
    words = [t.value for t in tokens[index : index + 7]]
    if words[:2] in (["double", "precision"], ["character", "varying"]):
        return 2
    if words[0] not in _NAMES:
        return 0
    size = 1
    if words[0] in _WITH_PRECISION and words[1:2] == ["("] and words[3:4] == [")"] and words[2].isdigit():
        size = 4
    if words[0] in ("time", "timestamp") and words[size : size + 3] in (["with", "time", "zone"], ["without", "time", "zone"]):
        size += 3
    return size

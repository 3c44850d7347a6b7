"""Query forms of streaming dialects that sqlglot's postgres parser does not read, as text edits before it sees them.

- `TABLE(TUMBLE(TABLE t, DESCRIPTOR(c), …))`, the form of the SQL standard, Flink and Calcite, becomes `tumble(t, c, …)`;
  SESSION's `TABLE t PARTITION BY a, b` becomes an argument `partition_by(a, b)`;
- `WITH x AS CHANGELOG FROM t` becomes `WITH x AS (SELECT *, _changelog_row_id FROM table_changelog(t))`;
- `MAP {k: v, …}` becomes `map_literal(k, v, …)`.
"""

from __future__ import annotations

from .lexer import Token

Edit = tuple[int, int, str]

STREAM_WORDS = frozenset(("table", "session", "as", "map"))
SESSION = "session_table"  # `session(` alone is the value of a session variable to sqlglot
_WINDOWS = frozenset(("tumble", "hop", "cumulate", "session"))
_PLACES = frozenset(("from", "join", "by", ",", "("))


def stream_edits(tokens: list[Token], index: int) -> tuple[list[Edit], int] | None:
    """The edits for a form that begins at token `index`, and the last token they deal with."""
    token, after = tokens[index], tokens[index + 1]
    if token.value == "table" and after.value == "(" and tokens[index + 2].value in _WINDOWS:
        return _standard_call(tokens, index)
    if token.value == "session" and after.value == "(" and tokens[index - 1].value in _PLACES:
        return [(token.start, token.end, SESSION)], index
    if token.value == "as" and after.value == "changelog" and tokens[index + 2].value == "from":
        return _changelog(tokens, index)
    if token.value == "map" and after.value == "{":
        return _map_literal(tokens, index)
    return None


def closing(tokens: list[Token], index: int) -> int | None:
    """The token that closes the bracket at `index`."""
    depth = 0
    for position in range(index, len(tokens)):
        token = tokens[position]
        if token.kind == "op":
            depth += (token.value in "([{") - (token.value in ")]}")
            if not depth:
                return position
    return None


def _standard_call(tokens: list[Token], index: int) -> tuple[list[Edit], int] | None:
    outer, inner = closing(tokens, index + 1), closing(tokens, index + 3)
    if outer is None or inner is None or outer != inner + 1 or tokens[index + 3].value != "(":
        return None
    name = tokens[index + 2]
    out: list[Edit] = [(tokens[index].start, name.start, ""), (tokens[outer].start, tokens[outer].end, "")]
    if name.value == "session":
        out.append((name.start, name.end, SESSION))
    position = index + 4
    while position < inner:
        token = tokens[position]
        words = [t.value for t in tokens[position : position + 2]]
        if words in (["data", "=>"], ["timecol", "=>"]):
            out.append((token.start, tokens[position + 1].end, ""))
            position += 1
        elif token.value == "table" and token.kind == "word":
            out.append((token.start, token.end, ""))
        elif words == ["partition", "by"]:
            stop = position
            while stop < inner and tokens[stop].value not in ("descriptor", "timecol"):
                stop += 1
            out += [(token.start, tokens[position + 1].end, ", partition_by("), (tokens[stop - 1].start,) * 2 + (")",)]
            position += 1
        elif words == ["descriptor", "("] and tokens[position + 3].value == ")":
            out += [(token.start, tokens[position + 1].end, ""), (tokens[position + 3].start, tokens[position + 3].end, "")]
            position += 3
        position += 1
    return out, index + 2


def _changelog(tokens: list[Token], index: int) -> tuple[list[Edit], int]:
    last = index + 3
    while tokens[last + 1].value == ".":
        last += 2
    opened = (tokens[index].end, tokens[index + 2].end, " (select *, _changelog_row_id from table_changelog(")
    return [opened, (tokens[last].end, tokens[last].end, "))")], last


def _map_literal(tokens: list[Token], index: int) -> tuple[list[Edit], int] | None:
    last = closing(tokens, index + 1)
    if last is None:
        return None
    out: list[Edit] = [(tokens[index].start, tokens[index + 1].end, "map_literal("), (tokens[last].start, tokens[last].end, ")")]
    depth = 0
    for token in tokens[index + 2 : last]:
        if token.kind == "op":
            depth += (token.value in "([{") - (token.value in ")]}")
            if token.value == ":" and not depth:
                out.append((token.start, token.end, ","))
    return out, index + 1

"""Forms of Flink, Feldera and Materialize in queries that sqlglot's postgres parser does not read, as text edits.

- `MAP[k, v, …]`, `MAP[k => v, …]`, `MAP {k: v, …}` become `map_literal(k, v, …)`; `LIST[…]` and `LIST(query)` arrays, `LIST(x)` is a call;
- types: `int list` is `int[]`, `map[text => int]` is `map(text, int)`, `ROW<…>` is `struct<…>`;
- `FLOOR(x TO unit)` and `CEIL(x TO unit)` become `floor_to(x, 'unit')`, `ceil_to(x, 'unit')`;
- `TRIM(BOTH FROM a, b)` is `btrim(a, b)`;
- `LATERAL TABLE(f(x))` is `LATERAL f(x)`; `OPTIONS (… SIZE = n)` is a hint and is left out;
- `INTERVAL (n) DAY` is `((n) * interval '1 day')`, `RETURNING NOTHING` is left out;
- CockroachDB's `INNER | LEFT HASH | LOOKUP | MERGE JOIN` is without the word;
- `a [LEFT] ASOF JOIN b MATCH_CONDITION (c) ON d` is `a ASOF [LEFT] JOIN b ON c AND d`.
"""

from __future__ import annotations

from ...kernels.errors import Unsupported
from .calls import PREFIX
from .lexer import Token
from .stream_forms import closing

Edit = tuple[int, int, str]
Form = tuple[list[Edit], int]

HOW_TO_JOIN = frozenset(("hash", "lookup", "merge", "inverted"))  # CockroachDB's words
DIALECT_WORDS = frozenset(
    ("values", "interval", "returning", "map", "list", "row", "trim", "floor", "ceil", "ceiling", "lateral", "options", "match_condition",
     "match_recognize", "asof", *HOW_TO_JOIN)
)
_SIDES = frozenset(("inner", "left", "right", "full", "cross", "outer"))
_UNITS = frozenset(("year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond"))
_ROUNDED = {"floor": "floor_to", "ceil": "ceil_to", "ceiling": "ceil_to"}


def dialect_edits(text: str, tokens: list[Token], index: int) -> Form | None:
    """The edits for a form that begins at token `index`, and the last token they deal with."""
    token, after = tokens[index], tokens[index + 1]
    match token.value:
        case "interval" if after.value == "(":
            return _counted(tokens, index)
        case "returning" if after.value == "nothing" and tokens[index + 2].kind == "end":
            return [(token.start, after.end, "")], index + 1
        case "values" if after.value == "row" and tokens[index + 2].value == "(":
            return _value_rows(tokens, index)
        case "map" if after.value == "[":
            return _map_type(tokens, index) if _in_type(tokens, index) else _map(tokens, index)
        case "list" if _ends_type(tokens, index):
            return [(tokens[index - 1].end, token.end, "[]")], index
        case "list" if after.value == "[" or (after.value == "(" and tokens[index + 2].value in ("select", "values", "with")):
            return [(token.start, token.end, "array")], index
        case "list" if after.value == "(" and after.kind == "op":
            return [(token.start, token.end, PREFIX + "list")], index
        case "map" if after.value == "{":
            return _braced(tokens, index)
        case "trim" if after.value == "(":
            return _trim(tokens, index)
        case "row" if after.value == "<" and _in_type(tokens, index):
            return _row_type(tokens, index)
        case "floor" | "ceil" | "ceiling" if after.value == "(":
            return _rounded(tokens, index)
        case "lateral" if after.value == "table" and tokens[index + 2].value == "(":
            last = closing(tokens, index + 2)
            if last is not None:
                return [(after.start, tokens[index + 2].end, " "), (tokens[last].start, tokens[last].end, "")], index + 2
        case "options" if after.value == "(":
            last = closing(tokens, index + 1)
            if last is not None and any(t.value == "size" for t in tokens[index + 2 : last]):
                return [(token.start, tokens[last].end, "")], last
        case "asof" if after.value == "join" and tokens[index - 1].value in ("left", "inner"):
            before = tokens[index - 1]
            return [(before.start, before.end, "asof"), (token.start, token.end, before.value)], index
        case word if word in HOW_TO_JOIN and after.value == "join" and tokens[index - 1].value in _SIDES:
            return [(token.start, token.end, "")], index
        case "match_condition" if after.value == "(":
            return _match_condition(text, tokens, index)
        case "match_recognize" if after.value == "(":
            raise Unsupported("MATCH_RECOGNIZE is not supported", hint="Use window functions: lag, lead, row_number.", position=token.start)
    return None


def _trim(tokens: list[Token], index: int) -> Form | None:
    """TRIM([BOTH | LEADING | TRAILING] FROM a, b) is btrim(a, b)."""
    last = closing(tokens, index + 1)
    if last is None:
        return None
    depth, source, comma = 0, None, False
    for at in range(index + 2, last):
        token = tokens[at]
        depth += (token.value in ("(", "[")) - (token.value in (")", "]")) if token.kind == "op" else 0
        if depth == 0 and source is None and token.kind == "word" and token.value == "from":
            source = at
        comma = comma or (depth == 0 and source is not None and token.kind == "op" and token.value == ",")
    names = {"both": "btrim", "leading": "ltrim", "trailing": "rtrim"}
    if source is None or not comma or source > index + 2 + (tokens[index + 2].value in names):
        return None
    return [(tokens[index].start, tokens[source].end, names.get(tokens[index + 2].value, "btrim") + "(")], source


def _counted(tokens: list[Token], index: int) -> Form | None:
    """INTERVAL (n) DAY."""
    last = closing(tokens, index + 1)
    if last is None or tokens[last + 1].value.removesuffix("s") not in _UNITS:
        return None
    token, unit = tokens[index], tokens[last + 1]
    return [(token.start, token.end, "("), (unit.start, unit.end, f" * interval '1 {unit.value}')")], index


def _value_rows(tokens: list[Token], index: int) -> Form | None:
    """VALUES ROW(1, 2), ROW(3, 4)."""
    out: list[Edit] = []
    at = index + 1
    while tokens[at].value == "row" and (last := closing(tokens, at + 1)) is not None:
        out.append((tokens[at].start, tokens[at].end, ""))
        if tokens[last + 1].value != ",":
            break
        at = last + 2
    return (out, index) if out else None


def _row_type(tokens: list[Token], index: int) -> Form:
    """ROW<…> and what is in it, up to its end."""
    out: list[Edit] = []
    depth, at = 0, index
    while at < len(tokens) - 1:
        token = tokens[at]
        if token.value == "row" and tokens[at + 1].value == "<":
            out.append((token.start, token.end, "struct"))
        depth += (token.value == "<") - (token.value == ">")
        if token.value == ">" and depth <= 0:
            break
        at += 1
    return out, index


def _map_type(tokens: list[Token], index: int) -> Form | None:
    last = closing(tokens, index + 1)
    if last is None:
        return None
    arrow = _arrows(tokens, index + 2, last)
    opened, closed = tokens[index + 1], tokens[last]
    return [(opened.start, opened.end, "("), *((t.start, t.end, ",") for t in arrow), (closed.start, closed.end, ")")], index + 1


def _map(tokens: list[Token], index: int) -> Form | None:
    last = closing(tokens, index + 1)
    if last is None:
        return None
    out: list[Edit] = [(tokens[index].start, tokens[index + 1].end, "map_literal("), (tokens[last].start, tokens[last].end, ")")]
    return out + [(t.start, t.end, ",") for t in _arrows(tokens, index + 2, last)], index + 1


def _braced(tokens: list[Token], index: int) -> Form | None:
    """MAP {k: v, …}."""
    depth, colons = 0, []
    for at in range(index + 1, len(tokens)):
        token = tokens[at]
        if token.kind != "op":
            continue
        depth += (token.value in "([{") - (token.value in ")]}")
        if token.value == ":" and depth == 1:
            colons.append(token)
        if not depth:
            edits: list[Edit] = [(tokens[index].start, tokens[index + 1].end, "map_literal("), (token.start, token.end, ")")]
            return edits + [(t.start, t.end, ",") for t in colons], index + 1
    return None


def _arrows(tokens: list[Token], first: int, last: int) -> list[Token]:
    depth, found = 0, []
    for token in tokens[first:last]:
        if token.kind == "op":
            depth += (token.value in "([{") - (token.value in ")]}")
            if token.value == "=>" and not depth:
                found.append(token)
    return found


def _in_type(tokens: list[Token], index: int) -> bool:
    """A type stands at `index`: after `::` or `AS`, or inside another `map[… => …]` that does."""
    before = tokens[index - 1]
    if before.value == "=>":
        depth = 0
        for at in range(index - 1, 0, -1):
            depth += (tokens[at].value == "]") - (tokens[at].value == "[")
            if depth < 0:
                return tokens[at - 1].value == "map" and _in_type(tokens, at - 1)
    return before.value == "::" or (before.kind == "word" and before.value == "as")


def _ends_type(tokens: list[Token], index: int) -> bool:
    """`list` after the name of a type in a cast."""
    at = index - 1
    while at > 0 and tokens[at].kind == "word" and tokens[at].value == "list":
        at -= 1
    if tokens[at].value == ")":
        while at > 0 and tokens[at].value != "(":
            at -= 1
        at -= 1
    if tokens[at].kind == "word" and tokens[at].value == "precision":
        at -= 1
    return at > 0 and tokens[at].kind in ("word", "quoted") and tokens[at - 1].value in ("::", "as")


def _rounded(tokens: list[Token], index: int) -> Form | None:
    last = closing(tokens, index + 1)
    if last is None or last < index + 5 or tokens[last - 2].value != "to" or tokens[last - 2].kind != "word":
        return None
    name, to, unit = tokens[index], tokens[last - 2], tokens[last - 1]
    return [(name.start, name.end, _ROUNDED[name.value]), (to.start, to.end, ","), (unit.start, unit.end, f"'{unit.value}'")], index


def _match_condition(text: str, tokens: list[Token], index: int) -> Form | None:
    last = closing(tokens, index + 1)
    if last is None or tokens[last + 1].value != "on":
        return None
    condition = text[tokens[index + 1].start : tokens[last].end]
    on = tokens[last + 1]
    return [(tokens[index].start, tokens[last].end, ""), (on.end, on.end, f" {condition} and")], last + 1

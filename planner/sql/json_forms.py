"""SQL/JSON functions (SQL:2016, PostgreSQL 17, Flink), whose arguments have words in between, as plain calls for sqlglot.

`JSON_VALUE(doc, path RETURNING t DEFAULT e ON EMPTY NULL ON ERROR)` becomes `json_value(doc, path, json_returning => cast(null as
t), json_default_empty => (e), json_on_error => 'null')`, `JSON_OBJECT(KEY k VALUE v ABSENT ON NULL)` becomes `json_object(k, v,
json_nulls => 'absent')`; what they mean is in `bind/sql_json.py`. `x IS [NOT] JSON [OBJECT]` is a call as well.
"""

from __future__ import annotations

from ...kernels.errors import UserError
from .calls import PREFIX
from .lexer import Token
from .stream_forms import closing

Edit = tuple[int, int, str]

_QUERIES = frozenset(("json_value", "json_query", "json_exists"))
_MAKERS = frozenset(("json_object", "json_array", "json_arrayagg", "json_objectagg"))
JSON_WORDS = _QUERIES | _MAKERS
_BEHAVIOURS = frozenset(("null", "error", "true", "false", "unknown", "empty"))


def json_edits(tokens: list[Token], index: int) -> tuple[list[Edit], int] | None:
    """The edits for the call that begins at token `index`, and the last token they deal with; None if it is a plain call."""
    name = tokens[index].value
    last = closing(tokens, index + 1) if tokens[index + 1].value == "(" else None
    if last is None:
        return None
    out: list[Edit] = [(tokens[index].start, tokens[index].end, PREFIX + name)]
    words = list(_top(tokens, index + 2, last))
    if name in _QUERIES:
        out += _clauses(tokens, words, last)
    else:
        if name in ("json_object", "json_objectagg") and not _has_pairs(tokens, words):
            return None  # PostgreSQL's json_object(text[])
        out += _members(tokens, words, name)
    return out, index


def _top(tokens: list[Token], first: int, last: int) -> list[int]:
    """Tokens outside of brackets."""
    depth, found = 0, []
    for at in range(first, last):
        token = tokens[at]
        opens = token.kind == "op" and token.value in "([{"
        closes = token.kind == "op" and token.value in ")]}"
        depth -= closes
        if not depth and not opens and not closes:
            found.append(at)
        depth += opens
    return found


def _word(tokens: list[Token], at: int, *values: str) -> bool:
    return all(tokens[at + i].kind == "word" and tokens[at + i].value == v for i, v in enumerate(values))


def _clauses(tokens: list[Token], places: list[int], last: int) -> list[Edit]:
    out: list[Edit] = []
    done = 0
    starts = [at for at in places if _starts(tokens, at)]
    for number, at in enumerate(starts):
        if at < done:
            continue
        token = tokens[at]
        stop = starts[number + 1] if number + 1 < len(starts) else last
        end = tokens[stop - 1].end
        match token.value:
            case "returning":
                out.append((token.start, token.end, ", json_returning => cast(null as"))
                out.append((end, end, ")"))
            case "default":
                ends = (i for i in range(at, stop) if tokens[i].value == "on" and tokens[i + 1].value in ("empty", "error"))
                on = next(ends, None)
                if on is None:
                    raise UserError("syntax error: ON EMPTY or ON ERROR is missing after DEFAULT", "42601", position=token.start)
                out.append((token.start, token.end, f", json_default_{tokens[on + 1].value} => ("))
                out.append((tokens[on].start, tokens[on + 1].end, ")"))
            case "with" | "without":
                way = "conditional" if tokens[at + 1].value == "conditional" else "always" if token.value == "with" else "never"
                out.append((token.start, end, f", json_wrapper => '{way}'"))
            case "keep" | "omit":
                out.append((token.start, end, f", json_quotes => '{token.value}'"))
            case _:
                on = at + 1 if tokens[at + 1].value == "on" else at + 2
                done = on + 2
                what = " ".join(t.value for t in tokens[at:on])
                out.append((token.start, tokens[on + 1].end, f", json_on_{tokens[on + 1].value} => '{what}'"))
    return out


def _starts(tokens: list[Token], at: int) -> bool:
    """A clause begins here."""
    token = tokens[at]
    if token.kind != "word":
        return False
    if token.value in ("returning", "default"):
        return True
    if token.value in ("with", "without"):
        return any(t.value == "wrapper" for t in tokens[at + 1 : at + 4])
    if token.value in ("keep", "omit"):
        return _word(tokens, at + 1, "quotes")
    if token.value in _BEHAVIOURS:
        on = at + 1 if tokens[at + 1].value == "on" else at + 2
        return tokens[on].value == "on" and tokens[on + 1].value in ("empty", "error")
    return False


def _has_pairs(tokens: list[Token], places: list[int]) -> bool:
    return any((tokens[at].kind == "word" and tokens[at].value == "value") or tokens[at].value == ":" for at in places) or not places


def _members(tokens: list[Token], places: list[int], name: str) -> list[Edit]:
    out: list[Edit] = []
    for at in places:
        token = tokens[at]
        if token.kind == "word" and token.value == "key" and tokens[at - 1].value in ("(", ","):
            out.append((token.start, token.end, ""))
        elif name in ("json_object", "json_objectagg") and (token.value == ":" or (token.kind == "word" and token.value == "value")):
            out.append((token.start, token.end, ","))
        elif token.value in ("null", "absent") and _word(tokens, at, token.value, "on", "null"):
            out += _ahead(tokens, at, at + 2, places[0], f"json_nulls => '{token.value}'")
        elif token.kind == "word" and token.value == "returning" and tokens[at + 1].kind == "word":
            out += _ahead(tokens, at, at + 1, places[0], f"json_returning => cast(null as {tokens[at + 1].value})")
    return out


def _ahead(tokens: list[Token], first: int, last: int, place: int, argument: str) -> list[Edit]:
    """The clause from `first` to `last` as an argument before the others: after them may stand an ORDER BY."""
    if first == place:
        return [(tokens[first].start, tokens[last].end, argument)]
    start = tokens[place].start
    return [(start, start, argument + ", "), (tokens[first].start, tokens[last].end, "")]

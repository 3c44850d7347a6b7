"""Special forms of SQL that sqlglot can't read, as edits to the calls that mean the same."""

from __future__ import annotations

from .lexer import Token

_NORMAL_FORMS = ("nfc", "nfd", "nfkc", "nfkd")
# x IS [NOT] [form] NORMALIZED is read as x IS [NOT] <this><form>.
NORMALIZED = "__normalized_"


def form_edits(tokens: list[Token], index: int) -> list[tuple[int, int, str]]:
    """The edits for the form that begins at the token; none if none does."""
    token, after = tokens[index], tokens[index + 1]
    if token.value == "minus" and after.value in ("select", "values") and after.kind == "word" and tokens[index - 1].value != ",":
        return [(token.start, token.end, "except")]
    if token.value == "lateral" and tokens[index - 1].value == "(" and tokens[index - 2].value in ("from", "join", "(", ","):
        return [(token.start, token.start, f"(select) __before{token.start} cross join ")]  # it may not stand first for sqlglot
    if token.value == "values" and tokens[index - 1].value == "(":
        return _ordered_values(tokens, index)
    if token.value == "is":
        return _normalized(tokens, index)
    if token.value == "collation" and after.value == "for" and tokens[index + 2].value == "(":
        return [(token.start, after.end, "pg_collation_for")]
    return []


def _ordered_values(tokens: list[Token], index: int) -> list[tuple[int, int, str]]:
    """VALUES with an order or a limit in the parentheses of EXISTS, IN, ARRAY and FROM: what is selected from it."""
    if tokens[index - 2].value not in ("exists", "in", "any", "some", "all", "array", "from", "join", "lateral", ","):
        return []
    depth = 0
    for token in tokens[index:]:
        if token.kind == "op" and token.value in ("(", ")"):
            depth += 1 if token.value == "(" else -1
        if depth < 0 or (depth == 0 and token.value in ("union", "intersect", "except")):
            return []
        if depth == 0 and token.kind == "word" and token.value in ("order", "limit", "offset", "fetch"):
            return [(tokens[index].start, tokens[index].start, "select * from ("), (token.start, token.start, ") __values ")]
    return []


def _normalized(tokens: list[Token], index: int) -> list[tuple[int, int, str]]:
    at = index + 1 + (tokens[index + 1].value == "not")
    form = tokens[at].value if tokens[at].value in _NORMAL_FORMS else ""
    end = at + bool(form)
    if end >= len(tokens) or tokens[end].kind != "word" or tokens[end].value != "normalized":
        return []
    return [(tokens[at].start, tokens[end].end, f"{NORMALIZED}{form or 'nfc'}")]

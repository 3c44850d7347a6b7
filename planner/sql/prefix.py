"""Prefix operators bind less tightly than arithmetic: `~ 1 + 2` is `~ (1 + 2)`, and `|/ 4 + 5` is `|/ (4 + 5)`.

sqlglot has them bind most tightly, and doesn't know `@`. So operands get parentheses, and `@ x` becomes a call.
"""

from __future__ import annotations

from .lexer import Token

ABSOLUTE = "__prefix_at"
PLUS = "__prefix_plus"
_ARITHMETIC = frozenset("+-*/%^")
_SYMBOLS = frozenset("+-*/<>=~!@#%^&|`?")
_BEFORE = frozenset((
    "select", "distinct", "all", "and", "or", "not", "where", "having", "on", "by", "when", "then", "else", "case", "in", "like", "ilike", "between", "limit", "offset",
    "returning", "values", "set", "from", "using", "is", "any", "some", "symmetric", "to", "default",
))  # fmt: skip
_ZONE = ["at", "time", "zone"]


def prefix_edits(tokens: list[Token], index: int) -> list[tuple[int, int, str]]:
    """The text edits for a prefix operator whose first character is the token at `index`."""
    stop = index + 1
    while tokens[stop].kind == "op" and tokens[stop].value in _SYMBOLS and tokens[stop].start == tokens[stop - 1].end:
        stop += 1
    symbol = "".join(t.value for t in tokens[index:stop])
    if symbol not in ("@", "~", "|/", "||/") or not _at_start(tokens, index):
        return []
    end, compound = _operand(tokens, stop)
    if end is None or not (compound or symbol == "@"):
        return []
    last = tokens[end - 1].end
    if symbol == "@":
        return [(tokens[index].start, tokens[index].end, f"{ABSOLUTE}("), (last, last, ")")]
    return [(tokens[stop].start, tokens[stop].start, "("), (last, last, ")")]


def _at_start(tokens: list[Token], index: int) -> bool:
    """No operand stands before."""
    if index == 0:
        return True
    before = tokens[index - 1]
    if before.kind == "op" and before.value == ")":
        return _ends_distinct_on(tokens, index - 1)
    if before.kind == "op":
        return before.value not in ("]", "}") and not (before.value in _SYMBOLS and before.end == tokens[index].start)
    return before.kind == "word" and before.value in _BEFORE


def _ends_distinct_on(tokens: list[Token], index: int) -> bool:
    """The parenthesis at `index` closes the list of DISTINCT ON (…)."""
    depth = 0
    for at in range(index, 1, -1):
        if tokens[at].kind == "op" and tokens[at].value in "()":
            depth += 1 if tokens[at].value == ")" else -1
            if depth == 0:
                return [t.value for t in tokens[at - 2 : at]] == ["distinct", "on"]
    return False


def _operand(tokens: list[Token], index: int) -> tuple[int | None, bool]:
    """The end of an arithmetic expression from `index` on, and whether it has an operator."""
    compound = False
    while True:
        while tokens[index].kind == "op" and tokens[index].value in "+-@~|":  # signs and further prefix operators
            while tokens[index].value == "|":
                index += 1
            index += 1
            compound = True
        after = _primary(tokens, index)
        if after is None:
            return None, False
        after = _postfix(tokens, after)
        token, following = tokens[after], tokens[after + 1] if after + 1 < len(tokens) else tokens[after]
        alone = not (following.kind == "op" and following.value in _SYMBOLS and following.start == token.end)
        if token.kind != "op" or token.value not in _ARITHMETIC or not alone:
            return after, compound
        compound = True
        index = after + 1


def _primary(tokens: list[Token], index: int) -> int | None:
    token = tokens[index]
    if token.kind in ("number", "string", "param", "bits"):
        return index + 1
    if token.kind == "op" and token.value == "(":
        return _closed(tokens, index)
    if token.kind == "word" and token.value == "case":
        return _case_end(tokens, index)
    if token.kind not in ("word", "quoted"):
        return None
    index += 1
    while tokens[index].value == "." and tokens[index].kind == "op":
        index += 2
    if tokens[index].kind == "string":  # float8 '1'
        return index + 1
    return _closed(tokens, index) if tokens[index].kind == "op" and tokens[index].value in "([" else index


def _postfix(tokens: list[Token], index: int) -> int:
    while True:
        token = tokens[index]
        if (token.kind == "op" and token.value in ("[", "(")) or (token.kind == "word" and token.value in ("filter", "over", "within")):
            at = index if token.kind == "op" else index + 1 + (token.value == "within")
            closed = _closed(tokens, at)
            if closed is None:
                return index
            index = closed
        elif token.kind == "op" and token.value in ("::", "."):
            index += 2
            if tokens[index - 1].value == "double":
                index += 1
        elif token.kind == "word" and token.value == "collate":
            index += 2
        elif token.kind == "word" and [t.value for t in tokens[index : index + 3]] == _ZONE:
            after = _primary(tokens, index + 3)
            if after is None:
                return index
            index = after
        else:
            return index


def _closed(tokens: list[Token], index: int) -> int | None:
    """Behind the bracket that closes the one at `index`."""
    depth = 0
    for at in range(index, len(tokens)):
        if tokens[at].kind == "op":
            depth += (tokens[at].value in "([{") - (tokens[at].value in ")]}")
        if depth <= 0:
            return at + 1
    return None


def _case_end(tokens: list[Token], index: int) -> int | None:
    depth = 0
    for at in range(index, len(tokens)):
        if tokens[at].kind == "word":
            depth += (tokens[at].value == "case") - (tokens[at].value == "end")
        if depth <= 0:
            return at + 1
    return None

"""The lexer's tokens as those of sqlglot's parser, so that a text is read once, by PostgreSQL's lexical rules.

Keywords and operators are looked up in the tables of sqlglot's own tokenizer. Unquoted names are folded, strings decoded. `start`
and `end` are offsets in the full text; `col` is the offset in the parsed text and `line` the length, which is what errors tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from sqlglot.dialects.postgres import Postgres
from sqlglot.tokens import Token as ParserToken
from sqlglot.tokens import TokenType

from .lexer import Token, tokenize

Edit = tuple[int, int, str]

_TABLE = Postgres.tokenizer_class.KEYWORDS
_WORDS = {k: v for k, v in _TABLE.items() if k[0].isalpha() and " " not in k}
_OPERATORS = {k: v for k, v in _TABLE.items() if not k[0].isalnum() and not any(sign in k for sign in ("{", "}"))}
_SINGLE = Postgres.tokenizer_class.SINGLE_TOKENS
_PAIRS: dict[str, dict[str, tuple[str, TokenType]]] = {}  # first word: second word: both, as they are written, and their type
for _words in (k for k in _TABLE if " " in k):
    _first, _second = _words.lower().split(" ")
    _PAIRS.setdefault(_first, {})[_second] = (_words, _TABLE[_words])
_TYPES = {k.lower(): v for k, v in _WORDS.items()}
_BEGINNINGS = frozenset(k[:2] for k in _OPERATORS)
_LONGEST = max(map(len, _OPERATORS))
_NONE: list[str] = []  # comments: the lexer leaves them out


_written = lru_cache(512)(tokenize)  # edits write few different texts


def parser_tokens(text: str, tokens: Sequence[Token], edits: Iterable[Edit], base: int) -> list[ParserToken]:
    """The tokens of `text` after its edits. What an edit writes stands where what it replaces stood."""
    out: list[ParserToken] = []
    at, last = 0, len(tokens) - 1
    for start, end, new in sorted(edits):
        begun = at
        while at < last and tokens[at].end <= start:
            at += 1
        _convert(text, tokens, begun, at, base, out)
        while at < last and tokens[at].start < end:
            at += 1
        written = _written(new)
        made: list[ParserToken] = []
        _convert(new, written, 0, len(written) - 1, 0, made)
        for token in made:
            token.line, token.col, token.start, token.end = max(1, end - start), start, start + base, max(start, end - 1) + base
        out += made
    _convert(text, tokens, at, last, base, out)
    return out


def _convert(text: str, tokens: Sequence[Token], at: int, stop: int, base: int, out: list[ParserToken]) -> None:
    while at < stop:
        kind, value, start, end = tokens[at]
        at += 1
        if kind == "op":
            if at < stop and tokens[at].start == end and text[start : start + 2] in _BEGINNINGS and value != "::":
                at, value = _operator(text, tokens, at, stop)
                end = start + len(value)
            found = _OPERATORS.get(value)
            type_ = found if found is not None else _SINGLE[value]
        elif kind == "word":
            type_ = _TYPES.get(value, TokenType.VAR)
            following = _PAIRS.get(value)
            if following is not None and at < stop and (pair := following.get(tokens[at].value)) and tokens[at].kind == "word":
                end = tokens[at].end
                at += 1
                value, type_ = pair
            elif value == "n" and at < stop and tokens[at].kind == "string" and tokens[at].start == end and text[end] == "'":
                value, end, type_ = tokens[at].value, tokens[at].end, TokenType.NATIONAL_STRING
                at += 1
            elif type_ is not TokenType.VAR and out and out[-1].token_type is TokenType.PARAMETER:
                type_ = TokenType.VAR
        elif kind == "string":
            type_ = TokenType.STRING
        elif kind == "number":
            type_ = TokenType.NUMBER
            if not value.isdigit():
                value = _decimal(value)
        elif kind == "quoted":
            type_ = TokenType.IDENTIFIER
        elif kind == "param":
            out.append(ParserToken(TokenType.PARAMETER, "$", 1, start, start + base, start + base, _NONE))
            value, start, type_ = value[1:], start + 1, TokenType.NUMBER
        else:
            type_ = TokenType.BIT_STRING if value[0] in "bB" else TokenType.HEX_STRING
            value = value[2:-1]
        out.append(ParserToken(type_, value, end - start, start, start + base, end - 1 + base, _NONE))


def _operator(text: str, tokens: Sequence[Token], at: int, stop: int) -> tuple[int, str]:
    """The longest operator that begins before token `at` and ends where a token ends; the token after it."""
    start = tokens[at - 1].start
    best = at, tokens[at - 1].value
    while at < stop and tokens[at].kind == "op" and tokens[at].start == tokens[at - 1].end and tokens[at].end - start <= _LONGEST:
        at += 1
        if (written := text[start : tokens[at - 1].end]) in _OPERATORS:
            best = at, written
    return best


def _decimal(value: str) -> str:
    """A number in sqlglot's way to write it."""
    if value[1:2] in "xXoObB":
        return str(int(value, 0))
    value = value.replace("_", "")
    return "0" + value if value[0] == "." else value

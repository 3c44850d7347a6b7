"""PostgreSQL's lexical rules as one regular expression: text to a flat tuple of tokens.

The statement layer has its own lexer because sqlglot's tokenizer swallows the rest of a statement as one raw
string after words such as SHOW, FETCH or EXECUTE, and because splitting a script must not cost a second pass.
Operators come out one character at a time (`::` and `=>` excepted): the statement layer never needs longer
ones, and `struct<a struct<b int>>` closes without special care. Query text goes to sqlglot separately.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ...kernels.errors import UserError


class Token(NamedTuple):
    """`kind` is word, quoted, string, number, param, op or end; `value` is folded or decoded."""

    kind: str
    value: str
    start: int
    end: int


_MASTER = re.compile(
    r"""(?P<space>(?:\s+|--[^\n]*)+)
      | (?P<comment>/\*)
      | (?P<string>'(?:[^']|'')*')
      | (?P<escape>[eE]'(?:[^'\\]|\\.|'')*')
      | (?P<unicode>[uU]&'(?:[^']|'')*')
      | (?P<uident>[uU]&"(?:[^"]|"")+")
      | (?P<bits>[bBxX]'[^']*')
      | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$]*)
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<backquoted>`[^`\s]+`)
      | (?P<number>0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\d+(?:_\d+)+(?![\d.eE_])|(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<param>\$\d+)
      | (?P<dollar>\$(?P<tag>(?:[A-Za-z_\x80-\U0010ffff]\w*)?)\$.*?\$(?P=tag)\$)
      | (?P<op>::|=>|[-+*/<>=~!@\#%^&|`?()\[\],;.:{}])""",
    re.X | re.S,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.S)
_UNICODE = re.compile(r"\\(?:\\|\+([0-9a-fA-F]{6})|([0-9a-fA-F]{4}))")
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def fold(name: str) -> str:
    """Case folding of an unquoted identifier: ASCII letters only, as PostgreSQL does in UTF-8."""
    return name.lower() if name.isascii() else "".join(c.lower() if c.isascii() else c for c in name)


def tokenize(text: str) -> list[Token]:
    """All tokens of `text` without blanks and comments, closed by one `end` token.

    Raises 42601 for an unterminated string, identifier or comment and for a stray character.
    """
    return tokenize_statement(text, 0, "")


def tokenize_statement(text: str, position: int, stop: str = ";") -> list[Token]:
    """Tokens from `position` to the first `stop`; the `end` token that closes them is where it is, or the end of text."""
    out: list[Token] = []
    size = len(text)
    match = _MASTER.match
    while position < size:
        found = match(text, position)
        if found is None:
            raise _broken(text, position)
        kind = found.lastgroup
        end = found.end()
        if kind == "word":
            out.append(Token("word", fold(text[position:end]), position, end))
        elif kind == "op" or kind == "number" or kind == "param":
            value = text[position:end]
            if value == stop:
                out.append(Token("end", "", position, end))
                return out
            out.append(Token(kind, value, position, end))
        elif kind == "string":
            out.append(Token("string", text[position + 1 : end - 1].replace("''", "'"), position, end))
        elif kind == "comment":
            end = _comment_end(text, position)
        elif kind != "space":
            out.append(_rare(kind or "dollar", text, position, end, found["tag"]))
        position = end
    out.append(Token("end", "", size, size))
    return out


def _rare(kind: str, text: str, start: int, end: int, tag: str | None) -> Token:
    raw = text[start:end]
    if kind == "quoted":
        return Token("quoted", raw[1:-1].replace('""', '"'), start, end)
    if kind == "backquoted":  # Flink's quotes
        return Token("quoted", raw[1:-1], start, end)
    if kind == "escape":
        return Token("string", _ESCAPE.sub(_unescape, raw[2:-1].replace("''", "'")), start, end)
    if kind == "unicode":
        return Token("string", _UNICODE.sub(_code_point, raw[3:-1].replace("''", "'")), start, end)
    if kind == "uident":
        return Token("quoted", _UNICODE.sub(_code_point, raw[3:-1].replace('""', '"')), start, end)
    if kind == "bits":
        return Token("bits", raw, start, end)
    edge = len(tag or "") + 2
    return Token("string", raw[edge:-edge], start, end)


def _unescape(found: re.Match[str]) -> str:
    octal, hexa, short, long, other = found.groups()
    if octal:
        return chr(int(octal, 8) & 255)
    if hexa or short or long:
        return chr(int(hexa or short or long, 16))
    return _LETTERS.get(other, other)


def _code_point(found: re.Match[str]) -> str:
    digits = found[1] or found[2]
    return chr(int(digits, 16)) if digits else "\\"


def _comment_end(text: str, start: int) -> int:
    depth, position = 0, start
    while edge := _COMMENT_EDGE.search(text, position):
        depth += 1 if edge[0] == "/*" else -1
        position = edge.end()
        if not depth:
            return position
    raise UserError(f'unterminated /* comment at or near "{text[start:]}"', position=start)


def _broken(text: str, start: int) -> UserError:
    character = text[start]
    if character == '"':
        word = (
            "zero-length delimited identifier"
            if text.startswith('""', start)
            else "unterminated quoted identifier"
        )
        near = '""' if text.startswith('""', start) else text[start:]
        return UserError(f'{word} at or near "{near}"', position=start)
    if character == "'":
        return UserError(f'unterminated quoted string at or near "{text[start:]}"', position=start)
    if character == "$" and re.match(r"\$\w*\$", text[start:]):
        return UserError(f'unterminated dollar-quoted string at or near "{text[start:]}"', position=start)
    return UserError(f'syntax error at or near "{character}"', position=start)

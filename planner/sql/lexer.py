"""PostgreSQL's lexical rules as one regular expression: text to a flat tuple of tokens.

The statement layer has its own lexer because sqlglot's tokenizer swallows the rest of a statement as one raw
string after words such as SHOW, FETCH or EXECUTE, and because splitting a script must not cost a second pass.
Operators come out one character at a time (`::` and `=>` excepted): the statement layer never needs longer
ones, and `struct<a struct<b int>>` closes without special care. `parser_tokens.py` makes of them those of sqlglot's parser.
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
      | (?P<number>0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d+(?:_\d+)*(?:\.(?!\.)(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+)?)
      | (?P<param>\$\d+)
      | (?P<dollar>\$(?P<tag>(?:[A-Za-z_\x80-\U0010ffff]\w*)?)\$.*?\$(?P=tag)\$)
      | (?P<op>::|=>|[-+*/<>=~!@\#%^&|`?()\[\],;.:{}])""",
    re.X | re.S,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_HIGH, _LOW = r"[dD][89abAB][0-9a-fA-F]{2}", r"[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(
    rf"\\(?:([0-7]{{1,3}})|x([0-9a-fA-F]{{1,2}})|u({_HIGH}\\u{_LOW}|[0-9a-fA-F]{{4}})|U([0-9a-fA-F]{{8}})|(.))", re.S
)
_JUNK = re.compile(r"[A-Za-z_\x80-\U0010ffff]")  # no name begins right behind a number
_UESCAPE = re.compile(r"\s+uescape\s+'(.)'", re.I | re.S)
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
            if kind == "number" and _JUNK.match(text, end):
                raise UserError(f'trailing junk after numeric literal at or near "{text[position : end + 1]}"', position=position)
            if value == stop:
                out.append(Token("end", "", position, end))
                return out
            out.append(Token(kind, value, position, end))
        elif kind == "string":
            out.append(Token("string", text[position + 1 : end - 1].replace("''", "'"), position, end))
        elif kind == "comment":
            end = _comment_end(text, position)
        elif kind != "space":
            chosen = _UESCAPE.match(text, end) if kind in ("unicode", "uident") else None
            end = chosen.end() if chosen is not None else end
            out.append(_rare(kind or "dollar", text, position, found.end(), found["tag"], chosen[1] if chosen is not None else "\\"))
            out[-1] = out[-1]._replace(end=end)
        position = end
    out.append(Token("end", "", size, size))
    return out


def _rare(kind: str, text: str, start: int, end: int, tag: str | None, sign: str) -> Token:
    raw = text[start:end]
    if kind == "quoted":
        return Token("quoted", raw[1:-1].replace('""', '"'), start, end)
    if kind == "backquoted":  # Flink's quotes
        return Token("quoted", raw[1:-1], start, end)
    if kind == "escape":
        return Token("string", _unescaped(raw[2:-1].replace("''", "'"), start), start, end)
    if kind == "unicode":
        return Token("string", _unicode(raw[3:-1].replace("''", "'"), sign, start), start, end)
    if kind == "uident":
        return Token("quoted", _unicode(raw[3:-1].replace('""', '"'), sign, start), start, end)
    if kind == "bits":
        binary = raw[0] in "bB"
        for digit in raw[2:-1]:
            if digit not in ("01" if binary else "0123456789abcdefABCDEF"):
                raise UserError(f'"{digit}" is not a valid {"binary" if binary else "hexadecimal"} digit', "22P02", position=start)
        return Token("bits", raw, start, end)
    edge = len(tag or "") + 2
    return Token("string", raw[edge:-edge], start, end)


def _unescaped(text: str, at: int) -> str:
    """The value of E'text'. Octal and hexadecimal escapes are bytes of UTF-8, the others characters."""

    def one(found: re.Match[str]) -> str:
        octal, hexa, short, long, other = found.groups()
        if octal or hexa:
            byte = int(octal, 8) & 255 if octal else int(hexa, 16)
            if not byte:
                raise UserError('invalid byte sequence for encoding "UTF8": 0x00', "22021", position=at)
            return chr(byte) if byte < 128 else chr(0xDC00 + byte)
        if short or long:
            return _characters((short or long).replace("\\u", ""), at)
        if other in ("u", "U"):
            raise UserError("invalid Unicode escape", "22025", hint="Unicode escapes must be \\uXXXX or \\UXXXXXXXX.", position=at)
        return _LETTERS.get(other, other)

    made = _ESCAPE.sub(one, text)
    try:
        return made if made.isascii() else made.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeDecodeError:
        raise UserError('invalid byte sequence for encoding "UTF8"', "22021", position=at) from None


def _unicode(text: str, sign: str, at: int) -> str:
    """The value of U&'text' with the escape character `sign`."""
    s = re.escape(sign)

    def one(found: re.Match[str]) -> str:
        if found[1] is not None:
            return sign
        digits = found[2] or found[3]
        if not digits:
            raise UserError("invalid Unicode escape", position=at, hint="Unicode escapes must be \\XXXX or \\+XXXXXX.")
        return _characters(digits.replace(sign, "").replace("+", ""), at)

    return re.sub(rf"{s}(?:({s})|({_HIGH}{s}{_LOW}|[0-9a-fA-F]{{4}})|\+([0-9a-fA-F]{{6}})|)", one, text)


def _characters(digits: str, at: int) -> str:
    """The character of 4, 6 or 8 hexadecimal digits; of two halves of UTF-16 if there are two."""
    code = int(digits, 16)
    if len(digits) == 8 and code > 0x10FFFF and digits[0] in "dD":
        code = 0x10000 + ((code >> 16) - 0xD800 << 10) + ((code & 0xFFFF) - 0xDC00)
    if not code or code > 0x10FFFF:
        raise UserError("invalid Unicode escape value", position=at)
    if 0xD800 <= code < 0xE000:
        raise UserError("invalid Unicode surrogate pair", position=at)
    return chr(code)


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

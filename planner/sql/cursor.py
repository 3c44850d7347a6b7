"""The token cursor all statement families share: names, lists, options, types and embedded expressions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from .lexer import Token
from .query import parse_expression, parse_query
from .statements import FormatEncode, Name, OptionPairs, OptionValue, SecretName
from .typenames import _MULTI, TypeName

T = TypeVar("T")
_RESERVED = {
    "select", "from", "where", "table", "create", "with", "as", "on", "and", "or", "not", "null", "order", "group",
    "having", "limit", "union", "into", "values", "primary", "unique", "check", "references", "default", "for",
    "using", "to", "in", "case", "when", "then", "else", "end", "all", "distinct", "constraint", "foreign", "grant",
}  # fmt: skip

_FIELDS = ("year", "month", "day", "hour", "minute", "second")  # of intervals


class Cursor:
    """Tokens `index` … of the script `text`, up to the end of one statement."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text, self.tokens, self.index = text, tokens, 0

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def advance(self) -> Token:
        token = self.token
        if token.kind != "end":
            self.index += 1
        return token

    def error(self, token: Token | None = None) -> UserError:
        token = token or self.token
        if token.kind == "end":
            return UserError("syntax error at end of input", position=token.start)
        return UserError(
            f'syntax error at or near "{self.text[token.start : token.end]}"', position=token.start
        )

    def at(self, *words: str) -> bool:
        """Whether the next tokens are these words or operators."""
        tokens, index = self.tokens, self.index
        if index + len(words) > len(tokens):
            return False
        return all(
            tokens[index + i].value == w and tokens[index + i].kind in ("word", "op")
            for i, w in enumerate(words)
        )

    def accept(self, *words: str) -> bool:
        if self.at(*words):
            self.index += len(words)
            return True
        return False

    def expect(self, *words: str) -> None:
        for word in words:
            if not self.accept(word):
                raise self.error()

    def accept_any(self, *words: str) -> str | None:
        if self.token.kind == "word" and self.token.value in words:
            return self.advance().value
        return None

    def one_of(self, *words: str) -> str:
        found = self.accept_any(*words)
        if found is None:
            raise self.error()
        return found

    def done(self) -> None:
        if self.token.kind != "end":
            raise self.error()

    def ident(self) -> str:
        token = self.token
        if token.kind == "quoted" or (token.kind == "word" and token.value not in _RESERVED):
            return self.advance().value
        raise self.error()

    def label(self) -> str:
        """An identifier where reserved words are fine too."""
        if self.token.kind not in ("word", "quoted"):
            raise self.error()
        return self.advance().value

    def name(self) -> Name:
        parts = [self.ident()]
        while self.accept("."):
            parts.append(self.label())
        return tuple(parts)

    def string(self) -> str:
        if self.token.kind != "string":
            raise self.error()
        return self.advance().value

    def integer(self) -> int:
        sign = -1 if self.accept("-") else 1
        self.accept("+")
        if self.token.kind != "number" or not self.token.value.isdigit():
            raise self.error()
        return sign * int(self.advance().value)

    def items(self, item: Callable[[], T]) -> tuple[T, ...]:
        out = [item()]
        while self.accept(","):
            out.append(item())
        return tuple(out)

    def parens(self, item: Callable[[], T]) -> tuple[T, ...]:
        self.expect("(")
        out = self.items(item)
        self.expect(")")
        return out

    def if_exists(self) -> bool:
        return self.accept("if", "exists")

    def if_not_exists(self) -> bool:
        return self.accept("if", "not", "exists")

    def cascade(self) -> bool:
        return self.accept_any("cascade", "restrict") == "cascade"

    def raw(self) -> str:
        """All that is left, as text."""
        start = self.token.start
        self.index = len(self.tokens) - 1
        return self.text[start : self.tokens[self.index - 1].end] if start < self.token.start else ""

    def skip(self, *stops: str) -> int:
        """Skip balanced tokens up to one of `stops`, a comma or a closing parenthesis; gives the end offset."""
        depth, first = 0, self.index
        while self.token.kind != "end":
            token = self.token
            if token.kind in ("op", "word"):
                if token.value in "([{" and token.kind == "op":
                    depth += 1
                elif token.value in ")]}" and token.kind == "op":
                    if not depth:
                        break
                    depth -= 1
                elif (not depth and self.index > first and token.value in stops) or (not depth and token.value == ","):
                    break
            self.index += 1
        if self.index == first:
            raise self.error()
        return self.tokens[self.index - 1].end

    def expression(self, *stops: str) -> exp.Expression:
        """A scalar expression; its own text is kept as `meta["sql"]`."""
        start = self.token.start
        text = self.text[start : self.skip(*stops)]
        tree = parse_expression(text, start)
        tree.meta["sql"] = text.strip()
        return tree

    def nested(self) -> exp.Expression:
        """( expression )"""
        self.expect("(")
        node = self.expression()
        self.expect(")")
        return node

    def query(self, last: int) -> exp.Expression:
        """The query from here to before token index `last`."""
        first = self.index
        if first >= last or not (self.token.value in (*QUERY_WORDS, "from") or self.at("(")):
            raise self.error()
        start = self.token.start
        tokens = self.tokens[first:last]
        if start:
            tokens = [Token(t.kind, t.value, t.start - start, t.end - start) for t in tokens]
        end = self.tokens[last - 1].end
        tokens.append(Token("end", "", end - start, end - start))
        self.index = last
        return parse_query(self.text[start:end], start, tokens=tokens)

    def closing(self) -> int:
        """Token index of the parenthesis that closes the open one here."""
        depth = 0
        for index in range(self.index, len(self.tokens)):
            token = self.tokens[index]
            if token.kind == "op":
                depth += (token.value == "(") - (token.value == ")")
                if not depth:
                    return index
        raise self.error(self.tokens[-1])

    def option_key(self) -> str:
        if self.token.kind == "string":  # Flink writes 'connector' = 'kafka'
            return self.advance().value
        parts = [self.label()]
        while self.accept("."):
            parts.append(self.label())
        while self.token.kind in ("word", "quoted"):  # two-word keys such as SCHEMA REGISTRY
            parts[-1] += " " + self.advance().value
        return ".".join(parts)

    def option_value(self) -> OptionValue:
        token = self.token
        if self.accept_any("secret"):
            return SecretName(".".join(self.name()))
        if token.kind == "number" or self.at("-") or self.at("+"):
            sign = -1 if self.accept("-") else 1
            self.accept("+")
            if self.token.kind != "number":
                raise self.error()
            value = self.advance().value
            if value[:2].lower() == "0x":
                return sign * int(value, 16)
            return sign * (int(value) if value.isdigit() else float(value))
        if token.kind == "string":
            return self.advance().value
        if token.kind == "word" and self.peek().value == "(":  # fixed(a -> b), kept as text
            self.advance()
            last = self.closing()
            self.index = last + 1
            return self.text[token.start : self.tokens[last].end]
        if token.kind in ("word", "quoted"):
            word = ".".join([self.label(), *self._more()])
            return {"true": True, "false": False, "null": None}.get(word, word)
        raise self.error()

    def _more(self) -> list[str]:
        out = []
        while self.accept("."):
            out.append(self.label())
        return out

    def options(self) -> OptionPairs:
        """( k = v, k v, k ), possibly empty."""
        if self.at("(", ")"):
            self.index += 2
            return ()

        def pair() -> tuple[str, OptionValue]:
            key = self.option_key() if self.peek().kind == "op" or self.token.kind == "string" else self.label()
            if self.accept("="):
                return key, self.option_value()
            return key, True if self.at(",") or self.at(")") else self.option_value()

        return self.parens(pair)

    def with_options(self) -> OptionPairs:
        return self.options() if self.accept("with") else ()

    def format_encode(self) -> FormatEncode | None:
        if not self.accept("format"):
            return None
        form = self.label()
        self.expect("encode")
        encode = self.label()
        options = self.options() if self.at("(") else ()
        return FormatEncode(form, encode, options, self.label() if self.accept("key", "encode") else None)

    def type_name(self) -> TypeName:
        start, quoted = self.token.start, self.token.kind == "quoted"
        name, schema = self.label(), None
        while self.accept("."):
            quoted = self.token.kind == "quoted"
            name, schema = self.label(), name
        if quoted and name == "char" and schema in (None, "pg_catalog"):
            name, schema = '"char"', None
        while name.split(" ")[-1] in _MULTI and self.token.value in _MULTI[name.split(" ")[-1]]:
            name += " " + self.advance().value
        if name in ("tinyint", "smallint", "int", "integer", "bigint") and self.accept("unsigned"):
            name += " unsigned"
        mods: tuple[int, ...] = ()
        fields: tuple[tuple[str, TypeName], ...] = ()
        elements: tuple[TypeName, ...] = ()
        inner = 0
        if name in ("struct", "row") and self.at("<"):
            name, fields = "struct", self._angles(self._field)
        elif name in ("row", "struct") and self.at("("):
            name, fields = "struct", self.parens(self._field)
        elif name == "map" and self.at("<"):
            elements = self._angles(self._part)
        elif name == "map" and self.at("[") and self.peek().value != "]":  # Materialize's map[key => value]
            self.expect("[")
            key = self.type_name()
            self.expect("=>")
            elements = (key, self.type_name())
            self.expect("]")
        elif name == "array" and self.at("<"):
            (element,) = self._angles(self._part)
            name, mods, fields, elements = element.name, element.mods, element.fields, element.elements
            schema, inner = element.schema, element.array_depth + 1
        elif name == "map" and self.at("("):
            elements = self.parens(self.type_name)
        elif self.at("("):
            mods = self.parens(self.integer)
        if name == "interval" and not mods and self.token.kind == "word" and self.token.value in _FIELDS:
            mods = self._interval_fields()
        if (name == "timestamp" and self.accept("with", "local", "time", "zone")) or (name in ("time", "timestamp") and self.accept("with", "time", "zone")):
            name += " with time zone"
        elif name in ("time", "timestamp"):
            self.accept("without", "time", "zone")
        depth = inner
        while self.at("[") or self.at("array") or self.at("list"):
            depth += 1
            if self.advance().value in ("array", "list") and not self.at("["):
                continue
            self.accept("[")
            if not self.at("]"):
                self.integer()
            self.expect("]")
        return TypeName(
            self.text[start : self.tokens[self.index - 1].end], name, mods, depth, fields, elements, start, schema
        )

    def _interval_fields(self) -> tuple[int, ...]:
        """INTERVAL DAY TO SECOND(3), of a column: the precision. What ends in another field would be cut off."""
        position, last = self.token.start, self.one_of(*_FIELDS)
        if self.accept("to"):
            last = self.one_of(*_FIELDS)
        if last != "second":
            raise Unsupported(f"columns of intervals up to {last}s are not supported", hint="Use interval.", position=position)
        return self.parens(self.integer) if self.at("(") else ()

    def _angles(self, item: Callable[[], T]) -> tuple[T, ...]:
        self.expect("<")
        out = self.items(item)
        self.expect(">")
        return out

    def _field(self) -> tuple[str, TypeName]:
        return self.label(), self._part()

    def _part(self) -> TypeName:
        """The type of a part of a type; that the part may or may not be NULL is not kept."""
        made = self.type_name()
        if not self.accept("not", "null"):
            self.accept("null")
        return made


QUERY_WORDS = ("select", "with", "values", "table")

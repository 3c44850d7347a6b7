"""Function calls come out of sqlglot as `exp.Anonymous` with their own name and plain arguments.

sqlglot gives six hundred function names a node class of their own, and loses on the way what a binder needs: `to_char`
formats are translated, `date_bin(a, b, c)` turns a column into a unit, `length` and `char_length` become one. A name
with a prefix that sqlglot doesn't know is parsed as a plain call, so known names get it here and lose it in the tree.
What has a grammar of its own (CAST, EXTRACT, TRIM …) is left alone.
"""

from __future__ import annotations

from sqlglot.dialects.dialect import Dialect

from .lexer import Token

PREFIX = "__call_"
_GRAMMAR = frozenset(
    ["and", "or", "xor", "apply", "array", "case", "cast", "char", "collate", "current_catalog", "current_date", "current_schema", "current_time", "current_timestamp", "current_user", "date", "datetime", "exists", "extract", "filter", "first", "glob", "if", "in", "insert", "int64", "like", "list", "localtime", "localtimestamp", "map", "overlay", "position", "safe_cast", "session_user", "string", "struct", "substring", "time", "timestamp", "trim", "truncate", "try_cast", "unnest", "uuid"]
)
# Types whose name as a function, a cast, has to be quoted.
_QUOTED_TYPES = frozenset(("time", "timestamp", "interval"))
_SYNONYMS = {"ifnull": PREFIX + "coalesce", "nvl": PREFIX + "coalesce"}
# Operators to sqlglot, and functions where no operand stands before them.
_OPERATORS = frozenset(("regexp", "rlike", "xor"))
_BEFORE_CALLS = frozenset(("select", ",", "(", "and", "or", "not", "where", "when", "then", "else", "on"))
_PARSER = Dialect.get_or_raise("postgres").parser()
_RENAMED = frozenset(name.lower() for name in (*_PARSER.FUNCTIONS, *_PARSER.FUNCTION_PARSERS)) - _GRAMMAR


def call_edit(tokens: list[Token], index: int) -> tuple[int, int, str] | None:
    """The text edit that makes the token at `index` a plain call, if sqlglot would read its name as special."""
    token, after = tokens[index], tokens[index + 1]
    if token.value in _SYNONYMS and after.value == "(" and after.kind == "op":
        return token.start, token.end, _SYNONYMS[token.value]
    special = token.value in _RENAMED or (token.kind == "quoted" and token.value in _QUOTED_TYPES)
    special = special or (token.value in _OPERATORS and tokens[index - 1].value in _BEFORE_CALLS)
    special = special or (token.value == "first" and tokens[index - 1].value not in ("fetch", "nulls"))
    if special and after.kind == "op" and after.value == "(":
        return token.start, token.end, PREFIX + token.value
    return None


def plain_name(name: str) -> str:
    """The name as it was written, for identifiers and calls of the finished tree."""
    return name[len(PREFIX) :] if name.startswith(PREFIX) else name

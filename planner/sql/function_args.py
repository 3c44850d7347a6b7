"""Parameters of functions as they are written where a function is made, and where one is named."""

from __future__ import annotations

from . import statements as s
from .cursor import Cursor
from .typenames import TypeName

_MODES = ("in", "out", "inout", "variadic")


def argument(c: Cursor) -> s.FunctionArg:
    mode = c.accept_any(*_MODES)
    mark, name = c.index, None
    type_name: TypeName | None = c._part()
    if c.token.kind in ("word", "quoted") and not c.at("default"):
        c.index = mark
        name = c.label()
        mode = mode or c.accept_any(*_MODES)
        type_name = c._part()
    default: str | None = None
    if c.accept("default") or c.accept("="):
        start = c.token.start
        c.expression()
        default = c.text[start : c.tokens[c.index - 1].end]
    assert type_name is not None
    return s.FunctionArg(name, type_name, default, mode or "in")


def arguments(c: Cursor) -> tuple[s.FunctionArg, ...]:
    """All parameters, behind the opening parenthesis."""
    found = () if c.at(")") else c.items(lambda: argument(c))
    c.expect(")")
    return found


def input_types(c: Cursor) -> tuple[TypeName, ...] | None:
    """What tells functions of one name apart; None where no parentheses follow."""
    if not c.accept("("):
        return None
    return tuple(a.type for a in arguments(c) if a.mode != "out" and a.type is not None)


_ANY = TypeName("any", "any")


def macro(c: Cursor, replace: bool) -> s.Statement:
    """DuckDB's CREATE MACRO name(a, b := value) AS expression | AS TABLE query: a function in SQL of any types."""
    exists = c.if_not_exists()
    name = c.name()

    def parameter() -> s.FunctionArg:
        label, default = c.ident(), None
        if c.accept(":", "=") or c.accept("default"):
            start = c.token.start
            c.expression()
            default = c.text[start : c.tokens[c.index - 1].end]
        return s.FunctionArg(label, _ANY, default)

    c.expect("(")
    args = () if c.at(")") else c.items(parameter)
    c.expect(")")
    c.expect("as")
    table = c.accept("table")
    body = c.raw() if table else "RETURN " + c.raw()
    return s.CreateFunction("function", name, args, returns=_ANY, returns_set=table, language="sql", body=body, or_replace=replace, if_not_exists=exists)

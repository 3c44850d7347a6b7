"""CREATE TYPE, CREATE DOMAIN and ALTER TYPE … VALUE."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlglot import exp

from ...kernels.errors import Unsupported
from . import statements as s
from .cursor import Cursor
from .typenames import TypeName

_STOPS = ("constraint", "not", "null", "check", "default", "collate")


def create_type(c: Cursor) -> s.Statement:
    name = c.name()
    if not c.at("as"):
        raise Unsupported("base types are not supported", hint="Use CREATE TYPE … AS ENUM or AS (…), or CREATE DOMAIN.",
                          position=c.token.start)
    c.expect("as")
    if (word := c.accept_any("list", "map")) is not None:
        return _named_type(c, name, word)
    if c.accept("enum"):
        if c.at("(", ")"):
            c.index += 2
            return s.CreateType(name, labels=())
        return s.CreateType(name, labels=c.parens(c.string))
    if c.at("range"):
        raise Unsupported("range types of one's own are not supported", hint="Use a built-in range type, or two columns.", position=c.token.start)
    if c.token.kind == "word":  # Feldera's: another name for a type
        return s.CreateDomain(name, c.type_name())
    if c.at("(", ")"):
        c.index += 2
        return s.CreateType(name)
    return s.CreateType(name, c.parens(c._field))


def _named_type(c: Cursor, name: s.Name, word: str) -> s.CreateDomain:
    """Materialize's AS LIST (ELEMENT TYPE = t) and AS MAP (KEY TYPE = k, VALUE TYPE = v): names for such types."""
    parts: dict[str, TypeName] = {}

    def part() -> None:
        what = c.one_of("element", "key", "value")
        c.expect("type")
        c.accept("=")
        parts[what] = c.type_name()

    position = c.token.start
    c.parens(part)
    if set(parts) != ({"element"} if word == "list" else {"key", "value"}):
        raise c.error()
    if word == "list":
        return s.CreateDomain(name, replace(parts["element"], array_depth=parts["element"].array_depth + 1))
    return s.CreateDomain(name, TypeName("map", "map", elements=(parts["key"], parts["value"]), position=position))


def create_domain(c: Cursor) -> s.Statement:
    name = c.name()
    c.accept("as")
    base = c.type_name()
    got: dict[str, Any] = {}
    checks: list[tuple[str | None, exp.Expression]] = []
    while c.token.kind == "word":
        label = c.ident() if c.accept("constraint") else None
        if c.accept("not", "null"):
            got["not_null"] = True
        elif c.accept("null"):
            pass
        elif c.accept("check"):
            checks.append((label, c.nested()))
        elif c.accept("default"):
            got["default"] = c.expression(*_STOPS)
        elif c.accept("collate"):
            c.name()
        else:
            raise c.error()
    return s.CreateDomain(name, base, checks=tuple(checks), **got)


def alter_enum(c: Cursor, name: s.Name) -> s.Statement | None:
    """ADD VALUE or RENAME VALUE; None for another action."""
    if c.accept("add", "value"):
        exists = c.if_not_exists()
        value = c.string()
        where = c.accept_any("before", "after")
        neighbour = c.string() if where is not None else None
        return s.AlterEnum(name, value, None, neighbour, where == "before", exists)
    if c.accept("rename", "value"):
        value = c.string()
        c.expect("to")
        return s.AlterEnum(name, value, c.string())
    return None

"""CREATE and ALTER SEQUENCE, and the options that identity columns share with them."""

from __future__ import annotations

from typing import Any

from . import statements as s
from .cursor import Cursor


def create_sequence(c: Cursor, temporary: bool) -> s.Statement:
    exists = c.if_not_exists()
    name = c.name()
    return s.CreateSequence(name, sequence_options(c), exists, temporary)


def sequence_options(c: Cursor) -> s.SequenceOptions:
    """Options up to the first word that is none."""
    pairs: list[tuple[str, Any]] = []
    while (found := _option(c)) is not None:
        if any(found[0] == key for key, _ in pairs):
            raise c.error()
        pairs.append(found)
    return tuple(pairs)


def _option(c: Cursor) -> tuple[str, Any] | None:
    if c.accept("as"):
        return "as", c.type_name()
    if c.accept("increment"):
        c.accept("by")
        return "increment", c.integer()
    for key in ("minvalue", "maxvalue"):
        if c.accept("no", key):
            return key, None
        if c.accept(key):
            return key, c.integer()
    if c.accept("start"):
        c.accept("with")
        return "start", c.integer()
    if c.accept("restart"):
        with_ = c.accept("with")
        return "restart", c.integer() if with_ or c.token.kind == "number" or c.at("-") else None
    if c.accept("cache"):
        return "cache", c.integer()
    if c.accept("no", "cycle"):
        return "cycle", False
    if c.accept("cycle"):
        return "cycle", True
    if c.accept("owned", "by"):
        return "owned by", () if c.accept("none") else c.name()
    if c.accept("sequence", "name"):
        return "sequence name", c.name()
    return None


def identity(c: Cursor) -> tuple[str, s.SequenceOptions] | None:
    """GENERATED ALWAYS | BY DEFAULT AS IDENTITY [(options)]."""
    for words in (("always",), ("by", "default")):
        if c.accept("generated", *words, "as", "identity"):
            options: s.SequenceOptions = ()
            if c.accept("("):
                options = sequence_options(c)
                c.expect(")")
            return " ".join(words), options
    return None

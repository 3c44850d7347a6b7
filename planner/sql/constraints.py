"""Constraints of tables: keys, references, checks, and when they are checked."""

from __future__ import annotations

from ...kernels.errors import Unsupported, UserError
from . import statements as s
from .cursor import Cursor


def nulls_distinct(c: Cursor) -> bool:
    """[NULLS [NOT] DISTINCT] of a unique key."""
    if c.accept("nulls", "not", "distinct"):
        return False
    c.accept("nulls", "distinct")
    return True


def constraint(c: Cursor) -> s.TableConstraint | None:
    name = c.ident() if c.accept("constraint") else None
    if c.at("exclude", "(") or c.at("exclude", "using"):
        raise Unsupported("EXCLUDE constraints are not supported", hint="Use UNIQUE or CHECK.", position=c.token.start)
    if c.at("primary", "key", "using") or c.at("unique", "using"):
        raise Unsupported("constraints USING INDEX are not supported", hint="Name the columns.", position=c.token.start)
    if c.accept("primary", "key"):
        columns = c.parens(lambda: _key_column(c))
        c.accept("not", "enforced")  # Flink's; a key is always enforced
        _storage(c)
        return s.TableConstraint("primary key", columns, name=name, deferral=deferral(c))
    if c.at("unique", "(") or c.at("unique", "nulls"):
        c.expect("unique")
        distinct = nulls_distinct(c)
        columns = c.parens(c.ident)
        _storage(c)
        return s.TableConstraint("unique", columns, name=name, deferral=deferral(c), nulls_distinct=distinct)
    if c.at("check", "("):
        c.expect("check")
        made = s.TableConstraint("check", expression=c.nested(), name=name)
        c.accept("no", "inherit")
        position = c.token.start
        if deferral(c):
            raise UserError("CHECK constraints cannot be marked DEFERRABLE", "0A000", position=position)
        return made
    if c.accept("foreign", "key"):
        columns = c.parens(c.ident)
        c.expect("references")
        return s.TableConstraint("foreign key", columns, references=reference(c), name=name)
    if name is not None:
        raise c.error()
    return None


def _key_column(c: Cursor) -> str:
    """A column of a primary key; CockroachDB's direction says how it is stored."""
    name = c.ident()
    c.accept_any("asc", "desc")
    return name


def _storage(c: Cursor) -> None:
    """How PostgreSQL stores the index of a key."""
    if c.at("include", "(") and c.accept("include"):
        c.parens(c.ident)
    if c.at("with", "(") and c.accept("with"):
        c.options()
    if c.accept("using", "index", "tablespace"):
        c.ident()


def reference(c: Cursor) -> s.Reference:
    target = c.name()
    columns = c.parens(c.ident) if c.at("(") else ()
    actions = {"delete": "no action", "update": "no action"}
    full = False
    some: tuple[str, ...] = ()
    while True:
        if c.accept("match"):
            full = c.one_of("full", "simple", "partial") == "full"
        elif c.accept("on"):
            event = c.one_of("delete", "update")
            action = c.one_of("cascade", "restrict", "no", "set")
            if action in ("no", "set"):
                action += " " + c.one_of(*(("action",) if action == "no" else ("null", "default")))
            if action in ("set null", "set default") and c.at("("):
                if event == "update":
                    raise UserError(f"a column list with {action.upper()} is only supported for ON DELETE actions", "0A000",
                                    position=c.token.start)
                some = c.parens(c.ident)
            actions[event] = action
        else:
            return s.Reference(target, columns, actions["delete"], actions["update"], full, deferral(c), some)


DEFERRALS = (("not", "deferrable"), ("deferrable",), ("initially", "deferred"), ("initially", "immediate"))


def deferral(c: Cursor) -> str:
    """When a constraint is checked: "" at once, deferrable, or deferred from the start."""
    said: list[str] = []
    while (words := next((w for w in DEFERRALS if c.at(*w)), None)) is not None:
        word, position = " ".join(words), c.token.start
        c.expect(*words)
        if any(("initially" in word) == ("initially" in other) for other in said):
            both = "INITIALLY IMMEDIATE/DEFERRED" if "initially" in word else "DEFERRABLE/NOT DEFERRABLE"
            raise UserError(f"multiple {both} clauses not allowed", "42601", position=position)
        said.append(word)
        if {"not deferrable", "initially deferred"} <= set(said):
            raise UserError("constraint declared INITIALLY DEFERRED must be DEFERRABLE", "42601", position=position)
    return "deferred" if "initially deferred" in said else "deferrable" if "deferrable" in said else ""


def misplaced(c: Cursor) -> None:
    """Those words after what is always checked at once."""
    for words in DEFERRALS:
        if c.at(*words):
            raise UserError(f"misplaced {' '.join(words).upper()} clause", "42601", position=c.token.start)

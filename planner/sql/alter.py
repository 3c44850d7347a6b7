"""ALTER of tables and other objects; roles, types and sequences have files of their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from . import roles
from . import statements as s
from .constraints import constraint, deferral
from .cursor import Cursor
from .ddl import column, kind, watermark
from .function_args import input_types
from .sequences import identity, sequence_options
from .streaming import cluster
from .typenames import CHECKED, TypeName
from .types import alter_enum


def alter(c: Cursor) -> s.Statement:
    c.expect("alter")
    if c.at("cluster"):
        return cluster(c, "ALTER")
    if c.at("default", "privileges"):
        return roles.default_privileges(c)
    if (word := c.accept_any(*roles.ROLE_WORDS)) is not None:
        return roles.alter_role(c, word)
    if c.accept("policy"):
        return roles.policy(c, alter=True)
    what = kind(c)
    if what == "table" and (security := roles.row_security(c)) is not None:
        return security
    exists = c.if_exists()
    if what == "table":
        c.accept("only")
    name: s.Name = () if what == "system" else c.name()
    if what in ("function", "procedure"):
        args = input_types(c)
        if c.token.kind == "word" and c.token.value in _ATTRIBUTES:
            return s.Alter(what, name, "attributes", value=c.raw().lower(), if_exists=exists, args=args)
        return s.Alter(what, name, if_exists=exists, args=args, **_action(c, what))
    if what == "database" and (settings := roles.settings_action(c, f"<database>{name[-1]}")) is not None:
        return settings
    if what == "table":
        c.accept("*")
    if c.at("set", "cluster") or c.at("set", "(", "retain") or c.at("reset", "(", "retain"):  # Materialize's
        c.raw()
        return s.Utility("without effect", clauses=f"ALTER {what.upper()} SET CLUSTER or RETAIN HISTORY")
    if what == "sequence" and (options := sequence_options(c)):
        return s.AlterSequence(name, options, exists)
    if what == "type" and (found := alter_enum(c, name)) is not None:
        return found
    if what == "secret" and (c.at("with") or c.at("as")):
        pairs = c.with_options()
        c.expect("as")
        return s.Alter(what, name, "set secret", options=pairs, value=c.string(), if_exists=exists)
    if what == "table" and (listed := _in_parentheses(c)):
        first, *others = (s.Alter(what, name, if_exists=exists, **found) for found in listed)
        return replace(first, more=tuple(others))
    got = _action(c, what)
    more: list[s.Alter] = []
    while got["action"] in _LISTED and c.accept(","):
        more.append(s.Alter(what, name, if_exists=exists, **_action(c, what)))
        if more[-1].action not in _LISTED:
            raise c.error()
    return s.Alter(what, name, if_exists=exists, more=tuple(more), **got)


def _in_parentheses(c: Cursor) -> list[dict[str, Any]]:
    """Flink's ADD (a INT, b STRING) and DROP (a, b); none for another form."""
    if c.at("add", "(") and c.accept("add"):
        return [{"action": "add column", "definition": made, "column_if_exists": False} for made in c.parens(lambda: column(c))]
    if c.at("drop", "(") and c.accept("drop"):
        return [{"action": "drop column", "column_if_exists": False, "column": name, "cascade": False} for name in c.parens(c.ident)]
    return []


# What ALTER FUNCTION says of how a function may be called.
_ATTRIBUTES = frozenset(("immutable", "stable", "volatile", "strict", "called", "returns", "security", "external", "cost", "rows",
                         "parallel", "leakproof"))  # fmt: skip

# Actions that may stand in a list with commas.
_LISTED = frozenset(
    ("add column", "drop column", "set default", "drop default", "set not null", "drop not null", "set type",
     "add constraint", "drop constraint", "owner to", "add identity", "drop identity", "set identity", "set statistics",
     "validate constraint", "alter constraint", "drop expression", "storage")
)  # fmt: skip


def _action(c: Cursor, what: str) -> dict[str, Any]:
    if what == "domain" and (c.at("set", "default") or c.at("set", "not") or c.at("drop", "default") or c.at("drop", "not")):
        return _alter_column(c)
    if c.accept("add"):
        if c.at("watermark"):
            return {"action": "add watermark", "watermark": watermark(c)}
        if c.token.kind == "word" and c.token.value in ("constraint", "primary", "unique", "check", "foreign"):
            made = constraint(c)
            return {"action": "add constraint", "constraint": made, "value": "not valid" if c.accept("not", "valid") else None}
        c.accept("column")
        exists = c.if_not_exists()
        return {"action": "add column", "definition": column(c), "column_if_exists": exists}
    if c.accept("drop"):
        if c.accept("constraint"):
            return {"action": "drop constraint", "column_if_exists": c.if_exists(), "column": c.ident(),
                    "cascade": c.cascade()}  # fmt: skip
        c.accept("column")
        return {
            "action": "drop column",
            "column_if_exists": c.if_exists(),
            "column": c.ident(),
            "cascade": c.cascade(),
        }
    if what == "table" and c.accept("modify"):  # Flink's
        c.accept("column")
        return {"column": c.ident(), "action": "set type", "type": _new_type(c), "expression": None}
    if c.accept("rename"):
        if c.accept("to"):
            return {"action": "rename to", "new_name": c.ident()}
        action = "rename constraint" if c.accept("constraint") else "rename column"
        c.accept("column")
        old = c.ident()
        c.expect("to")
        return {"action": action, "column": old, "new_name": c.ident()}
    if c.accept("validate", "constraint"):
        return {"action": "validate constraint", "column": c.ident()}
    if what == "table" and c.accept("alter", "constraint"):
        return {"action": "alter constraint", "column": c.ident(), "value": deferral(c)}
    if c.accept("owner", "to"):
        return {"action": "owner to", "new_name": roles.role(c)}
    if c.accept("swap", "with"):
        return {"action": "swap with", "new_name": ".".join(c.name())}
    if c.at("reset") and c.peek().value != "(":
        c.advance()
        return {"action": "set", "key": c.option_key(), "value": None}
    if c.accept("as"):
        text = c.text[c.token.start : c.tokens[-2].end]
        return {"action": "as query", "expression": c.query(len(c.tokens) - 1), "value": text}
    if what in ("table", "index", "materialized view") and (found := _storage(c)) is not None:
        return found
    if c.accept("set"):
        if c.accept("schema"):
            return {"action": "set schema", "new_name": c.ident()}
        if c.at("("):
            return {"action": "set", "options": c.options()}
        key = c.option_key() if c.peek().value != "to" else c.label()
        if not c.accept("to"):
            c.expect("=")
        value = None if c.accept("default") else c.option_value()
        c.accept("deferred")  # RisingWave's: with the next recovery
        return {"action": "set parallelism" if key == "parallelism" else "set", "key": key, "value": value}
    if what in ("table", "source") and c.at("alter", "watermark"):
        c.expect("alter")
        return {"action": "alter watermark", "watermark": watermark(c)}
    if what in ("table", "view", "materialized view") and c.accept("alter"):
        c.accept("column")
        return {"column": c.ident()} | _alter_column(c)
    return {"action": "other", "value": c.raw()}


def _storage(c: Cursor) -> dict[str, Any] | None:
    """How PostgreSQL stores, clusters, replicates or vacuums a table: known, checked where it names something, without effect."""
    if c.at("set", "(") or c.at("reset", "("):
        c.advance()
        return {"action": "storage", "options": c.options()}
    if any(c.accept("set", *words) for words in (("without", "oids"), ("without", "cluster"), ("logged",), ("unlogged",))):
        return {"action": "storage"}
    named: tuple[tuple[str, ...], ...] = (("set", "tablespace"), ("set", "access", "method"), ("cluster", "on"), ("replica", "identity", "using", "index"))
    if any(c.accept(*words) for words in named):
        c.ident()
        return {"action": "storage"}
    if c.accept("replica", "identity"):
        c.one_of("full", "default", "nothing")
        return {"action": "storage"}
    if c.accept_any("enable", "disable") is not None:
        mode = c.accept_any("always", "replica")
        what = c.one_of("trigger", "rule")
        if what == "trigger" and mode is None and c.accept_any("all", "user") is not None:
            return {"action": "storage"}
        position, name = c.token.start, c.ident()
        raise UserError(f'{what} "{name}" does not exist', "42704", position=position)
    return None


_SEQUENCE_WORDS = ("increment", "minvalue", "maxvalue", "no", "start", "restart", "cache", "cycle")


def _set_identity(c: Cursor) -> s.ColumnDef:
    """SET GENERATED …, SET sequence option, RESTART, in any number."""
    kind: str | None = None
    options: s.SequenceOptions = ()
    while c.at("set") or c.at("restart"):
        c.accept("set")
        if c.accept("generated"):
            kind = "always" if c.accept("always") else "by default"
            if kind != "always":
                c.expect("by", "default")
        else:
            options += sequence_options(c)
    return s.ColumnDef("", None, identity=kind, sequence_options=options)


def _alter_column(c: Cursor) -> dict[str, Any]:
    for verb in ("set", "drop"):
        if c.accept(verb, "not", "null"):
            return {"action": f"{verb} not null"}
    if c.accept("drop", "default"):
        return {"action": "drop default"}
    if c.accept("set", "statistics") or c.accept("set", "storage") or c.accept("set", "compression"):
        c.accept("-")
        c.advance()
        return {"action": "set statistics"}
    if c.at("set", "(") or c.at("reset", "("):
        c.advance()
        c.options()
        return {"action": "set statistics"}
    if c.accept("drop", "expression"):
        return {"action": "drop expression", "column_if_exists": c.if_exists()}
    if c.accept("drop", "identity"):
        return {"action": "drop identity", "column_if_exists": c.if_exists()}
    if c.at("add"):
        c.expect("add")
        found = identity(c)
        if found is None:
            raise c.error()
        return {"action": "add identity", "definition": s.ColumnDef("", None, identity=found[0], sequence_options=found[1])}
    if c.at("set", "generated") or c.at("restart") or (c.at("set") and c.peek().value in _SEQUENCE_WORDS):
        return {"action": "set identity", "definition": _set_identity(c)}
    if c.accept("set", "default"):
        return {"action": "set default", "expression": c.expression()}
    c.accept("set", "data")
    c.expect("type")
    return {
        "action": "set type",
        "type": _new_type(c),
        "expression": _using(c),
    }


def _new_type(c: Cursor) -> TypeName:
    made = c.type_name()
    if made.name in CHECKED:
        raise Unsupported(f"a column can't become a {made.name}", hint="Use a type of PostgreSQL and a CHECK.", position=made.position)
    return made


def _using(c: Cursor) -> exp.Expression | None:
    if c.accept("collate"):
        c.name()
    return c.expression() if c.accept("using") else None

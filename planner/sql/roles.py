"""CREATE, ALTER and DROP ROLE, GRANT, REVOKE, ALTER DEFAULT PRIVILEGES, OWNED BY, SET ROLE and policies."""

from __future__ import annotations

from typing import Any

from ...kernels.errors import UserError
from . import role_statements as r
from . import statements as s
from .cursor import Cursor
from .function_args import input_types

_FLAGS = ("superuser", "createdb", "createrole", "inherit", "login", "replication", "bypassrls")
_OBJECTS = (
    "table", "sequence", "database", "domain", "function", "procedure", "routine", "language", "schema", "tablespace",
    "type", "source", "sink", "view", "index", "secret", "connection", "subscription",
)  # fmt: skip
_PLURALS = ("tables", "sequences", "functions", "procedures", "routines", "sources", "sinks", "views", "types", "schemas",
            "secrets", "connections", "subscriptions")  # fmt: skip
ROLE_WORDS = ("role", "user", "group")


def role_name(c: Cursor) -> str:
    """The name of a new role: not public, none or another reserved one."""
    token = c.token
    name = c.ident()
    if token.kind == "word" and name in ("current_user", "current_role", "session_user"):
        raise UserError(f"{name.upper()} cannot be used as a role name here", "42939", position=token.start)
    if name in ("public", "none"):
        raise UserError(f'role name "{name}" is reserved', "42939", position=token.start)
    return name


def role(c: Cursor) -> str:
    """A role that is there; current_user and its like keep their word in angle brackets."""
    c.accept("group")
    token = c.token
    name = c.ident()
    if token.kind == "word" and name in ("current_user", "current_role", "session_user"):
        return "<session_user>" if name == "session_user" else "<current_user>"
    return name


def create_role(c: Cursor, word: str) -> s.Statement:
    exists = c.if_not_exists()
    name = role_name(c)
    c.accept("with")
    options = _options(c)
    if word == "user" and all(o != "login" for o, _ in options):
        options = (("login", True), *options)
    return r.CreateRole(name, options, exists)


def _options(c: Cursor) -> tuple[tuple[str, Any], ...]:
    out: list[tuple[str, Any]] = []
    while c.token.kind != "end":
        word = c.label().replace("createuser", "createrole")  # RisingWave's word
        if word in _FLAGS:
            out.append((word, True))
        elif word.startswith("no") and word[2:] in _FLAGS:
            out.append((word[2:], False))
        elif word in ("encrypted", "unencrypted", "password"):
            if word != "password":
                c.expect("password")
            out.append(("password", None if c.accept("null") else c.string()))
        elif word == "connection":
            c.expect("limit")
            out.append(("connection limit", c.integer()))
        elif word == "valid":
            c.expect("until")
            out.append(("valid until", None if c.accept("null") else c.string()))
        elif word == "in":
            c.one_of("role", "group")
            out.append(("in role", c.items(lambda: role(c))))
        elif word in ("role", "user", "admin"):
            out.append(("admin" if word == "admin" else "role", c.items(lambda: role(c))))
        elif word == "sysid":
            c.integer()
        else:
            raise c.error(c.tokens[c.index - 1])
        names = [n for n, _ in out]
        if names.count(names[-1]) > 1:
            raise UserError("conflicting or redundant options", "42601", position=c.tokens[c.index - 1].start)
    return tuple(out)


def alter_role(c: Cursor, word: str) -> s.Statement:
    name = "<all>" if c.accept("all") else role(c)
    if c.accept("rename", "to"):
        return r.AlterRole(name, "rename", value=role_name(c))
    if word == "group" and (c.at("add") or c.at("drop")):
        verb = c.advance().value
        c.expect("user")
        return r.AlterRole(name, verb, value=c.items(lambda: role(c)))
    if c.accept("in", "database"):
        c.ident()
    found = settings_action(c, name)
    if found is not None:
        return found
    c.accept("with")
    return r.AlterRole(name, "options", _options(c))


def settings_action(c: Cursor, name: str) -> s.Statement | None:
    """SET or RESET of what sessions begin with."""
    if c.accept("set"):
        from .session import _value

        key = ".".join(c.name())
        if c.accept("from", "current"):
            return r.AlterRole(name, "set", value=(key, "<current>"))
        if not c.accept("to"):
            c.expect("=")
        value = None if c.accept("default") else ", ".join(c.items(lambda: _value(c)))
        return r.AlterRole(name, "set", value=(key, value))
    if c.accept("reset"):
        return r.AlterRole(name, "reset", value=None if c.accept("all") else ".".join(c.name()))
    return None


def drop_role(c: Cursor) -> s.Statement:
    exists = c.if_exists()
    return r.DropRole(c.items(lambda: role(c)), exists)


# GRANT and REVOKE


def grant(c: Cursor) -> s.Statement:
    revoke = c.one_of("grant", "revoke") == "revoke"
    option = admin = False
    if revoke:
        option = c.accept("grant", "option", "for")
        admin = not option and c.accept("admin", "option", "for")
    if (what := _without_privileges(c)) is not None:
        c.raw()
        return s.Utility("without effect", clauses=f"{'REVOKE' if revoke else 'GRANT'} ON {what.upper()}")
    if admin or not _on_objects(c):
        return _grant_role(c, revoke, admin)
    return _grant_on(c, revoke, option)


def _without_privileges(c: Cursor) -> str | None:
    """Materialize's ON CLUSTER, ON SYSTEM and ON NETWORK POLICY: what there is none of here."""
    for token, after in zip(c.tokens[c.index :], c.tokens[c.index + 1 :]):
        if token.kind == "word" and token.value in ("on", "to", "from"):
            return after.value if token.value == "on" and after.kind == "word" and after.value in ("cluster", "system") else None
    return None


def _on_objects(c: Cursor) -> bool:
    """Whether ON comes before TO or FROM: privileges on objects, and no memberships."""
    for token in c.tokens[c.index :]:
        if token.kind == "word" and token.value in ("on", "to", "from"):
            return token.value == "on"
    return False


def _grant_role(c: Cursor, revoke: bool, admin: bool) -> s.Statement:
    roles = c.items(lambda: role(c))
    c.expect("from" if revoke else "to")
    members = c.items(lambda: role(c))
    if not revoke and c.accept("with", "admin"):
        admin = True
        if not c.accept("option"):
            admin = c.one_of("true", "false") == "true"
    by = role(c) if c.accept("granted", "by") else None
    return r.GrantRole(roles, members, revoke, admin, by, c.cascade() if revoke else False)


def _privilege(c: Cursor) -> r.Privilege:
    token = c.token
    word = c.label()
    if token.kind == "quoted":
        raise UserError(f'unrecognized privilege type "{word}"', "42601", position=token.start)
    if word == "all":
        c.accept("privileges")
    columns = c.parens(c.ident) if c.at("(") else ()
    return r.Privilege(word.upper(), columns)


def _grant_on(c: Cursor, revoke: bool, option: bool) -> r.Grant:
    privileges = c.items(lambda: _privilege(c))
    c.expect("on")
    schemas: tuple[str, ...] = ()
    objects: tuple[r.ObjectName, ...] = ()
    if c.accept("all"):
        materialized = c.accept("materialized")
        kind = c.one_of(*_PLURALS)
        kind = "materialized views" if materialized else kind
        c.expect("in", "schema")
        schemas = c.items(c.ident)
    else:
        kind = "table"
        if c.at("materialized", "view"):
            c.index += 2
            kind = "materialized view"
        elif c.at("foreign"):
            raise c.error()
        elif c.token.kind == "word" and c.token.value in _OBJECTS and c.peek().kind in ("word", "quoted"):
            kind = c.advance().value
        objects = c.items(lambda: _object(c, kind))
    c.expect("from" if revoke else "to")
    roles = c.items(lambda: role(c))
    if not revoke and c.accept("with", "grant", "option"):
        option = True
    by = role(c) if c.accept("granted", "by") else None
    cascade = c.cascade() if revoke else False
    return r.Grant(revoke, privileges, kind, objects, roles, schemas, option, by, cascade)


def _object(c: Cursor, kind: str) -> r.ObjectName:
    name = c.name()
    return r.ObjectName(name, input_types(c) if kind in ("function", "procedure", "routine") else None)


def default_privileges(c: Cursor) -> s.Statement:
    c.expect("default", "privileges")
    roles: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    while True:
        if c.accept("for"):
            c.one_of("role", "user")
            roles = c.items(lambda: role(c))
        elif c.accept("in", "schema"):
            schemas = c.items(c.ident)
        else:
            break
    revoke = c.one_of("grant", "revoke") == "revoke"
    option = revoke and c.accept("grant", "option", "for")
    privileges = c.items(lambda: _privilege(c))
    c.expect("on")
    if c.accept("materialized"):
        c.expect("views")
        kind = "materialized views"
    else:
        kind = c.one_of(*_PLURALS)
    c.expect("from" if revoke else "to")
    to = c.items(lambda: role(c))
    if not revoke and c.accept("with", "grant", "option"):
        option = True
    cascade = c.cascade() if revoke else False
    return r.AlterDefaultPrivileges(roles, schemas, r.Grant(revoke, privileges, kind, (), to, (), option, None, cascade))


def reassign(c: Cursor) -> s.Statement:
    c.expect("reassign", "owned", "by")
    roles = c.items(lambda: role(c))
    c.expect("to")
    return r.Owned(roles, role(c))


def drop_owned(c: Cursor) -> s.Statement:
    c.expect("owned", "by")
    return r.Owned(c.items(lambda: role(c)), None, c.cascade())


def set_role(c: Cursor, local: bool) -> s.Statement | None:
    """SET [LOCAL] ROLE x and SET SESSION AUTHORIZATION x, behind SET and its scope."""
    if c.at("role") and c.peek().kind in ("word", "quoted", "string") and c.peek().value not in ("to",):
        c.advance()
        return r.SetRole(_role_value(c, "none"), False, local)
    if c.at("session", "authorization") or c.at("authorization"):
        c.accept("session")
        c.advance()
        return r.SetRole(_role_value(c, "default"), True, local)
    return None


def _role_value(c: Cursor, nothing: str) -> str | None:
    if c.token.kind == "word" and c.accept(nothing):
        return None
    return c.string() if c.token.kind == "string" else c.label()


# Row security


def policy(c: Cursor, alter: bool = False) -> s.Statement:
    name = c.ident()
    c.expect("on")
    table = c.name()
    got: dict[str, Any] = {"alter": alter}
    if alter and c.accept("rename", "to"):
        return r.CreatePolicy(name, table, new_name=c.ident(), alter=True)
    if not alter and c.accept("as"):
        got["permissive"] = c.one_of("permissive", "restrictive") == "permissive"
    if not alter and c.accept("for"):
        got["command"] = c.one_of("all", "select", "insert", "update", "delete")
    if c.accept("to"):
        got["roles"] = c.items(lambda: role(c))
    if c.accept("using"):
        got["using"] = _text(c)
    if c.accept("with", "check"):
        got["check"] = _text(c)
    return r.CreatePolicy(name, table, **got)


def _text(c: Cursor) -> str:
    """The text between parentheses, which must parse as an expression."""
    start = c.token.end
    c.nested()
    return c.text[start : c.tokens[c.index - 1].start].strip()


def drop_policy(c: Cursor) -> s.Statement:
    exists = c.if_exists()
    name = c.ident()
    c.expect("on")
    dropped = r.DropPolicy(name, c.name(), exists)
    c.cascade()
    return dropped


def row_security(c: Cursor) -> s.Statement | None:
    """ALTER TABLE t ENABLE ROW LEVEL SECURITY and its like, behind ALTER TABLE; None if it is something else."""
    mark = c.index
    exists = c.if_exists()
    c.accept("only")
    if c.token.kind in ("word", "quoted"):
        name = c.name()
        actions: list[str] = []
        while True:
            word = "no force" if c.accept("no", "force") else c.accept_any("enable", "disable", "force")
            if word is None or not c.accept("row", "level", "security"):
                break
            actions.append(word)
            if not c.accept(","):
                return r.AlterRowSecurity(name, tuple(actions), exists)
    c.index = mark
    return None

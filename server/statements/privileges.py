"""GRANT and REVOKE on objects, ALTER DEFAULT PRIVILEGES."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...kernels.errors import UserError
from ...planner.bind.access import WORDS
from ...planner.catalog import roles
from ...planner.catalog.default_privileges import initial_items
from ...planner.catalog.entries import Relation
from ...planner.catalog.roles import ALL, LETTER_OF, NAMES, Acl, AclItem, DefaultAcl
from ...planner.sql import role_statements as ast
from ..reading.executions import Done
from ..sessions.authorization import grantee_named, has_role, is_superuser, role_named
from ..transactions.drafts import Operation
from . import databases
from .functions import named_function
from .roles import change

if TYPE_CHECKING:
    from ..sessions.session import Session

_SINGULAR = {"tables": "table", "sequences": "sequence", "functions": "function", "procedures": "function",
             "routines": "function", "sources": "source", "sinks": "sink", "views": "view", "types": "type",
             "schemas": "schema", "materialized views": "materialized view", "secrets": "secret",
             "connections": "connection", "subscriptions": "subscription"}
_RELATION_WORDS = ("table", "sequence", "view", "materialized view", "source", "sink", "index")


@dataclass(frozen=True, slots=True)
class Target:
    """One object to grant on. `word` and `name` are for messages; `relation` is set where columns can be named."""

    kind: str
    id: int
    owner: str
    word: str
    name: str
    relation: Relation | None = None


async def grant(session: Session, statement: ast.Grant, parameters: Any, prepared: Any) -> Done:
    verb = "REVOKE" if statement.revoke else "GRANT"
    session.require_writable(verb)
    if statement.granted_by is not None and role_named(session, statement.granted_by).name != session.user:
        raise UserError("grantor must be current user", "0A000")
    targets = _targets(session, statement)
    grantees = [grantee_named(session, r) for r in statement.roles]
    if statement.option and not statement.revoke and "" in grantees:
        raise UserError("grant options can only be granted to roles", "0LP01")
    operations: list[Operation] = []
    for target in targets:
        operations += _changes(session, statement, target, grantees)
    if operations:
        await change(session, operations)
    return Done(verb)


def _targets(session: Session, statement: ast.Grant) -> list[Target]:
    server = session.server
    snapshot = server.catalog.snapshot
    if statement.in_schemas:
        word = _SINGULAR[statement.kind]
        for schema in statement.in_schemas:
            if schema not in snapshot.schemas:
                raise UserError(f'schema "{schema}" does not exist', "3F000")
        if word == "function":
            return [_function(f) for (s, _), fs in snapshot.functions.items() if s in statement.in_schemas for f in fs]
        kinds = {"table": ("table", "view", "materialized_view", "source", "system")}.get(word, (word.replace(" ", "_"),))
        return [_relation(r) for r in snapshot.relations.values() if r.schema in statement.in_schemas and r.kind in kinds]
    found: list[Target] = []
    for named in statement.objects:
        name = named.name[-1]
        match statement.kind:
            case "schema":
                if name not in snapshot.schemas:
                    raise UserError(f'schema "{name}" does not exist', "3F000")
                entry = snapshot.schemas[name]
                found.append(Target("schema", entry.id, entry.owner, "schema", name))
            case "database":
                found.append(Target("database", *databases.known(snapshot, name), "database", name))
            case "function" | "procedure" | "routine":
                found.append(_named_function(session, named, "procedure" if statement.kind == "procedure" else "function"))
            case "type" | "domain":
                found.append(_type(session, named))
            case "language":
                oid = {"sql": 14, "internal": 12, "plpgsql": 13_700}.get(name)
                if oid is None:
                    raise UserError(f'language "{name}" does not exist', "42704")
                found.append(Target("language", oid, snapshot.owner, "language", name))
            case kind if kind in _RELATION_WORDS:
                entry_ = server.resolve(session, named.name, ())
                if kind not in ("table", "view") and entry_.kind != kind.replace(" ", "_"):
                    raise UserError(f'"{name}" is not a {kind}', "42809")
                found.append(_relation(entry_))
            case kind:
                raise UserError(f'{kind} "{name}" does not exist', "42704")
    return found


def _relation(entry: Relation) -> Target:
    owner = roles.BOOTSTRAP if entry.kind == "system" else entry.owner
    return Target(roles.class_of(entry), entry.id, owner, WORDS.get(entry.kind, entry.kind), entry.name, entry)


def _function(function: Any) -> Target:
    return Target("function", function.id, function.owner, "function", function.name)


def _named_function(session: Session, named: ast.ObjectName, word: str) -> Target:
    found = named_function(session, named.name, named.args, word=word)
    assert found is not None
    return _function(found)


def _type(session: Session, named: ast.ObjectName) -> Target:
    from ...planner.sql.typenames import TypeName

    found = session.resolve_type(TypeName(".".join(named.name), named.name[-1]))
    return Target("type", found.oid, session.server.catalog.snapshot.owner, "type", named.name[-1])


def _letters(privilege: ast.Privilege, target: Target, kind: str, default: bool = False) -> str:
    if privilege.name == "ALL":
        return ALL[kind]
    letter = LETTER_OF.get(privilege.name)
    if letter is None:
        raise UserError(f'unrecognized privilege type "{privilege.name.lower()}"', "42601")
    if letter not in ALL[kind]:
        what = "column" if privilege.columns else {"table": "relation"}.get(kind, kind)
        if letter == "U" and target.word in ("source", "sink"):
            return ""  # reading it needs SELECT
        raise UserError(f"invalid privilege type {NAMES[letter]} for {what}", "0LP01")
    return letter


def _changes(session: Session, statement: ast.Grant, target: Target, grantees: list[str]) -> list[Operation]:
    """The grants of one object, and of its columns, as they are after the statement."""
    snapshot = session.server.catalog.snapshot
    whole = "".join(_letters(p, target, target.kind) for p in statement.privileges if not p.columns)
    by_column: dict[str, str] = {}
    for p in statement.privileges:
        if not p.columns:
            continue
        if target.relation is None:
            raise UserError("column privileges are only valid for relations", "0LP01")
        known = [c.name for c in target.relation.columns]
        for column in p.columns:
            if column not in known:
                raise UserError(f'column "{column}" of relation "{target.name}" does not exist', "42703")
            by_column[column] = by_column.get(column, "") + _letters(p, target, "column")
    items = _items(session, target)
    out: list[Operation] = []
    if whole:
        changed = _applied(session, statement, target, items, whole, grantees, items)
        out.append(("put_acl", Acl(target.kind, target.id, "", changed)))
        if statement.revoke and target.relation is not None:
            columns = {k[2] for k in snapshot.acls if k[:2] == (target.kind, target.id) and k[2]}
            for column in columns:
                by_column[column] = by_column.get(column, "") + "".join(p for p in whole if p in ALL["column"])
    for column, letters in by_column.items():
        old = snapshot.acls.get((target.kind, target.id, column), ())
        new = _applied(session, statement, target, old, letters, grantees, items, column)
        if new != old:
            out.append(("put_acl", Acl(target.kind, target.id, column, new or None)))
    return out


def _items(session: Session, target: Target) -> tuple[AclItem, ...]:
    snapshot = session.server.catalog.snapshot
    if target.relation is not None:
        return roles.relation_items(snapshot, target.relation)
    return roles.items_of(snapshot, target.kind, target.id, target.owner, target.name)


def _applied(
    session: Session, statement: ast.Grant, target: Target, old: tuple[AclItem, ...], letters: str, grantees: list[str],
    whole: tuple[AclItem, ...], column: str = "",
) -> tuple[AclItem, ...]:  # fmt: skip
    snapshot = session.server.catalog.snapshot
    grantor, may = session.user, letters
    reached = roles.acting_as(snapshot, session.user)
    if is_superuser(session) or target.owner in reached:
        grantor = target.owner
    else:
        both = (*whole, *old)
        options = roles.grantable(both, reached)
        grantor = next((i.grantee for i in both if i.grantee in reached and set(i.options) & set(letters)),
                       session.user)
        may = "".join(p for p in letters if p in options)
        if not may:
            if not roles.held(both, reached):
                raise UserError(f"permission denied for {target.word} {target.name}", "42501")
            done = "revoked" if statement.revoke else "granted"
            session.notice("WARNING", "01006" if statement.revoke else "01007",
                           f'no privileges {"could be" if statement.revoke else "were"} {done} for "{target.name}"')
            return old
        if may != letters and statement.privileges[0].name != "ALL":
            done = "could be revoked" if statement.revoke else "were granted"
            session.notice("WARNING", "01006" if statement.revoke else "01007",
                           f'not all privileges {done} for "{target.name}"')
    for grantee in grantees:
        if not statement.revoke:
            old = roles.granted(old, grantee, grantor, may, statement.option)
            continue
        new, dependent = roles.revoked(old, grantee, grantor, may, statement.option, target.owner)
        if dependent and not statement.cascade:
            raise UserError("dependent privileges exist", "2BP01", hint="Use CASCADE to revoke them too.")
        old = new
    return old


async def alter_default(
    session: Session, statement: ast.AlterDefaultPrivileges, parameters: Any, prepared: Any
) -> Done:
    session.require_writable("ALTER DEFAULT PRIVILEGES")
    snapshot = session.server.catalog.snapshot
    word = _SINGULAR[statement.grant.kind]
    kind = "table" if word in ("source", "sink", "view", "materialized view") else word
    if kind not in ALL:
        raise UserError(f"default privileges on {statement.grant.kind} are not supported", "0A000")
    if kind == "schema" and statement.schemas:
        raise UserError("cannot use IN SCHEMA clause when using GRANT/REVOKE ON SCHEMAS", "0LP01")
    operations: list[Operation] = []
    for name in statement.for_roles or ("<current_user>",):
        role = role_named(session, name).name
        if not has_role(session, role):
            raise UserError("permission denied to change default privileges", "42501")
        for schema in statement.schemas or ("",):
            if schema and schema not in snapshot.schemas:
                raise UserError(f'schema "{schema}" does not exist', "3F000")
            known = snapshot.default_acls.get((role, schema, kind))
            items = known.items if known is not None else () if schema else initial_items(snapshot, kind, "", role)
            target = Target(kind, 0, role, word, statement.grant.kind)
            letters = "".join(_letters(p, target, kind, True) for p in statement.grant.privileges)
            for to in statement.grant.roles:
                grantee = grantee_named(session, to)
                if statement.grant.revoke:
                    items, _ = roles.revoked(items, grantee, role, letters, statement.grant.option, role)
                else:
                    items = roles.granted(items, grantee, role, letters, statement.grant.option)
            same = not schema and items == roles.default_items(kind, role)
            operations.append(("put_default_acl", DefaultAcl(role, schema, kind, () if same else items)))
    await change(session, operations)
    return Done("ALTER DEFAULT PRIVILEGES")


__all__ = ["alter_default", "grant"]

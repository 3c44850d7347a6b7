"""CREATE, ALTER and DROP ROLE, memberships, SET ROLE, REASSIGN and DROP OWNED."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...kernels.errors import UserError
from ...kernels.expr.program import SessionFacts, evaluate
from ...kernels.types import TIMESTAMPTZ
from ...pgwire.auth.scram import stored_password
from ...planner.bind.context import BindContext
from ...planner.bind.expr import bind_to
from ...planner.bind.scope import EMPTY
from ...planner.catalog import roles
from ...planner.catalog.databases import settings_key
from ...planner.catalog.entries import Relation, Snapshot
from ...planner.catalog.roles import Acl, DefaultAcl, Membership, Role
from ...planner.sql import role_statements as ast
from ...planner.sql.query import parse_expression
from ..reading.executions import Done
from ..sessions.authorization import has_role, is_superuser, require_owner_of, role_named
from ..sessions.settings import ROLE_SETTINGS, lookup, normalize
from ..streaming import objects
from ..transactions.drafts import Operation
from . import databases

if TYPE_CHECKING:
    from ..sessions.session import Session

_FLAGS = ("superuser", "inherit", "createrole", "createdb", "login", "replication", "bypassrls")
_ONLY_SUPERUSERS = {"superuser": "superusers", "replication": "replication users", "bypassrls": "bypassrls users"}


async def change(session: Session, operations: Sequence[Operation]) -> None:
    """Record the operations as one change of the catalog."""
    server = session.server
    await session.change(lambda: server.catalog.change(*operations))


async def create_role(session: Session, statement: ast.CreateRole, parameters: Any, prepared: Any) -> Done:
    session.require_writable("CREATE ROLE")
    server, name = session.server, statement.name
    given = dict(statement.options)
    _require_createrole(session, given, "create")
    if name.startswith("pg_"):
        raise UserError(f'role name "{name}" is reserved', "42939",
                        detail='Role names starting with "pg_" are reserved.')
    if name in server.catalog.snapshot.roles:
        if statement.if_not_exists:
            session.notice("NOTICE", "42710", f'role "{name}" already exists, skipping')
            return Done("CREATE ROLE")
        raise UserError(f'role "{name}" already exists', "42710")
    role = _with_options(session, Role(server.catalog.new_id(), name), given)
    operations: list[Operation] = [("put_role", role)]
    for above in given.get("in role", ()):
        target = role_named(session, above).name
        _require_admin(session, target)
        operations.append(("put_member", Membership(target, name, session.user)))
    for word, admin in (("role", False), ("admin", True)):
        operations += [
            ("put_member", Membership(name, role_named(session, m).name, session.user, admin)) for m in given.get(word, ())
        ]
    await change(session, operations)
    return Done("CREATE ROLE")


def _require_createrole(session: Session, given: dict[str, Any], verb: str) -> None:
    if is_superuser(session):
        return
    for flag, words in _ONLY_SUPERUSERS.items():
        if flag in given and (verb == "alter" or given[flag]):
            what = "bypassrls attribute" if verb == "alter" and flag == "bypassrls" else words
            raise UserError(f"must be superuser to {verb if verb == 'create' else 'change' if flag == 'bypassrls' else verb} {what}",
                            "42501")
    found = session.server.catalog.snapshot.roles.get(session.user)
    if verb == "create" and (found is None or not found.createrole):
        raise UserError("permission denied to create role", "42501")


def _with_options(session: Session, role: Role, given: dict[str, Any]) -> Role:
    changed: dict[str, Any] = {f: given[f] for f in _FLAGS if f in given}
    if "connection limit" in given:
        if given["connection limit"] < -1:
            raise UserError(f"invalid connection limit: {given['connection limit']}", "22023")
        changed["connection_limit"] = given["connection limit"]
    if "valid until" in given:
        changed["valid_until"] = _instant(session, given["valid until"])
    if "password" in given:
        password = given["password"]
        if password == "":
            session.notice("NOTICE", "00000", "empty string is not a valid password, clearing password")
        changed["password"] = stored_password(password) if password else None
    return replace(role, **changed)


def _instant(session: Session, text: str | None) -> int | None:
    if text is None or text.strip().lower() == "infinity":
        return None
    facts = SessionFacts(time_zone=session.settings.get("timezone"), now=session.now)
    escaped = text.replace("'", "''")
    bound = bind_to(parse_expression(f"'{escaped}'"), TIMESTAMPTZ, EMPTY, BindContext(facts=facts), "e")
    return int(evaluate(bound, facts))


async def alter_role(session: Session, statement: ast.AlterRole, parameters: Any, prepared: Any) -> Done:
    session.require_writable("ALTER ROLE")
    if statement.role == "<all>":
        if not is_superuser(session):
            raise UserError("must be superuser to alter settings globally", "42501")
        return await _shared_settings(session, "all", statement, "ALTER ROLE")
    if statement.role.startswith("<database>"):
        snapshot, name = session.server.catalog.snapshot, statement.role.removeprefix("<database>")
        require_owner_of(session, "database", name, databases.known(snapshot, name)[1])
        return await _shared_settings(session, settings_key(snapshot, name), statement, "ALTER DATABASE")
    role = role_named(session, statement.role)
    if role.name.startswith("pg_"):
        raise UserError(f'role name "{role.name}" is reserved', "42939",
                        detail='Role names starting with "pg_" are reserved.')
    _require_alter(session, role, statement)
    match statement.action:
        case "rename":
            if role.name in (session.user, session.session_user):
                who = "current" if role.name == session.user else "session"
                raise UserError(f"{who} user cannot be renamed", "0A000")
            if statement.value.startswith("pg_"):
                raise UserError(f'role name "{statement.value}" is reserved', "42939")
            operations: list[Operation] = [("put_role", replace(role, name=statement.value))]
        case "set" | "reset":
            operations = [("put_role", replace(role, settings=_settings(session, role.settings, statement)))]
        case "add":
            operations = [("put_member", Membership(role.name, role_named(session, m).name, session.user)) for m in statement.value]
        case "drop":
            operations = [("drop_member", (role.name, role_named(session, m).name)) for m in statement.value]
        case _:
            operations = [("put_role", _with_options(session, role, dict(statement.options)))]
            operations += [
                ("put_member", Membership(role.name, role_named(session, m).name, session.user, word == "admin"))
                for word, names in statement.options
                if word in ("role", "admin")
                for m in names
            ]
    await change(session, operations)
    return Done("ALTER ROLE")


def _require_alter(session: Session, role: Role, statement: ast.AlterRole) -> None:
    if is_superuser(session):
        return
    given = dict(statement.options)
    if role.superuser:
        raise UserError("must be superuser to alter superuser roles or change superuser attribute", "42501")
    _require_createrole(session, given, "alter")
    own = session.server.catalog.snapshot.roles.get(session.user)
    if own is not None and own.createrole:
        return
    alone = role.name == session.user and (
        statement.action in ("set", "reset") or (statement.action == "options" and set(given) <= {"password"})
    )
    if not alone:
        verb = "rename role" if statement.action == "rename" else "alter role"
        raise UserError(f"permission denied to {verb}" if statement.action == "rename" else "permission denied", "42501")


async def _shared_settings(session: Session, whose: str, statement: ast.AlterRole, tag: str) -> Done:
    """What every session begins with, unless its role says otherwise."""
    if statement.action not in ("set", "reset"):
        raise UserError("only settings can be altered for all roles", "42601")
    had = session.server.catalog.snapshot.settings.get(whose, ())
    await change(session, [("put_settings", (whose, _settings(session, had, statement)))])
    return Done(tag)


def _settings(session: Session, had: tuple[tuple[str, str], ...], statement: ast.AlterRole) -> tuple[tuple[str, str], ...]:
    if statement.action == "reset":
        if statement.value is None:
            return ()
        name = lookup(statement.value).name
        return tuple((k, v) for k, v in had if k != name)
    key, value = statement.value
    setting = lookup(key)
    if setting.read_only or setting.name in ROLE_SETTINGS:
        raise UserError(f'parameter "{setting.name}" cannot be set for a role here', "55P02")
    kept = tuple((k, v) for k, v in had if k != setting.name)
    if value is None:
        return kept
    text = session.settings.get(setting.name) if value == "<current>" else normalize(setting, value)
    return (*kept, (setting.name, text))


async def drop_role(session: Session, statement: ast.DropRole, parameters: Any, prepared: Any) -> Done:
    session.require_writable("DROP ROLE")
    snapshot = session.server.catalog.snapshot
    own = snapshot.roles.get(session.user)
    if not is_superuser(session) and (own is None or not own.createrole):
        raise UserError("permission denied to drop role", "42501")
    operations: list[Operation] = []
    gone: list[Role] = []
    for name in statement.names:
        if name not in snapshot.roles and not name.startswith("<"):
            if not statement.if_exists:
                raise UserError(f'role "{name}" does not exist', "42704")
            session.notice("NOTICE", "00000", f'role "{name}" does not exist, skipping')
            continue
        role = role_named(session, name)
        if role.name == session.user:
            raise UserError("current user cannot be dropped", "55006")
        if role.name == session.session_user:
            raise UserError("session user cannot be dropped", "55006")
        if role.superuser and not is_superuser(session):
            raise UserError("must be superuser to drop superusers", "42501")
        if role.name.startswith("pg_") or role.id == 10:
            raise UserError(f"cannot drop role {role.name} because it is required by the database system", "2BP01")
        gone.append(role)
        operations.append(("drop_role", role.name))
    for role in gone:
        if found := dependents(snapshot, role.name):
            raise UserError(f'role "{role.name}" cannot be dropped because some objects depend on it', "2BP01",
                            detail="\n".join(found))
    if operations:
        await change(session, operations)
    return Done("DROP ROLE")


def dependents(snapshot: Snapshot, role: str) -> list[str]:
    """What names the role: objects it owns, privileges it has or gave, policies."""
    words = {"materialized_view": "materialized view"}
    found = [f"owner of {words.get(r.kind, r.kind)} {r.name}" for r in snapshot.relations.values() if r.owner == role]
    found += [f"owner of schema {s.name}" for s in snapshot.schemas.values() if s.owner == role]
    found += [f"owner of function {f.name}" for fs in snapshot.functions.values() for f in fs if f.owner == role]
    for (kind, id, column), items in snapshot.acls.items():
        if any(role in (i.grantee, i.grantor) for i in items):
            text = described(snapshot, kind, id, column)
            if f"owner of {text}" not in found:
                found.append(f"privileges for {text}")
    found += [
        f"privileges for default privileges on new {d.kind}s belonging to role {d.role}"
        for d in snapshot.default_acls.values()
        if d.role == role or any(i.grantee == role for i in d.items)
    ]
    found += [f"target of policy {p.name} on table {snapshot.relations[p.relation].name}"
              for p in snapshot.policies.values() if role in p.roles]
    return found


def described(snapshot: Snapshot, kind: str, id: int, column: str) -> str:
    if kind in ("table", "sequence") and id in snapshot.relations:
        entry = snapshot.relations[id]
        text = f"{entry.kind.replace('_', ' ')} {entry.name}"
        return f"column {column} of {text}" if column else text
    if kind == "schema":
        return "schema " + next((s.name for s in snapshot.schemas.values() if s.id == id), str(id))
    if kind == "function":
        return "function " + next((f.name for fs in snapshot.functions.values() for f in fs if f.id == id), str(id))
    return f"database {snapshot.database}" if kind == "database" else f"{kind} {id}"


# Memberships


def _require_admin(session: Session, role: str) -> None:
    snapshot = session.server.catalog.snapshot
    own = snapshot.roles.get(session.user)
    target = snapshot.roles[role]
    if target.superuser and not is_superuser(session):
        raise UserError("must be superuser to alter superusers", "42501")
    if not roles.is_admin(snapshot, session.user, role) and not (own is not None and own.createrole):
        raise UserError(f'must have admin option on role "{role}"', "42501")


async def grant_role(session: Session, statement: ast.GrantRole, parameters: Any, prepared: Any) -> Done:
    verb = "REVOKE ROLE" if statement.revoke else "GRANT ROLE"
    session.require_writable(verb)
    snapshot = session.server.catalog.snapshot
    operations: list[Operation] = []
    for name in statement.roles:
        role = role_named(session, name).name
        _require_admin(session, role)
        for other in statement.members:
            member = role_named(session, other).name
            known = snapshot.members.get((role, member))
            if statement.revoke:
                if known is None:
                    session.notice("WARNING", "01000", f'role "{member}" is not a member of role "{role}"')
                elif statement.admin:
                    operations.append(("put_member", replace(known, admin=False)))
                else:
                    operations.append(("drop_member", (role, member)))
                continue
            if role == member or member in roles.member_of(snapshot, role):
                raise UserError(f'role "{role}" is a member of role "{member}"', "0LP01")
            if known is not None and (known.admin or not statement.admin):
                session.notice("NOTICE", "00000", f'role "{member}" is already a member of role "{role}"')
                continue
            operations.append(("put_member", Membership(role, member, session.user, statement.admin)))
    if operations:
        await change(session, operations)
    return Done(verb)


async def set_role(session: Session, statement: ast.SetRole, parameters: Any, prepared: Any) -> Done:
    if statement.session:
        session.set_session_authorization(statement.role)
    else:
        session.set_role(statement.role, local=statement.local)
    return Done("RESET" if statement.text[:5].lower() == "reset" else "SET")


# What a role owns


async def owned(session: Session, statement: ast.Owned, parameters: Any, prepared: Any) -> Done:
    verb = "REASSIGN OWNED" if statement.to is not None else "DROP OWNED"
    session.require_writable(verb)
    named = [role_named(session, n).name for n in statement.roles]
    for name in named:
        if not has_role(session, name):
            raise UserError(f"permission denied to {verb.split()[0].lower()} objects", "42501")
        if name == roles.BOOTSTRAP:
            raise UserError(f"cannot {verb.split()[0].lower()} objects owned by role {name} because they are required by "
                            "the database system", "2BP01")
    if statement.to is not None:
        await _reassign(session, named, role_named(session, statement.to).name)
    else:
        await _drop_owned(session, named, statement.cascade)
    return Done(verb)


async def _reassign(session: Session, named: list[str], to: str) -> None:
    if not has_role(session, to):
        raise UserError("permission denied to reassign objects", "42501")
    snapshot = session.server.catalog.snapshot
    server = session.server
    relations = [replace(r, owner=to) for r in snapshot.relations.values() if r.owner in named]
    operations: list[Operation] = [
        ("put_schema", replace(s, owner=to)) for s in snapshot.schemas.values() if s.owner in named
    ]
    operations += [("put_function", replace(f, owner=to)) for fs in snapshot.functions.values() for f in fs if f.owner in named]

    def command() -> None:
        for entry in relations:
            server.redefine(entry)
        if operations:
            server.catalog.change(*operations)

    await session.change(command)


async def _drop_owned(session: Session, named: list[str], cascade: bool) -> None:
    server = session.server
    snapshot = server.catalog.snapshot
    mine = [r for r in snapshot.relations.values() if r.owner in named]
    closure: list[Relation] = []
    for entry in mine:
        for found in objects.drop_closure(server, entry.id, True):
            if found not in closure:
                if not cascade and found.owner not in named and found.kind != "index":
                    raise UserError("cannot drop desired object(s) because other objects depend on them", "2BP01",
                                    hint="Use DROP ... CASCADE to drop the dependent objects too.")
                closure.append(found)
    schemas = [s for s in snapshot.schemas.values() if s.owner in named]
    for schema in schemas:
        if any(r.schema == schema.name and r not in closure for r in snapshot.relations.values()):
            raise UserError("cannot drop desired object(s) because other objects depend on them", "2BP01",
                            hint="Use DROP ... CASCADE to drop the dependent objects too.")
    functions = [f for fs in snapshot.functions.values() for f in fs if f.owner in named]

    def command() -> None:
        if closure:
            objects.drop_relations(server, closure)
        operations: list[Operation] = [("drop_function", f.id) for f in functions]
        operations += [("drop_schema", s.name) for s in schemas]
        now = server.catalog.snapshot
        for (kind, id, column), items in now.acls.items():
            kept = tuple(i for i in items if i.grantee not in named and i.grantor not in named)
            if kept != items and not any(f.id == id for f in functions) and not any(s.id == id for s in schemas):
                operations.append(("put_acl", Acl(kind, id, column, kept)))
        for d in now.default_acls.values():
            left = () if d.role in named else tuple(i for i in d.items if i.grantee not in named)
            if left != d.items:
                operations.append(("put_default_acl", DefaultAcl(d.role, d.schema, d.kind, left)))
        for p in now.policies.values():
            left_roles = tuple(r for r in p.roles if r not in named)
            if not left_roles:
                operations.append(("drop_policy", (p.relation, p.name)))
            elif left_roles != p.roles:
                operations.append(("put_policy", replace(p, roles=left_roles)))
        if operations:
            server.catalog.change(*operations)

    await session.change(command)


__all__ = ["alter_role", "create_role", "drop_role", "grant_role", "owned", "set_role"]

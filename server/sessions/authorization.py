"""What a session's role may do besides reading and changing rows: own, create, administer. 42501 in PostgreSQL's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...kernels.errors import UserError
from ...planner.bind.access import WORDS
from ...planner.catalog import roles
from ...planner.catalog.entries import Relation
from ...planner.catalog.roles import PUBLIC, Role

if TYPE_CHECKING:
    from .session import Session


def role_named(session: Session, name: str, sqlstate: str = "42704") -> Role:
    """The role; `<current_user>` and `<session_user>` as the parser leaves them."""
    name = {"<current_user>": session.user, "<session_user>": session.session_user}.get(name, name)
    found = session.server.catalog.snapshot.roles.get(name)
    if found is None:
        raise UserError(f'role "{name}" does not exist', sqlstate)
    return found


def grantee_named(session: Session, name: str) -> str:
    return PUBLIC if name == "public" else role_named(session, name).name


def is_superuser(session: Session) -> bool:
    return roles.is_superuser(session.server.catalog.snapshot, session.user)


def has_role(session: Session, role: str) -> bool:
    """Has the privileges of the role without SET ROLE."""
    return is_superuser(session) or role in roles.acting_as(session.server.catalog.snapshot, session.user)


def owns(session: Session, owner: str) -> bool:
    return roles.is_owner(session.server.catalog.snapshot, session.user, owner)


def require_owner(session: Session, entry: Relation) -> None:
    if entry.kind == "system" or not owns(session, entry.owner):
        word = WORDS.get(entry.kind, entry.kind)
        if entry.kind == "system" and is_superuser(session):
            raise UserError(f'permission denied: "{entry.name}" is a system catalog', "42501")
        raise UserError(f"must be owner of {word} {entry.name}", "42501")


def require_owner_of(session: Session, what: str, name: str, owner: str) -> None:
    if not owns(session, owner):
        raise UserError(f"must be owner of {what} {name}", "42501")


def require_create(session: Session, schema: str) -> None:
    """May create objects in the schema."""
    if "C" not in roles.schema_privileges(session.server.catalog.snapshot, session.user, schema):
        raise UserError(f"permission denied for schema {schema}", "42501")


def require_relation(session: Session, entry: Relation, letter: str) -> None:
    """The privilege on the whole relation."""
    if letter not in roles.relation_privileges(session.server.catalog.snapshot, session.user, entry):
        raise UserError(f"permission denied for {WORDS.get(entry.kind, entry.kind)} {entry.name}", "42501")


def require_role(session: Session, role: str, message: str) -> None:
    if not has_role(session, role):
        raise UserError(message, "42501")


def require_connector(session: Session, connector: str, *, writes: bool) -> None:
    """Files of the server are not everybody's to read and write."""
    if connector in ("file", "posix_fs"):
        verb = "write" if writes else "read"
        require_role(session, f"pg_{verb}_server_files",
                     f"must be superuser or have privileges of the pg_{verb}_server_files role to {verb} files")


def require_new_owner(session: Session, owner: str, schema: str | None) -> str:
    """OWNER TO: the session must be able to become the new owner, who must be able to create here."""
    snapshot = session.server.catalog.snapshot
    new = role_named(session, owner).name
    if not is_superuser(session):
        if new not in roles.member_of(snapshot, session.user):
            raise UserError(f'must be member of role "{new}"', "42501")
        if schema is not None and "C" not in roles.schema_privileges(snapshot, new, schema):
            raise UserError(f"permission denied for schema {schema}", "42501")
    return new

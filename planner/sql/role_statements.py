"""Statements about roles, privileges and row security as frozen values (see `statements` for the others)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .statements import Name, Statement
from .typenames import TypeName


@dataclass(frozen=True)
class CreateRole(Statement):
    """`options`: (word, value), such as ("login", True), ("password", text), ("in role", names)."""

    name: str
    options: tuple[tuple[str, Any], ...] = ()
    if_not_exists: bool = False


@dataclass(frozen=True)
class AlterRole(Statement):
    """`action`: options, rename, set, reset, add or drop (members of a group). `role` may be current_user or all."""

    role: str
    action: str
    options: tuple[tuple[str, Any], ...] = ()
    value: Any = None


@dataclass(frozen=True)
class DropRole(Statement):
    names: tuple[str, ...]
    if_exists: bool = False


@dataclass(frozen=True)
class GrantRole(Statement):
    """GRANT and REVOKE of memberships."""

    roles: tuple[str, ...]
    members: tuple[str, ...]
    revoke: bool = False
    admin: bool = False
    granted_by: str | None = None
    cascade: bool = False


@dataclass(frozen=True)
class Privilege:
    """`name` is upper case, ALL for all; `columns` of a column privilege."""

    name: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class ObjectName:
    """`args` are the argument types of a function, None when not given."""

    name: Name
    args: tuple[TypeName, ...] | None = None


@dataclass(frozen=True)
class Grant(Statement):
    """GRANT and REVOKE on objects. `kind` is the object's word; `in_schemas` for ALL … IN SCHEMA."""

    revoke: bool
    privileges: tuple[Privilege, ...]
    kind: str
    objects: tuple[ObjectName, ...]
    roles: tuple[str, ...]
    in_schemas: tuple[str, ...] = ()
    option: bool = False  # WITH GRANT OPTION, or GRANT OPTION FOR
    granted_by: str | None = None
    cascade: bool = False


@dataclass(frozen=True)
class AlterDefaultPrivileges(Statement):
    """`grant.kind` is the plural word of the objects."""

    for_roles: tuple[str, ...]
    schemas: tuple[str, ...]
    grant: Grant


@dataclass(frozen=True)
class Owned(Statement):
    """REASSIGN OWNED (`to` is set) and DROP OWNED."""

    roles: tuple[str, ...]
    to: str | None = None
    cascade: bool = False


@dataclass(frozen=True)
class SetRole(Statement):
    """SET ROLE and, with `session`, SET SESSION AUTHORIZATION; `role` None is NONE or DEFAULT."""

    role: str | None
    session: bool = False
    local: bool = False


@dataclass(frozen=True)
class CreatePolicy(Statement):
    """CREATE POLICY; with `alter` ALTER POLICY. None leaves a part as it is."""

    name: str
    table: Name
    permissive: bool = True
    command: str = "all"
    roles: tuple[str, ...] | None = None
    using: str | None = None
    check: str | None = None
    new_name: str | None = None
    alter: bool = False


@dataclass(frozen=True)
class DropPolicy(Statement):
    name: str
    table: Name
    if_exists: bool = False


@dataclass(frozen=True)
class AlterRowSecurity(Statement):
    """ALTER TABLE … ENABLE | DISABLE | FORCE | NO FORCE ROW LEVEL SECURITY."""

    table: Name
    actions: tuple[str, ...]
    if_exists: bool = False

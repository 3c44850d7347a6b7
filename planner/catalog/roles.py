"""Roles, memberships and privileges: catalog entries and what follows from them, as PostgreSQL 15 has it.

Grants are kept beside the objects, by (class, id, column): no entry means the defaults of the class, as NULL does in
PostgreSQL. A role is known by its name; `PUBLIC` is everybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .entries import Relation, Snapshot

PUBLIC = ""
BOOTSTRAP = "root"  # the role that exists from the first start
DATABASE_ID = 5

# Letters of privileges in the order in which PostgreSQL writes them, and their names.
LETTERS = "arwdDxtXUCTc"
NAMES = {
    "a": "INSERT", "r": "SELECT", "w": "UPDATE", "d": "DELETE", "D": "TRUNCATE", "x": "REFERENCES", "t": "TRIGGER",
    "X": "EXECUTE", "U": "USAGE", "C": "CREATE", "T": "TEMPORARY", "c": "CONNECT",
}  # fmt: skip
LETTER_OF = {name: letter for letter, name in NAMES.items()} | {"TEMP": "T"}
# Classes of objects: all privileges there are, and what PUBLIC has unless it was revoked.
ALL = {"table": "arwdDxt", "column": "arwx", "sequence": "rwU", "schema": "UC", "database": "CTc", "function": "X",
       "type": "U", "language": "U"}  # fmt: skip
_PUBLIC_DEFAULT = {"database": "Tc", "function": "X", "type": "U", "language": "U"}
# System relations that only superusers read.
_SECRET = frozenset(["pg_authid", "pg_shadow", "pg_user_mapping", "pg_hba_file_rules", "errors"])


@dataclass(frozen=True, slots=True)
class Role:
    """`password` is a SCRAM verifier, never the password. `valid_until`: microseconds since 1970, None for ever."""

    id: int
    name: str
    superuser: bool = False
    inherit: bool = True
    createrole: bool = False
    createdb: bool = False
    login: bool = False
    replication: bool = False
    bypassrls: bool = False
    connection_limit: int = -1
    valid_until: int | None = None
    password: str | None = None
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Membership:
    role: str
    member: str
    grantor: str
    admin: bool = False


@dataclass(frozen=True, slots=True)
class AclItem:
    """`privileges` are letters; `options` those of them that may be granted on."""

    grantee: str
    grantor: str
    privileges: str
    options: str = ""


@dataclass(frozen=True, slots=True)
class Acl:
    """The grants of one object (or one column of it); `items` None goes back to the defaults."""

    kind: str
    id: int
    column: str
    items: tuple[AclItem, ...] | None


@dataclass(frozen=True, slots=True)
class DefaultAcl:
    """ALTER DEFAULT PRIVILEGES: what objects that `role` creates in `schema` ("" = any) are granted besides."""

    role: str
    schema: str
    kind: str
    items: tuple[AclItem, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Row security. `command`: all, select, insert, update or delete. `using` and `check` are SQL texts."""

    id: int
    relation: int
    name: str
    permissive: bool
    command: str
    roles: tuple[str, ...]
    using: str | None
    check: str | None


@dataclass(frozen=True, slots=True)
class RowSecurity:
    relation: int
    enabled: bool = False
    forced: bool = False


def superuser(oid: int, name: str) -> Role:
    return Role(oid, name, superuser=True, createrole=True, createdb=True, login=True, replication=True, bypassrls=True)


def predefined_roles() -> tuple[tuple[Role, ...], tuple[Membership, ...]]:
    """The bootstrap superuser and PostgreSQL's predefined roles, with its OIDs."""
    listed = (
        ("pg_database_owner", 6171), ("pg_read_all_data", 6181), ("pg_write_all_data", 6182), ("pg_monitor", 3373),
        ("pg_read_all_settings", 3374), ("pg_read_all_stats", 3375), ("pg_stat_scan_tables", 3377),
        ("pg_read_server_files", 4569), ("pg_write_server_files", 4570), ("pg_execute_server_program", 4571),
        ("pg_signal_backend", 4200), ("pg_checkpoint", 4544),
    )  # fmt: skip
    roles = (superuser(10, BOOTSTRAP), superuser(11, "postgres"), *(Role(oid, name) for name, oid in listed))
    monitor = ("pg_read_all_settings", "pg_read_all_stats", "pg_stat_scan_tables")
    return roles, tuple(Membership(name, "pg_monitor", BOOTSTRAP) for name in monitor)


# Who is what


def is_superuser(snapshot: Snapshot, name: str) -> bool:
    found = snapshot.roles.get(name)
    return found is not None and found.superuser


def acting_as(snapshot: Snapshot, name: str) -> frozenset[str]:
    """The role and every role whose privileges it has without SET ROLE."""
    return _reachable(snapshot, name, inherit=True)


def member_of(snapshot: Snapshot, name: str) -> frozenset[str]:
    """The role and every role it may SET ROLE to."""
    return _reachable(snapshot, name, inherit=False)


def _reachable(snapshot: Snapshot, name: str, *, inherit: bool) -> frozenset[str]:
    found, todo = {name}, [name]
    while todo:
        member = todo.pop()
        role = snapshot.roles.get(member)
        if inherit and (role is None or not role.inherit):
            continue
        above = {m.role for m in snapshot.members.values() if m.member == member}
        if member == snapshot.owner:
            above.add("pg_database_owner")
        todo += above - found
        found |= above
    return frozenset(found)


def is_owner(snapshot: Snapshot, name: str, owner: str) -> bool:
    return is_superuser(snapshot, name) or owner in acting_as(snapshot, name)


def is_admin(snapshot: Snapshot, name: str, role: str) -> bool:
    """May grant membership in `role`."""
    if is_superuser(snapshot, name):
        return True
    reached = acting_as(snapshot, name)
    return any(m.admin and m.role == role and m.member in reached for m in snapshot.members.values())


# Privileges


def class_of(relation: Relation) -> str:
    return "sequence" if relation.kind == "sequence" else "table"


def default_items(kind: str, owner: str, name: str = "") -> tuple[AclItem, ...]:
    """The grants of an object that nobody has granted anything on."""
    own = AclItem(owner, owner, ALL[kind])
    if kind == "schema" and name in ("public", "pg_catalog", "information_schema", "sabot"):
        return own, AclItem(PUBLIC, owner, "U")
    everybody = _PUBLIC_DEFAULT.get(kind, "")
    return (AclItem(PUBLIC, owner, everybody), own) if everybody else (own,)


def items_of(snapshot: Snapshot, kind: str, id: int, owner: str, name: str = "") -> tuple[AclItem, ...]:
    found = snapshot.acls.get((kind, id, ""))
    return default_items(kind, owner, name) if found is None else found


def relation_items(snapshot: Snapshot, relation: Relation) -> tuple[AclItem, ...]:
    if relation.kind == "system" and (class_of(relation), relation.id, "") not in snapshot.acls:
        own = AclItem(BOOTSTRAP, BOOTSTRAP, ALL["table"])
        return (own,) if relation.name in _SECRET else (own, AclItem(PUBLIC, BOOTSTRAP, "r"))
    return items_of(snapshot, class_of(relation), relation.id, relation.owner)


def held(items: Iterable[AclItem], reached: frozenset[str]) -> str:
    return "".join(i.privileges for i in items if i.grantee == PUBLIC or i.grantee in reached)


def grantable(items: Iterable[AclItem], reached: frozenset[str]) -> str:
    return "".join(i.options for i in items if i.grantee in reached)


def privileges_on(
    snapshot: Snapshot, name: str, kind: str, items: Iterable[AclItem], owner: str, *, options: bool = False
) -> str:
    """Letters that the role holds on an object; with `options` those it may grant on."""
    if is_superuser(snapshot, name):
        return ALL[kind]
    reached = acting_as(snapshot, name)
    if owner in reached and options:
        return ALL[kind]
    found = grantable(items, reached) if options else held(items, reached)
    if not options and kind in ("table", "sequence", "schema", "column"):
        if "pg_read_all_data" in reached:
            found += "U" if kind == "schema" else "r"
        if "pg_write_all_data" in reached:
            found += {"schema": "U", "table": "awd", "sequence": "w", "column": "aw"}[kind]
    return found


def relation_privileges(snapshot: Snapshot, name: str, relation: Relation, *, options: bool = False) -> str:
    return privileges_on(
        snapshot, name, class_of(relation), relation_items(snapshot, relation), relation.owner, options=options
    )


def column_privileges(snapshot: Snapshot, name: str, relation: Relation, column: str, *, options: bool = False) -> str:
    """What was granted on the column alone."""
    items = snapshot.acls.get((class_of(relation), relation.id, column))
    if items is None:
        return ""
    reached = acting_as(snapshot, name)
    return grantable(items, reached) if options else held(items, reached)


def schema_privileges(snapshot: Snapshot, name: str, schema: str) -> str:
    entry = snapshot.schemas.get(schema)
    if entry is None:
        return ""
    return privileges_on(snapshot, name, "schema", items_of(snapshot, "schema", entry.id, entry.owner, schema), entry.owner)


def database_privileges(snapshot: Snapshot, name: str) -> str:
    return privileges_on(
        snapshot, name, "database", items_of(snapshot, "database", DATABASE_ID, snapshot.owner), snapshot.owner
    )


def item_text(item: AclItem) -> str:
    """As aclitem prints: grantee=letters/grantor, a star behind what may be granted on."""
    letters = "".join(p + ("*" if p in item.options else "") for p in LETTERS if p in item.privileges)
    return f"{_name(item.grantee)}={letters}/{_name(item.grantor)}"


def _name(name: str) -> str:
    return name if all(c.isalnum() or c == "_" for c in name) else '"' + name.replace('"', '""') + '"'


# Changing grants


def granted(
    items: tuple[AclItem, ...], grantee: str, grantor: str, privileges: str, options: bool
) -> tuple[AclItem, ...]:
    """The grants with more of them."""
    out: list[AclItem] = []
    done = False
    for i in items:
        if i.grantee == grantee and i.grantor == grantor:
            i = AclItem(grantee, grantor, _union(i.privileges, privileges), _union(i.options, privileges if options else ""))
            done = True
        out.append(i)
    if not done:
        out.append(AclItem(grantee, grantor, _union("", privileges), _union("", privileges if options else "")))
    return tuple(out)


def revoked(
    items: tuple[AclItem, ...], grantee: str, grantor: str, privileges: str, only_option: bool, owner: str
) -> tuple[tuple[AclItem, ...], bool]:
    """The grants with less of them, and whether grants that depend on what was taken went too."""
    out: list[AclItem] = []
    for i in items:
        if i.grantee == grantee and i.grantor == grantor:
            kept = i.privileges if only_option else _minus(i.privileges, privileges)
            i = AclItem(grantee, grantor, kept, _minus(i.options, privileges))
        if i.privileges:
            out.append(i)
    left = tuple(out)
    if grantee in (PUBLIC, owner):
        return left, False
    lost = _minus(privileges, "".join(i.options for i in left if i.grantee == grantee))
    dependent = [i for i in left if i.grantor == grantee and set(i.privileges) & set(lost)]
    for i in dependent:
        left, _ = revoked(left, i.grantee, i.grantor, lost, False, owner)
    return left, bool(dependent)


def _union(a: str, b: str) -> str:
    return "".join(p for p in LETTERS if p in a or p in b)


def _minus(a: str, b: str) -> str:
    return "".join(p for p in a if p not in b)

"""Pure changes of roles, grants and policies in a catalog snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ...kernels.errors import UserError
from .entries import Relation, Snapshot
from .roles import Acl, AclItem, DefaultAcl, Membership, Policy, Role, RowSecurity, granted


def put_role(snapshot: Snapshot, role: Role) -> Snapshot:
    """Add the role, or replace the one with its id; a rename changes all that names it."""
    old = next((r for r in snapshot.roles.values() if r.id == role.id), None)
    taken = snapshot.roles.get(role.name)
    if taken is not None and taken.id != role.id:
        raise UserError(f'role "{role.name}" already exists', "42710")
    roles = {n: r for n, r in snapshot.roles.items() if r.id != role.id} | {role.name: role}
    changed = replace(snapshot, version=snapshot.version + 1, roles=roles)
    return changed if old is None or old.name == role.name else _renamed(changed, old.name, role.name)


def _renamed(s: Snapshot, old: str, new: str) -> Snapshot:
    def name(n: str) -> str:
        return new if n == old else n

    def items(found: tuple[AclItem, ...]) -> tuple[AclItem, ...]:
        return tuple(replace(i, grantee=name(i.grantee), grantor=name(i.grantor)) for i in found)

    members = [replace(m, role=name(m.role), member=name(m.member), grantor=name(m.grantor)) for m in s.members.values()]
    defaults = [replace(d, role=name(d.role), items=items(d.items)) for d in s.default_acls.values()]
    return replace(
        s,
        members={(m.role, m.member): m for m in members},
        acls={k: items(v) for k, v in s.acls.items()},
        default_acls={(d.role, d.schema, d.kind): d for d in defaults},
        policies={k: replace(p, roles=tuple(map(name, p.roles))) for k, p in s.policies.items()},
        relations={k: replace(r, owner=new) if r.owner == old else r for k, r in s.relations.items()},
        schemas={k: replace(x, owner=new) if x.owner == old else x for k, x in s.schemas.items()},
        functions={
            k: tuple(replace(f, owner=new) if f.owner == old else f for f in v) for k, v in s.functions.items()
        },
    )


def drop_role(snapshot: Snapshot, name: str) -> Snapshot:
    return replace(
        snapshot,
        version=snapshot.version + 1,
        roles={n: r for n, r in snapshot.roles.items() if n != name},
        members={k: m for k, m in snapshot.members.items() if name not in (m.role, m.member)},
    )


def put_member(snapshot: Snapshot, member: Membership) -> Snapshot:
    members = {**snapshot.members, (member.role, member.member): member}
    return replace(snapshot, version=snapshot.version + 1, members=members)


def drop_member(snapshot: Snapshot, key: tuple[str, str]) -> Snapshot:
    members = {k: m for k, m in snapshot.members.items() if k != tuple(key)}
    return replace(snapshot, version=snapshot.version + 1, members=members)


def put_acl(snapshot: Snapshot, acl: Acl) -> Snapshot:
    key = (acl.kind, acl.id, acl.column)
    acls = {k: v for k, v in snapshot.acls.items() if k != key}
    if acl.items is not None:
        acls[key] = acl.items
    return replace(snapshot, version=snapshot.version + 1, acls=acls)


def put_default_acl(snapshot: Snapshot, acl: DefaultAcl) -> Snapshot:
    key = (acl.role, acl.schema, acl.kind)
    found = {k: v for k, v in snapshot.default_acls.items() if k != key}
    if acl.items:
        found[key] = acl
    return replace(snapshot, version=snapshot.version + 1, default_acls=found)


def put_policy(snapshot: Snapshot, policy: Policy) -> Snapshot:
    kept = {k: p for k, p in snapshot.policies.items() if p.id != policy.id}
    if (policy.relation, policy.name) in kept:
        name = snapshot.relations[policy.relation].name
        raise UserError(f'policy "{policy.name}" for table "{name}" already exists', "42710")
    policies = {**kept, (policy.relation, policy.name): policy}
    return replace(snapshot, version=snapshot.version + 1, policies=policies)


def drop_policy(snapshot: Snapshot, key: tuple[int, str]) -> Snapshot:
    policies = {k: p for k, p in snapshot.policies.items() if k != tuple(key)}
    return replace(snapshot, version=snapshot.version + 1, policies=policies)


def put_row_security(snapshot: Snapshot, state: RowSecurity) -> Snapshot:
    found = {k: v for k, v in snapshot.row_security.items() if k != state.relation}
    if state.enabled or state.forced:
        found[state.relation] = state
    return replace(snapshot, version=snapshot.version + 1, row_security=found)


def put_settings(snapshot: Snapshot, value: tuple[str, tuple[tuple[str, str], ...]]) -> Snapshot:
    """Settings that sessions begin with: of all roles, of the database."""
    whose, settings = value
    kept = {k: v for k, v in snapshot.settings.items() if k != whose}
    if settings:
        kept[whose] = tuple((name, text) for name, text in settings)
    return replace(snapshot, version=snapshot.version + 1, settings=kept)


OPERATIONS: dict[str, Callable[[Snapshot, Any], Snapshot]] = {
    "put_role": put_role, "drop_role": drop_role, "put_member": put_member, "drop_member": drop_member,
    "put_acl": put_acl, "put_default_acl": put_default_acl, "put_policy": put_policy, "drop_policy": drop_policy,
    "put_row_security": put_row_security, "put_settings": put_settings,
}  # fmt: skip


def role_difference(old: Snapshot, new: Snapshot) -> Iterator[tuple[str, Any]]:
    """Operations that give one snapshot the roles of another."""
    kept = {r.id for r in new.roles.values()}
    yield from (("drop_role", r.name) for r in old.roles.values() if r.id not in kept)
    yield from (("put_role", r) for r in new.roles.values() if old.roles.get(r.name) != r)


def grant_difference(old: Snapshot, new: Snapshot) -> Iterator[tuple[str, Any]]:
    """Operations that give one snapshot the memberships, grants and policies of another that has the same objects."""
    yield from (("drop_member", k) for k in old.members.keys() - new.members.keys())
    yield from (("put_member", m) for k, m in new.members.items() if old.members.get(k) != m)
    yield from (("put_acl", Acl(*k, None)) for k in old.acls.keys() - new.acls.keys())
    yield from (("put_acl", Acl(*k, items)) for k, items in new.acls.items() if old.acls.get(k) != items)
    yield from (("put_default_acl", DefaultAcl(*k, ())) for k in old.default_acls.keys() - new.default_acls.keys())
    yield from (("put_default_acl", d) for k, d in new.default_acls.items() if old.default_acls.get(k) != d)
    yield from (("drop_policy", k) for k in old.policies.keys() - new.policies.keys())
    yield from (("put_policy", p) for k, p in new.policies.items() if old.policies.get(k) != p)
    yield from (("put_row_security", RowSecurity(k, False, False)) for k in old.row_security.keys() - new.row_security.keys())
    yield from (("put_row_security", s) for k, s in new.row_security.items() if old.row_security.get(k) != s)


def forgotten(snapshot: Snapshot, kinds: tuple[str, ...], id: int) -> Snapshot:
    """The snapshot without the grants and policies of an object that is gone."""
    has_acl = any(k[1] == id and k[0] in kinds for k in snapshot.acls)
    if not has_acl and id not in snapshot.row_security and all(p.relation != id for p in snapshot.policies.values()):
        return snapshot
    return replace(
        snapshot,
        acls={k: v for k, v in snapshot.acls.items() if k[1] != id or k[0] not in kinds},
        policies={k: p for k, p in snapshot.policies.items() if p.relation != id or "table" not in kinds},
        row_security={k: v for k, v in snapshot.row_security.items() if k != id or "table" not in kinds},
    )


def columns_followed(snapshot: Snapshot, old: Relation, new: Relation) -> Snapshot:
    """Grants on columns that were renamed or dropped follow them; an owner's grants go to the new owner."""
    if old.owner != new.owner:
        snapshot = owner_changed(snapshot, ("table", "sequence"), new.id, old.owner, new.owner)
    if not any(k[1] == new.id and k[2] for k in snapshot.acls):
        return snapshot
    before, after = [c.name for c in old.columns], [c.name for c in new.columns]
    names = dict(zip(before, after)) if len(before) == len(after) else {c: c for c in before if c in after}
    acls: dict[tuple[str, int, str], tuple[AclItem, ...]] = {}
    for key, items in snapshot.acls.items():
        kind, id, column = key
        if id != new.id or not column:
            acls[key] = items
        elif column in names:
            acls[(kind, id, names[column])] = items
    return replace(snapshot, acls=acls)


def owner_changed(snapshot: Snapshot, kinds: tuple[str, ...], id: int, old: str, new: str) -> Snapshot:
    """Grants of the old owner are the new one's."""
    acls = dict(snapshot.acls)
    for key, items in snapshot.acls.items():
        if key[1] == id and key[0] in kinds:
            made: tuple[AclItem, ...] = ()
            for i in items:
                grantee = new if i.grantee == old else i.grantee
                grantor = new if i.grantor == old else i.grantor
                made = granted(made, grantee, grantor, i.privileges, False)
                if i.options:
                    made = granted(made, grantee, grantor, i.options, True)
            acls[key] = made
    return replace(snapshot, acls=acls)

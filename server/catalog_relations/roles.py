"""Roles, grants and policies as pg_catalog and information_schema show them, and what the has_…_privilege functions read."""

from __future__ import annotations

from collections.abc import Callable

from ...kernels.types import BOOL, NAME, OID, TEXT, list_of
from ...planner.catalog import roles
from ...planner.catalog.entries import Column, Relation
from ...planner.catalog.roles import ALL, DATABASE_ID, LETTERS, NAMES, AclItem, Policy, Role
from .deparsed import both, expression_text
from .model import DATABASE, Catalog, Record, Source, visible_columns

_COMMANDS = {"all": "*", "select": "r", "insert": "a", "update": "w", "delete": "d"}
_FLAGS = ("inherit", "createrole", "createdb", "replication", "bypassrls")


def acl_text(items: tuple[AclItem, ...] | None) -> list[str] | None:
    return None if items is None else [roles.item_text(i) for i in items]


def acl_of(catalog: Catalog, kind: str, id: int, column: str = "") -> list[str] | None:
    """The aclitem[] of an object; NULL while it has the defaults."""
    return acl_text(catalog.snapshot.acls.get((kind, id, column)))


def relation_acl(catalog: Catalog, relation: Relation) -> list[str] | None:
    return acl_of(catalog, roles.class_of(relation), relation.id)


def schema_acl(catalog: Catalog, id: int, name: str, owner: str) -> list[str] | None:
    found = acl_of(catalog, "schema", id)
    if found is None and name in ("public", "pg_catalog", "information_schema"):
        return acl_text(roles.default_items("schema", owner, name))
    return found


def _role(role: Role, *, password: str | None) -> Record:
    found: Record = {f"rol{f}": getattr(role, f) for f in _FLAGS}
    return found | {
        "oid": role.id, "rolname": role.name, "rolsuper": role.superuser, "rolcanlogin": role.login,
        "rolconnlimit": role.connection_limit, "rolvaliduntil": role.valid_until, "rolpassword": password,
        "rolconfig": [f"{k}={v}" for k, v in role.settings] or None,
    }


def _listed(catalog: Catalog) -> list[Role]:
    return sorted(catalog.snapshot.roles.values(), key=lambda r: r.id)


def pg_roles(catalog: Catalog) -> list[Record]:
    return [_role(r, password="********") for r in _listed(catalog)]


def pg_authid(catalog: Catalog) -> list[Record]:
    return [_role(r, password=r.password) for r in _listed(catalog)]


def _user(role: Role, password: str | None) -> Record:
    return {
        "usename": role.name, "usesysid": role.id, "usecreatedb": role.createdb, "usesuper": role.superuser,
        "userepl": role.replication, "usebypassrls": role.bypassrls, "passwd": password, "valuntil": role.valid_until,
        "useconfig": [f"{k}={v}" for k, v in role.settings] or None,
    }


def pg_user(catalog: Catalog) -> list[Record]:
    return [_user(r, "********") for r in _listed(catalog) if r.login]


def pg_shadow(catalog: Catalog) -> list[Record]:
    return [_user(r, r.password) for r in _listed(catalog) if r.login]


def pg_group(catalog: Catalog) -> list[Record]:
    return [
        {"groname": r.name, "grosysid": r.id,
         "grolist": [catalog.role_id(m.member) for m in catalog.snapshot.members.values() if m.role == r.name]}
        for r in _listed(catalog)
        if not r.login
    ]


def pg_auth_members(catalog: Catalog) -> list[Record]:
    return [
        {"roleid": catalog.role_id(m.role), "member": catalog.role_id(m.member), "grantor": catalog.role_id(m.grantor),
         "admin_option": m.admin}
        for m in catalog.snapshot.members.values()
    ]


def pg_db_role_setting(catalog: Catalog) -> list[Record]:
    return [
        {"setdatabase": 0, "setrole": r.id, "setconfig": [f"{k}={v}" for k, v in r.settings]}
        for r in _listed(catalog)
        if r.settings
    ] + [
        {"setdatabase": DATABASE if whose == "database" else 0, "setrole": 0, "setconfig": [f"{k}={v}" for k, v in settings]}
        for whose, settings in catalog.snapshot.settings.items()
    ]


def pg_default_acl(catalog: Catalog) -> list[Record]:
    letters = {"table": "r", "sequence": "S", "function": "f", "type": "T", "schema": "n"}
    return [
        {"oid": 9 << 28 | number, "defaclrole": catalog.role_id(d.role),
         "defaclnamespace": catalog.schema_id(d.schema) if d.schema else 0, "defaclobjtype": letters[d.kind],
         "defaclacl": acl_text(d.items)}
        for number, d in enumerate(catalog.snapshot.default_acls.values())
    ]


def pg_policy(catalog: Catalog) -> list[Record]:
    return [
        {"oid": p.id, "polname": p.name, "polrelid": p.relation, "polcmd": _COMMANDS[p.command],
         "polpermissive": p.permissive, "polroles": [catalog.role_id(r) if r else 0 for r in p.roles],
         "polqual": _shown(catalog, p, p.using, both), "polwithcheck": _shown(catalog, p, p.check, both)}
        for p in catalog.snapshot.policies.values()
    ]


def _shown(catalog: Catalog, policy: Policy, text: str | None, deparsed: Callable[..., str]) -> str | None:
    table = catalog.snapshot.relations.get(policy.relation)
    return None if text is None or table is None else deparsed(catalog, text, table)


def pg_policies(catalog: Catalog) -> list[Record]:
    return [
        {"schemaname": r.schema, "tablename": r.name, "policyname": p.name,
         "permissive": "PERMISSIVE" if p.permissive else "RESTRICTIVE", "roles": [x or "public" for x in p.roles],
         "cmd": p.command.upper(), "qual": _shown(catalog, p, p.using, expression_text), "with_check": _shown(catalog, p, p.check, expression_text)}
        for p in catalog.snapshot.policies.values()
        if (r := catalog.snapshot.relations.get(p.relation)) is not None
    ]


# What has_…_privilege reads: one row per object with the words that hold


def _words(held: str, options: str) -> list[str]:
    found = [NAMES[p] for p in LETTERS if p in held] + [f"{NAMES[p]} WITH GRANT OPTION" for p in LETTERS if p in options]
    return [*found, "TEMP"] if "T" in held else found


PRIVILEGES = Relation(
    115, "sabot", "role_privileges", "system",
    (Column("role", OID, True), Column("role_name", NAME, True), Column("current", BOOL, True), Column("kind", TEXT, True),
     Column("id", OID, True), Column("name", TEXT, True), Column("held", list_of(TEXT), True),
     Column("on_columns", list_of(TEXT), True)),
)  # fmt: skip
OWN_PRIVILEGES = Relation(
    112, "sabot", "privileges", "system", PRIVILEGES.columns[3:],
)  # fmt: skip
COLUMN_PRIVILEGES = Relation(
    113, "sabot", "column_privileges", "system",
    (Column("role", OID, True), Column("role_name", NAME, True), Column("current", BOOL, True), Column("id", OID, True),
     Column("number", OID, True), Column("name", NAME, True), Column("held", list_of(TEXT), True)),
)  # fmt: skip
MEMBERSHIPS = Relation(
    114, "sabot", "role_memberships", "system",
    (Column("member", OID, True), Column("member_name", NAME, True), Column("current", BOOL, True),
     Column("role", OID, True), Column("role_name", NAME, True), Column("held", list_of(TEXT), True)),
)  # fmt: skip


def _held(catalog: Catalog, role: str) -> list[Record]:
    """What the role holds on every object."""
    snapshot = catalog.snapshot
    superuser = roles.is_superuser(snapshot, role)
    reached = roles.acting_as(snapshot, role)
    cache: dict[tuple[str, str], list[str]] = {}

    def words(held: str, options: str) -> list[str]:
        key = (held, options)
        if key not in cache:
            cache[key] = _words(held, options)
        return cache[key]

    def row(kind: str, id: int, name: str, acl: str, items: tuple[AclItem, ...], owner: str) -> Record:
        if superuser:
            held = options = ALL[acl]
        else:
            held = roles.privileges_on(snapshot, role, acl, items, owner)
            options = ALL[acl] if owner in reached else roles.grantable(items, reached)
        return {"kind": kind, "id": id, "name": name, "held": words(held, options), "on_columns": words(held, options)}

    column_grants: dict[int, str] = {}
    for (_, id, column), items in snapshot.acls.items():
        if column:
            column_grants[id] = column_grants.get(id, "") + roles.held(items, reached)
    found: list[Record] = []
    for r in snapshot.relations.values():
        owner = roles.BOOTSTRAP if r.kind == "system" else r.owner
        made = row("class", r.id, r.name, roles.class_of(r), roles.relation_items(snapshot, r), owner)
        if r.id in column_grants:
            made["on_columns"] = made["held"] + _words(column_grants[r.id], "")
        found.append(made)
    for s in snapshot.schemas.values():
        items = roles.items_of(snapshot, "schema", s.id, s.owner, s.name)
        found.append(row("schema", s.id, s.name, "schema", items, s.owner))
    items = roles.items_of(snapshot, "database", DATABASE_ID, snapshot.owner)
    found.append(row("database", DATABASE, snapshot.database, "database", items, snapshot.owner))
    for functions in snapshot.functions.values():
        for f in functions:
            items = roles.items_of(snapshot, "function", f.id, f.owner)
            found.append(row("function", f.id, f.name, "function", items, f.owner))
    for oid, name in ((14, "sql"), (12, "internal")):
        items = roles.items_of(snapshot, "language", oid, snapshot.owner)
        found.append(row("language", oid, name, "language", items, snapshot.owner))
    return found


def own_privileges(catalog: Catalog) -> list[Record]:
    return _held(catalog, catalog.session.user)


def role_privileges(catalog: Catalog) -> list[Record]:
    return [
        {"role": r.id, "role_name": r.name, "current": r.name == catalog.session.user} | made
        for r in _listed(catalog)
        for made in _held(catalog, r.name)
    ]


def column_privileges(catalog: Catalog) -> list[Record]:
    found: list[Record] = []
    snapshot = catalog.snapshot
    for r in _listed(catalog):
        reached = roles.acting_as(snapshot, r.name)
        for (_, id, column), items in snapshot.acls.items():
            entry = snapshot.relations.get(id)
            if column and entry is not None:
                numbers = {c.name: n for n, c in visible_columns(entry)}
                found.append(
                    {"role": r.id, "role_name": r.name, "current": r.name == catalog.session.user, "id": id,
                     "number": numbers.get(column, 0), "name": column,
                     "held": _words(roles.held(items, reached), roles.grantable(items, reached))}
                )
    return found


def role_memberships(catalog: Catalog) -> list[Record]:
    snapshot = catalog.snapshot
    found: list[Record] = []
    for member in _listed(catalog):
        usage, any_ = roles.acting_as(snapshot, member.name), roles.member_of(snapshot, member.name)
        for role in _listed(catalog):
            words = ["MEMBER", "SET"] if member.superuser or role.name in any_ else []
            words += ["USAGE"] if member.superuser or role.name in usage else []
            if roles.is_admin(snapshot, member.name, role.name):
                words += [f"{w} WITH {kind} OPTION" for w in ("MEMBER", "USAGE", "SET") for kind in ("ADMIN", "GRANT")]
            found.append(
                {"member": member.id, "member_name": member.name, "current": member.name == catalog.session.user,
                 "role": role.id, "role_name": role.name, "held": words}
            )
    return found


# information_schema


def _yes(flag: bool) -> str:
    return "YES" if flag else "NO"


def _grants(catalog: Catalog, everybody: bool) -> list[tuple[Relation, AclItem, str]]:
    """(relation, grant, letter) that concern the current user's roles; `everybody` includes grants to PUBLIC."""
    enabled = roles.acting_as(catalog.snapshot, catalog.session.user)
    superuser = roles.is_superuser(catalog.snapshot, catalog.session.user)
    return [
        (r, i, p)
        for r in catalog.relations
        if r.kind != "sequence"
        for i in roles.relation_items(catalog.snapshot, r)
        if superuser or i.grantee in enabled or i.grantor in enabled or (everybody and not i.grantee)
        if everybody or i.grantee
        for p in LETTERS
        if p in i.privileges and p in ALL["table"]
    ]


def _privilege(catalog: Catalog, r: Relation, i: AclItem, p: str) -> Record:
    owner = roles.BOOTSTRAP if r.kind == "system" else r.owner
    return {
        "grantor": i.grantor, "grantee": i.grantee or "PUBLIC", "table_catalog": catalog.snapshot.database,
        "table_schema": r.schema, "table_name": r.name, "privilege_type": NAMES[p],
        "is_grantable": _yes(p in i.options or i.grantee == owner), "with_hierarchy": _yes(p == "r"),
    }


def table_privileges(catalog: Catalog) -> list[Record]:
    return [_privilege(catalog, *g) for g in _grants(catalog, True)]


def role_table_grants(catalog: Catalog) -> list[Record]:
    return [_privilege(catalog, *g) for g in _grants(catalog, False)]


def _column_grants(catalog: Catalog, everybody: bool) -> list[Record]:
    found: list[Record] = []
    for r, i, p in _grants(catalog, everybody):
        if p in ALL["column"]:
            found += [_privilege(catalog, r, i, p) | {"column_name": c.name} for _, c in visible_columns(r)]
    for (_, id, column), items in catalog.snapshot.acls.items():
        entry = catalog.snapshot.relations.get(id)
        if column and entry is not None:
            found += [
                _privilege(catalog, entry, i, p) | {"column_name": column}
                for i in items
                if everybody or i.grantee
                for p in i.privileges
            ]
    unique = {tuple(sorted((k, str(v)) for k, v in f.items())): f for f in found}
    return list(unique.values())


def standard_column_privileges(catalog: Catalog) -> list[Record]:
    return _column_grants(catalog, True)


def role_column_grants(catalog: Catalog) -> list[Record]:
    return _column_grants(catalog, False)


def _routine_grants(catalog: Catalog, everybody: bool) -> list[Record]:
    database = catalog.snapshot.database
    return [
        {"grantor": i.grantor, "grantee": i.grantee or "PUBLIC", "specific_catalog": database, "specific_schema": schema,
         "specific_name": f"{name}_{f.id}", "routine_catalog": database, "routine_schema": schema, "routine_name": name,
         "privilege_type": "EXECUTE", "is_grantable": _yes("X" in i.options or i.grantee == f.owner)}
        for (schema, name), functions in catalog.snapshot.functions.items()
        for f in functions
        for i in roles.items_of(catalog.snapshot, "function", f.id, f.owner)
        if everybody or i.grantee
    ]


def _usage_grants(catalog: Catalog, everybody: bool) -> list[Record]:
    database = catalog.snapshot.database
    return [
        {"grantor": i.grantor, "grantee": i.grantee or "PUBLIC", "object_catalog": database, "object_schema": r.schema,
         "object_name": r.name, "object_type": "SEQUENCE", "privilege_type": "USAGE",
         "is_grantable": _yes("U" in i.options or i.grantee == r.owner)}
        for r in catalog.snapshot.relations.values()
        if r.kind == "sequence"
        for i in roles.relation_items(catalog.snapshot, r)
        if "U" in i.privileges and (everybody or i.grantee)
    ]


def enabled_roles(catalog: Catalog) -> list[Record]:
    return [{"role_name": r} for r in sorted(roles.member_of(catalog.snapshot, catalog.session.user))]


def applicable_roles(catalog: Catalog) -> list[Record]:
    reached = roles.member_of(catalog.snapshot, catalog.session.user)
    return [
        {"grantee": m.member, "role_name": m.role, "is_grantable": _yes(m.admin)}
        for m in catalog.snapshot.members.values()
        if m.member in reached
    ]


def administrable(catalog: Catalog) -> list[Record]:
    return [r for r in applicable_roles(catalog) if r["is_grantable"] == "YES"]


PG_CATALOG: dict[str, Source] = {
    "pg_roles": pg_roles, "pg_authid": pg_authid, "pg_user": pg_user, "pg_shadow": pg_shadow, "pg_group": pg_group,
    "pg_auth_members": pg_auth_members, "pg_db_role_setting": pg_db_role_setting, "pg_default_acl": pg_default_acl,
    "pg_policy": pg_policy, "pg_policies": pg_policies,
}
INFORMATION_SCHEMA: dict[str, Source] = {
    "table_privileges": table_privileges, "role_table_grants": role_table_grants,
    "column_privileges": standard_column_privileges, "role_column_grants": role_column_grants,
    "routine_privileges": lambda c: _routine_grants(c, True), "role_routine_grants": lambda c: _routine_grants(c, False),
    "usage_privileges": lambda c: _usage_grants(c, True), "role_usage_grants": lambda c: _usage_grants(c, False),
    "enabled_roles": enabled_roles, "applicable_roles": applicable_roles,
    "administrable_role_authorizations": administrable,
}
LISTENING = Relation(119, "sabot", "listening_channels", "system", (Column("channel", TEXT, True),))


def listening_channels(catalog: Catalog) -> list[Record]:
    return [{"channel": c} for c in catalog.session.server.notifications.channels(catalog.session)]


SABOT: tuple[tuple[Relation, Source], ...] = (
    (LISTENING, listening_channels),
    (PRIVILEGES, role_privileges), (OWN_PRIVILEGES, own_privileges), (COLUMN_PRIVILEGES, column_privileges),
    (MEMBERSHIPS, role_memberships),
)

# The SQL functions over these relations: (name(argument types), result, body)

_TABLE_PRIVILEGES = "SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER"
# What may be asked of each kind of object, each also WITH GRANT OPTION.
_KNOWN = {
    "table": _TABLE_PRIVILEGES, "sequence": "USAGE SELECT UPDATE", "any_column": "SELECT INSERT UPDATE REFERENCES",
    "column": "SELECT INSERT UPDATE REFERENCES", "schema": "CREATE USAGE", "database": "CREATE TEMPORARY TEMP CONNECT",
    "language": "USAGE", "function": "EXECUTE", "role": "USAGE MEMBER",
}


def _wanted(kind: str, parameter: str) -> str:
    """The privileges that a text names, in upper case; 22023 for one that the kind of object does not have."""
    options = ("", " WITH GRANT OPTION", *(" WITH ADMIN OPTION",) * (kind == "role"))
    known = ",".join(name + option for name in _KNOWN[kind].split() for option in options)
    return f"sabot_privileges({parameter}, '{known}')"


def _role_exists(parameter: str) -> str:
    """Whether there is a role of a name: true, or 42704."""
    found = f"(SELECT true FROM pg_catalog.pg_roles r WHERE r.rolname = {parameter})"
    return f"sabot_missing({found}, '42704', 'role \"' || {parameter} || '\" does not exist')"


_MISSING = {"schema": ("3F000", "pg_namespace", "nspname"), "database": ("3D000", "pg_database", "datname"), "language": ("42704", "pg_language", "lanname")}


def _object_exists(kind: str, parameter: str) -> str:
    """The same for an object of another kind."""
    code, relation, column = _MISSING[kind]
    found = f"(SELECT true FROM pg_catalog.{relation} o WHERE o.{column} = {parameter})"
    return f"sabot_missing({found}, '{code}', '{kind} \"' || {parameter} || '\" does not exist')"


def _checked(body: str, checks: list[str], arguments: int) -> str:
    """NULL where an argument is; the last check is made first."""
    given = " AND ".join(f"${i} IS NOT NULL" for i in range(1, arguments + 1))
    for condition in (*checks, given):
        body = f"CASE WHEN {condition} THEN {body} END"
    return body


def _functions() -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    # kind of object, how a text names one, names of the functions
    kinds: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("class", "{}::regclass::oid", ("table", "sequence", "any_column")),
        ("schema", "", ("schema",)), ("database", "", ("database",)), ("language", "", ("language",)),
        ("function", "", ("function",)),
    )
    for kind, by_text, names in kinds:
        for name in names:
            held = "p.on_columns" if name == "any_column" else "p.held"
            for argument in ("oid", "text"):
                for who in ("", "name", "oid"):
                    at = 2 if who else 1
                    if argument == "oid":
                        object_ = f"p.id = ${at}"
                    elif by_text:
                        object_ = f"p.id = {by_text.format(f'${at}')}"
                    else:
                        object_ = f"p.name = split_part(${at}, '(', 1)"
                    relation = "sabot.role_privileges" if who else "sabot.privileges"
                    role = {"": "", "name": "p.role_name = $1 AND ", "oid": "p.role = $1 AND "}[who]
                    wanted = _wanted(name, f"${at + 1}")
                    body = f"(SELECT bool_or({wanted} && {held}) FROM {relation} p WHERE {role}p.kind = '{kind}' AND {object_})"
                    if who == "oid":  # a role that there is not may do nothing
                        body = f"coalesce({body}, (SELECT false FROM sabot.privileges p WHERE p.kind = '{kind}' AND {object_} LIMIT 1))"
                    checks = [f"{wanted} IS NOT NULL"]
                    if argument == "text" and kind in _MISSING:
                        checks.append(_object_exists(kind, f"${at}"))
                    checks += [_role_exists("$1")] * (who == "name")
                    arguments = ", ".join(a for a in (who, argument, "text") if a)
                    found.append((f"has_{name}_privilege({arguments})", "bool", _checked(body, checks, at + 1)))
    for name in ("type", "tablespace", "foreign_data_wrapper", "server"):
        for arguments in ("oid, text", "text, text", "name, oid, text", "name, text, text", "oid, oid, text", "oid, text, text"):
            found.append((f"has_{name}_privilege({arguments})", "bool", "$1 IS NOT NULL AND $2 IS NOT NULL"))
    for argument in ("oid", "text"):
        for column in ("text", "int2"):
            for who in ("", "name", "oid"):
                at = 2 if who else 1
                object_ = f"${at}" if argument == "oid" else f"${at}::regclass::oid"
                named = f"c.name = ${at + 1}::name" if column == "text" else f"c.number = ${at + 1}::int4::oid"
                role = {"": "{0}.current", "name": "{0}.role_name = $1", "oid": "{0}.role = $1"}[who]
                wanted = _wanted("column", f"${at + 2}")
                relation, whole = ("sabot.role_privileges", role.format("p")) if who else ("sabot.privileges", "true")
                body = (
                    f"(SELECT bool_or({wanted} && p.held) FROM {relation} p WHERE {whole} AND p.kind = 'class' AND p.id = {object_})"
                    f" OR EXISTS (SELECT 1 FROM sabot.column_privileges c WHERE {role.format('c')} AND c.id = {object_}"
                    f" AND {named} AND {wanted} && c.held)"
                )
                if who == "name":
                    body = _checked(body, [_role_exists("$1")], at + 2)
                arguments = ", ".join(a for a in (who, argument, column, "text") if a)
                found.append((f"has_column_privilege({arguments})", "bool", body))
    for role_type in ("name", "oid"):
        for who in ("", "name", "oid"):
            at = 2 if who else 1
            member = {"": "m.current", "name": "m.member_name = $1", "oid": "m.member = $1"}[who]
            target = f"m.role_name = ${at}" if role_type == "name" else f"m.role = ${at}"
            wanted = _wanted("role", f"${at + 1}")
            body = f"(SELECT bool_or({wanted} && m.held) FROM sabot.role_memberships m WHERE {member} AND {target})"
            roles_asked = [_role_exists(f"${i}") for i, type_ in enumerate((*((who,) if who else ()), role_type), 1) if type_ == "name"]
            body = _checked(body, [f"{wanted} IS NOT NULL", *reversed(roles_asked)], at + 1)
            arguments = ", ".join(a for a in (who, role_type, "text") if a)
            found.append((f"pg_has_role({arguments})", "bool", body))
    found.append((
        "row_security_active(oid)", "bool",
        "(SELECT c.relrowsecurity AND NOT r.rolsuper AND NOT r.rolbypassrls AND (c.relforcerowsecurity OR NOT "
        "pg_has_role(c.relowner, 'USAGE')) FROM pg_catalog.pg_class c, pg_catalog.pg_roles r "
        "WHERE c.oid = $1 AND r.rolname = current_user)",
    ))
    return found


FUNCTIONS = tuple(_functions())


def rows_without_secrets(catalog: Catalog, record: Record, owner: str, hidden: Record) -> Record:
    """A session's record as the current user may see it: another's statement is not shown to everybody."""
    snapshot, user = catalog.snapshot, catalog.session.user
    reached = roles.acting_as(snapshot, user)
    if roles.is_superuser(snapshot, user) or owner in reached or "pg_read_all_stats" in reached:
        return record
    return record | hidden


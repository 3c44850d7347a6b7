"""Schemas, the database, roles, settings, functions, activity: what is not a relation or a type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from ...kernels.errors import RowError
from ...kernels.expr.program import SessionFacts, evaluate
from ...kernels.expr.spec import Lit
from ...kernels.types import INET, TYPES, UNKNOWN, SqlType
from ...planner.catalog.entries import SqlFunction
from ...planner.catalog.roles import DATABASE_ID, default_items
from ...planner.catalog.type_functions import PSEUDO_TYPES, io_functions
from ...planner.functions import all_functions
from ...planner.functions.aggregates import AGGREGATES
from ...planner.functions.cast import build_cast
from ...planner.functions.signature import ArgType, Signature
from ...planner.functions.windows import WINDOWS
from .model import DATABASE, ENCODING, EXTENSION, OWNER, TABLESPACE, Catalog, Record, Source
from .roles import acl_of, acl_text, rows_without_secrets, schema_acl

_BUILT_IN = 20_000_000  # OIDs of built-in functions, which have no number of their own
_SQL, _INTERNAL, _PLPGSQL, _PYTHON = 14, 12, 13_700, 13_701  # languages
_LANGUAGES = {"sql": _SQL, "plpgsql": _PLPGSQL, "python": _PYTHON}


TOAST = (99, "pg_toast")  # PostgreSQL's schema of parts of long values: there are none, but clients leave it out by name


def pg_namespace(catalog: Catalog) -> list[Record]:
    return [
        {"oid": s.id, "nspname": s.name, "nspowner": catalog.role_id(s.owner),
         "nspacl": schema_acl(catalog, s.id, s.name, s.owner)}
        for s in catalog.snapshot.schemas.values()
    ] + [{"oid": TOAST[0], "nspname": TOAST[1], "nspowner": OWNER}]


def pg_database(catalog: Catalog) -> list[Record]:
    snapshot = catalog.snapshot
    listed = [(DATABASE, snapshot.main, OWNER), *((d.id, d.name, catalog.role_id(d.owner)) for d in snapshot.databases.values())]
    return [
        {"oid": oid, "datname": name, "datdba": owner, "encoding": ENCODING,
         "datlocprovider": "c", "datminmxid": 1, "datallowconn": True, "datconnlimit": -1, "dattablespace": TABLESPACE,
         "datcollate": "C", "datctype": "C", "datacl": acl_of(catalog, "database", DATABASE_ID if name == snapshot.database else oid)}
        for oid, name, owner in listed
    ]


def _modes(f: SqlFunction) -> Record:
    """Of a procedure that gives something back: the modes and types of all its parameters."""
    if f.modes is None or not f.table:
        return {}
    return {"proargmodes": [{"in": "i", "out": "o", "inout": "b"}[m] for m in f.modes], "proallargtypes": [t.oid for _, t in f.parameters]}


def pg_proc(catalog: Catalog) -> list[Record]:
    """Functions of the users, the types' input and output functions, and the built-in ones by name."""
    found: list[Record] = []

    def add(oid: int, name: str, **more: object) -> None:
        found.append(
            {"oid": oid, "proname": name, "pronamespace": 11, "proowner": OWNER, "prolang": _INTERNAL, "procost": 1.0,
             "prokind": "f", "provolatile": "i", "proparallel": "s", "proargtypes": [], **more}
        )

    for oid, name in io_functions().items():
        add(oid, name)
    for (schema, name), overloads in catalog.snapshot.functions.items():
        for f in overloads:
            modes = f.modes or ("in",) * len(f.parameters)
            types = [t.oid for (_, t), mode in zip(f.parameters, modes) if mode != "out"]
            add(
                f.id, name, pronamespace=catalog.schema_id(schema), proowner=catalog.role_id(f.owner),
                proacl=acl_of(catalog, "function", f.id), prosecdef=f.security_definer, prolang=_LANGUAGES[f.language],
                prokind="f" if f.modes is None else "p", **_modes(f), pronargs=len(types), proargtypes=types,
                proargnames=[n for n, _ in f.parameters] if any(n for n, _ in f.parameters) else None,
                proretset=f.returns_set or (bool(f.table) and f.modes is None), provolatile=f.volatility[0], proparallel="u",
                pronargdefaults=len(f.defaults), proargdefaults=", ".join(f.defaults) or None, prosrc=f.body, procost=100.0, prorows=1000.0 if f.returns_set or (f.table and f.modes is None) else 0.0,
                proisstrict=f.strict,
                prorettype=f.returns.oid if f.returns is not None else 2249 if f.modes is not None and f.table else 2278,
            )
    for known in built_in():
        s, types = known.signature, [type_oid(a) for a in known.signature.args]
        more: Record = {}
        if s.variadic:
            last = s.args[-1]
            types[-1] = last.info.array_oid if isinstance(last, SqlType) else types[-1]
            more = {"provariadic": type_oid(last), "proargmodes": ["i"] * (len(types) - 1) + ["v"], "proallargtypes": types}
        add(known.oid, s.name, prokind=known.kind, pronargs=len(types), proargtypes=types, proisstrict=s.strict, provolatile=s.volatility[0],
            proretset=s.set_returning, prosrc=s.name, prorettype=type_oid(s.returns), **more)
    return found


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A function that is no SQL; `kind` as in pg_proc."""

    oid: int
    kind: str
    signature: Signature


@cache
def built_in() -> tuple[BuiltIn, ...]:
    functions = [("f", s) for _, signatures in sorted(all_functions().items()) for s in signatures]
    others = [(kind, s) for kind, listed in (("a", AGGREGATES), ("w", WINDOWS)) for s in sorted(listed, key=lambda s: s.name)]
    return tuple(BuiltIn(oid, kind, s) for oid, (kind, s) in enumerate((*functions, *others), _BUILT_IN))


def type_oid(type_: ArgType) -> int:
    """The OID of an argument's type; maps are no type of PostgreSQL's."""
    if isinstance(type_, SqlType):
        return type_.oid
    return TYPES[type_.name].oid if type_.name in TYPES else PSEUDO_TYPES.get(type_.name, PSEUDO_TYPES["any"])[0]


def pg_language(catalog: Catalog) -> list[Record]:
    return [
        {"oid": oid, "lanname": name, "lanowner": OWNER, "lanpltrusted": name not in ("internal", "python"), "lanispl": oid >= _PLPGSQL}
        for oid, name in ((_INTERNAL, "internal"), (_SQL, "sql"), (_PLPGSQL, "plpgsql"), (_PYTHON, "python"))
    ]


def pg_init_privs(catalog: Catalog) -> list[Record]:
    """Privileges that are there from the beginning, which tools that copy a database do not write."""
    schemas = (catalog.snapshot.schemas[name] for name in ("pg_catalog", "information_schema"))
    return [
        {"objoid": s.id, "classoid": 2615, "objsubid": 0, "privtype": "i", "initprivs": acl_text(default_items("schema", s.owner, s.name))}
        for s in schemas
    ]


def pg_extension(catalog: Catalog) -> list[Record]:
    """Schema `sabot`, seen as an extension: so that tools that copy a database leave it out."""
    return [{"oid": EXTENSION, "extname": "sabot", "extowner": OWNER, "extnamespace": catalog.schema_id("sabot"), "extversion": "1.0"}]


def pg_tablespace(catalog: Catalog) -> list[Record]:
    return [
        {"oid": oid, "spcname": name, "spcowner": OWNER} for oid, name in ((TABLESPACE, "pg_default"), (1664, "pg_global"))
    ]


def _inet(address: str) -> Any:
    """An address of a peer as a value of inet; None for what is none, such as a socket's path."""
    made = build_cast(Lit(address.strip("[]"), UNKNOWN), INET)
    assert made is not None
    try:
        return evaluate(made, SessionFacts())
    except RowError:
        return None


def pg_stat_activity(catalog: Catalog) -> list[Record]:
    found: list[Record] = []
    for pid, s in list(catalog.session.server.sessions.items()):
        address, _, port = s.peer.rpartition(":")
        idle = s.state != "active"
        failed = s.transaction is not None and s.transaction.failed
        waits = ("Client", "ClientRead") if idle else s.waits or (None, None)
        record: Record = {
            "datid": DATABASE, "datname": s.database, "pid": pid, "usesysid": catalog.role_id(s.login),
            "usename": s.login, "application_name": s.settings.get("application_name"), "backend_type": "client backend",
        }
        known: Record = {
            "client_addr": _inet(address), "client_port": int(port) if port.isdigit() else -1, "backend_start": s.opened,
            "xact_start": s.transaction.now if s.transaction is not None else None if idle else s.started,
            "query_start": s.started or None, "state_change": s.state_changed or s.opened,
            "wait_event_type": waits[0], "wait_event": waits[1],
            "backend_xid": s.transaction.number if s.transaction is not None and s.transaction.writes else None,
            "state": f"{s.state} (aborted)" if failed and idle else s.state, "query": s.current_query,
        }
        hidden = dict.fromkeys(known) | {"query": "<insufficient privilege>"}
        found.append(rows_without_secrets(catalog, record | known, s.login, hidden))
    return found


def pg_stat_gssapi(catalog: Catalog) -> list[Record]:
    return [{"pid": pid, "gss_authenticated": False, "encrypted": False} for pid in list(catalog.session.server.sessions)]


def pg_stat_database(catalog: Catalog) -> list[Record]:
    server = catalog.session.server
    counts, tables = server.statistics, list(server.statistics.tables.values())
    return [
        {"datid": DATABASE, "datname": catalog.snapshot.database, "numbackends": len(server.sessions),
         "xact_commit": counts.commits, "xact_rollback": counts.rollbacks, "deadlocks": counts.deadlocks, "sessions": counts.sessions,
         "tup_inserted": sum(t.inserted for t in tables), "tup_updated": sum(t.updated for t in tables),
         "tup_deleted": sum(t.deleted for t in tables), "stats_reset": server.started}
    ]


def pg_hba_file_rules(catalog: Catalog) -> list[Record]:
    """The rules in force; those that hold without a file have its lines' numbers too."""
    found: list[Record] = []
    for rule in catalog.session.server.rules:
        network = rule.network
        found.append(
            {"line_number": rule.line, "type": rule.type, "database": [d.strip('"') for d in rule.databases],
             "user_name": [u.strip('"') for u in rule.users], "auth_method": rule.method,
             "address": None if rule.type == "local" else "all" if network is None else str(network.network_address),
             "netmask": None if network is None else str(network.netmask),
             "options": [f"clientcert={rule.client_certificate}"] if rule.client_certificate and rule.method != "cert" else None}
        )
    return found


def pg_prepared_statements(catalog: Catalog) -> list[Record]:
    return [
        {"name": name, "statement": p.text, "prepare_time": p.made, "parameter_types": [t.oid for t in p.parameter_types], "from_sql": p.from_sql,
         "generic_plans": 0, "custom_plans": 0}
        for name, p in catalog.session.prepared.items()
        if name
    ]


def pg_cursors(catalog: Catalog) -> list[Record]:
    session = catalog.session
    return [
        {"name": name, "statement": c.text, "is_holdable": c.hold, "is_binary": c.binary, "is_scrollable": c.scroll is not None,
         "creation_time": c.made}
        for name, c in session.cursors.items()
    ] + [
        {"name": name, "statement": p.text, "is_holdable": False, "is_binary": False, "is_scrollable": False, "creation_time": p.made}
        for name, p in session.portals.items()
        if name
    ]


def pg_timezone_names(catalog: Catalog) -> list[Record]:
    at = datetime.fromtimestamp(catalog.session.server.clock.micros() / 1e6, UTC)
    found: list[Record] = []
    for name in sorted(available_timezones()):
        local = at.astimezone(ZoneInfo(name))
        offset, summer = local.utcoffset(), local.dst()
        micros = int(offset.total_seconds()) * 1_000_000 if offset is not None else 0
        found.append({"name": name, "abbrev": local.tzname(), "utc_offset": (micros, 0, 0), "is_dst": bool(summer)})
    return found


ROWS: dict[str, Source] = {
    "pg_namespace": pg_namespace, "pg_database": pg_database, "pg_proc": pg_proc,
    "pg_language": pg_language, "pg_extension": pg_extension, "pg_init_privs": pg_init_privs, "pg_tablespace": pg_tablespace, "pg_stat_activity": pg_stat_activity,
    "pg_stat_database": pg_stat_database, "pg_hba_file_rules": pg_hba_file_rules, "pg_prepared_statements": pg_prepared_statements, "pg_cursors": pg_cursors,
    "pg_timezone_names": pg_timezone_names, "pg_stat_gssapi": pg_stat_gssapi,
}

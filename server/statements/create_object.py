"""CREATE SCHEMA, CREATE FUNCTION (LANGUAGE SQL), COMMENT ON; what else CREATE knows is refused."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...kernels.errors import Unsupported, UserError
from ...kernels.types import SqlType
from ...planner.bind.sql_function import declare_python
from ...planner.catalog.databases import here, parted
from ...planner.catalog.entries import Comment, Relation, SchemaEntry, SqlFunction
from ...planner.catalog.keys import key_names
from ...planner.catalog.roles import database_privileges, is_superuser
from ...planner.sql import statements as ast
from ..reading.executions import Done
from ..reading.planning import check_function
from ..sessions.authorization import require_new_owner, require_owner, require_owner_of
from ..streaming.credentials import resolved
from . import called, databases, procedures
from .functions import named_function, parameter_type
from .types import resolve

if TYPE_CHECKING:
    from ..sessions.session import Session

async def create_object(session: Session, statement: ast.CreateObject, parameters: Any, prepared: Any) -> Done:
    session.require_writable(f"CREATE {statement.kind.upper()}")
    if statement.kind in ("secret", "connection"):
        return await _credential(session, statement)
    if statement.kind == "database":
        return await databases.create(session, statement)
    if statement.kind != "schema":
        raise Unsupported(f"CREATE {statement.kind.upper()} is not supported")
    server = session.server
    owner = session.user
    named = dict(statement.options).get("authorization")
    if named is not None:
        owner = require_new_owner(session, str(named), None)
    if statement.clauses:
        raise Unsupported("CREATE SCHEMA with elements is not supported", hint="Create them by statements of their own.")
    written = statement.name[-1] or owner
    if parted(server.catalog.snapshot, written, "")[0]:
        raise UserError(f'unacceptable schema name "{written}"', "42602", detail="It begins with the name of a database.")
    name = here(server.catalog.snapshot, (*statement.name[:-1], written, ""))[0]
    if name in server.catalog.snapshot.schemas:
        if statement.if_not_exists:
            session.notice("NOTICE", "42P06", f'schema "{name}" already exists, skipping')
            return Done("CREATE SCHEMA")
        raise UserError(f'schema "{name}" already exists', "42P06")
    if "C" not in database_privileges(server.catalog.snapshot, session.user):
        raise UserError(f"permission denied for database {server.catalog.snapshot.database}", "42501")
    if name.startswith("pg_"):
        raise UserError(f'unacceptable schema name "{name}"', "42939",
                        detail='The prefix "pg_" is reserved for system schemas.')
    entry = SchemaEntry(server.catalog.new_id(), name, owner)
    await asyncio.wrap_future(server.engine.submit(lambda: server.catalog.change(("put_schema", entry))))
    return Done("CREATE SCHEMA")


async def _credential(session: Session, statement: ast.CreateObject) -> Done:
    """CREATE SECRET name [WITH (backend = 'meta')] AS 'value', CREATE CONNECTION name WITH (type = 'kafka', …)."""
    server, kind, tag = session.server, statement.kind, Done(f"CREATE {statement.kind.upper()}")
    if statement.clauses:
        raise Unsupported(f"CREATE CONNECTION … {statement.clauses.split()[0].upper()} is not supported",
                          hint="Write WITH (type = 'kafka', …).")
    schema, name = server.new_name(session, statement.name)
    if server.exists(session, schema, name, statement.if_not_exists, kind):
        return tag
    given, named = resolved(session, statement.options)
    options, definition = tuple((k, str(v)) for k, v in given), statement.text
    if kind == "secret":
        backend = dict(options).get("backend", "meta")
        if backend != "meta":
            raise Unsupported(f'secret backend "{backend}" is not supported', hint="It is 'meta', the catalog.")
        definition = f"CREATE SECRET {name} WITH (backend = 'meta')"
    elif dict(options).get("type") != "kafka":
        raise Unsupported("a connection needs type = 'kafka'", hint="Give other connectors their options in WITH (…).")
    entry = Relation(
        id=server.catalog.new_id(), schema=schema, name=name, kind=kind, columns=(), definition=definition, options=options,
        depends_on=named, owner=session.user,
    )  # fmt: skip
    await session.change(lambda: server.catalog.change(("put_relation", entry)))
    return tag


async def create_function(session: Session, statement: ast.CreateFunction, parameters: Any, prepared: Any) -> Done:
    session.require_writable("CREATE FUNCTION")
    if statement.kind == "procedure":
        return await procedures.create(session, statement)
    if statement.kind != "function":
        raise Unsupported(f"CREATE {statement.kind.upper()} is not supported")
    language = (statement.language or "").lower()
    if language == "plpgsql":
        called.check(statement)
    elif language == "python":
        if not is_superuser(session.server.catalog.snapshot, session.user):
            raise UserError("permission denied for language python", "42501", hint="Only superusers may use it: its functions do what the server may.")
    elif language != "sql":
        raise Unsupported(f"language {statement.language or 'unknown'} is not supported", hint="LANGUAGE SQL, plpgsql and python are.")
    server = session.server
    schema, name = server.new_name(session, statement.name)
    words = " ".join(statement.clauses).lower()
    shape = signature_of(session, statement)
    several = language == "sql" and called.has_statements(statement)
    function = SqlFunction(
        id=server.catalog.new_id(),
        schema=schema,
        name=name,
        parameters=shape.parameters,
        returns=shape.returns,
        body=statement.body or "",
        definition=statement.text,
        table=shape.table,
        returns_set=statement.returns_set or bool(statement.returns_table),
        defaults=shape.defaults,
        variadic=shape.variadic,
        strict="strict" in words or "null on null input" in words.replace("called on null input", ""),
        volatility=next((v for v in ("immutable", "stable") if v in words), "volatile"),
        owner=session.user,
        security_definer="security definer" in words,
        language=language,
        statements=several,
        outputs=called.outputs_of(statement) if language == "plpgsql" else (),
    )
    arguments = tuple(t for _, t in function.parameters)
    for other in server.catalog.snapshot.functions.get((schema, name), ()):
        if tuple(t for _, t in other.parameters) == arguments and not statement.or_replace:
            if statement.if_not_exists:
                session.notice("NOTICE", "42723", f'function "{name}" already exists, skipping')
                return Done("CREATE FUNCTION")
            raise UserError(f'function "{name}" already exists with same argument types', "42723")
        if tuple(t for _, t in other.parameters) == arguments:
            require_owner_of(session, "function", name, other.owner)
            function = replace(function, id=other.id, owner=other.owner)
    if language == "sql" and not function.statements:
        check_function(session, function)
    elif language == "python":
        declare_python(function)[1].compiled()
    await asyncio.wrap_future(server.engine.submit(lambda: server.catalog.change(("put_function", function))))
    return Done("CREATE FUNCTION")


@dataclass(frozen=True, slots=True)
class FunctionShape:
    """The parameters and the result of CREATE FUNCTION."""

    parameters: tuple[tuple[str, SqlType], ...]
    returns: SqlType | None
    table: tuple[tuple[str, SqlType], ...]
    defaults: tuple[str, ...]
    variadic: bool


_ANY_FAMILY = ("pseudo:anyelement", "pseudo:anyarray", "pseudo:anynonarray", "pseudo:anyenum", "pseudo:anyrange", "pseudo:anymultirange")
_COMPATIBLE_FAMILY = ("pseudo:anycompatible", "pseudo:anycompatiblearray")
_FAMILIES = {**dict.fromkeys(_ANY_FAMILY, _ANY_FAMILY), **dict.fromkeys(_COMPATIBLE_FAMILY, _COMPATIBLE_FAMILY)}


def signature_of(session: Session, statement: ast.CreateFunction) -> FunctionShape:
    """Types resolved; 42P13 for parameters that don't go together."""
    given = [a for a in statement.args if a.mode != "out"]
    out = tuple((a.name or f"column{i}", parameter_type(session, a.type)) for i, a in enumerate(
        (a for a in statement.args if a.mode in ("out", "inout")), 1
    ))  # fmt: skip
    table = tuple((n, parameter_type(session, t)) for n, t in statement.returns_table)
    for names in ([a.name for a in given if a.name], [n for n, _ in out or table]):
        twice = next((n for n in names if names.count(n) > 1), None)
        if twice is not None:
            raise UserError(f'parameter name "{twice}" used more than once', "42P13")
    optional = [a.default is not None for a in given if a.mode != "variadic"]
    if optional != sorted(optional):
        raise UserError("input parameters after one with a default value must also have defaults", "42P13")
    parameters = tuple((a.name or "", parameter_type(session, a.type)) for a in given)
    variadic = bool(given) and given[-1].mode == "variadic"
    if any(a.mode == "variadic" for a in given[:-1]):
        raise UserError("VARIADIC parameter must be the last input parameter", "42P13")
    if variadic and parameters[-1][1].name not in ("list", "pseudo:anyarray", "pseudo:anycompatiblearray"):
        raise UserError("VARIADIC parameter must be an array", "42P13")
    returns: SqlType | None = None
    record = statement.returns is not None and statement.returns.name == "record"
    if out:
        table, returns = (out, None) if len(out) > 1 else ((), out[0][1])
        if statement.returns is not None and not record and parameter_type(session, statement.returns, result=True) != returns:
            raise UserError("function result type must be " + (str(returns) if returns else "record") + " because of OUT parameters", "42P13")
    elif statement.returns is not None:
        returns = parameter_type(session, statement.returns, result=True)
    elif not table:
        raise UserError("function result type must be specified", "42P13")
    given_types = {t for _, t in parameters}
    for made in (returns, *(t for _, t in table)):
        families = _FAMILIES.get(made.name, ()) if made is not None else ()
        if families and not any(t.name in families for t in given_types):
            raise UserError("cannot determine result data type", "42P13",
                            detail=f"A result of type {made} requires at least one input of type {', '.join(f.removeprefix('pseudo:') for f in families)}.")
    return FunctionShape(parameters, returns, table, tuple(a.default for a in given if a.default is not None), variadic)


def _commented(session: Session, statement: ast.CommentOn) -> tuple[str, int, str]:
    """Kind, OID and part of what has no entry with a comment of its own."""
    server, name, snapshot = session.server, statement.name[-1], session.server.catalog.snapshot
    match statement.kind:
        case "schema":
            if name not in snapshot.schemas:
                raise UserError(f'schema "{name}" does not exist', "3F000")
            require_owner_of(session, "schema", name, snapshot.schemas[name].owner)
            return "schema", snapshot.schemas[name].id, ""
        case "database":
            id, owner = databases.known(snapshot, name)
            require_owner_of(session, "database", name, owner)
            return "database", id, ""
        case "role" | "user":
            if name not in snapshot.roles:
                raise UserError(f'role "{name}" does not exist', "42704")
            if not is_superuser(snapshot, session.user):
                raise UserError("must be superuser to comment on a role", "42501")
            return "role", snapshot.roles[name].id, ""
        case "function":
            function = named_function(session, statement.name, statement.args)
            assert function is not None
            require_owner_of(session, "function", function.name, function.owner)
            return "function", function.id, ""
        case "domain constraint":
            domain = resolve(session, statement.on or ())
            if all(n != name for n, _ in domain.checks):
                raise UserError(f'constraint "{name}" for domain {domain.name} does not exist', "42704")
            return "domain constraint", domain.id, name
        case "constraint" | "policy":
            table = server.resolve(session, statement.on or (), ())
            require_owner(session, table)
            if statement.kind == "policy":
                policy = snapshot.policies.get((table.id, name))
                if policy is None:
                    raise UserError(f'policy "{name}" for table "{table.name}" does not exist', "42704")
                return "policy", policy.id, ""
            if name not in {*key_names(table), *(n for n, _ in table.checks), *(f.name for f in table.foreign_keys)}:
                raise UserError(f'constraint "{name}" for table "{table.name}" does not exist', "42704")
            return "constraint", table.id, name
        case kind:
            raise Unsupported(f"COMMENT ON {kind.upper()} is not supported")


async def comment(session: Session, statement: ast.CommentOn, parameters: Any, prepared: Any) -> Done:
    server = session.server
    if statement.kind in ("type", "domain"):
        t = replace(resolve(session, statement.name), comment=statement.comment)
        await asyncio.wrap_future(server.engine.submit(lambda: server.catalog.change(("put_type", t))))
        return Done("COMMENT")
    if statement.kind == "column":
        entry = server.resolve(session, statement.name[:-1], ())
        require_owner(session, entry)
        position = entry.row_schema.names.index(statement.name[-1]) if statement.name[-1] in entry.row_schema.names else -1
        if position < 0:
            raise UserError(f'column "{statement.name[-1]}" of relation "{entry.name}" does not exist', "42703")
        columns = list(entry.columns)
        columns[position] = replace(columns[position], comment=statement.comment)
        changed = replace(entry, columns=tuple(columns))
    elif statement.kind in ("table", "view", "materialized view", "source", "sink", "index", "sequence"):
        entry = server.resolve(session, statement.name, ())
        require_owner(session, entry)
        changed = replace(entry, comment=statement.comment)
    else:
        noted = Comment(*_commented(session, statement), statement.comment)
        await session.change(lambda: server.catalog.change(("put_comment", noted)))
        return Done("COMMENT")
    await asyncio.wrap_future(server.engine.submit(lambda: server.redefine(changed)))
    return Done("COMMENT")

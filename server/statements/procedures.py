"""CREATE PROCEDURE and CALL: bodies of SQL statements or PL/pgSQL, run as DO runs its block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...kernels.errors import Unsupported, UserError
from ...kernels.schema import Field, Schema
from ...kernels.types import SqlType
from ...planner.bind.access import check_function
from ...planner.bind.coerce import can_coerce
from ...planner.catalog.entries import SqlFunction
from ...planner.sql import blocks as b
from ...planner.sql import statements as ast
from ...planner.sql.parse import parse_script
from ..reading.executions import Done, Rows
from ..sessions.authorization import require_owner_of
from ..transactions import drafts
from . import blocks
from .routines import Argument, parameters_of, places_of, run_procedure

if TYPE_CHECKING:
    from ..sessions.session import Session

LANGUAGES = ("sql", "plpgsql")


class _Called(Rows):
    """What the parameters of mode OUT and INOUT hold in the end."""

    def _final_tag(self) -> str:
        return "CALL"


async def create(session: Session, statement: ast.CreateFunction) -> Done:
    server, language = session.server, (statement.language or "sql").lower()
    if language not in LANGUAGES:
        raise Unsupported(f"language {language} is not supported", hint="Procedures are of LANGUAGE SQL and plpgsql.")
    if statement.body is None:
        raise Unsupported("a procedure without AS is not supported", hint="Give its body as a string: AS $$ … $$.")
    if "security definer" in " ".join(statement.clauses).lower():
        raise Unsupported("procedures with SECURITY DEFINER are not supported", hint="They run as their caller.")
    if any(a.mode == "variadic" for a in statement.args):
        raise Unsupported("VARIADIC parameters of procedures are not supported", hint="Take an array.")
    names = [a.name for a in statement.args if a.name]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise UserError(f'parameter name "{twice}" used more than once', "42P13")
    optional = [a.default is not None for a in statement.args if a.mode != "out"]
    if optional != sorted(optional):
        raise UserError("input parameters after one with a default value must also have defaults", "42P13")
    if any(a.mode == "out" for a in statement.args) and any(optional):
        raise Unsupported("defaults beside OUT parameters of a procedure are not supported", hint="Make the parameter INOUT.")
    if language == "plpgsql":
        b.parse_block(statement.body)
    else:
        parse_script(statement.body)
    schema, name = server.new_name(session, statement.name)
    parameters = tuple((a.name or "", session.resolve_type(a.type).without_mods()) for a in statement.args)
    outputs = tuple((n or f"column{i}", t) for i, ((n, t), a) in enumerate(
        ((p, a) for p, a in zip(parameters, statement.args) if a.mode in ("out", "inout")), 1
    ))  # fmt: skip
    id, owner = server.catalog.new_id(), session.user
    for other in server.catalog.snapshot.functions.get((schema, name), ()):
        if inputs(other.parameters, other.modes) != inputs(parameters, tuple(a.mode for a in statement.args)):
            continue
        if not statement.or_replace:
            raise UserError(f'function "{name}" already exists with same argument types', "42723")
        if other.modes is None:
            raise UserError("cannot change routine kind", "42809", detail=f'"{name}" is a function.')
        require_owner_of(session, "function", name, other.owner)
        id, owner = other.id, other.owner
    made = SqlFunction(
        id=id, schema=schema, name=name, parameters=parameters, returns=None, body=statement.body, definition=statement.text,
        table=outputs, language=language, owner=owner, modes=tuple(a.mode for a in statement.args),
        defaults=tuple(a.default for a in statement.args if a.default is not None),
    )
    await session.change(lambda: server.catalog.change(("put_function", made)))
    return Done("CREATE PROCEDURE")


def inputs(parameters: Sequence[tuple[str, SqlType]], modes: Sequence[str] | None) -> list[SqlType]:
    """The types by which routines of one name are told apart."""
    return [t for (_, t), mode in zip(parameters, modes or ("in",) * len(parameters)) if mode != "out"]


async def call(session: Session, statement: ast.Call, parameters: Any, prepared: Any) -> Done:
    arguments = await _arguments(session, statement, parameters, prepared)
    procedure, _ = chosen(session, statement.name, arguments, "procedure")
    check_function(procedure, session.plan_settings.role, session.server.catalog.snapshot, None)
    session.join_run()
    transaction = session.transaction
    assert transaction is not None
    with drafts.within(transaction.draft):
        values = await parameters_of(session, procedure, arguments)
        found = await run_procedure(session, procedure, values)
    if not procedure.table:
        return Done("CALL")
    shown = ", ".join(blocks.Variable(str(t), v).literal() for (_, t), v in zip(procedure.table, found))
    rows = await blocks.row_of(session, f"SELECT {shown}")
    return _Called(columns_of(procedure) or Schema(()), rows, "CALL")


def columns_of(procedure: SqlFunction) -> Schema | None:
    return Schema(tuple(Field(n, t) for n, t in procedure.table)) or None


def described(session: Session, statement: ast.Call) -> Schema | None:
    """The columns that CALL gives, as far as the number of its arguments tells."""
    schema = statement.name[-2] if len(statement.name) > 1 else None
    found = session.server.catalog.snapshot.find_functions(statement.name[-1], session.search_path, schema, procedures=True)
    fitting = [f for f in found if len(f.parameters) - len(f.defaults) <= len(statement.args) <= len(f.parameters)]
    return columns_of(fitting[0]) if len(fitting) == 1 and fitting[0].table else None


async def _arguments(session: Session, statement: ast.Call, parameters: Any, prepared: Any) -> list[Argument]:
    if statement.query is None:
        return []
    from .registry import handle

    done = await handle(session, statement.query, parameters, prepared)
    schema, (row,) = await blocks.texts_of(session, done)
    return [
        Argument(name, None if plain else type_, value)
        for (name, plain), type_, value in zip(statement.args, schema.types, row)
    ]


def chosen(
    session: Session, names: tuple[str, ...], arguments: Sequence[Argument], word: str
) -> tuple[SqlFunction, list[int | None]]:
    """The procedure (or function) that takes the arguments, and for each of its parameters which one that is."""
    snapshot, name = session.server.catalog.snapshot, names[-1]
    schema = names[-2] if len(names) > 1 else None
    fitting: list[tuple[int, SqlFunction, list[int | None]]] = []
    for procedure in snapshot.find_functions(name, session.search_path, schema, procedures=word == "procedure"):
        places = places_of(procedure, arguments)
        if places is None:
            continue
        pairs = [(arguments[p].type, t) for p, (_, t) in zip(places, procedure.parameters) if p is not None]
        if all(given is None or can_coerce(given, wanted, "i") for given, wanted in pairs):
            fitting.append((sum(given == wanted for given, wanted in pairs), procedure, places))
    best = max((score for score, _, _ in fitting), default=0)
    found = [(procedure, places) for score, procedure, places in fitting if score == best]
    shown = f"{'.'.join(names)}({', '.join('unknown' if a.type is None else str(a.type.without_mods()) for a in arguments)})"
    if len(found) > 1:
        raise UserError(f"{word} {shown} is not unique", "42725",
                        hint=f"Could not choose a best candidate {word}. You might need to add explicit type casts.")
    if not found:
        if word == "procedure" and snapshot.find_functions(name, session.search_path, schema):
            raise UserError(f"{shown} is not a procedure", "42809", hint="To call a function, use SELECT.")
        raise UserError(f"{word} {shown} does not exist", "42883",
                        hint=f"No {word} matches the given name and argument types. You might need to add explicit type casts.")
    return found[0]

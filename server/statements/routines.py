"""Bodies of procedures and functions in PL/pgSQL or SQL, run over the values of their parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...kernels.errors import UserError
from ...kernels.types import SqlType, scalar
from ...planner.catalog.entries import SqlFunction
from ...planner.catalog.pseudo import ROW
from ...planner.sql import blocks as b
from ...planner.sql.lexer import tokenize
from ...planner.sql.parse import parse_script
from .blocks import Left, Scope, Variable, drained, filled, rows_of, run, run_block, texts_of, value_of

if TYPE_CHECKING:
    from ..sessions.session import Session

DEPTH = 200  # of calls within calls
_depth: ContextVar[int] = ContextVar("depth", default=0)


@contextmanager
def _deeper() -> Iterator[None]:
    mark = _depth.set(_depth.get() + 1)
    try:
        if _depth.get() > DEPTH:
            raise UserError("stack depth limit exceeded", "54001", hint=f"Routines call each other {DEPTH} deep at most.")
        yield
    finally:
        _depth.reset(mark)


@dataclass(frozen=True)
class Argument:
    """`type` is None for what takes the type of its parameter."""

    name: str | None
    type: SqlType | None
    value: str | None


def places_of(procedure: SqlFunction, arguments: Sequence[Argument]) -> list[int | None] | None:
    if len(arguments) > len(procedure.parameters):
        return None
    names = [n for n, _ in procedure.parameters]
    places: list[int | None] = [None] * len(names)
    for at, argument in enumerate(arguments):
        place = at if argument.name is None else names.index(argument.name) if argument.name in names else None
        if place is None or places[place] is not None:
            return None
        places[place] = at
    missing = [at for at, place in enumerate(places) if place is None]
    return places if all(at >= len(names) - len(procedure.defaults) for at in missing) else None


async def parameters_of(session: Session, routine: SqlFunction, arguments: Sequence[Argument]) -> list[str | None]:
    """The values of a routine's parameters, in their types: of arguments, or defaults."""
    values: list[str | None] = []
    first = len(routine.parameters) - len(routine.defaults)
    for at, ((_, type_), place) in enumerate(zip(routine.parameters, places_of(routine, arguments) or ())):
        given = arguments[place] if place is not None else None
        if routine.modes is not None and routine.modes[at] == "out":
            values.append(None)
        elif given is None:
            values.append(await value_of(session, f"({routine.defaults[at - first]})::{type_}"))
        elif given.value is None:
            values.append(None)
        else:
            values.append(await value_of(session, f"{Variable(str(given.type or type_), given.value).literal()}::{type_}"))
    return values


def gives_rows(function: SqlFunction) -> bool:
    """Whether a function gives rows rather than one value of a type with a name."""
    return function.returns_set or len(function.table) > 1 or function.returns == ROW


def columns_of(function: SqlFunction) -> tuple[tuple[str, SqlType], ...] | None:
    """The columns of what a function gives; None where its caller names them."""
    if function.table:
        return function.table
    if function.returns == ROW:
        return None
    if function.returns is not None and function.returns.name == "struct":
        return function.returns.fields
    return ((function.outputs[0] if function.outputs else function.name, function.returns or scalar("void")),)


async def run_function(session: Session, function: SqlFunction, values: list[str | None]) -> str | None:
    """The one value that a function returns for the values of its parameters."""
    if function.language == "sql":
        return await _run_statements(_routine_scope(session, function, values)[0], function)
    scope = await _run_body(session, function, values)
    if scope.outputs:
        return scope.variables[scope.outputs[0]].value
    if scope.returns == "void":
        return ""
    if not scope.returned:
        raise UserError("control reached end of function without RETURN", "2F005")
    if scope.rows is None:
        return scope.result
    columns = columns_of(function) or ()
    cells = ", ".join(Variable(str(t), v).literal() for (_, t), v in zip(columns, scope.rows[0]))
    return await value_of(session, f"(ROW({cells})::{function.returns})::text")


async def run_rows(session: Session, function: SqlFunction, values: list[str | None]) -> list[list[str | None]]:
    """The rows that a function in PL/pgSQL gives."""
    if function.language == "sql":
        return [[await run_function(session, function, values)]]
    scope = await _run_body(session, function, values)
    if function.returns_set:
        return scope.rows or []
    if scope.outputs:
        return [[scope.variables[name].value for name in scope.outputs]]
    if scope.returns == "void":
        return [[""]]
    if not scope.returned:
        raise UserError("control reached end of function without RETURN", "2F005")
    if scope.rows is not None:
        return scope.rows
    columns = columns_of(function)
    if columns is not None and (len(columns) != 1 or function.returns != columns[0][1]):
        whole = Variable(str(function.returns), scope.result).literal()
        return (await rows_of(session, f"SELECT ({whole}).*"))[1]
    return [[scope.result]]


async def _run_body(session: Session, function: SqlFunction, values: list[str | None]) -> Scope:
    scope = _routine_scope(session, function, values)[0]
    scope.returns = "void" if function.returns is None or function.returns.name == "void" else str(function.returns)
    if function.returns == ROW:
        scope.returns = "record"
    columns = columns_of(function)
    scope.columns = None if columns is None else tuple(t for _, t in columns)
    scope.outputs = function.outputs
    types = dict(function.table) if function.table else {function.outputs[0]: function.returns} if function.outputs else {}
    for name in function.outputs:
        if name not in scope.variables:
            scope.variables[name] = Variable(str(types[name]))
    if function.returns_set:
        scope.rows = []
    try:
        with _deeper():
            await run_block(scope, b.parse_block(function.body))
    except Left as e:
        raise UserError(f"{e.step.word.upper()} cannot be used outside a loop", "42601") from None
    return scope


async def _run_statements(scope: Scope, function: SqlFunction) -> str | None:
    """What a function in SQL gives whose body is not one query: the first value of its last statement."""
    with _deeper():
        last = await _statements(scope, function.body)
    return last[0] if last and function.returns is not None and function.returns.name != "void" else None


def _routine_scope(session: Session, routine: SqlFunction, values: list[str | None]) -> tuple[Scope, list[Variable]]:
    variables = {"found": Variable("boolean", "f")}
    own: list[Variable] = []
    for number, ((name, type_), value) in enumerate(zip(routine.parameters, values), 1):
        variable = Variable(str(type_), value)
        own.append(variable)
        variables |= {f"${number}": variable} | ({name: variable} if name else {})
    return Scope(session, variables, label=routine.name, own={n: v for (n, _), v in zip(routine.parameters, own) if n}), own


async def run_procedure(session: Session, procedure: SqlFunction, values: list[str | None]) -> list[str | None]:
    """Run a procedure's body over the values of its parameters: what those of mode OUT and INOUT hold in the end."""
    scope, own = _routine_scope(session, procedure, values)
    if procedure.language == "plpgsql":
        try:
            with _deeper():
                await run_block(scope, b.parse_block(procedure.body))
        except Left as e:
            raise UserError(f"{e.step.word.upper()} cannot be used outside a loop", "42601") from None
    else:
        with _deeper():
            last = await _statements(scope, procedure.body)
        if procedure.table and last is None:
            raise UserError("the last statement of a procedure with OUT parameters must give a row", "42P13")
        given = iter(last or ())
        for mode, variable in zip(procedure.modes or (), own):
            if mode != "in":
                variable.value = next(given, None)
    return [v.value for mode, v in zip(procedure.modes or (), own) if mode != "in"]


async def _statements(scope: Scope, body: str) -> list[str | None] | None:
    """The statements of a body in SQL, where a column comes before a parameter of its name: the last one's first row."""
    snapshot, path = scope.session.server.catalog.snapshot, scope.session.search_path
    row: list[str | None] | None = None
    for statement in parse_script(body):
        text = body[statement.span[0] : statement.span[1]].strip().removesuffix(";")
        tokens = tuple(t for t in tokenize(text) if t.kind != "end")
        if not tokens:
            continue
        named = (snapshot.find(t.value, path, None) for t in tokens if t.kind in ("word", "quoted"))
        columns = {c.name for relation in named if relation is not None for c in relation.columns}
        known = {n: v for n, v in scope.variables.items() if n not in columns}
        inner = Scope(scope.session, known, label=scope.label, own=scope.own)
        done = await run(scope.session, filled(inner, tokens, text))
        rows = (await texts_of(scope.session, done))[1] if done.columns is not None else []
        if done.columns is None:
            await drained(done)
        row = rows[0] if rows else None
    return row


def check_returns(step: Any, gives: bool, sets: bool = False, why: str = "function returning void") -> None:
    """RETURN of a function has a value where it gives one, and none elsewhere; RETURN NEXT and QUERY are of sets."""
    if isinstance(step, b.Leave) and step.word == "return" and (step.value is not None) != gives:
        if gives:
            raise UserError('missing expression at or near ";"', "42601")
        raise UserError(f"RETURN cannot have a parameter in {why}", "42804")
    if isinstance(step, b.Give) and not sets:
        raise UserError(f"cannot use RETURN {'NEXT' if step.query is None else 'QUERY'} in a non-SETOF function", "42804")
    parts = step if isinstance(step, tuple) else [getattr(step, n) for n in getattr(type(step), "__dataclass_fields__", ())]
    for part in parts:
        if isinstance(part, (tuple, *b.STEPS, b.Handler)):
            check_returns(part, gives, sets, why)

"""ALTER and DROP FUNCTION, and how a statement finds the function that it names."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from ...kernels.errors import Unsupported, UserError
from ...kernels.types import SqlType
from ...planner.catalog.changes import KIND_WORDS
from ...planner.catalog.entries import Relation, Snapshot, SqlFunction
from ...planner.catalog.pseudo import GIVEN, ROW, polymorphic
from ...planner.sql import statements as ast
from ...planner.sql.lexer import tokenize
from ...planner.sql.typenames import TypeName
from ..sessions.authorization import require_create, require_new_owner, require_owner_of
from ..streaming import objects

if TYPE_CHECKING:
    from ..sessions.session import Session

_VOLATILITY = ("immutable", "stable", "volatile")


def parameter_type(session: Session, written: TypeName, *, result: bool = False) -> SqlType:
    """The type of a function's parameter or (`result`) of what it gives, which may be polymorphic."""
    if written.schema in (None, "pg_catalog") and not written.array_depth and not written.mods and written.resolved is None:
        if result and written.name == "record":
            return ROW
        if written.text == "any" and written.name == "any":
            return GIVEN
        if (found := polymorphic(written.name)) is not None:
            return found
    return session.resolve_type(written)


def named_function(
    session: Session, name: ast.Name, args: tuple[TypeName, ...] | None, missing_ok: bool = False, word: str = "function"
) -> SqlFunction | None:
    """The one function (or procedure) of that name and of these parameters; None if there is none and that is fine."""
    schema = name[-2] if len(name) > 1 else None
    found = session.server.catalog.snapshot.find_functions(name[-1], session.search_path, schema, procedures=word == "procedure")
    wanted = None if args is None else tuple(parameter_type(session, t) for t in args)
    if wanted is not None:
        found = tuple(f for f in found if wanted in (tuple(t for _, t in f.parameters), _inputs(f)))
    shown = ".".join(name) + ("" if wanted is None else f"({', '.join(map(str, wanted))})")
    if not found:
        if missing_ok:
            session.notice("NOTICE", "00000", f"{word} {shown if wanted is not None else shown + '()'} does not exist, skipping")
            return None
        raise UserError(f"{word} {shown} does not exist" if wanted is not None
                        else f'could not find a {word} named "{shown}"', "42883")
    if len(found) > 1:
        raise UserError(f'{word} name "{name[-1]}" is not unique', "42725",
                        hint="Specify the argument list to select the function unambiguously.")
    return found[0]


def _inputs(f: SqlFunction) -> tuple[SqlType, ...]:
    return tuple(t for (_, t), mode in zip(f.parameters, f.modes or ("in",) * len(f.parameters)) if mode != "out")


async def alter_function(session: Session, statement: ast.Alter) -> None:
    function = named_function(session, statement.name, statement.args, statement.if_exists, statement.kind)
    if function is None:
        return
    require_owner_of(session, "function", function.name, function.owner)
    changed = _changed(session, function, statement)
    server = session.server

    def command() -> None:
        moved = (function.schema, function.name) != (changed.schema, changed.name)
        server.catalog.change(*([("drop_function", function.id)] if moved else []), ("put_function", changed))

    await session.change(command)


def _changed(session: Session, function: SqlFunction, statement: ast.Alter) -> SqlFunction:
    snapshot, new = session.server.catalog.snapshot, statement.new_name or ""
    match statement.action:
        case "owner to":
            return replace(function, owner=require_new_owner(session, new, function.schema))
        case "rename to" | "set schema":
            if statement.action == "set schema":
                if new not in snapshot.schemas:
                    raise UserError(f'schema "{new}" does not exist', "3F000")
                require_create(session, new)
                changed = replace(function, schema=new)
            else:
                changed = replace(function, name=new)
            others = snapshot.functions.get((changed.schema, changed.name), ())
            types = tuple(t for _, t in function.parameters)
            if any(tuple(t for _, t in f.parameters) == types for f in others):
                raise UserError(f"function {changed.name}({', '.join(map(str, types))}) already exists in schema "
                                f'"{changed.schema}"', "42723")
            refuse_callers(snapshot, {function.name}, f'function "{function.name}" can\'t be renamed or moved')
            return changed
        case "attributes":
            words = str(statement.value)
            volatility = next((v for v in _VOLATILITY if v in words.split()), function.volatility)
            strict = function.strict
            if "called on null input" in words:
                strict = False
            elif "strict" in words or "null on null input" in words:
                strict = True
            definer = function.security_definer if "security" not in words else "security definer" in words
            return replace(function, volatility=volatility, strict=strict, security_definer=definer)
        case action:
            raise Unsupported(f"ALTER FUNCTION {action.upper()} is not supported", hint="CREATE OR REPLACE FUNCTION changes all of it.")


def refuse_callers(snapshot: Snapshot, named: set[str], refusal: str) -> None:
    """Texts in the catalog know relations by id, but functions and types by name."""
    for relation in snapshot.relations.values() if named else ():
        texts = (relation.query, *(x for c in relation.columns for x in (c.default, c.generated)), *(e for _, e in relation.checks))
        used = next((t.value for text in texts if text is not None for t in tokenize(text) if t.value in named), None)
        if used is not None:
            raise Unsupported(f"{refusal}: {relation.kind.replace('_', ' ')} {relation.name} uses {used}",
                              hint="Drop what uses it first.")


async def drop_function(session: Session, statement: ast.Drop, name: ast.Name) -> None:
    function = named_function(session, name, statement.args, statement.if_exists, statement.kind)
    if function is None:
        return
    if function.schema == "pg_catalog":
        raise UserError(f"cannot drop function {name[-1]} because it is required by the database system", "2BP01")
    require_owner_of(session, "function", function.name, function.owner)
    callers = _callers(session.server.catalog.snapshot, function)
    if callers and not (statement.cascade and all(r.kind in ("view", "materialized_view", "sink") for r in callers)):
        listed = "\n".join(f"{KIND_WORDS[r.kind]} {r.name} depends on function {function.name}" for r in callers)
        raise UserError(f"cannot drop function {function.name} because other objects depend on it", "2BP01", detail=listed,
                        hint="Use DROP ... CASCADE to drop the dependent objects too.")
    server = session.server

    def command() -> None:
        for caller in callers:
            if caller.id in server.catalog.snapshot.relations:
                objects.drop_relations(server, objects.drop_closure(server, caller.id, True))
        server.catalog.change(("drop_function", function.id))

    await session.change(command)


def _callers(snapshot: Snapshot, function: SqlFunction) -> list[Relation]:
    """What calls a function of that name in its text, if no other function of the name stays."""
    if len(snapshot.functions.get((function.schema, function.name), ())) > 1:
        return []
    found = []
    for relation in snapshot.relations.values():
        texts = (relation.query, *(x for c in relation.columns for x in (c.default, c.generated)), *(e for _, e in relation.checks))
        for text in texts:
            if text is not None and function.name in text:
                tokens = tokenize(text)
                if any(t.value == function.name and after.value == "(" for t, after in pairwise(tokens)):
                    found.append(relation)
                    break
    return found

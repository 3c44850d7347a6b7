"""SELECT of functions in PL/pgSQL: a query reads the arguments, then the functions run, row by row in its order.

What a call gives is known only when it is done, so it stands by itself in the list of the statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.schema import Field, Schema
from ...kernels.types import SqlType, scalar
from ...planner.bind.access import check_function
from ...planner.bind.types import column_name
from ...planner.catalog.entries import SqlFunction
from ...planner.catalog.pseudo import polymorphic
from ...planner.sql import statements as ast
from ...planner.sql.blocks import parse_block
from ...planner.sql.parse import parse_script
from ..reading.executions import Done, Rows
from ..transactions import drafts
from . import blocks
from .procedures import chosen
from .routines import Argument, check_returns, parameters_of, run_function

if TYPE_CHECKING:
    from ..sessions.session import Session

_WHOLE = ("distinct", "group", "having", "qualify", "windows", "locks")


@dataclass(frozen=True)
class Item:
    """One result column: the call of a function, whose arguments are `width` columns of the query, or one of its columns."""

    label: str
    call: tuple[str, ...] | None
    plain: tuple[bool, ...]  # of the arguments: takes the type of its parameter
    names: tuple[str | None, ...] = ()

    @property
    def width(self) -> int:
        return 1 if self.call is None else len(self.plain)


def split(session: Session, statement: ast.Statement) -> tuple[ast.Query, tuple[Item, ...]] | None:
    """The query of the arguments, and the result's columns; None without such calls."""
    tree = statement.tree if isinstance(statement, ast.Query) else None
    if not isinstance(tree, exp.Select) or any(tree.args.get(k) for k in _WHOLE):
        return None
    items: list[Item] = []
    read: list[exp.Expression] = []
    for e in tree.expressions:
        inner = e.this if isinstance(e, exp.Alias) else e
        name = _called(session, inner)
        if name is None and (isinstance(inner, exp.Star) or inner.is_star):
            return None
        args = _arguments(inner) if name is not None else [inner]
        names = tuple(a.name if isinstance(a, exp.Kwarg) else None for a in args)
        args = [a.expression if isinstance(a, exp.Kwarg) else a for a in args]
        plain = tuple(isinstance(a, (exp.Null, exp.Parameter, exp.Placeholder)) or (isinstance(a, exp.Literal) and a.is_string) for a in args)
        items.append(Item(e.alias if isinstance(e, exp.Alias) else name[-1] if name is not None else column_name(inner), name, plain, names))
        read += [a.copy() for a in args]
    if all(i.call is None for i in items):
        return None
    made = tree.copy()
    made.set("expressions", read or [exp.Literal.number(1)])
    return ast.Query(made, text=f"{statement.text}\0arguments"), tuple(items)


def _called(session: Session, node: exp.Expression) -> tuple[str, ...] | None:
    """The name of the function in PL/pgSQL that the expression calls."""
    schema = None
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Anonymous):
        schema, node = node.this.name, node.expression
    if not isinstance(node, exp.Anonymous):
        return None
    found = session.server.catalog.snapshot.find_functions(node.name, session.search_path, schema)
    return tuple(p for p in (schema, node.name) if p is not None) if any(f.language == "plpgsql" or f.statements for f in found) else None


def _arguments(node: exp.Expression) -> list[exp.Expression]:
    return list((node.expression if isinstance(node, exp.Dot) else node).expressions)


def _functions(session: Session, items: tuple[Item, ...], types: tuple[SqlType, ...]) -> list[SqlFunction | None]:
    found: list[SqlFunction | None] = []
    at = 0
    for item in items:
        given = types[at : at + item.width]
        at += item.width
        if item.call is None:
            found.append(None)
            continue
        arguments = [Argument(name, None if plain else t, None) for name, t, plain in zip(item.names, given, item.plain)]
        found.append(chosen(session, item.call, arguments, "function")[0])
    return found


def _schema(items: tuple[Item, ...], functions: list[SqlFunction | None], types: tuple[SqlType, ...]) -> Schema:
    fields: list[Field] = []
    at = 0
    for item, function in zip(items, functions):
        fields.append(Field(item.label, types[at] if function is None else function.returns or scalar("void")))
        at += item.width
    return Schema(tuple(fields))


def described(session: Session, items: tuple[Item, ...], types: tuple[SqlType, ...]) -> Schema:
    return _schema(items, _functions(session, items, types), types)


async def run(session: Session, read: ast.Query, items: tuple[Item, ...], parameters: Any, prepared: Any) -> Done:
    from .registry import handle

    asked, rows = await blocks.texts_of(session, await handle(session, read, parameters, prepared))
    types = asked.types
    functions = _functions(session, items, types)
    schema = _schema(items, functions, types)
    for function in functions:
        if function is not None:
            check_function(function, session.plan_settings.role, session.server.catalog.snapshot, None)
    session.join_run()
    transaction = session.transaction
    assert transaction is not None
    out: list[str] = []
    with drafts.within(transaction.draft):
        for row in rows:
            shown: list[str] = []
            at = 0
            for item, function, field in zip(items, functions, schema):
                given = row[at : at + item.width]
                value = given[0] if function is None else await _call(session, function, types[at : at + item.width], item, given)
                at += item.width
                shown.append(blocks.Variable("text" if field.type.name == "void" else str(field.type), value).literal())
            out.append(f"({', '.join(shown)})")
    if not out:
        return Rows(schema, None)
    return Rows(schema, await blocks.row_of(session, f"VALUES {', '.join(out)}"))


async def _call(session: Session, function: SqlFunction, types: tuple[SqlType, ...], item: Item, given: list[str | None]) -> str | None:
    arguments = [Argument(name, None if plain else t, v) for name, t, plain, v in zip(item.names, types, item.plain, given)]
    if function.strict and any(v is None for v in given):
        return None
    values = await parameters_of(session, function, arguments)
    return await run_function(session, function, values)


def has_statements(statement: ast.CreateFunction) -> bool:
    """Whether a body in SQL is anything but one query."""
    text = (statement.body or "").strip()
    if not text or text[:7].lower() == "return ":
        return False
    parsed = parse_script(text)
    if len(parsed) == 1 and isinstance(parsed[0], ast.Query):
        return False
    if any(isinstance(s, ast.Transaction) for s in parsed):
        raise UserError("transactions can't be controlled in a function", "0A000")
    if statement.returns_set or statement.returns_table or any(a.mode != "in" for a in statement.args):
        raise Unsupported("functions that change rows or have several statements return one value", hint="Write a procedure with OUT parameters.")
    if "security definer" in " ".join(statement.clauses).lower():
        raise Unsupported("such functions with SECURITY DEFINER are not supported", hint="They run as their caller.")
    if any(parameter.type.name.startswith("any") for parameter in statement.args):
        raise Unsupported("polymorphic functions of several statements are not supported", hint="Write one query.")
    return True


def check(statement: ast.CreateFunction) -> None:
    """What a function in PL/pgSQL may be, and whether its body can be read."""
    if statement.returns is not None and statement.returns.name in ("trigger", "event_trigger"):
        raise Unsupported("functions of triggers are not supported", hint="Create a materialized view, which follows every change.")
    if statement.returns_set or statement.returns_table or any(a.mode != "in" for a in statement.args):
        raise Unsupported("functions in PL/pgSQL return one value", hint="Write a function of sets in SQL, or a procedure with OUT parameters.")
    named = (*(a.type for a in statement.args), *(() if statement.returns is None else (statement.returns,)))
    if any(polymorphic(t.name) is not None or t.name == "record" for t in named):
        raise Unsupported("polymorphic functions in PL/pgSQL are not supported", hint="Name the types, or write it in SQL.")
    if "security definer" in " ".join(statement.clauses).lower():
        raise Unsupported("functions in PL/pgSQL with SECURITY DEFINER are not supported", hint="They run as their caller.")
    gives = statement.returns is not None and statement.returns.name != "void"
    check_returns(parse_block(statement.body or ""), gives)

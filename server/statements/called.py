"""SELECT of functions in PL/pgSQL: a query reads the arguments, then the functions run, row by row in its order.

What a call gives is known only when it is done, so it stands by itself in the list of the statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.schema import Field, Schema
from ...kernels.types import SqlType, scalar, struct_of
from ...planner.bind.access import check_function
from ...planner.bind.types import column_name
from ...planner.catalog.entries import SqlFunction
from ...planner.catalog.pseudo import ROW, polymorphic
from ...planner.sql import statements as ast
from ...planner.sql.blocks import parse_block
from ...planner.sql.parse import parse_script
from ..reading.executions import Done, Rows
from ..transactions import drafts
from . import blocks
from .procedures import chosen
from .routines import Argument, check_returns, parameters_of, run_function, run_rows

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
    one = any((f.language == "plpgsql" or f.statements) and not f.returns_set for f in found)
    return tuple(p for p in (schema, node.name) if p is not None) if one else None


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
        fields.append(Field(item.label, types[at] if function is None else result_type(function)))
        at += item.width
    return Schema(tuple(fields))


def result_type(function: SqlFunction) -> SqlType:
    """The type of a call's value."""
    return struct_of(*function.table) if function.table else function.returns or scalar("void")


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
                if function is None:
                    shown.append(blocks.Variable(str(field.type), given[0]).literal())
                else:
                    shown.append(await _call(session, function, types[at : at + item.width], item, given))
                at += item.width
            out.append(f"({', '.join(shown)})")
    if not out:
        return Rows(schema, None)
    return Rows(schema, await blocks.row_of(session, f"VALUES {', '.join(out)}"))


async def _call(session: Session, function: SqlFunction, types: tuple[SqlType, ...], item: Item, given: list[str | None]) -> str:
    """The value of a call, as an expression."""
    arguments = [Argument(name, None if plain else t, v) for name, t, plain, v in zip(item.names, types, item.plain, given)]
    if function.strict and any(v is None for v in given):
        return "NULL" if result_type(function).name == "struct" else blocks.Variable(str(result_type(function)), None).literal()
    values = await parameters_of(session, function, arguments)
    return await called_value(session, function, values)


async def called_value(session: Session, function: SqlFunction, values: list[str | None]) -> str:
    """What a function gives for the values of its parameters, as an expression."""
    if function.table or function.returns == ROW:
        (row,) = await run_rows(session, function, values)
        if function.returns == ROW:
            raise Unsupported(f"function {function.name} returns a record and can't be called here", hint="Use it in FROM with the names of its columns.")
        return row_expression(function.table, row)
    made = result_type(function)
    value = await run_function(session, function, values)
    return blocks.Variable("text" if made.name == "void" else str(made), value).literal()


def row_expression(columns: Sequence[tuple[str, SqlType]], row: Sequence[str | None]) -> str:
    """A row whose fields have names."""
    return "{" + ", ".join(f"{blocks.quoted(name)}: {blocks.Variable(str(t), v).literal()}" for (name, t), v in zip(columns, row)) + "}"


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
    named = (*(a.type for a in statement.args), *(() if statement.returns is None else (statement.returns,)))
    if any(polymorphic(t.name) is not None for t in named) or any(a.mode == "variadic" for a in statement.args):
        raise Unsupported("polymorphic and VARIADIC functions in PL/pgSQL are not supported", hint="Name the types, or write it in SQL.")
    if "security definer" in " ".join(statement.clauses).lower():
        raise Unsupported("functions in PL/pgSQL with SECURITY DEFINER are not supported", hint="They run as their caller.")
    outputs = outputs_of(statement)
    sets = statement.returns_set or bool(statement.returns_table)
    gives = statement.returns is not None and statement.returns.name != "void" and not outputs and not sets
    why = "function returning set" if sets else "function with OUT parameters" if outputs else "function returning void"
    check_returns(parse_block(statement.body or ""), gives, sets, why)


def outputs_of(statement: ast.CreateFunction) -> tuple[str, ...]:
    """The variables in which a function in PL/pgSQL leaves what it gives."""
    given = [a for a in statement.args if a.mode in ("out", "inout")]
    return tuple(a.name or f"column{i}" for i, a in enumerate(given, 1)) or tuple(n for n, _ in statement.returns_table)

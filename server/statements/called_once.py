"""Calls of functions in PL/pgSQL over constants, wherever a query has them: they are run first, and their results put in.

In FROM a call is run once in any case. Elsewhere it is, where the SELECT around it has no FROM and nothing decides
whether it is reached, or where the function is not volatile.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from sqlglot import exp

from ...kernels.types import SqlType, list_of
from ...planner.bind.access import check_function
from ...planner.catalog.entries import SqlFunction
from ...planner.physical.dml import PlannedDml
from ...planner.physical.node import Plan
from ...planner.sql import statements as ast
from ...planner.sql.query import parse_expression, parse_query
from ..transactions import drafts
from . import blocks
from .called import called_value, result_type, row_expression
from .procedures import chosen
from .routines import Argument, columns_of, gives_rows, parameters_of, run_rows

if TYPE_CHECKING:
    from ..sessions.session import Session

Asking = TypeVar("Asking", bound=ast.Statement)
_numbers = count()
_DECIDING = (exp.Case, exp.If, exp.And, exp.Or, exp.Filter)
_DECIDING_CALLS = frozenset(("coalesce", "nullif", "greatest", "least"))


async def settled(session: Session, statement: Asking, parameters: Any) -> Asking | None:
    """The statement with the results of such calls; None if it has none."""
    tree = _copied(session, statement)
    if tree is None:
        return None
    from .registry import handle

    while (node := _next(session, tree)) is not None:
        types: tuple[SqlType, ...] = ()
        given: list[str | None] = []
        if node.expressions:
            schema, (given,) = await blocks.texts_of(session, await handle(session, _arguments(node), parameters, None))
            types = schema.types
        function, arguments = _function(session, node, types, given)
        check_function(function, session.plan_settings.role, session.server.catalog.snapshot, None)
        session.join_run()
        transaction = session.transaction
        assert transaction is not None
        with drafts.within(transaction.draft):
            if function.strict and any(v is None for v in given):
                tree = _placed(tree, node, function, [] if function.returns_set else None, None)
            else:
                values = await parameters_of(session, function, arguments)
                if isinstance(node.parent, exp.Table) or function.returns_set:
                    tree = _placed(tree, node, function, await run_rows(session, function, values), None)
                else:
                    tree = _placed(tree, node, function, None, await called_value(session, function, values))
    return replace(statement, tree=tree, text=f"{statement.text}\0settled {next(_numbers)}")  # type: ignore[call-arg]


def shaped(session: Session, statement: Asking, planned: Any) -> Asking | None:
    """The statement with NULLs in place of the results: of the same columns."""
    tree = _copied(session, statement)
    if tree is None:
        return None
    while (node := _next(session, tree)) is not None:
        types: tuple[SqlType, ...] = ()
        if node.expressions:
            plan: Plan | PlannedDml = planned(_arguments(node)).plan
            types = plan.schema.types  # type: ignore[union-attr]
        function, _ = _function(session, node, types, [None] * len(types))
        rows: list[list[str | None]] | None = [] if isinstance(node.parent, exp.Table) or function.returns_set else None
        tree = _placed(tree, node, function, rows, None)
    return replace(statement, tree=tree, text=f"{statement.text}\0shaped")  # type: ignore[call-arg]


def _copied(session: Session, statement: ast.Statement) -> exp.Expression | None:
    tree = statement.tree if isinstance(statement, (ast.Query, ast.Insert, ast.Update, ast.Delete)) else None
    if tree is None or _next(session, tree) is None:
        return None
    return tree.copy()


def _next(session: Session, tree: exp.Expression) -> exp.Anonymous | None:
    """An innermost call that can be run by itself."""
    for node in tree.find_all(exp.Anonymous):
        function = _known(session, node)
        if function is not None and not any(_known(session, inner) for inner in node.find_all(exp.Anonymous) if inner is not node) and _runs_once(node, function):
            return node
    return None


def _known(session: Session, node: exp.Anonymous) -> SqlFunction | None:
    found = session.server.catalog.snapshot.find_functions(node.name, session.search_path, _schema(node))
    return next((f for f in found if f.language == "plpgsql" or f.statements), None)


def _schema(node: exp.Anonymous) -> str | None:
    around = node.parent
    if isinstance(around, exp.Table):
        return around.db or None
    return around.this.name if isinstance(around, exp.Dot) and around.expression is node else None


def _runs_once(node: exp.Anonymous, function: SqlFunction) -> bool:
    if any(isinstance(n, (exp.Column, exp.Parameter, exp.Placeholder)) for n in node.walk()):
        return False
    if isinstance(node.parent, exp.Table):
        return not node.parent.args.get("ordinality")
    if gives_rows(function) and (not function.returns_set or columns_of(function) is None or len(columns_of(function) or ()) > 1):
        return not function.returns_set and bool(function.table) and _reached(node)
    return (function.volatility != "volatile" or _without_rows(node)) and _reached(node)


def _without_rows(node: exp.Expression) -> bool:
    """Every SELECT around it has one row."""
    select = node.find_ancestor(exp.Select)
    if select is None:  # VALUES of INSERT
        return node.find_ancestor(exp.Values) is not None and node.find_ancestor(exp.Update, exp.Delete, exp.OnConflict, exp.Returning) is None
    while select is not None:
        if any(select.args.get(k) for k in ("from_", "where", "qualify", "having")) or not _reached(select):
            return False
        select = select.find_ancestor(exp.Select)
    return True


def _reached(node: exp.Expression) -> bool:
    """Nothing decides whether the call is reached."""
    around = node.parent
    while around is not None and not isinstance(around, exp.Query):
        if isinstance(around, _DECIDING) or (isinstance(around, exp.Anonymous) and around.name in _DECIDING_CALLS):
            return False
        around = around.parent
    return True


def _arguments(node: exp.Anonymous) -> ast.Query:
    values = [(a.expression if isinstance(a, (exp.Kwarg, exp.PropertyEQ)) else a).copy() for a in node.expressions]
    return ast.Query(exp.Select(expressions=values), text=f"arguments\0{next(_numbers)}")


def _function(
    session: Session, node: exp.Anonymous, types: tuple[SqlType, ...], given: list[str | None]
) -> tuple[SqlFunction, list[Argument]]:
    names = [a.this.name if isinstance(a, (exp.Kwarg, exp.PropertyEQ)) else None for a in node.expressions]
    plain = [isinstance(a, exp.Null) or (isinstance(a, exp.Literal) and a.is_string) for a in node.expressions]
    arguments = [Argument(name, None if p else t, v) for name, p, t, v in zip(names, plain, types, given)]
    schema = _schema(node)
    return chosen(session, tuple(p for p in (schema, node.name) if p is not None), arguments, "function")[0], arguments


def _placed(
    tree: exp.Expression, node: exp.Anonymous, function: SqlFunction, rows: list[list[str | None]] | None, value: str | None
) -> exp.Expression:
    """The tree with the result in place of the call."""
    target: exp.Expression = node
    if isinstance(node.parent, exp.Table):
        target, made = node.parent, _relation(node.parent, function, rows if rows is not None else [])
    else:
        if isinstance(node.parent, exp.Dot) and node.parent.expression is node:
            target = node.parent
        kind = result_type(function)
        if rows is not None:
            cells = ", ".join(blocks.Variable(str(kind), row[0]).literal() for row in rows)
            made = parse_expression(f"unnest(ARRAY[{cells}]::{list_of(kind)})")
        elif value is None and kind.name == "struct" and function.table:
            made = parse_expression(row_expression(function.table, [None] * len(function.table)))
        else:
            made = parse_expression(value or blocks.Variable("text" if kind.name == "void" else str(kind)).literal())
        if isinstance(target.parent, exp.Select) and target.arg_key == "expressions":
            made = exp.Alias(this=made, alias=exp.to_identifier(node.name, quoted=True))
    if target is tree:
        return made
    target.replace(made)
    return tree


def _relation(table: exp.Table, function: SqlFunction, rows: list[list[str | None]]) -> exp.Expression:
    """The rows of a call in FROM, under its alias."""
    alias = table.args.get("alias")
    name = alias.this.name if alias is not None and alias.this is not None else function.name
    written = list(alias.args.get("columns") or ()) if alias is not None else []
    columns = columns_of(function)
    if columns is None:
        typed = [(c.name, c.args["kind"].sql("postgres")) for c in written if isinstance(c, exp.ColumnDef)]
    else:
        typed = [(c, "text" if t.name == "void" else str(t)) for c, t in columns]
        if len(typed) == 1 and alias is not None and not function.table and not (function.returns is not None and function.returns.fields):
            typed = [(name, typed[0][1])]
        for n, c in enumerate(written[: len(typed)]):
            typed[n] = (c.name, typed[n][1])
    cells = [", ".join(blocks.Variable(t, v).literal() for (_, t), v in zip(typed, row)) for row in rows]
    listed = ", ".join(blocks.quoted_name(c) for c, _ in typed)
    if cells:
        text = f"SELECT * FROM (VALUES {', '.join(f'({c})' for c in cells)}) AS {blocks.quoted_name(name)}({listed})"
    else:
        empty = ", ".join(blocks.Variable(t).literal() for _, t in typed)
        text = f"SELECT * FROM (SELECT {empty} WHERE false) AS {blocks.quoted_name(name)}({listed})"
    found: exp.Expression = parse_query(text).args["from_"].this
    return found.pop()

"""What DuckDB reads in a SELECT beyond PostgreSQL: COLUMNS(…), and names of result columns in other expressions.

Both are written into the tree before it is bound. A column of FROM always comes before a result column of its name, so
what PostgreSQL accepts means what it means there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ..functions import all_functions
from .aggregate import is_aggregate
from .position import position_of
from .scope import Scope

_DRAWN = frozenset(("nextval", "random", "gen_random_uuid", "uuid", "clock_timestamp"))


def widened(tree: exp.Select, scope: Scope) -> None:
    """Writes the forms out in place."""
    if any(isinstance(n, exp.Anonymous) and n.name == "columns" for item in tree.expressions for n in _own(item)):
        tree.set("expressions", [made for item in tree.expressions for made in _columns(item, scope)])
    known: dict[str, exp.Expression] = {}
    for item in tree.expressions:
        if known:
            _replaced(item, known, scope)
        if isinstance(item, exp.Alias):
            known.setdefault(item.alias, item.this)
    if not known:
        return
    before = {name: e for name, e in known.items() if not _computed_late(e)}
    for clause, names in (("where", before), ("group", before), ("having", known), ("order", known)):
        if tree.args.get(clause) is not None:
            _replaced(tree.args[clause], names, scope, whole=clause in ("where", "having"))


def _own(node: exp.Expression) -> Iterator[exp.Expression]:
    """The nodes of an expression without those of its subqueries, from the top."""
    waiting = [node]
    for e in waiting:
        yield e
        if not isinstance(e, (exp.Query, exp.Identifier, exp.Literal)):
            waiting += e.iter_expressions()


def _computed_late(e: exp.Expression) -> bool:
    """Aggregates and window functions, which rows are not yet chosen or grouped by."""
    return any(isinstance(n, exp.Window) or (isinstance(n, exp.Anonymous) and is_aggregate(n.name)) for n in _own(e))


def _replaced(node: exp.Expression, known: dict[str, exp.Expression], scope: Scope, whole: bool = True) -> None:
    """Names of result columns in `node`. Not `whole`: where one stands alone it is the business of the clause."""
    found = [c for c in _own(node) if isinstance(c, exp.Column) and len(c.parts) == 1 and c.name in known]
    for column in found:
        if (not whole and _alone(column)) or _bound_by_lambda(column) or _is_column(column.name, scope):
            continue
        made = known[column.name]
        if any(isinstance(n, exp.Anonymous) and _draws(n.name) for n in _own(made)):
            raise Unsupported(f'"{column.name}" is computed anew wherever it is read', position=position_of(column),
                              hint="Compute it in a subquery.")
        copied: exp.Expression = exp.Paren(this=made.copy())
        if isinstance(column.parent, exp.Select):
            copied = exp.Alias(this=copied, alias=exp.to_identifier(column.name, quoted=True))
        column.replace(copied)


_PARTS = (exp.Paren, exp.Tuple, exp.Rollup, exp.Cube, exp.GroupingSets)


def _alone(column: exp.Expression) -> bool:
    """The name is all of an ORDER BY or GROUP BY item."""
    around = column.parent
    while isinstance(around, _PARTS):
        around = around.parent
    return isinstance(around, (exp.Group, exp.Ordered, exp.Order))


def _is_column(name: str, scope: Scope) -> bool:
    try:
        return scope.find((name,)) is not None
    except UserError:  # of several: binding it tells so
        return True


def _draws(name: str) -> bool:
    return name in _DRAWN or any(s.volatility == "volatile" for s in all_functions().get(name, ()))


def _bound_by_lambda(column: exp.Expression) -> bool:
    around = column.find_ancestor(exp.Lambda)
    return around is not None and any(p.name == column.name for p in around.expressions)


def _columns(item: exp.Expression, scope: Scope) -> list[exp.Expression]:
    """The item once for each column that its COLUMNS(…) means."""
    calls = [n for n in _own(item) if isinstance(n, exp.Anonymous) and n.name == "columns"]
    if not calls:
        return [item]
    chosen = [_chosen(call, scope) for call in calls]
    if any(c != chosen[0] for c in chosen):
        raise UserError("all COLUMNS of one expression must mean the same columns", position=position_of(calls[1]))
    made: list[exp.Expression] = []
    for name, table in chosen[0]:
        one = item.copy()
        for call in [n for n in _own(one) if isinstance(n, exp.Anonymous) and n.name == "columns"]:
            read = exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(table, quoted=True) if table else None)
            if call is one:
                one = read
            else:
                call.replace(read)
        named = isinstance(one, (exp.Alias, exp.Column))
        made.append(one if named else exp.Alias(this=one, alias=exp.to_identifier(name, quoted=True)))
    return made


def _chosen(call: exp.Anonymous, scope: Scope) -> list[tuple[str, str]]:
    """Name and table ('' where the name says enough) of the columns."""
    only = call.expressions[0] if len(call.expressions) == 1 else None
    shown = [c for c in scope.columns if not c.hidden]
    if isinstance(only, exp.Star):
        dropped = {c.name for c in only.args.get("except_") or ()}
        if unknown := dropped - {c.name for c in shown}:
            raise UserError(f'column "{min(unknown)}" does not exist', "42703", position=position_of(call))
        chosen = [c for c in shown if c.name not in dropped]
    elif isinstance(only, exp.Literal) and only.is_string:
        try:
            pattern = re.compile(only.this)
        except re.error as e:
            raise UserError(f"invalid regular expression: {e}", "2201B", position=position_of(call)) from None
        chosen = [c for c in shown if pattern.search(c.name)]
    else:
        raise Unsupported("this form of COLUMNS is not supported", hint="COLUMNS(*), COLUMNS(* EXCLUDE (a)) and COLUMNS('pattern') are.",
                          position=position_of(call))
    if not chosen:
        raise UserError("COLUMNS means no column", "42703", position=position_of(call))
    names = [c.name for c in shown]
    return [(c.name, c.table if names.count(c.name) > 1 else "") for c in chosen]

"""Calls of user-defined functions: LANGUAGE SQL bodies are inlined, others go to a hook.

A body that is one expression is bound in place of the call; a body with a FROM clause becomes a scalar subquery.
Parameters are columns of an outer scope, by name and as $n, so a body reads them like any correlated column.
"""

from __future__ import annotations

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Expr, is_volatile, walk
from ...kernels.types import BOOL, VOID, list_of, struct_of
from ..catalog.entries import SqlFunction
from ..functions.signature import Signature
from ..sql.query import parse_expression, parse_query
from .access import body_role, check_function
from .coerce import Operand, coerce, retype
from .context import SubqueryRef
from .expr import Binder
from .resolve import choose
from .scope import EMPTY, Scope, ScopeColumn, ScopeRelation

_DEEPEST = 32


def call_user_function(
    b: Binder, name: str, schema: str | None, operands: tuple[Operand, ...], names: tuple[tuple[int, str], ...],
    position: int | None,
) -> Expr | None:  # fmt: skip
    """The inlined call; None if no function of that name takes such arguments."""
    path = b.ctx.search_path
    chosen: tuple[SqlFunction, tuple[Operand, ...]] | None = None
    found = _candidates(b, b.ctx.catalog.find_functions(name, path, schema), operands, names)
    for function, ordered in _best(found) or found:
        if chosen is None or _exact(function, ordered) > _exact(*chosen):
            chosen = function, ordered
    if chosen is None:
        return None
    function, ordered = chosen
    args = tuple(
        coerce(o.expr, t, b.ctx, "i", o.position) for o, (_, t) in zip(ordered, function.parameters, strict=True)
    )
    check_function(function, b.ctx.role, b.ctx.catalog, position)
    if function.language != "sql":
        if b.ctx.on_user_function is None:
            raise Unsupported(f"function {name} can't be used here", position=position)
        return b.ctx.on_user_function(function, args)
    return _inlined(b, function, args, position)


def _candidates(
    b: Binder, functions: tuple[SqlFunction, ...], operands: tuple[Operand, ...], names: tuple[tuple[int, str], ...]
) -> list[tuple[SqlFunction, tuple[Operand, ...]]]:
    out: list[tuple[SqlFunction, tuple[Operand, ...]]] = []
    for function in functions:
        ordered = _by_name(b, function, operands, names)
        if ordered is None:
            continue
        signature = Signature(function.name, tuple(t for _, t in function.parameters), BOOL, None)
        if choose((signature,), tuple(o.type.without_mods() for o in ordered)) is not None:
            out.append((function, ordered))
    return out


def _best(found: list[tuple[SqlFunction, tuple[Operand, ...]]]) -> list[tuple[SqlFunction, tuple[Operand, ...]]]:
    """The one of several overloads that PostgreSQL's rules prefer, if the arguments of all are in the same order."""
    if len(found) < 2 or any(ordered != found[0][1] for _, ordered in found):
        return []
    signatures = [Signature(f.name, tuple(t for _, t in f.parameters), BOOL, None) for f, _ in found]
    best = choose(tuple(signatures), tuple(o.type.without_mods() for o in found[0][1]))
    return [] if best is None else [found[signatures.index(best.signature)]]


def _by_name(
    b: Binder, function: SqlFunction, operands: tuple[Operand, ...], names: tuple[tuple[int, str], ...]
) -> tuple[Operand, ...] | None:
    width, required = len(function.parameters), len(function.parameters) - len(function.defaults)
    if not required <= len(operands) <= width and not (names and len(operands) <= width):
        return None
    places: list[Operand | None] = [None] * width
    known = [n for n, _ in function.parameters]
    named = dict(names)
    for i, o in enumerate(operands):
        if i in named and named[i] not in known:
            return None
        place = known.index(named[i]) if i in named else i
        if places[place] is not None:
            return None
        places[place] = o
    for place, text in enumerate(function.defaults, required):
        if places[place] is None:
            places[place] = Operand(Binder(EMPTY, b.ctx).bind(parse_expression(text)))
    return None if any(o is None for o in places) else tuple(o for o in places if o is not None)


def _exact(function: SqlFunction, operands: tuple[Operand, ...]) -> int:
    return sum(o.type.without_mods() == t.without_mods() for o, (_, t) in zip(operands, function.parameters))


def _inlined(b: Binder, function: SqlFunction, args: tuple[Expr, ...], position: int | None) -> Expr:
    if function.returns_set or function.table:
        made = None if function.table else _unnested(b, function, args)
        return made if made is not None else _set_of_rows(b, function, args, position)
    if function.returns is None:
        raise Unsupported(f"function {function.name} can't be used in an expression", hint="Use it in FROM.", position=position)
    if len(b.ctx.inlining) >= _DEEPEST or function.name in b.ctx.inlining:
        raise UserError(
            f"function {function.name} calls itself", "54001", hint="Recursive SQL functions are not supported.",
            position=position,
        )  # fmt: skip
    scope = parameter_scope(function, args)
    ctx = b.ctx.having(
        inlining=(*b.ctx.inlining, function.name), clause=f"function {function.name}", on_aggregate=None, on_window=None,
        on_set_returning=None, role=body_role(function, b.ctx.role),
    )  # fmt: skip
    try:
        tree = function_body(function)
        if isinstance(tree, exp.Query):
            if b.ctx.on_subquery is None:
                raise Unsupported(f"function {function.name} reads tables and can't be used here", position=position)
            made = b.ctx.on_subquery(SubqueryRef("scalar", tree, scope, position=position, function=function))
        else:
            made = Binder(scope, ctx).bind(tree)
    except UserError as error:
        error.position = position  # an offset in the body means nothing in this statement
        raise
    for argument in args:
        if is_volatile(argument) and sum(e is argument for e in walk(made)) > 1:
            raise Unsupported(f"a volatile argument of {function.name} is used twice", position=position)
    return coerce(made, function.returns, b.ctx, "a", position)


def _unnested(b: Binder, function: SqlFunction, args: tuple[Expr, ...]) -> Expr | None:
    """A set-returning function whose body is one set-returning call, `SELECT unnest($1)`, used in a SELECT list."""
    tree = parse_query(function.body.strip().rstrip(";"))
    if not isinstance(tree, exp.Select) or any(v for k, v in tree.args.items() if k not in ("expressions", "kind")):
        return None
    only = tree.expressions[0].unalias()
    if len(tree.expressions) != 1 or not isinstance(only, (exp.Explode, exp.Unnest, exp.Anonymous)):
        return None
    ctx = b.ctx.having(inlining=(*b.ctx.inlining, function.name))
    return Binder(parameter_scope(function, args), ctx).bind(only)


def _set_of_rows(b: Binder, function: SqlFunction, args: tuple[Expr, ...], position: int | None) -> Expr:
    """A set-returning function in a SELECT list: its rows as one array, unnested."""
    from .calls import call_function

    if b.ctx.on_subquery is None or b.ctx.on_set_returning is None:
        raise Unsupported(f"function {function.name} can't be used in an expression", hint="Use it in FROM.", position=position)
    columns = function.table or (("value", function.returns or VOID),)
    cells = ", ".join(f'CAST(s.c{n} AS {t})' for n, (_, t) in enumerate(columns))
    value = f"ROW({cells})" if len(columns) > 1 else cells
    names = ", ".join(f"c{n}" for n in range(len(columns)))
    tree = parse_query(f"SELECT {value} FROM ({function.body.strip().rstrip(';')}) AS s({names})")
    rows = b.ctx.on_subquery(SubqueryRef("array", tree, parameter_scope(function, args), position=position))
    if len(columns) > 1:
        rows = retype(rows, list_of(struct_of(*columns)))
    return call_function(b, "unnest", (Operand(rows, position),), position)


def function_body(function: SqlFunction) -> exp.Expression:
    """The body's tree: one expression where it is that, else a query."""
    text = function.body.strip().rstrip(";").strip()
    if text[:6].lower() == "return":
        return parse_expression(text[6:])
    tree = parse_query(text)
    if isinstance(tree, exp.Select) and len(tree.expressions) == 1:
        plain = all(not v for k, v in tree.args.items() if k not in ("expressions", "kind"))
        only = tree.expressions[0]
        if plain and not isinstance(only, exp.Star) and not only.find(exp.AggFunc, exp.Window, exp.Explode):
            return only.this if isinstance(only, exp.Alias) else only
    return tree


def parameter_scope(function: SqlFunction, args: tuple[Expr, ...]) -> Scope:
    """Arguments as columns: by name, `function.name` and $n."""
    named = tuple(ScopeColumn(n, a, True, function.name) for (n, _), a in zip(function.parameters, args) if n)
    numbered = tuple(ScopeColumn(f"${i}", a, True, function.name) for i, a in enumerate(args, 1))
    return Scope((ScopeRelation(function.name, named),), named + numbered)



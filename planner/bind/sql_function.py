"""Calls of user-defined functions: LANGUAGE SQL bodies are inlined, others go to a hook.

A body that is one expression is bound in place of the call; a body with a FROM clause becomes a scalar subquery.
Parameters are columns of an outer scope, by name and as $n, so a body reads them like any correlated column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.python_functions import PythonFunction, declared, passes
from ...kernels.expr.spec import Call, Case, Expr, Lit, Or, is_volatile, walk
from ...kernels.types import BOOL, JSON, VOID, Kind, SqlType, list_of, struct_of
from ..catalog.entries import SqlFunction
from ..catalog.pseudo import GIVEN, ROW, accepted, array_for, decided, element_of, is_polymorphic
from ..functions.signature import Signature
from ..sql.query import parse_expression, parse_query
from .access import body_role, check_function
from .coerce import Operand, coerce, retype, settle_unknown
from .context import SubqueryRef
from .expr import Binder
from .resolve import choose, expanded, generics
from .scope import Scope, ScopeColumn, ScopeRelation

_DEEPEST = 32


def call_user_function(
    b: Binder, name: str, schema: str | None, operands: tuple[Operand, ...], names: tuple[tuple[int, str], ...],
    position: int | None, spread: bool = False,
) -> Expr | None:  # fmt: skip
    """The inlined call; None if no function of that name takes such arguments. `spread`: the last one is VARIADIC."""
    chosen = choose_function(b, name, schema, operands, names, position, spread)
    if chosen is None:
        return None
    function, args = chosen
    if function.language == "plpgsql" or function.statements:
        what = "is in PL/pgSQL" if function.language == "plpgsql" else "changes rows or has several statements"
        raise Unsupported(f"function {name} {what} and can't be called here", position=position,
                          hint=f"It stands by itself in the list of a SELECT: SELECT {name}(…) FROM ….")
    if function.language == "python":
        return python_call(b, function, args, position)
    return _inlined(b, function, args, position)


def choose_function(
    b: Binder, name: str, schema: str | None, operands: tuple[Operand, ...], names: tuple[tuple[int, str], ...],
    position: int | None, spread: bool = False,
) -> tuple[SqlFunction, tuple[Expr, ...]] | None:  # fmt: skip
    """The overload that PostgreSQL's rules prefer, with one argument per parameter, defaults filled in. 42725 for several."""
    found = [
        c for f in b.ctx.catalog.find_functions(name, b.ctx.search_path, schema)
        if (c := _candidate(f, operands, names, spread)) is not None
    ]  # fmt: skip
    types = tuple(o.type.without_mods() for o in operands)
    fitting = [c for c in found if choose((c.signature,), c.in_order(types)) is not None]
    if not fitting:
        return None
    if len(fitting) > 1 and all(c.places == fitting[0].places for c in fitting):
        best = choose(tuple(c.signature for c in fitting), fitting[0].in_order(types))
        fitting = [c for c in fitting if best is not None and c.signature is best.signature] or fitting
    exact = [sum(t == w for t, w in zip(c.in_order(types), c.signature.args)) for c in fitting]
    fitting = [c for c, n in zip(fitting, exact) if n == max(exact)]
    fitting = [c for c in fitting if not c.collects] or fitting
    fewest = min(len(c.function.parameters) for c in fitting)
    fitting = [c for c in fitting if len(c.function.parameters) == fewest]
    if len(fitting) > 1:
        raise UserError(
            f"function {name}({', '.join(map(str, types))}) is not unique", "42725",
            hint="Could not choose a best candidate function. You might need to add explicit type casts.", position=position,
        )  # fmt: skip
    check_function(fitting[0].function, b.ctx.role, b.ctx.catalog, position)
    called = _decided(fitting[0], types)
    return called.function, _arguments_of(b, called, operands)


def _decided(c: _Candidate, types: tuple[SqlType, ...]) -> _Candidate:
    """With the types that the arguments decide in place of polymorphic ones."""
    function = c.function
    if not any(is_polymorphic(t) for t in (*(t for _, t in function.parameters), function.returns, *(t for _, t in function.table))):
        return c
    found = choose((c.signature,), c.in_order(types))
    if found is None:
        return c
    bound = generics(expanded(c.signature, len(types)) or (), c.in_order(types)) or {}
    parameters = [(n, decided(t, bound)) for n, t in function.parameters]
    for place, t in zip(sorted(c.places), found.args):
        name, declared = function.parameters[place] if place < len(parameters) else function.parameters[-1]
        if not (c.collects and place >= len(parameters) - 1):
            parameters[place] = (name, t if is_polymorphic(declared) else declared)
    if c.collects:
        name, declared = function.parameters[-1]
        parameters[-1] = (name, array_for(declared, found.args[-1]))
    return replace(c, function=replace(
        function, parameters=tuple(parameters), table=tuple((n, decided(t, bound)) for n, t in function.table),
        returns=None if function.returns is None else decided(function.returns, bound),
    ))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A function and the parameter of each operand; with `collects` the operands from the last parameter on are an array."""

    function: SqlFunction
    signature: Signature
    places: tuple[int, ...]
    collects: bool

    def in_order(self, types: tuple[SqlType, ...]) -> tuple[SqlType, ...]:
        """The operands' types as the signature has its arguments."""
        return tuple(t for _, t in sorted(zip(self.places, types), key=lambda pair: pair[0]))


def _candidate(
    function: SqlFunction, operands: tuple[Operand, ...], names: tuple[tuple[int, str], ...], spread: bool
) -> _Candidate | None:
    parameters, count = function.parameters, len(operands)
    known, named = [n for n, _ in parameters], dict(names)
    collects = function.variadic and not spread and not named
    if spread and not function.variadic:
        return None
    if count > len(parameters) and not collects:
        return None
    required = len(parameters) - len(function.defaults)
    if collects and count < required:
        return None
    if any(n not in known for n in named.values()):
        return None
    places = tuple(known.index(named[i]) if i in named else i for i in range(count))
    if len(set(places)) < count or any(i not in places for i in range(required)):
        return None
    types = [t for _, t in parameters]
    if collects:
        types[-1:] = [element_of(types[-1])] * (count - len(parameters) + 1)
    args = tuple(accepted(types[i]) for i in sorted(places))
    return _Candidate(function, Signature(function.name, args, BOOL, None), places, collects)


def _arguments_of(b: Binder, chosen: _Candidate, operands: tuple[Operand, ...]) -> tuple[Expr, ...]:
    parameters = chosen.function.parameters
    given = dict(zip(chosen.places, operands))
    made: list[Expr] = []
    first = len(parameters) - len(chosen.function.defaults)
    for i, (_, wanted) in enumerate(parameters):
        if chosen.collects and i == len(parameters) - 1:
            assert wanted.elem is not None
            rest = tuple(coerce(o.expr, wanted.elem, b.ctx, "i", o.position) for o in operands[i:])
            made.append(Call("array.make", rest, wanted) if rest else Lit((), wanted))
        elif i in given:
            made.append(coerce(given[i].expr, wanted, b.ctx, "i", given[i].position))
        else:
            default = Binder(Scope(), b.ctx).bind(parse_expression(chosen.function.defaults[i - first]))
            made.append(settle_unknown(default, b.ctx) if is_polymorphic(wanted) else coerce(default, wanted, b.ctx, "a"))
    return tuple(made)


def python_call(b: Binder, function: SqlFunction, args: tuple[Expr, ...], position: int | None = None) -> Expr:
    """A call of a function in Python; of one that gives rows, their unnested array."""
    from .calls import call_function

    key, made = declare_python(function)
    result = coerce(Call("python.call", args, made.result, texts=(key,)), python_result(function), b.ctx, "e", position)
    if not (function.returns_set or function.table):
        return result
    return call_function(b, "unnest", (Operand(result, position),), position)


def python_result(function: SqlFunction) -> SqlType:
    """What a call of a function in Python gives: its rows as one array."""
    columns = function.table
    row = (columns[0][1] if len(columns) == 1 else struct_of(*columns)) if columns else function.returns or VOID
    return list_of(row) if function.returns_set or columns else row


def declare_python(function: SqlFunction) -> tuple[str, PythonFunction]:
    """The function known to the kernel. 0A000 for types whose values do not go to Python or back."""
    result, arguments = python_result(function), tuple(t for _, t in function.parameters)
    bad = next((t for t in arguments if not passes(t, result=False)), None) or (None if passes(result, result=True) else result)
    if bad is not None:
        raise Unsupported(f"type {bad} is not supported in functions of LANGUAGE python", hint="Pass it as text.")
    plain = JSON if result.kind == Kind.JSONB else result.without_mods()
    return declared(function.name, function.body, arguments, plain, strict=function.strict, rows=function.returns_set or bool(function.table))


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
        if isinstance(tree, exp.Query) and function.returns.name == "struct" and _is_wide(tree):
            made = _whole_row(b, function, scope, position)
        elif isinstance(tree, exp.Query):
            if b.ctx.on_subquery is None:
                raise Unsupported(f"function {function.name} reads tables and can't be used here", position=position)
            made = b.ctx.on_subquery(SubqueryRef("scalar", tree, scope, position=position, function=function))
        else:
            made = Binder(scope, ctx).bind(tree)
    except UserError as error:
        error.position = position  # an offset in the body means nothing in this statement
        raise
    refuse_repeated(args, made, function.name, position)
    if function.returns not in (GIVEN, ROW):
        made = coerce(made, function.returns, b.ctx, "a", position)
    if not function.strict or not args:
        return made
    missing = tuple(Call("bool.is_null", (a,), BOOL) for a in args)
    return Case(((missing[0] if len(args) == 1 else Or(missing), Lit(None, made.type)),), made, made.type)


def _is_wide(tree: exp.Expression) -> bool:
    """Several columns, where a function gives one row."""
    items = tree.selects if isinstance(tree, exp.Query) else []
    return len(items) > 1 or any(i.is_star for i in items)


def _whole_row(b: Binder, function: SqlFunction, scope: Scope, position: int | None) -> Expr:
    """The first row of the body as one value."""
    if b.ctx.on_subquery is None or function.returns is None:
        raise Unsupported(f"function {function.name} reads tables and can't be used here", position=position)
    text, fields = query_text(function), function.returns.fields
    if not fields and parse_query(text).is_star:
        raise Unsupported(f"function {function.name} can't be used in an expression", hint="Use it in FROM with the names of its columns.",
                          position=position)
    body = parse_query(text)
    width = len(fields) or (len(body.selects) if isinstance(body, exp.Query) else 1)
    cells = [f"CAST(s.c{n} AS {fields[n][1]})" if fields else f"s.c{n}" for n in range(width)]
    names = ", ".join(f"c{n}" for n in range(width))
    tree = parse_query(f"SELECT ROW({', '.join(cells)}) FROM ({text}) AS s({names}) LIMIT 1")
    row = b.ctx.on_subquery(SubqueryRef("scalar", tree, scope, position=position, function=function))
    return retype(row, function.returns) if fields else row


def _unnested(b: Binder, function: SqlFunction, args: tuple[Expr, ...]) -> Expr | None:
    """A set-returning function whose body is one set-returning call, `SELECT unnest($1)`, used in a SELECT list."""
    tree = parse_query(query_text(function))
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
    row_type = function.returns if not function.table and function.returns is not None and function.returns.fields else None
    if row_type is not None and _is_wide(parse_query(query_text(function))):
        columns = row_type.fields
    cells = ", ".join(f"s.c{n}" if is_polymorphic(t) else f"CAST(s.c{n} AS {t})" for n, (_, t) in enumerate(columns))
    value = f"ROW({cells})" if len(columns) > 1 else cells
    names = ", ".join(f"c{n}" for n in range(len(columns)))
    tree = parse_query(f"SELECT {value} FROM ({query_text(function)}) AS s({names})")
    rows = b.ctx.on_subquery(SubqueryRef("array", tree, parameter_scope(function, args), position=position))
    if len(columns) > 1:
        rows = retype(rows, list_of(row_type or struct_of(*columns)))
    return call_function(b, "unnest", (Operand(rows, position),), position)


def query_text(function: SqlFunction) -> str:
    """The body as a query; of a strict function it has no rows for NULL arguments."""
    text = function.body.strip().rstrip(";")
    if text[:7].lower() == "return ":
        text = "SELECT " + text[7:]
    if not function.strict or not function.parameters:
        return text
    present = " AND ".join(f"${i} IS NOT NULL" for i in range(1, len(function.parameters) + 1))
    return f"SELECT * FROM ({text}) AS rows WHERE {present}"


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


def refuse_repeated(args: Sequence[Expr], made: Expr, name: str, position: int | None) -> None:
    """0A000 for a volatile argument that an inlined body reads more than once."""
    for argument in args:
        if is_volatile(argument) and sum(e is argument for e in walk(made)) > 1:
            raise Unsupported(f"a volatile argument of {name} is used twice", position=position)

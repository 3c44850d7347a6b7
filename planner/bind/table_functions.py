"""Set-returning functions: in the select list (side by side, nested ones first) and as FROM items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Call, Expr, Var
from ...kernels.types import INT8, Kind, SqlType, struct_of
from ..catalog.entries import SqlFunction
from ..catalog.pseudo import GIVEN, ROW
from ..logical import node as n
from .access import checked_role
from .calls import RECORD_FUNCTIONS, bind_call, call_function, call_operands
from .coerce import Operand, coerce, settle_unknown
from .context import AggregateRef, SetReturningRef
from .expr import Binder, bind_expr
from .position import position_of
from .query import Bound, Env, with_names
from .scope import Scope
from .sql_function import choose_function, query_text
from .subquery import Pendings, function_query
from .types import typed_fields

_PLACE = "functions in FROM"
_VALUES = frozenset(f"{kind}_array_elements{text}" for kind in ("json", "jsonb") for text in ("", "_text"))  # their column is `value`


class SetReturning:
    """The set-returning calls of one select list; equal calls share a column."""

    def __init__(self, env: Env) -> None:
        self.env = env
        self.calls: list[tuple[Var, SetReturningRef]] = []
        self.sequence: tuple[n.SortItem, ...] = ()  # of the rows of `apply`, within one row of its input

    def add(self, ref: SetReturningRef) -> Expr:
        made = self.env.ctx.new_var(ref.type, ref.function)
        self.calls.append((made, replace(ref, args=tuple(settle_unknown(a, self.env.ctx) for a in ref.args))))
        return made

    def map(self, f: Callable[[Expr], Expr]) -> None:
        self.calls = [(v, replace(ref, args=tuple(f(a) for a in ref.args))) for v, ref in self.calls]

    def apply(self, plan: n.Node) -> n.Node:
        """Calls whose arguments hold other calls run on top of those; calls of one level run side by side."""
        waiting = list(self.calls)
        while waiting:
            open_ids = {v.id for v, _ in waiting}
            ready = [(v, ref) for v, ref in waiting if open_ids.isdisjoint(_reads(ref))]
            waiting = [(v, ref) for v, ref in waiting if not open_ids.isdisjoint(_reads(ref))]
            made = [_table_call(ref, self.env) for _, ref in ready]
            number = self.env.ctx.new_var(INT8, "ordinality")
            self.sequence = (*self.sequence, n.SortItem(number))
            plan = n.ProjectSet(plan, tuple(call for call, _ in made), number)
            extra = [(v, value) for (v, _), (_, value) in zip(ready, made)]
            plan = n.Project(plan, (*((v, v) for v in plan.vars), *extra))
        return plan


def _reads(ref: SetReturningRef) -> set[int]:
    read: set[int] = set()
    for a in ref.args:
        n.expr_vars(a, read)
    return read


def _table_call(ref: SetReturningRef, env: Env) -> tuple[n.TableCall, Expr]:
    """The call, and one row's value as an expression over its columns (a struct for several columns)."""
    args = tuple(settle_unknown(a, env.ctx) for a in ref.args)
    if ref.type.kind == Kind.STRUCT and ref.type.fields and ref.function not in ("unnest", "list_elements"):
        columns = tuple(env.ctx.new_var(t, name) for name, t in ref.type.fields)
        return n.TableCall(ref.function, args, columns), Call("struct.row", columns, ref.type)
    column = env.ctx.new_var(ref.type, ref.function)
    return n.TableCall(ref.function, args, (column,)), column


def bind_table_function(
    calls: list[exp.Expression], alias: str, names: tuple[str, ...], ordinality: bool, env: Env, outer: Scope | None,
    row: SqlType | None = None,
) -> tuple[Bound, str]:  # fmt: skip
    """A FROM item of one or more functions (ROWS FROM, unnest of several arrays); (columns, table name).

    `row` is the row type of a column definition list.
    """
    pendings = Pendings(env)
    user = _user_function(calls, alias, names, env, outer, pendings, row) if not ordinality else None
    if user is not None:
        return user
    made: list[n.TableCall] = []
    shown: list[tuple[str, Expr]] = []
    name = alias
    scalars: list[tuple[Var, Expr]] = []
    for tree in calls:
        for label, e, ref in _bind_calls(tree, env, outer, pendings, row):
            name = name or label
            only = len(calls) == 1 and not (isinstance(tree, exp.Unnest) and len(tree.expressions) > 1)
            if ref is None:
                e = settle_unknown(e, env.ctx)
                v = env.ctx.new_var(e.type, alias if alias and only else label)
                scalars.append((v, e))
                shown += _fields_of(v, v.name)
            else:
                call, _ = _table_call(ref, env)
                made.append(call)
                if ref.function in _VALUES:
                    shown.append(("value", call.columns[0]))
                elif len(call.columns) == 1:
                    shown += _fields_of(call.columns[0], alias if alias and only else label)
                else:
                    shown += [(v.name, v) for v in call.columns]
    plan: n.Node = n.ONE_ROW
    inner = [e for _, e in scalars] + [a for c in made for a in c.args]
    plan = pendings.need(plan, inner)
    if scalars:
        plan = n.Project(plan, tuple(scalars))
    if ordinality and not made:
        raise Unsupported("WITH ORDINALITY needs a set-returning function", hint="Use generate_series.")
    sequence: tuple[n.SortItem, ...] = ()
    if made:
        number = env.ctx.new_var(INT8, "ordinality")
        sequence = (n.SortItem(number),)
        plan = n.ProjectSet(plan, tuple(made), number)
        if ordinality:
            shown.append(("ordinality", number))
    out: list[tuple[str, Var]] = []
    if any(not isinstance(e, Var) for _, e in shown):
        items = [(env.ctx.new_var(e.type, label), e) for label, e in shown]
        plan = n.Project(plan, (*items, *((s.expr, s.expr) for s in sequence if isinstance(s.expr, Var))))
        out = [(v.name, v) for v, _ in items]
    else:
        out = [(label, e) for label, e in shown if isinstance(e, Var)]
    return Bound(plan, with_names(tuple(out), names, name), sequence=sequence), name


def _user_function(
    calls: list[exp.Expression], alias: str, names: tuple[str, ...], env: Env, outer: Scope | None, pendings: Pendings, row: SqlType | None
) -> tuple[Bound, str] | None:
    """An SQL function that returns a table: its body as a subquery over the arguments."""
    call = calls[0].this if isinstance(calls[0], exp.Table) else calls[0]
    if len(calls) != 1 or not isinstance(call, exp.Anonymous) or any(a.find(exp.Query) for a in call.expressions):
        return None
    known = env.ctx.catalog.find_functions(call.name, env.ctx.search_path, _schema(calls[0]))
    if not any(_gives_rows(f) and f.language == "sql" and not f.statements for f in known):
        return None
    row = definitions_of(calls[0], env) or row
    ctx = env.ctx.having(
        clause=_PLACE, on_subquery=pendings.add, on_aggregate=_outer_aggregates(env, pendings), role=checked_role(env)
    )
    binder = Binder(Scope(parent=outer), ctx)
    operands, named = call_operands(binder, call)
    spread = bool(operands) and isinstance(call.expressions[-1], exp.Variadic)
    chosen = choose_function(binder, call.name, _schema(calls[0]), operands, named, position_of(call), spread)
    if chosen is None or not _gives_rows(chosen[0]):
        return None
    function, args = chosen
    if function.returns == ROW and row is None:
        raise UserError('a column definition list is required for functions returning "record"', "42601", position=position_of(call))
    if not function.returns_set and not function.table:  # one row, of NULLs if the body has none
        function = replace(function, body=_ONE_ROW.format(query_text(function)), strict=False)
    if pendings.moved(args):
        raise Unsupported("this argument of a table function is not supported", hint="Use LATERAL.")
    bound = function_query(function, args, env)
    fields = row.fields if function.returns == ROW and row is not None else function.returns.fields if function.returns is not None else ()
    wanted: tuple[tuple[str, SqlType], ...]
    if not function.table and fields and len(fields) == len(bound.columns):
        wanted = fields
    elif function.returns == GIVEN:
        wanted = tuple((label, v.type) for label, v in bound.columns)
    elif not function.table and fields and len(bound.columns) == 1 and bound.columns[0][1].type.fields:
        return None  # the row as one value
    else:
        wanted = function.table or tuple((alias or call.name, v.type) for _, v in bound.columns)
    if len(wanted) != len(bound.columns):
        raise UserError(f'function "{function.name}" returns other columns than declared', "42P13")
    items = [(env.ctx.new_var(t, name), coerce(v, t, env.ctx, "a")) for (name, t), (_, v) in zip(wanted, bound.columns)]
    shown = tuple((v.name, v) for v, _ in items)
    return Bound(n.Project(bound.plan, tuple(items)), with_names(shown, names, alias or call.name)), alias or call.name


_ONE_ROW = "SELECT s.* FROM (SELECT 1) AS one LEFT JOIN LATERAL (SELECT * FROM ({}) AS rows LIMIT 1) AS s ON true"


def _gives_rows(f: SqlFunction) -> bool:
    return f.returns_set or bool(f.table) or (f.returns is not None and f.returns.name == "struct")


def _outer_aggregates(env: Env, pendings: Pendings) -> Callable[[AggregateRef], Expr] | None:
    """Arguments may hold aggregates of an outer query."""
    select = env.outer_select
    return None if select is None else partial(select.add_aggregate, place=_PLACE, pendings=pendings)


def _fields_of(column: Var, label: str) -> list[tuple[str, Expr]]:
    """A struct column of a FROM function is shown field by field."""
    if column.type.kind == Kind.STRUCT and column.type.fields:
        return [
            (field, Call("struct.field", (column,), t, ints=(i,))) for i, (field, t) in enumerate(column.type.fields)
        ]
    return [(label, column)]


def _schema(tree: exp.Expression) -> str | None:
    """The schema that a function in FROM is called with."""
    table = tree if isinstance(tree, exp.Table) else tree.parent
    return table.db or None if isinstance(table, exp.Table) and (table is tree or table.this is tree) else None


def has_definitions(tree: exp.Expression) -> bool:
    alias = tree.args.get("alias")
    columns = alias.args.get("columns") or () if isinstance(alias, exp.TableAlias) else ()
    return any(isinstance(c, exp.ColumnDef) for c in columns)


def definitions_of(tree: exp.Expression, env: Env) -> SqlType | None:
    """The row type that a column definition list gives, `AS t(a int, b text)`."""
    if not has_definitions(tree):
        return None
    columns = tree.args["alias"].args["columns"]
    return struct_of(*typed_fields(columns, env.ctx.user_type))


def _bind_calls(
    tree: exp.Expression, env: Env, outer: Scope | None, pendings: Pendings, row: SqlType | None
) -> list[tuple[str, Expr, SetReturningRef | None]]:
    found: dict[int, SetReturningRef] = {}

    def capture(ref: SetReturningRef) -> Expr:
        v = env.ctx.new_var(ref.type, ref.function)
        found[v.id] = ref
        return v

    scope = Scope(parent=outer)
    row = definitions_of(tree, env) or row
    called = tree.this if isinstance(tree, exp.Table) else tree
    if row is not None and any(f.language == "plpgsql" for f in env.ctx.catalog.find_functions(called.name, env.ctx.search_path, _schema(tree))):
        raise Unsupported(f"function {called.name} is in PL/pgSQL and can't be called here", position=position_of(called),
                          hint="Call it in FROM of a SELECT, with constants.")
    if row is not None and called.name not in RECORD_FUNCTIONS:
        raise UserError(
            'a column definition list is only allowed for functions returning "record"', "42601", position=position_of(called)
        )
    ctx = env.ctx.having(
        clause=_PLACE, on_set_returning=capture, on_subquery=pendings.add, on_aggregate=_outer_aggregates(env, pendings), row_type=row
    )
    results: list[tuple[str, Expr]] = []
    schema = _schema(tree)
    if isinstance(tree, exp.Table) and tree.args.get("rows_from") is None:
        tree = tree.this
    if isinstance(tree, exp.Unnest):
        for argument in tree.expressions:
            binder = Binder(scope, ctx)
            operand = binder.operand(argument)
            if operand.type.name == "map":
                operand = Operand(call_function(binder, "map_entries", (operand,), operand.position), operand.position)
            results.append(("unnest", call_function(binder, "unnest", (operand,), position_of(argument))))
    elif schema is not None and isinstance(tree, exp.Anonymous):
        results.append((function_label(tree), bind_call(Binder(scope, ctx), tree, schema)))
    else:
        results.append((function_label(tree), bind_expr(tree, scope, ctx)))
    return [(label, e, found.get(e.id) if isinstance(e, Var) else None) for label, e in results]


def function_label(tree: exp.Expression) -> str:
    from .types import column_name

    return column_name(tree)

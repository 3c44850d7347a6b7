"""Time window functions over tables, as FROM items.

TUMBLE(table, column, size [, offset]) adds window_start and window_end to each row; HOP(table, column, slide, size
[, offset]) repeats the row for each window it falls into. CUMULATE, SESSION and GAP_FILL are queries over the table,
written here as SQL: what they need, window functions and set-returning functions, is kept up to date already.
"""

from __future__ import annotations

from sqlglot import exp

from ...kernels.errors import UserError
from ...kernels.expr.spec import Expr, Lit
from ...kernels.types import INT2, INT8, INTERVAL, TIMESTAMP, Kind, SqlType
from ..logical import node as n
from ..sql.query import parse_query
from .calls import call_function
from .coerce import Operand, coerce
from .context import BindContext
from .expr import Binder, bind_expr
from .position import position_of
from .query import Bound, Cte, Env, bind_query, settle
from .scope import Scope

_ROWS = "__window_input"
# Arguments after the table, in order; those after None may be left out.
_ARGUMENTS: dict[str, tuple[str | None, ...]] = {
    "tumble": ("timecol", "size", None, "offset"),
    "hop": ("timecol", "slide", "size", None, "offset"),
    "cumulate": ("timecol", "step", "size"),
    "session_table": ("timecol", "gap"),
}
_KINDS = (*_ARGUMENTS, "gap_fill", "table_changelog")


def window_function(tree: exp.Expression) -> str | None:
    """The name, if this call is one of the functions over tables."""
    if isinstance(tree, exp.Anonymous) and tree.name in _KINDS and tree.expressions:
        return tree.name
    return None


def bind_window_table(tree: exp.Anonymous, table: Bound, alias: str, env: Env, outer: Scope | None) -> Bound:
    """`table` is the first argument, already a plan."""
    match tree.name:
        case "gap_fill":
            return _gap_fill(tree, table, alias, env, outer)
        case "session_table":
            return with_window_time(_session(tree, table, env), env)
        case "cumulate":
            return with_window_time(_cumulate(tree, table, env), env)
        case kind:
            return _fixed(kind, tree, table, alias, env, outer)


def _arguments(tree: exp.Anonymous) -> dict[str, exp.Expression]:
    """By name, from positions and from `name => value`. PARTITION BY is under its own name."""
    names = _ARGUMENTS[tree.name]
    needed = names[: names.index(None)] if None in names else names
    order = [name for name in names if name is not None]
    shown = tree.name.removesuffix("_table")
    found: dict[str, exp.Expression] = {}
    for argument in tree.expressions[1:]:
        if isinstance(argument, exp.Anonymous) and argument.name == "partition_by":
            found["partition_by"] = argument
        elif isinstance(argument, exp.Kwarg):
            name = argument.this.name.lower()
            if name not in order or name in found:
                raise UserError(f"{shown} has no argument {name} here", "42883", position=position_of(argument))
            found[name] = argument.expression
        else:
            free = next((name for name in order if name not in found), None)
            if free is None:
                raise UserError(f"{shown} takes at most {len(order) + 1} arguments", "42883", position=position_of(tree))
            found[free] = argument
    missing = [name for name in needed if name not in found]
    if missing:
        raise UserError(f"{shown} takes at least {len(needed) + 1} arguments", "42883", position=position_of(tree))
    return found


def _fixed(kind: str, tree: exp.Anonymous, table: Bound, alias: str, env: Env, outer: Scope | None) -> Bound:
    """TUMBLE and HOP."""
    position, given = position_of(tree), _arguments(tree)
    scope = Scope.of(alias, tuple(table.columns)).inside(outer)
    ctx = env.ctx.having(clause=f"{kind} arguments")
    time = _time(kind, bind_expr(given["timecol"], scope, ctx), env, given["timecol"])
    order = [name for name in _ARGUMENTS[kind][1:] if name in given and name is not None]
    sizes = tuple(_interval(kind, name, given[name], scope, ctx) for name in order)
    start = env.ctx.new_var(time.type.without_mods(), "window_start")
    end = env.ctx.new_var(start.type, "window_end")
    plan = table.plan
    if kind == "tumble":
        begin = _function("tumble_start", (time, *sizes), ctx, position)
        begin = coerce(begin, start.type, env.ctx, "e")
        plan = n.Project(plan, (*((v, v) for v in plan.vars), (start, begin)))
        finish = Binder(scope, ctx).operator("+", Operand(start), Operand(sizes[0]))
        plan = n.Project(plan, (*((v, v) for v in plan.vars), (end, finish)))
    else:
        plan = n.ProjectSet(plan, (n.TableCall("hop", (time, *sizes), (start, end)),))
    return with_window_time(Bound(plan, (*table.columns, ("window_start", start), ("window_end", end))), env)


def with_window_time(made: Bound, env: Env) -> Bound:
    """Flink's window_time behind window_end: the last millisecond of the window, which `*` leaves out."""
    end = dict(made.columns)["window_end"]
    last = env.ctx.new_var(end.type, "window_time")
    value = Binder(Scope(), env.ctx).operator("-", Operand(end), Operand(Lit((1000, 0, 0), INTERVAL)))
    plan = n.Project(made.plan, (*((v, v) for v in made.plan.vars), (last, value)))
    return Bound(plan, (*made.columns, ("window_time", last)))


def _time(kind: str, time: Expr, env: Env, tree: exp.Expression) -> Expr:
    position = position_of(tree)
    if time.type.kind == Kind.DATE:
        time = coerce(time, TIMESTAMP, env.ctx, "i", position)
    if time.type.kind not in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ):
        shown = kind.removesuffix("_table")
        raise UserError(f"the time column of {shown} must be a timestamp, not {time.type}", "42804", position=position)
    return time


def _interval(kind: str, name: str, tree: exp.Expression, scope: Scope, ctx: BindContext) -> Expr:
    value = coerce(bind_expr(tree, scope, ctx), INTERVAL, ctx, "i", position_of(tree))
    if name != "offset" and isinstance(value, Lit) and value.value is not None and _length(value) <= 0:
        shown = kind.removesuffix("_table")
        raise UserError(f"the {name} of {shown} must be positive", "22023", position=position_of(tree))
    return value


def _length(value: Lit) -> int:
    micros, days, months = value.value  # type: ignore[misc]
    return int(micros + (days + months * 30) * 86_400_000_000)


def _function(name: str, args: tuple[Expr, ...], ctx: BindContext, position: int | None) -> Expr:
    return call_function(Binder(Scope(), ctx), name, tuple(Operand(a) for a in args), position)


def _expanded(text: str, table: Bound, env: Env, put: dict[str, exp.Expression]) -> Bound:
    """The query `text` over the table, with argument trees in place of the columns `$name`."""
    tree = parse_query(text)

    def filled(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column) and not node.table and node.name in put:
            return put[node.name].copy()
        return node

    rows = Cte(_ROWS, exp.Select(), ())
    rows.bound = table
    return settle(bind_query(tree.transform(filled), env.having(ctes={_ROWS: rows})), env)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _checked(tree: exp.Anonymous, given: dict[str, exp.Expression], table: Bound, env: Env) -> None:
    scope = Scope.of("", tuple(table.columns))
    ctx = env.ctx.having(clause=f"{tree.name} arguments")
    time = bind_expr(given["timecol"], scope, ctx)
    _time(tree.name, time, env, given["timecol"])
    for name in ("size", "step", "gap"):
        if name in given:
            _interval(tree.name, name, given[name], scope, ctx)


def _cumulate(tree: exp.Anonymous, table: Bound, env: Env) -> Bound:
    """Windows of one start that grow by `step` up to `size`: a row is in those that end after it."""
    given = _arguments(tree)
    _checked(tree, given, table, env)
    text = (
        f'SELECT i.*, tumble_start(i."$timecol", "$size") AS window_start, e.window_end FROM {_ROWS} AS i, '
        'LATERAL generate_series(tumble_start("$timecol", "$step") + "$step", '
        'tumble_start("$timecol", "$size") + "$size", "$step") AS e(window_end)'
    ).replace('i."$timecol"', '"$timecol"')
    return _expanded(text, table, env, {f"${name}": node for name, node in given.items()})


def _session(tree: exp.Anonymous, table: Bound, env: Env) -> Bound:
    """Rows at most `gap` apart are one session, which ends `gap` after its last row."""
    given = _arguments(tree)
    _checked(tree, given, table, env)
    keys = given.pop("partition_by", None)
    names = [f"$key{i}" for i, _ in enumerate(keys.expressions if keys is not None else ())]
    partition = f"PARTITION BY {', '.join(map(_quoted, names))} " if names else ""
    over = f'OVER ({partition}ORDER BY "$timecol" SESSION WITH GAP "$gap")'
    text = (
        f'SELECT i.*, first_value("$timecol") {over} AS window_start, '
        f'last_value("$timecol") {over} + "$gap" AS window_end FROM {_ROWS} AS i WHERE "$timecol" IS NOT NULL'
    )
    put = {f"${name}": node for name, node in given.items()}
    put |= dict(zip(names, keys.expressions if keys is not None else ()))
    return _expanded(text, table, env, put)


def _gap_fill(tree: exp.Anonymous, table: Bound, alias: str, env: Env, outer: Scope | None) -> Bound:
    """Between a row and the next one of its partition, a row per step: LOCF repeats, INTERPOLATE goes straight."""
    position = position_of(tree)
    if len(tree.expressions) < 3:
        raise UserError("gap_fill needs a table, a time column and an interval", "42883", position=position)
    names = [name for name, _ in table.columns]
    time = _column(tree.expressions[1], names)
    scope = Scope.of("", tuple(table.columns))
    _time("gap_fill", dict(table.columns)[time], env, tree.expressions[1])
    ctx = env.ctx.having(clause="gap_fill arguments")
    if not isinstance(_interval("gap_fill", "interval", tree.expressions[2], scope, ctx), Lit):
        raise UserError("the interval of gap_fill must be a constant", "22023", position=position)
    keys: list[str] = []
    ways: dict[str, str] = {}
    for node in tree.expressions[3:]:
        if not isinstance(node, exp.Anonymous) or node.name not in ("locf", "interpolate", "partition_by", "keep_null"):
            raise UserError("gap_fill takes LOCF, INTERPOLATE and PARTITION_BY after the interval", "42601",
                            position=position_of(node))  # fmt: skip
        columns = [_column(c, names) for c in node.expressions]
        if node.name == "partition_by":
            keys += columns
            continue
        if len(columns) != 1 or columns[0] in ways or columns[0] == time:
            raise UserError(f"{node.name} takes one column, and each column one way to fill it", "42601",
                            position=position_of(node))  # fmt: skip
        ways[columns[0]] = node.name
    types = {name: v.type for name, v in table.columns}
    shown: list[str] = []
    partition = f"PARTITION BY {', '.join(map(_quoted, keys))} " if keys else ""
    over = f"OVER ({partition}ORDER BY {_quoted(time)})"
    ahead = [f'lead({_quoted(time)}) {over} AS "$next"']
    for index, name in enumerate(names):
        column = "r." + _quoted(name)
        if name == time:
            shown.append(f'g."$at" AS {_quoted(name)}')
        elif name in keys or ways.get(name) == "locf":
            shown.append(f"{column} AS {_quoted(name)}")
        elif ways.get(name) == "interpolate":
            ahead.append(f'lead({_quoted(name)}) {over} AS "$next{index}"')
            way = _straight(column, f'r."$next{index}"', types[name], position)
            shown.append(f'CASE WHEN g."$step" = 1 THEN {column} ELSE {way} END AS {_quoted(name)}')
        else:
            shown.append(f'CASE WHEN g."$step" = 1 THEN {column} END AS {_quoted(name)}')
    first = "r." + _quoted(time)
    text = (
        f"SELECT {', '.join(shown)} FROM (SELECT *, {', '.join(ahead)} FROM {_ROWS}) AS r, LATERAL "
        f'range({first}, CASE WHEN r."$next" > {first} THEN r."$next" ELSE {first} + "$interval" END, "$interval") '
        'WITH ORDINALITY AS g("$at", "$step")'
    ).replace('"$steps"', f'ceil(extract(epoch FROM r."$next" - {first}) / extract(epoch FROM "$interval"))')
    return _expanded(text, table, env, {"$interval": tree.expressions[2]})


def _straight(value: str, after: str, to: SqlType, position: int | None) -> str:
    """The value on the line from `value` to `after`: as many equal steps as there are rows to fill, and one."""
    if to.category != "N":
        raise UserError(f"interpolate needs a number, not {to}", "42804", position=position)
    if to.name in ("int2", "int4", "int8"):
        return f'({value} + trunc(({after} - {value})::numeric * (g."$step" - 1) / "$steps"))::{to.name}'
    exact = "numeric" if to.name == "numeric" else "float8"
    return f'({value} + ({after} - {value}) * (g."$step" - 1)::{exact} / ("$steps")::{exact})::{to.name}'


def _column(tree: exp.Expression, names: list[str]) -> str:
    if not isinstance(tree, exp.Column):
        raise UserError("gap_fill needs columns here", "42601", position=position_of(tree))
    if tree.name not in names:
        raise UserError(f'column "{tree.name}" does not exist', "42703", position=position_of(tree))
    return tree.name


def is_changelog(query: exp.Expression) -> bool:
    """The query that stands for AS CHANGELOG FROM."""
    clause = query.args.get("from_") if isinstance(query, exp.Select) else None
    call = clause.this.this if clause is not None and isinstance(clause.this, exp.Table) else None
    return isinstance(call, exp.Anonymous) and call.name == "table_changelog"


def bind_changelog(table: Bound, key: tuple[int, ...], env: Env) -> Bound:
    """The table's changes as rows of their own: what they are in changelog_op, and a number. `key`: its columns."""
    operation = env.ctx.new_var(INT2, "changelog_op")
    number = env.ctx.new_var(INT8, "_changelog_row_id")
    columns = tuple(v for _, v in table.columns)
    plan = n.Changelog(table.plan, columns, tuple(columns[i] for i in key), operation, number)
    return Bound(plan, (*table.columns, ("changelog_op", operation), ("_changelog_row_id", number)))



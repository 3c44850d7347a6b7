"""INSERT, UPDATE, DELETE and the expressions of a table: complete rows from written ones.

An UPDATE or DELETE is a query over the target (and FROM or USING) that gives whole old rows and, for UPDATE, whole
new ones. Expressions over finished rows (generated columns, CHECK, RETURNING, ON CONFLICT) are bound straight to
positions (`Col`): they run after the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Col, Expr, Lit, Param, Var, is_volatile, transform, walk
from ...kernels.schema import Field, Schema
from ...kernels.types import INT8, SqlType
from ..catalog.entries import Relation
from ..catalog.keys import is_computed
from ..logical import node as n
from ..physical.dml import Constraints
from ..sql.query import parse_expression
from .access import check_reads
from .assignments import Part, Step, assigned_value, changed, part_of, with_part
from .coerce import coerce_assignment, coerce_boolean, settle_unknown
from .context import BindContext
from .dml_access import check_change, columns_read, reads_rows, require_read, require_write
from .domains import conditions
from .expr import bind_expr
from .from_ import alias_of, bind_items
from .order import direction
from .position import position_of
from .query import Bound, Env, bind_query, find_relation, settle
from .row_security import visible
from .scope import EMPTY, Scope, ScopeColumn
from .select import Changed
from .setop import _unknown as unsettled
from .subquery import Pendings
from .types import column_name
from .updatable import Target, target
from .values import value_rows
from .views import scan
from .with_ import bind_with


@dataclass(frozen=True)
class BoundRows:
    """`plan` gives `exprs` in order; `finish` turns the lowered row into the final one (generated columns)."""

    plan: n.Node
    exprs: tuple[Expr, ...]


def target_of(tree: exp.Expression, env: Env, verb: str) -> Target:
    """The table to change, the name by which expressions know it, and the views in between."""
    table = tree.this if isinstance(tree, exp.Schema) else tree
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        raise UserError("syntax error: a table is needed here", position=position_of(tree) if isinstance(tree, exp.Expression) else None)
    parts = tuple(p.name for p in table.parts)
    relation = find_relation(env, parts, position_of(table))
    alias = alias_of(table)[0] or relation.name
    if relation.kind == "view" and verb != "merge into":
        return target(relation, alias, verb, env, position_of(table))
    if relation.kind != "table":
        kind = relation.kind.replace("_", " ")
        if verb == "merge into":
            raise UserError(f'cannot execute MERGE on relation "{relation.name}"', "0A000", position=position_of(table),
                            detail=f"This operation is not supported for {kind}s.")  # fmt: skip
        raise UserError(f'cannot {verb} {kind} "{relation.name}"', "42809", position=position_of(table),
                        hint="Only tables can be changed.")  # fmt: skip
    return Target(relation, alias, verb)


def column_of(relation: Relation, name: str, position: int | None) -> int:
    for index, column in enumerate(relation.columns):
        if column.name == name:
            return index
    raise UserError(f'column "{name}" of relation "{relation.name}" does not exist', "42703", position=position)


def refuse_generated(
    relation: Relation, index: int, position: int | None, verb: str, overriding: str | None = None
) -> None:
    """428C9 for a value of a generated column, or of one GENERATED ALWAYS AS IDENTITY without OVERRIDING."""
    name = relation.columns[index].name
    if relation.columns[index].identity == "always" and overriding is None:
        raise UserError(
            f'column "{name}" can only be updated to DEFAULT' if verb == "update"
            else f'cannot insert a non-DEFAULT value into column "{name}"',
            "428C9", detail=f'Column "{name}" is an identity column defined as GENERATED ALWAYS.',
            hint=None if verb == "update" else "Use OVERRIDING SYSTEM VALUE to override.", position=position,
        )  # fmt: skip
    if relation.columns[index].generated is not None:
        raise UserError(
            f'column "{name}" can only be updated to DEFAULT' if verb == "update"
            else f'cannot insert a non-DEFAULT value into column "{name}"',
            "428C9", detail=f'Column "{name}" is a generated column.', position=position,
        )  # fmt: skip


# Expressions of the table itself


def default_of(relation: Relation, index: int, env: Env) -> Expr:
    """A column's DEFAULT, cast to its type; NULL without one (and for generated columns)."""
    column = relation.columns[index]
    default = column.default
    if default is None and column.domain is not None:
        default = env.ctx.catalog.types[column.domain].default
    if default is None:
        return Lit(None, column.type)
    ctx = env.ctx.having(clause="DEFAULT expressions", facts=env.ctx.facts.of_object(relation.settings))
    return coerce_assignment(bind_expr(parse_expression(default), EMPTY, ctx), column.type, column.name, ctx)


def row_scope(relation: Relation, name: str, at: int = 0, schema: str | None = None) -> Scope:
    """The row's columns as positions from `at` on."""
    columns = tuple((c.name, Col(at + i, c.type)) for i, c in enumerate(relation.columns))
    return Scope.of(name, columns, tuple(c.hidden for c in relation.columns), schema)


def generated(relation: Relation, env: Env, at: int = 0) -> dict[int, Expr]:
    """Generated columns by position, over the row that begins at `at`."""
    out: dict[int, Expr] = {}
    ctx = env.ctx.having(clause="generated columns")
    for index, column in enumerate(relation.columns):
        if column.generated is not None:
            value = bind_expr(parse_expression(column.generated), row_scope(relation, relation.name, at), ctx)
            if is_computed(column):  # it may read other generated columns
                value = transform(value, lambda x: out.get(x.index - at, x) if isinstance(x, Col) else x)
            else:
                _check_generation(relation, value, at)
            out[index] = coerce_assignment(value, column.type, column.name, ctx)
    return out


def _check_generation(relation: Relation, value: Expr, at: int) -> None:
    for part in walk(value):
        other = relation.columns[part.index - at] if isinstance(part, Col) else None
        if other is not None and other.generated is not None:
            raise UserError(f'cannot use generated column "{other.name}" in column generation expression', "42P17",
                            detail="A generated column cannot reference another generated column.")
    if is_volatile(value):
        raise UserError("generation expression is not immutable", "42P17", hint="A DEFAULT may change from row to row.")


def constraints(relation: Relation, env: Env) -> Constraints:
    ctx = env.ctx.having(clause="check constraints")
    scope = row_scope(relation, relation.name)
    checks = tuple(
        (name, coerce_boolean(bind_expr(parse_expression(text), scope, ctx), "CHECK", ctx))
        for name, text in relation.checks
    )
    keys = relation.unique_keys
    domains = tuple(
        (condition.holds, condition.sqlstate, condition.message)
        for i, c in enumerate(relation.columns)
        if c.domain is not None
        for condition in conditions(env.ctx.catalog.types[c.domain], Col(i, c.type), ctx)
    )
    return Constraints(tuple(i for i, c in enumerate(relation.columns) if c.not_null), checks, keys, domains=domains)


def returning(
    tree: exp.Expression | None, target: Target, at: int, others: Scope | None, env: Env
) -> tuple[tuple[Expr, ...] | None, Schema | None]:
    """RETURNING over the row at `at` and the columns of FROM or USING."""
    clause = tree.args.get("returning") if tree is not None else None
    if clause is None:
        return None, None
    relation = target.relation
    scope, _ = target.scope([Col(at + i, c.type) for i, c in enumerate(relation.columns)], env)
    if others is not None:
        scope = scope.join(others)
    ctx = env.ctx.having(clause="RETURNING")
    fields: list[tuple[str, Expr]] = []
    for item in clause.expressions:
        inner = item.this if isinstance(item, exp.Alias) else item
        if isinstance(inner, exp.Star):
            fields += scope.star(None)
        elif isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star):
            fields += scope.star(tuple(p.name for p in inner.parts[:-1]), position_of(inner))
        else:
            value = settle_unknown(bind_expr(inner, scope, ctx), ctx, position_of(inner))
            fields.append((item.alias if isinstance(item, exp.Alias) else column_name(inner), value))
    require_read(relation, columns_read((e for _, e in fields), at, len(relation.columns)), target.environment(env))
    return tuple(e for _, e in fields), Schema(tuple(Field(name, e.type) for name, e in fields))


# INSERT


def insert_rows(tree: exp.Insert, target: Target, env: Env, overriding: str | None = None) -> BoundRows:
    """Rows in the table's layout; generated columns are NULL still."""
    relation, places = target.relation, target.places(env)
    for word in ("overwrite", "ignore"):
        if tree.args.get(word):
            raise Unsupported("INSERT OVERWRITE is not supported", position=position_of(tree),
                              hint="Use INSERT … ON CONFLICT, or CREATE TABLE … ON CONFLICT OVERWRITE.")
    into = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    if tree.args.get("partition") or into.args.get("partition"):
        raise Unsupported("INSERT … PARTITION is not supported", position=position_of(tree), hint="Give the column a value.")
    listed = tree.this.expressions if isinstance(tree.this, exp.Schema) else []
    source = tree.expression
    order = [target.place(c.name, places, position_of(c)) for c in listed]
    paths = [part_of(p)[1] if p is not None else () for p in tree.args.get("parts") or [None] * len(order)]
    for index, column, path in zip(order, listed, paths):
        if path and all(p for p, i in zip(paths, order) if i == index):
            continue
        if order.count(index) > 1 and [c.name for c in listed].count(column.name) == 1:
            raise UserError(f'multiple assignments to same column "{relation.columns[index].name}"', position=position_of(column))
        if order.count(index) > 1:
            raise UserError(f'column "{column.name}" specified more than once', "42701", position=position_of(column))
    if not order and target.views:
        width = max((len(row_cells(r)) for r in source.expressions), default=0) if isinstance(source, exp.Values) else _select_width(source)
        order = [target.place(c.name, places, None) for c in target.seen.columns[: width or None]]
        if len(set(order)) < len(order):
            raise UserError("multiple assignments to same column", position=position_of(tree.this))
    if not order:
        rows = source.expressions if isinstance(source, exp.Values) else ()
        defaults = {i for row in rows for i, cell in enumerate(row_cells(row)) if is_default(cell)}
        order = positional(relation, len(row_cells(rows[0])) if rows else _select_width(source), defaults)
    if tree.args.get("default") or source is None:
        require_write(relation, "a", (), env)
        return _complete(relation, n.ONE_ROW, {}, env)
    require_named(target, "a", order, places, env)
    with_clause = tree.args.get("with_")
    if with_clause is not None:
        env = bind_with(with_clause, env, None)
    below = target.environment(env)
    if isinstance(source, exp.Values) and not source.args.get("order") and not source.args.get("limit"):
        require_write(relation, "a", order[: len(row_cells(source.expressions[0]))], below)
        return _insert_values(source, relation, order, bool(listed), env, overriding, paths)
    bound = bind_query(source, env.having(keep_unknown=True))
    if tree.args.get("by_name"):
        order, listed = [target.place(v, places, position_of(source)) for v, _ in bound.columns], ["by name"]
    ordered = bound.order and not bound.ties
    if not ordered:
        bound = settle_rows(bound, env)
    check_reads(bound.plan, (*bound.vars, *(s.expr for s in bound.order)), env)
    _check_width(len(bound.columns), order, bool(listed), position_of(source))
    require_write(relation, "a", order[: len(bound.columns)], below)
    if any(paths):
        values = [unsettled(bound, i) for i in range(len(bound.columns))]
        values = [v if isinstance(v, (Lit, Param)) else bound.vars[i] for i, v in enumerate(values)]
        plan = bound.plan
    else:
        plan, values = _assigned(bound, [relation.columns[i] for i in order[: len(bound.columns)]], env)
    if ordered:
        plan = n.Sort(plan, bound.order, bound.limit, 0 if bound.offset is None else bound.offset)
    given = _put_together(relation, order, paths, values, env)
    for index in tuple(given):
        if overriding == "user" and relation.columns[index].identity is not None:
            del given[index]
        else:
            refuse_generated(relation, index, position_of(source), "insert", overriding)
    return _complete(relation, plan, given, env)


def require_named(target: Target, letter: str, order: Sequence[int] | None, places: Sequence[int | None], env: Env) -> None:
    """The privilege on the columns of the view that a statement names; on a table it is asked where rows are made."""
    if target.views:
        columns = None if order is None else [i for i, at in enumerate(places) if at is not None and at in order]
        require_write(target.seen, letter, columns, env)


def positional(relation: Relation, width: int, defaults: Collection[int] = ()) -> list[int]:
    """The columns that values without a column list go to.

    Generated columns count when as many values are given as PostgreSQL wants, or one of them is given DEFAULT; else
    the values are for the other columns, as streaming databases have it.
    """
    every = [i for i, c in enumerate(relation.columns) if not c.hidden]
    plain = [i for i in every if relation.columns[i].generated is None]
    told = any(at < len(every) and relation.columns[every[at]].generated is not None for at in defaults)
    return every if width > len(plain) or told else plain


def _select_width(source: exp.Expression | None) -> int:
    """How many columns a SELECT list shows; 0 where that takes binding."""
    if not isinstance(source, exp.Select) or any(e.is_star for e in source.expressions):
        return 0
    return len(source.expressions)


def row_cells(row: exp.Expression) -> list[exp.Expression]:
    return row.expressions if isinstance(row, exp.Tuple) else [row]


def settle_rows(bound: Bound, env: Env) -> Bound:
    return settle(bound, env, narrow=False) if bound.cut else bound


def _check_width(width: int, order: Sequence[int], listed: bool, position: int | None) -> None:
    if width > len(order):
        raise UserError("INSERT has more expressions than target columns", position=position)
    if listed and width < len(order):
        raise UserError("INSERT has more target columns than expressions", position=position)


def _assigned(bound: Bound, columns: Sequence, env: Env) -> tuple[n.Node, list[Expr]]:  # type: ignore[type-arg]
    values: list[Expr] = []
    for index, column in enumerate(columns):
        value = unsettled(bound, index)
        if value is not bound.vars[index] and not isinstance(value, Var):
            # An untyped literal or parameter: typed by the column it goes to.
            values.append(coerce_assignment(value, column.type, column.name, env.ctx))
        else:
            values.append(coerce_assignment(bound.vars[index], column.type, column.name, env.ctx))
    return bound.plan, values


def _insert_values(
    source: exp.Values, relation: Relation, order: list[int], listed: bool, env: Env, overriding: str | None,
    paths: Sequence[tuple[Step, ...]] = (),
) -> BoundRows:  # fmt: skip
    pendings = Pendings(env)
    ctx = env.ctx.having(clause="VALUES", on_subquery=pendings.add)
    rows: list[tuple[Expr, ...]] = []
    width = -1
    for row in source.expressions:
        cells = row_cells(row)
        if width not in (-1, len(cells)):
            raise UserError("VALUES lists must all be the same length", position=position_of(row))
        width = len(cells)
        _check_width(width, order, listed, position_of(cells[-1]) if cells else None)
        if any(paths):
            parts = _parts_of(relation, order, paths, cells, env, ctx)
            rows.append(tuple(parts.values()))
            continue
        out: list[Expr] = []
        for index, cell in zip(order, cells):
            column = relation.columns[index]
            if is_default(cell) or (overriding == "user" and column.identity is not None):
                out.append(default_of(relation, index, env))
                continue
            refuse_generated(relation, index, position_of(cell), "insert", overriding)
            out.append(assigned_value(cell, column.type, column.name, EMPTY, ctx))
        rows.append(tuple(out))
    order = list(dict.fromkeys(order[:width]))
    made = tuple(env.ctx.new_var(relation.columns[i].type, relation.columns[i].name) for i in order)
    plan = value_rows(rows, made, pendings)
    check_reads(plan, (), env)
    return _complete(relation, plan, dict(zip(order, made)), env)


def _parts_of(
    relation: Relation, order: Sequence[int], paths: Sequence[tuple[Step, ...]], cells: Sequence[exp.Expression], env: Env,
    ctx: BindContext,
) -> dict[int, Expr]:  # fmt: skip
    """The columns of one row of VALUES, parts put together."""
    made: dict[int, Expr] = {}
    for index, path, cell in zip(order, paths, cells):
        column = relation.columns[index]
        if is_default(cell) and path:
            what = "a subfield" if isinstance(path[-1], str) else "an array element"
            raise UserError(f"cannot set {what} to DEFAULT", "0A000", position=position_of(cell))
        if is_default(cell):
            made[index] = default_of(relation, index, env)
            continue
        refuse_generated(relation, index, position_of(cell), "insert", None)
        value = partial(assigned_value, cell, column=column.name, scope=EMPTY, ctx=ctx)
        made[index] = with_part(made.get(index, Lit(None, column.type)), path, value, column.name, EMPTY, ctx)
    return made


def _put_together(
    relation: Relation, order: Sequence[int], paths: Sequence[tuple[Step, ...]], values: Sequence[Expr], env: Env
) -> dict[int, Expr]:
    """Columns by position; values of parts of a column make one value."""
    if not any(paths):
        return dict(zip(order, values))
    made: dict[int, Expr] = {}
    for index, path, value in zip(order, paths, values):
        column = relation.columns[index]

        def assigned(wanted: SqlType, value: Expr = value, name: str = column.name) -> Expr:
            return coerce_assignment(value, wanted, name, env.ctx)

        made[index] = with_part(made.get(index, Lit(None, column.type)), path, assigned, column.name, EMPTY, env.ctx)
    return made


def is_default(cell: exp.Expression) -> bool:
    if isinstance(cell, exp.Column) and not cell.table and isinstance(cell.this, exp.Identifier):
        return cell.name == "default" and not cell.this.quoted
    return isinstance(cell, exp.Var) and cell.name.upper() == "DEFAULT"


def _complete(relation: Relation, plan: n.Node, given: dict[int, Expr], env: Env) -> BoundRows:
    exprs = tuple(given[i] if i in given else default_of(relation, i, env) for i in range(len(relation.columns)))
    return BoundRows(plan, exprs)


def _over(e: Expr, row: Sequence[Expr]) -> Expr:
    """An expression over a row, with the row's own expressions put in."""
    return transform(e, lambda x: row[x.index] if isinstance(x, Col) else x)


# UPDATE and DELETE

# A value is a tree, one for a part of the column, or one of SET (…) = (SELECT …).
Assignment = tuple[int, exp.Expression | Part | Expr, int | None]
RowOf = Callable[[exp.Expression], tuple[Expr, ...]]


def _assignments(
    items: Sequence[exp.Expression], relation: Relation, row_of: RowOf | None = None,
    place: Callable[[str, int | None], int] | None = None,
) -> list[Assignment]:
    """(column, value, position); several columns set from one row or subquery are taken apart."""
    out: list[Assignment] = []
    for item in items:
        if not isinstance(item, exp.EQ):
            raise UserError("syntax error in SET", position=position_of(item))
        left, right = item.this, item.expression
        if isinstance(left, (exp.Tuple, exp.Paren)):
            names = left.expressions if isinstance(left, exp.Tuple) else [left.this]
            values: Sequence[exp.Expression | Expr]
            if isinstance(right, exp.Tuple) or (isinstance(right, exp.Anonymous) and right.name.lower() == "row"):
                values = right.expressions
            elif not isinstance(right, exp.Subquery):
                raise UserError("source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression",
                                "0A000", position=position_of(right))  # fmt: skip
            elif row_of is not None:
                values = row_of(right)
            else:
                raise Unsupported("SET (…) = (SELECT …) is not supported here",
                                  hint="Set each column from a value.", position=position_of(right))  # fmt: skip
            if len(values) != len(names):
                raise UserError("number of columns does not match number of values", position=position_of(left))
            pairs: list[tuple[exp.Expression, exp.Expression | Expr]] = list(zip(names, values))
        else:
            pairs = [(left, right)]
        for column, value in pairs:
            name, path = part_of(column)
            index = (place or partial(column_of, relation))(name, position_of(column))
            if any(index == other and not (path and isinstance(v, Part)) for other, v, _ in out):
                raise UserError(f'multiple assignments to same column "{name}"', position=position_of(column))
            position = position_of(value if isinstance(value, exp.Expression) else right)
            if not path:
                out.append((index, value, position))
            elif isinstance(value, exp.Expression):
                out.append((index, Part(path, value), position))
            else:
                raise Unsupported("SET (…) = (SELECT …) of parts of columns is not supported",
                                  hint="Set each part from a value.", position=position_of(left))  # fmt: skip
    return out


def _value(
    tree: exp.Expression | Part | Expr, old: Expr, relation: Relation, index: int, scope: Scope, ctx: BindContext, env: Env,
    position: int | None,
) -> Expr:  # fmt: skip
    column = relation.columns[index]
    if isinstance(tree, Part):
        refuse_generated(relation, index, position, "update")
        if is_default(tree.tree):
            raise UserError("cannot set an array element to DEFAULT" if isinstance(tree.path[-1], exp.Expression)
                            else "cannot set a subfield to DEFAULT", "0A000", position=position)  # fmt: skip
        return changed(old, tree, column.name, scope, ctx)
    if not isinstance(tree, exp.Expression):
        refuse_generated(relation, index, position, "update")
        return coerce_assignment(tree, column.type, column.name, ctx, position)
    if is_default(tree):
        return default_of(relation, index, env)
    refuse_generated(relation, index, position, "update")
    return assigned_value(tree, column.type, column.name, scope, ctx)


@dataclass(frozen=True)
class BoundChange:
    """`exprs`: old row, then for UPDATE the new row, then the columns of FROM or USING (`others`, as positions)."""

    plan: n.Node
    exprs: tuple[Expr, ...]
    others: Scope | None


def change_rows(
    tree: exp.Update | exp.Delete, target: Target, extra: list[exp.Expression], joins: list[exp.Expression], env: Env,
) -> BoundChange:
    """Rows to change: the target joined with FROM or USING, filtered by WHERE."""
    relation = target.relation
    with_clause = tree.args.get("with_")
    if with_clause is not None:
        env = bind_with(with_clause, env, None)
    env.shared.depends_on.setdefault(relation.id)
    verb = "update" if isinstance(tree, exp.Update) else "delete"
    level = Changed(tree, "WHERE")
    env = env.having(outer_select=level)
    pendings = Pendings(env)
    reading = reads_rows(tree, "where", "returning", "expressions")
    below = target.environment(env)
    base = visible(relation, scan(relation, env), (verb, "select") if reading else (verb,), below)
    mine, conditions = target.scope(base.vars, env, pendings)
    plan, scope = base.plan, mine
    for condition in conditions:
        plan = pendings.filter(plan, condition)
    places = target.places(env)
    number: Var | None = None
    if extra:
        if not relation.row_key:  # a row that several others match changes once, and each of equal rows does
            number = env.ctx.new_var(INT8, "row")
            plan = n.Window(plan, (), (), ((number, n.WinCall("row_number", (), INT8, None)),))
        head, *rest = extra
        commas = [exp.Join(this=e) for e in rest]
        plan, scope = bind_items(head, [*joins, *commas], env, None, pendings, (plan, mine))
    level.source = plan.ids
    ctx = env.ctx.having(clause="WHERE", on_subquery=pendings.add)
    where = tree.args.get("where")
    if where is not None:
        plan = pendings.filter(plan, coerce_boolean(bind_expr(where.this, scope, ctx), "WHERE", ctx))
    old: tuple[Expr, ...] = tuple(v for _, v in base.columns)
    new: tuple[Expr, ...] = ()
    if isinstance(tree, exp.Update):
        row = list(old)
        level.clause = "UPDATE"
        set_ctx = env.ctx.having(clause="UPDATE", on_subquery=pendings.add)
        assigned = _assignments(tree.expressions, relation, lambda query: pendings.row(query, scope),
                                lambda name, position: target.place(name, places, position))
        require_named(target, "w", [index for index, _, _ in assigned], places, env)
        require_write(relation, "w", [index for index, _, _ in assigned], below)
        for index, value, position in assigned:
            row[index] = _value(value, row[index], relation, index, scope, set_ctx, env, position)
        plan = pendings.need(plan, row)
        new = tuple(row)
    else:
        require_named(target, "d", None, places, env)
        require_write(relation, "d", None, below)
    if number is not None:
        plan = n.TopN(plan, (number,), (), 1, 0)
    plan = _cut(tree, plan, scope, pendings, env)
    if target.views and reading:
        require_write(target.seen, "r", _named_in(tree, target), env)
    check_change(plan, new, base.vars, relation, below)
    exprs = old + new
    at = len(exprs)
    values: list[Expr] = []

    def placed(e: Expr) -> Expr:
        if e not in values:
            values.append(e)
        return Col(at + values.index(e), e.type)

    def columns_of(columns: Sequence[ScopeColumn]) -> tuple[ScopeColumn, ...]:
        return tuple(replace(c, expr=placed(c.expr)) for c in columns)

    others = tuple(
        replace(r, columns=columns_of(r.columns), present=None if r.present is None else placed(r.present))
        for r in scope.relations[1:]
    )
    joined = Scope(others, columns_of(scope.columns[len(mine.columns) :])) if others else None
    return BoundChange(plan, exprs + tuple(values), joined)


def _named_in(tree: exp.Expression, target: Target) -> list[int]:
    """The columns of the view that a statement's clauses name."""
    said = {c.name for c in tree.find_all(exp.Column)}
    return [i for i, c in enumerate(target.seen.columns) if c.name in said]


def _cut(tree: exp.Update | exp.Delete, plan: n.Node, scope: Scope, pendings: Pendings, env: Env) -> n.Node:
    """ORDER BY and LIMIT of UPDATE and DELETE, as SQLite and CockroachDB have them: only so many rows change."""
    limit, order = tree.args.get("limit"), tree.args.get("order")
    if order is not None and limit is None:
        raise UserError("syntax error: ORDER BY of a change needs a LIMIT", position=position_of(order))
    if limit is None:
        return plan
    ctx = env.ctx.having(clause="ORDER BY", on_subquery=pendings.add)
    items: list[n.SortItem] = []
    for entry in order.expressions if order is not None else ():
        key, descending, nulls_first = direction(entry)
        items.append(n.SortItem(bind_expr(key, scope, ctx), descending, nulls_first))
    count = coerce_assignment(bind_expr(limit.expression, EMPTY, env.ctx.having(clause="LIMIT")), INT8, "limit", env.ctx)
    if not isinstance(count, Lit) or (count.value is not None and count.value < 0):
        raise UserError("LIMIT of a change must be a number", "2201W", position=position_of(limit))
    plan = pendings.need(plan, [i.expr for i in items])
    return plan if count.value is None else n.TopN(plan, (), tuple(items), count.value, 0)


Finish = Callable[[tuple[SqlType, ...]], tuple[Expr, ...]]

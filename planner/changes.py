"""Planning of INSERT, UPDATE, DELETE, COPY and of a table's own expressions (see `pipeline` for queries)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from ..kernels.batch import Batch
from ..kernels.errors import Unsupported, UserError
from ..kernels.expr.spec import Call, Case, Col, Expr, Lit, Var, transform
from ..kernels.schema import Field, Schema
from ..kernels.types import BOOL, DATE, INT2, INT4, INT8, TEXT, TIMESTAMP, TIMESTAMPTZ, SqlType
from .bind import dml as b
from .bind import views
from .bind.coerce import can_coerce, coerce, coerce_assignment, coerce_boolean
from .bind.context import BindContext
from .bind.dml_access import reads_rows, require_write
from .bind.domains import conditions
from .bind.expr import bind_expr, bind_to
from .bind.literal_columns import literal_batch
from .bind.merge import merge_rows
from .bind.on_conflict import on_conflict
from .bind.query import Env, bind_query, settle
from .bind.row_security import rules_for, violations
from .bind.scope import EMPTY
from .bind.updatable import Target
from .bind.with_ import bind_with
from .catalog.entries import Column, Relation, Snapshot, SqlFunction, UserType
from .catalog.pseudo import is_polymorphic
from .logical import node as n
from .physical import node as p
from .physical.dml import Constraints, MergeAction, PlannedDelete, PlannedInsert, PlannedMerge, PlannedUpdate, RowRule
from .pipeline import Logical, PlanSettings, environment, finish
from .sql.query import parse_expression, parse_query
from .sql.statements import InsertValues

Types = Sequence[SqlType | None]


@dataclass(frozen=True, slots=True)
class RowExpressions:
    """A table's expressions. `defaults` have no columns; `from_payload` turn a connector's row (columns without
    generated ones) into a full row; `watermarks` are over the full row."""

    defaults: tuple[Expr, ...]
    from_payload: tuple[Expr, ...]


def plan_insert(
    tree: exp.Insert, snapshot: Snapshot, settings: PlanSettings, parameter_types: Types = (),
    overriding: str | None = None,
) -> tuple[PlannedInsert, tuple[SqlType, ...]]:
    """The plan and its parameter types."""
    env = environment(snapshot, settings, parameter_types=parameter_types)
    target = b.target_of(tree.this, env, "insert into")
    relation = target.relation
    rows = b.insert_rows(tree, target, env, overriding)
    with_clause = tree.args.get("with_")
    bound = on_conflict(tree, target, env if with_clause is None or tree.args.get("conflict") is None else bind_with(with_clause, env, None))
    conflict = None if bound is None else bound.clause
    if bound is not None and bound.plan is not None and conflict is not None:
        conflict = replace(conflict, plan=_lowered(bound.plan, bound.exprs, env))
    exprs, schema = b.returning(tree, target, 0, None, env)
    plan = _generated(_lowered(rows.plan, rows.exprs, env), relation, env, 0)
    reading = exprs is not None or (conflict is not None and bool(conflict.target))
    if conflict is not None and conflict.action == "update":
        rules = _rules(relation, ("update", "select"), env)
        conflict = replace(conflict, existing=_rules(relation, ("using", "select"), env), changed=rules)
    constraints = _constraints(target, ("insert", "select") if reading else ("insert",), env)
    return (
        PlannedInsert(relation.id, plan, constraints, conflict, exprs, schema),
        env.ctx.parameters.finish(),
    )


def plan_insert_values(statement: InsertValues, snapshot: Snapshot, settings: PlanSettings) -> PlannedInsert:
    """The fast path: literal rows without trees, read column by column; cell by cell where that can't be."""
    env = environment(snapshot, settings)
    table = exp.Table(this=exp.to_identifier(statement.table[-1]))
    if len(statement.table) > 1:
        table.set("db", exp.to_identifier(statement.table[-2]))
    target = b.target_of(table, env, "insert into")
    if target.views:
        tree = parse_query(statement.text)
        assert isinstance(tree, exp.Insert)
        return plan_insert(tree, snapshot, settings)[0]
    relation = target.relation
    order = [b.column_of(relation, c, None) for c in statement.columns]
    if not order:
        defaults = {at for row in statement.rows for at, cell in enumerate(row) if cell[0] == "default"}
        order = b.positional(relation, len(statement.rows[0]), defaults)
    width = len(statement.rows[0])
    if width > len(order):
        raise UserError("INSERT has more expressions than target columns")
    if statement.columns and width < len(order):
        raise UserError("INSERT has more target columns than expressions")
    order = order[:width]
    require_write(relation, "a", order, env)
    rows_at_hand = literal_batch(statement.rows, [relation.columns[i] for i in order], env)
    if rows_at_hand is not None:
        return _rows_insert(relation, order, rows_at_hand, env)
    columns: list[list[Expr]] = [
        _literals(statement, relation, at, index, env) for at, index in enumerate(order)
    ]
    made = tuple(env.ctx.new_var(relation.columns[i].type, relation.columns[i].name) for i in order)
    values = n.Values(tuple(zip(*columns)), made)
    rows = b._complete(relation, values, dict(zip(order, made)), env)
    plan = _generated(_lowered(rows.plan, rows.exprs, env), relation, env, 0)
    return PlannedInsert(relation.id, plan, _constraints(target, ("insert",), env), None, None, None)


def _literals(statement: InsertValues, relation: Relation, at: int, index: int, env: Env) -> list[Expr]:
    column = relation.columns[index]
    if any(len(row) > at and row[at][0] != "default" for row in statement.rows):
        b.refuse_generated(relation, index, None, "insert")
    default: Expr | None = None
    known: dict[tuple[str, str], Expr] = {}
    out: list[Expr] = []
    for row in statement.rows:
        if len(row) <= at or len(row) != len(statement.rows[0]):
            raise UserError("VALUES lists must all be the same length")
        cell = row[at]
        if cell[0] == "default":
            default = default if default is not None else b.default_of(relation, index, env)
            out.append(default)
            continue
        found = known.get(cell)
        if found is None:
            kind, text = cell
            if kind == "string":
                node: exp.Expression = exp.Literal.string(text)
            elif kind == "number":
                node = exp.Literal.number(text.lstrip("-"))
                if text.startswith("-"):
                    node = exp.Neg(this=node)
            elif kind == "null":
                node = exp.Null()
            else:
                node = exp.Boolean(this=text.lower() == "true")
            found = coerce_assignment(bind_expr(node, EMPTY, env.ctx), column.type, column.name, env.ctx)
            known[cell] = found
        out.append(found)
    return out


def plan_update(
    tree: exp.Update, snapshot: Snapshot, settings: PlanSettings, parameter_types: Types = ()
) -> tuple[PlannedUpdate, tuple[SqlType, ...]]:
    env = environment(snapshot, settings, parameter_types=parameter_types)
    target = b.target_of(tree.this, env, "update")
    relation = target.relation
    clause = tree.args.get("from_")
    extra, joins = [], list(tree.args.get("joins") or [])
    if clause is not None:
        head = clause.this.copy()
        joins = list(head.args.pop("joins", None) or []) + joins
        extra = [head]
    change = b.change_rows(tree, target, extra, joins, env)
    width = len(relation.columns)
    exprs, schema = b.returning(tree, target, width, change.others, env)
    plan = _generated(_lowered(change.plan, change.exprs, env), relation, env, width)
    reading = reads_rows(tree, "where", "returning", "expressions")
    constraints = _constraints(target, ("update", "select") if reading else ("update",), env)
    return (
        PlannedUpdate(relation.id, plan, constraints, exprs, schema),
        env.ctx.parameters.finish(),
    )


def plan_delete(
    tree: exp.Delete, snapshot: Snapshot, settings: PlanSettings, parameter_types: Types = ()
) -> tuple[PlannedDelete, tuple[SqlType, ...]]:
    env = environment(snapshot, settings, parameter_types=parameter_types)
    target = b.target_of(tree.this, env, "delete from")
    using = list(tree.args.get("using") or [])
    change = b.change_rows(tree, target, using, [], env)
    exprs, schema = b.returning(tree, target, 0, change.others, env)
    return PlannedDelete(target.relation.id, _lowered(change.plan, change.exprs, env), exprs, schema), env.ctx.parameters.finish()


def plan_merge(
    tree: exp.Merge, snapshot: Snapshot, settings: PlanSettings, parameter_types: Types = ()
) -> tuple[PlannedMerge, tuple[SqlType, ...]]:
    env = environment(snapshot, settings, parameter_types=parameter_types)
    target = b.target_of(tree.this, env, "merge into")
    relation, name = target.relation, target.name
    merge = merge_rows(tree, relation, name, env)
    existing = {"update": ("using",), "delete": ("delete",)}
    actions = tuple(
        MergeAction(a.kind, a.matched, a.condition, a.row, _rules(relation, existing.get(a.kind, ()), env),
                    _rules(relation, (a.kind,) if a.row else (), env))
        for a in merge.actions
    )
    plan = _lowered(merge.plan, merge.exprs, env)
    return PlannedMerge(relation.id, plan, b.constraints(relation, env), actions), env.ctx.parameters.finish()


def plan_copy_rows(
    relation: Relation, columns: tuple[str, ...], rows: Batch, snapshot: Snapshot, settings: PlanSettings
) -> PlannedInsert:
    """Rows that are at hand already: `columns` of the table, in the types of those columns."""
    order = [b.column_of(relation, c, None) for c in columns]
    env = environment(snapshot, settings)
    require_write(relation, "a", order, env)
    return _rows_insert(relation, order, rows, env)


def _rows_insert(relation: Relation, order: list[int], rows: Batch, env: Env) -> PlannedInsert:
    exprs = [b.default_of(relation, i, env) for i in range(len(relation.columns))]
    for at, index in enumerate(order):
        b.refuse_generated(relation, index, None, "insert", "system")
        exprs[index] = Col(at, relation.columns[index].type)
    schema = Schema(tuple(Field(relation.columns[i].name, relation.columns[i].type) for i in order))
    plan: p.Plan = p.Map(p.Rows(rows, schema), tuple(exprs), relation.row_schema)
    constraints = _constraints(Target(relation, relation.name, "insert into"), ("insert",), env)
    return PlannedInsert(relation.id, _generated(plan, relation, env, 0), constraints, None, None, None)


def plan_row(relation: Relation, snapshot: Snapshot, settings: PlanSettings) -> RowExpressions:
    """Binds every expression of a table; raises what does not bind."""
    env = environment(snapshot, settings)
    defaults = tuple(b.default_of(relation, i, env) for i in range(len(relation.columns)))
    b.constraints(relation, env)
    stored = [i for i, c in enumerate(relation.columns) if c.generated is None]
    base: list[Expr] = [Lit(None, c.type) for c in relation.columns]
    for at, index in enumerate(stored):
        base[index] = Col(at, relation.columns[index].type)
    for index, value in b.generated(relation, env).items():
        base[index] = b._over(value, list(base))
    plan_watermarks(relation, snapshot, settings)
    return RowExpressions(defaults, tuple(base))


def stream_key(relation: Relation, snapshot: Snapshot, settings: PlanSettings) -> tuple[int, ...]:
    """Columns that identify the rows of a table or view; none if that is unknown."""
    return views.stream_key(relation, environment(snapshot, settings))


def generated_type(relation: Relation, index: int, snapshot: Snapshot, settings: PlanSettings) -> SqlType:
    """The type of a generated column that declares none."""
    env = environment(snapshot, settings)
    text = relation.columns[index].generated
    assert text is not None
    ctx = env.ctx.having(clause="generated columns")
    found = bind_expr(parse_expression(text), b.row_scope(relation, relation.name), ctx).type
    return TEXT if found.name == "unknown" else found


def plan_watermarks(relation: Relation, snapshot: Snapshot, settings: PlanSettings) -> tuple[tuple[int, Expr], ...]:
    """Per watermark its column and its expression over the row."""
    env = environment(snapshot, settings)
    out: list[tuple[int, Expr]] = []
    for mark in relation.watermarks:
        index = b.column_of(relation, mark.column, None)
        ctx = env.ctx.having(clause="WATERMARK")
        value = bind_expr(parse_expression(mark.expression), b.row_scope(relation, relation.name), ctx)
        if value.type.without_mods() != relation.columns[index].type.without_mods():
            raise UserError(
                f'the watermark of column "{mark.column}" is of type {value.type}, the column of type '
                f"{relation.columns[index].type}", "42804",
            )
        if value.type.without_mods() not in (TIMESTAMP, TIMESTAMPTZ, DATE, INT8, INT4, INT2):
            raise Unsupported(f"a watermark of type {value.type} is not supported", hint="Use a column of times or integers.")
        out.append((index, b._over(value, [Col(i, c.type) for i, c in enumerate(relation.columns)])))
    return tuple(out)


def plan_condition(relation: Relation, tree: exp.Expression, snapshot: Snapshot, settings: PlanSettings) -> Expr:
    """A condition over a row of the relation."""
    ctx = environment(snapshot, settings).ctx.having(clause="WHERE")
    value = coerce_boolean(bind_expr(tree, b.row_scope(relation, relation.name), ctx), "WHERE", ctx)
    return b._over(value, [Col(i, c.type) for i, c in enumerate(relation.columns)])


def row_types(
    relation: Relation, texts: Sequence[str], snapshot: Snapshot, settings: PlanSettings
) -> tuple[SqlType, ...]:
    """Types of expressions over a row of the relation; raises what does not bind."""
    env = environment(snapshot, settings)
    scope = b.row_scope(relation, relation.name)
    ctx = env.ctx.having(clause="index expressions")
    return tuple(bind_expr(parse_expression(t), scope, ctx).type for t in texts)


def plan_constraints(relation: Relation, snapshot: Snapshot, settings: PlanSettings) -> Constraints:
    """What every row of a table has to hold."""
    return b.constraints(relation, environment(snapshot, settings))


def generated_value(relation: Relation, at: int, snapshot: Snapshot, settings: PlanSettings) -> Expr | None:
    """A generated column over the table's row; None for another column."""
    return b.generated(relation, environment(snapshot, settings)).get(at)


def retyped(
    was: Relation, at: int, column: Column, using: exp.Expression | None, snapshot: Snapshot, settings: PlanSettings
) -> tuple[Expr, bool]:
    """A column in its new type over the table's old row, and whether its default still fits.

    Without USING the value is cast as in an assignment; 42804 if there is no such cast.
    """
    ctx = environment(snapshot, settings).ctx.having(clause="ALTER TABLE USING")
    old = was.columns[at]
    if using is not None:
        made = bind_expr(using, b.row_scope(was, was.name), ctx)
        failure = UserError(f'result of USING clause for column "{column.name}" cannot be cast automatically to type {column.type}',
                            "42804", hint="You might need to add an explicit cast.")  # fmt: skip
    else:
        made = Col(at, old.type)
        failure = UserError(f'column "{column.name}" cannot be cast automatically to type {column.type}', "42804",
                            hint=f'You might need to specify "USING {column.name}::{column.type}".')  # fmt: skip
    fits = True
    if using is None and old.default is None and (reshaped := _reshaped(made, column.type, ctx)) is not None:
        return reshaped, fits
    if not can_coerce(made.type, column.type, "a"):
        raise failure
    if old.default is not None:
        default = bind_expr(parse_expression(old.default), EMPTY, ctx)
        fits = can_coerce(default.type, old.type, "a") and can_coerce(old.type, column.type, "a")
    return coerce(made, column.type, ctx, "a"), fits


def _reshaped(value: Expr, target: SqlType, ctx: BindContext) -> Expr | None:
    """A struct in another struct type: fields by their names, NULL where there was none. None for anything else."""
    if value.type.name != "struct" or target.name != "struct":
        return None
    places = {name: i for i, (name, _) in enumerate(value.type.fields)}
    parts: list[Expr] = []
    for name, wanted in target.fields:
        if name not in places:
            parts.append(Lit(None, wanted))
            continue
        part = Call("struct.field", (value,), value.type.fields[places[name]][1], ints=(places[name],))
        inner = _reshaped(part, wanted, ctx)
        if inner is None and not can_coerce(part.type, wanted, "a"):
            return None
        parts.append(coerce(part, wanted, ctx, "a") if inner is None else inner)
    missing = Call("bool.is_null", (value,), BOOL)
    return Case(((missing, Lit(None, target)),), Call("struct.row", tuple(parts), target), target)


def plan_scalars(
    trees: Sequence[exp.Expression], types: Sequence[SqlType], snapshot: Snapshot, settings: PlanSettings
) -> tuple[Expr, ...]:
    """Expressions without columns, cast to types by assignment (EXECUTE's arguments)."""
    env = environment(snapshot, settings)
    ctx = env.ctx.having(clause="EXECUTE")
    return tuple(bind_to(tree, t, EMPTY, ctx, "a") for tree, t in zip(trees, types))


def plan_sink_row(
    sink: Relation, target: Relation, snapshot: Snapshot, settings: PlanSettings
) -> tuple[Expr, ...]:
    """A row of the sink's query → a row of its target table, by position or by the sink's column list (`keys`)."""
    env = environment(snapshot, settings)
    names = sink.keys or tuple(c.name for c in target.columns if c.generated is None and not c.hidden)
    if sink.keys and len(sink.keys) != len(sink.columns):
        raise UserError("the column list of the sink and its query differ in length", "42601")
    if len(sink.columns) > len(names):
        raise UserError(f'the sink has more columns than table "{target.name}"', "42601")
    row = [b.default_of(target, i, env) for i in range(len(target.columns))]
    for at, (column, name) in enumerate(zip(sink.columns, names)):
        index = b.column_of(target, name, None)
        b.refuse_generated(target, index, None, "insert")
        row[index] = coerce_assignment(Col(at, column.type), target.columns[index].type, name, env.ctx)
    for index, value in b.generated(target, env).items():
        row[index] = b._over(value, list(row))
    return tuple(row)


def check_domain(domain: UserType, snapshot: Snapshot, settings: PlanSettings) -> None:
    """The checks and the default of a domain bind."""
    ctx = environment(snapshot, settings).ctx
    assert domain.base is not None
    for _ in conditions(domain, Col(0, domain.base), ctx):
        pass
    if domain.default is not None:
        bind_to(parse_expression(domain.default), domain.base, EMPTY, ctx.having(clause="DEFAULT expressions"), "a")


def check_function(function: SqlFunction, snapshot: Snapshot, settings: PlanSettings) -> None:
    """The body of a SQL function is one query over its parameters that gives what the function returns."""
    from .bind.sql_function import parameter_scope
    from .sql.parse import parse_script
    from .sql.statements import Query

    text = function.body.strip()
    if not text:
        raise UserError("no function body specified", "42P13")
    returned = text[:7].lower().rstrip() == "return"
    statements = parse_script(f"SELECT {text[6:]}" if returned else text)
    if len(statements) != 1:
        raise Unsupported("a function of several statements is not supported", hint="Write one query.")
    statement = statements[0]
    if not isinstance(statement, Query):
        raise Unsupported("the body of a function must be a query", hint="Write SELECT …")
    if any(is_polymorphic(t) for t in (*(t for _, t in function.parameters), function.returns)):
        return  # each call tells the types
    env = environment(snapshot, settings)
    first = len(function.parameters) - len(function.defaults)
    for default, (_, needed) in zip(function.defaults, function.parameters[first:]):
        coerce(bind_expr(parse_expression(default), EMPTY, env.ctx), needed, env.ctx, "a")
    arguments = tuple(env.ctx.new_var(t, name) for name, t in function.parameters)
    try:
        bound = settle(bind_query(statement.tree, env, parameter_scope(function, arguments)), env)
    except UserError as error:
        error.position = None  # an offset in the body means nothing in this statement
        raise
    wanted = tuple(t for _, t in function.table) or (() if function.returns is None else (function.returns,))
    made = bound.columns
    if len(wanted) > 1 or len(made) == len(wanted) or (wanted and wanted[0].name != "struct"):
        if wanted and len(made) != len(wanted):
            raise UserError(f"return type mismatch in function {function.name}", "42P13",
                            detail=f"The query gives {len(made)} columns instead of {len(wanted)}.")
        for (_, have), want in zip(made, wanted):
            if not can_coerce(have.type, want, "a"):
                raise UserError(f"return type mismatch in function declared to return {want}", "42P13",
                                detail=f"Actual return type is {have.type}.")


def _constraints(target: Target, commands: tuple[str, ...], env: Env) -> Constraints:
    """What new rows of the target must hold, its policies and the check options of views included."""
    checked = tuple(RowRule(None, _lowered(plan, plan.vars, env), view) for view, plan in target.checked(env))
    rules = _rules(target.relation, commands, target.environment(env))
    return replace(b.constraints(target.relation, env), rules=rules + checked)


def _rules(relation: Relation, commands: tuple[str, ...], env: Env) -> tuple[RowRule, ...]:
    """Row security of new rows as plans."""
    found: list[RowRule] = []
    for rule in rules_for(relation, commands, env):
        plan = violations(relation, rule, env)
        found.append(RowRule(rule.policy, _lowered(plan, plan.vars, env)))
    return tuple(found)


def _lowered(plan: n.Node, exprs: tuple[Expr, ...], env: Env) -> p.Plan:
    """The plan's rows as `exprs`; over ordered rows they are computed in that order, as a sequence has to be."""
    if isinstance(plan, n.Sort):
        columns = tuple(("", v) for v in plan.vars)
        place = {v.id: Col(i, v.type) for i, v in enumerate(plan.vars)}
        ordered = tuple(transform(e, lambda x: place[x.id] if isinstance(x, Var) else x) for e in exprs)
        below = finish(Logical(plan, columns, env)).physical
        return p.Map(below, ordered, Schema(tuple(Field("", e.type) for e in exprs)))
    made = tuple(env.ctx.new_var(e.type) for e in exprs)
    project = n.Project(plan, tuple(zip(made, exprs)))
    return finish(Logical(project, tuple(("", v) for v in made), env)).physical


def _generated(plan: p.Plan, relation: Relation, env: Env, at: int) -> p.Plan:
    """Generated columns computed over the row that begins at `at`."""
    values = b.generated(relation, env, at)
    if not values:
        return plan
    row: list[Expr] = [Col(i, f.type) for i, f in enumerate(plan.schema)]
    for index, value in values.items():
        row[at + index] = transform(value, lambda x: x)
    return p.Map(plan, tuple(row), plan.schema)

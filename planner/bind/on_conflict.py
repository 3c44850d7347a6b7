"""ON CONFLICT: the unique key or index that it means, and the rows that DO UPDATE makes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Col, Expr, Var, conjuncts, transform
from ...kernels.types import INT8
from ..catalog.entries import Relation
from ..catalog.keys import columns_of_key, computed_key, equal_nulls, is_computed, key_names
from ..logical import node as n
from ..physical.dml import NEW_ROWS, OnConflict
from ..sql.query import parse_expression
from .access import check_reads, used_columns
from .dml import _assignments, _over, _value, generated, row_scope
from .dml_access import columns_read, require_read, require_write
from .expr import bind_boolean, bind_expr
from .position import position_of
from .query import Env
from .scope import Scope
from .select import Changed
from .subquery import Pendings
from .updatable import Target


@dataclass(frozen=True)
class BoundConflict:
    """`plan` and its `exprs` make the changed rows where subqueries do: existing row, new row, number of the proposed one."""

    clause: OnConflict
    plan: n.Node | None = None
    exprs: tuple[Expr, ...] = ()


def on_conflict(tree: exp.Insert, into: Target, env: Env) -> BoundConflict | None:
    """ON CONFLICT … DO NOTHING | DO UPDATE SET …; the target must be a unique key of the table."""
    relation, name = into.relation, into.name
    clause = tree.args.get("conflict")
    if into.views and (tree.args.get("alternative") or (clause is not None and clause.args["action"].name.upper() != "DO NOTHING")):
        raise Unsupported("ON CONFLICT DO UPDATE of a view is not supported", position=position_of(clause or tree),
                          hint="Insert into the table that it reads.")  # fmt: skip
    if tree.args.get("alternative"):
        made = _alternative(str(tree.args["alternative"]).lower(), tree, relation, env)
        return None if made is None else BoundConflict(made)
    if clause is None:
        return None
    target: tuple[int, ...] = ()
    constraint = clause.args.get("constraint")
    if constraint is not None:
        target = key_names(relation).get(constraint.name, ())
        if not target or (is_computed(relation.columns[target[0]]) and not equal_nulls(relation, target)):
            raise UserError(f'constraint "{constraint.name}" for table "{relation.name}" does not exist', "42704",
                            position=position_of(clause))  # fmt: skip
    elif clause.args.get("conflict_keys"):
        target = _inferred(clause, into, env)
        if not target:
            raise UserError(
                "there is no unique or exclusion constraint matching the ON CONFLICT specification", "42P10",
                position=position_of(clause),
            )  # fmt: skip
    action = clause.args["action"].name.upper()
    require_read(relation, (t for t in target if not relation.columns[t].hidden), env)
    if target in dict(relation.deferrable_keys):
        raise UserError("ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters", "55000",
                        position=position_of(clause))  # fmt: skip
    if action == "DO NOTHING":
        return BoundConflict(OnConflict(target, "nothing"))
    if not target:
        raise UserError("ON CONFLICT DO UPDATE requires inference specification or constraint name",
                        hint="For example, ON CONFLICT (column_name).", position=position_of(clause))  # fmt: skip
    return _update(clause, target, relation, name, env)


def _inferred(clause: exp.Expression, into: Target, env: Env) -> tuple[int, ...]:
    """The key of the columns or expressions that are named; of a part of the table where WHERE implies that part."""
    relation, names = into.relation, [_bare(k) for k in clause.args["conflict_keys"]]
    if all(isinstance(k, exp.Column) and not k.table for k in names):
        places = into.places(env)
        wanted = {into.place(k.name, places, position_of(k)) for k in names}
        found = next((k for k in relation.unique_keys if set(columns_of_key(relation, k)) == wanted), ())
        if found:
            return found
    if into.views:
        return ()
    ctx = env.ctx.having(clause="index expressions")
    scope = row_scope(relation, into.name)
    keys = {bind_expr(k, scope, ctx) for k in names}
    given = clause.args.get("index_predicate")
    held = set(conjuncts(bind_boolean(given.this, scope, ctx.having(clause="index predicates")))) if given is not None else set()
    own = row_scope(relation, relation.name)
    for index in env.ctx.catalog.relations.values():
        at = computed_key(relation, index.id) if index.kind == "index" and index.on == relation.id else None
        if at is None or {bind_expr(parse_expression(k.removesuffix(" DESC")), own, ctx) for k in index.keys} != keys:
            continue
        where = dict(index.options).get("where")
        if where is None or set(conjuncts(bind_boolean(parse_expression(where), own, ctx))) <= held:
            return (at,)
    return ()


def _bare(key: exp.Expression) -> exp.Expression:
    """A key of ON CONFLICT without order, collation and operator class."""
    while isinstance(key, (exp.Ordered, exp.Opclass, exp.Collate, exp.Paren)):
        assert isinstance(key.this, exp.Expression)
        key = key.this
    return key


def _update(clause: exp.Expression, target: tuple[int, ...], relation: Relation, name: str, env: Env) -> BoundConflict:
    width = len(relation.columns)
    rows = tuple(env.ctx.new_var(c.type, c.name) for c in (*relation.columns, *relation.columns))
    number = env.ctx.new_var(INT8, "row")
    old = rows[:width]
    plan: n.Node = n.Scan(NEW_ROWS, relation.name, tuple(range(2 * width + 1)), (*rows, number))
    level = Changed(clause, "UPDATE")
    level.source = plan.ids
    env = env.having(outer_select=level)
    pendings = Pendings(env)
    hidden = tuple(c.hidden for c in relation.columns)
    scope = Scope.of(name, tuple((c.name, v) for c, v in zip(relation.columns, old)), hidden, relation.schema)
    excluded = Scope.of("excluded", tuple((c.name, v) for c, v in zip(relation.columns, rows[width:])))
    both = Scope(scope.relations + excluded.relations, scope.columns)
    ctx = env.ctx.having(clause="UPDATE", on_subquery=pendings.add)
    new: list[Expr] = list(old)
    assigned = _assignments(clause.expressions, relation, lambda query: pendings.row(query, both))
    require_write(relation, "w", [index for index, _, _ in assigned], env)
    for index, value, position in assigned:
        new[index] = _value(value, new[index], relation, index, both, ctx, env, position)
    changed = list(new)
    for index, expression in generated(relation, env).items():
        new[index] = _over(expression, changed)
    where = clause.args.get("where")
    condition = bind_boolean(where.this, both, ctx.having(clause="WHERE")) if where is not None else None
    read = [new[index] for index, _, _ in assigned] + ([condition] if condition is not None else [])
    if not pendings.moved(tuple(read)):
        place = {v.id: Col(i, v.type) for i, v in enumerate(rows)}

        def placed(e: Expr) -> Expr:
            return transform(e, lambda x: place[x.id] if isinstance(x, Var) else x)

        require_read(relation, columns_read(map(placed, read), 0, width), env)
        made = OnConflict(target, "update", tuple(map(placed, new)), None if condition is None else placed(condition))
        return BoundConflict(made)
    if condition is not None:
        plan = pendings.filter(plan, condition)
    plan = pendings.need(plan, new)
    check_reads(plan, (), env)
    used = used_columns(plan, read)
    require_read(relation, (i for i, v in enumerate(old) if v.id in used), env)
    return BoundConflict(OnConflict(target, "update"), plan, (*old, *new, number))


def _alternative(word: str, tree: exp.Insert, relation: Relation, env: Env) -> OnConflict | None:
    """INSERT OR IGNORE and OR REPLACE of SQLite and DuckDB, UPSERT of CockroachDB: the new row against the one with its key."""
    keys = relation.unique_keys
    if word == "ignore":
        require_read(relation, (), env)
        return OnConflict((), "nothing")
    if word not in ("replace", "upsert") or tree.args.get("conflict") is not None:
        raise Unsupported(f"INSERT OR {word.upper()} is not supported", position=position_of(tree), hint="Use INSERT … ON CONFLICT.")
    target = relation.primary_key if word == "upsert" else next(iter(keys), ())
    if not target:
        return None
    if word == "replace" and len(keys) > 1:
        raise Unsupported("OR REPLACE into a table with several unique keys is not supported", position=position_of(tree),
                          hint="Name the key: INSERT … ON CONFLICT (key) DO UPDATE.")
    listed = {c.name for c in tree.this.expressions} if isinstance(tree.this, exp.Schema) else {c.name for c in relation.columns}
    width = len(relation.columns)
    taken = [word == "replace" or c.name in listed for c in relation.columns]
    new: list[Expr] = [Col(i + width if taken[i] else i, c.type) for i, c in enumerate(relation.columns)]
    for index, expression in generated(relation, env).items():
        new[index] = _over(expression, new)
    require_write(relation, "w", [i for i, c in enumerate(relation.columns) if taken[i] and c.generated is None], env)
    require_read(relation, target, env)
    return OnConflict(target, "update", tuple(new), None)

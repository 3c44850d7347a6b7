"""Relations of the catalog as plans: scans, inlined views, watermarks."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from ...kernels.errors import UserError
from ...kernels.expr.spec import Var
from ..catalog.entries import Relation
from ..logical import node as n
from ..logical.properties import keys
from ..sql.query import parse_expression, parse_query
from .access import note_read
from .coerce import coerce
from .expr import bind_expr
from .query import Bound, Env, bind_query, renamed, settle
from .row_security import visible
from .scope import Scope

_UNREADABLE = {"sink": "sink", "subscription": "subscription", "connection": "connection", "secret": "secret"}


def relation_plan(relation: Relation, env: Env, position: int | None = None) -> Bound:
    """All columns of a relation, hidden ones too. Views are inlined with the search path of their creation."""
    if relation.kind in _UNREADABLE:
        raise UserError(
            f'cannot read from {_UNREADABLE[relation.kind]} "{relation.name}"', "42809",
            hint="Read the relation it is made from.", position=position,
        )  # fmt: skip
    env.shared.depends_on.setdefault(relation.id)
    if relation.kind == "view":
        bound = _view(relation, env, position)
    elif relation.kind == "index":
        return _index(relation, env)
    else:
        commands = ("select", "update") if relation.id in env.locked else ("select",)
        bound = visible(relation, scan(relation, env), commands, env)
    note_read(relation, bound.vars, env)
    shown = 0
    for column, var in zip(relation.columns, bound.vars):
        shown += not column.hidden
        if not column.hidden:
            env.shared.origins[var.id] = (relation.id, shown)
    return bound


def _index(relation: Relation, env: Env) -> Bound:
    """An index read by its name: its key, then what it includes (everything, if it does not say), of every row."""
    assert relation.on is not None
    target = env.ctx.catalog.relations[relation.on]
    below = relation_plan(target, env)
    scope = Scope.of(target.name, tuple(below.columns))
    names = [c.name for c in relation.columns]
    trees = [parse_expression(k.removesuffix(" DESC")) for k in relation.keys]
    own = [t.name for t in trees if isinstance(t, exp.Column)]
    ctx = env.ctx.having(clause="index expressions")
    items = [(env.ctx.new_var(e.type, t.name or "expr"), e) for t, e in ((t, bind_expr(t, scope, ctx)) for t in trees)]
    columns = dict(below.columns)
    rest = [name for name in names if name not in own] or [name for name in columns if name not in own]
    items += [(env.ctx.new_var(columns[name].type, name), columns[name]) for name in rest]
    return Bound(n.Project(below.plan, tuple(items)), tuple((v.name, v) for v, _ in items))


def scan(relation: Relation, env: Env) -> Bound:
    """The stored rows or the stream of a source, behind its watermarks in a streaming plan."""
    columns = tuple(env.ctx.new_var(c.type, c.name) for c in relation.columns)
    unique = [frozenset(columns[i].id for i in key) for key in (relation.primary_key, *relation.unique) if key]
    required = {columns[i].id for i in relation.primary_key if relation.kind == "table"}
    required |= {v.id for v, c in zip(columns, relation.columns) if c.not_null}
    source = relation.kind == "source"
    full = {v.id for v in columns}
    # A unique key with a NULL may occur twice; only keys without NULLs identify rows.
    late = {frozenset(columns[i].id for i in key) for key, _ in relation.deferrable_keys}
    sure = tuple(
        k for i, k in enumerate(unique)
        if k not in late and (k <= required or (i == 0 and relation.primary_key and k <= full))
    )
    plan: n.Node = n.Scan(
        relation.id, relation.name, tuple(range(len(columns))), columns,
        relation.append_only or (source and not relation.primary_key), () if source else sure,
        frozenset() if source else frozenset(required), source,
        sure[0] if relation.kind == "table" and relation.primary_key and unique[:1] == list(sure[:1]) else frozenset(),
    )  # fmt: skip
    if env.streaming:
        plan = _watermarks(relation, plan, columns, env)
    return Bound(plan, tuple((c.name, v) for c, v in zip(relation.columns, columns)))


def stream_key(relation: Relation, env: Env) -> tuple[int, ...]:
    """Columns that identify the rows of a table or view; none if that is unknown."""
    if relation.primary_key or relation.kind not in ("view", "materialized_view"):
        return relation.primary_key
    bound = _view(relation, env, None)
    places = {v.id: i for i, (_, v) in enumerate(bound.columns)}
    found = [sorted(places[i] for i in key) for key in keys(bound.plan) if key and key <= set(places)]
    return tuple(sorted(found, key=len)[0]) if found else ()


def _watermarks(relation: Relation, plan: n.Node, columns: tuple[Var, ...], env: Env) -> n.Node:
    for mark in relation.watermarks:
        names = tuple((c.name, v) for c, v in zip(relation.columns, columns))
        column = next(v for c, v in zip(relation.columns, columns) if c.name == mark.column)
        scope = Scope.of(relation.name, names)
        delayed = bind_expr(parse_expression(mark.expression), scope, env.ctx.having(clause="WATERMARK"))
        plan = n.WatermarkFilter(plan, column, coerce(delayed, column.type, env.ctx, "a"), relation.kind != "table")
    return plan


def _view(relation: Relation, env: Env, position: int | None) -> Bound:
    invoker = dict(relation.options).get("security_invoker", "false").lower() in ("true", "on", "1", "yes")
    role = env.ctx.role if invoker or env.ctx.role is None else relation.owner
    known = env.shared.views.get((relation.id, role))
    if known is None:
        if relation.id in env.views:
            raise UserError(f'infinite recursion detected in rules for relation "{relation.name}"', "42P17",
                            position=position)  # fmt: skip
        assert relation.query is not None
        captured = dict(relation.settings).get("search_path")
        path = env.ctx.search_path
        if captured:
            path = tuple(p.strip().strip('"') for p in captured.split(",") if p.strip())
            path = path if "pg_catalog" in path else ("pg_catalog", *path)
        ctx = env.ctx.having(search_path=path, catalog=env.ctx.catalog.as_of(relation.bound), role=role,
                             facts=env.ctx.facts.of_object(relation.settings))
        inner = Env(
            ctx, env.shared, env.streaming, {}, None, False, (*env.views, relation.id), env.policies, env.subscribing
        )
        bound = settle(bind_query(parse_query(relation.query), inner), inner, narrow=False)
        names = tuple((c.name, v) for c, (_, v) in zip(relation.columns, bound.columns))
        known = replace(bound, columns=names)
        env.shared.views[(relation.id, role)] = known
    return renamed(known, env)

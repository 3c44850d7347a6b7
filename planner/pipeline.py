"""From a statement's tree to a plan: bind, decorrelate, optimise, lower.

    plan_query(tree, snapshot, settings, streaming=…)  →  PlannedQuery
    explain(tree, snapshot, settings, stage=…)         →  text of one stage
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from ..kernels.errors import UserError
from ..kernels.expr.program import SessionFacts
from ..kernels.expr.spec import Expr, Var
from ..kernels.schema import Schema
from ..kernels.types import SqlType
from .bind.access import check_reads
from .bind.coerce import settle_unknown
from .bind.context import BindContext, Parameters
from .bind.query import Bound, Env, Shared, bind_query, settle
from .catalog.entries import Snapshot
from .logical import node as n
from .logical.decorrelate import decorrelate
from .logical.properties import append_only, keys, not_null
from .physical.dml import Given
from .physical.explain import explain_logical, explain_physical
from .physical.lower import Lowering
from .physical.node import Plan
from .rules import OPTIONAL
from .rules.constants import refuse_constants, settle_constants
from .rules.padded import group_padded
from .rules.prune_columns import prune_columns
from .rules.streaming import streaming_plan


@dataclass(frozen=True)
class PlanSettings:
    """What planning takes from a session. `facts` fold literals (time zone, now)."""

    search_path: tuple[str, ...] = ("pg_catalog", "public")
    facts: SessionFacts = field(default_factory=SessionFacts)
    role: str | None = None  # whose privileges are checked; None: nobody's
    row_security: bool = True
    given: tuple[Given, ...] = ()  # see with_changes
    locked: frozenset[int] = frozenset()  # tables of FOR UPDATE: only rows that the role may also change are taken
    parameters: Parameters | None = None  # shared by the parts of one statement


@dataclass(frozen=True)
class PlannedQuery:
    """`schema` names and types the output. `primary_key`: output positions that identify a row, () if unknown.

    `depends_on`: relations read, views included. `append_only`: the output never retracts.
    """

    physical: Plan
    schema: Schema
    primary_key: tuple[int, ...]
    depends_on: tuple[int, ...]
    append_only: bool
    parameter_types: tuple[SqlType, ...]


@dataclass(frozen=True)
class Logical:
    """A bound query with its result columns, before or after rewriting."""

    plan: n.Node
    columns: tuple[tuple[str, Expr], ...]
    env: Env


def environment(
    snapshot: Snapshot,
    settings: PlanSettings,
    *,
    streaming: bool = False,
    parameter_types: Sequence[SqlType | None] = (),
    subscribing: bool = False,
) -> Env:
    """A fresh binding environment; client-given parameter types may be None (to be found)."""
    shared = Shared()
    ctx = BindContext(
        catalog=snapshot,
        search_path=settings.search_path,
        facts=settings.facts,
        parameters=settings.parameters or Parameters(list(parameter_types)),
        role=settings.role,
        row_security=settings.row_security,
        origins=shared.origins,
    )
    return Env(ctx, shared, streaming, subscribing=subscribing, given=settings.given, locked=settings.locked)


def bind_top(tree: exp.Expression, env: Env) -> Logical:
    """The bound query with its final order and cut."""
    bound = bind_query(tree, env)
    plan = final(bound, env)
    check_reads(plan, (v for _, v in bound.columns), env)
    return Logical(plan, tuple((name, settle_unknown(v, env.ctx)) for name, v in bound.columns), env)


def final(bound: Bound, env: Env) -> n.Node:
    """ORDER BY and LIMIT of a result: a sort where the query runs once, a top-n in a view."""
    if env.streaming:
        return settle(bound, env, narrow=False).plan
    if bound.ties:
        cut = settle(bound, env, narrow=False).plan
        return n.Sort(cut, bound.order, None, 0)
    if bound.order or bound.cut:
        return n.Sort(bound.plan, bound.order, bound.limit, 0 if bound.offset is None else bound.offset)
    return bound.plan


def rewrite(plan: n.Node, wanted: Sequence[Var], env: Env, *, optional_rules: bool = True, emit_on_close: bool = False) -> n.Node:
    """All rules, on a plan whose `wanted` columns are the result."""
    new = env.ctx.new_var
    order = plan if isinstance(plan, n.Sort) else None
    body = plan.input if isinstance(plan, n.Sort) else plan
    read: set[int] = set()
    for s in () if order is None else order.order:
        n.expr_vars(s.expr, read)
    keep = tuple(dict.fromkeys((*wanted, *(v for v in body.vars if v.id in read))))
    body = n.Project(body, tuple((v, v) for v in keep))
    body, failing = settle_constants(body, env.ctx.facts)
    body = decorrelate(body, lambda v: new(v.type, v.name))
    body = group_padded(body, lambda v: new(v.type, v.name))
    if env.streaming:
        body = streaming_plan(body, env, emit_on_close)
    if optional_rules:
        for rule in OPTIONAL:
            body = rule(body)
    if failing and not env.streaming:
        refuse_constants(body if optional_rules else prune_columns(body), env.ctx.facts)
    return body if order is None else n.Sort(body, order.order, order.limit, order.offset)


def plan_query(
    tree: exp.Expression,
    snapshot: Snapshot,
    settings: PlanSettings,
    *,
    streaming: bool,
    optional_rules: bool = True,
    parameter_types: Sequence[SqlType | None] = (),
    emit_on_close: bool = False,
    column_names: tuple[str, ...] = (),
    subscribing: bool = False,
) -> PlannedQuery:
    """A whole query. `column_names` rename the first columns (CREATE VIEW v (a, b))."""
    env = environment(
        snapshot, settings, streaming=streaming, parameter_types=parameter_types, subscribing=subscribing
    )
    logical = bind_top(tree, env)
    return finish(logical, optional_rules=optional_rules, emit_on_close=emit_on_close, column_names=column_names)


def finish(
    logical: Logical, *, optional_rules: bool = True, emit_on_close: bool = False, column_names: tuple[str, ...] = ()
) -> PlannedQuery:
    """Rewrite and lower a bound query."""
    env = logical.env
    wanted = [e for _, e in logical.columns if isinstance(e, Var)]
    plan = rewrite(logical.plan, wanted, env, optional_rules=optional_rules, emit_on_close=emit_on_close)
    columns = logical.columns
    if len(column_names) > len(columns):
        raise UserError("CREATE VIEW specifies more column names than columns", "42601")
    columns = tuple((column_names[i] if i < len(column_names) else name, e) for i, (name, e) in enumerate(columns))
    nullable = not_null(plan)
    physical = Lowering(env.streaming).output(plan, columns, nullable)
    place = {e.id: i for i, (_, e) in reversed(list(enumerate(columns))) if isinstance(e, Var)}
    key: tuple[int, ...] = ()
    for k in sorted(keys(plan), key=len):
        if k and all(i in place for i in k):
            key = tuple(sorted(place[i] for i in k))
            break
    found = env.shared.origins
    fields = tuple(
        replace(f, origin=found[e.id]) if isinstance(e, Var) and e.id in found else f
        for f, (_, e) in zip(physical.schema.fields, columns)
    )
    return PlannedQuery(
        physical, Schema(fields), key, tuple(env.shared.depends_on), append_only(plan), env.ctx.parameters.finish(),
    )


STAGES = ("logical", "optimised", "physical", "streaming")


def explain(
    tree: exp.Expression,
    snapshot: Snapshot,
    settings: PlanSettings,
    stage: str = "physical",
    *,
    streaming: bool = False,
    optional_rules: bool = True,
) -> str:
    """Deterministic text of one stage: logical (as bound), optimised, physical, streaming (physical of a view)."""
    if stage not in STAGES:
        raise UserError(f'unknown EXPLAIN stage "{stage}"', "22023", hint="Stages are " + ", ".join(STAGES) + ".")
    env = environment(snapshot, settings, streaming=streaming or stage == "streaming")
    logical = bind_top(tree, env)
    if stage == "logical":
        return explain_logical(logical.plan)
    if stage == "optimised":
        wanted = [e for _, e in logical.columns if isinstance(e, Var)]
        return explain_logical(rewrite(logical.plan, wanted, env, optional_rules=optional_rules))
    names = {r.id: r.name for r in snapshot.relations.values()}
    return explain_physical(finish(logical, optional_rules=optional_rules).physical, names)

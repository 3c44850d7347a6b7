"""Row security: the policies of a table that apply to a role and a command, as conditions over its rows."""

from __future__ import annotations

from dataclasses import dataclass

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Call, Expr, Lit
from ...kernels.types import BOOL
from ..catalog import roles
from ..catalog.entries import Relation
from ..catalog.roles import PUBLIC, Policy
from ..logical import node as n
from ..physical.dml import NEW_ROWS
from ..sql.query import parse_expression
from .expr import all_of, any_of, bind_boolean
from .query import Bound, Env
from .scope import Scope
from .subquery import Pendings


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition that new rows must meet; `policy` is the name of a restrictive policy."""

    policy: str | None
    texts: tuple[str, ...]


def secured(relation: Relation, env: Env) -> str | None:
    """The role that the table's policies are applied to; None where they are not."""
    role, snapshot = env.ctx.role, env.ctx.catalog
    state = snapshot.row_security.get(relation.id)
    if role is None or state is None or not state.enabled:
        return None
    found = snapshot.roles.get(role)
    if found is not None and (found.superuser or found.bypassrls):
        return None
    if not state.forced and relation.owner in roles.acting_as(snapshot, role):
        return None
    if not env.ctx.row_security:
        raise UserError(f'query would be affected by row-level security policy for table "{relation.name}"', "42501")
    return role


def _applying(relation: Relation, command: str, role: str, env: Env) -> list[Policy]:
    snapshot = env.ctx.catalog
    reached = roles.acting_as(snapshot, role)
    return [
        p
        for p in sorted(snapshot.policies.values(), key=lambda p: p.name)
        if p.relation == relation.id and p.command in ("all", command) and (PUBLIC in p.roles or reached & set(p.roles))
    ]


def visible(relation: Relation, bound: Bound, commands: tuple[str, ...], env: Env) -> Bound:
    """The rows that the role may see for all of the commands."""
    role = secured(relation, env)
    if role is None:
        return bound
    if env.streaming and not env.subscribing:
        raise Unsupported(
            f'row security of table "{relation.name}" applies to the owner of this view or sink',
            hint="Create it as the owner of the table or as a role with BYPASSRLS.",
        )  # fmt: skip
    if relation.id in env.policies:
        raise UserError(f'infinite recursion detected in policy for relation "{relation.name}"', "42P17")
    pendings, scope, inner = _place(relation, bound, env)
    ctx = inner.ctx.having(clause="POLICY", on_subquery=pendings.add)
    plan = bound.plan
    for command in commands:
        policies = _applying(relation, command, role, env)

        def texts(permissive: bool, found: list[Policy] = policies) -> list[Expr]:
            return [
                bind_boolean(parse_expression(p.using), scope, ctx)
                for p in found
                if p.permissive == permissive and p.using is not None
            ]

        allowed = texts(True)
        condition = any_of(tuple(allowed)) if allowed else Lit(False, BOOL)
        plan = pendings.filter(plan, all_of((condition, *texts(False))))
    fresh = tuple((name, env.ctx.new_var(v.type, name)) for name, v in bound.columns)
    made = n.Project(plan, tuple((new, old) for (_, new), (_, old) in zip(fresh, bound.columns)), barrier=True)
    return Bound(made, fresh)


def _place(relation: Relation, bound: Bound, env: Env) -> tuple[Pendings, Scope, Env]:
    inner = env.having(ctes={}, policies=(*env.policies, relation.id), outer_select=None)
    scope = Scope.of(relation.name, bound.columns, tuple(c.hidden for c in relation.columns), relation.schema)
    return Pendings(inner), scope, inner


def rules_for(relation: Relation, commands: tuple[str, ...], env: Env) -> tuple[Rule, ...]:
    """What new rows must meet: for each command one of the permissive policies and every restrictive one.

    Commands are insert and update (WITH CHECK, else USING), using (the USING of update), delete, and select where the
    statement also reads its rows.
    """
    role = secured(relation, env)
    if role is None:
        return ()
    out: list[Rule] = []
    for command in commands:
        policies = _applying(relation, "update" if command == "using" else command, role, env)

        def text(p: Policy, reading: bool = command in ("select", "using", "delete")) -> str | None:
            return p.using if reading or p.check is None else p.check

        out.append(Rule(None, tuple(t for p in policies if p.permissive and (t := text(p)) is not None)))
        out += [Rule(p.name, (t,)) for p in policies if not p.permissive and (t := text(p)) is not None]
    return tuple(out)


def violations(relation: Relation, rule: Rule, env: Env) -> n.Node:
    """The new rows (scanned as relation NEW_ROWS) that break the rule."""
    columns = tuple(env.ctx.new_var(c.type, c.name) for c in relation.columns)
    scan = n.Scan(NEW_ROWS, relation.name, tuple(range(len(columns))), columns)
    bound = Bound(scan, tuple((c.name, v) for c, v in zip(relation.columns, columns)))
    pendings, scope, inner = _place(relation, bound, env)
    ctx = inner.ctx.having(clause="POLICY", on_subquery=pendings.add)
    conditions = tuple(bind_boolean(parse_expression(t), scope, ctx) for t in rule.texts)
    condition = any_of(conditions) if conditions else Lit(False, BOOL)
    return pendings.filter(scan, Call("bool.is_not_true", (condition,), BOOL))


def check_policy(relation: Relation, text: str, env: Env) -> None:
    """The expression of a new policy binds to a boolean."""
    columns = tuple((c.name, env.ctx.new_var(c.type, c.name)) for c in relation.columns)
    bound = Bound(n.Scan(relation.id, relation.name, tuple(range(len(columns))), tuple(v for _, v in columns)), columns)
    pendings, scope, inner = _place(relation, bound, env)
    ctx = inner.ctx.having(clause="POLICY", on_subquery=pendings.add)
    bind_boolean(parse_expression(text), scope, ctx)

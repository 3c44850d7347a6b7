"""WITH and WITH RECURSIVE: named queries, bound at first use and shared by all references."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Expr, Var
from ..logical import node as n
from .aggregate import is_aggregate
from .coerce import can_coerce, coerce
from .position import position_of
from .query import Bound, Cte, Env, bind_query, renamed, settle, with_names
from .recursion_marks import RecursionMarks
from .scope import Scope
from .window_tables import is_changelog


def bind_with(clause: exp.Expression, env: Env, outer: Scope | None) -> Env:
    """The environment with the clause's names. Nothing is bound before it is used, except to find errors."""
    if (mutual := clause.meta.get("mutual")) is not None:
        from .mutual import bind_mutual

        return bind_mutual(clause, mutual, env, outer)
    ctes = dict(env.ctes)
    recursive = bool(clause.args.get("recursive"))
    made: list[Cte] = []
    for tree in clause.expressions:
        name = tree.alias
        if any(c.name == name for c in made):
            raise UserError(f'WITH query name "{name}" specified more than once', "42712", position=position_of(tree))
        columns = tuple(c.name for c in tree.args["alias"].args.get("columns") or ())
        if isinstance(tree.this, (exp.Insert, exp.Update, exp.Delete)):
            ctes[name] = Cte(name, tree.this, columns, env, _given(name, env, position_of(tree)))
            continue
        cte = Cte(name, tree.this, columns)
        if is_changelog(tree.this):
            cte.hidden = frozenset(("_changelog_row_id",))
        cte.recursive = recursive and _mentions(tree.this, name)
        cte.clauses = tree.meta.get("recursion")
        if cte.clauses is not None and not cte.recursive:
            raise UserError("WITH query is not recursive", "42601", position=position_of(tree))
        made.append(cte)
        if not recursive:
            cte.env = env.having(ctes=dict(ctes))
        ctes[name] = cte
    if recursive:
        for cte in made:
            cte.env = env.having(ctes=ctes)
    inner = env.having(ctes=ctes)
    for cte in made:
        if cte.bound is None:
            _bind(cte, outer)
    return inner


def _given(name: str, env: Env, position: int | None) -> Bound | None:
    """The rows that a data-changing statement returns; None without RETURNING."""
    found = next((g for g in env.given if g.name == name), None)
    if found is None:
        raise Unsupported(
            "data-modifying statements in WITH are not supported here",
            hint="They stand at the top of a statement, not in views, subqueries or functions.", position=position,
        )  # fmt: skip
    if found.schema is None:
        return None
    columns = tuple((f.name, env.ctx.new_var(f.type, f.name)) for f in found.schema)
    scan = n.Scan(found.relation, name, tuple(range(len(columns))), tuple(v for _, v in columns))
    return Bound(scan, columns)


def reference(cte: Cte, env: Env, outer: Scope | None, position: int | None) -> Bound:
    """One use of a name in FROM, under column ids of its own."""
    if cte.made is not None:
        return cte.made()
    if cte.reference is not None:
        cte.references += 1
        fresh = tuple((name, env.ctx.new_var(v.type, name)) for name, v in cte.reference)
        return Bound(n.RecursiveRef(cte.tag, tuple(v for _, v in fresh)), fresh)
    if cte.bound is None and isinstance(cte.query, (exp.Insert, exp.Update, exp.Delete)):
        raise UserError(f'WITH query "{cte.name}" does not have a RETURNING clause', "0A000", position=position)
    if cte.bound is None:
        _bind(cte, outer, position)
    assert cte.bound is not None
    return renamed(cte.bound, env)


def _bind(cte: Cte, outer: Scope | None, position: int | None = None) -> None:
    assert cte.env is not None
    if cte.binding:
        raise Unsupported("mutual recursion between WITH items is not implemented", position=position,
                          hint="WITH MUTUALLY RECURSIVE has it.")  # fmt: skip
    cte.binding = True
    try:
        if cte.recursive:
            cte.bound = _bind_recursive(cte, cte.env, outer)
            return
        found = settle(bind_query(cte.query, cte.env, outer), cte.env, narrow=False)
        cte.bound = replace(found, columns=with_names(found.columns, cte.columns, cte.name, position))
    finally:
        cte.binding = False


def _bind_recursive(cte: Cte, env: Env, outer: Scope | None) -> Bound:
    query = cte.query
    while isinstance(query, exp.Subquery):
        query = query.this
    if not isinstance(query, exp.Union):
        raise UserError(
            f'recursive query "{cte.name}" does not have the form non-recursive-term UNION [ALL] recursive-term',
            "42P19",
            position=position_of(query),
        )
    for part in ("order", "limit", "offset"):
        if query.args.get(part) is not None:
            raise UserError(f"{part.upper()} in a recursive query is not implemented", "0A000")
    left: exp.Expression = query.args["this"]
    right: exp.Expression = query.args["expression"]
    if _mentions(left, cte.name):
        raise UserError(
            f'recursive reference to query "{cte.name}" must not appear within its non-recursive term', "42P19",
            position=position_of(left),
        )  # fmt: skip
    base = settle(bind_query(left, env, outer), env)
    named = with_names(base.columns, cte.columns, cte.name)
    marks = RecursionMarks(cte.clauses, named, env) if cte.clauses is not None else None
    cte.tag = next(env.ctx.ids)
    cte.reference = (*named, *marks.columns) if marks is not None else named
    cte.hidden = frozenset() if marks is None else frozenset(name for name, _ in marks.columns)
    _check_step(right, cte.name)
    step = settle(bind_query(right if marks is None else marks.passed_on(right), env, outer), env)
    width, cte.reference, cte.hidden = len(cte.reference), None, frozenset()
    if len(step.columns) != width:
        raise UserError("each UNION query must have the same number of columns", position=position_of(right))
    items: list[tuple[Var, Expr]] = []
    for index, ((name, want), (_, have)) in enumerate(zip(named, step.columns), 1):
        if _widens(want, have) or not can_coerce(have.type, want.type, "a"):
            raise UserError(
                f'recursive query "{cte.name}" column {index} has type {want.type} in non-recursive term but type '
                f"{have.type} overall",
                "42804",
                hint="Cast the output of the non-recursive term to the correct type.",
                position=position_of(left),
            )
        items.append((env.ctx.new_var(want.type, name), coerce(have, want.type, env.ctx, "a")))
    step_plan: n.Node = n.Project(step.plan, tuple(items))
    base_plan: n.Node = n.Project(base.plan, tuple((env.ctx.new_var(v.type, name), v) for name, v in named))
    if marks is not None:
        base_plan = marks.begun(base_plan)
        step_plan = marks.continued(step.plan, items, step.columns)
        named = (*named, *marks.columns)
    columns = tuple((name, env.ctx.new_var(v.type, name)) for name, v in named)
    distinct = bool(query.args.get("distinct", True))
    plan = n.Recursive(base_plan, step_plan, cte.tag, not distinct, tuple(v for _, v in columns))
    return Bound(plan, columns)


def _widens(want: Var, have: Var) -> bool:
    """UNION would choose a wider type than the base has, which Postgres refuses."""
    a, b = want.type.without_mods(), have.type.without_mods()
    return a != b and b.name != "unknown" and can_coerce(a, b) and not can_coerce(b, a)


def _mentions(tree: exp.Expression, name: str) -> bool:
    return any(t.name == name and not t.args.get("db") for t in tree.find_all(exp.Table))


def _check_step(tree: exp.Expression, name: str) -> None:
    """The forms of recursion that SQL refuses."""
    for table in tree.find_all(exp.Table):
        if table.name != name or table.args.get("db"):
            continue
        node: Any = table
        while node is not tree and node.parent is not None:
            parent = node.parent
            if isinstance(parent, (exp.Except,)) and node is parent.args.get("expression"):
                raise UserError(f'recursive reference to query "{name}" must not appear within EXCEPT', "42P19",
                                position=position_of(table))  # fmt: skip
            if isinstance(parent, (exp.In, exp.Exists)) or (
                isinstance(parent, exp.Subquery) and not isinstance(parent.parent, (exp.From, exp.Join, exp.SetOperation))
                and parent is not tree
            ):  # fmt: skip
                raise UserError(f'recursive reference to query "{name}" must not appear within a subquery', "42P19",
                                position=position_of(table))  # fmt: skip
            if isinstance(parent, exp.Join):
                side = parent.side
                if (side == "LEFT" and parent.this is node) or side == "FULL":
                    raise UserError(f'recursive reference to query "{name}" must not appear within an outer join',
                                    "42P19", position=position_of(table))  # fmt: skip
            node = parent
    select = tree
    if isinstance(select, exp.Select):
        for call in select.find_all(exp.Anonymous):
            owner = call.find_ancestor(exp.Select)
            from_here = owner is not None and any(
                t.name == name for t in [x for x in owner.find_all(exp.Table) if x.find_ancestor(exp.Select) is owner]
            )
            if from_here and is_aggregate(call.name) and not isinstance(call.parent, exp.Window):
                raise UserError("aggregate functions are not allowed in a recursive query's recursive term", "42P19",
                                position=position_of(call))  # fmt: skip

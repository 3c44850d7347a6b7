"""WITH MUTUALLY RECURSIVE: all its queries are one recursion, whose rows are told apart by the number of their query.

The columns of the queries stand side by side in such a row, those of the others are NULL.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from ...kernels.errors import UserError
from ...kernels.expr.spec import Call, Expr, Lit, Var
from ...kernels.types import BOOL, INT4, SqlType
from ..logical import node as n
from ..sql.mutual import MutualClauses
from ..sql.query import parse_expression
from .coerce import can_coerce, coerce
from .position import position_of
from .query import Bound, Cte, Env, bind_query, settle
from .scope import Scope
from .types import sql_type

Declared = tuple[tuple[str, SqlType], ...]


def bind_mutual(clause: exp.Expression, clauses: MutualClauses, env: Env, outer: Scope | None) -> Env:
    """The environment with the queries' names."""
    new = env.ctx.new_var
    declared: list[Declared] = []
    for name, columns in zip(clauses.queries, clauses.columns):
        if clauses.queries.count(name) > 1:
            raise UserError(f'WITH query name "{name}" specified more than once', "42712", position=position_of(clause))
        types = [parse_expression(f"CAST(NULL AS {text})").args["to"] for _, text in columns]
        declared.append(tuple((c, sql_type(t, env.ctx.user_type)) for (c, _), t in zip(columns, types)))
    tag = next(env.ctx.ids)
    layout = [("query", INT4), *(column for columns in declared for column in columns)]

    def rows() -> tuple[Var, ...]:
        return tuple(new(t, name) for name, t in layout)

    def part(number: int, plan: n.Node, vars: tuple[Var, ...]) -> Bound:
        """The rows of one query, under their own columns."""
        first = 1 + sum(len(c) for c in declared[:number])
        mine = Call("compare.eq", (vars[0], Lit(number, INT4)), BOOL)
        own = tuple((name, new(t, name)) for name, t in declared[number])
        items = tuple((v, vars[first + i]) for i, (_, v) in enumerate(own))
        return Bound(n.Project(n.Filter(plan, mine), items), own)

    def inside(number: int) -> Callable[[], Bound]:
        def make() -> Bound:
            vars = rows()
            return part(number, n.RecursiveRef(tag, vars), vars)

        return make

    queries = [Cte(name, tree.this, (), made=inside(i)) for i, (name, tree) in enumerate(zip(clauses.queries, clause.expressions))]
    inner = env.having(ctes={**env.ctes, **{c.name: c for c in queries}})
    parts: list[n.Node] = []
    for number, cte in enumerate(queries):
        bound = settle(bind_query(cte.query, inner, outer), inner, narrow=False)
        values = _coerced(cte, bound, declared[number], inner)
        items: list[tuple[Var, Expr]] = [(new(INT4, "query"), Lit(number, INT4))]
        for other, wanted in enumerate(declared):
            items += [
                (new(t, name), values[i] if other == number else Lit(None, t)) for i, (name, t) in enumerate(wanted)
            ]
        parts.append(n.Project(bound.plan, tuple(items), barrier=True))
    vars = rows()
    step: n.Node = n.Union(tuple(parts), rows())
    start = n.Values((tuple(Lit(None, v.type) for v in vars),), rows())  # makes it run, and is no row of it
    whole = n.Recursive(start, step, tag, True, vars, n.Rounds(clauses.limit, clauses.error))
    for number, cte in enumerate(queries):
        found = part(number, whole, vars)
        cte.made, cte.bound = None, found
    return inner


def _coerced(cte: Cte, bound: Bound, declared: Declared, env: Env) -> list[Expr]:
    have = [v.type for _, v in bound.columns]
    fits = len(have) == len(declared) and all(can_coerce(a, b, "a") for a, (_, b) in zip(have, declared))
    if not fits:
        raise UserError(
            f'WITH MUTUALLY RECURSIVE query "{cte.name}" declared types ({", ".join(str(t) for _, t in declared)}), but query '
            f'returns types ({", ".join(map(str, have))})', "42804", position=position_of(cte.query),
        )
    return [coerce(v, t, env.ctx, "a") for (_, v), (_, t) in zip(bound.columns, declared)]

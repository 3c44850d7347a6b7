"""Queries to logical plans: the environment that binding carries, and what a bound query is.

`bind_query` binds any query tree (SELECT, set operation, VALUES, parenthesised query) with its WITH clause.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import And, Call, Expr, Var
from ...kernels.types import BOOL, INT8
from ..catalog.databases import here
from ..catalog.entries import Relation
from ..catalog.missing import no_relation
from ..logical import node as n
from ..logical.rewrite import substitute
from ..physical.dml import Given
from ..sql.clauses import RecursionClauses
from .access import Access, check_schema
from .context import BindContext
from .position import position_of
from .scope import Scope

if TYPE_CHECKING:
    from .select import Changed, Select


@dataclass
class Shared:
    """What one statement collects while it is bound."""

    depends_on: dict[int, None] = field(default_factory=dict)
    views: dict[tuple[int, str | None], Bound] = field(default_factory=dict)
    accesses: list[Access] = field(default_factory=list)
    depth: int = 0
    origins: dict[int, tuple[int, int]] = field(default_factory=dict)  # of result columns: OID and number of a table's


@dataclass
class Cte:
    """A WITH query: bound at its first reference, then shared. `plan` is preset for recursive references."""

    name: str
    query: exp.Expression
    columns: tuple[str, ...]
    env: Env | None = None
    bound: Bound | None = None
    reference: tuple[tuple[str, Var], ...] | None = None  # inside its own recursive term
    tag: int = 0
    references: int = 0
    recursive: bool = False
    hidden: frozenset[str] = frozenset()  # columns that `*` leaves out
    clauses: RecursionClauses | None = None
    binding: bool = False
    made: Callable[[], Bound] | None = None  # inside WITH MUTUALLY RECURSIVE: the rows of the round


@dataclass(frozen=True, slots=True)
class Env:
    """`ctx` has no hooks; each clause sets its own. `ctes` are visible by name, innermost wins."""

    ctx: BindContext
    shared: Shared
    streaming: bool = False
    ctes: Mapping[str, Cte] = field(default_factory=dict)
    outer_select: Select | Changed | None = None
    keep_unknown: bool = False  # quoted literals and parameters of the select list stay untyped: a set operation decides
    views: tuple[int, ...] = ()  # views being inlined, outermost first
    policies: tuple[int, ...] = ()  # relations whose policies are being bound
    subscribing: bool = False  # a streaming plan that lives no longer than its session
    locked: frozenset[int] = frozenset()  # tables in FROM of the outermost query that FOR UPDATE is about
    given: tuple[Given, ...] = ()  # rows of the data-changing statements of the WITH clause

    def having(self, **changes: object) -> Env:
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Bound:
    """A bound query. `columns` are names and columns in order; `order` may read hidden columns of `plan`.

    `sequence` is the order in which the rows come without being asked: that of a subquery's ORDER BY, of the rows of
    VALUES and functions. Nothing is sorted by it but what aggregates such as array_agg collect.
    """

    plan: n.Node
    columns: tuple[tuple[str, Var], ...]
    order: tuple[n.SortItem, ...] = ()
    limit: Expr | None = None
    offset: Expr | None = None
    ties: bool = False
    sequence: tuple[n.SortItem, ...] = ()

    @property
    def vars(self) -> tuple[Var, ...]:
        return tuple(v for _, v in self.columns)

    @property
    def cut(self) -> bool:
        return self.limit is not None or self.offset is not None


def bind_query(tree: exp.Expression, env: Env, outer: Scope | None = None) -> Bound:
    """Any query. The result may still carry its ORDER BY and LIMIT; see `settle`."""
    from .select import bind_select
    from .setop import bind_set_operation
    from .values import bind_values
    from .with_ import bind_with

    shared = env.shared
    shared.depth += 1
    if shared.depth > 120:
        raise UserError("query is nested too deeply", "54001", position=position_of(tree))
    try:
        with_clause = tree.args.get("with_")
        if with_clause is not None:
            env = bind_with(with_clause, env, outer)
        match tree:
            case exp.Select():
                return bind_select(tree, env, outer)
            case exp.SetOperation():
                return bind_set_operation(tree, env, outer)
            case exp.Values():
                return bind_values(tree, env, outer)
            case exp.Subquery():
                return _parenthesised(tree, env, outer)
            case exp.Paren():
                return bind_query(tree.this, env, outer)
            case exp.Insert() | exp.Update() | exp.Delete():
                raise Unsupported(
                    "data-modifying statements in WITH are not supported",
                    hint="Run them as statements of their own.",
                    position=position_of(tree),
                )
            case _:
                if isinstance(tree, exp.Merge):
                    raise UserError("MERGE not supported in WITH query", "0A000", position=position_of(tree))
                raise UserError("a query is needed here", position=position_of(tree))
    finally:
        shared.depth -= 1


def _parenthesised(tree: exp.Subquery, env: Env, outer: Scope | None) -> Bound:
    from .order import bind_order_by_columns, with_limits

    inner = bind_query(tree.this, env, outer)
    if not any(tree.args.get(k) is not None for k in ("order", "limit", "offset")):
        return inner
    if inner.cut or (inner.order and tree.args.get("order") is not None):
        inner = settle(inner, env)
    order = tree.args.get("order")
    items = bind_order_by_columns(order, inner, env, outer) if order is not None else inner.order
    return with_limits(replace(inner, order=items), tree, env, outer)


def settle(bound: Bound, env: Env, *, narrow: bool = True) -> Bound:
    """A query in the middle of a plan: LIMIT becomes a top-n, an order without LIMIT means nothing."""
    plan = bound.plan
    if bound.cut:
        plan = top_n(bound, env)
    if narrow and plan.vars != bound.vars and len(set(bound.vars)) == len(bound.vars):
        return Bound(n.Project(plan, tuple((v, v) for v in bound.vars)), bound.columns)
    sequence = bound.order or bound.sequence
    known = all(isinstance(s.expr, Var) and s.expr.id in plan.ids for s in sequence)
    return Bound(plan, bound.columns, sequence=sequence if known else ())


def top_n(bound: Bound, env: Env) -> n.Node:
    """The rows between OFFSET and LIMIT; WITH TIES also those that sort like the last one."""
    limit, offset = bound.limit, bound.offset
    if bound.ties and limit is not None and offset is not None:
        return _ties_after_offset(bound, limit, offset, env)
    return n.TopN(
        bound.plan, (), bound.order or bound.sequence, limit, 0 if offset is None else offset, "rank" if bound.ties else "row_number"
    )


def _ties_after_offset(bound: Bound, limit: Expr, offset: Expr, env: Env) -> n.Node:
    """Positions decide what OFFSET drops, ranks decide what LIMIT keeps."""
    position, rank = env.ctx.new_var(INT8, "position"), env.ctx.new_var(INT8, "rank")
    plan: n.Node = n.Window(bound.plan, (), bound.order, ((position, n.WinCall("row_number", (), INT8, None)),))
    plan = n.Window(plan, (), bound.order, ((rank, n.WinCall("rank", (), INT8, None)),))
    last = Call("arith.add", (limit, offset), INT8)
    kept = And((Call("compare.gt", (position, offset), BOOL), Call("compare.le", (rank, last), BOOL)))
    return n.Filter(plan, kept)


def renamed(bound: Bound, env: Env) -> Bound:
    """A shared query under new column ids."""
    fresh = tuple((name, env.ctx.new_var(v.type, name)) for name, v in bound.columns)
    items: list[tuple[Var, Expr]] = [(new, old) for (_, new), (_, old) in zip(fresh, bound.columns)]
    sequence: list[n.SortItem] = []
    for s in bound.sequence:
        new = env.ctx.new_var(s.expr.type, "")
        items.append((new, s.expr))
        sequence.append(replace(s, expr=new))
    return Bound(n.Project(bound.plan, tuple(items)), fresh, sequence=tuple(sequence))


def with_names(
    columns: tuple[tuple[str, Var], ...], names: tuple[str, ...], what: str, position: int | None = None
) -> tuple[tuple[str, Var], ...]:
    """The first columns renamed; 42P10 if there are more names than columns."""
    if len(names) > len(columns):
        raise UserError(
            f'table "{what}" has {len(columns)} columns available but {len(names)} columns specified',
            "42P10",
            position=position,
        )
    return tuple((new, v) for new, (_, v) in zip(names, columns)) + columns[len(names) :]


def remap(bound: Bound, mapping: Mapping[int, Expr]) -> tuple[n.SortItem, ...]:
    return tuple(replace(s, expr=substitute(s.expr, mapping)) for s in bound.order)


def find_relation(env: Env, parts: tuple[str, ...], position: int | None) -> Relation:
    """A relation by its written name; 42P01 if there is none, 3F000-like cases included."""
    parts = here(env.ctx.catalog, parts, position)
    schema = parts[0] if len(parts) == 2 else None
    if schema is not None:
        check_schema(schema, env, position)
    found = env.ctx.catalog.find(parts[-1], env.ctx.search_path, schema)
    if found is None:
        raise no_relation(env.ctx.catalog, env.ctx.search_path, parts, position)
    return found

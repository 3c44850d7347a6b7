"""Subqueries in expressions: each becomes a column of a dependent join, applied where its value is first needed.

A subquery is bound when the expression is; `Pendings` keeps it until a stage of the query (WHERE, aggregate
arguments, select list …) needs one of its columns and calls `need`. IN, ANY and ALL follow SQL's three-valued
logic exactly; where NULLs are impossible, or false and NULL are alike (WHERE), they become semi and anti joins.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import (
    Call,
    Case,
    Coalesce,
    Expr,
    Lambda,
    Lit,
    Or,
    Var,
    children,
    conjunction,
    conjuncts,
    is_volatile,
)
from ...kernels.types import BOOL, INT8, list_of
from ..catalog.entries import SqlFunction
from ..logical import node as n
from ..logical.properties import never_empty, never_null, not_null, single_row
from ..sql.query import parse_query
from .access import body_role
from .context import SubqueryRef
from .expr import compare_rows
from .query import Bound, Env, bind_query, settle
from .scope import Scope
from .sql_function import query_text

_SEVERAL = ("21000", "more than one row returned by a subquery used as an expression")


@dataclass(frozen=True)
class Pending:
    """`made` are the columns that the application defines. `condition` compares operands with result columns."""

    kind: str  # exists, in, any, all, scalar, array
    plan: n.Node
    made: tuple[Var, ...]
    columns: tuple[Var, ...] = ()
    operands: tuple[Expr, ...] = ()
    condition: Expr | None = None


def function_query(function: SqlFunction, args: tuple[Expr, ...], env: Env) -> Bound:
    """The body of an SQL function over its arguments, known by name and as $n."""
    if function.name in env.ctx.inlining:
        raise Unsupported(f'SQL function "{function.name}" calls itself', hint="Use WITH RECURSIVE.")
    names = [(name, e) for (name, _), e in zip(function.parameters, args) if name]
    numbers = [(f"${i}", e) for i, e in enumerate(args, 1)]
    scope = Scope.of(function.name, (*names, *numbers))
    inner = body_env(function, env)
    inner = inner.having(ctx=inner.ctx.having(inlining=(*env.ctx.inlining, function.name)), ctes={}, outer_select=None)
    return settle(bind_query(parse_query(query_text(function)), inner, scope), env)


def body_env(function: SqlFunction, env: Env) -> Env:
    """Where a function's body is bound: as its caller, or its owner for SECURITY DEFINER."""
    return env.having(ctx=env.ctx.having(role=body_role(function, env.ctx.role)))


def is_null(e: Expr) -> Expr:
    return Call("bool.is_null", (e,), BOOL)


def negated(e: Expr) -> Expr:
    return Call("bool.not", (e,), BOOL)


class Pendings:
    """The subqueries of one query level, not yet applied ones by the columns they define."""

    def __init__(self, env: Env) -> None:
        self.env = env
        self.waiting: dict[int, Pending] = {}
        self.known: dict[object, tuple[Expr, Scope]] = {}  # scopes are kept: the keys hold their ids

    def add(self, ref: SubqueryRef) -> Expr:
        """The hook: binds the subquery and returns what stands for its value. Equal ones share it while it waits."""
        key = (ref.kind, ref.query, id(ref.scope), ref.operands, ref.operator, ref.nested_in)
        known = self.known.get(key)
        if known is not None and self.moved(known[:1]):
            return known[0]
        made = self._bound(ref)
        moved = self.moved((made,))
        if ref.function is None and moved and not any(has_volatile(self.waiting[i].plan) for i in moved):
            self.known[key] = (made, ref.scope)
        return made

    def _bound(self, ref: SubqueryRef) -> Expr:
        env = self.env if ref.function is None else body_env(ref.function, self.env)
        level, filtering = env.outer_select, ref.nested_in == "FILTER"
        if filtering and level is not None:
            level.filtering += 1
        raw = bind_query(ref.query, env, ref.scope)
        if filtering and level is not None:
            level.filtering -= 1
        bound = settle(raw, env, narrow=ref.kind != "array")
        match ref.kind:
            case "exists":
                return self._exists(bound)
            case "scalar":
                if len(bound.columns) != 1:
                    raise UserError("subquery must return only one column", position=ref.position)
                return self._single(bound)[0]
            case "row":
                if len(bound.columns) != len(ref.operands):
                    few = "few" if len(bound.columns) < len(ref.operands) else "many"
                    raise UserError(f"subquery has too {few} columns", position=ref.position)
                return compare_rows(ref.operator, ref.operands, self._single(bound), env.ctx)
            case "array":
                if len(bound.columns) != 1:
                    raise UserError("subquery must return only one column", position=ref.position)
                return self._array(raw.order or raw.sequence, bound)
            case "any" | "all":
                return self._quantified(ref, bound)
            case _:
                raise UserError(f"unexpected subquery kind {ref.kind}", position=ref.position)

    def row(self, tree: exp.Expression, scope: Scope) -> tuple[Expr, ...]:
        """The columns of a subquery of at most one row (SET (a, b) = (SELECT …))."""
        while isinstance(tree, exp.Subquery):
            tree = tree.this
        return self._single(settle(bind_query(tree, self.env, scope), self.env))

    def _exists(self, bound: Bound) -> Expr:
        plan = bound.plan
        dropped: list[Expr] = []
        while isinstance(plan, (n.Project, n.Distinct)) or (
            isinstance(plan, n.TopN) and isinstance(plan.limit, Lit) and plan.limit.value and plan.offset == 0
        ):
            dropped += plan.exprs()
            plan = plan.input
        if never_empty(plan):
            plan, dropped = n.Values(((),)), [e for below in nodes(bound.plan) for e in below.exprs()]
        mentioned = dict.fromkeys(m for e in dropped for m in mentions(e, bound.plan.free - plan.free))
        if mentioned:  # not computed, but grouped columns on every level
            plan = n.Project(plan, tuple((self.env.ctx.new_var(m.type), m) for m in mentioned))
        elif isinstance(plan, n.Values) and plan.rows:
            return Lit(True, BOOL)
        mark = self.env.ctx.new_var(BOOL, "exists")
        self.waiting[mark.id] = Pending("exists", plan, (mark,))
        return mark

    def _single(self, bound: Bound) -> tuple[Expr, ...]:
        """The values of a row, or NULLs. Where there are several rows, it is an error to use a value."""
        made = tuple(self.env.ctx.new_var(v.type, v.name) for v in bound.vars)
        plan: n.Node = n.Project(bound.plan, tuple(zip(made, bound.vars)))
        if single_row(plan):
            pending = Pending("scalar", plan, made)
            values: tuple[Expr, ...] = made
        else:
            several = self.env.ctx.new_var(BOOL, "several")
            pending = Pending("scalar", n.SingleRow(plan, several), (*made, several))
            alone = Call("bool.is_not_true", (several,), BOOL)
            values = tuple(Call("check.holds", (v, alone), v.type, texts=_SEVERAL) for v in made)
        for v in pending.made:
            self.waiting[v.id] = pending
        return values

    def _array(self, order: tuple[n.SortItem, ...], bound: Bound) -> Expr:
        value = bound.vars[0]
        kind = list_of(value.type)
        made = self.env.ctx.new_var(kind, "array")
        call = n.Agg("array_agg", (value,), kind, order=order)
        self.waiting[made.id] = Pending("array", n.Aggregate(bound.plan, (), ((made, call),)), (made,))
        return Coalesce((made, Lit((), kind)), kind)

    def _quantified(self, ref: SubqueryRef, bound: Bound) -> Expr:
        if len(bound.columns) != len(ref.operands):
            few = "few" if len(bound.columns) < len(ref.operands) else "many"
            raise UserError(f"subquery has too {few} columns", position=ref.position)
        kind, operator = ref.kind, ref.operator
        flip = kind == "all" and operator in ("<>", "!=")
        if flip:
            operator = "="
        condition = compare_rows(operator, ref.operands, bound.vars, self.env.ctx)
        mark = self.env.ctx.new_var(BOOL, kind)
        operands = ref.operands
        if len(operands) == 1 and isinstance(condition, Call) and len(condition.args) == 2:
            operands = condition.args[:1]  # with its type settled
        chosen = "in" if flip or (kind == "any" and operator == "=") else kind
        self.waiting[mark.id] = Pending(chosen, bound.plan, (mark,), bound.vars, operands, condition)
        return negated(mark) if flip else mark

    # application

    def need(self, plan: n.Node, exprs: Iterable[Expr]) -> n.Node:
        """The plan with every waiting subquery applied whose columns the expressions read."""
        for e in exprs:
            if not self.waiting:
                break
            read: set[int] = set()
            n.expr_vars(e, read)
            for i in sorted(read & self.waiting.keys()):
                plan = self._apply(plan, i)
        return plan

    def moved(self, exprs: Iterable[Expr]) -> set[int]:
        read: set[int] = set()
        for e in exprs:
            n.expr_vars(e, read)
        return read & self.waiting.keys()

    def read_by(self, i: int) -> set[int]:
        """The columns that a waiting subquery and its operands read, through other ones that wait."""
        pending = self.waiting[i]
        read = set(pending.plan.free)
        for e in pending.operands:
            n.expr_vars(e, read)
        for other in read & self.waiting.keys():
            read |= self.read_by(other)
        return read

    def take(self, i: int) -> Pending:
        pending = self.waiting[i]
        for v in pending.made:
            del self.waiting[v.id]
        return pending

    def _apply(self, plan: n.Node, i: int) -> n.Node:
        if i not in self.waiting:
            return plan
        pending = self.take(i)
        plan = self._inner_needs(plan, pending)
        match pending.kind:
            case "scalar" | "array":
                return n.DependentJoin(plan, pending.plan, "left")
            case "exists":
                return n.DependentJoin(plan, pending.plan, "mark", None, pending.made[0])
            case "in":
                return self._mark_in(plan, pending)
            case _:
                return self._mark_counted(plan, pending)

    def _inner_needs(self, plan: n.Node, pending: Pending) -> n.Node:
        """Subqueries whose values the operands or the subquery itself read."""
        plan = self.need(plan, pending.operands)
        for i in sorted(pending.plan.free & self.waiting.keys()):
            plan = self._apply(plan, i)
        return plan

    def _mark_in(self, plan: n.Node, pending: Pending) -> n.Node:
        assert pending.condition is not None
        mark = pending.made[0]
        if self._no_nulls(plan, pending):
            return n.DependentJoin(plan, n.Filter(pending.plan, pending.condition), "mark", None, mark)
        if len(pending.operands) != 1:
            return self._mark_counted(plan, pending)
        new = self.env.ctx.new_var
        hit, rows, known = new(BOOL, "hit"), new(INT8, "rows"), new(INT8, "known")
        column = pending.columns[0]
        counts = n.Aggregate(
            pending.plan, (), ((rows, n.Agg("count_star", (), INT8)), (known, n.Agg("count", (column,), INT8)))
        )
        plan = n.DependentJoin(plan, n.Filter(pending.plan, pending.condition), "mark", None, hit)
        plan = n.DependentJoin(plan, counts, "left")
        maybe = conjunction((_greater(rows, 0), _either(is_null(pending.operands[0]), _less(known, rows))))
        assert maybe is not None
        value = Case(((hit, Lit(True, BOOL)), (maybe, Lit(None, BOOL))), Lit(False, BOOL), BOOL)
        return with_column(plan, mark, value)

    def _mark_counted(self, plan: n.Node, pending: Pending) -> n.Node:
        """Counts of decided and undecided comparisons per operand value."""
        assert pending.condition is not None
        new = self.env.ctx.new_var
        decided, unknown = new(INT8, "decided"), new(INT8, "unknown")
        some = pending.kind != "all"
        wanted = pending.condition if some else negated(pending.condition)
        counts = n.Aggregate(
            pending.plan,
            (),
            (
                (decided, n.Agg("count_star", (), INT8, filter=wanted)),
                (unknown, n.Agg("count_star", (), INT8, filter=is_null(pending.condition))),
            ),
        )
        plan = n.DependentJoin(plan, counts, "left")
        value = Case(
            ((_greater(decided, 0), Lit(some, BOOL)), (_greater(unknown, 0), Lit(None, BOOL))), Lit(not some, BOOL), BOOL
        )
        return with_column(plan, pending.made[0], value)

    def _no_nulls(self, plan: n.Node, pending: Pending) -> bool:
        outer, inner = not_null(plan), not_null(pending.plan)
        return all(never_null(_uncast(e), outer) for e in pending.operands) and all(
            v.id in inner for v in pending.columns
        )

    # filters

    def filter(self, plan: n.Node, predicate: Expr) -> n.Node:
        """Rows where the predicate is true; top-level EXISTS and IN become semi and anti joins."""
        parts = conjuncts(predicate)
        kept = conjunction(tuple(p for p in parts if not self.moved((p,))))
        if kept is not None:
            plan = n.Filter(plan, kept)
        late: list[Expr] = []
        for part in parts:
            if not self.moved((part,)):
                continue
            positive = not (isinstance(part, Call) and part.kernel == "bool.not")
            inner = part if positive else part.args[0]  # type: ignore[union-attr]
            if not isinstance(inner, Var) or inner.id not in self.waiting:
                late.append(part)
                continue
            pending = self.waiting[inner.id]
            exact = pending.kind == "exists" or (pending.kind == "in" and self._no_nulls(plan, pending))
            if exact or (positive and pending.kind in ("in", "any")):
                self.take(inner.id)
                plan = self._inner_needs(plan, pending)
                kind = "semi" if positive else "anti"
                plan = n.DependentJoin(plan, pending.plan, kind, pending.condition)
            else:
                late.append(part)
        for part in late:
            plan = n.Filter(self.need(plan, (part,)), part)
        return plan


def has_volatile(plan: n.Node) -> bool:
    """The query gives something else each time it runs."""
    return any(is_volatile(e) for e in plan.exprs()) or any(has_volatile(child) for child in plan.inputs)


def mentions(e: Expr, columns: frozenset[int]) -> list[Expr]:
    """Where an expression names some of the columns, or the row of a relation that has them."""
    if isinstance(e, Var):
        return [e] if e.id in columns else []
    below = (*children(e), e.body) if isinstance(e, Lambda) else children(e)
    if isinstance(e, Call) and e.kernel == "struct.row" and e.texts and all(isinstance(a, Var) and a.id in columns for a in e.args):
        return [e]
    return [m for c in below for m in mentions(c, columns)]


def nodes(plan: n.Node) -> Iterable[n.Node]:
    """A plan from the top."""
    yield plan
    for below in plan.inputs:
        yield from nodes(below)


def _uncast(e: Expr) -> Expr:
    """Below casts, which give NULL for NULL only (a failing cast is an error, not a NULL)."""
    while isinstance(e, Call) and (e.kernel.startswith("cast.") or e.kernel == "misc.relabel") and len(e.args) == 1:
        e = e.args[0]
    return e


def with_column(plan: n.Node, column: Var, value: Expr) -> n.Node:
    return n.Project(plan, (*((v, v) for v in plan.vars), (column, value)))


def _greater(column: Var, than: int) -> Expr:
    return Call("compare.gt", (Coalesce((column, Lit(0, INT8)), INT8), Lit(than, INT8)), BOOL)


def _less(a: Var, b: Var) -> Expr:
    return Call("compare.lt", (a, b), BOOL)


def _either(a: Expr, b: Expr) -> Expr:
    return Or((a, b))


"""SELECT: from the clauses in their logical order to one plan.

FROM and WHERE give rows; everything after is bound over the FROM columns with aggregates, window functions,
set-returning functions and subqueries already replaced by columns of their own (hooks). The plan is then built
stage by stage, each stage applying what its expressions need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Expr, Lit, Param, Var, is_volatile
from ..logical import node as n
from ..sql.clauses import REPLACE
from .aggregate import Aggregates, Grouping, grouping_sets, is_aggregate
from .aggregate_calls import refuse_json
from .analytic_select import widened
from .coerce import settle_unknown
from .context import AggregateRef, BindContext, SetReturningRef
from .expr import bind_boolean, bind_expr
from .from_ import bind_from
from .group_windows import with_hops, with_sessions
from .order import bare, constant_refused, direction, is_all, ordinal, out_of_range, vars_read, with_limits
from .position import position_of
from .query import Bound, Env
from .scope import Scope
from .subquery import Pending, Pendings
from .table_functions import SetReturning
from .types import column_name
from .window import Windows, map_window, window_exprs

Item = tuple[str, Expr, exp.Expression | None]
_BEFORE_GROUPS = ("FROM", "WHERE", "GROUP BY")
_CLAUSES = frozenset(
    ["with_", "expressions", "distinct", "from_", "joins", "where", "group", "having", "windows", "qualify", "order",
     "limit", "offset", "operation_modifiers", "kind"]
)  # fmt: skip


def bind_select(tree: exp.Select, env: Env, outer: Scope | None) -> Bound:
    """One SELECT with its ORDER BY and LIMIT (still pending in the result)."""
    if tree.args.get("into"):
        raise Unsupported("SELECT INTO is not supported", hint="Use CREATE TABLE AS.", position=position_of(tree))
    if tree.args.get("locks"):
        raise Unsupported("FOR UPDATE is not supported in subqueries, views and cursors",
                          hint="Lock the rows in a SELECT of its own.", position=position_of(tree))
    for clause in tree.args:
        if clause not in _CLAUSES and tree.args[clause]:
            raise Unsupported(f"{clause.strip('_').upper()} is not supported in SELECT", hint="See docs/SQL.md for the clauses.",
                              position=position_of(tree))  # fmt: skip
    return Select(with_sessions(with_hops(tree)), env, outer).bind()


class Changed:
    """The rows that UPDATE, DELETE or MERGE change: a level of names around its subqueries to which no aggregate belongs."""

    parent: None = None

    def __init__(self, tree: exp.Expression, clause: str) -> None:
        self.clause = clause
        self.filtering = 0
        self.row_names = _row_names(tree)
        self.source: frozenset[int] = frozenset()

    def known(self) -> frozenset[int]:
        return self.source

    def add_aggregate(self, ref: AggregateRef, place: str = "", pendings: Pendings | None = None, own: bool = True) -> Expr:
        raise UserError(f"aggregate functions are not allowed in {place or self.clause}", "42803", position=ref.position)

    def add_grouping(self, args: tuple[Expr, ...], place: str = "") -> Expr:
        raise UserError(f"grouping operations are not allowed in {place or self.clause}", "42803")


class Select:
    """The state of binding one SELECT."""

    def __init__(self, tree: exp.Select, env: Env, outer: Scope | None) -> None:
        self.tree = tree
        self.parent = env.outer_select
        self.env = env.having(outer_select=self, keep_unknown=False)
        self.parent_keeps = env.keep_unknown  # an operand of a set operation: no column but its own
        self.keep_unknown = env.keep_unknown and not any(tree.args.get(k) for k in ("distinct", "limit", "offset"))
        self.outer = outer
        self.pendings = Pendings(self.env)
        self.aggregates = Aggregates(self.env)
        self.windows = Windows(self.env)
        self.sets = SetReturning(self.env)
        self.source: frozenset[int] = frozenset()
        self.clause = "FROM"
        self.filtering = 0  # conditions of FILTER that are being bound
        self.copies: list[tuple[Var, Expr]] = []  # columns of the same values that GROUP BY tells apart

    def bind(self) -> Bound:
        tree = self.tree
        plan, scope = bind_from(tree, self.env, self.outer, self.pendings)
        self.scope = scope
        widened(tree, scope)
        if self.env.ctx.trace is not None:
            self.env.ctx.trace.scopes[id(tree)] = scope
        self.aggregates.sequence = scope.sequence
        self.source = plan.ids
        ctx = self._context()
        try:
            plan = self._where(plan)
        except UserError:
            self.clause = "SELECT"
            self._items(ctx)  # which PostgreSQL reads first: of two errors, it tells of the one there
            raise
        items = self._items(ctx)
        group = tree.args.get("group")
        keys, sets = self._group(group, items)
        plan = self._grouped_sets(plan, keys)
        having = self._condition("having", ctx, "HAVING")
        order = self._order(items, ctx)
        distinct = tree.args.get("distinct")
        on = self._distinct_on(distinct, items, ctx)
        qualify = self._qualify(items, ctx)

        place: Callable[[Expr], Expr] = lambda e: e  # noqa: E731
        plain = not order and distinct is None and not self.parent_keeps
        sequence = scope.sequence if plain else ()
        if self.aggregates or group is not None or having is not None:
            sequence = ()
            above = [e for _, e, _ in items] + [s.expr for s in order] + on + [e for e in (having, qualify) if e is not None]
            plan, place = self._aggregate(plan, keys, sets, above)
        if having is not None:
            plan = self.pendings.filter(plan, place(having))
        origins = self.env.shared.origins
        for _, e, _ in items:
            if isinstance(e, Var) and e.id in origins and isinstance(grouped := place(e), Var):
                origins[grouped.id] = origins[e.id]
        items = [(name, place(e), t) for name, e, t in items]
        order = [replace(s, expr=place(s.expr)) for s in order]
        on = [place(e) for e in on]
        plan = self._window(plan, place)
        if qualify is not None:
            plan = self.pendings.filter(plan, place(qualify))
        plan = self._set_returning(plan, place)
        if plain:
            sequence = (*sequence, *self.sets.sequence)
        return self._project(plan, items, order, distinct, on, sequence)

    # clauses over the FROM columns

    def _context(self) -> BindContext:
        windows: dict[str, exp.Expression] = {}
        for w in self.tree.args.get("windows") or ():
            if w.this.name in windows:
                raise UserError(f'window "{w.this.name}" is already defined', "42P20", position=position_of(w.this))
            windows[w.this.name] = w
        return self.env.ctx.having(
            clause="SELECT",
            on_subquery=self.pendings.add,
            on_aggregate=self.add_aggregate,
            on_window=self.windows.add,
            on_set_returning=self._add_set,
            on_grouping=self.add_grouping,
            windows=windows,
        )

    def _add_set(self, ref: SetReturningRef) -> Expr:
        return self.sets.add(ref)

    def add_aggregate(self, ref: AggregateRef, place: str = "FROM", pendings: Pendings | None = None, own: bool = True) -> Expr:
        """An aggregate belongs to the innermost query whose columns it reads, or to this one if it reads none.

        `place`: the words for where in FROM the call stands; only an aggregate of an outer query may stand there.
        `pendings`: where the subqueries among its arguments wait, if not with this query. `own`: one that reads no columns
        may belong to this query; else the call stands in rows of VALUES below it, which can't have it.
        """
        args = (*ref.args, *ref.direct, *(s.expr for s in ref.order))
        condition = () if ref.filter is None else (ref.filter,)
        level, inner, reads = self._level((*args, *condition), pendings)
        if not reads and not own:
            raise UserError(f"aggregate functions are not allowed in {place}", "42803", position=ref.position)
        if isinstance(level, Changed):
            return level.add_aggregate(ref)
        if level.clause in _BEFORE_GROUPS:
            words = place if level.clause == "FROM" else level.clause
            raise UserError(f"aggregate functions are not allowed in {words}", "42803", position=ref.position)
        made = level.aggregates.made
        if not made.isdisjoint(self._read(args, pendings)[0]):
            raise UserError("aggregate function calls cannot be nested", "42803", position=ref.position)
        if not made.isdisjoint(self._read(condition, pendings)[0]):
            raise UserError("aggregate functions are not allowed in FILTER", "42803", position=ref.position)
        if level is self:
            return self.aggregates.add(ref)
        for i, pending in inner.items():  # subqueries among the arguments move out with the aggregate
            level.pendings.waiting[i] = pending
            del (pendings or self.pendings).waiting[i]
        return level.aggregates.add(ref)

    def _level(self, exprs: Iterable[Expr], pendings: Pendings | None = None) -> tuple[Select | Changed, dict[int, Pending], bool]:
        """The innermost query whose columns the expressions read (this one if they read none), waiting subqueries among them,
        and whether they read any."""
        read, inner = self._read(exprs, pendings)
        level: Select | Changed | None = self
        if read:
            while level is not None and read.isdisjoint(level.known()):
                level = level.parent
            if level is None:  # columns of a FROM that is still being bound
                level = self
                while level is not None and level.clause != "FROM":
                    level = level.parent
        return level or self, inner, bool(read)

    def _read(self, exprs: Iterable[Expr], pendings: Pendings | None) -> tuple[set[int], dict[int, Pending]]:
        """The columns that expressions read, by their waiting subqueries too, and these."""
        read: set[int] = set()
        for e in exprs:
            n.expr_vars(e, read)
        waiting = (pendings or self.pendings).waiting
        shared = frozenset(id(c.bound.plan) for c in self.env.ctes.values() if c.bound is not None)  # which read for themselves
        inner: dict[int, Pending] = {}
        found = read & waiting.keys()
        while found:
            i = found.pop()
            inner[i] = pending = waiting[i]
            own = set(n.free_but(pending.plan, shared))
            for e in pending.operands:
                n.expr_vars(e, own)
            read |= own
            found |= (own & waiting.keys()) - inner.keys()
        return read - inner.keys(), inner

    def add_grouping(self, args: tuple[Expr, ...], place: str = "") -> Expr:
        """GROUPING(…) belongs to the query whose columns it reads, too."""
        level, _, reads = self._level(args)
        if place and not reads:
            raise UserError(f"grouping operations are not allowed in {place}", "42803")
        if isinstance(level, Changed):
            return level.add_grouping(args)
        if level.clause in _BEFORE_GROUPS or level.filtering:
            raise UserError(f"grouping operations are not allowed in {'FILTER' if level.filtering else level.clause}", "42803")
        return level.aggregates.add_grouping(args)

    def known(self) -> set[int]:
        return self.aggregates.made | self.source | self.pendings.waiting.keys()

    @cached_property
    def row_names(self) -> frozenset[str]:
        """Names that may stand for whole rows of relations."""
        return _row_names(self.tree)

    def _where(self, plan: n.Node) -> n.Node:
        where = self.tree.args.get("where")
        self.clause = "SELECT" if where is None else "WHERE"
        if where is None:
            return plan
        ctx = self.env.ctx.having(clause="WHERE", on_subquery=self.pendings.add, on_aggregate=self.add_aggregate)
        plan = self.pendings.filter(plan, bind_boolean(where.this, self.scope, ctx))
        self.clause = "SELECT"
        return plan

    def _condition(self, name: str, ctx: BindContext, clause: str) -> Expr | None:
        tree = self.tree.args.get(name)
        if tree is None:
            return None
        changed = ctx.having(clause=clause, on_set_returning=None)
        if clause == "HAVING":
            changed = changed.having(on_window=None)
        return bind_boolean(tree.this, self.scope, changed)

    def _qualify(self, items: list[Item], ctx: BindContext) -> Expr | None:
        tree = self.tree.args.get("qualify")
        if tree is None:
            return None
        names = tuple((name, e) for name, e, _ in items if not self._is_input(name))
        scope = replace(self.scope, columns=(*self.scope.columns, *Scope.of("", names).columns))
        return bind_boolean(tree.this, scope, ctx.having(clause="QUALIFY", on_set_returning=None))

    def _is_input(self, name: str) -> bool:
        return any(c.name == name for c in self.scope.columns)

    def _items(self, ctx: BindContext) -> list[Item]:
        """The select list: names, expressions over FROM columns, trees."""
        self.clause = "SELECT"
        out: list[Item] = []
        for entry in self.tree.expressions:
            if isinstance(entry, exp.Star):
                if not self.scope.relations:
                    raise UserError("SELECT * with no tables specified is not valid", position=position_of(entry))
                out += [(name, e, None) for name, e in self._star(self.scope.star(), entry)]
            elif isinstance(entry, exp.Column) and isinstance(entry.this, exp.Star):
                qualifier = tuple(p.name for p in entry.parts[:-1])
                columns = self._qualified_star(qualifier, entry, ctx)
                out += [(name, e, None) for name, e in self._star(columns, entry.this)]
            elif isinstance(entry, exp.Dot) and isinstance(entry.expression, exp.Star):
                from .composite import expand_fields

                value = bind_expr(entry.this, self.scope, ctx)
                out += [(name, e, None) for name, e in expand_fields(value, position_of(entry))]
            elif isinstance(entry, exp.Explode) and isinstance(entry.this, exp.Struct):  # DuckDB's unnest of a row
                from .composite import expand_fields

                out += [(name, e, None) for name, e in expand_fields(bind_expr(entry.this, self.scope, ctx), position_of(entry))]
            elif isinstance(entry, exp.Anonymous) and entry.name == REPLACE:
                self._replace(out, entry, ctx)
            else:
                inner, name = (entry.this, entry.alias) if isinstance(entry, exp.Alias) else (entry, "")
                out.append((name or column_name(inner), bind_expr(inner, self.scope, ctx), inner))
        return out

    def _replace(self, out: list[Item], entry: exp.Anonymous, ctx: BindContext) -> None:
        """`* REPLACE (e AS c)`: other expressions for columns of the star before it."""
        parts = entry.expressions
        for tree, name in zip(parts[::2], parts[1::2]):
            for i, (known, _, old) in enumerate(out):
                if known == name.name and old is None:
                    out[i] = (known, bind_expr(tree, self.scope, ctx), None)
                    break
            else:
                raise UserError(f'column "{name.name}" does not exist', "42703", position=position_of(tree))

    def _qualified_star(
        self, qualifier: tuple[str, ...], entry: exp.Expression, ctx: BindContext
    ) -> list[tuple[str, Expr]]:
        if len(qualifier) == 1 and not self.scope.has_relation(qualifier):
            value = self.scope.find(qualifier)
            if value is not None and value.type.name == "struct":  # DuckDB's row.*
                from .composite import expand_fields

                return expand_fields(value, position_of(entry))
        return self.scope.star(qualifier, position_of(entry))

    def _star(self, columns: list[tuple[str, Expr]], star: exp.Expression) -> list[tuple[str, Expr]]:
        """`* EXCEPT (a, b)`."""
        dropped = {c.name: c for c in star.args.get("except_") or ()}
        renamed = {a.this.name: a for a in star.args.get("rename") or ()}
        names = {name for name, _ in columns}
        for name, tree in (*dropped.items(), *renamed.items()):
            if name not in names:
                raise UserError(f'column "{name}" does not exist', "42703", position=position_of(tree))
        return [(renamed[name].alias if name in renamed else name, e) for name, e in columns if name not in dropped]

    def _group(self, group: exp.Expression | None, items: list[Item]) -> tuple[list[Expr], list[tuple[int, ...]]]:
        if group is None:
            return [], [()]
        if group.args.get("all") and not group.expressions:
            calls = {v.id for v, _ in (*self.aggregates.calls, *self.windows.calls)}
            every = [e for _, e, _ in items if calls.isdisjoint(vars_read(e))]
            return every, [tuple(range(len(every)))]
        ctx = self.env.ctx.having(clause="GROUP BY", on_subquery=self.pendings.add)
        several = any(isinstance(x, (exp.Rollup, exp.Cube, exp.GroupingSets)) for x in group.expressions)
        chosen: dict[Expr, int] = {}

        def result(i: int, position: int | None) -> Expr:
            """By a result column: two of one expression are keys of their own, which a grouping set may have or not."""
            name, e, tree = items[i]
            e = self._grouped_item(e, position)
            if not several or chosen.setdefault(e, i) == i:
                return e
            copy = self.env.ctx.new_var(settle_unknown(e, self.env.ctx).type, name)
            self.copies.append((copy, e))
            items[i] = name, copy, tree
            return copy

        def key(tree: exp.Expression) -> Expr:
            tree = bare(tree)
            number = ordinal(tree)
            position = position_of(tree)
            if number is not None:
                if not 1 <= number <= len(items):
                    raise out_of_range(number, "GROUP BY", position)
                return result(number - 1, position)
            constant_refused(tree, "GROUP BY")
            if isinstance(tree, exp.Column) and len(tree.parts) == 1 and not self._is_input(tree.name):
                found = [i for i, (name, _, _) in enumerate(items) if name == tree.name]
                if found:
                    if any(items[i][1] != items[found[0]][1] for i in found):
                        raise UserError(f'GROUP BY "{tree.name}" is ambiguous', "42702", position=position)
                    return result(found[0], position)
            e = bind_expr(tree, self.scope, ctx)
            same = next((i for i, (_, known, _) in enumerate(items) if known == e), None) if several else None
            return e if same is None else result(same, position)

        return grouping_sets(group, key)

    def _grouped_sets(self, plan: n.Node, keys: list[Expr]) -> n.Node:
        """Set-returning calls by which rows are grouped give their rows first."""
        calls = {v.id for v, _ in self.sets.calls}
        for _, ref in self.windows.calls:
            if any(not calls.isdisjoint(vars_read(e)) for e in window_exprs(ref)):
                raise UserError("window function calls cannot contain set-returning function calls", "0A000")
        if not calls or not calls <= set().union(*(vars_read(k) for k in keys)):
            return plan
        plan = self._set_returning(plan, lambda e: e)
        self.sets.calls = []
        self.source |= plan.ids
        return plan

    def _grouped_item(self, e: Expr, position: int | None) -> Expr:
        read: set[int] = set()
        n.expr_vars(e, read)
        if any(v.id in read for v, _ in self.aggregates.calls):
            raise UserError("aggregate functions are not allowed in GROUP BY", "42803", position=position)
        if any(v.id in read for v, _ in self.windows.calls):
            raise UserError("window functions are not allowed in GROUP BY", "42P20", position=position)
        return e

    def _order(self, items: list[Item], ctx: BindContext) -> list[n.SortItem]:
        clause = self.tree.args.get("order")
        if clause is None:
            return []
        out: list[n.SortItem] = []
        for entry in clause.expressions:
            tree, descending, nulls_first = direction(entry)
            if is_all(tree):
                out += [n.SortItem(e, descending, nulls_first) for _, e, _ in items]
                continue
            out.append(n.SortItem(self._output_or_expression(tree, items, ctx, "ORDER BY"), descending, nulls_first))
        return out

    def _distinct_on(self, distinct: exp.Expression | None, items: list[Item], ctx: BindContext) -> list[Expr]:
        if distinct is None or distinct.args.get("on") is None:
            return []
        on = distinct.args["on"]
        trees = on.expressions if isinstance(on, exp.Tuple) else [on]
        return [self._output_or_expression(t, items, ctx, "SELECT DISTINCT ON") for t in trees]

    def _output_or_expression(self, tree: exp.Expression, items: list[Item], ctx: BindContext, clause: str) -> Expr:
        """A result column by number or name (SQL-92), else an expression over the FROM columns."""
        tree = bare(tree)
        number = ordinal(tree)
        position = position_of(tree)
        if number is not None:
            if not 1 <= number <= len(items):
                raise out_of_range(number, clause, position)
            return items[number - 1][1]
        constant_refused(tree, clause)
        if isinstance(tree, exp.Column) and len(tree.parts) == 1:
            found = [e for name, e, _ in items if name == tree.name]
            if found:
                if any(e != found[0] for e in found):
                    raise UserError(f'{clause} "{tree.name}" is ambiguous', "42702", position=position)
                return found[0]
        for _, e, t in items:
            if t is not None and t == tree:
                return e
        return bind_expr(tree, self.scope, ctx.having(clause=clause))

    # stages of the plan

    def _aggregate(
        self, plan: n.Node, keys: list[Expr], sets: list[tuple[int, ...]], above: list[Expr]
    ) -> tuple[n.Node, Callable[[Expr], Expr]]:
        inner: list[Expr] = [*keys, *(e for _, e in self.copies)]
        for _, agg in self.aggregates.calls:
            inner += agg.exprs()
        plan = self.pendings.need(plan, inner)
        if self.copies:
            copies = [(v, settle_unknown(e, self.env.ctx)) for v, e in self.copies]
            plan = n.Project(plan, (*((v, v) for v in plan.vars), *copies))
        read: set[int] = set()
        for e in above:
            n.expr_vars(e, read)
        for _, ref in self.windows.calls:
            for e in window_exprs(ref):
                n.expr_vars(e, read)
        for _, call in self.sets.calls:
            for e in call.args:
                n.expr_vars(e, read)
        for pending in self.pendings.waiting.values():
            read |= pending.plan.free
            for e in (*pending.operands, *((pending.condition,) if pending.condition is not None else ())):
                n.expr_vars(e, read)
        source = self.source | plan.ids
        padded = [
            (r.present, frozenset(c.expr.id for c in r.columns if isinstance(c.expr, Var)))
            for r in self.scope.relations if isinstance(r.present, Var)
        ]  # fmt: skip
        grouping = Grouping(plan, keys, sets, self.aggregates, source, self._ungrouped, frozenset(read), padded)
        for e in self.aggregates.direct:
            grouping.regroup(e)
        mapped: dict[int, object] = {}
        for i, pending in list(self.pendings.waiting.items()):
            if id(pending) not in mapped:
                mapped[id(pending)] = replace(
                    pending,
                    plan=grouping.regroup_plan(pending.plan),
                    operands=tuple(grouping.regroup(e) for e in pending.operands),
                    condition=None if pending.condition is None else grouping.regroup(pending.condition),
                )
            self.pendings.waiting[i] = mapped[id(pending)]  # type: ignore[assignment]
        return grouping.plan, grouping.regroup

    def _ungrouped(self, column: int) -> UserError:
        for relation in self.scope.relations:
            for c in relation.columns:
                if isinstance(c.expr, Var) and c.expr.id == column:
                    full = f"{relation.name}.{c.name}" if relation.name else c.name
                    return UserError(
                        f'column "{full}" must appear in the GROUP BY clause or be used in an aggregate function',
                        "42803",
                        position=self._place_of(c.name, column),
                    )
        return UserError("a column must appear in the GROUP BY clause or be used in an aggregate function", "42803")

    def _place_of(self, name: str, column: int) -> int | None:
        for clause in (*self.tree.expressions, self.tree.args.get("having"), self.tree.args.get("order")):
            if clause is None:
                continue
            for node in clause.find_all(exp.Column):
                if node.name == name:
                    parts = tuple(p.name for p in node.parts)
                    found = self.scope.find(parts)
                    if isinstance(found, Var) and found.id == column and not _inside_aggregate(node, self):
                        return position_of(node)
        return None

    def _window(self, plan: n.Node, place: Callable[[Expr], Expr]) -> n.Node:
        if not self.windows.calls:
            return plan
        calls = [(v, map_window(ref, place)) for v, ref in self.windows.calls]
        for _, ref in calls:
            plan = self.pendings.need(plan, window_exprs(ref))
        return self.windows.apply(plan, calls)

    def _set_returning(self, plan: n.Node, place: Callable[[Expr], Expr]) -> n.Node:
        if not self.sets.calls:
            return plan
        self.sets.map(place)
        for _, ref in self.sets.calls:
            plan = self.pendings.need(plan, ref.args)
        return self.sets.apply(plan)

    def _project(self, plan: n.Node, items: list[Item], order: list[n.SortItem], distinct: exp.Expression | None,
                 on: list[Expr], sequence: tuple[n.SortItem, ...]) -> Bound:  # fmt: skip
        env = self.env
        out: list[tuple[Var, Expr]] = []
        columns: list[tuple[str, Var]] = []
        for name, e, tree in items:
            if not (self.keep_unknown and isinstance(e, (Lit, Param))):
                e = settle_unknown(e, env.ctx, position_of(tree))
            v = env.ctx.new_var(e.type, name)
            if isinstance(e, Var) and e.id in env.shared.origins:
                env.shared.origins[v.id] = env.shared.origins[e.id]
            out.append((v, e))
            columns.append((name, v))
        plan = self.pendings.need(plan, [e for _, e in out])
        shown = len(out)

        def hidden(e: Expr) -> Var:
            e = settle_unknown(e, env.ctx)
            for v, known in out:
                if known == e and not is_volatile(e):
                    return v
            v = env.ctx.new_var(e.type, "")
            out.append((v, e))
            return v

        sort = tuple(replace(s, expr=hidden_or(out, s.expr, items, hidden)) for s in order)
        keys = tuple(hidden(e) for e in on)
        refuse_json([k.type for k in keys], position_of(distinct) if distinct is not None else None)
        follow = tuple(replace(s, expr=hidden(s.expr)) for s in sequence)
        if distinct is not None and not on and len(out) > shown:
            raise UserError(
                "for SELECT DISTINCT, ORDER BY expressions must appear in select list", "42P10",
                position=position_of(self.tree.args["order"]),
            )  # fmt: skip
        plan = self.pendings.need(plan, [e for _, e in out])
        plan = n.Project(plan, tuple(out))
        if on:
            wanted = {k.id for k in keys}
            leading = {s.expr.id for s in sort[: len(wanted)] if isinstance(s.expr, Var)}
            if sort and not leading <= wanted:
                raise UserError(
                    "SELECT DISTINCT ON expressions must match initial ORDER BY expressions", "42P10",
                    position=position_of(self.tree.args["order"]),
                )  # fmt: skip
            rest = tuple(s for s in sort if not (isinstance(s.expr, Var) and s.expr.id in wanted))
            plan = n.TopN(plan, tuple(dict.fromkeys(keys)), rest, 1, 0)
        elif distinct is not None:
            refuse_json([v.type for v, _ in out[:shown]], position_of(distinct))
            plan = n.Distinct(plan)
        return with_limits(Bound(plan, tuple(columns), sort, sequence=follow), self.tree, env, self.outer)


def hidden_or(
    out: list[tuple[Var, Expr]], e: Expr, items: list[Item], hidden: Callable[[Expr], Var]
) -> Var:
    """The result column that an ORDER BY expression is, by identity first (volatile ones must not run twice)."""
    for (v, _), (_, known, _) in zip(out, items):
        if known is e:
            return v
    return hidden(e)


def _row_names(tree: exp.Expression) -> frozenset[str]:
    """Names that may stand for whole rows of relations."""
    found: set[str] = set()
    for node in tree.find_all(exp.Column):
        if isinstance(node.this, exp.Star):
            found.update(p.name for p in node.parts[-2:-1] if not isinstance(node.parent, exp.Select))
        elif len(node.parts) == 1:
            found.add(node.name)
    return frozenset(found)


def _inside_aggregate(node: exp.Expression, select: Select) -> bool:
    """Some call around the column is an aggregate, going by the name."""
    parent = node.parent
    while parent is not None and parent is not select.tree:
        if isinstance(parent, exp.Anonymous) and is_aggregate(parent.name):
            return True
        parent = parent.parent
    return False

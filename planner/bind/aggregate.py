"""GROUP BY: grouping keys and sets, aggregate calls, and what expressions above them may read.

Expressions are bound over the FROM columns first, aggregates already being columns; `Grouping.regroup` then puts the
grouping keys in place and refuses what is neither grouped nor aggregated (42803).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Call, Case, Expr, Lit, Var, children, is_volatile, with_children
from ...kernels.types import INT4
from ..functions.aggregates import AGGREGATE_NAMES
from ..logical import node as n
from ..logical.rewrite import map_exprs, replace_free, transform
from ..sql.clauses import DISTINCT_SETS
from .aggregate_calls import refuse_json
from .coerce import settle_unknown
from .context import AggregateRef
from .order import vars_read
from .position import position_of
from .query import Env

_LIMIT = 4096  # grouping sets of one query, as in PostgreSQL
_COLLECTING = frozenset(
    ("array_agg", "string_agg", "json_agg", "json_agg_lines", "jsonb_agg", "json_object_agg", "jsonb_object_agg")
)
_NO_DISTINCT_EFFECT = frozenset(("min", "max", "bool_and", "bool_or", "every", "bit_and", "bit_or"))


def lower_aggregate(ref: AggregateRef, env: Env) -> n.Agg:
    """The logical call: direct arguments as values, DISTINCT dropped where it can't matter."""
    direct: list[object] = []
    for e in ref.direct:
        if not isinstance(e, Lit):
            raise Unsupported(
                f"direct arguments of {ref.function} must be constants", hint="Write a literal.", position=ref.position
            )
        direct.append(e.value)
    args = tuple(settle_unknown(a, env.ctx) for a in ref.args)
    order = tuple(n.SortItem(s.expr, s.descending, s.nulls_first) for s in ref.order)
    if ref.distinct:
        order = tuple(replace(s, expr=_argument_of(s.expr, args, ref)) for s in order)
    if ref.function == "string_agg" and len(args) == 2 and isinstance(args[1], Lit):
        direct, args = [args[1].value], args[:1]  # a constant delimiter is no column
    distinct = ref.distinct and ref.function not in _NO_DISTINCT_EFFECT
    return n.Agg(ref.function, args, ref.type, distinct, ref.filter, order, tuple(direct))


def _argument_of(e: Expr, args: tuple[Expr, ...], ref: AggregateRef) -> Expr:
    """The argument that an ORDER BY expression is, the cast to the parameter's type aside."""
    for a in args:
        relabeled = isinstance(a, Call) and a.kernel == "misc.relabel" and a.args[0] == e
        constant = isinstance(a, Lit) and isinstance(e, Lit) and a.value == e.value and e.type.name == "varchar"
        if a == e or relabeled or constant:
            return a
    raise UserError(
        "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list", "42P10", position=ref.position
    )


class Aggregates:
    """The aggregate calls of one SELECT; equal calls share a column."""

    def __init__(self, env: Env) -> None:
        self.env = env
        self.calls: list[tuple[Var, n.Agg]] = []
        self.groupings: list[tuple[Var, tuple[Expr, ...], int | None]] = []
        self.direct: list[Expr] = []  # what may use grouped columns only
        self._known: list[tuple[AggregateRef, Var]] = []
        self.sequence: tuple[n.SortItem, ...] = ()  # the order in which the rows come

    def add(self, ref: AggregateRef) -> Expr:
        plain = replace(ref, position=None)
        for known, v in self._known:
            if known == plain and not _has_volatile(plain):
                return v
        made = self.env.ctx.new_var(ref.type, ref.function)
        call = lower_aggregate(ref, self.env)
        if self.sequence and not call.order and not ref.distinct and ref.function in _COLLECTING:
            call = replace(call, order=self.sequence)
        self.calls.append((made, call))
        self.direct += ref.grouped
        self._known.append((plain, made))
        return made

    def add_grouping(self, args: tuple[Expr, ...]) -> Expr:
        if len(args) > 31:
            raise UserError("GROUPING must have fewer than 32 arguments", "54023")
        made = self.env.ctx.new_var(INT4, "grouping")
        self.groupings.append((made, args, None))
        return made

    @property
    def made(self) -> set[int]:
        """The columns that hold results."""
        return {v.id for v, _ in self.calls} | {v.id for v, _, _ in self.groupings}

    def __bool__(self) -> bool:
        return bool(self.calls or self.groupings)


def _has_volatile(ref: AggregateRef) -> bool:
    return any(is_volatile(a) for a in ref.args)


Padded = Sequence[tuple[Var, frozenset[int]]]  # of relations in outer joins: what is NULL where there is no row, and columns
BindKey = Callable[[exp.Expression], Expr]


def grouping_sets(group: exp.Expression | None, bind_key: BindKey) -> tuple[list[Expr], list[tuple[int, ...]]]:
    """(distinct keys, sets of key positions). Without grouping sets there is exactly one set."""
    keys: list[Expr] = []

    def key(tree: exp.Expression) -> int:
        e = bind_key(tree)
        for i, known in enumerate(keys):
            if known == e:
                return i
        keys.append(e)
        return len(keys) - 1

    def composite(tree: exp.Expression) -> tuple[int, ...]:
        if isinstance(tree, exp.Tuple):
            return tuple(key(x) for x in tree.expressions)
        if isinstance(tree, exp.Paren):
            return composite(tree.this)
        return (key(tree),)

    def sets_of(tree: exp.Expression) -> list[tuple[int, ...]]:
        match tree:
            case exp.GroupingSets():
                return [s for x in tree.expressions for s in sets_of(x)]
            case exp.Rollup():
                parts = [composite(x) for x in tree.expressions]
                return [_merge(parts[:i]) for i in range(len(parts), -1, -1)]
            case exp.Cube():
                parts = [composite(x) for x in tree.expressions]
                if len(parts) > 12:
                    raise UserError("CUBE is limited to 12 elements", "54011", position=position_of(tree))
                masks = range(2 ** len(parts) - 1, -1, -1)
                width = len(parts)
                return [_merge([x for i, x in enumerate(parts) if m >> (width - 1 - i) & 1]) for m in masks]
            case exp.Tuple():
                return [composite(tree)]
            case _:
                return [composite(tree)]

    total: list[tuple[int, ...]] = [()]
    if group is not None:
        elements = list(group.expressions)
        distinct = bool(elements) and isinstance(elements[0], exp.Anonymous) and elements[0].name == DISTINCT_SETS
        for element in elements[1:] if distinct else elements:
            chosen = sets_of(element)
            total = [_merge([a, b]) for a in total for b in chosen]
            if len(total) > _LIMIT:
                raise UserError(f"too many grouping sets present (maximum {_LIMIT})", "54001")
        if distinct:
            total = list({frozenset(s): s for s in total}.values())
    return keys, total


def _merge(parts: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(i for part in parts for i in part))


class Grouping:
    """The aggregated plan and the columns that stand for the keys. `above`: columns read by what is above it."""

    def __init__(self, plan: n.Node, expressions: list[Expr], sets: list[tuple[int, ...]], calls: Aggregates,
                 source: frozenset[int], describe: Callable[[int], UserError], above: frozenset[int],
                 padded: Padded = ()) -> None:  # fmt: skip
        self.source = source
        self.padded = padded
        self.describe = describe
        env = calls.env
        keys: list[Var] = []
        items: dict[int, tuple[Var, Expr]] = {}
        plain = all(isinstance(e, Var) and e.id in plan.ids for e in expressions)  # outer columns are computed
        for e in expressions:
            v = e if isinstance(e, Var) and e.id in plan.ids else env.ctx.new_var(settle_unknown(e, env.ctx).type, "group")
            keys.append(v)
            items[v.id] = (v, settle_unknown(e, env.ctx))
        refuse_json([v.type for v in keys], None)
        if not plain:
            for _, call in calls.calls:
                read: set[int] = set()
                for x in call.exprs():
                    n.expr_vars(x, read)
                for v in plan.vars:
                    if v.id in read:
                        items.setdefault(v.id, (v, v))
            own = tuple(v for e, v in zip(expressions, keys) if v is e)
            for v in self._with_dependent(plan, own, source & above):
                items.setdefault(v.id, (v, v))
            plan = n.Project(plan, tuple(items.values()))
        if len(sets) == 1:
            keys_of_one = self._with_dependent(plan, tuple(keys[i] for i in sets[0]), source & above)
            self.plan: n.Node = n.Aggregate(plan, keys_of_one, tuple(calls.calls))
            self.keys = [(e, v) for e, v in zip(expressions, keys)] + [
                (v, v) for v in keys_of_one if v.id not in {k.id for k in keys}
            ]
            values = tuple((v, Lit(_mask(args, expressions, sets[0], source), INT4)) for v, args, _ in calls.groupings)
            if values:
                self.plan = n.Project(self.plan, (*((v, v) for v in self.plan.vars), *values))
        else:
            self._expand(plan, expressions, keys, sets, calls, env)
        if len(sets) > 1 and any(vars_read(e) & source for e in calls.direct):
            raise Unsupported(
                "direct arguments of aggregates must be constants beside grouping sets", hint="Use UNION ALL of groups.",
            )  # fmt: skip
        self.by_id = {e.id: v for e, v in self.keys if isinstance(e, Var)}
        self.computed = [(e, v) for e, v in self.keys if not isinstance(e, Var)]
        self.determined = frozenset(
            v.id for scan in _scans(plan) if scan.primary and scan.primary <= self.by_id.keys() for v in scan.columns
        )

    def _with_dependent(self, plan: n.Node, keys: tuple[Var, ...], source: frozenset[int]) -> tuple[Var, ...]:
        """Functional dependency: a grouped primary key brings its table's other columns along as keys."""
        have = {k.id for k in keys}
        extra: list[Var] = []
        for scan in _scans(plan):
            if scan.primary and scan.primary <= have:
                extra += [v for v in scan.columns if v.id not in have and v.id in source and v.id in plan.ids]
                extra += [v for v, columns in self.padded if scan.ids <= columns and v.id in source and v.id in plan.ids]
        return (*keys, *dict.fromkeys(extra))

    def _expand(self, plan: n.Node, expressions: list[Expr], keys: list[Var], sets: list[tuple[int, ...]],
                calls: Aggregates, env: Env) -> None:  # fmt: skip
        """One aggregate per grouping set over the shared input, put together by UNION ALL."""
        out_keys = [env.ctx.new_var(k.type, k.name) for k in keys]
        out_calls = [env.ctx.new_var(v.type, v.name) for v, _ in calls.calls]
        out_masks = [v for v, _, _ in calls.groupings]
        parts: list[n.Node] = []
        for chosen in sets:
            part: n.Node = n.Aggregate(plan, tuple(keys[i] for i in chosen), tuple(calls.calls))
            items: list[tuple[Var, Expr]] = []
            for i, k in enumerate(keys):
                items.append((env.ctx.new_var(k.type, k.name), k if i in chosen else Lit(None, k.type)))
            items += [(env.ctx.new_var(v.type, v.name), v) for v, _ in calls.calls]
            items += [
                (env.ctx.new_var(INT4), Lit(_mask(args, expressions, chosen, self.source), INT4))
                for _, args, _ in calls.groupings
            ]
            parts.append(n.Project(part, tuple(items)))
        self.plan = n.Union(tuple(parts), (*out_keys, *out_calls, *out_masks))
        self.keys = list(zip(expressions, out_keys))
        self.renamed: dict[int, Expr] = {v.id: new for (v, _), new in zip(calls.calls, out_calls)}

    renamed: dict[int, Expr] = {}

    def regroup(self, e: Expr) -> Expr:
        """`e`, bound over FROM, as an expression over the aggregated plan. 42803 for ungrouped columns."""
        for key, v in self.computed:
            if key == e:
                return v
        if isinstance(e, Var):
            grouped = self.by_id.get(e.id)
            if grouped is not None:
                return grouped
            if e.id in self.source:
                raise self.describe(e.id)
            return self.renamed.get(e.id, e)
        old = children(e)
        if not old:
            return e
        if isinstance(e, Call) and e.kernel == "struct.row" and e.texts:
            self._check_whole(e)
        new = tuple(self.regroup(c) for c in old)
        return e if all(a is b for a, b in zip(old, new)) else with_children(e, new)

    def _rows(self, e: Expr) -> Expr:
        """An expression of a subquery with the rows of relations that are grouped as such."""
        if not children(e):
            return e
        for key, v in self.computed:
            if key == e and whole(key):
                return v
        if isinstance(e, Call) and e.kernel == "struct.row" and e.texts:
            self._check_whole(e)
        old = children(e)
        new = tuple(self._rows(c) for c in old)
        return e if all(a is b for a, b in zip(old, new)) else with_children(e, new)

    def _check_whole(self, row: Call) -> None:
        """A row of a relation is grouped as such, or with the primary key; not because all of its columns are."""
        own = [a.id for a in row.args if isinstance(a, Var) and a.id in self.source]
        if own and not self.determined.issuperset(own):
            raise UserError(
                f'column "{row.texts[0]}.*" must appear in the GROUP BY clause or be used in an aggregate function', "42803"
            )

    def regroup_plan(self, plan: n.Node) -> n.Node:
        """A subquery that reads columns of this level, reading the grouped ones instead."""
        mapping: dict[int, Expr] = {i: v for i, v in self.by_id.items()}
        mapping.update(self.renamed)
        if not plan.free.isdisjoint(self.source):
            plan = transform(plan, lambda x: map_exprs(x, self._rows))
        for i in plan.free & self.source:
            if i not in self.by_id:
                raise UserError(
                    self.describe(i).message.replace(
                        "must appear in the GROUP BY clause or be used in an aggregate function", ""
                    ).replace("column", "subquery uses ungrouped column", 1).rstrip() + " from outer query",
                    "42803",
                )  # fmt: skip
        return replace_free(plan, mapping)


def whole(e: Expr) -> bool:
    """The row of a relation, where there is one."""
    if isinstance(e, Case):
        e = e.branches[0][1]
    return isinstance(e, Call) and e.kernel == "struct.row" and bool(e.texts)


def _mask(
    args: tuple[Expr, ...], expressions: list[Expr], chosen: tuple[int, ...], own: frozenset[int]
) -> int:
    """GROUPING(): a bit per argument, 1 where it is not a key of this set."""
    value = 0
    for a in args:
        if a not in expressions or (isinstance(a, Var) and a.id not in own):
            raise UserError("arguments to GROUPING must be grouping expressions of the associated query level", "42803")
        value = value << 1 | (expressions.index(a) not in chosen)
    return value


def _scans(plan: n.Node) -> Iterable[n.Scan]:
    if isinstance(plan, n.Scan):
        yield plan
    elif isinstance(plan, (n.Filter, n.Join, n.DependentJoin, n.TemporalJoin, n.AsOfJoin, n.Project, n.WatermarkFilter)):
        for i in plan.inputs:
            yield from _scans(i)


def is_aggregate(name: str) -> bool:
    """Some aggregate function has this name."""
    return name in AGGREGATE_NAMES


__all__ = ["Aggregates", "Grouping", "grouping_sets", "lower_aggregate"]

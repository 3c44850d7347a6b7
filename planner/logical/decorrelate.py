"""Dependent joins become plain joins.

After Neumann and Kemper, "Unnesting Arbitrary Queries" (BTW 2015): a dependent join is first tried the cheap way, by
pulling the correlated predicates out of the right side into the join condition; where that isn't possible the distinct
outer values (the domain) are pushed down the right side until nothing below depends on them, and the result is
joined with the left side on those values. Innermost dependent joins go first, so a subquery may reach over any number
of levels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ...kernels.expr.spec import (
    And,
    Call,
    Case,
    Coalesce,
    Expr,
    Kept,
    Let,
    Lit,
    Or,
    Var,
    conjunction,
    conjuncts,
    is_volatile,
)
from ...kernels.types import BOOL, Kind
from . import node as n
from .properties import COUNTS, never_empty, single_row
from .rewrite import map_agg, map_exprs, substitute, transform

NewVar = Callable[[Var], Var]
Mapping = dict[int, Expr]

_WIDTH = (Kind.INT2, Kind.INT4, Kind.INT8, Kind.NUMERIC, Kind.FLOAT4, Kind.FLOAT8)
_SAFE = ("compare.", "bool.", "struct.", "misc.relabel", "arith.add", "arith.sub", "arith.mul", "numeric.")
_UNSAFE_WORDS = ("div", "mod", "cast", "sqrt", "ln", "log", "power", "parse")


def decorrelate(plan: n.Node, new_var: NewVar) -> n.Node:
    """The plan without dependent joins. `new_var` makes a fresh column like another."""
    return transform(plan, lambda x: _Unnesting(new_var).join(x) if isinstance(x, n.DependentJoin) else x)


def same(a: Expr, b: Expr) -> Expr:
    """a IS NOT DISTINCT FROM b."""
    return Call("compare.is_not_distinct", (a, b), BOOL)


def _null_for_null(e: Expr) -> bool:
    return isinstance(e, Var) or (isinstance(e, Call) and e.kernel == "struct.field" and _null_for_null(e.args[0]))


def both(*parts: Expr | None) -> Expr | None:
    return conjunction(tuple(p for part in parts if part is not None for p in conjuncts(part)))


def reads(e: Expr) -> set[int]:
    found: set[int] = set()
    n.expr_vars(e, found)
    return found


def is_safe(e: Expr) -> bool:
    """Evaluating `e` for rows that no outer row asks for can't fail (up to overflow)."""
    match e:
        case Call() if e.kernel.startswith("cast."):
            source, target = e.args[0].type.kind, e.type.kind
            wider = source in _WIDTH and target in _WIDTH and _WIDTH.index(source) <= _WIDTH.index(target)
            return (wider or (target == Kind.TEXT and not e.type.mods)) and all(is_safe(a) for a in e.args)
        case Call():
            known = e.kernel.startswith(_SAFE) and not any(w in e.kernel for w in _UNSAFE_WORDS)
            return known and not e.volatile and all(is_safe(a) for a in e.args)
        case And() | Or() | Coalesce():
            return all(is_safe(a) for a in e.args)
        case Case():
            return is_safe(e.otherwise) and all(is_safe(c) and is_safe(v) for c, v in e.branches)
        case Let():
            return is_safe(e.value) and is_safe(e.body)
        case Lit() | Var() | Kept():
            return True
        case _:
            return not is_volatile(e)


def _only_rows(plan: n.Node) -> n.Node:
    """Where only counts whether there is a row, no values are computed."""
    while isinstance(plan, n.Project):
        plan = plan.input
    return plan


class _Unnesting:
    def __init__(self, new_var: NewVar) -> None:
        self.new = new_var

    def join(self, node: n.DependentJoin) -> n.Node:
        if node.condition is None and node.kind in ("semi", "anti", "mark"):
            node = replace(node, right=_only_rows(node.right))
        left, right = node.left, node.right
        outer = right.free & left.ids
        if not outer:
            return self._plain(node, right)
        if node.kind in ("inner", "left"):
            direct = self._over_left(node)
            if direct is not None:
                return direct
        pulled = self._by_pulling(node, outer)
        if pulled is not None:
            return pulled
        return self._by_domain(node, outer)

    def _plain(self, node: n.DependentJoin, right: n.Node) -> n.Node:
        if node.kind == "semi" and node.condition is None and never_empty(right):
            return node.left
        if node.kind != "mark":
            return n.Join(node.left, right, node.kind, node.condition)
        assert node.mark is not None
        if never_empty(right):
            return n.Project(node.left, (*((v, v) for v in node.left.vars), (node.mark, Lit(True, BOOL))))
        one = self.new(Var(0, BOOL, "some"))
        exists = n.Distinct(n.Project(right, ((one, Lit(True, BOOL)),)))
        return self._marked(node.left, exists, None, node.mark)

    def _marked(self, left: n.Node, right: n.Node, condition: Expr | None, mark: Var) -> n.Node:
        """`right` has at most one match per left row."""
        flag = self.new(Var(0, BOOL, "matched"))
        right = n.Project(right, (*((v, v) for v in right.vars), (flag, Lit(True, BOOL))))
        made = n.Join(left, right, "left", condition)
        found = Call("bool.is_not_null", (flag,), BOOL)
        return n.Project(made, (*((v, v) for v in left.vars), (mark, found)))

    # right sides that are functions of one left row

    def _over_left(self, node: n.DependentJoin) -> n.Node | None:
        """Table functions, filters and projections over nothing run on the left rows themselves."""
        if node.condition is not None:
            return None
        layers: list[n.Project] = []
        base = node.right
        while isinstance(base, n.Project):
            layers.append(base)
            base = base.input
        made: n.Node
        if base is n.ONE_ROW:
            made = node.left
        elif isinstance(base, n.ProjectSet) and base.input is n.ONE_ROW:
            if node.kind == "left" and not all(_null_for_null(e) for layer in layers for _, e in layer.items):
                return None
            made = replace(base, input=node.left, outer=node.kind == "left")
        else:
            return None
        for layer in reversed(layers):
            made = n.Project(made, (*((v, v) for v in node.left.vars), *layer.items))
        return made

    # pulling predicates up

    def _by_pulling(self, node: n.DependentJoin, outer: frozenset[int]) -> n.Node | None:
        left, right = node.left, node.right
        if node.kind == "left":
            counted = self._aggregate_over_left(node, outer)
            if counted is not None:
                return counted
        several: Var | None = None
        if isinstance(right, n.SingleRow) and not right.groups:
            several, right = right.several, right.input
        got = _Pull(outer).pull(right)
        if got is None:
            return None
        plan, predicates = got
        condition = both(node.condition, *predicates)
        checked = several is not None and not single_row(n.Filter(plan, condition) if condition is not None else plan)
        if several is not None and checked:
            groups = self._keys(predicates, plan.ids)
            if groups is None:
                return None
            plan = n.SingleRow(plan, several, groups)
        if node.kind != "mark":
            made = n.Join(left, plan, node.kind, condition)
            if node.kind not in ("inner", "left"):
                return made
            return n.Project(made, tuple((v, Lit(False, BOOL) if v == several and not checked else v) for v in node.vars))
        assert node.mark is not None
        keys, parts = self._equalities(predicates, plan.ids)
        if keys is None or node.condition is not None:
            return None
        items: dict[int, tuple[Var, Expr]] = {}
        for outside, inside, null_safe in keys:
            v = self.new(Var(0, inside.type, "key"))
            items[v.id] = (v, inside)
            parts.append(Call("compare.is_not_distinct" if null_safe else "compare.eq", (outside, v), BOOL))
        if not items:
            one = self.new(Var(0, BOOL, "some"))
            items[one.id] = (one, Lit(True, BOOL))
        distinct = n.Distinct(n.Project(plan, tuple(items.values())))
        return self._marked(left, distinct, conjunction(tuple(parts)), node.mark)

    def _equalities(
        self, predicates: Sequence[Expr], inside: frozenset[int]
    ) -> tuple[list[tuple[Expr, Expr, bool]] | None, list[Expr]]:
        """Predicates as (outer side, inner side, null safe), and those over outer columns only.

        The first is None if a predicate is neither.
        """
        found: list[tuple[Expr, Expr, bool]] = []
        outside: list[Expr] = []
        for part in predicates:
            pair = _equality(part, inside)
            if pair is not None:
                found.append(pair)
            elif inside.isdisjoint(reads(part)):
                outside.append(part)
            else:
                return None, []
        return found, outside

    def _keys(self, predicates: Sequence[Expr], inside: frozenset[int]) -> tuple[Var, ...] | None:
        """The columns that outer values are compared with, if there are no other predicates."""
        pairs, outside = self._equalities(predicates, inside)
        keys = [key for _, key, _ in pairs or () if isinstance(key, Var)]
        return tuple(dict.fromkeys(keys)) if pairs and len(keys) == len(pairs) and not outside else None

    def _aggregate_over_left(self, node: n.DependentJoin, outer: frozenset[int]) -> n.Node | None:
        """left ⟕ projections of an ungrouped aggregate: group by the correlated keys, counts of no rows are 0."""
        layers: list[n.Project] = []
        right = node.right
        while isinstance(right, n.Project):
            layers.append(right)
            right = right.input
        if not isinstance(right, n.Aggregate) or right.groups or node.condition is not None:
            return None
        if any(not outer.isdisjoint(reads(e)) for _, call in right.calls for e in call.exprs()):
            return None
        got = _Pull(outer).pull(right.input)
        if got is None:
            return None
        plan, predicates = got
        keys, parts = self._equalities(predicates, plan.ids)
        if keys is None or not all(is_safe(e) for _, c in right.calls for e in c.exprs()):
            return None
        items: dict[int, tuple[Var, Expr]] = {}
        groups: list[Var] = []
        for outside, inside, null_safe in keys:
            if isinstance(inside, Var):
                key = inside
            else:
                key = self.new(Var(0, inside.type, "key"))
            items[key.id] = (key, inside)
            if key not in groups:
                groups.append(key)
            parts.append(Call("compare.is_not_distinct" if null_safe else "compare.eq", (outside, key), BOOL))
        if any(not isinstance(inside, Var) for _, inside, _ in keys):
            plan = n.Project(plan, (*((v, v) for v in plan.vars if v.id not in items), *items.values()))
        made: n.Node = n.Join(
            node.left, n.Aggregate(plan, tuple(groups), right.calls), "left", conjunction(tuple(parts))
        )
        made = self._defaults(made, node.left.vars, right.calls)
        for layer in reversed(layers):
            made = n.Project(made, (*((v, v) for v in node.left.vars), *layer.items))
        return made

    def _defaults(self, plan: n.Node, kept: Iterable[Var], calls: Sequence[tuple[Var, n.Agg]]) -> n.Node:
        """Aggregates of no rows: counts are 0, all others NULL as the outer join left them."""
        items: list[tuple[Var, Expr]] = [(v, v) for v in kept]
        for v, call in calls:
            items.append((v, Coalesce((v, Lit(0, v.type)), v.type) if call.function in COUNTS else v))
        return n.Project(plan, tuple(items))

    # pushing the domain down

    def _by_domain(self, node: n.DependentJoin, outer: frozenset[int]) -> n.Node:
        left = node.left
        keys = tuple(v for v in left.vars if v.id in outer)
        domain = n.Distinct(n.Project(left, tuple((self.new(k), k) for k in keys)))
        pushed, mapping = _Push(keys, domain, self.new).push(node.right)
        condition = both(
            *(same(k, mapping[k.id]) for k in keys), None if node.condition is None else node.condition
        )
        if node.kind == "mark":
            assert node.mark is not None
            items = tuple((self.new(k), mapping[k.id]) for k in keys)
            exists = n.Distinct(n.Project(pushed, items))
            parts = conjunction(tuple(same(k, v) for k, (v, _) in zip(keys, items)))
            return self._marked(left, exists, parts, node.mark)
        made = n.Join(left, pushed, node.kind, condition)
        if node.kind in ("inner", "left"):
            return n.Project(made, tuple((v, v) for v in node.vars))
        return made


def _equality(part: Expr, inside: frozenset[int]) -> tuple[Expr, Expr, bool] | None:
    """`outer expression = inside expression` as (outer, inside, null safe)."""
    if not isinstance(part, Call) or part.kernel not in ("compare.eq", "compare.is_not_distinct"):
        return None
    a, b = part.args
    read_a, read_b = reads(a), reads(b)
    safe = part.kernel == "compare.is_not_distinct"
    if read_a and read_b and inside.isdisjoint(read_a) and read_b <= inside:
        return a, b, safe
    if read_a and read_b and inside.isdisjoint(read_b) and read_a <= inside:
        return b, a, safe
    return None


Pulled = tuple[n.Node, list[Expr]]


class _Pull:
    """Takes correlated predicates out of a plan, whose rows then are those for every outer row together."""

    def __init__(self, outer: frozenset[int]) -> None:
        self.outer = outer

    def pull(self, node: n.Node) -> Pulled | None:
        """(plan without outer columns, predicates over its output and outer columns), or None."""
        if node.free.isdisjoint(self.outer):
            return node, []
        match node:
            case n.Filter():
                return self._filter(node)
            case n.Project():
                return self._project(node)
            case n.Join():
                return self._join(node)
            case n.Distinct():
                return self._distinct(node)
            case n.Aggregate() if node.groups:
                return self._aggregate(node)
            case n.TopN() | n.Window():
                return self._per_group(node)
            case _:
                return None

    def _filter(self, node: n.Filter) -> Pulled | None:
        got = self.pull(node.input)
        if got is None:
            return None
        plan, predicates = got
        inside: list[Expr] = []
        for part in conjuncts(node.predicate):
            if self.outer.isdisjoint(reads(part)):
                inside.append(part)
            elif is_volatile(part):
                return None
            else:
                predicates = [*predicates, part]
        kept = conjunction(tuple(inside))
        return (plan if kept is None else n.Filter(plan, kept)), predicates

    def _project(self, node: n.Project) -> Pulled | None:
        if not self.outer.isdisjoint(node.used) or not all(is_safe(e) for _, e in node.items):
            return None
        got = self.pull(node.input)
        if got is None:
            return None
        plan, predicates = got
        needed = {i for p in predicates for i in reads(p)} - self.outer
        shown = {v.id for v in node.vars}
        extra = tuple((v, v) for v in plan.vars if v.id in needed and v.id not in shown)
        if any(v.id in needed and v.id in shown and e != v for v, e in node.items):
            return None
        return n.Project(plan, (*node.items, *extra)), predicates

    def _join(self, node: n.Join) -> Pulled | None:
        sides = (node.left,) if node.kind in ("left", "semi", "anti") else (node.left, node.right)
        if node.kind not in ("inner", "left", "semi", "anti"):
            return None
        if len(sides) == 1 and not node.right.free.isdisjoint(self.outer):
            return None
        predicates: list[Expr] = []
        plans: list[n.Node] = []
        for side in sides:
            got = self.pull(side)
            if got is None:
                return None
            plans.append(got[0])
            predicates += got[1]
        right = plans[1] if len(plans) == 2 else node.right
        inside: list[Expr] = []
        for part in () if node.condition is None else conjuncts(node.condition):
            if self.outer.isdisjoint(reads(part)):
                inside.append(part)
            elif node.kind == "inner":
                predicates.append(part)
            else:
                return None
        return n.Join(plans[0], right, node.kind, conjunction(tuple(inside))), predicates

    def _distinct(self, node: n.Distinct) -> Pulled | None:
        got = self.pull(node.input)
        if got is None:
            return None
        plan, predicates = got
        needed = {i for p in predicates for i in reads(p)} - self.outer
        if needed <= node.ids and plan.ids == node.ids:
            return n.Distinct(plan), predicates
        if not all(_equality(p, plan.ids) or plan.ids.isdisjoint(reads(p)) for p in predicates):
            return None
        return n.Distinct(plan), predicates

    def _aggregate(self, node: n.Aggregate) -> Pulled | None:
        """Equality with an outer value fixes the added keys, so the groups of one outer row stay the same."""
        if not self.outer.isdisjoint(node.used):
            return None
        got = self.pull(node.input)
        if got is None:
            return None
        plan, predicates = got
        groups = list(node.groups)
        for p in predicates:
            if plan.ids.isdisjoint(reads(p)):
                continue  # all groups or none
            pair = _equality(p, plan.ids)
            if pair is None or not isinstance(pair[1], Var):
                return None
            if pair[1] not in groups:
                groups.append(pair[1])
        if not all(is_safe(e) for _, c in node.calls for e in c.exprs()):
            return None
        return n.Aggregate(plan, tuple(groups), node.calls), predicates

    def _per_group(self, node: n.TopN | n.Window) -> Pulled | None:
        """Equality with an outer value: the top-n or window of each inner value on its own."""
        if not self.outer.isdisjoint(node.used) or not all(is_safe(e) for e in node.exprs()):
            return None
        got = self.pull(node.input)
        if got is None:
            return None
        plan, predicates = got
        extra: dict[Var, None] = {}
        for p in predicates:
            if plan.ids.isdisjoint(reads(p)):
                continue
            pair = _equality(p, plan.ids)
            if pair is None or not isinstance(pair[1], Var):
                return None
            extra[pair[1]] = None
        if isinstance(node, n.TopN):
            return replace(node, input=plan, groups=tuple(dict.fromkeys((*node.groups, *extra)))), predicates
        return replace(node, input=plan, partition=tuple(dict.fromkeys((*node.partition, *extra)))), predicates


Pushed = tuple[n.Node, Mapping]


class _Push:
    """Pushes the domain (distinct outer values `keys`) down: output = original columns and a copy of the keys."""

    def __init__(self, keys: tuple[Var, ...], domain: n.Node, new_var: NewVar) -> None:
        self.keys = keys
        self.ids = n.ids(keys)
        self.domain = domain
        self.new = new_var
        self.recursions: dict[int, tuple[Var, ...]] = {}
        self.made: dict[int, tuple[n.Node, Pushed]] = {}

    def fresh_domain(self) -> tuple[n.Node, Mapping]:
        copies = tuple(self.new(k) for k in self.keys)
        plan = n.Project(self.domain, tuple(zip(copies, self.domain.vars)))
        return plan, {k.id: c for k, c in zip(self.keys, copies)}

    def _vars(self, mapping: Mapping) -> tuple[Var, ...]:
        found = tuple(mapping[k.id] for k in self.keys)
        return found  # type: ignore[return-value]

    def push(self, node: n.Node) -> Pushed:
        """{(d, t) | d in domain, t in node(d)} and where each key is."""
        if node.free.isdisjoint(self.ids) and not self._refers(node):
            domain, mapping = self.fresh_domain()
            return n.Join(domain, node, "inner", None), mapping
        known = self.made.get(id(node))
        if known is None:
            made = self._pushed(node)
            if not self.recursions:
                self.made[id(node)] = node, made
            return made
        plan, mapping = known[1]  # shared, as it was: only the keys get names of their own
        copies = tuple(self.new(k) for k in self.keys)
        keys = tuple(zip(copies, self._vars(mapping)))
        return n.Project(plan, (*((v, v) for v in node.vars), *keys)), {k.id: c for k, c in zip(self.keys, copies)}

    def _pushed(self, node: n.Node) -> Pushed:
        match node:
            case n.Filter() | n.NowFilter() | n.WatermarkFilter():
                plan, mapping = self.push(node.input)
                return map_exprs(node, lambda e: substitute(e, mapping)).with_inputs(plan), mapping
            case n.Project():
                plan, mapping = self.push(node.input)
                made = map_exprs(node, lambda e: substitute(e, mapping))
                assert isinstance(made, n.Project)
                own = {v.id for v in node.vars}
                keep = tuple((v, v) for v in self._vars(mapping) if v.id not in own)
                return n.Project(plan, (*made.items, *keep)), mapping
            case n.Join():
                return self._join(node)
            case n.Aggregate():
                return self._aggregate(node)
            case n.Distinct():
                plan, mapping = self.push(node.input)
                plan = self._exactly(plan, node.input.vars, mapping)
                return n.Distinct(plan), mapping
            case n.TopN():
                plan, mapping = self.push(node.input)
                made = map_exprs(node, lambda e: substitute(e, mapping)).with_inputs(plan)
                assert isinstance(made, n.TopN)
                return replace(made, groups=self._with_keys(made.groups, mapping)), mapping
            case n.Sort():
                return self.push(node.input)
            case n.Window():
                plan, mapping = self.push(node.input)
                made = map_exprs(node, lambda e: substitute(e, mapping)).with_inputs(plan)
                assert isinstance(made, n.Window)
                return replace(made, partition=(*made.partition, *self._vars(mapping))), mapping
            case n.ProjectSet():
                plan, mapping = self.push(node.input)
                return map_exprs(node, lambda e: substitute(e, mapping)).with_inputs(plan), mapping
            case n.SingleRow():
                plan, mapping = self.push(node.input)
                return n.SingleRow(plan, node.several, self._with_keys(node.groups, mapping)), mapping
            case n.Union():
                return self._positional(node, node.parts)
            case n.SetOp():
                return self._positional(node, (node.left, node.right))
            case n.AsOfJoin():
                return self._asof(node)
            case n.TemporalJoin():
                return self._temporal(node)
            case n.Values():
                plan, mapping = self.fresh_domain()
                parts = [
                    n.Project(plan, (*((self.new(c), substitute(e, mapping)) for c, e in zip(node.columns, row)),
                                     *((self.new(v), v) for v in self._vars(mapping))))
                    for row in node.rows
                ]  # fmt: skip
                keys = tuple(self.new(k) for k in self.keys)
                made_union = n.Union(tuple(parts), (*node.columns, *keys))
                return made_union, {k.id: v for k, v in zip(self.keys, keys)}
            case n.Recursive():
                return self._recursive(node)
            case n.RecursiveRef():
                copies = tuple(self.new(k) for k in self.keys)
                return n.RecursiveRef(node.tag, (*node.columns, *copies)), dict(zip((k.id for k in self.keys), copies))
            case _:
                raise AssertionError(f"{type(node).__name__} can't be decorrelated")

    def _with_keys(self, groups: tuple[Var, ...], mapping: Mapping) -> tuple[Var, ...]:
        have = {g.id for g in groups}
        return (*groups, *(v for v in self._vars(mapping) if v.id not in have))

    def _refers(self, node: n.Node) -> bool:
        """Reads a recursion whose columns were extended by the keys."""
        if isinstance(node, n.RecursiveRef):
            return node.tag in self.recursions
        return bool(self.recursions) and any(self._refers(i) for i in node.inputs)

    def _depends(self, node: n.Node) -> bool:
        return not node.free.isdisjoint(self.ids) or self._refers(node)

    def _join(self, node: n.Join) -> Pushed:
        left_needs, right_needs = self._depends(node.left), self._depends(node.right)
        kind = node.kind
        if kind == "inner" and not right_needs:
            left, mapping = self.push(node.left)
            return n.Join(left, node.right, kind, self._mapped(node.condition, mapping)), mapping
        if kind == "inner" and not left_needs:
            right, mapping = self.push(node.right)
            return n.Join(node.left, right, kind, self._mapped(node.condition, mapping)), mapping
        if kind == "right":
            flipped, mapping = self._join(n.Join(node.right, node.left, "left", node.condition))
            order = (*node.vars, *(v for v in self._vars(mapping) if v.id not in node.ids))
            return n.Project(flipped, tuple((v, v) for v in order)), mapping
        left, mapping = self.push(node.left)
        if not right_needs and kind != "full":
            return n.Join(left, node.right, kind, self._mapped(node.condition, mapping)), mapping
        right, right_mapping = self.push(node.right)
        pairs = [same(a, right_mapping[k.id]) for k, a in zip(self.keys, self._vars(mapping))]
        condition = both(*pairs, self._mapped(node.condition, mapping))
        made = n.Join(left, right, kind, condition)
        if kind in ("semi", "anti"):
            return made, mapping
        if kind != "full":
            keep = (*node.vars, *self._vars(mapping))
            return n.Project(made, tuple((v, v) for v in dict.fromkeys(keep))), mapping
        merged: list[tuple[Var, Expr]] = [(v, v) for v in node.vars]
        final: Mapping = {}
        for k in self.keys:
            v = self.new(k)
            merged.append((v, Coalesce((mapping[k.id], right_mapping[k.id]), k.type)))
            final[k.id] = v
        return n.Project(made, tuple(merged)), final

    @staticmethod
    def _mapped(condition: Expr | None, mapping: Mapping) -> Expr | None:
        return None if condition is None else substitute(condition, mapping)

    def _aggregate(self, node: n.Aggregate) -> Pushed:
        plan, mapping = self.push(node.input)
        calls = tuple((v, map_agg(c, lambda e: substitute(e, mapping))) for v, c in node.calls)
        groups = tuple(g if g.id not in self.ids else mapping[g.id] for g in node.groups)
        grouped = n.Aggregate(plan, self._with_keys(groups, mapping), calls)  # type: ignore[arg-type]
        if node.groups:
            return grouped, mapping
        domain, outer = self.fresh_domain()
        pairs = conjunction(tuple(same(outer[k.id], mapping[k.id]) for k in self.keys))
        made: n.Node = n.Join(domain, grouped, "left", pairs)
        made = _Unnesting(self.new)._defaults(made, self._vars(outer), calls)
        return made, outer

    def _exactly(self, plan: n.Node, columns: Sequence[Var], mapping: Mapping) -> n.Node:
        keep = tuple(dict.fromkeys((*columns, *self._vars(mapping))))
        return plan if plan.vars == keep else n.Project(plan, tuple((v, v) for v in keep))

    def _positional(self, node: n.Union | n.SetOp, parts: Sequence[n.Node]) -> Pushed:
        made: list[n.Node] = []
        for part in parts:
            plan, mapping = self.push(part)
            items: list[tuple[Var, Expr]] = []
            for v in (*part.vars, *self._vars(mapping)):
                items.append((self.new(v) if any(v.id == w.id for w, _ in items) else v, v))
            made.append(n.Project(plan, tuple(items)))
        keys = tuple(self.new(k) for k in self.keys)
        columns = (*node.columns, *keys)
        result: n.Node
        if isinstance(node, n.Union):
            result = n.Union(tuple(made), columns)
        else:
            result = replace(node, left=made[0], right=made[1], columns=columns)
        return result, {k.id: v for k, v in zip(self.keys, keys)}

    def _asof(self, node: n.AsOfJoin) -> Pushed:
        left, mapping = self.push(node.left)
        made = map_exprs(node, lambda e: substitute(e, mapping))
        assert isinstance(made, n.AsOfJoin)
        if not self._depends(node.right):
            return made.with_inputs(left, node.right), mapping
        right, right_mapping = self.push(node.right)
        keys = tuple((a, right_mapping[k.id]) for k, a in zip(self.keys, self._vars(mapping)))
        joined = replace(made, left=left, right=right, keys=(*made.keys, *keys))
        keep = dict.fromkeys((*node.vars, *self._vars(mapping)))
        return n.Project(joined, tuple((v, v) for v in keep)), mapping

    def _temporal(self, node: n.TemporalJoin) -> Pushed:
        left, mapping = self.push(node.left)
        condition: Expr | None = substitute(node.condition, mapping)
        right = node.right
        if self._depends(right):
            right, right_mapping = self.push(right)
            condition = both(
                condition, *(same(a, right_mapping[k.id]) for k, a in zip(self.keys, self._vars(mapping)))
            )
        assert condition is not None
        made = replace(node, left=left, right=right, condition=condition)
        keep = dict.fromkeys((*node.vars, *self._vars(mapping)))
        return n.Project(made, tuple((v, v) for v in keep)), mapping

    def _recursive(self, node: n.Recursive) -> Pushed:
        base, mapping = self.push(node.left)
        base = self._exactly(base, node.left.vars, mapping)
        self.recursions[node.tag] = self.keys
        step, step_mapping = self.push(node.right)
        del self.recursions[node.tag]
        step = self._exactly(step, node.right.vars, step_mapping)
        keys = tuple(self.new(k) for k in self.keys)
        made = n.Recursive(base, step, node.tag, node.all, (*node.columns, *keys), node.rounds)
        return made, {k.id: v for k, v in zip(self.keys, keys)}

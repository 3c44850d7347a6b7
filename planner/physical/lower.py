"""Logical tree to physical nodes: columns become positions, conditions split into keys and residual.

Computed keys and arguments are appended below their consumer by a `Map`. Equal subplans become one object (the
executor makes one operator of it), except where something volatile is computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache

from ...kernels.errors import InternalError, Unsupported
from ...kernels.expr.spec import Call, Col, ContextValue, Expr, Lit, Var, conjunction, conjuncts, is_volatile, transform
from ...kernels.schema import Field, Schema
from ...kernels.types import BOOL, BYTEA, FLOAT8, INT8, Kind, SqlType
from ..logical import node as n
from ..logical.properties import append_only
from . import node as p
from .trees import with_inputs

_INTS = (Kind.INT2, Kind.INT4, Kind.INT8)
_FLOATS = (Kind.FLOAT4, Kind.FLOAT8)
_TRUE = Lit(True, SqlType("bool", Kind.BOOL))


@dataclass(frozen=True, slots=True)
class Low:
    """A lowered subtree and where each logical column is."""

    plan: p.Plan
    at: Mapping[int, int]

    @property
    def width(self) -> int:
        return len(self.plan.schema)


@dataclass(frozen=True, slots=True)
class EquiKey:
    left: Expr
    right: Expr
    null_safe: bool


def split_condition(
    condition: Expr | None, left: frozenset[int], right: frozenset[int]
) -> tuple[list[EquiKey], list[Expr]]:
    """Conjuncts `left expression = right expression` as keys, all others as residual."""
    found: list[EquiKey] = []
    rest: list[Expr] = []
    for part in () if condition is None else conjuncts(condition):
        key = _equi_key(part, left, right)
        if key is None:
            rest.append(part)
        else:
            found.append(key)
    return found, rest


def _equi_key(part: Expr, left: frozenset[int], right: frozenset[int]) -> EquiKey | None:
    if not isinstance(part, Call) or part.kernel not in ("compare.eq", "compare.is_not_distinct"):
        return None
    a, b = part.args
    safe = part.kernel == "compare.is_not_distinct"
    read_a: set[int] = set()
    read_b: set[int] = set()
    n.expr_vars(a, read_a)
    n.expr_vars(b, read_b)
    if not read_a or not read_b or is_volatile(part):
        return None
    if read_a <= right and read_b <= left:
        a, b, read_a, read_b = b, a, read_b, read_a
    if not (read_a <= left and read_b <= right):
        return None
    pair = _one_kind(a, b)
    return None if pair is None else EquiKey(*pair, safe)


def _one_kind(a: Expr, b: Expr) -> tuple[Expr, Expr] | None:
    """Both sides in one kind, so that equal values have equal bytes and hashes."""
    if a.type.kind == b.type.kind:
        return (a, b)
    for family, wide in ((_INTS, INT8), (_FLOATS, FLOAT8)):
        if a.type.kind in family and b.type.kind in family:
            return (_widen(a, wide), _widen(b, wide))
    return None


def _widen(e: Expr, wide: SqlType) -> Expr:
    if e.type.kind == wide.kind:
        return e
    return Call("cast.number", (e,), wide)


class Lowering:
    """One run over one logical tree."""

    def __init__(self, streaming: bool) -> None:
        self.streaming = streaming
        self._done: dict[int, Low] = {}
        self._interned: dict[object, p.Plan] = {}
        self._volatile: set[int] = set()
        self._keep: list[object] = []
        self._references: dict[int, set[int]] = {}

    def lower(self, node: n.Node) -> Low:
        found = self._done.get(id(node))
        if found is None:
            method = getattr(self, "_" + type(node).__name__.lower(), None)
            if method is None:
                raise InternalError(f"no physical form for {type(node).__name__}")
            found = method(node)
            self._done[id(node)] = found
            self._keep.append(node)
        return found

    def output(self, node: n.Node, items: Sequence[tuple[str, Expr]], not_null: frozenset[int]) -> p.Plan:
        """The plan of `node` with exactly these named output columns."""
        if isinstance(node, n.Sort):
            low = self.lower(node.input)
            return self._sorted(node, low, items, not_null)
        low = self.lower(node)
        return self._narrow(low, items, not_null)

    def _narrow(self, low: Low, items: Sequence[tuple[str, Expr]], not_null: frozenset[int]) -> p.Plan:
        schema = Schema(
            tuple(Field(name, e.type, not (isinstance(e, Var) and e.id in not_null)) for name, e in items)
        )
        exprs = tuple(self.expr(e, low) for _, e in items)
        plan = low.plan
        if len(exprs) == low.width and all(isinstance(e, Col) and e.index == i for i, e in enumerate(exprs)):
            return plan if plan.schema == schema else _with_schema(plan, schema)
        if isinstance(plan, p.Map) and all(isinstance(e, Col) for e in exprs):
            return p.Map(plan.input, tuple(plan.exprs[e.index] for e in exprs), schema, plan.predicate)  # type: ignore[union-attr]
        return p.Map(plan, exprs, schema)

    def _sorted(self, node: n.Sort, low: Low, items: Sequence[tuple[str, Expr]], not_null: frozenset[int]) -> p.Plan:
        low, order = self._order(low, node.order)
        hidden = sorted({k.column for k in order})
        exprs = [self.expr(e, low) for _, e in items]
        shown = {e.index: i for i, e in reversed(list(enumerate(exprs))) if isinstance(e, Col)}
        extra = [c for c in hidden if c not in shown]
        types = low.plan.schema
        schema = Schema(
            tuple(Field(name, e.type, not (isinstance(e, Var) and e.id in not_null)) for name, e in items)
            + tuple(types[c] for c in extra)
        )
        place = shown | {c: len(items) + i for i, c in enumerate(extra)}
        keys = tuple(p.SortKey(place[k.column], k.descending, k.nulls_first) for k in order)
        outs = tuple(exprs) + tuple(Col(c, types[c].type) for c in extra)
        plan = low.plan
        if not (len(outs) == low.width and all(isinstance(e, Col) and e.index == i for i, e in enumerate(outs))):
            if isinstance(plan, p.Map) and all(isinstance(e, Col) for e in outs):
                plan = p.Map(plan.input, tuple(plan.exprs[e.index] for e in outs), schema, plan.predicate)  # type: ignore[union-attr]
            else:
                plan = p.Map(plan, outs, schema)
        elif plan.schema != schema:
            plan = _with_schema(plan, schema)
        limit, offset = _count(node.limit), _count(node.offset) or 0
        if not keys and isinstance(limit, int) and isinstance(offset, int):
            plan = _with_enough(plan, limit + offset)
        plan = p.Sort(plan, keys, limit, offset, schema)
        if extra:
            width = len(items)
            narrow = Schema(schema.fields[:width])
            plan = p.Map(plan, tuple(Col(i, f.type) for i, f in enumerate(narrow)), narrow)
        return plan

    # expressions and columns

    def expr(self, e: Expr, low: Low) -> Expr:
        at = low.at

        def place(x: Expr) -> Expr:
            if isinstance(x, Var):
                position = at.get(x.id)
                if position is None:
                    raise InternalError(f"column {x.name or '?'}#{x.id} is not in the input of its expression")
                return Col(position, x.type)
            return x

        return transform(e, place)

    def _columns(self, low: Low, wanted: Sequence[Expr]) -> tuple[Low, list[int]]:
        """Positions of expressions in the input; computed ones are appended by a Map."""
        placed = [self.expr(e, low) for e in wanted]
        known: dict[Expr, int] = {}
        extra: list[Expr] = []
        out: list[int] = []
        for e in placed:
            if isinstance(e, Col):
                out.append(e.index)
                continue
            position = known.get(e)
            if position is None:
                position = low.width + len(extra)
                if not is_volatile(e):
                    known[e] = position
                extra.append(e)
            out.append(position)
        if not extra:
            return low, out
        schema = low.plan.schema
        passed = tuple(Col(i, f.type) for i, f in enumerate(schema))
        wider = Schema(schema.fields + tuple(Field("", e.type) for e in extra))
        if isinstance(low.plan, p.Map) and low.plan.predicate is None and all(isinstance(e, Col) for e in low.plan.exprs):
            base = low.plan
            merged = tuple(_compose(e, base.exprs) for e in extra)
            return Low(self._make(p.Map(base.input, base.exprs + merged, wider)), low.at), out
        return Low(self._make(p.Map(low.plan, passed + tuple(extra), wider)), low.at), out

    def _order(self, low: Low, order: Sequence[n.SortItem]) -> tuple[Low, tuple[p.SortKey, ...]]:
        low, columns = self._columns(low, [_sortable(s.expr) for s in order])
        keys: list[p.SortKey] = []
        seen: set[int] = set()
        for c, s in zip(columns, order):
            if c not in seen:
                seen.add(c)
                keys.append(p.SortKey(c, s.descending, s.nulls_first))
        return low, tuple(keys)

    def _make(self, plan: p.Plan) -> p.Plan:
        """The plan, or the equal one made before."""
        children = plan.inputs
        if isinstance(plan, p.Recursive):
            return plan
        if any(id(c) in self._volatile for c in children) or _computes_volatile(plan):
            self._volatile.add(id(plan))
            self._keep.append(plan)
            return plan
        own = tuple([_identity(getattr(plan, name), children) for name in _own_fields(type(plan))])  # type: ignore[arg-type]
        try:
            key = (type(plan), own, plan.schema.types)
            return self._interned.setdefault(key, plan)
        except TypeError:  # a literal that can't be hashed
            return plan

    # nodes

    def _scan(self, node: n.Scan) -> Low:
        schema = Schema(tuple(Field(v.name, v.type, v.id not in node.not_null) for v in node.columns))
        made: p.Plan
        if node.source:
            made = p.SourceScan(node.relation, node.positions, schema, node.append_only)
        else:
            made = p.Scan(node.relation, node.positions, schema, node.append_only)
        return Low(self._make(made), _at(node.columns))

    def _values(self, node: n.Values) -> Low:
        if not node.columns:  # rows without columns get one, batches are never without
            one = Schema((Field("", _TRUE.type, False),))
            return Low(self._make(p.Values(((_TRUE,),) * len(node.rows), one)), {})
        nowhere = Low(p.Values((), Schema(())), {})
        rows = tuple(tuple(self.expr(e, nowhere) for e in row) for row in node.rows)
        return Low(self._make(p.Values(rows, _schema(node.columns))), _at(node.columns))

    def _clock(self, node: n.Clock) -> Low:
        values = tuple(transform(e, lambda x: Col(0, x.type) if isinstance(x, ContextValue) else x) for e in node.values)
        return Low(self._make(p.Clock(values, _schema(node.columns))), _at(node.columns))

    def _filter(self, node: n.Filter) -> Low:
        low = self.lower(node.input)
        predicate = self.expr(node.predicate, low)
        schema = low.plan.schema
        if isinstance(low.plan, p.Map) and all(isinstance(e, Col) for e in low.plan.exprs):
            base = low.plan
            moved = _compose(predicate, base.exprs)
            both = conjunction((*(conjuncts(base.predicate) if base.predicate is not None else ()), *conjuncts(moved)))
            return Low(self._make(p.Map(base.input, base.exprs, schema, both)), low.at)
        passed = tuple(Col(i, f.type) for i, f in enumerate(schema))
        return Low(self._make(p.Map(low.plan, passed, schema, predicate)), low.at)

    def _project(self, node: n.Project) -> Low:
        low = self.lower(node.input)
        exprs = tuple(self.expr(e, low) for _, e in node.items)
        schema = _schema(node.vars)
        if isinstance(low.plan, p.Map) and all(isinstance(e, Col) for e in low.plan.exprs):
            base = low.plan
            merged = tuple(_compose(e, base.exprs) for e in exprs)
            return Low(self._make(p.Map(base.input, merged, schema, base.predicate)), _at(node.vars))
        if all(isinstance(e, Col) and e.index == i for i, e in enumerate(exprs)) and len(exprs) == low.width:
            return Low(low.plan, _at(node.vars))
        return Low(self._make(p.Map(low.plan, exprs, schema)), _at(node.vars))

    def _join(self, node: n.Join) -> Low:
        left, right = self.lower(node.left), self.lower(node.right)
        keys, rest = split_condition(node.condition, node.left.ids, node.right.ids)
        left, left_keys = self._columns(left, [k.left for k in keys])
        right, right_keys = self._columns(right, [k.right for k in keys])
        at = dict(left.at)
        for v, position in right.at.items():
            at.setdefault(v, left.width + position)
        both = Low(p.Values((), Schema(left.plan.schema.fields + right.plan.schema.fields)), at)
        residual = conjunction(tuple(rest))
        placed = None if residual is None else self.expr(residual, both)
        if placed == _TRUE:
            placed = None
        outer = node.kind
        schema = left.plan.schema if outer in ("semi", "anti") else both.plan.schema
        made = p.Join(
            left.plan, right.plan, outer, tuple(left_keys), tuple(right_keys), tuple(k.null_safe for k in keys), placed,
            schema, append_only(node.left), append_only(node.right),
        )  # fmt: skip
        return Low(self._make(made), left.at if outer in ("semi", "anti") else at)

    def _dependentjoin(self, node: n.DependentJoin) -> Low:
        raise InternalError("a dependent join was left after decorrelation")

    def _aggregate(self, node: n.Aggregate) -> Low:
        low = self.lower(node.input)
        wanted: list[Expr] = list(node.groups)
        for _, call in node.calls:
            exprs = list(call.exprs())
            sorts = 0 if call.distinct else len(call.order)  # of DISTINCT, sort keys are arguments
            wanted += [*exprs[: len(exprs) - sorts], *(_sortable(e) for e in exprs[len(exprs) - sorts :])]
        low, columns = self._columns(low, wanted)
        place = iter(columns)
        groups = tuple(next(place) for _ in node.groups)
        calls: list[p.AggCall] = []
        for _, call in node.calls:
            args = tuple(next(place) for _ in call.args)
            where = next(place) if call.filter is not None else None
            order = tuple(p.SortKey(next(place), s.descending, s.nulls_first) for s in call.order)
            calls.append(
                p.AggCall(
                    call.function, args, tuple(a.type for a in call.args), call.type, call.distinct, where, order, call.direct
                )
            )
        schema = _schema(node.vars)
        if not groups and not calls:  # one row; batches are never without columns
            calls.append(p.AggCall("count_star", (), (), INT8))
            schema = Schema((Field("", INT8, False),))
        made = p.Aggregate(low.plan, groups, tuple(calls), schema, append_only(node.input))
        return Low(self._make(made), _at(node.vars))

    def _exactly(self, node: n.Node) -> Low:
        """The input with its logical columns only, in order (for operators over whole rows)."""
        low = self.lower(node)
        if low.width == len(node.vars) and all(low.at[v.id] == i for i, v in enumerate(node.vars)):
            return low
        exprs = tuple(Col(low.at[v.id], v.type) for v in node.vars)
        return Low(self._make(p.Map(low.plan, exprs, _schema(node.vars))), _at(node.vars))

    def _distinct(self, node: n.Distinct) -> Low:
        low = self._exactly(node.input)
        return Low(self._make(p.Distinct(low.plan, low.plan.schema)), low.at)

    def _setop(self, node: n.SetOp) -> Low:
        left, right = self._exactly(node.left), self._exactly(node.right)
        made = p.SetOp(left.plan, right.plan, node.kind, node.all, _schema(node.columns))
        return Low(self._make(made), _at(node.columns))

    def _union(self, node: n.Union) -> Low:
        parts = tuple(self._exactly(part).plan for part in node.parts)
        return Low(self._make(p.Union(parts, _schema(node.columns))), _at(node.columns))

    def _topn(self, node: n.TopN) -> Low:
        low = self._exactly(node.input)
        width = low.width
        low, order = self._order(low, node.order)
        groups = tuple(low.at[g.id] for g in node.groups)
        schema, at = low.plan.schema, dict(low.at)
        if node.number is not None:
            at[node.number.id] = low.width
            schema = Schema((*schema.fields, Field(node.number.name, node.number.type, False)))
        made = p.TopN(
            low.plan, groups, order, _count(node.limit), _count(node.offset) or 0, node.rank,
            node.number is not None, schema, append_only(node.input),
        )  # fmt: skip
        assert width <= low.width
        return Low(self._make(made), at)

    def _sort(self, node: n.Sort) -> Low:
        low = self.lower(node.input)
        low, order = self._order(low, node.order)
        made = p.Sort(low.plan, order, _count(node.limit), _count(node.offset) or 0, low.plan.schema)
        return Low(self._make(made), low.at)

    def _window(self, node: n.Window) -> Low:
        low = self.lower(node.input)
        wanted: list[Expr] = [*node.partition, *(_sortable(s.expr) for s in node.order)]
        for _, call in node.calls:
            wanted += call.args
            if call.filter is not None:
                wanted.append(call.filter)
        low, columns = self._columns(low, wanted)
        place = iter(columns)
        partition = tuple(dict.fromkeys(next(place) for _ in node.partition))
        order = tuple(p.SortKey(next(place), s.descending, s.nulls_first) for s in node.order)
        calls: list[p.WindowCall] = []
        for _, call in node.calls:
            args = tuple(next(place) for _ in call.args)
            where = next(place) if call.filter is not None else None
            calls.append(
                p.WindowCall(
                    call.function, args, tuple(a.type for a in call.args), call.type, call.frame, where,
                    call.ignore_nulls, call.direct,
                )
            )  # fmt: skip
        at = dict(low.at)
        for i, (v, _) in enumerate(node.calls):
            at[v.id] = low.width + i
        schema = Schema(low.plan.schema.fields + tuple(Field(v.name, v.type) for v, _ in node.calls))
        return Low(self._make(p.Window(low.plan, partition, order, tuple(calls), schema)), at)

    def _projectset(self, node: n.ProjectSet) -> Low:
        low = self.lower(node.input)
        calls = tuple(
            p.TableCall(c.function, tuple(self.expr(a, low) for a in c.args), tuple(v.type for v in c.columns))
            for c in node.calls
        )
        own = [v for c in node.calls for v in c.columns]
        if node.ordinality is not None:
            own.append(node.ordinality)
        at = dict(low.at)
        for i, v in enumerate(own):
            at[v.id] = low.width + i
        schema = Schema(low.plan.schema.fields + tuple(Field(v.name, v.type) for v in own))
        made = p.ProjectSet(low.plan, calls, node.ordinality is not None, schema, node.outer)
        return Low(self._make(made), at)

    def _singlerow(self, node: n.SingleRow) -> Low:
        low = self.lower(node.input)
        schema = Schema((*low.plan.schema.fields, Field(node.several.name, BOOL, False)))
        made = p.SingleRow(low.plan, tuple(low.at[g.id] for g in node.groups), schema)
        return Low(self._make(made), {**low.at, node.several.id: low.width})

    def _asofjoin(self, node: n.AsOfJoin) -> Low:
        left, right = self.lower(node.left), self.lower(node.right)
        pairs = [_one_kind(a, b) for a, b in node.keys]
        if any(pair is None for pair in pairs):
            raise Unsupported("ASOF JOIN needs keys of one type", hint="Cast one side of the equality.")
        times = _one_kind(node.left_time, node.right_time)
        if times is None:
            raise Unsupported("ASOF JOIN compares values of one type", hint="Cast one side of the inequality.")
        left, left_cols = self._columns(left, [*(pair[0] for pair in pairs if pair), times[0]])
        right, right_cols = self._columns(right, [*(pair[1] for pair in pairs if pair), times[1]])
        at = dict(left.at) | {v: left.width + c for v, c in right.at.items()}
        schema = Schema(left.plan.schema.fields + right.plan.schema.fields)
        made = p.AsOfJoin(
            left.plan, right.plan, node.left_outer, tuple(left_cols[:-1]), tuple(right_cols[:-1]), left_cols[-1],
            right_cols[-1], node.comparison, schema,
        )  # fmt: skip
        return Low(self._make(made), at)

    def _temporaljoin(self, node: n.TemporalJoin) -> Low:
        left, right = self.lower(node.left), self.lower(node.right)
        keys, rest = split_condition(node.condition, node.left.ids, node.right.ids)
        keys, rest = [k for k in keys if not k.null_safe], rest + [
            Call("compare.is_not_distinct", (k.left, k.right), _TRUE.type) for k in keys if k.null_safe
        ]
        left, left_keys = self._columns(left, [k.left for k in keys])
        right, right_keys = self._columns(right, [k.right for k in keys])
        at = dict(left.at) | {v: left.width + c for v, c in right.at.items()}
        schema = Schema(left.plan.schema.fields + right.plan.schema.fields)
        both = Low(p.Values((), schema), at)
        residual = conjunction(tuple(rest))
        made = p.TemporalJoin(
            left.plan, right.plan, node.left_outer, tuple(left_keys), tuple(right_keys),
            None if residual is None else self.expr(residual, both), schema, append_only(node.left),
        )  # fmt: skip
        return Low(self._make(made), at)

    def _changelog(self, node: n.Changelog) -> Low:
        low = self._exactly(n.Project(node.input, tuple((v, v) for v in node.columns)))
        key = tuple(low.at[k.id] for k in node.key)
        return Low(self._make(p.Changelog(low.plan, key, _schema(node.vars))), _at(node.vars))

    def _watermarkfilter(self, node: n.WatermarkFilter) -> Low:
        low = self.lower(node.input)
        made = p.WatermarkFilter(low.plan, low.at[node.column.id], self.expr(node.delayed, low), low.plan.schema, node.drops)
        return Low(self._make(made), low.at)

    def _emitonclose(self, node: n.EmitOnClose) -> Low:
        low = self.lower(node.input)
        return Low(self._make(p.EmitOnClose(low.plan, low.at[node.column.id], low.plan.schema, node.inclusive)), low.at)

    def _nowfilter(self, node: n.NowFilter) -> Low:
        low = self.lower(node.input)
        lower = None if node.lower is None else self.expr(node.lower, low)
        upper = None if node.upper is None else self.expr(node.upper, low)
        return Low(self._make(p.NowFilter(low.plan, lower, upper, low.plan.schema)), low.at)

    def _recursive(self, node: n.Recursive) -> Low:
        base, step = self._exactly(node.left), self._exactly(node.right)
        others: list[p.Plan] = []
        inner = self._cut(step.plan, node.tag, others)
        rounds = None if node.rounds is None else p.Rounds(node.rounds.limit, node.rounds.error)
        made = p.Recursive(base.plan, inner, node.all, _schema(node.columns), tuple(others), rounds=rounds)
        self._volatile.add(id(made))
        self._keep.append(made)
        return Low(made, _at(node.columns))

    def _recursiveref(self, node: n.RecursiveRef) -> Low:
        made = p.RecursiveRef(_schema(node.columns))
        self._references.setdefault(node.tag, set()).add(id(made))
        self._keep.append(made)
        return Low(made, _at(node.columns))

    def _cut(self, plan: p.Plan, tag: int, others: list[p.Plan]) -> p.Plan:
        """`plan` with the largest parts that don't depend on the recursion as inputs."""
        if not self._depends(plan, tag):
            for index, known in enumerate(others):
                if known is plan:
                    return p.RecursiveInput(index, plan.schema)
            others.append(plan)
            return p.RecursiveInput(len(others) - 1, plan.schema)
        if not plan.inputs:
            return plan
        return with_inputs(plan, tuple(self._cut(i, tag, others) for i in plan.inputs))

    def _depends(self, plan: p.Plan, tag: int) -> bool:
        return id(plan) in self._references.get(tag, ()) or any(self._depends(i, tag) for i in plan.inputs)


def _at(variables: Sequence[Var]) -> dict[int, int]:
    at: dict[int, int] = {}
    for i, v in enumerate(variables):
        at.setdefault(v.id, i)
    return at


def _schema(variables: Sequence[Var]) -> Schema:
    return Schema(tuple(Field(v.name, v.type) for v in variables))


def _with_enough(plan: p.Plan, rows: int) -> p.Plan:
    """LIMIT ends a recursion that would go on for ever, where each of its rows is one of the result."""
    if isinstance(plan, p.Map) and plan.predicate is None:
        below = _with_enough(plan.input, rows)
        return plan if below is plan.input else with_inputs(plan, (below,))
    return replace(plan, enough=rows) if isinstance(plan, p.Recursive) and plan.rounds is None else plan


def _compose(e: Expr, below: tuple[Expr, ...]) -> Expr:
    return transform(e, lambda x: below[x.index] if isinstance(x, Col) else x)


@cache
def _own_fields(kind: type[p.Plan]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind) if f.name not in ("inputs", "schema"))


def _identity(value: object, children: tuple[p.Plan, ...]) -> object:
    """A plan as its identity, all else as itself."""
    if isinstance(value, tuple):
        return tuple(_identity(v, children) for v in value) if any(v is c for v in value for c in children) else value
    return id(value) if any(value is c for c in children) else value


def _computes_volatile(plan: p.Plan) -> bool:
    def look(value: object) -> bool:
        if isinstance(value, tuple):
            return any(look(v) for v in value)
        if isinstance(value, p.TableCall):
            return any(is_volatile(a) for a in value.args)
        return is_dataclass(value) and hasattr(value, "type") and is_volatile(value)  # type: ignore[arg-type]

    match plan:
        case p.Map():
            return look(plan.exprs) or look(plan.predicate)
        case p.Values():
            return look(plan.rows)
        case p.ProjectSet():
            return look(plan.calls)
        case p.Join() | p.TemporalJoin():
            return look(plan.residual)
        case _:
            return False


def _with_schema(plan: p.Plan, schema: Schema) -> p.Plan:
    """Only the names differ: the same node under another schema (never shared with other parts of the plan)."""
    return replace(plan, schema=schema)


def _count(value: Expr | int | None) -> int | None:
    """LIMIT and OFFSET: constants now; parameters stay expressions until `substitute`."""
    if isinstance(value, Lit):
        return None if value.value is None else int(value.value)
    return value  # type: ignore[return-value]


def _sortable(expr: Expr) -> Expr:
    """What stands for a sort key: jsonb is kept as text, whose order is another one than that of its values."""
    return Call("jsonb.order_key", (expr,), BYTEA) if expr.type.kind == Kind.JSONB else expr

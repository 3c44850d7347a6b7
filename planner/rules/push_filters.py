"""Conditions move to where their columns come from; equalities over a product become join conditions.

    Filter(a.x = b.x AND b.y > 1)(a × b)   becomes  a ⋈[a.x = b.x] Filter(b.y > 1)(b)

A condition that no NULL-padded row can meet makes the outer join an inner one. Nothing moves past volatile
expressions, watermarks or rows that are cut off by LIMIT.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...kernels.expr.spec import Call, Expr, Lit, Var, conjunction, conjuncts, is_volatile, walk
from ..logical import node as n
from ..logical.properties import refused_nulls
from ..logical.rewrite import substitute


def push_filters(plan: n.Node) -> n.Node:
    return _Pusher().push(plan, ())


def _reads(e: Expr) -> set[int]:
    found: set[int] = set()
    n.expr_vars(e, found)
    return found


def _filtered(node: n.Node, parts: Sequence[Expr]) -> n.Node:
    if not parts:
        return node
    if isinstance(node, n.Filter):
        parts = (*conjuncts(node.predicate), *(p for p in parts))
        node = node.input
    predicate = conjunction(tuple(dict.fromkeys(parts)))
    assert predicate is not None
    return n.Filter(node, predicate)


def never_fails(e: Expr) -> bool:
    """Comparisons of plain values: their evaluation tells nothing about rows that they refuse."""
    return all(
        not isinstance(x, Call) or x.kernel.startswith(("compare.", "bool.")) or x.kernel == "misc.relabel" for x in walk(e)
    )


class _Pusher:
    def __init__(self) -> None:
        self.done: dict[int, n.Node] = {}

    def push(self, node: n.Node, parts: Sequence[Expr]) -> n.Node:
        """`node` with the conditions applied; without conditions shared nodes stay shared."""
        if not parts:
            found = self.done.get(id(node))
            if found is None:
                found = self._push(node, ())
                self.done[id(node)] = found
            return found
        return self._push(node, parts)

    def _push(self, node: n.Node, parts: Sequence[Expr]) -> n.Node:
        match node:
            case n.Filter():
                own = conjuncts(node.predicate)
                if any(is_volatile(p) for p in own):
                    return _filtered(n.Filter(self.push(node.input, ()), node.predicate), parts)
                return self.push(node.input, (*own, *parts))
            case n.Project():
                return self._project(node, parts)
            case n.Join():
                return self._join(node, parts)
            case n.Aggregate() if node.groups:
                return self._split(node, parts, n.ids(node.groups))
            case n.Distinct() | n.NowFilter():
                return node.with_inputs(self.push(node.input, parts))
            case n.TopN() if node.groups:
                return self._split(node, parts, n.ids(node.groups))
            case n.Window():
                partition = frozenset(p.id for p in node.partition if isinstance(p, Var))
                return self._split(node, parts, partition)
            case n.ProjectSet():
                return self._split(node, parts, node.input.ids)
            case n.Union():
                return n.Union(tuple(self._positional(p, node.columns, parts) for p in node.parts), node.columns)
            case n.SetOp():
                left = self._positional(node.left, node.columns, parts)
                right = self._positional(node.right, node.columns, parts)
                return replace(node, left=left, right=right)
            case n.AsOfJoin() | n.TemporalJoin():
                mine = [p for p in parts if _reads(p) <= node.left.ids and not is_volatile(p)]
                rest = [p for p in parts if not (_reads(p) <= node.left.ids and not is_volatile(p))]
                return _filtered(node.with_inputs(self.push(node.left, mine), self.push(node.right, ())), rest)
            case _:
                return _filtered(node.with_inputs(*(self.push(i, ()) for i in node.inputs)), parts)

    def _split(self, node: n.Unary, parts: Sequence[Expr], through: frozenset[int]) -> n.Node:
        """Conditions over the columns `through` go below, the rest stays above."""
        below = [p for p in parts if _reads(p) <= through and _reads(p) and not is_volatile(p)]
        above = [p for p in parts if p not in below]
        return _filtered(node.with_inputs(self.push(node.input, below)), above)

    def _project(self, node: n.Project, parts: Sequence[Expr]) -> n.Node:
        items = {v.id: e for v, e in node.items}
        volatile = any(is_volatile(e) for _, e in node.items)
        below: list[Expr] = []
        above: list[Expr] = []
        for p in parts:
            plain = all(isinstance(items[i], (Var, Lit)) for i in _reads(p) if i in items)
            movable = plain or not isinstance(node.input, (n.Scan, n.Values))
            if volatile or is_volatile(p) or not movable or (node.barrier and not never_fails(p)):
                above.append(p)
            else:
                below.append(substitute(p, items))
        return _filtered(node.with_inputs(self.push(node.input, below)), above)

    def _positional(self, part: n.Node, columns: tuple[Var, ...], parts: Sequence[Expr]) -> n.Node:
        mapping: dict[int, Expr] = {c.id: v for c, v in zip(columns, part.vars)}
        return self.push(part, [substitute(p, mapping) for p in parts])

    def _join(self, node: n.Join, parts: Sequence[Expr]) -> n.Node:
        kind = _reduced(node, parts)
        left_ids, right_ids = node.left.ids, node.right.ids
        to_left: list[Expr] = []
        to_right: list[Expr] = []
        on: list[Expr] = []
        above: list[Expr] = []
        for p in () if node.condition is None else conjuncts(node.condition):
            read = _reads(p)
            if is_volatile(p):
                on.append(p)
            elif read <= right_ids and read and kind in ("inner", "left", "semi", "anti"):
                to_right.append(p)
            elif read <= left_ids and read and kind in ("inner", "right", "semi"):
                to_left.append(p)
            else:
                on.append(p)
        for p in parts:
            read = _reads(p)
            if is_volatile(p):
                above.append(p)
            elif read <= left_ids and kind in ("inner", "left", "semi", "anti"):
                to_left.append(p)
            elif read <= right_ids and kind in ("inner", "right"):
                to_right.append(p)
            elif kind == "inner":
                on.append(p)
            else:
                above.append(p)
        if kind == "inner":
            to_left, to_right = _through_equalities(on, to_left, to_right, left_ids, right_ids)
        condition = conjunction(tuple(dict.fromkeys(on)))
        made = n.Join(self.push(node.left, to_left), self.push(node.right, to_right), kind, condition)
        return _filtered(made, above)


def _through_equalities(
    on: list[Expr], to_left: list[Expr], to_right: list[Expr], left_ids: frozenset[int], right_ids: frozenset[int]
) -> tuple[list[Expr], list[Expr]]:
    """`a.x = b.x AND a.x = 5` also gives `b.x = 5`."""
    from ...kernels.expr.spec import Call

    same: dict[int, Var] = {}
    for p in on:
        match p:
            case Call("compare.eq", (Var() as a, Var() as b)) if a.type == b.type:
                same[a.id], same[b.id] = b, a
    left, right = list(to_left), list(to_right)
    for source, target in ((to_left, right), (to_right, left)):
        for p in source:
            match p:
                case Call("compare.eq", (Var() as v, Lit())) | Call("compare.eq", (Lit(), Var() as v)) if v.id in same:
                    made = substitute(p, {v.id: same[v.id]})
                    if made not in target:
                        target.append(made)
    return left, right


def _reduced(node: n.Join, parts: Sequence[Expr]) -> str:
    """The join's kind, given that its NULL-padded rows may be refused above."""
    kind = node.kind
    if kind not in ("left", "right", "full"):
        return kind
    refused = frozenset().union(*(refused_nulls(p) for p in parts)) if parts else frozenset()
    left_sure = not refused.isdisjoint(node.left.ids)
    right_sure = not refused.isdisjoint(node.right.ids)
    match kind:
        case "left":
            return "inner" if right_sure else "left"
        case "right":
            return "inner" if left_sure else "right"
        case _:
            if left_sure and right_sure:
                return "inner"
            return "left" if left_sure else "right" if right_sure else "full"

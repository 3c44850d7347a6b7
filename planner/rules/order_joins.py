"""Inner joins without products: tables that share a condition are joined before those that share none.

    (a × b) ⋈[a.x = c.x AND b.y = c.y] c   becomes  (a ⋈[a.x = c.x] c) ⋈[b.y = c.y] b

A join tree without products is left as it was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeGuard

from ...kernels.expr.spec import Call, Expr, conjunction, conjuncts
from ..logical import node as n


def order_joins(plan: n.Node) -> n.Node:
    return _Order().visit(plan) if _has_product(plan, set()) else plan


def _has_product(node: n.Node, seen: set[int]) -> bool:
    """Some inner join's condition joins nothing."""
    if id(node) in seen:
        return False
    seen.add(id(node))
    if _inner(node) and _is_product(node):
        return True
    return any(_has_product(i, seen) for i in node.inputs)


def _inner(node: n.Node) -> TypeGuard[n.Join]:
    return isinstance(node, n.Join) and node.kind == "inner"


def _is_product(node: n.Join) -> bool:
    if node.condition is None:
        return True
    left, right = node.left.ids, node.right.ids
    return not any(_joins(p, left, right) for p in conjuncts(node.condition))


def _joins(p: Expr, left: frozenset[int], right: frozenset[int]) -> bool:
    read = _reads(p)
    return not read.isdisjoint(left) and not read.isdisjoint(right)


def _reads(e: Expr) -> set[int]:
    found: set[int] = set()
    n.expr_vars(e, found)
    return found


class _Order:
    """Trees of inner joins as a whole, from the top; what is shared stays shared."""

    def __init__(self) -> None:
        self.done: dict[int, tuple[n.Node, n.Node]] = {}

    def visit(self, node: n.Node) -> n.Node:
        known = self.done.get(id(node))
        if known is not None:
            return known[1]
        if _inner(node):
            made = self._tree(node)
        else:
            made = node.with_inputs(*(self.visit(i) for i in node.inputs)) if node.inputs else node
        self.done[id(node)] = node, made
        return made

    def _tree(self, node: n.Join) -> n.Node:
        leaves: list[n.Node] = []
        parts: list[Expr] = []
        products = _flatten(node, leaves, parts)
        if not products or len(leaves) < 3 or not parts:
            return self._as_written(node)
        return _ordered([self.visit(leaf) for leaf in leaves], parts)

    def _as_written(self, node: n.Node) -> n.Node:
        if not _inner(node):
            return self.visit(node)
        return node.with_inputs(self._as_written(node.left), self._as_written(node.right))


def _flatten(node: n.Node, leaves: list[n.Node], parts: list[Expr]) -> bool:
    if not _inner(node):
        leaves.append(node)
        return False
    left = _flatten(node.left, leaves, parts)
    right = _flatten(node.right, leaves, parts)
    if node.condition is not None:
        parts += conjuncts(node.condition)
    return left or right or _is_product(node)


@dataclass(slots=True)
class _Condition:
    """`mask`: a bit for each input that it reads."""

    expr: Expr
    mask: int
    equality: bool
    used: bool = False


def _ordered(leaves: list[n.Node], parts: list[Expr]) -> n.Node:
    """Inputs that conditions tie together one after the other, in the order in which they were written."""
    place = {i: at for at, leaf in enumerate(leaves) for i in leaf.ids}
    conditions: list[_Condition] = []
    rest: list[Expr] = []
    for e in parts:
        read = _reads(e)
        if read <= place.keys():
            mask = sum({1 << place[i] for i in read})
            conditions.append(_Condition(e, mask, isinstance(e, Call) and e.kernel == "compare.eq"))
        else:
            rest.append(e)

    def joined(left: n.Node, right: n.Node, have: int) -> n.Node:
        mine = [c for c in conditions if not c.used and not c.mask & ~have]
        for c in mine:
            c.used = True
        return n.Join(left, right, "inner", conjunction(tuple(c.expr for c in mine)))

    waiting = (1 << len(leaves)) - 1
    components: list[tuple[n.Node, int]] = []
    while waiting:
        have = waiting & -waiting
        waiting ^= have
        current = leaves[have.bit_length() - 1]
        while pick := _next(have, waiting, conditions):
            waiting ^= pick
            have |= pick
            current = joined(current, leaves[pick.bit_length() - 1], have)
        components.append((current, have))
    made, have = components[0]
    for other, mask in components[1:]:
        have |= mask
        made = joined(made, other, have)
    last = conjunction((*(c.expr for c in conditions if not c.used), *rest))
    return made if last is None else n.Filter(made, last)


def _next(have: int, waiting: int, conditions: list[_Condition]) -> int:
    """The bit of the first waiting input that an equality ties to what is there, else of one that any condition ties; or 0."""
    equal = other = 0
    for c in conditions:
        missing = c.mask & ~have
        if missing & waiting and not missing & (missing - 1) and c.mask & have:
            if c.equality:
                equal |= missing
            else:
                other |= missing
    found = equal or other
    return found & -found

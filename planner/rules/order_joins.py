"""Inner joins without products: tables that share a condition are joined before those that share none.

    (a × b) ⋈[a.x = c.x AND b.y = c.y] c   becomes  (a ⋈[a.x = c.x] c) ⋈[b.y = c.y] b

A join tree without products is left as it was written.
"""

from __future__ import annotations

from ...kernels.expr.spec import Call, Expr, conjunction, conjuncts
from ..logical import node as n
from ..logical.rewrite import transform


def order_joins(plan: n.Node) -> n.Node:
    tops = _tops(plan, set(), set())
    return transform(plan, lambda x: _ordered(x) if isinstance(x, n.Join) and x.kind == "inner" else x) if tops else plan


def _tops(node: n.Node, seen: set[int], found: set[int]) -> set[int]:
    """Ids of products (inner joins whose condition joins nothing)."""
    if id(node) in seen:
        return found
    seen.add(id(node))
    if isinstance(node, n.Join) and node.kind == "inner" and _is_product(node):
        found.add(id(node))
    for i in node.inputs:
        _tops(i, seen, found)
    return found


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


def _ordered(node: n.Join) -> n.Node:
    """Called bottom-up: inputs are already in order; only a tree with a product and conditions to use changes."""
    leaves: list[n.Node] = []
    parts: list[Expr] = []
    products = _flatten(node, leaves, parts)
    if not products or len(leaves) < 3 or not parts:
        return node
    conditions = [(p, frozenset(_reads(p)), isinstance(p, Call) and p.kernel == "compare.eq") for p in parts]
    waiting = list(leaves)
    components: list[n.Node] = []
    used: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        while True:
            pick = _next(current.ids, waiting, conditions)
            if pick is None:
                break
            waiting.remove(pick)
            current = _with_conditions(current, pick, conditions, used)
        components.append(current)
    made = components[0]
    for other in components[1:]:
        made = _with_conditions(made, other, conditions, used)
    rest = conjunction(tuple(p for i, (p, _, _) in enumerate(conditions) if i not in used))
    return made if rest is None else n.Filter(made, rest)


Conditions = list[tuple[Expr, frozenset[int], bool]]


def _flatten(node: n.Node, leaves: list[n.Node], parts: list[Expr]) -> bool:
    if not (isinstance(node, n.Join) and node.kind == "inner"):
        leaves.append(node)
        return False
    left = _flatten(node.left, leaves, parts)
    right = _flatten(node.right, leaves, parts)
    if node.condition is not None:
        parts += conjuncts(node.condition)
    return left or right or _is_product(node)


def _next(have: frozenset[int], waiting: list[n.Node], conditions: Conditions) -> n.Node | None:
    """The first waiting input that an equality ties to what is there, else one that any condition ties."""
    for equality in (True, False):
        for leaf in waiting:
            both = have | leaf.ids
            for _, read, is_equality in conditions:
                if is_equality >= equality and read <= both and not read.isdisjoint(leaf.ids) and not read.isdisjoint(have):
                    return leaf
    return None


def _with_conditions(left: n.Node, right: n.Node, conditions: Conditions, used: set[int]) -> n.Node:
    both = left.ids | right.ids
    mine = [i for i, (_, read, _) in enumerate(conditions) if i not in used and read <= both]
    used.update(mine)
    return n.Join(left, right, "inner", conjunction(tuple(conditions[i][0] for i in mine)))

"""Projections over projections become one, where nothing is computed twice.

    Project[c := b + 1](Project[b := a](t))   becomes  Project[c := a + 1](t)
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ...kernels.expr.spec import Call, Expr, Lit, Var, is_volatile, walk
from ..logical import node as n
from ..logical.rewrite import substitute, transform


def merge_projects(plan: n.Node) -> n.Node:
    return transform(plan, _merge)


def _merge(node: n.Node) -> n.Node:
    if not isinstance(node, n.Project):
        return node
    below = node.input
    if node.barrier:
        return node
    if isinstance(below, n.Project) and not below.barrier:
        uses: Counter[int] = Counter()
        for _, e in node.items:
            uses.update(x.id for x in walk(e) if isinstance(x, Var))
        if all(_cheap(e) or (uses[v.id] <= 1 and not is_volatile(e)) for v, e in below.items):
            inner = {v.id: e for v, e in below.items}
            return _merge(replace(node, input=below.input, items=tuple((v, substitute(e, inner)) for v, e in node.items)))
    if all(v is e or v == e for v, e in node.items) and node.vars == below.vars:
        return below
    return node


def _cheap(e: Expr) -> bool:
    return isinstance(e, (Var, Lit)) or (isinstance(e, Call) and e.kernel == "misc.relabel" and _cheap(e.args[0]))

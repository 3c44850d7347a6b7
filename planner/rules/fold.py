"""Conditions that are constants.

    Filter(true)      becomes  its input
    Filter(false)     becomes  Values of no rows
    Join … ON true    becomes  Join
"""

from __future__ import annotations

from dataclasses import replace

from ...kernels.expr.spec import Lit
from ..logical import node as n
from ..logical.rewrite import transform


def fold_conditions(plan: n.Node) -> n.Node:
    return transform(plan, _node)


def _node(node: n.Node) -> n.Node:
    match node:
        case n.Filter(predicate=Lit() as constant):
            return node.input if constant.value is True else n.Values((), node.vars)
        case n.Join(condition=Lit(value=True)):
            return replace(node, condition=None)
        case _:
            return node

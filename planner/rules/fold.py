"""Conditions with constant parts.

    Filter(true AND a > 1)      becomes  Filter(a > 1)
    Filter(false)               becomes  Values of no rows
"""

from __future__ import annotations

from dataclasses import replace

from ...kernels.expr.spec import And, Case, Coalesce, Expr, Lit, Or, transform
from ...kernels.types import BOOL
from ..logical import node as n
from ..logical.rewrite import map_exprs
from ..logical.rewrite import transform as transform_plan

TRUE, FALSE = Lit(True, BOOL), Lit(False, BOOL)


def fold_constants(plan: n.Node) -> n.Node:
    return transform_plan(plan, _node)


def _node(node: n.Node) -> n.Node:
    node = map_exprs(node, simplify) if _foldable(node) else node
    match node:
        case n.Filter(predicate=Lit() as constant):
            return node.input if constant.value is True else _empty(node)
        case n.Join(condition=Lit(value=True)):
            return replace(node, condition=None)
        case _:
            return node


def _empty(node: n.Node) -> n.Node:
    return n.Values((), node.vars)


def _foldable(node: n.Node) -> bool:
    return isinstance(node, (n.Filter, n.Join, n.Project))


def simplify(e: Expr) -> Expr:
    """AND, OR, CASE and COALESCE over constants."""
    return transform(e, _simplify)


def _simplify(e: Expr) -> Expr:
    match e:
        case And():
            parts = tuple(a for a in e.args if a != TRUE)
            if FALSE in parts[:1] or any(a == FALSE for a in parts):
                return FALSE
            if len(parts) == len(e.args):
                return e
            return TRUE if not parts else parts[0] if len(parts) == 1 else And(parts)
        case Or():
            if any(a == TRUE for a in e.args):
                return TRUE
            parts = tuple(a for a in e.args if a != FALSE)
            if len(parts) == len(e.args):
                return e
            return FALSE if not parts else parts[0] if len(parts) == 1 else Or(parts)
        case Case():
            branches = tuple((c, v) for c, v in e.branches if not (isinstance(c, Lit) and c.value is not True))
            if branches and branches[0][0] == TRUE:
                return branches[0][1]
            if not branches:
                return e.otherwise
            return e if len(branches) == len(e.branches) else replace(e, branches=branches)
        case Coalesce():
            if isinstance(e.args[0], Lit) and e.args[0].value is not None:
                return e.args[0]
            return e
        case _:
            return e

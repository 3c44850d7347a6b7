"""A numbering that is cut off above becomes a top-n per group.

    Filter(rn <= 3)(Window[rn := row_number() OVER (PARTITION BY g ORDER BY x)](t))
        becomes  TopN[groups g, order x, limit 3, number rn](t)
"""

from __future__ import annotations

from ...kernels.expr.spec import Call, Expr, Lit, Var, conjunction, conjuncts
from ..logical import node as n
from ..logical.rewrite import transform

_RANKS = ("row_number", "rank", "dense_rank")
_FLIP = {"compare.ge": "compare.le", "compare.gt": "compare.lt", "compare.eq": "compare.eq",
         "compare.le": "compare.ge", "compare.lt": "compare.gt"}  # fmt: skip


def find_top_n(plan: n.Node) -> n.Node:
    return transform(plan, _node)


def _node(node: n.Node) -> n.Node:
    if not (isinstance(node, n.Filter) and isinstance(node.input, n.Window)):
        return node
    window = node.input
    if len(window.calls) != 1 or window.calls[0][1].function not in _RANKS or window.calls[0][1].direct:
        return node
    number, call = window.calls[0]
    if not all(isinstance(p, Var) for p in window.partition):
        return node
    limit: int | None = None
    rest: list[Expr] = []
    for part in conjuncts(node.predicate):
        bound = _upper_bound(part, number)
        if bound is None:
            rest.append(part)
            continue
        value, exact = bound
        limit = value if limit is None else min(limit, value)
        if exact and value != 1:
            rest.append(part)
    if limit is None or limit < 1:
        return node
    groups = tuple(p for p in window.partition if isinstance(p, Var))
    made: n.Node = n.TopN(window.input, groups, window.order, limit, 0, call.function, number)
    kept = conjunction(tuple(rest))
    return made if kept is None else n.Filter(made, kept)


def _upper_bound(part: Expr, number: Var) -> tuple[int, bool] | None:
    """(largest number that may pass, whether only that one does)."""
    match part:
        case Call(kernel, (Var() as v, Lit(value=int() as value))) if v == number:
            pass
        case Call(kernel, (Lit(value=int() as value), Var() as v)) if v == number and kernel in _FLIP:
            kernel = _FLIP[kernel]
        case _:
            return None
    match kernel:
        case "compare.le":
            return value, False
        case "compare.lt":
            return value - 1, False
        case "compare.eq":
            return value, True
        case _:
            return None

"""Values of char(n) of several lengths are equal whatever their blanks: what groups them looks at them without blanks.

    Aggregate[c; count()](t)   becomes  Project[c := m, …](Aggregate[b; min(c) as m, count()](Project[…, b := trimmed c](t)))

A column that may hold several lengths has the type char without one. Of values that differ in blanks a group shows the shortest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...kernels.expr.spec import Call, Expr, Var, conjunction
from ...kernels.types import BOOL
from ..logical import node as n
from ..logical.rewrite import transform

NewVar = Callable[[Var], Var]


def _several(e: Expr) -> bool:
    return e.type.name == "bpchar" and not e.type.mods


def _trimmed(e: Expr) -> Expr:
    return Call("cast.bpchar_to_text", (e,), e.type) if _several(e) else e


def group_padded(plan: n.Node, new: NewVar) -> n.Node:
    def rule(node: n.Node) -> n.Node:
        match node:
            case n.Distinct() if any(map(_several, node.vars)):
                return _grouped(n.Aggregate(node.input, node.vars, ()), new)
            case n.Aggregate():
                calls = tuple((v, _distinct(call)) for v, call in node.calls)
                changed = any(a is not b for (_, a), (_, b) in zip(calls, node.calls))
                made = replace(node, calls=calls) if changed else node
                return _grouped(made, new) if any(map(_several, node.groups)) else made
            case n.SetOp() if not node.all and any(map(_several, node.columns)):
                return _set(node, new)
            case n.Window() if any(map(_several, node.partition)) or _ordered(node.order):
                return replace(node, partition=tuple(map(_trimmed, node.partition)), order=_unpadded(node.order))
            case n.TopN() if any(map(_several, node.groups)) or _ordered(node.order):
                return _top(node, new)
        return node

    return transform(plan, rule)


def _ordered(order: tuple[n.SortItem, ...]) -> bool:
    return any(_several(s.expr) for s in order)


def _unpadded(order: tuple[n.SortItem, ...]) -> tuple[n.SortItem, ...]:
    return tuple(replace(s, expr=_trimmed(s.expr)) for s in order)


def _distinct(call: n.Agg) -> n.Agg:
    """count(DISTINCT c), which shows none of the values."""
    if call.function == "count" and call.distinct and any(map(_several, call.args)):
        return replace(call, args=tuple(map(_trimmed, call.args)))
    return call


def _keys(below: n.Node, groups: tuple[Var, ...], new: NewVar) -> tuple[n.Project, dict[int, Var]]:
    """The input with trimmed columns beside it, by what they were made of."""
    made = {g.id: new(g) for g in groups if _several(g)}
    items = tuple((v, v) for v in below.vars) + tuple((made[g.id], _trimmed(g)) for g in dict.fromkeys(groups) if g.id in made)
    return n.Project(below, items), made


def _grouped(node: n.Aggregate, new: NewVar) -> n.Node:
    below, made = _keys(node.input, node.groups, new)
    shown = {g.id: new(g) for g in node.groups if g.id in made}
    firsts = tuple((shown[g.id], n.Agg("min", (g,), g.type)) for g in dict.fromkeys(node.groups) if g.id in made)
    groups = tuple(made.get(g.id, g) for g in node.groups)
    out = n.Aggregate(below, groups, (*firsts, *node.calls))
    return n.Project(out, tuple((v, shown.get(v.id, v)) for v in node.vars))


def _set(node: n.SetOp, new: NewVar) -> n.Node:
    """EXCEPT and INTERSECT: each value of the left side once, if the right side has it or has it not."""
    keys, matched = tuple(new(v) for v in node.columns), tuple(new(v) for v in node.columns)
    shown = tuple(new(v) if _several(v) else k for v, k in zip(node.columns, keys))
    below = n.Project(node.left, (*((v, v) for v in node.left.vars), *((k, _bare(v)) for k, v in zip(keys, node.left.vars))))
    firsts = tuple((s, n.Agg("min", (v,), v.type)) for s, k, v in zip(shown, keys, node.left.vars) if s is not k)
    left = n.Aggregate(below, keys, firsts)
    right = n.Project(node.right, tuple((m, _bare(v)) for m, v in zip(matched, node.right.vars)))
    same = tuple(Call("compare.is_not_distinct", pair, BOOL) for pair in zip(keys, matched))
    found = n.Join(left, right, "semi" if node.kind == "intersect" else "anti", conjunction(same))
    return n.Project(found, tuple(zip(node.columns, shown)))


def _bare(e: Expr) -> Expr:
    return Call("cast.bpchar_to_text", (e,), e.type) if e.type.name == "bpchar" else e


def _top(node: n.TopN, new: NewVar) -> n.Node:
    below, made = _keys(node.input, node.groups, new)
    groups = tuple(made.get(g.id, g) for g in node.groups)
    out = replace(node, input=below, groups=groups, order=_unpadded(node.order))
    return n.Project(out, tuple((v, v) for v in node.vars))

"""Rewriting logical trees: substitution of columns, expression maps, fresh copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ...kernels.expr.spec import Expr, Var, children, with_children
from . import node as n


class Ids:
    """Source of unique column ids within one planning run."""

    def __init__(self, first: int = 1) -> None:
        self.last = first - 1

    def __call__(self) -> int:
        self.last += 1
        return self.last

    def var(self, like: Var) -> Var:
        """A new column of the same type and name."""
        return Var(self(), like.type, like.name)


def substitute(e: Expr, mapping: Mapping[int, Expr]) -> Expr:
    """`e` with columns replaced; unchanged parts are the same objects."""
    if isinstance(e, Var):
        return mapping.get(e.id, e)
    old = children(e)
    if not old:
        return e
    new = tuple([substitute(c, mapping) for c in old])
    for a, b in zip(old, new):
        if a is not b:
            return with_children(e, new)
    return e


def map_exprs(node: n.Node, f: Callable[[Expr], Expr]) -> n.Node:
    """The node with `f` applied to each of its own expressions (columns that it defines stay)."""

    def item(s: n.SortItem) -> n.SortItem:
        return replace(s, expr=f(s.expr))

    def var(v: Var) -> Var:
        mapped = f(v)
        assert isinstance(mapped, Var)
        return mapped

    match node:
        case n.Filter():
            return replace(node, predicate=f(node.predicate))
        case n.Project():
            return replace(node, items=tuple((v, f(e)) for v, e in node.items))
        case n.Join() | n.DependentJoin():
            return node if node.condition is None else replace(node, condition=f(node.condition))
        case n.Aggregate():
            return replace(
                node,
                groups=tuple(var(g) for g in node.groups),
                calls=tuple((v, map_agg(c, f)) for v, c in node.calls),
            )
        case n.TopN():
            return replace(node, groups=tuple(var(g) for g in node.groups), order=tuple(item(s) for s in node.order))
        case n.Sort():
            return replace(node, order=tuple(item(s) for s in node.order))
        case n.Window():
            calls = tuple(
                (v, replace(c, args=tuple(f(a) for a in c.args), filter=None if c.filter is None else f(c.filter)))
                for v, c in node.calls
            )
            return replace(
                node,
                partition=tuple(f(p) for p in node.partition),
                order=tuple(item(s) for s in node.order),
                calls=calls,
            )
        case n.ProjectSet():
            return replace(node, calls=tuple(replace(c, args=tuple(f(a) for a in c.args)) for c in node.calls))
        case n.SingleRow():
            return replace(node, groups=tuple(var(g) for g in node.groups))
        case n.AsOfJoin():
            return replace(
                node,
                keys=tuple((f(a), f(b)) for a, b in node.keys),
                left_time=f(node.left_time),
                right_time=f(node.right_time),
            )
        case n.TemporalJoin():
            return replace(node, condition=f(node.condition))
        case n.Changelog():
            return replace(node, columns=tuple(var(c) for c in node.columns), key=tuple(var(k) for k in node.key))
        case n.WatermarkFilter():
            return replace(node, column=var(node.column), delayed=f(node.delayed))
        case n.EmitOnClose():
            return replace(node, column=var(node.column))
        case n.NowFilter():
            return replace(
                node,
                lower=None if node.lower is None else f(node.lower),
                upper=None if node.upper is None else f(node.upper),
            )
        case n.Clock():
            return replace(node, values=tuple(f(e) for e in node.values))
        case n.Values() if node.rows and node.columns:
            return replace(node, rows=tuple(tuple(f(e) for e in row) for row in node.rows))
        case _:
            return node


def map_agg(call: n.Agg, f: Callable[[Expr], Expr]) -> n.Agg:
    return replace(
        call,
        args=tuple(f(a) for a in call.args),
        filter=None if call.filter is None else f(call.filter),
        order=tuple(replace(s, expr=f(s.expr)) for s in call.order),
    )


def replace_free(node: n.Node, mapping: Mapping[int, Expr]) -> n.Node:
    """The tree with free columns replaced everywhere."""
    if node.free.isdisjoint(mapping):
        return node
    rebuilt = node.with_inputs(*(replace_free(i, mapping) for i in node.inputs))
    if node.used.isdisjoint(mapping):
        return rebuilt
    return map_exprs(rebuilt, lambda e: substitute(e, mapping))


def transform(node: n.Node, f: Callable[[n.Node], n.Node]) -> n.Node:
    """Rewrite bottom-up: inputs first, then `f` on the node. A shared subtree is rewritten once."""
    done: dict[int, n.Node] = {}

    def visit(x: n.Node) -> n.Node:
        found = done.get(id(x))
        if found is None:
            inputs = x.inputs
            found = f(x.with_inputs(*[visit(i) for i in inputs]) if inputs else x)
            done[id(x)] = found
        return found

    return visit(node)


def any_node(node: n.Node, test: Callable[[n.Node], bool]) -> bool:
    return test(node) or any(any_node(i, test) for i in node.inputs)


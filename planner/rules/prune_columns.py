"""Columns that nothing above reads are not carried along.

    Project[a](Join(Scan t(a, b, c), Scan u(x, y)))[t.a = u.x]   scans only t(a) and u(x)

Needs are gathered from all parents of a shared node before it is rebuilt, so that it stays shared.
"""

from __future__ import annotations

from dataclasses import replace

from ...kernels.expr.spec import Lit, Var
from ...kernels.types import INT8
from ..logical import node as n


def prune_columns(plan: n.Node) -> n.Node:
    order: list[n.Node] = []
    _postorder(plan, set(), order)
    needs: dict[int, set[int]] = {id(x): set() for x in order}
    needs[id(plan)] = set(plan.ids)
    for node in reversed(order):
        for child, wanted in zip(node.inputs, _wanted(node, needs[id(node)])):
            needs[id(child)] |= wanted
    made: dict[int, n.Node] = {}
    for node in order:
        children = [made[id(c)] for c in node.inputs]
        if isinstance(node, (n.Join, n.TopN, n.Window, n.AsOfJoin, n.TemporalJoin)):
            wants = _wanted(node, needs[id(node)])
            children = [_narrowed(c, old, w) for c, old, w in zip(children, node.inputs, wants)]
        made[id(node)] = _rebuilt(node, children, needs[id(node)])
    return made[id(plan)]


def _postorder(node: n.Node, seen: set[int], out: list[n.Node]) -> None:
    if id(node) in seen:
        return
    seen.add(id(node))
    for i in node.inputs:
        _postorder(i, seen, out)
    out.append(node)


def _wanted(node: n.Node, need: set[int]) -> list[set[int]]:
    """What each input must deliver when `need` is wanted of the node."""
    match node:
        case n.Project():
            read: set[int] = set()
            for v, e in node.items:
                if v.id in need:
                    n.expr_vars(e, read)
            return [read]
        case n.Aggregate():
            read = {g.id for g in node.groups}
            for v, call in node.calls:
                if v.id in need:
                    for e in call.exprs():
                        n.expr_vars(e, read)
            return [read]
        case n.Window():
            read = set(need)
            kept = [(v, c) for v, c in node.calls if v.id in need]
            if kept:
                for e in (*node.partition, *(s.expr for s in node.order)):
                    n.expr_vars(e, read)
                for _, c in kept:
                    for e in (*c.args, *((c.filter,) if c.filter is not None else ())):
                        n.expr_vars(e, read)
            return [read & node.input.ids]
        case n.Union():
            places = [i for i, c in enumerate(node.columns) if c.id in need]
            return [{part.vars[i].id for i in places} for part in node.parts]
        case n.Distinct() | n.SetOp() | n.Recursive():
            return [set(i.ids) for i in node.inputs]
        case _:
            read = need | node.used
            return [read & i.ids for i in node.inputs]


def _narrowed(child: n.Node, old: n.Node, wanted: set[int]) -> n.Node:
    """A stateful parent keeps only what is wanted of its input."""
    keep = tuple(v for v in child.vars if v.id in wanted)
    if len(keep) == len(child.vars) or not keep or isinstance(old, n.Scan):
        return child
    return n.Project(child, tuple((v, v) for v in keep))


def _rebuilt(node: n.Node, children: list[n.Node], need: set[int]) -> n.Node:
    match node:
        case n.Scan():
            kept = [i for i, v in enumerate(node.columns) if v.id in need] or list(range(min(1, len(node.columns))))
            if len(kept) == len(node.columns):
                return node
            return replace(
                node,
                positions=tuple(node.positions[i] for i in kept),
                columns=tuple(node.columns[i] for i in kept),
            )
        case n.Project():
            items = tuple((v, e) for v, e in node.items if v.id in need)
            if not items:  # only the number of rows counts: any column of the input will do
                items = tuple((v, v) for v in children[0].vars[:1])
            return replace(node, input=children[0], items=items)
        case n.Aggregate():
            calls = tuple((v, c) for v, c in node.calls if v.id in need)
            if not calls and not node.groups and node.calls:  # one row whatever it holds: count, which reads nothing
                v = node.calls[0][0]
                calls = ((Var(v.id, INT8, v.name), n.Agg("count_star", (), INT8)),)
            return replace(node, input=children[0], calls=calls)
        case n.Window():
            win = tuple((v, c) for v, c in node.calls if v.id in need)
            return replace(node, input=children[0], calls=win) if win else children[0]
        case n.ProjectSet() if node.ordinality is not None and node.ordinality.id not in need:
            return replace(node, input=children[0], ordinality=None)
        case n.TopN():
            number = node.number if node.number is not None and node.number.id in need else None
            return replace(node, input=children[0], number=number)
        case n.Union():
            places = [i for i, c in enumerate(node.columns) if c.id in need]
            if len(places) == len(node.columns) and all(c.vars == p.vars for c, p in zip(children, node.parts)):
                return replace(node, parts=tuple(children))
            if not places:
                places = [0] if node.columns else []
            parts: list[n.Node] = []
            for old, child in zip(node.parts, children):
                wanted = [old.vars[i] for i in places]
                have = child.ids
                if all(v.id in have for v in wanted):
                    parts.append(child if child.vars == tuple(wanted) else n.Project(child, tuple((v, v) for v in wanted)))
                else:  # nothing of the union is read: only the number of rows counts
                    parts.append(n.Project(child, tuple((v, Lit(None, v.type)) for v in wanted)))
            return n.Union(tuple(parts), tuple(node.columns[i] for i in places))
        case _:
            return node.with_inputs(*children)


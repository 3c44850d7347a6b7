"""GROUP BY HOP(time, slide, size): each row belongs to several windows, so it is joined with their starts.

`HOP_START`, `HOP_END` and `HOP_ROWTIME` with the same arguments are of the group's window. GROUP BY TUMBLE needs no join: it is
a function of the row.
"""

from __future__ import annotations

from sqlglot import exp

from ..sql.query import parse_query

_START = "__hop_start"


def with_hops(tree: exp.Select) -> exp.Select:
    """The SELECT with its GROUP BY HOP written out; itself if it has none."""
    group = tree.args.get("group")
    call = next((g for g in group.expressions if _is_hop(g)), None) if isinstance(group, exp.Group) else None
    if call is None:
        return tree
    size = call.expressions[2].copy()
    out = tree.copy()
    for node in list(out.find_all(exp.Anonymous)):
        if node.name not in ("hop", "hop_start", "hop_end", "hop_rowtime") or node.expressions != call.expressions:
            continue
        start: exp.Expression = exp.column(_START)
        if node.name in ("hop_end", "hop_rowtime"):
            start = exp.Paren(this=exp.Add(this=start, expression=size.copy()))
        if node.name == "hop_rowtime":
            millisecond = exp.Cast(this=exp.Literal.string("1 millisecond"), to=exp.DataType.build("interval"))
            start = exp.Paren(this=exp.Sub(this=start, expression=millisecond))
        bare = isinstance(node.parent, exp.Select) and node.arg_key == "expressions"
        node.replace(exp.Alias(this=start, alias=exp.to_identifier(node.name)) if bare else start)
    joined = parse_query(f"SELECT 1 FROM x, LATERAL unnest(hop_starts(1, 2, 3)) AS __hop({_START})").args["joins"][0]
    starts = next(n for n in joined.find_all(exp.Anonymous) if n.name == "hop_starts")
    starts.set("expressions", [a.copy() for a in call.expressions])
    out.set("joins", [*(out.args.get("joins") or []), joined])
    return out


def _is_hop(node: exp.Expression) -> bool:
    return isinstance(node, exp.Anonymous) and node.name == "hop" and len(node.expressions) in (3, 4)

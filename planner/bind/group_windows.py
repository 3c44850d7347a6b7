"""GROUP BY HOP and GROUP BY SESSION.

GROUP BY HOP(time, slide, size): each row belongs to several windows, so it is joined with their starts.

`HOP_START`, `HOP_END` and `HOP_ROWTIME` with the same arguments are of the group's window. GROUP BY TUMBLE needs no join: it is
a function of the row.

GROUP BY a, SESSION(time, gap): rows with the same `a` at most `gap` apart are one group. They get the start of their session from a
window function, so the FROM clause becomes a subquery; therefore it may hold one table only.
"""

from __future__ import annotations

from sqlglot import exp

from ...kernels.errors import Unsupported
from ..sql.query import parse_query
from ..sql.stream_forms import SESSION
from .position import position_of

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
        node.replace(_named(node, start))
    joined = parse_query(f"SELECT 1 FROM x, LATERAL unnest(hop_starts(1, 2, 3)) AS __hop({_START})").args["joins"][0]
    starts = next(n for n in joined.find_all(exp.Anonymous) if n.name == "hop_starts")
    starts.set("expressions", [a.copy() for a in call.expressions])
    out.set("joins", [*(out.args.get("joins") or []), joined])
    return out


_SESSION_START, _SESSION_LAST = "__session_start", "__session_last"


def with_sessions(tree: exp.Select) -> exp.Select:
    """The SELECT with its GROUP BY SESSION written out; itself if it has none."""
    group = tree.args.get("group")
    call = next((g for g in group.expressions if _is_session(g)), None) if isinstance(group, exp.Group) else None
    if call is None or not isinstance(group, exp.Group):
        return tree
    clause = tree.args.get("from_")
    if clause is None or tree.args.get("joins") or any(group.args.get(k) for k in ("rollup", "cube", "grouping_sets")):
        raise Unsupported("GROUP BY SESSION over several tables is not supported", hint="Read SESSION(table, time, gap) in FROM.",
                          position=position_of(call))  # fmt: skip
    out = tree.copy()
    time, gap = call.expressions
    keys = ", ".join(f"${i}" for i in range(1, len(group.expressions)))
    over = f"OVER ({f'PARTITION BY {keys} ' if keys else ''}ORDER BY __time SESSION WITH GAP __gap)"
    inner = parse_query(
        f"SELECT *, first_value(__time) {over} AS {_SESSION_START}, last_value(__time) {over} AS {_SESSION_LAST} FROM x WHERE __time IS NOT NULL"
    )
    put: dict[str, exp.Expression] = dict(zip((f"{i}" for i in range(1, 99)), (_key(g, tree) for g in group.expressions if g is not call)))
    for node in list(inner.find_all(exp.Parameter, exp.Column)):
        found = put.get(node.name) if isinstance(node, exp.Parameter) else {"__time": time, "__gap": gap}.get(node.name)
        if found is not None:
            node.replace(found.copy())
    source = out.args["from_"].this
    inner.set("from_", exp.From(this=source.copy()))
    if (where := out.args.get("where")) is not None:
        inner.args["where"].set("this", exp.And(this=inner.args["where"].this, expression=exp.Paren(this=where.this.copy())))
        out.set("where", None)
    source.replace(exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(source.alias_or_name or "__rows"))))
    for node in list(out.find_all(exp.Anonymous)):
        if node.name == SESSION and isinstance(node.parent, exp.Group):
            node.replace(exp.column(_SESSION_START))
        elif node.name in _OF_SESSION and node.expressions == call.expressions:
            node.replace(_named(node, _of_session(node.name, gap)))
    return out


def _key(node: exp.Expression, tree: exp.Select) -> exp.Expression:
    """A key of GROUP BY; a number is one of the columns of the result."""
    if isinstance(node, exp.Literal) and not node.is_string and 0 < int(node.this) <= len(tree.expressions):
        return tree.expressions[int(node.this) - 1].unalias()
    return node


_OF_SESSION = ("session_start", "session_end", "session_rowtime")


def _of_session(name: str, gap: exp.Expression) -> exp.Expression:
    if name == "session_start":
        return exp.column(_SESSION_START)
    end: exp.Expression = exp.Add(this=exp.Anonymous(this="max", expressions=[exp.column(_SESSION_LAST)]), expression=gap.copy())
    if name == "session_rowtime":
        end = exp.Sub(this=end, expression=exp.Cast(this=exp.Literal.string("1 millisecond"), to=exp.DataType.build("interval")))
    return exp.Paren(this=end)


def _named(node: exp.Anonymous, made: exp.Expression) -> exp.Expression:
    """A column of the result keeps the name of the call."""
    bare = isinstance(node.parent, exp.Select) and node.arg_key == "expressions"
    return exp.Alias(this=made, alias=exp.to_identifier(node.name)) if bare else made


def _is_session(node: exp.Expression) -> bool:
    return isinstance(node, exp.Anonymous) and node.name == SESSION and len(node.expressions) == 2


def _is_hop(node: exp.Expression) -> bool:
    return isinstance(node, exp.Anonymous) and node.name == "hop" and len(node.expressions) in (3, 4)

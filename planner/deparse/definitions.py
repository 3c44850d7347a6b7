"""`deparsed_query` and `deparsed_expression`: definitions of the catalog as PostgreSQL prints them, None where they can't be."""

from __future__ import annotations

from dataclasses import replace

from ...kernels.errors import SabotError
from ...kernels.types import SqlType
from ..bind.coerce import can_coerce
from ..bind.expr import bind_expr
from ..bind.query import bind_query
from ..bind.scope import Scope
from ..bind.trace import Trace
from ..catalog.entries import Relation, Snapshot
from ..pipeline import PlanSettings, environment
from ..sql.query import parse_expression, parse_query
from . import nodes as n
from .expressions import Expressions, Place
from .nodes import Undeparsable, Writer
from .queries import Queries


def deparsed_query(
    view: Relation, now: Snapshot, settings: PlanSettings, path: tuple[str, ...], *, pretty: bool
) -> str | None:
    """The query of a view, without the closing semicolon. `path` decides which names need their schema."""
    assert view.query is not None
    try:
        tree = parse_query(view.query)
        trace = Trace()
        then = now.as_of(view.bound)
        env = environment(then, replace(settings, role=None, row_security=False))
        env = env.having(ctx=env.ctx.having(trace=trace))
        bind_query(tree, env)
        base = Expressions(trace, now, path)
        w = Writer(pretty=pretty, lines=True)
        Queries(base, env, now).query(tree, w, None, tuple(c.name for c in view.columns if not c.hidden))
        return w.text
    except (SabotError, Undeparsable, KeyError, AttributeError, IndexError, ValueError):
        return None


def deparsed_expression(
    text: str, columns: tuple[tuple[str, SqlType], ...], now: Snapshot, settings: PlanSettings, path: tuple[str, ...], *,
    pretty: bool, target: SqlType | None = None, lines: bool | None = None,
) -> str | None:
    """An expression over one row, such as a CHECK or a default (of type `target`, to which it is cast unseen)."""
    from ...kernels.expr.spec import Col

    try:
        tree = parse_expression(text)
        trace = Trace()
        env = environment(now, replace(settings, role=None, row_security=False))
        scope = Scope.of("", tuple((name, Col(at, t)) for at, (name, t) in enumerate(columns)))
        bind_expr(tree, scope, env.ctx.having(trace=trace, clause="CHECK"))
        names = {name: name for name, _ in columns}
        base = Expressions(trace, now, path, Place({"": names}, scope=scope), qualify=False)
        own = base.own(tree)
        if target is not None and own.name == "unknown":
            node = base.as_type(tree, target)
        else:
            node = base.settled(tree)
            if target is not None and own.without_mods() != target.without_mods() and can_coerce(own, target, "a"):
                node = n.Hidden(node)
        w = Writer(pretty=pretty, lines=pretty if lines is None else lines)
        if isinstance(node, n.Hidden):
            w.pretty = True  # an operator below a cast has its parentheses once
            inner = w.apart()
            inner.pretty = pretty
            inner.node(node.arg)
            text = inner.text
            w.put(f"({text})" if pretty and not n._simple(node.arg, n.Cast(node.arg, "")) else text)
        else:
            w.node(node)
        return w.text
    except (SabotError, Undeparsable, KeyError, AttributeError, IndexError, ValueError):
        return None

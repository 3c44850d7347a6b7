"""Window functions: calls that share partition and order share one node."""

from __future__ import annotations

from dataclasses import replace

from ...kernels.errors import Unsupported
from ...kernels.expr.spec import Expr, Lit, Var
from ...kernels.types import Kind
from ..logical import node as n
from .coerce import settle_unknown
from .context import WindowRef
from .query import Env


class Windows:
    """The window calls of one SELECT; equal calls share a column."""

    def __init__(self, env: Env) -> None:
        self.env = env
        self.calls: list[tuple[Var, WindowRef]] = []

    def add(self, ref: WindowRef) -> Expr:
        plain = replace(ref, position=None)
        for v, known in self.calls:
            if known == plain:
                return v
        made = self.env.ctx.new_var(ref.type, ref.function)
        self.calls.append((made, plain))
        return made

    def apply(self, plan: n.Node, calls: list[tuple[Var, WindowRef]]) -> n.Node:
        """One Window node per distinct (partition, order)."""
        groups: list[tuple[WindowRef, list[tuple[Var, WindowRef]]]] = []
        for v, ref in calls:
            for first, members in groups:
                if first.partition == ref.partition and first.order == ref.order:
                    members.append((v, ref))
                    break
            else:
                groups.append((ref, [(v, ref)]))
        for first, members in groups:
            partition = tuple(p for p in dict.fromkeys(first.partition) if not isinstance(p, Lit))
            order = tuple(
                n.SortItem(settle_unknown(s.expr, self.env.ctx), s.descending, s.nulls_first) for s in first.order
            )
            plan = n.Window(plan, partition, order, tuple((v, _call(ref, self.env)) for v, ref in members))
        return plan


def _call(ref: WindowRef, env: Env) -> n.WinCall:
    args = tuple(settle_unknown(a, env.ctx) for a in ref.args)
    frame = ref.frame
    direct: tuple[object, ...] = ()
    if ref.session_gap is not None:
        if not isinstance(ref.session_gap, Lit) or ref.session_gap.type.kind not in (Kind.INTERVAL, Kind.INT4, Kind.INT8):
            raise Unsupported("the gap of a session must be a constant", hint="Write an INTERVAL literal.")
        direct = ("session", ref.session_gap.value)
    return n.WinCall(ref.function, args, ref.type, frame, ref.filter, ref.ignore_nulls, direct)


def window_exprs(ref: WindowRef) -> list[Expr]:
    """All expressions that a call reads."""
    found = [*ref.args, *ref.partition, *(s.expr for s in ref.order)]
    if ref.filter is not None:
        found.append(ref.filter)
    return found


def map_window(ref: WindowRef, f: object) -> WindowRef:
    assert callable(f)
    return replace(
        ref,
        args=tuple(f(a) for a in ref.args),
        partition=tuple(f(p) for p in ref.partition),
        order=tuple(replace(s, expr=f(s.expr)) for s in ref.order),
        filter=None if ref.filter is None else f(ref.filter),
    )

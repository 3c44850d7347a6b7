"""Where a sqlglot node stands in the statement text."""

from __future__ import annotations

from sqlglot import exp


def position_of(node: exp.Expression | None) -> int | None:
    """0-based offset of the node's first token, or None if nothing below it has one."""
    first: exp.Expression | None = node
    while first is not None:  # down along what stands first: no walk over all that a long expression holds
        meta = first._meta
        if meta and "start" in meta:
            return int(meta["start"])
        first = _leftmost(first)
    return None if node is None else _least(node)


def _leftmost(node: exp.Expression) -> exp.Expression | None:
    if isinstance(node, exp.Column):
        parts = node.args
        return parts.get("catalog") or parts.get("db") or parts.get("table") or node.this  # type: ignore[no-any-return]
    for value in node.args.values():
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, exp.Expression):
            return first
    return None


def _least(node: exp.Expression) -> int | None:
    """Of the whole subtree, when what stands first has no place (NULL, TRUE)."""
    starts = [part._meta["start"] for part in node.walk() if part._meta and "start" in part._meta]
    return min(starts, default=None)

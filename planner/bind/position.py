"""Where a sqlglot node stands in the statement text."""

from __future__ import annotations

from sqlglot import exp


def position_of(node: exp.Expression | None) -> int | None:
    """0-based offset of the node's first token, or None if nothing below it has one."""
    if node is None:
        return None
    best: int | None = None
    for part in node.walk():
        meta = part._meta
        if meta and "start" in meta and (best is None or meta["start"] < best):
            best = meta["start"]
            if part is node:
                return best
    return best

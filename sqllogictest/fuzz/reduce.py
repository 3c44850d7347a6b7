"""Cutting a query (and the rows below it) down while it still shows the same difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .tree import Node
from .values import KINDS

TRIALS = 200


def _smaller(parent: Node, index: int) -> Iterator[list[str | Node]]:
    """What may stand in the place of one part, the shortest first."""
    part = parent.parts[index]
    if not isinstance(part, Node):
        return
    if part.optional and part.parts:
        yield [""]
    if parent.separator is not None and len(parent.parts) > 1:
        yield []
    if part.kind in KINDS:
        if len(str(part)) > len(part.kind) + 6:
            yield [f"NULL::{part.kind}"]
        for below in part.below():
            if below.kind == part.kind:
                yield [below]
    if part.kind in ("query", "from"):
        for below in part.below():
            if below.kind == part.kind:
                yield [below]


def reduced(query: Node, shows: Callable[[str], bool], trials: int = TRIALS) -> Node:
    """A smaller query with `shows` still true; the given one is changed in place."""
    root = Node("root", [query])
    left = trials
    progress = True
    while progress and left > 0:
        progress = False
        for parent in [root, *root.below()]:
            index = 0
            while index < len(parent.parts):
                kept = list(parent.parts)
                for parts in _smaller(parent, index):
                    left -= 1
                    parent.parts[index : index + 1] = parts
                    if left > 0 and shows(str(root)):
                        progress = True
                        break
                    parent.parts[:] = kept
                    if left <= 0:
                        break
                index += 1
            if left <= 0:
                break
    return root


def fewer(items: list[str], shows: Callable[[list[str]], bool]) -> list[str]:
    """Fewer statements, halves first."""
    size = max(1, len(items) // 2)
    while True:
        at = 0
        while at < len(items):
            rest = items[:at] + items[at + size :]
            if shows(rest):
                items = rest
            else:
                at += size
        if size == 1:
            return items
        size //= 2

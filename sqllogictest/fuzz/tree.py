"""SQL as a tree of text pieces, so that a query that fails can be cut down piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Node:
    """`kind` is the SQL type of an expression, or the role of another piece; `parts` are strings and nodes.

    `optional` pieces may be left out; parts of a list (`separator`) may go one by one.
    """

    kind: str
    parts: list[str | Node]
    optional: bool = False
    separator: str | None = None
    limited: bool = False  # a literal whose type the text doesn't say must stay as it is

    def __str__(self) -> str:
        return (self.separator or "").join(map(str, self.parts))

    def children(self) -> Iterator[Node]:
        return (p for p in self.parts if isinstance(p, Node))

    def below(self) -> Iterator[Node]:
        """All nodes under this one, near ones first."""
        level = list(self.children())
        while level:
            yield from level
            level = [c for node in level for c in node.children()]


def node(kind: str, *parts: str | Node) -> Node:
    return Node(kind, list(parts))


def optional(*parts: str | Node) -> Node:
    return Node("clause", list(parts), optional=True)


def listed(parts: list[Node], separator: str = ", ") -> Node:
    return Node("list", list(parts), separator=separator)

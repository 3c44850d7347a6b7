"""What binding found out about a tree: types of its expressions, scopes of its queries. The deparser reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...kernels.types import SqlType

if TYPE_CHECKING:
    from .scope import Scope


@dataclass
class Trace:
    """By the identity of a node; the nodes must live as long."""

    types: dict[int, SqlType] = field(default_factory=dict)
    scopes: dict[int, Scope] = field(default_factory=dict)

    def type_of(self, node: Any) -> SqlType:
        return self.types[id(node)]

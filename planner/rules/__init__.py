"""The rewrite rules, in order. REQUIRED give meaning (no plan runs without them), OPTIONAL give speed.

A rule is a function from a plan to an equal plan; each has a file with one example.
"""

from __future__ import annotations

from collections.abc import Callable

from ..logical.node import Node
from .fold import fold_conditions
from .merge_projects import merge_projects
from .order_joins import order_joins
from .prune_columns import prune_columns
from .push_filters import push_filters
from .top_n import find_top_n

Rule = Callable[[Node], Node]

OPTIONAL: tuple[Rule, ...] = (
    fold_conditions,
    merge_projects,
    push_filters,
    order_joins,
    push_filters,
    find_top_n,
    prune_columns,
    merge_projects,
)

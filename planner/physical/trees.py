"""Physical plans as trees: other inputs for a node."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from . import node as p

_ONE = ("input", "left", "right", "base")
_MANY = ("parts", "others")


def with_inputs(plan: p.Plan, inputs: tuple[p.Plan, ...]) -> p.Plan:
    """The node over other inputs, given in the order of `plan.inputs`."""
    waiting = iter(inputs)
    changed: dict[str, Any] = {}
    for name in _ONE:
        if hasattr(plan, name):
            changed[name] = next(waiting)
    for name in _MANY:
        if hasattr(plan, name):
            changed[name] = tuple(next(waiting) for _ in getattr(plan, name))
    return replace(plan, **changed) if changed else plan

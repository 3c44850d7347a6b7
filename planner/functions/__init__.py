"""The catalogue of functions and operators: every family module's tables, gathered by name."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from .signature import Signature


def _gather(table: str) -> dict[str, tuple[Signature, ...]]:
    found: dict[str, list[Signature]] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        for signature in getattr(importlib.import_module(f"{__name__}.{module}"), table, ()):
            found.setdefault(signature.name, []).append(signature)
    return {name: tuple(signatures) for name, signatures in found.items()}


@cache
def all_functions() -> dict[str, tuple[Signature, ...]]:
    """Every overload of every function, by lower-case name."""
    return _gather("FUNCTIONS")


@cache
def all_operators() -> dict[str, tuple[Signature, ...]]:
    """Every overload of every operator, by symbol; one argument means prefix."""
    return _gather("OPERATORS")

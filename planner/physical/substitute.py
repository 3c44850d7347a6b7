"""Parameters and context values replaced by literals, all through a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from ...kernels.errors import UserError
from ...kernels.expr.program import SessionFacts, evaluate
from ...kernels.expr.spec import Call, ContextValue, Lit, Param
from ...kernels.schema import Schema
from ...kernels.types import SqlType
from .node import Sort, TopN

T = TypeVar("T")


def substitute(tree: T, parameters: Mapping[int, Any], context: Callable[[ContextValue], Any]) -> T:
    """The plan or expression with `Param(n)` as `Lit(parameters[n])` and context values as literals.

    Unchanged parts are the same objects; a shared subplan stays shared.
    """
    done: dict[int, Any] = {}

    def visit(node: Any) -> Any:
        if isinstance(node, Param):
            if node.number not in parameters:
                raise UserError(f"there is no parameter ${node.number}", "42P02")
            return Lit(parameters[node.number], node.type)
        if isinstance(node, ContextValue):
            return Lit(context(replace(node, args=visit(node.args)) if node.args else node), node.type)
        if isinstance(node, tuple):
            new = tuple(visit(item) for item in node)
            return node if all(a is b for a, b in zip(node, new)) else new
        names = _names(type(node))
        if not names:
            return node
        if id(node) in done:
            return done[id(node)]
        changed: dict[str, Any] = {}
        for name in names:
            old = getattr(node, name)
            new_value = visit(old)
            if new_value is not old:
                changed[name] = new_value
        if isinstance(node, (Sort, TopN)):
            changed |= _counts(node, changed)
        result = replace(node, **changed) if changed else node
        done[id(node)] = result
        return result

    return visit(tree)


def _counts(node: Sort | TopN, changed: dict[str, Any]) -> dict[str, Any]:
    """LIMIT and OFFSET given as parameters, now that they are known: 2201W, 2201X for negative ones."""
    found: dict[str, Any] = {}
    for name, code in (("limit", "2201W"), ("offset", "2201X")):
        value = changed.get(name, getattr(node, name))
        if isinstance(value, Call) and not needs_substitution(value):  # $1::integer
            value = Lit(evaluate(value, SessionFacts()), value.type)
        if isinstance(value, Lit):
            if value.value is not None and value.value < 0:
                raise UserError(f"{name.upper()} must not be negative", code)
            found[name] = value.value if name == "limit" else value.value or 0
    return found


def needs_substitution(tree: Any) -> bool:
    """Some parameter or context value occurs."""
    return _occurs(tree, lambda node: isinstance(node, (Param, ContextValue)))


def names_objects(tree: Any) -> bool:
    """Some OID is turned into a name or a name into an OID: true for one version of the catalog only."""
    return _occurs(tree, lambda node: isinstance(node, Call) and node.kernel.startswith("registry."))


def _occurs(tree: Any, wanted: Callable[[Any], bool]) -> bool:
    seen: set[int] = set()

    def visit(node: Any) -> bool:
        if wanted(node):
            return True
        if isinstance(node, tuple):
            return any(visit(item) for item in node)
        if not _names(type(node)) or id(node) in seen:
            return False
        seen.add(id(node))
        return any(visit(getattr(node, name)) for name in _names(type(node)))

    return visit(tree)


_NAMES: dict[type, tuple[str, ...]] = {}
_PLAIN = ("str", "bool", "Schema", "SqlType", "Kind", "tuple[int, ...]", "tuple[bool, ...]", "tuple[str, ...]", "tuple[()]")


def _names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass that may hold expressions or plans; none of types, constants and schemas."""
    found = _NAMES.get(kind)
    if found is None:
        opaque = not is_dataclass(kind) or issubclass(kind, (SqlType, Lit, Schema))
        plain = _PLAIN if issubclass(kind, (Sort, TopN)) else (*_PLAIN, "int")  # whose counts may be parameters
        found = _NAMES[kind] = () if opaque else tuple(f.name for f in fields(kind) if f.type not in plain)
    return found



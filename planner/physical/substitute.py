"""Parameters and context values replaced by literals, all through a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from ...kernels.errors import InternalError, UserError
from ...kernels.expr.program import SessionFacts, evaluate
from ...kernels.expr.spec import Call, ContextValue, Lit, Param
from ...kernels.schema import Schema
from ...kernels.types import SqlType
from .dml import Constraints, OnConflict, PlannedDelete, PlannedInsert, PlannedUpdate
from .node import Join, Map, Sort, TopN, Values

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


class _Elsewhere(Exception):
    """A parameter stands where its value has to be known before the plan is run."""


# Where expressions are evaluated over rows, with parameters as they are then.
_EVALUATED: dict[type, tuple[str, ...]] = {
    Map: ("exprs", "predicate"), Values: ("rows",), Join: ("residual",), PlannedInsert: ("returning",),
    PlannedUpdate: ("returning",), PlannedDelete: ("returning",), OnConflict: ("update", "where"),
    Constraints: ("checks", "domains"),
}  # fmt: skip
# Facts whose value has no effect and may be asked for as often as the statement runs.
_FACTS = ("now", "clock", "current_user", "session_user", "current_database", "current_schema", "current_schemas",
          "named_schemas", "version", "pg_backend_pid", "time_zone", "search_path", "sequences")  # fmt: skip


def lifted(tree: T, parameters: int) -> tuple[T, tuple[ContextValue, ...]] | None:
    """The tree as it can be run again and again: its context values become further parameters, behind the `parameters` that
    it has. None where some value has to be put into the tree; limits and offsets are left to `with_counts`."""
    facts: list[ContextValue] = []
    done: dict[tuple[int, bool], Any] = {}
    chain = {id(node) for node in _chain(tree)}

    def visit(node: Any, evaluated: bool) -> Any:
        if isinstance(node, Param) and evaluated:
            return node
        if isinstance(node, ContextValue) and evaluated and not node.args and (node.name in _FACTS or node.name.startswith("setting")):
            if node not in facts:
                facts.append(node)
            return Param(parameters + facts.index(node) + 1, node.type)
        if isinstance(node, (Param, ContextValue)):
            raise _Elsewhere
        if isinstance(node, tuple):
            new = tuple(visit(item, evaluated) for item in node)
            return node if all(a is b for a, b in zip(node, new)) else new
        names = _names(type(node))
        if not names:
            return node
        known = done.get((id(node), evaluated))
        if known is not None:
            return known
        inside, changed = _EVALUATED.get(type(node), ()), {}
        for name in names:
            old = getattr(node, name)
            if name in ("limit", "offset") and isinstance(node, (Sort, TopN)):
                if not isinstance(old, int | None) and (id(node) not in chain or _occurs(old, lambda n: isinstance(n, ContextValue))):
                    raise _Elsewhere
                continue
            new_value = visit(old, evaluated or name in inside)
            if new_value is not old:
                changed[name] = new_value
        result = done[id(node), evaluated] = replace(node, **changed) if changed else node
        return result

    try:
        return visit(tree, False), tuple(facts)
    except _Elsewhere:
        return None


def has_counts(plan: Any) -> bool:
    """Some limit or offset is not known yet."""
    return any(isinstance(n, (Sort, TopN)) and not _known(n) for n in _chain(plan))


def with_counts(plan: T, parameters: Mapping[int, Any]) -> T:
    """The plan with its limits and offsets, everything else as it was."""

    def visit(node: Any) -> Any:
        below = getattr(node, "input", None)
        changed: dict[str, Any] = {} if below is None or (new := visit(below)) is below else {"input": new}
        if isinstance(node, (Sort, TopN)) and not _known(node):
            known = {n: Lit(parameters[v.number], v.type) if isinstance(v, Param) else substitute(v, parameters, _no_context)
                     for n in ("limit", "offset") for v in (getattr(node, n),)}
            changed |= _counts(node, known)
        return replace(node, **changed) if changed else node

    return visit(plan)  # type: ignore[no-any-return]


def _chain(plan: Any) -> Iterator[Any]:
    """The plan, its only input, and so on: where limits may wait for their values."""
    while plan is not None:
        yield plan
        plan = getattr(plan, "input", None)


def _known(node: Sort | TopN) -> bool:
    return isinstance(node.limit, int | None) and isinstance(node.offset, int)


def _no_context(value: ContextValue) -> Any:
    raise InternalError(f"{value.name} in a limit")


def _counts(node: Sort | TopN, changed: dict[str, Any]) -> dict[str, Any]:
    """LIMIT and OFFSET given as parameters, now that they are known: 2201W, 2201X for negative ones."""
    found: dict[str, Any] = {}
    for name, code in (("limit", "2201W"), ("offset", "2201X")):
        value = changed.get(name, getattr(node, name))
        if not isinstance(value, int | Lit | None) and not needs_substitution(value):  # $1::integer
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



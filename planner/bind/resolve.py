"""Function and operator resolution as in PostgreSQL (documentation chapter "Type Conversion"; func_select_candidate).

An overload is chosen by exact match, then by the number of exact arguments, then by preferred types, then by the
categories of unknown arguments, last by assuming that unknown arguments have the type of the known ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...kernels.errors import UserError
from ...kernels.expr.spec import Lit
from ...kernels.types import BOUNDS, RANGES, TEXT, VECTORS, SqlType, list_of, scalar
from ..functions import all_functions, all_operators
from ..functions.signature import (
    ANY,
    ANYARRAY,
    ANYCOMPATIBLE,
    ANYCOMPATIBLEARRAY,
    ANYELEMENT,
    ANYENUM,
    ANYMAP,
    ANYMULTIRANGE,
    ANYNONARRAY,
    ANYRANGE,
    RECORD,
    ArgType,
    Pseudo,
    Signature,
)
from .coerce import can_coerce, common_type

Types = tuple[SqlType, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """The overload, the concrete argument types (one per argument given) and the result type."""

    signature: Signature
    args: Types
    returns: SqlType


def argument_context(given: SqlType, wanted: SqlType) -> str:
    """How an argument is converted: a function that makes text of any value shows the names of objects."""
    return "a" if given.name.startswith("reg") and wanted == TEXT else "i"


def resolve_function(name: str, types: Types, position: int | None = None) -> Resolved:
    """The overload of a built-in function. 42883 no match, 42725 several."""
    bare = tuple(t.without_mods() for t in types)
    found = _function(name, bare)
    if found is not None:
        return found
    spelled = f"{name}({', '.join(map(str, bare))})"
    if matching(all_functions().get(name, ()), bare):
        raise UserError(
            f"function {spelled} is not unique",
            "42725",
            hint="Could not choose a best candidate function. You might need to add explicit type casts.",
            position=position,
        )
    raise undefined_function(name, bare, position)


def find_function(name: str, types: Types) -> Resolved | None:
    """As `resolve_function`, None for no or no single best overload."""
    return _function(name, tuple(t.without_mods() for t in types))


def undefined_function(name: str, types: Types, position: int | None) -> UserError:
    """42883 with the overloads that exist, if any."""
    known = all_functions().get(name, ())
    shown = ", ".join(str(s) for s in known[:8]) + (", …" if len(known) > 8 else "")
    return no_function(name, types, position, f" Candidates: {shown}." if known else "")


def no_function(name: str, types: Types, position: int | None, more: str = "") -> UserError:
    """42883 in Postgres' words."""
    return UserError(
        f"function {name}({', '.join(str(t.without_mods()) for t in types)}) does not exist",
        "42883",
        hint="No function matches the given name and argument types. You might need to add explicit type casts." + more,
        position=position,
    )


def resolve_operator(symbol: str, types: Types, position: int | None = None) -> Resolved:
    """The overload of an operator; one type means prefix. 42883 no match, 42725 several."""
    bare = tuple(t.without_mods() for t in types)
    found = _operator(symbol, bare)
    if found is not None:
        return found
    spelled = f"{symbol} {bare[0]}" if len(bare) == 1 else f"{bare[0]} {symbol} {bare[1]}"
    candidates = tuple(s for s in all_operators().get(symbol, ()) if len(s.args) == len(bare))
    if matching(candidates, bare):
        raise UserError(
            f"operator is not unique: {spelled}",
            "42725",
            hint="Could not choose a best candidate operator. You might need to add explicit type casts.",
            position=position,
        )
    raise UserError(
        f"operator does not exist: {spelled}",
        "42883",
        hint="No operator matches the given name and argument type"
        + ("s. You might need to add explicit type casts." if len(bare) > 1 else ". You might need to add an explicit type cast."),
        position=position,
    )


def operator_exists(symbol: str, types: Types) -> bool:
    """Whether the operator resolves for these types."""
    return _operator(symbol, tuple(t.without_mods() for t in types)) is not None


@lru_cache(maxsize=8192)
def _function(name: str, types: Types) -> Resolved | None:
    return choose(all_functions().get(name, ()), types)


@lru_cache(maxsize=8192)
def _operator(symbol: str, types: Types) -> Resolved | None:
    candidates = tuple(s for s in all_operators().get(symbol, ()) if len(s.args) == len(types))
    guess = types
    if len(types) == 2 and "unknown" in (types[0].name, types[1].name) and types[0] != types[1]:
        known = types[1] if types[0].name == "unknown" else types[0]
        guess = (known, known)
    for s in candidates:
        if s.args == guess:
            return _bound(s, types)
    return choose(candidates, types)


def expanded(signature: Signature, count: int) -> tuple[ArgType, ...] | None:
    """The argument types for `count` arguments, a variadic tail repeated; None if the count does not fit."""
    if not signature.variadic:
        return signature.args if len(signature.args) == count else None
    if count < len(signature.args):
        return None
    return signature.args[:-1] + (signature.args[-1],) * (count - len(signature.args) + 1)


def matching(candidates: Sequence[Signature], types: Types) -> list[tuple[Signature, tuple[ArgType, ...]]]:
    """The candidates whose arguments the types may implicitly become."""
    out: list[tuple[Signature, tuple[ArgType, ...]]] = []
    for s in candidates:
        args = expanded(s, len(types))
        if args is not None and all(_accepts(a, t) for a, t in zip(args, types)) and generics(args, types) is not None:
            out.append((s, args))
    return out


def choose(candidates: Sequence[Signature], types: Types) -> Resolved | None:
    """The one best overload, or None if there is none or no single best."""
    for s in candidates:
        if expanded(s, len(types)) == types:
            return _bound(s, types)
    found = matching(candidates, types)
    if len(found) > 1:
        found = _best(found, types)
    return _bound(found[0][0], types) if len(found) == 1 else None


Candidates = list[tuple[Signature, tuple[ArgType, ...]]]


def _best(found: Candidates, types: Types) -> Candidates:
    known = [i for i, t in enumerate(types) if t.name != "unknown"]
    unknown = [i for i, t in enumerate(types) if t.name == "unknown"]
    found = _keep_most(found, lambda args: sum(args[i] == types[i] for i in known))
    if len(found) > 1:
        found = _keep_most(found, lambda args: sum(args[i] == types[i] or _preferred(args[i], types[i]) for i in known))
    plain = [c for c in found if not c[0].variadic]
    if len(found) > 1 and len(plain) == 1:
        return plain
    if len(found) == 1 or not unknown:
        return found
    found = _by_category(found, unknown)
    if len(found) == 1 or not known:
        return found
    first = types[known[0]]
    if all(types[i] == first for i in known):
        same = (first,) * len(types)
        left = [c for c in found if all(_accepts(a, t) for a, t in zip(c[1], same)) and generics(c[1], same) is not None]
        if len(left) == 1:
            return left
    return found


def _keep_most(found: Candidates, score: Callable[[tuple[ArgType, ...]], int]) -> Candidates:
    scores = [score(args) for _, args in found]
    best = max(scores)
    return [c for c, s in zip(found, scores) if s == best]


def _by_category(found: Candidates, unknown: list[int]) -> Candidates:
    """Decides unknown arguments by category: string if any candidate takes one, else the one all agree on."""
    wanted: dict[int, tuple[str, bool]] = {}
    for i in unknown:
        categories = {_category(args[i]) for _, args in found}
        if len(categories) > 1 and "S" not in categories:
            return found
        category = "S" if "S" in categories else categories.pop()
        wanted[i] = category, any(_category(a[i]) == category and _is_preferred(a[i]) for _, a in found)
    left = [
        c
        for c in found
        if all(_category(c[1][i]) == cat and (not pref or _is_preferred(c[1][i])) for i, (cat, pref) in wanted.items())
    ]
    return left or found


def _category(a: ArgType) -> str:
    return a.category if isinstance(a, SqlType) else "P"


def _is_preferred(a: ArgType) -> bool:
    return isinstance(a, SqlType) and a.info.preferred


def _preferred(a: ArgType, given: SqlType) -> bool:
    return isinstance(a, SqlType) and a.info.preferred and a.category == given.category


def _accepts(a: ArgType, t: SqlType) -> bool:
    if isinstance(a, SqlType):
        return can_coerce(t, a)
    if t.name == "unknown" or a in (ANY, ANYELEMENT, ANYCOMPATIBLE):
        return True
    if a in (ANYARRAY, ANYCOMPATIBLEARRAY):
        return t.name == "list" or t.name in VECTORS
    if a == ANYNONARRAY:
        return t.name != "list" and t.name not in VECTORS
    if a == ANYENUM:
        return t.category == "E"
    if a in (ANYRANGE, ANYMULTIRANGE):
        return t.name in BOUNDS and (t.name in RANGES) == (a == ANYRANGE)
    return t.name == {RECORD: "struct", ANYMAP: "map"}.get(a)


def generics(args: tuple[ArgType, ...], types: Types) -> dict[Pseudo, SqlType] | None:
    """What the polymorphic types of a call stand for; None if the arguments contradict each other."""
    element: SqlType | None = None
    compatible: list[SqlType] = []
    bound: dict[Pseudo, SqlType] = {}
    for a, t in zip(args, types):
        if isinstance(a, SqlType) or a == ANY or t.name == "unknown":
            continue
        if a in (ANYCOMPATIBLE, ANYCOMPATIBLEARRAY):
            part = t.elem if a == ANYCOMPATIBLEARRAY else t
            assert part is not None
            compatible.append(part.without_mods())
            continue
        if a in (RECORD, ANYMAP):
            if bound.setdefault(a, t) != t and a == ANYMAP:
                return None
            continue
        part = scalar(BOUNDS[t.name]) if a in (ANYRANGE, ANYMULTIRANGE) else t.elem if a == ANYARRAY else t
        assert part is not None
        if element is not None and element != part.without_mods():
            return None
        element = part.without_mods()
    if element is not None:
        bound |= {ANYELEMENT: element, ANYNONARRAY: element, ANYENUM: element, ANYARRAY: list_of(element)}
        for name, (multi, of) in RANGES.items():
            if of == element.name:
                bound |= {ANYRANGE: scalar(name), ANYMULTIRANGE: scalar(multi)}
    if any(isinstance(a, Pseudo) and a in (ANYCOMPATIBLE, ANYCOMPATIBLEARRAY) for a in args):
        try:
            common = common_type([Lit(None, t) for t in compatible]) if compatible else TEXT
        except UserError:
            return None
        if not all(can_coerce(t, common) for t in compatible):
            return None
        bound |= {ANYCOMPATIBLE: common, ANYCOMPATIBLEARRAY: list_of(common)}
    return bound


def _bound(signature: Signature, types: Types) -> Resolved:
    args = expanded(signature, len(types))
    assert args is not None
    bound = generics(args, types) or {}
    concrete = tuple(
        TEXT if t.name.startswith("reg") and isinstance(a, Pseudo) and signature.returns == TEXT else _concrete(a, t, bound)
        for a, t in zip(args, types)
    )
    if signature.result is not None:
        return Resolved(signature, concrete, signature.result(concrete))
    return Resolved(signature, concrete, _concrete(signature.returns, TEXT, bound))


def _concrete(a: ArgType, given: SqlType, bound: dict[Pseudo, SqlType]) -> SqlType:
    if isinstance(a, SqlType):
        return a
    if a in bound:
        return bound[a]
    if a == ANY or a in (RECORD, ANYMAP):
        return TEXT if given.name == "unknown" else given
    raise UserError("could not determine polymorphic type because input has type unknown", "42804")

"""Types that only parameters and results of functions have: what the arguments of each call decide."""

from __future__ import annotations

from ...kernels.types import TYPES, Kind, SqlType, TypeInfo, list_of, struct_of
from ..functions.signature import (
    ANY,
    ANYARRAY,
    ANYCOMPATIBLE,
    ANYCOMPATIBLEARRAY,
    ANYELEMENT,
    ANYENUM,
    ANYMULTIRANGE,
    ANYNONARRAY,
    ANYRANGE,
    ArgType,
    Pseudo,
)

_OIDS = {
    ANY: 2276, ANYARRAY: 2277, ANYELEMENT: 2283, ANYNONARRAY: 2776, ANYENUM: 3500, ANYRANGE: 3831, ANYMULTIRANGE: 4537, ANYCOMPATIBLE: 5077,
    ANYCOMPATIBLEARRAY: 5078,
}  # fmt: skip
_KEYS = {f"pseudo:{p.name}": p for p in _OIDS}
for _key, _pseudo in _KEYS.items():
    TYPES[_key] = TypeInfo(_key, _pseudo.name, Kind.TEXT, _OIDS[_pseudo], 0, 4, "P", False, None)
# Each type of a macro's parameter, and of its result, is what is given.
GIVEN = SqlType("pseudo:any", Kind.TEXT)
ROW = struct_of()  # RETURNS record: columns are named where the function is called


def polymorphic(name: str) -> SqlType | None:
    """The type of that name, if it is one of these."""
    return SqlType(f"pseudo:{name}", Kind.TEXT) if f"pseudo:{name}" in _KEYS and name != "any" else None


def accepted(t: SqlType) -> ArgType:
    """What an argument for a parameter of this type may be."""
    return _KEYS.get(t.name) or t.without_mods()


def is_polymorphic(t: SqlType | None) -> bool:
    return t is not None and t.name in _KEYS


def element_of(t: SqlType) -> SqlType:
    """The type of the elements of a VARIADIC parameter."""
    if t.name in _KEYS:
        return SqlType("pseudo:anycompatible" if _KEYS[t.name] == ANYCOMPATIBLEARRAY else "pseudo:anyelement", Kind.TEXT)
    assert t.elem is not None
    return t.elem


def array_for(t: SqlType, element: SqlType) -> SqlType:
    """The type of a VARIADIC parameter whose elements turned out to be of this type."""
    return list_of(element) if t.name in _KEYS else t


def decided(t: SqlType, bound: dict[Pseudo, SqlType]) -> SqlType:
    """The type that it stands for in one call; itself if the arguments tell nothing."""
    return bound.get(_KEYS[t.name], t) if t.name in _KEYS else t

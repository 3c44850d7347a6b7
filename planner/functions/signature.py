"""The shape of the function and operator catalogue that the binder resolves over.

Each family module in this folder may define

    OPERATORS: tuple[Signature, ...]   `name` is the symbol; one argument means a prefix operator
    FUNCTIONS: tuple[Signature, ...]   `name` is the SQL name, lower case

and `planner/functions/__init__.py` gathers them: `all_operators()` and `all_functions()` map a name to all
its signatures, in table order. Several signatures under one name are overloads; the binder picks one as
PostgreSQL does (exact match, then fewest implicit casts, then preferred types) with the casts of `cast.py`,
casts the arguments to `args` and makes a spec node:

    kernel set            Call(kernel, args, returns, ints, texts, volatile = volatility == "volatile")
    context set           ContextValue(context, returns): now(), current_user … (no arguments are passed)
    both set              Call(kernel, (ContextValue(context, timestamptz), *args), returns): current_date, age(x) …
    kernel None           the binder itself gives the meaning (aggregates and window functions are elsewhere)

`returns` is a SqlType or a Pseudo that is bound by the arguments. `result`, when set, computes the result
type from the bound argument types instead (struct fields, map parts). `variadic`: the last entry of `args`
may occur once or more. `set_returning` functions give a LIST column that the planner unnests.
Polymorphic types: all `anyelement` (and the elements of all `anyarray`) of one call are one type, and so are
the `anycompatible` ones after a common type was chosen as for UNION. `any` takes anything, each on its own.
A strict function gives NULL for any NULL argument; its kernel does that itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from ...kernels.types import SqlType


@dataclass(frozen=True, slots=True)
class Pseudo:
    """A polymorphic type of a signature."""

    name: str

    def __str__(self) -> str:
        return self.name


ANY = Pseudo("any")
ANYELEMENT = Pseudo("anyelement")
ANYARRAY = Pseudo("anyarray")
ANYNONARRAY = Pseudo("anynonarray")
ANYCOMPATIBLE = Pseudo("anycompatible")
ANYCOMPATIBLEARRAY = Pseudo("anycompatiblearray")
ANYENUM = Pseudo("anyenum")
RECORD = Pseudo("record")  # any struct
ANYMAP = Pseudo("anymap")  # any map
ANYRANGE = Pseudo("anyrange")
ANYMULTIRANGE = Pseudo("anymultirange")

ArgType: TypeAlias = SqlType | Pseudo


@dataclass(frozen=True, slots=True)
class Signature:
    """One overload of a function or operator."""

    name: str
    args: tuple[ArgType, ...]
    returns: ArgType
    kernel: str | None
    strict: bool = True
    volatility: str = "immutable"  # immutable, stable, volatile
    variadic: bool = False
    set_returning: bool = False
    ints: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    context: str | None = None
    result: Callable[[tuple[SqlType, ...]], SqlType] | None = None

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.args))})"

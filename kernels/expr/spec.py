"""Bound expressions: frozen, typed, free of names. The planner builds them, `program.compile` runs them.

`Var` refers to a logical column by its unique id and exists only inside the planner; lowering replaces it
by `Col`, a position in the input batch. `Param` and `ContextValue` are replaced by literals at execution
(`substitute`). All other nodes are the same in both worlds, so every rewrite works on one tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..types import BOOL, SqlType


@dataclass(frozen=True, slots=True)
class Var:
    """A logical column, unique in the whole plan."""

    id: int
    type: SqlType
    name: str = ""


@dataclass(frozen=True, slots=True)
class Col:
    """A column of the input batch, by position."""

    index: int
    type: SqlType


@dataclass(frozen=True, slots=True)
class Lit:
    """A constant; `value` is a Python value in `Batch.from_rows` form, or None.

    Equal constants print the same: 0 and -0 are two, NaN is one.
    """

    value: Any
    type: SqlType

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lit) and self.type == other.type and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self._key(), self.type))

    def _key(self) -> Any:
        return repr(self.value) if isinstance(self.value, float) else self.value


@dataclass(frozen=True, slots=True)
class Param:
    """$n of a prepared statement, 1-based."""

    number: int
    type: SqlType


@dataclass(frozen=True, slots=True)
class ContextValue:
    """A fact of session or time, fixed per statement or epoch: now, current_user, current_database, …

    `args` hold no columns, and are of functions that the session computes: set_config, pg_cancel_backend.
    """

    name: str
    type: SqlType
    args: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A kernel applied to arguments. `ints` and `texts` are constant options (typmods, field names …)."""

    kernel: str
    args: tuple[Expr, ...]
    type: SqlType
    ints: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    volatile: bool = False


@dataclass(frozen=True, slots=True)
class And:
    args: tuple[Expr, ...]
    type: SqlType = BOOL


@dataclass(frozen=True, slots=True)
class Or:
    args: tuple[Expr, ...]
    type: SqlType = BOOL


@dataclass(frozen=True, slots=True)
class Case:
    """CASE WHEN c1 THEN v1 … ELSE e END; conditions are boolean, values all of `type`."""

    branches: tuple[tuple[Expr, Expr], ...]
    otherwise: Expr
    type: SqlType


@dataclass(frozen=True, slots=True)
class Coalesce:
    args: tuple[Expr, ...]
    type: SqlType


@dataclass(frozen=True, slots=True)
class Lambda:
    """Body over elements; inside it `Col(0)` is the element and `Col(1 + i)` is `captures[i]`."""

    body: Expr
    captures: tuple[Expr, ...]
    type: SqlType


@dataclass(frozen=True, slots=True)
class Let:
    """`body`, in which `Kept(id)` is `value`, computed once. Ids count from the inside: a Let's is above those within it."""

    id: int
    value: Expr
    body: Expr
    type: SqlType


@dataclass(frozen=True, slots=True)
class Kept:
    """The value of the Let of that id around it."""

    id: int
    type: SqlType


Expr = Var | Col | Lit | Param | ContextValue | Call | And | Or | Case | Coalesce | Lambda | Let | Kept


def children(e: Expr) -> tuple[Expr, ...]:
    """Direct sub-expressions, in a fixed order."""
    match e:
        case Call() | And() | Or() | Coalesce():
            return e.args
        case Case():
            return (*(x for branch in e.branches for x in branch), e.otherwise)
        case Lambda():
            return e.captures
        case Let():
            return (e.value, e.body)
        case _:
            return ()


def with_children(e: Expr, new: tuple[Expr, ...]) -> Expr:
    """`e` with other sub-expressions, given in the order of `children`."""
    match e:
        case Call() | And() | Or() | Coalesce():
            return replace(e, args=new)
        case Case():
            pairs = tuple((new[2 * i], new[2 * i + 1]) for i in range(len(e.branches)))
            return replace(e, branches=pairs, otherwise=new[-1])
        case Lambda():
            return replace(e, captures=new)
        case Let():
            return Let(e.id, new[0], new[1], e.type)
        case _:
            return e


def transform(e: Expr, f: Callable[[Expr], Expr]) -> Expr:
    """Rewrite bottom-up: children first, then `f` on the node."""
    old = children(e)
    if old:
        new = tuple(transform(c, f) for c in old)
        if any(a is not b for a, b in zip(old, new)):
            e = with_children(e, new)
    return f(e)


def walk(e: Expr) -> Iterator[Expr]:
    """The node and everything below it (lambda bodies are not entered)."""
    yield e
    for c in children(e):
        yield from walk(c)


def sharing(value: Expr, build: Callable[[Expr], Expr]) -> Expr:
    """`build(value)`, which may use it several times: a long value, or one that differs each time, is computed once."""
    return first(value, build) if _is_long(value) or is_volatile(value) else build(value)


def first(value: Expr, build: Callable[[Expr], Expr]) -> Expr:
    """`build(value)`, where the value is computed before what is built over it."""
    body = build(Kept(0, value.type))
    number = 1 + max((x.id for e in (value, body) for x in walk(e) if isinstance(x, Let)), default=0)
    kept = Kept(number, value.type)
    return Let(number, value, transform(body, lambda x: kept if isinstance(x, Kept) and not x.id else x), body.type)


_LONG = 8


def _is_long(e: Expr) -> bool:
    return any(count >= _LONG or isinstance(x, Let) for count, x in enumerate(walk(e)))


def is_volatile(e: Expr) -> bool:
    if isinstance(e, Call) and e.volatile:
        return True
    for c in children(e):  # noqa: SIM110 - asked for every part of every plan
        if is_volatile(c):
            return True
    return False


def conjuncts(e: Expr) -> tuple[Expr, ...]:
    """The parts of a conjunction, flattened."""
    if isinstance(e, And):
        return tuple(p for a in e.args for p in conjuncts(a))
    return (e,)


def conjunction(parts: tuple[Expr, ...]) -> Expr | None:
    """AND of the parts; None for none."""
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else And(parts)

"""What a transaction block changes of the catalog: its own session sees it at once, all others after COMMIT.

New objects get their stores and jobs when they are made, under ids that nobody else knows; `undo` takes them away again.
What changes things that others use waits for COMMIT, which is one engine command and one durable write: the catalog record,
the rows of altered tables, and the transaction's writes, all or nothing. A statement outside of a block that changes several
things has a draft of its own.

The draft is found through a context variable, which `Engine.submit` and worker threads carry along.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...kernels.errors import UserError
from ...planner.catalog.entries import Snapshot

if TYPE_CHECKING:
    from ..streaming.relations import StoredRelation

Operation = tuple[str, Any]  # ("put_relation", Relation), ("drop_relation", id), …
Mark = tuple[tuple[int, ...], dict[int, Any], dict[int, int]]
# What an operation changes: the catalog's table, what its key is made of, and how messages name it.
_KINDS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "relation": ("relations", ("id",), "relation"), "schema": ("schemas", ("name",), "schema"),
    "database": ("databases", ("name",), "database"), "type": ("types", ("id",), "type"),
    "role": ("roles", ("name",), "role"), "member": ("members", ("role", "member"), "a membership"),
    "acl": ("acls", ("kind", "id", "column"), "a privilege"),
    "default_acl": ("default_acls", ("role", "schema", "kind"), "a default privilege"),
    "policy": ("policies", ("relation", "name"), "policy"), "row_security": ("row_security", ("relation",), "row security"),
    "settings": ("settings", (), "a setting"), "comment": ("comments", ("kind", "id", "part"), "a comment"),
}  # fmt: skip
_NAMED = ("relation", "database", "schema", "type", "role", "policy")
_current: ContextVar[Draft | None] = ContextVar("draft", default=None)
_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)


@dataclass(eq=False)
class Reading:
    """The catalog that a statement decided by. What it has changed itself since then, it knows."""

    catalog: Snapshot
    own: set[tuple[str, Any]] = field(default_factory=set)

    def at(self, place: tuple[str, Any], shared: Snapshot) -> Any:
        return entry_at(shared if place in self.own else self.catalog, place)


class ChangedMeanwhile(UserError):
    """Two sessions changed one thing of the catalog, and the other was first."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} was changed by another session while this transaction changed it", "40001",
            hint="The transaction might succeed if retried.",
        )


@contextmanager
def reading(catalog: Snapshot) -> Iterator[None]:
    """What runs inside decides by this catalog of all sessions."""
    before = _reading.set(Reading(catalog))
    try:
        yield
    finally:
        _reading.reset(before)


def found_by(place: tuple[str, Any], shared: Snapshot) -> Any:
    """What the running statement has found in a place that it changes now."""
    seen = _reading.get()
    if seen is None:
        return entry_at(shared, place)
    found = seen.at(place, shared)
    seen.own.add(place)
    return found


def current() -> Draft | None:
    """The draft that the running statement belongs to."""
    return _current.get()


@contextmanager
def within(draft: Draft | None) -> Iterator[None]:
    """What runs inside sees the catalog as the draft makes it."""
    before = _current.get()
    _current.set(draft)
    try:
        yield
    finally:
        _current.set(before)


@dataclass(eq=False)
class Draft:
    """`before` runs in the commit before its write, and may write rows; `effects` after it; `after` once all is done.

    `stores`: tables with other columns. `versions`: tables whose rows must be what they were. `found`: what the catalog of
    all had in the places that the operations change.
    """

    operations: list[Operation] = field(default_factory=list)
    before: list[Callable[[], None]] = field(default_factory=list)
    effects: list[Callable[[], None]] = field(default_factory=list)
    after: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    undo: list[Callable[[], None]] = field(default_factory=list)
    stores: dict[int, StoredRelation] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)
    found: dict[tuple[str, Any], Any] = field(default_factory=dict)
    types: set[int] = field(default_factory=set)
    base: Snapshot | None = None
    made: Snapshot | None = None

    def add(self, operations: list[Operation], shared: Snapshot, made: Snapshot) -> None:
        """Operations that turned the draft's catalog into `made`; `shared` is what all see."""
        for op, value in operations:
            place = place_of(op, value, self.made or shared)
            if place is not None and place not in self.found:
                self.found[place] = found_by(place, shared)
        self.types |= shared.types.keys()
        self.operations += operations
        self.base, self.made = shared, made

    @property
    def _lists(self) -> tuple[list[Any], ...]:
        return (self.operations, self.before, self.effects, self.after, self.undo)

    def mark(self) -> Mark:
        return tuple(len(x) for x in self._lists), dict(self.stores), dict(self.versions)

    def back_to(self, mark: Mark) -> None:
        """Forget what came after the mark (an engine command)."""
        lengths, self.stores, self.versions = mark[0], dict(mark[1]), dict(mark[2])
        for action in reversed(self.undo[lengths[-1] :]):
            action()
        for changed, length in zip(self._lists, lengths):
            del changed[length:]
        self.base = self.made = None


def place_of(op: str, value: Any, snapshot: Snapshot) -> tuple[str, Any] | None:
    """What an operation changes, where two sessions may get in each other's way."""
    verb, _, kind = op.partition("_")
    if kind == "function":
        if verb == "drop":
            value = next((f for overloads in snapshot.functions.values() for f in overloads if f.id == value), None)
            if value is None:
                raise ChangedMeanwhile("a function")
        return kind, (value.schema, value.name, tuple(t for _, t in value.parameters))
    if kind == "settings":
        return kind, value[0]
    if kind not in _KINDS:
        return None
    if verb == "drop":
        return kind, value
    key = tuple(getattr(value, name) for name in _KINDS[kind][1])
    return kind, key if len(key) > 1 else key[0]


def entry_at(snapshot: Snapshot, place: tuple[str, Any]) -> Any:
    kind, key = place
    if kind == "function":
        overloads = snapshot.functions.get(key[:2], ())
        return next((f for f in overloads if tuple(t for _, t in f.parameters) == key[2]), None)
    return getattr(snapshot, _KINDS[kind][0]).get(key)


def changed_at(place: tuple[str, Any], was: Any) -> ChangedMeanwhile:
    kind, key = place
    if kind == "function":
        return ChangedMeanwhile(f'function "{key[1]}"')
    noun = _KINDS[kind][2]
    return ChangedMeanwhile(f'{noun} "{getattr(was, "name", key)}"' if kind in _NAMED else noun)


def when_committed(effect: Callable[[], None]) -> None:
    """Do what others will notice: with the commit of the draft, or now."""
    draft = current()
    if draft is None:
        effect()
    else:
        draft.effects.append(effect)

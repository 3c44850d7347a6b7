"""A session's transaction: own writes, savepoints, pinned snapshots; checked and applied at COMMIT.

READ COMMITTED reads what is committed when each statement begins. REPEATABLE READ, SERIALIZABLE and READ ONLY read
one epoch, taken at the first read. SERIALIZABLE also fails when something that it has read has changed before it
commits writes of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.keys import rows_by_key
from ...kernels.store import Snapshot
from ...planner.catalog.entries import Relation
from ...planner.catalog.entries import Snapshot as Catalog
from ...planner.catalog.keys import key_name
from ..writing.foreign_keys import check_commit
from .deferral import check_deferred_keys, deferrals
from .drafts import Draft, Mark
from .writes import Writes

if TYPE_CHECKING:
    from ..sessions.notifications import Announcement
    from ..streaming.engine import Engine


ISOLATION_LEVELS = ("read committed", "read uncommitted", "repeatable read", "serializable")


@dataclass(frozen=True, slots=True)
class Modes:
    """What SET CONSTRAINTS has said: of all constraints, and since then of some (table, name)."""

    every: bool | None = None
    some: tuple[tuple[tuple[int, str], bool], ...] = ()

    def deferred(self, relation: Relation) -> frozenset[str]:
        some = dict(self.some)
        return frozenset(
            name for name, deferral in deferrals(relation).items()
            if some.get((relation.id, name), deferral == "deferred" if self.every is None else self.every)
        )


TRANSACTIONS = itertools.count(1000)  # numbers of transactions since the server has started
NO_VERSION = -1  # of rows that may not be theirs any more


@dataclass(frozen=True, slots=True)
class Pinned:
    """A relation's rows at one epoch; `version` tells whether they are still its rows."""

    snapshot: Snapshot
    version: int


@dataclass(frozen=True, slots=True)
class Savepoint:
    name: str
    writes: Writes
    locked: dict[int, Batch]
    shared: dict[int, Batch]
    announcements: int
    draft: Mark
    modes: Modes
    settings: tuple[dict[str, str], dict[str, str]]
    cursors: frozenset[str]


@dataclass(eq=False)
class Transaction:
    """`writes`: per table the sum of its deltas. `pinned`: every relation at one epoch, once something was read.

    `waits_for`: the transaction whose end its statement waits for; `ended` is set when it has ended itself.
    """

    explicit: bool
    now: int
    settings: tuple[dict[str, str], dict[str, str]]  # as they were when it began
    isolation: str = "read committed"
    read_only: bool = False
    failed: bool = False
    writes: Writes = field(default_factory=Writes)
    savepoints: list[Savepoint] = field(default_factory=list)
    modes: Modes = field(default_factory=Modes)
    announcements: list[Announcement] = field(default_factory=list)  # LISTEN and NOTIFY, done at COMMIT
    pinned: dict[int, Pinned] | None = None
    read: set[int] = field(default_factory=set)  # relations read so far
    locked: dict[int, Batch] = field(default_factory=dict)  # rows of FOR UPDATE, as deletions
    shared: dict[int, Batch] = field(default_factory=dict)  # of FOR SHARE
    waits_for: Transaction | None = None
    ended: Future[None] = field(default_factory=Future)
    draft: Draft = field(default_factory=Draft)  # what it has changed of the catalog
    altering: set[int] = field(default_factory=set)  # tables that no other may write meanwhile
    number: int = field(default_factory=TRANSACTIONS.__next__)
    exported: dict[str, dict[int, Pinned]] = field(default_factory=dict)  # pg_export_snapshot

    @property
    def one_epoch(self) -> bool:
        """All its statements read the same epoch."""
        return self.explicit and (self.read_only or self.isolation in ("repeatable read", "serializable"))

    def pin(self, engine: Engine) -> dict[int, Pinned]:
        """Every relation at one epoch: the present one, or where the transaction reads one epoch, its own. Under the lock."""
        if self.pinned is not None:
            return self.pinned
        found = {r: Pinned(s.snapshot(), s.version) for r, s in engine.relations.items() if s.entry.kind != "sequence"}
        if self.one_epoch:
            self.pinned = found
        return found

    def deferred(self, relation: Relation) -> frozenset[str]:
        """Names of the table's constraints that are checked at COMMIT."""
        return self.modes.deferred(relation)

    def lock(self, relation: int, rows: Batch, *, shared: bool) -> None:
        held = self.shared if shared else self.locked
        old = held.get(relation)
        held[relation] = rows if old is None else Batch.concat([old, rows])

    def convert(self, relation: int, converted: Callable[[Batch], Batch]) -> None:
        """A table has got other columns: so do the rows that the transaction has written and locked."""
        if relation in self.writes:
            self.writes.put(relation, converted(self.writes[relation]))
        for kept in (self.locked, self.shared):
            if relation in kept:
                kept[relation] = converted(kept[relation])

    def savepoint(self, name: str, settings: tuple[dict[str, str], dict[str, str]], cursors: Iterable[str]) -> None:
        self.savepoints.append(Savepoint(
            name, self.writes.copy(), dict(self.locked), dict(self.shared), len(self.announcements), self.draft.mark(),
            self.modes, settings, frozenset(cursors),
        ))

    def release(self, name: str) -> None:
        del self.savepoints[self._find(name) :]

    def rollback_to(self, name: str) -> Savepoint:
        """Everything since then is undone, but for the draft: that is an engine command."""
        at = self._find(name)
        saved = self.savepoints[at]
        self.writes, self.locked, self.shared = saved.writes.copy(), dict(saved.locked), dict(saved.shared)
        self.modes = saved.modes
        del self.announcements[saved.announcements :]
        del self.savepoints[at + 1 :]
        self.failed = False
        return saved

    def _find(self, name: str) -> int:
        for at in range(len(self.savepoints) - 1, -1, -1):
            if self.savepoints[at].name == name:
                return at
        raise UserError(f'savepoint "{name}" does not exist', "3B001")


def concurrent_update() -> UserError:
    """Another transaction has changed a row that this one changes, too, and was first."""
    return UserError(
        "could not serialize access due to concurrent update", "40001",
        hint="The transaction might succeed if retried.",
    )


def apply(engine: Engine, transaction: Transaction, catalog: Catalog) -> None:
    """Write everything, as a command of the engine: rows deleted must still be there, keys still be free."""
    check_commit(engine, catalog, transaction.writes)
    check_deferred_keys(engine, catalog, transaction.writes)
    if transaction.isolation == "serializable" and transaction.pinned is not None:
        for relation in transaction.read:
            if relation not in engine.relations or engine.relations[relation].version != transaction.pinned[relation].version:
                raise UserError(
                    "could not serialize access due to read/write dependencies among transactions", "40001",
                    hint="The transaction might succeed if retried.",
                )
    for relation, delta in transaction.writes.items():
        stored = engine.relations.get(relation)
        if stored is None:
            raise UserError("a table of this transaction was dropped meanwhile", "40001")
        deleted, inserted = delta.deleted(), delta.inserted()
        if deleted.num_rows and not stored.rows.contains(deleted):
            raise concurrent_update()
        for key in stored.entry.unique_keys:
            found = stored.rows.lookup_by(key, inserted.select(key)) if inserted.num_rows else inserted
            if found.num_rows and deleted.num_rows:
                found = Batch.concat([found, deleted.negate()]).consolidate().inserted()
                found = rows_by_key(found, key, inserted, key, True)
            if found.num_rows:
                raise UserError(
                    f'duplicate key value violates unique constraint "{key_name(stored.entry, key)}"', "23505",
                    detail="Another transaction has inserted the key meanwhile.",
                )
        engine.write(relation, delta)

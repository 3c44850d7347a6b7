"""What readers see while a long step is under way: every relation as it was before.

A step that changes few rows is short, and whoever reads waits for it. One that changes many keeps a snapshot of each
relation before its first change, so that nobody waits. Nothing of the step is acknowledged until it ends, so that
readers miss nothing that anybody was told of.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from ...kernels.limits import LONG_STEP_ROWS
from ...kernels.store import Snapshot
from .relations import StoredRelation

T = TypeVar("T")


class Published:
    """Whoever holds the engine's lock steps; readers need no lock for `reading`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stepping = False
        self._long = False
        self._before: dict[int, Snapshot | None] = {}  # of relations that have changed; None: nothing was kept

    @property
    def long(self) -> bool:
        """The step that is under way changes many rows."""
        return self._long

    @contextmanager
    def step(self, *, long: bool = False) -> Iterator[None]:
        """Within, all that `reading` shows changes behind `before_change` only. `long`: from the beginning."""
        with self._lock:
            self._stepping, self._long = True, long
        try:
            yield
        finally:
            with self._lock:
                self._stepping = self._long = False
                self._before.clear()

    def expect(self, rows: int) -> None:
        """So many changed rows are on their way through the step."""
        self._long |= rows >= LONG_STEP_ROWS

    def before_change(self, stored: StoredRelation, rows: int) -> None:
        self.expect(rows)
        if self._stepping and stored.entry.id not in self._before:
            with self._lock:
                self._before[stored.entry.id] = stored.snapshot() if self._long else None

    def reading(self, relations: Sequence[StoredRelation], take: Callable[[dict[int, Snapshot], set[int]], T]) -> T | None:
        """What `take` makes of one epoch of these, while a step is under way; None where that is not known.

        It gets the snapshots, and which of the relations have not changed: while it runs (which is short), they do not.
        """
        with self._lock:
            if not self._stepping:
                return None
            found: dict[int, Snapshot] = {}
            for stored in relations:
                snapshot = self._before[stored.entry.id] if stored.entry.id in self._before else stored.snapshot()
                if snapshot is None:
                    return None
                found[stored.entry.id] = snapshot
            return take(found, found.keys() - self._before.keys())

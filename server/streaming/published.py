"""What readers see while a long step is under way: every relation as it was before.

A step that changes few rows is short, and whoever reads waits for it. One that changes many keeps a snapshot of each
relation before its first change, so that nobody waits. Nothing of the step is acknowledged until it ends, so that
readers miss nothing that anybody was told of.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ...kernels.limits import LONG_STEP_ROWS
from ...kernels.store import Snapshot
from .relations import StoredRelation


class Published:
    """Whoever holds the engine's lock steps; readers need no lock for `snapshots`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stepping = False
        self._long = False
        self._before: dict[int, Snapshot | None] = {}  # of relations that have changed; None: nothing was kept

    @contextmanager
    def step(self) -> Iterator[None]:
        """Within, all that `snapshots` reads changes behind `before_change` only."""
        with self._lock:
            self._stepping = True
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

    def snapshots(self, relations: Sequence[StoredRelation]) -> dict[int, Snapshot] | None:
        """One epoch of these, while a step is under way; None where that is not known."""
        with self._lock:
            if not self._stepping:
                return None
            found: dict[int, Snapshot] = {}
            for stored in relations:
                snapshot = self._before[stored.entry.id] if stored.entry.id in self._before else stored.snapshot()
                if snapshot is None:
                    return None
                found[stored.entry.id] = snapshot
            return found

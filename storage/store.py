"""The store: everything that survives the process, behind one door.

Catalog log, DML log and checkpoints over one backend. Methods may be called from any thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from ..kernels.batch import Batch
from .backend import StateBackend
from .checkpoints import Checkpoint, Checkpoints, Delta
from .format import check_format
from .logs import CatalogLog, DmlLog, Write
from .memory import MemoryBackend
from .records import TableKey

__all__ = ["Checkpoint", "Store", "TableKey", "open_store"]


class Store:
    """Opening verifies the format and every block of the newest checkpoint (see `latest`).

    FatalError XX001 when what was acknowledged can't be read any more.
    """

    def __init__(self, backend: StateBackend) -> None:
        self.identity = check_format(backend)  # of the database, for ever
        self._backend = backend
        self._catalog_lock = threading.Lock()  # DDL does not wait for a checkpoint
        self._checkpoint_lock = threading.Lock()
        self._catalog = CatalogLog(backend)
        self._checkpoints = Checkpoints(backend)
        restored = self._checkpoints.restored
        self._log = DmlLog(backend, restored.manifest.get("log_seq", 0) if restored else 0)

    # Catalog

    def load_catalog(self) -> list[Any]:
        """All records, oldest first."""
        return self._catalog.load()

    def append_catalog(self, record: Any) -> None:
        """Durable when it returns. `record` is a JSON value."""
        with self._catalog_lock:
            self._catalog.append(record)

    def commit(self, record: Any, writes: Sequence[Write]) -> int:
        """A catalog record and a log entry, both or neither; the number of the last log entry."""
        with self._catalog_lock:
            entry = self._catalog.entry(record)
            if writes:
                self._log.append(writes, [entry])
            else:
                self._backend.write([entry], sync=True)
            self._catalog.written()
            return self._log.last

    def replace_catalog(self, records: Sequence[Any]) -> None:
        """A snapshot in place of the history, atomically."""
        with self._catalog_lock:
            self._catalog.replace(records)

    # DML log

    def append_log(self, writes: Sequence[Write]) -> int:
        """(relation id, delta) pairs as one entry, durable when it returns; its sequence number (from 1)."""
        return self._log.append(writes)

    def read_log(self, after_seq: int) -> Iterator[tuple[int, list[Write]]]:
        """(sequence number, writes) of the entries after `after_seq`; replay them after a restore."""
        return self._log.read(after_seq)

    @property
    def log_seq(self) -> int:
        """Number of the last entry ever appended."""
        return self._log.last

    # Checkpoints

    def checkpoint(
        self,
        epoch: int,
        manifest: dict[str, Any],
        deltas: Iterable[Delta],
        dropped_jobs: Sequence[int] = (),
        catalog: Any = None,
        writes: Sequence[Write] = (),
    ) -> None:
        """Add the deltas to their tables, atomically with the manifest (a JSON object).

        `manifest["log_seq"]` is the last log entry that the state contains: entries that the previous
        checkpoint contained are truncated. State of `dropped_jobs` is dropped first. `catalog` is a record that
        becomes part of the catalog with it, `writes` a log entry behind the checkpoint: all or nothing.
        """
        with self._checkpoint_lock:
            changes = list(deltas)
            truncate = self._truncatable()
            keys = self._log.keys_up_to(truncate)
            if catalog is None:
                self._checkpoints.write(epoch, manifest, changes, dropped_jobs, keys)
            else:
                with self._catalog_lock:
                    more = [self._catalog.entry(catalog), *([self._log.entry(writes)] if writes else [])]
                    self._checkpoints.write(epoch, manifest, changes, dropped_jobs, keys, more)
                    self._catalog.written()
                    if writes:
                        self._log.written()
            self._log.forget_up_to(truncate)
            self._checkpoints.compact({table: spec for table, spec, _ in changes})

    def latest(self) -> Checkpoint | None:
        """The checkpoint found when the store was opened; None in an empty one.

        When the newest one is unreadable this is the one before, and `fallback` says why; the DML log still
        has all that followed it.
        """
        return self._checkpoints.restored

    def tables(self) -> list[TableKey]:
        """The tables that have state, sorted."""
        return self._checkpoints.tables()

    def blocks(self, table: TableKey) -> Iterator[Batch]:
        """A table's batches in the order in which they are to be restored."""
        return chain.from_iterable(self.runs(table))

    def runs(self, table: TableKey) -> Iterator[Iterator[Batch]]:
        """The same, one change of the table after another."""
        return self._checkpoints.runs(table)

    def restored(self) -> None:
        """The blocks of the newest checkpoint have been read, or will not be."""
        self._checkpoints.forget_read_ahead()

    @property
    def state_bytes(self) -> int:
        """Bytes of all blocks of the newest checkpoint."""
        return self._checkpoints.size

    def close(self) -> None:
        with self._catalog_lock, self._checkpoint_lock:
            self._backend.close()

    def _truncatable(self) -> int:
        """The last log entry in the generation that becomes the previous one."""
        manifest = self._checkpoints.newest_manifest()
        return int(manifest.get("log_seq", 0)) if manifest else 0


def open_store(data_dir: Path | None) -> Store:
    """A store in a directory (RocksDB), or in memory without one."""
    if data_dir is None:
        return Store(MemoryBackend())
    from .rocksdb import RocksBackend

    backend = RocksBackend(data_dir)
    try:
        return Store(backend)
    except BaseException:
        backend.close()
        raise


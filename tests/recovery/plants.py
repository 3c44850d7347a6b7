"""Planted into servers by tests (`Served(plant=…)`): faults and bugs that the tests must see."""

from __future__ import annotations

import os
import signal
from typing import Any


def _around_rewrite(*, before: bool) -> None:
    from sabot.storage.store import Store

    real = Store.checkpoint

    def checkpoint(
        self: Store, epoch: int, manifest: Any, deltas: Any, dropped: Any = (), catalog: Any = None, writes: Any = ()
    ) -> None:
        if catalog is not None and before:
            os.kill(os.getpid(), signal.SIGKILL)
        real(self, epoch, manifest, deltas, dropped, catalog, writes)
        if catalog is not None:
            os.kill(os.getpid(), signal.SIGKILL)

    Store.checkpoint = checkpoint  # type: ignore[method-assign]


def die_before_a_rewrite() -> None:
    _around_rewrite(before=True)


def die_after_a_rewrite() -> None:
    _around_rewrite(before=False)


def full_disk() -> None:
    """Writes fail while the file named by SABOT_TEST_FULL exists: of the log, of checkpoints, of the catalog."""
    from sabot.kernels.errors import RetryableError
    from sabot.storage.rocksdb import RocksBackend

    real = RocksBackend.write

    def write(self: RocksBackend, puts: Any, deletes: Any = (), *, sync: bool) -> None:
        if os.path.exists(os.environ["SABOT_TEST_FULL"]):
            raise RetryableError("could not write: no space left on device", "53100")
        real(self, puts, deletes, sync=sync)

    RocksBackend.write = write  # type: ignore[method-assign]

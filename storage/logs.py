"""The two logs: catalog changes and DML. An entry is durable before it has any effect."""

from __future__ import annotations

import struct
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from ..kernels.batch import Batch
from ..kernels.block import checksum, decode_block, encode_block
from ..kernels.errors import FatalError
from .backend import Put, StateBackend
from .records import CATALOG, LOG, SUM, number_of, numbered, pack_json, unpack_json

_FRAME = struct.Struct("<qQ")  # relation id, bytes of the block that follows

Write = tuple[int, Batch]


class CatalogLog:
    """JSON records in order."""

    def __init__(self, backend: StateBackend) -> None:
        self._backend = backend
        self._next = max((number_of(k) for k in backend.keys(CATALOG)), default=0) + 1

    def append(self, record: Any) -> None:
        self._backend.write([self.entry(record)], sync=True)
        self.written()

    def entry(self, record: Any) -> Put:
        """The next record as a pair, for a write that holds more; then say that it is `written`."""
        return numbered(CATALOG, self._next), pack_json(record)

    def written(self) -> None:
        self._next += 1

    def load(self) -> list[Any]:
        return [unpack_json(v, f"catalog record {number_of(k)}") for k, v in self._backend.scan(CATALOG)]

    def replace(self, records: Sequence[Any]) -> None:
        """All records by these, atomically (a snapshot instead of a history)."""
        old = list(self._backend.keys(CATALOG))
        new = [(numbered(CATALOG, self._next + i), pack_json(r)) for i, r in enumerate(records)]
        self._backend.write(new, old, sync=True)
        self._next += len(records)


class DmlLog:
    """Batches by relation. Entries are numbered from 1 without gaps; checkpoints truncate at the front."""

    def __init__(self, backend: StateBackend, floor: int) -> None:
        """`floor`: entries up to it have been in a checkpoint and may be gone."""
        self._backend = backend
        self._lock = threading.Lock()
        self._sequences = [number_of(k) for k in backend.keys(LOG)]
        self.last = max(self._sequences[-1] if self._sequences else 0, floor)

    def append(self, writes: Sequence[Write], more_puts: Sequence[Put] = ()) -> int:
        """Durable when it returns, with `more_puts`; the number of the entry."""
        entry = self.entry(writes)
        self._backend.write([entry, *more_puts], sync=True)
        return self.written()

    def entry(self, writes: Sequence[Write]) -> Put:
        """The next entry as a pair, for a write that holds more; then say that it is `written`. One writer at a time."""
        pieces: list[bytes] = []
        for relation, batch in writes:
            block = encode_block(batch)
            pieces += (_FRAME.pack(relation, len(block)), block)
        body = b"".join(pieces)
        return numbered(LOG, self.last + 1), SUM.pack(checksum(body)) + body

    def written(self) -> int:
        with self._lock:
            self.last += 1
            self._sequences.append(self.last)
            return self.last

    def read(self, after: int) -> Iterator[tuple[int, list[Write]]]:
        """Entries after a number, in order. FatalError XX001 when one is damaged or missing."""
        expected = after + 1
        for key, value in self._backend.scan(LOG):
            sequence = number_of(key)
            if sequence <= after:
                continue
            if sequence != expected:
                raise FatalError(f"log entry {expected} is missing", "XX001")
            yield sequence, list(_frames(value, sequence))
            expected += 1
        if expected <= self.last:
            raise FatalError(f"log entry {expected} is missing", "XX001")

    def keys_up_to(self, sequence: int) -> list[bytes]:
        with self._lock:
            return [numbered(LOG, s) for s in self._sequences if s <= sequence]

    def forget_up_to(self, sequence: int) -> None:
        """The keys were deleted."""
        with self._lock:
            self._sequences = [s for s in self._sequences if s > sequence]


def _frames(entry: bytes, sequence: int) -> Iterator[Write]:
    view = memoryview(entry)
    if len(entry) < SUM.size or SUM.unpack_from(entry)[0] != checksum(view[SUM.size :]):
        raise FatalError(f"log entry {sequence} is damaged: checksum differs", "XX001")
    at = SUM.size
    while at < len(entry):
        relation, size = _FRAME.unpack_from(entry, at)
        at += _FRAME.size
        yield relation, decode_block(view[at : at + size])
        at += size

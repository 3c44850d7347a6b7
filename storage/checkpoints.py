"""Checkpoints: generations of state tables and their manifests; two are kept.

The write of the manifest makes a generation exist. Blocks may be written before it, a few at a time: without
their manifest they are garbage that the next start or the next checkpoint removes. So a checkpoint is atomic
and yet never holds one huge write.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..kernels.batch import Batch
from ..kernels.block import DamagedBlock, decode_block, encode_block, verify_block
from ..kernels.errors import FatalError, RetryableError
from .backend import Put, StateBackend
from .compaction import TableSpec, cut, due, merged
from .records import (
    BLOCK,
    DROPPED,
    MANIFEST,
    BlockKey,
    TableKey,
    number_of,
    numbered,
    pack_json,
    unpack_json,
)
from .tables import Run, Tables, cover, runs_of

WRITE_BYTES = 16 << 20  # a backend write of blocks ends after so many
log = logging.getLogger("sabot.storage")

Delta = tuple[TableKey, TableSpec, Batch]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A restored checkpoint. `fallback`: why a newer one was not used (tell the user), or None."""

    manifest: dict[str, Any]
    fallback: str | None = None


class Checkpoints:
    """One writer at a time (the Store's lock)."""

    def __init__(self, backend: StateBackend) -> None:
        self._backend = backend
        self._runs: Tables = {}  # what the newest generation consists of
        self._deltas = 0
        self._obsolete: list[tuple[int, list[bytes]]] = []  # deletable once a generation is the oldest kept
        self._garbage: set[bytes] = set()  # to delete with the next manifest
        self._dropped: dict[int, int] = {}
        self._manifests: dict[int, dict[str, Any]] = {}  # generation -> manifest, readable ones
        self._next = 1
        self._read_ahead: dict[bytes, bytes] = {}  # blocks that were read to be verified and not yet to be restored
        self.restored = self._restore()
        self.newest = max(self._manifests, default=0)
        self._next = max(self._next, self.newest + 1)

    # Reading

    def tables(self) -> list[TableKey]:
        return sorted(self._runs)

    def runs(self, table: TableKey) -> Iterator[Iterator[Batch]]:
        """The table's batches, oldest first: those that were written as one, of which the first have nothing before them."""
        for run in self._runs.get(table, ()):
            yield map(self._read, run.blocks)

    def newest_manifest(self) -> dict[str, Any] | None:
        return self._manifests.get(self.newest)

    @property
    def size(self) -> int:
        return sum(run.size for runs in self._runs.values() for run in runs)

    def forget_read_ahead(self) -> None:
        self._read_ahead.clear()

    def _read(self, block: BlockKey) -> Batch:
        return decode_block(self._value(block))

    def _value(self, block: BlockKey) -> bytes:
        key = block.encode()
        value = self._read_ahead.pop(key, None) or self._backend.get(key)
        if value is None:
            raise DamagedBlock(f"a block of table {block.table} is missing")
        return value

    # Restore

    def _restore(self) -> Checkpoint | None:
        tables, loose = runs_of(self._backend.keys(BLOCK))
        self._garbage.update(loose)
        dropped = {number_of(k): number_of(v) for k, v in self._backend.scan(DROPPED)}
        generations = sorted((number_of(k) for k in self._backend.keys(MANIFEST)), reverse=True)
        seen = [run.last for runs in tables.values() for run in runs]
        self._next = max([*seen, *generations, 0]) + 1
        reasons: list[str] = []
        for position, generation in enumerate(generations):
            try:
                stored = self._manifest(generation)
                self._runs = self._verified(tables, generation, dropped, stored)
            except (FatalError, RetryableError) as e:
                reasons.append(f"checkpoint {generation} is unreadable: {e.message}")
                log.error(reasons[-1])
                self._garbage.add(numbered(MANIFEST, generation))
                continue
            self._deltas = stored["deltas"]
            self._manifests = {generation: stored["manifest"]}
            for older in generations[position + 1 :]:
                try:
                    self._manifests[older] = self._manifest(older)["manifest"]
                except FatalError:
                    self._garbage.add(numbered(MANIFEST, older))
            self._sort_out(tables, generation, dropped)
            return Checkpoint(stored["manifest"], "; ".join(reasons) or None)
        if generations:
            raise FatalError("no checkpoint is readable", "XX001", detail="; ".join(reasons))
        self._garbage.update(k for runs in tables.values() for run in runs for k in run.keys)
        self._garbage.update(numbered(DROPPED, job) for job in dropped)
        return None

    def _manifest(self, generation: int) -> dict[str, Any]:
        value = self._backend.get(numbered(MANIFEST, generation)) or b""
        manifest: dict[str, Any] = unpack_json(value, "its manifest")
        return manifest

    def _verified(
        self, tables: Tables, generation: int, dropped: dict[int, int], stored: dict[str, Any]
    ) -> Tables:
        """The tables at a generation; an unreadable merged run gives way to what it was made of."""
        found: Tables = {}
        deltas = 0
        for table, runs in tables.items():
            usable = list(runs)
            while True:
                chosen = cover(usable, generation, dropped.get(table.job, 0))
                bad = next((run for run in chosen if not self._readable(run)), None)
                if bad is None:
                    break
                usable.remove(bad)
            if chosen:
                found[table] = chosen
                deltas += sum(run.deltas for run in chosen)
        if deltas != stored["deltas"]:
            raise DamagedBlock(f"{stored['deltas'] - deltas} of {stored['deltas']} state deltas are lost")
        return found

    def _readable(self, run: Run) -> bool:
        try:
            for block in run.blocks:
                value = self._value(block)
                verify_block(value)
                self._read_ahead[block.encode()] = value
        except DamagedBlock as e:
            log.error("state table %s, generations %s to %s: %s", run.blocks[0].table, run.first, run.last, e)
            return False
        return True

    def _sort_out(self, tables: Tables, generation: int, dropped: dict[int, int]) -> None:
        """What is on disk and not part of `generation`: kept a while, or garbage."""
        for table, runs in tables.items():
            live = self._runs.get(table, [])
            for run in runs:
                if run in live:
                    continue
                over = next((r for r in live if r.first <= run.first and run.last <= r.last), None)
                if run.last > generation:
                    self._garbage.update(run.keys)
                elif over is not None:
                    self._obsolete.append((over.last, run.keys))
                elif run.first < dropped.get(table.job, 0) <= generation:
                    self._obsolete.append((dropped[table.job], run.keys))
                else:
                    self._garbage.update(run.keys)
        for job, at in dropped.items():
            if at > generation:
                self._garbage.add(numbered(DROPPED, job))
            else:
                self._dropped[job] = at
                self._obsolete.append((at, [numbered(DROPPED, job)]))

    # Writing

    def write(
        self,
        epoch: int,
        manifest: dict[str, Any],
        deltas: Iterable[Delta],
        dropped_jobs: Sequence[int],
        more_deletes: Sequence[bytes],
        more_puts: Sequence[Put] = (),
    ) -> None:
        """One new generation, or an error and no change. `more_deletes` and `more_puts` go with its manifest."""
        generation, self._next = self._next, self._next + 1
        runs = self._runs
        gone = {t for t in runs if t.job in set(dropped_jobs)} if dropped_jobs else set()
        new = self._write_deltas(generation, deltas)
        total = self._deltas - sum(r.deltas for t in gone for r in runs[t]) + len(new)
        oldest = self.newest  # once this is written
        ripe = [keys for at, keys in self._obsolete if at <= oldest]
        stale = [numbered(MANIFEST, g) for g in self._manifests if g < oldest]
        drops = [numbered(DROPPED, job) for job in dropped_jobs]
        deletes = {*self._garbage, *more_deletes, *stale, *(k for keys in ripe for k in keys)} - set(drops)
        deletes -= {k for run in new.values() for k in run.keys}
        record = {"epoch": epoch, "deltas": total, "manifest": manifest}
        puts: list[Put] = [*more_puts, *((key, numbered(b"", generation)) for key in drops)]
        puts.append((numbered(MANIFEST, generation), pack_json(record)))
        self._garbage.add(numbered(MANIFEST, generation))  # should the write fail and yet be found later
        self._backend.write(puts, deletes, sync=True)
        self._garbage.clear()
        self._obsolete = [(at, keys) for at, keys in self._obsolete if at > oldest]
        for table in gone:
            self._obsolete.append((generation, [k for run in runs.pop(table) for k in run.keys]))
        for job, key in zip(dropped_jobs, drops):
            self._dropped[job] = generation
            self._obsolete = [(at, [k for k in keys if k != key]) for at, keys in self._obsolete]
            self._obsolete.append((generation, [key]))
        for table, run in new.items():
            runs.setdefault(table, []).append(run)
        self._deltas = total
        self._manifests = {g: m for g, m in self._manifests.items() if g == oldest}
        self._manifests[generation] = manifest
        self.newest = generation

    def _write_deltas(self, generation: int, deltas: Iterable[Delta]) -> dict[TableKey, Run]:
        pieces: dict[TableKey, list[Batch]] = defaultdict(list)
        for table, _, batch in deltas:
            if batch.num_rows:
                pieces[table] += cut(batch)
        writer = _BlockWriter(self._backend, self._garbage)
        new = {t: writer.run(t, generation, generation, 1, iter(parts)) for t, parts in pieces.items()}
        writer.flush()
        return new

    def compact(self, specs: dict[TableKey, TableSpec]) -> None:
        """Merge runs of these tables where due. A failure is logged and tried again after later changes."""
        for table, spec in specs.items():
            runs = self._runs.get(table)
            start = due(runs) if runs else None
            if runs is None or start is None:
                continue
            inputs = runs[start:]
            writer = _BlockWriter(self._backend, self._garbage)
            try:
                batches = [self._read(block) for run in inputs for block in run.blocks]
                size = sum(run.size for run in inputs)
                parts = (p for m in merged(spec, batches, size, start == 0) for p in cut(m))
                count = sum(run.deltas for run in inputs)
                run = writer.run(table, inputs[0].first, inputs[-1].last, count, parts)
                writer.flush()
            except Exception:  # the checkpoint stands without it
                log.exception("merging state of table %s", table)
                continue
            writer.kept()
            runs[start:] = [run]
            self._obsolete.append((run.last, [k for r in inputs for k in r.keys]))


class _BlockWriter:
    """Writes blocks a few at a time. They count as garbage until they are said to be `kept`."""

    def __init__(self, backend: StateBackend, garbage: set[bytes]) -> None:
        self._backend = backend
        self._garbage = garbage
        self._puts: list[Put] = []
        self._written: list[bytes] = []
        self._bytes = 0

    def run(self, table: TableKey, first: int, last: int, deltas: int, batches: Iterator[Batch]) -> Run:
        encoded = [(batch.num_rows, encode_block(batch)) for batch in batches]
        keys = tuple(
            BlockKey(table, first, last, deltas, part, len(encoded), rows, len(block))
            for part, (rows, block) in enumerate(encoded)
        )
        for key, (_, block) in zip(keys, encoded):
            self._puts.append((key.encode(), block))
            self._bytes += len(block)
            if self._bytes >= WRITE_BYTES:
                self.flush()
        return Run(first, last, deltas, keys)

    def flush(self) -> None:
        if self._puts:
            keys = [key for key, _ in self._puts]
            self._written += keys
            self._garbage.update(keys)
            self._backend.write(self._puts, sync=False)
            self._puts = []
            self._bytes = 0

    def kept(self) -> None:
        self._garbage.difference_update(self._written)

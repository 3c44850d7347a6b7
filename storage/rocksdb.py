"""State in RocksDB (rocksdict in raw mode): one directory, one server, atomic and synced write batches.

rocksdict holds the GIL while a batch commits and while an iterator moves: few large values keep both short.
Large writes that need no sync of their own are made as a file beside the database, which then takes it over: that costs a
third of the way through the log and the memtable.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import rocksdict

from ..kernels.errors import FatalError, RetryableError, SabotError
from .backend import Put

WRITE_BUFFER_BYTES = 64 << 20
TARGET_FILE_BYTES = 128 << 20
LOG_FILES_KEPT = 3
FILE_BYTES = 1 << 20  # an unsynced write of so much goes into a file of its own
YOUNG_FILES = 8  # files that lie unmerged: most of what they hold is replaced soon
_LOADED = "loaded.tmp"


class RocksBackend:
    """Opens or creates `directory`.

    FatalError 55006 when another server has it open, XX001 when it is damaged, 58030 when it can't be read.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._lock = threading.Lock()
        self._failed = False
        self._db = _open(directory)

    def get(self, key: bytes) -> bytes | None:
        try:
            return self._db.get(key, read_opt=_read_options(None))
        except Exception as e:  # rocksdict raises bare Exception
            raise _translated(e, self.directory) from None

    def scan(self, prefix: bytes) -> Iterator[Put]:
        yield from self._iterate(lambda: self._db.items(from_key=prefix, read_opt=_read_options(prefix)))

    def keys(self, prefix: bytes) -> Iterator[bytes]:
        yield from self._iterate(lambda: self._db.keys(from_key=prefix, read_opt=_read_options(prefix)))

    def _iterate(self, start: Callable[[], Iterable[Any]]) -> Iterator[Any]:
        try:
            yield from start()
        except Exception as e:  # rocksdict raises bare Exception
            raise _translated(e, self.directory) from None

    def write(self, puts: Sequence[Put], deletes: Iterable[bytes] = (), *, sync: bool) -> None:
        gone = list(deletes)
        large = not sync and not gone and sum(len(v) for _, v in puts) >= FILE_BYTES
        with self._lock:
            if self._failed:
                self._reopen()
            try:
                if large:
                    self._load(puts)
                else:
                    self._write(puts, gone, sync)
            except Exception as e:  # rocksdict raises bare Exception
                # After a failed write RocksDB refuses all others until it is opened again.
                self._failed = True
                raise _translated(e, self.directory) from None

    def _write(self, puts: Sequence[Put], deletes: Sequence[bytes], sync: bool) -> None:
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key in deletes:
            batch.delete(key)
        for key, value in puts:
            batch.put(key, value)
        options = rocksdict.WriteOptions()
        options.sync = sync
        self._db.write(batch, options)

    def _load(self, puts: Sequence[Put]) -> None:
        path = str(self.directory / _LOADED)
        options = _options()
        options.set_compression_type(rocksdict.DBCompressionType.none())  # it does not live long
        writer = rocksdict.SstFileWriter(options)
        writer.open(path)
        for key, value in sorted(puts):
            writer[key] = value
        writer.finish()
        taking = rocksdict.IngestExternalFileOptions()
        taking.set_move_files(True)
        self._db.ingest_external_file([path], taking)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _reopen(self) -> None:
        with contextlib.suppress(Exception):  # closing repeats the error of the failed write
            self._db.close()
        try:
            self._db = _open(self.directory)
        except FatalError as e:
            raise RetryableError(e.message, e.sqlstate, hint=e.hint) from None
        self._failed = False


def _open(directory: Path) -> rocksdict.Rdict:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / _LOADED).unlink(missing_ok=True)
        return rocksdict.Rdict(str(directory), _options())
    except Exception as e:  # rocksdict raises bare Exception
        error = _translated(e, directory)
        raise FatalError(error.message, error.sqlstate, detail=error.detail, hint=error.hint) from None


def _options() -> rocksdict.Options:
    options = rocksdict.Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_write_buffer_size(WRITE_BUFFER_BYTES)
    options.set_max_write_buffer_number(2)
    options.set_target_file_size_base(TARGET_FILE_BYTES)
    options.set_level_zero_file_num_compaction_trigger(YOUNG_FILES)
    options.set_compression_type(rocksdict.DBCompressionType.lz4())
    options.set_keep_log_file_num(LOG_FILES_KEPT)
    options.set_paranoid_checks(True)
    return options


def _read_options(prefix: bytes | None) -> rocksdict.ReadOptions:
    options = rocksdict.ReadOptions()
    # Blocks are read once, at start or to be merged.
    options.fill_cache(False)  # type: ignore[call-arg]
    if prefix:
        upper = _after(prefix)
        if upper is not None:
            options.set_iterate_upper_bound(upper)
    return options


def _after(prefix: bytes) -> bytes | None:
    """The first key behind all keys that start with `prefix`."""
    trimmed = prefix.rstrip(b"\xff")
    return trimmed[:-1] + bytes([trimmed[-1] + 1]) if trimmed else None


def _translated(error: Exception, directory: Path) -> SabotError:
    text = str(error)
    if "LOCK" in text and ("lock" in text.lower()):
        return FatalError(
            f'data directory "{directory}" is in use by another server',
            "55006",
            detail=text,
            hint="Stop the other server, or start this one with another --data-dir.",
        )
    if "No space left" in text or "NoSpace" in text:
        return RetryableError(
            f'could not write to data directory "{directory}": no space left on device',
            "53100",
            detail=text,
            hint="Free some space; writing goes on by itself.",
        )
    if text.startswith("Corruption"):
        return FatalError(f'data directory "{directory}" is damaged: {text}', "XX001")
    return RetryableError(f'data directory "{directory}": {text}', "58030")

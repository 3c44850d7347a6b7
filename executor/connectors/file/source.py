"""Files as a source: Parquet, NDJSON and CSV, once or followed as they grow and new ones appear.

Files are read one after the other in the order of their names. Offsets: file path -> position in it.
A bad line is one error with file and line; a file that is still being written is read when it is whole.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any, Protocol

from ....kernels.batch import Batch
from ....kernels.errors import RetryableError, UserError
from ....kernels.schema import Schema
from ....kernels.types import TEXT
from ..assemble import assemble, check_includes, payload_positions
from ..base import Offsets, SourceChunk, SourceReader, SourceSpec
from .options import list_files, source_options
from .parquet import START as PARQUET_START
from .parquet import ParquetFile, parquet_end, parquet_schema
from .text import START as TEXT_START
from .text import TextFile, text_end


class FileSource:
    def validate(self, spec: SourceSpec) -> None:
        options = source_options(spec)
        check_includes(spec, ("file",))
        if spec.row_format != "plain":
            raise UserError(f"file sources have no FORMAT {spec.row_format.upper()}", "22023")
        if options["mode"] == "once" and not list_files(options["path"]):
            raise UserError(f'there is no file "{options["path"]}"', "58P01")

    def infer(self, spec: SourceSpec) -> Schema | None:
        """The schema of the first Parquet file."""
        options = source_options(spec)
        files = list_files(options["path"])
        return parquet_schema(files[0]) if options["format"] == "parquet" and files else None

    def prunes(self, spec: SourceSpec) -> bool:
        """Only Parquet: a column that is not read can't fail there, while text is checked as a whole."""
        return bool(source_options(spec)["format"] == "parquet")

    def open(self, spec: SourceSpec, offsets: Offsets | None, until: Offsets | None = None) -> SourceReader:
        return _Reader(spec, source_options(spec), offsets or {}, until)


class FolderSource(FileSource):
    """RisingWave's `posix_fs`: the files of a folder that match a pattern, and those that come later."""

    def validate(self, spec: SourceSpec) -> None:
        super().validate(_as_files(spec))

    def infer(self, spec: SourceSpec) -> Schema | None:
        return super().infer(_as_files(spec))

    def prunes(self, spec: SourceSpec) -> bool:
        return super().prunes(_as_files(spec))

    def open(self, spec: SourceSpec, offsets: Offsets | None, until: Offsets | None = None) -> SourceReader:
        return super().open(_as_files(spec), offsets, until)


def _as_files(spec: SourceSpec) -> SourceSpec:
    options = dict(spec.options)
    root, pattern = options.pop("posix_fs.root", None), options.pop("match_pattern", "**")
    if root is None:
        raise UserError('connector "posix_fs" needs the option "posix_fs.root"', "22023")
    options.pop("refresh.interval.sec", None)
    return replace(spec, options={"mode": "follow", **options, "path": os.path.join(root, pattern)})


class _File(Protocol):
    path: str
    position: dict[str, int]

    def read(self, max_rows: int) -> tuple[Batch, Batch | None] | None: ...
    def close(self) -> None: ...


def _place(position: dict[str, int]) -> tuple[int, int]:
    if "byte" in position:
        return position["byte"], 0
    return position["group"], position["row"]


class _Reader:
    def __init__(self, spec: SourceSpec, options: dict[str, Any], offsets: Offsets, until: Offsets | None) -> None:
        self._spec = spec
        self._options = options
        self._parquet = options["format"] == "parquet"
        payload = payload_positions(spec)
        self._schema = spec.schema.select(payload)
        self._needed = [k for k, i in enumerate(payload) if spec.needed is None or i in spec.needed]
        self._offsets: Offsets = dict(offsets)
        self._until = until
        self._current: _File | None = None
        self._queue: list[str] = []
        self._finished = False

    def poll(self, max_rows: int, timeout: float) -> SourceChunk | None:
        listed = False
        while True:
            if self._current is None:
                if not self._queue:
                    if listed or self._finished:
                        break
                    self._queue = self._unread()
                    listed = True
                    if not self._queue:
                        break
                self._current = self._opened(self._queue.pop(0))
                if self._current is None:
                    continue
            read = self._current.read(max_rows)
            if read is None:
                self._offsets[self._current.path] = self._current.position
                self._current.close()
                self._current = None
                continue
            rows, errors = read
            path = self._current.path
            self._offsets[path] = self._current.position
            included = {"file": Batch.repeat(TEXT, path, rows.num_rows)} if "file" in self._spec.include else {}
            return SourceChunk(assemble(self._spec, rows, included), errors, dict(self._offsets))
        if self._until is not None or self._options["mode"] == "once":
            self._finished = True
        else:
            time.sleep(timeout)
        return None

    def _unread(self) -> list[str]:
        """Files that hold more than was read, in order."""
        if self._until is not None:
            return [p for p in sorted(self._until) if _place(self._position(p)) < _place(self._until[p])]
        return [p for p in list_files(self._options["path"]) if self._more(p)]

    def _more(self, path: str) -> bool:
        if path not in self._offsets:
            return True
        if self._parquet:
            return path not in self._whole
        return os.path.getsize(path) > self._offsets[path]["byte"]

    @property
    def _whole(self) -> set[str]:
        """Parquet files read to their end; they do not grow."""
        return {p for p, at in self._offsets.items() if at["row"] == 0 and at["group"] > 0}

    def _position(self, path: str) -> dict[str, int]:
        start = PARQUET_START if self._parquet else TEXT_START
        found: dict[str, int] = self._offsets.get(path, start)
        return found

    def _opened(self, path: str) -> _File | None:
        limit = None if self._until is None else self._until[path]
        try:
            if self._parquet:
                return ParquetFile(path, self._schema, self._needed, self._position(path), limit)
            return TextFile(path, self._schema, self._options, self._position(path), limit)
        except RetryableError:
            if self._options["mode"] == "follow":
                return None
            raise
        except FileNotFoundError:
            raise RetryableError(f'file "{path}" has gone', "58P01") from None

    @property
    def done(self) -> bool:
        return self._finished

    def end(self) -> Offsets:
        ends: Offsets = {}
        for path in list_files(self._options["path"]):
            try:
                whole_lines = self._options["mode"] == "follow"
                ends[path] = parquet_end(path) if self._parquet else text_end(path, whole_lines)
            except RetryableError:
                if self._options["mode"] == "once":
                    raise
        return ends

    def lag(self) -> int | None:
        return None

    def close(self) -> None:
        if self._current is not None:
            self._current.close()
            self._current = None

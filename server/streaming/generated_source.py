"""A source with generated columns: the connector reads the declared ones, the others are computed per chunk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...executor.connectors.base import Offsets, SourceChunk, SourceConnector, SourceReader, SourceSpec
from ...kernels.batch import Batch
from ...kernels.schema import Schema


class GeneratedColumns:
    """A connector whose rows are completed. It reads all columns, since any may be an input of a generated one."""

    def __init__(self, inner: SourceConnector, complete: Callable[[Batch], Batch]) -> None:
        self._inner = inner
        self._complete = complete

    def validate(self, spec: SourceSpec) -> None:
        self._inner.validate(spec)

    def infer(self, spec: SourceSpec) -> Schema | None:
        return self._inner.infer(spec)

    def open(self, spec: SourceSpec, offsets: Offsets | None, until: Offsets | None = None) -> SourceReader:
        return _Reader(self._inner.open(replace(spec, needed=None), offsets, until), self._complete)


class _Reader:
    def __init__(self, inner: SourceReader, complete: Callable[[Batch], Batch]) -> None:
        self._inner = inner
        self._complete = complete

    def poll(self, max_rows: int, timeout: float) -> SourceChunk | None:
        chunk = self._inner.poll(max_rows, timeout)
        return None if chunk is None else replace(chunk, rows=self._complete(chunk.rows))

    @property
    def done(self) -> bool:
        return self._inner.done

    def end(self) -> Offsets:
        return self._inner.end()

    def lag(self) -> int | None:
        return self._inner.lag()

    def close(self) -> None:
        self._inner.close()

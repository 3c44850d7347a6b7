"""Reading one Parquet file from a position on. Position: {"group": row group, "row": row in it}."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from ....kernels.arrow import batch_from_arrow
from ....kernels.arrow_types import schema_from_arrow
from ....kernels.batch import Batch
from ....kernels.errors import RetryableError, UserError
from ....kernels.schema import Schema

Position = dict[str, int]
START: Position = {"group": 0, "row": 0}


class ParquetFile:
    """Only `needed` of the declared columns are read, others are NULL. RetryableError while the file is not a whole Parquet file (yet)."""

    def __init__(
        self, path: str, schema: Schema, needed: Sequence[int], position: Position, limit: Position | None
    ) -> None:
        self.path = path
        self.position = dict(position)
        self._schema = schema
        self._file = _opened(path)
        self._limit = limit or {"group": self._file.num_row_groups, "row": 0}
        declared = [_column(path, self._file.schema_arrow.names, f.name) for f in schema]
        self._read = list(needed) or [0]  # the rows of one column at least must be counted
        self._columns = [declared[i] for i in self._read]
        self._batches: Iterator[pa.RecordBatch] | None = None
        self._rest: pa.RecordBatch | None = None

    def read(self, max_rows: int) -> tuple[Batch, Batch | None] | None:
        while self._rest is None or self._rest.num_rows == 0:
            if self._left() == 0:
                return None
            if self._batches is None:
                group = self.position["group"]
                self._batches = self._file.iter_batches(max_rows, [group], columns=self._columns)
                self._rest = self._skipped(self._batches, self.position["row"])
            else:
                self._rest = next(self._batches, None)
            if self._rest is None:
                self._batches = None
                self.position = {"group": self.position["group"] + 1, "row": 0}
        take = min(max_rows, self._left())
        if take == 0:
            return None
        piece, self._rest = self._rest.slice(0, take), self._rest.slice(take)
        try:
            rows = self._widened(batch_from_arrow(piece.select(self._columns), [self._schema.types[i] for i in self._read]))
        except UserError as e:
            raise UserError(f'"{self.path}": {e.message}', e.sqlstate, hint=e.hint) from None
        self.position = {"group": self.position["group"], "row": self.position["row"] + rows.num_rows}
        return rows, None

    def _widened(self, rows: Batch) -> Batch:
        """All declared columns, NULL where they were not read."""
        place = {position: k for k, position in enumerate(self._read)}
        for position, type in enumerate(self._schema.types):
            if position not in place:
                place[position] = rows.num_columns
                rows = rows.hstack(Batch.repeat(type, None, rows.num_rows))
        return rows.select([place[i] for i in range(len(place))])

    def _left(self) -> int:
        """Rows up to the limit, as far as they lie in the current group."""
        group = self.position["group"]
        if group == self._limit["group"]:
            return self._limit["row"] - self.position["row"]
        return sys.maxsize if group < self._limit["group"] else 0

    @staticmethod
    def _skipped(batches: Iterator[pa.RecordBatch], rows: int) -> pa.RecordBatch | None:
        for batch in batches:
            if batch.num_rows > rows:
                return batch.slice(rows)
            rows -= batch.num_rows
        return None

    def close(self) -> None:
        self._file.close()


def parquet_end(path: str) -> Position:
    file = _opened(path)
    try:
        return {"group": file.num_row_groups, "row": 0}
    finally:
        file.close()


def parquet_schema(path: str) -> Schema:
    file = _opened(path)
    try:
        return schema_from_arrow(file.schema_arrow)
    finally:
        file.close()


def _opened(path: str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as e:
        raise RetryableError(f'"{path}" is not a readable Parquet file: {e}', "58030") from None


def _column(path: str, names: list[str], wanted: str) -> str:
    if wanted in names:
        return wanted
    for name in names:
        if name.lower() == wanted.lower():
            return name
    raise UserError(f'"{path}" has no column "{wanted}"', "42703", hint=f"It has: {', '.join(names)}.")

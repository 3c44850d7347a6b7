"""Generated rows by a description of each column. Every value is a function of (seed, row number).

Offset: the number of the next row, split "0". The source ends at `datagen.event.num` rows, or with the first
sequence that reaches its end.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pyarrow as pa

from ....kernels.arrow import batch_from_arrow
from ....kernels.errors import Unsupported, UserError
from ....kernels.schema import Schema
from ..base import Offsets, SourceChunk, SourceReader, SourceSpec
from ..options import Option, read_options
from ..pacing import Pacer
from .fields import ENDLESS, FieldGenerator, field_generators

SPLIT = "0"

OPTIONS = (
    Option("fields.*"),
    Option("datagen.rows.per.second", "float", 10.0, low=0, aliases=("rows.per.second", "rows-per-second")),
    Option("datagen.event.num", "int", ENDLESS, low=0, aliases=("event_num", "event.num", "number-of-rows")),
    Option("datagen.split.num", "int", 1, low=1),  # accepted: the rows are the same
    Option("datagen.max.chunk.size", "int", 65_536, low=1),
)


class DatagenSource:
    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic

    def validate(self, spec: SourceSpec) -> None:
        self.open(spec, None)

    def infer(self, spec: SourceSpec) -> Schema | None:
        return None

    def open(self, spec: SourceSpec, offsets: Offsets | None, until: Offsets | None = None) -> SourceReader:
        if any(include is not None for include in spec.include):
            raise UserError("a datagen source has nothing to include", "22023")
        options = read_options("datagen", OPTIONS, spec.options)
        fields = field_generators(spec.schema, options["fields.*"])
        rows = min([options["datagen.event.num"], *(f.rows for f in fields)])
        limit = rows if until is None else min(rows, until[SPLIT])
        first = (offsets or {}).get(SPLIT, 0)
        rate = options["datagen.rows.per.second"] if until is None else 0.0
        pacer = Pacer(first, rate, self._monotonic)
        return _Reader(spec.schema, fields, first, rows, limit, options["datagen.max.chunk.size"], pacer)


class _Reader:
    def __init__(
        self,
        schema: Schema,
        fields: list[FieldGenerator],
        first: int,
        rows: int,
        limit: int,
        chunk: int,
        pacer: Pacer,
    ) -> None:
        self._types = schema.types
        self._names = [str(i) for i in range(len(schema))]
        self._fields = fields
        self._next = first
        self._rows = rows
        self._limit = limit
        self._chunk = chunk
        self._pacer = pacer

    def poll(self, max_rows: int, timeout: float) -> SourceChunk | None:
        end = self._pacer.allowed(self._next, self._limit, timeout)
        end = min(end, self._next + max_rows, self._next + self._chunk)
        if end <= self._next:
            return None
        arrays = [field.generate(self._next, end - self._next) for field in self._fields]
        rows = batch_from_arrow(pa.RecordBatch.from_arrays(arrays, names=self._names), self._types)
        self._next = end
        return SourceChunk(rows, None, {SPLIT: end})

    @property
    def done(self) -> bool:
        return self._next >= self._limit

    def end(self) -> Offsets:
        if self._rows == ENDLESS:
            raise Unsupported(
                "an endless source can't be read by a SELECT",
                hint="Set datagen.event.num, or create a materialized view over the source.",
            )
        return {SPLIT: self._rows}

    def lag(self) -> int | None:
        return None if self._rows == ENDLESS else self._rows - self._next

    def close(self) -> None:
        pass

"""The Nexmark generator as a source: one of the three tables, or all events in one with a row of each table's columns.

Offset: the number of the next event; there is one split, "0".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ....kernels.batch import Batch
from ....kernels.errors import Unsupported, UserError
from ....kernels.nexmark import EVENTS as ALL
from ....kernels.nexmark import Generator, event_of, rows_before
from ....kernels.schema import Field, Schema
from ....kernels.types import Kind, SqlType
from ..base import Offsets, SourceChunk, SourceReader, SourceSpec
from ..options import Option, read_options
from ..pacing import Pacer
from .tables import EVENTS, TABLES

SPLIT = "0"
MAX_EVENTS = 1 << 62

OPTIONS = (
    Option("nexmark.table.type", choices=tuple(TABLES)),  # without: all events
    Option("nexmark.event.num", "int", MAX_EVENTS, low=0, high=MAX_EVENTS),
    Option("nexmark.split.num", "int", 1, low=1),  # accepted: the events are the same
    Option("nexmark.min.event.gap.in.ns", "int", 100_000, low=0, high=10**12),
    Option("nexmark.max.chunk.size", "int", 65_536, low=1),
    Option("nexmark.rate", "float", 0.0, low=0, aliases=("nexmark.event.rate", "nexmark.events.rate")),
    Option("nexmark.seed", "int", 0, low=0, high=2**64 - 1),
    Option("nexmark.base.time.us", "int", 1_436_918_400_000_000, low=0),
    Option("nexmark.hot.auction.ratio", "int", 2, low=1),
    Option("nexmark.hot.seller.ratio", "int", 4, low=1),
    Option("nexmark.hot.bidder.ratio", "int", 4, low=1),
    Option("nexmark.active.people", "int", 1000, low=1),
    Option("nexmark.in.flight.auctions", "int", 100, low=1),
)


def generator_of(options: Mapping[str, Any]) -> Generator:
    return Generator(
        seed=options["nexmark.seed"],
        base_time_us=options["nexmark.base.time.us"],
        gap_ns=options["nexmark.min.event.gap.in.ns"],
        hot_auction_ratio=options["nexmark.hot.auction.ratio"],
        hot_seller_ratio=options["nexmark.hot.seller.ratio"],
        hot_bidder_ratio=options["nexmark.hot.bidder.ratio"],
        active_people=options["nexmark.active.people"],
        in_flight_auctions=options["nexmark.in.flight.auctions"],
    )


class NexmarkSource:
    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic

    def validate(self, spec: SourceSpec) -> None:
        options = read_options("nexmark", OPTIONS, spec.options)
        _rows(spec, options)

    def infer(self, spec: SourceSpec) -> Schema | None:
        table = read_options("nexmark", OPTIONS, spec.options)["nexmark.table.type"]
        return EVENTS if table is None else TABLES[table][1]

    def open(self, spec: SourceSpec, offsets: Offsets | None, until: Offsets | None = None) -> SourceReader:
        options = read_options("nexmark", OPTIONS, spec.options)
        return _Reader(spec, options, offsets, until, self._monotonic)


def _position(name: str, type_: SqlType, standard: Schema) -> int:
    """The place of a declared column in the standard table."""
    if name not in standard.names:
        raise UserError(
            f'the nexmark table has no column "{name}"', "42703", hint=f"Its columns are: {', '.join(standard.names)}."
        )
    position = standard.index(name)
    kinds = {type_.kind, standard[position].type.kind}
    if len(kinds) > 1 and kinds != {Kind.TIMESTAMP, Kind.TIMESTAMPTZ}:
        raise UserError(f'nexmark column "{name}" is of type {standard[position].type}', "42804")
    return position


def _event_column(field: Field) -> tuple[int, tuple[int, ...], tuple[str, ...]]:
    """Of all events: which table's row, with which of its fields by which names; or the kind of the event."""
    _position(field.name, field.type, EVENTS)
    if field.name not in TABLES:
        return ALL, (), ()
    table, standard = TABLES[field.name]
    for name, type_ in field.type.fields:
        if name in standard.names and type_.kind is not standard[standard.index(name)].type.kind:
            raise UserError(f'nexmark field "{name}" is of type {standard[standard.index(name)].type}', "42804")
    return table, tuple(_position(n, t, standard) for n, t in field.type.fields), tuple(n for n, _ in field.type.fields)


class _TableRows:
    """The rows of one table."""

    def __init__(self, generator: Generator, table: int, columns: list[int]) -> None:
        self._generator, self.table, self._columns = generator, table, columns

    def generate(self, first: int, end: int) -> Batch:
        return self._generator.generate(self.table, first, end, self._columns)


class _EventRows:
    """One row per event."""

    table = ALL

    def __init__(self, generator: Generator, columns: list[tuple[int, tuple[int, ...], tuple[str, ...]]]) -> None:
        self._generator, self._columns = generator, columns

    def generate(self, first: int, end: int) -> Batch:
        return self._generator.generate_events(first, end, self._columns)


def _rows(spec: SourceSpec, options: Mapping[str, Any]) -> _TableRows | _EventRows:
    for include in spec.include:
        if include is not None:
            raise UserError(f"a nexmark source has no {include} to include", "22023")
    generator, name = generator_of(options), options["nexmark.table.type"]
    if name is None:
        return _EventRows(generator, [_event_column(field) for field in spec.schema])
    table, standard = TABLES[name]
    return _TableRows(generator, table, [_position(field.name, field.type, standard) for field in spec.schema])


class _Reader:
    def __init__(
        self,
        spec: SourceSpec,
        options: Mapping[str, Any],
        offsets: Offsets | None,
        until: Offsets | None,
        monotonic: Callable[[], float],
    ) -> None:
        self._rows = _rows(spec, options)
        self._events = options["nexmark.event.num"]
        self._limit = self._events if until is None else min(self._events, until[SPLIT])
        self._chunk = options["nexmark.max.chunk.size"]
        self._next = (offsets or {}).get(SPLIT, 0)
        self._pacer = Pacer(self._next, options["nexmark.rate"] if until is None else 0.0, monotonic)

    def poll(self, max_rows: int, timeout: float) -> SourceChunk | None:
        end = self._pacer.allowed(self._next, self._limit, timeout)
        if end <= self._next:
            return None
        before = rows_before(self._rows.table, self._next)
        end = min(end, event_of(self._rows.table, before + min(max_rows, self._chunk)))
        batch = self._rows.generate(self._next, end)
        self._next = end
        return SourceChunk(batch, None, {SPLIT: end})

    @property
    def done(self) -> bool:
        return self._next >= self._limit

    def end(self) -> Offsets:
        if self._events == MAX_EVENTS:
            raise Unsupported(
                "an endless source can't be read by a SELECT",
                hint="Set nexmark.event.num, or create a materialized view over the source.",
            )
        return {SPLIT: self._events}

    def lag(self) -> int | None:
        if self._events == MAX_EVENTS:
            return None
        return rows_before(self._rows.table, self._events) - rows_before(self._rows.table, self._next)

    def close(self) -> None:
        pass

"""The Nexmark generator as a source. Offset: the number of the next event; there is one split, "0"."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ....kernels.errors import Unsupported, UserError
from ....kernels.nexmark import Generator, event_of, rows_before
from ....kernels.schema import Schema
from ....kernels.types import Kind
from ..base import Offsets, SourceChunk, SourceReader, SourceSpec
from ..options import Option, read_options
from ..pacing import Pacer
from .tables import TABLES

SPLIT = "0"
MAX_EVENTS = 1 << 62

OPTIONS = (
    Option("nexmark.table.type", required=True, choices=tuple(TABLES)),
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
        _positions(spec, TABLES[options["nexmark.table.type"]][1])

    def infer(self, spec: SourceSpec) -> Schema | None:
        return TABLES[read_options("nexmark", OPTIONS, spec.options)["nexmark.table.type"]][1]

    def open(self, spec: SourceSpec, offsets: Offsets | None, until: Offsets | None = None) -> SourceReader:
        options = read_options("nexmark", OPTIONS, spec.options)
        return _Reader(spec, options, offsets, until, self._monotonic)


def _positions(spec: SourceSpec, standard: Schema) -> list[int]:
    """For each declared column its place in the standard table."""
    found = []
    for field, include in zip(spec.schema, spec.include):
        if include is not None:
            raise UserError(f"a nexmark source has no {include} to include", "22023")
        if field.name not in standard.names:
            raise UserError(
                f'the nexmark table has no column "{field.name}"', "42703",
                hint=f"Its columns are: {', '.join(standard.names)}.",
            )  # fmt: skip
        position = standard.index(field.name)
        kinds = {field.type.kind, standard[position].type.kind}
        if len(kinds) > 1 and kinds != {Kind.TIMESTAMP, Kind.TIMESTAMPTZ}:
            raise UserError(f'nexmark column "{field.name}" is of type {standard[position].type}', "42804")
        found.append(position)
    return found


class _Reader:
    def __init__(
        self,
        spec: SourceSpec,
        options: Mapping[str, Any],
        offsets: Offsets | None,
        until: Offsets | None,
        monotonic: Callable[[], float],
    ) -> None:
        self._table, standard = TABLES[options["nexmark.table.type"]]
        self._columns = _positions(spec, standard)
        self._generator = generator_of(options)
        self._events = options["nexmark.event.num"]
        self._limit = self._events if until is None else min(self._events, until[SPLIT])
        self._chunk = options["nexmark.max.chunk.size"]
        self._next = (offsets or {}).get(SPLIT, 0)
        self._pacer = Pacer(self._next, options["nexmark.rate"] if until is None else 0.0, monotonic)

    def poll(self, max_rows: int, timeout: float) -> SourceChunk | None:
        end = self._pacer.allowed(self._next, self._limit, timeout)
        if end <= self._next:
            return None
        before = rows_before(self._table, self._next)
        end = min(end, event_of(self._table, before + min(max_rows, self._chunk)))
        batch = self._generator.generate(self._table, self._next, end, self._columns)
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
        return rows_before(self._table, self._events) - rows_before(self._table, self._next)

    def close(self) -> None:
        pass

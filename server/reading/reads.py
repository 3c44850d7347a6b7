"""One-shot reads: the same operators as a view, once over a snapshot, piece by piece.

`prepare_inputs` runs under the engine's lock and takes one epoch of every relation; `run` needs no lock.
Of a relation that the plan asks by key, only the rows that it can need are taken (`lookups.py`).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ...executor.connectors.base import SourceConnector, SourceSpec
from ...executor.operator import Operator, StepContext
from ...executor.pieces import sliced, whole
from ...executor.pipeline import Input, Meter, Pipeline, held
from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.expr.program import SessionFacts
from ...kernels.limits import (
    INLINE_JOINED_ROWS,
    INLINE_READ_ROWS,
    LOOKUP_KEYS,
    LOOKUP_SCAN_ROWS,
    SOURCE_SELECT_ROWS,
    STEP_ROWS,
)
from ...kernels.store import Snapshot
from ...planner.physical.node import AsOfJoin, Join, Map, Plan, ProjectSet, Recursive, Scan, SourceScan
from ..streaming.engine import Engine
from ..streaming.relations import StoredRelation
from ..transactions.transaction import Pinned
from ..transactions.writes import Writes
from .lookups import Fixed, Indexed, Lookup, Way, by_constants, by_rows, fixed_columns, ways_of

Check = Callable[[], None]  # asked now and then: raises 57014 to end the statement
ReadSource = Callable[[int, Check], Batch | None]
SCAN_ROWS = 4_096  # that a scan gives at a time, at least; pieces of a store have twice as many


class Interrupt:
    """Asked between pieces: raises 57014 once cancelled or past the statement's deadline."""

    def __init__(self, timeout_ms: int = 0) -> None:
        self.cancelled = False
        self.deadline = time.monotonic() + timeout_ms / 1000 if timeout_ms else None

    @property
    def seconds_left(self) -> float | None:
        """Until the deadline; None without one."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    def check(self) -> None:
        if self.cancelled:
            raise UserError("canceling statement due to user request", "57014")
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise UserError("canceling statement due to statement timeout", "57014")


@dataclass(frozen=True, slots=True)
class Stored:
    """One relation's input: a snapshot or the rows of a look-up, and own writes. `key`: the columns that it was looked up by."""

    snapshot: Snapshot | None
    rows: Batch | None
    overlay: Batch | None
    key: tuple[int, ...] = ()

    def size(self) -> int:
        return self.snapshot.num_rows if self.snapshot is not None else 0

    def few(self, columns: tuple[int, ...]) -> Batch | None:
        """These columns of the rows, if they are few."""
        rows = self.rows.num_rows if self.rows is not None else self.size() + (self.overlay.num_rows if self.overlay is not None else 0)
        return Batch.concat(list(self.pieces(columns))).without_weights() if 0 < rows <= LOOKUP_KEYS else None

    def pieces(self, columns: tuple[int, ...]) -> Iterator[Batch]:
        """These columns of the rows; no weight is negative."""
        if self.rows is not None:
            yield from sliced(self.rows.select(columns))
            return
        assert self.snapshot is not None
        stored = (self.snapshot.piece(i, columns) for i in range(self.snapshot.num_pieces))
        if self.overlay is not None and self.overlay.num_rows:
            yield from sliced(Batch.concat([*stored, self.overlay.select(columns)]).consolidate())
            return
        waiting: list[Batch] = []  # pieces from which much has been deleted
        rows = 0
        for piece in stored:
            waiting.append(piece)
            rows += piece.num_rows
            if rows >= SCAN_ROWS:
                yield Batch.concat(waiting)
                waiting, rows = [], 0
        if rows:
            yield Batch.concat(waiting)


def nodes(plan: Plan) -> Iterator[Plan]:
    """Every distinct node of a plan."""
    seen: set[int] = set()
    todo: list[Plan] = [plan]
    while todo:
        node = todo.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            todo.extend(children(node))


def children(node: Plan) -> tuple[Plan, ...]:
    """The plans that a node reads; one that it reads twice is there twice."""
    step = getattr(node, "step", None)
    return tuple(node.inputs) if step is None else (*node.inputs, step)


@dataclass(frozen=True, slots=True)
class Shape:
    """What running a plan takes to know of it, whatever the values of its parameters are.

    `fixed`: per relation that is scanned once, what a filter over the scan compares with constants. `ways`: how joins lead from rows of
    one relation to those of another. `operators`: those that runs of the plan share.
    """

    scans: frozenset[int]
    fixed: dict[int, Fixed]
    ways: tuple[Way, ...]
    sources: tuple[int, ...]
    joins: int
    multiplies: bool  # rows, or repeats: how long it takes can't be told from how many it reads
    operators: dict[int, Operator]


def shape_of(plan: Plan) -> Shape:
    plans = list(nodes(plan))
    scans = Counter(scan.relation for node in plans for scan in children(node) if isinstance(scan, Scan))
    if isinstance(plan, Scan):
        scans[plan.relation] += 1
    fixed: dict[int, Fixed] = {}
    sources: list[int] = []
    joins, multiplies = 0, False
    for node in plans:
        match node:
            case Map(predicate=predicate, input=Scan() as scan) if predicate is not None and scans[scan.relation] == 1:
                if columns := fixed_columns(predicate, scan):
                    fixed[scan.relation] = columns
            case SourceScan(source=source):
                sources.append(source)
            case Join() | AsOfJoin():
                joins += 1
            case Recursive() | ProjectSet():
                multiplies = True
    return Shape(frozenset(scans), fixed, ways_of(plans, scans), tuple(sources), joins, multiplies, {})


class Shapes:
    """Those of the plans of one statement, for each of its runs."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Plan, Shape]] = {}

    def of(self, plan: Plan) -> Shape:
        known = self._known.get(id(plan))
        if known is None:
            known = self._known[id(plan)] = plan, shape_of(plan)
        return known[1]


@dataclass(frozen=True, slots=True)
class Bound:
    """A plan that can be run: `values` are those of the parameters that are left in it, one row."""

    plan: Plan
    shape: Shape
    values: Batch | None = None

    @staticmethod
    def of(plan: Plan) -> Bound:
        """One without parameters, to be run once."""
        return Bound(plan, shape_of(plan))


def prepare_inputs(
    engine: Engine,
    bound: Bound,
    overlay: Writes,
    system: Callable[[int], Batch | None],
    indexed: Indexed,
    pinned: Mapping[int, Pinned] | None = None,
    find: Callable[[Lookup, StoredRelation], Batch | None] = Lookup.find,
) -> dict[int, Stored]:
    """Snapshots of all relations that a plan scans, or the rows of them that it needs, at one epoch. Under the engine's lock.

    `overlay`: a transaction's own writes. `pinned`: its snapshots, used instead of the present rows, if these are others.
    """
    inputs: dict[int, Stored] = {}
    present: dict[int, StoredRelation] = {}

    def look_up(relation: int, lookup: Lookup) -> None:
        rows = find(lookup, present[relation])
        if rows is not None:
            mine = overlay.lookup(relation, lookup.columns, lookup.keys)
            if mine is not None:
                rows = Batch.concat([rows, mine]).consolidate()
            inputs[relation] = Stored(None, rows, None, lookup.columns)

    for relation in bound.shape.scans:
        virtual = system(relation)
        if virtual is not None:
            inputs[relation] = Stored(None, virtual, None)
            continue
        stored = engine.stored(relation)
        job = engine.jobs.get(relation)
        if job is not None:
            job.require_readable()
        pin = pinned.get(relation) if pinned is not None else None
        if pin is None or pin.version == stored.version:
            present[relation] = stored
            lookup = _by_constants(bound, indexed, stored)
            if lookup is not None:
                look_up(relation, lookup)
        if relation not in inputs:
            snapshot = pin.snapshot if pin is not None else stored.snapshot()
            inputs[relation] = Stored(snapshot, None, overlay.get(relation))
    if bound.shape.ways:
        large = {r: s for r, s in present.items() if inputs[r].rows is None and s.rows.num_rows >= LOOKUP_SCAN_ROWS}
        while large and (found := _by_rows(bound, indexed, large, inputs)) is not None:
            del large[found[0]]
            look_up(*found)
    return inputs


def _by_constants(bound: Bound, indexed: Indexed, stored: StoredRelation) -> Lookup | None:
    fixed = bound.shape.fixed.get(stored.entry.id)
    return None if fixed is None else by_constants(indexed, stored.entry, fixed, bound.values)


def _by_rows(
    bound: Bound, indexed: Indexed, targets: Mapping[int, StoredRelation], inputs: Mapping[int, Stored]
) -> tuple[int, Lookup] | None:
    """A target, and the look-up to which the rows of another relation lead."""
    for way in bound.shape.ways:
        if way.target in targets and (values := inputs[way.source].few(tuple(way.columns.values()))) is not None:
            lookup = by_rows(indexed, targets[way.target].entry, way, values)
            if lookup is not None:
                return way.target, lookup
    return None


def is_quick(shape: Shape, rows: int) -> bool:
    """Whether a step over so many rows takes a moment only: nothing in it repeats or can multiply them far."""
    if shape.multiplies or shape.sources:
        return False
    return rows <= INLINE_READ_ROWS and (shape.joins == 0 or rows ** (shape.joins + 1) <= INLINE_JOINED_ROWS)


def rows_read(engine: Engine, bound: Bound, own: Writes, indexed: Indexed) -> int | None:
    """How many stored and own rows the plan goes through, those of look-ups by a unique key not counted. None where that is not known.

    Under the engine's lock.
    """
    if bound.shape.sources:
        return None
    total = 0
    for relation in bound.shape.scans:
        stored = engine.relations.get(relation)
        if stored is None:
            return None
        lookup = _by_constants(bound, indexed, stored)
        if lookup is None or lookup.columns not in stored.entry.unique_keys:
            total += stored.rows.num_rows + own.count(relation)
    return total


def looked_up(engine: Engine, bound: Bound, indexed: Indexed) -> Iterator[int]:
    """The relations that are read by a key which constants fix."""
    for relation in bound.shape.fixed:
        stored = engine.find(relation)
        if stored is not None and _by_constants(bound, indexed, stored) is not None:
            yield relation


def run(
    bound: Bound,
    inputs: Mapping[int, Stored],
    facts: SessionFacts,
    check: Check,
    read_source: ReadSource | None = None,
    meter: Meter | None = None,
) -> Batch | None:
    """The result as a list of rows (weights expanded), or None for none."""
    return whole(pieces(bound, inputs, facts, check, read_source, meter))


def pieces(
    bound: Bound,
    inputs: Mapping[int, Stored],
    facts: SessionFacts,
    check: Check,
    read_source: ReadSource | None = None,
    meter: Meter | None = None,
) -> Iterator[Batch]:
    """The same piece by piece; nothing is done before the first is asked for."""
    given: dict[int, Input] = {relation: stored.pieces for relation, stored in inputs.items()}
    for source in bound.shape.sources:
        if source not in given and read_source is not None:
            rows = read_source(source, check)
            if rows is not None:
                given[source] = held(rows if rows.append_only else rows.consolidate())
    ctx = StepContext(epoch=0, facts=facts, strict=True, interrupt=check)
    for piece in Pipeline(bound.plan, given, ctx, meter, bound.shape.operators):
        yield piece.expanded()
    check()


def read_whole_source(spec: SourceSpec, connector: SourceConnector, check: Check) -> Batch | None:
    """Everything that a source holds now."""
    probe = connector.open(spec, None)
    try:
        until = probe.end()
    finally:
        probe.close()
    reader = connector.open(spec, None, until)
    parts: list[Batch] = []
    rows = 0
    try:
        while not reader.done:
            check()
            chunk = reader.poll(STEP_ROWS, 0.1)
            if chunk is None:
                continue
            if chunk.errors is not None and chunk.errors.num_rows:
                sqlstate, message, detail = chunk.errors.to_rows()[0]
                raise UserError(message, sqlstate, detail=detail)
            parts.append(chunk.rows)
            rows += chunk.rows.num_rows
            if rows > SOURCE_SELECT_ROWS:
                raise UserError(f"a SELECT reads at most {SOURCE_SELECT_ROWS} rows of a source", "54000",
                                hint="Create a materialized view over the source.")
    finally:
        reader.close()
    return Batch.concat(parts) if parts else None

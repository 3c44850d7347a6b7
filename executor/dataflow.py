"""A dataflow: one plan's operators in topological order, stepped together.

`step` hands each operator the deltas of its inputs and takes its output delta. Equal subplans (the same
object in the plan) are one operator. After an exception only `close` is legal.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..kernels.batch import Batch
from ..planner.physical.node import Changelog, Plan, Scan, SourceScan, TemporalJoin
from .build import build_operator
from .operator import Operator, StateTable, StepContext


@dataclass(slots=True)
class Slot:
    """One place in the array: an operator, or a leaf that passes an input's columns on."""

    plan: Plan
    operator: Operator | None
    inputs: tuple[int, ...]
    relation: int | None = None
    columns: tuple[int, ...] = ()
    rows_in: int = 0
    rows_out: int = 0
    nanoseconds: int = 0


class Dataflow:
    """Operators of `plan`. `partitions`: into how many parts, which can step at the same time, those with keys are cut."""

    def __init__(self, plan: Plan, *, partitions: int = 1) -> None:
        self.plan = plan
        self.partitions = partitions
        self.slots: list[Slot] = []
        self.relations: set[int] = set()
        self._place(plan, {})
        self._started = False

    def _place(self, plan: Plan, placed: dict[int, int]) -> int:
        if id(plan) in placed:
            return placed[id(plan)]
        inputs = tuple(self._place(child, placed) for child in plan.inputs)
        match plan:
            case Scan(relation=relation, columns=columns) | SourceScan(source=relation, columns=columns):
                self.relations.add(relation)
                slot = Slot(plan, None, (), relation, columns)
            case _:
                slot = Slot(plan, build_operator(len(self.slots), plan, False, self.partitions), inputs)
        self.slots.append(slot)
        placed[id(plan)] = len(self.slots) - 1
        return placed[id(plan)]

    def step(self, deltas: Mapping[int, Batch], ctx: StepContext) -> Batch | None:
        """One step over the deltas per relation id; the root's output delta, or None for no change."""
        starting = not self._started
        self._started = True
        outputs: list[Batch | None] = [None] * len(self.slots)
        for position, slot in enumerate(self.slots):
            operator = slot.operator
            if operator is None:
                assert slot.relation is not None
                delta = deltas.get(slot.relation)
                if delta is not None and delta.num_rows:
                    outputs[position] = delta.select(slot.columns)
                continue
            ctx.check()
            inputs = [outputs[i] for i in slot.inputs]
            before = time.thread_time_ns() + ctx.nanoseconds_elsewhere
            first = operator.start(ctx) if starting else None
            out = operator.step(inputs, ctx)
            if first is not None:
                out = first if out is None else Batch.concat([first, out]).consolidate()
            slot.nanoseconds += time.thread_time_ns() + ctx.nanoseconds_elsewhere - before
            for batch in inputs:
                if batch is not None:
                    slot.rows_in += batch.num_rows
            if out is not None and out.num_rows:
                slot.rows_out += out.num_rows
                outputs[position] = out
        return outputs[-1]

    def columns_of(self, relation: int) -> frozenset[int]:
        """The columns that are read of one input."""
        return frozenset(c for s in self.slots if s.relation == relation for c in s.columns)

    @property
    def wants_ticks(self) -> bool:
        """Some operator must be stepped when only time has moved."""
        return any(getattr(s.operator, "wants_ticks", False) for s in self.slots)

    @property
    def takes_whole_steps(self) -> bool:
        """Its output tells what came together: a step may not be cut."""
        return any(isinstance(s.plan, (Changelog, TemporalJoin)) for s in self.slots)

    def tables(self) -> Iterator[tuple[int, int, StateTable]]:
        """Every state table as (slot, table, declaration), in a fixed order."""
        for position, slot in enumerate(self.slots):
            if slot.operator is not None:
                for number, table in enumerate(slot.operator.state_tables):
                    yield position, number, table

    def drain(self) -> Iterator[tuple[int, int, StateTable, Batch]]:
        """State changes since the last drain."""
        for position, slot in enumerate(self.slots):
            operator = slot.operator
            if operator is None or not operator.state_tables:
                continue
            for number, (table, batch) in enumerate(zip(operator.state_tables, operator.drain())):
                if batch is not None and batch.num_rows:
                    yield position, number, table, batch

    def restore(self, blocks: Callable[[int, int, StateTable], Iterator[Batch]]) -> None:
        """Take back everything drained; the dataflow counts as started."""
        self._started = True
        for position, number, table in self.tables():
            operator = self.slots[position].operator
            assert operator is not None
            for batch in blocks(position, number, table):
                operator.restore(number, batch)

    @property
    def state_rows(self) -> int:
        return sum(s.operator.state_rows for s in self.slots if s.operator is not None)

    @property
    def state_bytes(self) -> int:
        return sum(s.operator.state_bytes for s in self.slots if s.operator is not None)


def fingerprint(plan: Plan, partitions: int = 1) -> str:
    """A digest of the plan: state is restored only into an equal plan, cut as often."""
    text = repr(plan) if partitions == 1 else f"{partitions} x {plan!r}"
    return hashlib.sha256(text.encode()).hexdigest()[:24]

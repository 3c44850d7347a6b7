"""One operator as several: its input is cut by the hash of its keys, each part has an operator and state of its own.

Rows that can meet have equal keys, so they meet in one part, and the sum of the parts' outputs is the operator's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ...kernels.batch import Batch
from ...planner.physical import node
from ...planner.physical.node import Plan
from ..operator import Operator, StateTable, StepContext

SIDE_BY_SIDE = 4_096  # input rows below which a step is not worth other threads

Keys = tuple[tuple[int, ...], ...]


def partition_keys(plan: Plan) -> Keys | None:
    """Per input the columns whose equal values must stay together; None when the operator needs all rows."""
    match plan:
        case node.Aggregate(groups=keys) | node.TopN(groups=keys) | node.SingleRow(groups=keys):
            found: Keys = (keys,)
        case node.Window(partition=keys):
            found = (keys,)
        case node.Distinct():
            found = (tuple(range(len(plan.schema))),)
        case node.SetOp():
            found = (tuple(range(len(plan.schema))),) * 2
        case node.Join() | node.AsOfJoin() | node.TemporalJoin():
            found = (plan.left_keys, plan.right_keys)
        case _:
            return None
    return found if found[0] else None


class PartitionedOperator(Operator):
    """State: the tables of the first part, then those of the second, and so on."""

    def __init__(self, keys: Keys, parts: Sequence[Operator]) -> None:
        super().__init__(parts[0].id, parts[0].types)
        self._keys = keys
        self._parts = parts
        self._tables = len(parts[0].state_tables)
        self.state_tables = tuple(
            StateTable(f"{t.name}.{i}", t.kind, t.types, t.key) for i, p in enumerate(parts) for t in p.state_tables
        )

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        pieces = [
            [None] * len(self._parts) if batch is None else batch.partition(keys, len(self._parts))
            for keys, batch in zip(self._keys, inputs, strict=True)
        ]
        steps: list[Callable[[], tuple[Batch | None, int]]] = []
        contexts: list[StepContext] = []
        for part, mine in zip(self._parts, zip(*pieces), strict=True):
            if any(piece is not None and piece.num_rows for piece in mine):
                contexts.append(ctx.alone())
                steps.append(lambda part=part, mine=mine, ctx=contexts[-1]: _timed(part, mine, ctx))  # type: ignore[misc]
        rows = sum(batch.num_rows for batch in inputs if batch is not None)
        if ctx.side_by_side is not None and len(steps) > 1 and rows >= SIDE_BY_SIDE:
            results = ctx.side_by_side(steps)
            ctx.nanoseconds_elsewhere += sum(spent for _, spent in results)
        else:
            results = [step() for step in steps]
        for context in contexts:
            ctx.errors.extend(context.errors)
        outs = [out for out, _ in results if out is not None and out.num_rows]
        if not outs:
            return None
        return outs[0] if len(outs) == 1 else Batch.concat(outs)

    def drain(self) -> list[Batch | None]:
        return [batch for part in self._parts for batch in part.drain()]

    def restore(self, table: int, batch: Batch) -> None:
        self._parts[table // self._tables].restore(table % self._tables, batch)

    @property
    def state_rows(self) -> int:
        return sum(part.state_rows for part in self._parts)

    @property
    def state_bytes(self) -> int:
        return sum(part.state_bytes for part in self._parts)


def _timed(part: Operator, inputs: Sequence[Batch | None], ctx: StepContext) -> tuple[Batch | None, int]:
    """The part's output and the CPU time (nanoseconds) that it took on this thread."""
    before = time.thread_time_ns()
    out = part.step(inputs, ctx)
    return out, time.thread_time_ns() - before

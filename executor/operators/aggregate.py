"""GROUP BY: one row per group, −old +new for each group whose result changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...kernels.aggregate import Aggregation
from ...kernels.batch import Batch
from ...kernels.limits import PIECE_ROWS
from ...kernels.types import BYTEA, INT4, INT8
from ...planner.physical.node import Aggregate
from ..operator import Operator, StateTable, StepContext
from .row_errors import report


class AggregateOperator(Operator):
    """Groups live in numbered slots; all state tables refer to the slot.

    `groups`: the key and the accumulators' bytes. `distinct`: multiplicity of each value of DISTINCT calls.
    `entries`: the rows of ordered aggregates (retractable min/max, array_agg, percentiles, …).
    """

    state_tables = (
        StateTable("groups", "upsert", (INT8, BYTEA, BYTEA), 1),
        StateTable("distinct", "upsert", (INT4, BYTEA, INT8), 2),
        StateTable("entries", "zset", (INT4, INT8, BYTEA, BYTEA)),
    )

    def __init__(self, id: int, node: Aggregate, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self._groups = bool(node.groups)
        self._state = Aggregation(
            node.input.schema.types, node.groups, node.calls, node.append_only or one_shot, tracked=not one_shot
        )

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        batch = inputs[0]
        if batch is None or not batch.num_rows:
            return None
        rows, failures = self._state.apply(batch)
        report(ctx, self.id, failures)
        return rows if rows.num_rows else None

    def pieces(self, inputs: Sequence[Iterator[Batch]], ctx: StepContext) -> Iterator[Batch]:
        for piece in inputs[0]:
            self._state.absorb(piece)
        while (results := self._state.results(PIECE_ROWS)) is not None:
            ctx.check()
            rows, failures = results
            report(ctx, self.id, failures)
            yield rows

    def start(self, ctx: StepContext) -> Batch | None:
        if self._groups:
            return None
        rows, failures = self._state.start()
        if not ctx.strict:  # strict: a later row may have taken the error back
            report(ctx, self.id, failures)
        return rows

    def drain(self) -> list[Batch | None]:
        return self._state.drain()

    def restore(self, table: int, batch: Batch) -> None:
        self._state.restore(table, batch)

    @property
    def state_rows(self) -> int:
        return self._state.state_rows

    @property
    def state_bytes(self) -> int:
        return self._state.state_bytes

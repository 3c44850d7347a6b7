"""SELECT DISTINCT: each row that is present, once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...kernels.batch import Batch
from ...kernels.keys import one_per_key
from ...kernels.setop import DISTINCT, SetState
from ...kernels.types import Kind
from ...planner.physical.node import Distinct
from ..operator import Operator, StateTable, StepContext
from ..pieces import condensed, sliced

# Kinds in which equal values may look different (1.5 and 1.50): the one to show must be chosen.
LOOSE = {Kind.NUMERIC, Kind.FLOAT4, Kind.FLOAT8, Kind.INTERVAL, Kind.LIST, Kind.STRUCT}


class DistinctOperator(Operator):
    def __init__(self, id: int, node: Distinct, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self._state = SetState(self.types, DISTINCT)
        self._strict_equality = not any(t.kind in LOOSE for t in self.types)
        self.state_tables = (StateTable("rows", "zset", self.types),)

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        batch = inputs[0]
        if batch is None or not batch.num_rows:
            return None
        rows: Batch | None = self._state.step(batch, None)
        return rows

    def pieces(self, inputs: Sequence[Iterator[Batch]], ctx: StepContext) -> Iterator[Batch]:
        return sliced(condensed(inputs[0], self._once))

    def _once(self, batch: Batch) -> Batch:
        """Each row once, in the order of the first of it."""
        if self._strict_equality:
            return one_per_key(batch, range(batch.num_columns), False).without_weights()
        rows = SetState(self.types, DISTINCT).step(batch, None, False)
        assert rows is not None
        return rows

    def drain(self) -> list[Batch | None]:
        return [self._state.drain(0)]

    def restore(self, table: int, batch: Batch) -> None:
        self._state.restore(0, batch)

    @property
    def state_rows(self) -> int:
        return self._state.rows

    @property
    def state_bytes(self) -> int:
        return self._state.nbytes

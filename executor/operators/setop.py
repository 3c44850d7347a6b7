"""EXCEPT and INTERSECT, as sets or by multiplicity."""

from __future__ import annotations

from collections.abc import Sequence

from ...kernels.batch import Batch
from ...kernels.setop import EXCEPT, EXCEPT_ALL, INTERSECT, INTERSECT_ALL, SetState
from ...planner.physical.node import SetOp
from ..operator import Operator, StateTable, StepContext
from .join import check_keys

KINDS = {
    ("except", False): EXCEPT,
    ("except", True): EXCEPT_ALL,
    ("intersect", False): INTERSECT,
    ("intersect", True): INTERSECT_ALL,
}


class SetOpOperator(Operator):
    def __init__(self, id: int, node: SetOp, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        for side in node.inputs:
            check_keys(side.schema.types, self.types)
        self._state = SetState(self.types, KINDS[node.kind, node.all])
        self._logged = not one_shot
        self.state_tables = (StateTable("left", "zset", self.types), StateTable("right", "zset", self.types))

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        return self._state.step(inputs[0], inputs[1], self._logged)

    def drain(self) -> list[Batch | None]:
        return [self._state.drain(0), self._state.drain(1)]

    def restore(self, table: int, batch: Batch) -> None:
        self._state.restore(table, batch)

    @property
    def state_rows(self) -> int:
        return self._state.rows

    @property
    def state_bytes(self) -> int:
        return self._state.nbytes

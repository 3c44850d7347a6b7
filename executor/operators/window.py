"""Window functions: rows whose results change are recomputed, the difference is the output."""

from __future__ import annotations

from collections.abc import Sequence

from ...kernels.batch import Batch
from ...kernels.expr.spec import Lit
from ...kernels.window import Windows
from ...planner.physical.node import Map, Window, WindowCall
from ..operator import Operator, StateTable, StepContext
from .row_errors import report


def constant_offset(node: Window, call: WindowCall) -> int | None:
    """The offset of lag and lead when it is the same for all rows: 1 by default, or a literal computed below."""
    if call.function not in ("lag", "lead"):
        return None
    if len(call.args) < 2:
        return 1
    if isinstance(node.input, Map):
        offset = node.input.exprs[call.args[1]]
        if isinstance(offset, Lit) and offset.value is not None:
            return int(offset.value)
    return None


class WindowOperator(Operator):
    """State: the input's rows, in order per partition. RANGE frames over timestamptz use the first step's zone."""

    def __init__(self, id: int, node: Window, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self.state_tables = (StateTable("rows", "zset", node.input.schema.types),)
        types = node.input.schema.types
        offsets = [constant_offset(node, call) for call in node.calls]
        self._state = Windows(types, node.partition, node.order, node.calls, offsets, not one_shot)
        self._zoned = False

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        batch = inputs[0]
        if batch is None or not batch.num_rows:
            return None
        if not self._zoned:
            self._state.set_time_zone(ctx.facts.time_zone)
            self._zoned = True
        rows, failures = self._state.apply(batch)
        report(ctx, self.id, failures)
        return rows if rows.num_rows else None

    def drain(self) -> list[Batch | None]:
        return [self._state.drain()]

    def restore(self, table: int, batch: Batch) -> None:
        self._state.restore(batch)

    @property
    def state_rows(self) -> int:
        return self._state.state_rows

    @property
    def state_bytes(self) -> int:
        return self._state.state_bytes

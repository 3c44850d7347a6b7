"""UNION ALL: the inputs, end to end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from ...kernels.batch import Batch
from ...planner.physical.node import Union
from ..operator import Operator, StepContext


class UnionOperator(Operator):
    def __init__(self, id: int, node: Union, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        parts = [b for b in inputs if b is not None and b.num_rows]
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else Batch.concat(parts)

    def pieces(self, inputs: Sequence[Iterator[Batch]], ctx: StepContext) -> Iterator[Batch]:
        return chain.from_iterable(inputs)

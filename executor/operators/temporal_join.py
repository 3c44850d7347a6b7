"""Joins with the right side as it is now: what was produced is not corrected when the right side changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...kernels.batch import Batch
from ...kernels.expr.program import Program
from ...kernels.expr.spec import Col
from ...kernels.join import NEVER, ONCE, UNMATCHED, JoinState, positions
from ...kernels.limits import PIECE_ROWS
from ...kernels.temporal_join import TemporalMemory
from ...kernels.types import BOOL, INT8
from ...planner.physical.node import TemporalJoin
from ..operator import Operator, StateTable, StepContext
from ..pieces import holding, sliced
from .join import LEFT, RIGHT, check_keys
from .row_errors import report


class TemporalJoinOperator(Operator):
    """State: the right rows; where left rows may be deleted, also what each of them produced.

    Right changes of a step count before its left changes.
    """

    def __init__(self, id: int, node: TemporalJoin, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        left, right = node.left.schema.types, node.right.schema.types
        check_keys([left[k] for k in node.left_keys], [right[k] for k in node.right_keys])
        self._width = len(self.types)
        self._residual: Program | None = None
        if node.residual is not None:
            columns = tuple(Col(i, t) for i, t in enumerate((*left, *right, INT8)))
            self._residual = Program(columns, node.residual)
        self._state = JoinState(
            (left, right), (node.left_keys, node.right_keys), [False] * len(node.left_keys),
            (UNMATCHED if node.left_outer else NEVER, NEVER), True, self._residual is not None, (True, one_shot),
        )  # fmt: skip
        self._nulls = Batch.from_rows(right, [[None] * len(right)])
        self._memory = None if node.left_append_only or one_shot else TemporalMemory(self.types, len(left))
        tables = [StateTable("right", "zset", right)]
        if self._memory is not None:
            tables.append(StateTable("produced", "zset", (*self.types, INT8, BOOL)))
        self.state_tables = tuple(tables)

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        left, right = (None if b is None or not b.num_rows else b for b in inputs)
        if right is not None:
            self._state.begin(RIGHT, right)
            self._state.finish()
        if left is None:
            return None
        if self._memory is None:
            out = list(self._meet(left, ctx))
        else:
            left = left.consolidate()
            out = []
            if (deleted := left.deleted()).num_rows and (gone := self._memory.take_back(deleted)) is not None:
                out.append(gone)
            if (inserted := left.inserted()).num_rows:
                new = list(self._meet(inserted, ctx))
                padding = self._nulls.take([0] * inserted.num_rows)
                self._memory.remember(inserted.hstack(padding), True)
                for batch in new:
                    self._memory.remember(batch, False)
                out += new
        if not out:
            return None
        return out[0] if len(out) == 1 else Batch.concat(out)

    def pieces(self, inputs: Sequence[Iterator[Batch]], ctx: StepContext) -> Iterator[Batch]:
        left, right = inputs
        rows = 0
        for piece in right:
            rows = holding(rows + piece.num_rows)
            self._state.build(RIGHT, piece)
        for piece in left:
            yield from self._meet(piece, ctx)

    def _meet(self, left: Batch, ctx: StepContext) -> Iterator[Batch]:
        """Left rows with what they meet now."""
        self._state.begin(LEFT, left)
        while (pairs := self._state.pairs(PIECE_ROWS)) is not None:
            ctx.check()
            if self._residual is not None:
                pairs, errors = self._residual.run(pairs.hstack(positions(pairs.num_rows)), ctx.facts)
                if errors is not None:
                    report(ctx, self.id, errors.select((1, 2)))
                self._state.keep(pairs, ONCE)
            if pairs.num_rows:
                yield pairs.select(range(self._width))
        yield from sliced(self._state.finish_probe())

    def drain(self) -> list[Batch | None]:
        right = self._state.drain(RIGHT)
        return [right] if self._memory is None else [right, self._memory.drain()]

    def restore(self, table: int, batch: Batch) -> None:
        if table == 0:
            self._state.restore(RIGHT, batch)
        else:
            assert self._memory is not None
            self._memory.restore(batch)

    @property
    def state_rows(self) -> int:
        return self._state.rows + (0 if self._memory is None else self._memory.rows)

    @property
    def state_bytes(self) -> int:
        return self._state.nbytes + (0 if self._memory is None else self._memory.nbytes)

"""Joins of every kind: one incremental operator over two traces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from ...kernels.batch import Batch
from ...kernels.errors import InternalError
from ...kernels.expr.program import Program
from ...kernels.expr.spec import Col
from ...kernels.join import MATCHED, NEVER, ONCE, OWN, STEP, UNMATCHED, JoinState, positions
from ...kernels.limits import PIECE_ROWS
from ...kernels.types import INT8, SqlType
from ...planner.physical.node import Join
from ..operator import Operator, StateTable, StepContext
from ..pieces import holding, sliced
from .row_errors import report

LEFT, RIGHT = 0, 1
SHOW = {
    "inner": (NEVER, NEVER),
    "left": (UNMATCHED, NEVER),
    "right": (NEVER, UNMATCHED),
    "full": (UNMATCHED, UNMATCHED),
    "semi": (MATCHED, NEVER),
    "anti": (UNMATCHED, NEVER),
}


def check_keys(left: Sequence[SqlType], right: Sequence[SqlType]) -> None:
    """Columns that are compared must have one kind: the planner casts, a kernel would read past values."""
    for a, b in zip(left, right, strict=True):
        if a.kind != b.kind:
            raise InternalError(f"a join compares {a} with {b} without a cast")


class JoinOperator(Operator):
    """State: the rows of both sides whose keys can match (semi and anti without residual: right keys only).

    Match counts are not stored; they are computed again in the first step after a restore.
    """

    def __init__(self, id: int, node: Join, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self._pairs = node.kind not in ("semi", "anti")
        self._show = SHOW[node.kind]
        self._right_columns: tuple[int, ...] | None = None
        left, right = node.left.schema.types, node.right.schema.types
        right_keys = node.right_keys
        check_keys([left[k] for k in node.left_keys], [right[k] for k in right_keys])
        if not self._pairs and node.residual is None:
            self._right_columns = node.right_keys
            right, right_keys = tuple(right[k] for k in right_keys), tuple(range(len(right_keys)))
        self._width = len(left) + len(right)
        self._residual: Program | None = None
        if node.residual is not None:
            columns = tuple(Col(i, t) for i, t in enumerate((*left, *right, INT8)))
            self._residual = Program(columns if self._pairs else columns[-1:], node.residual)
        self._state = JoinState(
            (left, right),
            (node.left_keys, right_keys),
            node.null_safe,
            self._show,
            self._pairs,
            self._residual is not None,
            (node.left_append_only or one_shot, node.right_append_only or one_shot),
        )
        self.state_tables = (StateTable("left", "zset", left), StateTable("right", "zset", right))
        self._recount = False

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        left, right = (None if b is None or not b.num_rows else b for b in inputs)
        if right is not None and self._right_columns is not None:
            right = right.select(self._right_columns)
        if left is None and right is None:
            return None
        out: list[Batch] = []
        if self._recount:
            self._count_again(ctx)
        # The side that is not preserved goes first, so that new rows meet what they match at once.
        halves = [(RIGHT, right), (LEFT, left)] if self._show[LEFT] != NEVER else [(LEFT, left), (RIGHT, right)]
        for side, delta in halves:
            if delta is not None:
                self._state.begin(side, delta)
                out.extend(self._met(ctx, STEP))
                if (shown := self._state.finish()) is not None:
                    out.append(shown)
        if not out:
            return None
        return out[0] if len(out) == 1 else Batch.concat(out)

    def pieces(self, inputs: Sequence[Iterator[Batch]], ctx: StepContext) -> Iterator[Batch]:
        """One side is stored, the other probes and is not: the smaller one, or the right one of semi and anti joins."""
        left, right = inputs
        built, stored, probing = RIGHT, right, left
        if self._pairs:
            built, stored, probing = smaller_first(left, right)
        rows = 0
        for piece in stored:
            rows = holding(rows + piece.num_rows)
            self._state.build(built, piece if self._right_columns is None else piece.select(self._right_columns))
        for piece in probing:
            self._state.begin(1 - built, piece)
            yield from self._met(ctx, ONCE, count=self._show[built] != NEVER)
            yield from sliced(self._state.finish_probe())
        yield from sliced(self._state.finish_built(built))

    def _met(self, ctx: StepContext, mode: int, *, count: bool = False) -> Iterator[Batch]:
        """The pairs of the delta at hand that match."""
        if not self._pairs and self._residual is None:
            return  # the totals of the keys decide
        while (pairs := self._state.pairs(PIECE_ROWS)) is not None:
            ctx.check()
            if self._residual is None:
                if count:
                    self._state.keep(None, mode)
                yield pairs
                continue
            survivors = self._decide(pairs, ctx, quiet=False)
            self._state.keep(survivors, mode)
            if self._pairs and survivors.num_rows:
                yield survivors.select(range(self._width))

    def _decide(self, pairs: Batch, ctx: StepContext, *, quiet: bool) -> Batch:
        """Pairs for which the residual is true; the last column is their position."""
        assert self._residual is not None
        survivors, errors = self._residual.run(pairs.hstack(positions(pairs.num_rows)), ctx.facts)
        if not quiet and errors is not None:
            report(ctx, self.id, errors.select((1, 2)))
        return survivors

    def _count_again(self, ctx: StepContext) -> None:
        self._recount = False
        if self._residual is None:
            return
        for side in (LEFT, RIGHT):
            if self._show[side] == NEVER:
                continue
            self._state.begin_recount(side)
            while (pairs := self._state.pairs(PIECE_ROWS)) is not None:
                self._state.keep(self._decide(pairs, ctx, quiet=True), OWN)
            self._state.finish_recount()

    def drain(self) -> list[Batch | None]:
        return [self._state.drain(LEFT), self._state.drain(RIGHT)]

    def restore(self, table: int, batch: Batch) -> None:
        self._state.restore(table, batch)
        self._recount = True

    @property
    def state_rows(self) -> int:
        return self._state.rows

    @property
    def state_bytes(self) -> int:
        return self._state.nbytes


def smaller_first(left: Iterator[Batch], right: Iterator[Batch]) -> tuple[int, Iterator[Batch], Iterator[Batch]]:
    """The side with fewer rows (LEFT, or RIGHT, also of equal ones), its pieces, and those of the other side.

    Both are taken in turn until one ends, so of the larger no more is held than of the smaller.
    """
    sides, rows = (left, right), [0, 0]
    parts: tuple[list[Batch], list[Batch]] = ([], [])
    side = LEFT
    while (piece := next(sides[side], None)) is not None:
        parts[side].append(piece)
        rows[side] = holding(rows[side] + piece.num_rows)
        side = LEFT if rows[LEFT] <= rows[RIGHT] else RIGHT
    if side == LEFT and rows[LEFT] == rows[RIGHT]:
        piece = next(right, None)
        if piece is None:
            side = RIGHT
        else:
            parts[RIGHT].append(piece)
    other = 1 - side
    return side, iter(parts[side]), chain(parts[other], sides[other])

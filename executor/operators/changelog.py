"""Changes as rows: what happened to each row of the input, numbered. Nothing is ever taken back."""

from __future__ import annotations

from collections.abc import Sequence

from ...kernels.batch import Batch
from ...kernels.keys import rows_by_key
from ...kernels.types import INT2, INT8
from ...planner.physical.node import Changelog
from ..operator import Operator, StateTable, StepContext

INSERT, DELETE, UPDATE_INSERT, UPDATE_DELETE = 1, 2, 3, 4


def kinds(delta: Batch, key: tuple[int, ...]) -> list[tuple[int, Batch]]:
    """The rows of a consolidated delta by what happened to them, without weights, deletions first."""
    inserted, deleted = delta.inserted().expanded(), delta.deleted().expanded()
    parts = [(DELETE, deleted), (INSERT, inserted)]
    if key and inserted.num_rows and deleted.num_rows:
        parts = [
            (DELETE, rows_by_key(deleted, key, inserted, key, False)),
            (UPDATE_DELETE, rows_by_key(deleted, key, inserted, key, True)),
            (UPDATE_INSERT, rows_by_key(inserted, key, deleted, key, True)),
            (INSERT, rows_by_key(inserted, key, deleted, key, False)),
        ]
    return [(operation, rows.without_weights()) for operation, rows in parts if rows.num_rows]


class ChangelogOperator(Operator):
    """A deletion and an insertion of one key in one step are an update; without a key there are no updates."""

    state_tables = (StateTable("numbers", "upsert", (INT8, INT8), 1),)

    def __init__(self, id: int, node: Changelog, *, one_shot: bool) -> None:
        super().__init__(id, node.schema.types)
        self._key = node.key
        self._next = self._drained = 0

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        delta = inputs[0]
        if delta is None or not delta.num_rows:
            return None
        out = [
            rows.hstack(Batch.repeat(INT2, operation, rows.num_rows))
            for operation, rows in kinds(delta.consolidate(), self._key)
        ]
        if not out:
            return None
        whole = Batch.concat(out)
        first, self._next = self._next, self._next + whole.num_rows
        return whole.hstack(Batch.numbers(first, whole.num_rows))

    def drain(self) -> list[Batch | None]:
        if self._next == self._drained:
            return [None]
        self._drained = self._next
        return [Batch.from_rows((INT8, INT8), [(0, self._next)])]

    def restore(self, table: int, batch: Batch) -> None:
        self._next = self._drained = batch.cell(batch.num_rows - 1, 1)

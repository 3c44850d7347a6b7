"""How SUBSCRIBE tells changes: the envelope, the order within one time, progress and the end."""

from __future__ import annotations

from dataclasses import dataclass

from ...executor.operators.changelog import DELETE, INSERT, UPDATE_DELETE, UPDATE_INSERT, kinds
from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.keys import first_duplicate
from ...kernels.schema import Field, Schema
from ...kernels.sort import sorted_rows
from ...kernels.types import BOOL, INT8, TEXT

PROGRESS_MILLISECONDS = 1000  # how often an idle subscription tells that time goes on


@dataclass(frozen=True, slots=True)
class OrderBy:
    """A column among those that are told."""

    column: int
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class Telling:
    """`positions` and `columns` are what is shown of the relation, `key` places in them; times in milliseconds.

    `progress`: a row `(t, true, NULL …)` says that no change before t is still to come. `up_to`: changes from then on are
    not told, and the subscription ends. `envelope`: "" (mz_diff), upsert or debezium.
    """

    columns: tuple[Field, ...]
    positions: tuple[int, ...]
    progress: bool = False
    up_to: int | None = None
    envelope: str = ""
    key: tuple[int, ...] = ()
    order: tuple[OrderBy, ...] = ()

    @property
    def timed(self) -> bool:
        """Something is told when only time has passed."""
        return self.progress or self.up_to is not None

    @property
    def values(self) -> tuple[int, ...]:
        """The columns outside of the key."""
        return tuple(i for i in range(len(self.columns)) if i not in self.key)

    @property
    def schema(self) -> Schema:
        head = (Field("mz_timestamp", INT8), *((Field("mz_progressed", BOOL),) if self.progress else ()))
        if not self.envelope:
            return Schema((*head, Field("mz_diff", INT8), *self.columns))
        key, rest = (tuple(self.columns[i] for i in places) for places in (self.key, self.values))
        if self.envelope == "debezium":
            rest = tuple(Field(f"{side}_{f.name}", f.type) for side in ("before", "after") for f in rest)
        return Schema((*head, Field("mz_state", TEXT), *key, *rest))

    def progressed(self, time: int) -> Batch:
        """No change before `time` is still to come."""
        types = self.schema.types
        return Batch.from_rows(types, [(time, True, *(None for _ in types[2:]))])

    def rows(self, time: int, delta: Batch) -> Batch | None:
        """The changes of one time."""
        shown = delta.select(self.positions)
        if not self.envelope:
            rows = shown.weights_column().hstack(shown).without_weights()
            return self._with_head(time, sorted_rows(rows, self.order) if self.order else rows)
        shown = shown.consolidate()
        if first_duplicate(shown.inserted(), self.key) >= 0:
            raise UserError("two rows have one key", "23505", hint="Name in KEY columns that identify a row.")
        told = self._told(shown)
        return self._with_head(time, Batch.concat(told)) if told else None

    def _told(self, delta: Batch) -> list[Batch]:
        by_key = tuple(OrderBy(k, False, False) for k in self.key)  # so that old and new rows stand beside each other
        found = {operation: sorted_rows(rows, by_key) for operation, rows in kinds(delta, self.key)}
        gone, come, old, new = (found.get(x) for x in (DELETE, INSERT, UPDATE_DELETE, UPDATE_INSERT))
        sides = self.envelope == "debezium"
        out: list[Batch] = []
        if gone is not None:
            out.append(self._line("delete", gone, *((gone, None) if sides else (None,))))
        if new is not None:
            out.append(self._line("upsert", new, *((old, new) if sides else (new,))))
        if come is not None:
            out.append(self._line("insert" if sides else "upsert", come, *((None, come) if sides else (come,))))
        return out

    def _line(self, state: str, rows: Batch, *sides: Batch | None) -> Batch:
        """The state, the key, and the other columns of each side, NULL where there is none."""
        out = Batch.repeat(TEXT, state, rows.num_rows).hstack(rows.select(self.key))
        for side in sides:
            for place in self.values:
                missing = Batch.repeat(self.columns[place].type, None, rows.num_rows)
                out = out.hstack(missing if side is None else side.select((place,)))
        return out

    def _with_head(self, time: int, rows: Batch) -> Batch:
        head = Batch.repeat(INT8, time, rows.num_rows)
        if self.progress:
            head = head.hstack(Batch.repeat(BOOL, False, rows.num_rows))
        return head.hstack(rows).without_weights()

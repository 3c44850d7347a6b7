"""The operator contract: static facts, one hot method, a few lifecycle methods.

`step` takes changes, again and again; `pieces` is for a one-shot read, which goes over all rows once. An operator is made for
one of them. It is synchronous and knows no I/O, clock, thread or chance; `StepContext` is its only way out.
State is declared (`state_tables`) and handed over as batches: `drain` gives what changed since the last
drain, `restore` takes those batches back in order. The sum of all drained batches, applied in order to a
fresh operator, gives the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..kernels.batch import Batch
from ..kernels.expr.program import SessionFacts
from ..kernels.types import INT8, TEXT, SqlType
from .pieces import sliced, whole

ERROR_TYPES: tuple[SqlType, ...] = (INT8, TEXT, TEXT, TEXT)  # operator, sqlstate, message, detail


@dataclass(frozen=True, slots=True)
class StateTable:
    """One table of an operator's state.

    kind `zset`: drained batches are weighted deltas; the table is their consolidated sum.
    kind `upsert`: the first `key` columns identify a row; a later row replaces an earlier one, weight -1 deletes.
    """

    name: str
    kind: str
    types: tuple[SqlType, ...]
    key: int = 0


@dataclass(slots=True)
class StepContext:
    """One step of one dataflow. `errors` collects batches of ERROR_TYPES, weighted (retractable)."""

    epoch: int
    facts: SessionFacts
    errors: list[Batch] = field(default_factory=list)
    strict: bool = False  # one-shot SELECT and DML: the first row error is raised instead of collected
    watermarks: dict[int, int] = field(default_factory=dict)  # source column key -> microseconds, for EmitOnClose
    interrupt: Callable[[], None] | None = None  # one-shot: called between pieces, raises when cancelled
    side_by_side: Callable[[Sequence[Callable[[], Any]]], list[Any]] | None = None  # runs all, on several threads
    nanoseconds_elsewhere: int = 0  # CPU time that other threads have spent on this step

    def check(self) -> None:
        """Raise if the read has been cancelled."""
        if self.interrupt is not None:
            self.interrupt()

    def alone(self) -> StepContext:
        """The same step for one of several that run at the same time: with errors of its own."""
        return replace(self, errors=[])


class Operator:
    """Base of all operators. `step` must be overridden; stateful ones override the state methods together."""

    state_tables: tuple[StateTable, ...] = ()
    lasting = False  # one-shot: it keeps nothing of what it has seen, and may serve further reads, on any thread
    row_by_row = False  # the output for a sum of inputs is the sum of the outputs: one input, no state

    def __init__(self, id: int, types: tuple[SqlType, ...]) -> None:
        self.id = id
        self.types = types  # of the output columns

    def step(self, inputs: Sequence[Batch | None], ctx: StepContext) -> Batch | None:
        """Output delta for the input deltas (None = no change). All inputs None: time may have moved."""
        raise NotImplementedError

    def pieces(self, inputs: Sequence[Iterator[Batch]], ctx: StepContext) -> Iterator[Batch]:
        """One shot: the output for all of the inputs, both in pieces that have rows. Weights are not negative."""
        if self.row_by_row:
            for piece in inputs[0]:
                out = self.step([piece], ctx)
                if out is not None and out.num_rows:
                    yield out
            return
        yield from sliced(self.start(ctx))
        for piece in sliced(self.step([whole(i) for i in inputs], ctx)):
            ctx.check()
            yield piece

    def drain(self) -> list[Batch | None]:
        """Per state table, the changes since the last drain (None = none)."""
        return [None for _ in self.state_tables]

    def restore(self, table: int, batch: Batch) -> None:
        raise NotImplementedError

    @property
    def state_rows(self) -> int:
        return 0

    @property
    def state_bytes(self) -> int:
        return 0

    def start(self, ctx: StepContext) -> Batch | None:
        """Output before any input, asked once when the dataflow is created (Values, global aggregates)."""
        return None

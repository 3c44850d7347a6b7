"""One-shot plans: pipelines of pieces.

A view steps over changes; a SELECT goes once over all rows. Each operator takes its inputs piece by piece and gives its output piece
by piece (`Operator.pieces`), so that rows flow through filters, projections, probing joins and into aggregates without being
held, and LIMIT ends what feeds it. What needs all of its input holds it. A subplan that is used several times runs once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import tee

from ..kernels.batch import Batch
from ..planner.physical.node import Plan, Scan, SourceScan
from .build import build_operator
from .operator import Operator, StepContext
from .pieces import sliced

Input = Callable[[tuple[int, ...]], Iterable[Batch]]  # the rows of a relation, these columns of them


@dataclass(slots=True)
class Work:
    """What one operator has done."""

    rows: int = 0
    nanoseconds: int = 0


class Meter:
    """Rows and CPU time per operator, each without the operators that it asks."""

    def __init__(self) -> None:
        self.work: dict[int, Work] = {}  # by the plan node's identity
        self._now: Work | None = None
        self._since = 0

    def watch(self, plan: Plan, pieces: Iterator[Batch]) -> Iterator[Batch]:
        work = self.work.setdefault(id(plan), Work())
        while True:
            outer = self._switch(work)
            try:
                piece = next(pieces, None)
            finally:
                self._switch(outer)
            if piece is None:
                return
            work.rows += piece.num_rows
            yield piece

    def _switch(self, work: Work | None) -> Work | None:
        now = time.thread_time_ns()
        if self._now is not None:
            self._now.nanoseconds += now - self._since
        before, self._now, self._since = self._now, work, now
        return before


class Pipeline:
    """A plan to be run once. Relations that `inputs` does not name have no rows.

    `lasting`: operators by their number that runs of the same plan share; those that can be are added.
    """

    def __init__(
        self, plan: Plan, inputs: Mapping[int, Input], ctx: StepContext, meter: Meter | None = None,
        lasting: dict[int, Operator] | None = None,
    ) -> None:
        self._lasting = {} if lasting is None else lasting
        self._inputs = inputs
        self._ctx = ctx
        self._meter = meter
        self._number = 0
        self._uses: dict[int, int] = {}
        self._shared: dict[int, list[Iterator[Batch]]] = {}  # what each further use of a subplan reads
        self._count(plan)
        self._out = self._open(plan)

    def __iter__(self) -> Iterator[Batch]:
        return self._out

    def _count(self, plan: Plan) -> None:
        uses = self._uses[id(plan)] = self._uses.get(id(plan), 0) + 1
        if uses == 1:
            for child in plan.inputs:
                self._count(child)

    def _open(self, plan: Plan) -> Iterator[Batch]:
        """The rows of a plan. Operators are numbered like those of a dataflow."""
        waiting = self._shared.get(id(plan))
        if waiting is not None:
            return waiting.pop()
        inputs = [self._open(child) for child in plan.inputs]
        if isinstance(plan, (Scan, SourceScan)):
            out = self._scan(plan.relation if isinstance(plan, Scan) else plan.source, plan.columns)
        else:
            out = self._operator(plan).pieces(inputs, self._ctx)
        self._number += 1
        if self._meter is not None:
            out = self._meter.watch(plan, out)
        uses = self._uses[id(plan)]
        if uses > 1:
            out, *self._shared[id(plan)] = tee(out, uses)
        return out

    def _operator(self, plan: Plan) -> Operator:
        known = self._lasting.get(self._number)
        if known is not None:
            return known
        operator = build_operator(self._number, plan, True)
        if operator.lasting:
            self._lasting[self._number] = operator
        return operator

    def _scan(self, relation: int, columns: tuple[int, ...]) -> Iterator[Batch]:
        rows = self._inputs.get(relation)
        if rows is not None:
            for piece in rows(columns):
                self._ctx.check()
                if piece.num_rows:
                    yield piece


def at_once(plan: Plan, inputs: Mapping[int, Batch], ctx: StepContext) -> Batch | None:
    """All rows of a plan as one batch; None for none."""
    parts = list(Pipeline(plan, {relation: held(rows) for relation, rows in inputs.items()}, ctx))
    return Batch.concat(parts) if parts else None


def held(rows: Batch) -> Input:
    """Rows at hand as an input."""
    return lambda columns: sliced(rows.select(columns))

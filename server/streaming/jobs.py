"""Streaming jobs: a dataflow with what it reads and where its output goes.

States: backfilling → running ⇄ paused; failed is final until the job is dropped. A job's id is the catalog
id of its view or sink. Only the engine's thread steps a running job; a backfilling one belongs to its
backfill thread until it joins.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from ...executor.dataflow import Dataflow, fingerprint
from ...executor.operator import StepContext
from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.expr.program import SessionFacts
from ...kernels.limits import STEP_ROWS
from ...kernels.styles import PLAIN, Styles
from ...planner.physical.node import Plan

SINK = "sink"
SUBSCRIPTION = "subscription"  # kind of a job that no catalog record and no checkpoint knows
BACKFILLING, RUNNING, PAUSED, FAILED = "backfilling", "running", "paused", "failed"


@dataclass(slots=True)
class Progress:
    """Backfill progress in rows; `total` grows when sources are read."""

    done: int = 0
    total: int = 0
    started: float = 0.0


@dataclass
class Job:
    id: int
    name: str
    kind: str  # materialized_view, sink or subscription
    plan: Plan
    zone: str = "UTC"  # time zone and text forms of the session that created it
    styles: Styles = PLAIN
    partitions: int = 1
    state: str = BACKFILLING
    error: str | None = None
    progress: Progress = field(default_factory=Progress)
    rows_out: int = 0
    steps: int = 0
    waiting: list[dict[int, Batch]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.dataflow = Dataflow(self.plan, partitions=self.partitions)
        self.fingerprint = fingerprint(self.plan, self.partitions)
        self.ticks = self.dataflow.wants_ticks
        self.cuts = not self.dataflow.takes_whole_steps

    @property
    def reads(self) -> set[int]:
        return self.dataflow.relations

    def context(self, epoch: int, now: int) -> StepContext:
        """What a step may know: the epoch's time (microseconds since 1970) and the creator's settings."""
        return StepContext(
            epoch=epoch, facts=SessionFacts(now=now, clock=now, time_zone=self.zone, styles=self.styles),
            side_by_side=side_by_side if self.partitions > 1 else None,
        )  # fmt: skip

    def concerned(self, deltas: dict[int, Batch]) -> bool:
        return any(r in deltas for r in self.reads)

    def step(self, deltas: dict[int, Batch], ctx: StepContext) -> Batch | None:
        """The output delta. Large inputs are cut: any cutting gives the same sum, and steps stay bounded."""
        large = self.cuts and any(d.num_rows > STEP_ROWS for d in deltas.values())
        pieces = list(cut(deltas)) if large else [deltas]
        outs = [out for piece in pieces if (out := self.dataflow.step(piece, ctx)) is not None]
        self.steps += len(pieces)
        if not outs:
            return None
        out = outs[0] if len(outs) == 1 else Batch.concat(outs)
        if len(outs) > 1 and not out.append_only:
            out = out.consolidate()
        self.rows_out += out.num_rows
        return out

    def buffer(self, deltas: dict[int, Batch]) -> None:
        """Keep the deltas of an epoch for a backfilling job."""
        mine = {r: d for r, d in deltas.items() if r in self.reads}
        if mine:
            with self.lock:
                self.waiting.append(mine)

    def take_buffered(self) -> list[dict[int, Batch]]:
        with self.lock:
            taken, self.waiting = self.waiting, []
        return taken

    def require_readable(self) -> None:
        """55000 when the rows are not those of the query: not all there yet, or no longer kept up to date."""
        if self.state == FAILED:
            raise UserError(f'materialized view "{self.name}" has failed: {self.error}', "55000",
                            hint="Drop it and create it again; sabot.jobs tells the state of all jobs.")
        if self.state == BACKFILLING:
            raise UserError(f'materialized view "{self.name}" is still being created', "55000",
                            hint="SHOW JOBS tells how far it is; WAIT waits for it.")

    def fail(self, error: BaseException) -> None:
        self.state = FAILED
        self.error = str(error)


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="partition")


def side_by_side(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """The results of all, in order; the first error once all have ended."""
    futures = [_threads().submit(call) for call in calls]
    wait(futures)
    return [f.result() for f in futures]


def cut(deltas: dict[int, Batch]) -> Iterator[dict[int, Batch]]:
    """The same changes in pieces of at most STEP_ROWS rows, one relation after the other."""
    for relation, delta in deltas.items():
        for start in range(0, delta.num_rows, STEP_ROWS):
            yield {relation: delta.slice(start, min(STEP_ROWS, delta.num_rows - start))}


def merge_deltas(epochs: list[dict[int, Batch]]) -> dict[int, Batch]:
    """The sum of several epochs' deltas, per relation."""
    parts: dict[int, list[Batch]] = {}
    for deltas in epochs:
        for relation, batch in deltas.items():
            parts.setdefault(relation, []).append(batch)
    return {r: b[0] if len(b) == 1 else Batch.concat(b) for r, b in parts.items()}


def in_order(jobs: dict[int, Job], writes: dict[int, set[int]]) -> list[Job]:
    """Jobs so that each comes after all that it reads. `writes`: relation -> jobs whose output lands in it."""
    order: dict[int, Job] = {}
    for job_id in sorted(jobs):
        _visit(jobs[job_id], jobs, writes, order, set())
    return list(order.values())


def _visit(job: Job, jobs: dict[int, Job], writes: dict[int, set[int]], order: dict[int, Job], above: set[int]) -> None:
    """Not a closure: one that calls itself would keep dropped jobs until the next full garbage collection."""
    if job.id in order or job.id in above:
        return
    above.add(job.id)
    for relation in sorted(job.reads):
        for upstream in sorted(writes.get(relation, ())):
            if upstream in jobs:
                _visit(jobs[upstream], jobs, writes, order, above)
    order[job.id] = job

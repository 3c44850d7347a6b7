"""Filling a new job from what its inputs hold already, beside the running jobs.

A job over small inputs is filled inside the creating command's epoch. Otherwise a thread feeds the snapshot
taken at epoch E in bounded pieces, and rows of running sources up to their offsets at E; the deltas of
later epochs wait in the job's buffer. When little is left the engine takes the rest in one epoch and the job
joins the common clock. Nobody reads the job's output before that.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace

from ...executor.connectors.base import Offsets, SourceReader, SourceSpec
from ...kernels.batch import Batch
from ...kernels.errors import RetryableError, SabotError, UserError
from ...kernels.limits import BACKFILL_ROWS, INLINE_BACKFILL_ROWS
from ...kernels.store import Snapshot
from .engine import Engine
from .jobs import RUNNING, Job, merge_deltas
from .sources import RETRY_SECONDS, SourceRuntime

log = logging.getLogger("sabot.backfill")
CATCH_UP_ROWS = 50_000
CATCH_UP_ROUNDS = 50


class Backfill:
    """One backfill. Construct and `start` under the engine's lock; `done` is set when the job runs or failed.

    `on_failure` takes the creation back. `patient`: of an object that is there already; it waits for a source that is away.
    `silent`: a sink has sent what comes of the snapshot before; only its state is made again.
    """

    def __init__(
        self, engine: Engine, job: Job, on_failure: Callable[[], None], *, snapshot: bool = True, patient: bool = False,
        silent: bool = False,
    ) -> None:
        self.engine = engine
        self.job = job
        self.done: Future[None] = Future()
        self.done.set_running_or_notify_cancel()  # a session that leaves does not cancel it
        self._on_failure = on_failure
        self._patient = patient
        self._silent = silent
        self._snapshots: dict[int, Snapshot] = {}
        self._sources: dict[int, tuple[SourceRuntime, Offsets]] = {}
        self._errors: list[Batch] = []
        self._output: list[Batch] = []
        if snapshot:
            for relation in sorted(job.reads):
                stored = engine.relations.get(relation)
                if stored is not None:
                    self._snapshots[relation] = stored.snapshot()
                elif relation == engine.errors.relation_id:
                    self._snapshots[relation] = engine.errors.rows.snapshot()
                source = engine.sources.get(relation)
                if source is not None and relation not in engine.table_feeds and source.offsets:
                    self._sources[relation] = (source, dict(source.offsets))
        job.progress.total = sum(s.num_rows for s in self._snapshots.values())
        job.progress.started = engine.clock.monotonic()

    def start(self) -> None:
        if not self._sources and self.job.progress.total <= INLINE_BACKFILL_ROWS:
            deltas = {r: Batch.concat(b) for r, s in self._snapshots.items() if (b := s.batches())}
            self._feed(deltas, silent=self._silent)
            self._join()
            self.done.set_result(None)
            return
        threading.Thread(target=self._run, name=f"backfill-{self.job.name}", daemon=True).start()

    def fill_now(self) -> None:
        """Fill it before anything else happens (at the start of the server)."""
        try:
            for relation, piece in self._pieces():
                self._feed({relation: piece}, silent=self._silent)
            self._join()
        except SabotError as e:
            self.done.set_exception(e)
            return
        self.done.set_result(None)

    def _run(self) -> None:
        try:
            for relation, piece in self._pieces():
                self._feed({relation: piece}, silent=self._silent)
                self.job.progress.done += piece.num_rows
                if self.job.id not in self.engine.jobs:
                    raise self._dropped()
            for _ in range(CATCH_UP_ROUNDS):
                waiting = self.job.take_buffered()
                if not waiting:
                    break
                deltas = merge_deltas(waiting)
                self._feed(deltas)
                if sum(d.num_rows for d in deltas.values()) < CATCH_UP_ROWS:
                    break
            self.engine.submit(self._join).result()
        except BaseException as e:  # the thread's outer shell: the creating session gets the error
            if not isinstance(e, SabotError):
                log.exception("backfill of %s", self.job.name)
            self._on_failure()
            self.done.set_exception(e)
            return
        self.done.set_result(None)

    def _pieces(self) -> Iterator[tuple[int, Batch]]:
        for relation in list(self._snapshots):
            snapshot = self._snapshots.pop(relation)
            for batch in snapshot.batches():
                for start in range(0, batch.num_rows, BACKFILL_ROWS):
                    yield relation, batch.slice(start, min(BACKFILL_ROWS, batch.num_rows - start))
        for source, (runtime, until) in self._sources.items():
            spec = replace(runtime.spec, needed=self.job.dataflow.columns_of(source))
            yield from ((source, rows) for rows in self._read(spec, runtime, until))

    def _read(self, spec: SourceSpec, runtime: SourceRuntime, until: Offsets) -> Iterator[Batch]:
        """Rows of a source from its start up to `until`."""
        reader: SourceReader | None = None
        offsets: Offsets | None = None
        try:
            while reader is None or not reader.done:
                try:
                    if reader is None:
                        reader = runtime.connector.open(spec, offsets, until)
                    chunk = reader.poll(BACKFILL_ROWS, 0.1)
                except RetryableError:
                    if not self._patient or self.job.id not in self.engine.jobs:
                        raise
                    time.sleep(RETRY_SECONDS)
                    continue
                if chunk is None:
                    continue
                offsets = chunk.offsets
                if chunk.rows.num_rows:
                    self.job.progress.total += chunk.rows.num_rows
                    yield chunk.rows
        finally:
            if reader is not None:
                reader.close()

    def _feed(self, deltas: dict[int, Batch], *, silent: bool = False) -> None:
        ctx = self.job.context(self.engine.epoch, self.engine.clock.micros())
        out = self.job.step(deltas, ctx)
        self._errors += ctx.errors
        if out is None or not out.num_rows or silent:
            return
        if self.job.id in self.engine.into:
            self._output.append(out)
        elif self.job.id in self.engine.outputs:
            self.engine.outputs[self.job.id].add(self.engine.epoch, out)
        else:
            stored = self.engine.relations.get(self.job.id)
            if stored is None:
                raise self._dropped()
            stored.apply(out)

    def _dropped(self) -> UserError:
        return UserError(f'"{self.job.name}" was dropped while it was being created', "57014")

    def _join(self) -> None:
        """Under the lock: take the last deltas, publish, run."""
        self.engine.epoch += 1  # a sink may have delivered the last one already
        self.engine.dirty = True
        waiting = self.job.take_buffered()
        if waiting:
            self._feed(merge_deltas(waiting))
        self.job.state = RUNNING
        deltas: dict[int, Batch] = {}
        if self._errors:
            self.engine.note_errors(self.job.id, self._errors, deltas)
        if self._output:
            self.engine.deliver(self.job, Batch.concat(self._output).consolidate(), deltas)
        if deltas:
            self.engine.step(deltas)

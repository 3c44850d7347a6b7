"""From what the store holds to a running engine: the newest readable checkpoint, then the DML log.

A view or sink whose state is in the checkpoint under the same plan goes on from there. One that is not (it
was being created, it had failed, its plan has changed with a new version, or something that it reads is of that kind) is
filled again from its inputs as they were at the checkpoint; what a sink has sent by then is not sent again. A sink that had
failed stays so: what it owes is not known.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from ...executor.operator import StateTable
from ...kernels.errors import SabotError, UserError
from ...planner.catalog.entries import Relation
from ...storage.store import TableKey
from ..reading.planning import plan_stored
from ..sessions.temporary import remove_leftovers
from . import objects
from .backfill import Backfill
from .jobs import FAILED, PAUSED, RUNNING, Job, merge_deltas
from .relations import ROWS_OPERATOR
from .row_errors import ERRORS_RELATION
from .sinks import OUTBOX_OPERATOR

if TYPE_CHECKING:
    from ..server import Server

log = logging.getLogger("sabot.recovery")
# More than one checkpoint can be behind another. A sink has delivered epochs of the lost one: new rows must not
# take their numbers, or they would pass for delivered.
EPOCHS_PER_CHECKPOINT = 10_000_000


def recover(server: Server) -> None:
    """Restore everything; the engine's thread does not run yet."""
    engine, store = server.engine, server.store
    checkpoint = store.latest()
    manifest: dict[str, Any] = checkpoint.manifest if checkpoint is not None else {}
    if checkpoint is not None and checkpoint.fallback:
        log.error("started from an older checkpoint: %s", checkpoint.fallback)
    engine.epoch = manifest.get("epoch", 0)
    if checkpoint is not None and checkpoint.fallback:
        engine.epoch += EPOCHS_PER_CHECKPOINT
    engine.log_seq = manifest.get("log_seq", 0)
    for batch in store.blocks(TableKey(ERRORS_RELATION, ROWS_OPERATOR, 0, 0)):
        engine.errors.restore(batch)
    entries = sorted(server.catalog.snapshot.relations.values(), key=lambda r: r.id)
    for entry in entries:
        objects.open_relation(server, entry)
    restoring: list[Callable[[], None]] = [partial(_restore_rows, server, e) for e in entries if e.kind in ("table", "sequence")]
    rebuild: dict[int, tuple[Relation, bool]] = {}
    for entry in entries:
        if entry.kind in ("materialized_view", "sink"):
            restoring += _restore_job(server, entry, manifest, rebuild)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in [pool.submit(r) for r in restoring]:
            done.result()
    store.restored()
    _restore_sources(server, entries, manifest)
    engine.reorder()
    _Rebuilding(server, rebuild).go_on()
    _replay(server)
    for entry in entries:
        if entry.kind == "sequence":
            server.sequences.restore(entry)
    remove_leftovers(server)
    known = {e.id for e in server.catalog.snapshot.relations.values()} | {ERRORS_RELATION}
    for table in store.tables():
        if table.job not in known:
            engine.checkpointer.drop_state(table.job)


def _restore_rows(server: Server, entry: Relation) -> None:
    rows = server.engine.relations[entry.id].rows
    for number, run in enumerate(server.store.runs(TableKey(entry.id, ROWS_OPERATOR, 0, 0))):
        distinct = number == 0 and bool(entry.primary_key)  # with nothing before them: rows whose keys differ
        for batch in run:
            rows.restore(batch, distinct=distinct)
    server.engine.relations[entry.id].measure()


def _restore_job(
    server: Server, entry: Relation, manifest: dict[str, Any], rebuild: dict[int, tuple[Relation, bool]]
) -> list[Callable[[], None]]:
    """Make a job; gives what restores it as it stood at the checkpoint. Without that it is added to `rebuild`, silently or not."""
    engine, store = server.engine, server.store
    output = objects.open_sink(server, entry) if entry.kind == "sink" else None
    try:
        job = objects.new_job(entry, plan_stored(server, entry))
    except SabotError as e:
        log.error('"%s" can no longer be planned: %s', entry.name, e)
        return []
    engine.jobs[job.id] = job
    recorded = manifest.get("jobs", {}).get(str(entry.id))
    again = recorded != job.fingerprint or not rebuild.keys().isdisjoint(job.reads)
    failed = manifest.get("failed", {}).get(str(entry.id))
    if output is not None:
        outbox = list(store.blocks(TableKey(entry.id, OUTBOX_OPERATOR, 0, 0)))
        output.restore(outbox, store_again=again and failed is None)
    if failed is not None:
        job.fail(UserError(failed))
        return []
    if again:
        if recorded is not None:
            log.warning('"%s" has another plan than its state, or reads what has: it is filled again', entry.name)
        engine.checkpointer.drop_state(entry.id)
        engine.errors.forget(entry.id)
        rebuild[entry.id] = entry, recorded is not None and entry.kind == "sink"
        return []

    def blocks(slot: int, number: int, table: StateTable) -> Any:
        return store.blocks(TableKey(entry.id, slot, number, 0))

    job.state = PAUSED if entry.id in manifest.get("paused", ()) else RUNNING
    rows = [partial(_restore_rows, server, entry)] if entry.kind == "materialized_view" else []
    return [partial(job.dataflow.restore, blocks), *rows]


def _restore_sources(server: Server, entries: list[Relation], manifest: dict[str, Any]) -> None:
    offsets = manifest.get("sources", {})
    read = set().union(*(j.reads for j in server.engine.jobs.values())) if server.engine.jobs else set()
    for entry in entries:
        connected = entry.kind == "table" and dict(entry.options).get("connector")
        if connected or (entry.kind == "source" and entry.id in read):
            objects.start_source(server, entry, offsets.get(str(entry.id)))


def _replay(server: Server) -> None:
    """DML acknowledged after the checkpoint, one epoch per log entry."""
    engine = server.engine
    count = 0
    for seq, writes in server.store.read_log(engine.log_seq):
        known = [(r, b) for r, b in writes if r in engine.relations]
        for relation, delta in known:
            engine.relations[relation].apply(delta)
        engine.log_seq = seq
        if known:
            engine.step(merge_deltas([{r: b} for r, b in known]))
        count += 1
    if count:
        log.info("replayed %d acknowledged writes", count)


class _Rebuilding:
    """Fills jobs again, each after those that it reads; until then they can't be read."""

    def __init__(self, server: Server, jobs: dict[int, tuple[Relation, bool]]) -> None:
        self._server = server
        self._jobs = jobs  # not begun yet
        self._unfinished = set(jobs)
        # Before the first checkpoint: after one more crash the inputs would have rows that a silent sink has not sent.
        self._at_once = any(silent for _, silent in jobs.values())

    def go_on(self) -> None:
        """Begin what can begin. Under the engine's lock."""
        while ready := [id for id in self._jobs if self._unfinished.isdisjoint(self._server.engine.jobs[id].reads)]:
            for id in ready:
                self._fill(*self._jobs.pop(id))

    def _fill(self, entry: Relation, silent: bool) -> None:
        engine = self._server.engine
        job = engine.jobs[entry.id]
        broken = next((engine.jobs[r] for r in job.reads if r in engine.jobs and engine.jobs[r].state == FAILED), None)
        if broken is not None:
            job.fail(UserError(f'"{broken.name}" has failed'))
            self._unfinished.discard(entry.id)
            return
        snapshot = dict(entry.options).get("snapshot", "true") != "false"
        backfill = Backfill(engine, job, lambda: None, snapshot=snapshot, patient=True, silent=silent)
        backfill.done.add_done_callback(lambda done: self._filled(job, done))
        if self._at_once:
            backfill.fill_now()
        else:
            objects.fill_job(self._server, backfill)

    def _filled(self, job: Job, done: Future[None]) -> None:
        error = done.exception()
        if error is not None and job.id in self._server.engine.jobs:
            log.error('"%s" could not be filled again: %s', job.name, error)
            job.fail(error)
        self._unfinished.discard(job.id)
        if self._jobs and not self._at_once:
            self._server.engine.submit(self.go_on)

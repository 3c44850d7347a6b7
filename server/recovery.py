"""From what the store holds to a running engine: the newest readable checkpoint, then the DML log.

A view or sink whose state is in the checkpoint under the same plan goes on from there. One that is not (it
was being created, or its plan has changed with a new version) is filled again from its inputs.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ..executor.operator import StateTable
from ..kernels.errors import SabotError
from ..planner.catalog.entries import Relation
from ..storage.store import TableKey
from . import objects
from .captured import forms_of, partitions_of
from .jobs import PAUSED, RUNNING, Job, merge_deltas
from .planning import plan_stored
from .relations import ROWS_OPERATOR
from .row_errors import ERRORS_RELATION
from .sinks import OUTBOX_OPERATOR
from .temporary import remove_leftovers

if TYPE_CHECKING:
    from .server import Server

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
    for entry in entries:
        if entry.kind in ("table", "sequence"):
            _restore_rows(server, entry)
    rebuild = [e for e in entries if e.kind in ("materialized_view", "sink") and not _restore_job(server, e, manifest)]
    _restore_sources(server, entries, manifest)
    engine.reorder()
    _replay(server)
    for entry in entries:
        if entry.kind == "sequence":
            server.sequences.restore(entry)
    for entry in rebuild:
        _rebuild(server, entry)
    remove_leftovers(server)
    known = {e.id for e in server.catalog.snapshot.relations.values()} | {ERRORS_RELATION}
    for table in store.tables():
        if table.job not in known:
            engine.checkpointer.drop_state(table.job)


def _restore_rows(server: Server, entry: Relation) -> None:
    rows = server.engine.relations[entry.id].rows
    for batch in server.store.blocks(TableKey(entry.id, ROWS_OPERATOR, 0, 0)):
        rows.restore(batch)
    server.engine.relations[entry.id].measure()


def _restore_job(server: Server, entry: Relation, manifest: dict[str, Any]) -> bool:
    """True when the job stands as it was at the checkpoint."""
    engine, store = server.engine, server.store
    output = objects.open_sink(server, entry) if entry.kind == "sink" else None
    try:
        job = Job(entry.id, entry.name, entry.kind, plan_stored(server, entry), *forms_of(entry), partitions_of(entry))
    except SabotError as e:
        log.error('"%s" can no longer be planned: %s', entry.name, e)
        return True
    recorded = manifest.get("jobs", {}).get(str(entry.id))
    if recorded != job.fingerprint:
        if recorded is not None:
            log.warning('"%s" has another plan than its state: it is filled again', entry.name)
        engine.checkpointer.drop_state(entry.id)
        engine.errors.forget(entry.id)
        return False

    def blocks(slot: int, number: int, table: StateTable) -> Any:
        return store.blocks(TableKey(entry.id, slot, number, 0))

    job.dataflow.restore(blocks)
    if output is not None:
        output.restore(list(store.blocks(TableKey(entry.id, OUTBOX_OPERATOR, 0, 0))))
    if entry.kind == "materialized_view":
        _restore_rows(server, entry)
    job.state = PAUSED if entry.id in manifest.get("paused", ()) else RUNNING
    engine.jobs[job.id] = job
    return True


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


def _rebuild(server: Server, entry: Relation) -> None:
    try:
        plan = plan_stored(server, entry)
    except SabotError:
        return
    snapshot = dict(entry.options).get("snapshot", "true") != "false"
    backfill = objects.add_job(server, entry, plan, snapshot=snapshot, again=True)

    def report(future: Any) -> None:
        error = future.exception()
        job = server.engine.jobs.get(entry.id)
        if error is not None and job is not None:
            log.error('"%s" could not be filled again: %s', entry.name, error)
            job.fail(error)

    backfill.done.add_done_callback(report)

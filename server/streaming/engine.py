"""The stepped heart: one thread, one lock, one epoch at a time.

The thread takes what waits (commands of sessions, chunks of sources, the tick), makes DML durable, steps
every job concerned in dependency order, and publishes the epoch. Whoever holds `lock` sees one epoch.

A command is a function run under the lock. It may write to tables with `write`; it is answered after its writes are
in the log and stepped. Commands that only write share one log write and one epoch with others; all other commands
find nothing that is written and not yet stepped.
"""

from __future__ import annotations

import contextlib
import contextvars
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, NamedTuple, TypeVar

from ...executor.operator import ERROR_TYPES
from ...kernels.batch import Batch
from ...kernels.errors import FatalError, InternalError, RetryableError, SabotError, UserError
from ...kernels.limits import CHECKPOINT_INTERVAL_SECONDS, CONNECTOR_STOP_SECONDS, GROUP_COMMIT_COMMANDS, TICK_SECONDS
from ...kernels.types import INT8, TEXT
from ..observing.statistics import Statistics
from ..transactions.drafts import current
from .checkpoints import Checkpointer
from .clock import Clock
from .jobs import FAILED, RUNNING, Job, in_order
from .published import Published
from .relations import StoredRelation
from .row_errors import RowErrors
from .sinks import SinkOutput
from .sources import SourceRuntime

T = TypeVar("T")
TableInput = Callable[[Batch], tuple[Batch, list[Batch]]]  # rows → delta of the table, row errors
log = logging.getLogger("sabot.engine")


class _Command(NamedTuple):
    run: Callable[[], Any]
    future: Future[Any]
    shared: bool
    long: bool


class _Unlogged(Exception):
    """A write to a table some of whose rows are in no checkpoint and in no log: these have to be stored first."""


class Engine:
    """Owns stored relations, jobs, sources and sinks. Everything but `submit` is for the lock's holder."""

    def __init__(self, checkpointer: Checkpointer, clock: Clock) -> None:
        self.lock = threading.RLock()
        self.published = Published()
        self.clock = clock
        self.checkpointer = checkpointer
        self.relations: dict[int, StoredRelation] = {}
        self.jobs: dict[int, Job] = {}
        self.order: list[Job] = []
        self.sources: dict[int, SourceRuntime] = {}
        self.table_feeds: dict[int, TableInput] = {}  # connector tables: chunk -> table delta
        self.outputs: dict[int, SinkOutput] = {}
        self.into: dict[int, tuple[int, TableInput]] = {}  # sink -> (table, delta -> table delta)
        self.drafts: set[int] = set()  # relations and jobs that a transaction has made and not committed
        self.unlogged: set[int] = set()  # tables with rows of sources or sinks that no checkpoint may have
        self.errors = RowErrors()
        self.statistics = Statistics()
        self.epoch = 0
        self.log_seq = 0
        self.dirty = False
        self.failure: BaseException | None = None
        self._commands: deque[_Command] = deque()
        self._writes: list[tuple[int, Batch]] = []
        self._logged: int | None = None  # log entry of `_writes`, when the command has written it itself
        self._wake = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._next_checkpoint = 0.0
        self._next_tick = 0.0

    # Life

    def start(self) -> None:
        self._next_checkpoint = self.clock.monotonic() + CHECKPOINT_INTERVAL_SECONDS
        self._thread.start()

    def stop(self) -> None:
        """Stop sources, finish what waits, write a last checkpoint."""
        self._end_threads(list(self.sources.values()))
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join(60)
        if self.failure is None:
            with self.lock:
                self.checkpoint(wait=True)
        self._end_threads(list(self.outputs.values()))
        self.checkpointer.close()

    def _end_threads(self, running: Sequence[SourceRuntime | SinkOutput]) -> None:
        """Those that wait for a broker are left behind: offsets and outboxes are known."""
        for one in running:
            one.stop()
        deadline = self.clock.monotonic() + CONNECTOR_STOP_SECONDS
        for one in running:
            one.join(max(0.0, deadline - self.clock.monotonic()))

    def submit(self, command: Callable[[], T], *, shared: bool = False, long: bool = False) -> Future[T]:
        """Run `command` under the lock; the result after it is durable. `shared`: it only writes. `long`: perhaps many rows."""
        future: Future[T] = Future()
        command = partial(contextvars.copy_context().run, command)
        with self._wake:
            if self._stopping or self.failure is not None:
                reason = f": {self.failure}" if self.failure else ""
                future.set_exception(FatalError(f"the server is shutting down{reason}", "57P01"))
                return future
            self._commands.append(_Command(command, future, shared, long))
            self._wake.notify()
        return future

    def wake(self) -> None:
        with self._wake:
            self._wake.notify()

    # What commands call

    def write(self, relation: int, delta: Batch) -> None:
        """Change a table's rows; logged, stepped and undone with the command's group."""
        if delta.num_rows == 0:
            return
        self.require_logged((relation,))
        self.statistics.wrote(relation, delta)
        self._change(relation, delta)
        self._writes.append((relation, delta))

    def require_logged(self, relations: Iterable[int]) -> None:
        """Before the first write: the command runs again once all rows of these tables are stored."""
        if not self.unlogged.isdisjoint(relations):
            raise _Unlogged

    def log_with(self, write: Callable[[list[tuple[int, Batch]]], int]) -> None:
        """Make the command's writes durable now, with something else; `write` gives the log's sequence number."""
        self._logged = write(self._writes)

    def undo_writes(self) -> None:
        """Undo what the command, which shares with no other, has written."""
        self._undo(0)

    def find(self, relation: int) -> StoredRelation | None:
        """A relation's rows, as the running statement's transaction has altered it."""
        draft = current()
        if draft is not None and relation in draft.stores:
            return draft.stores[relation]
        return self.relations.get(relation)

    def stored(self, relation: int) -> StoredRelation:
        found = self.find(relation)
        if found is None:
            raise UserError("a relation of this statement was dropped while it was prepared", "42P01")
        return found

    def add_job(self, job: Job) -> None:
        self.jobs[job.id] = job
        self.reorder()

    def remove_job(self, job_id: int) -> None:
        self.jobs.pop(job_id, None)
        self.into.pop(job_id, None)
        output = self.outputs.pop(job_id, None)
        if output is not None:
            output.stop()
        self.errors.forget(job_id)
        self.reorder()

    def reorder(self) -> None:
        writes: dict[int, set[int]] = {j: {j} for j in self.jobs}
        for sink, (table, _) in self.into.items():
            writes.setdefault(table, set()).add(sink)
        writes[self.errors.relation_id] = set(self.jobs) - self._reading_errors(writes)
        self.order = in_order(self.jobs, writes)
        for source in self.sources:
            self.need_columns(source)

    def _reading_errors(self, writes: dict[int, set[int]]) -> set[int]:
        """Jobs over the errors relation, and over what they make: they come after all that may have errors."""
        found: set[int] = set()
        made = {self.errors.relation_id}
        while more := {j.id for j in self.jobs.values() if j.id not in found and made & set(j.reads)}:
            found |= more
            made |= {relation for relation, jobs in writes.items() if jobs & more}
        return found

    def need_columns(self, source: int) -> None:
        """Tell a source what is read of it. A connector table keeps everything."""
        if source not in self.table_feeds:
            self.sources[source].need(frozenset().union(*(j.dataflow.columns_of(source) for j in self.jobs.values())))

    def step(self, deltas: dict[int, Batch], *, tick: bool = False) -> None:
        """One epoch: step every running job concerned, publish, buffer for backfilling ones."""
        self.epoch += 1
        self.dirty = True
        now = self.clock.micros()
        self.published.expect(max((d.num_rows for d in deltas.values()), default=0))
        for job in self.order:
            if job.state != RUNNING or not (job.concerned(deltas) or (tick and job.ticks)):
                continue
            ctx = job.context(self.epoch, now)
            try:
                out = job.step(deltas, ctx)
                if ctx.errors:
                    self.note_errors(job.id, ctx.errors, deltas)
                if out is not None and out.num_rows:
                    self.deliver(job, out, deltas)
            except Exception as e:  # a job's outer shell: it fails alone and says so
                log.exception("job %s failed", job.name)
                job.fail(e)
        self.dispatch(deltas)

    def deliver(self, job: Job, out: Batch, deltas: dict[int, Batch]) -> None:
        """A job's output delta: into its view, its sink's outbox, or the table it feeds."""
        if job.id in self.into:
            table, convert = self.into[job.id]
            delta, refused = convert(out)
            if refused:
                self.note_errors(job.id, refused, deltas)
            if delta.num_rows:
                self._change(table, delta)
                self.unlogged.add(table)
                _add(deltas, table, delta)
        elif job.id in self.outputs:
            self.outputs[job.id].add(self.epoch, out)
        else:
            self._change(job.id, out)
            _add(deltas, job.id, out)

    def dispatch(self, deltas: dict[int, Batch]) -> None:
        """Hand the epoch's deltas to subscribers and backfilling jobs."""
        time = self.clock.micros() // 1000
        for relation, delta in deltas.items():
            stored = self.relations.get(relation)
            if stored is not None:
                stored.publish(time, delta)
        for job in self.jobs.values():
            if job.state not in (RUNNING, FAILED):
                job.buffer(deltas)

    def note_errors(self, job: int, batches: list[Batch], deltas: dict[int, Batch]) -> None:
        delta = self.errors.add(job, Batch.concat(batches))
        _add(deltas, self.errors.relation_id, delta)

    def _change(self, relation: int, delta: Batch) -> None:
        stored = self.relations[relation]
        self.published.before_change(stored, delta.num_rows)
        stored.apply(delta)

    # The thread

    def _run(self) -> None:
        try:
            while True:
                self._wait()
                group = self._take_commands()
                if group:
                    self._run_group(group)
                self._step_sources()
                self._keep_time()
                with self._wake:
                    if self._stopping and not self._commands:
                        return
        except BaseException as e:
            log.critical("the engine stopped: %s", e, exc_info=True)
            self.failure = e
            with self._wake:
                left, self._commands = list(self._commands), deque()
            for command in left:
                if command.future.set_running_or_notify_cancel():
                    command.future.set_exception(InternalError(f"the engine stopped: {e}"))

    def _wait(self) -> None:
        with self._wake:
            if self._commands or self._stopping or any(s.waiting for s in self.sources.values()):
                return
            # One-row steps when idle: a change is taken as soon as it comes.
            self._wake.wait(self._idle_seconds())

    def _idle_seconds(self) -> float | None:
        now = self.clock.monotonic()
        waits = []
        if self.dirty or self.checkpointer.retrying:
            waits.append(self._next_checkpoint - now)
        if any(j.ticks for j in self.order):
            waits.append(self._next_tick - now)
        return max(0.0, min(waits)) if waits else None

    def _take_commands(self) -> list[_Command]:
        """One, or several that share. Not those that somebody has cancelled; from here on nobody can."""
        group: list[_Command] = []
        with self._wake:
            while self._commands and len(group) < GROUP_COMMIT_COMMANDS:
                command = self._commands[0]
                alone = command.long or not command.shared
                if group and alone:
                    break
                self._commands.popleft()
                if command.future.set_running_or_notify_cancel():
                    group.append(command)
                    if alone:
                        break
        return group

    def _run_group(self, group: list[_Command]) -> None:
        finished: list[tuple[Future[Any], Any]] = []
        again: list[_Command] = []
        with self.lock, self.published.step(long=group[0].long) if group[0].shared else contextlib.nullcontext():
            for command in group:
                future, mark = command.future, len(self._writes)
                try:
                    finished.append((future, command.run()))
                except _Unlogged:
                    self._undo(mark)
                    again.append(command)
                except BaseException as e:  # handed to the session that asked
                    self._undo(mark)
                    future.set_exception(e)
            try:
                self._commit_writes()
            except SabotError as e:
                self._undo(0)
                for future, _ in finished:
                    future.set_exception(e)
                finished = []
        for future, result in finished:
            future.set_result(result)
        for command in again:
            self._run_stored(command)

    def _run_stored(self, command: _Command) -> None:
        """Run a command on rows that are all in a checkpoint, so that the log's changes of them can be replayed."""
        with self.lock:
            self.checkpoint(wait=True)
            if self.checkpointer.error is not None:
                command.future.set_exception(RetryableError(self.checkpointer.error, "53100"))
                return
            self.unlogged.clear()
            self._run_group([command._replace(shared=False)])

    def _commit_writes(self) -> None:
        if not self._writes:
            self._logged = None
            return
        self.log_seq = self.checkpointer.append_log(self._writes) if self._logged is None else self._logged
        self._logged = None
        deltas: dict[int, Batch] = {}
        for relation, delta in self._writes:
            _add(deltas, relation, delta)
        self._writes = []
        self.step(deltas)

    def _undo(self, mark: int) -> None:
        while len(self._writes) > mark:
            relation, delta = self._writes.pop()
            with contextlib.suppress(KeyError):
                self._change(relation, delta.negate())
                self.relations[relation].measure()

    def _step_sources(self) -> None:
        if not any(s.waiting for s in self.sources.values()):
            return
        with self.lock, self.published.step():
            deltas: dict[int, Batch] = {}
            for source in list(self.sources.values()):
                rows, errors = source.take()
                if errors is not None:
                    self.note_errors(source.id, [_source_errors(errors)], deltas)
                if rows is None:
                    continue
                feed = self.table_feeds.get(source.id)
                if feed is not None:
                    rows, refused = feed(rows)
                    if refused:
                        self.note_errors(source.id, refused, deltas)
                    if rows.num_rows:
                        self._change(source.id, rows)
                        self.unlogged.add(source.id)
                if rows.num_rows:
                    _add(deltas, source.id, rows)
            self.step(deltas)

    def _keep_time(self) -> None:
        now = self.clock.monotonic()
        if now >= self._next_tick and any(j.ticks for j in self.order):
            self._next_tick = now + TICK_SECONDS
            with self.lock, self.published.step():
                self.step({}, tick=True)
        if now >= self._next_checkpoint:
            self._next_checkpoint = now + CHECKPOINT_INTERVAL_SECONDS
            if self.dirty or self.checkpointer.retrying:
                with self.lock, self.published.step():
                    self.checkpoint(wait=CHECKPOINT_INTERVAL_SECONDS == 0)

    def checkpoint(self, *, wait: bool = False) -> None:
        """Collect what changed since the last checkpoint and write it off the step path."""
        if wait or self.dirty or self.checkpointer.retrying:
            self.dirty = not self.checkpointer.collect(self, wait=wait)
        if wait:
            self.checkpointer.finish()


def _add(deltas: dict[int, Batch], relation: int, delta: Batch) -> None:
    old = deltas.get(relation)
    deltas[relation] = delta if old is None else Batch.concat([old, delta])


def _source_errors(errors: Batch) -> Batch:
    """(sqlstate, message, detail) of a connector as rows of ERROR_TYPES with operator -1."""
    operator = Batch.repeat(INT8, -1, errors.num_rows)
    assert ERROR_TYPES == (INT8, TEXT, TEXT, TEXT)
    return operator.hstack(errors.select((0, 1, 2)))

"""SELECT, VALUES, INSERT, UPDATE, DELETE, TRUNCATE."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from ...kernels.batch import Batch
from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.program import SessionFacts
from ...kernels.keys import rows_by_key
from ...kernels.limits import LONG_STEP_ROWS
from ...kernels.schema import Schema
from ...kernels.store import Snapshot
from ...pgwire.session_api import CopyFormat
from ...planner.catalog.entries import Relation
from ...planner.catalog.sequence import definition_of
from ...planner.physical.dml import PlannedDelete, PlannedDml, PlannedInsert, PlannedUpdate
from ...planner.physical.node import Plan
from ...planner.physical.substitute import substitute, with_counts
from ...planner.sql import statements as ast
from ...planner.with_changes import PlannedWith, has_changes
from ..reading.calls_per_row import called
from ..reading.executions import Done, Rows
from ..reading.lookups import Lookup
from ..reading.planning import Kept, PlannedQuery, WithParameters, planned_per_row
from ..reading.producer import Producer
from ..reading.reads import (
    Bound,
    Interrupt,
    Shapes,
    Stored,
    is_quick,
    looked_up,
    pieces,
    prepare_inputs,
    rows_read,
    run,
    shape_of,
)
from ..sessions.authorization import require_relation
from ..sessions.session_functions import slept
from ..transactions import drafts
from ..transactions.locks import Stale
from ..transactions.transaction import NO_VERSION, Pinned, Transaction, concurrent_update
from ..transactions.writes import NONE
from ..writing.dml import DmlResult, TableAccess, execute, refuse_append_only
from ..writing.foreign_keys import enforce
from ..writing.many_rows import for_rows
from . import called as called_functions
from . import called_once
from .locking import locks_rows, select_locking

if TYPE_CHECKING:
    from ..sessions.session import PreparedStatement, Session

PATIENCE_SECONDS = 0.3  # looking up after a step beats going through all rows beside it …
LONG_PATIENCE_SECONDS = 0.01  # … if it is not known to be long


def parameter_values(parameters: Batch | None) -> dict[int, Any]:
    """$n → value."""
    return {} if parameters is None else {i + 1: v for i, v in enumerate(parameters.to_rows()[0])}


async def select(
    session: Session, statement: ast.Query, parameters: Batch | None, prepared: PreparedStatement | None
) -> Done:
    if locks_rows(statement):
        return await select_locking(session, statement, parameters, prepared)
    in_blocks = per_row = None
    try:
        found = session.planned(statement, prepared.parameter_oids if prepared is not None else ())
    except Unsupported:
        in_blocks = called_functions.split(session, statement)
        per_row = None if in_blocks is not None else planned_per_row(session, statement, prepared.parameter_oids if prepared is not None else ())
        if in_blocks is None and per_row is None:
            once = await called_once.settled(session, statement, parameters)
            if once is None:
                raise
            return await select(session, once, parameters, prepared)
    if in_blocks is not None:
        return await called_functions.run(session, *in_blocks, parameters, prepared)
    if per_row is not None:
        first, _, names = per_row
        arguments = await read(session, Bound.of(bind(session, first.physical, parameters)))
        return await called(session, names, first.schema, arguments)
    planned, engine = found.plan, session.server.engine
    if isinstance(planned, PlannedWith):
        from .with_changes import with_changes

        return await with_changes(session, statement, parameters, prepared, "SELECT")
    assert isinstance(planned, PlannedQuery)
    transaction = session.transaction
    if found.point is not None and (transaction is None or not transaction.one_epoch) and engine.lock.acquire(blocking=False):
        try:
            engine.statistics.of(found.point.relation).lookups += 1
            return Rows(planned.schema, found.point.rows(session, parameters))
        finally:
            engine.lock.release()
    bound = _bound(session, found, planned.physical, parameters)
    await slept(session)
    return await answer(session, bound, planned.schema)


def _bound(session: Session, found: WithParameters, plan: Plan, parameters: Batch | None) -> Bound:
    """A query with its parameters and the session's facts."""
    kept = found.kept
    if kept is None or (kept.parameters and parameters is None):
        return Bound.of(bind(session, plan, parameters))
    plan = with_counts(kept.plan, parameter_values(parameters)) if kept.counts else kept.plan
    return Bound(plan, kept.shapes.of(kept.plan), _values(session, kept, parameters))


def _values(session: Session, kept: Kept, parameters: Batch | None) -> Batch | None:
    if not kept.facts:
        return parameters
    facts = Batch.from_rows([f.type for f in kept.facts], [[session.context_value(f) for f in kept.facts]])
    return facts if parameters is None else parameters.hstack(facts)


def bind(session: Session, plan: Any, parameters: Batch | None) -> Any:
    """A plan with its parameters and the session's facts as literals."""
    return substitute(plan, parameter_values(parameters), session.context_value)


async def answer(session: Session, bound: Bound, schema: Schema, verb: str = "SELECT", *, copy: CopyFormat | None = None) -> Rows:
    """Run a one-shot plan for a reader: what it gives first is there, a long rest is still being made."""
    inputs, facts = await _inputs(session, bound), session.facts(bound.values)
    producer = Producer(session, lambda check: pieces(bound, inputs, facts, check, session.server.read_source))
    spool = await producer.begin(quick=_is_quick(bound, inputs))
    return Rows(schema, spool, verb, copy=copy, producer=None if producer.ended else producer)


async def read(session: Session, bound: Bound) -> Batch | None:
    """All rows of a one-shot plan; what it drew from sequences is durable when it returns."""
    inputs, facts = await _inputs(session, bound), session.facts(bound.values)
    server, check = session.server, session.interrupt.check
    if _is_quick(bound, inputs):
        rows = run(bound, inputs, facts, check)
    else:
        rows = await server.in_reader(lambda: run(bound, inputs, facts, check, server.read_source))
    await server.sequences.flush(session)
    return rows


def _is_quick(bound: Bound, inputs: Mapping[int, Stored]) -> bool:
    """Small reads run on the event loop, others on a thread of their own."""
    return is_quick(bound.shape, sum(i.size() for i in inputs.values()))


async def _inputs(session: Session, bound: Bound) -> dict[int, Stored]:
    """What the plan reads, at one epoch."""
    engine = session.server.engine
    if engine.lock.acquire(blocking=False):
        try:
            inputs = take_inputs(session, bound)
        finally:
            engine.lock.release()
    else:
        found = published_inputs(session, bound, patient=True)
        inputs = found if found is not None else await session.server.in_worker(lambda: _inputs_in_time(session, bound))
    return inputs


def take_inputs(session: Session, bound: Bound, rows: Mapping[int, Batch] | None = None) -> dict[int, Stored]:
    """One epoch of what the plan reads, with the transaction's own writes. Under the lock."""
    system = session.server.system_rows(session)

    def given(relation: int) -> Batch | None:
        return rows[relation] if rows and relation in rows else system(relation)

    transaction = session.transaction
    engine = session.server.engine
    overlay = transaction.writes if transaction is not None else NONE
    pinned = None
    if transaction is not None and transaction.one_epoch:
        pinned = transaction.pin(engine)
    inputs = prepare_inputs(engine, bound, overlay, given, session.server.indexed(), pinned)
    engine.statistics.read(inputs)
    if pinned is not None and transaction is not None:
        transaction.read.update(pinned.keys() & inputs.keys())
    return inputs


def _inputs_in_time(session: Session, bound: Bound) -> dict[int, Stored]:
    """Wait for the step that is under way; for a long one only where what was before is not known."""
    engine = session.server.engine
    if not engine.lock.acquire(timeout=LONG_PATIENCE_SECONDS if engine.published.long else PATIENCE_SECONDS):
        found = published_inputs(session, bound, patient=False)
        if found is not None:
            return found
        engine.lock.acquire()
    try:
        return take_inputs(session, bound)
    finally:
        engine.lock.release()


def published_inputs(session: Session, bound: Bound, *, patient: bool) -> dict[int, Stored] | None:
    """What the plan reads as it was before the step that is under way, without the lock. None: wait for the step.

    `patient`: rather than to go through all rows of a relation whose keys are known.
    """
    engine, transaction = session.server.engine, session.transaction
    if drafts.current() is not None or (transaction is not None and transaction.one_epoch):
        return None
    relations = bound.shape.scans
    stored = [s for s in map(engine.find, relations) if s is not None]
    if len(stored) < len(relations):  # system relations show the step itself
        return None
    own, indexed = transaction.writes if transaction is not None else NONE, session.server.indexed()

    def take(snapshots: dict[int, Snapshot], unchanged: set[int]) -> dict[int, Stored] | None:
        pinned = {r: Pinned(s, engine.stored(r).version if r in unchanged else NO_VERSION) for r, s in snapshots.items()}
        inputs = prepare_inputs(engine, bound, own, lambda _: None, indexed, pinned, Lookup.find_beside)
        if patient and any(inputs[r].rows is None for r in looked_up(engine, bound, indexed)):
            return None
        return inputs

    return engine.published.reading(stored, take) if stored else {}


class LiveTables(TableAccess):
    """Tables as they are inside an engine command (autocommit)."""

    def __init__(
        self, session: Session, facts: SessionFacts, interrupt: Interrupt, shapes: Shapes | None = None, values: Batch | None = None
    ) -> None:
        self._session = session
        self._facts = facts
        self._interrupt = interrupt
        self._shapes = shapes
        self._values = values

    def relation(self, relation: int) -> Relation:
        found = self._session.server.catalog.snapshot.relations.get(relation)
        if found is None:
            raise UserError("the table was dropped meanwhile", "42P01")
        return found

    def read(self, plan: Plan, rows: Mapping[int, Batch] | None = None) -> Batch | None:
        server = self._session.server
        bound = Bound(plan, shape_of(plan) if self._shapes is None else self._shapes.of(plan), self._values)
        inputs = take_inputs(self._session, bound, rows)
        return run(bound, inputs, self._facts, self._interrupt.check, server.read_source)

    def on_time(self, relation: int, rows: Batch) -> Batch:
        return self._session.server.engine.stored(relation).on_time(rows)

    def lookup(self, relation: int, key: tuple[int, ...], keys: Batch) -> Batch:
        return self._session.server.engine.stored(relation).rows.lookup_by(key, keys)

    def deferred(self, relation: Relation) -> frozenset[str]:
        transaction = self._session.transaction
        return frozenset() if transaction is None else transaction.deferred(relation)

    def claim(self, relation: int, rows: Batch) -> None:
        """What was read under the lock is there."""


class TransactionTables(LiveTables):
    """Tables as a transaction sees them: its snapshot plus its own writes. Under the lock."""

    def lookup(self, relation: int, key: tuple[int, ...], keys: Batch) -> Batch:
        transaction = self._session.transaction
        pinned = transaction.pinned if transaction is not None else None
        pin = pinned.get(relation) if pinned is not None else None
        if pin is None or pin.version == self._session.server.engine.stored(relation).version:
            committed = super().lookup(relation, key, keys)
        else:
            everything = tuple(range(keys.num_columns))
            parts = [rows_by_key(b, key, keys, everything, True) for b in pin.snapshot.batches()]
            committed = Batch.concat(parts) if parts else super().lookup(relation, key, keys.slice(0, 0))
        mine = transaction.writes.lookup(relation, key, keys) if transaction is not None else None
        return committed if mine is None else Batch.concat([committed, mine]).consolidate()

    def claim(self, relation: int, rows: Batch) -> None:
        transaction = self._session.transaction
        assert transaction is not None
        key = self.relation(relation).primary_key
        own = transaction.writes.lookup(relation, key, rows.select(key)) if key else transaction.writes.get(relation)
        if own is not None:
            rows = Batch.concat([rows, own.inserted().negate()]).consolidate().inserted()
        if rows.num_rows and not self._session.server.engine.stored(relation).rows.contains(rows):
            raise concurrent_update()


_TAGS = {ast.Insert: "INSERT 0", ast.InsertValues: "INSERT 0", ast.Update: "UPDATE", ast.Delete: "DELETE",
         ast.Merge: "MERGE"}


async def modify(
    session: Session, statement: ast.Insert | ast.InsertValues | ast.Update | ast.Delete | ast.Merge,
    parameters: Batch | None, prepared: PreparedStatement | None,
) -> Done:
    """INSERT, UPDATE, DELETE, MERGE."""
    try:
        return await _modify(session, statement, parameters, prepared)
    except Unsupported:
        once = await called_once.settled(session, statement, parameters)
        if once is None:
            raise
        return await _modify(session, once, parameters, prepared)


async def _modify(
    session: Session, statement: ast.Insert | ast.InsertValues | ast.Update | ast.Delete | ast.Merge,
    parameters: Batch | None, prepared: PreparedStatement | None,
) -> Done:
    verb = _TAGS[type(statement)]
    session.require_writable(verb.split()[0])
    schema: Schema | None = None
    if not isinstance(statement, ast.InsertValues) and has_changes(statement.tree):
        from .with_changes import with_changes

        return await with_changes(session, statement, parameters, prepared, verb)

    def plan() -> BoundDml:
        nonlocal schema
        found = session.planned(statement, prepared.parameter_oids if prepared is not None else ())
        planned, kept = found.plan, found.kept
        assert not isinstance(planned, (PlannedQuery, PlannedWith))
        schema = planned.returning_schema
        if kept is None or kept.counts or (kept.parameters and parameters is None):
            return BoundDml(bind(session, planned, parameters))
        if parameters is not None and parameters.num_rows > 1:
            return BoundDml(for_rows(kept, parameters), values=_values(session, kept, parameters.slice(0, 1)))
        return BoundDml(kept.plan, kept.shapes, _values(session, kept, parameters))

    result = await write(session, plan)
    if result.returned is not None:
        assert schema is not None
        return Rows(schema, result.returned, verb, count=result.count)
    return Done(f"{verb} {result.count}")


@dataclass(frozen=True, slots=True)
class BoundDml:
    """DML that can be executed: `values` are those of the parameters that are left in it."""

    dml: PlannedDml
    shapes: Shapes = field(default_factory=Shapes)
    values: Batch | None = None

    @property
    def input(self) -> Bound:
        return Bound(self.dml.input, self.shapes.of(self.dml.input), self.values)


async def write(session: Session, plan: Callable[[], BoundDml]) -> DmlResult:
    """Execute DML: at once and durably, or into the open transaction. Waits for those who wrote the same rows.

    It is planned anew when the catalog has changed before it comes to be executed.
    """
    server = session.server
    return await server.locks.until_free(session, lambda: _write(session, server.catalog.snapshot.version, plan()))


async def _write(session: Session, version: int, bound: BoundDml) -> DmlResult:
    server, engine, facts, interrupt = session.server, session.server.engine, session.facts(bound.values), session.interrupt
    transaction, dml = session.transaction, bound.dml
    if transaction is None:
        access = LiveTables(session, facts, interrupt, bound.shapes, bound.values)

        def command() -> DmlResult:
            if server.catalog.snapshot.version != version:
                raise Stale
            result = execute_step(session, dml, access, facts)
            for relation, delta in enforce(session, result, access, facts):
                server.locks.check(access.relation(relation), delta, None)
                engine.write(relation, delta)
            server.sequences.write(session.sequences.take_touched())
            return result

        return await asyncio.wrap_future(engine.submit(command, shared=True, long=_may_be_long(session, bound)))

    def work() -> DmlResult:
        access = TransactionTables(session, facts, interrupt, bound.shapes, bound.values)
        with engine.lock, engine.published.step():
            if server.catalog.snapshot.version != version:
                raise Stale
            result = execute_step(session, dml, access, facts)
            deltas = enforce(session, result, access, facts)
            for relation, delta in deltas:  # all or none: a conflict starts the statement again
                server.locks.check(access.relation(relation), delta, transaction)
            for relation, delta in deltas:
                hold(session, transaction, access.relation(relation), delta)
        return result

    result = None
    if engine.lock.acquire(blocking=False):  # a little is done here and now
        try:
            if _writes_little(session, transaction, bound):
                result = work()
        finally:
            engine.lock.release()
    if result is None:
        result = await server.in_worker(work)
    await server.sequences.flush(session)
    return result


def _may_be_long(session: Session, bound: BoundDml) -> bool:
    """Whether the statement may go through many rows, as far as can be told beside a step."""
    read = bound.input
    rows = None if read.shape.multiplies else rows_read(session.server.engine, read, NONE, session.server.indexed())
    return rows is None or rows >= LONG_STEP_ROWS


def _drafted() -> bool:
    """Whether the running statement sees another catalog than others do."""
    draft = drafts.current()
    return draft is not None and bool(draft.operations)


def _writes_little(session: Session, transaction: Transaction, bound: BoundDml) -> bool:
    """Whether the statement goes through a few rows only. Under the engine's lock."""
    server = session.server
    dml, read = bound.dml, bound.input
    entry = server.catalog.snapshot.relations.get(dml.relation)
    if entry is None or entry.foreign_keys or server.references().get(entry.id) or transaction.one_epoch or _drafted():
        return False
    if not isinstance(dml, PlannedDelete) and not (isinstance(dml, (PlannedInsert, PlannedUpdate)) and not dml.constraints.rules):
        return False
    rows = rows_read(server.engine, read, transaction.writes, server.indexed())
    return rows is not None and is_quick(read.shape, rows)


def execute_step(session: Session, dml: PlannedDml, access: TableAccess, facts: SessionFacts) -> DmlResult:
    """Run planned DML over tables; a key that is taken by rows that others delete is worth waiting for."""
    try:
        return execute(dml, access, facts)
    except UserError as e:
        if e.sqlstate == "23505":
            session.server.locks.check_deleted(access.relation(dml.relation), session.transaction)
        raise


def hold(session: Session, transaction: Transaction, relation: Relation, delta: Batch) -> None:
    """Add to a transaction's writes, or Conflict. Under the engine's lock."""
    if delta.num_rows:
        session.server.locks.check(relation, delta, transaction)
        transaction.writes.add(relation.id, delta)
        session.server.locks.hold(transaction)


async def truncate(session: Session, statement: ast.Truncate, parameters: Any, prepared: Any) -> Done:
    session.require_writable("TRUNCATE TABLE")
    server = session.server
    entries = [server.resolve(session, name, ("table",)) for name in dict.fromkeys(statement.tables)]
    for entry in entries:
        require_relation(session, entry, "D")
        refuse_append_only(entry, "TRUNCATE")
    referring = server.references()
    for entry in entries:  # grows with CASCADE
        for child, _ in referring.get(entry.id, ()):
            if child.id in {e.id for e in entries}:
                continue
            if not statement.cascade:
                raise UserError(
                    "cannot truncate a table referenced in a foreign key constraint", "0A000",
                    detail=f'Table "{child.name}" references "{entry.name}".',
                    hint=f'Truncate table "{child.name}" at the same time, or use TRUNCATE ... CASCADE.',
                )
            require_relation(session, child, "D")
            session.notice("NOTICE", "00000", f'truncate cascades to table "{child.name}"')
            entries.append(child)
    engine = server.engine
    owned = [
        s for s in server.catalog.snapshot.relations.values()
        if statement.restart_identity and s.kind == "sequence" and s.on in {e.id for e in entries}
    ]

    def rows(relation: int, own: Mapping[int, Batch]) -> Batch | None:
        parts = engine.stored(relation).snapshot().batches()
        mine = own.get(relation)
        everything = Batch.concat([*parts, *([mine] if mine is not None else [])]) if parts or mine else None
        return everything.consolidate() if everything is not None else None

    def command() -> None:
        for entry in entries:
            if (found := rows(entry.id, {})) is not None:
                server.locks.check(entry, found, None)
                engine.write(entry.id, found.negate())
        restart()

    def restart() -> None:
        for sequence in owned:
            server.sequences.define(sequence, definition_of(sequence).first)
        server.sequences.write([s.id for s in owned])

    def work(transaction: Transaction) -> None:
        with engine.lock:
            for entry in entries:
                if (found := rows(entry.id, transaction.writes)) is not None:
                    hold(session, transaction, entry, found.negate())

    async def attempt() -> None:
        if session.transaction is None:
            await asyncio.wrap_future(engine.submit(command))
        else:
            await server.in_worker(partial(work, session.transaction))
            if owned:
                await asyncio.wrap_future(engine.submit(restart))

    await server.locks.until_free(session, attempt)
    return Done("TRUNCATE TABLE")



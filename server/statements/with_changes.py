"""Data-changing statements in WITH, and the statement that they belong to, as one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.expr.program import SessionFacts
from ...kernels.keys import rows_by_key
from ...planner.catalog.entries import Relation
from ...planner.physical.dml import PlannedDml
from ...planner.physical.node import Plan
from ...planner.pipeline import PlannedQuery
from ...planner.sql import statements as ast
from ...planner.with_changes import PlannedWith
from ..reading.executions import Done, Rows
from ..transactions.locks import Stale
from ..writing.dml import DmlResult, TableAccess
from ..writing.foreign_keys import enforce
from .query import LiveTables, TransactionTables, bind, execute_step, hold

if TYPE_CHECKING:
    from ..sessions.session import PreparedStatement, Session


class StepTables(TableAccess):
    """Tables as the statements of one WITH clause see them: all read the same rows, constraints count what each wrote."""

    def __init__(self, inner: LiveTables) -> None:
        self._inner = inner
        self.rows: dict[int, Batch] = {}  # what the statements returned
        self.deltas: dict[int, Batch] = {}

    def relation(self, relation: int) -> Relation:
        return self._inner.relation(relation)

    def read(self, plan: Plan, rows: Mapping[int, Batch] | None = None) -> Batch | None:
        return self._inner.read(plan, {**self.rows, **(rows or {})})

    def on_time(self, relation: int, rows: Batch) -> Batch:
        return self._inner.on_time(relation, rows)

    def deferred(self, relation: Relation) -> frozenset[str]:
        return self._inner.deferred(relation)

    def claim(self, relation: int, rows: Batch) -> None:
        self._inner.claim(relation, rows)

    def lookup(self, relation: int, key: tuple[int, ...], keys: Batch) -> Batch:
        found = self._inner.lookup(relation, key, keys)
        own = self.deltas.get(relation)
        if own is None:
            return found
        return Batch.concat([found, rows_by_key(own, key, keys, tuple(range(keys.num_columns)), True)]).consolidate()

    def add(self, relation: int, delta: Batch) -> None:
        """27000 for a row that two statements change."""
        old = self.deltas.get(relation)
        if old is None:
            self.deltas[relation] = delta
            return
        every = tuple(range(delta.num_columns))
        gone = delta.consolidate().deleted()
        if gone.num_rows and rows_by_key(gone, every, old.deleted(), every, True).num_rows:
            raise UserError("tuple to be changed was already modified by an operation of the current command", "27000",
                            hint="Change each row in one of the statements only.")
        self.deltas[relation] = Batch.concat([old, delta]).consolidate()


async def with_changes(
    session: Session, statement: ast.Statement, parameters: Batch | None, prepared: PreparedStatement | None, verb: str
) -> Rows | Done:
    session.require_writable("INSERT" if verb == "SELECT" else verb.split()[0])

    async def attempt() -> Rows | Done:
        version = session.server.catalog.snapshot.version
        planned = session.plan(statement, prepared)
        assert isinstance(planned, PlannedWith)
        bound: PlannedWith = bind(session, planned, parameters)
        rows, count = await _run(session, bound, version)
        if isinstance(bound.main, PlannedQuery):
            return Rows(bound.main.schema, rows) if verb == "SELECT" else Rows(bound.main.schema, rows, verb, count=count)
        if bound.main.returning_schema is not None:
            return Rows(bound.main.returning_schema, rows, verb, count=count)
        return Done(f"{verb} {count}")

    return await session.server.locks.until_free(session, attempt)


async def _run(session: Session, planned: PlannedWith, version: int) -> tuple[Batch | None, int]:
    server, engine, facts, interrupt = session.server, session.server.engine, session.facts(), session.interrupt
    transaction = session.transaction

    def work(tables: StepTables) -> tuple[Batch | None, int]:
        if server.catalog.snapshot.version != version:
            raise Stale
        done = _steps(session, planned, tables, facts)
        for relation, delta in tables.deltas.items():
            server.locks.check(tables.relation(relation), delta, transaction)
        return done

    if transaction is None:

        def command() -> tuple[Batch | None, int]:
            tables = StepTables(LiveTables(session, facts, interrupt))
            done = work(tables)
            for relation, delta in tables.deltas.items():
                engine.write(relation, delta)
            server.sequences.write(session.sequences.take_touched())
            return done

        return await asyncio.wrap_future(engine.submit(command))

    def locked() -> tuple[Batch | None, int]:
        tables = StepTables(TransactionTables(session, facts, interrupt))
        with engine.lock, engine.published.step():
            done = work(tables)
            for relation, delta in tables.deltas.items():
                hold(session, transaction, tables.relation(relation), delta)
        return done

    found = await server.in_worker(locked)
    await server.sequences.flush(session)
    return found


def _steps(
    session: Session, planned: PlannedWith, tables: StepTables, facts: SessionFacts
) -> tuple[Batch | None, int]:
    """All statements in order: what the last one gives, and how many rows it changed."""

    def step(dml: PlannedDml) -> DmlResult:
        result = execute_step(session, dml, tables, facts)
        for relation, delta in enforce(session, result, tables, facts):
            tables.add(relation, delta)
        return result

    changed = 0
    for relation, dml in planned.steps:
        result = step(dml)
        changed = result.count
        if result.returned is not None:
            tables.rows[relation] = result.returned
    if isinstance(planned.main, PlannedQuery):
        return tables.read(planned.main.physical), changed
    result = step(planned.main)
    return result.returned, result.count

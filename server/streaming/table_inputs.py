"""What comes into a table beside DML: chunks of its connector, deltas of sinks into it; and what becomes of them there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ...kernels.batch import Batch
from ...kernels.expr.program import Program, SessionFacts
from ...kernels.keys import one_per_key, rows_by_key
from ...kernels.types import INT8, TEXT
from ...planner.catalog.entries import Relation
from ..reading.planning import table_constraints
from ..writing.dml import resolve_conflicts
from ..writing.row_checks import OPERATOR, RowChecks
from .relations import StoredRelation

if TYPE_CHECKING:
    from ..server import Server

Input = Callable[[Batch], tuple[Batch, list[Batch]]]  # rows → delta of the table, row errors


def table_feed(server: Server, entry: Relation) -> Input:
    """Chunk of a connector table → delta of the table: the last row of a key wins, weight -1 deletes."""
    stored = server.engine.relations[entry.id]
    complete = server.generated_columns(entry)
    checks = RowChecks(entry, table_constraints(server, entry))
    key = entry.primary_key
    policy = _policy(entry)

    def feed(rows: Batch) -> tuple[Batch, list[Batch]]:
        rows = stored.on_time(complete(rows))
        if not key:
            return checks.split(rows)
        last = rows if policy.on_conflict == "ignore" else one_per_key(rows, key, True)
        new, errors = checks.split(last.inserted())
        return _changed(stored, policy, new, last.deleted()), errors

    return feed


def into_table(server: Server, entry: Relation) -> Input:
    """Delta of a sink → delta of its target table, under the table's conflict policy."""
    assert entry.into is not None
    stored = server.engine.relations[entry.into]
    target = stored.entry
    convert = Program(server.sink_row(entry, target))
    checks = RowChecks(target, table_constraints(server, target))
    options = dict(entry.options)
    only_new = "true" in (options.get("force_append_only"), options.get("ignore_delete"))
    key = target.primary_key
    policy = _policy(target)

    def change(delta: Batch) -> tuple[Batch, list[Batch]]:
        rows, failed = convert.run(delta.consolidate(), SessionFacts())
        rows, errors = checks.split(rows)
        if failed is not None and failed.num_rows:
            told = Batch.repeat(INT8, OPERATOR, failed.num_rows).hstack(failed.select((1, 2)))
            errors.append(told.hstack(Batch.repeat(TEXT, target.name, failed.num_rows)).weighted_as(failed))
        inserted, deleted = stored.on_time(rows.inserted()), rows.deleted()
        if only_new:
            deleted = deleted.slice(0, 0)
        if not key:
            gone = _present(stored, deleted)
            return (Batch.concat([inserted, gone.negate()]) if gone.num_rows else inserted), errors
        deleted = rows_by_key(deleted, key, inserted, key, False)
        return _changed(stored, policy, inserted, deleted), errors

    return change


def _policy(table: Relation) -> Relation:
    """Nobody can be told of a second row with a key: it replaces the first, where rows may be replaced at all."""
    if table.on_conflict != "error":
        return table
    return replace(table, on_conflict="ignore" if table.append_only else "overwrite")


def _changed(stored: StoredRelation, policy: Relation, inserted: Batch, deleted: Batch) -> Batch:
    key = policy.primary_key
    kept, removed = resolve_conflicts(policy, inserted.without_weights(), stored.rows.lookup_by)
    gone = stored.rows.lookup_by(key, deleted.select(key)) if deleted.num_rows else deleted
    parts = [removed.negate(), gone.negate(), kept]
    return Batch.concat([p for p in parts if p.num_rows] or [kept])


def _present(stored: StoredRelation, deleted: Batch) -> Batch:
    """As many of the rows to delete as there are: some may have been too late, or deleted from the table itself."""
    if not deleted.num_rows or stored.rows.contains(deleted):
        return deleted
    missing = Batch.concat([*stored.snapshot().batches(), deleted.negate()]).consolidate().deleted()
    return Batch.concat([deleted, missing.negate()]).consolidate()


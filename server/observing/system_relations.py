"""Relations of schema `sabot`: the server's own state as SQL, computed when read.

Each is a `SystemRelation`: its columns and a function of the server that gives the rows. `sabot.errors` is
different: it is stored, and changes like a view.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...kernels.batch import Batch
from ...kernels.types import BOOL, FLOAT8, INT8, TEXT, TIMESTAMPTZ, SqlType
from ...planner.catalog.entries import Column, Relation
from ..catalog_relations import registry
from ..sessions.settings import CANONICAL, SETTINGS
from ..streaming.row_errors import ERRORS_RELATION

if TYPE_CHECKING:
    from ..server import Server
    from ..sessions.session import Session

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class SystemRelation:
    entry: Relation
    rows: Callable[[Session], list[Row]]


def _relation(id: int, schema: str, name: str, columns: tuple[tuple[str, SqlType], ...]) -> Relation:
    return Relation(id, schema, name, "system", tuple(Column(n, t) for n, t in columns))


ERRORS = _relation(
    ERRORS_RELATION, "sabot", "errors",
    (("job", INT8), ("operator", INT8), ("sqlstate", TEXT), ("message", TEXT), ("detail", TEXT)),
)


def _operators(session: Session) -> list[Row]:
    rows: list[Row] = []
    for job in list(session.server.engine.jobs.values()):
        for number, slot in enumerate(job.dataflow.slots):
            operator = slot.operator
            rows.append(
                (
                    job.id, job.name, number, type(slot.plan).__name__, ",".join(map(str, slot.inputs)),
                    slot.rows_in, slot.rows_out, slot.nanoseconds / 1e9,
                    operator.state_rows if operator is not None else 0,
                    operator.state_bytes if operator is not None else 0,
                )
            )
    return rows


def _jobs(session: Session) -> list[Row]:
    engine = session.server.engine
    rows: list[Row] = []
    for job in list(engine.jobs.values()):
        progress = job.progress
        percent, eta = 100.0, None
        if job.state == "backfilling":
            percent = 100.0 * progress.done / progress.total if progress.total else 0.0
            elapsed = engine.clock.monotonic() - progress.started
            eta = elapsed * (100.0 - percent) / percent if percent else None
        rows.append(
            (job.id, job.name, job.kind, job.state, job.error, job.steps, job.rows_out, percent, eta,
             job.dataflow.state_rows, job.dataflow.state_bytes, job.partitions)
        )
    return rows


def _relations(session: Session) -> list[Row]:
    engine = session.server.engine
    rows: list[Row] = []
    for stored in list(engine.relations.values()):
        e = stored.entry
        rows.append((e.id, e.schema, e.name, e.kind, stored.rows.num_rows, stored.rows.nbytes,
                     len(stored.subscriptions)))
    return rows


def _sources(session: Session) -> list[Row]:
    return [
        (s.id, s.spec.name, s.spec.connector,
         "paused" if s.paused else "finished" if s.finished and not s.waiting else "failing" if s.error else "running",
         s.rows, s.lag(), _json(s.offsets), s.error)
        for s in list(session.server.engine.sources.values())
    ]


def _sinks(session: Session) -> list[Row]:
    return [
        (id, o.spec.name, o.spec.connector, o.rows_delivered, o.delivered_epoch, o.idle(), o.error)
        for id, o in list(session.server.engine.outputs.items())
    ]


def _checkpoints(session: Session) -> list[Row]:
    engine = session.server.engine
    last = engine.checkpointer.last
    return [
        (engine.epoch, last.epoch if last else None, last.rows if last else None, last.collect_ms if last else None,
         last.write_ms if last else None, last.at_micros if last else None, engine.checkpointer.error)
    ]


def _settings(session: Session) -> list[Row]:
    return [
        (CANONICAL.get(s.name, s.name), session.settings.shown(s.name), s.kind, s.default, s.effect, s.description)
        for s in sorted(SETTINGS.values(), key=lambda s: s.name)
    ]


def _json(value: Any) -> str | None:
    import json

    return None if value is None else json.dumps(value, sort_keys=True)


SABOT: tuple[SystemRelation, ...] = (
    SystemRelation(
        _relation(101, "sabot", "operators", (
            ("job", INT8), ("name", TEXT), ("operator", INT8), ("kind", TEXT), ("inputs", TEXT), ("rows_in", INT8),
            ("rows_out", INT8), ("cpu_seconds", FLOAT8), ("state_rows", INT8), ("state_bytes", INT8))),
        _operators,
    ),
    SystemRelation(
        _relation(102, "sabot", "jobs", (
            ("id", INT8), ("name", TEXT), ("kind", TEXT), ("state", TEXT), ("error", TEXT), ("steps", INT8),
            ("rows_out", INT8), ("backfill_percent", FLOAT8), ("backfill_eta_seconds", FLOAT8),
            ("state_rows", INT8), ("state_bytes", INT8), ("partitions", INT8))),
        _jobs,
    ),
    SystemRelation(
        _relation(103, "sabot", "relations", (
            ("id", INT8), ("schema", TEXT), ("name", TEXT), ("kind", TEXT), ("rows", INT8), ("bytes", INT8),
            ("subscriptions", INT8))),
        _relations,
    ),
    SystemRelation(
        _relation(104, "sabot", "sources", (
            ("id", INT8), ("name", TEXT), ("connector", TEXT), ("state", TEXT), ("rows", INT8), ("lag", INT8),
            ("offsets", TEXT), ("error", TEXT))),
        _sources,
    ),
    SystemRelation(
        _relation(105, "sabot", "sinks", (
            ("id", INT8), ("name", TEXT), ("connector", TEXT), ("rows_delivered", INT8), ("delivered_epoch", INT8),
            ("idle", BOOL), ("error", TEXT))),
        _sinks,
    ),
    SystemRelation(
        _relation(106, "sabot", "checkpoints", (
            ("epoch", INT8), ("checkpointed_epoch", INT8), ("rows", INT8), ("collect_ms", FLOAT8), ("write_ms", FLOAT8),
            ("at", TIMESTAMPTZ), ("error", TEXT))),
        _checkpoints,
    ),
    SystemRelation(
        _relation(107, "sabot", "settings", (
            ("name", TEXT), ("value", TEXT), ("kind", TEXT), ("default", TEXT), ("effect", BOOL), ("description", TEXT))),
        _settings,
    ),
)

SYSTEM: dict[int, SystemRelation] = {r.entry.id: r for r in SABOT}


def entries() -> list[Relation]:
    """Catalog entries of all system relations."""
    return [ERRORS, *(r.entry for r in SYSTEM.values()), *registry.entries()]


def rows_of(server: Server, session: Session, relation: int) -> Batch | None:
    """The rows of a system relation; None if the relation is not one."""
    if relation == ERRORS_RELATION:
        batches = server.engine.errors.snapshot().batches()
        return Batch.concat(batches) if batches else Batch.empty(ERRORS.row_schema.types)
    found = SYSTEM.get(relation)
    if found is None:
        return registry.rows_of(session, relation)
    return Batch.from_rows(found.entry.row_schema.types, found.rows(session))

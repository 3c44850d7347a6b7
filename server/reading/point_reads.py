"""SELECT of one primary key: the row from the store, through the query's expressions, without a dataflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...executor.operator import StepContext
from ...executor.operators.row_errors import report
from ...kernels.batch import Batch
from ...kernels.errors import SabotError, UserError
from ...kernels.expr.program import Program, SessionFacts
from ...kernels.expr.spec import And, Call, Col, Expr, Lit, Param, conjuncts, walk
from ...kernels.types import SqlType
from ...pgwire.results import names_object
from ...pgwire.session_api import KeyRead
from ...planner.catalog.entries import Snapshot
from ...planner.physical.node import Map, Plan, Scan, Sort
from ...planner.physical.substitute import needs_substitution
from ...planner.pipeline import PlannedQuery
from ...planner.sql.statements import Query, Statement
from .lookups import comparable, compared, same_values, stored_value

if TYPE_CHECKING:
    from ..sessions.session import Session

_NO_FACTS = SessionFacts()
# Types of keys whose input depends on no setting and names nothing.
_KEY_TYPES = ("bool", "int2", "int4", "int8", "numeric", "text", "varchar", "uuid", "bytea")


@dataclass(frozen=True, slots=True)
class PointRead:
    """`key` holds a `Param` or `Lit` per column of the relation's primary key, whose types are `key_types`.

    `plain`: no function is called and every row taken.
    """

    relation: int
    columns: tuple[int, ...]
    key: tuple[Param | Lit, ...]
    key_types: tuple[SqlType, ...]
    exprs: tuple[Expr, ...]
    program: Program
    plain: bool

    def rows(self, session: Session, parameters: Batch | None) -> Batch | None:
        """The rows found now. Under the engine's lock."""
        engine = session.server.engine
        stored = engine.stored(self.relation)
        job = engine.jobs.get(self.relation)
        if job is not None:
            job.require_readable()
        keys, transaction = self._keys(parameters), session.transaction
        found = stored.rows.lookup(keys)
        mine = None if transaction is None else transaction.writes.lookup(self.relation, stored.entry.primary_key, keys)
        if mine is not None:
            found = Batch.concat([found, mine]).consolidate()
        if not found.num_rows:
            return None
        facts = _NO_FACTS if self.plain else session.facts()
        rows, errors = self.program.run(found.select(self.columns), facts)
        if errors is not None:
            report(StepContext(epoch=0, facts=facts, strict=True), 0, errors.select((1, 2)).weighted_as(errors))
        return rows.expanded() if rows.num_rows else None

    def columns_read(self) -> tuple[int, ...] | None:
        """Positions of the result's columns in the stored rows; None if some are not simply such columns."""
        if not self.plain or not all(isinstance(e, Col) for e in self.exprs):
            return None
        return tuple(self.columns[e.index] for e in self.exprs if isinstance(e, Col))

    def _keys(self, parameters: Batch | None) -> Batch:
        out: Batch | None = None
        for part, stored in zip(self.key, self.key_types):
            if isinstance(part, Param) and parameters is None:
                raise UserError(f"there is no parameter ${part.number}", "42P02")
            if isinstance(part, Param) and parameters is not None and same_values(part.type, stored):
                value = parameters.select((part.number - 1,))
            else:
                given = part.value if isinstance(part, Lit) else parameters.cell(0, part.number - 1) if parameters is not None else None
                fitting = stored_value(given, part.type, stored) or (None,)  # no key is NULL
                value = Batch.from_rows((stored,), (fitting,))
            out = value if out is None else out.hstack(value)
        assert out is not None
        return out


def point_read(plan: Plan, snapshot: Snapshot) -> PointRead | None:
    """The plan as a look-up, if it filters one stored relation by its whole primary key."""
    if isinstance(plan, Sort) and plan.offset == 0 and (plan.limit is None or (type(plan.limit) is int and plan.limit > 0)):
        plan = plan.input  # at most one row
    if not isinstance(plan, Map) or plan.predicate is None or not isinstance(plan.input, Scan):
        return None
    scan = plan.input
    entry = snapshot.relations.get(scan.relation)
    if entry is None or entry.kind not in ("table", "materialized_view") or not entry.primary_key:
        return None
    values: dict[int, Param | Lit] = {}
    rest = []
    for part in conjuncts(plan.predicate):
        found = compared(part)
        if found is None or scan.columns[found[0]] not in entry.primary_key or scan.columns[found[0]] in values or not comparable(found[1].type, entry.columns[scan.columns[found[0]]].type):
            rest.append(part)
        else:
            values[scan.columns[found[0]]] = found[1]
    if len(values) != len(entry.primary_key) or any(isinstance(v, Lit) and v.value is None for v in values.values()):
        return None
    if needs_substitution((plan.exprs, tuple(rest))):
        return None
    predicate = None if not rest else rest[0] if len(rest) == 1 else And(tuple(rest))
    plain = predicate is None and not any(isinstance(p, Call) for e in plan.exprs for p in walk(e))
    key = tuple(values[k] for k in entry.primary_key)
    types = tuple(entry.columns[k].type for k in entry.primary_key)
    return PointRead(scan.relation, scan.columns, key, types, plan.exprs, Program(plan.exprs, predicate), plain)


def key_read(session: Session, statement: Statement, parameter_oids: tuple[int, ...]) -> KeyRead | None:
    """What the statement asks of a store, if that is columns of one key's row and the session's settings allow the short way."""
    if not isinstance(statement, Query) or statement.tree.args.get("locks") or session.derived.idle is not None:
        return None
    try:
        found = session.planned(statement, parameter_oids)
    except SabotError:
        return None
    point, plan = found.point, found.plan
    if point is None or not isinstance(plan, PlannedQuery):
        return None
    positions = point.columns_read()
    entry = session.server.catalog.snapshot.relations.get(point.relation)
    if positions is None or entry is None:
        return None
    parameters = [k.number for k in point.key if isinstance(k, Param)]
    types = tuple(k.type for k in point.key)
    if sorted(parameters) != list(range(1, len(found.parameter_types) + 1)) or any(t.name not in _KEY_TYPES for t in types):
        return None
    if len(positions) != len(plan.schema) or any(names_object(t) for t in plan.schema.types):
        return None
    key = tuple(
        k.number - 1 if isinstance(k, Param) else Batch.from_rows((t,), (stored_value(k.value, k.type, t) or (None,),))
        for k, t in zip(point.key, point.key_types)
    )
    return KeyRead(
        point.relation, key, types, entry.primary_key, positions, plan.schema, session.wire_settings(), statement.text,
        session.decided,
    )

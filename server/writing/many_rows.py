"""INSERT of one row of VALUES, for many rows of parameters at once.

Drivers pipe the same INSERT again and again (executemany, batches). What it does is the same for all of them in one go, where no row
can matter to the next: without ON CONFLICT, subqueries and references of the table to itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ...kernels.batch import Batch
from ...kernels.errors import InternalError, SabotError
from ...kernels.expr.spec import Call, Col, Expr, Lambda, Param, children, is_volatile, walk, with_children
from ...kernels.schema import Field, Schema
from ...planner.physical.dml import PlannedInsert
from ...planner.physical.node import Map, Plan, Rows, Values
from ...planner.sql.statements import Insert

if TYPE_CHECKING:
    from ..reading.planning import Kept
    from ..sessions.session import Session

_TOLD = ("sequence.currval", "sequence.lastval", "sequence.setval")


def takes_rows(session: Session, statement: Insert, parameter_oids: tuple[int, ...]) -> bool:
    try:
        kept = session.planned(statement, parameter_oids).kept
    except SabotError:
        return False
    if kept is None or kept.counts or not kept.parameters or not isinstance(kept.plan, PlannedInsert):
        return False
    plan = kept.plan
    table = session.server.catalog.snapshot.relations.get(plan.relation)
    if table is None or table.on_conflict != "error" or table.watermarks or any(k.target == table.id for k in table.foreign_keys):
        return False
    returned = [p for e in plan.returning or () for p in walk(e)]
    if any(isinstance(p, Lambda) or is_volatile(p) or (isinstance(p, Param) and p.number <= kept.parameters) for p in returned):
        return False  # what is drawn while rows are made and returned would come in another order
    return plan.on_conflict is None and _is_one_row(plan.input, kept.parameters)


def for_rows(kept: Kept, parameters: Batch) -> PlannedInsert:
    """The plan with these rows where it had one of parameters."""
    if not isinstance(kept.plan, PlannedInsert):
        raise InternalError("rows for a statement that takes one")
    return replace(kept.plan, input=_over(kept.plan.input, kept.parameters, parameters))


def _is_one_row(plan: Plan, parameters: int) -> bool:
    """Whether all that the plan does is to compute one row, its parameters used in VALUES only."""
    while isinstance(plan, Map):
        parts = [p for e in plan.exprs for p in walk(e)]
        if plan.predicate is not None or any(_stands_alone(p) or (isinstance(p, Param) and p.number <= parameters) for p in parts):
            return False
        plan = plan.input
    return isinstance(plan, Values) and len(plan.rows) == 1 and not any(_stands_alone(p) for e in plan.rows[0] for p in walk(e))


def _stands_alone(part: Expr) -> bool:
    """What is not computed over columns, or tells what the row before has drawn."""
    return isinstance(part, Lambda) or (isinstance(part, Call) and part.kernel in _TOLD)


def _over(plan: Plan, parameters: int, rows: Batch) -> Plan:
    if isinstance(plan, Map):
        return replace(plan, input=_over(plan.input, parameters, rows))
    assert isinstance(plan, Values)
    used = {p.number: p.type for e in plan.rows[0] for p in walk(e) if isinstance(p, Param) and p.number <= parameters}
    places = {number: at for at, number in enumerate(used)}
    given = Rows(rows.select([number - 1 for number in used]), Schema(tuple(Field("", t) for t in used.values())))
    return Map(given, tuple(_columns(e, places) for e in plan.rows[0]), plan.schema)


def _columns(e: Expr, places: dict[int, int]) -> Expr:
    """The expression over rows that have its parameters as columns."""
    if isinstance(e, Param) and e.number in places:
        return Col(places[e.number], e.type)
    below = children(e)
    return with_children(e, tuple(_columns(x, places) for x in below)) if below else e

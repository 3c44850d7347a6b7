"""EXPLAIN of every stage, and EXPLAIN ANALYZE."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ...executor.dataflow import Dataflow
from ...executor.operator import StepContext
from ...kernels.errors import Unsupported
from ...kernels.schema import schema_of
from ...kernels.types import TEXT
from ...planner.physical.explain import explain_physical
from ...planner.pipeline import explain as explain_query
from ...planner.sql import statements as ast
from ..executions import Rows
from ..planning import PlannedQuery, plan_definition, select_all
from .query import bind, take_inputs

if TYPE_CHECKING:
    from ..session import Session

SCHEMA = schema_of(("QUERY PLAN", TEXT))


async def explain(session: Session, statement: ast.Explain, parameters: Any, prepared: Any) -> Rows:
    inner = statement.statement
    options = dict(statement.options)
    analyze = statement.analyze or options.get("analyze") is True
    streaming = False
    match inner:
        case ast.Query(tree=tree):
            pass
        case ast.CreateView(query=tree, materialized=True) | ast.CreateSink(query=tree) if tree is not None:
            streaming = True
        case ast.CreateSink(source=name) if name is not None:
            session.server.resolve(session, name, ())
            (tree, _), streaming = select_all(name), True
        case ast.CreateView(query=tree):
            pass
        case ast.CreateRelation(query=tree) if tree is not None:
            pass
        case ast.CreateRelation(kind=kind, name=name):
            return _text(session, f"Create {kind} {'.'.join(name)}")
        case ast.CreateIndex(table=name):
            target = session.server.resolve(session, name, ("table", "materialized_view"))
            return _text(session, f"Create index on {target.name}")
        case ast.Insert() | ast.InsertValues() | ast.Update() | ast.Delete():
            planned = session.plan(inner)
            assert not isinstance(planned, PlannedQuery)
            names = {r.id: r.name for r in session.server.catalog.snapshot.relations.values()}
            verb = type(planned).__name__.removeprefix("Planned")
            return _text(session, f"{verb} {names[planned.relation]}\n" + explain_physical(planned.input, names))
        case _:
            raise Unsupported(f"EXPLAIN {type(inner).__name__} is not supported",
                              hint="EXPLAIN takes SELECT, INSERT, UPDATE, DELETE and CREATE MATERIALIZED VIEW.")
    if analyze:
        return await _analyze(session, tree)
    stage = statement.stage or ("streaming" if streaming else "physical")
    snapshot, settings = session.server.catalog.snapshot, session.plan_settings
    return _text(session, explain_query(tree, snapshot, settings, stage=stage, streaming=streaming))


async def _analyze(session: Session, tree: Any) -> Rows:
    """Run the query and tell rows and CPU time per operator."""
    planned = plan_definition(session, tree, streaming=False)
    plan = bind(session, planned.physical, None)
    server = session.server
    with server.engine.lock:
        inputs = take_inputs(session, plan)

    def work() -> tuple[Dataflow, float]:
        started = time.perf_counter()
        deltas = {r: b for r, s in inputs.items() if (b := s.batch()) is not None}
        dataflow = Dataflow(plan, one_shot=True)
        ctx = StepContext(epoch=0, facts=session.facts(), strict=True, interrupt=session.interrupt.check)
        dataflow.step(deltas, ctx)
        return dataflow, (time.perf_counter() - started) * 1000

    dataflow, elapsed = await server.in_worker(work)
    lines = [
        f"{number}: {type(slot.plan).__name__}({', '.join(map(str, slot.inputs))}) "
        f"rows in {slot.rows_in}, rows out {slot.rows_out}, cpu {slot.nanoseconds / 1e6:.3f} ms"
        for number, slot in enumerate(dataflow.slots)
    ]
    return _text(session, "\n".join([*reversed(lines), f"Execution Time: {elapsed:.3f} ms"]))


def _text(session: Session, text: str) -> Rows:
    return session.rows(SCHEMA, [(line,) for line in text.split("\n")], "EXPLAIN")

"""EXPLAIN of every stage, and EXPLAIN ANALYZE."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from ...executor.dataflow import Dataflow
from ...executor.operator import StepContext
from ...kernels.errors import Unsupported
from ...planner.physical.explain import explain_physical
from ...planner.pipeline import explain as explain_query
from ...planner.sql import statements as ast
from ..executions import Rows
from ..planning import PlannedQuery, plan_definition, select_all
from .query import bind, take_inputs
from .shapes import columns_of

if TYPE_CHECKING:
    from ..session import Session



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
            return _text(session, statement, f"Create {kind} {'.'.join(name)}")
        case ast.CreateIndex(table=name):
            target = session.server.resolve(session, name, ("table", "materialized_view"))
            return _text(session, statement, f"Create index on {target.name}")
        case ast.Insert() | ast.InsertValues() | ast.Update() | ast.Delete():
            planned = session.plan(inner)
            assert not isinstance(planned, PlannedQuery)
            names = {r.id: r.name for r in session.server.catalog.snapshot.relations.values()}
            verb = type(planned).__name__.removeprefix("Planned")
            return _text(session, statement, f"{verb} {names[planned.relation]}\n" + explain_physical(planned.input, names))
        case _:
            raise Unsupported(f"EXPLAIN {type(inner).__name__} is not supported",
                              hint="EXPLAIN takes SELECT, INSERT, UPDATE, DELETE and CREATE MATERIALIZED VIEW.")
    if analyze:
        return await _analyze(session, statement, tree)
    stage = statement.stage or ("streaming" if streaming else "physical")
    snapshot, settings = session.server.catalog.snapshot, session.plan_settings
    return _text(session, statement, explain_query(tree, snapshot, settings, stage=stage, streaming=streaming))


async def _analyze(session: Session, statement: ast.Explain, tree: Any) -> Rows:
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
    return _text(session, statement, "\n".join([*reversed(lines), f"Execution Time: {elapsed:.3f} ms"]))


def _text(session: Session, statement: ast.Explain, text: str) -> Rows:
    schema = columns_of(session, statement)
    assert schema is not None
    lines = text.split("\n")
    form = str(dict(statement.options).get("format", "text")).lower()
    if form == "json":
        return session.rows(schema, [(json.dumps([{"Plan": _tree(lines)}], indent=2),)], "EXPLAIN")
    if form != "text":
        raise Unsupported(f"EXPLAIN (FORMAT {form.upper()}) is not supported", hint="TEXT and JSON are.")
    return session.rows(schema, [(line,) for line in lines], "EXPLAIN")


def _tree(lines: list[str]) -> dict[str, Any]:
    """The indented lines of a plan as nested nodes."""
    root: dict[str, Any] = {}
    open_nodes: list[tuple[int, dict[str, Any]]] = []
    for line in filter(str.strip, lines):
        depth, text = len(line) - len(line.lstrip()), line.strip()
        node: dict[str, Any] = {"Node Type": text.split(maxsplit=1)[0].rstrip(":"), "Description": text}
        while open_nodes and open_nodes[-1][0] >= depth:
            open_nodes.pop()
        if open_nodes:
            open_nodes[-1][1].setdefault("Plans", []).append(node)
        elif root:
            root.setdefault("Plans", []).append(node)
        root = root or node
        open_nodes.append((depth, node))
    return root

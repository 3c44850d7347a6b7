"""EXPLAIN of every stage, of a view before it is created, and EXPLAIN ANALYZE of queries and of running views."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from ...executor.dataflow import Dataflow
from ...executor.pipeline import Meter, Work
from ...kernels.batch import Batch
from ...kernels.errors import Unsupported, UserError
from ...planner.catalog.entries import Relation
from ...planner.physical.explain import Shown, show_physical
from ...planner.physical.node import Plan, Scan, SourceScan
from ...planner.physical.state import bound_of, expected_state
from ...planner.pipeline import explain as explain_query
from ...planner.sql import statements as ast
from ...planner.with_changes import PlannedWith
from ..reading.executions import Rows
from ..reading.planning import PlannedQuery, constant_parameters, plan_definition, select_all
from ..reading.reads import Bound, Stored, run
from .query import bind, take_inputs
from .shapes import columns_of

if TYPE_CHECKING:
    from ..sessions.session import PreparedStatement, Session

_OPTIONS = frozenset(
    ["analyze", "verbose", "costs", "settings", "generic_plan", "buffers", "wal", "timing", "summary", "memory", "serialize",
     "format", "logical", "physical", "streaming", "trace", "type", "distsql", "backfill", "optimizer_trace", "duration_secs"]
)  # fmt: skip
Facts = Callable[[Plan], Mapping[str, object]]


async def explain(session: Session, statement: ast.Explain, parameters: Any, prepared: Any) -> Rows:
    for option, _ in statement.options:
        if option not in _OPTIONS:
            raise UserError(f'unrecognized EXPLAIN option "{option}"', "42601")
    inner = statement.statement
    match inner:
        case ast.Execute(name=statement_name):
            found: PreparedStatement | None = session.prepared.get(statement_name)
            if found is None:
                raise UserError(f'prepared statement "{statement_name}" does not exist', "26000")
            parameters = constant_parameters(session, inner.args, found.parameter_types)
            inner = found.statement
        case ast.DeclareCursor(query=ast.Query() as query):
            inner = query
    match inner:
        case ast.Query(tree=tree) | ast.CreateView(query=tree, materialized=False):
            return await _query(session, statement, inner, tree, parameters)
        case ast.CreateRelation(query=tree) if tree is not None:
            return await _query(session, statement, inner, tree, parameters)
        case ast.CreateView(query=tree, name=name):
            return _streaming(session, statement, tree, ".".join(name))
        case ast.CreateSink(query=tree) if tree is not None:
            return _streaming(session, statement, tree, None)
        case ast.CreateSink(source=source) if source is not None:
            session.server.resolve(session, source, ())
            return _streaming(session, statement, select_all(source)[0], None)
        case ast.Running(name=name, kind=kind):
            return _running(session, statement, name, kind)
        case ast.CreateRelation(kind=kind, name=name):
            return _answer(session, statement, Shown(f"Create {kind} {'.'.join(name)}", {}))
        case ast.CreateIndex(table=name):
            target = session.server.resolve(session, name, ("table", "materialized_view"))
            return _answer(session, statement, Shown(f"Create index on {target.name}", {}))
        case ast.Insert() | ast.InsertValues() | ast.Update() | ast.Delete() | ast.Merge():
            if _analyzed(statement):
                raise Unsupported("EXPLAIN ANALYZE of INSERT, UPDATE, DELETE and MERGE is not supported",
                                  hint="EXPLAIN ANALYZE the query that finds the rows.")
            planned = session.plan(inner)
            if isinstance(planned, PlannedWith):
                raise _data_changing()
            assert not isinstance(planned, PlannedQuery)
            verb = type(planned).__name__.removeprefix("Planned")
            target_name, rows = _names(session)[planned.relation], show_physical(planned.input, _names(session))
            return _answer(session, statement, Shown(f"{verb} {target_name}", {}, (rows,)))
        case _:
            raise Unsupported(f"EXPLAIN {type(inner).__name__} is not supported",
                              hint="EXPLAIN takes queries, INSERT, UPDATE, DELETE, CREATE MATERIALIZED VIEW and views that run.")


def _analyzed(statement: ast.Explain) -> bool:
    return statement.analyze or dict(statement.options).get("analyze") is True


def _names(session: Session) -> dict[int, str]:
    return {r.id: r.name for r in session.server.catalog.snapshot.relations.values()}


async def _query(
    session: Session, statement: ast.Explain, inner: ast.Statement, tree: Any, parameters: Batch | None
) -> Rows:
    stage = statement.stage or next((s for s in ("logical", "streaming") if s in dict(statement.options)), "physical")
    if _analyzed(statement):
        return await _analyze(session, statement, inner, tree, parameters)
    if stage == "streaming":
        return _streaming(session, statement, tree, None)
    if stage == "logical":
        return _text(session, statement, explain_query(tree, session.server.catalog.snapshot, session.plan_settings, stage))
    plan = session.plan(inner) if isinstance(inner, ast.Query) else plan_definition(session, tree, streaming=False)
    if isinstance(plan, PlannedWith):
        raise _data_changing()
    assert isinstance(plan, PlannedQuery)
    return _answer(session, statement, show_physical(plan.physical, _names(session)))


def _streaming(session: Session, statement: ast.Explain, tree: Any, name: str | None) -> Rows:
    """The plan of a view with what its operators will keep."""
    if _analyzed(statement):
        raise Unsupported("EXPLAIN ANALYZE of CREATE is not supported", hint="EXPLAIN ANALYZE MATERIALIZED VIEW, once it is there.")
    planned = plan_definition(session, tree, streaming=True)
    names, engine = _names(session), session.server.engine
    sizes = {r: s.rows.num_rows for r, s in list(engine.relations.items())}

    def facts(x: Plan) -> dict[str, object]:
        kept = expected_state(x, lambda i: bound_of(i, names, sizes))
        return {"state": kept} if kept else {}

    shown = show_physical(planned.physical, names, facts)
    if name is not None:
        key = ", ".join(planned.schema.names[k] for k in planned.primary_key)
        by = f"keyed by ({key})" if key else "without a known key"
        kept = f"the rows of the view, {by}; at most {bound_of(planned.physical, names, sizes)}"
        shown = Shown(f"Materialize {name}", {"state": [kept]}, (shown,))
    return _answer(session, statement, shown)


def _running(session: Session, statement: ast.Explain, name: ast.Name, kind: str) -> Rows:
    """What a view or sink that runs has done since it was started, and what it keeps."""
    entry = session.server.resolve(session, name, (kind,))
    engine = session.server.engine
    with engine.lock:
        job = engine.jobs.get(entry.id)
        if job is None:
            raise UserError(f'"{entry.name}" does not run', "55000")
        shown = show_physical(job.plan, _names(session), _measured(job.dataflow))
        facts: dict[str, object] = {"status": job.state, "steps": job.steps, "rows out": job.rows_out}
        stored = engine.relations.get(entry.id)
        if stored is not None:
            facts |= {"rows": stored.rows.num_rows, "bytes": stored.rows.nbytes}
    return _answer(session, statement, Shown(f"{job.kind.replace('_', ' ').capitalize()} {entry.name}", facts, (shown,)))


def _metered(meter: Meter, inputs: Mapping[int, Stored], relations: Mapping[int, Relation]) -> Facts:
    """What the operators of a query have done."""

    def facts(x: Plan) -> dict[str, object]:
        if isinstance(x, SourceScan):
            return {}
        work = meter.work.get(id(x), Work())
        if isinstance(x, Scan):
            key = ", ".join(relations[x.relation].columns[c].name for c in inputs[x.relation].key)
            return {"actual": {"rows out": work.rows} | ({"by key": key} if key else {})}
        rows_in = sum(meter.work.get(id(i), Work()).rows for i in x.inputs)
        return {"actual": {"rows in": rows_in, "rows out": work.rows, "cpu ms": round(work.nanoseconds / 1e6, 3)}}

    return facts


def _measured(dataflow: Dataflow) -> Facts:
    """What the operators of a dataflow have done, and what they keep."""
    slots = {id(s.plan): s for s in dataflow.slots}

    def facts(x: Plan) -> dict[str, object]:
        slot = slots.get(id(x))
        if slot is None or slot.operator is None:
            return {}
        done = {"rows in": slot.rows_in, "rows out": slot.rows_out, "cpu ms": round(slot.nanoseconds / 1e6, 3)}
        return {"actual": done | {"state rows": slot.operator.state_rows, "state bytes": slot.operator.state_bytes}}

    return facts


async def _analyze(
    session: Session, statement: ast.Explain, inner: ast.Statement, tree: Any, parameters: Batch | None
) -> Rows:
    """Run the query and tell rows and CPU time per operator."""
    begun = time.perf_counter()
    planned = session.plan(inner) if isinstance(inner, ast.Query) else plan_definition(session, tree, streaming=False)
    if isinstance(planned, PlannedWith):
        raise _data_changing()
    assert isinstance(planned, PlannedQuery)
    plan = bind(session, planned.physical, parameters)
    bound = Bound.of(plan)
    planning = (time.perf_counter() - begun) * 1000
    server = session.server
    with server.engine.lock:
        inputs = take_inputs(session, bound)

    meter, facts = Meter(), session.facts()

    def work() -> float:
        started = time.perf_counter()
        run(bound, inputs, facts, session.interrupt.check, server.read_source, meter)
        return (time.perf_counter() - started) * 1000

    elapsed = await server.in_reader(work)
    shown = show_physical(plan, _names(session), _metered(meter, inputs, server.catalog.snapshot.relations))
    return _answer(session, statement, shown, {"Planning Time": planning, "Execution Time": elapsed})


def _format(statement: ast.Explain) -> str:
    form = str(dict(statement.options).get("format", "text")).lower()
    if form not in ("text", "json", "yaml", "xml"):
        raise UserError(f'unrecognized value for EXPLAIN option "format": "{form}"', "22023", hint="TEXT, JSON, YAML and XML are.")
    return form


def _yaml(value: object, depth: int = 0) -> str:
    """A list's items and an object's members, each on a line of its own."""
    pad = "  " * depth
    if isinstance(value, dict):
        lines = [f"{pad}{k}: " + (f"\n{_yaml(v, depth + 1)}" if isinstance(v, (dict, list)) else json.dumps(v)) for k, v in value.items()]
    else:
        assert isinstance(value, list)
        lines = [
            f"{pad}- " + (_yaml(v, depth + 1).lstrip() if isinstance(v, (dict, list)) else json.dumps(v)) for v in value
        ]
    return "\n".join(lines)


def _xml(name: str, value: object, depth: int) -> str:
    pad, tag = "  " * depth, name.replace(" ", "-")
    if isinstance(value, dict):
        inner = "\n".join(_xml(k, v, depth + 1) for k, v in value.items())
    elif isinstance(value, list):
        inner = "\n".join(_xml(name.removesuffix("s"), v, depth + 1) for v in value)
    else:
        return f"{pad}<{tag}>{escape(str(value))}</{tag}>"
    return f"{pad}<{tag}>\n{inner}\n{pad}</{tag}>"


_FORMATS: dict[str, Callable[[Mapping[str, object]], str]] = {
    "json": lambda made: json.dumps([made], indent=2),
    "yaml": lambda made: _yaml([made]),
    "xml": lambda made: f'<explain xmlns="http://www.postgresql.org/2009/explain">\n{_xml("Query", made, 1)}\n</explain>',
}


def _answer(session: Session, statement: ast.Explain, shown: Shown, times: Mapping[str, float] | None = None) -> Rows:
    """The plan in the format that was asked for."""
    times = times or {}
    form = _format(statement)
    if form != "text":
        made = {"Plan": shown.tree()} | {k: round(v, 3) for k, v in times.items()}
        return _rows(session, statement, [_FORMATS[form](made)])
    return _rows(session, statement, [*shown.lines(), *(f"{k}: {v:.3f} ms" for k, v in times.items())])


def _text(session: Session, statement: ast.Explain, text: str) -> Rows:
    """Indented lines, one per node."""
    lines = text.split("\n")
    if _format(statement) != "text":
        return _answer(session, statement, _nested(lines)[0])
    return _rows(session, statement, lines)


def _nested(lines: list[str]) -> tuple[Shown, ...]:
    """The indented lines of a plan as nodes."""
    found: list[Shown] = []
    at = 0
    while at < len(lines):
        depth = len(lines[at]) - len(lines[at].lstrip())
        stop = at + 1
        while stop < len(lines) and len(lines[stop]) - len(lines[stop].lstrip()) > depth:
            stop += 1
        found.append(Shown(lines[at].strip(), {}, _nested(lines[at + 1 : stop])))
        at = stop
    return tuple(found)


def _rows(session: Session, statement: ast.Explain, lines: list[str]) -> Rows:
    schema = columns_of(session, statement)
    assert schema is not None
    return session.rows(schema, [(line,) for line in lines], "EXPLAIN")


def _data_changing() -> Unsupported:
    return Unsupported("EXPLAIN of data-changing statements in WITH is not supported", hint="EXPLAIN each statement by itself.")

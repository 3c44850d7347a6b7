"""Between statements and the planner: what a session plans, with its catalog snapshot and settings.

Plans of queries and DML are kept by statement text, catalog version and the settings that planning reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from ...kernels.batch import Batch
from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.program import Program, SessionFacts, evaluate
from ...kernels.expr.spec import ContextValue, Expr
from ...kernels.schema import Schema
from ...kernels.types import ALIASES, TYPES, SqlType, list_of, scalar
from ...planner import changes
from ...planner.bind.sequences import sequences_of
from ...planner.catalog.entries import Relation, Snapshot, SqlFunction, UserType
from ...planner.catalog.user_types import types_by_oid
from ...planner.physical.dml import Constraints, PlannedDelete, PlannedDml, PlannedInsert, PlannedMerge, PlannedUpdate
from ...planner.physical.node import Plan, Scan
from ...planner.physical.substitute import has_counts, lifted, names_objects, needs_substitution, substitute
from ...planner.pipeline import PlannedQuery, PlanSettings, plan_query
from ...planner.sql import statements as ast
from ...planner.sql.query import parse_query
from ...planner.sql.session_calls import arguments_per_row
from ...planner.with_changes import PlannedWith, has_changes, plan_with_changes
from ..sessions.settings import SessionSettings
from ..streaming.row_errors import ERRORS_RELATION
from ..streaming.watermarks import TableWatermarks
from .calls_per_row import Names, schema_of_calls
from .point_reads import PointRead, point_read
from .reads import Shapes, nodes

if TYPE_CHECKING:
    from ..server import Server
    from ..sessions.session import Session

__all__ = ["PlanSettings", "Planned", "PlannedDml", "PlannedQuery"]

Planned = PlannedWith | PlannedQuery | PlannedInsert | PlannedUpdate | PlannedDelete | PlannedMerge
PLANNED = (ast.Query, ast.Insert, ast.InsertValues, ast.Update, ast.Delete, ast.Merge)


@dataclass(frozen=True, slots=True)
class Kept:
    """A plan (of a query its physical one) that takes its values when it runs: of `parameters`, then of `facts` of the session.

    `counts`: it has limits or offsets to be put in before.
    """

    plan: Any
    parameters: int
    facts: tuple[ContextValue, ...]
    counts: bool
    shapes: Shapes = field(default_factory=Shapes)

    @staticmethod
    def of(plan: Any, parameters: int) -> Kept | None:
        found = lifted(plan, parameters)
        return None if found is None else Kept(found[0], parameters, found[1], has_counts(found[0]))


@dataclass(frozen=True, slots=True)
class WithParameters:
    """A plan and what its parameters turned out to be. `point`: the query asks for one key of one relation.
    `kept`: how it runs again and again, if no value has to be put into it."""

    plan: Planned
    parameter_types: tuple[SqlType, ...]
    point: PointRead | None = None
    kept: Kept | None = None


def plan_settings(path: tuple[str, ...], stored: SessionSettings, user: str, database: str) -> PlanSettings:
    facts = SessionFacts(time_zone=stored.get("timezone"), user=user, database=database, search_path=",".join(path),
                         styles=stored.styles)
    return PlanSettings(path, facts)


def session_settings(session: Session, user: str, path: tuple[str, ...]) -> PlanSettings:
    """What the session's own statements are planned with: its role's privileges are checked."""
    base = plan_settings(path, session.settings, user, session.server.catalog.snapshot.database)
    return replace(base, role=user, row_security=session.settings.flag("row_security"))


def planned(session: Session, statement: ast.Statement, parameter_oids: tuple[int, ...]) -> WithParameters:
    """The plan of a query or DML statement, kept by its text."""
    snapshot = session.server.catalog.snapshot
    derived = session.derived
    settings, rules = derived.plan_settings, derived.optional_rules
    if isinstance(statement, ast.InsertValues):
        return _plan(snapshot, statement, settings, ())
    key = (statement.text, type(statement), parameter_oids, snapshot.version, session.database, derived.search_path, derived.time_zone,
           derived.styles, derived.user, settings.row_security, rules)
    found: WithParameters = session.server.plans.plan(
        key, lambda: _plan(snapshot, statement, settings, client_types(snapshot, parameter_oids), rules=rules)
    )
    return found


def planned_per_row(session: Session, statement: ast.Statement, parameter_oids: tuple[int, ...]) -> tuple[PlannedQuery, tuple[SqlType, ...], Names] | None:
    """The plan of a query that reads the arguments of calls which depend on the row, with parameter types; None without such calls."""
    split = arguments_per_row(statement.tree) if isinstance(statement, ast.Query) else None
    if split is None:
        return None
    made = replace(statement, tree=split[0], text=f"{statement.text}\0arguments")  # type: ignore[call-arg]
    found = planned(session, made, parameter_oids)
    assert isinstance(found.plan, PlannedQuery)
    return found.plan, found.parameter_types, split[1]


def without_locks(tree: exp.Expression) -> exp.Expression:
    """The query alone: planning knows no locks."""
    if not tree.args.get("locks"):
        return tree
    tree = tree.copy()
    tree.set("locks", None)
    return tree


def client_types(snapshot: Snapshot, oids: tuple[int, ...]) -> tuple[SqlType | None, ...]:
    """Parameter types that a client gave as OIDs; 0 and unknown are found by binding."""
    own = types_by_oid(snapshot) if any(oid and oid not in _BY_OID for oid in oids) else {}
    return tuple(_BY_OID.get(oid) or own.get(oid) for oid in oids)


_BY_OID: dict[int, SqlType] = {
    **{t.oid: scalar(t.name) for t in TYPES.values() if t.name in ALIASES and t.name not in ("unknown", "list", "struct", "map", "anyarray")},
    **{t.array_oid: list_of(scalar(t.name)) for t in TYPES.values() if t.array_oid and t.name not in ("struct", "map")},
}


def _plan(
    snapshot: Snapshot, statement: ast.Statement, settings: PlanSettings, types: tuple[SqlType | None, ...],
    *, rules: bool = True,
) -> WithParameters:
    if isinstance(statement, (ast.Query, ast.Insert, ast.Update, ast.Delete)) and has_changes(statement.tree):
        overriding = statement.overriding if isinstance(statement, ast.Insert) else None
        return WithParameters(*plan_with_changes(statement.tree, snapshot, settings, types, overriding))
    match statement:
        case ast.Query():
            query = plan_query(without_locks(statement.tree), snapshot, settings, streaming=False, parameter_types=types, optional_rules=rules)
            found = query.parameter_types
            return WithParameters(query, found, point_read(query.physical, snapshot), Kept.of(query.physical, len(found)))
        case ast.Insert(tree=exp.Insert() as tree, overriding=overriding):
            return _changing(*changes.plan_insert(tree, snapshot, settings, types, overriding))
        case ast.InsertValues():
            return WithParameters(changes.plan_insert_values(statement, snapshot, settings), ())
        case ast.Update(tree=exp.Update() as tree):
            return _changing(*changes.plan_update(tree, snapshot, settings, types))
        case ast.Delete(tree=exp.Delete() as tree):
            return _changing(*changes.plan_delete(tree, snapshot, settings, types))
        case ast.Merge(tree=exp.Merge() as tree):
            return WithParameters(*changes.plan_merge(tree, snapshot, settings, types))
        case _:
            raise Unsupported(f"{type(statement).__name__} can't be planned")


def _changing(plan: PlannedDml, parameters: tuple[SqlType, ...]) -> WithParameters:
    return WithParameters(plan, parameters, kept=Kept.of(plan, len(parameters)))


def describe(
    session: Session, statement: ast.Statement, parameter_oids: tuple[int, ...]
) -> tuple[tuple[SqlType, ...], Schema | None]:
    """Parameter types and result columns (None: no rows) of a statement, before it runs."""
    if isinstance(statement, PLANNED):
        try:
            found = planned(session, statement, parameter_oids)
        except Unsupported:
            from ..statements import called

            in_blocks = called.split(session, statement)
            if in_blocks is not None:
                asked = planned(session, in_blocks[0], parameter_oids)
                assert isinstance(asked.plan, PlannedQuery)
                return asked.parameter_types, called.described(session, in_blocks[1], asked.plan.schema.types)
            per_row = planned_per_row(session, statement, parameter_oids)
            if per_row is None:
                from ..statements.called_once import shaped

                shape = shaped(session, statement, lambda s: planned(session, s, parameter_oids))
                if shape is None:
                    raise
                return describe(session, shape, parameter_oids)
            return per_row[1], schema_of_calls(per_row[2], per_row[0].schema)
        plan = found.plan
        schema = plan.schema if isinstance(plan, PlannedQuery) else plan.returning_schema
        return found.parameter_types, schema
    from ..statements.shapes import columns_of

    inner = statement.query if isinstance(statement, (ast.DeclareCursor, ast.Call)) else statement.statement if isinstance(statement, ast.Explain) else None
    types = describe(session, inner, parameter_oids)[0] if isinstance(inner, PLANNED) else ()
    return types, columns_of(session, statement)


def plan_definition(
    session: Session, tree: exp.Expression, *, streaming: bool, emit_on_window_close: bool = False,
    checked: bool = True, subscribing: bool = False,
) -> PlannedQuery:
    """The query of a view, sink, COPY or subscription. Plain views are `checked` when they are read."""
    settings = session.plan_settings
    return plan_query(
        tree, session.server.catalog.snapshot, settings if checked else replace(settings, role=None),
        streaming=streaming, optional_rules=session.settings.flag("optional_rules"),
        emit_on_close=emit_on_window_close, subscribing=subscribing,
    )


def view_settings(server: Server, entry: Relation) -> PlanSettings:
    """The settings under which a view or sink was created."""
    stored = SessionSettings(dict(entry.settings))
    return plan_settings(stored.search_path(entry.owner), stored, entry.owner, server.catalog.around(entry).database)


def plan_stored(server: Server, entry: Relation, role: str | None = None) -> Plan:
    """The plan of a recorded view or sink, planned as when it was created. With `role`, its privileges and policies count."""
    assert entry.query is not None
    settings, seen = view_settings(server, entry), server.catalog.around(entry)
    planned = plan_query(
        parse_query(entry.query), seen.as_of(seen.relations.get(entry.id, entry).bound), replace(settings, role=role), streaming=True,
        emit_on_close=dict(entry.options).get("emit_on_window_close") == "true",
    )
    return _settled(planned.physical, entry.owner, settings)


def materializable(session: Session, planned: PlannedQuery) -> Plan:
    """The plan of a new view or sink: parameters refused, facts of the session taken as they are now."""
    if planned.parameter_types:
        raise UserError("views may not have parameters", "42P02")
    relations = session.server.catalog.snapshot.relations
    for node in nodes(planned.physical):
        if isinstance(node, Scan) and node.relation != ERRORS_RELATION and relations[node.relation].kind == "system":
            raise Unsupported(f"a view or sink over {relations[node.relation].name} is not supported",
                              hint="System relations are computed when read and tell no changes; create a plain view.")
    if names_objects(planned.physical):
        raise Unsupported("a view or sink that turns OIDs into names is not supported",
                          hint="Names change without the rows; create a plain view.")
    return _settled(planned.physical, session.user, session.plan_settings)


def _settled(plan: Plan, user: str, settings: PlanSettings) -> Plan:
    if not needs_substitution(plan):
        return plan
    facts = settings.facts
    known: dict[str, Any] = {
        "current_user": user, "session_user": user, "current_database": facts.database,
        "time_zone": facts.time_zone,
        "current_schema": next((s for s in settings.search_path if s != "pg_catalog"), None),
    }

    def value(context: Any) -> Any:
        if context.name == "sequences":
            raise Unsupported("sequences are not supported in a materialized view or sink",
                              hint="Draw the value where the row is inserted.")
        if context.name not in known:
            raise Unsupported(f"{context.name}() is not supported in a view here",
                              hint="now() may be compared with a column in WHERE.")
        return known[context.name]

    return substitute(plan, {}, value)


def select_all(name: ast.Name) -> tuple[exp.Expression, str]:
    """SELECT * of a relation: tree and text."""
    text = "SELECT * FROM " + quoted(name)
    return parse_query(text), text


def select_columns(name: ast.Name, columns: tuple[str, ...]) -> exp.Expression:
    listed = ", ".join('"' + c.replace('"', '""') + '"' for c in columns) or "*"
    return parse_query(f"SELECT {listed} FROM {quoted(name)}")


def quoted(name: ast.Name) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in name)


def plan_copy(session: Session, entry: Relation, columns: tuple[str, ...], rows: Batch) -> PlannedInsert:
    """Rows of COPY as an insert."""
    return changes.plan_copy_rows(entry, columns, rows, session.server.catalog.snapshot, session.plan_settings)


def constant_parameters(session: Session, args: tuple[exp.Expression, ...], types: tuple[SqlType, ...]) -> Batch | None:
    """Arguments of EXECUTE as a one-row batch of the parameter types."""
    if not types:
        return None
    snapshot, settings = session.server.catalog.snapshot, session.plan_settings
    exprs = changes.plan_scalars(args, types, snapshot, settings)
    values = [evaluate(substitute(e, {}, session.context_value), session.facts()) for e in exprs]
    return Batch.from_rows(types, [tuple(values)])


def check_expressions(session: Session, entry: Relation, snapshot: Snapshot | None = None) -> None:
    """Defaults, generated columns, checks and watermarks of a table bind; raises what does not."""
    changes.plan_row(entry, snapshot or session.server.catalog.snapshot, session.plan_settings)


def check_domain(session: Session, domain: UserType) -> None:
    """The checks and the default of a domain bind."""
    changes.check_domain(domain, session.server.catalog.snapshot, session.plan_settings)


def check_index(session: Session, entry: Relation, keys: list[str], where: str | None) -> None:
    """Keys of an index and its predicate bind over the relation's rows."""
    types = changes.row_types(entry, [*keys, *([where] if where else [])], session.server.catalog.snapshot, session.plan_settings)
    if where and types[-1].name not in ("bool", "unknown"):
        raise UserError(f"argument of WHERE must be type boolean, not type {types[-1].without_mods()}", "42804")


def check_function(session: Session, function: SqlFunction) -> None:
    """The body of a new SQL function parses and binds."""
    changes.check_function(function, session.server.catalog.snapshot, session.plan_settings)


def _row_settings(server: Server, entry: Relation) -> PlanSettings:
    """What expressions of a table's or sink's rows are planned with."""
    stored = SessionSettings({k: v for k, v in entry.settings if k != "search_path"})
    return plan_settings(("pg_catalog", "public"), stored, entry.owner, server.catalog.around(entry).database)


def generated_columns(server: Server, entry: Relation) -> Callable[[Batch], Batch]:
    """Rows of a connector (columns without generated ones) → full rows."""
    if all(c.generated is None for c in entry.columns):
        return lambda rows: rows
    settings = _row_settings(server, entry)
    row = changes.plan_row(entry, server.catalog.around(entry), settings)
    program = Program(substitute(row.from_payload, {}, lambda c: _moment(server, c)))

    def complete(rows: Batch) -> Batch:
        now = server.clock.micros()
        return program.run(rows, SessionFacts(now=now, clock=now))[0]

    return complete


def stream_key(session: Session, entry: Relation) -> tuple[int, ...]:
    """Columns that identify the rows of a table or view; none if that is unknown."""
    return changes.stream_key(entry, session.server.catalog.snapshot, session.plan_settings)


def with_generated_types(session: Session, entry: Relation, untyped: set[str]) -> Relation:
    """The relation with the types of generated columns that declare none."""
    snapshot, settings = session.server.catalog.snapshot, session.plan_settings
    columns = tuple(
        replace(c, type=changes.generated_type(entry, i, snapshot, settings)) if c.name in untyped else c
        for i, c in enumerate(entry.columns)
    )
    return replace(entry, columns=columns)


def table_watermarks(server: Server, entry: Relation) -> TableWatermarks | None:
    """What tells late rows of a table; None without WATERMARK."""
    if not entry.watermarks or entry.kind != "table":
        return None
    settings = _row_settings(server, entry)
    return TableWatermarks(changes.plan_watermarks(entry, server.catalog.around(entry), settings))


def table_constraints(server: Server, entry: Relation) -> Constraints:
    """What every row of a table must fulfil."""
    settings = _row_settings(server, entry)
    return changes.plan_constraints(entry, server.catalog.around(entry), settings)


def sink_row(server: Server, entry: Relation, target: Relation) -> tuple[Expr, ...]:
    """Expressions that turn a row of a sink into a row of its target table."""
    settings = _row_settings(server, entry)
    exprs = changes.plan_sink_row(entry, target, server.catalog.around(entry), settings)
    return substitute(exprs, {}, lambda c: _moment(server, c))


def _moment(server: Server, context: ContextValue) -> int:
    if context.name == "sequences":
        raise Unsupported("columns that are filled by a connector or a sink can't draw from a sequence",
                          hint="Give the column a value in the source or the sink's query.")
    return server.clock.micros()


def drawn_sequences(session: Session, entry: Relation, snapshot: Snapshot | None = None) -> tuple[int | None, ...]:
    """For each column the sequence that its default draws from."""
    row = changes.plan_row(entry, snapshot or session.server.catalog.snapshot, session.plan_settings)
    return tuple(next(sequences_of(e), None) for e in row.defaults)

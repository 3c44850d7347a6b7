"""SELECT … FOR UPDATE | SHARE [NOWAIT | SKIP LOCKED]: the rows that a query takes from tables stay as they are until
the transaction ends.

The query is planned with the columns of those tables behind its own; their rows are then what is locked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from ...kernels.batch import Batch
from ...kernels.errors import Unsupported, UserError
from ...kernels.keys import rows_by_key
from ...planner.catalog.entries import Relation
from ...planner.pipeline import PlannedQuery, plan_query
from ...planner.sql import statements as ast
from ..reading.executions import Rows
from ..reading.planning import client_types, without_locks
from ..reading.reads import Bound, Stored, run
from ..sessions.authorization import require_relation
from ..transactions.locks import Conflict

if TYPE_CHECKING:
    from ..sessions.session import PreparedStatement, Session

HINT = "Only rows that a SELECT takes from tables as they are can be locked."


@dataclass(frozen=True, slots=True)
class Locked:
    """A table of the query, the place of its columns in the widened rows, and how its rows are locked."""

    entry: Relation
    columns: tuple[int, ...]
    shared: bool
    wait: bool
    skip: bool


@dataclass(frozen=True, slots=True)
class Widened:
    query: PlannedQuery
    width: int  # columns of the query itself
    tables: tuple[Locked, ...]


def locks_rows(statement: ast.Query) -> bool:
    return bool(statement.tree.args.get("locks"))


async def select_locking(
    session: Session, statement: ast.Query, parameters: Batch | None, prepared: PreparedStatement | None
) -> Rows:
    from .query import bind

    session.require_writable("SELECT FOR UPDATE")
    oids = prepared.parameter_oids if prepared is not None else ()
    snapshot, settings = session.server.catalog.snapshot, session.derived.plan_settings
    key = ("locking", statement.text, oids, snapshot.version, settings.search_path, session.derived.user,
           settings.row_security)
    widened: Widened = session.server.plans.plan(key, lambda: _widen(session, statement, oids))
    plan = Bound.of(bind(session, widened.query.physical, parameters))
    server = session.server
    rows = await server.locks.until_free(
        session, lambda: server.in_worker(lambda: _locked_rows(session, widened, plan))
    )
    own = widened.query.schema.select(tuple(range(widened.width)))
    return Rows(own, rows.select(tuple(range(widened.width))) if rows is not None else None)


def _widen(session: Session, statement: ast.Query, oids: tuple[int, ...]) -> Widened:
    tree, settings = statement.tree, session.plan_settings
    if not isinstance(tree, exp.Select):
        raise Unsupported("FOR UPDATE is not allowed with UNION/INTERSECT/EXCEPT", hint=HINT)
    for clause in ("distinct", "group", "having"):
        if tree.args.get(clause):
            raise Unsupported(f"FOR UPDATE is not allowed with {clause.upper()} clause", hint=HINT)
    if any(e.find(exp.Window) for e in tree.expressions):
        raise Unsupported("FOR UPDATE is not allowed with window functions", hint=HINT)
    names = {t.alias_or_name: _table(session, t) for t in _from_items(tree)}
    given = {name: lock for lock in tree.args["locks"] for name in (_names(lock) or names)}
    plain = without_locks(tree)
    types = client_types(session.server.catalog.snapshot, oids)
    snapshot = session.server.catalog.snapshot
    width = len(plan_query(plain, snapshot, settings, streaming=False, parameter_types=types).schema)
    wide = plain.copy()
    at, tables = width, []
    for name, lock in given.items():
        entry = names.get(name)
        if entry is None:
            raise UserError(f'relation "{name}" in FOR UPDATE clause not found in FROM clause', "42P01")
        require_relation(session, entry, "w")
        for column in entry.columns:
            wide.append("expressions", exp.column(exp.to_identifier(column.name, quoted=True),
                                                  table=exp.to_identifier(name, quoted=True)))
        wait = lock.args.get("wait")
        tables.append(Locked(entry, tuple(range(at, at + len(entry.columns))), not lock.args.get("update"),
                             wait is None, wait is False))
        at += len(entry.columns)
    settings = replace(settings, locked=frozenset(t.entry.id for t in tables))
    try:
        query = plan_query(wide, snapshot, settings, streaming=False, parameter_types=types)
    except UserError as e:
        if e.sqlstate == "42803":  # columns of tables beside an aggregate
            raise Unsupported("FOR UPDATE is not allowed with aggregate functions", hint=HINT) from None
        raise
    return Widened(query, width, tuple(tables))


def _from_items(tree: exp.Select) -> Iterable[exp.Expression]:
    first = tree.args.get("from_") or tree.args.get("from")
    if first is not None:
        yield first.this
    for join in tree.args.get("joins") or ():
        yield join.this


def _names(lock: exp.Lock) -> list[str]:
    return [t.name for t in lock.expressions]


def _table(session: Session, item: exp.Expression) -> Relation:
    name = tuple(p.name for p in item.parts) if isinstance(item, exp.Table) and not isinstance(item.this, exp.Func) else ()
    entry = session.server.find(session, name) if name else None
    if entry is None or entry.kind != "table":
        raise Unsupported(f'FOR UPDATE can\'t lock rows of "{item.alias_or_name}"', hint=HINT)
    return entry


def _locked_rows(session: Session, widened: Widened, plan: Bound) -> Batch | None:
    from .query import take_inputs

    server, transaction, locks = session.server, session.transaction, session.server.locks
    with server.engine.lock:
        inputs = take_inputs(session, plan)
        for table in widened.tables:
            if table.skip:
                inputs[table.entry.id] = _free(session, table, inputs[table.entry.id])
        rows = run(plan, inputs, session.facts(), session.interrupt.check)
        if rows is None:
            return None
        for table in widened.tables:
            wanted = rows.select(table.columns).consolidate().negate()
            try:
                locks.check(table.entry, wanted, transaction, shared=table.shared)
            except Conflict:
                if table.wait:
                    raise
                raise UserError(f'could not obtain lock on row in relation "{table.entry.name}"', "55P03") from None
            if transaction is not None:
                transaction.lock(table.entry.id, wanted, shared=table.shared)
                locks.hold(transaction)
    return rows


def _free(session: Session, table: Locked, stored: Stored) -> Stored:
    """The input without rows that others have locked."""
    taken = session.server.locks.taken(table.entry, session.transaction, shared=table.shared)
    if not taken:
        return stored
    keys = Batch.concat(taken)
    rows = session.server.engine.stored(table.entry.id).rows
    by = table.entry.primary_key or tuple(range(keys.num_columns))
    if stored.rows is not None:
        return replace(stored, rows=rows_by_key(stored.rows, by, keys, by, False))
    found = rows.lookup_by(by, keys.select(by)).negate()
    return replace(stored, overlay=found if stored.overlay is None else Batch.concat([stored.overlay, found]))

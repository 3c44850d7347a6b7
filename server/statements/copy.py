"""COPY table FROM STDIN, COPY table | (query) TO STDOUT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...kernels.batch import Batch
from ...kernels.errors import Unsupported, UserError
from ...kernels.schema import Schema
from ...pgwire.session_api import CopyFormat
from ...planner.catalog.entries import Relation
from ...planner.sql import statements as ast
from ...planner.sql.options import Options
from ..reading.executions import CopyIn, Rows, Stream
from ..reading.planning import PlannedQuery, plan_copy, plan_definition, select_columns
from ..reading.reads import Bound
from ..transactions import drafts
from .query import BoundDml, answer, bind, write
from .subscribe import subscribe

if TYPE_CHECKING:
    from ..sessions.session import Session


async def copy(session: Session, statement: ast.Copy, parameters: Any, prepared: Any) -> Any:
    form = _format(statement)
    if statement.target not in ("stdin", "stdout"):
        raise Unsupported("COPY reads STDIN and writes STDOUT only", hint="Use psql's \\copy for files.")
    if statement.direction == "from":
        return _copy_in(session, statement, form)
    return await _copy_out(session, statement, form)


def _format(statement: ast.Copy) -> CopyFormat:
    options = Options(statement.options, "COPY option")
    kind = options.get_choice("format", ("text", "csv", "binary"), "text")
    csv = kind == "csv"
    delimiter = options.get_str("delimiter", "," if csv else "\t")
    null = options.get_str("null", "" if csv else "\\N")
    header = options.get_bool("header", False)
    quote = options.get_str("quote", '"')
    escape = options.get_str("escape", quote)
    options.get_str("encoding", "utf8")
    options.get_bool("freeze", False)  # how PostgreSQL marks the rows it stores
    options.finish()
    if len(delimiter or "") != 1:
        raise UserError("COPY delimiter must be a single one-byte character", "0A000")
    return CopyFormat(kind or "text", delimiter or "\t", null or "", bool(header), quote or '"', escape or '"')


def _copy_in(session: Session, statement: ast.Copy, form: CopyFormat) -> CopyIn:
    session.require_writable("COPY FROM")
    assert statement.table is not None
    entry = session.server.resolve(session, statement.table, ("table",))
    columns = statement.columns or tuple(
        c.name for c in entry.columns if c.generated is None and not c.hidden
    )
    schema = _columns(entry, columns)

    async def finish(rows: Batch | None) -> int:
        if rows is None:
            return 0
        def plan() -> BoundDml:
            now = session.server.catalog.snapshot.relations.get(entry.id, entry)
            return BoundDml(bind(session, plan_copy(session, now, columns, rows), None))

        with drafts.within(session.draft):
            result = await write(session, plan)
        return result.count

    return CopyIn(schema, form, finish)


def _columns(entry: Relation, names: tuple[str, ...]) -> Schema:
    schema = entry.row_schema
    try:
        return schema.select(tuple(schema.index(n) for n in names))
    except KeyError as e:
        raise UserError(f"column {e} of relation {entry.name} does not exist", "42703") from None


async def _copy_out(session: Session, statement: ast.Copy, form: CopyFormat) -> Rows | Stream:
    if isinstance(statement.query, ast.Subscribe):
        return await subscribe(session, statement.query, None, None, copy=form)
    if statement.query is not None:
        if not isinstance(statement.query, ast.Query):
            raise Unsupported("COPY takes a SELECT or SUBSCRIBE")
        tree = statement.query.tree
    else:
        assert statement.table is not None
        session.server.resolve(session, statement.table, ())
        tree = select_columns(statement.table, statement.columns)
    planned: PlannedQuery = plan_definition(session, tree, streaming=False)
    return await answer(session, Bound.of(bind(session, planned.physical, None)), planned.schema, "COPY", copy=form)

"""Functions of the session over rows: `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE …`.

The rows are read first, with the arguments in place of the calls; then the calls are made, row by row in their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...kernels.batch import Batch
from ...kernels.schema import Field, Schema
from ...planner.bind.params import session_result
from ..sessions import session_functions
from .executions import Rows

if TYPE_CHECKING:
    from ..sessions.session import Session

Names = tuple[tuple[str, str] | None, ...]  # per column: name and function of a call


def schema_of_calls(names: Names, schema: Schema) -> Schema:
    return Schema(tuple(Field(n[0], session_result(n[1])) if n else f for n, f in zip(names, schema.fields)))


async def called(session: Session, names: Names, schema: Schema, rows: Batch | None) -> Rows:
    """The result of the query, whose columns with a name here hold arguments (and one value more, so that they are a row)."""
    wanted = schema_of_calls(names, schema)
    made = []
    for row in [] if rows is None else rows.to_rows():
        values = []
        for value, n in zip(row, names):
            values.append(value if n is None else session_functions.call(session, n[1], tuple(value[:-1])))
            await session_functions.slept(session)
        made.append(tuple(values))
    return Rows(wanted, Batch.from_rows(wanted.types, made))

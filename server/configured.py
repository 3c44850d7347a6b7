"""set_config over rows, as pg_dump calls it: `SELECT set_config(name, 'x', false) FROM pg_settings WHERE …`.

The rows are read first, with the arguments in place of the call; then the settings are made, row by row in their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..kernels.batch import Batch
from ..kernels.schema import Field, Schema
from ..kernels.types import TEXT
from . import session_functions
from .executions import Rows

if TYPE_CHECKING:
    from .session import Session


def made_settings(session: Session, names: tuple[str | None, ...], schema: Schema, rows: Batch | None) -> Rows:
    """The result of the query; the columns that have a name here hold arguments of set_config."""
    wanted = Schema(tuple(Field(n, TEXT) if n else f for n, f in zip(names, schema.fields)))
    if rows is None:
        return Rows(wanted, None)
    made = [
        tuple(v if n is None else session_functions.set_config(session, *v) for n, v in zip(names, row))
        for row in rows.to_rows()
    ]
    return Rows(wanted, Batch.from_rows(wanted.types, made))

"""NOT NULL and CHECK for rows that no statement waits for: those of sinks into tables and of connectors.

A row that the table refuses is left out, and is a row error; when the row is taken back, so is its error.
"""

from __future__ import annotations

from ...executor.operator import ERROR_TYPES
from ...kernels.batch import Batch
from ...kernels.expr.program import Program, SessionFacts
from ...kernels.expr.spec import Call, Col, Expr
from ...kernels.types import BOOL, INT8, TEXT
from ...planner.catalog.entries import Relation
from ...planner.physical.dml import Constraints

OPERATOR = -2  # in sabot.errors: the table's own checks


class RowChecks:
    """Splits new rows of one table; weights stay."""

    def __init__(self, table: Relation, constraints: Constraints) -> None:
        types = table.row_schema.types
        columns = tuple(Col(i, t) for i, t in enumerate(types))
        self._table = table.name
        self._checks: list[tuple[Program, Program, str, str]] = []
        for at in constraints.not_null:
            text = f'null value in column "{table.columns[at].name}" of relation "{table.name}" violates not-null constraint'
            self._add(columns, "bool.is_null", "bool.is_not_null", columns[at], "23502", text)
        for name, check in constraints.checks:
            text = f'new row for relation "{table.name}" violates check constraint "{name}"'
            self._add(columns, "bool.is_false", "bool.is_not_false", check, "23514", text)

    def _add(self, columns: tuple[Col, ...], bad: str, good: str, value: Expr, sqlstate: str, text: str) -> None:
        refused, taken = (Program(columns, Call(kernel, (value,), BOOL)) for kernel in (bad, good))
        self._checks.append((refused, taken, sqlstate, text))

    def split(self, rows: Batch) -> tuple[Batch, list[Batch]]:
        """(rows that may be stored, errors of the others as rows of ERROR_TYPES)."""
        errors: list[Batch] = []
        for refused, taken, sqlstate, text in self._checks:
            if not rows.num_rows:
                break
            bad, _ = refused.run(rows, SessionFacts())
            if bad.num_rows:
                rows, _ = taken.run(rows, SessionFacts())
                errors.append(row_error(bad, sqlstate, text, self._table))
        return rows, errors


def row_error(rows: Batch, sqlstate: str, text: str, detail: str) -> Batch:
    """One error for each row, with its weight."""
    assert ERROR_TYPES == (INT8, TEXT, TEXT, TEXT)
    out = Batch.repeat(INT8, OPERATOR, rows.num_rows)
    for value in (sqlstate, text, detail):
        out = out.hstack(Batch.repeat(TEXT, value, rows.num_rows))
    return out.weighted_as(rows)

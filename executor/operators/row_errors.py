"""Row errors of operators: collected as retractable data, or raised in a strict step."""

from __future__ import annotations

from ...kernels.batch import Batch
from ...kernels.errors import RowError
from ...kernels.types import INT8, TEXT
from ..operator import StepContext


def report(ctx: StepContext, operator: int, failures: Batch | None, detail: str | None = None) -> None:
    """Add `failures` (sqlstate text, message text, weighted) to the step's errors.

    In a strict step the first one that stands (positive net weight) is raised as RowError.
    """
    if failures is None:
        return
    failures = failures.consolidate()
    if not failures.num_rows:
        return
    if ctx.strict:
        for (sqlstate, message), weight in zip(failures.to_rows(), failures.weights()):
            if weight > 0:
                raise RowError(message, sqlstate)
        return
    rows = failures.num_rows
    ctx.errors.append(
        Batch.repeat(INT8, operator, rows)
        .hstack(failures)
        .hstack(Batch.repeat(TEXT, detail, rows))
        .weighted_as(failures)
    )

"""A NULL among several grouping columns leaves the columns behind it as they are."""

from __future__ import annotations

import pytest
from sabot.executor.dataflow import Dataflow
from sabot.executor.operator import StepContext
from sabot.kernels.batch import Batch
from sabot.kernels.expr.program import SessionFacts
from sabot.kernels.schema import schema_of
from sabot.kernels.types import INT4, INT8, TIMESTAMP, SqlType
from sabot.planner.physical.node import AggCall, Aggregate, Scan


@pytest.mark.parametrize("types", [(INT4, INT8), (INT8, INT4, TIMESTAMP)])
def test_null_before_a_value(types: tuple[SqlType, ...]) -> None:
    names = [(f"c{i}", t) for i, t in enumerate(types)]
    columns = tuple(range(len(types)))
    plan = Aggregate(
        Scan(1, columns, schema_of(*names)), columns, (AggCall("count_star", (), (), INT8),), schema_of(*names, ("n", INT8))
    )
    rows = [tuple(None if i == gap else 5 for i in columns) for gap in columns]
    out = Dataflow(plan).step({1: Batch.from_rows(types, rows)}, StepContext(0, SessionFacts()))
    assert out is not None
    assert sorted(out.to_rows(), key=str) == sorted(((*r, 1) for r in rows), key=str)

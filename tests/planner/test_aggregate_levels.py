"""The query that an aggregate belongs to, and where it may then not stand."""

from __future__ import annotations

import pytest
from sabot.kernels.errors import UserError
from sabot.planner import pipeline
from sabot.planner.sql.query import parse_query

from .conftest import SETTINGS, SNAPSHOT


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT sum(sum(a)) FROM t", "aggregate function calls cannot be nested"),
        ("SELECT sum(grouping(a)) FROM t GROUP BY a", "aggregate function calls cannot be nested"),
        ("SELECT sum((SELECT sum(t.a) FROM u)) FROM t", "aggregate function calls cannot be nested"),
        ("SELECT count(*) FILTER (WHERE sum(a) > 1) FROM t", "aggregate functions are not allowed in FILTER"),
        ("SELECT count(*) FILTER (WHERE EXISTS (SELECT sum(t.a) FROM u)) FROM t", "aggregate functions are not allowed in FILTER"),
        ("SELECT (SELECT x FROM (VALUES (sum(1))) v (x)) FROM t", "aggregate functions are not allowed in VALUES"),
    ],
)
def test_aggregates_that_belong_to_no_query(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        pipeline.plan_query(parse_query(text), SNAPSHOT, SETTINGS, streaming=False)
    assert (caught.value.sqlstate, caught.value.message) == ("42803", message)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (SELECT sum(x + sum(t.a)) FROM u) FROM t",
        "SELECT (SELECT sum(x) FILTER (WHERE sum(t.a) > 0) FROM u) FROM t",
        "SELECT (SELECT x FROM (VALUES (sum(t.a))) v (x)) FROM t",
    ],
)
def test_aggregates_of_an_outer_query(text: str) -> None:
    pipeline.plan_query(parse_query(text), SNAPSHOT, SETTINGS, streaming=False)

"""EXPLAIN: every stage as text that doesn't change from run to run."""

from __future__ import annotations

import pytest
from sabot.kernels.errors import UserError

SQL = "SELECT b, count(*) AS n FROM t WHERE a > 3 GROUP BY b ORDER BY n DESC LIMIT 2"


def test_the_stages(explain):
    assert explain(SQL, "logical").splitlines() == [
        "Sort (n desc) limit 2",
        "  Project b#2 := b, n := count_star",
        "    Aggregate by (b): count_star := count_star()",
        "      Filter (a > 3)",
        "        Scan t (a, b, c)",
    ]
    assert explain(SQL, "physical").splitlines() == [
        "Sort (n desc) limit 2",
        "  Aggregate by (b): count_star()",
        "    Map (a, b) where (a > 3)",
        "      Scan t (a, b)",
    ]
    assert explain(SQL, "streaming").splitlines()[0].startswith("TopN row_number limit 2 order (count_star desc)")


def test_the_same_text_every_time(explain):
    assert len({explain(SQL, stage) for stage in ("optimised",) for _ in range(3)}) == 1


def test_constants_are_shown_as_sql_writes_them(explain):
    shown = explain("SELECT date '2024-01-02', interval '5 sec', b FROM t WHERE a < 1.50", "logical")
    for constant in ("'2024-01-02'::date", "'00:00:05'::interval", "'1.50'::numeric"):
        assert constant in shown


def test_unknown_stage(explain):
    with pytest.raises(UserError, match="unknown EXPLAIN stage"):
        explain(SQL, "quantum")

"""Rewrite rules: what each does, and that plans stay the same where they must."""

from __future__ import annotations

import time
from textwrap import dedent

import pytest
from sabot.kernels.errors import Unsupported


def text(wanted: str) -> str:
    return dedent(wanted).strip("\n").rstrip()


def test_equalities_of_comma_joins_become_join_conditions(explain):
    assert explain("SELECT t.c FROM t, u, t3 WHERE t.a = u.x AND u.y = t3.k AND t3.n = 5") == text("""
        Project c#2 := c
          Join inner on (y = k)
            Project c, y
              Join inner on (a = x)
                Scan t (a, c)
                Scan u (x, y)
            Project k
              Filter (n = 5)
                Scan t3 (k, n)
        """)


def test_products_are_avoided_where_conditions_allow(explain):
    made = explain("SELECT 1 FROM t, t3, u WHERE t.a = u.x AND t3.k = u.y")
    assert made.count("Join inner on") == 2


def test_sixty_four_tables_are_planned_quickly(plan):
    names = [f"t{i}" for i in range(64)]
    links = [f"t{i * 7 % 64}.k = t{(i + 1) * 7 % 64}.n" for i in range(63)]

    def cost() -> float:
        started = time.process_time()
        plan(f"SELECT t0.k FROM {', '.join(names)} WHERE {' AND '.join(links)}")
        return time.process_time() - started

    assert any(cost() < 1 for _ in range(3))


def test_a_condition_on_the_padded_side_makes_an_outer_join_inner(explain):
    assert "Join inner" in explain("SELECT a FROM t LEFT JOIN u ON a = x WHERE y > 1")
    assert "Join left" in explain("SELECT a FROM t LEFT JOIN u ON a = x WHERE y IS NULL")
    assert "Join left" in explain("SELECT a FROM t FULL JOIN u ON a = x WHERE a > 1")
    assert "Join full" in explain("SELECT a FROM t FULL JOIN u ON a = x WHERE coalesce(a, x) > 1")


def test_the_condition_of_an_outer_join_stays_with_it(explain):
    assert explain("SELECT a, y FROM t LEFT JOIN u ON a = x AND b = 1 AND y = 2") == text("""
        Project a#2 := a, y#2 := y
          Join left on ((a = x) AND (b = 1))
            Scan t (a, b)
            Filter (y = 2)
              Scan u (x, y)
        """)


def test_filters_pass_groups_but_not_limits(explain):
    assert explain("SELECT * FROM (SELECT b, count(*) AS n FROM t GROUP BY b) q WHERE b = 1 AND n > 2") == text("""
        Project b#2 := b, n := count_star
          Filter (count_star > 2)
            Aggregate by (b): count_star := count_star()
              Filter (b = 1)
                Scan t (b)
        """)
    made = explain("SELECT * FROM (SELECT a FROM t ORDER BY a LIMIT 3) q WHERE a > 1").splitlines()
    assert [line.split()[0] for line in made if "Filter" in line or "TopN" in line] == ["Filter", "TopN"]


def test_a_constant_reaches_the_other_side_of_an_equality(explain):
    made = explain("SELECT 1 FROM t JOIN u ON a = x WHERE a = 7")
    assert "Filter (a = 7)" in made and "Filter (x = 7)" in made


@pytest.mark.parametrize(("bound", "limit"), [("<= 3", 3), ("< 3", 2), ("= 1", 1)])
def test_a_numbering_that_is_cut_off_is_a_top_n(explain, bound, limit):
    sql = f"SELECT a FROM (SELECT a, row_number() OVER (PARTITION BY b ORDER BY a DESC) AS r FROM t) q WHERE r {bound}"
    made = explain(sql)
    assert f"TopN row_number limit {limit} per (b) order (a desc)" in made and "Window" not in made


def test_a_numbering_that_is_shown_or_bounded_below_stays_exact(explain):
    sql = "SELECT a FROM (SELECT a, rank() OVER (ORDER BY b) AS r FROM t) q WHERE r {}"
    assert "Window" in explain(sql.format(">= 2"))
    made = explain(sql.format("= 2"))
    assert "TopN rank limit 2" in made and "Filter" in made


def test_a_cte_is_bound_once_and_shared(explain):
    made = explain("WITH w AS (SELECT b, count(*) AS n FROM t GROUP BY b) SELECT * FROM w p JOIN w q ON p.n = q.b", "physical")
    assert made.count("Aggregate") == 1 and "Shared [1]" in made


def test_volatile_expressions_are_not_shared_or_repeated(explain):
    assert explain("SELECT random() UNION ALL SELECT random()", "physical").count("random()") == 2
    made = explain("WITH r AS (SELECT random() AS x) SELECT p.x, q.x FROM r p, r q", "physical")
    assert made.count("random()") == 1
    assert explain("SELECT x, x FROM (SELECT random() AS x FROM t) q", "physical").count("random()") == 1


def test_a_filter_does_not_pass_a_volatile_projection(explain):
    made = explain("SELECT x FROM (SELECT random() AS x, a FROM t) q WHERE a = 1").splitlines()
    assert "Filter" in made[1]


def test_optional_rules_can_be_off(explain):
    made = explain("SELECT t.a FROM t, u WHERE t.a = u.x", optional_rules=False)
    assert "Filter (a = x)" in made


def test_temporal_filters_bound_the_time(explain):
    made = explain("SELECT k FROM log WHERE at > now() - INTERVAL '1 hour'", streaming=True)
    assert "NowFilter now < (at + " in made
    made = explain("SELECT k FROM log WHERE now() >= at", streaming=True)
    assert "NowFilter at <= now" in made
    made = explain("SELECT k FROM log WHERE at > now() OR k = 1", streaming=True)
    assert "NowFilter now < greatest(" in made
    made = explain("SELECT k FROM log WHERE at > date_trunc('day', now())", streaming=True)
    assert "Clock clock := date_trunc(" in made and "Join inner" in made
    with pytest.raises(Unsupported):
        explain("SELECT now() FROM log", streaming=True)


def test_emit_on_window_close_waits_for_the_end_of_the_window(plan):
    from sabot.planner.physical import node

    sql = "SELECT window_start, count(*) FROM tumble(events, ts, INTERVAL '1 minute') GROUP BY {}"
    for keys in ("window_start, window_end", "window_start"):
        made = plan(sql.format(keys), True, emit_on_close=True).physical
        while not isinstance(made, node.EmitOnClose):
            (made,) = made.inputs
        assert made.inclusive
    with pytest.raises(Unsupported):
        plan("SELECT a FROM t", True, emit_on_close=True)

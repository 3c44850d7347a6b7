"""Subqueries leave no dependent join behind, and the usual forms get the plan one would write by hand."""

from __future__ import annotations

from textwrap import dedent

import pytest

CORRELATED = """
SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.x = t.a AND u.y > t.b)
SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.y > t.b LIMIT 1 OFFSET 1)
SELECT a FROM t WHERE b NOT IN (SELECT y FROM u WHERE u.x = t.a)
SELECT a, b IN (SELECT y FROM u WHERE u.x < t.a) FROM t
SELECT a, (a, b) NOT IN (SELECT x, y FROM u WHERE z = c) FROM t
SELECT a, b > ALL (SELECT y FROM u WHERE u.x < t.a) FROM t
SELECT a, (SELECT z FROM u WHERE u.x = t.a) FROM t
SELECT a, (SELECT count(*) FROM u WHERE u.x <> t.a) FROM t
SELECT a, ARRAY(SELECT y FROM u WHERE u.x = t.a ORDER BY z) FROM t
SELECT a, (SELECT max(k) FROM t3 WHERE n = (SELECT min(y) FROM u WHERE u.x = t.a AND u.y <> t3.k)) FROM t
SELECT (SELECT (SELECT max(t.a + u.x) FROM v) FROM u WHERE u.x = 1 LIMIT 1) FROM t
SELECT a, (SELECT sum(w) FROM (SELECT x AS w FROM u WHERE y = t.b UNION ALL SELECT k FROM t3 WHERE n = t.b) q) FROM t
SELECT a, (SELECT sum(w) FROM (SELECT x AS w FROM u WHERE y = t.b EXCEPT SELECT k FROM t3 WHERE n = t.b) q) FROM t
SELECT a, (SELECT count(*) FROM (SELECT DISTINCT x FROM u WHERE y <= t.b) q) FROM t
SELECT a, (SELECT count(*) FROM u LEFT JOIN t3 ON t3.k = u.x AND t3.n = t.b) FROM t
SELECT a, (SELECT count(*) FROM u RIGHT JOIN t3 ON t3.k = u.x AND u.y = t.b) FROM t
SELECT a, (SELECT count(*) FROM (SELECT * FROM u WHERE y = t.b) p FULL JOIN (SELECT * FROM t3 WHERE n = t.b) q ON k = x) FROM t
SELECT t.a, q.* FROM t, LATERAL (VALUES (t.a, 1), (t.b, 2)) q
SELECT t.a, q.y FROM t, LATERAL (SELECT y FROM u WHERE u.x < t.a ORDER BY y LIMIT 2 OFFSET 1) q
SELECT t.a, q.m FROM t LEFT JOIN LATERAL (SELECT max(y) AS m FROM u WHERE u.x = t.a HAVING count(*) > 1) q ON true
SELECT t.a, q.r FROM t, LATERAL (SELECT row_number() OVER (ORDER BY y) AS r FROM u WHERE u.x < t.a) q
SELECT u.x, t.a FROM u LEFT JOIN t ON t.a = u.x AND EXISTS (SELECT 1 FROM t3 WHERE t3.k = u.y AND t3.n = t.b)
SELECT count(*), b FROM t GROUP BY b HAVING count(*) > (SELECT min(k) FROM t3 WHERE n = t.b)
SELECT b, (SELECT max(t.a) + max(u.x) FROM u) FROM t GROUP BY b
SELECT CASE WHEN EXISTS (SELECT 1 FROM u WHERE x = a) THEN 1 END FROM t
SELECT a, (WITH RECURSIVE r (n) AS (SELECT t.a UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT sum(n) FROM r) FROM t
SELECT a FROM t WHERE EXISTS (WITH w AS (SELECT * FROM u WHERE u.x = t.a) SELECT 1 FROM w)
SELECT a FROM t ORDER BY (SELECT count(*) FROM u WHERE u.x = t.a)
""".strip().splitlines()


@pytest.mark.parametrize("sql", CORRELATED)
@pytest.mark.parametrize("optional_rules", [True, False])
def test_every_correlated_form_is_lowered(plan, sql, optional_rules):
    for streaming in (False, True):
        plan(sql, streaming, optional_rules=optional_rules)


def shape(explain, sql: str) -> str:
    return explain(sql) + "\n"


def text(wanted: str) -> str:
    return dedent(wanted).lstrip("\n")


def test_exists_is_a_semi_join_with_every_condition(explain):
    assert shape(explain, CORRELATED[0]) == text("""
        Project a#2 := a
          Join semi on ((x = a) AND (y > b))
            Scan t (a, b)
            Scan u (x, y)
        """)


def test_a_correlated_aggregate_groups_by_the_key_and_counts_of_no_rows_are_zero(explain):
    assert shape(explain, "SELECT a, (SELECT count(*) FROM u WHERE u.x = t.a) + 1 FROM t") == text("""
        Project a#2 := a, ?column? := (coalesce(count_star, 0) + 1)
          Join left on (a = x)
            Scan t (a)
            Aggregate by (x): count_star := count_star()
              Scan u (x)
        """)


def test_top_n_in_lateral_is_a_top_n_per_outer_value(explain):
    sql = "SELECT t.a, q.y FROM t LEFT JOIN LATERAL (SELECT y FROM u WHERE u.x = t.a ORDER BY y LIMIT 2) q ON true"
    assert shape(explain, sql) == text("""
        Project a#2 := a, y#3 := y#2
          Join left on (x = a)
            Scan t (a)
            TopN row_number limit 2 per (x) order (y#2)
              Project y#2 := y, x
                Scan u (x, y)
        """)


def test_a_scalar_subquery_over_a_key_needs_no_check(explain):
    assert "SingleRow" not in explain("SELECT a, (SELECT c FROM t s WHERE s.a = t.b) FROM t")


def test_several_rows_of_a_scalar_subquery_are_an_error_for_who_uses_its_value(explain):
    assert shape(explain, "SELECT a, (SELECT z FROM u WHERE u.x = t.a) FROM t") == text("""
        Project a#2 := a, z#3 := holds(z#2, is_not_true(several), '21000', 'more than one row returned by a subquery used as an expression')
          Join left on (x = a)
            Scan t (a)
            SingleRow per (x)
              Project z#2 := z, x
                Scan u (x, z)
        """)


def test_not_in_is_an_anti_join_where_nulls_are_impossible(explain):
    assert shape(explain, "SELECT a FROM t WHERE a NOT IN (SELECT k FROM t3)") == text("""
        Project a#2 := a
          Join anti on (a = k#2)
            Scan t (a)
            Project k#2 := k
              Scan t3 (k)
        """)


def test_not_in_over_nulls_counts_rows_and_known_values(explain):
    made = explain("SELECT a FROM t WHERE b NOT IN (SELECT y FROM u)")
    assert "rows := count_star()" in made and "known := count(" in made
    assert "WHEN ((coalesce(rows, 0) > 0) AND ((b IS NULL) OR (known < rows))) THEN NULL" in made


def test_a_not_null_condition_next_to_not_in_is_used(explain):
    made = explain("SELECT a FROM t WHERE b IS NOT NULL AND b NOT IN (SELECT k FROM t3)")
    assert "Join anti" in made


def test_exists_over_a_global_aggregate_is_true(explain):
    assert "Join" not in explain("SELECT a FROM t WHERE EXISTS (SELECT count(*) FROM u WHERE u.x = t.a)")


def test_table_functions_run_on_the_outer_rows(explain):
    made = explain("SELECT id, e FROM v, unnest(v.arr) e")
    assert "Join" not in made and "ProjectSet unnest(arr)" in made


def test_expressions_that_may_fail_see_only_rows_of_the_domain(explain):
    """10 / y over a row of u that no row of t asks for must not raise."""
    made = explain("SELECT a, (SELECT max(10 / y) FROM u WHERE u.x = t.a) FROM t")
    assert "Distinct" in made
    assert "Distinct" not in explain("SELECT a, (SELECT max(10 + y) FROM u WHERE u.x = t.a) FROM t")


def test_an_aggregate_belongs_to_the_query_of_its_columns(explain):
    assert shape(explain, "SELECT (SELECT max(t.a)) FROM t") == text("""
        Project max#2 := max
          Aggregate by (): max := max(a)
            Scan t (a)
        """)


def test_right_and_full_laterals_are_refused(plan):
    from sabot.kernels.errors import UserError

    with pytest.raises(UserError, match="invalid reference to FROM-clause entry"):
        plan("SELECT 1 FROM t RIGHT JOIN LATERAL (SELECT t.a) q ON true")

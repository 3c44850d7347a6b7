"""Lowering: keys, residuals, projections below, and the facts of a planned query."""

from __future__ import annotations

import pytest
from sabot.kernels.errors import UserError
from sabot.planner.physical import node
from sabot.planner.physical.substitute import substitute


def find(plan, kind):
    found = []
    todo = [plan]
    while todo:
        x = todo.pop()
        if isinstance(x, kind):
            found.append(x)
        todo.extend(x.inputs)
    return found


def test_equalities_are_keys_and_the_rest_is_residual(plan):
    (join,) = find(plan("SELECT 1 FROM t JOIN u ON a = x AND b IS NOT DISTINCT FROM y AND c < z").physical, node.Join)
    assert join.left_keys == (0, 1) and join.right_keys == (0, 1) and join.null_safe == (False, True)
    assert join.residual is not None


def test_computed_and_widened_keys_are_appended_below(plan):
    (join,) = find(plan("SELECT t.a FROM t JOIN v ON t.a = v.id").physical, node.Join)
    assert join.left.schema.types[join.left_keys[0]].name == "int8"
    (join,) = find(plan("SELECT t.a FROM t JOIN u ON t.a + 1 = u.x * 2").physical, node.Join)
    assert isinstance(join.left, node.Map) and isinstance(join.right, node.Map) and join.residual is None


def test_arguments_of_aggregates_are_columns(plan):
    made = plan("SELECT b + 1, sum(a * 2), sum(a * 2) + 1, count(*) FROM t GROUP BY b + 1").physical
    (aggregate,) = find(made, node.Aggregate)
    assert len(aggregate.calls) == 2 and all(isinstance(c.args, tuple) for c in aggregate.calls)
    assert isinstance(aggregate.input, node.Map)


def test_a_select_sorts_and_a_view_does_not(plan):
    sql = "SELECT a FROM t ORDER BY b"
    assert find(plan(sql).physical, node.Sort)
    assert not find(plan(sql, True).physical, (node.Sort, node.TopN))
    assert find(plan(sql + " LIMIT 3", True).physical, node.TopN)


def test_hidden_sort_columns_are_not_in_the_result(plan):
    made = plan("SELECT a AS first FROM t ORDER BY b + 1")
    assert made.schema.names == ("first",) and made.physical.schema.names == ("first",)


def test_output_names_may_repeat(plan):
    assert plan("SELECT a, a, b AS a FROM t").schema.names == ("a", "a", "a")


def test_limits_may_be_parameters(plan):
    made = plan("SELECT a FROM t LIMIT $1 OFFSET $2")
    assert [x.name for x in made.parameter_types] == ["int8", "int8"]
    (sort,) = find(substitute(made.physical, {1: 5, 2: None}, lambda c: None), node.Sort)
    assert sort.limit == 5 and sort.offset == 0
    with pytest.raises(UserError) as error:
        substitute(made.physical, {1: -5, 2: 0}, lambda c: None)
    assert error.value.sqlstate == "2201W"


@pytest.mark.parametrize(
    ("sql", "key"),
    [
        ("SELECT c, a FROM t", (1,)),
        ("SELECT c FROM t", ()),
        ("SELECT b, count(*) FROM t GROUP BY b", (0,)),
        ("SELECT t.a, u.y FROM t JOIN u ON t.a = u.x", ()),
        ("SELECT t.a, u.z FROM u JOIN t ON t.a = u.x", ()),
        ("SELECT t3.k, t.c FROM t3 JOIN t ON t.a = t3.n", (0,)),
        ("SELECT DISTINCT b, c FROM t", (0, 1)),
        ("SELECT DISTINCT ON (b) b, c FROM t ORDER BY b, a", (0,)),
        ("SELECT max(a) FROM t", ()),
    ],
)
def test_the_key_of_a_result_is_known_where_there_is_one(plan, sql, key):
    assert plan(sql, True).primary_key == key


@pytest.mark.parametrize(
    ("sql", "append_only"),
    [
        ("SELECT k + 1 FROM log WHERE k > 1", True),
        ("SELECT l.k FROM log l JOIN events e ON l.k = e.k", True),
        ("SELECT k FROM log UNION ALL SELECT k FROM events", True),
        ("SELECT k FROM log LEFT JOIN t ON a = k", False),
        ("SELECT k, count(*) FROM log GROUP BY k", False),
        ("SELECT a FROM t", False),
    ],
)
def test_append_only_results(plan, sql, append_only):
    assert plan(sql, True).append_only is append_only


def test_dependencies_are_the_relations_named_and_those_below_views(plan):
    assert set(plan("SELECT * FROM totals JOIN u ON b = x").depends_on) == {4, 1, 2}


def test_equal_subplans_are_one_object(plan):
    made = plan("SELECT b, count(*) FROM t GROUP BY b UNION ALL SELECT b, count(*) FROM t GROUP BY b").physical
    assert made.parts[0] is made.parts[1]


def test_not_null_columns_of_the_result(plan):
    fields = plan("SELECT a, b, count(*) FROM t GROUP BY a, b").schema.fields
    assert [f.nullable for f in fields] == [False, True, False]

"""Operators and statements where the stock parser differs from PostgreSQL."""

import pytest
from sabot.kernels.errors import UserError
from sabot.planner.sql import statements as s
from sabot.planner.sql.parse import parse_expression, parse_script
from sabot.planner.sql.query import parse_query
from sqlglot import exp


@pytest.mark.parametrize("key", ["a", "a.b", "$", "$.a", "[0]", "it''s", "*"])
@pytest.mark.parametrize("operator, node", [("->", exp.JSONExtract), ("->>", exp.JSONExtractScalar)])
def test_a_json_key_stays_the_literal_it_is(operator, node, key):
    tree = parse_expression(f"j {operator} '{key}'")
    assert type(tree) is node
    assert tree.expression.unnest() == exp.Literal.string(key.replace("''", "'"))


def test_json_operators_are_level_with_concatenation_and_looser_than_plus():
    assert isinstance(parse_expression("a || j -> 'k'"), exp.JSONExtract)
    assert isinstance(parse_expression("j -> 'a' -> 'b' ->> 'c' = 'x'"), exp.EQ)
    chain = parse_expression("j -> 'a' ->> 'b'")
    assert isinstance(chain, exp.JSONExtractScalar) and isinstance(chain.this, exp.JSONExtract)


@pytest.mark.parametrize("text", ["a = b = c", "a < b < c", "a = b <> c"])
def test_comparisons_do_not_associate(text):
    with pytest.raises(UserError) as caught:
        parse_expression(text)
    assert caught.value.sqlstate == "42601"
    assert isinstance(parse_expression("(a = b) = c"), exp.EQ)


@pytest.mark.parametrize(
    "text, kind",
    [
        ("with x as (select 1) insert into t select * from x", s.Insert),
        ("with x as (select 1) update t set a = 1", s.Update),
        ("with x as (select 1) delete from t", s.Delete),
        ("with x as (select 1) select * from x", s.Query),
    ],
)
def test_with_before_data_change(text, kind):
    (statement,) = parse_script(text)
    assert type(statement) is kind


def test_alter_takes_several_actions():
    (alter,) = parse_script("alter table t add column c int, drop column if exists d, alter column e set not null")
    assert (alter.action, *(m.action for m in alter.more)) == ("add column", "drop column", "set not null")
    assert [m.column for m in alter.more] == ["d", "e"]
    with pytest.raises(UserError):
        parse_script("alter table t rename to u, drop column d")


def test_a_prefix_operator_may_follow_distinct_on():
    assert "ABS(" in parse_query("select distinct on (a, (b)) @ (a % 9) from t").sql()

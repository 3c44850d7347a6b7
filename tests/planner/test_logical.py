"""Logical nodes: free columns, substitution, derived facts."""

from __future__ import annotations

from sabot.kernels.expr.spec import Call, Lit, Var
from sabot.kernels.types import BOOL, INT4
from sabot.planner.logical import node as n
from sabot.planner.logical.properties import append_only, keys, not_null, single_row
from sabot.planner.logical.rewrite import replace_free, transform

A, B, X, Y = (Var(i, INT4, name) for i, name in enumerate("abxy", 1))
T = n.Scan(1, "t", (0, 1), (A, B), keys=(frozenset({1}),), not_null=frozenset({1}))
U = n.Scan(2, "u", (0, 1), (X, Y), append_only=True)


def eq(a, b):
    return Call("compare.eq", (a, b), BOOL)


def test_free_columns_are_those_of_no_input():
    correlated = n.Filter(U, eq(X, A))
    assert correlated.free == {A.id}
    assert n.DependentJoin(T, correlated, "semi").free == frozenset()
    assert n.Join(U, n.Filter(U, eq(X, A)), "inner").free == {A.id}


def test_free_columns_are_replaced_everywhere_below():
    inner = n.Filter(n.Project(n.Filter(U, eq(X, A)), ((X, X),)), eq(X, A))
    replaced = replace_free(inner, {A.id: B})
    assert replaced.free == {B.id}
    assert replace_free(U, {A.id: B}) is U


def test_a_shared_subtree_is_rewritten_once():
    shared = n.Filter(U, eq(X, Lit(1, INT4)))
    both = n.Union((shared, shared), (A, B))
    made = transform(both, lambda x: n.Distinct(x) if x is shared else x)
    assert made.inputs[0] is made.inputs[1]


def test_keys():
    grouped = n.Aggregate(U, (X,), ())
    assert frozenset({X.id}) in keys(n.Join(grouped, T, "inner", eq(X, A)))
    assert keys(n.Join(U, T, "inner", eq(X, A))) == ()
    assert keys(n.Aggregate(U, (X,), ())) == (frozenset({X.id}),)
    assert keys(n.Aggregate(U, (), ())) == (frozenset(),)


def test_keys_of_many_joins_stay_few():
    plan: n.Node = n.Aggregate(U, (), ())
    for i in range(60):
        plan = n.Join(plan, n.Aggregate(n.Scan(3, "v", (0,), (Var(100 + i, INT4, "v"),)), (), ()), "left", None)
    assert keys(plan) == (frozenset(),)
    wide: n.Node = T
    for i in range(40):
        a, b = Var(200 + 2 * i, INT4, "a"), Var(201 + 2 * i, INT4, "b")
        wide = n.Join(wide, n.Scan(4, "w", (0, 1), (a, b), keys=(frozenset({a.id}), frozenset({b.id}))), "inner", None)
    assert 1 <= len(keys(wide)) <= 16


def test_at_most_one_row():
    assert single_row(n.Filter(T, eq(A, X)))  # the key is fixed by an outer column
    assert not single_row(n.Filter(T, eq(B, X)))
    assert single_row(n.Aggregate(U, (), ()))


def test_never_null():
    assert not_null(T) == {A.id}
    assert not_null(n.Filter(T, eq(A, B))) == {A.id, B.id}
    assert not_null(n.Join(U, T, "left", None)) == frozenset()


def test_append_only_goes_through_linear_nodes():
    assert append_only(n.Project(n.Filter(U, eq(X, Y)), ((X, X),)))
    assert not append_only(n.Aggregate(U, (X,), ()))
    assert not append_only(n.Join(U, U, "left", None))

"""A slice of random queries agrees with PostgreSQL; the command has the rest."""

from __future__ import annotations

import random

import pytest

from sqllogictest.engines import postgres
from sqllogictest.fuzz.compare import Answer, difference
from sqllogictest.fuzz.definitions import DefinitionRunner
from sqllogictest.fuzz.queries import Queries
from sqllogictest.fuzz.reduce import reduced
from sqllogictest.fuzz.run import Runner
from sqllogictest.fuzz.schema import Schema
from sqllogictest.fuzz.tree import node
from sqllogictest.fuzz.views import ViewRunner


def written(seed: str, count: int) -> list[str]:
    writer = Queries(random.Random(seed))
    schema = Schema(writer)
    writer.tables = schema.tables
    return [*schema.setup(), *(str(writer.top().node) for _ in range(count))]


def test_the_same_seed_writes_the_same_queries() -> None:
    assert written("a", 30) == written("a", 30) != written("b", 30)


def test_answers_that_differ_are_told_apart() -> None:
    one = Answer(rows=(("1",), (None,)), names=("a",), types=(23,), tag="SELECT 2")
    turned = Answer(rows=((None,), ("1",)), names=("a",), types=(23,), tag="SELECT 2")
    assert not difference(one, turned, ordered=False)
    assert difference(one, turned, ordered=True) == "order"
    assert difference(one, Answer(rows=(("1",), ("",)), names=("a",), types=(23,), tag="SELECT 2"), ordered=False) == "rows"
    assert difference(one, Answer(sqlstate="22012"), ordered=False) == "error none, 22012"


def test_a_query_is_cut_down_to_what_shows_the_difference() -> None:
    bad = node("int4", "abs(", node("int4", "a.k"), ")")
    query = node("query", "SELECT ", node("int4", "(", bad, " + ", node("int4", "length('xyz')"), ")"), " FROM t0 a")
    assert str(reduced(query, lambda sql: "abs(" in sql)) == "SELECT abs(a.k) FROM t0 a"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_random_queries_agree_with_postgresql() -> None:
    with postgres() as engine:
        runner = Runner(engine.address)
        try:
            runner.selects(seed=1, count=800)
        finally:
            runner.close()
    assert runner.report.queries == 800
    assert not runner.report.found


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_definitions_of_views_on_random_queries_mean_the_same() -> None:
    with postgres() as engine:
        runner = DefinitionRunner(engine.address)
        try:
            runner.definitions(seed=1, count=200)
        finally:
            runner.close()
    assert runner.report.queries == 200
    assert not runner.report.found


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_random_views_under_changes_agree_with_postgresql() -> None:
    with postgres() as engine:
        runner = ViewRunner(engine.address)
        try:
            runner.views(seed=1, count=160, batches=6)
        finally:
            runner.close()
    assert runner.report.queries == 160
    assert not runner.report.found

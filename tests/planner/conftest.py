"""A small catalog and short ways to plans for planner tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sabot.kernels import types as t
from sabot.planner import pipeline
from sabot.planner.catalog.entries import Column, Relation, SchemaEntry, Snapshot, Watermark
from sabot.planner.sql.query import parse_query


def relation(id: int, name: str, *columns: tuple[str, t.SqlType], **facts: object) -> Relation:
    kind = str(facts.pop("kind", "table"))
    made = tuple(Column(c, kind_of) for c, kind_of in columns)
    return Relation(id, "public", name, kind, made, **facts)  # type: ignore[arg-type]


RELATIONS = (
    relation(1, "t", ("a", t.INT4), ("b", t.INT4), ("c", t.TEXT), primary_key=(0,)),
    relation(2, "u", ("x", t.INT4), ("y", t.INT4), ("z", t.TEXT)),
    relation(3, "v", ("id", t.INT8), ("n", t.NUMERIC), ("arr", t.list_of(t.INT4)), primary_key=(0,)),
    relation(4, "totals", ("b", t.INT4), ("n", t.INT8), kind="view", query="SELECT b, count(*) FROM t GROUP BY b"),
    relation(
        5, "events", ("k", t.INT4), ("ts", t.TIMESTAMP), kind="source", append_only=True,
        watermarks=(Watermark("ts", "ts - INTERVAL '5 seconds'"),),
    ),
    relation(6, "log", ("k", t.INT4), ("at", t.TIMESTAMPTZ), append_only=True),
    *(relation(100 + i, f"t{i}", ("k", t.INT4), ("n", t.INT4), primary_key=(0,)) for i in range(64)),
)  # fmt: skip
SNAPSHOT = Snapshot(
    schemas={"public": SchemaEntry(1, "public")},
    relations={r.id: r for r in RELATIONS},
    by_name={("public", r.name): r.id for r in RELATIONS},
)
SETTINGS = pipeline.PlanSettings()


@pytest.fixture
def explain() -> Callable[..., str]:
    """`explain(sql, stage="optimised", **options)`."""

    def run(sql: str, stage: str = "optimised", **options: bool) -> str:
        return pipeline.explain(parse_query(sql), SNAPSHOT, SETTINGS, stage, **options)

    return run


@pytest.fixture
def plan() -> Callable[..., pipeline.PlannedQuery]:
    """`plan(sql, streaming=False, **options)`."""

    def run(sql: str, streaming: bool = False, **options: object) -> pipeline.PlannedQuery:
        return pipeline.plan_query(parse_query(sql), SNAPSHOT, SETTINGS, streaming=streaming, **options)  # type: ignore[arg-type]

    return run

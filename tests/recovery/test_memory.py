"""What was dropped is gone: its state is freed at once, not with some later collection of garbage."""

from __future__ import annotations

import gc
import weakref

import pytest
from sabot.storage.memory import MemoryBackend

from .embedded import Embedded


def test_a_dropped_view_is_freed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Embedded(MemoryBackend(), monkeypatch)
    server.run("CREATE TABLE t (k int PRIMARY KEY, v int)", "CREATE MATERIALIZED VIEW a AS SELECT v, count(*) FROM t GROUP BY v",
               "CREATE MATERIALIZED VIEW b AS SELECT count(*) FROM a", "INSERT INTO t SELECT i, i FROM generate_series(1, 100) i")
    engine = server.server.engine
    states = [weakref.ref(j.dataflow) for j in engine.jobs.values()] + [weakref.ref(s) for s in engine.relations.values()]
    assert len(states) == 5
    gc.disable()
    try:
        server.run("DROP TABLE t CASCADE")
        server.server.checkpoint_now()
        assert [s() for s in states] == [None] * 5
    finally:
        gc.enable()


def test_texts_and_plans_that_are_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Embedded(MemoryBackend(), monkeypatch)
    server.run("CREATE TABLE t (k int, note text)")
    for number in range(100):
        server.run(f"INSERT INTO t VALUES ({number}, '{'x' * 10_000}')")
    assert len(server.server.plans._scripts) < 40
    assert server.run("SELECT count(*) FROM t") == [(100,)]

"""Views and sinks whose state can't be restored: they are filled again, what reads them too, and no sink sends twice."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sabot.server.streaming import jobs
from sabot.storage.memory import MemoryBackend

from .embedded import Embedded

TABLES = """
CREATE TABLE t (a int) APPEND ONLY;
CREATE TABLE copy (a int);
INSERT INTO t VALUES (1), (2), (3);
CREATE MATERIALIZED VIEW doubled AS SELECT a * 2 AS d FROM t;
CREATE MATERIALIZED VIEW total AS SELECT count(*) AS n, sum(d) AS s FROM doubled;
CREATE SINK into_table INTO copy AS SELECT d FROM doubled;
"""


def _sent(folder: Path) -> list[Any]:
    return sorted(x for f in folder.glob("*.parquet") for x in pq.read_table(f).column(0).to_pylist())


def _delivered(server: Embedded, folder: Path, rows: list[Any]) -> None:
    server.server.checkpoint_now()
    deadline = time.monotonic() + 60
    while _sent(folder) != rows and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _sent(folder) == rows


@pytest.mark.parametrize("replayed", [False, True])
def test_a_new_plan_sends_nothing_twice(replayed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of the log come after the state is made again: views on views and sinks get them as changes."""
    backend = MemoryBackend()
    server = Embedded(backend, monkeypatch)
    server.run(TABLES + f"CREATE SINK s AS SELECT d FROM doubled WITH (connector = 'file', path = '{tmp_path}')")
    _delivered(server, tmp_path, [2, 4, 6])
    server.server.checkpoint_now()
    if replayed:
        server.run("INSERT INTO t VALUES (4)")
    real = jobs.fingerprint
    monkeypatch.setattr(jobs, "fingerprint", lambda *args: "another version " + real(*args))
    again = Embedded(backend, monkeypatch)
    if not replayed:
        again.run("INSERT INTO t VALUES (4)")
    assert again.run("SELECT n, s FROM total") == [(4, 20)]
    _delivered(again, tmp_path, [2, 4, 6, 8])
    assert Counter(again.run("SELECT a FROM copy")) == Counter([(2,), (4,), (6,), (8,)])
    third = Embedded(backend, monkeypatch)
    third.run("INSERT INTO t VALUES (5)")
    _delivered(third, tmp_path, [2, 4, 6, 8, 10])


def test_what_reads_a_failed_view_is_filled_again_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = MemoryBackend()
    server = Embedded(backend, monkeypatch)
    server.run(TABLES)
    job = next(j for j in server.server.engine.jobs.values() if j.name == "doubled")
    monkeypatch.setattr(job.dataflow, "step", lambda *args: 1 / 0)
    server.run("INSERT INTO t VALUES (4)")
    assert server.run("SELECT n, s FROM total") == [(3, 12)]
    server.server.checkpoint_now()
    again = Embedded(backend, monkeypatch)
    again.run("INSERT INTO t VALUES (5)")
    assert again.run("SELECT n, s FROM total") == [(5, 30)]


def test_a_failed_sink_stays_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it owes is not known: to send all again would be wrong, to go on as well."""
    backend = MemoryBackend()
    server = Embedded(backend, monkeypatch)
    server.run(TABLES + f"CREATE SINK s AS SELECT d FROM doubled WITH (connector = 'file', path = '{tmp_path}')")
    _delivered(server, tmp_path, [2, 4, 6])
    job = next(j for j in server.server.engine.jobs.values() if j.name == "s")
    monkeypatch.setattr(job.dataflow, "step", lambda *args: 1 / 0)
    server.run("INSERT INTO t VALUES (4)")
    server.server.checkpoint_now()
    for _ in range(2):
        again = Embedded(backend, monkeypatch)
        assert again.run("SELECT state, error FROM sabot.jobs WHERE name = 's'") == [("failed", "division by zero")]
        _delivered(again, tmp_path, [2, 4, 6])
    again.run("DROP SINK s")
    assert again.run("SELECT n FROM total") == [(4,)]

"""A full disk and a damaged checkpoint: told, survived, and nothing that was acknowledged is lost."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
import pytest
from sabot.storage.records import BLOCK, MANIFEST, BlockKey, number_of
from sabot.storage.rocksdb import RocksBackend
from sabot.storage.store import Store
from sabot.storage.verify import verify

from ..serving import Served
from .outside import eventually

PLANTS = Path(__file__).with_name("plants.py")
VIEW = "SELECT a % 3 AS k, count(*) AS n, sum(a) AS total FROM t GROUP BY a % 3"


def test_a_full_disk(tmp_path: Path) -> None:
    full = tmp_path / "full"
    server = Served(tmp_path / "data", {"SABOT_TEST_FULL": str(full)}, f"{PLANTS}:full_disk")
    try:
        server.run("CREATE TABLE t (a int PRIMARY KEY)")
        server.run(f"CREATE MATERIALIZED VIEW v AS {VIEW}")
        server.run("INSERT INTO t SELECT generate_series(1, 10)")
        full.touch()
        for statement in (
            "INSERT INTO t VALUES (100)", "DELETE FROM t", "UPDATE t SET a = a + 1000", "CREATE TABLE u (a int)",
            "CREATE MATERIALIZED VIEW w AS SELECT * FROM t", "DROP MATERIALIZED VIEW v", "ALTER TABLE t ADD COLUMN b int",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.DiskFull, match="no space left on device"):
                server.run(statement)
            assert server.run("SELECT count(*), max(a) FROM t") == [(10, 10)]
        assert sorted(server.run("SELECT * FROM v")) == sorted(server.run(VIEW))
        eventually(lambda: "no space left" in (server.run("SELECT error FROM sabot.checkpoints")[0][0] or ""), True)
        full.unlink()
        server.run("INSERT INTO t VALUES (11)")
        server.run("CREATE TABLE u (a int)")
        eventually(lambda: server.run("SELECT error FROM sabot.checkpoints"), [(None,)])
        assert server.run("SELECT count(*), max(a) FROM t") == [(11, 11)]
        for _ in range(2):
            assert sorted(server.run("SELECT * FROM v")) == sorted(server.run(VIEW))
            server.kill()
        assert server.run("SELECT count(*), max(a) FROM t") == [(11, 11)]
    finally:
        server.close()


@pytest.mark.slow
def test_the_disk_fills_amid_checkpoints(tmp_path: Path) -> None:
    """Killed while checkpoints fail: the log has everything."""
    full = tmp_path / "full"
    server = Served(tmp_path / "data", {"SABOT_TEST_FULL": str(full)}, f"{PLANTS}:full_disk")
    try:
        server.run("CREATE TABLE t (a int PRIMARY KEY)")
        server.run(f"CREATE MATERIALIZED VIEW v AS {VIEW}")
        for i in range(40):
            server.run(f"INSERT INTO t VALUES ({i})")
            full.touch()
            time.sleep(0.05)
            full.unlink()
        server.kill()
        assert server.run("SELECT count(*) FROM t") == [(40,)]
        assert sorted(server.run("SELECT * FROM v")) == sorted(server.run(VIEW))
    finally:
        server.close()


@pytest.mark.parametrize("what", ["manifest", "block"])
def test_an_unreadable_newest_checkpoint(tmp_path: Path, what: str, capfd: pytest.CaptureFixture[str]) -> None:
    server = Served(tmp_path / "data")
    try:
        server.run("CREATE TABLE t (a int PRIMARY KEY)")
        server.run(f"CREATE MATERIALIZED VIEW v AS {VIEW}")
        for start in (0, 100, 200):
            server.run(f"INSERT INTO t SELECT generate_series({start}, {start} + 99)")
            server.run("CHECKPOINT")
        server.run("INSERT INTO t VALUES (300)")
        server.kill()
        server.run("INSERT INTO t VALUES (301)")
        server.run("CHECKPOINT")
        server.engine.stop(kill=True)
        damage(tmp_path / "data", what)
        server.engine.start()
        server.reconnect()
        assert "started from an older checkpoint" in capfd.readouterr().err
        assert server.run("SELECT count(*), max(a) FROM t") == [(302, 301)]
        assert sorted(server.run("SELECT * FROM v")) == sorted(server.run(VIEW))
        server.run("INSERT INTO t VALUES (302)")
        server.kill()
        assert server.run("SELECT count(*), max(a) FROM t") == [(303, 302)]
        assert sorted(server.run("SELECT * FROM v")) == sorted(server.run(VIEW))
    finally:
        server.close()


def damage(folder: Path, what: str) -> None:
    """Flip a bit of the newest manifest, or of all that the newest checkpoint wrote of the state."""
    backend = RocksBackend(folder)
    newest = max(number_of(k) for k in backend.keys(MANIFEST))
    keys = [k for k in backend.keys(MANIFEST if what == "manifest" else BLOCK)]
    for key in keys:
        if (number_of(key) if what == "manifest" else BlockKey.decode(key).last) == newest:
            value = bytearray(backend.get(key) or b"")
            value[len(value) // 2] ^= 1
            backend.write([(key, bytes(value))], sync=True)
    backend.close()


def test_no_checkpoint_is_readable(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Then the server does not start rather than to start without what it was told."""
    server = Served(tmp_path / "data")
    server.run("CREATE TABLE t (a int PRIMARY KEY)")
    for i in range(3):
        server.run(f"INSERT INTO t VALUES ({i})")
        server.run("CHECKPOINT")
    server.engine.stop(kill=True)
    backend = RocksBackend(tmp_path / "data")
    for key in list(backend.keys(MANIFEST)):
        backend.write([(key, b"?" * 40)], sync=True)
    backend.close()
    with pytest.raises(RuntimeError, match="exit 1"):
        server.engine.start()
    assert "no checkpoint is readable" in capfd.readouterr().err
    server.close()


@pytest.mark.slow
def test_the_log_stays_short_and_the_state_small(tmp_path: Path) -> None:
    """Old log entries, runs and manifests go: a table that is overwritten again and again takes the space of its rows."""
    server = Served(tmp_path / "data", {"SABOT_CHECKPOINT_SECONDS": "0"})
    server.run("CREATE TABLE t (a int PRIMARY KEY, b int)")
    server.run("CREATE MATERIALIZED VIEW v AS SELECT b % 10 AS k, count(*) AS n FROM t GROUP BY b % 10")
    server.run("INSERT INTO t SELECT i, 0 FROM generate_series(1, 1000) i")
    for i in range(150):
        server.run(f"UPDATE t SET b = b + 1 WHERE a % 10 = {i % 10}")
    server.close()
    backend = RocksBackend(tmp_path / "data")
    report = verify(backend)
    assert report.problems == []
    assert len(report.generations) == 2
    assert report.log_entries <= 4, "entries of the last two checkpoints"
    assert report.rows < 4 * 1010, "at most twice the rows, in two generations"
    Store(backend).close()

"""One suite for all backends; what only RocksDB can do is below it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sabot.kernels.errors import FatalError
from sabot.storage.backend import StateBackend
from sabot.storage.faults import Crash, FaultyBackend
from sabot.storage.memory import MemoryBackend
from sabot.storage.rocksdb import RocksBackend


@pytest.fixture(params=["memory", "rocksdb", "faulty"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StateBackend]:
    made: StateBackend
    if request.param == "memory":
        made = MemoryBackend()
    elif request.param == "faulty":
        made = FaultyBackend()
    else:
        made = RocksBackend(tmp_path / "db")
    yield made
    made.close()


def test_values_are_read_back(backend: StateBackend) -> None:
    assert backend.get(b"a") is None
    backend.write([(b"a", b"1"), (b"b", b"")], sync=True)
    assert (backend.get(b"a"), backend.get(b"b")) == (b"1", b"")
    backend.write([(b"a", b"2")], [b"b"], sync=False)
    assert (backend.get(b"a"), backend.get(b"b")) == (b"2", None)


def test_a_key_deleted_and_put_in_one_write_is_there(backend: StateBackend) -> None:
    backend.write([(b"a", b"1")], sync=True)
    backend.write([(b"a", b"2")], [b"a"], sync=True)
    assert backend.get(b"a") == b"2"


def test_scans_are_ordered_and_keep_to_the_prefix(backend: StateBackend) -> None:
    keys = [b"a", b"a\x00", b"a\xff", b"a\xff\xff\x01", b"b", b"\xff", b"\xff\xff"]
    backend.write([(k, k + b"!") for k in reversed(keys)], sync=True)
    assert list(backend.keys(b"a")) == keys[:4]
    assert list(backend.scan(b"a\xff")) == [(k, k + b"!") for k in keys[2:4]]
    assert list(backend.keys(b"\xff")) == keys[5:]
    assert list(backend.keys(b"")) == keys
    assert list(backend.keys(b"c")) == []


def test_large_values(backend: StateBackend) -> None:
    value = bytes(range(256)) * 40_000
    backend.write([(b"k%d" % i, value) for i in range(4)], sync=True)
    assert all(backend.get(b"k%d" % i) == value for i in range(4))


def test_rocksdb_keeps_values_over_a_restart(tmp_path: Path) -> None:
    first = RocksBackend(tmp_path)
    first.write([(b"a", b"1")], sync=True)
    first.close()
    again = RocksBackend(tmp_path)
    assert again.get(b"a") == b"1"
    again.close()


def test_a_second_server_is_refused(tmp_path: Path) -> None:
    first = RocksBackend(tmp_path)
    code = (
        "from pathlib import Path\nfrom sabot.storage.rocksdb import RocksBackend\n"
        "from sabot.kernels.errors import FatalError\n"
        f"try: RocksBackend(Path({str(tmp_path)!r}))\nexcept FatalError as e: print(e.sqlstate, e)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.startswith("55006 data directory") and "is in use" in out
    with pytest.raises(FatalError, match="is in use"):
        RocksBackend(tmp_path)
    first.close()


def test_a_damaged_directory_is_a_clear_error(tmp_path: Path) -> None:
    RocksBackend(tmp_path).close()
    (tmp_path / "CURRENT").write_text("junk\n")
    with pytest.raises(FatalError, match="is damaged") as caught:
        RocksBackend(tmp_path)
    assert caught.value.sqlstate == "XX001"


def test_a_directory_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FatalError, match="data directory"):
        RocksBackend(tmp_path / "file" / "db")


def test_a_crash_keeps_what_was_synced() -> None:
    faulty = FaultyBackend(crash_at=5)
    for i in range(4):
        faulty.write([(b"%d" % i, b"")], sync=i == 1)
    with pytest.raises(Crash):
        faulty.write([(b"4", b"")], sync=True)
    assert list(faulty.survivor().keys(b"")) == [b"0", b"1"]
    assert list(faulty.survivor(unsynced=1).keys(b"")) == [b"0", b"1", b"2"]


def test_rocksdb_goes_on_after_a_failed_write(tmp_path: Path) -> None:
    code = f"""
import os, resource
from pathlib import Path
from sabot.kernels.errors import RetryableError
from sabot.storage.rocksdb import RocksBackend
backend = RocksBackend(Path({str(tmp_path)!r}))
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
written = 0
for attempt in range(2):
    try:
        while True:
            backend.write([(b"k%d" % written, os.urandom(300_000))], sync=True)
            written += 1
    except RetryableError as e:
        print(e.sqlstate)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << (20 + 3 * attempt), hard))
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
backend.write([(b"last", b"")], sync=True)
backend.close()
backend = RocksBackend(Path({str(tmp_path)!r}))
print(len(list(backend.keys(b"k"))) == written, backend.get(b"last"))
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split("\n")[:3] == ["58030", "58030", "True b''"]

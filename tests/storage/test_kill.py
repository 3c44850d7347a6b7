"""kill -9 of a process that writes: what it was told is durable is there, and checkpoints are whole."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from sabot.storage.rocksdb import RocksBackend
from sabot.storage.store import Store, TableKey
from sabot.storage.verify import verify

WRITER = """
import sys
from pathlib import Path
from sabot.executor.operator import StateTable
from sabot.kernels.batch import Batch
from sabot.kernels.types import INT8
from sabot.storage.store import TableKey, open_store
store = open_store(Path(sys.argv[1]))
latest = store.latest()
epoch = latest.manifest["epoch"] if latest else 0
table = StateTable("t", "zset", (INT8,))
while True:
    epoch += 1
    seq = store.append_log([(1, Batch.from_rows((INT8,), [(epoch,)]))])
    print("log", seq, flush=True)
    if epoch % 3 == 0:
        rows = Batch.from_rows((INT8,), [(i,) for i in range(epoch - 2, epoch + 1)])
        store.checkpoint(epoch, {"epoch": epoch, "log_seq": seq}, [(TableKey(1, 0, 0, 0), table, rows)])
        print("checkpoint", epoch, flush=True)
    else:
        store.append_catalog({"epoch": epoch})
"""


@pytest.mark.parametrize("round", range(3))
def test_nothing_acknowledged_is_lost(tmp_path: Path, round: int) -> None:
    logged = checkpointed = 0
    for attempt in range(3):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.05 + 0.03 * (round + attempt))
        writer.kill()
        for line in writer.stdout.read().splitlines():
            words = line.split()
            if len(words) == 2 and words[0] == "log":
                logged = int(words[1])
            elif len(words) == 2:
                checkpointed = int(words[1])
        writer.wait()
        backend = RocksBackend(tmp_path)
        assert verify(backend).problems == []
        store = Store(backend)
        latest = store.latest()
        epoch = latest.manifest["epoch"] if latest else 0
        assert epoch >= checkpointed and store.log_seq >= logged
        state = [row for batch in store.blocks(TableKey(1, 0, 0, 0)) for row in batch.column_values(0)]
        assert sorted(state) == list(range(1, epoch + 1))
        replayed = [w[0][1].cell(0, 0) for _, w in store.read_log(latest.manifest["log_seq"] if latest else 0)]
        assert len(replayed) == store.log_seq - (latest.manifest["log_seq"] if latest else 0)
        store.close()
    assert checkpointed > 0

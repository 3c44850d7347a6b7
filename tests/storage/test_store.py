"""The store: nothing acknowledged is lost, nothing half written is seen, old state does not pile up."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sabot.executor.operator import StateTable
from sabot.kernels.batch import Batch
from sabot.kernels.errors import FatalError, RetryableError
from sabot.kernels.types import INT8, TEXT
from sabot.storage import compaction
from sabot.storage.backend import StateBackend
from sabot.storage.faults import Crash, FaultyBackend
from sabot.storage.memory import MemoryBackend
from sabot.storage.store import Store, TableKey, open_store
from sabot.storage.verify import verify

TYPES = (INT8, TEXT)
ZSET = StateTable("z", "zset", TYPES)
UPSERT = StateTable("u", "upsert", TYPES, key=1)
Z, U = TableKey(16384, 0, 0, 0), TableKey(16385, 3, 1, 0)


def rows(*pairs: tuple[int, str], weights: Iterable[int] | None = None) -> Batch:
    return Batch.from_rows(TYPES, pairs, None if weights is None else list(weights))


def zset(store: Store, key: TableKey = Z) -> dict[tuple[int, str], int]:
    found: dict[tuple[int, str], int] = {}
    for batch in store.blocks(key):
        for row, weight in zip(batch.to_rows(), batch.weights()):
            found[row] = found.get(row, 0) + weight
    return {row: w for row, w in found.items() if w}


def upsert(store: Store, key: TableKey = U) -> dict[int, str]:
    found: dict[int, str] = {}
    for batch in store.blocks(key):
        for (k, v), weight in zip(batch.to_rows(), batch.weights()):
            if weight < 0:
                found.pop(k, None)
            else:
                found[k] = v
    return found


def test_catalog_records_come_back_in_order(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    for i in range(20):
        store.append_catalog({"n": i, "text": "zwölf"})
    store.close()
    store = open_store(tmp_path)
    assert [r["n"] for r in store.load_catalog()] == list(range(20))
    store.replace_catalog([{"n": "snapshot"}])
    store.append_catalog({"n": "next"})
    store.close()
    store = open_store(tmp_path)
    assert [r["n"] for r in store.load_catalog()] == ["snapshot", "next"]
    store.close()


def test_log_entries_are_replayed_after_a_restart_and_truncated_by_checkpoints(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    assert [store.append_log([(7, rows((i, "x"))), (8, rows((i, "y"), weights=[-1]))]) for i in range(5)] == [
        1, 2, 3, 4, 5,
    ]  # fmt: skip
    store.checkpoint(1, {"log_seq": 3}, [])
    store.close()
    store = open_store(tmp_path)
    entries = list(store.read_log(3))
    assert [seq for seq, _ in entries] == [4, 5]
    (relation, batch), (other, deleted) = entries[0][1]
    assert (relation, batch.to_rows(), other, deleted.weights()) == (7, [(3, "x")], 8, [-1])
    store.checkpoint(2, {"log_seq": 5}, [])
    assert [seq for seq, _ in store.read_log(3)] == [4, 5], "the previous checkpoint still needs them"
    store.checkpoint(3, {"log_seq": 5}, [])
    store.close()
    store = open_store(tmp_path)
    assert list(store.read_log(5)) == []
    assert store.append_log([(7, rows((9, "z")))]) == 6, "numbers go on after truncation"
    with pytest.raises(FatalError, match="log entry 1 is missing"):
        list(store.read_log(0))
    store.close()


def test_a_checkpoint_restores_its_manifest_and_state(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    assert store.latest() is None
    store.checkpoint(10, {"epoch": 10, "jobs": {"1": "f"}}, [(Z, ZSET, rows((1, "a"), (2, "b")))])
    store.checkpoint(
        11,
        {"epoch": 11},
        [
            (Z, ZSET, rows((1, "a"), weights=[-1])),
            (U, UPSERT, rows((5, "old"), (6, "six"))),
            (U, UPSERT, rows((5, "new"), (6, "six"), weights=[1, -1])),
        ],
    )
    store.close()
    store = open_store(tmp_path)
    latest = store.latest()
    assert latest is not None and latest.manifest == {"epoch": 11} and latest.fallback is None
    assert store.tables() == [Z, U]
    assert zset(store) == {(2, "b"): 1}
    assert upsert(store) == {5: "new"}
    store.close()


def test_dropped_jobs_lose_their_state_and_may_start_again(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.checkpoint(1, {}, [(Z, ZSET, rows((1, "a"))), (U, UPSERT, rows((1, "u")))])
    store.checkpoint(2, {}, [(Z, ZSET, rows((2, "b")))], [Z.job])
    assert zset(store) == {(2, "b"): 1}
    store.close()
    store = open_store(tmp_path)
    assert zset(store) == {(2, "b"): 1}
    assert upsert(store) == {1: "u"}
    for i in range(3, 6):
        store.checkpoint(i, {}, [(Z, ZSET, rows((i, "c")))], [Z.job] if i == 4 else [])
    store.close()
    store = open_store(tmp_path)
    assert zset(store) == {(4, "c"): 1, (5, "c"): 1}
    store.close()


def test_state_stays_within_twice_its_live_size_and_few_blocks() -> None:
    backend = MemoryBackend()
    store = Store(backend)
    live = 400
    for i in range(live):
        store.checkpoint(i, {}, [(U, UPSERT, rows((i, "v" * 200)))])
    settled = store.state_bytes
    for i in range(1200):
        k = i % live
        store.checkpoint(live + i, {}, [(U, UPSERT, rows((k, f"{i:0200}")))])
        assert store.state_bytes <= 2.5 * settled
    assert sum(1 for _ in store.blocks(U)) <= 12
    assert len(list(backend.keys(b"B"))) <= 40
    assert upsert(store) == {k: f"{800 + k:0200}" for k in range(live)}
    for k in range(live):
        store.checkpoint(9000 + k, {}, [(U, UPSERT, rows((k, ""), weights=[-1]))])
    assert upsert(store) == {} and store.state_bytes < settled / 10


def test_merges_of_large_tables_go_by_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "MERGE_BYTES", 2_000)
    monkeypatch.setattr(compaction, "BLOCK_BYTES", 500)
    store = Store(MemoryBackend())
    for i in range(60):
        upserts = rows(*((k, f"{i} {k}") for k in range(i, i + 20)))
        store.checkpoint(i, {}, [(U, UPSERT, upserts), (Z, ZSET, rows((i % 7, "z")))])
    assert upsert(store) == {k: f"{min(k, 59)} {k}" for k in range(79)}
    assert sum(zset(store).values()) == 60


@dataclass
class Model:
    zset: dict[tuple[int, str], int]
    upsert: dict[int, str]
    log: int
    epoch: int

    def copy(self) -> "Model":
        return Model(dict(self.zset), dict(self.upsert), self.log, self.epoch)


def run_randomly(store: Store, model: Model, rng: random.Random, steps: int, done: list[Model]) -> None:
    """Random changes; `done` gets the model before and after each checkpoint that was acknowledged."""
    for _ in range(steps):
        if rng.random() < 0.3:
            store.append_log([(1, rows((model.log + 1, "log")))])
            model.log += 1
            done[-1].log = model.log
            continue
        after = model.copy()
        after.epoch += 1
        changes = []
        if rng.random() < 0.8:
            picked = [((rng.randrange(5), "z"), rng.choice([-1, 1])) for _ in range(rng.randrange(1, 6))]
            for row, w in picked:
                after.zset[row] = after.zset.get(row, 0) + w
            changes.append((Z, ZSET, rows(*(r for r, _ in picked), weights=[w for _, w in picked])))
        if rng.random() < 0.8:
            keys = rng.sample(range(8), 3)
            for k in keys:
                after.upsert[k] = f"{after.epoch}"
            changes.append((U, UPSERT, rows(*((k, f"{after.epoch}") for k in keys))))
        drop = []
        if rng.random() < 0.1:
            drop = [U.job]
            after.upsert = {k: v for k, v in after.upsert.items() if v == f"{after.epoch}"}
        done.append(after)  # may or may not have happened if the write fails
        try:
            store.checkpoint(after.epoch, {"epoch": after.epoch, "log_seq": model.log}, changes, drop)
        except RetryableError:
            done.pop()
            continue
        del done[:-1]
        model.zset, model.upsert, model.epoch = dict(after.zset), dict(after.upsert), after.epoch


def expect(store: Store, candidates: list[Model]) -> Model:
    latest = store.latest()
    epoch = latest.manifest["epoch"] if latest else 0
    found = next(m for m in candidates if m.epoch == epoch)
    assert zset(store) == {r: w for r, w in found.zset.items() if w}
    assert upsert(store) == found.upsert
    floor = latest.manifest["log_seq"] if latest else 0
    replayed = [seq for seq, _ in store.read_log(floor)]
    assert replayed == list(range(floor + 1, store.log_seq + 1))
    assert store.log_seq >= max(m.log for m in candidates[:1])
    return found


@pytest.mark.parametrize("seed", range(40))
def test_a_crash_at_any_write_and_failing_writes_lose_nothing(seed: int) -> None:
    rng = random.Random(seed)
    backend: StateBackend = MemoryBackend()
    model = Model({}, {}, 0, 0)
    for _ in range(6):
        faulty = FaultyBackend(
            fail_at=rng.sample(range(2, 60), 8), crash_at=rng.randrange(8, 60), crash_after=rng.random() < 0.5
        )
        faulty._live.write(list(backend.scan(b"")), sync=True)
        faulty._history.append(((tuple(backend.scan(b"")), ()), True))
        done = [model.copy()]
        with pytest.raises(Crash):
            store = Store(faulty)
            expect(store, done)
            while True:
                try:
                    run_randomly(store, model, rng, 50, done)
                except RetryableError:
                    continue
        backend = faulty.survivor(unsynced=rng.randrange(3))
        again = Store(backend)
        found = expect(again, done)
        model = found.copy()
        model.log = again.log_seq
        assert verify(backend).problems == []


def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before() -> None:
    backend = FaultyBackend()
    store = Store(backend)
    for i in range(1, 6):
        store.append_log([(1, rows((i, "log")))])
        store.checkpoint(i, {"epoch": i, "log_seq": i}, [(Z, ZSET, rows((i, "a" * i)))])
    newest = max(backend.keys(b"M"))
    backend.damage(newest)
    store = Store(backend)
    latest = store.latest()
    assert latest is not None and latest.manifest["epoch"] == 4
    assert latest.fallback is not None and "checkpoint 5 is unreadable" in latest.fallback
    assert zset(store) == {(i, "a" * i): 1 for i in range(1, 5)}
    assert [seq for seq, _ in store.read_log(4)] == [5]
    store.checkpoint(5, {"epoch": 5, "log_seq": 5}, [(Z, ZSET, rows((50, "again")))])
    assert (50, "again") in zset(Store(backend)) and (5, "a" * 5) not in zset(Store(backend))
    assert verify(backend).problems == []


def test_a_damaged_block_of_the_newest_checkpoint_falls_back() -> None:
    backend = FaultyBackend()
    store = Store(backend)
    big = rows(*((i, "row") for i in range(500)))
    store.checkpoint(1, {"epoch": 1}, [(Z, ZSET, big)])
    store.checkpoint(2, {"epoch": 2}, [(Z, ZSET, rows((1000, "x")))])
    backend.damage(max(backend.keys(b"B")), 60)
    assert verify(backend).problems != []
    store = Store(backend)
    latest = store.latest()
    assert latest is not None and latest.manifest == {"epoch": 1}
    assert latest.fallback is not None and "deltas are lost" in latest.fallback
    assert len(zset(store)) == 500


def test_a_damaged_merge_gives_way_to_what_was_merged() -> None:
    backend = FaultyBackend()
    store = Store(backend)
    for i in range(1, 3):
        store.checkpoint(i, {"epoch": i}, [(Z, ZSET, rows((i, "same size")))])
    merged = [k for k in backend.keys(b"B") if k[25:33] != k[33:41]]
    assert len(merged) == 1
    backend.damage(merged[0], 60)
    store = Store(backend)
    latest = store.latest()
    assert latest is not None and latest.manifest == {"epoch": 2} and latest.fallback is None
    assert len(zset(store)) == 2


def test_nothing_readable_is_fatal() -> None:
    backend = FaultyBackend()
    Store(backend).checkpoint(1, {}, [(Z, ZSET, rows((1, "a")))])
    for key in list(backend.keys(b"B")):
        backend.damage(key)
    with pytest.raises(FatalError, match="no checkpoint is readable") as caught:
        Store(backend)
    assert caught.value.sqlstate == "XX001"


def test_damaged_catalog_and_log_records_are_fatal_when_read() -> None:
    backend = FaultyBackend()
    store = Store(backend)
    store.append_catalog({"a": 1})
    store.append_log([(1, rows((1, "a")))])
    backend.damage(max(backend.keys(b"C")))
    backend.damage(max(backend.keys(b"L")))
    with pytest.raises(FatalError, match="catalog record 1 is damaged"):
        store.load_catalog()
    with pytest.raises(FatalError, match="log entry 1 is damaged"):
        list(store.read_log(0))
    assert len(verify(backend).problems) == 2


def test_another_format_is_refused() -> None:
    backend = MemoryBackend()
    backend.write([(b"x", b"")], sync=True)
    with pytest.raises(FatalError, match="does not belong to Sabot"):
        Store(backend)


def test_a_full_disk_is_reported_and_survived() -> None:
    backend = FaultyBackend(fail_at=[3, 5])
    store = Store(backend)
    store.append_log([(1, rows((1, "a")))])
    with pytest.raises(RetryableError) as caught:
        store.append_log([(1, rows((2, "b")))])
    assert caught.value.sqlstate == "53100"
    with pytest.raises(RetryableError):
        store.checkpoint(1, {"log_seq": 1}, [(Z, ZSET, rows((1, "a")))])  # the manifest's write fails
    store.checkpoint(1, {"log_seq": 1}, [(Z, ZSET, rows((1, "a")))])
    assert zset(Store(backend)) == {(1, "a"): 1}


def test_a_merge_that_fails_does_not_fail_the_checkpoint() -> None:
    backend = FaultyBackend()
    store = Store(backend)
    store.checkpoint(1, {"epoch": 1}, [(Z, ZSET, rows((1, "same size")))])
    backend.damage(min(backend.keys(b"B")), 60)
    store.checkpoint(2, {"epoch": 2}, [(Z, ZSET, rows((2, "same size")))])
    backend.damage(min(backend.keys(b"B")), 60)  # the same bit again: repaired
    restored = Store(backend)
    latest = restored.latest()
    assert latest is not None and latest.manifest == {"epoch": 2}
    assert zset(restored) == {(1, "same size"): 1, (2, "same size"): 1}

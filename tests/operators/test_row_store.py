"""RowStore: multiplicities, look-ups, snapshots that stay, restore from drained changes."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sabot.kernels.batch import Batch
from sabot.kernels.errors import InternalError
from sabot.kernels.store import RowStore, Snapshot
from sabot.kernels.types import INT4, INT8, NUMERIC, TEXT, list_of

TYPES = (INT8, TEXT, NUMERIC)


def batch(*rows: tuple[tuple[object, ...], int]) -> Batch:
    return Batch.from_rows(TYPES, [r for r, _ in rows], [w for _, w in rows])


def content(snapshot: Snapshot) -> Counter[tuple[object, ...]]:
    total: Counter[tuple[object, ...]] = Counter()
    for b in snapshot.batches():
        for row, weight in zip(b.to_rows(), b.weights()):
            total[row] += weight
    return Counter({r: w for r, w in total.items() if w})


ROWS = st.tuples(st.sampled_from([None, 1, 2]), st.sampled_from([None, "a", "b"]), st.sampled_from(["1.5", "1.50", None]))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.tuples(ROWS, st.integers(1, 2), st.booleans()), max_size=6), max_size=8), st.booleans())
def test_any_history_gives_the_multiset_and_old_snapshots_stay(history: list, keyed: bool) -> None:
    store = RowStore(TYPES, (0,) if keyed else None)
    model: Counter[tuple[object, ...]] = Counter()
    taken, drained = [], []
    for number, step in enumerate(history):
        changes = []
        for row, weight, delete in step:
            weight = -min(weight, model[row]) if delete else weight
            model[row] += weight
            changes.append((row, weight))
        store.apply(batch(*changes))
        taken.append((store.snapshot(), Counter({r: w for r, w in model.items() if w})))
        if number % 2:
            drained.append(store.drain())
    drained.append(store.drain())
    for snapshot, expected in taken:
        assert content(snapshot) == expected
        assert snapshot.num_rows == sum(expected.values())
    fresh = RowStore(TYPES, (0,) if keyed else None)
    for part in drained:
        if part is not None:
            fresh.restore(part)
    assert content(fresh.snapshot()) == Counter({r: w for r, w in model.items() if w})
    assert fresh.entries == store.entries == sum(1 for w in model.values() if w)
    store.apply(batch(*((r, -w) for r, w in model.items())))
    assert (store.entries, store.num_rows) == (0, 0)


def test_look_up_by_key_and_by_other_columns() -> None:
    store = RowStore(TYPES, (0,))
    store.apply(batch(((1, "a", "1"), 1), ((2, "b", "2"), 1), ((None, "b", "3"), 1)))
    assert store.lookup(Batch.from_rows((INT8,), [(2,), (7,), (None,)])).to_rows() == [(2, "b", "2")]
    assert len(store.lookup_by((1,), Batch.from_rows((TEXT,), [("b",)]))) == 2
    store.apply(batch(((2, "b", "2"), -1), ((2, "c", "2"), 1)))
    assert store.lookup_by((1,), Batch.from_rows((TEXT,), [("b",)])).to_rows() == [(None, "b", "3")]
    rows, positions = store.probe(Batch.from_rows((INT8,), [(9,), (1,)]))
    assert rows.to_rows() == [(1, "a", "1")] and positions.to_rows() == [(1,)]


def test_numeric_keys_are_equal_by_value() -> None:
    store = RowStore((NUMERIC, INT4), (0,))
    store.apply(Batch.from_rows((NUMERIC, INT4), [("1.5", 1)]))
    assert store.lookup(Batch.from_rows((NUMERIC,), [("1.500",)])).to_rows() == [("1.5", 1)]


def test_contains_asks_for_identical_rows_and_multiplicity() -> None:
    store = RowStore(TYPES, (0,))
    store.apply(batch(((1, "a", "1.5"), 2)))
    assert store.contains(batch(((1, "a", "1.5"), 2)))
    assert not store.contains(batch(((1, "a", "1.5"), 3)))
    assert not store.contains(batch(((1, "a", "1.50"), 1)))


def test_removing_what_is_not_there_names_the_row_and_changes_nothing() -> None:
    store = RowStore(TYPES, (0,))
    store.apply(batch(((1, "a", "1"), 1)))
    with pytest.raises(InternalError, match="'zz'"):
        store.apply(batch(((1, "a", "1"), -1), ((5, "zz", "1"), -1)))
    assert store.snapshot().num_rows == 1
    assert store.drain() is not None


def test_many_rows_under_one_key_and_pieces_that_empty() -> None:
    store = RowStore((INT8, INT8), (0,))
    for base in range(0, 60_000, 20_000):
        store.apply(Batch.from_rows((INT8, INT8), [(7, base + i) for i in range(20_000)]))
    before = store.snapshot()
    store.apply(Batch.from_rows((INT8, INT8), [(7, i) for i in range(60_000) if i % 10], [-1] * 54_000))
    assert store.entries == 6_000
    assert store.nbytes < 60_000 * 40
    found = store.lookup(Batch.from_rows((INT8,), [(7,)]))
    assert sorted(found.column_values(1)) == list(range(0, 60_000, 10))
    assert sum(len(b) for b in before.batches()) == 60_000
    store.apply(Batch.from_rows((INT8, INT8), [(7, i) for i in range(0, 60_000, 10)], [-1] * 6_000))
    assert store.entries == 0 and store.snapshot().batches() == []


def test_nested_values() -> None:
    types = (INT4, list_of(list_of(TEXT)))
    store = RowStore(types, None)
    rows = [(1, [["a", None], []]), (2, None), (3, []), (1, [["a", None], []])]
    store.apply(Batch.from_rows(types, rows))
    assert store.entries == 3 and store.num_rows == 4
    store.apply(Batch.from_rows(types, [rows[0], rows[1]], [-2, -1]))
    assert store.snapshot().batches()[0].to_rows() == [(3, [])]
    assert store.snapshot().batches((1,), expanded=True)[0].to_rows() == [([],)]

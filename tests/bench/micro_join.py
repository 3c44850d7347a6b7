"""CPU nanoseconds per input row of the stateful row kernels (undrained logs included). Run: python tests/bench/micro_join.py [rows]"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa
from sabot.executor.operator import StepContext
from sabot.executor.operators.distinct import DistinctOperator
from sabot.executor.operators.join import JoinOperator
from sabot.executor.operators.sort import SortOperator
from sabot.kernels.arrow import batch_from_arrow
from sabot.kernels.batch import Batch
from sabot.kernels.expr.program import SessionFacts
from sabot.kernels.schema import schema_of
from sabot.kernels.store import RowStore
from sabot.kernels.types import INT8, TEXT
from sabot.planner.physical.node import Distinct, Join, Sort, SortKey, Values

STEP = 65_536
SIDE = schema_of(("k", INT8), ("a", INT8), ("b", INT8))
LEAF = Values((), SIDE)
RANDOM = np.random.default_rng(1)


def table(rows: int, keys: np.ndarray) -> Batch:
    numbers = np.arange(rows, dtype=np.int64)
    return batch_from_arrow(pa.table({"k": keys, "a": numbers, "b": numbers * 7}), SIDE.types)


def pieces(batch: Batch) -> list[Batch]:
    return [batch.slice(i, min(STEP, batch.num_rows - i)) for i in range(0, batch.num_rows, STEP)]


def measure(name: str, rows: int, work: Callable[[], object]) -> None:
    before = time.thread_time()
    work()
    print(f"{name:<52} {(time.thread_time() - before) / rows * 1e9:8.1f} ns/row")


def context() -> StepContext:
    return StepContext(epoch=1, facts=SessionFacts())


def join(kind: str, append_only: bool) -> Join:
    both = schema_of(*((f"c{i}", INT8) for i in range(3 if kind in ("semi", "anti") else 6)))
    return Join(LEAF, LEAF, kind, (0,), (0,), (False,), None, both, append_only, append_only)


def stream(operator: JoinOperator, left: list[Batch], right: list[Batch]) -> None:
    for a, b in zip(left, right):
        operator.step([a, None], context())
        operator.step([None, b], context())


def take_back(operator: JoinOperator, left: Batch) -> None:
    for batch in pieces(left.negate()):
        operator.step([batch, None], context())


def main(rows: int) -> None:
    left = table(rows, RANDOM.permutation(rows).astype(np.int64))
    right = table(rows, RANDOM.permutation(rows).astype(np.int64))
    for kind in ("inner", "left", "full", "semi", "anti"):
        for append_only in (True, False):
            operator = JoinOperator(1, join(kind, append_only), one_shot=False)
            name = f"{kind} join, {'append-only' if append_only else 'retractable'}, both sides"
            measure(name, 2 * rows, lambda operator=operator: stream(operator, pieces(left), pieces(right)))  # type: ignore[misc]
            if kind == "inner":
                print(f"{'  bytes per row of state':<52} {operator.state_bytes / operator.state_rows:8.1f}")
                if not append_only:
                    measure("inner join, left taken back", rows, lambda operator=operator: take_back(operator, left))  # type: ignore[misc]
    once = JoinOperator(1, join("inner", False), one_shot=True)
    measure("inner join, one shot", 2 * rows, lambda: list(once.pieces([iter(pieces(left)), iter(pieces(right))], context())))
    hot = table(rows, np.zeros(rows, dtype=np.int64))
    few = table(1, np.zeros(1, dtype=np.int64))
    operator = JoinOperator(1, join("inner", False), one_shot=False)
    measure("inner join, every row under one key, retractable", rows, lambda: stream(operator, pieces(hot), [few]))

    store = RowStore(SIDE.types, (0,))
    measure("store by key: insert", rows, lambda: [store.apply(b) for b in pieces(left)])
    measure("store by key: look up all", rows, lambda: store.lookup(right.select((0,))))
    update = [Batch.concat([b.negate(), b]) for b in pieces(left)]
    measure("store by key: -old +new of the same rows", rows, lambda: [store.apply(b) for b in update])
    measure("store: snapshot to one batch", rows, lambda: Batch.concat(store.snapshot().batches()))
    plain = RowStore(SIDE.types, None)
    measure("store by row: insert", rows, lambda: [plain.apply(b) for b in pieces(left)])
    measure("store by row: delete", rows, lambda: [plain.apply(b.negate()) for b in pieces(left)])

    values = batch_from_arrow(pa.table({"k": RANDOM.integers(0, rows // 10 + 1, rows)}), (INT8,))
    one = schema_of(("k", INT8))
    distinct = DistinctOperator(1, Distinct(Values((), one), one), one_shot=False)
    measure("distinct int8, a tenth distinct", rows, lambda: [distinct.step([b], context()) for b in pieces(values)])
    sort = SortOperator(1, Sort(LEAF, (SortKey(0), SortKey(1)), None, 0, SIDE), one_shot=True)
    measure("sort by int8", rows, lambda: list(sort.pieces([iter(pieces(left))], context())))
    top = SortOperator(1, Sort(LEAF, (SortKey(0), SortKey(1)), 10, 0, SIDE), one_shot=True)
    measure("sort by int8, first 10", rows, lambda: list(top.pieces([iter(pieces(left))], context())))
    texts = batch_from_arrow(pa.table({"t": [f"name {i}" for i in RANDOM.permutation(rows)]}), (TEXT,))
    text = schema_of(("t", TEXT))
    by_text = SortOperator(1, Sort(Values((), text), (SortKey(0),), None, 0, text), one_shot=True)
    measure("sort by text", rows, lambda: list(by_text.pieces([iter(pieces(texts))], context())))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)

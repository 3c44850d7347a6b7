"""Nanoseconds per row of aggregation, top-n and window kernels: `python tests/bench/micro_aggregate.py [rows]`."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable

from sabot.kernels.aggregate import Aggregation
from sabot.kernels.batch import Batch
from sabot.kernels.top_n import TopRows
from sabot.kernels.types import FLOAT8, INT8, NUMERIC, TEXT, TIMESTAMP
from sabot.kernels.window import Windows
from sabot.planner.physical.node import AggCall, Frame, SortKey, WindowCall

TYPES = (INT8, INT8, INT8, FLOAT8, TEXT, TIMESTAMP, NUMERIC)  # auction, bidder, price, ratio, url, time, amount


def bids(rows: int, keys: int, start: int) -> Batch:
    pick = random.Random(start)
    return Batch.from_rows(
        TYPES,
        [
            (pick.randrange(keys), pick.randrange(keys), pick.randrange(10**6), pick.random(),
             f"https://www.example.com/item/{pick.randrange(keys)}", start + i, f"{pick.randrange(10**6)}.25")
            for i in range(rows)
        ],
    )  # fmt: skip


def measure(name: str, make: Callable[[], Callable[[Batch], object]], batches: list[Batch]) -> None:
    run = make()
    before = time.process_time_ns()
    for batch in batches:
        run(batch)
    spent = time.process_time_ns() - before
    print(f"{name:<58} {spent / sum(b.num_rows for b in batches):8.1f} ns/row")


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    part = rows // 4
    few = [bids(part, 1_000, i * part) for i in range(4)]
    many = [bids(part, max(rows // 2, 1), i * part) for i in range(4)]

    def calls(*functions: tuple) -> list[AggCall]:
        return [
            AggCall(f, args, tuple(TYPES[a] for a in args), result, distinct=len(rest) > 0)
            for f, args, result, *rest in functions
        ]

    def aggregation(groups: tuple[int, ...], *functions: tuple, append_only: bool = False) -> Callable:
        return lambda: Aggregation(TYPES, groups, calls(*functions), append_only).apply

    count_sum = (("count_star", (), INT8), ("sum", (2,), NUMERIC))
    for label, batches in (("1000 keys", few), ("many keys", many)):
        measure(f"count, sum(int8) by int8, {label}", aggregation((0,), *count_sum), batches)
        measure(f"count, sum(int8) by (int8, int8), {label}", aggregation((0, 1), *count_sum), batches)
        measure(f"count, sum(int8) by text, {label}", aggregation((4,), *count_sum), batches)
        measure(f"max(int8) append-only, {label}", aggregation((0,), ("max", (2,), INT8), append_only=True), batches)
        measure(f"max(int8) retractable, {label}", aggregation((0,), ("max", (2,), INT8)), batches)
        measure(f"count(distinct int8), {label}", aggregation((0,), ("count", (1,), INT8, True)), batches)
        measure(f"sum(float8), {label}", aggregation((0,), ("sum", (3,), FLOAT8)), batches)
        measure(f"sum(numeric), {label}", aggregation((0,), ("sum", (6,), NUMERIC)), batches)
    for label, batches in (("1000 keys", few), ("many keys", many)):
        for append_only in (True, False):
            kind = "append-only" if append_only else "retractable"

            def top(groups: tuple[int, ...], key: SortKey, limit: int, append_only: bool = append_only) -> Callable:
                return lambda: TopRows(TYPES, groups, (key,), limit, 0, "row_number", False, append_only, True).apply

            measure(f"q18: latest per (bidder, auction), {kind}, {label}", top((1, 0), SortKey(5, True, True), 1), batches)
            measure(f"q19: top 10 by price per auction, {kind}, {label}", top((0,), SortKey(2, True, True), 10), batches)
        measure("global top 100", top((), SortKey(2), 100), batches)

    def windows(*window_calls: WindowCall, order: int = 5) -> Callable:
        return lambda: Windows(TYPES, (0,), (SortKey(order),), window_calls, [1 for _ in window_calls]).apply

    lag = WindowCall("lag", (2,), (INT8,), INT8, None)
    bounded = WindowCall("sum", (2,), (INT8,), NUMERIC, Frame("rows", ("preceding", 5), ("current", None)))
    running = WindowCall("sum", (2,), (INT8,), NUMERIC, None)
    number = WindowCall("row_number", (), (), INT8, None)
    for name, call in (("lag", lag), ("sum over 5 preceding", bounded), ("running sum", running), ("row_number", number)):
        measure(f"{name}, rows appended in order, 1000 partitions", windows(call), few)
    measure("lag, rows arrive at random places, 1000 partitions", windows(lag, order=2), few)
    one_row = [few[0].slice(i, 1) for i in range(2_000)]

    def aged(call: WindowCall) -> Callable:
        def make() -> Callable:
            w = Windows(TYPES, (), (SortKey(2),), (call,), [1])
            for batch in few:
                w.apply(batch)
            return w.apply

        return make

    measure(f"lag, single rows into one partition of {rows}", aged(lag), one_row)
    measure(f"sum over 5 preceding, single rows, partition of {rows}", aged(bounded), one_row)


if __name__ == "__main__":
    main()

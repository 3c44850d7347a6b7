"""What one changed row costs in window functions, in partitions of growing size.

    python -m tests.bench.windows [--sizes 1000,10000,100000,1000000]

Per function: microseconds of CPU of one step that changes the value of one row in the middle of the partition, then of one
that takes it out and of one that puts it back. A cost that doesn't grow with the partition is the bar.
"""

from __future__ import annotations

import argparse
import statistics
import time

from sabot.executor.dataflow import Dataflow
from sabot.executor.operator import StepContext
from sabot.kernels.batch import Batch
from sabot.kernels.expr.program import SessionFacts
from sabot.kernels.types import INT8
from sabot.planner.catalog.entries import Column, Relation, Snapshot
from sabot.planner.pipeline import PlanSettings, plan_query
from sabot.planner.sql.query import parse_query

QUERIES = {
    "lag": "SELECT k, lag(v) OVER (ORDER BY k) FROM t",
    "sum rows between 10 preceding and 10 following": "SELECT k, sum(v) OVER (ORDER BY k ROWS BETWEEN 10 PRECEDING AND 10 FOLLOWING) FROM t",
    "avg range between 10 preceding and current row": "SELECT k, avg(v) OVER (ORDER BY k RANGE BETWEEN 10 PRECEDING AND CURRENT ROW) FROM t",
    "row_number <= 10": "SELECT * FROM (SELECT k, v, row_number() OVER (ORDER BY v DESC) n FROM t) s WHERE n <= 10",
    "rank <= 10": "SELECT * FROM (SELECT k, v, rank() OVER (ORDER BY v DESC) n FROM t) s WHERE n <= 10",
    "row_number by another column": "SELECT k, v, row_number() OVER (ORDER BY k) FROM t",
    "rank by another column": "SELECT k, v, rank() OVER (ORDER BY k) FROM t",
    "dense_rank by another column": "SELECT k, v, dense_rank() OVER (ORDER BY k) FROM t",
    "first_value": "SELECT k, v, first_value(v) OVER (ORDER BY k) FROM t",
    "last_value over 5 preceding": "SELECT k, v, last_value(v) OVER (ORDER BY k ROWS BETWEEN 5 PRECEDING AND CURRENT ROW) FROM t",
    "lag and lead": "SELECT k, lag(v) OVER (ORDER BY k), lead(v, 2) OVER (ORDER BY k) FROM t",
}


def measure(sql: str, size: int) -> list[float]:
    table = Relation(1, "public", "t", "table", columns=(Column("k", INT8), Column("v", INT8)), primary_key=(0,))
    snapshot = Snapshot(version=1, relations={1: table}, by_name={("public", "t"): 1})
    plan = plan_query(parse_query(sql), snapshot, PlanSettings(), streaming=True).physical
    dataflow = Dataflow(plan)
    ctx = StepContext(epoch=0, facts=SessionFacts(), strict=False, interrupt=None)
    types = (INT8, INT8)
    for start in range(0, size, 100_000):
        rows = [(i, (i * 7919) % size) for i in range(start, min(size, start + 100_000))]
        dataflow.step({1: Batch.from_rows(types, rows)}, ctx)
    middle = size // 2
    times: list[list[float]] = [[], [], []]

    def step(kind: int, rows: list[tuple[int, int]], weights: list[int]) -> None:
        delta = Batch.from_rows(types, rows, weights)
        before = time.thread_time_ns()
        dataflow.step({1: delta}, ctx)
        times[kind].append((time.thread_time_ns() - before) / 1000)

    for n in range(40):
        key = middle + n
        old = (key, (key * 7919) % size)
        step(0, [old, (key, old[1] // 2)], [-1, 1])
    for n in range(20):  # after the others: what moves half of the partition leaves cold caches behind
        key = middle + n
        row = (key, (key * 7919) % size // 2)
        step(1, [row], [-1])
        step(2, [row], [1])
    return [statistics.median(t) for t in times]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.windows")
    parser.add_argument("--sizes", default="1000,10000,100000,1000000")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    sizes = [int(s) for s in options.sizes.split(",")]
    print(f"{'µs: update / delete / insert':50}" + "".join(f"{s:>28,}" for s in sizes))
    for name, sql in QUERIES.items():
        if options.only not in name:
            continue
        found = []
        for size in sizes:
            found.append(" / ".join(f"{t:,.0f}" for t in measure(sql, size)))
        print(f"{name:50}" + "".join(f"{f:>28}" for f in found), flush=True)


if __name__ == "__main__":
    main()

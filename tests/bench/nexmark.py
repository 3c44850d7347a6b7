"""CPU seconds of the server per million Nexmark events, beside one batch pass of DuckDB over the same files.

    python -m tests.bench.nexmark [--events N] [--queries q0,q4] [--into sink|view] [--memory] [--keep FOLDER]

Each query runs alone in a fresh `sabot serve`, from Parquet files to a blackhole sink or a view, with checkpoints
going on (not with --memory). The CPU time is the server's whole process (user and system, /proc/PID/stat) from the
creation of the view until the sources are finished; "million events" counts the whole stream, whatever part of it
the query reads.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import duckdb
from sabot.executor.connectors.nexmark.parquet import write_parquet

from ..nexmark import queries
from ..serving import Served

# The budget: CPU seconds per million events.
TARGETS = {
    "q0": 0.5, "q1": 0.6, "q2": 0.5, "q3": 0.6, "q4": 3.0, "q5": 2.0, "q7": 4.0, "q8": 0.8, "q9": 5.0, "q18": 2.5,
    "q19": 3.0, "q20": 3.0,
}  # fmt: skip
WAIT_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Figures:
    cpu: float  # seconds
    wall: float  # seconds
    rows_out: int
    state_rows: int
    state_bytes: int  # of the operators
    peak: int  # bytes resident at most


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def sabot(name: str, files: Path, into: str, data_dir: Path | None, partitions: int) -> Figures:
    served = Served(data_dir)
    try:
        served.run(f"SET streaming_parallelism TO {partitions}")
        for table, columns in queries.TABLES.items():
            served.run(
                f"CREATE SOURCE {table} ({columns}) WITH (connector = 'file', path = '{files}/{table}')"
                " FORMAT PLAIN ENCODE PARQUET"
            )
        before, start = cpu_seconds(served.pid), time.monotonic()
        if into == "view":
            served.run(f"CREATE MATERIALIZED VIEW {name} AS {queries.QUERIES[name]}")
        else:
            served.run(
                f"CREATE SINK {name} AS {queries.QUERIES[name]}"
                " WITH (connector = 'blackhole', type = 'append-only', force_append_only = 'true')"
            )
        served.wait_for_sources(WAIT_SECONDS, every=0.1)
        rows, state_rows, state_bytes = served.run("SELECT rows_out, state_rows, state_bytes FROM sabot.jobs")[0]
        wall = time.monotonic() - start
        cpu = cpu_seconds(served.pid) - before
        return Figures(cpu, wall, rows, state_rows, state_bytes, peak_bytes(served.pid))
    finally:
        served.close()


def duckdb_cpu(name: str, files: Path) -> float:
    """CPU seconds of one pass that keeps its result in memory."""
    connection = duckdb.connect()
    for table in queries.TABLES:
        connection.execute(f"CREATE VIEW {table} AS FROM read_parquet('{files}/{table}/*.parquet')")
    before = time.process_time()
    connection.execute(f"CREATE TEMP TABLE result AS {queries.duckdb(name)}").fetchall()
    cpu = time.process_time() - before
    connection.close()
    return cpu


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.nexmark")
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--queries", default=",".join(queries.QUERIES))
    parser.add_argument("--into", choices=("sink", "view"), default="view")
    parser.add_argument("--memory", action="store_true", help="no data directory, so no checkpoints")
    parser.add_argument("--partitions", type=int, default=1, help="parts of the operators that have keys")
    parser.add_argument("--keep", type=Path, help="folder for the files, used again when they are there")
    options = parser.parse_args()
    millions = options.events / 1e6
    kept = nullcontext(options.keep) if options.keep else tempfile.TemporaryDirectory()
    with kept as folder:
        files = Path(folder) / f"nexmark-{options.events}"
        if not files.is_dir():
            write_parquet(files, options.events)
        print(f"{options.events:,} events into a {options.into}; CPU seconds per million events")
        print(f"{'query':6} {'sabot':>7} {'target':>7} {'duckdb':>7} {'ratio':>6} {'wall s':>7} {'rows out':>10} "
              f"{'state rows':>10} {'B/row':>6} {'peak MB':>8}")  # fmt: skip
        for name in options.queries.split(","):
            with tempfile.TemporaryDirectory() as data:
                figures = sabot(name, files, options.into, None if options.memory else Path(data), options.partitions)
            ours, theirs = figures.cpu / millions, duckdb_cpu(name, files) / millions
            target = f"{TARGETS[name]:.2f}" if name in TARGETS else ""
            per_row = figures.state_bytes / figures.state_rows if figures.state_rows else 0.0
            print(f"{name:6} {ours:7.2f} {target:>7} {theirs:7.3f} {ours / theirs:6.1f} {figures.wall:7.2f} "
                  f"{figures.rows_out:10} {figures.state_rows:10} {per_row:6.0f} {figures.peak >> 20:8}",
                  flush=True)  # fmt: skip


if __name__ == "__main__":
    main()

"""How long a server takes to come back, and what a checkpoint of large states costs those who go on.

    python -m tests.bench.restart [--rows N] [--only name]

Each view runs alone over a table of N rows (filled by one INSERT … SELECT). Printed: rows that come back (of the table, the
view and the operators' states), seconds from the start of the process to the first answer, without those of a server that
has nothing to restore; then milliseconds (median, 99th percentile, most) of INSERTs of one row and SELECTs of one while
checkpoints write large changes, beside those of a server that rests.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from pathlib import Path

import psycopg

from ..serving import Served

VIEWS = {
    "copy": "SELECT * FROM t",
    "aggregate": "SELECT g, count(*) AS n, sum(v) AS s, min(v) AS low FROM t GROUP BY g",
    "join": "SELECT t.k, t.v, d.name FROM t JOIN d ON t.g % 1000 = d.k",
    "self join": "SELECT a.k, b.v FROM t a JOIN t b ON a.k = b.k + 1",
    "window": "SELECT k, sum(v) OVER (PARTITION BY g ORDER BY k) AS s FROM t",
    "top-n": "SELECT g, k, v FROM (SELECT *, row_number() OVER (PARTITION BY g ORDER BY v DESC, k) AS n FROM t) x WHERE n <= 3",
    "distinct": "SELECT DISTINCT v, g FROM t",
}


def started(server: Served) -> float:
    """Seconds from the start of a process to the first answer."""
    server.engine.stop(kill=False)
    begun = time.perf_counter()
    server.engine.restart()
    server.reconnect()
    server.run("SELECT 1")
    return time.perf_counter() - begun


def filled(folder: Path, rows: int, view: str | None) -> Served:
    server = Served(folder)
    server.run("CREATE TABLE t (k int PRIMARY KEY, g int, v int, note text)")
    server.run("CREATE TABLE d (k int PRIMARY KEY, name text)")
    server.run("INSERT INTO d SELECT i, 'name ' || i FROM generate_series(0, 999) i")
    for start in range(0, rows, 1_000_000):
        end = min(rows, start + 1_000_000) - 1
        server.run(f"INSERT INTO t SELECT i, i % {max(rows // 10, 1)}, (i::bigint * 7919) % 1000003, 'note ' || i FROM generate_series({start}, {end}) i")
    if view is not None:
        server.run(f"CREATE MATERIALIZED VIEW m AS {view}")
    return server


def restart(name: str, rows: int, empty: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = filled(Path(folder) / "data", rows, VIEWS[name])
        counted = server.run("SELECT (SELECT sum(rows) FROM sabot.relations), (SELECT sum(state_rows) FROM sabot.jobs)")
        kept = sum(int(n) for n in counted[0])
        answer = server.run("SELECT count(*) FROM m")
        seconds = started(server) - empty
        assert server.run("SELECT count(*) FROM m") == answer
        server.close()
    print(f"{name:12}{kept:>12,}{seconds:>9.2f}{kept / max(seconds, 0.001) / 1e6:>9.1f}", flush=True)


def waits(rows: int) -> None:
    """What others wait while a checkpoint writes much."""
    with tempfile.TemporaryDirectory() as folder:
        server = filled(Path(folder) / "data", rows, VIEWS["aggregate"])
        time.sleep(3)
        for what in ("at rest", "beside large changes"):
            stop = threading.Event()
            change = threading.Thread(target=_change, args=(server.engine.address, rows, stop))
            if what != "at rest":
                change.start()
            times: dict[str, list[float]] = {"INSERT": [], "SELECT": []}
            with psycopg.connect(server.engine.address, autocommit=True) as c:
                end, number = time.monotonic() + 10, rows
                while time.monotonic() < end:
                    for verb, sql in (("INSERT", f"INSERT INTO d VALUES ({number}, 'x')"), ("SELECT", "SELECT * FROM d WHERE k = 5")):
                        begun = time.perf_counter()
                        c.execute(sql)
                        times[verb].append((time.perf_counter() - begun) * 1000)
                    number += 1
                    time.sleep(0.002)
                c.execute("DELETE FROM d WHERE k > 1000")
            stop.set()
            if what != "at rest":
                change.join()
            for verb, found in times.items():
                found.sort()
                print(f"{verb} {what:22}{found[len(found) // 2]:>9.2f}{found[len(found) * 99 // 100]:>9.2f}{found[-1]:>9.2f}", flush=True)
        print("last checkpoint: {} rows, {:.1f} ms collected, {:.0f} ms written".format(*server.run("SELECT rows, collect_ms, write_ms FROM sabot.checkpoints")[0]))
        server.close()


def _change(address: str, rows: int, stop: threading.Event) -> None:
    """Small statements that together change much: they do not stand in the way themselves."""
    with psycopg.connect(address, autocommit=True) as c:
        start = 0
        while not stop.is_set():
            c.execute(f"INSERT INTO t SELECT i, 0, 0, '' FROM generate_series({start}, {start + 1999}) i ON CONFLICT (k) DO UPDATE SET v = t.v + 1")
            start = (start + 2000) % rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.restart")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Served(Path(folder) / "data")
        server.run("CREATE TABLE t (k int)")
        empty = min(started(server) for _ in range(3))
        server.close()
    print(f"{'view':12}{'rows':>12}{'seconds':>9}{'M rows/s':>9}")
    for name in VIEWS:
        if options.only in name:
            restart(name, options.rows, empty)
    if not options.only:
        print(f"\n{'milliseconds':29}{'median':>9}{'p99':>9}{'most':>9}")
        waits(min(options.rows, 1_000_000))


if __name__ == "__main__":
    main()

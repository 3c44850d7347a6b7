"""What ordinary statements cost beside PostgreSQL: small SELECTs, one-row writes, TPC-B, COPY, executemany.

    python -m tests.bench.statements [select] [write] [tpcb] [copy] [large] [--seconds 4] [--ours]

CPU is that of the whole server per transaction (or row); a ratio below 1 means less than PostgreSQL's.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from sqllogictest.engines import Sabot
from tests import postgres

from .wire import pgbench_of, unread

TABLES = """
CREATE TABLE small (k int PRIMARY KEY, region int, name text, total numeric(12, 2));
INSERT INTO small SELECT g, g % 5, 'name ' || g, g * 1.25 FROM generate_series(1, 100) g;
CREATE TABLE area (region int PRIMARY KEY, title text);
INSERT INTO area SELECT g, 'area ' || g FROM generate_series(0, 4) g;
CREATE TABLE entry (k bigint, name text, at timestamp);
CREATE TABLE account (k int PRIMARY KEY, balance int, filler text);
INSERT INTO account SELECT g, 0, 'filler ' || g FROM generate_series(1, 100000) g;
CREATE TABLE pgbench_branches (bid int PRIMARY KEY, bbalance int, filler char(88));
CREATE TABLE pgbench_tellers (tid int PRIMARY KEY, bid int, tbalance int, filler char(84));
CREATE TABLE pgbench_accounts (aid int PRIMARY KEY, bid int, abalance int, filler char(84));
CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
INSERT INTO pgbench_branches SELECT g, 0, '' FROM generate_series(1, 10) g;
INSERT INTO pgbench_tellers SELECT g, (g - 1) / 10 + 1, 0, '' FROM generate_series(1, 100) g;
INSERT INTO pgbench_accounts SELECT g, (g - 1) / 10000 + 1, 0, '' FROM generate_series(1, 100000) g;
"""
SELECTS = {
    "rows of a filter": "\\set r random(0, 4)\nSELECT k, name, total FROM small WHERE region = :r;\n",
    "sum by group": "\\set r random(1, 90)\nSELECT region, count(*), sum(total) FROM small WHERE k > :r GROUP BY region ORDER BY region;\n",
    "join of two": "\\set r random(1, 90)\nSELECT s.name, a.title FROM small s JOIN area a USING (region) WHERE s.k BETWEEN :r AND :r + 5;\n",
    "no table": "\\set r random(1, 90)\nSELECT :r + 1 AS n;\n",
    "one text": "SELECT count(*) FROM small WHERE total < 50;\n",
}
WRITES = {
    "INSERT of one row": "\\set k random(1, 1000000)\nINSERT INTO entry VALUES (:k, 'name', '2024-05-06 07:08:09');\n",
    "UPDATE by key": "\\set k random(1, 100000)\nUPDATE account SET balance = balance + 1 WHERE k = :k;\n",
}
TPCB = {"TPC-B": """\\set aid random(1, 100000)
\\set bid random(1, 10)
\\set tid random(1, 100)
\\set delta random(-5000, 5000)
BEGIN;
UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;
SELECT abalance FROM pgbench_accounts WHERE aid = :aid;
UPDATE pgbench_tellers SET tbalance = tbalance + :delta WHERE tid = :tid;
UPDATE pgbench_branches SET bbalance = bbalance + :delta WHERE bid = :bid;
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (:tid, :bid, :aid, :delta, CURRENT_TIMESTAMP);
END;
"""}  # fmt: skip
COPIED = 1_000_000
COPY_TABLE = "CREATE TABLE copied (id bigint, name text, price double precision, at timestamp)"
LARGE = "SELECT * FROM generate_series(1, 50000000)"


@dataclass
class Side:
    name: str
    address: str
    pid: int

    def cpu(self) -> float:
        """Seconds of the server and of all its processes, those that have ended too."""
        process = psutil.Process(self.pid)
        total = 0.0
        for p in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                t = p.cpu_times()
                total += t.user + t.system + t.children_user + t.children_system
        return total


@contextlib.contextmanager
def sides(*, ours: bool) -> Iterator[list[Side]]:
    with contextlib.ExitStack() as stack:
        data = stack.enter_context(tempfile.TemporaryDirectory())
        engine = Sabot(Path(data))
        stack.callback(engine.close)
        found = [Side("sabot", engine.address, engine.pid)]
        if not ours:
            uri = stack.enter_context(postgres.running())
            with psycopg.connect(uri) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
                assert row is not None
                pid = int((Path(row[0]) / "postmaster.pid").read_text().split()[0])
            found.append(Side("postgres", uri, pid))
        for side in found:
            with psycopg.connect(side.address, autocommit=True) as connection:
                for statement in TABLES.split(";"):
                    connection.execute(statement)  # type: ignore[call-overload]
        yield found


def scripts(servers: list[Side], what: dict[str, str], seconds: int, clients: int) -> None:
    for name, text in what.items():
        for mode in ("simple", "extended", "prepared"):
            if mode != "simple" and ":" not in text:
                continue
            measured = [pgbench(side, text, mode, seconds, clients) for side in servers]
            report(f"{name}, {mode}", [(tps, cpu * 1e6) for tps, cpu in measured], "tps", "µs")


def pgbench(side: Side, text: str, mode: str, seconds: int, clients: int) -> tuple[float, float]:
    """Transactions per second, and the server's CPU seconds for each."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(text)
        script.flush()
        before = side.cpu()
        command = [pgbench_of(), "-n", "-M", mode, "-c", str(clients), "-j", "1", "-T", str(seconds), "-f", script.name, side.address]
        out = subprocess.run(command, capture_output=True, text=True, check=False)
        time.sleep(0.1)
    done, tps = re.search(r"processed: (\d+)", out.stdout), re.search(r"tps = ([\d.]+)", out.stdout)
    if done is None or tps is None or "rror" in out.stderr:
        raise SystemExit(out.stdout + out.stderr)
    return float(tps[1]), (side.cpu() - before) / int(done[1])


def report(name: str, measured: list[tuple[float, float]], rate: str, cost: str) -> None:
    shown = [f"{r:10,.0f} {rate} {c:8.2f} {cost}" for r, c in measured]
    ratio = f"   CPU ratio {measured[0][1] / measured[1][1]:5.2f}" if len(measured) > 1 and measured[1][1] else ""
    print(f"{name:32}{'  | '.join(shown)}{ratio}", flush=True)


def rows_of(count: int) -> list[tuple[int, str, float, str]]:
    return [(i, f"name {i % 1000}", i * 0.5, f"2024-05-{i % 28 + 1:02} 07:08:{i % 60:02}") for i in range(count)]


def text_data() -> bytes:
    return "".join(f"{i}\t{n}\t{p}\t{at}\n" for i, n, p, at in rows_of(COPIED)).encode()


def binary_data() -> bytes:
    out = [b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)]
    for i, name, price, _ in rows_of(COPIED):
        raw = name.encode()
        out.append(struct.pack(f"!hiqi{len(raw)}sidiq", 4, 8, i, len(raw), raw, 8, price, 8, i * 1_000_000))
    return b"".join(out) + struct.pack("!h", -1)


def copies(servers: list[Side]) -> None:
    inputs = {"text": text_data(), "binary": binary_data()}

    def take(connection: psycopg.Connection[Any], form: str) -> None:
        with connection.cursor() as cursor, cursor.copy(f"COPY copied FROM STDIN (FORMAT {form})") as copy:  # type: ignore[call-overload]
            data = inputs[form]
            for at in range(0, len(data), 1 << 16):
                copy.write(data[at : at + (1 << 16)])

    def give(connection: psycopg.Connection[Any], form: str) -> None:
        with connection.cursor() as cursor, cursor.copy(f"COPY copied TO STDOUT (FORMAT {form})") as copy:  # type: ignore[call-overload]
            for _ in copy:
                pass

    def many(connection: psycopg.Connection[Any], _: str) -> None:
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO copied VALUES (%s, %s, %s, %s)", rows_of(20_000))

    def measure(name: str, form: str, rows: int, work: Callable[[psycopg.Connection[Any], str], None], *, fresh: bool) -> None:
        measured = []
        for side in servers:
            with psycopg.connect(side.address, autocommit=True) as connection:
                if fresh:
                    connection.execute("DROP TABLE IF EXISTS copied")
                    connection.execute(COPY_TABLE)  # type: ignore[call-overload]
                before, began = side.cpu(), time.monotonic()
                work(connection, form)
                measured.append((rows / (time.monotonic() - began), (side.cpu() - before) * 1e6 / rows))
        report(name, measured, "rows/s", "µs")

    for form in ("text", "binary"):
        measure(f"COPY FROM STDIN, {form}", form, COPIED, take, fresh=True)
        measure(f"COPY TO STDOUT, {form}", form, COPIED, give, fresh=False)
    measure("executemany of INSERT", "", 20_000, many, fresh=True)


def large(servers: list[Side]) -> None:
    """A result of 50 million rows: memory while it is read slowly, by a cursor, with a limit."""
    side = servers[0]
    process = psutil.Process(side.pid)

    def peak(name: str, work: Callable[[], None]) -> None:
        before, most, over = process.memory_info().rss, 0, threading.Event()

        def watch() -> None:
            nonlocal most
            while not over.is_set():
                most = max(most, process.memory_info().rss)
                time.sleep(0.01)

        thread = threading.Thread(target=watch)
        thread.start()
        began = time.monotonic()
        try:
            work()
        finally:
            over.set()
            thread.join()
        print(f"{name:44} {time.monotonic() - began:6.2f} s, at most {(most - before) / 1e6:5.0f} MB more", flush=True)

    def cursor() -> None:
        with psycopg.connect(side.address) as connection, connection.cursor("c") as found:
            found.itersize = 1000
            found.execute(LARGE)
            for number, _ in enumerate(found):
                if number > 100_000:
                    break

    def slow() -> None:
        with unread(side.address, LARGE) as s:
            began = time.monotonic()
            while time.monotonic() - began < 8:
                s.recv(65536)
                time.sleep(0.01)

    def whole() -> None:
        with unread(side.address, LARGE) as s:
            s.settimeout(120)
            tail, end = b"", b"SELECT 50000000\0Z\0\0\0\5I"
            while not tail.endswith(end):
                tail = (tail + s.recv(1 << 20))[-len(end) :]

    peak("a cursor that reads 100,000 of 50 M rows", cursor)
    peak("a reader of 6 MB a second, for 8 seconds", slow)
    peak("all 50 M rows, read as they come", whole)


def main() -> int:
    options = argparse.ArgumentParser("statements", description=__doc__)
    options.add_argument("parts", nargs="*", default=["select", "write", "tpcb", "copy", "large"])
    options.add_argument("--seconds", type=int, default=4)
    options.add_argument("--clients", type=int, default=4)
    options.add_argument("--ours", action="store_true", help="without PostgreSQL")
    given = options.parse_args()
    os.environ.setdefault("PGUSER", "root")
    with sides(ours=given.ours) as servers:
        for part in given.parts:
            if part == "copy":
                copies(servers)
            elif part == "large":
                large(servers)
            else:
                scripts(servers, {"select": SELECTS, "write": WRITES, "tpcb": TPCB}[part], given.seconds, given.clients)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What the door costs: point SELECTs beside PostgreSQL, idle connections, slow readers.

    python -m tests.bench.wire [pgbench] [idle] [slow]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
from sabot.kernels.limits import RESULT_MEMORY_MB

from sqllogictest.engines import Sabot
from tests import postgres

ROWS = 100_000
SCRIPT = f"\\set k random(1, {ROWS})\nSELECT v FROM bench WHERE k = :k;\n"


def pgbench_of() -> str:
    """pgbench on PATH, of Debian's packages or of the test wheel."""
    found = shutil.which("pgbench") or next((str(p) for p in Path("/usr/lib/postgresql").glob("*/bin/pgbench")), None)
    if found is None:
        raise SystemExit("pgbench is not installed")
    return found


def transactions(address: str, seconds: int, clients: int) -> float:
    """Prepared point SELECTs per second."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bench")
        connection.execute("CREATE TABLE bench (k int PRIMARY KEY, v text)")
        connection.execute(f"INSERT INTO bench SELECT g, 'value ' || g FROM generate_series(1, {ROWS}) g")  # type: ignore[call-overload]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(SCRIPT)
        script.flush()
        out = subprocess.run(
            [pgbench_of(), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds), "-f", script.name, address],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", out.stdout)
    if found is None:
        raise SystemExit(out.stdout + out.stderr)
    return float(found[1])


def cpu_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def pgbench(seconds: int, clients: int) -> None:
    engine = Sabot()
    try:
        ours = transactions(engine.address, seconds, clients)
        before = cpu_seconds(engine.pid)
        again = transactions(engine.address, seconds, clients)
        cpu = (cpu_seconds(engine.pid) - before) / (again * seconds)
    finally:
        engine.close()
    with postgres.running() as uri:
        theirs = transactions(uri, seconds, clients)
    print(f"prepared point SELECT, {clients} connections: sabot {ours:.0f} and {again:.0f} tps ({cpu * 1e6:.0f} µs of CPU each), "
          f"postgres {theirs:.0f} tps, ratio {max(ours, again) / theirs:.2f}")


def idle(count: int) -> float:
    """MB that `count` idle connections add."""
    engine = Sabot()
    try:
        process = psutil.Process(engine.pid)
        with psycopg.connect(engine.address) as connection:
            connection.execute("SELECT 1")
        before = process.memory_info().rss
        with contextlib.ExitStack() as stack:
            for _ in range(count):
                stack.enter_context(psycopg.connect(engine.address, autocommit=True))
            time.sleep(0.5)
            grown = (process.memory_info().rss - before) / 1e6
    finally:
        engine.close()
    print(f"{count} idle connections: {grown:.0f} MB, {grown * 1000 / count:.0f} kB each")
    return grown


@contextlib.contextmanager
def unread(address: str, sql: str) -> Iterator[socket.socket]:
    """A connection that asks and does not read."""
    parts = dict(p.split("=") for p in psycopg.conninfo.make_conninfo(address).split())
    body = b"\0\x03\0\0user\0" + parts.get("user", "root").encode() + b"\0database\0dev\0\0"
    query = b"Q" + (len(sql) + 5).to_bytes(4, "big") + sql.encode() + b"\0"
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.connect((parts["host"], int(parts["port"])))
        s.sendall((len(body) + 4).to_bytes(4, "big") + body + query)
        yield s


def slow(seconds: float) -> tuple[float, float]:
    """(MB that slow readers add, milliseconds of the slowest statement of another session meanwhile)."""
    engine = Sabot()
    try:
        process = psutil.Process(engine.pid)
        with psycopg.connect(engine.address, autocommit=True) as connection, contextlib.ExitStack() as stack:
            connection.execute("CREATE TABLE big (k int PRIMARY KEY, v text)")
            connection.execute("INSERT INTO big SELECT g, repeat('x', 200) FROM generate_series(1, 100000) g")
            connection.execute("CREATE TABLE small (k int PRIMARY KEY, v int)")
            connection.execute("INSERT INTO small SELECT g, g FROM generate_series(1, 1000) g")
            for n in range(200):  # what writing needs without readers
                connection.execute("UPDATE big SET v = left(v, 199) || 'y' WHERE k %% 100 = %s", (n % 100,))
            time.sleep(1.5)
            before = process.memory_info().rss
            for _ in range(5):
                stack.enter_context(unread(engine.address, "SELECT * FROM big"))
                stack.enter_context(unread(engine.address, "COPY (SUBSCRIBE big) TO STDOUT"))
            worst, grown, until, step = 0.0, 0.0, time.monotonic() + seconds, 0
            while time.monotonic() < until:
                step += 1
                began = time.monotonic()
                connection.execute("SELECT v FROM small WHERE k = 7")
                worst = max(worst, time.monotonic() - began)
                if step % 10 == 0:
                    connection.execute("UPDATE big SET v = left(v, 199) || 'y' WHERE k %% 100 = %s", (step // 10 % 100,))
                grown = max(grown, (process.memory_info().rss - before) / 1e6)
                time.sleep(0.01)
    finally:
        engine.close()
    print(f"10 readers that do not read: at most {grown:.0f} MB more (result_memory is {RESULT_MEMORY_MB} MB), slowest statement beside them {worst * 1e3:.0f} ms")
    return grown, worst * 1e3


def main() -> int:
    options = argparse.ArgumentParser("wire", description=__doc__)
    options.add_argument("parts", nargs="*", default=["pgbench", "idle", "slow"])
    options.add_argument("--seconds", type=int, default=10)
    options.add_argument("--clients", type=int, default=8)
    given = options.parse_args()
    os.environ.setdefault("PGUSER", "root")
    for part in given.parts:
        if part == "pgbench":
            pgbench(given.seconds, given.clients)
        elif part == "idle":
            idle(990)
        else:
            slow(given.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())

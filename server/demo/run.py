"""Run a demo: a server on an empty directory, data flowing in, views redrawn in the terminal until stopped."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import tempfile
from pathlib import Path

from ...kernels.batch import Batch
from ...kernels.errors import SabotError
from ..config import Config
from ..main import run_loop
from ..observing import logs
from ..server import Server
from ..sessions.session import Session
from .transactions import transactions

HERE = Path(__file__).parent
VIEWS = {
    "nexmark": (
        ("bids per channel", "SELECT * FROM bids_per_channel ORDER BY bids DESC LIMIT 6"),
        ("hot auctions", "SELECT * FROM hot_auctions ORDER BY bids DESC, auction LIMIT 6"),
        ("sellers of category 10", "SELECT * FROM local_sellers_per_state ORDER BY state"),
    ),
    "fraud": (
        ("alerts", "SELECT kind, count(*) AS alerts, count(DISTINCT card) AS cards FROM alerts GROUP BY kind ORDER BY kind"),
        ("latest impossible travel", "SELECT * FROM impossible_travel ORDER BY id DESC LIMIT 5"),
        ("latest unusual amounts", "SELECT * FROM amount_anomaly ORDER BY id DESC LIMIT 5"),
    ),
}
TOPIC, ALERTS = "transactions", "alerts"


def run_demo(name: str, port: int, seconds: float | None, broker: str | None, rate: int) -> int:
    """The exit code; `seconds` None runs until SIGINT or SIGTERM."""
    logs.configure("warning", "text")

    async def body() -> int:
        with tempfile.TemporaryDirectory(prefix="sabot-demo-") as directory:
            return await _demo(name, port, seconds, broker, rate, Path(directory))

    return run_loop(body)


async def _demo(name: str, port: int, seconds: float | None, broker: str | None, rate: int, directory: Path) -> int:
    server = Server(Config(port=port, data_dir=directory / "data"))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    feeder: asyncio.Task[None] | None = None
    try:
        await server.listen()
        session = await server.open({"user": "root"}, "demo", 0)
        if name == "fraud":
            feeder = loop.create_task(_feed(directory, broker, stop))
        await query(session, script(name, directory, broker, rate))
        deadline = loop.time() + seconds if seconds is not None else None
        while not stop.is_set():
            await _draw(session, server, name)
            if deadline is not None and loop.time() >= deadline:
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 1.0)
    finally:
        stop.set()
        if feeder is not None:
            await feeder
        await server.close()
    return 0


def script(name: str, directory: Path, broker: str | None, rate: int) -> str:
    """The demo's SQL for where its data comes from and goes to."""
    text = (HERE / f"{name}.sql").read_text()
    if name == "nexmark":
        return text.replace("{rate}", str(rate))
    if broker is not None:
        source = f"connector = 'kafka', topic = '{TOPIC}', properties.bootstrap.server = '{broker}'"
        sink = f"connector = 'kafka', topic = '{ALERTS}', properties.bootstrap.server = '{broker}', primary_key = 'kind,card,subject'"
        return text.replace("{input}", source).replace("{output}", sink).replace("{encode}", " FORMAT UPSERT ENCODE JSON")
    source = f"connector = 'file', path = '{directory}/transactions.json', mode = 'follow'"
    return text.replace("{input}", source).replace("{output}", "connector = 'blackhole'").replace("{encode}", "")


async def _feed(directory: Path, broker: str | None, stop: asyncio.Event) -> None:
    """Write about 2,000 transactions per second."""
    records = transactions()
    path = directory / "transactions.json"
    path.touch()
    producer = None
    if broker is not None:
        from ...executor.connectors.kafka.feed import Feed

        producer = Feed(broker, TOPIC)
    while not stop.is_set():
        lines = [json.dumps(next(records)) for _ in range(200)]
        if producer is not None:
            producer.send([line.encode() for line in lines])
        else:
            with path.open("a") as file:
                file.write("".join(line + "\n" for line in lines))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.1)
    if producer is not None:
        producer.close()


async def query(session: Session, sql: str) -> tuple[list[str], list[tuple[object, ...]]]:
    """Run a script; names and rows of its last result."""
    names: list[str] = []
    rows: list[tuple[object, ...]] = []
    async for execution in session.script(sql, apart=True):
        names = list(execution.columns.names) if execution.columns is not None else []
        parts: list[Batch] = []
        while (batch := await execution.fetch(0)) is not None:
            parts.append(batch)
        rows = [row for batch in parts for row in batch.to_rows()]
    return names, rows


async def _draw(session: Session, server: Server, name: str) -> None:
    out = ["\x1b[2J\x1b[H"] if sys.stdout.isatty() else []
    out.append(f"sabot demo {name}: every table below is a materialized view, kept up to date as data arrives.\n")
    out.append(f"Try beside it:  psql -h 127.0.0.1 -p {server.port} -U root dev\n")
    for title, sql in VIEWS[name]:
        try:
            names, rows = await query(session, sql)
        except SabotError as e:
            out.append(f"\n{title}: {e.message}\n")
            continue
        cells = [["" if v is None else str(v) for v in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(names, *cells)]
        out.append(f"\n{title}\n  " + "  ".join(n.ljust(w) for n, w in zip(names, widths)) + "\n")
        out.extend("  " + "  ".join(v.ljust(w) for v, w in zip(row, widths)) + "\n" for row in cells)
    print("".join(out), flush=True)

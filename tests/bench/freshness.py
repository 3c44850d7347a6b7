"""How soon a change is seen: Kafka produce -> visible in SELECT, through a view that joins and groups.

    python -m tests.bench.freshness [--rate 20000] [--seconds 20] [--idle 10] [--events 5000000]

Three measures, each of a fresh `sabot serve` with a data directory and checkpoints going on:
- `freshness`: a producer process sends orders at the rate; a client asks for the view again and again. An event's
  freshness is the time from the call of produce() to the arrival of the first answer that holds it.
- `idle`: the share of one core that the server takes with the same view standing and nothing coming; with the client
  library's mock cluster, which holds an empty fetch back as Kafka does, and with the broker of the tests, which answers
  at once.
- `backfill`: the freshness of an INSERT into another table's view before and during the backfill of a view over
  --events rows, and the time of CREATE MATERIALIZED VIEW over an empty input.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import tempfile
import threading
import time
from array import array
from multiprocessing.connection import Connection
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb

from ..broker import Broker
from ..serving import Served
from .nexmark import cpu_seconds

CUSTOMERS = 1000
BURST_SECONDS = 0.002
WARM_SECONDS = 3.0
VIEW = (
    "SELECT c.region, count(*) AS orders, sum(o.amount) AS amount, max(o.seq) AS seq"
    " FROM orders o JOIN customers c ON o.customer = c.id GROUP BY c.region"
)


def produce(address: str, topic: str, rate: int, seconds: float, done: Connection) -> None:
    """Send `rate` orders a second in bursts; give back when each was handed to produce(), in monotonic seconds."""
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": address, "linger.ms": 0, "queue.buffering.max.messages": 1_000_000})
    sent = array("d")
    start = time.monotonic()
    while (elapsed := time.monotonic() - start) < seconds:
        due = int(elapsed * rate)
        for seq in range(len(sent), due):
            sent.append(time.monotonic())
            producer.produce(topic, f'{{"seq":{seq},"customer":{seq % CUSTOMERS},"amount":{seq % 97}}}')
        producer.poll(0)
        time.sleep(BURST_SECONDS)
    producer.flush(10)
    done.send_bytes(sent.tobytes())


def percentiles(values: list[float]) -> str:
    """Of seconds, printed as milliseconds."""
    values = sorted(values)
    shown = [f"p{p:g} {values[min(len(values) - 1, int(len(values) * p / 100))] * 1000:.1f} ms" for p in (50, 90, 99)]
    return ", ".join([*shown, f"max {values[-1] * 1000:.1f} ms"])


def make_view(served: Served, address: str) -> None:
    served.run("CREATE TABLE customers (id int PRIMARY KEY, region text)")
    served.run(f"INSERT INTO customers SELECT i, 'region ' || i % 20 FROM generate_series(0, {CUSTOMERS - 1}) i")
    served.run(
        "CREATE SOURCE orders (seq bigint, customer int, amount int)"
        f" WITH (connector = 'kafka', topic = 'orders', properties.bootstrap.server = '{address}')"
        " FORMAT PLAIN ENCODE JSON"
    )
    served.run(f"CREATE MATERIALIZED VIEW by_region AS {VIEW}")


def freshness(served: Served, broker: Broker, rate: int, seconds: float) -> None:
    here, there = multiprocessing.Pipe()
    sender = multiprocessing.Process(target=produce, args=(broker.address, "orders", rate, seconds, there))
    sender.start()
    seen: list[tuple[float, int]] = []  # (time of the answer, highest seq in it)
    cpu = cpu_seconds(served.pid)
    deadline = time.monotonic() + seconds + 60
    with psycopg.connect(served.engine.address, autocommit=True) as connection:
        while time.monotonic() < deadline:
            top = connection.execute("SELECT max(seq) FROM by_region", prepare=True).fetchone()[0]  # type: ignore[index]
            if top is not None and (not seen or top > seen[-1][1]):
                seen.append((time.monotonic(), top))
            if here.poll(0.001):
                break
        sent = array("d")
        sent.frombytes(here.recv_bytes())
        while seen[-1][1] < len(sent) - 1 and time.monotonic() < deadline:
            top = connection.execute("SELECT max(seq) FROM by_region", prepare=True).fetchone()[0]  # type: ignore[index]
            if top > seen[-1][1]:
                seen.append((time.monotonic(), top))
    sender.join(10)
    if seen[-1][1] != len(sent) - 1:
        raise SystemExit(f"the view shows {seen[-1][1] + 1} of {len(sent)} events")
    waits: list[float] = []
    first = 0
    for at, top in seen:
        waits += [at - t for t in sent[first : top + 1] if t - sent[0] > WARM_SECONDS]
        first = top + 1
    used = (cpu_seconds(served.pid) - cpu) / (sent[-1] - sent[0])
    print(f"freshness of {len(sent)} events, {len(sent) / seconds:.0f}/s: {percentiles(waits)}; {used:.0%} of a core")


def idle(folder: Path, seconds: float, broker: Broker) -> None:
    from confluent_kafka import Producer

    cluster = Producer({"test.mock.num.brokers": 1})
    brokers = cluster.list_topics("orders", timeout=10).brokers.values()
    mock = ",".join(f"{b.host}:{b.port}" for b in brokers)
    for address, what in ((mock, "waits"), (broker.address, "does not wait")):
        producer = Producer({"bootstrap.servers": address})
        producer.produce("orders", '{"seq":0,"customer":1,"amount":2}')
        producer.flush(10)
        used = idle_share(folder / what.replace(" ", "-"), seconds, address)
        print(f"idle, a broker that {what} with empty answers: {used:.2%} of a core")


def idle_share(folder: Path, seconds: float, address: str) -> float:
    served = Served(folder)
    try:
        make_view(served, address)
        time.sleep(3)  # the last checkpoint is written
        before = cpu_seconds(served.pid)
        time.sleep(seconds)
        return (cpu_seconds(served.pid) - before) / seconds
    finally:
        served.close()


def round_trips(served: Served, until: threading.Event, times: list[float]) -> None:
    """INSERT, then SELECT it from a view, again and again, until told to stop."""
    with psycopg.connect(served.engine.address, autocommit=True) as connection:
        while not until.is_set():
            start = time.monotonic()
            number = len(times)
            connection.execute("INSERT INTO small VALUES (%s, %s)", (number, Jsonb({"n": number})))
            found = connection.execute("SELECT n FROM small_view WHERE g = %s", (number % 10,)).fetchone()
            assert found is not None and found[0] >= 1
            times.append(time.monotonic() - start)
            until.wait(0.005)


def measured(served: Served, seconds: float | None, work: str | None) -> list[float]:
    times: list[float] = []
    until = threading.Event()
    thread = threading.Thread(target=round_trips, args=(served, until, times))
    thread.start()
    if seconds is not None:
        time.sleep(seconds)
    if work is not None:
        served.run(work)
    until.set()
    thread.join(60)
    served.run("DELETE FROM small")
    return times


def backfill(served: Served, events: int) -> None:
    served.run("CREATE TABLE empty (k int, v int)")
    times = []
    for n in range(20):
        start = time.monotonic()
        served.run(f"CREATE MATERIALIZED VIEW empty_{n} AS SELECT k, sum(v) FROM empty GROUP BY k")
        times.append(time.monotonic() - start)
    print(f"CREATE MATERIALIZED VIEW over an empty input: {percentiles(times)}")
    served.run("CREATE TABLE small (i int PRIMARY KEY, body jsonb)")
    served.run("CREATE MATERIALIZED VIEW small_view AS SELECT i % 10 AS g, count(*) AS n FROM small GROUP BY i % 10")
    served.run("CREATE TABLE large (i bigint, k int, v int)")
    for first in range(0, events, 1_000_000):
        last = min(first + 1_000_000, events) - 1
        served.run(f"INSERT INTO large SELECT i, i % 100000, i % 1000 FROM generate_series({first}, {last}) i")
    measured(served, 2, None)
    print(f"INSERT, then SELECT, alone: {percentiles(measured(served, 5, None))}")
    start = time.monotonic()
    times = measured(
        served, None, "CREATE MATERIALIZED VIEW big AS SELECT k, count(*), sum(v), max(i) FROM large GROUP BY k"
    )
    print(f"during the backfill of {events} rows ({time.monotonic() - start:.1f} s): {percentiles(times)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rate", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--idle", type=float, default=10)
    parser.add_argument("--events", type=int, default=5_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ends:
        (Path(folder) / "broker").mkdir()
        broker = Broker(Path(folder) / "broker")
        ends.callback(broker.kill)
        broker.create_topic("orders")
        if options.idle:
            idle(Path(folder), options.idle, broker)
        if options.seconds:
            served = Served(Path(folder) / "stream")
            ends.callback(served.close)
            make_view(served, broker.address)
            freshness(served, broker, options.rate, options.seconds)
        if options.events:
            served = Served(Path(folder) / "backfill")
            ends.callback(served.close)
            backfill(served, options.events)


if __name__ == "__main__":
    main()

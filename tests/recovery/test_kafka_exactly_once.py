"""Kafka in, Kafka out, killed at random moments: a read_committed reader of the output sees every row exactly once."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from sabot.executor.connectors.kafka.feed import Feed

from ..broker import Broker
from ..serving import Served


def committed(broker: Broker, topic: str, partitions: int = 1) -> list[tuple[Any, Any]]:
    """(key, value) of all committed messages, decoded, in the order of each partition."""
    consumer = Consumer({
        "bootstrap.servers": broker.address, "group.id": uuid.uuid4().hex, "isolation.level": "read_committed",
        "enable.auto.commit": False, "enable.partition.eof": True, "auto.offset.reset": "earliest",
    })  # fmt: skip
    consumer.assign([TopicPartition(topic, p, 0) for p in range(partitions)])
    messages: list[tuple[Any, Any]] = []
    ended: set[int] = set()
    deadline = time.monotonic() + 20
    while len(ended) < partitions and time.monotonic() < deadline:
        for message in consumer.consume(1000, 0.2):
            if message.error() is not None:
                ended.add(message.partition())
            else:
                messages.append(tuple(None if t is None else json.loads(t) for t in (message.key(), message.value())))
    consumer.close()
    return messages


class Producing(threading.Thread):
    """Sends {"id": 0…, "grp": id % 7} until told to stop."""

    def __init__(self, broker: Broker, topic: str) -> None:
        super().__init__(daemon=True)
        self.feed = Feed(broker.address, topic)
        self.sent = 0
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(0.02):
            ids = range(self.sent, self.sent + 40)
            self.feed.send([json.dumps({"id": i, "grp": i % 7}).encode() for i in ids])
            self.sent += len(ids)

    def finish(self) -> int:
        self.stopping.set()
        self.join(10)
        self.feed.flush()
        return self.sent


def eventually(look: Any, wanted: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while (found := look()) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    assert found == wanted


def kills(broker: Broker, folder: Path, count: int, seed: int) -> None:
    chance = random.Random(seed)
    names = [uuid.uuid4().hex[:8] for _ in range(3)]
    source, plain, upsert = (broker.create_topic(n, p) for n, p in zip(names, (3, 1, 1)))
    where = f"connector = 'kafka', properties.bootstrap.server = '{broker.address}'"
    server = Served(folder)
    producing = Producing(broker, source)
    try:
        server.run(f"CREATE SOURCE s (id bigint, grp int) WITH ({where}, topic = '{source}') FORMAT PLAIN ENCODE JSON")
        server.run("CREATE MATERIALIZED VIEW per_group AS SELECT grp, count(*) AS n, sum(id) AS total FROM s GROUP BY grp")
        server.run(
            f"CREATE SINK plain AS SELECT id, grp * 10 AS ten FROM s WHERE id % 2 = 0 WITH ({where}, topic = '{plain}')"
            " FORMAT PLAIN ENCODE JSON"
        )
        server.run(
            f"CREATE SINK up FROM per_group WITH ({where}, topic = '{upsert}', primary_key = 'grp')"
            " FORMAT UPSERT ENCODE JSON"
        )
        producing.start()
        for _ in range(count):
            time.sleep(chance.uniform(0.1, 2.5))
            server.kill()
        total = producing.finish()
        groups = sorted((g, len(r := range(g, total, 7)), sum(r)) for g in range(7))
        eventually(lambda: sorted(server.run("SELECT grp, n, total::bigint FROM per_group")), groups)

        wanted = [{"id": i, "ten": i % 7 * 10} for i in range(0, total, 2)]
        eventually(lambda: len(committed(broker, plain)) >= len(wanted), True)
        time.sleep(1.5)  # one more checkpoint: nothing may follow
        rows = [value for _, value in committed(broker, plain)]
        doubled = [i for i, n in Counter(r["id"] for r in rows).items() if n > 1]
        assert not doubled, f"{len(doubled)} rows are sent twice, first {doubled[:5]}"
        assert sorted(rows, key=lambda r: r["id"]) == wanted

        def last() -> list[tuple[int, int, int]]:
            newest = {key["grp"]: value for key, value in committed(broker, upsert)}
            return sorted((v["grp"], v["n"], v["total"]) for v in newest.values() if v is not None)

        eventually(last, groups)
    finally:
        producing.stopping.set()
        server.close()


def test_exactly_once(broker: Broker, tmp_path: Path) -> None:
    kills(broker, tmp_path / "data", 3, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_exactly_once_through_fifty_kills(broker: Broker, tmp_path: Path) -> None:
    kills(broker, tmp_path / "data", 50, seed=2)

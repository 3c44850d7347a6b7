"""The world outside of a server that is killed: a producer, a read_committed consumer, patience."""

from __future__ import annotations

import json
import threading
import time
import uuid
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from sabot.executor.connectors.kafka.feed import Feed

from ..broker import Broker


def committed(broker: Broker, topic: str, partitions: int = 1) -> list[tuple[Any, Any]]:
    """(key, value) of all committed messages, decoded, in the order of each partition."""
    consumer = Consumer({
        "bootstrap.servers": broker.address, "group.id": uuid.uuid4().hex, "isolation.level": "read_committed",
        "enable.auto.commit": False, "enable.partition.eof": True, "auto.offset.reset": "earliest",
    })  # fmt: skip
    consumer.assign([TopicPartition(topic, p, 0) for p in range(partitions)])
    messages: list[tuple[Any, Any]] = []
    ended: set[int] = set()
    deadline = time.monotonic() + 60
    while len(ended) < partitions and time.monotonic() < deadline:
        for message in consumer.consume(1000, 0.2):
            deadline = time.monotonic() + 60
            if message.error() is not None:
                ended.add(message.partition())
            else:
                messages.append(tuple(None if t is None else json.loads(t) for t in (message.key(), message.value())))
    consumer.close()
    assert len(ended) == partitions, f"the end of topic {topic} did not come"
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
            ids = range(self.sent, self.sent + 15)
            self.feed.send([json.dumps({"id": i, "grp": i % 7}).encode() for i in ids])
            self.sent += len(ids)

    def finish(self) -> int:
        self.stopping.set()
        self.join(60)
        self.feed.flush()
        return self.sent


def eventually(look: Any, wanted: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while (found := look()) != wanted and time.monotonic() < deadline:
        time.sleep(0.2)
    assert found == wanted

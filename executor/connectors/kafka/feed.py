"""A plain producer for demos and tests."""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import Producer

from .client import log


class Feed:
    """Sends to one topic; messages are (key, value) pairs or values."""

    def __init__(self, broker: str, topic: str) -> None:
        self._topic = topic
        self._producer = Producer({"bootstrap.servers": broker, "linger.ms": 5}, logger=log)

    def send(self, messages: Sequence[bytes | tuple[bytes | None, bytes | None]], partition: int = -1) -> None:
        for message in messages:
            key, value = message if isinstance(message, tuple) else (None, message)
            while True:
                try:
                    self._producer.produce(self._topic, value, key, partition)
                    break
                except BufferError:
                    self._producer.poll(0.1)
        self._producer.poll(0)

    def flush(self) -> None:
        self._producer.flush(10)

    def close(self) -> None:
        self.flush()

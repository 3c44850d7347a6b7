"""Brokers that do not wait: a fetch that finds nothing is answered at once, and the client library asks again and again.

Kafka holds such a fetch back for `fetch.wait.max.ms`. The library's statistics tell which kind of broker it is; where
partitions have been silent for a while, those of a hasty broker rest between two looks.
"""

from __future__ import annotations

import json
import time

from confluent_kafka import Consumer

STATISTICS_MILLISECONDS = 1000
HASTY = 400  # fetches a second of one broker that no messages explain
SILENT_SECONDS = 0.3
REST_SECONDS = 0.03


class Pace:
    """One reader's. `statistics` is the consumer's callback, called by the thread that polls."""

    def __init__(self) -> None:
        self._hasty = False
        self._seen: dict[str, tuple[float, int]] = {}  # broker -> time, fetches
        self._messages = 0
        self._heard = time.monotonic()

    def statistics(self, text: str) -> None:
        found = json.loads(text)
        now, messages = time.monotonic(), found["rxmsgs"]
        came, self._messages = messages - self._messages, messages
        for name, broker in found["brokers"].items():
            fetches = broker["req"].get("Fetch", 0)
            before, count = self._seen.get(name, (now, fetches))
            self._seen[name] = now, fetches
            if now > before and (fetches - count - came) / (now - before) > HASTY:
                self._hasty = True

    def heard(self) -> None:
        """Messages have come."""
        self._heard = time.monotonic()

    def rest(self, consumer: Consumer) -> None:
        """Let the partitions rest if they were silent."""
        if not self._hasty or time.monotonic() - self._heard < SILENT_SECONDS:
            return
        partitions = consumer.assignment()
        consumer.pause(partitions)
        time.sleep(REST_SECONDS)
        consumer.resume(partitions)

"""What Kafka sources and sinks share: options, client configuration, errors."""

from __future__ import annotations

import logging
import re
import threading
import time
from typing import Any

from confluent_kafka import KafkaError, KafkaException

from ....kernels.errors import RetryableError, SabotError, UserError
from ..options import Option

log = logging.getLogger("sabot.kafka")
PROBE_SECONDS = 5.0
REPEAT_SECONDS = 30.0


class Seldom(logging.Filter):
    """Lets a message pass that differs from all of the last half minute in more than its numbers.

    The client library tells of every failed attempt to connect, many in a second while a broker is away.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        text, now = re.sub(r"\d+|\(after.*", "", record.getMessage()), time.monotonic()
        with self._lock:
            self._said = {t: at for t, at in self._said.items() if now - at < REPEAT_SECONDS}
            if text in self._said:
                return False
            self._said[text] = now
        return True


log.addFilter(Seldom())

CONNECTION = (
    Option("topic", required=True, aliases=("kafka.topic",)),
    Option(
        "properties.bootstrap.server",
        required=True,
        aliases=("properties.bootstrap.servers", "kafka.brokers", "bootstrap.servers"),
    ),
    Option("properties.*"),  # handed to the client library as they are
)


# RisingWave's own, which steer its server and mean nothing to the client library.
_OF_OTHERS = frozenset(("sync.call.timeout", "retry.max", "retry.interval", "max.in.flight.requests.per.connection.backoff", "enable.mux.reader"))


def client_config(options: dict[str, Any]) -> dict[str, Any]:
    return {
        **{k: v for k, v in options["properties.*"].items() if k not in _OF_OTHERS},
        "bootstrap.servers": options["properties.bootstrap.server"],
        "socket.timeout.ms": 10_000,
        "reconnect.backoff.max.ms": 2_000,
        "log.connection.close": False,
    }


def translated(error: KafkaError, what: str) -> SabotError:
    """RetryableError for what may pass, UserError for what will not."""
    text = f"{what}: {error.str()}"
    if error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION):
        return UserError(text, "42704", hint="Create the topic first.")
    if error.code() in (
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError._AUTHENTICATION,
    ):
        return UserError(text, "28000")
    if error.code() in (KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._AUTO_OFFSET_RESET):
        return UserError(
            text, "55000", detail="The broker no longer holds the messages at the stored offsets.",
            hint="Create the source again to start from what there is.",
        )  # fmt: skip
    return RetryableError(text, "08001")


def partitions_of(client: Any, topic: str, timeout: float) -> list[int]:
    """Partitions of a topic. RetryableError when no broker answers, UserError 42704 when there is no topic."""
    try:
        metadata = client.list_topics(topic, timeout=timeout).topics[topic]
    except KafkaException as e:
        raise translated(e.args[0], "Kafka broker") from None
    if metadata.error is not None:
        raise translated(metadata.error, f'topic "{topic}"')
    return sorted(metadata.partitions)

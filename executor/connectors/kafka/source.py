"""Kafka as a source: every partition assigned by hand, offsets kept with the state (partition -> next offset)."""

from __future__ import annotations

import time
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from ....kernels.batch import Batch
from ....kernels.errors import RetryableError, SabotError, UserError
from ....kernels.schema import Schema
from ..assemble import check_includes
from ..base import Offsets, SourceChunk, SourceReader, SourceSpec
from ..options import Option, read_options
from .client import CONNECTION, PROBE_SECONDS, client_config, log, partitions_of, translated
from .decode import INCLUDES, MessageDecoder
from .pace import STATISTICS_MILLISECONDS, Pace

CONSUME_MESSAGES = 1000  # the client library is fastest with about so many at a time
QUEUED_KILOBYTES = 32_768
POLL_BYTES = 32 << 20  # a poll stops after so many
LAG_SECONDS = 0.5  # while messages come

OPTIONS = (
    *CONNECTION,
    Option("scan.startup.mode", default="earliest", choices=("earliest", "latest", "timestamp")),
    Option("scan.startup.timestamp.millis", "int", low=0),
    Option("topic.discovery.seconds", "float", 10.0, low=0.1),
)


class KafkaSource:
    def validate(self, spec: SourceSpec) -> None:
        """Asks the broker for the topic: RetryableError 08001 when none answers in a few seconds."""
        options = _options(spec)
        check_includes(spec, (*INCLUDES, *(i for i in spec.include if i is not None and i.startswith("header."))))
        MessageDecoder(spec)
        consumer = _consumer(spec, options, [], Pace())
        try:
            partitions_of(consumer, options["topic"], PROBE_SECONDS)
        finally:
            consumer.close()

    def infer(self, spec: SourceSpec) -> Schema | None:
        return None

    def open(self, spec: SourceSpec, offsets: Offsets | None, until: Offsets | None = None) -> SourceReader:
        return _Reader(spec, _options(spec), offsets, until)


def _options(spec: SourceSpec) -> dict[str, Any]:
    options = read_options("kafka", OPTIONS, spec.options)
    if options["scan.startup.timestamp.millis"] is not None:
        options["scan.startup.mode"] = "timestamp"
    elif options["scan.startup.mode"] == "timestamp":
        raise UserError('option "scan.startup.timestamp.millis" is missing', "22023")
    return options


def _consumer(spec: SourceSpec, options: dict[str, Any], errors: list[KafkaError], pace: Pace) -> Consumer:
    config = {
        "fetch.wait.max.ms": 10,
        "queued.max.messages.kbytes": QUEUED_KILOBYTES,
        **client_config(options),
        "group.id": f"sabot-source-{spec.name}",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
        "error_cb": errors.append,
        "statistics.interval.ms": STATISTICS_MILLISECONDS,
        "stats_cb": pace.statistics,
    }
    try:
        return Consumer(config, logger=log)
    except (KafkaException, ValueError) as e:
        raise UserError(f"bad Kafka properties: {e}", "22023") from None


class _Reader:
    def __init__(
        self, spec: SourceSpec, options: dict[str, Any], offsets: Offsets | None, until: Offsets | None
    ) -> None:
        self._topic: str = options["topic"]
        self._options = options
        self._decoder = MessageDecoder(spec)
        self._until = {int(p): o for p, o in until.items()} if until is not None else None
        self._errors: list[KafkaError] = []
        self._failed: SabotError | None = None  # told by the next poll, after what came before it
        self._pace = Pace()
        self._consumer = _consumer(spec, options, self._errors, self._pace)
        self._next: dict[int, int] = {}
        self._lag: int | None = None
        self._lag_at = 0.0
        try:
            found = partitions_of(self._consumer, self._topic, PROBE_SECONDS)
            stored = {int(p): o for p, o in offsets.items()} if offsets is not None else None
            if stored is None:
                self._next = self._start(found)
            else:
                self._next = {p: stored.get(p, self._low(p)) for p in found}
            self._assign(self._next)
        except BaseException:
            self._consumer.close()
            raise
        self._look_again = time.monotonic() + options["topic.discovery.seconds"]
        # Where a start at the latest offset was is told at once: a restart before the first message begins there.
        self._untold = offsets is None and until is None and options["scan.startup.mode"] != "earliest"

    def poll(self, max_rows: int, timeout: float) -> SourceChunk | None:
        if self._failed is not None:
            failed, self._failed = self._failed, None
            raise failed
        if self.done:
            return None
        if self._untold:
            self._untold = False
            return SourceChunk(Batch.empty(self._decoder.types), None, self._offsets())
        self._discover()
        messages = self._messages(max_rows, timeout)
        self._measure(idle=not messages)
        if not messages:
            if self._failed is not None:
                return self.poll(max_rows, timeout)
            self._check()
            return None
        self._errors.clear()
        rows, errors = self._decoder.decode(messages)
        return SourceChunk(rows, errors, self._offsets())

    def _messages(self, most: int, timeout: float) -> list[Any]:
        """What has arrived; waits for the first message only."""
        taken: list[Any] = []
        size = 0
        self._pace.rest(self._consumer)
        batch = self._consume(1, timeout)
        while batch:
            size += sum(map(len, batch))
            self._take_all(batch, taken)
            if len(taken) >= most or size >= POLL_BYTES or self._failed is not None:
                break
            try:
                batch = self._consume(min(CONSUME_MESSAGES, most - len(taken)), 0)
            except SabotError as e:  # what was taken is not asked for again
                self._failed = e
                break
        if taken:
            self._pace.heard()
        return taken

    def _consume(self, most: int, timeout: float) -> list[Any]:
        try:
            found: list[Any] = self._consumer.consume(most, timeout)
        except KafkaException as e:
            raise translated(e.args[0], f'topic "{self._topic}"') from None
        return found

    def _take_all(self, batch: list[Any], taken: list[Any]) -> None:
        if self._until is not None or any(m.error() is not None for m in batch):
            for message in batch:
                self._take(message, taken)
            return
        taken += batch
        for partition, offset in {m.partition(): m.offset() for m in batch}.items():  # the last of each counts
            self._next[partition] = offset + 1

    def _take(self, message: Any, taken: list[Any]) -> None:
        error = message.error()
        if error is not None and error.code() != KafkaError._PARTITION_EOF:
            self._failed = self._failed or translated(error, f'topic "{self._topic}"')
            return
        partition, offset = message.partition(), message.offset()
        if error is not None:  # the end of the partition, past markers that are no messages
            self._next[partition] = max(self._next[partition], offset)
            return
        if self._until is not None and offset >= self._until.get(partition, 0):
            self._next[partition] = max(self._next[partition], self._until.get(partition, 0))
            return
        self._next[partition] = offset + 1
        taken.append(message)

    def _check(self) -> None:
        if self._errors:
            error = next((e for e in self._errors if e.code() == KafkaError._ALL_BROKERS_DOWN), self._errors[-1])
            self._errors.clear()
            raise translated(error, f'topic "{self._topic}"')

    def _discover(self) -> None:
        """Assign partitions that are new, from their beginning."""
        if self._until is not None or time.monotonic() < self._look_again:
            return
        self._look_again = time.monotonic() + self._options["topic.discovery.seconds"]
        try:
            found = partitions_of(self._consumer, self._topic, 1.0)
        except RetryableError:
            return  # polling tells
        new = {p: self._low(p) for p in found if p not in self._next}
        if new:
            self._next.update(new)
            self._consumer.incremental_assign([TopicPartition(self._topic, p, o) for p, o in new.items()])

    def _assign(self, offsets: dict[int, int]) -> None:
        wanted = {p: o for p, o in offsets.items() if self._until is None or o < self._until.get(p, 0)}
        self._consumer.assign([TopicPartition(self._topic, p, o) for p, o in wanted.items()])

    def _start(self, partitions: list[int]) -> dict[int, int]:
        mode = self._options["scan.startup.mode"]
        if mode == "earliest":
            return {p: self._low(p) for p in partitions}
        if mode == "latest":
            return self._high(partitions)
        millis = self._options["scan.startup.timestamp.millis"]
        asked = [TopicPartition(self._topic, p, millis) for p in partitions]
        try:
            found = self._consumer.offsets_for_times(asked, timeout=PROBE_SECONDS)
        except KafkaException as e:
            raise translated(e.args[0], f'topic "{self._topic}"') from None
        high = self._high(partitions)
        return {t.partition: t.offset if t.offset >= 0 else high[t.partition] for t in found}

    def _low(self, partition: int) -> int:
        return self._marks(partition)[0]

    def _high(self, partitions: list[int]) -> dict[int, int]:
        return {p: self._marks(p)[1] for p in partitions}

    def _marks(self, partition: int) -> tuple[int, int]:
        try:
            low, high = self._consumer.get_watermark_offsets(
                TopicPartition(self._topic, partition), timeout=PROBE_SECONDS
            )
        except KafkaException as e:
            raise translated(e.args[0], f'topic "{self._topic}"') from None
        return low, high

    def _offsets(self) -> Offsets:
        return {str(p): o for p, o in sorted(self._next.items())}

    @property
    def done(self) -> bool:
        return self._until is not None and all(self._next.get(p, o) >= o for p, o in self._until.items())

    def end(self) -> Offsets:
        return {str(p): o for p, o in self._high(sorted(self._next)).items()}

    def lag(self) -> int | None:
        return self._lag

    def _measure(self, *, idle: bool) -> None:
        """Here and not in `lag`: the client library makes other threads wait while one polls."""
        if not idle and time.monotonic() < self._lag_at:
            return
        self._lag_at = time.monotonic() + LAG_SECONDS
        total = 0
        for partition, offset in self._next.items():
            try:
                _, high = self._consumer.get_watermark_offsets(TopicPartition(self._topic, partition), cached=True)
            except (KafkaException, RuntimeError):
                self._lag = None
                return
            total += max(0, high - offset) if high > 0 else 0
        self._lag = total

    def close(self) -> None:
        self._consumer.close()

"""Kafka as a sink: JSON, append-only or upsert, exactly once.

Each epoch is one transaction. With its messages it commits, for the group `sabot-sink-<identity>`, the epoch as the
offset of partition 0: both arrive or neither does, so `delivered()` is exact whatever the process died of.
Consumers must read with isolation.level = read_committed.

Upsert: the key columns as a JSON object (KEY ENCODE TEXT: the only one as text) are the message key; a deleted row is a message without a value. Of an
update (−1 old, +1 new) only the new row is sent.

Debezium: {"before", "after", "op"} with op c, u or d, under the same keys; a deletion is followed by a message
without a value, as Kafka's compaction wants it.
"""

from __future__ import annotations

from typing import Any

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from ....kernels.batch import Batch
from ....kernels.errors import RetryableError, Unsupported, UserError
from ....kernels.json_encode import encode_json
from ....kernels.keys import one_per_key, rows_by_key
from ..base import SinkSpec, SinkWriter
from ..options import Option, read_options
from .client import CONNECTION, PROBE_SECONDS, client_config, log, partitions_of, translated

TRANSACTION_SECONDS = 30.0

OPTIONS = (
    *CONNECTION,
    Option("type", default=None, choices=("append-only", "upsert", "debezium")),
    Option("key.encode", default="json", choices=("json", "text")),
)
# Types of a key that is sent as text.
_PLAIN_KEYS = ("int2", "int4", "int8", "text", "varchar", "bool")


class KafkaSink:
    def validate(self, spec: SinkSpec, append_only: bool) -> None:
        options = read_options("kafka", OPTIONS, spec.options)
        if spec.encode not in ("json", "native"):
            raise Unsupported(f"ENCODE {spec.encode.upper()} is not supported for sinks", hint="Use ENCODE JSON.")
        if spec.row_format not in ("plain", "append-only", *_KEYED):
            raise Unsupported(
                f"FORMAT {spec.row_format.upper()} is not supported for sinks", hint="Use PLAIN, UPSERT or DEBEZIUM."
            )
        if _keyed(spec) and not spec.key:
            raise UserError(f"a sink of type {spec.row_format} needs a key", "42601", hint="Add primary_key = 'column, …'.")
        if options["key.encode"] == "text" and [spec.schema[k].type.name in _PLAIN_KEYS for k in spec.key] != [True]:
            raise UserError("KEY ENCODE TEXT needs a key of one column", "42601", hint=f"Its type is one of: {', '.join(_PLAIN_KEYS)}.")
        if not _keyed(spec) and not append_only:
            raise UserError(
                "the query's rows may be updated or deleted, which FORMAT PLAIN can't express",
                "0A000",
                hint="Use FORMAT UPSERT with a primary_key, or force_append_only = 'true'.",
            )
        producer = Producer(client_config(options), logger=log)
        partitions_of(producer, options["topic"], PROBE_SECONDS)

    def open(self, spec: SinkSpec) -> SinkWriter:
        return _Writer(spec)


_KEYED = ("upsert", "debezium")


def _keyed(spec: SinkSpec) -> bool:
    return spec.row_format in _KEYED


class _Writer:
    def __init__(self, spec: SinkSpec) -> None:
        self._spec = spec
        options = read_options("kafka", OPTIONS, spec.options)
        self._topic: str = options["topic"]
        self._text_keys = options["key.encode"] == "text"
        self._config = client_config(options)
        self._group = f"sabot-sink-{spec.identity}"
        self._marker = TopicPartition(self._topic, 0)
        self._consumer = Consumer({**self._config, "group.id": self._group, "enable.auto.commit": False}, logger=log)
        self._producer: Producer | None = None
        self._uncertain = False  # a transaction failed and may have been committed nevertheless

    def delivered(self) -> int | None:
        self._ready()  # fences a predecessor whose transaction may still be open
        try:
            found = self._consumer.committed([self._marker], timeout=PROBE_SECONDS)
        except KafkaException as e:
            raise self._failed(e) from None
        return found[0].offset if found[0].offset >= 0 else None

    def deliver(self, epoch: int, delta: Batch) -> None:
        if self._uncertain:
            last = self.delivered()
            self._uncertain = False
            if last is not None and last >= epoch:
                return
        messages = self._messages(delta)
        producer = self._ready()
        try:
            producer.begin_transaction()
            for key, value in messages:
                self._produce(producer, key, value)
            marker = TopicPartition(self._topic, 0, epoch)
            producer.send_offsets_to_transaction(
                [marker], self._consumer.consumer_group_metadata(), TRANSACTION_SECONDS
            )
            producer.commit_transaction(TRANSACTION_SECONDS)
        except KafkaException as e:
            raise self._failed(e) from None

    def _messages(self, delta: Batch) -> list[tuple[bytes | None, bytes | None]]:
        schema, key = self._spec.schema, self._spec.key
        if self._spec.row_format == "debezium":
            return self._changes(delta)
        if not _keyed(self._spec):
            rows = delta.inserted().expanded()
            return list(zip(self._keys(rows), encode_json(rows, schema.names, schema.types)))
        new, old = delta.inserted(), delta.deleted()
        gone = rows_by_key(old, key, new, key, False)
        deletions: list[tuple[bytes | None, bytes | None]] = [(k, None) for k in self._keys(gone)]
        return deletions + list(zip(self._keys(new), encode_json(new, schema.names, schema.types)))

    def _changes(self, delta: Batch) -> list[tuple[bytes | None, bytes | None]]:
        names, types, key = self._spec.schema.names, self._spec.schema.types, self._spec.key
        new, old = delta.inserted().without_weights(), delta.deleted().without_weights()
        gone = rows_by_key(old, key, new, key, False)
        added = rows_by_key(new, key, old, key, False)
        changed = rows_by_key(new, key, old, key, True)
        # The old rows in the order of the new ones of their keys.
        before = one_per_key(Batch.concat([changed, old]), key, True).slice(0, changed.num_rows)
        out: list[tuple[bytes | None, bytes | None]] = []
        for k, row in zip(self._keys(gone), encode_json(gone, names, types)):
            out += ((k, b'{"before":%b,"after":null,"op":"d"}' % row), (k, None))
        for k, was, row in zip(self._keys(changed), encode_json(before, names, types), encode_json(changed, names, types)):
            out.append((k, b'{"before":%b,"after":%b,"op":"u"}' % (was, row)))
        for k, row in zip(self._keys(added), encode_json(added, names, types)):
            out.append((k, b'{"before":null,"after":%b,"op":"c"}' % row))
        return out

    def _keys(self, rows: Batch) -> list[bytes | None]:
        if not self._spec.key:
            return [None] * rows.num_rows
        keyed = self._spec.schema.select(self._spec.key)
        if self._text_keys:
            return [None if v is None else str(v).lower().encode() if isinstance(v, bool) else str(v).encode()
                    for v in rows.column_values(self._spec.key[0])]  # fmt: skip
        return list(encode_json(rows.select(self._spec.key), keyed.names, keyed.types))

    def _produce(self, producer: Producer, key: bytes | None, value: bytes | None) -> None:
        while True:
            try:
                producer.produce(self._topic, value, key)
                return
            except BufferError:  # the library's queue is full: wait for deliveries
                producer.poll(0.1)

    def _ready(self) -> Producer:
        if self._producer is None:
            config: dict[str, Any] = {
                **self._config,
                "transactional.id": self._group,
                "enable.idempotence": True,
                "linger.ms": 5,
            }
            producer = Producer(config, logger=log)
            try:
                producer.init_transactions(TRANSACTION_SECONDS)
            except KafkaException as e:
                raise translated(e.args[0], f'topic "{self._topic}"') from None
            self._producer = producer
        return self._producer

    def _failed(self, e: KafkaException) -> Exception:
        """Give the transaction up; a new producer goes on, once it knows what became of it."""
        producer, self._producer = self._producer, None
        self._uncertain = True
        if producer is not None:
            try:
                producer.abort_transaction(TRANSACTION_SECONDS)
            except KafkaException as aborting:
                log.warning("transaction of %s: %s", self._group, aborting)
        found = translated(e.args[0], f'topic "{self._topic}"')
        return found if isinstance(found, RetryableError) else RetryableError(found.message, found.sqlstate)

    def close(self) -> None:
        self._consumer.close()

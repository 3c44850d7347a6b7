"""Kafka sources and sinks against a real broker."""

import json
import time
import uuid
from dataclasses import replace
from typing import Any

import pytest
from confluent_kafka import Consumer
from sabot.executor.connectors.base import Offsets, SinkSpec, SourceReader, SourceSpec
from sabot.executor.connectors.kafka.feed import Feed
from sabot.executor.connectors.registry import sink_connector, source_connector
from sabot.kernels.batch import Batch
from sabot.kernels.errors import RetryableError, UserError
from sabot.kernels.schema import Schema, schema_of
from sabot.kernels.types import BYTEA, INT8, NUMERIC, TEXT, TIMESTAMP, TIMESTAMPTZ, list_of, struct_of

from ..recovery.outside import committed

Broker = Any  # conftest.Broker
KAFKA = source_connector("kafka")
SINK = sink_connector("kafka")
SCHEMA = schema_of(("id", INT8), ("name", TEXT))


def topic(broker: Broker, partitions: int = 1) -> str:
    return broker.create_topic("t" + uuid.uuid4().hex[:8], partitions)


def spec(
    broker: Broker | str,
    name: str,
    schema: Schema = SCHEMA,
    include: tuple[str | None, ...] | None = None,
    row_format: str = "plain",
    primary_key: tuple[int, ...] = (),
    **options: str,
) -> SourceSpec:
    address = broker if isinstance(broker, str) else broker.address
    given = {"connector": "kafka", "topic": name, "properties.bootstrap.server": address}
    given |= {k.replace("__", "."): v for k, v in options.items()}
    return SourceSpec(
        "s", "kafka", given, schema, include or (None,) * len(schema), row_format, "json", {}, primary_key
    )


def document(i: int) -> bytes:
    return json.dumps({"id": i, "name": f"n{i}"}).encode()


def drain(
    reader: SourceReader, rows: int, seconds: float = 30
) -> tuple[list[Batch], list[tuple[object, ...]], Offsets]:
    batches: list[Batch] = []
    errors: list[tuple[object, ...]] = []
    offsets: Offsets = {}
    deadline = time.monotonic() + seconds
    while sum(b.num_rows for b in batches) + len(errors) < rows and not reader.done and time.monotonic() < deadline:
        chunk = reader.poll(1000, 0.1)
        if chunk is not None:
            batches.append(chunk.rows)
            errors += chunk.errors.to_rows() if chunk.errors is not None else []
            offsets = chunk.offsets
    return batches, errors, offsets


def ids(batches: list[Batch]) -> list[int]:
    return [i for b in batches for i in b.column_values(0)]


def send(broker: Broker, name: str, *messages: bytes | tuple[bytes | None, bytes | None], partition: int = -1) -> None:
    feed = Feed(broker.address, name)
    feed.send(messages, partition)
    feed.close()


def test_messages_are_read_once_and_resumed_by_offset(broker: Broker) -> None:
    name = topic(broker, 2)
    send(broker, name, *map(document, range(50)), partition=0)
    send(broker, name, *map(document, range(50, 80)), partition=1)
    source = spec(broker, name)
    KAFKA.validate(source)
    reader = KAFKA.open(source, None)
    first, _, offsets = drain(reader, 80)
    assert sorted(ids(first)) == list(range(80))
    assert offsets == {"0": 50, "1": 30} == reader.end()
    assert reader.lag() == 0
    send(broker, name, document(100), partition=1)
    assert ids(drain(reader, 1)[0]) == [100]
    reader.close()
    again = KAFKA.open(source, {"0": 48, "1": 30})
    assert sorted(ids(drain(again, 3)[0])) == [48, 49, 100]
    again.close()


def test_a_bounded_reader_stops_exactly_there(broker: Broker) -> None:
    name = topic(broker)
    send(broker, name, *map(document, range(20)))
    reader = KAFKA.open(spec(broker, name), None, {"0": 7})
    assert ids(drain(reader, 100)[0]) == list(range(7)) and reader.done
    reader.close()
    reader = KAFKA.open(spec(broker, name), {"0": 5}, {"0": 5})
    assert reader.done
    reader.close()


def test_where_reading_starts(broker: Broker) -> None:
    name = topic(broker)
    send(broker, name, document(1))
    time.sleep(0.05)
    millis = int(time.time() * 1000)
    time.sleep(0.05)
    send(broker, name, document(2))
    latest = KAFKA.open(spec(broker, name, scan__startup__mode="latest"), None)
    timed = KAFKA.open(spec(broker, name, scan__startup__timestamp__millis=str(millis)), None)
    send(broker, name, document(3))
    assert ids(drain(latest, 1)[0]) == [3]
    assert ids(drain(timed, 2)[0]) == [2, 3]
    latest.close()
    timed.close()


def test_bad_messages_are_errors_with_their_place(broker: Broker) -> None:
    name = topic(broker)
    send(broker, name, document(1), b"nonsense", (b"k", None), b'{"id": "x"}', document(5))
    reader = KAFKA.open(spec(broker, name), None)
    batches, errors, _ = drain(reader, 5)
    assert ids(batches) == [1, 5]
    assert sorted((e[0], e[2]) for e in errors) == [
        ("22004", "partition 0 offset 2"),
        ("22P02", "partition 0 offset 1"),
        ("22P02", "partition 0 offset 3"),
    ]
    reader.close()


def test_included_columns(broker: Broker) -> None:
    name = topic(broker)
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": broker.address})
    now = int(time.time() * 1000)
    producer.produce(name, b"bad")
    producer.produce(name, document(1), b"key", timestamp=now, headers=[("h", b"v"), ("n", None)])
    producer.flush(10)
    schema = schema_of(
        ("k", BYTEA), ("id", INT8), ("p", TEXT), ("o", INT8), ("ts", TIMESTAMPTZ),
        ("h", list_of(struct_of(("key", TEXT), ("value", BYTEA)))), ("one", BYTEA),
    )  # fmt: skip
    include = ("key", None, "partition", "offset", "timestamp", "header", "header.h")
    reader = KAFKA.open(spec(broker, name, schema, include), None)
    batches, errors, _ = drain(reader, 2)
    assert Batch.concat(batches).to_rows() == [(b"key", 1, "0", 1, now * 1000, [("h", b"v"), ("n", None)], b"v")]
    assert len(errors) == 1
    reader.close()


def test_upserts_and_tombstones_keep_their_order(broker: Broker) -> None:
    name = topic(broker)
    send(
        broker, name,
        (b'{"id": 1}', document(1)), (b'{"id": 1}', None), (b"1", document(1)), (b"2", None), (b"oops", None),
    )  # fmt: skip
    reader = KAFKA.open(spec(broker, name, row_format="upsert", primary_key=(0,)), None)
    batches, errors, _ = drain(reader, 5)
    whole = Batch.concat(batches)
    assert list(zip(whole.to_rows(), whole.weights())) == [
        ((1, "n1"), 1), ((1, None), -1), ((1, "n1"), 1), ((2, None), -1),
    ]  # fmt: skip
    assert [e[2] for e in errors] == ["partition 0 offset 4 key"]
    reader.close()
    keyed = schema_of(("k", TEXT), ("name", TEXT))
    reader = KAFKA.open(spec(broker, name, keyed, ("key", None), "upsert", (0,)), None)
    assert Batch.concat(drain(reader, 5)[0]).column_values(0) == ['{"id": 1}', '{"id": 1}', "1", "2", "oops"]
    reader.close()


def test_new_partitions_are_noticed(broker: Broker) -> None:
    name = topic(broker)
    send(broker, name, document(1))
    reader = KAFKA.open(spec(broker, name, topic__discovery__seconds="0.2"), None)
    assert ids(drain(reader, 1)[0]) == [1]
    broker.add_partitions(name, 2)
    send(broker, name, document(2), partition=1)
    batches, _, offsets = drain(reader, 1)
    assert ids(batches) == [2] and offsets == {"0": 1, "1": 1}
    reader.close()


def test_unreachable_brokers_missing_topics_and_bad_options(broker: Broker) -> None:
    started = time.monotonic()
    with pytest.raises(RetryableError) as caught:
        KAFKA.validate(spec("127.0.0.1:1", "t"))
    assert caught.value.sqlstate == "08001" and time.monotonic() - started < 30
    with pytest.raises(UserError) as missing:
        KAFKA.validate(spec(broker, "missing" + uuid.uuid4().hex[:8]))
    assert missing.value.sqlstate == "42704"
    with pytest.raises(UserError, match="has no option"):
        KAFKA.validate(spec(broker, "t", scan__startup__mod="latest"))
    with pytest.raises(UserError, match="bad Kafka properties"):
        KAFKA.validate(spec(broker, "t", properties__nonsense="1"))
    with pytest.raises(UserError, match="needs a primary key"):
        KAFKA.validate(spec(broker, "t", row_format="upsert"))


@pytest.mark.slow
def test_a_silent_topic_costs_little_with_a_broker_that_does_not_wait(broker: Broker) -> None:
    name = topic(broker, 2)
    reader = KAFKA.open(spec(broker, name), None)

    def listen(seconds: float) -> float:
        """The share of a core that this process and the client library's threads take."""
        until, before = time.monotonic() + seconds, time.process_time()
        while time.monotonic() < until:
            assert reader.poll(1000, 0.1) is None
        return (time.process_time() - before) / seconds

    try:
        listen(2.0)  # statistics come once a second
        assert any(listen(1.0) < 0.1 for _ in range(8))  # one that does not rest takes all there is, every time
        send(broker, name, document(1))
        batches, _, _ = drain(reader, 1)
        assert ids(batches) == [1]
    finally:
        reader.close()


def test_a_broker_that_goes_away_is_retried(own_broker: Broker) -> None:
    name = topic(own_broker)
    send(own_broker, name, document(1))
    reader = KAFKA.open(spec(own_broker, name), None)
    assert ids(drain(reader, 1)[0]) == [1]
    own_broker.stop()
    with pytest.raises(RetryableError):
        drain(reader, 1)
    own_broker.start()
    send(own_broker, name, document(2))
    found: list[int] = []
    deadline = time.monotonic() + 60
    while not found and time.monotonic() < deadline:
        try:
            found = ids(drain(reader, 1, 1)[0])
        except RetryableError:
            continue
    assert found == [2]
    reader.close()


def read_topic(broker: Broker, name: str, count: int) -> list[tuple[bytes | None, object]]:
    consumer = Consumer(
        {"bootstrap.servers": broker.address, "group.id": uuid.uuid4().hex, "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([name])
    found: list[tuple[bytes | None, object]] = []
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and len(found) < count:
        for m in consumer.consume(100, 0.3):
            if m.error() is None:
                value = m.value()
                found.append((m.key(), json.loads(value) if value is not None else None))
    consumer.close()
    return found


def sink_spec(broker: Broker, name: str, row_format: str, id: int) -> SinkSpec:
    schema = schema_of(("id", INT8), ("n", NUMERIC), ("at", TIMESTAMP))
    options = {"connector": "kafka", "topic": name, "properties.bootstrap.server": broker.address}
    return SinkSpec("k", id, "kafka", options, schema, (0,) if row_format == "upsert" else (), row_format)


TYPES = (INT8, NUMERIC, TIMESTAMP)


def test_an_append_only_sink_delivers_each_epoch_once(broker: Broker) -> None:
    name = topic(broker)
    out = sink_spec(broker, name, "plain", uuid.uuid4().int % 10**9)
    SINK.validate(out, True)
    with pytest.raises(UserError, match="updated or deleted"):
        SINK.validate(out, False)
    writer = SINK.open(out)
    assert writer.delivered() is None
    writer.deliver(5, Batch.from_rows(TYPES, [(1, "1.50", 0), (2, None, None)], [1, 2]))
    assert writer.delivered() == 5
    writer.deliver(8, Batch.from_rows(TYPES, [(3, "NaN", 1_500_000)]))
    writer.close()
    successor = SINK.open(out)
    assert successor.delivered() == 8
    successor.close()
    assert [v for _, v in read_topic(broker, name, 4)] == [
        {"id": 1, "n": 1.50, "at": "1970-01-01T00:00:00"},
        {"id": 2, "n": None, "at": None},
        {"id": 2, "n": None, "at": None},
        {"id": 3, "n": "NaN", "at": "1970-01-01T00:00:01.5"},
    ]


def test_an_upsert_sink_sends_the_last_state_of_each_key(broker: Broker) -> None:
    name = topic(broker)
    out = sink_spec(broker, name, "upsert", uuid.uuid4().int % 10**9)
    SINK.validate(out, False)
    writer = SINK.open(out)
    writer.delivered()
    writer.deliver(1, Batch.from_rows(TYPES, [(1, "1", None), (2, "2", None)]))
    writer.deliver(2, Batch.from_rows(TYPES, [(1, "1", None), (1, "9", None), (2, "2", None)], [-1, 1, -1]))
    writer.close()
    state: dict[bytes | None, object] = {}
    for key, value in read_topic(broker, name, 4):
        state[key] = value
    assert state == {b'{"id":1}': {"id": 1, "n": 9, "at": None}, b'{"id":2}': None}


def test_a_key_can_be_sent_as_text(broker: Broker) -> None:
    name = topic(broker)
    out = sink_spec(broker, name, "upsert", uuid.uuid4().int % 10**9)
    out = replace(out, options={**out.options, "key.encode": "text"})
    SINK.validate(out, False)
    writer = SINK.open(out)
    writer.delivered()
    writer.deliver(1, Batch.from_rows(TYPES, [(7, "1", None)]))
    writer.close()
    assert [key for key, _ in read_topic(broker, name, 1)] == [b"7"]
    with pytest.raises(UserError, match="a key of one column"):
        SINK.validate(replace(out, key=(0, 1)), False)


def test_a_predecessor_that_still_lives_is_fenced(broker: Broker) -> None:
    name = topic(broker)
    out = sink_spec(broker, name, "plain", uuid.uuid4().int % 10**9)
    old = SINK.open(out)
    old.delivered()
    new = SINK.open(out)
    assert new.delivered() is None
    with pytest.raises(RetryableError):
        old.deliver(1, Batch.from_rows(TYPES, [(1, "1", None)]))
    new.deliver(1, Batch.from_rows(TYPES, [(1, "1", None)]))
    assert len(read_topic(broker, name, 1)) == 1
    assert new.delivered() == 1
    old.close()
    new.close()


def test_an_epoch_whose_commit_seemed_to_fail_is_not_sent_again(broker: Broker) -> None:
    from confluent_kafka import KafkaError, KafkaException

    class LosesTheAnswer:
        def __init__(self, producer: Any) -> None:
            self.producer = producer

        def __getattr__(self, name: str) -> Any:
            return getattr(self.producer, name)

        def commit_transaction(self, timeout: float) -> None:
            self.producer.commit_transaction(timeout)
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))

    name = topic(broker)
    writer: Any = SINK.open(sink_spec(broker, name, "plain", uuid.uuid4().int % 10**9))
    writer.delivered()
    writer._producer = LosesTheAnswer(writer._producer)
    batch = Batch.from_rows(TYPES, [(1, "1", None)])
    with pytest.raises(RetryableError):
        writer.deliver(1, batch)
    writer.deliver(1, batch)
    writer.deliver(2, batch)
    writer.close()
    assert len(committed(broker, name)) == 2

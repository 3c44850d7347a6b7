"""FORMAT DEBEZIUM and MAXWELL, ENCODE CSV: what a message says of a row; Debezium out is what Debezium in reads."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest
from sabot.executor.connectors.kafka.decode import MessageDecoder
from sabot.executor.connectors.kafka.feed import Feed
from sabot.kernels.errors import UserError
from sabot.kernels.json_decode import CsvDecoder, JsonDecoder
from sabot.kernels.types import BYTEA, DATE, INT4, INT8, JSONB, NUMERIC, TEXT, TIME, TIMESTAMP

from ..broker import Broker
from ..serving import Served


def debezium(op: str, before: Any, after: Any, wrapped: bool = False) -> bytes:
    change = {"before": before, "after": after, "op": op, "source": {"table": "t"}, "ts_ms": 1}
    return json.dumps({"schema": {"type": "struct"}, "payload": change} if wrapped else change).encode()


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_change_is_the_new_row_or_the_old_one_taken_away(wrapped: bool) -> None:
    decoder = JsonDecoder(["id", "name"], [INT8, TEXT], envelope="debezium")
    rows, kept, errors = decoder.decode([
        debezium("r", None, {"id": 1, "name": "a"}, wrapped),
        debezium("c", None, {"id": 2, "name": "b"}, wrapped),
        debezium("u", {"id": 2, "name": "b"}, {"id": 2, "name": "c"}, wrapped),
        debezium("d", {"id": 1}, None, wrapped),
    ])  # fmt: skip
    assert (kept, errors) == (None, None)
    assert list(zip(rows.to_rows(), rows.weights())) == [((1, "a"), 1), ((2, "b"), 1), ((2, "c"), 1), ((1, None), -1)]


def test_bad_changes_are_errors_one_by_one() -> None:
    decoder = JsonDecoder(["id"], [INT4], envelope="debezium")
    rows, kept, errors = decoder.decode(
        [b"[]", b'{"id": 1}', debezium("d", None, None), debezium("c", None, {"id": "x"}), debezium("c", None, {"id": 7}),
         b'{"payload": {"op": "c", "after": {"id": 1}}']
    )  # fmt: skip
    assert rows.to_rows() == [(7,)]
    assert kept is not None and kept.column_values(0) == [4]
    assert errors is not None and errors.column_values(0) == [0, 1, 2, 3, 5]
    assert set(errors.column_values(1)) == {"22P02"}


def test_values_as_debezium_writes_them() -> None:
    names, types = ["d", "t", "ms", "us", "j", "n", "text"], [DATE, TIME, TIMESTAMP, TIMESTAMP, JSONB, NUMERIC, TEXT]
    decoder = JsonDecoder(names, types, -1, "debezium")
    row = {"d": 18262, "t": 3_600_000_000, "ms": 1577836800000, "us": 1577836800000001, "j": '{"b": [1]}', "n": "1.50", "text": "x"}
    rows, _, errors = decoder.decode([debezium("c", None, row), debezium("c", None, {**row, "d": "2020-01-02", "t": "02:00"})])
    assert errors is None
    plain = JsonDecoder(names, types)
    expected, _, errors = plain.decode([json.dumps(r).encode() for r in (
        {**row, "d": "2020-01-01", "t": "01:00", "ms": "2020-01-01", "us": "2020-01-01 00:00:00.000001", "j": {"b": [1]}},
        {**row, "d": "2020-01-02", "t": "02:00", "ms": "2020-01-01", "us": "2020-01-01 00:00:00.000001", "j": {"b": [1]}},
    )])  # fmt: skip
    assert errors is None and rows.to_rows() == expected.to_rows()


def test_maxwell_tells_the_kind_of_change_in_type() -> None:
    decoder = JsonDecoder(["id", "name"], [INT8, TEXT], envelope="maxwell")
    rows, _, errors = decoder.decode([
        b'{"database":"d","table":"t","type":"insert","data":{"id":1,"name":"a"}}',
        b'{"type":"update","data":{"id":1,"name":"b"},"old":{"name":"a"}}',
        b'{"type":"delete","data":{"id":1,"name":"b"}}',
    ])  # fmt: skip
    assert errors is None
    assert list(zip(rows.to_rows(), rows.weights())) == [((1, "a"), 1), ((1, "b"), 1), ((1, "b"), -1)]


def test_a_message_is_one_csv_record() -> None:
    decoder = CsvDecoder(["a", "b"], [INT4, TEXT], range(2), 2)
    rows, kept, errors = decoder.decode([b"1,x", b'2,"y, ""z"""\n', b"3", b",", b'4,"two\nlines"', b"5,a\n6,b", b"x,y"])
    assert rows.to_rows() == [(1, "x"), (2, 'y, "z"'), (None, None), (4, "two\nlines")]
    assert kept is not None and kept.column_values(0) == [0, 1, 3, 4]
    assert errors is not None
    assert list(zip(errors.column_values(0), errors.column_values(1))) == [(2, "22P04"), (5, "22P04"), (6, "22P02")]


def test_changes_are_decoded_at_millions_per_second() -> None:
    messages = [debezium("u", {"id": i, "name": "a"}, {"id": i, "name": f"n{i}"}) for i in range(30_000)]
    decoder = JsonDecoder(["id", "name"], [INT8, TEXT], envelope="debezium")
    started = time.process_time()
    rows, _, errors = decoder.decode(messages)
    spent = time.process_time() - started
    assert rows.num_rows == 30_000 and errors is None
    assert 30_000 / spent > 300_000
    print(f"{30_000 / spent / 1e6:.1f} M messages/s")


@pytest.mark.parametrize(
    ("row_format", "encode", "key", "sqlstate"),
    [("debezium", "json", (), "42601"), ("debezium", "avro", (0,), "0A000"), ("plain", "protobuf", (), "0A000"),
     ("debezium_mongo", "json", (0,), "0A000"), ("upsert", "csv", (0,), "0A000"), ("maxwell", "bytes", (0,), "0A000")],
)  # fmt: skip
def test_what_is_not_there_is_refused(row_format: str, encode: str, key: tuple[int, ...], sqlstate: str) -> None:
    from sabot.executor.connectors.base import SourceSpec
    from sabot.kernels.schema import schema_of

    spec = SourceSpec("s", "kafka", {}, schema_of(("a", BYTEA)), (None,), row_format, encode, {}, key)
    with pytest.raises(UserError) as error:
        MessageDecoder(spec)
    assert error.value.sqlstate == sqlstate


def test_debezium_in_and_out(broker: Broker) -> None:
    name, copy = (broker.create_topic(p + uuid.uuid4().hex[:8]) for p in ("in", "out"))
    feed = Feed(broker.address, name)
    served = Served()
    where = f"connector = 'kafka', properties.bootstrap.server = '{broker.address}', topic = "
    try:
        served.run(f"""CREATE TABLE t (id int PRIMARY KEY, name varchar) WITH ({where} '{name}')
                       FORMAT DEBEZIUM ENCODE JSON""")
        served.run("CREATE MATERIALIZED VIEW n AS SELECT name, count(*) AS n FROM t GROUP BY name")
        served.run(f"CREATE SINK s FROM t WITH ({where} '{copy}', primary_key = 'id') FORMAT DEBEZIUM ENCODE JSON")
        served.run(f"CREATE TABLE c (id int PRIMARY KEY, name varchar) WITH ({where} '{copy}') FORMAT DEBEZIUM ENCODE JSON")
        feed.send([
            (b'{"id":1}', debezium("c", None, {"id": 1, "name": "a"})),
            (b'{"id":2}', debezium("c", None, {"id": 2, "name": "a"}, True)),
            (b'{"id":3}', debezium("r", None, {"id": 3, "name": "x"})),
        ])  # fmt: skip
        _until(served, "SELECT * FROM c ORDER BY id", [(1, "a"), (2, "a"), (3, "x")])
        feed.send([
            (b'{"id":1}', debezium("u", {"id": 1, "name": "a"}, {"id": 1, "name": "b"})),
            (b'{"id":3}', debezium("d", {"id": 3, "name": "x"}, None)),
            (b'{"id":3}', None),
            b'{"nonsense": true}',
        ])  # fmt: skip
        _until(served, "SELECT * FROM c ORDER BY id", [(1, "b"), (2, "a")])
        assert served.run("SELECT * FROM t ORDER BY id") == [(1, "b"), (2, "a")]
        assert served.run("SELECT * FROM n ORDER BY name") == [("a", 1), ("b", 1)]
        assert served.run("SELECT count(*) FROM sabot.errors") == [(1,)]
    finally:
        feed.close()
        served.close()


def _until(served: Served, sql: str, expected: list[tuple[Any, ...]], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while (found := served.run(sql)) != expected:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def test_upserts_and_csv_into_tables(broker: Broker) -> None:
    """What the table refuses is a row error; the rest goes on."""
    upserts, lines = (broker.create_topic(p + uuid.uuid4().hex[:8]) for p in ("up", "csv"))
    up, csv = Feed(broker.address, upserts), Feed(broker.address, lines)
    served = Served()
    where = f"connector = 'kafka', properties.bootstrap.server = '{broker.address}', topic = "
    try:
        served.run(f"""CREATE TABLE u (k varchar PRIMARY KEY, name varchar NOT NULL, n int CHECK (n < 100), doubled int AS n * 2)
                       INCLUDE PARTITION AS part WITH ({where} '{upserts}') FORMAT UPSERT ENCODE JSON""")
        served.run(f"""CREATE TABLE l (a int, b varchar, at timestamptz) WITH ({where} '{lines}')
                       FORMAT PLAIN ENCODE CSV (delimiter = ';', without_header = 'true')""")
        up.send([
            (b"a", b'{"k":"a","name":"x","n":1}'), (b"b", b'{"k":"b","name":"y","n":2}'), (b"a", b'{"k":"a","name":"z","n":3}'),
            (b"b", None), (b"c", b'{"k":"c","n":3}'), (b"d", b'{"k":"d","name":"w","n":1000}'),
        ])  # fmt: skip
        csv.send([b"1;one;2020-01-01 00:00:00+00", b'2;"t;wo";', b"x;y;z", b"3"])
        _until(served, "SELECT k, name, n, doubled, part FROM u", [("a", "z", 3, 6, "0")])
        _until(served, "SELECT a, b, at IS NULL FROM l ORDER BY a", [(1, "one", False), (2, "t;wo", True)])
        _until(served, "SELECT sqlstate FROM sabot.errors ORDER BY 1", [("22P02",), ("22P04",), ("23502",), ("23514",)])
    finally:
        up.close()
        csv.close()
        served.close()

"""A bad row is data: it lands in sabot.errors with where it came from, and everything else goes on."""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sabot.executor.connectors.kafka.feed import Feed

from ..broker import Broker
from ..serving import Served
from .outside import eventually

MESSAGES = [
    b'{"id": 1, "name": "one"}',
    b'{"id": 2, "name": "trunca',
    b"null",
    b"not json",
    b"",
    b'{"id": "x", "name": "wrong type"}',
    b'{"id": 99999999999999999999, "name": "too large"}',
    b'{"id": 3, "name": "\xff\xfe"}',
    b"[1, 2]",
    b'{"id": {"a": 1}, "name": "nested"}',
    b'{"id": 4, "name": "four"}',
]
GOOD = [(1, "one"), (4, "four")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("server") / "data")
    yield made
    made.close()


def errors_of(server: Served, relation: str) -> list[tuple[str, str, str]]:
    """(SQLSTATE, message, detail) of the errors of a source, view or sink."""
    return server.run(
        "SELECT e.sqlstate, e.message, e.detail FROM sabot.errors e JOIN pg_class c ON c.oid = e.job"
        f" WHERE c.relname = '{relation}' ORDER BY e.detail"
    )


def test_kafka_messages(server: Served, broker: Broker) -> None:
    topic = broker.create_topic(uuid.uuid4().hex[:8])
    server.run(
        f"CREATE SOURCE k (id bigint, name varchar) WITH (connector = 'kafka', topic = '{topic}',"
        f" properties.bootstrap.server = '{broker.address}') FORMAT PLAIN ENCODE JSON"
    )
    server.run("CREATE MATERIALIZED VIEW kv AS SELECT * FROM k")
    feed = Feed(broker.address, topic)
    feed.send(MESSAGES)
    feed.close()
    eventually(lambda: sorted(server.run("SELECT * FROM kv WHERE id IN (1, 4)")), GOOD)
    eventually(lambda: len(errors_of(server, "k")), len(MESSAGES) - len(GOOD))
    for sqlstate, message, detail in errors_of(server, "k"):
        assert sqlstate[:2] == "22" and message
        assert re.fullmatch(r"partition 0 offset \d+", detail), detail
    assert server.run("SELECT count(*) FROM kv") == [(len(GOOD),)]
    server.kill()  # what no checkpoint held is read again
    eventually(lambda: len(errors_of(server, "k")), len(MESSAGES) - len(GOOD))
    assert sorted(server.run("SELECT * FROM kv")) == GOOD


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_file_lines(server: Served, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"input.{kind}"
    if kind == "json":
        lines = [m for m in MESSAGES if m]
    else:
        lines = [b"id,name", b"1,one", b"x,two", b"99999999999999999999,big", b"3,\xff", b"4,four"]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    bad = len(lines) - len(GOOD) - (kind == "csv")
    name = f"f_{kind}"
    server.run(f"CREATE SOURCE {name} (id bigint, name varchar) WITH (connector = 'file', path = '{path}')")
    server.run(f"CREATE MATERIALIZED VIEW v_{kind} AS SELECT * FROM {name}")
    eventually(lambda: sorted(server.run(f"SELECT * FROM v_{kind}")), GOOD)
    eventually(lambda: len(errors_of(server, name)), bad)
    for sqlstate, _, detail in errors_of(server, name):
        assert sqlstate[:2] == "22" and str(path) in detail and "line" in detail, detail


def test_a_failing_expression_is_null_until_its_input_goes(server: Served) -> None:
    server.run("CREATE TABLE n (id int PRIMARY KEY, a int, t text)")
    server.run("CREATE MATERIALIZED VIEW q AS SELECT id, 100 / a AS part, t::int AS number FROM n")
    server.run("INSERT INTO n VALUES (1, 5, '7'), (2, 0, '8'), (3, 4, 'x'), (4, 0, 'y')")
    assert sorted(server.run("SELECT * FROM q")) == [(1, 20, 7), (2, None, 8), (3, 25, None), (4, None, None)]
    assert sorted(e[0] for e in errors_of(server, "q")) == ["22012", "22012", "22P02", "22P02"]
    server.kill()
    server.run("DELETE FROM n WHERE id = 2")
    server.run("UPDATE n SET t = '9' WHERE id = 3")
    assert sorted(server.run("SELECT * FROM q")) == [(1, 20, 7), (3, 25, 9), (4, None, None)]
    assert sorted(e[0] for e in errors_of(server, "q")) == ["22012", "22P02"]
    server.run("DELETE FROM n")
    assert errors_of(server, "q") == []
    with pytest.raises(psycopg.errors.DivisionByZero):
        server.run("SELECT 1 / 0")


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)) * 8, b"\x00" * 64, b"\xff" * 5000, b"\x00\x00\x00\x08\x00\x03\x00\x00",
             b"\x00\x00\x00\x04", b"\x16\x03\x01\x02\x00\x01\x00"],
)  # fmt: skip
def test_garbage_on_the_port(server: Served, data: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.engine.port), 30) as other:
        other.sendall(data)
        other.shutdown(socket.SHUT_WR)
        other.settimeout(30)
        try:
            while other.recv(4096):
                pass
        except ConnectionResetError:
            pass
    assert server.run("SELECT 1") == [(1,)]


def framed(code: bytes, body: bytes) -> bytes:
    return code + struct.pack("!i", len(body) + 4) + body


STARTUP = framed(b"", struct.pack("!i", 196_608) + b"user\0root\0database\0dev\0\0")


@pytest.mark.parametrize(
    ("data", "sqlstate"),
    [
        (framed(b"Q", b"SELECT '\xff\xfe'\0"), b"22021"),
        (framed(b"Q", b"SELECT 1"), b"08P01"),  # not ended by a zero byte
        (framed(b"?", b"what"), b"08P01"),
        (b"Q" + struct.pack("!i", 3), b"08P01"),
        (b"Q" + struct.pack("!i", 2_000_000_000), b"54000"),
        (framed(b"B", b"\0nothing\0" + struct.pack("!HHH", 0, 0, 0)) + framed(b"S", b""), b"26000"),
        (framed(b"P", b"\0SELECT $1::int\0" + struct.pack("!H", 0)) + framed(b"B", b"\0\0" + struct.pack("!HH", 0, 9)), b"08P01"),
        (framed(b"P", b"\0SELECT $1::int\0" + struct.pack("!H", 0))
         + framed(b"B", b"\0\0" + struct.pack("!HHHi", 1, 1, 1, 2) + b"\0\1" + struct.pack("!H", 0)) + framed(b"S", b""), b"08P01"),
        (framed(b"P", b"\0SELECT $1::int\0" + struct.pack("!H", 0))
         + framed(b"B", b"\0\0" + struct.pack("!HHHi", 1, 1, 1, 8) + bytes(8) + struct.pack("!H", 0)) + framed(b"S", b""), b"22P03"),
        (framed(b"Q", b"COPY c FROM STDIN\0") + framed(b"d", b"1\t2\t3\n") + framed(b"c", b""), b"22P04"),
        (framed(b"Q", b"COPY c FROM STDIN\0") + framed(b"d", b"\xff\n") + framed(b"c", b""), b"22"),
        (framed(b"Q", b"COPY c FROM STDIN\0") + framed(b"f", b"no more\0"), b"57014"),
        (b"Q" + struct.pack("!i", 100) + b"SELECT", None),  # and then nothing more
    ],
)  # fmt: skip
def test_wrong_messages(server: Served, data: bytes, sqlstate: bytes | None) -> None:
    """A message that can't be is answered with an error; all else goes on."""
    server.run("CREATE TABLE IF NOT EXISTS c (a int)")
    with socket.create_connection(("127.0.0.1", server.engine.port), 30) as other:
        other.settimeout(30)
        other.sendall(STARTUP)
        answer = b""
        while not answer.endswith(b"Z\0\0\0\5I"):
            answer += other.recv(4096)
        other.sendall(data)
        other.shutdown(socket.SHUT_WR)
        answer = b""
        while more := other.recv(4096):
            answer += more
    if sqlstate is not None:
        assert b"\0C" + sqlstate in answer, answer
    assert server.run("SELECT * FROM c") == []


def test_clients_that_leave_amid_a_statement(server: Served) -> None:
    server.run("CREATE TABLE left_alone (a int)")
    queries = ("INSERT INTO left_alone SELECT generate_series(1, 3000)", "CREATE MATERIALIZED VIEW mv{} AS SELECT a FROM left_alone",
               "SELECT count(*) FROM left_alone x, left_alone y", "DELETE FROM left_alone")  # fmt: skip
    for number in range(60):
        with socket.create_connection(("127.0.0.1", server.engine.port), 30) as other:
            other.sendall(STARTUP + framed(b"Q", queries[number % 4].format(number).encode() + b"\0"))
            time.sleep(0.004 * (number % 5))
    server.run("CREATE TABLE stayed (a int)")
    server.run("INSERT INTO stayed VALUES (1)")
    assert server.run("SELECT * FROM stayed") == [(1,)]


def test_a_broker_that_does_not_answer(server: Served) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        with psycopg.connect(server.engine.address, autocommit=True) as other:
            answers = 0

            def create() -> Any:
                with pytest.raises(psycopg.Error) as caught:
                    server.run(
                        "CREATE SOURCE nobody (a int) WITH (connector = 'kafka', topic = 't',"
                        f" properties.bootstrap.server = '{address}') FORMAT PLAIN ENCODE JSON"
                    )
                assert caught.value.sqlstate == "08001"

            thread = threading.Thread(target=create)
            thread.start()
            while thread.is_alive():
                other.execute("SELECT 1")
                answers += 1
                time.sleep(0.05)
            assert answers > 10, "other sessions do not wait for the broker"
    assert server.run("SELECT count(*) FROM pg_class WHERE relname = 'nobody'") == [(0,)]


def test_a_broker_that_goes_and_comes_back(server: Served, own_broker: Broker) -> None:
    topic = own_broker.create_topic(uuid.uuid4().hex[:8])
    server.run(
        f"CREATE SOURCE gone (id bigint) WITH (connector = 'kafka', topic = '{topic}',"
        f" properties.bootstrap.server = '{own_broker.address}') FORMAT PLAIN ENCODE JSON"
    )
    server.run("CREATE MATERIALIZED VIEW of_gone AS SELECT count(*) AS n, sum(id)::bigint AS total FROM gone")
    feed = Feed(own_broker.address, topic)
    feed.send([b'{"id": %d}' % i for i in range(100)])
    feed.close()
    eventually(lambda: server.run("SELECT * FROM of_gone"), [(100, 4950)])
    own_broker.stop()
    eventually(lambda: server.run("SELECT state FROM sabot.sources WHERE name = 'gone'"), [("failing",)])
    assert server.run("SELECT * FROM of_gone") == [(100, 4950)]
    eventually(lambda: server.run("SELECT checkpointed_epoch >= epoch FROM sabot.checkpoints"), [(True,)])
    server.kill()  # it starts without the broker, too
    assert server.run("SELECT * FROM of_gone") == [(100, 4950)]
    own_broker.start()
    feed = Feed(own_broker.address, topic)
    feed.send([b'{"id": %d}' % i for i in range(100, 200)])
    feed.close()
    eventually(lambda: server.run("SELECT * FROM of_gone"), [(200, 19900)])
    server.run("DROP SOURCE gone CASCADE")

"""A server whose broker is away: it stops and starts in time, serves its views, takes DML, and goes on when the broker is back."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

import psycopg
import pytest
from sabot.executor.connectors.kafka.feed import Feed

from ..broker import Broker
from ..serving import Served
from .outside import committed, eventually


def send(broker: Broker, topic: str, ids: range) -> None:
    feed = Feed(broker.address, topic)
    feed.send([b'{"id": %d}' % i for i in ids])
    feed.close()


@pytest.mark.slow
@pytest.mark.parametrize("kill", [True, False])
def test_restarts_without_a_broker(tmp_path: Path, own_broker: Broker, kill: bool) -> None:
    source, sink = (own_broker.create_topic(uuid.uuid4().hex[:8]) for _ in range(2))
    where = f"connector = 'kafka', properties.bootstrap.server = '{own_broker.address}'"
    server = Served(tmp_path / "data")
    try:
        server.run(f"CREATE SOURCE s (id bigint) WITH ({where}, topic = '{source}') FORMAT PLAIN ENCODE JSON")
        server.run("CREATE TABLE names (id bigint PRIMARY KEY, name text)")
        server.run("INSERT INTO names VALUES (1, 'one'), (150, 'hundred and fifty')")
        server.run("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n, sum(id)::bigint AS total FROM s")
        server.run("CREATE MATERIALIZED VIEW named AS SELECT s.id, name FROM s JOIN names ON s.id = names.id")
        server.run(f"CREATE SINK out AS SELECT id FROM s WITH ({where}, topic = '{sink}') FORMAT PLAIN ENCODE JSON")
        server.run(f"CREATE SINK out2 AS SELECT id, name FROM names WITH ({where}, topic = '{sink}', primary_key = 'id') FORMAT UPSERT ENCODE JSON")
        send(own_broker, source, range(100))
        eventually(lambda: server.run("SELECT * FROM v"), [(100, 4950)])
        server.run("CHECKPOINT")
        own_broker.stop()
        server.run("INSERT INTO names VALUES (99, 'ninety-nine')")
        for _ in range(2):
            began = time.monotonic()
            code = server.engine.stop(kill=kill)
            assert kill or code == 0
            assert time.monotonic() - began < 25, "it does not wait for the broker"
            server.engine.start()
            server.reconnect()
            assert server.run("SELECT * FROM v") == [(100, 4950)]
            assert sorted(server.run("SELECT * FROM named")) == [(1, "one"), (99, "ninety-nine")]
        with pytest.raises(psycopg.Error) as refused:
            server.run("CREATE MATERIALIZED VIEW more AS SELECT max(id) FROM s")
        assert refused.value.sqlstate == "08001"
        assert server.run("SELECT count(*) FROM pg_class WHERE relname = 'more'") == [(0,)]
        own_broker.start()
        send(own_broker, source, range(100, 200))
        eventually(lambda: server.run("SELECT * FROM v"), [(200, 19900)])
        eventually(lambda: len(server.run("SELECT * FROM named")), 3)
        eventually(lambda: sorted(v["id"] for _, v in committed(own_broker, sink) if "name" not in v), list(range(200)))
        eventually(lambda: sorted(v["id"] for _, v in committed(own_broker, sink) if "name" in v), [1, 99, 150])
    finally:
        server.close()


def test_a_view_that_is_to_be_filled_again_waits_for_the_broker(tmp_path: Path, own_broker: Broker) -> None:
    """Killed before the view's first checkpoint, started without the broker: the view is kept, and full in the end."""
    topic = own_broker.create_topic(uuid.uuid4().hex[:8])
    server = Served(tmp_path / "data", {"SABOT_CHECKPOINT_SECONDS": "60"})
    try:
        server.run(
            f"CREATE SOURCE s (id bigint) WITH (connector = 'kafka', topic = '{topic}',"
            f" properties.bootstrap.server = '{own_broker.address}') FORMAT PLAIN ENCODE JSON"
        )
        send(own_broker, topic, range(100))
        server.run("CREATE MATERIALIZED VIEW first AS SELECT count(*) AS n FROM s")
        eventually(lambda: server.run("SELECT * FROM first"), [(100,)])
        server.run("CHECKPOINT")
        server.run("CREATE MATERIALIZED VIEW second AS SELECT max(id) AS most FROM s")
        own_broker.stop()
        server.kill()
        time.sleep(2)
        assert server.run("SELECT * FROM first") == [(100,)]
        assert server.run("SELECT state FROM sabot.jobs WHERE name = 'second'") == [("backfilling",)]
        own_broker.start()
        eventually(lambda: server.run("SELECT state FROM sabot.jobs WHERE name = 'second'"), [("running",)])
        assert server.run("SELECT * FROM second") == [(99,)]
    finally:
        server.close()


def test_a_source_from_the_latest_offset_goes_on_where_it_began(tmp_path: Path, broker: Broker) -> None:
    """Messages that come while the server is down are read, also when none had come before."""
    topic = broker.create_topic(uuid.uuid4().hex[:8])
    send(broker, topic, range(5))
    server = Served(tmp_path / "data")
    try:
        server.run(
            f"CREATE SOURCE s (id bigint) WITH (connector = 'kafka', topic = '{topic}', scan.startup.mode = 'latest',"
            f" properties.bootstrap.server = '{broker.address}') FORMAT PLAIN ENCODE JSON"
        )
        server.run("CREATE MATERIALIZED VIEW v AS SELECT id FROM s")
        eventually(lambda: server.run("SELECT offsets::text FROM sabot.sources") != [(None,)], True)
        server.run("CHECKPOINT")
        server.engine.stop(kill=True)
        send(broker, topic, range(5, 8))
        server.engine.start()
        server.reconnect()
        eventually(lambda: sorted(server.run("SELECT * FROM v")), [(5,), (6,), (7,)])
    finally:
        server.close()

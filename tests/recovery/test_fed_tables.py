"""Changes by users of rows that a source or a sink brought into a table: killed before the next checkpoint, they hold."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from sabot.executor.connectors.kafka.feed import Feed

from ..broker import Broker
from ..serving import Served
from .outside import eventually


@pytest.mark.parametrize("through", ["connector", "sink"])
def test_rows_of_a_source(broker: Broker, tmp_path: Path, through: str) -> None:
    topic = broker.create_topic(uuid.uuid4().hex[:8])
    where = f"connector = 'kafka', topic = '{topic}', properties.bootstrap.server = '{broker.address}'"
    server = Served(tmp_path / "data", {"SABOT_CHECKPOINT_SECONDS": "30"})
    feed = Feed(broker.address, topic)
    try:
        if through == "connector":
            server.run(f"CREATE TABLE t (id bigint PRIMARY KEY, v text) WITH ({where}) FORMAT PLAIN ENCODE JSON")
        else:
            server.run("CREATE TABLE t (id bigint PRIMARY KEY, v text)")
            server.run(f"CREATE SOURCE s (id bigint, v text) WITH ({where}) FORMAT PLAIN ENCODE JSON")
            server.run("CREATE SINK into_t INTO t AS SELECT id, v FROM s")
        server.run("CREATE MATERIALIZED VIEW mv AS SELECT v, count(*) AS n FROM t GROUP BY v")
        for round in range(3):
            first = round * 10
            feed.send([b'{"id": %d, "v": "old"}' % i for i in range(first, first + 10)])
            feed.flush()
            eventually(lambda first=first: server.run(f"SELECT count(*) FROM t WHERE id BETWEEN {first} AND {first + 9}"), [(10,)])
            server.run(f"UPDATE t SET v = 'new' WHERE id % 10 < 4 AND id BETWEEN {first} AND {first + 9}")
            server.run(f"DELETE FROM t WHERE id % 10 = 9 AND id BETWEEN {first} AND {first + 9}")
            server.run(f"INSERT INTO t VALUES ({1000 + round}, 'own')")
            with server.transaction() as run:
                run(f"UPDATE t SET v = 'newer' WHERE id = {first}")
                run(f"DELETE FROM t WHERE id = {first + 1}")
            server.kill()
            done = round + 1
            expected = [("new", 2 * done), ("newer", done), ("old", 5 * done), ("own", done)]
            eventually(lambda: sorted(server.run("SELECT * FROM mv")), expected)
            assert sorted(server.run("SELECT v, count(*) FROM t GROUP BY v")) == expected
    finally:
        feed.close()
        server.close()

"""kill -9 under concurrent DML: every acknowledged row is there afterwards, and views equal their query."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import psycopg
import pytest

from ..serving import Served

WRITERS = 4
VIEWS = {
    "totals": "SELECT writer, count(*) AS n, sum(amount) AS total FROM payment GROUP BY writer",
    "joined": "SELECT p.writer, w.name, p.seq FROM payment p JOIN writer w ON p.writer = w.id WHERE p.amount % 3 = 0",
    "per_name": "SELECT name, count(*) AS n FROM joined GROUP BY name",
    "latest": "SELECT writer, seq FROM (SELECT *, row_number() OVER (PARTITION BY writer ORDER BY seq DESC) AS r"
    " FROM payment) t WHERE r <= 2",
}


class Writer(threading.Thread):
    """Inserts (writer, seq), now and then updates and deletes of its own; knows what was acknowledged.

    `certain`: seq -> amount as acknowledged; `doubtful`: seqs of the statement that the kill cut off.
    """

    def __init__(self, address: str, number: int, certain: dict[int, int], first: int) -> None:
        super().__init__(daemon=True)
        self.address, self.number, self.certain, self.seq = address, number, certain, first
        self.doubtful: set[int] = set()

    def run(self) -> None:
        chance = random.Random(self.number * 1000 + self.seq)
        try:
            with psycopg.connect(self.address, autocommit=True) as connection:
                while True:
                    self._change(connection, chance)
        except psycopg.OperationalError:
            return

    def _change(self, connection: psycopg.Connection, chance: random.Random) -> None:
        kind = chance.random()
        if kind < 0.7 or len(self.certain) < 5:
            mine = list(range(self.seq, self.seq + chance.choice((1, 1, 1, 20))))
            self.seq = mine[-1] + 1
            self.doubtful = set(mine)
            values = ", ".join(f"({self.number}, {s}, {s % 10})" for s in mine)
            connection.execute(f"INSERT INTO payment VALUES {values}")
            self.certain |= {s: s % 10 for s in mine}
        else:
            seq = chance.choice(list(self.certain))
            self.doubtful = {seq}
            where = f"WHERE writer = {self.number} AND seq = {seq}"
            if kind < 0.85:
                connection.execute(f"UPDATE payment SET amount = amount + 1 {where}")
                self.certain[seq] += 1
            else:
                connection.execute(f"DELETE FROM payment {where}")
                del self.certain[seq]
        self.doubtful = set()


def check_views(server: Served) -> None:
    for name, query in VIEWS.items():
        assert sorted(server.run(f"SELECT * FROM {name}")) == sorted(server.run(query)), name


def kills(folder: Path, count: int, seed: int) -> None:
    chance = random.Random(seed)
    server = Served(folder)
    try:
        server.run("CREATE TABLE writer (id int PRIMARY KEY, name text)")
        server.run("CREATE TABLE payment (writer int, seq int, amount int, PRIMARY KEY (writer, seq))")
        server.run(f"INSERT INTO writer SELECT i, 'w' || i FROM generate_series(0, {WRITERS - 2}) i")
        for name, query in VIEWS.items():
            server.run(f"CREATE MATERIALIZED VIEW {name} AS {query}")
        certain: list[dict[int, int]] = [{} for _ in range(WRITERS)]
        first = [0] * WRITERS
        for _ in range(count):
            writers = [Writer(server.engine.address, i, certain[i], first[i]) for i in range(WRITERS)]
            for writer in writers:
                writer.start()
            time.sleep(chance.uniform(0.2, 2.0))
            server.kill()
            for writer in writers:
                writer.join(20)
                assert not writer.is_alive()
            found: list[dict[int, int]] = [{} for _ in range(WRITERS)]
            for number, seq, amount in server.run("SELECT * FROM payment"):
                found[number][seq] = amount
            for i, writer in enumerate(writers):
                sure = {s: a for s, a in certain[i].items() if s not in writer.doubtful}
                assert {s: a for s, a in found[i].items() if s not in writer.doubtful} == sure
                cut_off = writer.doubtful & (found[i].keys() ^ certain[i].keys())
                assert cut_off in (set(), writer.doubtful), "a statement is applied as a whole or not at all"
                certain[i], first[i] = found[i], writer.seq
            check_views(server)
        assert all(len(c) > 0 for c in certain)
    finally:
        server.close()


def test_acknowledged_rows_survive_kills(tmp_path: Path) -> None:
    kills(tmp_path / "data", 3, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_acknowledged_rows_survive_many_kills(tmp_path: Path) -> None:
    kills(tmp_path / "data", 30, seed=2)

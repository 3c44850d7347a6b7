"""The server killed again and again at random moments: `python -m tests.recovery.kills --kills 50 --seed 1`.

Several connections write (single statements and transactions), another makes and removes views, tables and sinks, Kafka
brings rows in, and the parts of `kill_parts.py` do what else there is. SIGKILL comes at any moment: amid checkpoints, DDL,
backfills, and recovery itself. After each one:

- every acknowledged change is there, a statement or transaction that was cut off as a whole or not at all;
- every view equals its query over the same rows, read at one epoch;
- every object whose creation or removal was acknowledged is there, or gone.

At the end every row sent to Kafka is in the view of the source once, and in each sink exactly once.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq

from ..broker import Broker
from ..serving import Served
from .kill_parts import PARTS, Part
from .outside import Producing, committed, eventually

WRITERS = 4
ACCOUNTS = 6
VIEWS = {
    "totals": "SELECT writer, count(*) AS n, sum(amount) AS total FROM payment GROUP BY writer",
    "joined": "SELECT p.writer, w.name, p.seq, p.amount FROM payment p JOIN writer w ON p.writer = w.id WHERE p.amount % 3 = 0",
    "padded": "SELECT w.id, p.seq FROM writer w LEFT JOIN payment p ON p.writer = w.id AND p.amount = 4",
    "per_name": "SELECT name, count(*) AS n, min(amount) AS least FROM joined GROUP BY name",
    "latest": "SELECT writer, seq FROM (SELECT *, row_number() OVER (PARTITION BY writer ORDER BY seq DESC) AS r"
    " FROM payment) t WHERE r <= 2",
    "running": "SELECT writer, seq, sum(amount) OVER (PARTITION BY writer ORDER BY seq) AS so_far FROM payment WHERE seq % 5 = 0",
    "amounts": "SELECT DISTINCT amount FROM payment",
    "lone": "SELECT id FROM writer WHERE NOT EXISTS (SELECT 1 FROM payment p WHERE p.writer = writer.id AND p.amount > 8)",
    "balances": "SELECT a.id, a.balance, 100 + coalesce(sum(m.amount), 0) AS booked FROM account a"
    " LEFT JOIN movement m ON m.account = a.id GROUP BY a.id, a.balance",
    "copy": "SELECT * FROM event",
    "per_group": "SELECT grp, count(*) AS n, sum(id) AS total FROM event GROUP BY grp",
    "matched": "SELECT e.grp, p.writer, count(*) AS n FROM event e JOIN payment p ON p.seq = e.id GROUP BY e.grp, p.writer",
}
TEMPORARY = {
    "view": "SELECT writer, max(seq) AS last FROM payment GROUP BY writer",
    "large": "SELECT b.k, count(*) AS n FROM bulk b LEFT JOIN payment p ON p.amount = b.k GROUP BY b.k",
    "source": "SELECT grp, max(id) AS last FROM event GROUP BY grp",
}
Found = dict[int, int]


@dataclass(eq=False, repr=False)
class Client(threading.Thread):
    """A connection that changes things until the server is gone. `doubtful`: what the kill cut off."""

    address: str
    chance: random.Random
    error: BaseException | None = None
    done: int = 0

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def run(self) -> None:
        try:
            with psycopg.connect(self.address, autocommit=True) as connection:
                while True:
                    self.change(connection)
                    self.done += 1
        except psycopg.Rollback:
            return  # the server was gone before the transaction was rolled back
        except psycopg.OperationalError as e:
            if e.sqlstate is not None and e.sqlstate[:2] not in ("57", "08"):
                self.error = e
        except BaseException as e:
            self.error = e

    def change(self, connection: psycopg.Connection[Any]) -> None:
        raise NotImplementedError

    def name_of(self) -> str:
        return type(self).__name__


@dataclass(eq=False, repr=False)
class Writer(Client):
    """Inserts (writer, seq), now and then updates and deletes. `certain`: seq -> amount as acknowledged."""

    number: int = 0
    certain: Found = field(default_factory=dict)
    seq: int = 0
    doubtful: set[int] = field(default_factory=set)

    def change(self, connection: psycopg.Connection[Any]) -> None:
        kind = self.chance.random()
        if kind < 0.7 or len(self.certain) < 5:
            mine = list(range(self.seq, self.seq + self.chance.choice((1, 1, 1, 20))))
            self.seq = mine[-1] + 1
            self.doubtful = set(mine)
            values = ", ".join(f"({self.number}, {s}, {s % 10})" for s in mine)
            connection.execute(f"INSERT INTO payment VALUES {values}")
            self.certain |= {s: s % 10 for s in mine}
        else:
            seq = self.chance.choice(list(self.certain))
            self.doubtful = {seq}
            where = f"WHERE writer = {self.number} AND seq = {seq}"
            if kind < 0.85:
                connection.execute(f"UPDATE payment SET amount = amount + 1 {where}")
                self.certain[seq] += 1
            else:
                connection.execute(f"DELETE FROM payment {where}")
                del self.certain[seq]
        self.doubtful = set()


@dataclass(eq=False, repr=False)
class Mover(Client):
    """Moves money between accounts in transactions of several statements, each booked twice in `movement`."""

    moved: list[int] = field(default_factory=list)  # ids drawn from a sequence, of acknowledged transactions

    def change(self, connection: psycopg.Connection[Any]) -> None:
        a, b = self.chance.sample(range(ACCOUNTS), 2)
        amount = self.chance.randint(1, 9)
        row = None
        try:
            with connection.transaction():
                connection.execute(f"UPDATE account SET balance = balance - {amount} WHERE id = {a}")
                connection.execute(f"INSERT INTO movement (account, amount) VALUES ({a}, {-amount})")
                if self.chance.random() < 0.1:
                    raise psycopg.Rollback
                connection.execute(f"UPDATE account SET balance = balance + {amount} WHERE id = {b}")
                row = connection.execute(
                    f"INSERT INTO movement (account, amount) VALUES ({b}, {amount}) RETURNING id"
                ).fetchone()
            if row is not None:
                self.moved.append(row[0])
        except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected):
            pass


@dataclass(eq=False, repr=False)
class Toucher(Client):
    """Changes rows that a sink has just brought into a table. `touched`: acknowledged ids; `doubtful`: the cut-off one."""

    touched: set[int] = field(default_factory=set)
    doubtful: int | None = None

    def change(self, connection: psycopg.Connection[Any]) -> None:
        time.sleep(self.chance.uniform(0, 0.1))
        row = connection.execute("SELECT max(id) FROM mirror").fetchone()
        if row is None or row[0] is None:
            return
        self.doubtful = row[0]
        connection.execute(f"UPDATE mirror SET grp = -1 WHERE id = {row[0]}")
        self.touched.add(row[0])
        self.doubtful = None


@dataclass(eq=False, repr=False)
class Builder(Client):
    """Makes, changes and removes objects. `there`: acknowledged ones by name, with their kind; `doubtful`: the cut-off one."""

    where: str = ""
    folder: Path = Path()
    there: dict[str, str] = field(default_factory=dict)
    doubtful: str | None = None
    next: int = 0

    def change(self, connection: psycopg.Connection[Any]) -> None:
        time.sleep(self.chance.uniform(0, 0.03))
        if len(self.there) > 5 or (self.there and self.chance.random() < 0.3):
            name = self.chance.choice(list(self.there))
            kind = self.there.pop(name)
            self.doubtful = name
            connection.execute(f"DROP {self._word(kind)} {name}")
        elif self.there and self.chance.random() < 0.3:
            name = self.chance.choice(list(self.there))
            kind = self.there[name]
            if kind != "table":
                return
            self.doubtful = name
            connection.execute(f"ALTER TABLE {name} ADD COLUMN c{self.chance.randrange(10**9)} int DEFAULT 7")
        else:
            kind = self.chance.choice([*TEMPORARY, *TEMPORARY, "table", "as", "sink", "rename"])
            name = f"tmp_{kind}_{self.next}"
            self.next += 1
            self.doubtful = name
            self._create(connection, kind, name)
            self.there[name] = "table" if kind == "as" else "view" if kind == "rename" else kind
        self.doubtful = None

    def _create(self, connection: psycopg.Connection[Any], kind: str, name: str) -> None:
        match kind:
            case "table":
                connection.execute(f"CREATE TABLE {name} (a int, b serial)")
                connection.execute(f"INSERT INTO {name} (a) SELECT generate_series(1, 50)")
            case "as":
                connection.execute(f"CREATE TABLE {name} AS SELECT * FROM payment LIMIT 50")
            case "sink":
                connection.execute(
                    f"CREATE SINK {name} AS SELECT * FROM event WHERE id % 7 = 3"
                    f" WITH (connector = 'file', path = '{self.folder / name}')"
                )
            case "rename":
                connection.execute(f"CREATE MATERIALIZED VIEW {name}_old AS {TEMPORARY['view']}")
                connection.execute(f"ALTER MATERIALIZED VIEW {name}_old RENAME TO {name}")
            case _:
                connection.execute(f"CREATE MATERIALIZED VIEW {name} AS {TEMPORARY[kind]}")

    @staticmethod
    def _word(kind: str) -> str:
        return {"table": "TABLE", "sink": "SINK"}.get(kind, "MATERIALIZED VIEW")


@dataclass(eq=False, repr=False)
class Migrator(Client):
    """Takes a schema from version to version, each in one transaction. `version`: the acknowledged one."""

    version: int = 0

    def change(self, connection: psycopg.Connection[Any]) -> None:
        time.sleep(self.chance.uniform(0, 0.05))
        new = self.version + 1
        steps = [
            f"INSERT INTO ledger (k) VALUES ({new})",
            f"CREATE TABLE version_{new} (n int)",
            f"INSERT INTO version_{new} VALUES ({new})",
            f"DROP TABLE version_{self.version}",
            "DROP MATERIALIZED VIEW booked",
            f"ALTER TABLE ledger ADD COLUMN c{new} int DEFAULT {new}",
            f"ALTER TABLE ledger DROP COLUMN c{new - 1}",
            f"CREATE MATERIALIZED VIEW booked AS SELECT count(*) AS n, sum(c{new}) AS total FROM ledger",
        ]
        with connection.transaction():
            for step in steps:
                connection.execute(step)
                if self.chance.random() < 0.03:
                    raise psycopg.Rollback
            self.version = -new  # in doubt from here on
        if self.version < 0:
            self.version = new


@dataclass(eq=False, repr=False)
class Doing(Client):
    """The client of a part."""

    part: Part | None = None
    connected: bool = False

    def change(self, connection: psycopg.Connection[Any]) -> None:
        assert self.part is not None
        if not self.connected:
            self.part.connected(connection)
            self.connected = True
        self.part.change(connection)

    def name_of(self) -> str:
        return type(self.part).__name__


class Scenario:
    """One server and its world. `run` kills it and checks, `finish` compares the sinks."""

    def __init__(self, broker: Broker, folder: Path, seed: int) -> None:
        self.broker, self.folder = broker, folder
        self.chance = random.Random(seed)
        names = [uuid.uuid4().hex[:8] for _ in range(3)]
        self.source, self.plain, self.upsert = (broker.create_topic(n, p) for n, p in zip(names, (3, 1, 1)))
        self.where = f"connector = 'kafka', properties.bootstrap.server = '{broker.address}'"
        interval = self.chance.choice(("1", "0.2", "0.05"))
        self.server = Served(folder / "data", {"SABOT_CHECKPOINT_SECONDS": interval})
        self.producing = Producing(broker, self.source)
        self.certain: list[Found] = [{} for _ in range(WRITERS)]
        self.first = [0] * WRITERS
        self.builder: Builder | None = None
        self.there: dict[str, str] = {}
        self.built = 0
        self.moved: list[int] = []
        self.version = 0
        self.touched: set[int] = set()
        self.maybe_touched: set[int] = set()
        self.statements: Counter[str] = Counter()
        self.slowest = 0.0
        self.parts = [kind(self._random(), folder) for kind in PARTS]

    def create(self) -> None:
        run, where = self.server.run, self.where
        run("CREATE TABLE writer (id int PRIMARY KEY, name text)")
        run("CREATE TABLE payment (writer int, seq int, amount int, PRIMARY KEY (writer, seq))")
        run("CREATE TABLE account (id int PRIMARY KEY, balance bigint)")
        run("CREATE TABLE movement (id bigserial PRIMARY KEY, account int, amount int)")
        run("CREATE TABLE bulk (k int, v text)")
        run("CREATE TABLE ledger (k int PRIMARY KEY, c0 int)")
        run("CREATE TABLE version_0 (n int)")
        run("INSERT INTO version_0 VALUES (0)")
        run("CREATE MATERIALIZED VIEW booked AS SELECT count(*) AS n, sum(c0) AS total FROM ledger")
        run("CREATE TABLE mirror (id bigint PRIMARY KEY, grp int)")
        run(f"INSERT INTO writer SELECT i, 'w' || i FROM generate_series(0, {WRITERS - 2}) i")
        run(f"INSERT INTO account SELECT i, 100 FROM generate_series(0, {ACCOUNTS - 1}) i")
        run("INSERT INTO bulk SELECT i % 12, 'value ' || i FROM generate_series(1, 60000) i")
        run(f"CREATE SOURCE event (id bigint, grp int) WITH ({where}, topic = '{self.source}') FORMAT PLAIN ENCODE JSON")
        for name, query in VIEWS.items():
            run(f"SET streaming_parallelism TO {self.chance.choice((1, 1, 3))}")
            run(f"CREATE MATERIALIZED VIEW {name} AS {query}")
        run("RESET streaming_parallelism")
        for part in self.parts:
            part.create(run)
        run(f"CREATE SINK plain AS SELECT id, grp * 10 AS ten FROM event WHERE id % 2 = 0"
            f" WITH ({where}, topic = '{self.plain}') FORMAT PLAIN ENCODE JSON")  # fmt: skip
        run(f"CREATE SINK up FROM per_group WITH ({where}, topic = '{self.upsert}', primary_key = 'grp')"
            " FORMAT UPSERT ENCODE JSON")  # fmt: skip
        run(f"CREATE SINK files AS SELECT id, grp FROM event WHERE id % 3 = 0"
            f" WITH (connector = 'file', path = '{self.folder / 'files'}')")  # fmt: skip
        run(f"CREATE SINK changes FROM totals WITH (connector = 'file', type = 'changelog', path = '{self.folder / 'changes'}')")
        run("CREATE SINK inward INTO mirror AS SELECT id, grp FROM event WHERE id % 5 = 0")
        self.producing.start()

    def run(self, kills: int) -> None:
        for _ in range(kills):
            clients = self._clients()
            for client in clients:
                client.start()
            time.sleep(self.chance.choice((0.02, 0.2, 1.0, 2.5)) * self.chance.uniform(0.5, 1.5))
            began = time.monotonic()
            # Often it is killed again while it recovers.
            again = [self.chance.uniform(0, 0.15) for _ in range(self.chance.choice((0, 0, 1, 3)))]
            self.server.kill(again)
            self.slowest = max(self.slowest, time.monotonic() - began - sum(again))
            for client in clients:
                client.join(30)
                assert not client.is_alive(), f"{client} hangs"
                if client.error is not None:
                    raise client.error
                self.statements[client.name_of()] += client.done
            self._check(clients)

    def _clients(self) -> list[Client]:
        address = self.server.engine.address
        clients: list[Client] = []
        for i in range(WRITERS):
            clients.append(Writer(address, self._random(), number=i, certain=self.certain[i], seq=self.first[i]))
        clients += [Mover(address, self._random()) for _ in range(2)]
        clients.append(Toucher(address, self._random()))
        clients.append(Migrator(address, self._random(), version=self.version))
        clients += [Doing(address, self._random(), part=part) for part in self.parts]
        clients.append(Builder(address, self._random(), where=self.where, folder=self.folder, there=self.there, next=self.built))
        return clients

    def _random(self) -> random.Random:
        return random.Random(self.chance.random())

    def _check(self, clients: list[Client]) -> None:
        for client in clients:
            match client:
                case Writer():
                    self._check_writer(client)
                case Mover():
                    self.moved += client.moved
                case Toucher():
                    self.touched |= client.touched
                    if client.doubtful is not None:
                        self.maybe_touched.add(client.doubtful)
                    assert self.server.run(f"SELECT count(*) FROM mirror WHERE grp = -1 AND id IN ({self._ids()})") == [
                        (len(self.touched),)
                    ], "a change of a row that a sink brought is lost"
                case Migrator():
                    self._check_version(client)
                case Builder():
                    self._check_objects(client)
        self._check_accounts()
        self.check_views(VIEWS)
        for part in self.parts:
            part.check(self.server.run)
            self.check_views(part.views)
        self.check_views({n: TEMPORARY["view" if "rename" in n else k] for n, k in self.there.items() if k in TEMPORARY})

    def _ids(self) -> str:
        return ", ".join(map(str, self.touched or {-1}))

    def _check_writer(self, writer: Writer) -> None:
        i = writer.number
        found = dict(self.server.run(f"SELECT seq, amount FROM payment WHERE writer = {i}"))
        sure = {s: a for s, a in writer.certain.items() if s not in writer.doubtful}
        assert {s: a for s, a in found.items() if s not in writer.doubtful} == sure, f"writer {i}: acknowledged rows"
        cut_off = writer.doubtful & (found.keys() ^ writer.certain.keys())
        assert cut_off in (set(), writer.doubtful), "a statement is applied as a whole or not at all"
        self.certain[i], self.first[i] = found, writer.seq

    def _check_version(self, migrator: Migrator) -> None:
        tables = self.server.run("SELECT relname FROM pg_class WHERE relname LIKE 'version%'")
        assert len(tables) == 1, f"a migration was torn: {tables}"
        self.version = int(tables[0][0].removeprefix("version_"))
        before = abs(migrator.version)
        sure = (before,) if migrator.version >= 0 else (before - 1, before)
        assert self.version in (*sure, before + 1), f"version {self.version} after {migrator.version}"
        assert self.server.run(f"SELECT n FROM {tables[0][0]}") == [(self.version,)]
        columns = self.server.run("SELECT attname FROM pg_attribute WHERE attrelid = 'ledger'::regclass AND attnum > 1 AND NOT attisdropped")
        assert columns == [(f"c{self.version}",)]
        eventually(lambda: self._ready("booked"), True)
        ledger = self.server.run(f"SELECT count(*), sum(c{self.version}) FROM ledger")
        assert ledger[0][0] == self.version and self.server.run("SELECT * FROM booked") == ledger

    def _check_accounts(self) -> None:
        assert self.server.run("SELECT sum(balance) FROM account") == [(100 * ACCOUNTS,)], "a transaction was torn"
        assert self.server.run("SELECT id FROM balances WHERE balance <> booked") == []
        ids = {i for (i,) in self.server.run("SELECT id FROM movement")}
        assert ids.issuperset(self.moved), "an acknowledged transaction is lost"

    def _check_objects(self, builder: Builder) -> None:
        names = {n for (n,) in self.server.run("SELECT relname FROM pg_class WHERE relname LIKE 'tmp%' AND relkind <> 'S'"
                                               " UNION SELECT name FROM sabot.jobs WHERE name LIKE 'tmp%'")}  # fmt: skip
        sure = {n for n in builder.there if n != builder.doubtful}
        rest = names - sure
        assert sure <= names, f"objects are lost: {sure - names}"
        allowed = {builder.doubtful, f"{builder.doubtful}_old"}
        assert rest <= allowed, f"objects came back: {rest - allowed}"
        for name in rest:
            kind = next(k for k in ("table", "sink", "view") if self._is(name, k))
            self.server.run(f"DROP {Builder._word(kind)} {name}")
        self.there = {n: k for n, k in builder.there.items() if n in sure}
        self.built = builder.next
        for name, kind in self.there.items():
            if kind == "table":
                assert self.server.run(f"SELECT count(*) FROM {name}")[0][0] <= 50
                self.server.run(f"SELECT * FROM {name}")

    def _is(self, name: str, kind: str) -> bool:
        if kind == "sink":
            return not self.server.run(f"SELECT 1 FROM pg_class WHERE relname = '{name}'")
        letter = "r" if kind == "table" else "m"
        return bool(self.server.run(f"SELECT 1 FROM pg_class WHERE relname = '{name}' AND relkind = '{letter}'"))

    def check_views(self, views: dict[str, str]) -> None:
        """Each equals its query at one epoch. A source's rows are those of its copy."""
        for name, query in views.items():
            query = query.replace("FROM event", "FROM copy") if name != "copy" else "SELECT * FROM copy"
            eventually(lambda name=name: self._ready(name), True)
            difference = self.server.run(
                f"(SELECT * FROM {name} EXCEPT ALL ({query})) UNION ALL (({query}) EXCEPT ALL SELECT * FROM {name})"
            )
            assert difference == [], f"{name} differs from its query: {difference[:5]}"

    def _ready(self, name: str) -> bool:
        """A view whose creation was cut off is filled again beside everything else."""
        return self.server.run(f"SELECT state FROM sabot.jobs WHERE name = '{name}'") == [("running",)]

    def finish(self) -> None:
        total = self.producing.finish()
        groups = sorted((g, len(r := range(g, total, 7)), sum(r)) for g in range(7))
        eventually(lambda: sorted(self.server.run("SELECT grp, n, total::bigint FROM per_group")), groups, 60)
        assert sorted(self.server.run("SELECT * FROM copy")) == [(i, i % 7) for i in range(total)], "rows of the source"
        self.maybe_touched &= {i for (i,) in self.server.run("SELECT id FROM mirror WHERE grp = -1")}
        touched = self.touched | self.maybe_touched
        mirror = [(i, -1 if i in touched else i % 7) for i in range(0, total, 5)]
        assert sorted(self.server.run("SELECT * FROM mirror")) == mirror
        self.check_views(VIEWS)
        for part in self.parts:
            part.finish(self.server.run)
        even = [{"id": i, "ten": i % 7 * 10} for i in range(0, total, 2)]
        eventually(lambda: len(committed(self.broker, self.plain)) >= len(even), True)
        self.server.run("CHECKPOINT")
        time.sleep(1.5)  # nothing may follow
        rows = [value for _, value in committed(self.broker, self.plain)]
        doubled = [i for i, n in Counter(r["id"] for r in rows).items() if n > 1]
        assert not doubled, f"{len(doubled)} rows are sent twice, first {doubled[:5]}"
        lost = sorted({r["id"] for r in even} - {r["id"] for r in rows})
        assert not lost, f"{len(lost)} rows are not sent, first {lost[:5]}"
        assert sorted(rows, key=lambda r: r["id"]) == even
        eventually(self._upserted, groups)
        eventually(lambda: sorted(self._file_rows("files")), [(i, i % 7) for i in range(0, total, 3)])
        standing: Counter[Any] = Counter()
        totals = sorted(self.server.run("SELECT writer, n, total FROM totals"))

        def changed() -> list[Any]:
            standing.clear()
            for *row, op in self._file_rows("changes"):
                standing[tuple(row)] += op
            return sorted(r for r, n in standing.items() if n)

        eventually(changed, totals)
        assert set(standing.values()) <= {0, 1}
        for name, kind in self.there.items():
            if kind == "sink":
                ids = [r[0] for r in self._file_rows(name)]
                assert len(ids) == len(set(ids)), f"{name} has rows twice"

    def _upserted(self) -> list[tuple[int, int, int]]:
        newest = {key["grp"]: value for key, value in committed(self.broker, self.upsert)}
        return sorted((v["grp"], v["n"], v["total"]) for v in newest.values() if v is not None)

    def _file_rows(self, name: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for path in sorted((self.folder / name).glob("*.parquet")):
            found += [tuple(r.values()) for r in pq.read_table(path).to_pylist()]
        return found

    def close(self) -> None:
        self.producing.stopping.set()
        self.server.close()


def scenario(broker: Broker, folder: Path, kills: int, seed: int) -> str:
    """Run it; what was done, in one line."""
    world = Scenario(broker, folder, seed)
    try:
        world.create()
        world.run(kills)
        world.finish()
    finally:
        world.close()
    done = ", ".join(f"{n} by {who.lower()}" for who, n in sorted(world.statements.items()))
    return (
        f"seed {seed}: {kills} kills; acknowledged: {done}; {world.producing.sent} rows through Kafka;"
        f" slowest start {world.slowest:.2f} s"
    )


def main() -> int:
    parser = argparse.ArgumentParser("tests.recovery.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sabot-kills-") as directory:
        folder = Path(directory)
        (folder / "broker").mkdir()
        broker = Broker(folder / "broker")
        try:
            print(scenario(broker, folder, options.kills, options.seed))
        finally:
            broker.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())

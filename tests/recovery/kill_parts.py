"""What else goes on while the server is killed: each part has tables of its own, changes them and knows what must be there.

A part lives through all kills; `change` is one step of its client, `check` comes after each kill, `finish` at the end.
`sure` is what was acknowledged, `maybe` what will be there if the step that the kill cut off was done.
"""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import psycopg

from .outside import eventually

Run = Callable[[str], list[tuple[Any, ...]]]
Connection = psycopg.Connection[Any]


@dataclass(eq=False, repr=False)
class Part:
    chance: random.Random
    folder: Path
    sure: Any = None
    maybe: Any = None

    tables: ClassVar[str] = ""
    views: ClassVar[dict[str, str]] = {}
    begin: ClassVar[Any] = ()

    def create(self, run: Run) -> None:
        for statement in filter(str.strip, self.tables.split(";")):
            run(statement)
        for name, query in self.views.items():
            run(f"CREATE MATERIALIZED VIEW {name} AS {query}")
        self.sure = self.begin

    def connected(self, connection: Connection) -> None:
        """A new client, after a kill."""

    def change(self, connection: Connection) -> None:
        raise NotImplementedError

    def found(self, run: Run) -> Any:
        raise NotImplementedError

    def doing(self, new: Any, work: Callable[[], object]) -> None:
        """`work` makes `new` of what is there."""
        self.maybe = new
        work()
        self.sure, self.maybe = new, None

    def check(self, run: Run) -> None:
        found = self.found(run)
        assert found == self.sure or (self.maybe is not None and found == self.maybe), (
            f"{type(self).__name__}: {found} instead of {self.sure} or {self.maybe}"
        )
        self.sure, self.maybe = found, None

    def finish(self, run: Run) -> None:
        """Nothing is cut off any more."""


class Truncating(Part):
    """A table that is filled, emptied, and both in one transaction; its identity goes on or begins again."""

    tables = "CREATE TABLE reel (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, batch int)"
    views: ClassVar[dict[str, str]] = {"reel_sums": "SELECT batch, count(*) AS n, max(id) AS last FROM reel GROUP BY batch"}
    begin: Any = (frozenset(), 1)  # batches, the least identity that may come next

    def change(self, connection: Connection) -> None:
        batches, least = self.sure
        new = 1 + max(batches, default=0)
        insert = f"INSERT INTO reel (batch) SELECT {new} FROM generate_series(1, 5)"
        match self.chance.randrange(8):
            case 0:
                self.doing((frozenset(), least), lambda: connection.execute("TRUNCATE reel"))
            case 1:
                self.doing((frozenset(), 1), lambda: connection.execute("TRUNCATE reel RESTART IDENTITY"))
            case 2:
                both = f"BEGIN; TRUNCATE reel; {insert}; COMMIT"
                self.doing((frozenset({new}), least + 5), lambda: connection.execute(both))
            case 3:
                connection.execute(f"BEGIN; {insert}; TRUNCATE reel; ROLLBACK")
            case 4 if batches:
                gone = self.chance.choice(sorted(batches))
                self.doing((batches - {gone}, least), lambda: connection.execute(f"DELETE FROM reel WHERE batch = {gone}"))
            case _:
                self.doing((batches | {new}, least + 5), lambda: connection.execute(insert))

    def check(self, run: Run) -> None:
        batches = frozenset(b for (b,) in run("SELECT DISTINCT batch FROM reel"))
        possible = [s for s in (self.sure, self.maybe) if s is not None and s[0] == batches]
        assert possible, f"batches {sorted(batches)} instead of {self.sure} or {self.maybe}"
        least = min(n for _, n in possible)
        assert all(n == 5 for (n,) in run("SELECT count(*) FROM reel GROUP BY batch")), "a statement was torn"
        ((drawn,),) = run(f"INSERT INTO reel (batch) VALUES ({1 + max(batches, default=0)}) RETURNING id")
        assert drawn >= least, f"identity {drawn} was drawn before: the next is {least} at least"
        run(f"DELETE FROM reel WHERE id = {drawn}")
        self.sure, self.maybe = (batches, drawn + 1), None


class Indexing(Part):
    """Indexes come and go while rows change; each answers what a whole read answers, a unique one refuses doubles."""

    tables = "CREATE TABLE indexed (k int PRIMARY KEY, a int, b text)"
    views: ClassVar[dict[str, str]] = {"by_a": "SELECT a, count(*) AS n FROM indexed GROUP BY a"}
    begin: Any = (0, frozenset())  # rows inserted, indexes

    _KINDS: ClassVar[dict[str, str]] = {
        "simple": "CREATE INDEX simple ON indexed (a)", "twice": "CREATE INDEX twice ON indexed (a, b)",
        "alone": "CREATE UNIQUE INDEX alone ON indexed (b)", "computed": "CREATE UNIQUE INDEX computed ON indexed ((k * 2))",
    }  # fmt: skip

    def change(self, connection: Connection) -> None:
        rows, there = self.sure
        name = self.chance.choice([*self._KINDS, "", "", ""])
        if not name:
            values = ", ".join(f"({k}, {k % 7}, 'b{k}')" for k in range(rows, rows + 3))
            self.doing((rows + 3, there), lambda: connection.execute(f"INSERT INTO indexed VALUES {values}"))
        elif name in there:
            self.doing((rows, there - {name}), lambda: connection.execute(f"DROP INDEX {name}"))
        else:
            self.doing((rows, there | {name}), lambda: connection.execute(self._KINDS[name]))

    def found(self, run: Run) -> Any:
        names = frozenset(n for (n,) in run("SELECT indexname FROM pg_indexes WHERE tablename = 'indexed'")) - {"indexed_pkey"}
        ((rows,),) = run("SELECT count(*) FROM indexed")
        for a in range(7):
            assert run(f"SELECT count(*) FROM indexed WHERE a = {a}") == run(f"SELECT count(*) FROM indexed WHERE a + 0 = {a}")
        if "alone" in names and rows:
            try:
                run("INSERT INTO indexed VALUES (-1, 0, 'b0')")
            except psycopg.errors.UniqueViolation:
                return rows, names
            raise AssertionError("a unique index takes doubles after a kill")
        return rows, names


class Drawing(Part):
    """No value of a sequence that a client has seen comes again."""

    tables = "CREATE SEQUENCE drawn_from"
    begin: Any = 0

    def change(self, connection: Connection) -> None:
        if self.chance.random() < 0.05:
            jump = self.sure + self.chance.randrange(1, 200)
            connection.execute(f"SELECT setval('drawn_from', {jump})")
            self.sure = jump
        row = connection.execute("SELECT nextval('drawn_from')").fetchone()
        assert row is not None and row[0] > self.sure, f"{row} after {self.sure}"
        self.sure = row[0]

    def check(self, run: Run) -> None:
        ((value,),) = run("SELECT nextval('drawn_from')")
        assert value > self.sure, f"{value} was drawn before: {self.sure} was the last"
        self.sure = value


class Counting(Part):
    """Upserts, COPY and scripts: each takes effect once, as a whole."""

    tables = "CREATE TABLE counter (name text PRIMARY KEY, n int, CHECK (n >= 0)); CREATE TABLE copied (batch int, i int)"
    views: ClassVar[dict[str, str]] = {"batches": "SELECT batch, count(*) AS n FROM copied GROUP BY batch"}
    begin: Any = (0, 0, 0)  # counters a and b, copied batches

    def change(self, connection: Connection) -> None:
        a, b, copied = self.sure
        upsert = "INSERT INTO counter VALUES ('{}', 1) ON CONFLICT (name) DO UPDATE SET n = counter.n + 1"
        match self.chance.randrange(4):
            case 0:
                self.doing((a + 1, b, copied), lambda: connection.execute(upsert.format("a")))
            case 1:  # one transaction
                self.doing((a + 1, b + 1, copied), lambda: connection.execute(upsert.format("a") + ";" + upsert.format("b")))
            case 2:  # the last fails: none of it
                try:
                    connection.execute(upsert.format("a") + "; INSERT INTO counter VALUES ('c', -1)")
                except psycopg.errors.CheckViolation:
                    return
            case _:
                self.doing((a, b, copied + 1), lambda: self._copy(connection, copied + 1))

    def _copy(self, connection: Connection, batch: int) -> None:
        with connection.cursor().copy("COPY copied FROM STDIN") as copy:
            for i in range(300):
                copy.write_row((batch, i))

    def found(self, run: Run) -> Any:
        counters = dict(run("SELECT name, n FROM counter"))
        batches = run("SELECT batch, count(*) FROM copied GROUP BY batch")
        assert all(n == 300 for _, n in batches), "a COPY was torn"
        return counters.get("a", 0), counters.get("b", 0), len(batches)


class Cascading(Part):
    """Rows that refer to others: none is left alone."""

    tables = """CREATE TABLE parent (id int PRIMARY KEY);
                CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE)"""
    views: ClassVar[dict[str, str]] = {"families": "SELECT p.id, count(c.id) AS n FROM parent p LEFT JOIN child c ON c.parent = p.id GROUP BY p.id"}
    begin: Any = frozenset()

    def change(self, connection: Connection) -> None:
        new = 1 + max(self.sure, default=0)
        chosen = self.chance.choice(sorted(self.sure)) if self.sure else None
        kind = self.chance.randrange(4)
        if chosen is None or kind < 2:
            children = ", ".join(f"({new * 10 + i}, {new})" for i in range(4))
            self.doing(self.sure | {new}, lambda: connection.execute(
                f"BEGIN; INSERT INTO parent VALUES ({new}); INSERT INTO child VALUES {children}; COMMIT"))  # fmt: skip
        elif kind == 2:
            self.doing(self.sure - {chosen}, lambda: connection.execute(f"DELETE FROM parent WHERE id = {chosen}"))
        else:
            self.doing(self.sure - {chosen} | {new}, lambda: connection.execute(
                f"BEGIN; UPDATE parent SET id = {new} WHERE id = {chosen};"
                f" UPDATE child SET id = {new * 10} + id % 10 WHERE parent = {new}; COMMIT"))  # fmt: skip

    def found(self, run: Run) -> Any:
        assert run("SELECT id FROM child WHERE parent NOT IN (SELECT id FROM parent)") == []
        assert run("SELECT id FROM families WHERE n <> 4") == []
        return frozenset(i for (i,) in run("SELECT id FROM parent"))


class Shaping(Part):
    """Columns come, go and are renamed one by one, while a view reads the table and rows are written."""

    tables = "CREATE TABLE shaped (k int PRIMARY KEY)"
    views: ClassVar[dict[str, str]] = {"shape": "SELECT count(*) AS n, sum(k) AS total FROM shaped"}
    begin: Any = (0, ("k",))

    def change(self, connection: Connection) -> None:
        rows, columns = self.sure
        new = f"c{1 + max((int(c[1:]) for c in columns[1:]), default=0)}"
        match self.chance.randrange(6):
            case 0 if len(columns) < 5:
                self.doing((rows, (*columns, new)), lambda: connection.execute(f"ALTER TABLE shaped ADD COLUMN {new} int DEFAULT {new[1:]}"))
            case 1 if len(columns) > 1:
                gone = self.chance.choice(columns[1:])
                left = tuple(c for c in columns if c != gone)
                self.doing((rows, left), lambda: connection.execute(f"ALTER TABLE shaped DROP COLUMN {gone}"))
            case 2 if len(columns) > 1:
                old = self.chance.choice(columns[1:])
                named = tuple(new if c == old else c for c in columns)
                self.doing((rows, named), lambda: connection.execute(f"ALTER TABLE shaped RENAME COLUMN {old} TO {new}"))
            case _:
                self.doing((rows + 1, columns), lambda: connection.execute(f"INSERT INTO shaped (k) VALUES ({rows + 1})"))

    def found(self, run: Run) -> Any:
        columns = tuple(c for (c,) in run("SELECT attname FROM pg_attribute WHERE attrelid = 'shaped'::regclass AND attnum > 0"
                                          " AND NOT attisdropped ORDER BY attnum"))  # fmt: skip
        for c in columns[1:]:
            assert run(f"SELECT 1 FROM shaped WHERE {c} IS NULL") == [], f"a row has not the default of {c}"
        return run("SELECT count(*) FROM shaped")[0][0], columns


class Passing(Part):
    """Temporary tables are gone after a kill, and what they held along with them; their names can be taken again."""

    begin: Any = 0

    def change(self, connection: Connection) -> None:
        name = f"passing_{self.sure}"
        connection.execute(f"CREATE TEMP TABLE {name} (a serial PRIMARY KEY, b int)")
        connection.execute(f"INSERT INTO {name} (b) SELECT generate_series(1, 100)")
        connection.execute(f"CREATE INDEX {name}_b ON {name} (b)")
        assert connection.execute(f"SELECT count(*) FROM {name} WHERE b > 50").fetchone() == (50,)
        if self.chance.random() < 0.7:
            connection.execute(f"DROP TABLE {name}")
        self.sure += 1

    def check(self, run: Run) -> None:
        left = run("SELECT relname FROM pg_class WHERE relname LIKE 'passing%'")
        assert left == [], f"temporary objects are left: {left}"


class Watching(Part):
    """What a subscriber has seen of a table is not taken back by a kill."""

    tables = "CREATE TABLE watched (k int PRIMARY KEY)"
    begin: Any = 0

    def connected(self, connection: Connection) -> None:
        self.seen: set[int] = getattr(self, "seen", set())
        self.watching = psycopg.connect(connection.info.dsn, autocommit=True)
        self.watching.execute("BEGIN")
        self.watching.execute("DECLARE seen CURSOR FOR SUBSCRIBE watched")

    def change(self, connection: Connection) -> None:
        new = self.sure + 1
        connection.execute(f"INSERT INTO watched VALUES ({new})")
        self.sure = new
        for row in self.watching.execute("FETCH ALL seen").fetchall():
            if int(row[1]) > 0:
                self.seen.add(row[-1])

    def check(self, run: Run) -> None:
        rows = {k for (k,) in run("SELECT k FROM watched")}
        seen = getattr(self, "seen", set())
        assert seen <= rows, f"a subscriber saw rows that are gone: {sorted(seen - rows)[:5]}"
        assert rows >= set(range(1, self.sure + 1))
        self.sure = len(rows)


@dataclass(eq=False, repr=False)
class Following(Part):
    """Files that grow and come while a source follows them: each row once."""

    sent: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)
    writer: threading.Thread | None = None

    def create(self, run: Run) -> None:
        self.inbox = self.folder / "inbox"
        self.inbox.mkdir()
        run("CREATE SOURCE mail (id int, grp int) WITH (connector = 'file', mode = 'follow',"
            f" path = '{self.inbox}/*.json') FORMAT PLAIN ENCODE JSON")  # fmt: skip
        run("CREATE MATERIALIZED VIEW mails AS SELECT id, grp FROM mail")
        run("CREATE MATERIALIZED VIEW mail_groups AS SELECT grp, count(*) AS n FROM mails GROUP BY grp")
        self.writer = threading.Thread(target=self._write, daemon=True)
        self.writer.start()

    def _write(self) -> None:
        while not self.stopping.wait(0.01):
            number = self.sent // 500  # a file grows by lines, then the next begins
            with open(self.inbox / f"{number:05}.json", "a") as file:
                file.writelines(json.dumps({"id": i, "grp": i % 5}) + "\n" for i in range(self.sent, self.sent + 5))
            self.sent += 5

    def change(self, connection: Connection) -> None:
        connection.execute("SELECT count(*) FROM mails")
        self.stopping.wait(0.02)

    def check(self, run: Run) -> None:
        assert run("SELECT id FROM mails GROUP BY id HAVING count(*) > 1") == [], "a row of a file came twice"

    def finish(self, run: Run) -> None:
        self.stopping.set()
        assert self.writer is not None
        self.writer.join(10)
        eventually(lambda: run("SELECT count(*) FROM mails"), [(self.sent,)])
        assert Counter(i for (i,) in run("SELECT id FROM mails")) == Counter(range(self.sent))
        assert run("SELECT grp FROM mail_groups WHERE n <> " + str(self.sent // 5)) == []


PARTS = (Truncating, Indexing, Drawing, Counting, Cascading, Shaping, Passing, Watching, Following)

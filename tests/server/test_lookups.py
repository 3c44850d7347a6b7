"""Reads that go by a key or an index take only the rows that they need, and answer the same."""

import random

import pytest
from sabot.server.embedded.dbapi import Connection as Sabot
from sabot.server.embedded.dbapi import connect
from sabot.server.reading import reads

ROWS = 5_000

SCHEMA = f"""
CREATE TABLE customers (id int PRIMARY KEY, region varchar, name text);
CREATE TABLE orders (id int PRIMARY KEY, customer int, state varchar, amount numeric);
CREATE TABLE lines (of_order int, number int, price numeric, PRIMARY KEY (of_order, number));
CREATE INDEX ON customers (region);
CREATE INDEX ON orders (state, customer);
CREATE INDEX ON orders (customer) INCLUDE (amount);
CREATE INDEX partial ON lines (price) WHERE number = 1;
INSERT INTO customers SELECT i, 'r' || i % 700, 'n' || i FROM generate_series(1, {ROWS}) i;
INSERT INTO orders SELECT i, nullif(i * 7 % {ROWS}, 0), 's' || i % 3, i % 97 FROM generate_series(1, {ROWS}) i;
INSERT INTO lines SELECT i / 3, i % 3, i % 50 FROM generate_series(1, {ROWS}) i;
CREATE MATERIALIZED VIEW spent AS SELECT customer, sum(amount) AS total FROM orders GROUP BY customer;
CREATE INDEX ON spent (customer);
"""


@pytest.fixture(scope="module")
def db() -> Sabot:
    with connect() as db:
        db.execute(SCHEMA)
        yield db


def scanned(db: Sabot, query: str) -> dict[str, int]:
    """How many rows each scan of the query gives."""
    todo = [db.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}").fetchall()[0][0][0]["Plan"]]
    found = {}
    while todo:
        node = todo.pop()
        todo += node.get("Plans", ())
        if node["Node Type"] == "Scan":
            found[node["Description"].split()[1]] = node["Actual"]["rows out"]
    return found


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT * FROM customers WHERE id IN (1, 2, 3)", {"customers": 3}),
        ("SELECT * FROM customers WHERE region = 'r5'", {"customers": 8}),
        ("SELECT * FROM customers WHERE id = 7::bigint", {"customers": 1}),
        (f"SELECT * FROM customers WHERE id = ANY ('{{NULL,-7,{','.join(map(str, range(1, 90)))}}}')", {"customers": 89}),
        ("SELECT * FROM lines WHERE of_order = 5", {"lines": 3}),
        ("SELECT * FROM orders WHERE state = 's1' AND customer = 7", {"orders": 1}),
        ("SELECT * FROM spent WHERE customer = 7", {"spent": 1}),
        ("SELECT * FROM customers c JOIN orders o ON o.customer = c.id WHERE c.region = 'r5'", {"customers": 8, "orders": 8}),
        (
            "SELECT c.id, (SELECT sum(price) FROM orders o JOIN lines l ON l.of_order = o.id WHERE o.customer = c.id) FROM customers c WHERE id = 7",
            {"customers": 1, "orders": 1, "lines": 3},
        ),
        ("SELECT * FROM customers c LEFT JOIN spent s ON s.customer = c.id WHERE c.id = 7", {"customers": 1, "spent": 1}),
    ],
)
def test_only_the_rows_of_a_key_are_read(db: Sabot, query: str, rows: dict[str, int]) -> None:
    assert scanned(db, query) == rows


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM orders WHERE state = 's1'",  # too large a part of all
        "SELECT * FROM lines WHERE price = 5",  # the index is over a part of the rows
        "SELECT * FROM orders WHERE amount = 5",
        "SELECT * FROM orders WHERE customer = 1 OR state = 's1'",
    ],
)
def test_what_no_key_finds_faster_is_gone_through(db: Sabot, query: str) -> None:
    assert list(scanned(db, query).values()) == [ROWS]


def _side(rng: random.Random, name: str) -> tuple[str, str, list[str]]:
    table, keys, filters = rng.choice([
        ("customers", ["id"], ["id = 7", "region = 'r5'", "id IN (1, 2, 14)", "id < 3", "region IN ('r1', 'r2')"]),
        ("orders", ["id", "customer"], ["id = 7", "customer = 14", "customer IN (7, 14, 21)", "state = 's1' AND customer = 7", "amount = 5"]),
        ("lines", ["of_order"], ["of_order = 7", "of_order IN (1, 2)", "of_order = 3 AND number = 1", "price = 5 AND of_order < 9"]),
        ("spent", ["customer"], ["customer = 7", "customer IN (1, 7)"]),
    ])  # fmt: skip
    return f"{table} {name}", f"{name}.{rng.choice(keys)}", [f"{name}.{f}".replace(" AND ", f" AND {name}.") for f in filters]


def _query(rng: random.Random) -> str:
    a, ka, fa = _side(rng, "a")
    b, kb, fb = _side(rng, "b")
    c, kc, _ = _side(rng, "c")
    where = " AND ".join(rng.sample([rng.choice(fa), rng.choice(fb)], rng.choice((1, 1, 2))))
    forms = (
        f"SELECT * FROM {a} {rng.choice(('', 'LEFT', 'RIGHT', 'FULL'))} JOIN {b} ON {ka} = {kb} WHERE {where}",
        f"SELECT {ka} FROM {a} WHERE {rng.choice(('', 'NOT'))} EXISTS (SELECT 1 FROM {b} WHERE {ka} = {kb}) AND {rng.choice(fa)}",
        f"SELECT {ka} FROM {a} WHERE {ka} {rng.choice(('', 'NOT'))} IN (SELECT {kb} FROM {b} WHERE {rng.choice(fb)}) AND {rng.choice(fa)}",
        f"SELECT {ka}, (SELECT count(*) FROM {b} WHERE {kb} = {ka}) FROM {a} WHERE {rng.choice(fa)}",
        f"SELECT {ka}, x.n FROM {a} LEFT JOIN (SELECT {kb} AS k, count(*) AS n FROM {b} GROUP BY 1) x ON x.k = {ka} WHERE {rng.choice(fa)}",
        f"SELECT * FROM {a} {rng.choice(('', 'LEFT', 'RIGHT'))} JOIN ({b} {rng.choice(('', 'LEFT', 'FULL'))} JOIN {c} ON {kb} = {kc}) ON {ka} = {kb} WHERE {where}",
        f"SELECT * FROM {a} LEFT JOIN {b} ON {ka} = {kb} AND {rng.choice(fb)} WHERE {rng.choice(fa)}",
        f"SELECT * FROM {a} JOIN {b} ON {ka} IS NOT DISTINCT FROM {kb} WHERE {where}",
    )
    return rng.choice(forms)


@pytest.mark.parametrize("in_transaction", [False, True])
def test_look_ups_change_no_answer(db: Sabot, in_transaction: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(7)
    if in_transaction:
        db.execute("BEGIN; DELETE FROM orders WHERE customer = 7; UPDATE customers SET region = 'r5' WHERE id = 14")
        db.execute("INSERT INTO lines VALUES (7, 90, 1); UPDATE orders SET customer = 7 WHERE id = 9; INSERT INTO customers VALUES (-1, 'r1', '')")
    for _ in range(150):
        query = _query(rng)
        found = sorted(db.execute(query).fetchall(), key=str)
        with monkeypatch.context() as without:
            without.setattr(reads, "by_constants", lambda *_: None)
            without.setattr(reads, "LOOKUP_SCAN_ROWS", 10**9)
            assert found == sorted(db.execute(query).fetchall(), key=str), query
    db.execute("ROLLBACK" if in_transaction else "SELECT 1")


def test_an_index_that_is_dropped_holds_no_memory() -> None:
    with connect() as db:
        db.execute("CREATE TABLE t (id int PRIMARY KEY, a int, b int, UNIQUE (b)); INSERT INTO t SELECT i, i, i FROM generate_series(1, 100) i")
        db.execute("CREATE INDEX on_a ON t (a); CREATE INDEX on_a_b ON t (a, b); CREATE UNIQUE INDEX once ON t (a)")

        def built() -> set[tuple[int, ...]]:
            for condition in ("a = 5", "a = 5 AND b = 5", "b = 5"):
                assert db.execute(f"SELECT id FROM t WHERE {condition}").fetchall() == [(5,)]
            return left()

        def left() -> set[tuple[int, ...]]:
            return set(next(s for s in db._server.engine.relations.values() if s.entry.name == "t").rows.indexed)

        assert built() >= {(1,), (2,)}
        db.execute("DROP INDEX once")
        db.execute("DROP INDEX on_a")
        assert (1,) in left(), "on_a_b begins with it"
        db.execute("DROP INDEX on_a_b")
        assert left() <= {(2,)}, "the unique key stays"
        assert db.execute("SELECT id FROM t WHERE a = 5").fetchall() == [(5,)]

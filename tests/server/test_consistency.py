"""Many sessions at once: every answer is of one moment, whatever is written, created and dropped beside it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from ..serving import Served

ACCOUNTS = 100
TOTAL = ACCOUNTS * 1000
SECONDS = 4.0


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    yield made
    made.close()


def test_transfers_never_show_a_half(served: Served) -> None:
    """Each transfer is two updates of one transaction. Sums over views, views over views and joins stay what they are."""
    served.run("CREATE TABLE accounts (id int PRIMARY KEY, branch int, balance numeric)")
    served.run("CREATE TABLE transfers (src int, dst int, amount numeric)")
    served.run(f"INSERT INTO accounts SELECT i, i % 7, 1000 FROM generate_series(1, {ACCOUNTS}) i")
    served.run("CREATE MATERIALIZED VIEW branches AS SELECT branch, sum(balance) AS s, count(*) AS n FROM accounts GROUP BY branch")
    served.run("CREATE MATERIALIZED VIEW total AS SELECT sum(s) AS s, sum(n) AS n FROM branches")
    served.run(
        "CREATE MATERIALIZED VIEW flows AS SELECT a.id, 1000 + coalesce(i.s, 0) - coalesce(o.s, 0) AS balance FROM accounts a"
        " LEFT JOIN (SELECT dst, sum(amount) AS s FROM transfers GROUP BY dst) i ON i.dst = a.id"
        " LEFT JOIN (SELECT src, sum(amount) AS s FROM transfers GROUP BY src) o ON o.src = a.id"
    )
    until = time.monotonic() + SECONDS
    failures: list[BaseException] = []
    counts: dict[str, int] = {}

    def running(name: str, work: Callable[[psycopg.Connection, random.Random], None]) -> threading.Thread:
        def loop() -> None:
            chance = random.Random(name)
            try:
                with psycopg.connect(served.engine.address, autocommit=True) as connection:
                    while (time.monotonic() < until or name not in counts) and not failures:
                        work(connection, chance)
                        counts[name] = counts.get(name, 0) + 1
            except BaseException as e:
                failures.append(e)

        thread = threading.Thread(target=loop)
        thread.start()
        return thread

    def transfer(connection: psycopg.Connection, chance: random.Random) -> None:
        a, b = chance.sample(range(1, ACCOUNTS + 1), 2)
        amount = chance.randint(1, 50)
        try:
            with connection.transaction(force_rollback=chance.random() < 0.2):
                connection.execute("UPDATE accounts SET balance = balance - %s WHERE id = %s", (amount, a))
                connection.execute("UPDATE accounts SET balance = balance + %s WHERE id = %s", (amount, b))
                connection.execute("INSERT INTO transfers VALUES (%s, %s, %s)", (a, b, amount))
        except psycopg.errors.DeadlockDetected:  # two that go the other way round
            pass

    def read(connection: psycopg.Connection, chance: random.Random) -> None:
        row = connection.execute(
            "SELECT (SELECT s FROM total), (SELECT n FROM total), (SELECT sum(s) FROM branches), sum(a.balance),"
            " count(*) FILTER (WHERE a.balance <> f.balance) FROM accounts a JOIN flows f USING (id)"
        ).fetchone()
        assert row == (TOTAL, ACCOUNTS, TOTAL, TOTAL, 0), row

    def create(connection: psycopg.Connection, chance: random.Random) -> None:
        name = f"made_{threading.get_ident()}"
        connection.execute(f"CREATE MATERIALIZED VIEW {name} AS SELECT sum(balance) AS s FROM flows")
        row = connection.execute(f"SELECT s, (SELECT s FROM total) FROM {name}").fetchone()
        assert row == (TOTAL, TOTAL), row
        connection.execute(f"DROP MATERIALIZED VIEW {name}")

    threads = [running(f"transfer {n}", transfer) for n in range(3)]
    threads += [running(f"read {n}", read) for n in range(2)] + [running("create", create)]
    for thread in threads:
        thread.join(60)
    assert not failures, failures[0]
    assert len(counts) == len(threads)
    assert served.run("SELECT count(*) > 0 FROM transfers") == [(True,)]

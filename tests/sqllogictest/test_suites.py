"""Every suite in every mode on one server per mode; PostgreSQL agrees; a planted bug is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sqllogictest import generate
from sqllogictest.engines import Sabot, postgres
from sqllogictest.modes import MODES
from sqllogictest.runner import run_file

SUITES = sorted((Path(__file__).parents[2] / "sqllogictest" / "suites").rglob("*.slt"))
QUICK = ("select",)
SLOW = ("extended", "binary", "views", "views-first", "unoptimized", "one-row-steps", "one-step", "partitions")
GENERATED = [p for p in SUITES if p.stem.startswith("seed_")]
RESTARTS = {  # a slice of the suites; `python -m sqllogictest run --mode kill --every 20` runs them all
    "restart": ("aggregate/basic.slt", "dml/insert_update_delete.slt"),
    "kill": ("join/all_kinds.slt", "dml/alter_and_prepare.slt"),
    "checkpoints": ("window/all_functions.slt", "setop/all.slt"),
}

PLANTED = """
statement ok
CREATE TABLE t (a INT)

statement ok
INSERT INTO t VALUES (1), (2), (NULL)

query I nosort
SELECT count(a) FROM t
----
{count}

statement error {sqlstate}
SELECT 1 / 0
"""


def taken(name: str) -> list[Path]:
    """The suites of a mode: the slow ones take a quarter of the generated files each, every file comes in two of them."""
    if name in QUICK:
        return SUITES
    turn = SLOW.index(name)
    left = {p for k, p in enumerate(GENERATED) if (k + turn) % 4}
    return [p for p in SUITES if p not in left]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]
)
def test_every_suite_gives_what_it_expects(name: str) -> None:
    mode = MODES[name]
    engine = Sabot(None, mode.protocol, dict(mode.environment))
    passed, failures = 0, []
    try:
        for path in taken(name):
            outcome = run_file(engine, path, mode)
            passed += outcome.passed
            failures += outcome.failures
    finally:
        engine.close()
    assert not failures, "\n".join(failures[:20])
    assert passed > 5_000


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", RESTARTS)
def test_suites_through_restarts(name: str, tmp_path: Path) -> None:
    mode = MODES[name]
    engine = Sabot(tmp_path / "data", mode.protocol, dict(mode.environment))
    failures = []
    try:
        for path in SUITES:
            if f"{path.parent.name}/{path.name}" in RESTARTS[name]:
                failures += run_file(engine, path, mode, every=3).failures
    finally:
        engine.close()
    assert not failures, "\n".join(failures[:20])


SMALL = """
statement ok
CREATE TABLE a (k INT, v INT)

statement ok
CREATE TABLE b (k INT, w INT)

statement ok
INSERT INTO a VALUES (1, 10), (1, 11), (2, 20)

statement ok
INSERT INTO b VALUES (1, 100), (2, 200), (3, 300)

statement ok
UPDATE a SET v = v + 1 WHERE k = 1

query III rowsort
SELECT a.k, a.v, b.w FROM a JOIN b ON a.k = b.k
----
1 11 100
1 12 100
2 20 200

statement ok
INSERT INTO a VALUES (3, 30)

query II rowsort
SELECT k, sum(v) FROM a GROUP BY k
----
1 23
2 20
3 30

statement ok
DELETE FROM a WHERE v = 11

query II rowsort
SELECT k, count(*) FROM a GROUP BY k
----
1 1
2 1
3 1
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "plant"),
    [
        ("views", "fills_views_short"), ("views-first", "takes_nothing_back"),
        ("unoptimized", "joins_fully_without_optional_rules"), ("extended", "ends_portals_early"),
        ("one-row-steps", "forgets_between_steps"), ("one-step", "joins_one_side_at_a_time"),
        ("partitions", "cuts_by_the_first_column"), ("binary", "swaps_binary_formats"), ("restart", "keeps_no_groups"),
        ("kill", "loses_the_newest_entry"), ("checkpoints", "stores_no_views"),
    ],
)  # fmt: skip
def test_each_mode_notices_a_planted_bug(name: str, plant: str, tmp_path: Path) -> None:
    """The very file passes without the bug."""
    mode = MODES[name]
    path = tmp_path / "small.slt"
    path.write_text(SMALL)
    found = []
    for planted in (None, f"{Path(__file__).with_name('plants.py')}:{plant}"):
        data = tmp_path / f"data-{planted is None}" if mode.durable else None
        engine = Sabot(data, mode.protocol, dict(mode.environment), planted)
        try:
            found.append(len(run_file(engine, path, mode).failures))
        except (RuntimeError, OSError):
            found.append(1)  # it does not even start again
        finally:
            engine.close()
    assert found[0] == 0 and found[1] > 0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_postgresql_agrees_with_every_suite() -> None:
    failures = []
    with postgres() as engine:
        for path in (p for p in SUITES if p.parent.name != "streaming"):  # syntax that PostgreSQL lacks
            failures += run_file(engine, path).failures
    assert not failures, "\n".join(failures[:20])


@pytest.fixture(scope="module")
def sabot() -> Iterator[Sabot]:
    engine = Sabot()
    yield engine
    engine.close()


@pytest.mark.parametrize(("count", "sqlstate", "found"), [(2, "22012", 0), (3, "22012", 2), (2, "22003", 1)])
def test_a_wrong_expectation_is_noticed(sabot: Sabot, tmp_path: Path, count: int, sqlstate: str, found: int) -> None:
    """A wrong row is seen twice, in the SELECT and in its view; a wrong SQLSTATE once."""
    path = tmp_path / "planted.slt"
    path.write_text(PLANTED.format(count=count, sqlstate=sqlstate))
    assert len(run_file(sabot, path, MODES["views"]).failures) == found


class Forgetful:
    """An engine with a planted bug: it forgets the last row of every result of several."""

    name = "sabot"

    def __init__(self, engine: Sabot) -> None:
        self.engine = engine

    def run(self, sql: str) -> list[str] | None:
        rows = self.engine.run(sql)
        return rows[:-1] if rows and len(rows) > 1 else rows

    def restart(self, *, kill: bool = False) -> None:
        self.engine.restart(kill=kill)


def test_an_engine_that_forgets_rows_is_noticed(sabot: Sabot) -> None:
    path = next(p for p in SUITES if p.parent.name == "join")
    assert not run_file(sabot, path).failures
    assert len(run_file(Forgetful(sabot), path).failures) > 5


def test_the_same_seed_generates_the_same_queries() -> None:
    assert generate.write(7, 20) == generate.write(7, 20) != generate.write(8, 20)


@pytest.mark.parametrize("path", GENERATED, ids=lambda p: p.stem)
def test_generated_suites_are_what_the_generator_writes(path: Path) -> None:
    """Their queries come from their seed; only the rows are PostgreSQL's."""
    seed, count = path.read_text().split("\n", 1)[0].split()[-2:]
    written = [line for line in generate.write(int(seed), int(count)).split("\n") if line]
    rest = iter(path.read_text().split("\n"))
    assert all(line in rest for line in written)

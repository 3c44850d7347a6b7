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
SLOW = ("extended", "views", "views-first", "unoptimized", "one-row-steps")

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


@pytest.mark.parametrize(
    "name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]
)
def test_every_suite_gives_what_it_expects(name: str) -> None:
    mode = MODES[name]
    engine = Sabot(None, mode.protocol, dict(mode.environment))
    passed, failures = 0, []
    try:
        for path in SUITES:
            outcome = run_file(engine, path, mode)
            passed += outcome.passed
            failures += outcome.failures
    finally:
        engine.close()
    assert not failures, "\n".join(failures[:20])
    assert passed > 2_000


@pytest.mark.slow
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


@pytest.mark.parametrize("path", [p for p in SUITES if p.stem.startswith("seed_")], ids=lambda p: p.stem)
def test_generated_suites_are_what_the_generator_writes(path: Path) -> None:
    """Their queries come from their seed; only the rows are PostgreSQL's."""
    seed, count = path.read_text().split("\n", 1)[0].split()[-2:]
    written = [line for line in generate.write(int(seed), int(count)).split("\n") if line]
    rest = iter(path.read_text().split("\n"))
    assert all(line in rest for line in written)

"""Statements of the suites with words changed, dropped and taken from each other: the server answers or refuses.

What must not happen is an error that is the server's own fault (SQLSTATE class XX), or a connection that breaks.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ..engines import Failed, Sabot
from ..parser import parse

SUITES = Path(__file__).parent.parent / "suites"
_WORD = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\$\$.*?\$\$|[A-Za-z_]\w*|\d+(?:\.\d+)?|::|<=|>=|<>|!=|\|\||->>|->|\s+|.", re.S)
# What waits, ends sessions, reads files or makes more than memory holds, and PostgreSQL's own XX000.
_LEFT_OUT = re.compile(r"pg_sleep|generate_series|terminate|connector|pg_read|repeat|[lr]pad|copy|subscribe|\"interval\"", re.I)
_FRESH = ("ROLLBACK", "DISCARD ALL", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "SET statement_timeout = '3s'")


class Mutations:
    """Runs statements. `found` counts the messages of what must not happen, `statements` holds the first of each."""

    def __init__(self, seed: int, suites: Path = SUITES) -> None:
        self.random = random.Random(seed)
        self.files = [[r for r in parse(f.read_text()) if r.sql and r.runs_on("sabot")] for f in sorted(suites.glob("*/*.slt"))]
        self.known = [_WORD.findall(record.sql) for file in self.files for record in file]
        self.words = [w for words in self.known for w in words if not w.isspace()]
        self.found: Counter[str] = Counter()
        self.statements: dict[str, str] = {}
        self.refused = 0

    def run(self, count: int) -> None:
        engine = Sabot()
        try:
            for sql in itertools.islice(self._statements(engine), count):
                try:
                    engine.run(sql)
                except Failed as e:
                    self.note(sql, e)
        finally:
            engine.close()

    def note(self, sql: str, error: Failed) -> None:
        self.refused += 1
        if error.sqlstate[:2] in ("XX", "08"):
            self.found[str(error)[:100]] += 1
            self.statements.setdefault(str(error)[:100], sql)

    def _statements(self, engine: Sabot) -> Iterator[str]:
        while True:
            for sql in _FRESH:
                with contextlib.suppress(Failed):
                    engine.run(sql)
            for record in self.random.choice(self.files):  # what comes first makes what the others read
                changes = self.random.random() < (0.8 if record.kind == "query" else 0.2)
                sql = self.mutated(record.sql) if changes else record.sql
                if not _LEFT_OUT.search(sql):
                    yield sql

    def mutated(self, sql: str) -> str:
        r, words = self.random, _WORD.findall(sql)
        for _ in range(r.choice((1, 1, 2, 3))):
            at, other = r.randrange(len(words) + 1), r.choice(self.known)
            start = r.randrange(len(other))
            match r.randrange(6):
                case 0 | 1:
                    words[at : at + 1] = [r.choice(self.words)]
                case 2:
                    words[at : at + r.randint(1, 6)] = []
                case 3:
                    words[at:at] = [" ", r.choice(self.words), " "]
                case 4:
                    words[at:at] = [" ", *other[start : start + r.randint(1, 8)], " "]
                case 5:
                    words[at : at + 1] = [*words[at : at + 1], " ", *words[at : at + 1]]
        return "".join(words)

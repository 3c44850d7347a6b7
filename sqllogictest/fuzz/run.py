"""Runs of random queries on both servers, with what differs counted, cut down and written as records."""

from __future__ import annotations

import os
import random
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from ..engines import Sabot, text_of
from .compare import Answer, Wire, difference, signature
from .corpus import FAMILIES, Corpus
from .queries import Queries, Query
from .reduce import fewer, reduced
from .schema import Schema
from .values import STYLES, ZONES

SETTINGS = ("SET statement_timeout = '20s'", "SET intervalstyle = 'postgres'", "SET datestyle = 'ISO, MDY'", "SET max_parallel_workers_per_gather = 0", "SET jit = off")
PER_SCHEMA = 40
SHOWN = 2


@dataclass
class Report:
    queries: int = 0
    errors: int = 0  # of PostgreSQL
    found: Counter[str] = field(default_factory=Counter)
    errors_by: Counter[str] = field(default_factory=Counter)


class Runner:
    """Both servers, and what was found so far."""

    def __init__(self, postgres: str, save: Path | None = None, quiet: bool = False, durable: bool = False) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="sabot-fuzz-")
        self.sabot = Sabot(Path(self._directory.name) if durable else None)
        self._schema = f"fuzz_{os.getpid()}"
        self.theirs = Wire(postgres, (*SETTINGS, f"CREATE SCHEMA IF NOT EXISTS {self._schema}", f"SET search_path TO {self._schema}"))
        self.ours = Wire(self.sabot.address, SETTINGS[:1])
        self.save = save
        self.quiet = quiet
        self.report = Report()
        self.tables = ("t0", "t1", "t2", "t3")

    def close(self) -> None:
        self.theirs.run("ROLLBACK")
        self.theirs.run(f"DROP SCHEMA {self._schema} CASCADE")
        self.theirs.close()
        self.ours.close()
        self.sabot.close()
        self._directory.cleanup()

    # Statements on both

    def both(self, sql: str) -> tuple[Answer, Answer]:
        expected, actual = self.theirs.run(sql), self.ours.run(sql)
        if actual.sqlstate == "08006":
            self.revive()
        return expected, actual

    def revive(self) -> None:
        """A new connection, and a new server when the old one has died."""
        self.ours.close()
        try:
            self.ours.connect()
        except psycopg.OperationalError:
            self.sabot.restart()
            self.ours.address = self.sabot.address
            self.ours.connect()

    def reset(self, setup: list[str], expected: bool = False) -> None:
        """A fresh schema; `expected`: statements may fail, as when one tries fewer of them."""
        self.ours.settings = (SETTINGS[0], *(s for s in setup if s.startswith("SET ")))
        for wire in (self.theirs, self.ours):
            wire.run("ROLLBACK")
            wire.run(f"DROP TABLE IF EXISTS {', '.join(self.tables)} CASCADE")
            for statement in setup:
                answer = wire.run(statement)
                if answer.sqlstate and not expected:
                    self.note("setup " + signature("setup", Answer(), answer), f"{statement}\n{answer}")

    # Modes

    def selects(self, seed: int, count: int) -> None:
        number = batch = 0
        while number < count:
            writer = Queries(random.Random(f"{seed}/{batch}"))
            schema = Schema(writer)
            writer.tables = schema.tables
            settings = f"SET timezone = '{writer.one_of(*ZONES)}'; SET extra_float_digits = 1; " + writer.one_of(*STYLES)
            setup = [settings, *_joined(schema.setup())]
            self.reset(setup)
            for _ in range(min(PER_SCHEMA, count - number)):
                query = writer.row_expression() if writer.chance(0.15) else writer.top()
                number += 1
                self.check(f"{seed}/{batch}", schema, setup, query)
            batch += 1

    def corpus(self, seed: int, count: int, families: tuple[str, ...] = FAMILIES) -> None:
        """Queries in the manner of sqlite's corpus."""
        number = batch = 0
        while number < count:
            place = f"corpus/{seed}/{batch}"
            writer = Corpus(random.Random(place), families[batch % len(families)])
            setup = writer.setup()
            self.tables = tuple(writer.names())
            self.reset(_joined(setup))
            for _ in range(min(4 * PER_SCHEMA, count - number)):
                number += 1
                self.check(place, None, setup, writer.query())
            for wire in (self.theirs, self.ours):
                wire.run(f"DROP TABLE IF EXISTS {', '.join(self.tables)} CASCADE")
            batch += 1

    def check(self, place: str, schema: Schema | None, setup: list[str], query: Query) -> None:
        sql = str(query.node)
        expected, actual = self.both(sql)
        self.report.queries += 1
        if expected.sqlstate:
            self.report.errors += 1
            self.report.errors_by[signature("", Answer(), expected)] += 1
        kind = difference(expected, actual, query.ordered, query.several)
        if not kind:
            return
        if self.ours.run("SELECT 1").sqlstate:
            self.reset(setup)
        name = signature(kind, expected, actual)
        if self.report.found[name] >= SHOWN:
            self.note(name, "")
            return

        def shows(text: str) -> bool:
            a, b = self.both(text)
            return difference(a, b, query.ordered, query.several) == kind and signature(kind, a, b) == name

        if kind.startswith("error 08006") or not shows(sql):
            self.note(name, f"[{place}] {sql}\n" + ";\n".join(setup))
            return
        small = str(reduced(query.node, shows))

        def still(statements: list[str]) -> bool:
            self.reset(statements, expected=True)
            return shows(small)

        statements = fewer(setup if schema is None else _needed(schema, setup, small), still)
        self.reset(statements)
        expected, actual = self.both(small)
        self.note(name, f"[{place}] " + ";\n".join([*statements, small]) + f";\nPostgreSQL: {expected}\nSabot: {actual}")
        self.record(place, statements, small, expected)
        self.reset(setup)

    def note(self, name: str, text: str) -> None:
        self.report.found[name] += 1
        if text and not self.quiet:
            print(f"--- {name}\n{text}\n", flush=True)

    def record(self, place: str, statements: list[str], sql: str, expected: Answer) -> None:
        if self.save is None:
            return
        lines = [f"# {place}", ""]
        for statement in statements:
            lines += ["statement ok", statement, ""]
        if expected.sqlstate:
            lines += [f"statement error {expected.sqlstate}", sql, ""]
        else:
            rows = [" ".join(text_of(None if v is None else v.encode()) for v in row) for row in expected.rows]
            lines += [f"query {'T' * len(expected.names)} rowsort", sql, "----", *sorted(rows), ""]
        lines += [line for s in statements if s.startswith("CREATE TABLE ") for line in ("statement ok", f"DROP TABLE {s.split()[2]}", "")]
        with self.save.open("a") as file:
            file.write("\n".join(lines) + "\n")


def _needed(schema: Schema, setup: list[str], sql: str) -> list[str]:
    """The tables that a query reads, each of their rows on its own."""
    tables = [t for t in schema.tables if re.search(rf"\b{t.name}\b", sql)]
    return [setup[0], *(t.ddl for t in tables), *(f"INSERT INTO {t.name} VALUES {row}" for t in tables for row in t.rows)]


def _joined(statements: list[str]) -> list[str]:
    """The rows of a table in one INSERT."""
    made: list[str] = []
    for statement in statements:
        head, _, row = statement.partition(" VALUES ")
        if row and made and made[-1].startswith(head + " "):
            made[-1] += f", {row}"
        else:
            made.append(statement)
    return made

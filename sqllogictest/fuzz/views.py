"""Every query as a materialized view under random changes, nested views and restarts included."""

from __future__ import annotations

import random

from .compare import Answer, difference, signature
from .queries import Queries, Query
from .run import Runner, _joined
from .schema import Schema, Table
from .values import ZONES

PER_SCHEMA = 16


class ViewRunner(Runner):
    def __init__(self, postgres: str, save=None, quiet: bool = False) -> None:  # type: ignore[no-untyped-def]
        super().__init__(postgres, save, quiet, durable=True)

    def views(self, seed: int, count: int, batches: int) -> None:
        number = place = 0
        while number < count:
            size = min(PER_SCHEMA, count - number)
            self.schema(f"views/{seed}/{place}", size, batches)
            number += size
            place += 1

    def schema(self, place: str, size: int, batches: int) -> None:
        writer = Queries(random.Random(place))
        schema = Schema(writer)
        writer.tables = schema.tables
        for number in range(size):
            self.theirs.run(f"DROP VIEW IF EXISTS v{number} CASCADE")
            self.ours.run(f"DROP MATERIALIZED VIEW IF EXISTS v{number} CASCADE")
        self.reset([f"SET timezone = '{writer.one_of(*ZONES)}'", *_joined(schema.setup()), *schema.views()])
        made: dict[str, Query] = {}
        for number in range(size):
            query = writer.top(names=True)
            name = f"v{number}"
            self.report.queries += 1
            expected = self.theirs.run(f"CREATE VIEW {name} AS {query.node}")
            actual = self.ours.run(f"CREATE MATERIALIZED VIEW {name} AS {query.node}")
            if actual.sqlstate == "08006":
                self.revive()
            if expected.sqlstate or actual.sqlstate:
                self.report.errors += 1
                if expected.sqlstate != actual.sqlstate:
                    found = signature(f"create {expected.sqlstate or 'none'}, {actual.sqlstate or 'none'}", expected, actual)
                    self.note(found, f"[{place}] {query.node}\n{actual}" if self.report.found[found] < 2 else "")
                continue
            made[name] = query
            if writer.chance(0.2):
                writer.tables = [*writer.tables, Table(name, query.columns, False, view=True)]
        history: list[str] = []
        self.compare(place, schema, made, history)
        for batch in range(batches):
            changes = schema.batch()
            history += changes
            for statement in changes:
                expected, actual = self.both(statement)
                if difference(expected, actual, ordered=False):
                    self.note(signature("change", expected, actual), f"[{place}] {statement}\n{expected}\n{actual}")
            if batch == batches // 2 and writer.chance(0.2):
                self.ours.close()
                self.sabot.restart(kill=writer.chance(0.5))
                self.ours.address = self.sabot.address
                self.ours.connect()
                history.append("-- restart")
            self.compare(place, schema, made, history)

    def compare(self, place: str, schema: Schema, made: dict[str, Query], history: list[str]) -> None:
        """All views; one that differs is shown once and left out from then on."""
        for name, query in list(made.items()):
            expected, actual = self.both(f"SELECT * FROM {name}")
            kind = difference(expected, actual, ordered=False)
            if not kind:
                continue
            if expected.sqlstate:
                self.report.errors_by[signature("", Answer(), expected)] += 1
                made.pop(name)
                continue
            fresh = self.ours.run(str(query.node))
            where = "view only" if not difference(expected, fresh, ordered=False) else "also as SELECT"
            self.note(signature(f"view {kind}, {where}", expected, actual), f"[{place}] {name} after {len(history)} changes: {query.node}\nPostgreSQL: {expected}\nSabot: {actual}")
            made.pop(name)

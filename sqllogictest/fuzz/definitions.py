"""What pg_get_viewdef says of a view on every query is that query, on both servers: a dump of views can be restored."""

from __future__ import annotations

import random

from .compare import Answer, difference, signature
from .queries import Queries
from .run import PER_SCHEMA, Runner, _joined
from .schema import Schema
from .values import ZONES

_TEXT = "SELECT pg_get_viewdef('defined'::regclass)"


class DefinitionRunner(Runner):
    def definitions(self, seed: int, count: int) -> None:
        batch = 0
        while self.report.queries < count:
            place = f"definitions/{seed}/{batch}"
            writer = Queries(random.Random(place))
            schema = Schema(writer)
            writer.tables = schema.tables
            setup = [f"SET timezone = '{writer.one_of(*ZONES)}'", *_joined(schema.setup())]
            self.reset(setup)
            for _ in range(min(PER_SCHEMA, count - self.report.queries)):
                self.defined(place, setup, str(writer.top(names=True).node))
            batch += 1

    def defined(self, place: str, setup: list[str], sql: str) -> None:
        self.report.queries += 1
        made = self.ours.run(f"CREATE VIEW defined AS {sql}")
        if made.sqlstate:
            self.report.errors += 1
            return
        expected, text = self.ours.run(sql), self.ours.run(_TEXT)
        self.ours.run("DROP VIEW defined")
        if text.sqlstate or text.rows[0][0] is None:
            self.note(signature("definition", Answer(), text), f"[{place}] {sql}\n{text}")
            return
        again = text.rows[0][0].rstrip(";")
        for server, answer in (("Sabot", self.ours.run(again)), ("PostgreSQL", self.theirs.run(again))):
            kind = difference(expected, answer, ordered=False)
            if kind and not expected.sqlstate:
                name = signature(f"on {server}: {kind}", expected, answer)
                self.note(name, f"[{place}] {sql}\n{again}\n" + ";\n".join(setup) + f"\n{expected}\n{answer}" if self.report.found[name] < 2 else "")

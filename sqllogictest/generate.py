"""Random queries over small tables full of NULLs, from a seed: `python -m sqllogictest.generate SEED COUNT > FILE`.

The file has queries without rows; `python -m sqllogictest complete FILE` writes what PostgreSQL answers. All values are
small integers, short texts and numerics of two digits, and no query depends on an order it doesn't ask for, so
that every answer has one text form. Between the queries the tables change, which views made before must follow.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass

TEXTS = ("'a'", "'b'", "'ab'", "''", "NULL")
NUMBERS = ("0.5", "1.25", "-2.00", "3", "NULL")
TABLES = {"r": "(k INT, a INT, s TEXT)", "q": "(k INT, b INT, n NUMERIC(6, 2))", "u": "(id INT PRIMARY KEY, k INT, s TEXT)"}
COLUMNS = {"r": {"k": "int", "a": "int", "s": "text"}, "q": {"k": "int", "b": "int", "n": "numeric"}, "u": {"id": "int", "k": "int", "s": "text"}}
LETTERS = {"int": "I", "numeric": "R", "text": "T", "boolean": "B"}


@dataclass(frozen=True, slots=True)
class Column:
    """What an expression may use: `table.name` and its type."""

    text: str
    type: str


class Writer:
    """One stream of random choices; each method gives SQL text."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.next_id = 100

    def one_of(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # Rows

    def integer(self) -> str:
        return self.one_of("0", "1", "2", "3", "-1", "NULL")

    def row(self, table: str) -> str:
        if table == "u":
            self.next_id += 1
            return f"({self.next_id}, {self.integer()}, {self.one_of(*TEXTS)})"
        last = self.one_of(*TEXTS) if table == "r" else self.one_of(*NUMBERS)
        return f"({self.integer()}, {self.integer()}, {last})"

    def change(self) -> str:
        table = self.one_of(*TABLES)
        columns = [Column(name, kind) for name, kind in COLUMNS[table].items()]
        match self.random.randrange(4):
            case 0 | 1:
                return f"INSERT INTO {table} VALUES {', '.join(self.row(table) for _ in range(self.random.randint(1, 3)))}"
            case 2:
                return f"UPDATE {table} SET k = {self.scalar('int', columns, 1)} WHERE {self.condition(columns, 1)}"
            case _:
                return f"DELETE FROM {table} WHERE k = {self.integer()} AND {self.condition(columns, 1)}"

    # Expressions

    def scalar(self, kind: str, columns: list[Column], depth: int) -> str:
        own = [c.text for c in columns if c.type == kind]
        if depth <= 0 or self.chance(0.35):
            if own and self.chance(0.8):
                return self.random.choice(own)
            return {"int": self.integer, "text": lambda: self.one_of(*TEXTS), "numeric": lambda: self.one_of(*NUMBERS)}[kind]()
        inner = lambda k=kind: self.scalar(k, columns, depth - 1)  # noqa: E731
        general = (
            f"coalesce({inner()}, {inner()})::{kind}",
            f"CASE WHEN {self.condition(columns, depth - 1)} THEN {inner()} ELSE {inner()} END::{kind}",
            f"nullif({inner()}::{kind}, {inner()}::{kind})",
            f"greatest({inner()}::{kind}, {inner()})",
            f"least({inner()}::{kind}, {inner()})",
        )
        special = {
            "int": (
                f"({inner()} + {inner()}::int)", f"({inner()} - {inner()}::int)", f"({inner()}::int * 2)", f"(- ({inner()}::int))",
                f"({inner()}::int % 3)", f"({inner()}::int / 2)", f"abs({inner()}::int)", f"length({inner('text')})",
            ),
            "text": (
                f"({inner()}::text || {inner()})", f"upper({inner()}::text)", f"substr({inner()}::text, 2)", f"({inner('int')}::int)::text",
                f"concat({inner()}::text, {inner('int')})", f"replace({inner()}::text, 'a', 'x')",
            ),
            "numeric": (f"({inner()}::numeric + {inner('int')})", f"round({inner()}::numeric, 1)", f"({inner()}::numeric * 2)"),
        }[kind]  # fmt: skip
        return self.one_of(*general, *special)

    def condition(self, columns: list[Column], depth: int) -> str:
        if depth > 0 and self.chance(0.4):
            left, right = self.condition(columns, depth - 1), self.condition(columns, depth - 1)
            return self.one_of(f"({left} AND {right})", f"({left} OR {right})", f"NOT {left}", f"({left}) IS NOT TRUE")
        kind = self.one_of("int", "int", "text")
        x, y = self.scalar(kind, columns, depth), self.scalar(kind, columns, depth)
        compare = self.one_of("=", "<>", "<", "<=", ">", ">=")
        return self.one_of(
            f"({x}::{kind} {compare} {y}::{kind})", f"({x}::{kind} {compare} {y}::{kind})", f"({x} IS NULL)", f"({x} IS NOT NULL)",
            f"({x}::{kind} IS DISTINCT FROM {y}::{kind})", f"({x}::{kind} IN ({y}, {self.scalar(kind, [], 0)}))",
            f"({x}::{kind} NOT IN ({self.scalar(kind, [], 0)}, {self.scalar(kind, [], 0)}))",
            f"({self.scalar('int', columns, 0)}::int BETWEEN 0 AND 2)",
        )  # fmt: skip

    # Queries

    def table(self, alias: str) -> tuple[str, list[Column]]:
        name = self.one_of(*TABLES)
        columns = [Column(f"{alias}.{c}", kind) for c, kind in COLUMNS[name].items()]
        if self.chance(0.15):
            return f"(SELECT DISTINCT * FROM {name}) {alias}", columns
        return f"{name} {alias}", columns

    def sources(self) -> tuple[str, list[Column]]:
        text, columns = self.table("t1")
        for number in range(self.random.choice((0, 1, 1, 2))):
            alias = f"t{number + 2}"
            other, more = self.table(alias)
            kind = self.one_of("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN")
            if kind == "CROSS JOIN":
                text += f" CROSS JOIN {other}"
            else:
                on = f"{self.random.choice([c.text for c in columns if c.type == 'int'])} = {alias}.k"
                if kind != "FULL JOIN" and self.chance(0.3):
                    on += f" AND {self.condition([*columns, *more], 1)}"
                if kind in ("JOIN", "LEFT JOIN") and self.chance(0.2):
                    on = self.condition([*columns, *more], 1)
                text += f" {kind} {other} ON {on}"
            columns = [*columns, *more]
        return text, columns

    def subquery_condition(self, columns: list[Column]) -> str:
        name = self.one_of(*TABLES)
        inner = [Column(f"i.{c}", kind) for c, kind in COLUMNS[name].items()]
        outer = self.random.choice([c.text for c in columns if c.type == "int"])
        where = self.condition([*inner, *columns] if self.chance(0.5) else inner, 1)
        return self.one_of(
            f"EXISTS (SELECT 1 FROM {name} i WHERE i.k = {outer} AND {where})",
            f"NOT EXISTS (SELECT 1 FROM {name} i WHERE i.k = {outer} AND {where})",
            f"{outer} IN (SELECT i.k FROM {name} i WHERE {where})",
            f"{outer} NOT IN (SELECT i.k FROM {name} i WHERE {where})",
            f"{outer} > ANY (SELECT i.k FROM {name} i WHERE {where})",
            f"{outer} <= ALL (SELECT i.k FROM {name} i WHERE {where})",
            f"{outer} = (SELECT max(i.k) FROM {name} i WHERE {where})",
            f"(SELECT count(*) FROM {name} i WHERE i.k = {outer} AND {where}) > 1",
        )

    def where(self, columns: list[Column]) -> str:
        parts = []
        if self.chance(0.5):
            parts.append(self.condition(columns, 2))
        if self.chance(0.35):
            parts.append(self.subquery_condition(columns))
        return f" WHERE {' AND '.join(parts)}" if parts else ""

    def plain(self) -> tuple[str, list[str]]:
        text, columns = self.sources()
        kinds = [self.one_of("int", "int", "text", "numeric") for _ in range(self.random.randint(1, 3))]
        outputs = [f"{self.scalar(kind, columns, 2)}::{kind}" for kind in kinds]
        if self.chance(0.2):
            name = self.one_of(*TABLES)
            outer = self.random.choice([c.text for c in columns if c.type == "int"])
            outputs.append(f"(SELECT {self.one_of('sum', 'min', 'count')}(i.k) FROM {name} i WHERE i.k {self.one_of('=', '<')} {outer})")
            kinds.append("int")
        distinct = "DISTINCT " if self.chance(0.15) else ""
        return f"SELECT {distinct}{', '.join(outputs)} FROM {text}{self.where(columns)}", kinds

    def aggregate(self, columns: list[Column]) -> tuple[str, str]:
        x, c = self.scalar("int", columns, 1), self.scalar("text", columns, 1)
        condition = self.condition(columns, 1)
        call, kind = self.random.choice((
            ("count(*)", "int"), (f"count({x})", "int"), (f"count(DISTINCT {x})", "int"), (f"sum({x}::int)", "int"),
            (f"min({x}::int)", "int"), (f"max({c}::text)", "text"), (f"avg({x}::int)", "numeric"), (f"sum(DISTINCT {x}::int)", "int"),
            (f"bool_or({condition})", "boolean"), (f"string_agg({c}::text, ',' ORDER BY {c}::text)", "text"),
            (f"array_agg({x}::int ORDER BY {x}::int)", "text"),
        ))  # fmt: skip
        return (f"{call} FILTER (WHERE {condition})" if self.chance(0.2) else call), kind

    def grouped(self) -> tuple[str, list[str]]:
        text, columns = self.sources()
        made = [self.aggregate(columns) for _ in range(self.random.randint(1, 3))]
        kinds = [kind for _, kind in made]
        outputs = [call for call, _ in made]
        where = self.where(columns)
        if self.chance(0.25):
            return f"SELECT {', '.join(outputs)} FROM {text}{where}", kinds
        keys = self.random.sample([c for c in columns if c.type != "numeric"], k=min(2, self.random.randint(1, 2)))
        names = [key.text for key in keys]
        group = self.one_of(*[", ".join(names)] * 3, f"ROLLUP ({', '.join(names)})", f"CUBE ({', '.join(names)})", f"GROUPING SETS (({names[0]}), ())" if len(names) == 1 else f"GROUPING SETS (({names[0]}), ({names[1]}), ())")
        having = f" HAVING {self.one_of('count(*) > 1', 'min(t1.k) IS NOT NULL', 'max(t1.k) > 0')}" if self.chance(0.25) else ""
        return f"SELECT {', '.join([*names, *outputs])} FROM {text}{where} GROUP BY {group}{having}", [*(k.type for k in keys), *kinds]

    def windowed(self) -> tuple[str, list[str]]:
        """Over u, whose primary key breaks every tie."""
        columns = [Column("id", "int"), Column("k", "int"), Column("s", "text")]
        x = self.scalar("int", columns, 1)
        frame = self.one_of(
            "", "", " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING",
            " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", " RANGE BETWEEN 1 PRECEDING AND CURRENT ROW",
            " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING", " ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW",
        )  # fmt: skip
        by = self.one_of("id", "id DESC") if " ROWS" in frame or not frame else self.one_of("k", "k DESC NULLS LAST")
        partition = self.one_of("", "PARTITION BY k ", "PARTITION BY s ")
        over = f"OVER ({partition}ORDER BY {by}{frame})"
        plain = f"OVER ({partition}ORDER BY {self.one_of('id', 'id DESC')})"
        call = self.one_of(
            f"sum({x}::int) {over}", f"count({x}) {over}", f"min({x}::int) {over}", f"max({x}::int) {over}", f"avg({x}::int) {over}",
            f"row_number() {plain}", f"rank() OVER ({partition}ORDER BY k)", f"dense_rank() OVER ({partition}ORDER BY k DESC)",
            f"lag({x}::int) {plain}", f"lead({x}::int, 2, -9) {plain}", f"first_value({x}::int) {plain}", f"last_value({x}::int) {plain}",
            f"nth_value({x}::int, 2) {plain}", f"ntile(2) {plain}",
        )  # fmt: skip
        where = f" WHERE {self.condition(columns, 1)}" if self.chance(0.4) else ""
        text = f"SELECT id, {call} AS w FROM u{where}"
        if self.chance(0.3):
            text = f"SELECT id, w FROM ({text}) x WHERE w {self.one_of('>', '<=', '=')} 1"
        return text, ["int", "int"]

    def set_operation(self) -> tuple[str, list[str]]:
        def side() -> str:
            text, columns = self.table("t1")
            return f"SELECT {self.scalar('int', columns, 1)}::int, {self.scalar('text', columns, 1)}::text FROM {text}{self.where(columns)}"

        text = side()
        for _ in range(self.random.randint(1, 2)):
            text += f" {self.one_of('UNION', 'UNION ALL', 'INTERSECT', 'INTERSECT ALL', 'EXCEPT', 'EXCEPT ALL')} {side()}"
        return text, ["int", "text"]

    def ordered(self) -> tuple[str, list[str]]:
        """The first rows in an order that has no ties among different rows."""
        text, columns = self.table("t1")
        names = ", ".join(c.text for c in columns)
        order = ", ".join(f"{i + 1}{self.one_of('', ' DESC')}{self.one_of('', ' NULLS FIRST', ' NULLS LAST')}" for i in range(3))
        limit = self.one_of(" LIMIT 2", " LIMIT 3 OFFSET 1", " OFFSET 2", "", " FETCH FIRST 2 ROWS WITH TIES")
        return f"SELECT {names} FROM {text}{self.where(columns)} ORDER BY {order}{limit}", [c.type for c in columns]

    def query(self) -> tuple[str, list[str], bool]:
        """SQL, the types of its columns, and whether the order of the rows is given."""
        kind = self.one_of("plain", "plain", "grouped", "grouped", "windowed", "set", "ordered", "with")
        match kind:
            case "plain":
                return (*self.plain(), False)
            case "grouped":
                return (*self.grouped(), False)
            case "windowed":
                return (*self.windowed(), False)
            case "set":
                return (*self.set_operation(), False)
            case "ordered":
                return (*self.ordered(), True)
            case _:
                inner, _ = self.set_operation()
                return f"WITH c (x, y) AS ({inner}) SELECT c1.x, count(c2.y), max(c2.y) FROM c c1 LEFT JOIN c c2 ON c1.x = c2.x GROUP BY c1.x", ["int", "int", "text"], False


def write(seed: int, count: int) -> str:
    """A whole file of `count` queries; the same seed gives the same text."""
    writer = Writer(seed)
    lines = [f"# Generated: python -m sqllogictest.generate {seed} {count}", ""]
    for name, columns in TABLES.items():
        lines += ["statement ok", f"CREATE TABLE {name} {columns}", ""]
    for name in TABLES:
        lines += ["statement ok", f"INSERT INTO {name} VALUES {', '.join(writer.row(name) for _ in range(8))}", ""]
    for number in range(count):
        if number % 4 == 3:
            lines += ["statement ok", writer.change(), ""]
        text, kinds, ordered = writer.query()
        letters = "".join(LETTERS[kind] for kind in kinds)
        lines += [f"query {letters} {'nosort' if ordered else 'rowsort'}", text, "----", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    print(write(int(sys.argv[1]), int(sys.argv[2])), end="")

"""Queries in the manner of sqlite's test corpus: few tables, long arithmetic, many joins, every clause on every one.

Six families: `select` (one table, correlated subqueries), `join` (up to 64 tables), `expr`, `aggregates`, `groupby` (signs,
CASE, NULLIF and COALESCE over small integers) and `index` (long conditions over a table with numbers and texts).
"""

from __future__ import annotations

import random

from .queries import Query
from .tree import Node, listed, node, optional

FAMILIES = ("select", "join", "expr", "aggregates", "groupby", "index")
_COMPARED = ("=", "<>", "<", "<=", ">", ">=")
JOINED = 64


class Corpus:
    """Statements of one family; the tables are made by `setup`."""

    def __init__(self, random: random.Random, family: str) -> None:
        self.random = random
        self.family = family

    def one_of(self, *items: str) -> str:
        return self.random.choice(items)

    def chance(self, p: float) -> bool:
        return self.random.random() < p

    def number(self) -> str:
        return str(self.random.randint(1, 99))

    # Tables

    def setup(self) -> list[str]:
        match self.family:
            case "select":
                return self._wide("t1", 30)
            case "join":
                return [s for i in range(1, JOINED + 1) for s in self._linked(i)]
            case "index":
                return self._indexed()
        made: list[str] = []
        for i, count in enumerate((3, 3, 3, 0)):
            made.append(f"CREATE TABLE tab{i} (col0 INTEGER, col1 INTEGER, col2 INTEGER)")
            made += [f"INSERT INTO tab{i} VALUES ({self.number()}, {self.number()}, {self.number()})" for _ in range(count)]
        return made

    def names(self) -> list[str]:
        """Of the tables that `setup` makes, views first."""
        if self.family == "index":
            return ["tab0", "tab1", "tab2"]
        return {"select": ["t1"], "join": [f"t{i}" for i in range(1, JOINED + 1)]}.get(self.family, [f"tab{i}" for i in range(4)])

    def _wide(self, name: str, count: int) -> list[str]:
        made = [f"CREATE TABLE {name} (a INTEGER, b INTEGER, c INTEGER, d INTEGER, e INTEGER)"]
        for i in range(count):
            values = [str(100 + 5 * i + j) for j in self.random.sample(range(5), 5)]
            if self.chance(0.3):
                values[self.random.randrange(5)] = "NULL"
            made.append(f"INSERT INTO {name} (e, c, b, d, a) VALUES ({', '.join(values)})")
        return made

    def _linked(self, i: int) -> list[str]:
        made = [f"CREATE TABLE t{i} (a{i} INTEGER PRIMARY KEY, b{i} INTEGER, x{i} VARCHAR(40))"]
        targets = self.random.sample(range(1, 11), 10)
        rows = ", ".join(f"({j}, {targets[j - 1]}, 'table t{i} row {j}')" for j in range(1, 11))
        return [*made, f"INSERT INTO t{i} VALUES {rows}"]

    def _indexed(self) -> list[str]:
        columns = "(pk INTEGER PRIMARY KEY, col0 INTEGER, col1 FLOAT, col2 TEXT, col3 INTEGER, col4 FLOAT, col5 TEXT)"
        made: list[str] = []
        for name in self.names():
            made.append(f"CREATE TABLE {name} {columns}")
            if name == "tab0":
                made += [f"INSERT INTO tab0 VALUES ({i}, {self._whole()}, {self._real()}, '{self._word()}', {self._whole()}, {self._real()}, '{self._word()}')" for i in range(20)]
            else:
                made.append(f"INSERT INTO {name} SELECT * FROM tab0")
                made += [f"CREATE INDEX idx_{name}_{c} ON {name} (col{c}{self.one_of('', ' DESC')})" for c in (0, 1, 3, 4)]
        return made

    def _whole(self) -> str:
        return "NULL" if self.chance(0.1) else str(self.random.randint(0, 999))

    def _real(self) -> str:
        return "NULL" if self.chance(0.1) else f"{self.random.randint(0, 99999) / 100}"

    def _word(self) -> str:
        return "".join(self.random.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(5))

    # Queries

    def query(self) -> Query:
        match self.family:
            case "select":
                return self._select()
            case "join":
                return self._join()
            case "index":
                return self._index()
            case "expr":
                return Query(node("query", f"SELECT {self.one_of('', 'ALL ', 'DISTINCT ')}", self.sum([], 3), self._alias()), [], several=True)
            case "aggregates":
                return self._aggregated()
        return self._grouped()

    def _alias(self) -> str:
        return self.one_of("", " AS col0", " col1", " AS col2")

    # select1 … select3

    def _select(self) -> Query:
        items = [self._item() for _ in range(self.random.choice((1, 1, 2, 3, 4, 5, 7)))]
        where: str | Node = ""
        if self.chance(0.7):
            tests = [self._test("t1") for _ in range(self.random.randint(1, 3))]
            where = optional(" WHERE ", listed(tests, self.one_of(" AND ", " OR ")))
        order = ", ".join(map(str, self.random.sample(range(1, len(items) + 1), len(items))))
        return Query(node("query", "SELECT ", listed(items), " FROM t1", where, f" ORDER BY {order}"), [], ordered=True)

    def _item(self) -> Node:
        c = self.one_of(*"abcde")
        text = self.one_of(
            "a", "b", "c", "d", "e", "a-b", "b-c", "c-d", "d-e", "a+b*2", "a+b*2+c*3", "a+b*2+c*3+d*4", "a+b*2+c*3+d*4+e*5",
            "(a+b+c+d+e)/5", "abs(a)", "abs(b-c)", "CASE WHEN c>(SELECT avg(c) FROM t1) THEN a*2 ELSE b*10 END",
            "CASE WHEN a<b-3 THEN 111 WHEN a<=b THEN 222 WHEN a<b+3 THEN 333 ELSE 444 END",
            "CASE a+1 WHEN b THEN 111 WHEN c THEN 222 WHEN d THEN 333 WHEN e THEN 444 ELSE 555 END",
            f"(SELECT count(*) FROM t1 AS x WHERE x.{c}<t1.{c})", f"(SELECT max(x.{c}) FROM t1 AS x WHERE x.b<t1.b)",
            f"coalesce({c}, (SELECT min(b) FROM t1), 7)", f"nullif({c}, b)",
        )  # fmt: skip
        return node("int4", text)

    def _test(self, table: str) -> Node:
        c, d = self.random.sample("abcde", 2)
        return node("bool", self.one_of(
            f"{c}>{d}", f"({c}>{d}-2 AND {c}<{d}+2)", f"{c} IS NULL", f"{c} IS NOT NULL", f"{d} BETWEEN 110 AND 150", f"{c} BETWEEN {d}-2 AND {c}+2",
            f"{c} NOT BETWEEN 110 AND 150", f"({c}>{d} OR {d} BETWEEN 120 AND 190)", f"{c} IN (101, 117, {d})", f"coalesce({c},{d},a,b,c,d,e)<>0",
            f"EXISTS(SELECT 1 FROM t1 AS x WHERE x.{c}<{table}.{c})", f"NOT EXISTS(SELECT 1 FROM t1 AS x WHERE x.{c}>{table}.{d})",
            f"{c} IN (SELECT {d} FROM t1)", f"{c}>(SELECT avg({d}) FROM t1)", "(e>a AND e<b)", f"{c}+0 NOT IN (SELECT x.{d} FROM t1 x WHERE x.a<{table}.a)",
        ))  # fmt: skip

    # select4, select5

    def _join(self) -> Query:
        if self.chance(0.3):
            return self._united()
        count = self.random.choice((4, 8, 12, 20, 32, 48, JOINED))
        chosen = self.random.sample(range(1, JOINED + 1), count)
        tests = [f"{left} = {right}" for left, right in
                 ((f"a{i}", f"b{j}") if self.chance(0.5) else (f"b{j}", f"a{i}") for i, j in zip(chosen, chosen[1:]))]  # fmt: skip
        tests.append(f"a{self.random.choice(chosen)} = {self.random.randint(1, 10)}")
        self.random.shuffle(tests)
        columns = ",".join(f"x{i}" for i in self.random.sample(chosen, count))
        tables = ",".join(f"t{i}" for i in self.random.sample(chosen, count))
        return Query(node("query", f"SELECT {columns} FROM {tables} WHERE ", listed([node("bool", t) for t in tests], " AND ")), [])

    def _united(self) -> Query:
        sides = []
        for _ in range(self.random.randint(2, 9)):
            i = self.random.randint(1, 9)
            tests = [f"b{i} in ({', '.join(self.number() for _ in range(5))})", f"a{i} = {self.random.randint(1, 10)}", f"b{i} = {self.random.randint(1, 10)}", f"NOT (a{i} = 3 OR b{i} < 4)", f"a{i} > b{i}"]
            sides.append(f"SELECT x{i} FROM t{i} WHERE " + self.one_of(" OR ", " AND ").join(self.random.sample(tests, self.random.randint(1, 3))))
        text = sides[0]
        for side in sides[1:]:
            text += self.one_of(" UNION ", " UNION ALL ", " EXCEPT ", " INTERSECT ") + side
        return Query(node("query", text, self.one_of("", " ORDER BY 1")), [])

    # random/expr, random/aggregates, random/groupby, random/select

    def sum(self, columns: list[str], depth: int, aggregates: bool = True) -> Node:
        """Signed operands with operators between them."""
        parts: list[str | Node] = [self._signed(columns, depth, aggregates)]
        for _ in range(self.random.choice((0, 0, 1, 1, 2, 3))):
            parts += [f" {self.one_of('+', '-', '*', '+', '-', '*', '/')} ", self._signed(columns, depth, aggregates)]
        return Node("int4", parts)

    def _signed(self, columns: list[str], depth: int, aggregates: bool) -> Node:
        signs = self.one_of("", "", "- ", "+ ", "- - ", "+ - ", "- + ", "+ + ")
        roll = self.random.random()
        if depth <= 0 or roll < 0.55:
            name = self.one_of(*columns) if columns and self.chance(0.6) else self.one_of(self.number(), self.number(), self.number(), "CAST ( NULL AS INTEGER )")
            return node("int4", signs, name)

        def below() -> Node:
            return self.sum(columns, depth - 1, aggregates)

        if aggregates and roll < 0.68:
            name = self.one_of("COUNT", "MIN", "MAX", "SUM", "COUNT", "AVG")
            if name == "COUNT" and self.chance(0.6):
                return node("int4", signs, "COUNT ( * )")
            inner = self.sum(columns, 0, False)
            return node("int4", signs, f"{name} ( {self.one_of('', 'ALL ', 'DISTINCT ')}", inner, " )", *((" :: INTEGER",) if name == "AVG" else ()))
        match self.random.randrange(6):
            case 0:
                return node("int4", signs, "COALESCE ( ", listed([below() for _ in range(self.random.randint(2, 4))]), " )")
            case 1:
                return node("int4", signs, "NULLIF ( ", below(), ", ", below(), " )")
            case 2:
                return node("int4", signs, "CAST ( ", below(), " AS INTEGER )")
            case 3:
                return node("int4", signs, "( ", below(), " )")
            case 4:
                pairs = [node("clause", " WHEN ", below(), " THEN ", below()) for _ in range(self.random.randint(1, 3))]
                return node("int4", signs, "CASE ", below(), *pairs, self._otherwise(below()), " END")
        pairs = [node("clause", " WHEN ", self.test(columns, depth - 1, aggregates), " THEN ", below()) for _ in range(self.random.randint(1, 2))]
        return node("int4", signs, "CASE", *pairs, self._otherwise(below()), " END")

    def _otherwise(self, value: Node) -> str | Node:
        return optional(" ELSE ", value) if self.chance(0.5) else ""

    def test(self, columns: list[str], depth: int, aggregates: bool = False) -> Node:
        """A condition without parentheses around its operands."""

        def value() -> Node:
            return self.sum(columns, depth, aggregates)

        word = self.one_of("", "", "NOT ")
        no = self.one_of("", "NOT ")
        match self.random.randrange(7):
            case 0:
                return node("bool", word, value(), f" {no}BETWEEN ", value(), " AND ", value())
            case 1:
                return node("bool", word, value(), f" {no}IN ( ", listed([value() for _ in range(self.random.randint(1, 3))]), " )")
            case 2:
                return node("bool", word, value(), f" IS {no}NULL")
            case 3:
                return node("bool", word, "NULL IS ", no, "NULL")
            case 4:
                return node("bool", word, "( ", self.test(columns, 0, aggregates), f" {self.one_of('AND', 'OR')} ", self.test(columns, 0, aggregates), " )")
        return node("bool", word, value(), f" {self.one_of(*_COMPARED)} ", value())

    def _tables(self) -> tuple[str, list[str]]:
        count = self.random.choice((1, 1, 1, 2, 2, 3))
        text = ""
        columns: list[str] = []
        for i in range(count):
            name = f"tab{self.random.randint(0, 2)}"
            text += (self.one_of(", ", " CROSS JOIN ") if i else "") + f"{name} {self.one_of('', 'AS ')}cor{i}"
            columns += [f"cor{i}.col{c}" for c in range(3)]
        return text, columns if count > 1 else [*columns, "col0", "col1", "col2"]

    def _where(self, columns: list[str]) -> str | Node:
        return optional(" WHERE ", self.test(columns, 1)) if self.chance(0.5) else ""

    def _aggregated(self) -> Query:
        tables, columns = self._tables()
        if self.chance(0.4):
            items = [node("clause", self.sum(columns, 1, False), self._alias()) for _ in range(self.random.randint(1, 3))]
        else:
            items = [node("clause", self._aggregate_sum(columns), self._alias())]
        return Query(node("query", f"SELECT {self.one_of('', 'ALL ', 'DISTINCT ')}", listed(items), f" FROM {tables}", self._where(columns)), [], several=True)

    def _aggregate_sum(self, columns: list[str]) -> Node:
        """Columns stand in aggregates only."""
        parts: list[str | Node] = []
        for i in range(self.random.randint(1, 3)):
            name = self.one_of("COUNT", "MIN", "MAX", "SUM")
            call = "COUNT ( * )" if name == "COUNT" and self.chance(0.5) else node("int4", f"{name} ( {self.one_of('', 'ALL ', 'DISTINCT ')}", self.sum(columns, 1, False), " )")
            parts += [f" {self.one_of('+', '-', '*')} " if i else "", self.one_of("", "- ", "+ "), call]
        return Node("int4", [*parts, f" {self.one_of('+', '-', '*', '/')} ", self.sum([], 1, False)])

    def _grouped(self) -> Query:
        tables, columns = self._tables()
        keys = list(dict.fromkeys(self.one_of(*columns) for _ in range(self.random.randint(1, 3))))
        items = [node("clause", self.sum(keys, 2, False), self._alias()) for _ in range(self.random.randint(1, 2))]
        having = optional(" HAVING ", self.test(keys, 0)) if self.chance(0.4) else ""
        head = f"SELECT {self.one_of('', 'ALL ', 'DISTINCT ')}"
        return Query(node("query", head, listed(items), f" FROM {tables}", self._where(columns), f" GROUP BY {', '.join(keys)}", having), [], several=True)

    # index/*

    def _index(self) -> Query:
        name = self.one_of(*self.names())
        what = self.one_of("pk", "pk", "pk, col0", "*", "col0, col1 AS c", "count(*)", "sum(col0), max(col4)", "DISTINCT col3", "pk, col2 || col5")
        order = ""
        if "(" not in what and self.chance(0.4):
            order = " ORDER BY " + ", ".join(f"{i + 1}{self.one_of('', ' DESC', ' ASC')}" for i in range(1 if what.startswith("DISTINCT") else what.count(",") + 1))
        return Query(node("query", f"SELECT {what} FROM {name} WHERE ", self._condition(3), order), [], ordered=what.startswith("pk") and bool(order))

    def _condition(self, depth: int) -> Node:
        if depth <= 0 or self.chance(0.4):
            return self._simple()
        inner = [self._condition(depth - 1) for _ in range(self.random.randint(1, 3))]
        return node("bool", self.one_of("(", "(", "(", "NOT ("), listed(inner, f" {self.one_of('AND', 'OR')} "), ")")

    def _simple(self) -> Node:
        whole = self.chance(0.5)
        column = self.one_of("col0", "col3") if whole else self.one_of("col1", "col4")

        def value() -> str:
            return str(self.random.randint(0, 999)) if whole else f"{self.random.randint(0, 99999) / 100}"

        match self.random.randrange(7):
            case 0:
                return node("bool", f"{column} IS {self.one_of('', 'NOT ')}NULL")
            case 1:
                low, high = sorted((value(), value()), key=float)
                return node("bool", f"{column} BETWEEN {low} AND {high}")
            case 2:
                return node("bool", f"{column} {self.one_of('', 'NOT ')}IN ({', '.join(value() for _ in range(self.random.randint(1, 6)))})")
            case 3:
                other = self.one_of("col0", "col3") if whole else self.one_of("col1", "col4")
                return node("bool", f"{column} IN (SELECT {other} FROM tab0 WHERE {self._simple()})")
            case 4:
                return node("bool", f"{value()} {self.one_of(*_COMPARED)} {column}")
        return node("bool", f"{column} {self.one_of(*_COMPARED)} {value()}")

"""Random queries: joins, subqueries, groups, windows, set operations, CTEs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .expressions import FAMILIES, NARROWER, Column, Expressions, Scope, Template
from .relations import FUNCTIONS, Relation, table_function
from .schema import Table
from .tree import Node, listed, node, optional
from .windows import window_call


@dataclass(slots=True)
class Query:
    """`ordered`: the rows come in one order only."""

    node: Node
    columns: list[tuple[str, str]]
    ordered: bool = False
    several: bool = False  # several errors may be in it


class Queries(Expressions):
    """Writes queries over the tables it was given."""

    tables: list[Table]
    form: str = ""  # of all queries: simple, grouped, windowed, set_operation, with_query, distinct_on

    # Sources

    def relation(self, depth: int, lateral: Scope | None = None) -> Relation:
        """Something with an alias in FROM; `lateral`: what a LATERAL one may use."""
        alias = self.name("a")
        roll = self.random.random()
        if depth > 0 and roll < 0.12:
            query = self.query(depth - 1, lateral, names=True, plain=True)
            word = "LATERAL " if lateral is not None else ""
            return self._named(node("from", word, "(", query.node, ") ", alias), alias, query.columns)
        if depth > 0 and lateral is not None and lateral.columns and roll < 0.16:
            return self._nearest(alias, lateral)
        if roll < 0.17:
            return table_function(self, alias, lateral or Scope([]))
        if roll < 0.2:
            kinds = [self.kind() for _ in range(self.random.randint(1, 3))]
            rows = [node("row", "(", listed([self.constant(k) for k in kinds]), ")") for _ in range(self.random.randint(1, 3))]
            columns = [(f"c{i}", k) for i, k in enumerate(kinds)]
            names = ", ".join(n for n, _ in columns)
            return self._named(node("from", "(VALUES ", listed(rows), f") {alias} ({names})"), alias, columns)
        table = self.random.choice(self.tables)
        found = self._named(node("from", f"{table.name} {alias}"), alias, table.read)
        return Relation(found.node, found.columns, [f"{alias}.id"] if table.unique else found.order, table.unique)

    def _nearest(self, alias: str, lateral: Scope) -> Relation:
        """The first rows of a table for each row to the left."""
        table = self.random.choice(self.tables)
        inner = self.name("a")
        scope = Scope([Column(f"{inner}.{name}", kind) for name, kind in table.read], lateral)
        order = ", ".join(c.text + self.one_of("", " DESC", " NULLS FIRST") for c in self.random.sample(scope.columns, len(scope.columns)))
        cut = self.one_of("LIMIT 1", "LIMIT 2", "LIMIT 1 OFFSET 1", "FETCH FIRST 2 ROWS ONLY", "OFFSET 1")
        text = node("from", f"LATERAL (SELECT * FROM {table.name} {inner}", self.where(scope, 1), f" ORDER BY {order} {cut}) {alias}")
        return self._named(text, alias, table.read)

    def _named(self, text: Node, alias: str, columns: list[tuple[str, str]]) -> Relation:
        own = [Column(f"{alias}.{name}", kind) for name, kind in columns]
        return Relation(text, own, [c.text for c in own])

    def sources(self, depth: int, outer: Scope | None) -> Relation:
        found = self.relation(depth, outer)
        for _ in range(self.random.choices((0, 1, 2, 3), (5, 5, 2, 0.5))[0]):
            found = self._joined(found, depth, outer)
        return found

    def _joined(self, left: Relation, depth: int, outer: Scope | None) -> Relation:
        kind = self.one_of("JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN")
        lateral = self.chance(0.2) and kind in ("JOIN", "LEFT JOIN", "CROSS JOIN")
        right = self.relation(depth, Scope(left.columns, outer) if lateral else outer)
        named = [c for c in left.columns if "." in c.text]  # not those that USING has merged
        columns, order, unique = [*named, *right.columns], [*left.order, *right.order], left.unique and right.unique
        if kind == "CROSS JOIN":
            return Relation(node("from", left.node, self.one_of(" CROSS JOIN ", ", "), right.node), columns, order, unique)
        both = {c.text.split(".")[1] for c in left.columns if "." in c.text} & {c.text.split(".")[1] for c in right.columns if "." in c.text}
        if both >= {"id", "k"} and self.chance(0.15) and len({c.text.split(".")[0] for c in left.columns}) == 1:
            how = self.one_of(" USING (k)", " USING (id, k)", " USING (id)")
            if self.chance(0.2):
                return Relation(node("from", left.node, f" NATURAL {kind} ", right.node), columns, order, unique)
            merged = [Column(name, "int4", plain=False) for name in ("id", "k") if name in how]
            return Relation(node("from", left.node, f" {kind} ", right.node, how), [*columns, *merged], order, unique)
        alike = [(a, b) for a in named for b in right.columns if a.kind == b.kind]
        pairs = [(a, b) for a in named for b in right.columns if any(a.kind in f and b.kind in f for f in FAMILIES)] if self.chance(0.15) else alike
        scope = Scope(columns, outer)
        if not pairs and kind == "FULL JOIN":
            kind = "LEFT JOIN"
        if pairs and (kind == "FULL JOIN" or self.chance(0.8)):
            likely = [p for p in pairs if p[0].text.endswith((".k", ".id"))] or pairs
            a, b = self.random.choice(likely if self.chance(0.6) else pairs)
            on: list[str | Node] = [node("bool", f"({a.text} = {b.text})")]
            if self.chance(0.35):
                on += [optional(" AND ", self.condition(scope, 1))]
        else:
            on = [self.condition(scope, 2)]
        return Relation(node("from", left.node, f" {kind} ", right.node, " ON ", *on), columns, order, unique)

    # Subqueries

    def whole_row(self, kind: str, scope: Scope) -> Node | None:
        """A value of a row of some relation, where there is one."""
        found = [c.text.split(".")[0] for c in scope.columns if c.plain and "." in c.text]
        if not found or scope.grouped is not None or kind not in ("text", "jsonb", "bool", "int4"):
            return None
        alias = self.random.choice(found)
        named = any(c.text == f"{alias}.id" for c in scope.columns)  # the row of a function that gives single values is no object
        forms = {
            "text": (f"{alias}::text", f"ROW({alias}.*)::text", f"to_json({alias})::text"),
            "jsonb": (f"to_jsonb({alias})", f"to_jsonb({alias}) - 'id'" if named else f"to_jsonb({alias})"),
            "bool": (f"({alias} IS NULL)", f"({alias} IS NOT NULL)", f"({alias} = {alias})", f"({alias} IS DISTINCT FROM {alias})"),
            "int4": (f"num_nulls({alias}.*)", f"length({alias}::text)"),
        }
        return node(kind, self.one_of(*forms[kind]))

    def scalar_subquery(self, kind: str, scope: Scope, depth: int) -> Node:
        match self.random.randrange(4):
            case 0:
                source = self.relation(depth - 1)
                inner = Scope(source.columns, scope)
                item = self.expression(kind, inner, 1)
                order = listed([node("item", o) for o in source.order])
                tail = self.one_of(" LIMIT 1", " LIMIT 1", " OFFSET 1 LIMIT 1", " FETCH FIRST ROW ONLY")
                return node(kind, "(SELECT ", item, " FROM ", source.node, self.where(inner, depth), " ORDER BY ", order, tail, ")")
            case 1 if self.chance(0.3):
                return node(kind, "(SELECT ", self.expression(kind, Scope([], scope), depth - 1), ")")
            case 2 if kind in ("int4[]", "text[]"):
                element = kind.removesuffix("[]")
                source = self.relation(depth - 1)
                inner = Scope(source.columns, scope)
                item = self.expression(element, inner, 1)
                return node(kind, "ARRAY(SELECT ", item, " FROM ", source.node, self.where(inner, depth), " ORDER BY 1)")
        source = self.sources(depth - 2, None) if self.chance(0.3) else self.relation(depth - 1)
        found = self.aggregate(kind, Scope(source.columns), 1)
        if found is None:
            return self.constant(kind)
        return node(kind, "(SELECT ", found, " FROM ", source.node, self.where(Scope(source.columns, scope), depth), ")")

    def subquery_condition(self, scope: Scope, depth: int) -> Node:
        kind = self.kind()
        x = self.expression(kind, scope, 1)
        match self.random.randrange(8):
            case 6:
                inner = self.query(depth - 1, scope, kinds=[kind, "int4"], plain=True)
                compare = self.one_of("=", "<>", "<", ">", "<=", ">=")
                y = self.expression("int4", scope, 1)
                return node("bool", "((", x, ", ", y, f") {compare} {self.one_of('ANY', 'ALL', 'SOME')} (", inner.node, "))")
            case 7:
                source = self.relation(depth - 1)
                found = [self.aggregate(k, Scope(source.columns), 1) or self.constant(k) for k in (kind, "int4")]
                inside = node("query", "SELECT ", listed(found), " FROM ", source.node, self.where(Scope(source.columns, scope), depth), " HAVING true")
                y = self.expression("int4", scope, 1)
                return node("bool", "((", x, ", ", y, f") {self.one_of('=', '<>', '<', '>=')} (", inside, "))")
            case 0 | 1:
                inner = self.query(depth - 1, scope, plain=True)
                return node("bool", self.one_of("(EXISTS (", "(NOT EXISTS ("), inner.node, "))")
            case 2 | 3:
                inner = self.query(depth - 1, scope, kinds=[self.kin(kind) if self.chance(0.15) else kind], plain=True)
                return node("bool", "(", x, self.one_of(" IN (", " NOT IN ("), inner.node, "))")
            case 4:
                inner = self.query(depth - 1, scope, kinds=[kind], plain=True)
                compare = self.one_of("=", "<>", "<", ">", "<=", ">=")
                return node("bool", "(", x, f" {compare} {self.one_of('ANY', 'ALL', 'SOME')} (", inner.node, "))")
        inner = self.query(depth - 1, scope, kinds=[kind, "int4"], plain=True)
        y = self.expression("int4", scope, 1)
        return node("bool", "((", x, ", ", y, self.one_of(") IN (", ") NOT IN ("), inner.node, "))")

    def where(self, scope: Scope, depth: int) -> Node:
        if self.chance(0.35):
            return optional("")
        if scope.outer is not None and self.chance(0.5):
            pairs = [(a, b) for a in scope.columns for b in scope.outer.columns if a.kind == b.kind and b.plain]
            if pairs:
                a, b = self.random.choice(pairs)
                return optional(" WHERE ", node("bool", f"({a.text} = {b.text})"), optional(" AND ", self.condition(scope, 1)) if self.chance(0.4) else "")
        return optional(" WHERE ", self.condition(scope, min(2, depth + 1)))

    # Queries

    def query(self, depth: int, outer: Scope | None = None, kinds: list[str] | None = None, names: bool = False, plain: bool = False) -> Query:
        """`names`: columns are c0, c1, …; `plain`: in a place where equal values must print alike."""
        forms = [(self.simple, 8.0), (self.grouped, 6.0), (self.windowed, 3.0), (self.set_operation, 2.0)]
        forms.append((self.with_query, 1.5 if outer is None else 0.4))
        if not names:
            forms.append((self.values, 0.4))
        if kinds is None:
            forms.append((self.distinct_on, 1.0))
            if not plain and outer is None:
                forms += [(self.set_returning, 0.8)] if names else [(self.star, 0.8), (self.set_returning, 0.8)]
        if depth <= 0:
            forms = forms[:3] if depth == 0 else forms[:1]
        form = self.random.choices([f for f, _ in forms], [w for _, w in forms])[0]
        wanted = kinds or [self.kind() for _ in range(self.random.randint(1, 4))]
        return form(depth, outer, wanted, names, plain)

    def items(self, found: list[Node], names: bool, plain: bool) -> Node:
        parts: list[Node] = []
        for number, item in enumerate(found):
            value = self.canonical(item) if plain else item
            parts.append(node("item", value, f" AS c{number}") if names or self.chance(0.5) else node("item", value))
        return listed(parts)

    def _columns(self, kinds: list[str]) -> list[tuple[str, str]]:
        return [(f"c{i}", kind) for i, kind in enumerate(kinds)]

    def simple(self, depth: int, outer: Scope | None, kinds: list[str], names: bool, plain: bool) -> Query:
        source = self.sources(depth, outer)
        scope = Scope(source.columns, outer)
        distinct = self.chance(0.12)
        ordered = self.chance(0.3)
        cut = ordered and self.chance(0.6)
        by_position = self.chance(0.5) or distinct
        unique = plain or distinct or (ordered and by_position)
        found = [self.expression(kind, scope, 2 + (depth > 1)) for kind in kinds]
        parts: list[str | Node] = ["SELECT DISTINCT " if distinct else "SELECT ", self.items(found, names, unique)]
        parts += [" FROM ", source.node, self.where(scope, depth)]
        if ordered:
            keys = [str(i + 1) for i in range(len(kinds))] if by_position else source.order
            directions = ("", "", " DESC", " ASC NULLS FIRST", " DESC NULLS LAST")
            order: list[Node] = [node("item", key, self.one_of(*directions)) for key in keys]
            if not by_position and self.chance(0.4):
                order.insert(0, node("item", node("clause", "coalesce(", self.expression(self.kind(), scope, 1), ")"), self.one_of(*directions)))
            parts += [" ORDER BY ", listed(order)]
            if cut and self.chance(0.1):
                parts += [f" LIMIT (SELECT count(*) / 2 FROM {self.random.choice(self.tables).name})"]
            elif cut and not plain and not distinct and self.chance(0.15):  # by one key only, with all that tie
                parts[-1] = order[0]
                parts += [self.one_of(" FETCH FIRST 2 ROWS WITH TIES", " FETCH NEXT ROW WITH TIES")]
                ordered = False
            elif cut:
                parts += [optional(self.one_of(" LIMIT 1", " LIMIT 3", " LIMIT 2 OFFSET 1", " OFFSET 2", " LIMIT 0", " FETCH FIRST 2 ROWS ONLY", " LIMIT ALL"))]
        # the order holds when all of the row orders it, or the key of the source does
        return Query(Node("query", parts), self._columns(kinds), ordered)

    def distinct_on(self, depth: int, outer: Scope | None, kinds: list[str], names: bool, plain: bool) -> Query:
        source = self.sources(depth, None) if self.chance(0.3) else self.relation(depth)
        scope = Scope(source.columns, outer)
        key = ", ".join(dict.fromkeys(self.random.choice(source.columns).text for _ in range(self.random.choice((1, 1, 2)))))
        items = self.items([self.expression(kind, scope, 2) for kind in kinds], names, plain)
        order = ", ".join([key, *source.order])
        return Query(node("query", f"SELECT DISTINCT ON ({key}) ", items, " FROM ", source.node, self.where(scope, depth), f" ORDER BY {order}"), self._columns(kinds), True)

    def grouped(self, depth: int, outer: Scope | None, kinds: list[str], names: bool, plain: bool) -> Query:
        source = self.sources(depth, outer)
        scope = Scope(source.columns, outer)
        keys: list[Column] = []
        for _ in range(self.random.choice((0, 1, 1, 2, 2, 3))):
            if self.chance(0.7):
                found = self.random.choice(source.columns)
                if outer is not None and outer.columns and self.chance(0.15):
                    found = self.random.choice([c for c in outer.columns if c.plain] or source.columns)
                keys.append(found)
            else:
                kind = self.kind()
                subqueries, self.subqueries = self.subqueries, False
                item = self.canonical(self.expression(kind, Scope(source.columns), 1))
                self.subqueries = subqueries
                if any(c.text in str(item) for c in source.columns):
                    keys.append(Column(str(item), kind, plain=False))
        if self.chance(0.12):
            return self._by_output(source, outer, kinds, depth, plain)
        if keys and self.chance(0.25) and not any(re.search(r"coalesce|CASE| AND | OR |NULL|least|greatest", k.text) for k in keys):
            sets = self._grouping_sets([k.text for k in keys])  # PostgreSQL 15 shows keys that become constants where they are not grouped
        else:
            sets = ", ".join(dict.fromkeys(k.text for k in keys))
        groups = Scope([*{k.text: k for k in keys}.values()], outer, grouped=Scope(source.columns, outer))
        items: list[Node] = []
        for kind in kinds:
            own = groups.of(kind)
            if own and self.chance(0.4):
                items.append(node(kind, self.random.choice(own).text))
            elif kind == "int4" and keys and "(" in sets and self.chance(0.5):
                items.append(node(kind, f"grouping({self.random.choice(keys).text})"))
            else:
                aggregate = self.aggregate(kind, Scope(source.columns), 1 + (depth > 0)) if self.chance(0.6) else None
                items.append(aggregate or self.expression(kind, groups, 2))
        if not sets and not any(self._has_aggregate(str(i)) for i in items):
            items[0] = node(items[0].kind, items[0]) if kinds[0] != "int8" else node("int8", "count(*)")
        parts: list[str | Node] = ["SELECT ", self.items(items, names, plain), " FROM ", source.node, self.where(scope, depth)]
        if sets:
            parts += [f" GROUP BY {sets}"]
        else:
            parts += [" GROUP BY ()"]
        if keys and "(" in sets and self.chance(0.15):
            parts += [f" HAVING grouping({', '.join(k.text for k in keys)}) {self.one_of('=', '<>', '<')} {self.one_of('0', '1', '2')}"]
        elif self.chance(0.25):
            parts += [optional(" HAVING ", self.condition(groups, 2))]
        if keys and "(" in sets and self.chance(0.15):
            parts += [f" ORDER BY grouping({self.random.choice(keys).text}) DESC, 1"]
        return Query(Node("query", parts), self._columns(kinds))

    def _by_output(self, source: Relation, outer: Scope | None, kinds: list[str], depth: int, plain: bool) -> Query:
        """GROUP BY numbers or names of results."""
        scope = Scope(source.columns, outer)
        count = self.random.randint(1, len(kinds))
        items = [self.canonical(self.expression(kind, scope, 1)) for kind in kinds[:count]]
        items += [self.aggregate(kind, Scope(source.columns), 1) or self.constant(kind) for kind in kinds[count:]]
        keys = ", ".join(self.one_of(str(i + 1), f"c{i}", f"(c{i})") for i in range(count))
        order = optional(f" ORDER BY {', '.join(self.one_of(str(i + 1), f'c{i}') for i in range(count))}") if self.chance(0.3) else ""
        parts: list[str | Node] = ["SELECT ", self.items(items, True, plain), " FROM ", source.node, self.where(scope, depth), f" GROUP BY {keys}", order]
        return Query(Node("query", parts), self._columns(kinds))

    def _has_aggregate(self, text: str) -> bool:
        return "count(" in text

    def _grouping_sets(self, keys: list[str]) -> str:
        all_keys = ", ".join(keys)
        sets = ", ".join(f"({', '.join(self.random.sample(keys, self.random.randint(0, len(keys))))})" for _ in range(self.random.randint(1, 3)))
        first, last = keys[0], keys[-1]
        if self.chance(0.4):
            nested = (f"{first}, ROLLUP ({all_keys})", f"GROUPING SETS (ROLLUP ({all_keys}), ({last}))", f"GROUPING SETS (CUBE ({first}, {last}), GROUPING SETS ((), ({first})))")
            return self.one_of(*nested, f"DISTINCT ROLLUP ({all_keys}), CUBE ({last})", f"ROLLUP (({all_keys}), {first})", f"GROUPING SETS (({first}), ({last})), ROLLUP ({last})")
        return self.one_of(f"ROLLUP ({all_keys})", f"CUBE ({all_keys})", f"GROUPING SETS ({sets})", f"GROUPING SETS (({all_keys}), ())")

    def windowed(self, depth: int, outer: Scope | None, kinds: list[str], names: bool, plain: bool) -> Query:
        source = self.sources(depth, outer) if self.chance(0.3) else self.relation(depth, outer)
        scope = Scope(source.columns, outer)
        where = self.where(scope, depth)
        order, unique, tail = source.order, source.unique, ""
        if self.chance(0.25):  # over groups
            keys = list(dict.fromkeys(self.random.choice(source.columns) for _ in range(self.random.choice((1, 1, 2)))))
            scope = Scope(keys, outer, grouped=Scope(source.columns))
            order, unique = [k.text for k in keys], True
            tail = f" GROUP BY {', '.join(order)}"
        items: list[Node] = []
        for kind in kinds:  # rows that are alike may come in another order in another window
            alone = unique or not any(" OVER " in str(i) for i in items)
            items.append((alone and window_call(self, kind, scope, order)) or self.expression(kind, scope, 1))
        named: dict[str, str] = {}
        for item in items:
            over = item.parts[-1]
            if isinstance(over, str) and over.startswith(" OVER (") and self.chance(0.2):
                item.parts[-1] = " OVER " + named.setdefault(over, f"n{len(named)}")
        if named:
            tail += " WINDOW " + self._windows(named)
        return Query(node("query", "SELECT ", self.items(items, names, plain), " FROM ", source.node, where, tail), self._columns(kinds))

    def _windows(self, named: dict[str, str]) -> str:
        """Definitions, some of which add an order to the partition of one before."""
        found: list[str] = []
        for over, name in named.items():
            text = over.removeprefix(" OVER ")
            partition, order, rest = text.partition(" ORDER BY ")
            if order and partition.startswith("(PARTITION BY ") and "(" not in partition[1:] and self.chance(0.5):
                found.append(f"{name}p AS {partition})")
                text = f"({name}p ORDER BY {rest}"
            found.append(f"{name} AS {text}")
        return ", ".join(found)

    def values(self, depth: int, outer: Scope | None, kinds: list[str], names: bool, plain: bool) -> Query:
        """Rows of constants, some of which take their types from those in other rows."""
        rows: list[Node] = []
        for number in range(self.random.randint(1, 4)):
            row: list[Node] = []
            for kind in kinds:
                text = "'" + self.value(kind).replace("''", "'").replace("'", "''") + "'"
                other = node(kind, "NULL" if self.chance(0.3) else text)
                row.append(other if number and self.chance(0.3) else self.canonical(self.constant(kind)))
            rows.append(node("row", "(", listed(row), ")"))
        order = optional(self.one_of("", " LIMIT 2", " OFFSET 1")) if self.chance(0.5) else ""
        every = " ORDER BY " + ", ".join(str(i + 1) for i in range(len(kinds)))
        return Query(node("query", "VALUES ", listed(rows), every, order), [(f"column{i}", k) for i, k in enumerate(kinds, 1)], True)

    def star(self, depth: int, outer: Scope | None, kinds: list[str], names: bool, plain: bool) -> Query:
        source = self.sources(depth, outer)
        scope = Scope(source.columns, outer)
        alias = self.random.choice(source.columns).text.split(".")[0]
        columns = [("c0", c.kind) for c in source.columns]
        what = self.one_of("*", "*", f"{alias}.*", f"*, {alias}.*", f"count(*) OVER (), {alias}.*")
        return Query(node("query", f"SELECT {what} FROM ", source.node, self.where(scope, depth)), columns)

    def set_returning(self, depth: int, outer: Scope | None, kinds: list[str], names: bool, plain: bool) -> Query:
        """Functions of many rows in the select list, side by side and in expressions."""
        source = self.relation(depth, outer)
        scope = Scope(source.columns, outer)
        items: list[Node] = []
        for _ in range(self.random.choice((1, 1, 2))):
            text, result = self.random.choice([f for f in FUNCTIONS if len(f[1]) == 1])
            call = self.fill(Template.read(text), result[0], Scope(source.columns), 1)
            items.append(node(result[0], call, " + 1") if result[0] == "int4" and self.chance(0.2) else call)
        items += [self.expression(kind, scope, 1) for kind in kinds[:2]]
        return Query(node("query", "SELECT ", self.items(items, names, plain), " FROM ", source.node, self.where(scope, depth)), self._columns([i.kind for i in items]))

    def set_operation(self, depth: int, outer: Scope | None, kinds: list[str], names: bool, plain: bool) -> Query:
        mixed = [(k, *NARROWER.get(k, ())) for k in kinds]  # some operands have narrower types

        def side() -> Node:
            own = [self.one_of(*options) if self.chance(0.15) else options[0] for options in mixed]
            return self.query(depth - 1, outer, own, names=True, plain=True).node

        parts: list[str | Node] = ["(", side(), ")"]
        for _ in range(self.random.randint(1, 2)):
            parts += [f" {self.one_of('UNION', 'UNION ALL', 'INTERSECT', 'INTERSECT ALL', 'EXCEPT', 'EXCEPT ALL')} (", side(), ")"]
        if self.chance(0.2):
            parts += [" ORDER BY " + ", ".join(str(i + 1) for i in range(len(kinds))), optional(self.one_of("", " LIMIT 3", " OFFSET 1"))]
        return Query(Node("query", parts), self._columns(kinds))

    def with_query(self, depth: int, outer: Scope | None, kinds: list[str], names: bool, plain: bool) -> Query:
        before = self.tables
        parts: list[Node] = []
        recursive = ""
        for _ in range(self.random.choice((1, 1, 2))):
            name = self.name("w")
            if self.chance(0.35):
                text, columns = self._recursive(name)
                recursive = "RECURSIVE "
                parts.append(text)
            else:
                inner = self.query(depth - 1, outer, names=True, plain=True)
                word = self.one_of("", "", "MATERIALIZED ", "NOT MATERIALIZED ")
                parts.append(node("clause", f"{name} AS {word}(", inner.node, ")"))
                columns = inner.columns
            self.tables = [*self.tables, Table(name, columns, False), Table(name, columns, False)]
        forms = (self.simple, self.grouped, self.windowed) if depth < 2 else (self.simple, self.grouped, self.set_operation)
        rest = self.random.choice(forms)(depth - 1, outer, kinds, names, plain)
        self.tables = before
        return Query(Node("query", [f"WITH {recursive}", listed(parts), " ", rest.node]), rest.columns, rest.ordered)

    def _recursive(self, name: str) -> tuple[Node, list[tuple[str, str]]]:
        """Terms that end: they count up to a bound, or walk over the pairs of a table with UNION."""
        table = self.random.choice([t for t in self.tables if any(n == "k" for n, _ in t.columns)] or self.tables)
        if not any(n == "k" for n, _ in table.columns):
            return node("clause", f"{name} (n, x) AS (SELECT 1, 'a' UNION ALL SELECT n + 1, x || 'b' FROM {name} WHERE n < 4)"), [("n", "int4"), ("x", "text")]
        columns = [("n", "int4"), ("x", "int4")]
        match self.random.randrange(6):
            case 3:
                other = self.random.choice([t for t in self.tables if any(n == "k" for n, _ in t.columns)])
                word = self.one_of("EXISTS", "NOT EXISTS")
                text = f"{name} (n, x) AS (SELECT id, k FROM {table.name} UNION SELECT t.id, t.k FROM {name} r JOIN {table.name} t ON t.k = r.n WHERE {word} (SELECT 1 FROM {other.name} o WHERE o.k = t.k AND o.k < r.x))"
            case 4:
                text = f"{name} (n, x) AS (SELECT id, 0 FROM {table.name} UNION ALL SELECT o.k, r.x + 1 FROM {name} r LEFT JOIN LATERAL (SELECT k FROM {table.name} WHERE id = r.n ORDER BY k LIMIT 1) o ON true WHERE r.x < 2)"
            case 5:
                text = f"{name} (n, x) AS (SELECT k, 1 FROM {table.name} WHERE id = 1 UNION (SELECT t.k, least(r.x + t.id, 9) FROM {table.name} t JOIN {name} r ON t.k IS NOT DISTINCT FROM r.n WHERE r.x < 5))"
            case 0:
                condition = self.condition(Scope([Column("r.n", "int4"), Column("r.x", "int4")]), 1)
                text = f"{name} (n, x) AS (SELECT k, 0 FROM {table.name} UNION ALL SELECT r.n + 1, r.x + 1 FROM {name} r WHERE r.x < 3 AND {condition})"
            case 1:
                text = f"{name} (n, x) AS (SELECT id, k FROM {table.name} UNION SELECT r.n, t.k FROM {name} r JOIN {table.name} t ON t.id = r.x)"
            case _:
                text = f"{name} (n, x) AS (SELECT id, 0 FROM {table.name} WHERE k = 1 UNION SELECT t.id, r.x + 1 FROM {name} r JOIN {table.name} t ON t.k = r.n WHERE r.x < 3)"
        return node("clause", text), columns

    def top(self, names: bool = False) -> Query:
        depth = self.random.choice((0, 1, 1, 2, 2, 3))
        if self.form:
            return getattr(self, self.form)(max(1, depth), None, [self.kind() for _ in range(self.random.randint(1, 4))], names, False)
        return self.query(depth, names=names)

    def chain(self) -> Node:
        """Operators without parentheses: what binds more tightly decides."""

        def operand() -> str:
            prefix = self.one_of("", "", "", "", "", "- ", "~ ", "@ ", "|/ ")
            value = self.one_of("a.id", "a.id", "1", "2", "3", "5", "1.5", "'3'", "'ab'", "NULL", "a.k", "true", "'{\"a\": 1}'::jsonb", "date '2024-01-31'", "(ARRAY[1, 2])[1]")
            return prefix + value + self.one_of("", "", "", "", "", "", "::text", "::int8", "::numeric")

        def sum() -> str:
            text = operand()
            for _ in range(self.random.randint(0, 3)):
                text += f" {self.one_of('+', '-', '*', '/', '%', '&', '|', '#', '<<', '>>', '||', '->>', '@>')} {operand()}"
            return text

        def test() -> str:
            word = self.one_of("", "", "NOT ")
            match self.random.randrange(6):
                case 0:
                    return f"{word}{sum()} {self.one_of('LIKE', 'NOT LIKE', '~')} {operand()}"
                case 1:
                    return f"{word}{sum()} {self.one_of('BETWEEN', 'NOT BETWEEN')} {operand()} AND {operand()}"
                case 2:
                    return f"{word}{sum()} {self.one_of('IN', 'NOT IN')} ({sum()}, {operand()})"
                case 3:
                    return f"{word}{sum()} {self.one_of('IS NULL', 'IS NOT NULL', 'ISNULL', 'NOTNULL', 'IS DISTINCT FROM 1', 'IS NOT DISTINCT FROM a.k + 1')}"
            return f"{word}{sum()} {self.one_of('=', '<', '>', '<=', '<>')} {sum()}" + self.one_of("", "", " IS TRUE", " IS NOT TRUE")

        if self.chance(0.5):
            return node("any", sum())
        text = test()
        for _ in range(self.random.randint(0, 2)):
            text += f" {self.one_of('AND', 'OR')} {test()}"
        return node("any", text)

    def row_expression(self) -> Query:
        """One expression over one table, where an error of any row is an error of the query."""
        table = self.random.choice([t for t in self.tables if t.rows] or self.tables)
        self.risky, self.subqueries = bool(table.rows), False
        if table.rows and self.chance(0.25):
            self.risky, self.subqueries = False, True
            return Query(node("query", "SELECT ", self.chain(), f" FROM {table.name} a"), [("c0", "any")], several=True)
        self.loose = 0.15 if self.chance(0.5) else 0.0
        item = self.expression(self.kind(), table.scope("a"), 2)
        several = self.loose > 0
        self.risky, self.subqueries, self.loose = False, True, 0.0
        return Query(node("query", "SELECT ", item, f" FROM {table.name} a"), [("c0", item.kind)], several=several)

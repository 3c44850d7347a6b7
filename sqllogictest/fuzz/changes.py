"""Random statements that change tables: every form of DML, directly and through subqueries, joins and CTEs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .expressions import Scope

if TYPE_CHECKING:
    from .schema import Schema, Table

_FORMS = {
    "insert": 8.0, "update": 5.0, "from": 2.0, "joined": 1.5, "delete": 4.0, "using": 1.5, "truncate": 0.3, "conflict": 3.0, "select": 2.0,
    "merge": 3.0, "with": 2.0, "shift": 1.0, "row": 1.0, "view": 2.0, "exists": 1.5, "listed": 2.0, "values": 1.5, "query": 1.5,
}  # fmt: skip


def change(schema: Schema) -> str:
    return Change(schema).text()


class Change:
    """One statement over a table of the schema and, often, another one."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.e = schema.e
        self.own = [t for t in schema.tables if not t.view]
        self.table: Table = self.e.random.choice(self.own)
        self.other: Table = self.e.random.choice(self.own)
        self.scope = self.table.scope(self.table.name)

    def text(self) -> str:
        e, table, other = self.e, self.table, self.other
        where = f" WHERE {e.condition(self.scope, 1)}" if e.chance(0.9) else ""
        returning = e.one_of("", "", "", " RETURNING *", " RETURNING k, id + 1 AS more")
        match e.random.choices(list(_FORMS), list(_FORMS.values()))[0]:
            case "update":
                return f"UPDATE {table.name} SET {self.sets(self.scope)}{where}{returning}"
            case "from" if other.unique and other is not table:
                name, kind = e.random.choice(table.columns[1:])
                value = self.assigned(name, kind, self.beside("o"))
                return f"UPDATE {table.name} SET {name} = {value} FROM {other.name} o WHERE {table.name}.k = o.id"
            case "joined" if other.unique and other is not table:
                third = e.random.choice(self.own)
                name, kind = e.random.choice(table.columns[1:])
                value = self.assigned(name, kind, self.beside("o"))
                how = e.one_of("JOIN", "LEFT JOIN")
                grouped = f"(SELECT k, count(*) AS n, max(id) AS m FROM {third.name} GROUP BY k) p"
                tail = e.one_of("", " RETURNING o.id, p.n", f" RETURNING {table.name}.*, p.*")
                return f"UPDATE {table.name} SET {name} = {value} FROM {other.name} o {how} {grouped} ON p.k = o.k WHERE {table.name}.k = o.id{tail}"
            case "delete":
                return f"DELETE FROM {table.name} WHERE k = {e.random.choice('0123')} AND {e.condition(self.scope, 1)}{returning}"
            case "using" if other is not table:
                return f"DELETE FROM {table.name} USING {other.name} o WHERE {table.name}.k = o.k AND {e.condition(self.beside('o'), 1)}"
            case "truncate":
                return f"TRUNCATE {table.name}"
            case "conflict" if table.unique and table.next_id:
                return self.conflict() + returning
            case "select":
                return self.select(returning)
            case "merge" if other.unique and other is not table:
                return self.merge()
            case "with" if other is not table:
                return self.with_changes()
            case "shift" if table.unique and table.next_id < 1000000:
                table.next_id += 2000
                return f"UPDATE {table.name} SET id = id + 1000{where}{returning}"
            case "row":
                return self.row_of_subquery()
            case "view":
                return self.through_view(where)
            case "listed":
                return self.listed() + returning
            case "values" if table.unique:
                return self.from_values()
            case "query" if other is not table:
                return self.from_query()
            case "exists" if other is not table:
                word = e.one_of("EXISTS", "NOT EXISTS")
                inner = e.condition(Scope(other.scope("o").columns, self.scope), 1)
                found = f"{word} (SELECT 1 FROM {other.name} o WHERE o.k = {table.name}.k AND {inner})"
                if e.chance(0.5):
                    return f"DELETE FROM {table.name} WHERE k = {e.random.choice('0123')} AND {found}{returning}"
                return f"UPDATE {table.name} SET {self.sets(self.scope)} WHERE {found}{returning}"
        return self.insert() + returning

    def insert(self) -> str:
        e = self.e
        rows = ", ".join(self.schema.row(self.table) for _ in range(e.random.choice((1, 1, 2, 5))))
        return f"INSERT INTO {self.table.name} VALUES {rows}"

    def listed(self) -> str:
        """Some columns, in another order, and defaults."""
        e, table = self.e, self.table
        columns = e.random.sample(table.columns[1:], e.random.randint(1, len(table.columns) - 1))
        rows = []
        for _ in range(e.random.choice((1, 2))):
            table.next_id += 1
            values = [e.one_of("DEFAULT", str(e.constant(k)) if name != "k" else "1") for name, k in columns]
            rows.append(f"({', '.join([*values, str(table.next_id)])})")
        return f"INSERT INTO {table.name} ({', '.join([*(n for n, _ in columns), 'id'])}) VALUES {', '.join(rows)}"

    def from_values(self) -> str:
        e, table = self.e, self.table
        ids = e.random.sample(range(1, table.next_id + 2), min(3, table.next_id + 1))
        rows = ", ".join(f"({i}, {e.one_of('0', '1', '2', 'NULL')})" for i in ids)
        source = f"(VALUES {rows}) v (i, x)"
        match e.random.randrange(4):
            case 0:
                return f"DELETE FROM {table.name} USING {source} WHERE {table.name}.id = v.i AND v.x IS NOT NULL RETURNING {table.name}.*, v.x"
            case 1:
                name, _ = e.random.choice(table.columns[1:])
                return f"UPDATE {table.name} SET (k, id) = (v.x, {table.name}.id), {name if name != 'k' else table.columns[-1][0]} = DEFAULT FROM {source} WHERE {table.name}.id = v.i"
            case 2:
                return f"INSERT INTO {table.name} (id, k) SELECT i, x FROM {source} ON CONFLICT ON CONSTRAINT {table.name}_pkey DO UPDATE SET k = excluded.k WHERE {table.name}.k IS DISTINCT FROM excluded.k RETURNING id, k"
        return f"UPDATE {table.name} SET k = v.x FROM {source} WHERE {table.name}.id = v.i RETURNING {table.name}.id, {table.name}.k, v.*"

    def from_query(self) -> str:
        """A query in front of the change gives what it works with."""
        e, table, other = self.e, self.table, self.other
        name, kind = e.random.choice(table.columns[1:])
        condition = e.condition(other.scope("o"), 1)
        before = f"WITH q AS (SELECT o.k AS i, count(*) AS n, max(o.id) AS m FROM {other.name} o WHERE {condition} GROUP BY o.k)"
        match e.random.randrange(3):
            case 0:
                return f"{before} DELETE FROM {table.name} WHERE k IN (SELECT i + 1 FROM q WHERE n > 1) RETURNING id"
            case 1:
                return f"{before} UPDATE {table.name} SET {name} = {self.assigned(name, kind, self.scope)} FROM q WHERE q.i = {table.name}.k AND q.n > 1"
        table.next_id += 100000
        id = f"{table.next_id - 99999} + coalesce(q.i, 9000)" if table.unique else "q.m"
        return f"{before} INSERT INTO {table.name} (k, id) SELECT n, {id} FROM q RETURNING k"

    def conflict(self) -> str:
        e, table = self.e, self.table
        row = self.schema.row(table)
        again = f"({e.random.randint(1, table.next_id)}{row[row.index(',') :]}"
        name, kind = e.random.choice(table.columns[1:])
        actions = ["NOTHING", f"UPDATE SET {name} = excluded.{name}", f"UPDATE SET {name} = NULL WHERE {table.name}.k IS NOT NULL"]
        if kind not in ("varchar", "numeric", "bpchar"):
            actions.append(f"UPDATE SET {name} = coalesce({table.name}.{name}, excluded.{name}), k = excluded.k")
        actions.append(f"UPDATE SET k = {table.name}.k + 1, {name if name != 'k' else table.columns[-1][0]} = DEFAULT WHERE excluded.k IS DISTINCT FROM {table.name}.k")
        return f"INSERT INTO {table.name} VALUES {again}, {self.schema.row(table)} ON CONFLICT (id) DO {e.one_of(*actions)}"

    def select(self, returning: str) -> str:
        e, table, other = self.e, self.table, self.other
        if other is not table and e.chance(0.5):
            table.next_id += 100
            scope = other.scope("o")
            id = f"{table.next_id - 99} + row_number() OVER (ORDER BY o.id, {', '.join(c.text for c in scope.columns)})" if table.unique else "o.id"
            values = [id, "o.k", *self.values(scope)]
            return f"INSERT INTO {table.name} SELECT {', '.join(values)} FROM {other.name} o WHERE {e.condition(scope, 1)}{returning}"
        names = [name for name, _ in table.columns[1:]]
        table.next_id += 10
        new = f"{table.next_id - 9} + row_number() OVER (ORDER BY {table.columns[0][0]}, {', '.join(names)})" if table.unique else "id"
        inner = f"SELECT * FROM {table.name} ORDER BY {', '.join(n for n, _ in table.columns)} LIMIT 6"
        return f"INSERT INTO {table.name} SELECT {new}, {', '.join(names)} FROM ({inner}) o WHERE k IS DISTINCT FROM {e.random.choice('0123')}"

    def merge(self) -> str:
        e, table, other = self.e, self.table, self.other
        both = self.beside("o")
        whens: list[str] = []
        if e.chance(0.5):
            whens.append(f"WHEN MATCHED AND {e.condition(both, 1)} THEN {e.one_of('DELETE', 'DO NOTHING')}")
        if e.chance(0.8):
            whens.append(f"WHEN MATCHED THEN UPDATE SET {self.sets(both)}")
        if e.chance(0.3):
            whens.append("WHEN NOT MATCHED AND o.k = 1 THEN DO NOTHING")
        table.next_id += 100000
        id = f"{table.next_id - 99999} + o.id % 50000" if table.unique else "o.id"
        whens.append(f"WHEN NOT MATCHED THEN INSERT VALUES ({', '.join([id, 'o.k', *self.values(other.scope('o'))])})")
        source = e.one_of(f"{other.name} o", f"(SELECT * FROM {other.name} WHERE k IS NOT NULL) o")
        return f"MERGE INTO {table.name} USING {source} ON {table.name}.k = o.id {' '.join(whens)}"

    def with_changes(self) -> str:
        """A data-changing statement whose rows another one uses."""
        e, table, other = self.e, self.table, self.other
        first = f"DELETE FROM {other.name} WHERE k = {e.random.choice('0123')} RETURNING *"
        if e.chance(0.4):
            first = f"UPDATE {other.name} SET k = id % 3 WHERE k IS DISTINCT FROM {e.random.choice('0123')} RETURNING *"
        scope = other.scope("m")
        match e.random.randrange(3):
            case 0:
                return f"WITH m AS ({first}) SELECT k, count(*) FROM m GROUP BY k"
            case 1:
                return f"WITH m AS ({first}) DELETE FROM {table.name} WHERE k IN (SELECT k + 1 FROM m)"
        table.next_id += 100000
        id = f"{table.next_id - 99999} + row_number() OVER (ORDER BY m.id, {', '.join(c.text for c in scope.columns)})" if table.unique else "m.id"
        return f"WITH m AS ({first}) INSERT INTO {table.name} SELECT {', '.join([id, 'm.k', *self.values(scope)])} FROM m"

    def row_of_subquery(self) -> str:
        e, table, other = self.e, self.table, self.other
        condition = e.condition(Scope(other.scope("o").columns, self.scope), 1)
        inner = f"SELECT max(o.k), min(o.k) FROM {other.name} o WHERE {condition}"
        columns = [n for n, k in table.columns[2:] if k == "int4"]
        if not columns:
            return f"UPDATE {table.name} SET k = (SELECT max(o.k) FROM {other.name} o WHERE {condition})"
        return f"UPDATE {table.name} SET (k, {columns[0]}) = ({inner})"

    def through_view(self, where: str) -> str:
        """A view that can be changed is made, used and dropped by statements of one text."""
        e, table = self.e, self.table
        names = ", ".join(n for n, _ in table.columns)
        match e.random.randrange(3):
            case 0:
                return f"INSERT INTO u_{table.name} ({names}) VALUES {self.schema.row(table)}"
            case 1:
                return f"UPDATE u_{table.name} SET k = k + 1 WHERE id IS NOT NULL AND k = {e.random.choice('0123')}"
        return f"DELETE FROM u_{table.name} WHERE k = {e.random.choice('0123')}"

    def beside(self, alias: str) -> Scope:
        return Scope([*self.scope.columns, *self.other.scope(alias).columns])

    def values(self, scope: Scope) -> list[str]:
        """One for every column behind id and k."""
        e = self.e
        return [
            str(e.constant(k) if k in ("varchar", "numeric", "bpchar") else e.canonical(e.expression(k, scope, 1)))
            for _, k in self.table.columns[2:]
        ]

    def sets(self, scope: Scope) -> str:
        columns = self.table.columns[1:]
        chosen = self.e.random.sample(columns, min(len(columns), self.e.random.choice((1, 1, 2))))
        return ", ".join(f"{name} = {self.assigned(name, kind, scope)}" for name, kind in chosen)

    def assigned(self, name: str, kind: str, scope: Scope) -> str:
        """A new value that its column can hold, equal to no other one that prints otherwise."""
        e = self.e
        if kind in ("varchar", "numeric", "bpchar"):
            return str(e.constant(kind))
        if name == "k":
            return str(e.one_of("1", "2", "NULL", "id % 4", "k + 1")) if len({c.text.split(".")[0] for c in scope.columns}) == 1 else "o.k"
        return str(e.canonical(e.expression(kind, scope, 2)))

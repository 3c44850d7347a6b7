"""Random tables, their rows, and random changes to them."""

from __future__ import annotations

from dataclasses import dataclass, field

from .expressions import Column, Expressions, Scope
from .values import DECLARED, literal


@dataclass(slots=True)
class Table:
    """`columns` are names and types; with `unique` the first one, id, is the primary key. A view has no rows of its own."""

    name: str
    columns: list[tuple[str, str]]
    unique: bool
    nulls: float = 0.3
    ddl: str = ""
    rows: list[str] = field(default_factory=list)
    next_id: int = 0
    view: bool = False

    def scope(self, alias: str) -> Scope:
        return Scope([Column(f"{alias}.{name}", kind) for name, kind in self.columns])


class Schema:
    """Up to four tables; every column but id and k has a name of its own."""

    def __init__(self, e: Expressions) -> None:
        self.e = e
        self.tables = [self._table(number) for number in range(e.random.randint(2, 4))]

    def _table(self, number: int) -> Table:
        e = self.e
        unique = e.chance(0.7)
        columns = [("id", "int4"), ("k", "int4")]
        declared = ["id int4 PRIMARY KEY" if unique else "id int4", "k int4"]
        for position in range(e.random.randint(2, 6)):
            kind, name = e.kind(), f"c{number}{position}"
            columns.append((name, kind))
            declared.append(f"{name} {e.random.choice(DECLARED.get(kind, (kind,)))}")
        table = Table(f"t{number}", columns, unique, e.random.choice((0.05, 0.3, 0.6)))
        table.ddl = f"CREATE TABLE {table.name} ({', '.join(declared)})"
        table.rows = [self.row(table) for _ in range(e.random.choice((0, 1, 3, 6, 9, 12)))]
        return table

    def row(self, table: Table) -> str:
        table.next_id += 1
        values = [str(table.next_id) if table.unique else self.e.random.choice(("1", "2", "3"))]
        for name, kind in table.columns[1:]:
            value = self.e.random.choice("0123") if name == "k" else self.e.value(kind)
            if kind == "varchar" or kind == "text":
                value = value[:5]
            values.append("NULL" if self.e.chance(table.nulls) else literal(kind, value))
        return f"({', '.join(values)})"

    def setup(self) -> list[str]:
        made = [t.ddl for t in self.tables if not t.view]
        return made + [f"INSERT INTO {t.name} VALUES {row}" for t in self.tables for row in t.rows]

    def change(self) -> str:
        """A statement that changes a table."""
        e = self.e
        own = [t for t in self.tables if not t.view]
        table, other = e.random.choice(own), e.random.choice(own)
        scope = table.scope(table.name)
        where = f" WHERE {e.condition(scope, 1)}" if e.chance(0.9) else ""
        returning = e.one_of("", "", "", " RETURNING *", " RETURNING k, id + 1 AS more")
        match e.random.choices(("insert", "update", "from", "delete", "using", "truncate", "conflict", "select"), (8, 5, 2, 4, 1.5, 0.3, 3, 2))[0]:
            case "update":
                chosen = e.random.sample(table.columns[1:], min(len(table.columns) - 1, e.random.choice((1, 1, 2))))
                sets = ", ".join(f"{name} = {self._assigned(name, kind, scope)}" for name, kind in chosen)
                return f"UPDATE {table.name} SET {sets}{where}{returning}"
            case "from" if other.unique and other is not table:
                name, kind = e.random.choice(table.columns[1:])
                value = self._assigned(name, kind, Scope([*scope.columns, *other.scope("o").columns]))
                return f"UPDATE {table.name} SET {name} = {value} FROM {other.name} o WHERE {table.name}.k = o.id"
            case "delete":
                return f"DELETE FROM {table.name} WHERE k = {e.random.choice('0123')} AND {e.condition(scope, 1)}{returning}"
            case "using" if other is not table:
                both = Scope([*scope.columns, *other.scope("o").columns])
                return f"DELETE FROM {table.name} USING {other.name} o WHERE {table.name}.k = o.k AND {e.condition(both, 1)}"
            case "truncate":
                return f"TRUNCATE {table.name}"
            case "conflict" if table.unique and table.next_id:
                row = self.row(table)
                again = f"({e.random.randint(1, table.next_id)}{row[row.index(',') :]}"
                name, _ = e.random.choice(table.columns[1:])
                action = e.one_of("NOTHING", f"UPDATE SET {name} = excluded.{name}", f"UPDATE SET {name} = NULL WHERE {table.name}.k IS NOT NULL")
                return f"INSERT INTO {table.name} VALUES {again}, {self.row(table)} ON CONFLICT (id) DO {action}{returning}"
            case "select" if other is not table and e.chance(0.5):
                table.next_id += 100
                scope = other.scope("o")
                id = f"{table.next_id - 99} + row_number() OVER (ORDER BY o.id, {', '.join(c.text for c in scope.columns)})" if table.unique else "o.id"
                values = [id, "o.k", *(str(e.constant(k) if k in ("varchar", "numeric", "bpchar") else e.canonical(e.expression(k, scope, 1))) for _, k in table.columns[2:])]
                return f"INSERT INTO {table.name} SELECT {', '.join(values)} FROM {other.name} o WHERE {e.condition(scope, 1)}{returning}"
            case "select":
                names = [name for name, _ in table.columns[1:]]
                table.next_id += 10
                new = f"{table.next_id - 9} + row_number() OVER (ORDER BY {table.columns[0][0]}, {', '.join(names)})" if table.unique else "id"
                inner = f"SELECT * FROM {table.name} ORDER BY {', '.join(n for n, _ in table.columns)} LIMIT 6"
                return f"INSERT INTO {table.name} SELECT {new}, {', '.join(names)} FROM ({inner}) o WHERE k IS DISTINCT FROM {e.random.choice('0123')}"
        rows = ", ".join(self.row(table) for _ in range(e.random.choice((1, 1, 2, 5))))
        return f"INSERT INTO {table.name} VALUES {rows}{returning}"

    def _assigned(self, name: str, kind: str, scope: Scope) -> str:
        """A new value that its column can hold, equal to no other one that prints otherwise."""
        e = self.e
        if kind in ("varchar", "numeric", "bpchar"):
            return str(e.constant(kind))
        if name == "k":
            return str(e.one_of("1", "2", "NULL", "id % 4", "k + 1")) if len({c.text.split(".")[0] for c in scope.columns}) == 1 else "o.k"
        return str(e.canonical(e.expression(kind, scope, 2)))

    def batch(self) -> list[str]:
        """Some changes and queries, often in a transaction, parts of which may be rolled back. They read tables: what a
        transaction writes is seen in views when it commits."""
        everything, self.e.tables = self.e.tables, self.tables
        made = self._batch()
        self.e.tables = everything
        return made

    def _batch(self) -> list[str]:
        changes = [self.change() for _ in range(self.e.random.randint(1, 4))]
        if self.e.chance(0.3):
            changes.insert(self.e.random.randint(0, len(changes)), self.query())
        if not self.e.chance(0.45):
            return changes
        if self.e.chance(0.3):
            end = self.e.one_of("ROLLBACK TO a", "RELEASE a")
            changes += ["SAVEPOINT a", self.change(), self.query(), end]
        return ["BEGIN", *changes, self.query(), self.e.one_of("COMMIT", "COMMIT", "ROLLBACK")]

    def query(self) -> str:
        """What a session sees in between."""
        return f"SELECT * FROM {self.e.random.choice(self.tables).name}"

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
        table.rows = [self.row(table) for _ in range(e.random.choice((0, 1, 4, 8, 12, 20)))]
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
        table = e.random.choice([t for t in self.tables if not t.view])
        scope = table.scope(table.name)
        where = f" WHERE {e.condition(scope, 1)}" if e.chance(0.9) else ""
        rows = lambda: ", ".join(self.row(table) for _ in range(e.random.choice((1, 1, 2, 5))))  # noqa: E731
        match e.random.choices(("insert", "update", "delete", "truncate", "conflict", "copy"), (8, 6, 4, 0.3, 3, 1))[0]:
            case "update":
                name, kind = e.random.choice(table.columns[1:])
                value = e.expression(kind, scope, 2)
                if kind in ("varchar", "numeric"):
                    value = e.constant(kind)
                return f"UPDATE {table.name} SET {name} = {value}{where}"
            case "delete":
                return f"DELETE FROM {table.name} WHERE k = {e.random.choice('0123')} AND {e.condition(scope, 1)}"
            case "truncate":
                return f"TRUNCATE {table.name}"
            case "conflict" if table.unique and table.next_id:
                row = self.row(table)
                again = f"({e.random.randint(1, table.next_id)}{row[row.index(',') :]}"
                name, _ = e.random.choice(table.columns[1:])
                action = e.one_of("NOTHING", f"UPDATE SET {name} = excluded.{name}", f"UPDATE SET {name} = NULL WHERE {table.name}.k IS NOT NULL")
                return f"INSERT INTO {table.name} VALUES {again} ON CONFLICT (id) DO {action}"
            case "copy" if not table.unique:
                return f"INSERT INTO {table.name} SELECT * FROM {table.name} WHERE k < {e.random.choice('123')} AND id < 3"
        return f"INSERT INTO {table.name} VALUES {rows()}"

    def batch(self) -> list[str]:
        """Some changes, often in a transaction, which may be rolled back."""
        changes = [self.change() for _ in range(self.e.random.randint(1, 4))]
        if self.e.chance(0.4):
            return ["BEGIN", *changes, self.e.one_of("COMMIT", "COMMIT", "ROLLBACK")]
        return changes

"""Random tables, their rows, and random changes to them."""

from __future__ import annotations

from dataclasses import dataclass, field

from .changes import change
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
    computed: list[tuple[str, str]] = field(default_factory=list)  # generated columns, which nobody writes

    @property
    def read(self) -> list[tuple[str, str]]:
        return [*self.columns, *self.computed]

    def scope(self, alias: str) -> Scope:
        return Scope([Column(f"{alias}.{name}", kind) for name, kind in self.read])


class Schema:
    """Up to four tables; every column but id and k has a name of its own."""

    rows = 0  # of the first table; 0: few, as of the others

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
            default = f" DEFAULT {literal(kind, e.value(kind))}" if e.chance(0.1) else ""
            declared.append(f"{name} {e.random.choice(DECLARED.get(kind, (kind,)))}{default}")
        if e.chance(0.15):
            declared[1] += e.one_of(" CHECK (k < 5)", " DEFAULT 2", " CHECK (k <> id + 20)")
        table = Table(f"t{number}", columns, unique, e.random.choice((0.05, 0.3, 0.6)))
        if e.chance(0.2):
            table.computed = [(f"g{number}", "int4")]
            declared.append(f"g{number} int4 GENERATED ALWAYS AS ({e.one_of('k + 1', 'coalesce(k, 0) * 2', 'CASE WHEN k > 1 THEN k END')}) STORED")
        table.ddl = f"CREATE TABLE {table.name} ({', '.join(declared)})"
        count = e.random.choice((0, 1, 3, 6, 9, 12))
        table.rows = [self.row(table) for _ in range(count if number or not self.rows else self.rows)]
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

    def views(self) -> list[str]:
        """Views through which rows may be changed."""
        options = ("", " WITH CHECK OPTION")
        return [f"CREATE OR REPLACE VIEW u_{t.name} AS SELECT * FROM {t.name} WHERE k IS DISTINCT FROM 2{self.e.one_of(*options)}" for t in self.tables if not t.view]

    def setup(self) -> list[str]:
        made = [t.ddl for t in self.tables if not t.view]
        return made + [f"INSERT INTO {t.name} VALUES {row}" for t in self.tables for row in t.rows]

    def batch(self) -> list[str]:
        """Some changes and queries, often in a transaction, parts of which may be rolled back. They read tables: what a
        transaction writes is seen in views when it commits."""
        everything, self.e.tables = self.e.tables, self.tables
        made = self._batch()
        self.e.tables = everything
        return made

    def _batch(self) -> list[str]:
        changes = [change(self) for _ in range(self.e.random.randint(1, 4))]
        if self.e.chance(0.3):
            changes.insert(self.e.random.randint(0, len(changes)), self.query())
        if not self.e.chance(0.45):
            return changes
        if self.e.chance(0.3):
            end = self.e.one_of("ROLLBACK TO a", "RELEASE a")
            changes += ["SAVEPOINT a", change(self), self.query(), end]
        return ["BEGIN", *changes, self.query(), self.e.one_of("COMMIT", "COMMIT", "ROLLBACK")]

    def query(self) -> str:
        """What a session sees in between."""
        return f"SELECT * FROM {self.e.random.choice(self.tables).name}"

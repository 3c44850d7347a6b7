"""Field and Schema: ordered, named, typed columns. Names need not be unique in query results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .types import SqlType


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: SqlType
    nullable: bool = True
    origin: tuple[int, int] = field(default=(0, 0), compare=False)  # of a result: OID and number of a table's column


@dataclass(frozen=True, slots=True)
class Schema:
    fields: tuple[Field, ...]

    def __len__(self) -> int:
        return len(self.fields)

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __getitem__(self, index: int) -> Field:
        return self.fields[index]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f.name for f in self.fields)

    @property
    def types(self) -> tuple[SqlType, ...]:
        return tuple(f.type for f in self.fields)

    def index(self, name: str) -> int:
        """Position of the first field called `name`; KeyError if there is none."""
        for position, one in enumerate(self.fields):
            if one.name == name:
                return position
        raise KeyError(name)

    def select(self, positions: tuple[int, ...]) -> Schema:
        return Schema(tuple(self.fields[p] for p in positions))


def schema_of(*columns: tuple[str, SqlType]) -> Schema:
    return Schema(tuple(Field(name, sql_type) for name, sql_type in columns))

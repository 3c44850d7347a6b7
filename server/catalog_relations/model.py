"""What the catalog relations are made from: the catalog snapshot seen as PostgreSQL would number its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...kernels.types import SqlType
from ...planner.catalog.databases import alone
from ...planner.catalog.entries import PEERS, Column, ForeignKey, Relation, Snapshot, UserType
from ...planner.catalog.keys import PARTS as _PARTS
from ...planner.catalog.keys import ROW_TYPE, identifier, keys_of
from ...planner.changes import row_types
from ...planner.sql.query import names_read
from ..streaming.catalog_manager import FIRST_USER_ID
from ..writing.sequences import drawing_default

if TYPE_CHECKING:
    from ..sessions.session import Session

Record = dict[str, Any]
Source = Callable[["Catalog"], list[Record]]

OWNER = 10  # OID of the role that owns the system
DATABASE = (1 << 28) - 1  # not among those that clients take for the system's own, nor those of users' objects
TABLESPACE = 1663
EXTENSION = 15_999  # OID of what schema `sabot` belongs to, as a part of the system itself
ENCODING = 6  # UTF8
# OIDs of parts that the catalog does not number itself: a range of their own for each kind.
_CONSTRAINT, _DEFAULT, _RULE, _ENUM_VALUE, _COMPOSITE = (n << 28 for n in (2, 8, 5, 6, 4))
_COLUMNS = 2048  # per relation


def row_type(relation: int) -> int:
    return ROW_TYPE + relation


def composite_relation(type_: int) -> int:
    """OID of the relation that lists the fields of a composite type."""
    return _COMPOSITE + type_


def rule_of(view: int) -> int:
    """OID of a view's rewrite rule."""
    return _RULE + view


def enum_value(type_: int, place: int) -> int:
    """OID of a label of an enum."""
    return _ENUM_VALUE + type_ * 1024 + place


def default_of(relation: int, number: int) -> int:
    """OID of the default of column `number` (from 1)."""
    return _DEFAULT + relation * _COLUMNS + number


@dataclass(frozen=True, slots=True)
class Constraint:
    """kind as in pg_constraint.contype: p, u, c, f. `columns` are positions in the relation."""

    oid: int
    name: str
    kind: str
    relation: Relation
    columns: tuple[int, ...]
    index: int
    expression: str | None = None
    foreign: ForeignKey | None = None
    equal_nulls: bool = False

    @property
    def deferral(self) -> str:
        """deferrable, deferred or nothing."""
        if self.foreign is not None:
            return self.foreign.deferral
        return dict(self.relation.deferrable_keys).get(self.columns, "") if self.kind in "pu" else ""


@dataclass(frozen=True, slots=True)
class Index:
    """A created index, or the one that a key of a table implies. `keys` are texts, `columns` attribute numbers or 0."""

    oid: int
    name: str
    relation: Relation
    keys: tuple[str, ...]
    columns: tuple[int, ...]
    unique: bool
    primary: bool = False
    entry: Relation | None = None
    equal_nulls: bool = False

    def option(self, name: str) -> str | None:
        return dict(self.entry.options).get(name) if self.entry is not None else None

    @property
    def method(self) -> str:
        return self.option("method") or "btree"

    @property
    def order(self) -> list[int]:
        """pg_index.indoption: 1 for DESC, 2 for NULLS FIRST."""
        found: list[int] = []
        for n, key in enumerate(self.keys):
            down = key.endswith(" DESC")
            first = self.option(f"nulls.{n}") == "first" if self.option(f"nulls.{n}") else down
            found.append(down + 2 * first)
        return found

    def bare(self, n: int) -> str:
        """The text of key n without its direction."""
        return self.keys[n].removesuffix(" DESC")


class Catalog:
    """One session's view of the catalog; made for the reading of one relation."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.snapshot: Snapshot = alone(session.catalog)
        self.path = session.search_path

    @cached_property
    def relations(self) -> list[Relation]:
        """Everything that rows can be selected from, in OID order."""
        hidden = ("index", "sink", "subscription", "secret", "connection")
        found = (r for r in self.snapshot.relations.values() if r.kind not in hidden and r.schema not in PEERS)
        return sorted(found, key=lambda r: r.id)

    @cached_property
    def user_relations(self) -> list[Relation]:
        return [r for r in self.relations if r.id >= FIRST_USER_ID]

    @cached_property
    def sequences(self) -> list[Relation]:
        return [r for r in self.user_relations if r.kind == "sequence"]

    @cached_property
    def tables(self) -> list[Relation]:
        return [r for r in self.user_relations if r.kind == "table"]

    @cached_property
    def constraints(self) -> list[Constraint]:
        found: list[Constraint] = []
        for table in self.user_relations:
            if table.kind not in ("table", "source"):
                continue
            base = table.id * _PARTS
            found += [
                Constraint(_CONSTRAINT + base + k.number, k.name, k.kind, table, k.columns, k.index, equal_nulls=k.equal_nulls)
                for k in keys_of(self.snapshot, table)
            ]
            for number, key in enumerate(table.foreign_keys, 48):
                found.append(Constraint(_CONSTRAINT + base + number, key.name, "f", table, key.columns, 0, foreign=key))
            for number, (name, expression) in enumerate(table.checks, 32):
                found.append(Constraint(_CONSTRAINT + base + number, name, "c", table, _read(table, expression), 0, expression))
        return found

    @cached_property
    def domain_constraints(self) -> list[tuple[int, str, UserType, str]]:
        """(OID, name, domain, condition) of the checks of domains."""
        return [
            (_CONSTRAINT + t.id * _PARTS + n, name, t, text)
            for t in self.snapshot.types.values()
            if t.kind == "domain"
            for n, (name, text) in enumerate(t.checks)
        ]

    @cached_property
    def indexes(self) -> list[Index]:
        found: list[Index] = []
        for c in self.constraints:
            if c.index:
                keys = tuple(identifier(c.relation.columns[p].name) for p in c.columns)
                numbers = tuple(number(c.relation, p) for p in c.columns)
                found.append(Index(c.index, c.name, c.relation, keys, numbers, True, c.kind == "p", equal_nulls=c.equal_nulls))
        for entry in self.snapshot.relations.values():
            if entry.kind == "index" and entry.on in self.snapshot.relations:
                on = self.snapshot.relations[entry.on]
                by_name = {c.name: number(on, p) for p, c in enumerate(on.columns)}
                columns = tuple(by_name.get(k.removesuffix(" DESC").strip('"'), 0) for k in entry.keys)
                included = tuple(by_name[c.name] for c in entry.columns if by_name[c.name] not in columns)
                found.append(
                    Index(entry.id, entry.name, on, entry.keys, columns + included,
                          ("unique", "true") in entry.options, entry=entry, equal_nulls=("nulls not distinct", "true") in entry.options)
                )
        return found

    def key_types(self, index: Index) -> list[SqlType]:
        """Types of the keys of an index."""
        by_number = {n: c.type for n, c in visible_columns(index.relation)}
        found: list[SqlType] = []
        for n, attribute in enumerate(index.columns[: len(index.keys)]):
            if attribute:
                found.append(by_number[attribute])
            else:
                found += row_types(index.relation, [index.bare(n)], self.snapshot, self.session.plan_settings)
        return found

    def role_id(self, name: str) -> int:
        role = self.snapshot.roles.get(name)
        return role.id if role is not None else OWNER

    def schema_id(self, name: str) -> int:
        return self.snapshot.schemas[name].id if name in self.snapshot.schemas else 0

    def visible(self, relation: Relation) -> bool:
        return self.snapshot.find(relation.name, self.path) is relation

    def shown(self, relation: Relation) -> str:
        """The name as regclass prints it: with its schema where the search path does not find it."""
        name = identifier(relation.name)
        return name if self.visible(relation) else f"{identifier(relation.schema)}.{name}"

    def row_count(self, relation: Relation) -> int:
        stored = self.session.server.engine.relations.get(relation.id)
        return stored.rows.num_rows if stored is not None else 0

    def size(self, relation: Relation) -> int:
        stored = self.session.server.engine.relations.get(relation.id)
        return stored.rows.nbytes if stored is not None else 0


def _read(table: Relation, expression: str) -> tuple[int, ...]:
    """Positions of the columns that a condition reads, in the order in which it names them."""
    places = {c.name: at for at, c in enumerate(table.columns)}
    return tuple(dict.fromkeys(places[name] for name in names_read(expression) if name in places))


def visible_columns(relation: Relation) -> list[tuple[int, Column]]:
    """(attribute number from 1, column) of the columns that `*` shows."""
    return list(enumerate((c for c in relation.columns if not c.hidden), 1))


def number(relation: Relation, position: int) -> int:
    """The attribute number of a column by its position; 0 for a hidden one."""
    if relation.columns[position].hidden:
        return 0
    return 1 + sum(not c.hidden for c in relation.columns[:position])


def shown_default(catalog: Catalog, column: Column, deparsed: Callable[..., str] | None = None) -> str | None:
    """The default as PostgreSQL prints it: a sequence by the name that the search path needs."""
    if column.default is None:
        return None
    sequence = catalog.snapshot.relations[column.sequence] if column.sequence is not None else None
    if sequence is None or column.default != drawing_default(sequence):
        return deparsed(catalog, column.default, target=column.type) if deparsed is not None else column.default
    return "nextval('" + catalog.shown(sequence).replace("'", "''") + "'::regclass)"


def typmod(type_: Any) -> int:
    """atttypmod of a type: -1 without modifiers, as PostgreSQL packs them."""
    inner = type_
    while inner.name == "list" and inner.elem is not None:
        inner = inner.elem
    if not inner.mods or inner.name == "struct":
        return -1
    if inner.name == "numeric":
        precision, scale = (*inner.mods, 0)[:2]
        return ((precision << 16) | (scale & 0x7FF)) + 4
    if inner.name == "interval":
        return 0x7FFF << 16 | inner.mods[0]
    return inner.mods[0] + 4 if inner.name in ("varchar", "bpchar") else inner.mods[0]

"""Catalog entries: frozen facts about every named object. Text of definitions is kept as SQL."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ...kernels.schema import Field, Schema
from ...kernels.types import SqlType
from .roles import AclItem, DefaultAcl, Membership, Policy, Role, RowSecurity

PEERS = ("rw_catalog", "mz_catalog", "mz_internal", "mz_introspection")  # the catalog as other databases name it: found behind every search path, never listed


@dataclass(frozen=True, slots=True)
class Column:
    """`default` and `generated` are SQL expression texts. Hidden columns (`_row_id`) are left out of `*`."""

    name: str
    type: SqlType
    not_null: bool = False
    default: str | None = None
    generated: str | None = None
    hidden: bool = False
    comment: str | None = None
    include: str | None = None  # sources: key, partition, offset, timestamp, header, payload
    identity: str | None = None  # always, by default
    sequence: int | None = None  # the sequence that the default draws from
    domain: int | None = None  # the domain that was declared; `type` is its base type


@dataclass(frozen=True, slots=True)
class Watermark:
    column: str
    expression: str  # SQL over the columns, e.g. "ts - INTERVAL '5 seconds'"


@dataclass(frozen=True, slots=True)
class Format:
    """FORMAT row ENCODE encode (options): PLAIN JSON, PLAIN CSV, UPSERT JSON, PLAIN PARQUET …"""

    row: str
    encode: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Dependency:
    """A relation as a view's query saw it: later renames and new columns do not change what the query means."""

    id: int
    schema: str
    name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`columns` refer to `target_columns` of the table `target`. Actions: no action, restrict, cascade, set null, set default."""

    name: str
    columns: tuple[int, ...]
    target: int
    target_columns: tuple[int, ...]
    on_delete: str = "no action"
    on_update: str = "no action"
    match_full: bool = False
    deferral: str = ""  # deferrable, deferred (INITIALLY DEFERRED)
    set_columns: tuple[int, ...] = ()  # those that ON DELETE SET NULL | DEFAULT sets; none: all


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, source, view, materialized view, sink, index or sequence.

    `kind`: table, source, view, materialized_view, sink, index, sequence, system.
    `primary_key`: positions in `columns` (for a view: its stream key when known, else empty).
    `definition`: the statement's full text; `query`: the SELECT text of views, views with state, sinks.
    `depends_on`: ids of relations read; `bound`: how they looked at the time. Indexes: `on` is the relation, `keys`
    the expressions' texts. Sequences: `on` is the table that owns it, `keys` the name of the column;
    `catalog/sequence.py` reads `options`.
    """

    id: int
    schema: str
    name: str
    kind: str
    columns: tuple[Column, ...]
    primary_key: tuple[int, ...] = ()
    append_only: bool = False
    definition: str = ""
    query: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    format: Format | None = None
    watermarks: tuple[Watermark, ...] = ()
    on_conflict: str = "error"  # error, overwrite, ignore, do_update_if_not_null
    version_columns: tuple[str, ...] = ()
    unique: tuple[tuple[int, ...], ...] = ()
    checks: tuple[tuple[str, str], ...] = ()  # (name, expression)
    not_validated: tuple[str, ...] = ()  # constraints that were added NOT VALID: rows from before may violate them
    depends_on: tuple[int, ...] = ()
    bound: tuple[Dependency, ...] = ()
    into: int | None = None  # sinks into tables
    on: int | None = None
    keys: tuple[str, ...] = ()
    owner: str = "root"
    comment: str | None = None
    settings: tuple[tuple[str, str], ...] = ()  # session settings captured at creation: TimeZone, search_path
    key_names: tuple[tuple[str, tuple[int, ...]], ...] = ()  # keys whose names were given, see catalog/keys.py
    foreign_keys: tuple[ForeignKey, ...] = ()
    deferrable_keys: tuple[tuple[tuple[int, ...], str], ...] = ()  # unique keys that are, and their deferral
    on_commit: str = "preserve rows"  # temporary tables: preserve rows, delete rows, drop

    @property
    def unique_keys(self) -> tuple[tuple[int, ...], ...]:
        """The primary key, if there is one, and the other unique keys."""
        return ((self.primary_key,) if self.primary_key else ()) + self.unique

    @property
    def sure_keys(self) -> tuple[tuple[int, ...], ...]:
        """The unique keys that hold at any moment of a transaction."""
        late = dict(self.deferrable_keys)
        return tuple(k for k in self.unique_keys if k not in late)

    @property
    def row_key(self) -> tuple[int, ...]:
        """The primary key, if it tells rows apart at any moment of a transaction."""
        return self.primary_key if self.primary_key not in dict(self.deferrable_keys) else ()

    @property
    def row_schema(self) -> Schema:
        """All stored columns, hidden ones too."""
        return Schema(tuple(Field(c.name, c.type, not c.not_null) for c in self.columns))

    @property
    def stored(self) -> bool:
        return self.kind in ("table", "materialized_view", "index", "system")


@dataclass(frozen=True, slots=True)
class SqlFunction:
    """CREATE FUNCTION … LANGUAGE SQL. `returns` None means void; `table` lists the columns of RETURNS TABLE or of several
    OUT parameters. `defaults` are the texts of the last parameters' defaults; `variadic`: the last one, an array, takes
    any number of arguments."""

    id: int
    schema: str
    name: str
    parameters: tuple[tuple[str, SqlType], ...]
    returns: SqlType | None
    body: str
    definition: str
    returns_set: bool = False
    table: tuple[tuple[str, SqlType], ...] = ()
    language: str = "sql"
    depends_on: tuple[int, ...] = ()
    owner: str = "root"
    security_definer: bool = False
    defaults: tuple[str, ...] = ()
    variadic: bool = False
    strict: bool = False
    volatility: str = "volatile"
    outputs: tuple[str, ...] = ()  # of one in PL/pgSQL: its OUT parameters, or the columns of RETURNS TABLE
    statements: bool = False  # a body in SQL that is not one query
    modes: tuple[str, ...] | None = None  # of the parameters of a procedure: in, out, inout; `table` has those that it gives


@dataclass(frozen=True, slots=True)
class UserType:
    """CREATE TYPE and CREATE DOMAIN. `kind`: enum, composite, domain.

    `labels`: place in the order and text, in order. `checks` of a domain: (name, SQL over VALUE).
    """

    id: int
    array_id: int
    schema: str
    name: str
    kind: str
    labels: tuple[tuple[int, str], ...] = ()
    fields: tuple[tuple[str, SqlType], ...] = ()
    base: SqlType | None = None
    not_null: bool = False
    default: str | None = None
    checks: tuple[tuple[str, str], ...] = ()
    owner: str = "root"
    comment: str | None = None
    parent: int | None = None  # the domain that a domain is made over; `base` is the type below all of them


@dataclass(frozen=True, slots=True)
class Comment:
    """Of what has no field for it: schema, function, constraint, domain constraint, policy, role, database."""

    kind: str
    id: int
    part: str
    text: str | None


@dataclass(frozen=True, slots=True)
class SchemaEntry:
    id: int
    name: str
    owner: str = "root"


@dataclass(frozen=True, slots=True)
class Database:
    """One beside the first, see catalog/databases.py."""

    id: int
    name: str
    owner: str = "root"


def _as_seen(now: Relation, then: Dependency) -> Relation:
    """A relation under the names it had, without later columns; keys and NOT NULL are those that hold now."""
    width = len(then.columns)
    columns = tuple(replace(old, not_null=new.not_null) for old, new in zip(then.columns, now.columns))
    return replace(
        now, schema=then.schema, name=then.name, columns=columns,
        primary_key=now.primary_key if all(k < width for k in now.primary_key) else (),
        unique=tuple(u for u in now.unique if all(k < width for k in u)),
    )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One immutable version of the catalog; planning reads exactly one."""

    version: int = 0
    database: str = "dev"
    schemas: dict[str, SchemaEntry] = field(default_factory=dict)
    relations: dict[int, Relation] = field(default_factory=dict)
    by_name: dict[tuple[str, str], int] = field(default_factory=dict)
    functions: dict[tuple[str, str], tuple[SqlFunction, ...]] = field(default_factory=dict)
    owner: str = "root"  # of the database
    roles: dict[str, Role] = field(default_factory=dict)
    members: dict[tuple[str, str], Membership] = field(default_factory=dict)  # (role, member)
    acls: dict[tuple[str, int, str], tuple[AclItem, ...]] = field(default_factory=dict)  # (class, id, column or "")
    default_acls: dict[tuple[str, str, str], DefaultAcl] = field(default_factory=dict)  # (role, schema or "", class)
    policies: dict[tuple[int, str], Policy] = field(default_factory=dict)  # (relation, name)
    row_security: dict[int, RowSecurity] = field(default_factory=dict)
    types: dict[int, UserType] = field(default_factory=dict)
    settings: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)  # of "all" roles, of the "database"
    comments: dict[tuple[str, int, str], str] = field(default_factory=dict)  # (kind, id, name of a part or "")
    main: str = "dev"  # the first database; `database` is the one that the catalog is seen from
    databases: dict[str, Database] = field(default_factory=dict)  # the others

    def find_type(self, name: str, search_path: tuple[str, ...], schema: str | None = None) -> UserType | None:
        """The user's type of that name in `schema`, or in the first schema of the path that has it."""
        for candidate in (schema,) if schema is not None else search_path:
            for t in self.types.values():
                if t.name == name and t.schema == candidate:
                    return t
        return None

    def find(self, name: str, search_path: tuple[str, ...], schema: str | None = None) -> Relation | None:
        """The relation of that name in `schema`, or in the first schema of the path that has it."""
        if schema == "pg_temp":
            schema = next((s for s in search_path if s.startswith("pg_temp_")), schema)
        for candidate in (schema,) if schema is not None else (*search_path, *PEERS):
            found = self.by_name.get((candidate, name))
            if found is not None:
                return self.relations[found]
        return None

    def bound(self, relations: tuple[int, ...]) -> tuple[Dependency, ...]:
        """What a new view keeps of the relations that it reads."""
        found = (self.relations[i] for i in relations)
        return tuple(Dependency(r.id, r.schema, r.name, r.columns) for r in found if r.kind != "system")

    def as_of(self, bound: tuple[Dependency, ...]) -> Snapshot:
        """The catalog as the query of a view sees it for ever: its relations as they were, none before them in a path."""
        if not bound:
            return self
        relations = dict(self.relations)
        names = {d.name for d in bound}
        by_name = {key: i for key, i in self.by_name.items() if key[1] not in names}
        for d in bound:
            if d.id in relations:
                relations[d.id] = _as_seen(relations[d.id], d)
                by_name[d.schema, d.name] = d.id
        return replace(self, relations=relations, by_name=by_name)

    def find_functions(
        self, name: str, search_path: tuple[str, ...], schema: str | None = None, *, procedures: bool = False
    ) -> tuple[SqlFunction, ...]:
        """The functions, or the procedures, of that name in the first schema that has some."""
        for candidate in (schema,) if schema is not None else search_path:
            found = tuple(f for f in self.functions.get((candidate, name), ()) if (f.modes is not None) == procedures)
            if found:
                return found
        return ()

    def dependents(self, relation_id: int) -> tuple[Relation, ...]:
        """Relations that read this one directly, indexes on it and sinks into it included."""
        return tuple(
            r
            for r in self.relations.values()
            if relation_id in r.depends_on or r.on == relation_id
        )

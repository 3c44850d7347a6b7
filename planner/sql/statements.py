"""Every statement as a frozen value. Names are tuples of final (folded) parts: `("public", "t")`.

Queries, DML and scalar expressions stay sqlglot trees (`exp.Expression`) for the binder. `span` are the
offsets of the statement in the script, `text` the statement itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from .typenames import TypeName

Name = tuple[str, ...]
class SecretName(str):
    """The name of a secret that stands for an option's value."""


OptionValue = str | int | float | bool | None
OptionPairs = tuple[tuple[str, OptionValue], ...]
Cell = tuple[str, str]  # kind and text of a literal
# as (TypeName), increment, minvalue, maxvalue (None for NO …), start, restart (None: from the start), cache, cycle,
# owned by (a name, () for NONE), sequence name.
SequenceOptions = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Statement:
    text: str = ""
    span: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Empty(Statement):
    """Nothing but blanks and comments."""


@dataclass(frozen=True)
class Query(Statement):
    tree: exp.Expression
    emit_on_window_close: bool = False


@dataclass(frozen=True)
class Insert(Statement):
    tree: exp.Expression
    overriding: str | None = None  # system or user


@dataclass(frozen=True)
class InsertValues(Statement):
    """The fast path: plain literal rows. The kind of a cell is string, number, null, bool or default."""

    table: Name
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Update(Statement):
    tree: exp.Expression


@dataclass(frozen=True)
class Delete(Statement):
    tree: exp.Expression


@dataclass(frozen=True)
class Merge(Statement):
    """`tree` is an exp.Merge whose `then`s are an exp.Update, an exp.Insert, or the words delete and nothing."""

    tree: exp.Expression


@dataclass(frozen=True)
class Truncate(Statement):
    tables: tuple[Name, ...]
    cascade: bool = False
    restart_identity: bool = False


@dataclass(frozen=True)
class Reference:
    """REFERENCES: actions are no action, restrict, cascade, set null or set default."""

    target: Name
    columns: tuple[str, ...] = ()
    on_delete: str = "no action"
    on_update: str = "no action"
    match_full: bool = False
    deferral: str = ""  # deferrable, deferred
    set_columns: tuple[str, ...] = ()  # ON DELETE SET NULL | DEFAULT (columns)


@dataclass(frozen=True)
class ColumnDef:
    name: str
    type: TypeName | None
    not_null: bool = False
    primary_key: bool = False
    unique: bool = False
    default: exp.Expression | None = None
    generated: exp.Expression | None = None
    checks: tuple[tuple[str | None, exp.Expression], ...] = ()
    key_name: str | None = None  # CONSTRAINT name PRIMARY KEY | UNIQUE
    deferral: str = ""  # of that key
    nulls_distinct: bool = True  # in that key
    references: Reference | None = None
    reference_name: str | None = None
    comment: str | None = None  # Flink's; COMMENT ON says the same
    lateness: exp.Expression | None = None  # Feldera's: a watermark this far behind the greatest value
    position: int = 0
    identity: str | None = None  # always, by default
    sequence_options: SequenceOptions = ()


@dataclass(frozen=True)
class TableConstraint:
    """`kind` is primary key, unique, check or foreign key."""

    kind: str
    columns: tuple[str, ...] = ()
    expression: exp.Expression | None = None
    references: Reference | None = None
    name: str | None = None
    deferral: str = ""  # of a key: deferrable, deferred
    nulls_distinct: bool = True


@dataclass(frozen=True)
class IncludeColumn:
    kind: str
    field: str | None = None
    alias: str | None = None
    type: TypeName | None = None


@dataclass(frozen=True)
class Watermark:
    column: str
    expression: exp.Expression
    with_ttl: bool = False


@dataclass(frozen=True)
class FormatEncode:
    format: str
    encode: str
    options: OptionPairs = ()
    key_encode: str | None = None


@dataclass(frozen=True)
class Like:
    """LIKE `source` before column `place`; properties by name, or all."""

    source: Name
    place: int
    including: tuple[str, ...] = ()
    excluding: tuple[str, ...] = ()


@dataclass(frozen=True)
class CreateRelation(Statement):
    """CREATE TABLE and CREATE SOURCE. `kind` is table or source; `query` for CREATE TABLE AS."""

    kind: str
    name: Name
    columns: tuple[ColumnDef, ...] = ()
    constraints: tuple[TableConstraint, ...] = ()
    watermarks: tuple[Watermark, ...] = ()
    includes: tuple[IncludeColumn, ...] = ()
    wildcard: bool = False
    append_only: bool = False
    on_conflict: str | None = None  # nothing, overwrite, ignore, do update full, do update if not null
    version_columns: tuple[str, ...] = ()
    comment: str | None = None
    options: OptionPairs = ()
    format: FormatEncode | None = None
    query: exp.Expression | None = None
    with_data: bool = True
    if_not_exists: bool = False
    or_replace: bool = False
    temporary: bool = False
    likes: tuple[Like, ...] = ()
    on_commit: str = "preserve rows"  # delete rows, drop
    indexes: tuple[CreateIndex, ...] = ()  # declared among the columns; they don't name their table


@dataclass(frozen=True)
class CreateView(Statement):
    name: Name
    columns: tuple[str, ...]
    query: exp.Expression
    query_text: str
    materialized: bool = False
    options: OptionPairs = ()
    emit_on_window_close: bool = False
    with_data: bool = True
    if_not_exists: bool = False
    or_replace: bool = False
    temporary: bool = False


@dataclass(frozen=True)
class CreateSink(Statement):
    name: Name | None
    source: Name | None = None
    query: exp.Expression | None = None
    query_text: str | None = None
    into: Name | None = None
    into_columns: tuple[str, ...] = ()
    options: OptionPairs = ()
    format: FormatEncode | None = None
    if_not_exists: bool = False
    or_replace: bool = False
    emit_on_window_close: bool = False


@dataclass(frozen=True)
class CreateSubscription(Statement):
    name: Name
    relation: Name
    options: OptionPairs = ()
    if_not_exists: bool = False


@dataclass(frozen=True)
class IndexKey:
    expression: exp.Expression
    descending: bool = False
    nulls_first: bool = False
    operator_class: str | None = None


@dataclass(frozen=True)
class CreateIndex(Statement):
    name: str | None
    table: Name
    keys: tuple[IndexKey, ...]
    include: tuple[str, ...] = ()
    distributed_by: tuple[exp.Expression, ...] = ()
    unique: bool = False
    method: str | None = None
    if_not_exists: bool = False
    where: exp.Expression | None = None
    nulls_distinct: bool = True
    every: bool = False  # CREATE DEFAULT INDEX: all columns are keys


@dataclass(frozen=True)
class FunctionArg:
    name: str | None
    type: TypeName
    default: str | None = None  # text of an expression
    mode: str = "in"  # in, out, inout, variadic


@dataclass(frozen=True)
class CreateFunction(Statement):
    """`kind` is function or aggregate; `clauses` the other words (immutable, strict, using …)."""

    kind: str
    name: Name
    args: tuple[FunctionArg, ...]
    returns: TypeName | None = None
    returns_table: tuple[tuple[str, TypeName], ...] = ()
    returns_set: bool = False
    language: str | None = None
    body: str | None = None
    clauses: tuple[str, ...] = ()
    options: OptionPairs = ()
    or_replace: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True)
class Call(Statement):
    """CALL name(…): `query` selects the arguments; of each its name and whether it takes the type of its parameter."""

    name: Name
    query: Query | None
    args: tuple[tuple[str | None, bool], ...] = ()


@dataclass(frozen=True)
class CreateSequence(Statement):
    name: Name
    options: SequenceOptions = ()
    if_not_exists: bool = False
    temporary: bool = False


@dataclass(frozen=True)
class AlterSequence(Statement):
    """Options of a sequence; renames and the like are `Alter`."""

    name: Name
    options: SequenceOptions
    if_exists: bool = False


@dataclass(frozen=True)
class CreateType(Statement):
    """Composite (`fields`) or enum (`labels`)."""

    name: Name
    fields: tuple[tuple[str, TypeName], ...] = ()
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True)
class AlterEnum(Statement):
    """ADD VALUE `value` [BEFORE | AFTER `neighbour`], or RENAME VALUE `value` TO `new`."""

    name: Name
    value: str
    new: str | None = None
    neighbour: str | None = None
    before: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True)
class CreateDomain(Statement):
    """`checks`: name if there is one, condition over VALUE."""

    name: Name
    base: TypeName
    not_null: bool = False
    default: exp.Expression | None = None
    checks: tuple[tuple[str | None, exp.Expression], ...] = ()


@dataclass(frozen=True)
class CreateObject(Statement):
    """schema, database, user, role, secret, connection: a name and its options."""

    kind: str
    name: Name
    options: OptionPairs = ()
    clauses: str = ""  # raw text of what follows the name and WITH (…)
    if_not_exists: bool = False


@dataclass(frozen=True)
class Drop(Statement):
    kind: str
    names: tuple[Name, ...]
    if_exists: bool = False
    cascade: bool = False
    args: tuple[TypeName, ...] | None = None  # DROP FUNCTION f(int)
    restrict: bool = False  # what is the default of all but databases is said


@dataclass(frozen=True)
class Alter(Statement):
    """One structured action; `more` holds those after commas, in order.

    `action`: add column, drop column, rename to, rename column, set schema, owner to, set default,
    drop default, set not null, drop not null, set type, add constraint, drop constraint, set parallelism,
    set (key = value), as query, add watermark, add identity, drop identity, set identity, rename constraint,
    validate constraint, alter constraint, set statistics, other (raw text in `value`).
    """

    kind: str
    name: Name
    action: str
    column: str | None = None
    new_name: str | None = None
    definition: ColumnDef | None = None
    constraint: TableConstraint | None = None
    expression: exp.Expression | None = None
    type: TypeName | None = None
    watermark: Watermark | None = None
    key: str | None = None
    value: OptionValue = None
    options: OptionPairs = ()
    if_exists: bool = False
    column_if_exists: bool = False
    cascade: bool = False
    more: tuple[Alter, ...] = ()
    args: tuple[TypeName, ...] | None = None  # of a function, if they are written


@dataclass(frozen=True)
class CommentOn(Statement):
    """`on`: the table or domain of a constraint or policy. `args`: of a function, if they are written."""

    kind: str
    name: Name
    comment: str | None
    on: Name | None = None
    args: tuple[TypeName, ...] | None = None


@dataclass(frozen=True)
class SetVariable(Statement):
    """`values` is None for DEFAULT; `scope` is session or local."""

    name: str
    values: tuple[str, ...] | None
    scope: str = "session"


@dataclass(frozen=True)
class SetConstraints(Statement):
    """No names: all of them."""

    names: tuple[Name, ...]
    deferred: bool


@dataclass(frozen=True)
class SetTransaction(Statement):
    modes: tuple[str, ...]
    session: bool = False


@dataclass(frozen=True)
class Reset(Statement):
    name: str  # all for RESET ALL


@dataclass(frozen=True)
class Show(Statement):
    """SHOW of a setting: `name` is folded, `all` included."""

    name: str


@dataclass(frozen=True)
class ShowObjects(Statement):
    """SHOW TABLES and so on; `kind` is plural lower-case text such as materialized views, columns, jobs."""

    kind: str
    source: Name | None = None
    like: str | None = None
    unlike: bool = False  # NOT LIKE
    where: exp.Expression | None = None  # over the columns of the answer, whose names are folded


@dataclass(frozen=True)
class ShowCreate(Statement):
    kind: str
    name: Name


@dataclass(frozen=True)
class Pivot(Statement):
    """Texts of the statement. `values` None: all there are; `groups` None: the columns that it does not name."""

    source: str
    on: str
    values: tuple[str, ...] | None
    aggregates: tuple[tuple[str, str | None], ...]
    groups: str | None
    tail: str


@dataclass(frozen=True)
class Unpivot(Statement):
    """Without `columns`: all."""

    source: str
    columns: tuple[str, ...]
    name: str
    value: str
    tail: str


@dataclass(frozen=True)
class Describe(Statement):
    name: Name
    fragments: bool = False


@dataclass(frozen=True)
class Running(Statement):
    """A view or sink that runs, as the object of EXPLAIN ANALYZE. `kind`: materialized_view or sink."""

    kind: str
    name: Name


@dataclass(frozen=True)
class Explain(Statement):
    statement: Statement
    analyze: bool = False
    verbose: bool = False
    options: OptionPairs = ()
    stage: str | None = None


@dataclass(frozen=True)
class Transaction(Statement):
    """`action`: begin, commit, rollback, savepoint, release or rollback to."""

    action: str
    modes: tuple[str, ...] = ()
    name: str | None = None
    chain: bool = False  # AND CHAIN: the next transaction begins with the same modes


@dataclass(frozen=True)
class Prepare(Statement):
    name: str
    types: tuple[TypeName, ...]
    statement: Statement


@dataclass(frozen=True)
class Execute(Statement):
    name: str
    args: tuple[exp.Expression, ...] = ()


@dataclass(frozen=True)
class Deallocate(Statement):
    name: str | None  # None is ALL


@dataclass(frozen=True)
class DeclareView(Statement):
    """Feldera's DECLARE RECURSIVE VIEW; `columns` is the text of its columns, with the parentheses."""

    name: Name
    columns: str


@dataclass(frozen=True)
class DeclareCursor(Statement):
    """`query` is a Query, or a Subscribe for subscriptions without a name; `subscription` names one."""

    name: str
    query: Statement | None
    hold: bool = False
    scroll: bool | None = None
    binary: bool = False
    subscription: Name | None = None
    full: bool = False  # of a subscription: the rows that are there come first


@dataclass(frozen=True)
class Fetch(Statement):
    """`count` is None for ALL; `direction`: forward, backward, absolute or relative; `move` for MOVE."""

    cursor: str
    count: int | None = 1
    direction: str = "forward"
    move: bool = False
    options: OptionPairs = ()


@dataclass(frozen=True)
class CloseCursor(Statement):
    name: str | None  # None is ALL


@dataclass(frozen=True)
class Copy(Statement):
    """`direction` is from or to; `target` is stdin, stdout or a file or program text."""

    direction: str
    target: str
    table: Name | None = None
    columns: tuple[str, ...] = ()
    query: Statement | None = None
    options: OptionPairs = ()


@dataclass(frozen=True)
class Subscribe(Statement):
    relation: Name | None = None
    query: exp.Expression | None = None
    options: OptionPairs = ()
    as_of: exp.Expression | None = None
    at_least: bool = False  # AS OF AT LEAST
    up_to: exp.Expression | None = None
    envelope: str = ""  # upsert, debezium
    key: tuple[str, ...] = ()
    order: tuple[tuple[str, bool, bool], ...] = ()  # WITHIN TIMESTAMP ORDER BY: column, descending, nulls first


@dataclass(frozen=True)
class CancelJobs(Statement):
    jobs: tuple[int, ...]


@dataclass(frozen=True)
class Do(Statement):
    """DO: an anonymous block of PL/pgSQL, read by blocks.py."""

    body: str
    language: str = "plpgsql"


@dataclass(frozen=True)
class Kill(Statement):
    process: str


@dataclass(frozen=True)
class Refresh(Statement):
    name: Name


@dataclass(frozen=True)
class Use(Statement):
    database: str


@dataclass(frozen=True)
class Notify(Statement):
    """`verb`: listen, unlisten or notify; `channel` is * for UNLISTEN *."""

    verb: str
    channel: str
    payload: str | None = None


@dataclass(frozen=True)
class Utility(Statement):
    """Statements of a word and accepted text: flush, wait, checkpoint, recover, vacuum, analyze, lock, discard."""

    verb: str
    names: tuple[Name, ...] = field(default=())
    clauses: str = ""

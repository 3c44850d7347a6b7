"""Physical plan: frozen operator specs, keys as column positions, expressions over `Col`.

This is the only part of the planner that the executor knows. Every node has `inputs` and `schema` (the
output). All nodes work on Z-set deltas; `Sort` is for one-shot queries and top-level results only.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...kernels.batch import Batch
from ...kernels.expr.spec import Expr
from ...kernels.schema import Schema
from ...kernels.types import SqlType


@dataclass(frozen=True, slots=True)
class SortKey:
    column: int
    descending: bool = False
    nulls_first: bool = False  # Postgres: NULLS LAST for ASC, NULLS FIRST for DESC unless said otherwise


@dataclass(frozen=True, slots=True)
class Scan:
    """Snapshot and changes of a stored relation (table or materialized view), some of its columns."""

    relation: int  # catalog id
    columns: tuple[int, ...]
    schema: Schema
    append_only: bool = False
    inputs: tuple[()] = ()


@dataclass(frozen=True, slots=True)
class SourceScan:
    """Rows of a source (not stored); append-only unless its format says otherwise."""

    source: int
    columns: tuple[int, ...]
    schema: Schema
    append_only: bool = True
    inputs: tuple[()] = ()


@dataclass(frozen=True, slots=True)
class Values:
    """Constant rows; expressions have no columns. Emitted once."""

    rows: tuple[tuple[Expr, ...], ...]
    schema: Schema
    inputs: tuple[()] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """One row of values over the epoch's time (column 0, timestamptz), corrected when time has changed them."""

    values: tuple[Expr, ...]
    schema: Schema
    inputs: tuple[()] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows at hand (COPY), emitted once."""

    batch: Batch
    schema: Schema
    inputs: tuple[()] = ()


@dataclass(frozen=True, slots=True)
class Map:
    """Filter, then compute: rows where `predicate` is true, each mapped by `exprs`."""

    input: Plan
    exprs: tuple[Expr, ...]
    schema: Schema
    predicate: Expr | None = None

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.input,)


@dataclass(frozen=True, slots=True)
class Join:
    """`kind`: inner, left, right, full, semi, anti. Output: left columns, then right (semi, anti: left only).

    Rows match when keys are equal pairwise (NULL matches NULL only where `null_safe`) and `residual`, over
    left ++ right columns, is true. No keys: every pair is a candidate. `anti` is NOT EXISTS.
    """

    left: Plan
    right: Plan
    kind: str
    left_keys: tuple[int, ...]
    right_keys: tuple[int, ...]
    null_safe: tuple[bool, ...]
    residual: Expr | None
    schema: Schema
    left_append_only: bool = False
    right_append_only: bool = False

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class AggCall:
    """One aggregate. `args`, `filter` and order columns are positions in the input.

    `function`: count_star, count, sum, avg, min, max, bool_and, array_agg, string_agg, percentile_cont, …
    `arg_types` decide the accumulator; `type` is the result. `direct`: constant direct arguments (percentile
    fractions, string_agg's delimiter when constant).
    """

    function: str
    args: tuple[int, ...]
    arg_types: tuple[SqlType, ...]
    type: SqlType
    distinct: bool = False
    filter: int | None = None
    order: tuple[SortKey, ...] = ()
    direct: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """GROUP BY. Output: the group columns, then one column per call. No groups: always exactly one row."""

    input: Plan
    groups: tuple[int, ...]
    calls: tuple[AggCall, ...]
    schema: Schema
    append_only: bool = False  # the input never retracts: min/max keep one value

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.input,)


@dataclass(frozen=True, slots=True)
class Distinct:
    """Each row that is present once (SQL equality: 1.5 and 1.50 are one row)."""

    input: Plan
    schema: Schema

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.input,)


@dataclass(frozen=True, slots=True)
class SetOp:
    """`kind`: except or intersect; with `all` by multiplicity, else as sets."""

    left: Plan
    right: Plan
    kind: str
    all: bool
    schema: Schema

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Union:
    """UNION ALL."""

    parts: tuple[Plan, ...]
    schema: Schema

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return self.parts


@dataclass(frozen=True, slots=True)
class TopN:
    """Rows `offset < position <= offset + limit` of each group in `order`.

    `rank`: row_number (ties broken by the whole row, so that the result is a function of the set), rank or
    dense_rank (`limit` then bounds the rank; offset 0). `with_rank` appends the position as int8.
    `limit` None: no upper bound. WITH TIES is rank with limit = n.
    """

    input: Plan
    groups: tuple[int, ...]
    order: tuple[SortKey, ...]
    limit: int | None
    offset: int
    rank: str
    with_rank: bool
    schema: Schema
    append_only: bool = False

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.input,)


@dataclass(frozen=True, slots=True)
class Frame:
    """`mode`: rows, range, groups. Bounds: ("unbounded_preceding" | "preceding" | "current" | "following" |
    "unbounded_following" | …, offset). Offsets are constants in `Batch.from_rows` form. `exclude`: no_others,
    current_row, group, ties.
    """

    mode: str
    start: tuple[str, object]
    end: tuple[str, object]
    exclude: str = "no_others"


@dataclass(frozen=True, slots=True)
class WindowCall:
    """`function`: row_number, rank, …, lag, lead, first_value, nth_value, or any aggregate name."""

    function: str
    args: tuple[int, ...]
    arg_types: tuple[SqlType, ...]
    type: SqlType
    frame: Frame | None
    filter: int | None = None
    ignore_nulls: bool = False
    direct: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """Window functions that share PARTITION BY and ORDER BY. Output: input columns, then one per call."""

    input: Plan
    partition: tuple[int, ...]
    order: tuple[SortKey, ...]
    calls: tuple[WindowCall, ...]
    schema: Schema

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.input,)


@dataclass(frozen=True, slots=True)
class TableCall:
    """A set-returning function: name, argument expressions over the input, result columns."""

    function: str
    args: tuple[Expr, ...]
    types: tuple[SqlType, ...]


@dataclass(frozen=True, slots=True)
class ProjectSet:
    """Each input row times the rows of its calls, run side by side and padded with NULL (ROWS FROM).

    Output: input columns, then the columns of each call, then the ordinality (int8) if asked.
    `outer`: a row without results is kept with NULLs (LEFT JOIN LATERAL).
    """

    input: Plan
    calls: tuple[TableCall, ...]
    ordinality: bool
    schema: Schema
    outer: bool = False

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.input,)


@dataclass(frozen=True, slots=True)
class SingleRow:
    """A row per group and whether the group has several, when it is NULL but for the group (scalar subqueries)."""

    input: Plan
    groups: tuple[int, ...]
    schema: Schema

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.input,)


@dataclass(frozen=True, slots=True)
class AsOfJoin:
    """Each left row with the one right row nearest by `comparison` (<, <=, >, >=: left_time op right_time)."""

    left: Plan
    right: Plan
    left_outer: bool
    left_keys: tuple[int, ...]
    right_keys: tuple[int, ...]
    left_time: int
    right_time: int
    comparison: str
    schema: Schema

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class TemporalJoin:
    """Left changes joined with the right side as it is now; right changes emit nothing.

    Right columns `right_keys` are probed. Retractions of left rows retract what those rows produced.
    """

    left: Plan
    right: Plan
    left_outer: bool
    left_keys: tuple[int, ...]
    right_keys: tuple[int, ...]
    residual: Expr | None
    schema: Schema
    left_append_only: bool = True

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Changelog:
    """The input's changes as rows that are never taken back: its columns, the kind of change, a running number.

    Kinds: 1 insert, 2 delete, 3 and 4 the new and the old row of an update: rows of one `key` in one step.
    """

    input: Plan
    key: tuple[int, ...]
    schema: Schema

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.input,)


@dataclass(frozen=True, slots=True)
class WatermarkFilter:
    """Drops rows with `column` behind the watermark = max over rows of `delayed` (an expression) so far.

    Without `drops` it only tells the watermark.
    """

    input: Plan
    column: int
    delayed: Expr
    schema: Schema
    drops: bool = True

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.input,)


@dataclass(frozen=True, slots=True)
class EmitOnClose:
    """Holds rows until the watermark passes `column`, then emits them for good.

    `inclusive`: the column is the exclusive end of a window, which is closed once the watermark reaches it.
    """

    input: Plan
    column: int
    schema: Schema
    inclusive: bool = False

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.input,)


@dataclass(frozen=True, slots=True)
class NowFilter:
    """Temporal filter: keeps rows while `lower <= now < upper` (either side may be None).

    Bounds are expressions over the input giving timestamptz; rows enter and leave as the epoch's time moves.
    """

    input: Plan
    lower: Expr | None
    upper: Expr | None
    schema: Schema

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.input,)


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often a WITH MUTUALLY RECURSIVE runs, and whether it is an error if that does not suffice."""

    limit: int | None
    error: bool


@dataclass(frozen=True, slots=True)
class Recursive:
    """WITH RECURSIVE: the fixpoint of base UNION [ALL] step.

    Leaves of `step` are `RecursiveRef`, the rows of the round before, and `RecursiveInput`, what doesn't depend
    on the recursion: `others[index]`. `enough`: rows after which a one-shot query needs no further round. With `rounds`
    the step gives all rows anew from all rows, until they stay the same; `base` only makes it begin.
    """

    base: Plan
    step: Plan
    all: bool
    schema: Schema
    others: tuple[Plan, ...] = ()
    enough: int | None = None
    rounds: Rounds | None = None

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.base, *self.others)


@dataclass(frozen=True, slots=True)
class RecursiveRef:
    schema: Schema
    inputs: tuple[()] = ()


@dataclass(frozen=True, slots=True)
class RecursiveInput:
    index: int
    schema: Schema
    inputs: tuple[()] = ()


@dataclass(frozen=True, slots=True)
class Sort:
    """Order and cut of a one-shot result. A view ignores order without LIMIT (the planner drops it).

    `limit` and `offset` are expressions while they hold parameters (in TopN too); `substitute` makes them numbers.
    """

    input: Plan
    keys: tuple[SortKey, ...]
    limit: int | None
    offset: int
    schema: Schema

    @property
    def inputs(self) -> tuple[Plan, ...]:
        return (self.input,)


Plan = (
    Scan
    | SourceScan
    | Values
    | Clock
    | Rows
    | Map
    | Join
    | Aggregate
    | Distinct
    | SetOp
    | Union
    | TopN
    | Window
    | ProjectSet
    | SingleRow
    | AsOfJoin
    | TemporalJoin
    | Changelog
    | WatermarkFilter
    | EmitOnClose
    | NowFilter
    | Recursive
    | RecursiveRef
    | RecursiveInput
    | Sort
)

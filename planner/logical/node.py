"""Logical plan: frozen relational nodes over columns with unique ids (`Var`).

`vars` are a node's output columns in order, `used` the ids its own expressions read, `free` the ids that come
from outside the subtree (correlation). Nodes compare by identity; `free` and `vars` are computed once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from ...kernels.expr.spec import Expr, Lambda, Var, children
from ...kernels.types import SqlType
from ..physical.node import Frame

_NONE: frozenset[int] = frozenset()


def expr_vars(e: Expr, into: set[int]) -> None:
    """Add the ids of all columns that `e` reads."""
    if isinstance(e, Var):
        into.add(e.id)
        return
    for c in children(e):
        expr_vars(c, into)
    if isinstance(e, Lambda):
        expr_vars(e.body, into)


def ids(variables: Iterable[Var]) -> frozenset[int]:
    return frozenset(v.id for v in variables)


@dataclass(frozen=True, eq=False)
class Node:
    """Base: what all nodes answer."""

    @property
    def inputs(self) -> tuple[Node, ...]:
        return ()

    def exprs(self) -> Iterable[Expr]:
        """Every expression of this node itself."""
        return ()

    @property
    def vars(self) -> tuple[Var, ...]:
        raise NotImplementedError

    def with_inputs(self, *inputs: Node) -> Node:
        """The same node over other inputs, given in the order of `inputs`."""
        return self

    @cached_property
    def used(self) -> frozenset[int]:
        found: set[int] = set()
        for e in self.exprs():
            expr_vars(e, found)
        return frozenset(found)

    @cached_property
    def ids(self) -> frozenset[int]:
        return ids(self.vars)

    @cached_property
    def free(self) -> frozenset[int]:
        found = self.used
        for i in self.inputs:
            found = found | i.free
        for i in self.inputs:
            found = found - i.ids
        return found


def free_but(plan: Node, shared: frozenset[int]) -> frozenset[int]:
    """The free columns of a plan, those left out that only the given parts (by identity) read."""
    if not plan.free or id(plan) in shared:
        return _NONE
    if not shared:
        return plan.free
    found = plan.used.union(*(free_but(i, shared) for i in plan.inputs))
    return found.difference(*(i.ids for i in plan.inputs))


@dataclass(frozen=True, eq=False)
class SortItem:
    """One ORDER BY entry, over an expression of the input."""

    expr: Expr
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, eq=False)
class Scan(Node):
    """Columns of a stored relation. `keys`: unique column sets; `not_null`: ids; positions match `columns`.

    `primary`: the key of a table that was declared as such, which GROUP BY may stand for the other columns.
    """

    relation: int
    name: str
    positions: tuple[int, ...]
    columns: tuple[Var, ...]
    append_only: bool = False
    keys: tuple[frozenset[int], ...] = ()
    not_null: frozenset[int] = _NONE
    source: bool = False
    primary: frozenset[int] = _NONE

    @property
    def vars(self) -> tuple[Var, ...]:
        return self.columns


@dataclass(frozen=True, eq=False)
class Values(Node):
    """Constant rows. One row without columns is the FROM of a query without one."""

    rows: tuple[tuple[Expr, ...], ...]
    columns: tuple[Var, ...] = ()

    @property
    def vars(self) -> tuple[Var, ...]:
        return self.columns


@dataclass(frozen=True, eq=False)
class Unary(Node):
    input: Node

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.input,)

    @cached_property
    def vars(self) -> tuple[Var, ...]:  # type: ignore[override]
        return self.input.vars

    def with_inputs(self, *inputs: Node) -> Node:
        return self if inputs[0] is self.input else replace(self, input=inputs[0])


@dataclass(frozen=True, eq=False)
class Filter(Unary):
    predicate: Expr

    def exprs(self) -> Iterable[Expr]:
        return (self.predicate,)


@dataclass(frozen=True, eq=False)
class Project(Unary):
    """`barrier`: row security ends here; what may fail is not evaluated over the rows below."""

    items: tuple[tuple[Var, Expr], ...]
    barrier: bool = False

    def exprs(self) -> Iterable[Expr]:
        return (e for _, e in self.items)

    @cached_property
    def vars(self) -> tuple[Var, ...]:  # type: ignore[override]
        return tuple(v for v, _ in self.items)


@dataclass(frozen=True, eq=False)
class Binary(Node):
    left: Node
    right: Node

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.left, self.right)

    def with_inputs(self, *inputs: Node) -> Node:
        if inputs[0] is self.left and inputs[1] is self.right:
            return self
        return replace(self, left=inputs[0], right=inputs[1])


@dataclass(frozen=True, eq=False)
class Join(Binary):
    """`kind`: inner, left, right, full, semi, anti. `condition` None is true."""

    kind: str
    condition: Expr | None = None

    def exprs(self) -> Iterable[Expr]:
        return () if self.condition is None else (self.condition,)

    @cached_property
    def vars(self) -> tuple[Var, ...]:  # type: ignore[override]
        return self.left.vars if self.kind in ("semi", "anti") else self.left.vars + self.right.vars


@dataclass(frozen=True, eq=False)
class DependentJoin(Binary):
    """Apply: `right` is evaluated for each left row and may read left's columns.

    `kind`: inner, left, semi, anti, or mark: left's columns and `mark`, true where right has a row, else false.
    """

    kind: str
    condition: Expr | None = None
    mark: Var | None = None

    def exprs(self) -> Iterable[Expr]:
        return () if self.condition is None else (self.condition,)

    @cached_property
    def vars(self) -> tuple[Var, ...]:  # type: ignore[override]
        if self.kind == "mark":
            assert self.mark is not None
            return (*self.left.vars, self.mark)
        return self.left.vars if self.kind in ("semi", "anti") else self.left.vars + self.right.vars


@dataclass(frozen=True, eq=False)
class Agg:
    """An aggregate call over expressions of the input."""

    function: str
    args: tuple[Expr, ...]
    type: SqlType
    distinct: bool = False
    filter: Expr | None = None
    order: tuple[SortItem, ...] = ()
    direct: tuple[object, ...] = ()

    def exprs(self) -> Iterable[Expr]:
        yield from self.args
        if self.filter is not None:
            yield self.filter
        for item in self.order:
            yield item.expr


@dataclass(frozen=True, eq=False)
class Aggregate(Unary):
    """GROUP BY input columns. Without groups always exactly one row."""

    groups: tuple[Var, ...]
    calls: tuple[tuple[Var, Agg], ...]

    def exprs(self) -> Iterable[Expr]:
        yield from self.groups
        for _, call in self.calls:
            yield from call.exprs()

    @cached_property
    def vars(self) -> tuple[Var, ...]:  # type: ignore[override]
        return self.groups + tuple(v for v, _ in self.calls)


@dataclass(frozen=True, eq=False)
class Distinct(Unary):
    """Distinct rows over all columns of the input."""


@dataclass(frozen=True, eq=False)
class SetOp(Binary):
    """EXCEPT and INTERSECT; columns correspond by position and get the ids of `columns`."""

    kind: str
    all: bool
    columns: tuple[Var, ...]

    @property
    def vars(self) -> tuple[Var, ...]:
        return self.columns


@dataclass(frozen=True, eq=False)
class Union(Node):
    """UNION ALL; columns correspond by position."""

    parts: tuple[Node, ...]
    columns: tuple[Var, ...]

    @property
    def inputs(self) -> tuple[Node, ...]:
        return self.parts

    @property
    def vars(self) -> tuple[Var, ...]:
        return self.columns

    def with_inputs(self, *inputs: Node) -> Node:
        return self if all(a is b for a, b in zip(inputs, self.parts)) else replace(self, parts=tuple(inputs))


@dataclass(frozen=True, eq=False)
class TopN(Unary):
    """See the physical node. `limit` and `offset` may hold parameters; `number` is the appended position."""

    groups: tuple[Var, ...]
    order: tuple[SortItem, ...]
    limit: Expr | int | None
    offset: Expr | int
    rank: str = "row_number"
    number: Var | None = None

    def exprs(self) -> Iterable[Expr]:
        yield from self.groups
        for item in self.order:
            yield item.expr

    @cached_property
    def vars(self) -> tuple[Var, ...]:  # type: ignore[override]
        return self.input.vars if self.number is None else (*self.input.vars, self.number)


@dataclass(frozen=True, eq=False)
class Sort(Unary):
    """Order and cut of a query's final result."""

    order: tuple[SortItem, ...]
    limit: Expr | int | None
    offset: Expr | int

    def exprs(self) -> Iterable[Expr]:
        return (item.expr for item in self.order)


@dataclass(frozen=True, eq=False)
class WinCall:
    """A window function call over expressions of the input."""

    function: str
    args: tuple[Expr, ...]
    type: SqlType
    frame: Frame | None
    filter: Expr | None = None
    ignore_nulls: bool = False
    direct: tuple[object, ...] = ()


@dataclass(frozen=True, eq=False)
class Window(Unary):
    """Window functions that share partition and order. Output: input, then one column per call."""

    partition: tuple[Expr, ...]
    order: tuple[SortItem, ...]
    calls: tuple[tuple[Var, WinCall], ...]

    def exprs(self) -> Iterable[Expr]:
        yield from self.partition
        for item in self.order:
            yield item.expr
        for _, call in self.calls:
            yield from call.args
            if call.filter is not None:
                yield call.filter

    @cached_property
    def vars(self) -> tuple[Var, ...]:  # type: ignore[override]
        return self.input.vars + tuple(v for v, _ in self.calls)


@dataclass(frozen=True, eq=False)
class TableCall:
    function: str
    args: tuple[Expr, ...]
    columns: tuple[Var, ...]


@dataclass(frozen=True, eq=False)
class ProjectSet(Unary):
    """Each input row times the rows of its set-returning calls, side by side."""

    calls: tuple[TableCall, ...]
    ordinality: Var | None = None
    outer: bool = False

    def exprs(self) -> Iterable[Expr]:
        for call in self.calls:
            yield from call.args

    @cached_property
    def vars(self) -> tuple[Var, ...]:  # type: ignore[override]
        own = tuple(v for call in self.calls for v in call.columns)
        return self.input.vars + own + (() if self.ordinality is None else (self.ordinality,))


@dataclass(frozen=True, eq=False)
class SingleRow(Unary):
    """At most one row per group: several become one of NULLs, marked by `several`."""

    several: Var
    groups: tuple[Var, ...] = ()

    def exprs(self) -> Iterable[Expr]:
        return self.groups

    @cached_property
    def vars(self) -> tuple[Var, ...]:  # type: ignore[override]
        return (*self.input.vars, self.several)


@dataclass(frozen=True, eq=False)
class AsOfJoin(Binary):
    """Nearest right row per left row: equality `keys` and `left_time comparison right_time`."""

    left_outer: bool
    keys: tuple[tuple[Expr, Expr], ...]
    left_time: Expr
    right_time: Expr
    comparison: str

    def exprs(self) -> Iterable[Expr]:
        for a, b in self.keys:
            yield a
            yield b
        yield self.left_time
        yield self.right_time

    @cached_property
    def vars(self) -> tuple[Var, ...]:  # type: ignore[override]
        return self.left.vars + self.right.vars


@dataclass(frozen=True, eq=False)
class TemporalJoin(Binary):
    """Left changes joined with the right side as it is now."""

    left_outer: bool
    condition: Expr

    def exprs(self) -> Iterable[Expr]:
        return (self.condition,)

    @cached_property
    def vars(self) -> tuple[Var, ...]:  # type: ignore[override]
        return self.left.vars + self.right.vars


@dataclass(frozen=True, eq=False)
class Changelog(Unary):
    """Changes of the input as rows that stay: all its columns, then `operation` and `number`. `key`: see the operator."""

    columns: tuple[Var, ...]
    key: tuple[Var, ...]
    operation: Var
    number: Var

    def exprs(self) -> Iterable[Expr]:
        return self.columns

    @cached_property
    def vars(self) -> tuple[Var, ...]:  # type: ignore[override]
        return (*self.columns, self.operation, self.number)


@dataclass(frozen=True, eq=False)
class WatermarkFilter(Unary):
    """`drops`: late rows are left out (a table has left them out itself)."""

    column: Var
    delayed: Expr
    drops: bool = True

    def exprs(self) -> Iterable[Expr]:
        return (self.column, self.delayed)


@dataclass(frozen=True, eq=False)
class EmitOnClose(Unary):
    column: Var
    inclusive: bool = False

    def exprs(self) -> Iterable[Expr]:
        return (self.column,)


@dataclass(frozen=True, eq=False)
class Clock(Node):
    """One row of values of the current time, which changes when they do."""

    values: tuple[Expr, ...]
    columns: tuple[Var, ...]

    @property
    def vars(self) -> tuple[Var, ...]:
        return self.columns

    def exprs(self) -> Iterable[Expr]:
        return self.values


@dataclass(frozen=True, eq=False)
class NowFilter(Unary):
    """Rows with `lower <= now < upper`."""

    lower: Expr | None
    upper: Expr | None

    def exprs(self) -> Iterable[Expr]:
        return tuple(e for e in (self.lower, self.upper) if e is not None)


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often a WITH MUTUALLY RECURSIVE runs, and whether it is an error if that does not suffice."""

    limit: int | None
    error: bool


@dataclass(frozen=True, eq=False)
class Recursive(Binary):
    """Fixpoint of left (base) UNION [ALL] right (step, reading `RecursiveRef` of the same `tag`).

    With `rounds` the step gives all rows anew from all rows, until they stay the same; left only makes it begin."""

    tag: int
    all: bool
    columns: tuple[Var, ...]
    rounds: Rounds | None = None

    @property
    def vars(self) -> tuple[Var, ...]:
        return self.columns


@dataclass(frozen=True, eq=False)
class RecursiveRef(Node):
    """The rows so far; each reference has columns of its own."""

    tag: int
    columns: tuple[Var, ...]

    @property
    def vars(self) -> tuple[Var, ...]:
        return self.columns


ONE_ROW = Values(rows=((),))

"""BindContext: all that binding needs besides the tree and the scope, and the hooks of the query binder.

The expression binder knows nothing of plans. Where an expression needs one (an aggregate, a window function, a
subquery, a set-returning function) it hands a frozen Ref to a hook and goes on with the expression that comes back,
usually a fresh `Var`. Without a hook the use is an error in Postgres' words, which name `clause`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sqlglot import exp

from ...kernels.errors import UserError
from ...kernels.expr.program import SessionFacts
from ...kernels.expr.spec import Expr, Param, Var
from ...kernels.types import TEXT, UNKNOWN, SqlType
from ..catalog.entries import Snapshot, SqlFunction
from ..catalog.user_types import find_sql_type
from ..physical.node import Frame
from .scope import Scope
from .trace import Trace


@dataclass(frozen=True, slots=True)
class SortItem:
    """One ORDER BY entry, defaults resolved (NULLS LAST for ASC, NULLS FIRST for DESC)."""

    expr: Expr
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True)
class AggregateRef:
    """An aggregate call, arguments cast to the signature.

    `function` is the name of `AggCall.function` (count(*) is `count_star`). Ordered-set aggregates: `args` are the
    WITHIN GROUP values, `order` their order and `direct` the direct arguments. string_agg keeps its delimiter in `args`.
    """

    function: str
    args: tuple[Expr, ...]
    type: SqlType
    distinct: bool = False
    filter: Expr | None = None
    order: tuple[SortItem, ...] = ()
    direct: tuple[Expr, ...] = ()
    position: int | None = None
    grouped: tuple[Expr, ...] = ()  # may use grouped columns only


@dataclass(frozen=True, slots=True)
class WindowRef:
    """A window function (or aggregate) call with its window, named windows resolved.

    `session_gap` is set for `SESSION WITH GAP gap` frames, and `frame` is None then.
    """

    function: str
    args: tuple[Expr, ...]
    type: SqlType
    partition: tuple[Expr, ...] = ()
    order: tuple[SortItem, ...] = ()
    frame: Frame | None = None
    filter: Expr | None = None
    ignore_nulls: bool = False
    session_gap: Expr | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class SubqueryRef:
    """A query inside an expression. `kind`:

    scalar   one value; NULL for no row, 21000 for several
    exists   boolean
    any      operands operator ANY (query); IN is any with "="
    all      operands operator ALL (query)
    row      operands operator (query) with one row of several columns
    array    ARRAY(query)

    Comparisons are made with `compare_rows(operator, operands, columns, ctx)` once the columns' types are known.
    `scope` is the place of the subquery: the parent of its own scope.
    """

    kind: str
    query: exp.Expression
    scope: Scope
    operands: tuple[Expr, ...] = ()
    operator: str = ""
    position: int | None = None
    function: SqlFunction | None = None  # whose body it is
    nested_in: str = ""  # aggregate or window: among the arguments of a call; FILTER: in its condition


@dataclass(frozen=True, slots=True)
class SetReturningRef:
    """A set-returning function. `type` is the type of one row's value (a struct for several columns)."""

    function: str
    args: tuple[Expr, ...]
    type: SqlType
    position: int | None = None


@dataclass(slots=True)
class Parameters:
    """Types of $1 …: given by the client, or found by the first use that needs one."""

    types: list[SqlType | None] = field(default_factory=list)

    def use(self, number: int, position: int | None = None) -> Param:
        """$number, with type unknown until it is found."""
        if not 1 <= number <= 65535:
            raise UserError(f"there is no parameter ${number}", "42P02", position=position)
        while len(self.types) < number:
            self.types.append(None)
        return Param(number, self.types[number - 1] or UNKNOWN)

    def settle(self, param: Param, wanted: SqlType, position: int | None = None) -> Param:
        """The parameter with the type its use asks for; two uses that differ are 42P08."""
        known = self.types[param.number - 1]
        if known is None:
            self.types[param.number - 1] = known = wanted.without_mods()
        elif known != wanted.without_mods():
            raise UserError(
                f"inconsistent types deduced for parameter ${param.number}",
                "42P08",
                detail=f"{known} versus {wanted.without_mods()}",
                position=position,
            )
        return Param(param.number, known)

    def finish(self) -> tuple[SqlType, ...]:
        """All types once binding is done; what no use decided is text."""
        return tuple(t or TEXT for t in self.types)


Hook = Callable[[Any], Expr]


@dataclass(frozen=True, slots=True)
class BindContext:
    """`clause` is the place for error texts as Postgres has it: "WHERE", "JOIN conditions", "GROUP BY", "VALUES" …

    `facts` folds literals (time zone, now); `windows` are the definitions of the WINDOW clause.
    Contexts of one statement share `parameters` and `ids`.
    """

    catalog: Snapshot = field(default_factory=Snapshot)
    search_path: tuple[str, ...] = ("public",)
    facts: SessionFacts = field(default_factory=SessionFacts)
    parameters: Parameters = field(default_factory=Parameters)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    clause: str = ""
    on_aggregate: Callable[[AggregateRef], Expr] | None = None
    on_window: Callable[[WindowRef], Expr] | None = None
    on_subquery: Callable[[SubqueryRef], Expr] | None = None
    on_set_returning: Callable[[SetReturningRef], Expr] | None = None
    on_grouping: Callable[[tuple[Expr, ...]], Expr] | None = None
    windows: Mapping[str, exp.Expression] = field(default_factory=dict)
    nested_in: str = ""  # set while binding arguments of an aggregate or a window function
    row_type: SqlType | None = None  # the column definition list of a function in FROM
    inlining: tuple[str, ...] = ()  # SQL functions being inlined, outermost first
    role: str | None = None  # whose privileges are needed; None: nobody's
    trace: Trace | None = None  # what deparsing needs of it
    origins: Mapping[int, tuple[int, int]] = field(default_factory=dict)  # columns of tables: OID and number by id
    row_security: bool = True  # False: a query that policies would change is an error

    def user_type(self, schema: str | None, name: str) -> SqlType | None:
        """What the catalog knows a type name as."""
        return find_sql_type(self.catalog, self.search_path, schema, name)

    def new_var(self, sql_type: SqlType, name: str = "") -> Var:
        """A fresh logical column."""
        return Var(next(self.ids), sql_type, name)

    def having(self, **changes: Any) -> BindContext:
        """The same context with some fields changed."""
        return BindContext(**{name: getattr(self, name) for name in _FIELDS} | changes)


_FIELDS = tuple(f.name for f in fields(BindContext))

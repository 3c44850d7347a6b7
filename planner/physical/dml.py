"""Planned DML: what the server executes. Rows are in the relation's full layout, hidden columns included.

Every input plan computes complete rows: defaults filled in, generated columns computed, values cast by
assignment. `checks` and `returning` are expressions over the row described at each class.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...kernels.expr.spec import Expr
from ...kernels.schema import Schema
from .node import Plan

NEW_ROWS = -2  # the relation by which the plan of a `RowRule` reads the rows it checks, and that of ON CONFLICT its pairs


@dataclass(frozen=True, slots=True)
class RowRule:
    """What new rows must meet: `violations` gives those that break it. `policy` names a restrictive policy of row
    security, `view` the view whose check option it is."""

    policy: str | None
    violations: Plan
    view: str | None = None


@dataclass(frozen=True, slots=True)
class Constraints:
    """Checked on every new row. `not_null`: column positions. `checks`: (name, boolean expression over the row).

    `unique`: key positions lists, the primary key first (with `primary_key` True it is not nullable).
    """

    not_null: tuple[int, ...] = ()
    checks: tuple[tuple[str, Expr], ...] = ()
    unique: tuple[tuple[int, ...], ...] = ()
    rules: tuple[RowRule, ...] = ()
    domains: tuple[tuple[Expr, str, str], ...] = ()  # conditions of domains: expression, SQLSTATE, message


@dataclass(frozen=True, slots=True)
class OnConflict:
    """ON CONFLICT. `target`: key positions, empty = any unique key. `action`: nothing or update.

    `update`: the new row as expressions over existing row ++ proposed row; `where`: over the same. `existing` are
    rules of rows to be updated, `changed` of rows that were. Where subqueries make the new row, `plan` reads existing row ++
    proposed row ++ its number as NEW_ROWS and gives existing row ++ new row ++ number.
    """

    target: tuple[int, ...]
    action: str
    update: tuple[Expr, ...] = ()
    where: Expr | None = None
    existing: tuple[RowRule, ...] = ()
    changed: tuple[RowRule, ...] = ()
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What a data-changing statement of a WITH clause returns, as a relation for those after it."""

    name: str
    relation: int
    schema: Schema | None  # None without RETURNING


@dataclass(frozen=True, slots=True)
class PlannedInsert:
    """`input` gives new rows. `returning` is over the row."""

    relation: int
    input: Plan
    constraints: Constraints
    on_conflict: OnConflict | None
    returning: tuple[Expr, ...] | None
    returning_schema: Schema | None


@dataclass(frozen=True, slots=True)
class PlannedUpdate:
    """`input` gives old row ++ new row ++ other columns that RETURNING needs. `returning` is over all that.

    An old row that occurs more than once (several matches in FROM) is updated by one of its matches.
    """

    relation: int
    input: Plan
    constraints: Constraints
    returning: tuple[Expr, ...] | None
    returning_schema: Schema | None


@dataclass(frozen=True, slots=True)
class PlannedDelete:
    """`input` gives old row ++ other columns that RETURNING needs. `returning` is over all that."""

    relation: int
    input: Plan
    returning: tuple[Expr, ...] | None
    returning_schema: Schema | None


@dataclass(frozen=True, slots=True)
class MergeAction:
    """One WHEN of MERGE: `kind` insert, update, delete or nothing. `condition` and `row`, the new row, are over the row
    of the input. `existing` are rules of rows to be changed, `changed` of new ones."""

    kind: str
    matched: bool
    condition: Expr | None
    row: tuple[Expr, ...]
    existing: tuple[RowRule, ...] = ()
    changed: tuple[RowRule, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedMerge:
    """`input` gives old row (NULLs where no row of the target matches) ++ what is not NULL where one does ++ columns that
    the actions read. Every row is for the first of `actions` that takes it."""

    relation: int
    input: Plan
    constraints: Constraints
    actions: tuple[MergeAction, ...]
    returning_schema: Schema | None = None


PlannedDml = PlannedInsert | PlannedUpdate | PlannedDelete | PlannedMerge

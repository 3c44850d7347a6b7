"""Scope: what names mean at one place of a query.

A scope is immutable. FROM items are made with `Scope.of`, put side by side with `join` (which also merges the
columns of USING and NATURAL), and hung below an outer scope with `inside`. An outer column is returned like any
other: that a subquery is correlated shows in the free variables of its plan, nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches

from ...kernels.errors import UserError
from ...kernels.expr.spec import Call, Case, Expr, Lit
from ...kernels.types import struct_of
from ..logical.node import SortItem

_NO_PLACE = "Rows have no place that they keep: name them by a key."

@dataclass(frozen=True, slots=True)
class ScopeColumn:
    """A name and what it stands for. Hidden columns are found by name and left out of `*`."""

    name: str
    expr: Expr
    hidden: bool = False
    table: str = ""


@dataclass(frozen=True, slots=True)
class ScopeRelation:
    """One FROM item: alias, the schema it may be qualified with (None for aliases and subqueries), columns."""

    name: str
    columns: tuple[ScopeColumn, ...]
    schema: str | None = None
    values: bool = False  # of a function that gives single values: its row is the value of its only column
    present: Expr | None = None  # NULL where an outer join has no row of it; None when it always has one


@dataclass(frozen=True, slots=True)
class Scope:
    """`columns` is the name space of unqualified references, in the order of `*`; `relations` of qualified ones."""

    relations: tuple[ScopeRelation, ...] = ()
    columns: tuple[ScopeColumn, ...] = ()
    parent: Scope | None = None
    sequence: tuple[SortItem, ...] = ()  # the order in which the rows come, for aggregates that show it

    @staticmethod
    def of(
        name: str,
        columns: tuple[tuple[str, Expr], ...],
        hidden: tuple[bool, ...] = (),
        schema: str | None = None,
    ) -> Scope:
        """The scope of one relation; `hidden` runs parallel to `columns`."""
        flags = hidden or (False,) * len(columns)
        made = tuple(ScopeColumn(n, e, h, name) for (n, e), h in zip(columns, flags, strict=True))
        return Scope((ScopeRelation(name, made, schema),), made)

    def following(self, sequence: tuple[SortItem, ...]) -> Scope:
        """The same names of rows that come in an order."""
        return replace(self, sequence=sequence) if sequence else self

    def inside(self, parent: Scope | None) -> Scope:
        """The same names with `parent` as the outer scope."""
        return Scope(self.relations, self.columns, parent, self.sequence)

    def join(self, other: Scope, merged: tuple[tuple[str, Expr], ...] = ()) -> Scope:
        """Both scopes side by side. `merged` are the USING columns: one each, first in `*`. Keeps this parent.

        A table name that occurs on both sides is 42712.
        """
        names = {(r.schema, r.name) for r in self.relations}
        for relation in other.relations:
            if relation.name and (relation.schema, relation.name) in names:
                raise UserError(f'table name "{relation.name}" specified more than once', "42712")
        gone = {name for name, _ in merged}
        rest = tuple(c for c in (*self.columns, *other.columns) if c.name not in gone or c.hidden)
        first = tuple(ScopeColumn(name, expr) for name, expr in merged)
        return Scope(self.relations + other.relations, first + rest, self.parent, self.sequence + other.sequence)

    def with_relation(self, name: str, columns: tuple[tuple[str, Expr], ...]) -> Scope:
        """One more name for columns that are there already (USING … AS name)."""
        if any(r.name == name for r in self.relations):
            raise UserError(f'table name "{name}" specified more than once', "42712")
        return replace(self, relations=(*self.relations, *Scope.of(name, columns).relations))

    def resolve(self, parts: tuple[str, ...], position: int | None = None) -> Expr:
        """What `column`, `table.column` or `schema.table.column` (or a table name: its row) stands for.

        Errors: 42703 undefined column, 42702 ambiguous, 42P01 no such FROM entry.
        """
        found = self.find(parts, position)
        if found is not None:
            return found
        if len(parts) == 1:
            raise UserError(
                f'column "{parts[0]}" does not exist', "42703", position=position,
                hint=_NO_PLACE if parts[0] == "ctid" else self._suggest(parts[0]),
            )
        relation = self._outward_relation(parts[:-1])
        if relation is None:
            raise UserError(f'missing FROM-clause entry for table "{parts[-2]}"', "42P01", position=position)
        near = get_close_matches(parts[-1], [c.name for c in relation.columns], 1)
        raise UserError(
            f"column {'.'.join(parts[-2:])} does not exist",
            "42703",
            hint=_NO_PLACE if parts[-1] == "ctid" else f'Perhaps you meant to reference the column "{relation.name}.{near[0]}".' if near else None,
            position=position,
        )

    def find(self, parts: tuple[str, ...], position: int | None = None) -> Expr | None:
        """As `resolve`, with None for a name that is unknown in this scope and all outer ones."""
        scope: Scope | None = self
        while scope is not None:
            found = scope._here(parts, position)
            if found is not None:
                return found
            scope = scope.parent
        return self._whole_row(parts)

    def star(self, qualifier: tuple[str, ...] | None = None, position: int | None = None) -> list[tuple[str, Expr]]:
        """The columns of `*` (this scope only) or of `t.*` (outer scopes too), hidden ones left out."""
        if qualifier is None:
            return [(c.name, c.expr) for c in self.columns if not c.hidden]
        relation = self._outward_relation(qualifier)
        if relation is None:
            raise UserError(f'missing FROM-clause entry for table "{qualifier[-1]}"', "42P01", position=position)
        return [(c.name, c.expr) for c in relation.columns if not c.hidden]

    def _here(self, parts: tuple[str, ...], position: int | None) -> Expr | None:
        name = parts[-1]
        if len(parts) == 1:
            matches = [c for c in self.columns if c.name == name]
        else:
            relation = self._relation(parts[:-1], position)
            matches = [c for c in relation.columns if c.name == name] if relation else []
        if len(matches) > 1:
            matches = [c for c in matches if not c.hidden] or matches
        if len(matches) > 1:
            raise UserError(f'column reference "{name}" is ambiguous', "42702", position=position)
        return matches[0].expr if matches else None

    def _relation(self, qualifier: tuple[str, ...], position: int | None = None) -> ScopeRelation | None:
        schema = qualifier[-2] if len(qualifier) > 1 else None
        found = [r for r in self.relations if r.name == qualifier[-1] and (schema is None or r.schema == schema)]
        if len(found) > 1:
            raise UserError(f'table reference "{qualifier[-1]}" is ambiguous', "42P09", position=position)
        return found[0] if found else None

    def has_relation(self, qualifier: tuple[str, ...]) -> bool:
        """Whether a relation of the name is here or further out."""
        return self._outward_relation(qualifier) is not None

    def _outward_relation(self, qualifier: tuple[str, ...]) -> ScopeRelation | None:
        scope: Scope | None = self
        while scope is not None:
            relation = scope._relation(qualifier)
            if relation is not None:
                return relation
            scope = scope.parent
        return None

    def _whole_row(self, parts: tuple[str, ...]) -> Expr | None:
        relation = self._outward_relation(parts)
        if relation is None:
            return None
        shown = [c for c in relation.columns if not c.hidden]
        if relation.values:
            return shown[0].expr
        fields = struct_of(*((c.name, c.expr.type) for c in shown))
        row = Call("struct.row", tuple(c.expr for c in shown), fields, texts=(relation.name,))  # not ROW(…) of the columns
        return row if relation.present is None else Case(((relation.present, row),), Lit(None, fields), fields)

    def row(self, qualifier: tuple[str, ...], position: int | None = None) -> Expr:
        """The row of a relation as one value; 42P01 if there is none of the name."""
        found = self._whole_row(qualifier)
        if found is None:
            raise UserError(f'missing FROM-clause entry for table "{qualifier[-1]}"', "42P01", position=position)
        return found

    def of_values(self) -> Scope:
        """The scope of a function that gives single values."""
        return replace(self, relations=tuple(replace(r, values=True) for r in self.relations))

    def padded(self, present: Expr) -> Scope:
        """The scope below an outer join that may have no row of it."""
        relations = tuple(r if r.present is not None else replace(r, present=present) for r in self.relations)
        return replace(self, relations=relations)

    def _suggest(self, name: str) -> str | None:
        scope: Scope | None = self
        while scope is not None:
            near = get_close_matches(name, [c.name for c in scope.columns if not c.hidden], 1)
            if near:
                table = next((c.table for c in scope.columns if c.name == near[0]), "")
                full = f"{table}.{near[0]}" if table else near[0]
                return f'Perhaps you meant to reference the column "{full}".'
            scope = scope.parent
        return None


EMPTY = Scope()

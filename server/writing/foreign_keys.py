"""Foreign keys: what a statement's changes do to the rows that refer to them, and whether its own references exist.

Actions (CASCADE, SET NULL, SET DEFAULT) change referring rows as part of the statement; references are checked when all
changes are known, as PostgreSQL does for constraints that are not deferred. COMMIT checks once more what other
transactions may have changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.expr.program import Program, SessionFacts
from ...kernels.expr.spec import And, Call, Col, Expr, Lit, Or
from ...kernels.keys import one_per_key, rows_by_key
from ...kernels.types import BOOL, SqlType
from ...planner import changes
from ...planner.catalog.entries import ForeignKey, Relation, Snapshot
from ...planner.catalog.keys import identifier
from ...planner.functions.cast import build_cast
from ...planner.physical.substitute import substitute
from .dml import DmlResult, check_rows, texts_of

if TYPE_CHECKING:
    from ..sessions.session import Session
    from ..streaming.engine import Engine

Reference = tuple[Relation, ForeignKey]


class Lookup(Protocol):
    def lookup(self, relation: int, key: tuple[int, ...], keys: Batch) -> Batch: ...
    def deferred(self, relation: Relation) -> frozenset[str]: ...


def references(snapshot: Snapshot) -> dict[int, list[Reference]]:
    """By table, who refers to it."""
    found: dict[int, list[Reference]] = {}
    for relation in snapshot.relations.values():
        for key in relation.foreign_keys:
            found.setdefault(key.target, []).append((relation, key))
    return found


def enforce(session: Session, result: DmlResult, access: Lookup, facts: SessionFacts) -> list[tuple[int, Batch]]:
    """All changes of a statement: its own, and those of rows that refer to what it changed. 23503."""
    snapshot = session.server.catalog.snapshot
    referring = session.server.references()
    relation = snapshot.relations[result.relation]
    if not referring or (relation.id not in referring and not relation.foreign_keys):
        return [(result.relation, result.delta)]
    run = _Enforcement(session, snapshot, referring, access, facts)
    run.add(relation.id, result.delta)
    if result.changed is not None:
        run.follow(relation, *result.changed)
        if result.deleted is not None and result.deleted.num_rows:
            run.follow(relation, result.deleted, None)
    elif (deleted := result.delta.consolidate().deleted()).num_rows:
        run.follow(relation, deleted.without_weights(), None)
    run.check()
    return [(r, Batch.concat(parts).consolidate()) for r, parts in run.deltas.items()]


def check_commit(
    engine: Engine, snapshot: Snapshot, writes: Mapping[int, Batch], names: Collection[tuple[int, str]] | None = None
) -> None:
    """At COMMIT, over what is committed now: references of new rows exist, and nothing refers to deleted ones.

    `names`: of these constraints (table, name) only.
    """
    referring = references(snapshot)
    touched = [r for r in writes if r in snapshot.relations]
    if not any(r in referring or snapshot.relations[r].foreign_keys for r in touched):
        return
    state = _State(_Committed(engine), {r: [writes[r]] for r in touched}, SessionFacts())
    for id in touched:
        relation = snapshot.relations[id]
        deleted = writes[id].consolidate().deleted().without_weights()
        if deleted.num_rows:
            for child, key in referring.get(id, ()):
                if names is None or (child.id, key.name) in names:
                    state.check_referred(relation, child, key, deleted.select(key.target_columns))
        state.check_references(relation, snapshot, None if names is None else {n for r, n in names if r == id})


def check_rows_of(session: Session, entry: Relation, rows: Sequence[Batch], was: Relation) -> None:
    """ALTER TABLE … ADD FOREIGN KEY, VALIDATE CONSTRAINT: the rows that are there have their references."""
    new = [k for k in entry.foreign_keys if k.name not in entry.not_validated and (k not in was.foreign_keys or k.name in was.not_validated)]
    if new and rows:
        snapshot = session.server.catalog.snapshot
        state = _State(_Committed(session.server.engine), {}, session.facts())
        for key in new:
            state.check_key(entry, key, snapshot, Batch.concat(list(rows)).consolidate().inserted())


class _Committed:
    """Rows as they are, under the engine's lock."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def lookup(self, relation: int, key: tuple[int, ...], keys: Batch) -> Batch:
        return self._engine.stored(relation).rows.lookup_by(key, keys)

    def deferred(self, relation: Relation) -> frozenset[str]:
        return frozenset()


class _State:
    """The rows after the changes in `deltas`."""

    def __init__(self, access: Lookup, deltas: dict[int, list[Batch]], facts: SessionFacts) -> None:
        self.access, self.deltas, self.facts = access, deltas, facts

    def rows(self, relation: int, columns: tuple[int, ...], keys: Batch) -> Batch:
        found = [self.access.lookup(relation, columns, keys)]
        places = tuple(range(keys.num_columns))
        found += [rows_by_key(d, columns, keys, places, True) for d in self.deltas.get(relation, ())]
        return Batch.concat(found).consolidate().inserted()

    def check_references(self, relation: Relation, snapshot: Snapshot, names: Collection[str] | None = None) -> None:
        """New rows of a table refer to rows that exist. `names`: of these foreign keys only."""
        if relation.foreign_keys and relation.id in self.deltas:
            new = Batch.concat(self.deltas[relation.id]).consolidate().inserted()
            for key in relation.foreign_keys:
                if names is None or key.name in names:
                    self.check_key(relation, key, snapshot, new)

    def check_key(self, relation: Relation, key: ForeignKey, snapshot: Snapshot, new: Batch) -> None:
        if not new.num_rows:
            return
        present = tuple(Call("bool.is_not_null", (Col(c, relation.columns[c].type),), BOOL) for c in key.columns)
        keep = tuple(Col(i, c.type) for i, c in enumerate(relation.columns))
        if key.match_full:
            none = tuple(Call("bool.is_null", (Col(c, relation.columns[c].type),), BOOL) for c in key.columns)
            mixed, _ = Program(keep, _all((Or(present), Or(none)))).run(new, self.facts)
            if mixed.num_rows:
                raise UserError(
                    f'insert or update on table "{relation.name}" violates foreign key constraint "{key.name}"', "23503",
                    detail="MATCH FULL does not allow mixing of null and nonnull key values.",
                )
        new, _ = Program(keep, _all(present)).run(new, self.facts)
        if not new.num_rows:
            return
        target = snapshot.relations[key.target]
        keys = _cast(new, key.columns, relation, target, key.target_columns, self.facts)
        places = tuple(range(len(key.columns)))
        found = self.rows(target.id, key.target_columns, keys)
        missing = rows_by_key(keys, places, found, key.target_columns, False)
        if missing.num_rows:
            shown = texts_of(missing, key.target_columns, target, self.facts, places)
            names = ", ".join(identifier(relation.columns[c].name) for c in key.columns)
            raise UserError(
                f'insert or update on table "{relation.name}" violates foreign key constraint "{key.name}"', "23503",
                detail=f'Key ({names})=({", ".join(v or "" for v in shown)}) is not present in table "{target.name}".',
            )

    def check_referred(self, relation: Relation, child: Relation, key: ForeignKey, keys: Batch) -> None:
        """No row refers to a key that is gone."""
        places = tuple(range(keys.num_columns))
        keys = one_per_key(keys, places, False)
        gone = rows_by_key(keys, places, self.rows(relation.id, key.target_columns, keys), key.target_columns, False)
        if not gone.num_rows:
            return
        left = self.rows(child.id, key.columns, _cast(gone, places, relation, child, key.columns, self.facts, key.target_columns))
        if left.num_rows:
            names = ", ".join(identifier(relation.columns[c].name) for c in key.target_columns)
            values = ", ".join(v or "" for v in texts_of(left, key.columns, child, self.facts))
            raise UserError(
                f'update or delete on table "{relation.name}" violates foreign key constraint "{key.name}" on table'
                f' "{child.name}"', "23503", detail=f'Key ({names})=({values}) is still referenced from table "{child.name}".',
            )


class _Enforcement(_State):
    def __init__(
        self, session: Session, snapshot: Snapshot, referring: Mapping[int, Sequence[Reference]], access: Lookup,
        facts: SessionFacts,
    ) -> None:
        super().__init__(access, {}, facts)
        self._session, self._snapshot, self._referring = session, snapshot, referring
        self._open: list[tuple[Relation, Relation, ForeignKey, Batch, str]] = []

    def add(self, relation: int, delta: Batch) -> None:
        if delta.num_rows:
            self.deltas.setdefault(relation, []).append(delta)

    def follow(self, relation: Relation, old: Batch, new: Batch | None) -> None:
        """Old rows became `new` ones, row by row, or are gone: do what the keys that refer to them ask for."""
        for child, key in self._referring.get(relation.id, ()):
            before, after = (old, None) if new is None else _with_other_key(relation, key.target_columns, old, new, self.facts)
            if not before.num_rows:
                continue
            action = key.on_delete if after is None else key.on_update
            keys = before.select(key.target_columns)
            if action in ("no action", "restrict"):
                self._open.append((relation, child, key, keys, action))
                continue
            places = tuple(range(keys.num_columns))
            wanted = _cast(keys, places, relation, child, key.columns, self.facts, key.target_columns)
            if action == "cascade" and after is not None:
                for at in range(before.num_rows):  # an update of referred keys is a rare and small thing
                    values = _cast(
                        after.slice(at, 1).select(key.target_columns), places, relation, child, key.columns, self.facts,
                        key.target_columns,
                    )
                    assigned: dict[int, Expr] = {
                        c: Lit(values.cell(0, i), child.columns[c].type) for i, c in enumerate(key.columns)
                    }
                    self._change(child, self._rows_before(child, key, wanted.slice(at, 1)), assigned)
                continue
            referring = self.rows(child.id, key.columns, wanted).expanded().without_weights()
            if not referring.num_rows:
                continue
            if action == "cascade":
                self.add(child.id, referring.negate())
                self.follow(child, referring, None)
            elif action == "set null":
                self._change(child, referring, {c: Lit(None, child.columns[c].type) for c in _set_by(key, after)})
            else:
                row = changes.plan_row(child, self._snapshot, self._session.plan_settings)
                values_of = substitute(row.defaults, {}, self._session.context_value)
                self._change(child, referring, {c: values_of[c] for c in _set_by(key, after)})

    def _rows_before(self, child: Relation, key: ForeignKey, keys: Batch) -> Batch:
        """Referring rows as they were before the statement, but for those that it deleted."""
        return self.access.lookup(child.id, key.columns, keys).inserted().expanded().without_weights()

    def _change(self, child: Relation, old: Batch, assigned: Mapping[int, Expr]) -> None:
        if not old.num_rows:
            return
        settings = self._session.plan_settings
        exprs = tuple(assigned.get(i, Col(i, c.type)) for i, c in enumerate(child.columns))
        new = _run(exprs, old, self.facts)
        computed = tuple(
            changes.generated_value(child, i, self._snapshot, settings) or Col(i, c.type) for i, c in enumerate(child.columns)
        )
        new = _run(substitute(computed, {}, self._session.context_value), new, self.facts)
        constraints = changes.plan_constraints(child, self._snapshot, settings)
        check_rows(new, child, substitute(constraints, {}, self._session.context_value), self.facts)
        self.add(child.id, Batch.concat([old.negate(), new]))
        self.follow(child, old, new)

    def check(self) -> None:
        for relation, child, key, keys, action in self._open:
            if action == "restrict" or key.name not in self.access.deferred(child):
                self.check_referred(relation, child, key, keys)
        for id in tuple(self.deltas):
            relation = self._snapshot.relations[id]
            late = self.access.deferred(relation)
            self.check_references(relation, self._snapshot, [k.name for k in relation.foreign_keys if k.name not in late])


def _set_by(key: ForeignKey, after: Batch | None) -> tuple[int, ...]:
    """The columns that SET NULL and SET DEFAULT set: a deletion may set some only."""
    return key.set_columns if after is None and key.set_columns else key.columns


def _all(parts: tuple[Expr, ...]) -> Expr:
    return parts[0] if len(parts) == 1 else And(parts)


def _run(exprs: tuple[Expr, ...], rows: Batch, facts: SessionFacts) -> Batch:
    out, errors = Program(exprs).run(rows, facts)
    if errors is not None and errors.num_rows:
        _, sqlstate, message = errors.to_rows()[0][:3]
        raise UserError(message, sqlstate)
    return out


def _with_other_key(
    relation: Relation, columns: tuple[int, ...], old: Batch, new: Batch, facts: SessionFacts
) -> tuple[Batch, Batch]:
    """The pairs of rows whose key has changed."""
    width = len(relation.columns)
    types = relation.row_schema.types
    differs = tuple(
        Call("compare.is_distinct", (Col(c, types[c]), Col(width + c, types[c])), BOOL) for c in columns
    )
    keep = tuple(Col(i, t) for i, t in enumerate((*types, *types)))
    both, _ = Program(keep, differs[0] if len(differs) == 1 else Or(differs)).run(
        old.without_weights().hstack(new.without_weights()), facts
    )
    return both.select(range(width)), both.select(range(width, 2 * width))


def _cast(
    rows: Batch, columns: Sequence[int], of: Relation, to: Relation, to_columns: Sequence[int], facts: SessionFacts,
    of_columns: Sequence[int] | None = None,
) -> Batch:
    """Keys in the types of the other table's columns. `of_columns`: where they stand in `of`, if not in `columns`."""
    sources: list[SqlType] = [of.columns[c].type for c in of_columns or columns]
    targets = [to.columns[c].type.without_mods() for c in to_columns]
    if all(a.kind == b.kind for a, b in zip(sources, targets)):
        return rows.select(columns)
    exprs = [build_cast(Col(c, a), b) for c, a, b in zip(columns, sources, targets)]
    out, _ = Program(tuple(e for e in exprs if e is not None)).run(rows, facts)
    return out

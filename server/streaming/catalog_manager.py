"""The one writer of the catalog: a change is logged durably, then the snapshot is swapped.

Called under the engine's lock. A change is a list of operations in one log record, so that it is all or
nothing after a crash. Inside a transaction block changes gather in its draft (drafts.py).

The log is replaced by what it amounts to once it has become several times as long as that.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

from ...kernels.errors import SabotError
from ...planner.catalog import changes, databases, role_changes
from ...planner.catalog.codec import from_json, to_json
from ...planner.catalog.default_privileges import with_default_privileges
from ...planner.catalog.entries import Comment, Relation, SchemaEntry, Snapshot, SqlFunction
from ...planner.catalog.roles import predefined_roles, superuser
from ...planner.catalog.user_types import register, uses_type
from ...storage.store import Store
from ..transactions.databases import current as current_database
from ..transactions.drafts import ChangedMeanwhile, Draft, Operation, changed_at, current, entry_at, found_by, place_of

FIRST_USER_ID = 16_384
COMPACT_RECORDS = 200  # a shorter log is left as it is
COMPACT_FACTOR = 4  # and one that is not so many times as long as what it amounts to
log = logging.getLogger("sabot.catalog")

_APPLY: dict[str, Callable[[Snapshot, Any], Snapshot]] = {
    "put_relation": changes.put_relation,
    "drop_relation": changes.drop_relation,
    "put_comment": changes.put_comment,
    "put_schema": changes.put_schema,
    "drop_schema": changes.drop_schema,
    "put_function": changes.put_function,
    "drop_function": changes.drop_function,
    **role_changes.OPERATIONS,
    "put_database": databases.put_database,
    "drop_database": databases.drop_database,
    "put_type": changes.put_type,
    "drop_type": changes.drop_type,
}


def initial_snapshot(system: Sequence[Relation], functions: Sequence[SqlFunction] = ()) -> Snapshot:
    """The catalog of an empty database: schemas, system relations and functions."""
    snapshot = Snapshot()
    for number, name in enumerate(("public", "pg_catalog", "information_schema", "sabot")):
        owner = "pg_database_owner" if name == "public" else "root"
        snapshot = changes.put_schema(snapshot, SchemaEntry(2200 if number == 0 else 10 + number, name, owner))
    roles, members = predefined_roles()
    for role in roles:
        snapshot = role_changes.put_role(snapshot, role)
    for member in members:
        snapshot = role_changes.put_member(snapshot, member)
    for relation in system:
        snapshot = changes.put_relation(snapshot, relation)
    for function in functions:
        snapshot = changes.put_function(snapshot, function)
    return snapshot


class CatalogManager:
    """`owner`: the operating system's user, a superuser of every database that it makes."""

    def __init__(
        self, store: Store, system: Sequence[Relation], functions: Sequence[SqlFunction] = (), owner: str | None = None
    ) -> None:
        self._store = store
        self._views = databases.Views()
        self._versions = itertools.count(1)
        self._initial = self.shared = initial_snapshot(system, functions)
        self._next_id = FIRST_USER_ID
        self._records = 0
        for record in store.load_catalog():
            self.shared = self._applied(self.shared, [(op, from_json(value)) for op, value in record["ops"]])
            self._next_id = max(self._next_id, record["next_id"])
            self._records += 1
        if self._next_id == FIRST_USER_ID and owner is not None and owner not in self.shared.roles:
            self.change(("put_role", superuser(self.new_id(), owner)))
        self._compact()

    @property
    def snapshot(self) -> Snapshot:
        """The catalog as the running statement sees it, from its database."""
        return self._views.of(self._whole, current_database())

    def around(self, entry: Relation) -> Snapshot:
        """The catalog from the database of a relation."""
        whole = self._whole
        known = whole.relations.get(entry.id)
        if known is None or not whole.databases:
            return self.snapshot
        return self._views.of(whole, databases.parted(whole, known.schema, whole.main)[0])

    @property
    def _whole(self) -> Snapshot:
        draft = current()
        if draft is None or not draft.operations:
            return self.shared
        if draft.base is not self.shared or draft.made is None:
            try:
                made = self._applied(self.shared, draft.operations)
            except (SabotError, KeyError):  # another session was in the way: COMMIT will say so
                assert draft.made is not None
                made = draft.made
            draft.base, draft.made = self.shared, made
        return draft.made

    def new_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def change(self, *operations: Operation) -> Snapshot:
        """Check, log, swap; or add to the draft. Raises before anything is logged if an operation does not apply."""
        before, draft = self._whole, current()
        operations = tuple((op, databases.stored(before, op, value, current_database())) for op, value in operations)
        made = with_default_privileges(before, operations)
        after = self._applied(before, made)
        if draft is not None:
            draft.add(list(made), self.shared, after)
            for op, value in made:
                if op == "put_type" and (old := self.shared.types.get(value.id)) is not None:
                    draft.undo.append(lambda old=old: register(old))  # type: ignore[misc]
            return after
        for op, value in made:
            place = place_of(op, value, before)
            if place is not None and found_by(place, before) is not entry_at(before, place):
                raise changed_at(place, entry_at(before, place))
        self._store.append_catalog(self._record(made))
        self.publish(after)
        return after

    def settled(self, draft: Draft) -> tuple[Snapshot, Any]:
        """The catalog that a draft makes of the present one, and its log record; 40001 if another session was in the way."""
        for place, was in draft.found.items():
            if entry_at(self.shared, place) is not was:
                raise changed_at(place, was)
        try:
            made = self._applied(self.shared, draft.operations)
        except KeyError as e:
            raise ChangedMeanwhile(f"object {e}") from None
        dangling = _dangling(made, draft.types - made.types.keys()) - _dangling(self.shared, set())
        if dangling:
            name = made.relations[min(dangling)].name
            raise ChangedMeanwhile(f'what "{name}" depends on')
        return made, self._record(draft.operations)

    def publish(self, made: Snapshot) -> None:
        """The record of this catalog is in the log: all see it."""
        self.shared = made
        self._records += 1
        self._compact()

    def _record(self, operations: Sequence[Operation]) -> Any:
        return {"ops": [[op, to_json(value)] for op, value in operations], "next_id": self._next_id}

    def _applied(self, snapshot: Snapshot, operations: Sequence[Operation]) -> Snapshot:
        """No two snapshots have one version, whatever becomes of them: plans are kept by it."""
        for op, value in operations:
            snapshot = _APPLY[op](snapshot, value)
        for op, value in operations:
            if op == "put_type":
                register(value)
        return replace(snapshot, version=next(self._versions))

    def _compact(self) -> None:
        if self._records < COMPACT_RECORDS:
            return
        operations = list(_difference(self._initial, self.shared))
        if self._records < COMPACT_FACTOR * len(operations):
            return
        try:
            made = self._applied(self._initial, [(op, from_json(to_json(value))) for op, value in operations])
        except (SabotError, KeyError) as e:
            log.error("the catalog log is not shortened: %r", e)
            self._records = 0
            return
        other = [f.name for f in fields(Snapshot) if f.name != "version" and getattr(made, f.name) != getattr(self.shared, f.name)]
        if other:
            log.error("the catalog log is not shortened: its short form does not give the same %s", ", ".join(other))
            self._records = 0
            return
        try:
            self._store.replace_catalog([self._record(operations)])
        except SabotError as e:
            log.error("the catalog log could not be shortened: %s", e)
            return
        self._records = 1


def _difference(old: Snapshot, new: Snapshot) -> Iterator[Operation]:
    """Operations that make one snapshot of another."""
    yield from role_changes.role_difference(old, new)
    for database in new.databases.values():
        if old.databases.get(database.name) != database:
            yield "put_database", database
    kept = {s.id for s in new.schemas.values()}
    gone = [("drop_schema", s.name) for s in old.schemas.values() if s.id not in kept and s.name not in new.schemas]
    for schema in new.schemas.values():
        if old.schemas.get(schema.name) != schema:
            yield "put_schema", schema
    yield from gone
    for t in new.types.values():
        if old.types.get(t.id) != t:
            yield "put_type", t
    for relation in new.relations.values():
        if old.relations.get(relation.id) != relation:
            yield "put_relation", relation
    for key, functions in new.functions.items():
        for function in functions:
            if function not in old.functions.get(key, ()):
                yield "put_function", function
    for (kind, id, part), text in new.comments.items():
        if old.comments.get((kind, id, part)) != text:
            yield "put_comment", Comment(kind, id, part, text)
    yield from role_changes.grant_difference(old, new)


def _dangling(snapshot: Snapshot, gone_types: set[int]) -> set[int]:
    """Relations that need something that is not there."""
    out: set[int] = set()
    for r in snapshot.relations.values():
        needs = {*r.depends_on, *(f.target for f in r.foreign_keys), *(c.sequence for c in r.columns), r.on, r.into} - {None}
        if not needs <= snapshot.relations.keys() or r.schema not in snapshot.schemas or any(c.domain in gone_types or uses_type(c.type, t) for t in gone_types for c in r.columns):
            out.add(r.id)
    return out

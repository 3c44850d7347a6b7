"""The one writer of the catalog: a change is logged durably, then the snapshot is swapped.

Called under the engine's lock. A change is a list of operations in one log record, so that it is all or
nothing after a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..planner.catalog import changes, role_changes
from ..planner.catalog.codec import from_json, to_json
from ..planner.catalog.default_privileges import with_default_privileges
from ..planner.catalog.entries import Relation, SchemaEntry, Snapshot, SqlFunction
from ..planner.catalog.roles import predefined_roles, superuser
from ..planner.catalog.user_types import register
from ..storage.store import Store

FIRST_USER_ID = 16_384
Operation = tuple[str, Any]  # ("put_relation", Relation), ("drop_relation", id), …

_APPLY: dict[str, Callable[[Snapshot, Any], Snapshot]] = {
    "put_relation": changes.put_relation,
    "drop_relation": changes.drop_relation,
    "put_schema": changes.put_schema,
    "drop_schema": changes.drop_schema,
    "put_function": changes.put_function,
    "drop_function": changes.drop_function,
    **role_changes.OPERATIONS,
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
        self.snapshot = initial_snapshot(system, functions)
        self._next_id = FIRST_USER_ID
        for record in store.load_catalog():
            self._apply([(op, from_json(value)) for op, value in record["ops"]])
            self._next_id = max(self._next_id, record["next_id"])
        if self._next_id == FIRST_USER_ID and owner is not None and owner not in self.snapshot.roles:
            self.change(("put_role", superuser(self.new_id(), owner)))

    def new_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def change(self, *operations: Operation, write: Callable[[Any], None] | None = None) -> Snapshot:
        """Check, log, swap. Raises before anything is logged if an operation does not apply.

        `write` makes the record durable, with something else that belongs to it.
        """
        before = self.snapshot
        made = with_default_privileges(before, operations)
        self._apply(made)
        try:
            record = {"ops": [[op, to_json(value)] for op, value in made], "next_id": self._next_id}
            (write or self._store.append_catalog)(record)
        except BaseException:
            self.snapshot = before
            raise
        return self.snapshot

    def _apply(self, operations: Sequence[Operation]) -> None:
        snapshot = self.snapshot
        for op, value in operations:
            snapshot = _APPLY[op](snapshot, value)
        for op, value in operations:
            if op == "put_type":
                register(value)
        self.snapshot = snapshot



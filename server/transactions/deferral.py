"""Constraints that are checked at COMMIT: which of a table's are, and the check of its unique keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from ...kernels.batch import Batch
from ...kernels.keys import first_duplicate, rows_by_key
from ...planner.catalog.entries import Relation, Snapshot
from ...planner.catalog.keys import key_name
from ..writing.dml import duplicate_key

if TYPE_CHECKING:
    from ..streaming.engine import Engine


def deferrals(relation: Relation) -> dict[str, str]:
    """The deferrable constraints of a table by name: deferrable or deferred."""
    found = {key_name(relation, key): deferral for key, deferral in relation.deferrable_keys}
    found.update((key.name, key.deferral) for key in relation.foreign_keys if key.deferral)
    return found


def check_deferred_keys(
    engine: Engine, snapshot: Snapshot, writes: Mapping[int, Batch], names: Collection[tuple[int, str]] | None = None
) -> None:
    """Deferrable unique keys hold over what is committed and written: all of them, or those of these `names`. 23505."""
    for id, delta in writes.items():
        relation = snapshot.relations.get(id)
        if relation is None or not relation.deferrable_keys:
            continue
        net = delta.consolidate()
        new, gone = net.inserted().expanded().without_weights(), net.deleted()
        for key, _ in relation.deferrable_keys:
            if not new.num_rows or (names is not None and (id, key_name(relation, key)) not in names):
                continue
            clash = first_duplicate(new, key)
            if clash >= 0:
                raise duplicate_key(relation, key, new, clash)
            found = engine.stored(id).rows.lookup_by(key, new.select(key))
            if found.num_rows and gone.num_rows:
                found = Batch.concat([found, gone.negate()]).consolidate().inserted()
                found = rows_by_key(found, key, new, key, True)
            if found.num_rows:
                raise duplicate_key(relation, key, found, 0)

"""Row security must not come to apply to the owner of a materialized view or sink that is there already.

Its rows were made without policies, and it could not be filled again under them. So the change that would do it, of a table's
row security, a role, a membership or an owner, is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from ...kernels.errors import Unsupported, UserError
from ...planner.catalog.changes import KIND_WORDS
from ...planner.catalog.entries import Snapshot
from ..reading.planning import plan_stored

if TYPE_CHECKING:
    from ..server import Server

T = TypeVar("T")


def guarded(server: Server, command: Callable[[], T]) -> T:
    """The result of a command that changes the catalog, unless a view could no longer be planned after it."""
    before = server.catalog.snapshot
    result = command()
    after = server.catalog.snapshot
    if _matters(before, after):
        _check(server, after)
    return result


def _matters(before: Snapshot, after: Snapshot) -> bool:
    if after is before or not any(s.enabled for s in after.row_security.values()):
        return False
    if (before.row_security, before.roles, before.members) != (after.row_security, after.roles, after.members):
        return True
    old = before.relations
    return any(r.id in old and old[r.id].owner != r.owner for r in after.relations.values())


def _check(server: Server, snapshot: Snapshot) -> None:
    for entry in snapshot.relations.values():
        if entry.kind not in ("materialized_view", "sink"):
            continue
        try:
            plan_stored(server, entry, entry.owner)
        except Unsupported as e:
            raise Unsupported(
                f'row security that applies to the owner of {KIND_WORDS[entry.kind]} "{entry.name}" is not supported', detail=e.message,
                hint="Drop it first, or let it belong to the owner of the table or to a role with BYPASSRLS.",
            ) from None
        except UserError:  # a privilege that the owner had
            continue

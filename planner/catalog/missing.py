"""The error of a relation that is not there, with the name that may have been meant."""

from __future__ import annotations

from difflib import get_close_matches

from ...kernels.errors import UserError
from .entries import Snapshot
from .keys import identifier


def no_relation(snapshot: Snapshot, search_path: tuple[str, ...], parts: tuple[str, ...], position: int | None = None) -> UserError:
    """42P01. The hint: the relation of that name in another schema, else the nearest name where it was looked for."""
    name, schemas = parts[-1], parts[-2:-1] or search_path
    elsewhere = sorted(s for s, n in snapshot.by_name if n == name and s in snapshot.schemas and not s.startswith("pg_temp"))
    near = get_close_matches(name, [n for s, n in snapshot.by_name if s in schemas and s in snapshot.schemas], n=1, cutoff=0.75)
    found = [f"{identifier(s)}.{identifier(name)}" for s in elsewhere] or [".".join(map(identifier, (*parts[-2:-1], n))) for n in near]
    hint = f"Perhaps you meant {' or '.join(found)}." if found else None
    return UserError(f'relation "{".".join(parts)}" does not exist', "42P01", position=position, hint=hint)

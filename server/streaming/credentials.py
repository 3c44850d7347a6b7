"""Secrets and connections: what the options of other objects name instead of saying it.

A secret's value is told by nothing; an option that names it keeps its id, so that a new value is taken at the next start
of what uses it. The options of a connection are those of every object that names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...kernels.errors import UserError
from ...planner.catalog.entries import Relation, Snapshot
from ...planner.sql.statements import Name, OptionPairs, SecretName
from ..sessions.authorization import require_owner

if TYPE_CHECKING:
    from ..sessions.session import Session

_MARK = "\0"  # what follows is the id of a secret; no text of an option begins so


def resolved(session: Session, given: OptionPairs) -> tuple[OptionPairs, tuple[int, ...]]:
    """Options with those of the connection they name, secrets by their id; and the ids of what is named."""
    used: list[int] = []
    out: dict[str, object] = {}
    for key, value in given:
        if key == "connection" and isinstance(value, str):
            connection = _find(session, value, "connection")
            used += (connection.id, *connection.depends_on)
            inherited = dict(connection.options)
            out = {"connector": inherited.pop("type", ""), **inherited, **out}
        elif isinstance(value, SecretName):
            secret = _find(session, value, "secret")
            used.append(secret.id)
            out[key] = f"{_MARK}{secret.id}"
        else:
            out[key] = value
    return tuple(out.items()), tuple(dict.fromkeys(used))  # type: ignore[arg-type]


def _find(session: Session, name: str, kind: str) -> Relation:
    parts: Name = tuple(name.split("."))
    entry = session.server.find(session, parts)
    if entry is None or entry.kind != kind:
        raise UserError(f'{kind} "{name}" does not exist', "42704")
    require_owner(session, entry)
    return entry


def revealed(snapshot: Snapshot, options: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The options as a connector takes them."""
    return {
        k: dict(snapshot.relations[int(v[1:])].options)["value"] if v.startswith(_MARK) else v for k, v in options
    }

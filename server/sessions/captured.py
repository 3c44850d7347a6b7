"""What a definition keeps of the session that made it: how its text is read, and how its job runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...kernels.errors import UserError
from ...kernels.styles import Styles
from ...planner.catalog.entries import Relation
from ...planner.sql.statements import OptionPairs
from .settings import STYLES, SessionSettings, lookup

if TYPE_CHECKING:
    from .session import Session

MOST_PARTITIONS = 64


def captured(
    session: Session, kind: str, options: OptionPairs = (), path: str | None = None
) -> tuple[tuple[str, str], ...]:
    """The settings of a new relation's record. `path`: another search path than the session's."""
    kept = [
        ("timezone", session.settings.get("timezone")),
        ("search_path", session.settings.get("search_path") if path is None else path),
    ]
    kept += [(n, v) for n in STYLES if (v := session.settings.get(n)) != lookup(n).default]
    if kind in ("materialized_view", "sink"):
        partitions = _partitions(session, kind, options)
        if partitions > 1:
            kept.append(("streaming_parallelism", str(partitions)))
    return tuple(kept)


def _partitions(session: Session, kind: str, options: OptionPairs) -> int:
    """WITH (parallelism), else the setting for the kind, else that for all; what is no number leaves it to us: 1."""
    get = session.settings.get
    own = get(f"streaming_parallelism_for_{kind}")
    asked = next((str(v) for k, v in options if k.lower() == "parallelism"), get("streaming_parallelism") if own == "default" else own)
    if not asked.isdecimal():
        return 1
    if int(asked) > MOST_PARTITIONS:
        raise UserError(f"parallelism {asked} is more than {MOST_PARTITIONS}", "22023", hint="One per core is enough.")
    return max(int(asked), 1)


def forms_of(entry: Relation) -> tuple[str, Styles]:
    """Time zone and text forms with which a recorded view or sink computes: its creator's."""
    stored = SessionSettings(dict(entry.settings))
    return stored.get("timezone"), stored.styles


def partitions_of(entry: Relation) -> int:
    """Into how many parts the operators of a recorded view or sink are cut."""
    return int(dict(entry.settings).get("streaming_parallelism", "1"))

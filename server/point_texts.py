"""Texts that differ in a key only: `… WHERE id = 17` is planned once, as `… WHERE id = $1`.

Clients of the simple protocol send every look-up as a text of its own. Of short SELECTs, whole numbers behind `=` are taken for
parameters; the result is used only if the plan turns out to be a look-up that reads all of them as keys, so that they mean what
they meant as literals. Everything else is parsed as it stands.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from ..kernels.batch import Batch
from ..kernels.errors import SabotError
from ..kernels.expr.spec import Param
from ..kernels.types import INT2, INT4, INT8, SqlType
from ..pgwire.key_reads import without_numbers
from ..pgwire.session_api import KeyRead
from ..planner.sql.statements import Query
from .point_reads import key_read

if TYPE_CHECKING:
    from .session import Session

KEPT = 1000
_LIMITS: dict[SqlType, int] = {INT2: 1 << 15, INT4: 1 << 31, INT8: 1 << 63}


class PointTexts:
    """Templates of texts, by what their numbers turned out to be: None for no look-up, or not yet known."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[object, ...], bool | None] = OrderedDict()

    def bind(self, session: Session, text: str) -> tuple[Query, Batch] | None:
        """The statement with parameters for its numbers, and these; None where the text is to be parsed as it is."""
        found = without_numbers(text)
        if found is None:
            return None
        template, numbers = found
        key = self._key(session, template)
        known = self._seen.get(key)
        if known is None and key not in self._seen:  # a text that comes once is not worth a template
            self._keep(key, None)
            return None
        if known is False:
            return None
        try:
            (statement,) = session.server.plans.script(template)
            types = self._types(session, statement) if isinstance(statement, Query) else None
        except (SabotError, ValueError):
            types = None
        self._keep(key, types is not None)
        if types is None or any(n >= _LIMITS[t] for n, t in zip(numbers, types)):
            return None
        assert isinstance(statement, Query)
        return statement, Batch.from_rows(types, [tuple(numbers)])

    def read(self, session: Session, template: str) -> KeyRead | None:
        """What a text of this template reads, if it is known to look up a key and do nothing else."""
        if not self._seen.get(self._key(session, template)):
            return None
        (statement,) = session.server.plans.script(template)
        return key_read(session, statement, ())

    def _key(self, session: Session, template: str) -> tuple[object, ...]:
        derived = session.derived
        return (template, session.server.catalog.snapshot.version, derived.search_path, derived.user, derived.optional_rules)

    def _types(self, session: Session, statement: Query) -> tuple[SqlType, ...] | None:
        """Types of the numbers, if the statement looks up one key that is all of them."""
        found = session.planned(statement)
        types = found.parameter_types
        if found.point is None or not types or any(t not in _LIMITS for t in types):
            return None
        keys = sorted(k.number for k in found.point.key if isinstance(k, Param))
        return types if keys == list(range(1, len(types) + 1)) else None

    def _keep(self, key: tuple[object, ...], value: bool | None) -> None:
        self._seen[key] = value
        self._seen.move_to_end(key)
        if len(self._seen) > KEPT:
            self._seen.popitem(last=False)

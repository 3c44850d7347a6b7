"""Texts that differ in a key only: `… WHERE id = 17` is planned once, as `… WHERE id = $1`.

Clients of the simple protocol send every look-up as a text of its own. Of short SELECTs, whole numbers behind `=` are taken for
parameters; the result is used only if the plan turns out to be a look-up that reads all of them as keys, so that they mean what
they meant as literals. Everything else is parsed as it stands.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import TYPE_CHECKING

from ..kernels.batch import Batch
from ..kernels.errors import SabotError
from ..kernels.expr.spec import Param
from ..kernels.types import INT2, INT4, INT8, SqlType
from ..planner.sql.statements import Query

if TYPE_CHECKING:
    from .session import Session

LONGEST = 1000  # characters
KEPT = 1000
_START = re.compile(r"\s*select\b", re.I)
_NUMBER = re.compile(r"(?<![<>!:=])=\s*(\d{1,18})(?![\w.:\[(])")
_OTHER = re.compile(r"""['"$\\]|--|/\*|;\s*\S|\bfor\b""", re.I)  # literals, comments, several statements, locks
_LIMITS: dict[SqlType, int] = {INT2: 1 << 15, INT4: 1 << 31, INT8: 1 << 63}


class PointTexts:
    """Templates of texts, by what their numbers turned out to be: None for no look-up, or not yet known."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[object, ...], bool | None] = OrderedDict()

    def bind(self, session: Session, text: str) -> tuple[Query, Batch] | None:
        """The statement with parameters for its numbers, and these; None where the text is to be parsed as it is."""
        if len(text) > LONGEST or _START.match(text) is None or _OTHER.search(text) is not None:
            return None
        numbers: list[int] = []

        def parameter(found: re.Match[str]) -> str:
            numbers.append(int(found[1]))
            return f"= ${len(numbers)}"

        template = _NUMBER.sub(parameter, text)
        if not numbers:
            return None
        derived = session.derived
        key = (template, session.server.catalog.snapshot.version, derived.search_path, derived.user, derived.optional_rules)
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

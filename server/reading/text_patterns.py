"""Texts that differ in constants only: `… WHERE id = 17` is planned once, as `… WHERE id = $1`.

Clients of the simple protocol, and drivers that write values into the text, send every statement as a text of its own. Constants
are taken for parameters where these mean the same (pgwire/codecs/pattern.hpp says which), if the planner finds for each a type
under which a constant of its kind is what it was. Everything else, and every text that fails so, is parsed as it stands.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...kernels.batch import Batch
from ...kernels.errors import SabotError
from ...kernels.types import SqlType
from ...pgwire.codecs.decode import decode_parameters
from ...pgwire.key_reads import without_constants
from ...pgwire.session_api import KeyRead
from ...planner.physical.dml import PlannedInsert, PlannedUpdate
from ...planner.sql.statements import Delete, Insert, Query, Statement, Update
from .point_reads import key_read

if TYPE_CHECKING:
    from ..sessions.session import Session

KEPT = 1000
_DATES = ("date", "time", "timestamp", "timestamptz", "timetz")
_NUMBERS = ("int4", "int8", "numeric", "float8")
_TEXTS = ("text", "varchar", "bpchar", "bool", "uuid", "bytea", "json", "jsonb", "interval", *_DATES, "int2", *_NUMBERS)
# Types that a parameter may turn out to have, by how its constant stands. A whole number is int4, or int8 if it is large:
# beside int2 a sum would be another type than it is beside that.
_TYPES = {"c": ("int2", *_NUMBERS), "a": _NUMBERS, "v": ("int2", *_NUMBERS), "s": _TEXTS, "w": _TEXTS}
_WORDS = re.compile(rb"[A-SU-Ya-su-y]")  # in a date: now, today and other words that depend on the moment


class TextPatterns:
    """Patterns of texts with the types of their constants: None for a pattern that is parsed as it stands, or came once."""

    at_once = False  # tests: a pattern is taken at its first text

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[object, ...], tuple[SqlType, ...] | None] = OrderedDict()

    def bind(self, session: Session, text: str) -> tuple[Statement, Batch] | None:
        """The statement with parameters for its constants, and these; None where the text is to be parsed as it is."""
        found = without_constants(text)
        if found is None:
            return None
        pattern, kinds, values = found
        key = self._key(session, pattern, kinds)
        if key in self._seen:
            types = self._seen[key]
            self._seen.move_to_end(key)
        else:
            again = ("once", *key)
            if again not in self._seen and not self.at_once:  # a text that comes once is not worth a pattern
                self._keep(again, None)
                return None
            types = self._types(session, pattern, kinds)
            self._keep(key, types)
        if types is None or any(t.name in _DATES and _WORDS.search(v) for t, v in zip(types, values)):
            return None
        try:
            constants = decode_parameters(types, (), values, session.wire_settings())
        except SabotError:
            return None
        (statement,) = session.server.plans.script(pattern)
        return statement, constants

    def read(self, session: Session, pattern: str, kinds: str) -> KeyRead | None:
        """What texts of this pattern read, if it is known and looks up a key and does nothing else."""
        if self._seen.get(self._key(session, pattern, kinds)) is None:
            return None
        (statement,) = session.server.plans.script(pattern)
        return key_read(session, statement, ())

    def _key(self, session: Session, pattern: str, kinds: str) -> tuple[object, ...]:
        derived = session.derived
        return (pattern, kinds, session.server.catalog.snapshot.version, session.database, derived.search_path, derived.user, derived.optional_rules)

    def _types(self, session: Session, pattern: str, kinds: str) -> tuple[SqlType, ...] | None:
        """Types of the constants, if each is one that its constant may have."""
        try:
            (statement,) = session.server.plans.script(pattern)
            if not isinstance(statement, (Query, Insert, Update, Delete)):
                return None
            found = session.planned(statement)
            types: Sequence[SqlType] = found.parameter_types
        except (SabotError, ValueError):
            return None
        if len(types) != len(kinds) or any(t.name not in _TYPES[k] for t, k in zip(types, kinds)):
            return None
        plan = found.plan
        if isinstance(plan, PlannedUpdate) or (isinstance(plan, PlannedInsert) and plan.on_conflict is not None):
            # A constant that does not fit into its column is an error even where no row is written.
            columns = session.server.catalog.snapshot.relations[plan.relation].columns
            if any(c.type.mods and c.type.name == t.name for c in columns for t in types):
                return None
        return tuple(types)

    def _keep(self, key: tuple[object, ...], types: tuple[SqlType, ...] | None) -> None:
        self._seen[key] = types
        self._seen.move_to_end(key)
        if len(self._seen) > KEPT:
            self._seen.popitem(last=False)

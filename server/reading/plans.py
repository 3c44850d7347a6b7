"""Caches by statement text: parsed scripts, and plans for one version of the catalog and one set of settings."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from ...kernels.errors import UserError
from ...kernels.limits import PYTHON_FRAMES
from ...planner.sql.parse import parse_script
from ...planner.sql.statements import Statement

SCRIPTS = 2_000
PLANS = 1_000
CACHED_TEXT = 20_000  # characters; longer scripts (bulk inserts) are not kept
CACHED_TEXTS = 300_000  # of all scripts together: what they are parsed into takes a hundred times as much

sys.setrecursionlimit(max(sys.getrecursionlimit(), PYTHON_FRAMES))


class PlanCache:
    def __init__(self) -> None:
        self._scripts: OrderedDict[str, list[Statement]] = OrderedDict()
        self._plans: OrderedDict[Hashable, Any] = OrderedDict()
        self._characters = 0

    def script(self, text: str) -> list[Statement]:
        """The parsed statements of a text."""
        found = self._scripts.get(text)
        if found is not None:
            self._scripts.move_to_end(text)
            return found
        parsed = _bounded(lambda: parse_script(text))
        if len(text) <= CACHED_TEXT:
            self._scripts[text] = parsed
            self._characters += len(text)
            while len(self._scripts) > SCRIPTS or self._characters > CACHED_TEXTS:
                self._characters -= len(self._scripts.popitem(last=False)[0])
        return parsed

    def plan(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The plan of that key, made once."""
        found = self._plans.get(key)
        if found is not None:
            self._plans.move_to_end(key)
            return found
        made = _bounded(make)
        self._plans[key] = made
        if len(self._plans) > PLANS:
            self._plans.popitem(last=False)
        return made


def _bounded(work: Callable[[], Any]) -> Any:
    """What is nested too deeply is an error of the statement."""
    try:
        return work()
    except RecursionError:
        raise UserError("stack depth limit exceeded", "54001", hint="The statement is nested too deeply.") from None

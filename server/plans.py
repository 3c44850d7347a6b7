"""Caches by statement text: parsed scripts, and plans for one version of the catalog and one set of settings."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from ..kernels.errors import UserError
from ..kernels.limits import PYTHON_FRAMES
from ..planner.sql.parse import parse_script
from ..planner.sql.statements import Statement

SCRIPTS = 2_000
PLANS = 2_000
CACHED_TEXT = 20_000  # characters; longer scripts (bulk inserts) are not kept

sys.setrecursionlimit(max(sys.getrecursionlimit(), PYTHON_FRAMES))


class PlanCache:
    def __init__(self) -> None:
        self._scripts: OrderedDict[str, list[Statement]] = OrderedDict()
        self._plans: OrderedDict[Hashable, Any] = OrderedDict()

    def script(self, text: str) -> list[Statement]:
        """The parsed statements of a text."""
        found = self._scripts.get(text)
        if found is not None:
            self._scripts.move_to_end(text)
            return found
        parsed = _bounded(lambda: parse_script(text))
        if len(text) <= CACHED_TEXT:
            _keep(self._scripts, text, parsed, SCRIPTS)
        return parsed

    def plan(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The plan of that key, made once."""
        found = self._plans.get(key)
        if found is not None:
            self._plans.move_to_end(key)
            return found
        made = _bounded(make)
        _keep(self._plans, key, made, PLANS)
        return made


def _bounded(work: Callable[[], Any]) -> Any:
    """What is nested too deeply is an error of the statement."""
    try:
        return work()
    except RecursionError:
        raise UserError("stack depth limit exceeded", "54001", hint="The statement is nested too deeply.") from None


def _keep(cache: OrderedDict[Any, Any], key: Hashable, value: Any, limit: int) -> None:
    cache[key] = value
    if len(cache) > limit:
        cache.popitem(last=False)

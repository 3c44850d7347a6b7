"""A few random kills amid everything; `python -m tests.recovery.kills` makes as many as one likes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..broker import Broker
from .kills import scenario


@pytest.mark.parametrize(("kills", "seed"), [(3, 1), pytest.param(20, 2, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_nothing_is_lost_or_doubled(broker: Broker, tmp_path: Path, kills: int, seed: int) -> None:
    print(scenario(broker, tmp_path, kills, seed))

"""What the fast subset leaves out as a whole: tests that start many servers, brokers and other programs."""

from pathlib import Path

import pytest

SLOW = ("catalog", "clients", "nexmark", "recovery", "tpch")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).parent.name in SLOW:
            item.add_marker(pytest.mark.slow)

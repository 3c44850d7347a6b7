"""What the fast subset leaves out as a whole: tests that start many servers, brokers and other programs, wait, or draw many examples."""

from pathlib import Path

import pytest

SLOW = ("catalog", "clients", "nexmark", "recovery", "tpch")
SLOW_FILES = ("test_door", "test_kafka", "test_long_reads", "test_results", "test_text_patterns", "test_top_n", "test_waiting", "test_window")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).parent.name in SLOW or Path(item.path).stem in SLOW_FILES:
            item.add_marker(pytest.mark.slow)

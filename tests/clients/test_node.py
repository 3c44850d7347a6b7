"""node's pg with pg-cursor, pg-query-stream and pg-copy-streams. `tour.js.txt` is what the same script prints beside PostgreSQL 15."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import Address

HERE = Path(__file__).parent
PACKAGES = ("pg", "pg-cursor", "pg-query-stream", "pg-copy-streams")


@pytest.fixture(scope="session")
def modules(pytestconfig: pytest.Config) -> Path:
    """Where the packages are: SABOT_NODE_MODULES, or installed by npm once."""
    if shutil.which("node") is None:
        pytest.skip("no node")
    if given := os.environ.get("SABOT_NODE_MODULES"):
        return Path(given)
    assert pytestconfig.cache is not None
    directory = pytestconfig.cache.mkdir("node")
    found = directory / "node_modules"
    if not all((found / p).is_dir() for p in PACKAGES):
        if shutil.which("npm") is None:
            pytest.skip("no npm, and no SABOT_NODE_MODULES")
        made = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--silent", *PACKAGES], cwd=directory, capture_output=True, text=True, timeout=180,
            check=False,
        )  # fmt: skip
        if made.returncode:
            pytest.skip(f"npm can't install them: {made.stderr[-200:]}")
    return found


def test_tour(address: Address, modules: Path) -> None:
    made = subprocess.run(
        ["node", str(HERE / "tour.js"), address.host, str(address.port), address.user, address.database],
        capture_output=True, text=True, timeout=120, check=False, env=os.environ | {"NODE_PATH": str(modules)},
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    assert made.stdout == (HERE / "tour.js.txt").read_text()

"""Who starts a new database may log in to it under his own name, as with PostgreSQL's initdb."""

from __future__ import annotations

from pathlib import Path

import pytest
import sabot


def test_the_operating_systems_user_is_a_superuser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "alice")
    with sabot.connect(tmp_path / "d"):
        pass
    monkeypatch.setenv("LOGNAME", "bob")
    with sabot.connect(tmp_path / "d") as again:
        found = again.execute("SELECT rolname, rolsuper FROM pg_roles WHERE rolname IN ('alice', 'bob')").fetchall()
    assert found == [("alice", True)]

"""A server of this process over a given store, which starts again over what is left of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sabot.server import server as wiring
from sabot.server.config import Config
from sabot.server.server import Server
from sabot.server.streaming.engine import Engine
from sabot.storage.store import Store


class Embedded:
    """Without checkpoints of its own: `server.checkpoint_now()` makes one."""

    def __init__(self, backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(wiring, "open_store", lambda directory: Store(backend))
        monkeypatch.setattr(Engine, "_keep_time", lambda self: None)
        monkeypatch.setattr(Engine, "_idle_seconds", lambda self: None)  # engines that a crash has left behind sleep
        self.server = Server(Config())
        self.session = asyncio.run(self.server.open({"user": "root"}, "test", 1))

    def run(self, *texts: str) -> list[tuple[Any, ...]]:
        async def all_of_them() -> list[tuple[Any, ...]]:
            rows: list[tuple[Any, ...]] = []
            for text in texts:
                async for execution in self.session.script(text):
                    rows = []
                    while (batch := await execution.fetch(0)) is not None:
                        rows += batch.to_rows()
            return rows

        return asyncio.run(all_of_them())

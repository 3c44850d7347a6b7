"""A sink that takes everything and keeps nothing (benchmarks, tests)."""

from __future__ import annotations

from ...kernels.batch import Batch
from .base import SinkSpec, SinkWriter
from .options import read_options


class BlackholeSink:
    def validate(self, spec: SinkSpec, append_only: bool) -> None:
        read_options("blackhole", (), spec.options)

    def open(self, spec: SinkSpec) -> SinkWriter:
        return _Writer()


class _Writer:
    def delivered(self) -> int | None:
        return None

    def deliver(self, epoch: int, delta: Batch) -> None:
        pass

    def close(self) -> None:
        pass

"""Source and sink contracts. Connectors do I/O; they run on threads that the server makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from ...kernels.batch import Batch
from ...kernels.schema import Schema

Offsets = dict[str, Any]  # split name -> JSON value: the position after the last row delivered


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """What a connector needs: WITH options, FORMAT, the declared columns in order.

    `include`, per column: None for a payload column, else key, partition, offset, timestamp, header, payload.
    `needed`: the columns that somebody reads; a connector that prunes gives NULL in the others. None: all.
    """

    name: str
    connector: str
    options: Mapping[str, str]
    schema: Schema
    include: tuple[str | None, ...]
    row_format: str = "plain"
    encode: str = "json"
    encode_options: Mapping[str, str] = None  # type: ignore[assignment]
    primary_key: tuple[int, ...] = ()
    needed: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class SourceChunk:
    """Rows (weights for upsert formats), errors and the offsets after them.

    `errors`: rows (sqlstate, message, detail) where detail has the source position: "partition 0 offset 17".
    """

    rows: Batch
    errors: Batch | None
    offsets: Offsets


class SourceReader(Protocol):
    """One reader, used by one thread. Deterministic: the same offsets give the same rows again."""

    def poll(self, max_rows: int, timeout: float) -> SourceChunk | None:
        """Up to `max_rows` rows; waits at most `timeout` seconds; None when nothing came.

        Raises RetryableError when the outside is away (poll again later).
        """
        ...

    @property
    def done(self) -> bool:
        """A bounded source has delivered everything."""
        ...

    def end(self) -> Offsets:
        """Where the source ends now (high watermarks); a one-shot SELECT reads up to here."""
        ...

    def lag(self) -> int | None:
        """Rows (or messages) behind, if known. Called by other threads than `poll`: it must not wait."""
        ...

    def close(self) -> None: ...


class SourceConnector(Protocol):
    def validate(self, spec: SourceSpec) -> None:
        """Refuse bad options (22023 with a suggestion) before anything is created. I/O: a short probe."""
        ...

    def infer(self, spec: SourceSpec) -> Schema | None:
        """Columns of a source declared without any (Parquet, nexmark), or None."""
        ...

    def open(self, spec: SourceSpec, offsets: Offsets | None, until: Offsets | None = None) -> SourceReader:
        """A reader from `offsets` (after a restart, or a copy of a running one) or from the declared start.

        With `until` the reader is bounded: it delivers exactly the rows before those offsets and is then
        `done` (a new view catching up with a running source; a one-shot SELECT up to `end()`).
        """
        ...


@runtime_checkable
class PruningConnector(Protocol):
    """A source that can leave columns out. Its readers may be closed and opened again at any offsets, None too."""

    def prunes(self, spec: SourceSpec) -> bool: ...


@dataclass(frozen=True, slots=True)
class SinkSpec:
    """What a sink needs. `database`: whose sink it is; another database's sink may have the same id."""

    name: str
    id: int
    connector: str
    options: Mapping[str, str]
    schema: Schema
    key: tuple[int, ...]  # positions, for upsert
    row_format: str = "plain"
    encode: str = "json"
    database: str = ""

    @property
    def identity(self) -> str:
        """Under which the outside remembers what this sink has delivered."""
        return f"{self.database}-{self.id}" if self.database else str(self.id)


class SinkWriter(Protocol):
    """Exactly once by an outbox: the checkpoint of epoch E holds the deltas up to E; then `deliver(E, …)`.

    `delivered()` tells the last epoch that surely arrived (asked at start); delivering an epoch again that
    has arrived must be impossible or without effect.
    """

    def delivered(self) -> int | None: ...
    def deliver(self, epoch: int, delta: Batch) -> None:
        """Consolidated, weighted delta. Raises RetryableError when the outside is away."""
        ...

    def close(self) -> None: ...


class SinkConnector(Protocol):
    def validate(self, spec: SinkSpec, append_only: bool) -> None: ...
    def open(self, spec: SinkSpec) -> SinkWriter: ...

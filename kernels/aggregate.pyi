from collections.abc import Sequence

from .batch import Batch
from .types import SqlType

class Aggregation:
    """Groups and their accumulators. `calls` are planner AggCalls over columns of `types`."""

    def __init__(
        self,
        types: Sequence[SqlType],
        groups: Sequence[int],
        calls: Sequence[object],
        append_only: bool = False,
        tracked: bool = True,
    ) -> None: ...
    def apply(self, batch: Batch) -> tuple[Batch, Batch | None]:
        """The output delta (group columns, then one per call) and the errors (sqlstate, message), weighted."""
    def absorb(self, batch: Batch) -> None: ...
    def results(self, limit: int) -> tuple[Batch, Batch | None] | None: ...
    def start(self) -> tuple[Batch, Batch | None]:
        """The row of a global aggregate over no input, and its errors."""
    def drain(self) -> list[Batch | None]: ...
    def restore(self, table: int, batch: Batch) -> None: ...
    @property
    def state_rows(self) -> int: ...
    @property
    def state_bytes(self) -> int: ...

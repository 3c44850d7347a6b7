from collections.abc import Sequence

from .batch import Batch
from .types import SqlType

def known_table_functions() -> frozenset[str]: ...

class TableCalls:
    """Calls that run side by side: (function, argument positions in the argument batch, result types) each."""

    def __init__(
        self, calls: Sequence[tuple[str, Sequence[int], Sequence[SqlType]]], ordinality: bool, outer: bool
    ) -> None: ...
    def some(
        self, batch: Batch, arguments: Batch, time_zone: str, room: int, given: int = 0
    ) -> tuple[Batch, Batch | None, int, int, Batch | None]: ...
    def run(self, batch: Batch, arguments: Batch, time_zone: str) -> tuple[Batch, Batch | None]:
        """Each input row times its result rows, and row errors (sqlstate, message; weighted) or None."""

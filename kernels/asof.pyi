from collections.abc import Sequence

from .batch import Batch
from .types import SqlType

class AsOfState:
    def __init__(
        self,
        left_types: Sequence[SqlType],
        right_types: Sequence[SqlType],
        left_keys: Sequence[int],
        right_keys: Sequence[int],
        left_time: int,
        right_time: int,
        comparison: str,
        outer: bool,
    ) -> None: ...
    def step(self, left: Batch | None, right: Batch | None, once: bool) -> Batch | None: ...
    def drain(self, side: int) -> Batch | None: ...
    def restore(self, side: int, delta: Batch) -> None: ...
    @property
    def rows(self) -> int: ...
    @property
    def nbytes(self) -> int: ...

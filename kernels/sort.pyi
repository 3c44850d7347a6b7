from collections.abc import Sequence
from typing import Protocol

from .batch import Batch

class OrderKey(Protocol):
    @property
    def column(self) -> int: ...
    @property
    def descending(self) -> bool: ...
    @property
    def nulls_first(self) -> bool: ...

def sorted_rows(batch: Batch, keys: Sequence[OrderKey], limit: int | None = None, offset: int = 0) -> Batch: ...

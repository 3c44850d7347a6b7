from collections.abc import Sequence

from .batch import Batch
from .types import SqlType

def encode_json(batch: Batch, names: Sequence[str], types: Sequence[SqlType]) -> list[bytes]: ...

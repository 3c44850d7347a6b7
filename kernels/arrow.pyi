from collections.abc import Sequence

import pyarrow as pa

from .batch import Batch
from .schema import Schema
from .types import SqlType

def batch_from_arrow(
    record_batch: pa.RecordBatch | pa.Table, types: Sequence[SqlType], weights: str | None = None
) -> Batch: ...
def batch_to_arrow(batch: Batch, schema: Schema, weights: str | None = None) -> pa.RecordBatch: ...

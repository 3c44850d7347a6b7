"""Nexmark events as Parquet files, for benchmarks that read files and for other engines."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from ....kernels.arrow import batch_to_arrow
from ....kernels.nexmark import Generator
from .tables import TABLES

ROW_GROUP_EVENTS = 1_000_000


def write_parquet(directory: Path | str, events: int, files: int = 1, seed: int = 0, gap_ns: int = 100_000) -> None:
    """`directory/{person,auction,bid}/part-NNNN.parquet`: the first `events` events in `files` ranges."""
    generator = Generator(seed=seed, gap_ns=gap_ns)
    for name, (table, schema) in TABLES.items():
        folder = Path(directory) / name
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(files):
            first, end = events * number // files, events * (number + 1) // files
            writer: pq.ParquetWriter | None = None
            for start in range(first, max(end, first + 1), ROW_GROUP_EVENTS):
                stop = min(start + ROW_GROUP_EVENTS, end)
                batch = batch_to_arrow(generator.generate(table, start, stop, range(len(schema))), schema)
                if writer is None:
                    writer = pq.ParquetWriter(folder / f"part-{number:04}.parquet", batch.schema, compression="zstd")
                writer.write_batch(batch)
            if writer is not None:
                writer.close()

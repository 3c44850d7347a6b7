"""Check everything in a backend without changing it (the CLI's `verify`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..kernels.block import decode_block
from ..kernels.errors import SabotError
from .backend import StateBackend
from .format import FORMAT_VERSION
from .logs import CatalogLog, DmlLog
from .records import BLOCK, DROPPED, FORMAT_KEY, LOG, MANIFEST, BlockKey, number_of, unpack_json
from .tables import cover, runs_of


@dataclass(slots=True)
class Report:
    """`problems` is empty when all is well."""

    generations: list[int] = field(default_factory=list)
    tables: int = 0
    blocks: int = 0
    rows: int = 0
    bytes: int = 0
    catalog_records: int = 0
    log_entries: int = 0
    problems: list[str] = field(default_factory=list)


def verify(backend: StateBackend) -> Report:
    report = Report()
    _check_format(backend, report)
    _check_logs(backend, report)
    bad = _check_blocks(backend, report)
    _check_manifests(backend, report, bad)
    return report


def _check_format(backend: StateBackend, report: Report) -> None:
    stored = backend.get(FORMAT_KEY)
    if stored is None:
        report.problems.append("there is no format record")
        return
    try:
        version = unpack_json(stored, "the format record")["format"]
        if version != FORMAT_VERSION:
            report.problems.append(f"format {version} is not {FORMAT_VERSION}")
    except SabotError as e:
        report.problems.append(e.message)


def _check_logs(backend: StateBackend, report: Report) -> None:
    try:
        report.catalog_records = len(CatalogLog(backend).load())
    except SabotError as e:
        report.problems.append(e.message)
    first = next((number_of(k) for k in backend.keys(LOG)), None)
    if first is None:
        return
    try:
        for _ in DmlLog(backend, 0).read(first - 1):
            report.log_entries += 1
    except SabotError as e:
        report.problems.append(e.message)


def _check_blocks(backend: StateBackend, report: Report) -> set[bytes]:
    bad: set[bytes] = set()
    for key, value in backend.scan(BLOCK):
        report.blocks += 1
        report.bytes += len(value)
        try:
            report.rows += decode_block(value).num_rows
        except SabotError as e:
            bad.add(key)
            block = BlockKey.decode(key)
            report.problems.append(f"{block.table}, generations {block.first} to {block.last}: {e.message}")
    return bad


def _check_manifests(backend: StateBackend, report: Report, bad: set[bytes]) -> None:
    tables, _ = runs_of(k for k in backend.keys(BLOCK) if k not in bad)
    dropped = {number_of(k): number_of(v) for k, v in backend.scan(DROPPED)}
    report.tables = len(tables)
    for key, value in backend.scan(MANIFEST):
        generation = number_of(key)
        report.generations.append(generation)
        try:
            expected = unpack_json(value, f"manifest {generation}")["deltas"]
        except SabotError as e:
            report.problems.append(e.message)
            continue
        found = sum(
            run.deltas
            for table, runs in tables.items()
            for run in cover(runs, generation, dropped.get(table.job, 0))
        )
        if found != expected:
            report.problems.append(f"generation {generation}: {expected - found} state deltas are lost")

"""Decoded payloads, INCLUDE columns and errors, put together as a source's declared columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...kernels.batch import Batch
from ...kernels.errors import UserError
from ...kernels.types import TEXT
from .base import SourceSpec

SOURCE_ERROR_TYPES = (TEXT, TEXT, TEXT)  # sqlstate, message, detail (the source position)


def payload_positions(spec: SourceSpec) -> tuple[int, ...]:
    """The declared columns that come from the payload."""
    return tuple(i for i, include in enumerate(spec.include) if include is None)


def check_includes(spec: SourceSpec, known: tuple[str, ...]) -> None:
    for include in spec.include:
        if include is not None and include not in known:
            hint = f"It has: {', '.join(known)}." if known else None
            raise UserError(f'connector "{spec.connector}" has no "{include}" to include', "22023", hint=hint)


def assemble(spec: SourceSpec, payload: Batch, included: Mapping[str, Batch]) -> Batch:
    """`payload` holds the payload columns in order, `included` one column per INCLUDE used."""
    if not included:
        return payload
    wide = payload
    place: dict[str, int] = {}
    for name, column in included.items():
        place[name] = wide.num_columns
        wide = wide.hstack(column)
    order: list[int] = []
    taken = 0
    for include in spec.include:
        if include is None:
            order.append(taken)
            taken += 1
        else:
            order.append(place[include])
    return wide.select(order)


def error_rows(errors: Batch | None, where: Callable[[int], str]) -> Batch | None:
    """(position, sqlstate, message) of a decoder with the position spelled out."""
    if errors is None:
        return None
    rows = [(sqlstate, message, where(position)) for position, sqlstate, message in errors.to_rows()]
    return Batch.from_rows(SOURCE_ERROR_TYPES, rows)

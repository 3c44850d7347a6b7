"""Rows in pieces: batches of bounded size, none of them empty."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..kernels.batch import Batch
from ..kernels.errors import UserError
from ..kernels.limits import HELD_ROWS, PIECE_ROWS


def sliced(rows: Batch | None) -> Iterator[Batch]:
    """A batch as pieces."""
    if rows is None or not rows.num_rows:
        return
    if rows.num_rows <= PIECE_ROWS:
        yield rows
        return
    for at in range(0, rows.num_rows, PIECE_ROWS):
        yield rows.slice(at, min(PIECE_ROWS, rows.num_rows - at))


def whole(pieces: Iterable[Batch]) -> Batch | None:
    """All rows as one batch; None for none."""
    parts: list[Batch] = []
    rows = 0
    for piece in pieces:
        parts.append(piece)
        rows = holding(rows + piece.num_rows)
    return Batch.concat(parts) if parts else None


def holding(rows: int) -> int:
    """So many rows are held at once: as many, or an error."""
    if rows > HELD_ROWS:
        raise UserError(f"a query has to hold more than {HELD_ROWS} rows at once", "54000",
                        hint="Filter or aggregate before rows are sorted, joined or compared.")  # fmt: skip
    return rows


def condensed(pieces: Iterable[Batch], condense: Callable[[Batch], Batch]) -> Batch | None:
    """All rows condensed, where condensing a part does not change what the whole is condensed to. None for none."""
    parts: list[Batch] = []
    rows, enough, fresh = 0, 4 * PIECE_ROWS, False
    for piece in pieces:
        parts.append(piece)
        rows += piece.num_rows
        fresh = True
        if rows >= enough:
            parts = [condense(Batch.concat(parts))]
            rows = holding(parts[0].num_rows)
            enough, fresh = max(4 * PIECE_ROWS, 2 * rows), False
    if not parts:
        return None
    return condense(Batch.concat(parts)) if fresh else parts[0]

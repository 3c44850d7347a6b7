"""Window functions over plain lists: every frame is written out row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from .aggregates import Row, aggregate, compare, expand, row_order


def frame_rows(rows: list[Row], i: int, frame: Any, order: Sequence[tuple[int, bool, bool]]) -> list[int]:
    """Positions in the frame of row i, in order. `frame`: a planner Frame or None for the default."""
    n = len(rows)
    key = [tuple(r[c] for c, _, _ in order) for r in rows]
    number: list[int] = []  # of the peer group
    for j in range(n):
        number.append(0 if j == 0 else number[-1] + (key[j] != key[j - 1]))
    mode, start, end, exclude = ("range", ("unbounded_preceding", None), ("current", None), "no_others")
    if frame is not None:
        mode, start, end, exclude = frame.mode, frame.start, frame.end, frame.exclude

    def inside(j: int) -> bool:
        if mode in ("rows", "groups"):
            at, here = (j, i) if mode == "rows" else (number[j], number[i])
            low = {"unbounded_preceding": -1, "preceding": here - (start[1] or 0), "current": here,
                   "following": here + (start[1] or 0)}[start[0]]  # fmt: skip
            high = {"unbounded_following": n, "preceding": here - (end[1] or 0), "current": here,
                    "following": here + (end[1] or 0)}[end[0]]  # fmt: skip
            return low <= at <= high
        return above_start(j) and below_end(j)

    def shifted(bound: tuple[str, Any]) -> Any:
        column, descending, _ = order[0]
        sign = (-1 if bound[0] == "preceding" else 1) * (-1 if descending else 1)
        return rows[i][column] + sign * bound[1]

    def ordered(a: Any, b: Any) -> int:
        return -compare(a, b) if order[0][1] else compare(a, b)

    def above_start(j: int) -> bool:
        if start[0] == "unbounded_preceding":
            return True
        if start[0] == "current" or rows[i][order[0][0]] is None:
            return number[j] >= number[i]
        v = rows[j][order[0][0]]
        return number[j] > number[i] if v is None else ordered(v, shifted(start)) >= 0

    def below_end(j: int) -> bool:
        if end[0] == "unbounded_following":
            return True
        if end[0] == "current" or rows[i][order[0][0]] is None:
            return number[j] <= number[i]
        v = rows[j][order[0][0]]
        return number[j] < number[i] if v is None else ordered(v, shifted(end)) <= 0

    def kept(j: int) -> bool:
        if exclude == "current_row":
            return j != i
        if exclude == "group":
            return number[j] != number[i]
        if exclude == "ties":
            return j == i or number[j] != number[i]
        return True

    return [j for j in range(n) if inside(j) and kept(j)]


def result(rows: list[Row], i: int, call: Any, order: Sequence[tuple[int, bool, bool]]) -> Any:
    n = len(rows)
    key = [tuple(r[c] for c, _, _ in order) for r in rows]
    first_peer = key.index(key[i])
    last_peer = n - 1 - key[::-1].index(key[i])
    row = rows[i]
    match call.function:
        case "row_number":
            return i + 1
        case "rank":
            return first_peer + 1
        case "dense_rank":
            return len(dict.fromkeys(key[: i + 1]))
        case "percent_rank":
            return 0.0 if n == 1 else first_peer / (n - 1)
        case "cume_dist":
            return (last_peer + 1) / n
        case "ntile":
            buckets = row[call.args[0]]
            if buckets is None or buckets <= 0:
                return None
            size, larger = divmod(n, buckets)
            bounds = [k * size + min(k, larger) for k in range(buckets + 1)]
            return next(k for k in range(buckets) if bounds[k] <= i < bounds[k + 1]) + 1
        case "lag" | "lead":
            offset = 1 if len(call.args) < 2 else row[call.args[1]]
            if offset is None:
                return None
            step = -1 if call.function == "lag" else 1
            if call.ignore_nulls and offset:
                step, j = step * (1 if offset > 0 else -1), i
                seen = 0
                while seen < abs(offset):
                    j += step
                    if not 0 <= j < n:
                        break
                    seen += rows[j][call.args[0]] is not None
            else:
                j = i + step * offset
            if 0 <= j < n:
                return rows[j][call.args[0]]
            return row[call.args[2]] if len(call.args) > 2 else None
    inside = frame_rows(rows, i, call.frame, order)
    if call.function in ("first_value", "last_value", "nth_value"):
        values = [rows[j][call.args[0]] for j in inside]
        if call.ignore_nulls:
            values = [v for v in values if v is not None]
        if call.function == "nth_value":
            k = row[call.args[1]]
            return None if k is None or not 0 < k <= len(values) else values[k - 1]
        return None if not values else values[0 if call.function == "first_value" else -1]
    members = [rows[j] for j in inside if call.filter is None or rows[j][call.filter]]
    return aggregate(call.function, [tuple(r[a] for a in call.args) for r in members], call.direct)


def window(z: Counter[Row], partition: Sequence[int], order: Sequence[tuple[int, bool, bool]], calls: Sequence[Any]) -> Counter[Row]:
    members: dict[Row, list[Row]] = {}
    for row in expand(z):
        members.setdefault(tuple(row[p] for p in partition), []).append(row)
    out: Counter[Row] = Counter()
    for rows in members.values():
        rows = sorted(rows, key=row_order(order))
        for i, row in enumerate(rows):
            out[row + tuple(result(rows, i, call, order) for call in calls)] += 1
    return out

"""Which columns of a plan have a watermark: no rows come behind it any more."""

from __future__ import annotations

from dataclasses import dataclass

from ...kernels.expr.spec import Call, Expr, Lit, Var
from ...kernels.types import INTERVAL, Kind
from ..logical import node as n

# Units of date_trunc: what it gives is the start of a window of that length (microseconds, days, months).
_UNITS = {"second": (1_000_000, 0, 0), "minute": (60_000_000, 0, 0), "hour": (3_600_000_000, 0, 0), "day": (0, 1, 0), "week": (0, 7, 0),
          "month": (0, 0, 1), "quarter": (0, 0, 3), "year": (0, 0, 12)}  # fmt: skip


@dataclass(frozen=True)
class Timed:
    """A column behind which no new rows come. `kind`: time, start or end of a window of `size`."""

    kind: str
    size: Expr | None = None


def watermarked(node: n.Node) -> dict[int, Timed]:
    """Watermark columns, windows over them, and copies of both, by column id."""
    match node:
        case n.WatermarkFilter():  # one of integers closes no window
            timed = {node.column.id: Timed("time")} if node.column.type.category == "D" else {}
            return watermarked(node.input) | timed
        case n.Project():
            below = watermarked(node.input)
            made: dict[int, Timed] = {}
            for v, e in node.items:
                found = _follows(e, below)
                if found is not None:
                    made[v.id] = found
            return made
        case n.ProjectSet():
            below = dict(watermarked(node.input))
            for call in node.calls:
                if call.function == "hop" and isinstance(call.args[0], Var) and call.args[0].id in below:
                    below[call.columns[0].id] = Timed("start", call.args[2])
                    below[call.columns[1].id] = Timed("end")
            return below
        case n.Aggregate():
            groups = n.ids(node.groups)
            return {i: t for i, t in watermarked(node.input).items() if i in groups}
        case n.Join() if node.kind == "inner":
            return watermarked(node.left) | watermarked(node.right)
        case n.Join() if node.kind in ("left", "semi", "anti"):
            return watermarked(node.left)
        case n.Union():
            parts = [[watermarked(p).get(v.id) for v in p.vars] for p in node.parts]
            columns = {}
            for i, v in enumerate(node.columns):
                first = parts[0][i]
                if first is not None and all(p[i] == first for p in parts):
                    columns[v.id] = first
            return columns
        case n.Unary():
            return watermarked(node.input)
        case _:
            return {}


def _follows(e: Expr, below: dict[int, Timed]) -> Timed | None:
    match e:
        case Var():
            return below.get(e.id)
        case Call("misc.relabel", (inner,)):
            return _follows(inner, below)
        case Call("temporal.tumble_start", (Var() as v, size, *_)) if v.id in below and below[v.id].kind == "time":
            return Timed("start", size)
        case Call("temporal.date_trunc", (Lit(value=str() as unit), Var() as v)) if _UNITS.get(unit.lower()) and below.get(v.id) == Timed("time"):
            return Timed("start", Lit(_UNITS[unit.lower()], INTERVAL))
        case Call("temporal.date_bin", (Lit() as size, Var() as v, Lit())) if below.get(v.id) == Timed("time"):
            return Timed("start", size)
        case Call("cast.temporal", (Var() as v,)) if e.type.kind == Kind.DATE and v.type.kind == Kind.TIMESTAMP and below.get(v.id) == Timed("time"):
            return Timed("start", Lit(_UNITS["day"], INTERVAL))
        case Call("temporal.add", (Var() as v, size)) if v.id in below and below[v.id].size == size:
            return Timed("end")
        case _:
            return None

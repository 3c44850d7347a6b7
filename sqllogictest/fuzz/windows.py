"""Window function calls, with orders in which the result is no chance."""

from __future__ import annotations

from .expressions import CANONICAL, Expressions, Scope
from .tree import Node, node
from .values import NO_MIN

# Results that depend on the order of all rows.
RANKED: dict[str, tuple[str, ...]] = {
    "int8": ("row_number()", "rank()", "dense_rank()", "count(*)"),
    "int4": ("ntile(2)", "ntile(3)"),
    "float8": ("percent_rank()", "cume_dist()"),
}
TIED: dict[str, tuple[str, ...]] = {"int8": ("rank()", "dense_rank()", "count(*)"), "float8": ("percent_rank()", "cume_dist()")}  # may have ties
MOVED = ("lag({})", "lead({})", "lag({}, 2)", "lead({}, 2)", "first_value({})", "last_value({})", "nth_value({}, 2)", "lag({}, 0)", "lead({}, -1)")
_EXCLUDE = ("", "", "", "", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES", " EXCLUDE NO OTHERS")
_BOUNDS = ("UNBOUNDED PRECEDING", "2 PRECEDING", "1 PRECEDING", "CURRENT ROW", "1 FOLLOWING", "2 FOLLOWING", "UNBOUNDED FOLLOWING")
_STEPS = {"int4": "2", "int8": "1", "int2": "1::int2", "numeric": "1.5", "float8": "1.5", "date": "'1 day'::interval", "timestamp": "'1 month'::interval", "timestamptz": "'36 hours'::interval", "interval": "'1 day'::interval", "time": "'1 hour'::interval"}  # fmt: skip


def _direction(e: Expressions) -> str:
    return e.one_of("", "", " DESC", " NULLS FIRST", " DESC NULLS LAST")


def frame(e: Expressions, unit: str, step: str | None = None) -> str:
    bounds = [b if step is None else b.replace("2 ", f"{step} ").replace("1 ", f"{step} ") for b in _BOUNDS]
    start = e.random.randrange(0, 6)
    end = e.random.randrange(max(1, start), 7)
    if (start == 3 and end < 3) or (start > 3 and end < 4):
        end = 6
    return f" {unit} BETWEEN {bounds[start]} AND {bounds[end]}{e.one_of(*_EXCLUDE)}"


def window_call(e: Expressions, kind: str, scope: Scope, total: list[str]) -> Node | None:
    """`total` orders the rows without ties."""
    plain = Scope(scope.columns, grouped=scope.grouped)
    partition = ""
    if scope.columns and e.chance(0.7):
        chosen = [e.random.choice(scope.columns).text for _ in range(e.random.choice((1, 1, 1, 2)))]
        if scope.grouped is None and e.chance(0.1):
            chosen[0] = f"({e.condition(Scope(scope.columns), 1)})"
        partition = f"PARTITION BY {', '.join(dict.fromkeys(chosen))}"
    key = e.random.choice(scope.columns)
    by_all = "ORDER BY " + ", ".join([f"{key.text}{_direction(e)}", *total])
    roll = e.random.random()
    if kind in TIED and roll < 0.25:
        keys = ", ".join(f"{e.random.choice(scope.columns).text}{_direction(e)}" for _ in range(e.random.choice((1, 1, 2))))
        return node(kind, e.one_of(*TIED[kind]), f" OVER ({partition} ORDER BY {keys})")
    if key.kind == kind and roll < 0.35 and kind not in CANONICAL:
        text = e.one_of("first_value", "last_value", "max", "min") if kind not in NO_MIN else e.one_of("first_value", "last_value")
        limits = e.one_of("", frame(e, "GROUPS").split(" EXCLUDE")[0])
        return node(kind, f"{text}({key.text})", f" OVER ({partition} ORDER BY {key.text}{_direction(e)}{limits})")
    if kind in RANKED and roll < 0.4:
        return node(kind, e.one_of(*RANKED[kind]), f" OVER ({partition} {by_all})")
    if roll < 0.7 and kind not in CANONICAL:
        before, after = e.one_of(*MOVED).split("{}")
        limits = frame(e, "ROWS") if e.chance(0.4) else ""
        return node(kind, before, e.expression(kind, plain, 1), after, f" OVER ({partition} {by_all}{limits})")
    call = e.aggregate(kind, plain, 1, window=True)
    if call is None or kind.startswith("float"):
        return None
    if e.chance(0.3) or "avg(" in str(call) or "float" in str(call):
        limits = frame(e, "ROWS") if e.chance(0.7) else ""
        return node(kind, call, f" OVER ({partition} {by_all}{limits})")
    if key.kind in _STEPS and e.chance(0.5):
        direction = _direction(e)
        return node(kind, call, f" OVER ({partition} ORDER BY {key.text}{direction}{frame(e, 'RANGE', _STEPS[key.kind])})")
    if e.chance(0.4):
        return node(kind, call, f" OVER ({partition} ORDER BY {key.text}{_direction(e)}{frame(e, 'GROUPS')})")
    return node(kind, call, f" OVER ({partition}{e.one_of('', f' ORDER BY {key.text}')})")

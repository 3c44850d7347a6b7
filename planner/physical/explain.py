"""Plans as text: one line per node, two blanks per level, the same text for the same plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...kernels.expr.program import SessionFacts, evaluate
from ...kernels.expr.spec import (
    And,
    Call,
    Case,
    Coalesce,
    Col,
    ContextValue,
    Expr,
    Kept,
    Lambda,
    Let,
    Lit,
    Or,
    Param,
    Var,
)
from ...kernels.types import TEXT
from ..logical import node as n
from . import node as p

_SYMBOLS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "add": "+", "sub": "-", "mul": "*",
            "div": "/", "mod": "%", "is_distinct": "IS DISTINCT FROM", "is_not_distinct": "IS NOT DISTINCT FROM"}  # fmt: skip


class Names:
    """Columns as $name or $name#2, numbered by first appearance, so that ids don't show."""

    def __init__(self) -> None:
        self.known: dict[int, str] = {}
        self.used: dict[str, int] = {}

    def __call__(self, v: Var) -> str:
        found = self.known.get(v.id)
        if found is None:
            base = v.name or "_"
            count = self.used[base] = self.used.get(base, 0) + 1
            found = base if count == 1 else f"{base}#{count}"
            self.known[v.id] = found
        return found


def expression(e: Expr, names: Names | None = None, columns: Sequence[str] = ()) -> str:
    """One expression as SQL-like text."""

    def show(x: Expr) -> str:
        match x:
            case Var():
                return names(x) if names is not None else x.name
            case Col():
                return columns[x.index] if x.index < len(columns) and columns[x.index] else f"${x.index}"
            case Lit():
                return literal(x)
            case Param():
                return f"${x.number}"
            case ContextValue():
                return x.name
            case Call():
                return call(x)
            case And():
                return "(" + " AND ".join(show(a) for a in x.args) + ")"
            case Or():
                return "(" + " OR ".join(show(a) for a in x.args) + ")"
            case Case():
                middle = " ".join(f"WHEN {show(c)} THEN {show(v)}" for c, v in x.branches)
                return f"CASE {middle} ELSE {show(x.otherwise)} END"
            case Coalesce():
                return "coalesce(" + ", ".join(show(a) for a in x.args) + ")"
            case Let():
                return f"(let x{x.id} = {show(x.value)} in {show(x.body)})"
            case Kept():
                return f"x{x.id}"
            case Lambda():
                return "lambda(" + ", ".join(map(show, x.captures)) + ")"

    def call(x: Call) -> str:
        family, _, name = x.kernel.partition(".")
        if len(x.args) == 2 and name in _SYMBOLS and family in ("compare", "arith", "numeric", "temporal"):
            return f"({show(x.args[0])} {_SYMBOLS[name]} {show(x.args[1])})"
        if family == "cast" and len(x.args) == 1:
            return f"{show(x.args[0])}::{x.type}"
        if x.kernel == "misc.relabel":
            return show(x.args[0])
        if x.kernel == "bool.not":
            return f"NOT {show(x.args[0])}"
        if x.kernel in ("bool.is_null", "bool.is_not_null"):
            return f"({show(x.args[0])} {'IS NULL' if name == 'is_null' else 'IS NOT NULL'})"
        extra = [str(i) for i in x.ints] + [repr(t) for t in x.texts]
        return f"{name}({', '.join([*map(show, x.args), *extra])})"

    return show(e)


def literal(x: Lit) -> str:
    if x.value is None:
        return "NULL"
    if isinstance(x.value, bool):
        return "true" if x.value else "false"
    if isinstance(x.value, int) and x.type.name in ("int2", "int4", "int8"):
        return str(x.value)
    if isinstance(x.value, str) and x.type.name in ("text", "varchar", "unknown"):
        return "'" + x.value.replace("'", "''") + "'"
    shown = x.value if isinstance(x.value, str) else evaluate(Call("cast.to_text", (x,), TEXT), SessionFacts())
    return f"'{shown}'::{x.type}"


def _recursion(x: n.Recursive | p.Recursive) -> str:
    return "until nothing changes" if x.rounds is not None else "union all" if x.all else "union"


def explain_logical(plan: n.Node) -> str:
    """The tree of a logical plan; a node that occurs again is shown once and then referred to."""
    names = Names()
    lines: list[str] = []
    numbers = _shared(plan)
    shown: set[int] = set()

    def show(e: Expr) -> str:
        return expression(e, names)

    def order(items: Sequence[n.SortItem]) -> str:
        return ", ".join(show(s.expr) + _direction(s.descending, s.nulls_first) for s in items)

    def calls(made: Sequence[tuple[Var, n.Agg]]) -> str:
        return ", ".join(f"{names(v)} := {_agg(c, show, order)}" for v, c in made)

    def line(x: n.Node) -> str:
        match x:
            case n.Scan():
                kind = "SourceScan" if x.source else "Scan"
                return f"{kind} {x.name} ({', '.join(map(names, x.columns))})"
            case n.Values():
                return f"Values {len(x.rows)} rows ({', '.join(map(names, x.columns))})"
            case n.Clock():
                return f"Clock {', '.join(f'{names(v)} := {show(e)}' for v, e in zip(x.columns, x.values))}"
            case n.Filter():
                return f"Filter {show(x.predicate)}"
            case n.Project():
                items = [names(v) if v == e else f"{names(v)} := {show(e)}" for v, e in x.items]
                return f"Project {', '.join(items)}"
            case n.Join():
                return f"Join {x.kind}" + ("" if x.condition is None else f" on {show(x.condition)}")
            case n.DependentJoin():
                mark = "" if x.mark is None else f" {names(x.mark)}"
                return f"DependentJoin {x.kind}{mark}" + ("" if x.condition is None else f" on {show(x.condition)}")
            case n.Aggregate():
                return f"Aggregate by ({', '.join(map(names, x.groups))}): {calls(x.calls)}".rstrip(": ")
            case n.SetOp():
                return f"{x.kind.capitalize()}{' all' if x.all else ''} ({', '.join(map(names, x.columns))})"
            case n.Union():
                return f"Union all ({', '.join(map(names, x.columns))})"
            case n.TopN():
                by = f" per ({', '.join(map(names, x.groups))})" if x.groups else ""
                number = f" as {names(x.number)}" if x.number is not None else ""
                return f"TopN {x.rank} {_cut(x.limit, x.offset, show)}{by} order ({order(x.order)}){number}"
            case n.Sort():
                return f"Sort ({order(x.order)}) {_cut(x.limit, x.offset, show)}".rstrip()
            case n.Window():
                made = ", ".join(f"{names(v)} := {c.function}({', '.join(map(show, c.args))})" for v, c in x.calls)
                return f"Window partition ({', '.join(map(show, x.partition))}) order ({order(x.order)}): {made}"
            case n.ProjectSet():
                made = ", ".join(f"{c.function}({', '.join(map(show, c.args))})" for c in x.calls)
                return f"ProjectSet {made}" + (" outer" if x.outer else "")
            case n.SingleRow():
                return f"SingleRow per ({', '.join(map(names, x.groups))})"
            case n.AsOfJoin():
                pairs = [f"{show(a)} = {show(b)}" for a, b in x.keys]
                pairs.append(f"{show(x.left_time)} {x.comparison} {show(x.right_time)}")
                return f"AsOfJoin {'left' if x.left_outer else 'inner'} on {' AND '.join(pairs)}"
            case n.TemporalJoin():
                return f"TemporalJoin {'left' if x.left_outer else 'inner'} on {show(x.condition)}"
            case n.Changelog():
                return f"Changelog key ({', '.join(map(names, x.key))})"
            case n.WatermarkFilter():
                return f"WatermarkFilter {names(x.column)} behind {show(x.delayed)}"
            case n.EmitOnClose():
                return f"EmitOnClose {names(x.column)}"
            case n.NowFilter():
                parts = [] if x.lower is None else [f"{show(x.lower)} <= now"]
                parts += [] if x.upper is None else [f"now < {show(x.upper)}"]
                return f"NowFilter {' AND '.join(parts)}"
            case n.Recursive():
                return f"Recursive {_recursion(x)} ({', '.join(map(names, x.columns))})"
            case n.RecursiveRef():
                return f"RecursiveRef ({', '.join(map(names, x.columns))})"
            case _:
                return type(x).__name__

    def walk(x: n.Node, depth: int) -> None:
        number = numbers.get(id(x))
        label = "" if number is None else f" [{number}]"
        if id(x) in shown and number is not None:
            lines.append("  " * depth + f"Shared [{number}]")
            return
        shown.add(id(x))
        children_lines = len(lines)
        lines.append("")
        for i in x.inputs:
            walk(i, depth + 1)
        lines[children_lines] = "  " * depth + line(x) + label

    walk(plan, 0)
    return "\n".join(lines)


def _agg(c: n.Agg, show: object, order: object) -> str:
    assert callable(show) and callable(order)
    inner = ", ".join(show(a) for a in c.args)
    inner = ("DISTINCT " if c.distinct else "") + inner + (f" ORDER BY {order(c.order)}" if c.order else "")
    tail = "" if c.filter is None else f" FILTER {show(c.filter)}"
    return f"{c.function}({inner}){tail}"


def _cut(limit: object, offset: object, show: object) -> str:
    assert callable(show)

    def text(x: object) -> str:
        return str(x) if isinstance(x, int) else show(x)

    parts = [] if limit is None else [f"limit {text(limit)}"]
    parts += [] if offset == 0 else [f"offset {text(offset)}"]
    return " ".join(parts)


def _direction(descending: bool, nulls_first: bool) -> str:
    text = " desc" if descending else ""
    return text if nulls_first == descending else text + (" nulls first" if nulls_first else " nulls last")


def _shared(plan: n.Node | p.Plan) -> dict[int, int]:
    """Numbers of the nodes that occur more than once, scans left out."""
    seen: dict[int, int] = {}
    order: list[int] = []

    def walk(x: n.Node | p.Plan) -> None:
        seen[id(x)] = seen.get(id(x), 0) + 1
        if seen[id(x)] > 1:
            return
        if x.inputs:
            order.append(id(x))
        for i in (*x.inputs, *((x.step,) if isinstance(x, p.Recursive) else ())):
            walk(i)

    walk(plan)
    repeated = [i for i in order if seen[i] > 1]
    return {i: number for number, i in enumerate(repeated, 1)}


@dataclass(frozen=True, slots=True)
class Shown:
    """A node of a plan as it is shown. `facts`: what is known of it beside its own properties."""

    line: str
    facts: Mapping[str, object]
    inputs: tuple[Shown, ...] = ()

    def lines(self, depth: int = 0) -> Iterator[str]:
        yield "  " * depth + self.line
        for key, value in self.facts.items():
            for one in value if isinstance(value, list) else [value]:
                text = ", ".join(f"{k} {v}" for k, v in one.items()) if isinstance(one, dict) else one
                yield "  " * depth + f"  - {key}: {text}"
        for i in self.inputs:
            yield from i.lines(depth + 1)

    def tree(self) -> dict[str, object]:
        """For JSON, in the manner of Postgres."""
        out: dict[str, object] = {"Node Type": self.line.split(maxsplit=1)[0].rstrip(":"), "Description": self.line}
        out |= {key.title(): value for key, value in self.facts.items()}
        return out | ({"Plans": [i.tree() for i in self.inputs]} if self.inputs else {})


def show_physical(
    plan: p.Plan, relations: Mapping[int, str], facts: Callable[[p.Plan], Mapping[str, object]] = lambda x: {}
) -> Shown:
    """The tree of a physical plan. `relations` names catalog ids. A node that occurs again is only referred to."""
    numbers = _shared(plan)
    shown: set[int] = set()

    def walk(x: p.Plan) -> Shown:
        number = numbers.get(id(x))
        if id(x) in shown and number is not None:
            return Shown(f"Shared [{number}]", {})
        shown.add(id(x))
        line = physical_line(x, relations) + ("" if number is None else f" [{number}]")
        below = (*x.inputs, *((x.step,) if isinstance(x, p.Recursive) else ()))
        return Shown(line, facts(x), tuple(walk(i) for i in below))

    return walk(plan)


def explain_physical(plan: p.Plan, relations: Mapping[int, str]) -> str:
    """The tree of a physical plan as text."""
    return "\n".join(show_physical(plan, relations).lines())


def physical_line(x: p.Plan, relations: Mapping[int, str]) -> str:
    """One node with its own properties; columns by name where they have one, else by position."""
    own = _labels(x.inputs[0].schema.names) if x.inputs else ()

    def name(i: int, side: int = 0) -> str:
        labels = _labels(x.inputs[side].schema.names)
        return labels[i] or f"${i}"

    def show(e: Expr) -> str:
        return expression(e, None, own)

    def order(keys: Sequence[p.SortKey]) -> str:
        return ", ".join(name(k.column) + _direction(k.descending, k.nulls_first) for k in keys)

    flag = " append-only" if getattr(x, "append_only", False) else ""
    match x:
        case p.Scan():
            return f"Scan {relations.get(x.relation, str(x.relation))} ({', '.join(x.schema.names)}){flag}"
        case p.SourceScan():
            return f"SourceScan {relations.get(x.source, str(x.source))} ({', '.join(x.schema.names)}){flag}"
        case p.Values():
            rows = "; ".join(", ".join(expression(e) for e in row) for row in x.rows[:3])
            return f"Values {len(x.rows)} rows: {rows}" + ("; …" if len(x.rows) > 3 else "")
        case p.Clock():
            return f"Clock {', '.join(expression(e) for e in x.values)}"
        case p.Map():
            where = "" if x.predicate is None else f" where {show(x.predicate)}"
            return f"Map ({', '.join(show(e) for e in x.exprs)}){where}"
        case p.Join():
            keys = [
                f"{name(a)} {'IS NOT DISTINCT FROM' if safe else '='} {name(b, 1)}"
                for a, b, safe in zip(x.left_keys, x.right_keys, x.null_safe)
            ]
            both = _labels((*x.left.schema.names, *x.right.schema.names))
            rest = "" if x.residual is None else f" residual {expression(x.residual, None, both)}"
            return f"Join {x.kind} on ({', '.join(keys)}){rest}"
        case p.Aggregate():
            calls = [_physical_call(c, name, order) for c in x.calls]
            return f"Aggregate by ({', '.join(name(g) for g in x.groups)}): {', '.join(calls)}{flag}"
        case p.SetOp():
            return f"{x.kind.capitalize()}{' all' if x.all else ''}"
        case p.TopN():
            by = f" per ({', '.join(name(g) for g in x.groups)})" if x.groups else ""
            return f"TopN {x.rank} {_cut(x.limit, x.offset, expression)}{by} order ({order(x.order)}){flag}"
        case p.Window():
            calls = [f"{c.function}({', '.join(name(a) for a in c.args)})" for c in x.calls]
            return f"Window partition ({', '.join(name(i) for i in x.partition)}) order ({order(x.order)}): " + ", ".join(calls)
        case p.ProjectSet():
            calls = [f"{c.function}({', '.join(show(a) for a in c.args)})" for c in x.calls]
            return f"ProjectSet {', '.join(calls)}" + (" outer" if x.outer else "")
        case p.SingleRow():
            return f"SingleRow per ({', '.join(name(g) for g in x.groups)})"
        case p.AsOfJoin():
            keys = [f"{name(a)} = {name(b, 1)}" for a, b in zip(x.left_keys, x.right_keys)]
            keys.append(f"{name(x.left_time)} {x.comparison} {name(x.right_time, 1)}")
            return f"AsOfJoin {'left' if x.left_outer else 'inner'} on ({', '.join(keys)})"
        case p.TemporalJoin():
            keys = [f"{name(a)} = {name(b, 1)}" for a, b in zip(x.left_keys, x.right_keys)]
            return f"TemporalJoin {'left' if x.left_outer else 'inner'} on ({', '.join(keys)})"
        case p.Changelog():
            return f"Changelog key ({', '.join(name(k) for k in x.key)})"
        case p.WatermarkFilter():
            return f"WatermarkFilter {name(x.column)} behind {show(x.delayed)}"
        case p.EmitOnClose():
            return f"EmitOnClose {name(x.column)}"
        case p.NowFilter():
            parts = [] if x.lower is None else [f"{show(x.lower)} <= now"]
            parts += [] if x.upper is None else [f"now < {show(x.upper)}"]
            return f"NowFilter {' AND '.join(parts)}"
        case p.Recursive():
            return f"Recursive {_recursion(x)}"
        case p.Sort():
            return f"Sort ({order(x.keys)}) {_cut(x.limit, x.offset, expression)}".rstrip()
        case _:
            return type(x).__name__


def _physical_call(c: p.AggCall, name: object, order: object) -> str:
    assert callable(name) and callable(order)
    inner = ("DISTINCT " if c.distinct else "") + ", ".join(name(a) for a in c.args)
    inner += f" ORDER BY {order(c.order)}" if c.order else ""
    return f"{c.function}({inner})" + ("" if c.filter is None else f" FILTER {name(c.filter)}")


def _labels(names: Sequence[str]) -> tuple[str, ...]:
    """Names that occur once; others are shown by position."""
    return tuple(x if x and names.count(x) == 1 else "" for x in names)

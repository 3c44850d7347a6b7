"""What each operator of a running view keeps: which rows, by what key, and what bounds their number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from . import node as p

# Aggregates that keep one value per group; others keep every value of the group.
_ONE_VALUE = frozenset(
    ["count", "count_star", "sum", "avg", "bool_and", "bool_or", "every", "bit_xor", "stddev", "stddev_samp", "stddev_pop",
     "variance", "var_samp", "var_pop", "corr", "covar_pop", "covar_samp", "approx_count_distinct"]
)  # fmt: skip
_ONE_VALUE_OF_INSERTS = frozenset(["min", "max", "bit_and", "bit_or", "min_by", "max_by", "arg_min", "arg_max", "first_value",
                                   "last_value"])  # fmt: skip


def expected_state(x: p.Plan, rows: Callable[[p.Plan], str]) -> list[str]:
    """One line per thing kept; empty for what keeps nothing. `rows(input)` tells how many rows an input can have."""

    def by(columns: Sequence[int], plan: p.Plan) -> str:
        names = plan.schema.names
        return "(" + ", ".join(names[c] or f"${c}" for c in columns) + ")"

    def keyed(columns: Sequence[int], plan: p.Plan) -> str:
        return f"keyed by {by(columns, plan)}" if columns else "without key"

    match x:
        case p.Join():
            semi = x.kind in ("semi", "anti") and x.residual is None
            right = "keys" if semi else "rows"
            return [
                f"left rows {keyed(x.left_keys, x.left)}; at most {rows(x.left)}",
                f"right {right} {keyed(x.right_keys, x.right)}; at most {rows(x.right)}",
            ]
        case p.AsOfJoin():
            return [
                f"left rows {keyed(x.left_keys, x.left)} in order of {by((x.left_time,), x.left)}; at most {rows(x.left)}",
                f"right rows {keyed(x.right_keys, x.right)} in order of {by((x.right_time,), x.right)}; at most {rows(x.right)}",
            ]
        case p.TemporalJoin():
            kept = [f"right rows {keyed(x.right_keys, x.right)}; at most {rows(x.right)}"]
            return kept if x.left_append_only else [*kept, f"what each left row was joined with; at most {rows(x.left)}"]
        case p.Aggregate():
            kept = ["one row" if not x.groups else f"a row per group, keyed by {by(x.groups, x.input)}; at most {rows(x.input)}"]
            for c in x.calls:
                if c.distinct:
                    kept.append(f"{c.function}: the distinct values of each group; at most {rows(x.input)}")
                elif c.function not in _ONE_VALUE and not (x.append_only and c.function in _ONE_VALUE_OF_INSERTS):
                    kept.append(f"{c.function}: the values of each group in order; at most {rows(x.input)}")
            return kept
        case p.Distinct():
            return [f"a count per distinct row; at most {rows(x.input)}"]
        case p.SetOp():
            return [f"counts of each side per row; at most {rows(x.left)} and {rows(x.right)}"]
        case p.TopN():
            where = f"per {by(x.groups, x.input)}" if x.groups else "in all"
            if x.append_only and x.limit is not None and x.rank == "row_number":
                return [f"the first {x.limit + x.offset} rows {where}"]
            return [f"all rows in order {where}; at most {rows(x.input)}"]
        case p.Window():
            where = f"per {by(x.partition, x.input)}" if x.partition else "in one partition"
            return [f"all rows in order {where}; at most {rows(x.input)}"]
        case p.SingleRow():
            return [f"a row per group, {keyed(x.groups, x.input)}; at most {rows(x.input)}"]
        case p.WatermarkFilter():
            return ["the watermark"]
        case p.EmitOnClose():
            return [f"rows that the watermark has not passed, by {by((x.column,), x.input)}; at most {rows(x.input)}"]
        case p.Clock():
            return ["one row"]
        case p.NowFilter():
            return [f"rows that have yet to enter or to leave, by time; at most {rows(x.input)}"]
        case p.Recursive():
            if x.rounds is not None:
                return ["its inputs and its result: it is computed anew after each change"]
            kept = ["the rows of every round, and what the step keeps"]
            return kept if x.all else [*kept, "per row the rounds that derive it"]
        case _:
            return []


def bound_of(plan: p.Plan, relations: Mapping[int, str], sizes: Mapping[int, int]) -> str:
    """How many rows a plan can give: said by the relations that it grows with. `sizes`: their rows now."""
    tables: dict[int, None] = {}
    sources: dict[int, None] = {}
    inside: dict[str, None] = {}  # of a recursion

    def walk(x: p.Plan) -> None:
        match x:
            case p.Scan():
                tables[x.relation] = None
            case p.SourceScan():
                sources[x.source] = None
            case p.RecursiveRef():
                inside["the rows of all rounds"] = None
            case p.RecursiveInput():
                inside["the rows of an input"] = None
        for i in x.inputs:
            walk(i)

    walk(plan)
    parts = [f"{relations.get(r, str(r))} ({sizes.get(r, 0):,} now)" for r in tables]
    if isinstance(plan, p.Aggregate) and not plan.groups:
        return "one row"
    if isinstance(plan, p.TopN) and plan.limit is not None and not plan.groups and plan.rank == "row_number":
        return f"{plan.limit} rows"
    if inside:
        return " with ".join(inside)
    if not tables and not sources:
        return "what the query says itself"
    several = len(tables) + len(sources) > 1
    text = "the rows of " if not several else "what comes of the rows of "
    text += ", ".join([*parts, *(relations.get(r, str(r)) for r in sources)])
    return text + (", without bound: a source never ends" if sources and not _closes(plan) else "")


def _closes(plan: p.Plan) -> bool:
    """A temporal filter lets go of old rows."""
    return isinstance(plan, (p.NowFilter, p.EmitOnClose)) or any(_closes(i) for i in plan.inputs)

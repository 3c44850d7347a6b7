"""Calls of other dialects: expressions over the arguments (`functions/dialects.py`), units of time, patterns of dates."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Expr
from ..functions.aggregates import AGGREGATE_NAMES
from ..functions.dialects import dialect_functions
from ..sql.query import parse_expression
from .coerce import Operand, settle_unknown
from .expr import Binder
from .position import position_of
from .scope import Scope
from .sql_function import refuse_repeated

_FUNCTIONS = dialect_functions()
_MONTHS = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200, "millennium": 12000}
_MICROS = {"week": 604_800_000_000, "day": 86_400_000_000, "hour": 3_600_000_000, "minute": 60_000_000,
           "second": 1_000_000, "millisecond": 1000, "microsecond": 1}  # fmt: skip
# Calendar months from the earlier to the later time, less one that is not full; adding months stops at a month's end.
_MONTHS_BETWEEN = """(extract(year from greatest($1, $2)) * 12 + extract(month from greatest($1, $2))
    - extract(year from least($1, $2)) * 12 - extract(month from least($1, $2)))::int4"""
_WHOLE_MONTHS = f"""(({_MONTHS_BETWEEN} - (least($1, $2) + {_MONTHS_BETWEEN} * interval '1 month' > greatest($1, $2))::int4)
    * CASE WHEN $1 <= $2 THEN 1 ELSE -1 END)"""


def dialect_call(b: Binder, name: str, operands: tuple[Operand, ...], position: int | None) -> Expr | None:
    """The call as its expression; None if there is none of that name for such arguments."""
    types = tuple(o.type.name for o in operands)
    for wanted, body in _FUNCTIONS.get(name, ()):
        if len(wanted) == len(types) and all(w in ("_", t) for w, t in zip(wanted, types)):
            return expressed(b, name, body, tuple(o.expr for o in operands), position)
    return None


def respelled(call: exp.Anonymous, around: Callable[[exp.Expression], exp.Expression]) -> exp.Expression | None:
    """A call that stands for aggregates, as these: with its DISTINCT and ORDER BY, and what is written `around` the call."""
    from .aggregate_calls import call_arguments

    nodes, distinct, order = call_arguments(call)
    body = next((body for wanted, body in _FUNCTIONS.get(call.name, ()) if wanted == ("_",) * len(nodes)), None)
    if body is None or not nodes:
        return None
    tree: exp.Expression = exp.Paren(this=_parsed(body).copy())
    if tree.find(exp.Query) is not None:
        return None
    calls = [n for n in tree.walk() if isinstance(n, exp.Anonymous) and n.name in AGGREGATE_NAMES]
    if not calls:
        return None
    for parameter in list(tree.find_all(exp.Parameter)):
        parameter.replace(nodes[int(parameter.name) - 1].copy())
    for aggregate in calls:
        whole = aggregate.parent if isinstance(aggregate.parent, exp.WithinGroup) else aggregate
        args = list(aggregate.expressions)
        if (distinct or order is not None) and whole is not aggregate:
            return None
        if distinct:
            args[0] = exp.Distinct(expressions=[args[0]])
        if order is not None:
            args[-1] = exp.Order(this=args[-1], expressions=[o.copy() for o in order.expressions])
        aggregate.set("expressions", args)
        placed = around(whole.copy())
        whole.replace(placed)
    return tree


@cache
def _parsed(body: str) -> exp.Expression:
    return parse_expression(body)


def expressed(b: Binder, name: str, body: str, args: tuple[Expr, ...], position: int | None) -> Expr:
    """`body` with `$n` for the arguments, as an expression at this place."""
    scope = Scope.of("", tuple((f"${i}", a) for i, a in enumerate(args, 1)))
    try:
        made = Binder(scope, b.ctx).bind(_parsed(body).copy())
    except UserError as error:
        error.position = position  # an offset in the body means nothing in this statement
        raise
    refuse_repeated(args, made, name, position)
    return made


def is_logical_time(node: exp.Expression) -> bool:
    """mz_now(), which Materialize compares with numbers: milliseconds since 1970."""
    return isinstance(node, exp.Anonymous) and node.name in ("mz_now", "mz_logical_timestamp")


def as_logical_time(b: Binder, other: Operand) -> Operand:
    """What mz_now() is compared with, as a time; a number beyond the times there are is the last or first of them."""
    if other.type.category != "N":
        return other
    seconds = "to_timestamp(greatest(least($1::float8 / 1000, 9000000000000), -210866803200))"
    return Operand(expressed(b, "mz_now", seconds, (other.expr,), other.position), other.position)


def unit_of(node: exp.Expression) -> str | None:
    """A unit of time written as a word or a string, in the singular; None for anything else."""
    if isinstance(node, exp.Column) and len(node.parts) == 1:
        word = node.name
    elif isinstance(node, exp.Literal) and node.is_string:
        word = node.this
    else:
        return None
    word = word.lower().removeprefix("sql_tsi_").removesuffix("s")
    return word if word in _MONTHS or word in _MICROS else None


def unit_call(b: Binder, node: exp.Anonymous) -> Expr | None:
    """TIMESTAMPDIFF, TIMESTAMPADD, DATE_TRUNC(x, UNIT) and their kin; None for another form."""
    name, nodes, position = node.name, node.expressions, position_of(node)
    place = _UNIT_PLACES.get((name, len(nodes)))
    unit = unit_of(nodes[place]) if place is not None else None
    if unit is None and name in ("timestampdiff", "timestampadd") and place is not None and isinstance(nodes[0], exp.Column):
        raise UserError(f'"{nodes[0].name}" is not a unit of {name}', "22023", hint=f"Units: {', '.join((*_MICROS, *_MONTHS))}.", position=position)
    if unit is None or place is None or (name == "date_trunc" and not isinstance(nodes[1], exp.Column)):
        return None
    if isinstance(nodes[place], exp.Column) and b.scope.find((nodes[place].name,)) is not None:
        return None  # a column of that name
    args = [settle_unknown(b.bind(x), b.ctx) for i, x in enumerate(nodes) if i != place]
    if name in ("timestampdiff", "datediff", "timestamp_diff"):
        first, second = (args[1], args[0]) if name == "timestamp_diff" else (args[0], args[1])
        return difference(b, name, unit, first, second, position)
    if name in ("timestampadd", "dateadd"):
        months = _MONTHS.get(unit)
        step = f"interval '{months} month'" if months else f"interval '{_MICROS[unit]} microsecond'"
        kept = "::date" if args[1].type.name == "date" and unit in ("day", "week", *_MONTHS) else ""
        return expressed(b, name, f"($2 + $1 * {step}){kept}", tuple(args), position)
    return rounded(b, name, unit, args[0], position)


_UNIT_PLACES = {
    ("timestampdiff", 3): 0, ("datediff", 3): 0, ("timestamp_diff", 3): 2, ("timestampadd", 3): 0, ("dateadd", 3): 0,
    ("date_trunc", 2): 1, ("timestamp_trunc", 2): 1, ("time_trunc", 2): 1, ("datetime_trunc", 2): 1,
    ("floor_to", 2): 1, ("ceil_to", 2): 1,
}  # fmt: skip
UNIT_NAMES = frozenset(name for name, _ in _UNIT_PLACES)


def difference(b: Binder, name: str, unit: str, first: Expr, second: Expr, position: int | None) -> Expr:
    """Whole units from `first` to `second`, towards zero."""
    both = (first, second)
    if unit in _MONTHS:
        cast = tuple(expressed(b, name, "$1::timestamp", (x,), position) for x in both)
        return expressed(b, name, f"{_WHOLE_MONTHS} / {_MONTHS[unit]}", cast, position)
    zoned = "timestamptz" if any(x.type.name == "timestamptz" for x in both) else "timestamp"
    cast = tuple(x if x.type.name == "time" else expressed(b, name, f"$1::{zoned}", (x,), position) for x in both)
    if unit == "week":
        return expressed(b, name, f"trunc(extract(epoch from $2 - $1) / {7 * 86400})::int4", cast, position)
    wide = "int8" if unit in ("millisecond", "microsecond") else "int4"
    return expressed(b, name, f"trunc(extract(epoch from $2 - $1) * 1000000 / {_MICROS[unit]})::{wide}", cast, position)


def rounded(b: Binder, name: str, unit: str, value: Expr, position: int | None) -> Expr:
    """`value` at the begin of its unit, or (CEIL) at the next one's; of the same type."""
    if unit == "week":
        raise Unsupported(f"{name.upper().removesuffix('_TO')} to weeks is not supported: dialects begin weeks on Sunday or Monday",
                          hint="date_trunc('week', x) begins on Monday.", position=position)
    kind = value.type.name
    if kind not in ("date", "time", "timestamp", "timestamptz"):
        raise UserError(f"{name.removesuffix('_to')} of {value.type} takes no unit of time", "42883", position=position)
    wide = "interval" if kind == "time" else kind if kind == "timestamptz" else "timestamp"
    start = f"date_trunc('{unit}', $1::{wide})"
    if name == "ceil_to":
        step = f"interval '{_MONTHS[unit]} month'" if unit in _MONTHS else f"interval '{_MICROS[unit]} microsecond'"
        start = f"CASE WHEN {start} = $1::{wide} THEN {start} ELSE {start} + {step} END"
    return expressed(b, name, f"({start})::{kind}", (value,), position)


_JAVA = {"yyyy": "YYYY", "yy": "YY", "MM": "MM", "MMM": "Mon", "MMMM": "FMMonth", "dd": "DD", "d": "FMDD", "HH": "HH24", "hh": "HH12", "mm": "MI",
         "ss": "SS", "SSS": "MS", "SSSSSS": "US", "a": "AM", "EEE": "Dy", "EEEE": "FMDay", "DDD": "DDD", "M": "FMMM", "H": "FMHH24"}  # fmt: skip
_C = {"%Y": "YYYY", "%y": "YY", "%m": "MM", "%d": "DD", "%H": "HH24", "%I": "HH12", "%M": "MI", "%S": "SS", "%j": "DDD", "%b": "Mon", "%B": "FMMonth",
      "%a": "Dy", "%A": "FMDay", "%p": "AM", "%F": "YYYY-MM-DD", "%T": "HH24:MI:SS", "%e": "FMDD", "%f": "US", "%%": '"%"'}  # fmt: skip
_PIECES = {"java": re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+"), "c": re.compile(r"%.|[^%]+")}


def pattern_of(node: exp.Expression, style: str, position: int | None) -> str:
    """A date pattern of Java or C as one of to_char; it has to be a constant."""
    if not (isinstance(node, exp.Literal) and node.is_string):
        raise Unsupported("a pattern that is no constant is not supported", hint="Write it as a string.", position=position)
    out = []
    for piece in _PIECES[style].finditer(node.this):
        text = piece[0]
        if style == "java" and text[0] == "'":
            out.append('"' + (piece[1] or "'").replace('"', '\\"') + '"')
        elif (known := (_JAVA if style == "java" else _C).get(text)) is not None:
            out.append(known)
        elif text[0] == "%" or (text[0].isalpha() and style == "java"):
            raise Unsupported(f'"{text}" in a pattern is not supported', hint="Use to_char.", position=position)
        else:
            out.append(f'"{text}"' if any(c.isalpha() for c in text) else text)
    return "".join(out).replace("'", "''")


# Name and arguments → (style, place of the pattern, expression with {} for it)
_PATTERNS = {
    ("date_format", 2): ("java", 1, "to_char($1::timestamp, '{}')"),
    ("from_unixtime", 2): ("java", 1, "to_char(to_timestamp($1), '{}')"),
    ("format_date", 2): ("c", 0, "to_char($1::date, '{}')"),
    ("format_timestamp", 2): ("c", 0, "to_char($1::timestamp, '{}')"),
    ("format_time", 2): ("c", 0, "to_char($1::interval, '{}')"),
    ("parse_date", 2): ("c", 0, "to_date($1, '{}')"),
    ("parse_timestamp", 2): ("c", 0, "to_timestamp($1, '{}')::timestamp"),
    ("parse_time", 2): ("c", 0, "to_timestamp($1, '{}')::time"),
}
_PATTERNS.update({
    ("strftime", 2): ("c", 1, "to_char($1::timestamp, '{}')"),
    ("experimental_strftime", 2): ("c", 1, "to_char($1::timestamp, '{}')"),
    ("strptime", 2): ("c", 1, "to_timestamp($1, '{}')::timestamp"),
})
PATTERN_NAMES = frozenset(name for name, _ in _PATTERNS)


def pattern_call(b: Binder, node: exp.Anonymous) -> Expr | None:
    """DATE_FORMAT, PARSE_DATE and their kin."""
    found = _PATTERNS.get((node.name, len(node.expressions)))
    if found is None:
        return None
    style, place, body = found
    position = position_of(node)
    first = node.expressions[0]
    if node.name == "strftime" and isinstance(first, exp.Literal) and first.is_string and "%" in first.this:
        place = 0  # as in sqlite
    pattern = pattern_of(node.expressions[place], style, position)
    value = settle_unknown(b.bind(node.expressions[1 - place]), b.ctx)
    return expressed(b, node.name, body.format(pattern), (value,), position)

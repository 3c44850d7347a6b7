"""Functions that other databases spell their own way, as expressions of ours, bound in place of the call.

A name is looked up here last, so a function of the user goes before. `$1` … are the arguments as they were written.
"""

from __future__ import annotations

from functools import cache

from sqlglot import exp

from ...kernels.errors import UserError
from ...kernels.expr.spec import Expr
from ..sql.query import parse_expression
from .expr import Binder
from .position import position_of

# name(argument count) -> expression
_TABLE: dict[str, str] = {
    # RisingWave
    "array_concat(2)": "array_cat($1, $2)",
    "array_cat(2)": "$1 || $2",  # of arrays with different numbers of dimensions
    "array_is_intersect(2)": "$1 && $2",
    "array_is_overlap(2)": "$1 && $2",
    "array_overlaps(2)": "$1 && $2",
    "arrays_overlap(2)": "$1 && $2",
    "array_contains(2)": "$2 = ANY ($1)",
    "secure_compare(2)": "$1::text = $2::text",
    "constant_time_eq(2)": "$1::text = $2::text",
    "jsonb_to_array(1)": "$1::jsonb::jsonb[]",
    "map_contains_key(2)": "map_contains($1, $2)",
    "map_concat(2)": "map_cat($1, $2)",
    # Materialize
    "mz_version()": "version()",
    "map_agg(2)": "map_from_key_values(array_agg($1), array_agg($2))",
    "map_build(1)": "map_from_entries($1)",
    "list_append(2)": "$1 || $2",
    "list_prepend(2)": "$1 || $2",
    "list_cat(2)": "$1 || $2",
    "list_length(1)": "coalesce(array_length($1, 1), CASE WHEN $1 IS NOT NULL THEN 0 END)",
    "list_remove(2)": "array_remove($1, $2)",
    "list_n_layers(1)": "array_ndims($1)",
    # Flink, Feldera, Spark, MySQL
    "ifnull(2)": "coalesce($1, $2)",
    "nvl(2)": "coalesce($1, $2)",
    "if(3)": "CASE WHEN $1 THEN $2 ELSE $3 END",
    "instr(2)": "strpos($1, $2)",
    "locate(2)": "strpos($2, $1)",
    "len(1)": "length($1)",
    "lcase(1)": "lower($1)",
    "ucase(1)": "upper($1)",
    "space(1)": "repeat(' ', $1)",
    "split(1)": "string_to_array($1, ',')",
    "split(2)": "string_to_array($1, $2)",
    "split_index(3)": "CASE WHEN $3 BETWEEN 0 AND cardinality(string_to_array($1, $2)) - 1 THEN split_part($1, $2, $3 + 1) END",
    "rlike(2)": "$1 ~ $2",
    "regexp_extract(3)": "(regexp_match($1, '(' || $2 || ')'))[$3 + 1]",
    "to_base64(1)": "replace(encode(convert_to($1, 'UTF8'), 'base64'), chr(10), '')",
    "from_base64(1)": "convert_from(decode($1, 'base64'), 'UTF8')",
    "rand()": "random()",
    "uuid()": "gen_random_uuid()",
    "truncate(1)": "trunc($1)",
    "truncate(2)": "trunc($1, $2)",
    "is_nan(1)": "$1::float8 = 'NaN'::float8",
    "is_inf(1)": "abs($1::float8) = 'Infinity'::float8",
    "sec(1)": "1 / cos($1)",
    "csc(1)": "1 / sin($1)",
    "sech(1)": "1 / cosh($1)",
    "csch(1)": "1 / sinh($1)",
    "array_compact(1)": "array_filter($1, |x| x IS NOT NULL)",
    "array_except(2)": "array_distinct(array_filter($1, |x| array_position($2, x) IS NULL))",
    "array_intersect(2)": "array_distinct(array_filter($1, |x| array_position($2, x) IS NOT NULL))",
    "array_union(2)": "array_distinct(array_cat($1, $2))",
    "array_repeat(2)": "array_fill($1, ARRAY[$2])",
    "array_size(1)": "coalesce(array_length($1, 1), CASE WHEN $1 IS NOT NULL THEN 0 END)",
    **{f"{name}(1)": f"extract({field} FROM $1)::int8" for name, field in (
        ("year", "year"), ("quarter", "quarter"), ("month", "month"), ("week", "week"), ("dayofyear", "doy"),
        ("dayofmonth", "day"), ("hour", "hour"), ("minute", "minute"))},
    "second(1)": "floor(extract(second FROM $1))::int8",
    "dayofweek(1)": "extract(dow FROM $1)::int8 + 1",
    "unix_timestamp()": "extract(epoch FROM date_trunc('second', now()))::int8",
    "json_string(1)": "to_json($1)::text",
    "parse_json(1)": "$1::jsonb",
}
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def call_spelling(b: Binder, node: exp.Anonymous) -> Expr | None:
    """The meaning of the call; None for a name that is not one of these."""
    name, given = node.name, node.expressions
    text = _TABLE.get(f"{name}({len(given) or ''})")
    if text is None:
        return None
    return b.bind(_filled(text, given))


def _filled(text: str, given: list[exp.Expression]) -> exp.Expression:
    tree = exp.Paren(this=_parsed(text).copy())
    for node in list(tree.find_all(exp.Parameter)):
        value = given[int(node.name) - 1].copy()
        node.replace(value if isinstance(value, (exp.Column, exp.Literal, exp.Anonymous, exp.Array)) else exp.Paren(this=value))
    return tree.this


@cache
def _parsed(text: str) -> exp.Expression:
    return parse_expression(text)


def timestamp_function(b: Binder, node: exp.Anonymous) -> Expr:
    """TIMESTAMPDIFF(unit, a, b): whole units from a to b. TIMESTAMPADD(unit, n, time)."""
    if len(node.expressions) != 3:
        raise UserError(f"{node.name} takes a unit and two arguments", "42883", position=position_of(node))
    return b.bind(_timestamp_call(node.name, node.expressions, position_of(node)))


def _timestamp_call(name: str, given: list[exp.Expression], position: int | None) -> exp.Expression:
    unit = given[0].name.lower().removeprefix("sql_tsi_")
    if unit not in _SECONDS and unit not in _MONTHS:
        raise UserError(f'"{unit}" is not a unit of {name}', "22023", hint=f"Units: {', '.join((*_SECONDS, *_MONTHS))}.",
                        position=position)
    if name == "timestampadd":
        step = f"interval '{_MONTHS[unit]} month'" if unit in _MONTHS else f"interval '{_SECONDS[unit]} second'"
        return _filled(f"$2 + $1 * {step}", given[1:])
    if unit in _SECONDS:
        return _filled(f"trunc(extract(epoch FROM ($2::timestamp - $1::timestamp)) / {_SECONDS[unit]})::int8", given[1:])
    age = "age($2::timestamp, $1::timestamp)"
    return _filled(f"trunc((extract(year FROM {age}) * 12 + extract(month FROM {age})) / {_MONTHS[unit]})::int8", given[1:])

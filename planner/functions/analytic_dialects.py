"""Functions of DuckDB, DataFusion and CockroachDB that are expressions over PostgreSQL's; see `dialects.py`."""

from __future__ import annotations

_NULLS = "array_filter($1, |x| x IS NULL)"
_VALUES = "array_filter($1, |x| x IS NOT NULL)"
_WITHIN = "WITHIN GROUP (ORDER BY $1)"
_PLACE = "($1)[CASE WHEN $2 < 0 THEN cardinality($1) + 1 + $2 ELSE $2 END]"
_BETWEEN = (
    "($1)[CASE WHEN $2 < 0 THEN greatest($2 + cardinality($1) + 1, 1) ELSE greatest($2, 1) END"
    " : CASE WHEN $3 < 0 THEN $3 + cardinality($1) + 1 ELSE greatest($3, 1) END]"
)
_HAS = "CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN coalesce($2 = ANY ($1), false) END"
_EPOCH = "extract(epoch from $1)"
_SPANS = {"years": "year", "months": "month", "weeks": "week", "days": "day", "hours": "hour", "minutes": "minute",
          "seconds": "second", "milliseconds": "millisecond", "microseconds": "microsecond"}  # fmt: skip

ANALYTIC: tuple[tuple[str, str], ...] = (
    # lists
    *((f"{name}(_, _)", _HAS) for name in ("list_contains", "list_has", "array_has")),
    *((f"{name}(_, _)", "array_position($1, $2)") for name in ("list_position", "list_indexof", "array_indexof")),
    ("list_sort(_)", f"array_cat(array_sort({_VALUES}), {_NULLS})"),
    *((f"{name}(_)", f"array_cat(array_reverse(array_sort({_VALUES})), {_NULLS})") for name in ("list_reverse_sort", "array_reverse_sort")),
    ("list_sum(_)", f"array_sum({_VALUES})"),
    ("list_avg(_)", f"(array_sum({_VALUES})::float8 / nullif(cardinality({_VALUES}), 0))"),
    *((f"list_{name}(_)", f"array_{name}($1)") for name in ("min", "max", "reverse")),
    ("list_count(_)", f"cardinality({_VALUES})::int8"),
    ("list_distinct(_)", f"array_distinct({_VALUES})"),
    ("list_unique(_)", f"cardinality(array_distinct({_VALUES}))::int8"),
    ("list_concat(_, _)", "array_cat($1, $2)"),
    *((f"list_{name}(_, _)", f"array_{name}($1, $2)") for name in ("intersect", "union", "except")),
    *((f"{kind}_has_any(_, _)", "($1 && $2)") for kind in ("list", "array")),
    *((f"{kind}_has_all(_, _)", "($1 @> $2)") for kind in ("list", "array")),
    *((f"{name}(list, _)", _PLACE) for name in ("list_extract", "list_element", "array_element", "array_extract")),
    *((f"array_extract({kind}, _)", "substr($1, $2, 1)") for kind in ("text", "varchar", "unknown")),
    ("list_slice(_, _, _)", _BETWEEN),
    ("list_first(_)", "($1)[1]"),
    ("list_last(_)", "($1)[cardinality($1)]"),
    ("list_any_value(_)", f"({_VALUES})[1]"),
    ("array_pop_back(_)", "($1)[1 : cardinality($1) - 1]"),
    ("array_pop_front(_)", "($1)[2 : cardinality($1)]"),
    ("array_remove_all(_, _)", "array_remove($1, $2)"),
    ("array_replace_all(_, _, _)", "array_replace($1, $2, $3)"),
    *((f"{name}(_)", "(cardinality($1) = 0)") for name in ("empty", "array_empty")),
    ("flatten(_)", "array_flatten($1)"),
    ("len(list)", "cardinality($1)::int8"),
    ("contains(list, _)", _HAS),
    *((f"contains({a}, _)", "(strpos($1, $2) > 0)") for a in ("text", "varchar", "unknown")),
    ("map_extract_value(_, _)", "($1)[$2]"),
    # aggregates
    ("median(_)", f"percentile_cont(0.5) {_WITHIN}"),
    ("approx_median(_)", f"percentile_cont(0.5) {_WITHIN}"),
    *((f"{name}(_, _)", f"percentile_cont($2) {_WITHIN}") for name in ("quantile_cont", "approx_percentile_cont", "approx_quantile")),
    *((f"{name}(_, _)", f"percentile_disc($2) {_WITHIN}") for name in ("quantile_disc", "quantile")),
    ("mode(_)", f"mode() {_WITHIN}"),
    ("approx_distinct(_)", "approx_count_distinct($1)"),
    ("group_concat(_)", "string_agg($1::text, ',')"),
    ("group_concat(_, _)", "string_agg($1::text, $2)"),
    ("concat_agg(_)", "string_agg($1, '')"),
    *((f"{name}(_)", "avg($1)") for name in ("mean",)),
    *((f"{name}(_)", "sum($1::float8)") for name in ("fsum", "sumkahan", "kahan_sum")),
    ("favg(_)", "avg($1::float8)"),
    ("sum_int(_)", "sum($1)::int8"),
    ("xor_agg(_)", "bit_xor($1)"),
    *((f"{name}(_)", "var_samp($1)") for name in ("var", "var_sample")),
    ("var_population(_)", "var_pop($1)"),
    ("covar(_, _)", "covar_samp($1, $2)"),
    ("geomean(_)", "exp(avg(ln($1::float8)))"),
    ("geometric_mean(_)", "exp(avg(ln($1::float8)))"),
    ("sem(_)", "(stddev_pop($1::float8) / sqrt(count($1)::float8))"),
    # numbers
    *((f"{name}(_)", "($1::float8 = 'NaN'::float8)") for name in ("isnan",)),
    ("isinf(_)", "(abs($1::float8) = 'Infinity'::float8)"),
    *((f"isfinite({kind})", "(abs($1) < 'Infinity')") for kind in ("float4", "float8", "numeric")),
    ("nanvl(_, _)", "CASE WHEN $1 = 'NaN' THEN $2 ELSE $1 END"),
    ("iszero(_)", "($1 = 0)"),
    ("signum(_)", "sign($1)"),
    ("fdiv(_, _)", "floor($1::float8 / $2::float8)"),
    ("even(_)", "(sign($1) * 2 * ceil(abs($1) / 2.0))"),
    *((f"{name}(_, _)", f"($1 {sign} $2)") for name, sign in (("add", "+"), ("subtract", "-"), ("multiply", "*"))),
    # conditions
    ("nvl2(_, _, _)", "CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END"),
    ("iff(_, _, _)", "CASE WHEN $1 THEN $2 ELSE $3 END"),
    # text
    ("strlen(_)", "octet_length($1)::int8"),
    *((f"{name}(_, _)", "CASE WHEN $1 = '' THEN ARRAY[''] WHEN $2 IS NOT NULL THEN string_to_array($1, nullif($2, '')) END")
      for name in ("string_split", "str_split")),
    *((f"{name}(_, _)", "regexp_split_to_array($1, $2)") for name in ("string_split_regex", "str_split_regex")),
    ("prefix(_, _)", "starts_with($1, $2)"),
    *((f"{name}(_, _)", "(right($1, length($2)) = $2)") for name in ("suffix", "ends_with")),
    ("unicode(_)", "ascii($1)"),
    ("ord(_)", "ascii($1)"),
    ("regexp_full_match(_, _)", "($1 ~ ('^(?:' || $2 || ')$'))"),
    ("regexp_extract(_, _)", "coalesce(regexp_substr($1, $2), '')"),
    *((f"{name}(bytea)", "replace(encode($1, 'base64'), chr(10), '')") for name in ("to_base64", "base64")),
    ("substr_index(_, _, _)", "array_to_string((string_to_array($1, $2))[CASE WHEN $3 < 0 THEN greatest(cardinality(string_to_array($1, $2))"
     " + $3 + 1, 1) ELSE 1 END : CASE WHEN $3 < 0 THEN cardinality(string_to_array($1, $2)) ELSE $3 END], $2)"),
    ("find_in_set(_, _)", "coalesce(array_position(string_to_array($2, ','), $1), 0)"),
    # times
    ("day(_)", "extract(day from $1)::int8"),
    ("isodow(_)", "extract(isodow from $1)::int8"),
    ("isoyear(_)", "extract(isoyear from $1)::int8"),
    ("weekofyear(_)", "extract(week from $1)::int8"),
    *((f"{unit}(_)", f"extract({unit} from $1)::int8") for unit in ("decade", "century", "millennium", "millisecond", "microsecond")),
    ("dayname(_)", "to_char($1, 'FMDay')"),
    ("monthname(_)", "to_char($1, 'FMMonth')"),
    ("last_day(_)", "(date_trunc('month', $1) + interval '1 month -1 day')::date"),
    *((f"epoch({kind})", f"{_EPOCH}::float8") for kind in ("date", "timestamp", "timestamptz", "interval", "time")),
    *((f"epoch_ms({kind})", f"floor({_EPOCH} * 1000)::int8") for kind in ("date", "timestamp", "timestamptz", "interval")),
    *((f"epoch_us({kind})", f"floor({_EPOCH} * 1000000)::int8") for kind in ("date", "timestamp", "timestamptz", "interval")),
    *((f"epoch_ns({kind})", f"(floor({_EPOCH} * 1000000) * 1000)::int8") for kind in ("date", "timestamp", "timestamptz", "interval")),
    *((f"epoch_ms({kind})", "(timestamp '1970-01-01' + $1 * interval '1 millisecond')") for kind in ("int4", "int8")),
    *((f"to_{unit}(_)", f"($1 * interval '1 {one}')") for unit, one in _SPANS.items()),
    *((f"to_timestamp_{unit}(_)", f"(timestamp '1970-01-01' + $1 * interval '1 {one}')")
      for unit, one in (("seconds", "second"), ("millis", "millisecond"), ("micros", "microsecond"))),
    ("today()", "current_date"),
    ("get_current_timestamp()", "now()"),
    ("datetrunc(_, _)", "date_trunc($1, $2)"),
    ("datepart(_, _)", "date_part($1, $2)"),
    ("time_bucket(_, _)", "date_bin($1, $2, timestamp '2000-01-03')"),
    ("date_bin(_, _)", "date_bin($1, $2, timestamp '1970-01-01')"),
    ("timeofday()", "to_char(clock_timestamp(), 'Dy Mon DD HH24:MI:SS.US YYYY TZ')"),
    # JSON
    ("json_set(_, _, _)", "jsonb_set($1, $2, $3)"),
    ("json_remove_path(_, _)", "($1 #- $2)"),
    ("struct_extract(struct, _)", "($1)[$2]"),
)

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

_TEXTS = ("text", "varchar", "unknown")
_BY_WORD = f"CASE WHEN upper($2) = 'DESC' THEN array_reverse(array_sort({_VALUES})) ELSE array_sort({_VALUES}) END"
_FOLDED = "(SELECT {} FROM unnest($1, $2) AS f(x, y))"
_DOT = _FOLDED.format("sum(x::float8 * y::float8)")
_COSINE = _FOLDED.format("sum(x::float8 * y::float8) / (sqrt(sum(x::float8 ^ 2)) * sqrt(sum(y::float8 ^ 2)))")
_GROUPED = "(SELECT v, count(*) AS n FROM unnest(array_agg($1)) AS f(v) WHERE v IS NOT NULL GROUP BY v) AS g"
# Elements with their places and, of those that are $2, their numbers.
_NUMBERED = """(SELECT v, o, count(*) FILTER (WHERE v IS NOT DISTINCT FROM $2) OVER (ORDER BY o) AS k
    FROM unnest($1) WITH ORDINALITY AS f(v, o)) AS n"""
_MONTH_NUMBER = "(extract(year from {0}::timestamp) * 12 + extract(month from {0}::timestamp))"
# Borders of the unit between two times.
_BORDERS = " ".join((
    "CASE lower($1)", *(f"WHEN '{unit}' THEN {made} WHEN '{unit}s' THEN {made}" for unit, made in (
        ("millennium", "extract(millennium from $3::timestamp) - extract(millennium from $2::timestamp)"),
        ("century", "extract(century from $3::timestamp) - extract(century from $2::timestamp)"),
        ("decade", "extract(decade from $3::timestamp) - extract(decade from $2::timestamp)"),
        ("year", "extract(year from $3::timestamp) - extract(year from $2::timestamp)"),
        ("quarter", "(extract(year from $3::timestamp) - extract(year from $2::timestamp)) * 4 + extract(quarter from $3::timestamp) - extract(quarter from $2::timestamp)"),
        ("month", f"{_MONTH_NUMBER.format('$3')} - {_MONTH_NUMBER.format('$2')}"),
        ("week", "(date_trunc('week', $3::timestamp)::date - date_trunc('week', $2::timestamp)::date) / 7"),
        ("day", "($3::timestamp)::date - ($2::timestamp)::date"),
        *((unit, f"floor(extract(epoch from $3::timestamp) * {per} / {of}) - floor(extract(epoch from $2::timestamp) * {per} / {of})")
          for unit, per, of in (("hour", 1, 3600), ("minute", 1, 60), ("second", 1, 1), ("millisecond", 1000, 1), ("microsecond", 1000000, 1))),
    )), "END::int8"))

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
    *((f"{kind}_sort(list, {mark})", f"array_cat({_BY_WORD}, {_NULLS})") for kind in ("list", "array") for mark in _TEXTS),
    *((f"{kind}_sort(list, {mark}, {mark})", f"CASE WHEN upper($3) = 'NULLS FIRST' THEN array_cat({_NULLS}, {_BY_WORD}) ELSE array_cat({_BY_WORD}, {_NULLS}) END")
      for kind in ("list", "array") for mark in _TEXTS),
    *((f"{name}(_)", "(SELECT array_agg(n ORDER BY x, n) FROM unnest($1) WITH ORDINALITY AS f(x, n))") for name in ("list_grade_up", "grade_up")),
    *((f"{name}(_, _)", "array_transform($2, |i| ($1)[i])") for name in ("list_select", "array_select")),
    *((f"{name}(_, _)", "coalesce((SELECT array_agg(x ORDER BY n) FROM unnest($1, $2) WITH ORDINALITY AS f(x, m, n) WHERE m), ($1)[1:0])")
      for name in ("list_where", "array_where")),
    *((f"{name}(_, _)", "(SELECT array_agg(ROW(x, y) ORDER BY n) FROM unnest($1, $2) WITH ORDINALITY AS f(x, y, n))") for name in ("list_zip", "array_zip")),
    *((f"{kind}_resize(_, _)", "CASE WHEN cardinality($1) >= $2 THEN ($1)[1 : $2] ELSE $1 || array_fill(($1)[0], ARRAY[$2 - cardinality($1)]) END")
      for kind in ("list", "array")),
    *((f"{kind}_resize(_, _, _)", "CASE WHEN cardinality($1) >= $2 THEN ($1)[1 : $2] ELSE $1 || array_fill($3, ARRAY[$2 - cardinality($1)]) END")
      for kind in ("list", "array")),
    *((f"{kind}_{name}(_, _)", _DOT) for kind in ("list", "array") for name in ("dot_product", "inner_product")),
    *((f"{kind}_negative_{name}(_, _)", f"(-{_DOT})") for kind in ("list", "array") for name in ("dot_product", "inner_product")),
    *((f"{kind}_distance(_, _)", f"sqrt({_FOLDED.format('sum((x::float8 - y::float8) ^ 2)')})") for kind in ("list", "array")),
    *((f"{kind}_cosine_similarity(_, _)", _COSINE) for kind in ("list", "array")),
    *((f"{kind}_cosine_distance(_, _)", f"(1 - {_COSINE})") for kind in ("list", "array")),
    *((f"list_{name}(_)", f"(SELECT {name}(x) FROM unnest($1) AS f(x))") for name in (
        "stddev_pop", "stddev_samp", "var_pop", "var_samp", "bool_and", "bool_or", "bit_and", "bit_or", "bit_xor", "median", "mode")),
    *((f"{kind}_remove_n(_, _, _)", f"coalesce((SELECT array_agg(v ORDER BY o) FROM {_NUMBERED} WHERE NOT (v IS NOT DISTINCT FROM $2 AND k <= $3)), ($1)[1:0])")
      for kind in ("list", "array")),
    *((f"{kind}_replace_n(_, _, _, _)", f"(SELECT array_agg(CASE WHEN v IS NOT DISTINCT FROM $2 AND k <= $4 THEN $3 ELSE v END ORDER BY o) FROM {_NUMBERED})")
      for kind in ("list", "array")),
    *((f"{kind}_slice(list, _, _, _)", f"coalesce((SELECT array_agg(v ORDER BY o) FROM unnest({_BETWEEN}) WITH ORDINALITY AS f(v, o) WHERE (o - 1) % $4 = 0), ($1)[1:0])")
      for kind in ("list", "array")),
    ("list_string_agg(_)", "array_to_string($1, ',')"),
    ("array_push_back(_, _)", "array_append($1, $2)"),
    ("array_push_front(_, _)", "array_prepend($2, $1)"),
    ("array_slice(list, _, _)", _BETWEEN),
    ("array_unique(_)", f"cardinality(array_distinct({_VALUES}))::int8"),
    ("repeat(list, _)", "(SELECT array_agg(x ORDER BY k, n) FROM generate_series(1, $2) AS g(k), unnest($1) WITH ORDINALITY AS f(x, n))"),
    ("length(list)", "cardinality($1)::int8"),
    ("reverse(list)", "array_reverse($1)"),
    ("flatten(_)", "array_flatten($1)"),
    ("len(list)", "cardinality($1)::int8"),
    ("contains(list, _)", _HAS),
    *((f"contains({a}, _)", "(strpos($1, $2) > 0)") for a in ("text", "varchar", "unknown")),
    ("map_extract_value(_, _)", "($1)[$2]"),
    *((f"{name}(map, _)", "(ARRAY[($1)[$2]])[1 : CASE WHEN map_contains($1, $2) THEN 1 ELSE 0 END]") for name in ("map_extract", "element_at")),
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
    ("histogram(_)", f"(SELECT map_from_key_values(array_agg(v ORDER BY v), array_agg(n ORDER BY v)) FROM {_GROUPED})"),
    ("mad(_)", "(SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(v - (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY w)"
     " FROM unnest(array_agg($1)) AS g(w)))) FROM unnest(array_agg($1)) AS f(v))"),
    ("sqrdiff(_)", "(var_pop($1) * count($1))"),
    ("total(_)", "coalesce(sum($1::float8), 0)"),
    *((f"{name}(_)", "count(CASE WHEN $1 THEN 1 END)") for name in ("count_if", "countif")),
    ("arbitrary(_)", "any_value($1)"),
    *((f"{name}(_, _)", f"{made}($1, $2)") for name, made in (("argmax", "max_by"), ("argmin", "min_by"), ("arg_max", "max_by"), ("arg_min", "min_by"))),
    ("weighted_avg(_, _)", "(sum($1::float8 * $2::float8) / sum($2::float8))"),
    ("wavg(_, _)", "(sum($1::float8 * $2::float8) / sum($2::float8))"),
    ("list(_)", "array_agg($1)"),
    ("first(_)", "(array_agg($1))[1]"),
    ("last(_)", "(array_reverse(array_agg($1)))[1]"),
    ("entropy(_)", f"(SELECT coalesce(sum(n / t * log(2, (t / n)::numeric)::float8), 0) FROM (SELECT n::float8 AS n, sum(n::float8) OVER () AS t FROM {_GROUPED}) AS p)"),
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
    *((f"bit_count({kind})", "length(replace($1::int8::bit(64)::text, '0', ''))") for kind in ("int2", "int4", "int8")),
    *((f"{name}({kind})", "coalesce(nullif(ltrim($1::int8::bit(64)::text, '0'), ''), '0')") for name in ("bin", "to_binary") for kind in ("int2", "int4", "int8")),
    ("log2(_)", "log(2::numeric, $1::numeric)::float8"),
    ("xor(_, _)", "($1 # $2)"),
    ("signbit(_)", "($1 < 0)"),
    ("divide(_, _)", "($1 / $2)"),
    ("fmod(_, _)", "mod($1, $2)"),
    ("greatest_common_divisor(_, _)", "gcd($1, $2)"),
    ("least_common_multiple(_, _)", "lcm($1, $2)"),
    ("enum_code(_)", "(array_position(enum_range($1), $1) - 1)"),
    *((f"{name}(_, _)", f"($1 {sign} $2)") for name, sign in (("add", "+"), ("subtract", "-"), ("multiply", "*"))),
    # conditions
    ("nvl2(_, _, _)", "CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END"),
    ("iff(_, _, _)", "CASE WHEN $1 THEN $2 ELSE $3 END"),
    ("iif(_, _, _)", "CASE WHEN $1 THEN $2 ELSE $3 END"),
    ("iif(_, _)", "CASE WHEN $1 THEN $2 END"),
    ("constant_or_null(_, _)", "CASE WHEN $2 IS NOT NULL THEN $1 END"),
    *((f"{name}(_)", "$1") for name in ("likely", "unlikely")),
    # text
    *((f"{name}(_, _, _)", f"($1 {word} $2 ESCAPE $3)") for name, word in (
        ("like_escape", "LIKE"), ("not_like_escape", "NOT LIKE"), ("ilike_escape", "ILIKE"), ("not_ilike_escape", "NOT ILIKE"))),
    *((f"{name}(_, _)", "(SELECT count(*) FROM generate_series(1, length($1)) AS f(i) WHERE substr($1, i, 1) <> substr($2, i, 1))")
      for name in ("hamming", "mismatches")),
    ("nfc_normalize(_)", "normalize($1)"),
    *((f"encode({mark})", "convert_to($1, 'UTF8')") for mark in _TEXTS),
    ("decode(bytea)", "convert_from($1, 'UTF8')"),
    ("json_extract_string(_, _)", "(jsonb_path_query_first($1::jsonb, $2) #>> '{}')"),
    ("json_valid(_)", "(TRY_CAST($1 AS jsonb) IS NOT NULL)"),
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
    ("yearweek(_)", "(extract(isoyear from $1) * 100 + extract(week from $1))::int8"),
    ("weekday(_)", "extract(dow from $1)::int8"),
    ("era(_)", "CASE WHEN extract(year from $1) > 0 THEN 1 ELSE 0 END::int8"),
    ("julian(_)", "extract(julian from $1)::float8"),
    ("julianday(_)", "extract(julian from $1::timestamp - interval '12 hours')::float8"),
    *((f"to_{unit}(_)", f"($1 * interval '{months} month')") for unit, months in (("quarters", 3), ("decades", 120), ("centuries", 1200), ("millennia", 12000))),
    *((f"{name}({mark}, _, _)", _BORDERS) for name in ("date_diff",) for mark in _TEXTS),
    ("current_localtimestamp()", "localtimestamp"),
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
    *((f"{name}(struct, _)", "($1)[$2]") for name in ("struct_extract", "get_field")),
)

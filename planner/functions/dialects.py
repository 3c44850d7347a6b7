"""Functions of Flink, Feldera and Materialize that are expressions over PostgreSQL's.

A call that no built-in function and none of the user's fits is bound as its expression over the arguments, `$1`, `$2` …; so
NULLs, types and errors are those of the expression. `_` takes an argument of any type; `any` of several rows is the first.
Units of time and patterns of dates, which the expression depends on, are in `bind/dialect_calls.py`.
"""

from __future__ import annotations

from .analytic_dialects import ANALYTIC

_UNITS = ("year", "quarter", "month", "week", "hour", "minute", "second")
_EPOCH = "timestamp '1970-01-01'"
_V5 = "substring(sha1(decode(replace($1::text, '-', ''), 'hex') || convert_to($2, 'UTF8')) from 1 for 16)"
_NULLS = "array_filter($1, |x| x IS NULL)"
_RISING = "array_sort(array_filter($1, |x| x IS NOT NULL))"
_DIRECTED = f"CASE WHEN $2 THEN {_RISING} ELSE array_reverse({_RISING}) END"
_SORTED = f"array_cat({_NULLS}, {_RISING})"
# Away from zero by round(); where the digits after the last are exactly a half, towards the even one.
_HALF_EVEN = """CASE WHEN abs($1::numeric - trunc($1::numeric, $2)) * power(10::numeric, $2) = 0.5
    AND mod(trunc($1::numeric, $2) * power(10::numeric, $2), 2) = 0 THEN trunc($1::numeric, $2) ELSE round($1::numeric, $2) END"""

_TABLE: tuple[tuple[str, str], ...] = (
    *((f"{unit}(_)", f"floor(extract({unit} from $1))::int8") for unit in _UNITS),
    ("dayofmonth(_)", "extract(day from $1)::int8"),
    ("dayofyear(_)", "extract(doy from $1)::int8"),
    ("dayofweek(_)", "extract(dow from $1)::int8 + 1"),
    *((f"{name}(date, interval)", f"($1 {sign} $2)::date") for name, sign in (("date_add", "+"), ("date_sub", "-"))),
    *((f"{name}(_, _)", f"($1 {sign} $2)") for name, sign in (("date_add", "+"), ("date_sub", "-"))),
    ("date_from_unix_date(_)", "(date '1970-01-01' + $1)"),
    ("unix_date(_)", "($1::date - date '1970-01-01')"),
    ("timestamp_seconds(_)", f"({_EPOCH} + $1 * interval '1 second')"),
    ("timestamp_millis(_)", f"({_EPOCH} + $1 * interval '1 millisecond')"),
    ("timestamp_micros(_)", f"({_EPOCH} + $1 * interval '1 microsecond')"),
    ("unix_seconds(_)", "floor(extract(epoch from $1))::int8"),
    ("unix_millis(_)", "floor(extract(epoch from $1) * 1000)::int8"),
    ("unix_micros(_)", "(extract(epoch from $1) * 1000000)::int8"),
    ("unix_timestamp()", "floor(extract(epoch from now()))::int8"),
    ("unix_timestamp(_)", "floor(extract(epoch from $1::timestamptz))::int8"),
    ("from_unixtime(_)", "to_char(to_timestamp($1), 'YYYY-MM-DD HH24:MI:SS')"),
    ("to_timestamp(text)", "$1::timestamp"),
    ("to_timestamp(varchar)", "$1::timestamp"),
    ("to_date(_)", "$1::date"),
    ("to_timestamp_ltz(_)", "to_timestamp($1 / 1000.0)"),
    ("to_timestamp_ltz(_, _)", "CASE $2 WHEN 0 THEN to_timestamp($1) WHEN 3 THEN to_timestamp($1 / 1000.0) END"),
    ("tumble_rowtime(_, _)", "tumble_end($1, $2) - interval '1 millisecond'"),
    ("convert_tz(_, _, _)", "to_char($1::timestamp AT TIME ZONE $2 AT TIME ZONE $3, 'YYYY-MM-DD HH24:MI:SS')"),
    ("convert_timezone(_, _, _)", "($3::timestamp AT TIME ZONE $1 AT TIME ZONE $2)"),
    ("current_row_timestamp()", "now()"),
    ("mz_logical_timestamp()", "mz_now()"),
    ("abs(interval)", "CASE WHEN $1 < interval '0' THEN -$1 ELSE $1 END"),
    ("array_contains(_, _)", "($2 = ANY ($1))"),
    *((f"array_{name}(_)", "coalesce(array_length($1, 1), CASE WHEN $1 IS NOT NULL THEN 0 END)") for name in ("size", "length")),
    ("array_concat(_, _)", "array_cat($1, $2)"),
    ("array_repeat(_, _)", "array_fill(coalesce($1), ARRAY[greatest($2, 0)])"),
    ("array_prepend(list, _)", "array_prepend($2, $1)"),
    ("arrays_overlap(_, _)", "($1 && $2)"),
    ("array_compact(_)", "array_filter($1, |x| x IS NOT NULL)"),
    ("array_except(_, _)", "array_filter(array_distinct($1), |x| array_position($2, x) IS NULL)"),
    ("array_intersect(_, _)", "array_filter(array_distinct($1), |x| array_position($2, x) IS NOT NULL)"),
    ("array_union(_, _)", "array_distinct(array_cat($1, $2))"),
    ("sort_array(_)", _SORTED),
    ("sort_array(_, _)", f"CASE WHEN $2 THEN {_SORTED} ELSE array_reverse({_SORTED}) END"),
    *((f"list_{name}(_, _)", "($1 || $2)") for name in ("append", "prepend", "cat")),
    ("list_length(_)", "coalesce(array_length($1, 1), CASE WHEN $1 IS NOT NULL THEN 0 END)"),
    *((f"{name}(_)", "array_ndims($1)") for name in ("list_n_layers", "list_ndims")),
    ("list_to_array(_)", "$1"),
    *((f"array_{name}(_, _)", "($1 && $2)") for name in ("is_intersect", "is_overlap", "overlaps")),
    ("array_cat(_, _)", "($1 || $2)"),  # of arrays with different numbers of dimensions
    ("secure_compare(_, _)", "($1::text = $2::text)"),
    ("jsonb_to_array(_)", "$1::jsonb::jsonb[]"),
    ("map_concat(_, _)", "map_cat($1, $2)"),
    ("map_agg(_, _)", "map_from_key_values(array_agg($1), array_agg($2))"),
    ("lcase(_)", "lower($1)"),
    *((f"bit{name}(_, _)", f"($1 {symbol} $2)") for name, symbol in (("and", "&"), ("or", "|"), ("xor", "#"))),
    ("bitnot(_)", "(~$1)"),
    ("variantnull()", "'null'::jsonb"),
    ("dround(_, _)", "round($1::numeric, $2)::float8"),
    ("dtruncate(_, _)", "trunc($1::numeric, $2)::float8"),
    ("translate3(_, _, _)", "translate($1, $2, $3)"),
    ("mz_uptime()", "(now() - pg_postmaster_start_time())"),
    ("rw_epoch_to_ts(_)", "to_timestamp((($1::int8 >> 16) + 1617235200000) / 1000.0)"),  # milliseconds since April 2021, above 16 bits
    ("ucase(_)", "upper($1)"),
    ("space(_)", "repeat(' ', $1)"),
    ("parse_json(_)", "$1::jsonb"),
    ("list_remove(_, _)", "array_remove($1, $2)"),
    ("map_contains_key(_, _)", "map_contains($1, $2)"),
    ("map_from_arrays(_, _)", "map_from_key_values($1, $2)"),
    ("map_union(_, _)", "map_cat($1, $2)"),
    ("map_build(_)", "map_from_entries($1)"),
    ("ifnull(_, _)", "coalesce($1, $2)"),
    ("nvl(_, _)", "coalesce($1, $2)"),
    *((f"{name}_ignore_nulls({marks})", f"{name}({args})") for name in ("greatest", "least") for marks, args in (
        ("_, _", "$1, $2"), ("_, _, _", "$1, $2, $3"), ("_, _, _, _", "$1, $2, $3, $4"))),
    ("split(_, _)", "string_to_array($1, $2)"),
    ("split(_)", "string_to_array($1, ',')"),
    ("split_index(_, _, _)", "CASE WHEN $3 >= 0 THEN (string_to_array($1, $2))[$3 + 1] END"),
    ("instr(_, _)", "strpos($1, $2)"),
    ("locate(_, _)", "strpos($2, $1)"),
    ("locate(_, _, _)", "CASE WHEN $3 < 1 OR strpos(substr($2, $3), $1) = 0 THEN 0 ELSE strpos(substr($2, $3), $1) + $3 - 1 END"),
    ("len(_)", "char_length($1)"),
    ("rlike(_, _)", "($1 ~ $2)"),
    ("regexp(_, _)", "($1 ~ $2)"),
    ("regexp_replace(_, _)", "regexp_replace($1, $2, '', 'g')"),
    ("regexp_extract(_, _, _)", "CASE WHEN $3 = 0 THEN regexp_substr($1, $2) ELSE (regexp_match($1, $2))[$3] END"),
    ("regexp_extract(_, _)", "regexp_substr($1, $2)"),
    ("regexp_extract_all(_, _)", "(SELECT array_agg(m[1] ORDER BY n) FROM regexp_matches($1, $2, 'g') WITH ORDINALITY AS f(m, n))"),
    ("regexp_extract_all(_, _, _)", "(SELECT array_agg(m[$3 + 1] ORDER BY n) FROM regexp_matches($1, '(' || $2 || ')', 'g') WITH ORDINALITY AS f(m, n))"),
    ("url_encode(_)", "(SELECT coalesce(string_agg(CASE WHEN c ~ '[A-Za-z0-9_.*-]' THEN c WHEN c = ' ' THEN '+' ELSE"
     " regexp_replace(upper(encode(convert_to(c, 'UTF8'), 'hex')), '(..)', '%\\1', 'g') END, '' ORDER BY n), CASE WHEN $1 IS NOT NULL THEN '' END)"
     " FROM string_to_table($1, NULL) WITH ORDINALITY AS f(c, n))"),
    ("url_decode(_)", "(SELECT coalesce(convert_from(decode(string_agg(CASE WHEN left(m[1], 1) = '%' THEN substr(m[1], 2) WHEN m[1] = '+' THEN '20' ELSE"
     " encode(convert_to(m[1], 'UTF8'), 'hex') END, '' ORDER BY n), 'hex'), 'UTF8'), CASE WHEN $1 IS NOT NULL THEN '' END)"
     " FROM regexp_matches($1, '%[0-9A-Fa-f]{2}|.', 'g') WITH ORDINALITY AS f(m, n))"),
    ("unhex(_)", "decode($1, 'hex')"),
    ("initcap_spaces(_)", "array_to_string(array_transform(string_to_array($1, ' '), |w| upper(left(w, 1)) || lower(substr(w, 2))), ' ')"),
    ("bround(_)", _HALF_EVEN.replace("$2", "0")),
    ("bround(_, _)", _HALF_EVEN),
    ("json_quote(_)", "to_json($1::text)::text"),
    ("json_unquote(_)", "CASE WHEN $1 ~ '^\".*\"$' THEN coalesce(TRY_CAST($1 AS jsonb) #>> '{}', $1) ELSE $1 END"),
    ("array_sort(_, _)", f"CASE WHEN $2 THEN {_SORTED} ELSE array_reverse({_SORTED}) END"),
    ("array_sort(_, _, _)", f"CASE WHEN $3 THEN array_cat({_NULLS}, {_DIRECTED}) ELSE array_cat({_DIRECTED}, {_NULLS}) END"),
    ("uuid()", "gen_random_uuid()"),
    ("uuid_generate_v4()", "gen_random_uuid()"),
    ("uuid_generate_v5(_, _)", f"encode(set_byte(set_byte({_V5}, 6, (get_byte({_V5}, 6) & 15) | 80), 8, (get_byte({_V5}, 8) & 63) | 128), 'hex')::uuid"),
    ("rand_integer(_)", "floor(random() * $1)::int4"),
    ("str_to_map(_)", "str_to_map($1, ',', '=')"),
    ("str_to_map(_, _, _)", "map_from_entries(array_transform(string_to_array($1, $2), |e| row(split_part(e, $3, 1),"
     " CASE WHEN strpos(e, $3) > 0 THEN substr(e, strpos(e, $3) + length($3)) END)))"),
    ("inet_aton(_)", "($1::text::inet - inet '0.0.0.0')"),
    ("inet_ntoa(_)", "host(inet '0.0.0.0' + $1::int8)"),
    ("typeof(_)", "pg_typeof($1)::text"),
    *((f"hex({kind})", "upper(to_hex($1))") for kind in ("int2", "int4", "int8")),
    ("hex(_)", "upper(encode(convert_to($1::text, 'UTF8'), 'hex'))"),
    ("sha2(_, _)", "CASE $2 " + " ".join(f"WHEN {n} THEN encode(sha{n}(convert_to($1, 'UTF8')), 'hex')" for n in (224, 256, 384, 512)) + " END"),
    ("element(_)", "CASE WHEN cardinality($1) > 1 THEN $1[1 / (cardinality($1) - cardinality($1))] ELSE $1[1] END"),
    ("array_slice(_, _)", "array_slice($1, $2, cardinality($1))"),
    ("array_slice(_, _, _)", "($1)[CASE WHEN $2 < 0 THEN greatest($2 + cardinality($1) + 1, 1) ELSE greatest($2, 1) END"
     " : CASE WHEN $3 < 0 THEN $3 + cardinality($1) + 1 ELSE greatest($3, 1) END]"),
    ("array_concat(_, _, _)", "array_cat(array_cat($1, $2), $3)"),
    *((f"elt({', '.join('_' * n)})", "CASE $1 " + " ".join(f"WHEN {k} THEN ${k + 1}" for k in range(1, n)) + " END") for n in (2, 3, 4, 5)),
    ("parse_url(_, _)", "CASE $2 WHEN 'PROTOCOL' THEN (regexp_match($1, '^([A-Za-z][A-Za-z0-9+.-]*):'))[1]"
     " WHEN 'HOST' THEN (regexp_match($1, '^[^:/?#]+://(?:[^/?#@]*@)?([^/?#:]*)'))[1]"
     " WHEN 'AUTHORITY' THEN (regexp_match($1, '^[^:/?#]+://([^/?#]*)'))[1]"
     " WHEN 'USERINFO' THEN (regexp_match($1, '^[^:/?#]+://([^/?#@]*)@'))[1]"
     " WHEN 'PATH' THEN (regexp_match($1, '^[^:/?#]+://[^/?#]*([^?#]*)'))[1]"
     " WHEN 'FILE' THEN (regexp_match($1, '^[^:/?#]+://[^/?#]*([^#]*)'))[1]"
     r" WHEN 'QUERY' THEN (regexp_match($1, '\?([^#]*)'))[1]"
     " WHEN 'REF' THEN (regexp_match($1, '#(.*)$'))[1] END"),
    ("parse_url(_, _, _)", "CASE WHEN $2 = 'QUERY' THEN (regexp_match($1, '[?&]' || $3 || '=([^&#]*)'))[1] END"),
    ("try_parse_monotonic_iso8601_timestamp(_)",
     r"CASE WHEN $1 ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$' THEN TRY_CAST($1 AS timestamp) END"),
    ("to_base64(_)", "replace(encode(convert_to($1, 'UTF8'), 'base64'), chr(10), '')"),
    ("from_base64(_)", "convert_from(decode($1, 'base64'), 'UTF8')"),
    ("startswith(_, _)", "starts_with($1, $2)"),
    ("endswith(_, _)", "(right($1, length($2)) = $2)"),
    ("truncate(_)", "trunc($1)"),
    ("truncate(_, _)", "trunc($1, $2)"),
    ("is_nan(_)", "($1::float8 = 'NaN'::float8)"),
    ("is_inf(_)", "(abs($1::float8) = 'Infinity'::float8)"),
    ("log2(_)", "log(2, $1::numeric)::float8"),
    ("e()", "exp(1.0::float8)"),
    ("rand()", "random()"),
    ("sec(_)", "(1 / cos($1))"),
    ("csc(_)", "(1 / sin($1))"),
    ("sech(_)", "(1 / cosh($1))"),
    ("csch(_)", "(1 / sinh($1))"),
    ("bin(_)", "CASE WHEN $1 = 0 THEN '0' ELSE ltrim($1::int8::bit(64)::text, '0') END"),
    ("to_hex(bytea)", "encode($1, 'hex')"),
    ("bin2utf8(_)", "convert_from($1, 'UTF8')"),
    ("is_alpha(_)", "($1 ~ '^[[:alpha:]]+$')"),
    ("is_digit(_)", "($1 ~ '^[0-9]+$')"),
    ("is_decimal(_)", "($1 ~ '^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)$')"),
    ("json_string(_)", "to_json(coalesce($1))::text"),
    ("blackbox(_)", "$1"),
    ("mz_environment_id()", "'sabot'"),
    ("mz_version()", "version()"),
    ("mz_version_num()", "current_setting('server_version_num')::int4"),
    ("mz_is_superuser()", "(current_setting('is_superuser') = 'on')"),
    ("timezone_offset(_, _)", "($2 AT TIME ZONE $1 - $2 AT TIME ZONE 'UTC')"),
    ("constant_time_eq(_, _)", "($1::text = $2::text)"),
)


def dialect_functions() -> dict[str, tuple[tuple[tuple[str, ...], str], ...]]:
    """By name: the names of the arguments' types, or `_`, and the expression."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for call, body in (*ANALYTIC, *_TABLE):
        name, _, arguments = call.removesuffix(")").partition("(")
        found.setdefault(name, []).append((tuple(a.strip() for a in arguments.split(",") if a.strip()), body))
    return {name: tuple(overloads) for name, overloads in found.items()}

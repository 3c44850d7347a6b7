"""What expressions there are: for each result type, texts with the types of their parts in braces.

`{any}` is any type. A text that starts with `!` can fail at run time: such parts are only used in queries where that can't
depend on the order of evaluation.
"""

from __future__ import annotations

TEMPLATES: dict[str, tuple[str, ...]] = {
    "int2": (
        "({int2} % 5::int2)", "({int2} & {int2})", "({int2} | {int2})", "({int2} # {int2})", "(~ {int2})", "({int2} / 2::int2)",
        "({int4} % 100)::int2", "!({int2} + {int2})", "!({int2} * {int2})", "!abs({int2})", "!{int4}::int2", "!(- {int2})",
        "!{numeric}::int2", "mod({int2}, 3::int2)",
    ),
    "int4": (
        "({int4} % 10 + {int4} % 7)", "({int4} / 2)", "({int4} / nullif(abs({int4} % 5), 0))", "({int2}::int4 + {int2})",
        "({int2}::int4 * {int2})", "length({text})", "char_length({text})", "octet_length({text})", "bit_length({text})",
        "length({bytea})", "ascii({text})", "strpos({text}, {text})", "position({text} IN {text})", "({date} - {date})",
        "extract(year FROM {date})::int4", "cardinality({int4[]})", "array_length({int4[]}, 1)", "array_upper({text[]}, 1)",
        "array_lower({int4[]}, 1)", "array_ndims({int4[]})", "array_position(ARRAY[{int4}, {int4}, 3], {int4})", "({int4[]})[1]", "({int4[]})[2]",
        "({int4[]})[{int4}]", "num_nulls({any}, {any})", "num_nonnulls({any}, {any}, {any})", "({bool})::int4", "({int4} & {int4})",
        "({int4} | {int4})", "({int4} # {int4})", "(~ {int4})", "({int4} << 3)", "({int4} >> 2)", "mod({int4}, 7)",
        "gcd({int4} % 100, {int4} % 100)", "lcm({int4} % 10, {int4} % 10)", "({int8} % 1000)::int4", "{int2}::int4", "scale({numeric})",
        "min_scale({numeric})", "extract(month FROM {timestamp})::int4", "extract(dow FROM {date})::int4",
        "jsonb_array_length(jsonb_build_array({any}, {any}))", "regexp_count({text}, 'a')", "regexp_instr({text}, '[b-c]')", "sign({int4} % 3)::int4",
        "extract(doy FROM {date})::int4",
        "date_part('hour', {timestamp})::int4", "abs({int4} % 1000)", "get_byte('\\x0102'::bytea, abs({int4} % 2))",
        "!({int4} + {int4})", "!({int4} - {int4})", "!({int4} * {int4})", "!({int4} / {int4})", "!({int4} % {int4})", "!abs({int4})", "!(- {int4})",
        "!{text}::int4", "!{int8}::int4", "!{numeric}::int4", "!{float8}::int4", "!jsonb_array_length({jsonb})", "!({jsonb} ->> 'a')::int4",
        "!width_bucket({numeric}, 0, 10, 5)", "!{jsonb}::int4",
    ),
    "int8": (
        "({int4}::int8 + {int4})", "({int4}::int8 * {int4})", "({int4}::int8 - {int2})", "({int8} / 3)", "({int8} % 1000)", "({int8} & {int8})",
        "({int8} | {int4})", "({int8} # {int8})", "(~ {int8})", "({int8} % 100000 * ({int8} % 1000))", "length({text})::int8", "bit_count({bytea})",
        "{int4}::int8", "extract(epoch FROM {timestamp})::int8", "({int8} << 2)", "({int8} >> 1)", "abs({int8} % 1000)", "mod({int8}, 11::int8)",
        "!({int8} + {int8})", "!({int8} * {int4})", "!({int8} - {int8})", "!({int8} / {int8})", "!{numeric}::int8", "!{text}::int8",
        "!{float8}::int8", "!abs({int8})",
    ),
    "numeric": (
        "({numeric} + {numeric})", "({numeric} - {numeric})", "({numeric} * {numeric})", "({numeric} / nullif({numeric}, 0))",
        "({numeric} % nullif({numeric}, 0))", "abs({numeric})", "sign({numeric})", "ceil({numeric})", "floor({numeric})", "round({numeric}, 1)",
        "round({numeric})", "trunc({numeric}, 1)", "trunc({numeric})", "sqrt(abs({numeric}))", "{int4}::numeric", "{int8}::numeric", "{float8}::numeric",
        "trim_scale({numeric})", "div({numeric}, nullif({numeric}, 0))", "extract(epoch FROM {timestamp})", "extract(second FROM {interval})",
        "extract(day FROM {date})", "extract(epoch FROM {interval})", "exp(({int4} % 10)::numeric)", "ln(abs({numeric}) + 1)", "({numeric} + {int4})",
        "({int4} * {numeric})", "({numeric} / 3)", "(- {numeric})", "round({numeric}, {int4} % 3)", "extract(hour FROM {time})",
        "extract(quarter FROM {timestamp})", "extract(week FROM {date})", "extract(isodow FROM {timestamptz})", "{numeric}::numeric(45, 1)",
        "power(({int4} % 10)::numeric, 3)", "log(abs({numeric}) + 1)", "mod({numeric}, 7)", "gcd({int4}::numeric, 12)", "({int8}::numeric * {int8})",
        "(({int4} % 100) / 7.0)", "extract(milliseconds FROM {time})", "extract(century FROM {date})", "extract(julian FROM {date})",
        "!({numeric} / {numeric})", "!({numeric} % {numeric})", "!{text}::numeric", "!sqrt({numeric})", "!ln({numeric})", "!power({numeric}, {numeric})",
        "!{numeric}::numeric(5, 2)", "!{jsonb}::numeric",
    ),
    "float8": (
        "({float8} + {float8})", "({float8} - {float8})", "({float8} * {float8})", "({float8} / nullif({float8}, 0))", "abs({float8})", "sign({float8})",
        "ceil({float8})", "floor({float8})", "round({float8})", "trunc({float8})", "sqrt(abs({float8}))", "cbrt({float8})", "{int4}::float8",
        "{float4}::float8", "exp(least(greatest({float8}, -5), 5))", "ln(abs({float8}) + 1)", "sin({int4} % 10)", "cos({int4} % 10)", "atan({float8})",
        "atan2({int4}, {int2})", "degrees({float8})", "radians({float8})", "pi()", "power(abs({float8}) + 1, 0.5)", "({float8} + {int4})", "({numeric} * {float4})",
        "date_part('minute', {timestamp})", "({float8} / 3)", "(- {float8})", "{int8}::float8", "log(abs({float8}) + 1)", "tanh({float8})", "sind({int4} % 360)",
        "date_part('epoch', {interval})", "width_bucket({float8}, ARRAY[0, 1, 2]::float8[])::float8",
        "!({float8} / {float8})", "!sqrt({float8})", "!ln({float8})", "!power({float8}, {float8})", "!exp({float8})", "!{text}::float8", "!sin({float8})", "!acos({float8})",
    ),
    "float4": ("({float4} + {float4})", "({float4} - {float4})", "({float4} * 2::float4)", "{int2}::float4", "abs({float4})", "(- {float4})", "!{float8}::float4"),
    "text": (
        "({text} || {text})", "({text} || {int4})", "({numeric} || {text})", "{any}::text", "upper({text})", "lower({text})", "initcap({text})", "substr({text}, 2)",
        "substr({text}, {int4} % 4, abs({int4} % 4))", "left({text}, {int4} % 4)", "right({text}, {int4} % 4)", "trim({text})", "ltrim({text}, 'a ')", "rtrim({text}, 'xb ')",
        "btrim({text}, 'a')", "replace({text}, 'a', {text})", "reverse({text})", "repeat({text}, {int4} % 3)", "lpad({text}, 5, 'xy')", "rpad({text}, abs({int4} % 8), 'ab')",
        "split_part({text}, ',', 2)", "split_part({text}, 'a', -1)", "translate({text}, 'abc', 'xy')", "concat({any}, {any})", "concat_ws(',', {any}, {text}, {any})", "md5({text})",
        "overlay({text} PLACING 'XX' FROM 2 FOR 1)", "format('%s-%s', {any}, {any})", "format('%I|%L', coalesce({text}, 'A b'), {any})", "quote_literal({text})",
        "quote_nullable({any})", "quote_ident({text})", "to_char({timestamp}, 'YYYY-MM-DD HH24:MI:SS.MS')", "to_char({numeric}, '999D99')",
        "to_char({int4}, 'FM9999000')", "to_char({date}, 'Day, DD Mon YYYY')", "to_char({interval}, 'HH24:MI:SS')", "to_char({float8}, '9990.999')",
        "to_char({timestamptz}, 'IYYY-IW-ID TZ')", "to_char({int8}, 'S9,999,999')", "to_char({date}, 'Q WW DDD J CC')", "to_char({timestamp}, 'HH12 AM, FMMonth FMDDth')",
        "regexp_replace({text}, '[a-c]', 'x', 'g')", "regexp_replace({text}, '(.)b', '<\\1>')", "encode({bytea}, 'hex')", "encode({bytea}, 'base64')",
        "encode({bytea}, 'escape')", "to_hex({int4})", "to_hex({int8})", "chr(abs({int4} % 26) + 65)", "({jsonb} ->> 'a')", "({jsonb} ->> 0)", "({jsonb} #>> '{a,b}')",
        "({jsonb} ->> {text})", "jsonb_typeof({jsonb})", "array_to_string({text[]}, ',', '*')", "array_to_string({int4[]}, '-')", "({text[]})[1]", "substring({text} FROM 2 FOR 3)",
        "substring({text} FROM 'a.')", "substring({text}, '[a-z]+')", "{bool}::text", "{varchar}::text", "(regexp_match({text}, '(a)(.)'))[2]", "jsonb_pretty({jsonb})",
        "regexp_substr({text}, '[a-z]')", "({text} COLLATE \"C\")", "left({text}, 1)", "{text}::varchar(2)::text", "{text}::char(4)::text", "array_dims({int4[]})", "md5({bytea})",
        "!chr({int4})", "!repeat({text}, {int2} % 5)", "!to_char({timestamp}, {text})",
    ),
    "varchar": ("{text}::varchar", "{text}::varchar(2)", "{varchar}::varchar(1)"),
    "bool": (
        "({int4} = {int4})", "({int4} < {int8})", "({int4} > {numeric})", "({numeric} <= {int4})", "({float8} >= {int4})", "({int2} <> {int4})", "({text} = {text})",
        "({text} LIKE '%a%')", "({text} LIKE {text})", "({text} NOT LIKE '_b%')", "({text} ILIKE 'A%')", "({text} ~ '[a-c]')", "({text} !~ '^a')", "({text} ~* 'AB')",
        "({text} SIMILAR TO '(a|b)%')", "({int4} BETWEEN {int4} AND {int4})", "({int4} NOT BETWEEN 0 AND 2)", "({date} BETWEEN SYMMETRIC {date} AND {date})",
        "({text} IN ({text}, {text}))", "({int4} IN (1, 2, {int4}))", "({int4} NOT IN ({int4}, 3))", "({int4} = ANY ({int4[]}))", "({int4} <> ALL ({int4[]}))",
        "({text} = ANY ({text[]}))", "({int4} < ANY (ARRAY[{int4}, {int4}]))", "({int4} > ALL (ARRAY[{int4}, 1]))", "(({int4}, {text}) = ({int4}, {text}))",
        "(({int4}, {numeric}) < ({int4}, {numeric}))", "(({int4}, {int4}) IN ((1, 2), ({int4}, {int4})))", "({any} IS NULL)", "({any} IS NOT NULL)",
        "({jsonb} @> {jsonb})", "({jsonb} <@ {jsonb})", "({jsonb} ? 'a')", "({jsonb} ?| ARRAY['a', 'c'])", "({jsonb} ?& {text[]})", "({int4[]} @> {int4[]})", "({int4[]} <@ {int4[]})",
        "({int4[]} && {int4[]})", "({text[]} && {text[]})", "starts_with({text}, {text})", "({bool} IS TRUE)", "({bool} IS NOT FALSE)", "({bool} IS UNKNOWN)", "isfinite({date})",
        "({date} < {timestamp})", "({timestamp} >= {timestamptz})", "({date} = {timestamptz})", "({interval} > {interval})", "(({timestamp}, {timestamp}) OVERLAPS ({timestamp}, {timestamp}))",
        "({bool} = {bool})", "({bool} AND {bool})", "({bool} OR {bool})", "(NOT {bool})", "({bool} AND {bool} AND NOT {bool})", "({int4})::bool", "(ROW({int4}, {text}) IS DISTINCT FROM ROW({int4}, {text}))",
        "(ROW({any}, {any}) IS NULL)", "(ROW({any}, {any}) IS NOT NULL)", "({varchar} = {text})", "({float4} < {float8})", "({numeric} = {float8})", "({text} < {text} COLLATE \"C\")",
        "({text} LIKE ANY (ARRAY['a%', {text}]))", "({text} <> ALL ({text[]}))", "(({int4} = 1) <> ({text} = 'a'))",
        "!{text}::bool",
    ),
    "date": (
        "({date} + {int4} % 100)", "({date} - {int4} % 100)", "{timestamp}::date", "make_date(2000 + abs({int4} % 20), 1 + abs({int4} % 12), 1 + abs({int4} % 28))",
        "date_trunc('month', {date})::date", "{timestamptz}::date", "to_date('2024-02-1' || abs({int4} % 9), 'YYYY-MM-DD')", "!({date} + {int4})", "!{text}::date",
    ),
    "time": ("{timestamp}::time", "make_time(abs({int4} % 24), abs({int4} % 60), 7.5)", "({time} + {interval})", "({time} - {interval})", "{interval}::time", "{timestamptz}::time"),
    "timestamp": (
        "{date}::timestamp", "({date} + {time})", "({timestamp} + {interval})", "({timestamp} - {interval})", "date_trunc('hour', {timestamp})", "date_trunc('quarter', {timestamp})",
        "({timestamptz} AT TIME ZONE 'UTC')", "({timestamptz} AT TIME ZONE 'Europe/Berlin')", "make_timestamp(2024, 1 + abs({int4} % 12), 5, abs({int4} % 24), 6, 7.25)", "({date} + {interval})",
        "{timestamptz}::timestamp", "date_trunc('week', {timestamp})", "date_bin('15 minutes', {timestamp}, '2001-01-01'::timestamp)", "({timestamp} + {int4} % 10 * '1 day'::interval)", "!{text}::timestamp",
    ),
    "timestamptz": (
        "({timestamp} AT TIME ZONE 'America/New_York')", "({timestamptz} + {interval})", "({timestamptz} - {interval})", "date_trunc('day', {timestamptz})", "{timestamp}::timestamptz", "{date}::timestamptz",
        "to_timestamp({int4} % 1000000)", "date_trunc('month', {timestamptz}, 'Asia/Tokyo')", "make_timestamptz(2024, 1 + abs({int4} % 12), 5, 2, 30, 1.5, 'Europe/Paris')",
    ),
    "interval": (
        "({timestamp} - {timestamp})", "({interval} + {interval})", "({interval} - {interval})", "({interval} * 2)", "({interval} / 3)", "(- {interval})", "age({timestamp}, {timestamp})",
        "justify_hours({interval})", "justify_days({interval})", "justify_interval({interval})", "make_interval(days => {int4} % 100, hours => {int4} % 50)", "({time} - {time})", "{time}::interval",
        "({timestamptz} - {timestamptz})", "({interval} * ({int4} % 10))", "({interval} * 1.5)", "age({date}, {date})", "date_trunc('hour', {interval})", "(({int4} % 100) || ' hours')::interval", "!{text}::interval",
    ),
    "jsonb": (
        "to_jsonb({any})", "jsonb_build_object('k', {any}, 'l', {any})", "jsonb_build_array({any}, {any})", "({jsonb} -> 'a')", "({jsonb} -> 0)", "({jsonb} -> -1)", "({jsonb} #> '{a,b}')",
        "({jsonb} || {jsonb})", "jsonb_strip_nulls({jsonb})", "to_jsonb({int4[]})", "jsonb_build_object(coalesce({text}, 'x'), {any})", "({jsonb} -> {text})", "jsonb_extract_path({jsonb}, 'a', 'b')",
        "(jsonb_build_object('a', {any}) - 'a')", "jsonb_set('{\"a\": [1]}', '{a,0}', to_jsonb({int4}))", "to_jsonb({text})",
        "!({jsonb} - 'a')", "!({jsonb} - 0)", "!jsonb_set({jsonb}, '{a}', {jsonb})", "!({jsonb} #- '{a,b}')", "!jsonb_insert({jsonb}, '{a,0}', {jsonb})", "!{text}::jsonb",
    ),
    "uuid": ("md5({text})::uuid", "!{text}::uuid"),
    "bytea": ("({bytea} || {bytea})", "substring({bytea} FROM 2)", "decode(md5({text}), 'hex')", "convert_to({text}, 'UTF8')", "sha256({bytea})", "substr({bytea}, 1, 2)", "!decode({text}, 'base64')"),
    "int4[]": (
        "ARRAY[{int4}, {int4}]", "(ARRAY[{int4}] || {int4})", "({int4} || ARRAY[{int4}, 2])", "array_append(ARRAY[1], {int4})", "array_prepend({int4}, ARRAY[{int4}])", "array_remove(ARRAY[{int4}, {int4}, 1], {int4})",
        "array_replace({int4[]}, {int4}, {int4})", "array_cat(ARRAY[{int4}], ARRAY[{int4}, 3])", "({int4[]})[1:2]", "({int4[]})[2:]", "array_positions(ARRAY[{int4}, {int4}], {int4})", "array_fill({int4}, ARRAY[2])",
        "!({int4[]} || {int4[]})", "!trim_array({int4[]}, 1)", "!{text}::int4[]", "!array_remove({int4[]}, {int4})",
    ),
    "text[]": (
        "string_to_array({text}, ',')", "string_to_array({text}, 'a', 'b')", "regexp_split_to_array({text}, '[a,]')", "ARRAY[{text}, {text}]", "({text[]} || {text})", "array_cat({text[]}, {text[]})",
        "({text[]})[1:1]", "regexp_match({text}, '(a|b)(.?)')", "array_remove({text[]}, {text})", "string_to_array({text}, NULL)",
    ),
}  # fmt: skip

# Aggregates by result type; {col T} is a plain column, {key T} a value with one text form, {exact T} a value whose sums are exact.
AGGREGATES: dict[str, tuple[str, ...]] = {
    "int8": ("count(*)", "count({any})", "count(DISTINCT {any})", "sum({int4})", "sum({int2})", "sum(DISTINCT {int4})", "bit_and({int8})", "max({int8})", "regr_count({float8}, {float8})"),
    "int4": ("min({int4})", "max({int4})", "bit_or({int4})", "bit_xor({int4})", "max(length({text}))", "mode() WITHIN GROUP (ORDER BY {int4})", "percentile_disc(0.5) WITHIN GROUP (ORDER BY {int4})"),
    "int2": ("min({int2})", "max({int2})", "bit_and({int2})"),
    "numeric": (
        "sum({int8})", "sum({numeric})", "avg({int4})", "avg({numeric})", "avg({int8})", "min({key numeric})", "max({key numeric})", "stddev({int4})", "variance({int4})", "var_pop({int2})", "stddev_samp({numeric})",
        "sum(DISTINCT {key numeric})", "avg(DISTINCT {int4})", "stddev_pop({int8})",
    ),
    "float8": (
        "sum({col float8})", "avg({col float8})", "min({key float8})", "max({key float8})", "percentile_cont(0.5) WITHIN GROUP (ORDER BY {key float8})", "percentile_cont(0.25) WITHIN GROUP (ORDER BY {int4})",
        "avg({col float4})",
    ),
    "float4": ("sum({col float4})", "min({key float4})", "max({key float4})"),
    "text": ("min({text})", "max({text})", "string_agg({k text}, ',' ORDER BY {k text})", "string_agg(DISTINCT {text}, '|')", "mode() WITHIN GROUP (ORDER BY {text})", "percentile_disc(0.3) WITHIN GROUP (ORDER BY {text} DESC)"),
    "bool": ("bool_and({bool})", "bool_or({bool})", "every({bool})"),
    "date": ("min({date})", "max({date})"),
    "time": ("min({time})", "max({time})"),
    "timestamp": ("min({timestamp})", "max({timestamp})", "percentile_disc(0.5) WITHIN GROUP (ORDER BY {timestamp})"),
    "timestamptz": ("min({timestamptz})", "max({timestamptz})"),
    "interval": ("sum({interval})", "avg({interval})", "min({key interval})", "max({key interval})"),
    "int4[]": ("min({int4[]})", "max({int4[]})"),
    "text[]": ("min({text[]})", "max({text[]})"),
}  # fmt: skip
# {k} is one of any type; it also orders, so that the values come in one order.
COLLECTED: dict[str, tuple[str, ...]] = {
    "int4[]": ("array_agg({k int4} ORDER BY {k int4})", "array_agg(DISTINCT {k int4})", "array_agg({k int4} ORDER BY {k int4} DESC NULLS LAST)"),
    "text[]": ("array_agg({k text} ORDER BY {k text})", "array_agg(DISTINCT {k text} ORDER BY {k text} DESC)"),
    "jsonb": ("jsonb_agg({k date} ORDER BY {k date})", "jsonb_agg({k int4} ORDER BY {k int4})", "jsonb_agg({k text} ORDER BY {k text} NULLS FIRST)", "jsonb_agg({k bool} ORDER BY {k bool})"),
}  # fmt: skip

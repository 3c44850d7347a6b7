"""What expressions there are: for each result type, texts with the types of their parts in braces.

`{any}` is any type. A text that starts with `!` can fail at run time: such parts are only used in queries where that can't
depend on the order of evaluation.
"""

from __future__ import annotations

TEMPLATES: dict[str, tuple[str, ...]] = {
    "int2": (
        "{bool}::int4::int2", "({int2} >> 1)", "(- ({int2} % 100::int2))", "coalesce({int2}, 1::int2)",
        "({int2} % 5::int2)", "({int2} & {int2})", "({int2} | {int2})", "({int2} # {int2})", "(~ {int2})", "({int2} / 2::int2)",
        "({int4} % 100)::int2", "!({int2} + {int2})", "!({int2} * {int2})", "!abs({int2})", "!{int4}::int2", "!(- {int2})",
        "!{numeric}::int2", "mod({int2}, 3::int2)",
    ),
    "int4": (
        "lower({int4range})", "upper({int4range})", "lower({int4multirange})", "(upper({int4range} * '[0,9)') - lower({int4range} * '[0,9)'))", "(SELECT count(*)::int4 FROM unnest({int4multirange}) u (x) WHERE x @> {int4})",
        "extract(hour FROM {timetz})::int4", "extract(timezone FROM {timetz})::int4", "nullif(({int4} % 7) * ({int4} % 5) + ({int4} % 3) * 2 + 1, {int4})", "(CASE ({int4} % 7) * 2 + ({int4} % 5) * 3 + 1 WHEN {int4} % 9 THEN 1 WHEN 4 THEN {int4} ELSE {int4} END)", "(CASE WHEN {bool} THEN 1 ELSE (SELECT x FROM (VALUES (1)) v (x) WHERE {bool}) END)", "(+ {int4} % 5)",
        "length({bpchar})", "octet_length({bpchar})", "date_part('dow', {date})::int4", "extract(timezone FROM {timestamptz})::int4", "extract(isoyear FROM {date})::int4", "extract(day FROM {interval})::int4", "extract(decade FROM {date})::int4", "cardinality({text[]})", "cardinality({date[]})", "array_position({text[]}, {text})", "(array_positions({int4[]}, {int4}))[1]", "array_length({text[]}, 2)", "width_bucket({int4} % 20, 0, 10, 5)", "({int4} % 5) * ({int4} % 7)", "@ ({int4} % 9)", "div({int4}, 3)::int4", "regexp_count({text}, '.', 2)", "length(regexp_replace({text}, '[[:alpha:]]', '', 'g'))", "({timestamp}::date - {date})", "get_bit('\\x05'::bytea, abs({int4} % 8))", "array_length(string_to_array({text}, ','), 1)", "jsonb_array_length(to_jsonb({int4[]}))", "strpos({varchar}, 'a')", "position('b' IN {bpchar})", "ascii({bpchar})", "(CASE {text} WHEN 'a' THEN 1 WHEN 'b' THEN 2 END)", "(SELECT max(x) FROM unnest({int4[]}) u (x))", "(SELECT count(*)::int4 FROM unnest({text[]}) u (x) WHERE x IS NOT NULL)", "!factorial({int4})::int4", "!extract(epoch FROM {timestamp})::int4", "!({int2} / {int4})", "!mod({int4}, {int4})", "!{bpchar}::int4", "!({int4[]})[1] + {int4}", "!({int4} * {int2})", "!get_byte({bytea}, {int4} % 3)", "!lcm({int4}, {int4})", "!gcd({int4}, {int4})", "!to_number({text}, '999')::int4", "!({jsonb} -> 'a')::int4", "!array_length({int4[]}, {int4})",
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
        "({int2} + {int8} % 1000)", "({int8} % 1000 - {int4})", "gcd({int8} % 1000, 24)", "{bool}::int4::int8", "(@ ({int8} % 7))", "extract(epoch FROM {date})::int8", "length({text}) + {int8} % 5", "!({int8} % {int8})", "!{bpchar}::int8", "!(- {int8})", "!({int2} + {int8})", "!{jsonb}::int8", "!lcm({int8}, {int4})",
        "({int4}::int8 + {int4})", "({int4}::int8 * {int4})", "({int4}::int8 - {int2})", "({int8} / 3)", "({int8} % 1000)", "({int8} & {int8})",
        "({int8} | {int4})", "({int8} # {int8})", "(~ {int8})", "({int8} % 100000 * ({int8} % 1000))", "length({text})::int8", "bit_count({bytea})",
        "{int4}::int8", "extract(epoch FROM {timestamp})::int8", "({int8} << 2)", "({int8} >> 1)", "abs({int8} % 1000)", "mod({int8}, 11::int8)",
        "!({int8} + {int8})", "!({int8} * {int4})", "!({int8} - {int8})", "!({int8} / {int8})", "!{numeric}::int8", "!{text}::int8",
        "!{float8}::int8", "!abs({int8})",
    ),
    "numeric": (
        "({int8} / 7.0)", "({numeric} + {float8}::numeric)", "({int2} * {numeric})", "({int8} % 1000 * 1.10)", "round({float8}::numeric, 2)", "round({numeric}, -1)", "trunc({numeric}, -2)", "floor({numeric} / 7)", "ceil({numeric} * 1.5)", "(@ {numeric})", "{numeric}::text::numeric", "extract(microseconds FROM {time})", "extract(epoch FROM {timestamptz})", "extract(epoch FROM {time})", "extract(year FROM {timestamptz})", "extract(minute FROM {interval})", "extract(month FROM {interval})", "extract(year FROM {interval})", "extract(hour FROM {interval})", "extract(quarter FROM {date})", "extract(millennium FROM {timestamp})", "extract(julian FROM {timestamp})", "extract(timezone_hour FROM {timestamptz})", "lcm({int4}::numeric % 100, 12)", "power(2, {int4} % 20)::numeric", "round(power(2.0, {int4} % 20), 6)", "sqrt({int4}::numeric % 100 + 100)", "exp(-({int4} % 8)::numeric)", "round(({numeric} % 100) ^ 2, 6)", "round(({int4} % 10) ^ 2.0, 6)", "log(2.0, abs({int4} % 10) + 1)", "sign({numeric}) * {int4}", "to_number('12,345.6', '99G999D9')", "(SELECT sum(x) FROM unnest(ARRAY[{numeric}, {numeric}]) u (x))", "({numeric} - {int8})", "({numeric} / 1000000)", "(1 / nullif({numeric}, 0))", "({int4} / nullif({numeric}, 0))", "{numeric}::numeric(50, 5)", "factorial(abs({int4} % 12))", "min_scale({numeric})::numeric", "!log({numeric}, {numeric})", "!round({numeric} ^ {numeric}, 3)", "!exp({numeric})", "!log({numeric})", "!div({numeric}, {numeric})", "!mod({numeric}, {int4})", "!{numeric}::numeric(3, 1)", "!to_number({text}, '99D9')", "!{bpchar}::numeric", "!factorial({int4})", "!({jsonb} ->> 0)::numeric", "!width_bucket({numeric}, {numeric}, {numeric}, {int4})::numeric",
        "({numeric} + {numeric})", "({numeric} - {numeric})", "({numeric} * {numeric})", "({numeric} / nullif({numeric}, 0))",
        "({numeric} % nullif({numeric}, 0))", "abs({numeric})", "sign({numeric})", "ceil({numeric})", "floor({numeric})", "round({numeric}, 1)",
        "round({numeric})", "trunc({numeric}, 1)", "trunc({numeric})", "sqrt(abs({numeric}))", "{int4}::numeric", "{int8}::numeric", "{float8}::numeric",
        "trim_scale({numeric})", "div({numeric}, nullif({numeric}, 0))", "extract(epoch FROM {timestamp})", "extract(second FROM {interval})",
        "extract(day FROM {date})", "extract(epoch FROM {interval})", "exp(({int4} % 10)::numeric)", "ln(abs({numeric}) + 1)", "({numeric} + {int4})",
        "({int4} * {numeric})", "({numeric} / 3)", "(- {numeric})", "round({numeric}, {int4} % 3)", "extract(hour FROM {time})",
        "extract(quarter FROM {timestamp})", "extract(week FROM {date})", "extract(isodow FROM {timestamptz})", "{numeric}::numeric(45, 1)",
        "round(power(({int4} % 10)::numeric, 3), 6)", "log(abs({numeric}) + 1)", "mod({numeric}, 7)", "gcd({int4}::numeric, 12)", "({int8}::numeric * {int8})",
        "(({int4} % 100) / 7.0)", "extract(milliseconds FROM {time})", "extract(century FROM {date})", "extract(julian FROM {date})",
        "!({numeric} / {numeric})", "!({numeric} % {numeric})", "!{text}::numeric", "!sqrt({numeric})", "!ln({numeric})", "!round(power({numeric}, {numeric}), 3)",
        "!{numeric}::numeric(5, 2)", "!{jsonb}::numeric",
    ),
    "float8": (
        "({float8} + {numeric})", "({int8} * {float8})", "({float4} + {float8})", "({float4} * {int4})", "(@ {float8})", "(|/ abs({float8}))", "(||/ {float8})", "date_part('epoch', {timestamp})", "date_part('second', {time})", "date_part('year', {date})", "date_part('day', {interval})", "{numeric}::text::float8", "{bool}::int4::float8", "({float8} ^ 2)", "(2 ^ ({int4} % 20))", "power({float8}, 2)", "sqrt({int4} % 100 + 200)", "exp({int4} % 5)", "ln({int4} % 100 + 200)", "log10(abs({float8}) + 1)", "mod({int4}, 3)::float8", "sinh({int4} % 4)", "cosh({int4} % 4)", "asinh({float8})", "tan({int4} % 5)", "cot({int4} % 3 + 0.5)", "acos(({int4} % 10) / 10.0)", "asin(({int4} % 10) / 10.0)", "cosd({int4} % 360)", "tand({int4} % 40)", "atan2d({int4}, 3)", "atand({int4})", "(- ({float8} / 7))", "({int4} / 3.0::float8)", "trunc({float8} / 3)", "{float8}::numeric::float8", "!{numeric}::float8", "!({float8} ^ {float8})", "!asin({float8})", "!log({float8})", "!acosh({float8})", "!atanh({float8})", "!tan({float8})", "!{jsonb}::float8", "!cosh({float8})", "!power({float8}, {float8})",
        "({float8} + {float8})", "({float8} - {float8})", "({float8} * {float8})", "({float8} / nullif({float8}, 0))", "abs({float8})", "sign({float8})",
        "ceil({float8})", "floor({float8})", "round({float8})", "trunc({float8})", "sqrt(abs({float8}))", "cbrt({float8})", "{int4}::float8",
        "{float4}::float8", "exp(least(greatest({float8}, -5), 5))", "ln(abs({float8}) + 1)", "sin({int4} % 10)", "cos({int4} % 10)", "atan({float8})",
        "atan2({int4}, {int2})", "degrees({float8})", "radians({float8})", "pi()", "power(abs({float8}) + 1, 0.5)", "({float8} + {int4})", "({numeric} * {float4})",
        "date_part('minute', {timestamp})", "({float8} / 3)", "(- {float8})", "{int8}::float8", "log(abs({float8}) + 1)", "tanh({float8})", "sind({int4} % 360)",
        "date_part('epoch', {interval})", "width_bucket({float8}, ARRAY[0, 1, 2]::float8[])::float8",
        "!({float8} / {float8})", "!sqrt({float8})", "!ln({float8})", "!power({float8}, {float8})", "!exp({float8})", "!{text}::float8", "!sin({float8})", "!acos({float8})",
    ),
    "float4": (
        "{int4}::float4", "({float4} / 3::float4)", "greatest({float4}, 1::float4)", "({float4} * {float4})", "!({float4} / {float4})", "!{numeric}::float4", "!{text}::float4", "({float4} + {float4})", "({float4} - {float4})", "({float4} * 2::float4)", "{int2}::float4", "abs({float4})", "(- {float4})", "!{float8}::float4"),
    "text": (
        "(SELECT string_agg(x, '+') FROM (SELECT x FROM unnest({text[]}) u (x) ORDER BY x DESC) s)", "(SELECT array_agg(x)::text FROM unnest({text[]}) u (x))", "(SELECT array_agg(x * 2)::text FROM (VALUES (3), (1), ({int4} % 9)) v (x))", "(SELECT json_agg(x)::text FROM (SELECT unnest({int4[]}) x) s)", "ARRAY(SELECT x FROM unnest({int4[]}) u (x))::text",
        "{bpchar}::text", "({bpchar} || {text})", "({text} || {bool})", "({date} || {text})", "({text} || NULL)", "trim(BOTH 'a' FROM {text})", "trim(LEADING FROM {text})", "trim(TRAILING 'b' FROM {text})", "lpad({text}, 3)", "rpad({bpchar}, 6, '*')", "left({varchar}, 2)", "substr({bytea}::text, 3)", "substring({text} FROM {int4} % 4)", "substring({text} FOR 2)", "substring({text} FROM 2)", "substring({text} SIMILAR '%#\"a#\"%' ESCAPE '#')", "overlay({text} PLACING {text} FROM 2)", "split_part({text}, 'b', 2)", "regexp_replace({text}, 'a|b', '[\\&]')", "regexp_replace({text}, '[^a-z]+', '', 'gi')", "regexp_replace({text}, '(a)(b)?', '\\2\\1')", "regexp_substr({text}, '(.)(.)', 1, 1, '', 2)", "regexp_replace({text}, '.', 'Z', 2, 1)", "concat_ws({text}, {text}, {text})", "concat({text}, NULL, {int4})", "format('%5s|%-4s|%%', {text}, {text})", "format('%2$s %1$s', {any}, {any})", "format('%s', {any})", "initcap({text} || ' word two')", "translate({text}, 'ab', '')", "to_char({timestamp}, 'Dy DD Month YYYY')", "to_char({timestamp}, 'YY-MM-DD HH:MI:SS PM US')", "to_char({timestamptz}, 'YYYY-MM-DD\"T\"HH24:MI:SSOF')", "to_char({timestamptz}, 'TZH:TZM tz')", "to_char({numeric}, 'FM999999990.00')", "to_char({numeric}, 'S999.9')", "to_char({int4} % 4000, 'FMRN')", "to_char({int4}, '9,999,999PR')", "to_char({int4}, 'FM9th')", "to_char({numeric}, '00.00MI')", "to_char({interval}, 'YYYY MM DD HH24 MI SS')", "to_char({time}::interval, 'HH12:MI:SS AM')", "to_char({int8}, '999G999G999')", "to_char({date}, 'FMDay FMDD FMMonth')", "to_char({date}, 'DDDth IW RM')", "encode(sha256({bytea}), 'hex')", "encode(convert_to({text}, 'UTF8'), 'hex')", "convert_from(convert_to({text}, 'UTF8'), 'UTF8')", "({jsonb} -> 'a' ->> 'b')", "({jsonb} #>> ARRAY['a', {text}])", "jsonb_extract_path_text({jsonb}, 'a', 'b')", "jsonb_typeof({jsonb} -> 'a')", "({jsonb} -> 'c')::text", "to_json({any})::text", "row_to_json(ROW({any}, {int4}))::text", "array_to_json({int4[]})::text", "json_build_object('a', {any})::text", "(ROW({any}, {any}))::text", "(ROW({int4}, {text}, NULL))::text", "array_to_string({date[]}, ';')", "array_to_string(ARRAY[{text}, NULL, {text}], ',', '-')", "({text[]})[{int4}]", "({text[]})[1:2]::text", "({int4[]})[2:3]::text", "array_dims({text[]})", "{int4[]}::text", "{text[]}::text", "ARRAY[{numeric}, {numeric}]::text", "ARRAY[{timestamp}, {timestamp}]::text", "ARRAY[{bool}, {bool}]::text", "ARRAY[{interval}]::text", "ARRAY[{jsonb}]::text", "ARRAY[{bytea}]::text", "ARRAY[{float8}, {float8}]::text", "ARRAY[{timestamptz}]::text", "lower({varchar})", "upper({bpchar})", "reverse({varchar})", "replace({bpchar}, 'a', 'zz')", "{text}::varchar(3)::text", "{int4}::varchar(2)::text", "{text}::char(2)::text", "{text}::name::text", "(CASE WHEN {bool} THEN {text} ELSE {varchar} END)::text", "coalesce({varchar}, {text})", "greatest({text}, {varchar})", "(SELECT string_agg(x, '+' ORDER BY x) FROM unnest({text[]}) u (x))", "quote_literal({any})", "(regexp_split_to_array({text}, 'b'))[1]", "(string_to_array({text}, ','))[2]", "md5({varchar})", "left({text}, -1)", "right({text}, -1)", "repeat({text}, 2)", "chr(955 + abs({int4} % 20))", "unistr('d\\0061t')", "string_to_array({text}, '')::text", "btrim({bpchar})", "to_hex({int4} % 1000 + 1000)", "encode({bytea}::bytea, 'base64')", "!to_char({numeric}, {text})", "!left({text}, {int4})", "!lpad({text}, {int4} % 20, {text})", "!split_part({text}, {text}, {int4})", "!encode({bytea}, {text})", "!format({text}, {any})", "!overlay({text} PLACING {text} FROM {int4} % 5 FOR {int4} % 5)", "!substr({text}, {int4}, {int4})", "!substring({text} FROM {int4} FOR {int4})", "!convert_from({bytea}, 'UTF8')", "!to_char({interval}, {text})",
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
    "bpchar": ("{text}::char(3)", "{varchar}::char(3)", "{int4}::char(3)", "coalesce({bpchar}, 'n')"),
    "date[]": (
        "ARRAY[{date}, {date}]", "array_append({date[]}, {date})", "({date[]})[1:1]", "array_remove({date[]}, {date})", "ARRAY[{date}]", "({date} || {date[]})",
        "ARRAY(SELECT x FROM unnest({date[]}) u (x) ORDER BY x)",
    ),
    "varchar": ("lower({varchar})::varchar", "{text}::varchar", "{text}::varchar(2)", "{varchar}::varchar(1)"),
    "bool": (
        "({int4range} @> {int4})", "({int4range} @> {int4range})", "({int4} <@ {int4range})", "({int4range} <@ {int4range})", "({int4range} && {int4range})", "({int4range} << {int4range})", "({int4range} >> {int4range})", "({int4range} &< {int4range})", "({int4range} &> {int4range})", "({int4range} -|- {int4range})", "isempty({int4range})", "lower_inc({int4range})", "upper_inc({tsrange})", "lower_inf({int4range})", "upper_inf({tsrange})", "({tsrange} @> {timestamp})", "({tsrange} && {tsrange})", "({tsrange} < {tsrange})", "({int4range} >= {int4range})", "({int4multirange} @> {int4})", "({int4multirange} @> {int4range})", "({int4range} <@ {int4multirange})", "({int4multirange} && {int4range})", "({int4multirange} && {int4multirange})", "({int4multirange} << {int4range})", "({int4range} -|- {int4multirange})", "isempty({int4multirange})", "({int4multirange} < {int4multirange})", "({timetz} < {timetz})", "({timetz} = {time}::timetz)", "({timetz} BETWEEN {timetz} AND {timetz})", "({int4range} = ANY (ARRAY[{int4range}, {int4range}]))",
        "(({int4}, {text}) < ANY (SELECT x, y FROM (VALUES (1, 'a'), (NULL, 'b')) v (x, y)))", "(({int4}, {int4}) > ALL (SELECT 0, {int4} WHERE {bool}))", "({int4} BETWEEN 1 AND 3 IS NOT TRUE)", "(({int4} % 7) * 2 + ({int4} % 5) * 3 + 1 IN (1, {int4}, 7))", "(({int4} % 7) * 2 + ({int4} % 5) * 3 + 1 BETWEEN {int4} % 5 AND {int4})", "({int4} >= ALL ('{}'::int4[]))", "({int4} = ANY ('{}'::int4[]))",
        "({bpchar} = {bpchar})", "({bpchar} < {text})", "({bpchar} LIKE 'a%')", "({varchar} IN ('a', {text}))", "({bytea} < {bytea})", "({uuid} = {uuid})", "({uuid} > {uuid})", "({time} < {time})", "({timestamptz} < {date})", "({jsonb} = {jsonb})", "({jsonb} < {jsonb})", "({jsonb} -> 'a' = '1'::jsonb)", "({jsonb} ? {text})", "({jsonb} @> '{\"a\": {}}')", "({int4[]} = {int4[]})", "({int4[]} < {int4[]})", "({text[]} > {text[]})", "({text[]} @> ARRAY[{text}])", "({date[]} = {date[]})", "({date} = ANY ({date[]}))", "({date[]} && ARRAY[{date}])", "({bool} < {bool})", "({bool} >= {bool})", "({bool} IS NOT UNKNOWN)", "({bool} IS NOT TRUE)", "({bool} IS FALSE)", "({bool} IS DISTINCT FROM {bool})", "({int4} IS DISTINCT FROM {int8})", "({int4} % 2 = 0)", "({text} NOT IN ('a', 'b', {text}))", "({text} NOT LIKE ALL (ARRAY['a%', {text}]))", "({text} ~~* {text})", "({text} !~~ '%b')", "({text} ^@ {text})", "({text} LIKE 'a\\%b%')", "({text} LIKE 'a#%b%' ESCAPE '#')", "({text} NOT SIMILAR TO '%[ab]')", "({text} ~ '^[[:upper:]]')", "({text} ~ '\\d+')", "({text} ~ '(a|b)+$')", "({text} ~* '^A.*B$')", "regexp_like({text}, 'A', 'i')", "(({int4}, {int4}) = (1, 2))", "(({int4}, {text}, {bool}) > ({int4}, {text}, {bool}))", "(({text}, {int4}) <> ({text}, {int4}))", "(({int4}, {text}) IN (({int4}, {text}), (1, 'a')))", "(({int4}, {text}) NOT IN (({int4}, {text}), (1, NULL)))", "(ROW({int4}, {int4}) < ROW({int4}, {int8}))", "({int4} = ANY ('{1,2,NULL}'))", "({int4} >= ALL ('{}'::int4[]))", "({int4} NOT BETWEEN SYMMETRIC {int4} AND {int4})", "({numeric} BETWEEN {int4} AND {float8}::numeric)", "({text} BETWEEN {text} AND {text})", "({timestamp} BETWEEN {date} AND {timestamp})", "(({date}, {interval}) OVERLAPS ({date}, {interval}))", "({float8} = {float8})", "({float8} < {float8})", "({numeric} > {float8})", "({float4} = {numeric})", "({int2} < {numeric})", "({int8} = {float8})", "isfinite({timestamp})", "isfinite({interval})", "(num_nulls({any}, {any}) > 0)", "({any}::text = {any}::text)", "(EXISTS (SELECT 1 FROM unnest({int4[]}) u (x) WHERE x = {int4}))", "({int4} IN (SELECT unnest({int4[]})))", "!({text} LIKE {text} || '\\')", "!({text} ~ {text})", "!({jsonb})::bool", "!({text} SIMILAR TO {text})", "!({int4} / {int4} > 1)", "!(NOT {text}::bool)", "!({jsonb} ->> 'a')::bool", "!({numeric} / {numeric} > 1 AND {bool})", "!({int4} <> 0 AND 10 / {int4} > 1)",
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
        "({jsonb} @? '$.a')", "({jsonb} @? '$[*] ? (@ > 1)')", "({jsonb} @@ '$.a == 1')", "jsonb_path_exists({jsonb}, '$.** ? (@ == 1)')", "({int4} BETWEEN SYMMETRIC {int4} AND {int8})", "(ARRAY[{int4}, 1] = ARRAY[{int4}, {int4}])", "(ARRAY[{int4}, NULL] IS DISTINCT FROM {int4[]})", "({numeric} IN ({int4}, {float8}::numeric, 3))", "({int8} = ANY ({int4[]}))", "(({int4}, {int4}) BETWEEN (0, 1) AND ({int4}, 2))", "(({date}, {interval}) OVERLAPS ({date}, {interval}))", "(CASE {text} WHEN {varchar} THEN {bool} ELSE {bool} END)", "({bool} = ANY (ARRAY[{bool}, {bool}]))", "({date} IN ({date}, {timestamp}))", "(ROW({int4}, {text}) = ROW({int8}, {varchar}))", "(array_position({int4[]}, {int4}) > 1)", "isfinite({timestamp} + {interval})", "({timestamptz}::date = {date})", "({time} BETWEEN '01:00' AND {time})",
        "!{text}::bool",
    ),
    "date": (
        "(date '2024-01-01' + {int4} % 400)", "greatest({date}, '2024-01-01')", "least({date}, {date}, {date})", "date_trunc('year', {timestamp})::date", "date_trunc('week', {date})::date", "({date} + {interval})::date", "to_date('05 ' || (2000 + abs({int4} % 30)), 'MM YYYY')", "({date} - 1)", "(1 + {date})", "({timestamp} + {interval})::date", "date_bin('7 days', {timestamp}, '2000-01-03')::date", "{timestamptz}::timestamp::date", "coalesce({date}, '2020-02-02')", "({date[]})[1]", "!make_date({int4}, {int4}, {int4})", "!to_date({text}, 'YYYY-MM-DD')", "!({date} - {int4})", "!{bpchar}::date",
        "({date} + {int4} % 100)", "({date} - {int4} % 100)", "{timestamp}::date", "make_date(2000 + abs({int4} % 20), 1 + abs({int4} % 12), 1 + abs({int4} % 28))",
        "date_trunc('month', {date})::date", "{timestamptz}::date", "to_date('2024-02-1' || abs({int4} % 9), 'YYYY-MM-DD')", "!({date} + {int4})", "!{text}::date",
    ),
    "time": (
        "{timestamp}::time(0)", "(time '12:00' + {interval})", "greatest({time}, '05:00')", "{time}::time(1)", "!make_time({int4}, {int4}, {float8})", "!{text}::time", "{timestamp}::time", "make_time(abs({int4} % 24), abs({int4} % 60), 7.5)", "({time} + {interval})", "({time} - {interval})", "{interval}::time", "{timestamptz}::time"),
    "timestamp": (
        "date_trunc('decade', {timestamp})", "date_trunc('second', {timestamp})", "date_trunc('month', {date}::timestamp)", "({timestamp} - {interval} * 2)", "({date} - {interval})", "({timestamp} + {time}::interval)", "({time} + {date})", "{timestamp}::timestamp(0)", "{timestamp}::timestamp(2)", "({timestamptz} AT TIME ZONE '+03')", "({timestamptz} AT TIME ZONE 'Asia/Kolkata')", "({timestamptz} AT TIME ZONE interval '2 hours')", "timezone('America/New_York', {timestamptz})", "greatest({timestamp}, {timestamp})", "date_bin('1 hour 30 minutes', {timestamp}, {timestamp})", "to_timestamp('2024-0' || (1 + abs({int4} % 9)), 'YYYY-MM')::timestamp", "coalesce({timestamp}, {date}::timestamp)", "(SELECT max(x) FROM unnest(ARRAY[{timestamp}, {timestamp}]) u (x))", "!{bpchar}::timestamp", "!make_timestamp({int4}, {int4}, {int4}, 0, 0, {float8})", "!date_bin({interval}, {timestamp}, {timestamp})",
        "{date}::timestamp", "({date} + {time})", "({timestamp} + {interval})", "({timestamp} - {interval})", "date_trunc('hour', {timestamp})", "date_trunc('quarter', {timestamp})",
        "({timestamptz} AT TIME ZONE 'UTC')", "({timestamptz} AT TIME ZONE 'Europe/Berlin')", "make_timestamp(2024, 1 + abs({int4} % 12), 5, abs({int4} % 24), 6, 7.25)", "({date} + {interval})",
        "{timestamptz}::timestamp", "date_trunc('week', {timestamp})", "date_bin('15 minutes', {timestamp}, '2001-01-01'::timestamp)", "({timestamp} + {int4} % 10 * '1 day'::interval)", "!{text}::timestamp",
    ),
    "timestamptz": (
        "date_trunc('hour', {timestamptz})", "date_trunc('week', {timestamptz})", "date_trunc('day', {timestamptz}, 'America/New_York')", "{timestamptz}::timestamptz(0)", "({timestamp} AT TIME ZONE 'UTC')", "({timestamp} AT TIME ZONE 'Europe/London')", "timezone('Asia/Tokyo', {timestamp})", "greatest({timestamptz}, {timestamptz})", "({date} + {time})::timestamptz", "({timestamptz} + '1 day'::interval)", "({timestamptz} - '1 month'::interval)", "coalesce({timestamptz}, {date})", "to_timestamp(1700000000 + {int4} % 1000000 + 0.5)", "date_bin('1 day', {timestamptz}, '2000-01-01 00:00+00')", "!{text}::timestamptz", "!to_timestamp({text}, 'YYYY-MM-DD HH24')",
        "({timestamp} AT TIME ZONE 'America/New_York')", "({timestamptz} + {interval})", "({timestamptz} - {interval})", "date_trunc('day', {timestamptz})", "{timestamp}::timestamptz", "{date}::timestamptz",
        "to_timestamp({int4} % 1000000)", "date_trunc('month', {timestamptz}, 'Asia/Tokyo')", "make_timestamptz(2024, 1 + abs({int4} % 12), 5, 2, 30, 1.5, 'Europe/Paris')",
    ),
    "interval": (
        "({date}::timestamp - {timestamp})", "({timestamptz} - {date})", "make_interval(years => {int4} % 5, months => {int4} % 20, secs => 1.5)", "make_interval(0, {int4} % 10, 0, {int4} % 40)", "({interval} * 0.3)", "({interval} / 7)", "({interval} / 1.5)", "(0.1 * {interval})", "age({timestamptz}, {timestamptz})", "age({timestamp}, {date})", "greatest({interval}, '1 hour')", "date_trunc('day', {interval})", "date_trunc('month', {interval})", "{interval}::text::interval", "interval '1 day' * ({int4} % 9)", "justify_interval({interval} * 30)", "({interval} - '1 month 1 day'::interval)", "(({int4} % 1000) || ' minutes')::interval", "{interval}::interval(0)", "({timestamp} - {timestamp}) * 2", "!({interval} / {float8})", "!({interval} * {float8})", "!make_interval(days => {int4})",
        "({timestamp} - {timestamp})", "({interval} + {interval})", "({interval} - {interval})", "({interval} * 2)", "({interval} / 3)", "(- {interval})", "age({timestamp}, {timestamp})",
        "justify_hours({interval})", "justify_days({interval})", "justify_interval({interval})", "make_interval(days => {int4} % 100, hours => {int4} % 50)", "({time} - {time})", "{time}::interval",
        "({timestamptz} - {timestamptz})", "({interval} * ({int4} % 10))", "({interval} * 1.5)", "age({date}, {date})", "date_trunc('hour', {interval})", "(({int4} % 100) || ' hours')::interval", "!{text}::interval",
    ),
    "jsonb": (
        "({jsonb} -> 'a' -> 'b')", "({jsonb} -> {int4} % 3)", "({jsonb} #> ARRAY['a'])", "({jsonb} || '{\"z\": 1}'::jsonb)", "({jsonb} || to_jsonb({int4}))", "jsonb_build_object('a', {jsonb}, 'b', {any})", "jsonb_build_array({jsonb}, {any}, NULL)", "to_jsonb(ROW({any}, {text}))", "to_jsonb({text[]})", "to_jsonb({timestamp})", "to_jsonb({interval})", "to_jsonb({float8})", "to_jsonb({bool})", "jsonb_object('{a,1,b,2}')", "jsonb_object(ARRAY['x', 'y'], ARRAY[{text}, {text}])", "jsonb_set('{\"a\": {\"b\": 1}}', '{a,c}', coalesce({jsonb}, '0'))", "jsonb_set('[1, 2, 3]', '{1}', coalesce(to_jsonb({text}), 'null'), false)", "jsonb_insert('[1, 2]', '{1}', coalesce({jsonb}, '0'))", "('{\"a\": 1, \"b\": 2}'::jsonb - {text})", "('[\"a\", \"b\", 3]'::jsonb - ({int4} % 4))", "('[\"a\", \"b\"]'::jsonb - {text})", "('{\"a\": {\"b\": 1}, \"c\": 2}'::jsonb #- '{a,b}')", "coalesce({jsonb} -> 'a', '[]')", "array_to_json({int4[]})::jsonb", "json_build_object('k', {any})::jsonb", "row_to_json(ROW({int4}, {text}))::jsonb", "(SELECT jsonb_agg(x ORDER BY x) FROM unnest({int4[]}) u (x))", "!({jsonb} - {text})", "!({jsonb} - {int4})", "!jsonb_set({jsonb}, ARRAY[{text}], {jsonb})", "!({jsonb} || {jsonb} - 'a')", "!jsonb_build_object({text}, {any})",
        "to_jsonb({any})", "jsonb_build_object('k', {any}, 'l', {any})", "jsonb_build_array({any}, {any})", "({jsonb} -> 'a')", "({jsonb} -> 0)", "({jsonb} -> -1)", "({jsonb} #> '{a,b}')",
        "({jsonb} || {jsonb})", "jsonb_strip_nulls({jsonb})", "to_jsonb({int4[]})", "jsonb_build_object(coalesce({text}, 'x'), {any})", "({jsonb} -> {text})", "jsonb_extract_path({jsonb}, 'a', 'b')",
        "(jsonb_build_object('a', {any}) - 'a')", "jsonb_set('{\"a\": [1]}', '{a,0}', to_jsonb({int4}))", "to_jsonb({text})",
        "!({jsonb} - 'a')", "!({jsonb} - 0)", "!jsonb_set({jsonb}, '{a}', {jsonb})", "!({jsonb} #- '{a,b}')", "!jsonb_insert({jsonb}, '{a,0}', {jsonb})", "!{text}::jsonb",
    ),
    "uuid": ("md5({text})::uuid", "!{text}::uuid"),
    "timetz": (
        "{time}::timetz", "{timestamptz}::timetz", "({timetz} + {interval})", "({timetz} - {interval})", "timezone('+02', {timetz})", "({timetz} AT TIME ZONE 'UTC')",
        "({date} + {timetz})::timetz", "!{text}::timetz",
    ),
    "int4range": (
        "({int4range} * {int4range})", "int4range({int4} % 5, 5 + abs({int4} % 5))", "int4range({int4} % 5, 5 + abs({int4} % 5), '[]')", "int4range(NULL, {int4} % 100, '()')",
        "range_merge({int4range}, {int4range})", "range_merge({int4multirange})", "(SELECT x FROM unnest({int4multirange}) u (x) ORDER BY x DESC LIMIT 1)",
        "!({int4range} + {int4range})", "!({int4range} - {int4range})", "!int4range({int4}, {int4})", "!int4range({int4}, {int4}, {text})", "!{text}::int4range",
    ),
    "tsrange": (
        "({tsrange} * {tsrange})", "tsrange('2000-01-01'::timestamp, {timestamp} + '20 years'::interval)", "tsrange({timestamp}, NULL, '(]')", "range_merge({tsrange}, {tsrange})",
        "!({tsrange} + {tsrange})", "!({tsrange} - {tsrange})", "!tsrange({timestamp}, {timestamp}, '[]')",
    ),
    "int4multirange": (
        "({int4multirange} + {int4multirange})", "({int4multirange} - {int4multirange})", "({int4multirange} * {int4multirange})", "int4multirange({int4range})",
        "!int4multirange({int4range}, {int4range})", "{int4range}::int4multirange", "multirange({int4range})", "!{text}::int4multirange",
    ),
    "bytea": (
        "substring({bytea} FROM 1 FOR 1)", "overlay({bytea} PLACING '\\xff' FROM 1)", "set_byte('\\x000102', abs({int4} % 3), 65)", "btrim({bytea}, '\\x00')", "sha224({bytea})", "decode(to_hex(abs({int4} % 100) + 256 * 16), 'hex')", "({bytea} || '\\x00'::bytea)", "!{text}::bytea", "!decode({text}, 'hex')", "!set_byte({bytea}, {int4} % 3, {int4})", "({bytea} || {bytea})", "substring({bytea} FROM 2)", "decode(md5({text}), 'hex')", "convert_to({text}, 'UTF8')", "sha256({bytea})", "substr({bytea}, 1, 2)", "!decode({text}, 'base64')"),
    "int4[]": (
        "({int4[]} || {int4[]})", "array_cat({int4[]}, {int4[]})", "array_remove({int4[]}, {int4})", "({int4} || {int4[]})", "({int4[]} || {int4})", "array_append({int4[]}, {int4})", "({int4[]})[:2]", "({int4[]})[{int4} % 3:2]", "trim_array(ARRAY[{int4}, 1, 2], abs({int4} % 3))", "array_positions({text[]}, {text})", "string_to_array('1,2,3', ',')::int4[]", "coalesce({int4[]}, '{}')", "ARRAY[{int4}, {int2}]", "ARRAY[]::int4[]", "(SELECT array_agg(x ORDER BY x DESC) FROM unnest({int4[]}) u (x))", "ARRAY(SELECT x FROM unnest({int4[]}) u (x) WHERE x > {int4} ORDER BY x)", "array_replace({int4[]}, NULL, 0)", "!array_fill({int4}, ARRAY[{int4} % 4])", "!{text[]}::int4[]",
        "ARRAY[{int4}, {int4}]", "(ARRAY[{int4}] || {int4})", "({int4} || ARRAY[{int4}, 2])", "array_append(ARRAY[1], {int4})", "array_prepend({int4}, ARRAY[{int4}])", "array_remove(ARRAY[{int4}, {int4}, 1], {int4})",
        "array_replace({int4[]}, {int4}, {int4})", "array_cat(ARRAY[{int4}], ARRAY[{int4}, 3])", "({int4[]})[1:2]", "({int4[]})[2:]", "array_positions(ARRAY[{int4}, {int4}], {int4})", "array_fill({int4}, ARRAY[2])",
        "!({int4[]} || {int4[]})", "!trim_array({int4[]}, 1)", "!{text}::int4[]", "!array_remove({int4[]}, {int4})",
    ),
    "text[]": (
        "string_to_array({text}, '')", "array_append({text[]}, {text})", "array_prepend({text}, {text[]})", "array_replace({text[]}, {text}, 'z')", "regexp_split_to_array({text}, '')", "regexp_match({text}, '^(.)(.*)$')", "{int4[]}::text[]", "ARRAY[{text}, {varchar}]", "ARRAY[{text}, NULL, 'x']", "({text[]} || ARRAY[{text}, {text}])", "coalesce({text[]}, ARRAY['d'])", "ARRAY(SELECT upper(x) FROM unnest({text[]}) u (x) ORDER BY 1)", "({text[]})[2:]", "{date[]}::text[]",
        "string_to_array({text}, ',')", "string_to_array({text}, 'a', 'b')", "regexp_split_to_array({text}, '[a,]')", "ARRAY[{text}, {text}]", "({text[]} || {text})", "array_cat({text[]}, {text[]})",
        "({text[]})[1:1]", "regexp_match({text}, '(a|b)(.?)')", "array_remove({text[]}, {text})", "string_to_array({text}, NULL)",
    ),
}  # fmt: skip

# Aggregates by result type; {col T} is a plain column, {key T} a value with one text form, {exact T} a value whose sums are exact.
AGGREGATES: dict[str, tuple[str, ...]] = {
    "int8": (
        "rank(2) WITHIN GROUP (ORDER BY {int4})", "dense_rank(1, 'a') WITHIN GROUP (ORDER BY {int4} DESC, {text})", "count(DISTINCT ({date}, {bool}, {int4}))", "sum(DISTINCT {int4} % 3)", "count(DISTINCT {int4[]})",
        "count(DISTINCT ({int4}, {text}))", "count(*)", "sum({int4} % 100)", "bit_or({int8})", "min({int8})", "max({int8})", "percentile_disc(0.9) WITHIN GROUP (ORDER BY {int8})", "count(DISTINCT {key numeric})", "sum(DISTINCT {int2})", "count(*)", "count({any})", "count(DISTINCT {any})", "sum({int4})", "sum({int2})", "sum(DISTINCT {int4})", "bit_and({int8})", "max({int8})", "regr_count({float8}, {float8})"),
    "int4": ("min({int4})", "max({int4})", "bit_or({int4})", "bit_xor({int4})", "max(length({text}))", "mode() WITHIN GROUP (ORDER BY {int4})", "percentile_disc(0.5) WITHIN GROUP (ORDER BY {int4})"),
    "int2": ("min({int2})", "max({int2})", "bit_and({int2})"),
    "numeric": (
        "stddev_samp({int4})", "var_samp({int8} % 1000)", "variance({numeric})", "sum({numeric} % 100)", "avg({int2})", "mode() WITHIN GROUP (ORDER BY {key numeric})", "round(avg({numeric}), 2)", "sum({int8} % 7)", "percentile_disc(0.5) WITHIN GROUP (ORDER BY {key numeric})",
        "sum({int8})", "sum({numeric})", "avg({int4})", "avg({numeric})", "avg({int8})", "min({key numeric})", "max({key numeric})", "stddev({int4})", "variance({int4})", "var_pop({int2})", "stddev_samp({numeric})",
        "sum(DISTINCT {key numeric})", "avg(DISTINCT {int4})", "stddev_pop({int8})",
    ),
    "float8": (
        "percent_rank(1) WITHIN GROUP (ORDER BY {int4})", "cume_dist('b') WITHIN GROUP (ORDER BY {text})",
        "percentile_cont(0.9) WITHIN GROUP (ORDER BY {int4} DESC)", "max({int4}::float8)", "sum({int4}::float8)", "avg({int2}::float8)", "regr_avgx({col float8}, {int4} % 100)", "regr_avgy({int4} % 100, {int2} % 100)", "round(corr({int4} % 5, {int2} % 7)::numeric, 6)::float8", "round(stddev({col float4})::numeric, 4)::float8",
        "sum({col float8})", "avg({col float8})", "min({key float8})", "max({key float8})", "percentile_cont(0.5) WITHIN GROUP (ORDER BY {key float8})", "percentile_cont(0.25) WITHIN GROUP (ORDER BY {int4})",
        "avg({col float4})",
    ),
    "float4": ("sum({col float4})", "min({key float4})", "max({key float4})"),
    "text": (
        "string_agg({k text}, ', ' ORDER BY {k text} DESC NULLS LAST)", "string_agg({k varchar}, '' ORDER BY {k varchar})", "max({varchar})", "min({text} || 'x')", "string_agg(DISTINCT {k text}, ',' ORDER BY {k text} DESC)", "max({bpchar})::text", "min({text})", "max({text})", "string_agg({k text}, ',' ORDER BY {k text})", "string_agg(DISTINCT {text}, '|')", "mode() WITHIN GROUP (ORDER BY {text})", "percentile_disc(0.3) WITHIN GROUP (ORDER BY {text} DESC)"),
    "bool": ("bool_and({bool})", "bool_or({bool})", "every({bool})"),
    "date": ("min({date})", "max({date})"),
    "timetz": ("min({timetz})", "max({timetz})"),
    "int4range": ("range_intersect_agg({int4range})",),
    "int4multirange": ("range_agg({int4range})", "range_agg({int4multirange})", "range_intersect_agg({int4multirange})"),
    "time": ("min({time})", "max({time})"),
    "timestamp": ("min({timestamp})", "max({timestamp})", "percentile_disc(0.5) WITHIN GROUP (ORDER BY {timestamp})"),
    "timestamptz": ("min({timestamptz})", "max({timestamptz})"),
    "interval": ("percentile_cont(0.5) WITHIN GROUP (ORDER BY {interval})", "sum({timestamp} - {timestamp})", "sum({interval})", "avg({interval})", "min({key interval})", "max({key interval})"),
    "int4[]": ("min({int4[]})", "max({int4[]})", "percentile_disc(ARRAY[0.2, 0.9]) WITHIN GROUP (ORDER BY {int4})"),
    "text[]": ("min({text[]})", "max({text[]})"),
}  # fmt: skip
# {k} is one of any type; it also orders, so that the values come in one order.
COLLECTED: dict[str, tuple[str, ...]] = {
    "int4[]": ("array_agg({k int4} ORDER BY {k int4})", "array_agg(DISTINCT {k int4})", "array_agg({k int4} ORDER BY {k int4} DESC NULLS LAST)"),
    "date[]": ("array_agg({k date} ORDER BY {k date})", "array_agg(DISTINCT {k date})"),
    "text[]": ("array_agg(DISTINCT {k varchar}::text)", "array_agg({k text} ORDER BY {k text})", "array_agg({k text} ORDER BY {k text} DESC NULLS LAST)",  "array_agg(DISTINCT {k text} ORDER BY {k text} DESC)"),
    "jsonb": ("jsonb_agg({k date} ORDER BY {k date})", "jsonb_object_agg(coalesce({k text}, 'n'), {k int4} ORDER BY {k int4}, {k text})", "to_jsonb(array_agg({k int4} ORDER BY {k int4}))", "json_agg({k text} ORDER BY {k text})::jsonb", "jsonb_agg({k int4} ORDER BY {k int4})", "jsonb_agg({k text} ORDER BY {k text} NULLS FIRST)", "jsonb_agg({k bool} ORDER BY {k bool})"),
}  # fmt: skip

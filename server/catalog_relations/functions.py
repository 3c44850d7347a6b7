"""Catalog functions (format_type, pg_get_indexdef, has_table_privilege …) as SQL over the catalog relations.

They are functions of schema pg_catalog and inlined like those of users, so a query over pg_class that calls five of them
is a query with five joins: no row is touched outside the engine.
"""

from __future__ import annotations

from ...kernels.types import SqlType, list_of, scalar
from ...planner.catalog.entries import SqlFunction
from .roles import FUNCTIONS as PRIVILEGE_FUNCTIONS

_FIRST = 14_000  # OIDs


def _looked_up(kind: str, part: str = "0") -> str:
    return f"(SELECT o.text FROM sabot.object_texts o WHERE o.kind = '{kind}' AND o.id = $1 AND o.part = {part})"


def _visible(kind: str) -> str:
    return f"(SELECT o.visible FROM sabot.object_texts o WHERE o.kind = '{kind}' AND o.id = $1 AND o.part = 0)"


_TYPE = _looked_up("type")
_VIEW = "(SELECT v.text FROM sabot.view_texts v WHERE v.id = $1 AND {})"
_RULE = """(SELECT E'CREATE RULE "_RETURN" AS\\n    ON SELECT TO ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname)
            || ' DO INSTEAD ' || v.text
         FROM pg_catalog.pg_rewrite r JOIN sabot.view_texts v ON v.id = r.ev_class JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE r.oid = $1 AND {})"""
_CLASS_SIZE = "(SELECT r.bytes FROM sabot.relations r WHERE r.id = $1::oid::int8)"

_ENCODINGS = """'{SQL_ASCII,EUC_JP,EUC_CN,EUC_KR,EUC_TW,EUC_JIS_2004,UTF8,MULE_INTERNAL,LATIN1,LATIN2,LATIN3,LATIN4,LATIN5,LATIN6,LATIN7,\
LATIN8,LATIN9,LATIN10,WIN1256,WIN1258,WIN866,WIN874,KOI8R,WIN1251,WIN1252,ISO_8859_5,ISO_8859_6,ISO_8859_7,ISO_8859_8,WIN1250,WIN1253,\
WIN1254,WIN1255,WIN1257,KOI8U,SJIS,BIG5,GBK,UHC,GB18030,JOHAB,SHIFT_JIS_2004}'::text[]"""
_ENCODING_BYTES = "ARRAY[1, 3, 3, 3, 4, 3, 4, 4" + ", 1" * 27 + ", 2, 2, 2, 2, 4, 3, 2]"
_ENCODING_KEY = "regexp_replace(upper({}), '[^A-Z0-9]', '', 'g')"
_ENCODING = f"""CASE WHEN $1 IS NOT NULL THEN coalesce((SELECT min(e.n) - 1 FROM unnest({_ENCODINGS}) WITH ORDINALITY AS e(name, n)
    WHERE {_ENCODING_KEY.format("e.name")} = CASE {_ENCODING_KEY.format("$1::text")} WHEN 'UNICODE' THEN 'UTF8'
    ELSE {_ENCODING_KEY.format("$1::text")} END), -1)::int4 END"""

# A type as SQL spells it, without modifiers: its name in the catalog, or what format_type prints.
_TYPE_BASE = r"""regexp_replace(regexp_replace(lower(btrim($1)), '\s*\([\s0-9,]*\)', ''), '(\s*\[[0-9]*\])+$', '')"""
_TYPE_TEXT = rf"""CASE {_TYPE_BASE} WHEN 'int' THEN 'integer' WHEN 'decimal' THEN 'numeric' WHEN 'dec' THEN 'numeric' WHEN 'char' THEN 'character'
    WHEN 'nchar' THEN 'character' WHEN 'float' THEN CASE WHEN $1 ~* '^\s*float\s*\(\s*([1-9]|1[0-9]|2[0-4])\s*\)' THEN 'real' ELSE 'double precision' END
    WHEN 'timestamp' THEN 'timestamp without time zone' WHEN 'time' THEN 'time without time zone'
    ELSE coalesce((SELECT o.text FROM pg_catalog.pg_type t JOIN sabot.object_texts o ON o.id = t.oid AND o.kind = 'type'
        WHERE t.typname <> 'char' AND t.typname = replace({_TYPE_BASE}, 'pg_catalog.', '') LIMIT 1), {_TYPE_BASE}) END
    || CASE WHEN $1 ~ '\]\s*$' THEN '[]' ELSE '' END"""

# (name(argument types), result, body)
_TABLE: tuple[tuple[str, str, str], ...] = (
    ("pg_get_userbyid(oid)", "name",
     "coalesce((SELECT r.rolname FROM pg_catalog.pg_roles r WHERE r.oid = $1), ('unknown (OID=' || $1 || ')')::name)"),
    *((f"{name}(oid)", "bool", _visible(kind)) for name, kind in (
        ("pg_table_is_visible", "class"), ("pg_type_is_visible", "type"), ("pg_function_is_visible", "proc"))),
    ("pg_collation_is_visible(oid)", "bool", "(SELECT true FROM pg_catalog.pg_collation c WHERE c.oid = $1)"),
    *((f"pg_{name}_is_visible(oid)", "bool", "$1 IS NOT NULL") for name in (
        "operator", "opclass", "opfamily", "conversion", "statistics_obj", "ts_config", "ts_dict", "ts_parser",
        "ts_template")),
    ("pg_get_indexdef(oid)", "text", _looked_up("indexdef")),
    ("pg_get_indexdef(oid, int4, bool)", "text", _looked_up("indexdef", "CASE WHEN $3 THEN -1 - $2 ELSE $2 END")),
    ("pg_get_constraintdef(oid)", "text", _looked_up("constraintdef")),
    ("pg_get_constraintdef(oid, bool)", "text", _looked_up("constraintdef", "$2::int4")),
    ("pg_get_viewdef(text)", "text", _VIEW.format("NOT v.pretty").replace("$1", "$1::regclass::oid")),
    ("pg_get_viewdef(text, bool)", "text", _VIEW.format("v.pretty = $2").replace("$1", "$1::regclass::oid")),
    ("pg_get_viewdef(oid)", "text", _VIEW.format("NOT v.pretty")),
    ("pg_get_viewdef(oid, bool)", "text", _VIEW.format("v.pretty = $2")),
    ("pg_get_viewdef(oid, int4)", "text", _VIEW.format("v.pretty")),
    ("pg_get_expr(text, oid)", "text", "split_part($1, chr(2), 1)"),
    ("pg_get_expr(text, oid, bool)", "text", "split_part($1, chr(2), CASE WHEN $3 AND strpos($1, chr(2)) > 0 THEN 2 ELSE 1 END)"),
    ("pg_get_functiondef(oid)", "text", _looked_up("functiondef")),
    *((f"pg_get_function_{name}(oid)", "text", f"(SELECT f.{column} FROM sabot.function_texts f WHERE f.id = $1)") for name, column in (
        ("arguments", "arguments"), ("identity_arguments", "identity"), ("result", "result"))),
    ("pg_get_function_sqlbody(oid)", "text", "NULL"),
    *((f"{name}(oid)", "text", "NULL") for name in (
        "pg_get_triggerdef", "pg_get_partkeydef", "pg_get_statisticsobjdef",
        "pg_get_statisticsobjdef_columns")),
    ("pg_tablespace_location(oid)", "text", "CASE WHEN $1 IS NOT NULL THEN '' END"),
    ("pg_get_triggerdef(oid, bool)", "text", "NULL"),
    ("pg_get_ruledef(oid)", "text", _RULE.format("NOT v.pretty")),
    ("pg_get_ruledef(oid, bool)", "text", _RULE.format("v.pretty = $2")),
    ("pg_get_serial_sequence(text, text)", "text",
     """(SELECT quote_ident(n.nspname) || '.' || quote_ident(s.relname)
         FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON s.oid = d.objid
         JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
         JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
         WHERE d.classid = 1259 AND d.refclassid = 1259 AND d.deptype IN ('a', 'i') AND s.relkind = 'S'
           AND d.refobjid = $1::regclass AND a.attname = $2)"""),
    ("pg_sequence_last_value(regclass)", "int8",
     """(SELECT q.last_value FROM pg_catalog.pg_sequences q JOIN pg_catalog.pg_class c ON c.relname = q.sequencename
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = q.schemaname WHERE c.oid = $1)"""),
    ("obj_description(oid, name)", "text",
     """(SELECT d.description FROM pg_catalog.pg_description d JOIN pg_catalog.pg_class c ON c.oid = d.classoid
         WHERE d.objoid = $1 AND c.relname = $2 AND c.relnamespace = 11 AND d.objsubid = 0)"""),
    ("obj_description(oid)", "text",
     "(SELECT max(d.description) FROM pg_catalog.pg_description d WHERE d.objoid = $1 AND d.objsubid = 0)"),
    ("shobj_description(oid, name)", "text",
     """(SELECT d.description FROM pg_catalog.pg_shdescription d JOIN pg_catalog.pg_class c ON c.oid = d.classoid
         WHERE d.objoid = $1 AND c.relname = $2 AND c.relnamespace = 11)"""),
    ("col_description(oid, int4)", "text",
     """(SELECT d.description FROM pg_catalog.pg_description d
         WHERE d.objoid = $1 AND d.classoid = 1259 AND d.objsubid = $2)"""),
    *PRIVILEGE_FUNCTIONS,
    *((f"{name}({kind})", "int8", f"CASE WHEN $1 IS NULL THEN NULL ELSE coalesce({_CLASS_SIZE}, 0) END")
      for name in ("pg_relation_size", "pg_table_size", "pg_total_relation_size") for kind in ("regclass",)),
    ("pg_indexes_size(regclass)", "int8", "0::int8"),
    ("pg_relation_filenode(regclass)", "oid", "$1::oid"),
    ("pg_relation_is_publishable(regclass)", "bool", "false"),
    ("pg_database_size(name)", "int8", "(SELECT sum(r.bytes)::int8 FROM sabot.relations r)"),
    ("pg_database_size(oid)", "int8", "(SELECT sum(r.bytes)::int8 FROM sabot.relations r)"),
    ("pg_tablespace_size(oid)", "int8", "(SELECT sum(r.bytes)::int8 FROM sabot.relations r)"),
    ("pg_encoding_to_char(int4)", "name", f"CASE WHEN $1 BETWEEN 0 AND 41 THEN ({_ENCODINGS})[$1 + 1] WHEN $1 IS NOT NULL THEN '' END"),
    ("pg_encoding_max_length(int4)", "int4", f"CASE WHEN $1 BETWEEN 0 AND 41 THEN ({_ENCODING_BYTES})[$1 + 1] END"),
    ("pg_char_to_encoding(name)", "int4", _ENCODING),
    ("int4inc(int4)", "int4", "$1 + 1"),
    ("timestamptz(date, time)", "timestamptz", "($1 + $2)::timestamptz"),
    ("getdatabaseencoding()", "name", "'UTF8'"),
    ("pg_client_encoding()", "name", "current_setting('client_encoding')::name"),
    ("pg_is_in_recovery()", "bool", "false"),
    ("rw_recovery_status()", "text", "'RUNNING'"),
    ("rw_version()", "text", "pg_catalog.version()"),
    ("rw_epoch_ts(int8)", "timestamptz", "timestamptz '2021-04-01 00:00:00+00' + ($1 >> 16) * interval '1 millisecond'"),
    ("pg_is_wal_replay_paused()", "bool", "false"),
    ("pg_is_other_temp_schema(oid)", "bool", "false"),
    ("pg_my_temp_schema()", "oid",
     """coalesce((SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = 'pg_temp_' || pg_backend_pid()), 0::oid)"""),
    ("pg_blocking_pids(int4)", "_int4", "coalesce((SELECT array_agg(w.blocker) FROM sabot.lock_waits w WHERE w.pid = $1), '{}')"),
    ("inet_server_addr()", "inet", "NULL"),
    ("inet_server_port()", "int4", "NULL"),
    ("inet_client_addr()", "inet",
     "(SELECT a.client_addr FROM pg_catalog.pg_stat_activity a WHERE a.pid = pg_catalog.pg_backend_pid())"),
    ("inet_client_port()", "int4",
     "(SELECT a.client_port FROM pg_catalog.pg_stat_activity a WHERE a.pid = pg_catalog.pg_backend_pid())"),
    ("pg_index_column_has_property(regclass, int4, text)", "bool", """(SELECT CASE lower($3) WHEN 'asc' THEN o & 1 = 0 WHEN 'desc' THEN o & 1 = 1 WHEN 'nulls_first' THEN o & 2 = 2
            WHEN 'nulls_last' THEN o & 2 = 0 WHEN 'distance_orderable' THEN false WHEN 'orderable' THEN true WHEN 'returnable' THEN true
            WHEN 'search_array' THEN true WHEN 'search_nulls' THEN true END
         FROM (SELECT i.indoption[$2 - 1]::int4 FROM pg_catalog.pg_index i WHERE i.indexrelid = $1) AS x(o))"""),
    ("pg_describe_object(oid, oid, int4)", "text", _looked_up("class")),
    ("pg_current_wal_lsn()", "pg_lsn", "NULL"),
    ("pg_last_wal_receive_lsn()", "pg_lsn", "NULL"),
    ("pg_last_wal_replay_lsn()", "pg_lsn", "NULL"),
    ("pg_last_xact_replay_timestamp()", "timestamptz", "NULL"),
    ("pg_wal_lsn_diff(pg_lsn, pg_lsn)", "numeric", "NULL"),
    *((f"to_reg{kind}(text)", f"reg{kind}", f"({query})::reg{kind}") for kind, query in (
        ("type", f"""SELECT coalesce((SELECT min(o.id) FROM sabot.object_texts o WHERE o.kind = 'type' AND o.text = $1),
            (SELECT min(o.id) FROM sabot.object_texts o WHERE o.kind = 'type' AND o.text = {_TYPE_TEXT}))"""),
        ("proc", """SELECT CASE WHEN count(*) = 1 THEN min(p.oid) END FROM pg_catalog.pg_proc p
            JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace, (SELECT sabot_object_name($1)) AS w(name)
            WHERE p.proname = w.name[cardinality(w.name)] AND CASE cardinality(w.name) WHEN 1 THEN
            pg_catalog.pg_function_is_visible(p.oid) ELSE n.nspname = w.name[1] END"""),
        ("class", """SELECT min(c.oid) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname || '.' || c.relname = $1
               OR (c.relname = $1 AND pg_catalog.pg_table_is_visible(c.oid))"""),
        ("namespace", """SELECT min(n.oid) FROM pg_catalog.pg_namespace n, (SELECT sabot_object_name($1)) AS w(name)
            WHERE n.nspname = w.name[1]"""))),
    ("sabot_setting(text)", "text", "(SELECT min(s.value) FROM sabot.settings s WHERE lower(s.name) = lower($1))"),
    ("int8recv(bytea)", "int8", "(" + " | ".join(f"(get_byte($1, {k})::int8 << {56 - 8 * k})" for k in range(8)) + ")"),
    ("acldefault(\"char\", oid)", "_aclitem",
     """(SELECT CASE $1::text WHEN 'c' THEN '{}'::text[] WHEN 'p' THEN '{}'::text[]
             WHEN 'r' THEN ARRAY[o.n || '=arwdDxt/' || o.n] WHEN 's' THEN ARRAY[o.n || '=rwU/' || o.n]
             WHEN 'd' THEN ARRAY['=Tc/' || o.n, o.n || '=CTc/' || o.n] WHEN 'f' THEN ARRAY['=X/' || o.n, o.n || '=X/' || o.n]
             WHEN 'l' THEN ARRAY['=U/' || o.n, o.n || '=U/' || o.n] WHEN 'T' THEN ARRAY['=U/' || o.n, o.n || '=U/' || o.n]
             WHEN 'L' THEN ARRAY[o.n || '=rw/' || o.n] WHEN 'n' THEN ARRAY[o.n || '=UC/' || o.n]
             WHEN 't' THEN ARRAY[o.n || '=C/' || o.n] WHEN 'F' THEN ARRAY[o.n || '=U/' || o.n]
             WHEN 'S' THEN ARRAY[o.n || '=U/' || o.n] END::aclitem[]
         FROM (SELECT pg_catalog.pg_get_userbyid($2)::text) AS o(n))"""),
    ("oidvectortypes(oidvector)", "text",
     """(SELECT coalesce(string_agg(t.o::regtype::text, ', ' ORDER BY t.n), '')
         FROM unnest($1) WITH ORDINALITY AS t(o, n))"""),
)


# (name(argument types), columns of the result, query)
_TABLES: tuple[tuple[str, str, str], ...] = (
    ("aclexplode(_aclitem)", "grantor oid, grantee oid, privilege_type text, is_grantable bool",
     r"""SELECT coalesce(gr.oid, 0::oid), coalesce(ge.oid, 0::oid),
            CASE m.p[1] WHEN 'a' THEN 'INSERT' WHEN 'r' THEN 'SELECT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
                WHEN 'D' THEN 'TRUNCATE' WHEN 'x' THEN 'REFERENCES' WHEN 't' THEN 'TRIGGER' WHEN 'X' THEN 'EXECUTE'
                WHEN 'U' THEN 'USAGE' WHEN 'C' THEN 'CREATE' WHEN 'T' THEN 'TEMPORARY' WHEN 'c' THEN 'CONNECT' END,
            m.p[2] = '*'
         FROM (SELECT i.item::text FROM unnest($1) AS i(item)) AS s(t)
         CROSS JOIN LATERAL regexp_matches(split_part(split_part(s.t, '=', 2), '/', 1), '([a-zA-Z])([*]?)', 'g') AS m(p)
         LEFT JOIN pg_catalog.pg_roles gr ON gr.rolname::text = split_part(s.t, '/', 2)
         LEFT JOIN pg_catalog.pg_roles ge ON ge.rolname::text = split_part(s.t, '=', 1)"""),
    ("pg_options_to_table(_text)", "option_name text, option_value text",
     "SELECT split_part(o, '=', 1), split_part(o, '=', 2) FROM unnest($1) AS o"),
    ("pg_partition_tree(regclass)", "relid regclass, parentrelid regclass, isleaf bool, level int4",
     "SELECT $1, $1, true, 0 WHERE false"),
    ("pg_show_all_settings()",
     """name text, setting text, unit text, category text, short_desc text, extra_desc text, context text, vartype text,
        source text, min_val text, max_val text, enumvals _text, boot_val text, reset_val text, sourcefile text,
        sourceline int4, pending_restart bool""",
     "SELECT * FROM pg_catalog.pg_settings"),
    ("pg_available_extensions()", "name name, default_version text, comment text",
     "SELECT ''::name, ''::text, ''::text WHERE false"),
    ("ts_token_type(oid)", "tokid int4, alias text, description text", "SELECT 0, ''::text, ''::text WHERE false"),
    ("pg_get_keywords()", "word text, catcode \"char\", barelabel bool, catdesc text, baredesc text",
     "SELECT k.word, k.catcode, k.barelabel, k.catdesc, k.baredesc FROM sabot.keywords k"),
    ("pg_timezone_names()", "name text, abbrev text, utc_offset interval, is_dst bool",
     "SELECT z.name, z.abbrev, z.utc_offset, z.is_dst FROM pg_catalog.pg_timezone_names z"),
)


# (name(argument types), type of a row, set-returning expression)
_SETS: tuple[tuple[str, str, str], ...] = (
    ("pg_listening_channels()", "text", "unnest(ARRAY(SELECT c.channel FROM sabot.listening_channels c))"),
    ("pg_partition_ancestors(regclass)", "regclass", "unnest('{}'::oid[]::regclass[])"),
)


def type_of(name: str) -> SqlType:
    """A type by its name in pg_type; `_name` is the array."""
    return list_of(scalar(name[1:])) if name.startswith("_") else scalar(name)


def catalog_functions() -> list[SqlFunction]:
    """The functions of pg_catalog that are written in SQL."""
    found: list[SqlFunction] = []
    for number, (call, result, body) in enumerate(_TABLE):
        name, _, arguments = call.removesuffix(")").partition("(")
        parameters = tuple(("", type_of(a.strip())) for a in arguments.split(",") if a.strip())
        text = f"SELECT {body}"
        found.append(SqlFunction(_FIRST + number, "pg_catalog", name, parameters, type_of(result), text, text))
    for number, (call, result, body) in enumerate(_SETS, len(_TABLE) + len(_TABLES)):
        name, _, arguments = call.removesuffix(")").partition("(")
        parameters = tuple(("", type_of(a.strip())) for a in arguments.split(",") if a.strip())
        text = f"SELECT {body}"
        found.append(
            SqlFunction(_FIRST + number, "pg_catalog", name, parameters, type_of(result), text, text, returns_set=True)
        )
    for number, (call, result, body) in enumerate(_TABLES, len(_TABLE)):
        name, _, arguments = call.removesuffix(")").partition("(")
        parameters = tuple(("", type_of(a.strip())) for a in arguments.split(",") if a.strip())
        table = tuple((c, type_of(t)) for c, t in (part.split() for part in result.split(",")))
        found.append(
            SqlFunction(_FIRST + number, "pg_catalog", name, parameters, None, body, body, returns_set=True, table=table)
        )
    return found

-- What clients ask, in the form of this project; one query ends at a line with a semicolon.
-- SQLAlchemy, Alembic: relations, columns, keys, indexes, comments
SELECT c.relname, c.relkind FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'depot' AND c.relkind = ANY (ARRAY['r', 'p', 'v', 'm', 'f']) ORDER BY 1;
SELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, a.attidentity, a.attgenerated,
    (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d
     WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef) AS value,
    pg_catalog.col_description(c.oid, a.attnum) AS comment
FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'depot'::regnamespace AND c.relkind IN ('r', 'v', 'm') ORDER BY c.relname, a.attnum;
SELECT con.conname, array_agg(a.attname::text ORDER BY k.ord) AS columns, min(con.contype) AS kind
FROM (SELECT conrelid, conname, contype, unnest(conkey) AS attnum, generate_subscripts(conkey, 1) AS ord
      FROM pg_catalog.pg_constraint WHERE contype IN ('p', 'u')) con
JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = con.attnum
JOIN LATERAL (SELECT con.ord) AS k(ord) ON true
WHERE con.conrelid IN ('depot.part'::regclass, 'depot.move'::regclass) GROUP BY con.conname ORDER BY 1;
SELECT i.relname, x.indisunique, x.indisprimary, x.indkey, x.indoption, x.indnkeyatts, am.amname,
    pg_catalog.pg_get_indexdef(x.indexrelid, 0, false) AS definition, x.indexprs IS NOT NULL AS has_expressions
FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_am am ON am.oid = i.relam
WHERE x.indrelid IN ('depot.part'::regclass, 'depot.move'::regclass, 'depot.totals'::regclass) ORDER BY 1;
SELECT x.indexrelid::regclass::text AS index, s.place, pg_catalog.pg_get_indexdef(x.indexrelid, s.place + 1, true) AS key,
    o.opcname, o.opcdefault
FROM (SELECT indexrelid, indclass, generate_subscripts(indkey, 1) AS place FROM pg_catalog.pg_index
      WHERE indrelid = 'depot.part'::regclass) s
JOIN pg_catalog.pg_index x ON x.indexrelid = s.indexrelid
JOIN pg_catalog.pg_opclass o ON o.oid = s.indclass[s.place] ORDER BY 1, 2;
SELECT d.description, d.objsubid FROM pg_catalog.pg_description d
WHERE d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = 'depot.part'::regclass ORDER BY 2;
SELECT pg_catalog.obj_description('depot.heavy'::regclass, 'pg_class') AS comment;
-- JDBC: DatabaseMetaData
SELECT NULL::text AS table_cat, n.nspname AS table_schem, ct.relname AS table_name, a.attname AS column_name,
    (information_schema._pg_expandarray(i.indkey)).n AS key_seq, ci.relname AS pk_name
FROM pg_catalog.pg_class ct JOIN pg_catalog.pg_attribute a ON ct.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON ct.relnamespace = n.oid JOIN pg_catalog.pg_index i ON a.attrelid = i.indrelid
JOIN pg_catalog.pg_class ci ON ci.oid = i.indexrelid
WHERE i.indisprimary AND n.nspname = 'depot' AND a.attnum = 1 ORDER BY 3, 5;
SELECT n.nspname = ANY (current_schemas(true)) AS visible, t.typname FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = 1043;
SELECT e.typdelim FROM pg_catalog.pg_type t, pg_catalog.pg_type e WHERE t.oid = 1009 AND t.typelem = e.oid;
SELECT typinput = 'pg_catalog.array_in'::regproc AS is_array, typtype, typname FROM pg_catalog.pg_type
WHERE oid IN (23, 25, 1007, 1009, 1700, 1184, 3802) ORDER BY 3;
SELECT t.typname, t.typlen, t.typbyval, t.typcategory, t.typispreferred, t.typalign, t.typstorage, t.typdelim,
    t.typinput, t.typoutput, t.typreceive, t.typsend FROM pg_catalog.pg_type t
WHERE t.typname IN ('bool', 'bytea', 'char', 'name', 'int8', 'int2', 'int4', 'text', 'oid', 'json', 'float4', 'float8', 'bpchar',
    'varchar', 'date', 'time', 'timestamp', 'timestamptz', 'interval', 'numeric', 'uuid', 'jsonb', '_int4', '_text',
    'int2vector', 'oidvector', 'regclass', 'regtype', 'regproc') AND t.typnamespace = 11 ORDER BY 1;
-- information_schema: Metabase, Grafana, Power BI, dbt, typeorm, knex
-- (materialized views are listed here, and views are not updatable: documented)
SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_schema = 'depot' AND table_name <> 'totals' ORDER BY 2;
SELECT table_name, column_name, ordinal_position, is_nullable, data_type, character_maximum_length, numeric_precision,
    numeric_precision_radix, numeric_scale, datetime_precision, udt_schema, udt_name, is_identity
FROM information_schema.columns WHERE table_schema = 'depot' AND table_name <> 'totals' ORDER BY table_name, ordinal_position;
SELECT constraint_name, table_name, constraint_type, is_deferrable, initially_deferred FROM information_schema.table_constraints
WHERE table_schema = 'depot' AND constraint_type <> 'CHECK' ORDER BY 1;
SELECT constraint_name, column_name, ordinal_position FROM information_schema.key_column_usage WHERE table_schema = 'depot'
ORDER BY 1, 3;
SELECT table_name, check_option FROM information_schema.views WHERE table_schema = 'depot';
SELECT quote_ident(table_name) AS "table" FROM information_schema.tables
WHERE quote_ident(table_schema) NOT IN ('information_schema', 'pg_catalog', 'sabot') AND table_schema = 'depot' AND table_name <> 'totals' ORDER BY 1;
-- dbt, Superset: names of relations, their dependencies
SELECT schemaname, tablename, 'table' AS kind FROM pg_catalog.pg_tables WHERE schemaname ILIKE 'depot'
UNION ALL SELECT schemaname, viewname, 'view' FROM pg_catalog.pg_views WHERE schemaname ILIKE 'depot'
UNION ALL SELECT schemaname, matviewname, 'materialized_view' FROM pg_catalog.pg_matviews WHERE schemaname ILIKE 'depot' ORDER BY 2;
SELECT DISTINCT v.relname AS dependent, r.relname AS referenced FROM pg_catalog.pg_class v
JOIN pg_catalog.pg_rewrite w ON w.ev_class = v.oid
JOIN pg_catalog.pg_depend d ON d.objid = w.oid AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
JOIN pg_catalog.pg_class r ON r.oid = d.refobjid
WHERE v.relnamespace = 'depot'::regnamespace AND r.oid <> v.oid ORDER BY 1, 2;
-- functions of the catalog
SELECT pg_catalog.format_type(1700, 524295) AS a, pg_catalog.format_type(1042, 10) AS b, pg_catalog.format_type(1184, 3) AS c,
    pg_catalog.format_type(1015, 44) AS d, pg_catalog.format_type(16, NULL) AS e, pg_catalog.format_type(22, NULL) AS f;
SELECT to_regclass('depot.part')::text AS a, to_regclass('depot.nothing')::text AS b, to_regtype('int4')::text AS c,
    to_regnamespace('depot')::text AS d;
SELECT pg_catalog.pg_table_is_visible('plain'::regclass) AS a, pg_catalog.pg_table_is_visible('depot.part'::regclass) AS b,
    pg_catalog.pg_type_is_visible(23) AS c;
SELECT c.relname FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname OPERATOR(pg_catalog.~) '^(part|move)$' COLLATE pg_catalog.default
    AND n.nspname OPERATOR(pg_catalog.~) '^(depot)$' COLLATE pg_catalog.default ORDER BY 1;
SELECT pg_catalog.array_to_string(ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = 'depot.move'::regclass AND a.attnum > 0 ORDER BY a.attnum), ', ') AS columns;
SELECT word, catcode, barelabel, catdesc FROM pg_catalog.pg_get_keywords() WHERE word IN ('select', 'table', 'int', 'left', 'abort')
ORDER BY 1;
SELECT '1 2 3'::int2vector AS v, ('1 2 3'::int2vector)[0] AS first, array_upper('1 2 3'::int2vector, 1) AS last;
SELECT pg_catalog.has_table_privilege('depot.part', 'SELECT') AS a, pg_catalog.has_schema_privilege('depot', 'USAGE') AS b,
    pg_catalog.has_database_privilege(current_database(), 'CONNECT') AS c,
    pg_catalog.has_column_privilege('depot.part', 'name', 'UPDATE') AS d;
SELECT pg_catalog.pg_encoding_to_char(6) AS a, pg_catalog.pg_char_to_encoding('UTF8') AS b, pg_catalog.getdatabaseencoding() AS c;
SELECT pg_catalog.quote_ident('Mixed Case') AS a, pg_catalog.quote_literal('it''s') AS b, pg_catalog.quote_nullable(NULL) AS c;
SELECT name, setting, vartype FROM pg_catalog.pg_settings WHERE name IN ('server_encoding', 'standard_conforming_strings',
    'integer_datetimes', 'max_identifier_length', 'DateStyle', 'IntervalStyle', 'search_path') ORDER BY name;
SELECT conname, pg_catalog.pg_get_constraintdef(oid, true) AS definition FROM pg_catalog.pg_constraint
WHERE conrelid = 'depot.part'::regclass ORDER BY 1;

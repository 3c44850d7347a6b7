"""What pg_catalog and information_schema tell of the objects, as PostgreSQL 15 tells it."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

Rows = list[tuple[Any, ...]]


def rows(sql: psycopg.Connection, query: str, *parameters: object) -> Rows:
    return sql.execute(query, parameters or None).fetchall()


def test_relations_have_their_kinds(sql: psycopg.Connection) -> None:
    found = rows(
        sql,
        """SELECT c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname = 'shop' ORDER BY 1""",
    )
    assert [(name, kind if isinstance(kind, str) else kind.decode()) for name, kind in found] == [
        ("cheap", "v"), ("counts", "m"), ("item", "r"), ("item_name_key", "i"), ("item_pkey", "i"), ("item_price", "i"),
    ]  # fmt: skip


def test_columns_have_formatted_types(sql: psycopg.Connection) -> None:
    found = rows(
        sql,
        """SELECT a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
           FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
           WHERE a.attrelid = 'shop.item'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1""",
    )
    assert found == [
        (1, "id", "integer", True, None),
        (2, "name", "character varying(40)", True, None),
        (3, "price", "numeric(10,2)", False, "1.5"),
        (4, "tags", "text[]", False, None),
        (5, "made", "timestamp(3) with time zone", False, None),
    ]


def test_constraints_and_indexes_have_definitions(sql: psycopg.Connection) -> None:
    assert rows(
        sql, "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'shop.item'::regclass ORDER BY 1"
    ) == [("item_name_key", "UNIQUE (name)"), ("item_pkey", "PRIMARY KEY (id)"), ("positive", "CHECK ((price > (0)::numeric))")]
    assert rows(sql, "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE NOT indisunique") == [
        ("CREATE INDEX item_price ON shop.item USING btree (price DESC, name)",)
    ]
    assert rows(sql, "SELECT pg_get_indexdef('shop.item_price'::regclass, 2, true)") == [("name",)]


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("format_type(1700, 655366)", "numeric(10,2)"),
        ("format_type(23, NULL)", "integer"),
        ("format_type(1015, 14)", "character varying(10)[]"),
        ("format_type(99999, NULL)", "???"),
        ("format_type(0, NULL)", "-"),
        ("format_type(NULL, NULL)", None),
        ("obj_description('shop.item'::regclass, 'pg_class')", "what is sold"),
        ("col_description('shop.item'::regclass, 3)", "in euro"),
        ("col_description('shop.item'::regclass, 1)", None),
        ("pg_table_is_visible('shop.item'::regclass)", False),
        ("pg_table_is_visible(99999)", None),
        ("pg_get_userbyid(99999)", "unknown (OID=99999)"),
        ("'shop.item'::regclass::text", "shop.item"),
        ("to_regclass('shop.nothing')", None),
        ("to_regtype('character varying')::text", "character varying"),
        ("'pg_catalog.int4in'::regproc::text", "int4in"),
        ("pg_encoding_to_char(6)", "UTF8"),
        ("pg_size_pretty(10239::int8)", "10239 bytes"),
        ("pg_size_pretty(123456::int8)", "121 kB"),
        ("has_table_privilege('shop.item', 'SELECT')", True),
        ("pg_is_in_recovery()", False),
        ("set_config('application_name', 'me', false)", "me"),
    ],
)
def test_catalog_functions(sql: psycopg.Connection, call: str, value: object) -> None:
    assert rows(sql, f"SELECT {call}") == [(value,)]


def test_functions_over_columns_are_computed_per_row(sql: psycopg.Connection) -> None:
    assert rows(
        sql,
        """SELECT c.oid::regclass::text, obj_description(c.oid, 'pg_class') FROM pg_class c
           WHERE c.relname IN ('item', 'cheap') ORDER BY 1""",
    ) == [("shop.cheap", None), ("shop.item", "what is sold")]


def test_names_are_read_as_oids_in_parameters(sql: psycopg.Connection) -> None:
    assert rows(sql, "SELECT relname FROM pg_class WHERE oid = %s::regclass", "shop.item") == [("item",)]
    with pytest.raises(psycopg.errors.UndefinedTable):
        rows(sql, "SELECT %s::regclass", "shop.nothing")


def test_views_depend_on_what_they_read(sql: psycopg.Connection) -> None:
    assert rows(
        sql,
        """SELECT r.ev_class::regclass::text, d.refobjid::regclass::text FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
           WHERE d.deptype = 'n' AND d.classid = 'pg_rewrite'::regclass ORDER BY 1""",
    ) == [("shop.cheap", "shop.item"), ("shop.counts", "shop.item")]


def test_information_schema(sql: psycopg.Connection) -> None:
    assert rows(sql, "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'shop' ORDER BY 1") == [
        ("cheap", "VIEW"), ("counts", "MATERIALIZED VIEW"), ("item", "BASE TABLE")
    ]  # fmt: skip
    assert rows(
        sql,
        """SELECT column_name, data_type, udt_name, is_nullable, character_maximum_length, numeric_precision, numeric_scale
           FROM information_schema.columns WHERE table_name = 'item' ORDER BY ordinal_position""",
    ) == [
        ("id", "integer", "int4", "NO", None, 32, 0),
        ("name", "character varying", "varchar", "NO", 40, None, None),
        ("price", "numeric", "numeric", "YES", None, 10, 2),
        ("tags", "ARRAY", "_text", "YES", None, None, None),
        ("made", "timestamp with time zone", "timestamptz", "YES", None, None, None),
    ]
    assert rows(
        sql,
        """SELECT k.column_name FROM information_schema.table_constraints t
           JOIN information_schema.key_column_usage k USING (constraint_name, table_name)
           WHERE t.constraint_type = 'PRIMARY KEY' AND t.table_name = 'item'""",
    ) == [("id",)]


def test_every_catalog_relation_can_be_read(sql: psycopg.Connection) -> None:
    names = rows(
        sql,
        """SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE n.nspname IN ('pg_catalog', 'information_schema')""",
    )
    assert len(names) > 150
    for schema, name in names:
        sql.execute(f"SELECT * FROM {schema}.{name}")


def test_tableoid_is_there_but_not_in_star(sql: psycopg.Connection) -> None:
    assert rows(sql, "SELECT tableoid::regclass::text FROM pg_am LIMIT 1") == [("pg_am",)]
    cursor = sql.execute("SELECT * FROM pg_am")
    assert [c.name for c in cursor.description or ()] == ["oid", "amname", "amhandler", "amtype"]


def test_system_relations_are_not_changed(sql: psycopg.Connection) -> None:
    with pytest.raises(psycopg.Error):
        sql.execute("DELETE FROM pg_class")


def test_a_materialized_view_over_the_catalog_is_refused(sql: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        sql.execute("CREATE MATERIALIZED VIEW shop.m AS SELECT count(*) FROM pg_class")
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        sql.execute("CREATE MATERIALIZED VIEW shop.m AS SELECT format_type(id::oid, -1) FROM shop.item")
    sql.execute("CREATE MATERIALIZED VIEW shop.m AS SELECT count(*) FROM sabot.errors")
    sql.execute("DROP MATERIALIZED VIEW shop.m")


def test_arrays_of_names(sql: psycopg.Connection) -> None:
    assert rows(sql, "SELECT '{int,text}'::regtype[]::text[], 23 = ANY ('{int,text}'::regtype[])") == [
        (["integer", "text"], True)
    ]


def test_vectors_count_from_zero(sql: psycopg.Connection) -> None:
    index = "'shop.item_price'::regclass"
    assert rows(
        sql,
        f"""SELECT indkey::text, indkey[0], indkey[1], array_upper(indkey, 1), 3 = ANY (indkey), array_to_string(indkey, ',')
            FROM pg_index WHERE indexrelid = {index}""",
    ) == [("3 2", 3, 2, 1, True, "3,2")]
    assert rows(sql, f"SELECT generate_subscripts(indoption, 1), unnest(indoption) FROM pg_index WHERE indexrelid = {index}") == [
        (0, 3), (1, 0)
    ]  # fmt: skip
    column = sql.execute(f"SELECT indkey FROM pg_index WHERE indexrelid = {index}")
    assert [c.type_code for c in column.description or ()] == [22]


def test_indexes_of_keys_have_names(sql: psycopg.Connection) -> None:
    assert rows(
        sql, "SELECT conindid::regclass::text, 'dev.shop.item_pkey'::regclass = conindid FROM pg_constraint WHERE contype = 'p'"
    ) == [("shop.item_pkey", True)]

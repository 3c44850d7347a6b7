"""Statements as other streaming databases spell them, and the catalog under their names."""

import psycopg
import pytest


@pytest.fixture
def sales(connection: psycopg.Connection) -> psycopg.Connection:
    connection.execute("CREATE TABLE sales (region text, q int, amount int)")
    connection.execute("INSERT INTO sales VALUES ('e', 1, 10), ('e', 2, 20), ('w', 1, 5), ('e', 1, 1), ('n', 3, NULL)")
    return connection


def rows(connection: psycopg.Connection, sql: str) -> list[tuple[object, ...]]:
    return connection.execute(sql).fetchall()


PIVOTS = {
    "SELECT * FROM sales PIVOT (sum(amount) FOR q IN (1, 2)) ORDER BY region": [("e", 11, 20), ("n", None, None), ("w", 5, None)],
    "SELECT region, first_c, second_s FROM sales PIVOT (sum(amount) AS s, count(*) AS c FOR q IN (1 AS first, 2 AS second)) p"
    " ORDER BY region": [("e", 2, 20), ("n", 0, None), ("w", 1, None)],
    "SELECT p.a, p.b FROM (SELECT q, amount FROM sales) s PIVOT (max(amount) FOR q IN (1, 2)) AS p (a, b)": [(10, 20)],
    "SELECT * FROM sales UNPIVOT (v FOR k IN (q, amount)) WHERE region <> 'e' ORDER BY region, k": [
        ("n", "q", 3), ("w", "amount", 5), ("w", "q", 1),
    ],
    "SELECT region, k, v FROM sales UNPIVOT INCLUDE NULLS (v FOR k IN (amount AS 'money')) u WHERE region = 'n'": [
        ("n", "money", None)
    ],
}  # fmt: skip


@pytest.mark.parametrize("sql", PIVOTS)
def test_pivot(sales: psycopg.Connection, sql: str) -> None:
    assert rows(sales, sql) == PIVOTS[sql]


def test_pivot_in_a_view(sales: psycopg.Connection) -> None:
    sales.execute("CREATE MATERIALIZED VIEW p AS SELECT * FROM sales PIVOT (sum(amount) FOR q IN (1 AS a, 2 AS b))")
    sales.execute("CREATE MATERIALIZED VIEW u AS SELECT * FROM sales UNPIVOT (v FOR k IN (q, amount))")
    sales.execute("UPDATE sales SET amount = 7 WHERE region = 'w'")
    sales.execute("DELETE FROM sales WHERE region = 'e' AND q = 2")
    assert rows(sales, "SELECT * FROM p ORDER BY region") == [("e", 11, None), ("n", None, None), ("w", 7, None)]
    assert rows(sales, "SELECT v FROM u WHERE region = 'w' ORDER BY v") == [(1,), (7,)]


def test_a_sample_is_some_of_the_rows(sales: psycopg.Connection) -> None:
    sales.execute("CREATE TABLE many AS SELECT * FROM generate_series(1, 2000) AS x")
    assert rows(sales, "SELECT count(*) FROM many TABLESAMPLE BERNOULLI (100)") == [(2000,)]
    assert rows(sales, "SELECT count(*) FROM many TABLESAMPLE SYSTEM (0)") == [(0,)]
    ((some,),) = rows(sales, "SELECT count(*) FROM many m TABLESAMPLE BERNOULLI (50) WHERE x > 0")
    assert isinstance(some, int) and 700 < some < 1300
    with pytest.raises(psycopg.Error) as error:
        sales.execute("SELECT * FROM many TABLESAMPLE BERNOULLI (101)")
    assert error.value.sqlstate == "2202H"


def test_a_counter_counts(connection: psycopg.Connection) -> None:
    connection.execute("CREATE SOURCE c IN CLUSTER x FROM LOAD GENERATOR COUNTER (TICK INTERVAL '1ms', UP TO 5)")
    assert rows(connection, "SELECT counter FROM c ORDER BY 1") == [(n,) for n in range(1, 6)]
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        connection.execute("CREATE SOURCE d FROM LOAD GENERATOR AUCTION")


def test_views_that_ask_for_less_than_they_get(sales: psycopg.Connection) -> None:
    sales.execute("CREATE MATERIALIZED VIEW r WITH (REFRESH EVERY '1 day') AS SELECT q FROM sales")
    sales.execute("CREATE MATERIALIZED VIEW h WITH (RETAIN HISTORY FOR '1 hour') AS SELECT q FROM sales")
    sales.execute("DELETE FROM sales WHERE q < 3")
    assert rows(sales, "SELECT * FROM r") == rows(sales, "SELECT * FROM h") == [(3,)]


def test_the_catalog_under_other_names(sales: psycopg.Connection, other: psycopg.Connection) -> None:
    sales.execute("CREATE MATERIALIZED VIEW m AS SELECT region FROM sales")
    sales.execute("CREATE INDEX i ON sales (q) INCLUDE (amount)")
    ((name,),) = rows(sales, "SELECT current_schema()")
    schema = f"(SELECT id FROM rw_schemas WHERE name = '{name}')"
    assert rows(sales, f"SELECT name, append_only FROM rw_catalog.rw_tables WHERE schema_id = {schema}") == [("sales", False)]
    assert rows(sales, f"SELECT name, definition FROM rw_materialized_views WHERE schema_id = {schema}") == [
        ("m", "CREATE MATERIALIZED VIEW m AS SELECT region FROM sales")
    ]
    assert rows(sales, f"SELECT name, relation_type FROM rw_relations WHERE schema_id = {schema} ORDER BY name") == [
        ("i", "index"), ("m", "materialized view"), ("sales", "table"),
    ]  # fmt: skip
    assert rows(sales, f"SELECT key_columns, include_columns FROM rw_indexes WHERE schema_id = {schema}") == [(["q"], ["amount"])]
    assert rows(
        sales,
        "SELECT c.name, c.type FROM mz_columns c JOIN mz_objects o ON c.id = o.id JOIN mz_schemas s ON o.schema_id = s.id"
        f" WHERE o.name = 'm' AND s.name = '{name}' AND o.type = 'materialized-view'",
    ) == [("region", "text")]
    sales.execute("CREATE TABLE numbered (n serial)")  # its sequence has no statement of its own
    for relation in ("mz_objects", "rw_relation_info", "rw_users", "rw_databases", "rw_functions", "rw_depend", "rw_ddl_progress", "rw_columns", "mz_roles",
                     "rw_table_stats", "rw_sources", "rw_sinks", "mz_catalog.mz_databases", "mz_secrets", "rw_streaming_jobs"):  # fmt: skip
        sales.execute(f"SELECT * FROM {relation}")
    assert rows(sales, "SELECT count(*) FROM pg_class WHERE relname LIKE 'rw\\_%' OR relname LIKE 'mz\\_%'") == [(0,)]
    assert ("rw_catalog",) not in rows(sales, "SHOW SCHEMAS")


def test_what_holds_passwords_is_its_owners(sales: psycopg.Connection, server: object) -> None:
    sales.execute("CREATE CONNECTION c WITH (type = 'kafka', properties.sasl.password = 'geheim')")
    sales.execute("CREATE ROLE somebody")
    try:
        assert "geheim" in str(rows(sales, "SELECT definition FROM rw_connections"))
        sales.execute("SET ROLE somebody")
        assert rows(sales, "SELECT definition FROM rw_connections") == [(None,)]
    finally:
        sales.execute("RESET ROLE")
        sales.execute("DROP ROLE somebody")


def test_jobs_and_comments_under_other_names(sales: psycopg.Connection) -> None:
    sales.execute("SET streaming_parallelism_for_materialized_view = 2")
    sales.execute("CREATE MATERIALIZED VIEW by_region AS SELECT region, count(*) FROM sales GROUP BY region")
    sales.execute("COMMENT ON COLUMN sales.region IS 'where'")
    ((schema,),) = rows(sales, "SELECT current_schema()")
    ((job,),) = rows(sales, "SELECT 'by_region'::regclass::oid::int")
    assert rows(sales, f"SELECT relationname FROM rw_relation_info WHERE schemaname = '{schema}' ORDER BY 1") == [("by_region",), ("sales",)]
    assert rows(sales, f"SELECT relation_type, parallelism FROM rw_streaming_parallelism WHERE id = {job}") == [("materialized view", "FIXED(2)")]
    assert rows(sales, f"SELECT count(*) FROM rw_actors WHERE fragment_id = {job}") == [(2,)]
    assert rows(sales, f"SELECT hydrated FROM mz_internal.mz_hydration_statuses WHERE object_id = 'u{job}'") == [(True,)]
    assert ("where", 1) in rows(sales, "SELECT comment, object_sub_id FROM mz_internal.mz_comments")
    assert rows(sales, "SELECT name FROM mz_clusters") == [("quickstart",)]
    assert rows(sales, "SELECT setting FROM rw_settings WHERE name = 'streaming_parallelism_for_materialized_view'") == [("2",)]


def test_watermarks_change_while_no_view_reads(connection: psycopg.Connection) -> None:
    run = connection.execute
    run("CREATE TABLE w (ts timestamp, v int, WATERMARK FOR ts AS ts - interval '1 hour') APPEND ONLY")
    run("INSERT INTO w VALUES ('2020-01-01 10:00', 1), ('2020-01-01 09:30', 2)")
    run("ALTER TABLE w ALTER WATERMARK FOR ts AS ts - interval '1 minute'")
    run("INSERT INTO w VALUES ('2020-01-01 09:40', 3), ('2020-01-01 09:59:30', 4)")
    assert rows(connection, "SELECT v FROM w ORDER BY v") == [(1,), (2,), (4,)]
    run("CREATE MATERIALIZED VIEW m AS SELECT v FROM w")
    with pytest.raises(psycopg.errors.DependentObjectsStillExist):
        run("ALTER TABLE w ALTER WATERMARK FOR ts AS ts")
    with pytest.raises(psycopg.errors.UndefinedObject):
        run("ALTER TABLE w ALTER WATERMARK FOR v AS v")


def test_a_replaced_materialized_view_is_filled_anew(sales: psycopg.Connection) -> None:
    for query in ("SELECT q, amount FROM sales", "SELECT region, count(*) AS n FROM sales GROUP BY region"):
        sales.execute(f"CREATE OR REPLACE MATERIALIZED VIEW totals AS {query}")
    assert rows(sales, "SELECT * FROM totals ORDER BY region") == [("e", 3), ("n", 1), ("w", 1)]
    sales.execute("INSERT INTO sales VALUES ('n', 4, 1)")
    assert rows(sales, "SELECT n FROM totals WHERE region = 'n'") == [(2,)]
    with pytest.raises(psycopg.errors.WrongObjectType):
        sales.execute("CREATE OR REPLACE VIEW totals AS SELECT 1 AS a")


def test_a_fetch_without_a_timeout_waits_for_the_first_change_only(sales: psycopg.Connection) -> None:
    with sales.transaction():
        sales.execute("DECLARE c CURSOR FOR SUBSCRIBE sales")
        assert len(rows(sales, "FETCH 100 c")) == 5

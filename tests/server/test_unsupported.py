"""What docs/UNSUPPORTED.md lists is refused with a code and, where there is a way out, a hint."""

import psycopg
import pytest

REFUSED = [
    "CREATE TABLE x (a serial) WITH (connector = 'datagen') FORMAT PLAIN ENCODE JSON",
    "CREATE MATERIALIZED VIEW w AS SELECT nextval('s') AS n FROM t",
    "DROP DATABASE d WITH (FORCE)",
    "CREATE TYPE ty AS RANGE (SUBTYPE = int4)",
    "CREATE TABLE x (a money)",
    "SELECT '<a/>'::xml",
    "SELECT '(1,2)'::point",
    "CREATE FUNCTION f(int) RETURNS int LANGUAGE javascript AS 'x'",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end'",
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS 'begin return 1; end'",
    "CREATE PROCEDURE p() SECURITY DEFINER LANGUAGE plpgsql AS 'begin end'",
    "SELECT one() + a FROM t",
    "CREATE MATERIALIZED VIEW w AS SELECT one() AS n FROM t",
    "SELECT a FROM t WHERE a = one()",
    "CREATE OR REPLACE TABLE t AS SELECT * FROM t",
    "CREATE OR REPLACE SOURCE x (a int) WITH (connector = 'datagen') FORMAT PLAIN ENCODE JSON",
    "INSERT INTO t PARTITION (b = 1) VALUES (1)",
    "CREATE CONNECTION c TO KAFKA (BROKER 'x:1')",
    "CREATE SECRET c WITH (backend = 'hashicorp_vault') AS 'x'",
    "ALTER SYSTEM SET work_mem = '1MB'",
    "SET array_nulls = off",
    "SET transform_null_equals = on",
    "SET standard_conforming_strings = off",
    "UPDATE grid SET b[1:2][1:2] = '{{0,0},{0,0}}'",
    "ALTER TABLE t ALTER COLUMN a TYPE bigint",
    "SUBSCRIBE t AS OF 1",
    "DECLARE c SCROLL CURSOR FOR SUBSCRIBE t",
    "DO 'begin commit; end'",
    "DO 'declare c cursor for select 1; begin move c; end'",
    "DO 'x' LANGUAGE plpython3u",
    "COPY t FROM '/tmp/x'",
    "SELECT * FROM t TABLESAMPLE SYSTEM (10) REPEATABLE (1)",
    "CREATE MATERIALIZED VIEW w AS SELECT * FROM t TABLESAMPLE SYSTEM (10)",
    "SELECT * FROM (SELECT a FROM t FOR UPDATE) s",
    "WITH RECURSIVE x AS (SELECT a FROM y), y AS (SELECT a FROM x) SELECT * FROM x",
    "EXPLAIN ANALYZE DELETE FROM t",
    "SELECT percentile_cont(a) WITHIN GROUP (ORDER BY a) FROM t GROUP BY a",
    "SELECT rank(a) WITHIN GROUP (ORDER BY b) FROM t GROUP BY ROLLUP (a)",
    "EXPLAIN ANALYZE CREATE MATERIALIZED VIEW w AS SELECT 1 AS a",
    "SELECT * FROM t PIVOT (sum(b) FOR a IN (1, 2)) PIVOT (sum(b) FOR a IN (1, 2))",
    "SELECT b::text GLOB b::text FROM t",
    "SELECT * FROM t MATCH_RECOGNIZE (ORDER BY a MEASURES x.a AS a PATTERN (x) DEFINE x AS x.a > 1)",
    "SELECT * FROM (WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x) s",
    "EXPLAIN WITH x AS (DELETE FROM t RETURNING a) SELECT * FROM x",
    "CREATE MATERIALIZED VIEW w AS SELECT now() AS n FROM t",
    "CREATE UNIQUE INDEX i ON v ((a + 1))",
    "CREATE TABLE x (a int, UNIQUE NULLS NOT DISTINCT (a) DEFERRABLE)",
    "CREATE TABLE x (LIKE indexed INCLUDING INDEXES)",
    "ALTER TABLE indexed ALTER COLUMN b DROP NOT NULL",
    "CREATE TABLE x (a int, ts timestamp, WATERMARK FOR ts AS ts WITH TTL)",
    "CREATE TABLE x (a numeric, WATERMARK FOR a AS a)",
    "CREATE TABLE x (a variant)",
    "SELECT CAST(1 AS variant)",
    "CREATE FUNCTION f AS 'com.example.F' LANGUAGE JAVA",
    "CREATE FUNCTION f(int) RETURNS int AS f USING LINK 'http://localhost:1'",
    "CREATE TABLE x (a uint4[])",
    "SELECT count(*) FROM t, t AS u GROUP BY SESSION(now(), interval '1 minute')",
    "CREATE TABLE x (a int) APPEND ONLY WITH (retention_seconds = 5)",
    "INSERT OR ABORT INTO t VALUES (1, 2)",
    "INSERT OVERWRITE INTO t VALUES (1, 2)",
    "CREATE TABLE x (a int) INHERITS (t)",
    "CREATE TABLE x (a int) PARTITION BY RANGE (a)",
    "CREATE TABLE x (a int, EXCLUDE USING gist (a WITH =))",
    "CREATE TRIGGER x AFTER INSERT ON t EXECUTE FUNCTION f()",
    "CREATE RULE x AS ON INSERT TO t DO NOTHING",
    "CREATE EXTENSION hstore",
    "REFRESH MATERIALIZED VIEW v WITH NO DATA",
    "WITH RECURSIVE x(n) USING KEY (n) AS (SELECT 1 UNION SELECT 2) SELECT * FROM x",
    "EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT 1, 2",
    "CREATE TABLE c (a int) WITH ('connector' = 'print')",
    "CREATE TABLE c WITH ('connector' = 'print') AS SELECT 1 AS a",
    "CREATE TABLE c (a interval year to month)",
    "CREATE TABLE c (ts timestamp WATERMARK interval '1' minute)",
    "SELECT a FROM t AS OF 1700000000000",
    "SELECT a FROM t AS OF AT LEAST 0",
    "SELECT * FROM t FOR SYSTEM_TIME AS OF '2020-01-01 00:00:00'",
    "CREATE SOURCE x (a int PRIMARY KEY) WITH (connector = 'kafka', topic = 't') FORMAT DEBEZIUM ENCODE JSON",
    "CREATE TABLE x (a int PRIMARY KEY) WITH (connector = 'kafka', topic = 't', properties.bootstrap.server = 'x:1') FORMAT DEBEZIUM ENCODE AVRO",
]


@pytest.fixture
def tables(connection: psycopg.Connection) -> psycopg.Connection:
    connection.execute("CREATE TABLE t (a int PRIMARY KEY, b int)")
    connection.execute("CREATE TABLE grid (b int[][])")
    connection.execute("CREATE SEQUENCE s")
    connection.execute("CREATE FUNCTION one() RETURNS int LANGUAGE plpgsql AS 'begin return 1; end'")
    connection.execute("CREATE TABLE indexed (a int, b int NOT NULL)")
    connection.execute("CREATE UNIQUE INDEX ON indexed ((a + 1))")
    connection.execute("CREATE UNIQUE INDEX seen ON indexed (b)")
    connection.execute("CREATE MATERIALIZED VIEW over AS SELECT sum(b) AS s FROM indexed")
    connection.execute("CREATE MATERIALIZED VIEW v AS SELECT a FROM t")
    return connection


@pytest.mark.parametrize("sql", REFUSED)
def test_is_refused(tables: psycopg.Connection, sql: str) -> None:
    with pytest.raises(psycopg.Error) as error:
        tables.execute(sql)
    assert error.value.sqlstate == "0A000", str(error.value)



def test_the_session_goes_on_after_an_error(tables: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        tables.execute("SELECT * FROM nowhere")
    assert tables.execute("SELECT 1").fetchone() == (1,)

"""SHOW CREATE gives a statement that makes the same object again, spelled in one way."""

import psycopg
import pytest

SETUP = """
CREATE TABLE base (a int PRIMARY KEY, b varchar, s struct<x int>, ts timestamp);
CREATE MATERIALIZED VIEW over AS SELECT a, count(*) AS n FROM base GROUP BY a
"""
OBJECTS = [
    ("table", "create table o (a int primary key, b varchar default 'it''s', n numeric(10,2) not null, l int[], g int as a + 1)",
     "CREATE TABLE o (a INT PRIMARY KEY, b CHARACTER VARYING DEFAULT 'it''s', n NUMERIC(10, 2) NOT NULL, l INT[], g INT AS a + 1)"),
    ("table", "create table if not exists o (a int, b bigint, primary key (a,b), check (a>0)) on conflict overwrite",
     "CREATE TABLE o (a INT, b BIGINT, PRIMARY KEY (a, b), CHECK (a>0)) ON CONFLICT DO UPDATE FULL"),
    ("table", "create table o (a int, ts timestamp, watermark for ts as ts - interval '5 seconds') append only",
     "CREATE TABLE o (a INT, ts TIMESTAMP, WATERMARK FOR ts AS ts - interval '5 seconds') APPEND ONLY"),
    ("source", "create source o (a int, \"B c\" varchar) with (connector='datagen', datagen.rows.per.second='1') format plain encode json",
     "CREATE SOURCE o (a INT, \"B c\" CHARACTER VARYING) WITH (connector = 'datagen', datagen.rows.per.second = '1') FORMAT PLAIN ENCODE JSON"),
    ("view", "create view o as select a::bigint as x, (s).x as y from base where a in (1,2) and a<=2",
     "CREATE VIEW o AS SELECT a::bigint AS x, (s).x AS y FROM base WHERE a IN (1, 2) AND a <= 2"),
    ("materialized view", "create  materialized view if not exists o as select a,   count(*) as n from base where b='x' and a<>2 group by a",
     "CREATE MATERIALIZED VIEW o AS SELECT a, count(*) AS n FROM base WHERE b = 'x' AND a <> 2 GROUP BY a"),
    ("index", "create index o on base (lower(b) desc, a) include (ts)", "CREATE INDEX o ON base(lower(b) DESC, a) INCLUDE (ts)"),
    ("index", "create unique index o on base (b desc nulls last, (a + 1)) nulls not distinct where a > 1",
     "CREATE UNIQUE INDEX o ON base(b DESC NULLS LAST, (a + 1)) NULLS NOT DISTINCT WHERE a > 1"),
    ("index", "create index o on base (b, a) distributed by (b)", "CREATE INDEX o ON base(b, a) DISTRIBUTED BY (b)"),
    ("sink", "create sink o from over with (connector='blackhole', type='upsert', primary_key='a')",
     "CREATE SINK o FROM over WITH (connector = 'blackhole', type = 'upsert', primary_key = 'a')"),
    ("subscription", "create subscription o from base with (retention='1D')", "CREATE SUBSCRIPTION o FROM base WITH (retention = '1D')"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "made", "shown"), OBJECTS, ids=[f"{i}-{o[0]}" for i, o in enumerate(OBJECTS)])
def test_a_definition_makes_the_object_again(connection: psycopg.Connection, kind: str, made: str, shown: str) -> None:
    for statement in SETUP.split(";"):
        connection.execute(statement)
    connection.execute(made)
    for _ in range(2):
        row = connection.execute(f"SHOW CREATE {kind} o").fetchone()
        assert row is not None and row[1] == shown
        connection.execute(f"DROP {kind} o")
        connection.execute(row[1])


def test_a_definition_follows_alter(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE t (a int, b int)")
    connection.execute("CREATE MATERIALIZED VIEW v AS SELECT a FROM t")
    connection.execute("ALTER TABLE t ADD COLUMN c text DEFAULT 'x'")
    connection.execute("ALTER TABLE t RENAME TO u")
    connection.execute("ALTER MATERIALIZED VIEW v RENAME TO w")
    text = "SHOW CREATE TABLE u"
    assert connection.execute(text).fetchall()[0][1] == "CREATE TABLE u (a INT, b INT, c CHARACTER VARYING DEFAULT 'x')"
    connection.execute("CREATE INDEX i ON u (a, lower(c)) INCLUDE (b)")
    connection.execute("CREATE SINK s FROM u WITH (connector = 'blackhole')")
    connection.execute("ALTER TABLE u RENAME COLUMN a TO d")
    connection.execute("ALTER TABLE u RENAME TO x")
    shown = connection.execute("SHOW CREATE MATERIALIZED VIEW w").fetchall()[0][1]
    assert shown == "CREATE MATERIALIZED VIEW w AS SELECT x.d AS a FROM x"
    assert connection.execute("SHOW CREATE INDEX i").fetchall()[0][1] == "CREATE INDEX i ON x(d, lower(c)) INCLUDE (b)"
    assert connection.execute("SHOW CREATE SINK s").fetchall()[0][1] == "CREATE SINK s FROM x WITH (connector = 'blackhole')"

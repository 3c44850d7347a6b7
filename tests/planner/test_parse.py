"""Statements as text and what they become; errors with Postgres' words and 0-based positions."""

import pytest
from sabot.kernels.errors import UserError
from sabot.planner.sql import role_statements as r
from sabot.planner.sql import statements as s
from sabot.planner.sql.options import Options
from sabot.planner.sql.parse import parse_expression, parse_script
from sabot.planner.sql.typenames import resolve_type_name
from sqlglot import exp

KINDS = [
    ("select 1", s.Query), ("(select 1) union select 2", s.Query), ("values (1)", s.Query), ("table t", s.Query),
    ("copy (subscribe t) to stdout", s.Copy), ("copy (subscribe (select 1) with (snapshot = false)) to stdout", s.Copy),
    ("with a as (select 1) select * from a", s.Query), ("insert into t default values", s.Insert),
    ("insert into t (a) values (1) on conflict (a) do nothing returning *", s.Insert),
    ("insert into t overriding system value values (1)", s.Insert), ("update t set a = default", s.Update),
    ("delete from t using s where t.a = s.a returning a", s.Delete), ("truncate table a, b cascade", s.Truncate),
    ("create table if not exists t (a int primary key, b text default 'x' not null, check (a > 0))", s.CreateRelation),
    ("create table t as select 1", s.CreateRelation), ("create source s with (connector = 'x')", s.CreateRelation),
    ("create table t (*) include key as k with (a = 'b') format upsert encode avro (u = 'v')", s.CreateRelation),
    ("create or replace view v (a) as select 1", s.CreateView), ("create sink s from v with (a = 'b')", s.CreateSink),
    ("create sink s into t (a) as select 1 with (type = 'x')", s.CreateSink),
    ("create unique index on t (a desc nulls last, lower(b)) include (c) distributed by (a)", s.CreateIndex),
    ("create function f(a int, text) returns int language sql immutable as 'select 1'", s.CreateFunction),
    ("create type t as (a int)", s.CreateType), ("create type e as enum ('a')", s.CreateType),
    ("create schema if not exists x", s.CreateObject), ("create user u with password 'x'", r.CreateRole),
    ("create secret k with (backend = 'meta') as 'v'", s.CreateObject), ("create sequence q", s.CreateSequence),
    ("drop materialized view if exists a, b.c cascade", s.Drop), ("drop function f(int)", s.Drop),
    ("alter table t add column c int", s.Alter), ("alter table t rename a to b", s.Alter),
    ("alter table t alter column a set data type bigint", s.Alter), ("alter sink k set parallelism = 4", s.Alter),
    ("alter materialized view v as select 1", s.Alter), ("alter system set x to 3", s.Alter),
    ("comment on column t.a is 'x'", s.CommentOn), ("grant select on t to u", r.Grant),
    ("alter default privileges grant select on tables to u", r.AlterDefaultPrivileges), ("refresh materialized view v", s.Refresh),
    ("set time zone 'UTC'", s.SetVariable), ("set local a.b = 1, 2", s.SetVariable),
    ("set transaction isolation level read committed, read only", s.SetTransaction), ("reset all", s.Reset),
    ("show all", s.Show), ("show search_path", s.Show), ("show columns from t", s.ShowObjects),
    ("show materialized views from public like 'a%'", s.ShowObjects), ("show create table t", s.ShowCreate),
    ("describe t", s.Describe), ("explain (verbose, format json) select 1", s.Explain),
    ("explain physical create materialized view v as select 1", s.Explain), ("begin read only", s.Transaction),
    ("start transaction", s.Transaction), ("savepoint a", s.Transaction), ("rollback to savepoint a", s.Transaction),
    ("release a", s.Transaction), ("end and no chain", s.Transaction), ("abort", s.Transaction),
    ("prepare p (int) as select $1", s.Prepare), ("execute p(1, 'a')", s.Execute), ("deallocate all", s.Deallocate),
    ("declare c no scroll cursor with hold for select 1", s.DeclareCursor), ("fetch forward all from c", s.Fetch),
    ("declare c cursor for subscribe to v", s.DeclareCursor), ("move 3 in c", s.Fetch), ("close all", s.CloseCursor),
    ("listen x", s.Notify), ("unlisten *", s.Notify), ("notify x, 'y'", s.Notify), ("discard all", s.Utility),
    ("copy t (a) from stdin with csv header delimiter as ';'", s.Copy), ("lock table t", s.Utility),
    ("copy (select 1) to stdout (format binary)", s.Copy), ("vacuum t", s.Utility), ("flush", s.Utility),
    ("wait", s.Utility), ("subscribe to v with (snapshot = false, progress) as of 3 up to 9", s.Subscribe),
    ("subscribe (select 1)", s.Subscribe), ("cancel jobs 1, 2", s.CancelJobs), ("checkpoint", s.Utility),
    ("use db", s.Use), ("kill 3", s.Kill), ("-- nothing", s.Empty),
]  # fmt: skip


def one(text: str) -> s.Statement:
    (statement,) = parse_script(text)
    return statement


@pytest.mark.parametrize("text, kind", KINDS, ids=[t for t, _ in KINDS])
def test_every_kind_of_statement(text, kind):
    assert type(one(text)) is kind


def test_a_script_splits_on_semicolons_outside_quotes_and_comments():
    text = "select ';', $a$;$a$, E'\\';' /* ; /* ; */ */; ; -- ;\nselect 2"
    assert [st.text for st in parse_script(text)] == ["select ';', $a$;$a$, E'\\';'", "select 2"]
    assert [text[slice(*st.span)] for st in parse_script(text)] == [st.text for st in parse_script(text)]


ERRORS = [
    ("select 1 order by +", "syntax error at end of input", 19), ("select +", "syntax error at end of input", 8),
    ("selec 1", 'syntax error at or near "selec"', 0), ("select 1 +", "syntax error at end of input", 10),
    ("create table", "syntax error at end of input", 12), ("select a,, b", 'syntax error at or near ","', 9),
    ("select a, from t", 'syntax error at or near "from"', 10), ("drop nothing x", 'syntax error at or near "nothing"', 5),
    ("select 1; select 1 from t where where", 'syntax error at or near "where"', 32),
    ("create view v as select 1 'x'", "syntax error at or near \"'x'\"", 26),
    ("flush flush extra; commit x", 'syntax error at or near "x"', 26),
    ("select 'abc", "unterminated quoted string at or near \"'abc\"", 7), ("select 'a' 'b'", "syntax error at or near \"'b'\"", 11),
]  # fmt: skip


@pytest.mark.parametrize("text, message, position", ERRORS, ids=[t for t, _, _ in ERRORS])
def test_errors_name_the_token_and_its_position(text, message, position):
    with pytest.raises(UserError) as caught:
        parse_script(text)
    assert (caught.value.message, caught.value.sqlstate, caught.value.position) == (
        message,
        "42601",
        position,
    )


def test_do_keeps_its_body():
    (made,) = parse_script("do $$ begin end $$ language plpgsql")
    assert (made.body, made.language) == (" begin end ", "plpgsql")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("@ a + 1 = 2", "@ (a + 1) = 2"),
        ("~ a * b::int4[1] & c", "~ (a * b::int4[1]) & c"),
        ("|/ f(x) - t.y || 'z'", "|/ (f(x) - t.y) || 'z'"),
        ("a ~ b + 1", "a ~ (b + 1)"),
        ("case when @ a then ~ b end", "case when (@ a) then (~ b) end"),
    ],
)
def test_prefix_operators_bind_less_tightly_than_arithmetic(text: str, same: str) -> None:
    def bare(sql: str) -> str:
        return repr(parse_expression(sql).transform(lambda e: e.unnest()))

    assert bare(text) == bare(same)


def test_emit_on_window_close_is_a_flag_and_not_an_alias():
    view = one("create materialized view v with (a = 1) as select a from t emit on window close")
    assert view.emit_on_window_close and view.query_text == "select a from t" and view.options == (("a", 1),)
    assert one("select a from t emit on window close").emit_on_window_close


def test_identifiers_fold_unless_quoted_and_positions_are_of_the_script():
    tree = parse_script("select 1; select E'\\n', Foo, \"Bar\" from T")[1].tree
    found = [(n.this, n.args["quoted"], n.meta["start"]) for n in tree.find_all(exp.Identifier)]
    assert sorted(found, key=lambda f: f[2]) == [("foo", False, 24), ("Bar", True, 29), ("t", False, 40)]


def test_forms_the_stock_parser_lacks():
    assert parse_expression("'a'\n'b'").this == "ab"
    assert parse_expression("f(a, |x| x + 1)").expressions[1].key == "lambda"
    assert parse_expression("AGGREGATE:array_sum(x)").this == "aggregate__array_sum"
    window = parse_expression("sum(x) over (partition by y order by t session with gap interval '1 min')")
    assert window.args["spec"].args["kind"] == "SESSION" and len(window.args["order"].expressions) == 1


@pytest.mark.parametrize("text, meaning", [
    ("numeric(10,2)[]", "numeric(10,2)[]"), ("character varying(20)", "character varying(20)"),
    ("double precision", "double precision"), ("timestamp(3) with time zone", "timestamp(3) with time zone"),
    ("bigserial", "bigint"), ("STRUCT<a int, b struct<c varchar>>", "struct<a integer, b struct<c character varying>>"),
    ("map(varchar,int)", "map(character varying,integer)"), ("float(10)", "real"),
    ("int array", "integer[]"), ("char", "character(1)"),
])  # fmt: skip
def test_type_names(text, meaning):
    assert str(resolve_type_name(one(f"create table t (a {text})").columns[0].type)) == meaning


def test_an_unknown_type_is_42704():
    with pytest.raises(UserError) as caught:
        resolve_type_name(one("create table t (a nosuch)").columns[0].type)
    assert (caught.value.sqlstate, caught.value.position) == ("42704", 18)


def test_long_literal_inserts_take_the_fast_path():
    rows = ", ".join(f"({i}, 'x', -1.5, null, true)" for i in range(60))
    fast = one(f"insert into t (a, b, c, d, e) values {rows}")
    assert type(fast) is s.InsertValues and len(fast.rows) == 60
    assert fast.rows[1] == (
        ("number", "1"),
        ("string", "x"),
        ("number", "-1.5"),
        ("null", "null"),
        ("bool", "true"),
    )
    assert type(one(f"insert into t values {rows} returning a")) is s.Insert


def test_options_are_typed_and_unknown_ones_suggest():
    options = Options([("interval", "250ms"), ("topik", "t")])
    assert options.get_duration("interval") == 0.25 and options.get_str("topic", None) is None
    with pytest.raises(UserError, match="topik") as caught:
        options.finish()
    assert caught.value.sqlstate == "22023" and "topic" in caught.value.hint


@pytest.mark.parametrize("text", ["create view v with (a = +) as select 1", "create view v with (a = - x) as select 1"])
def test_signs_need_numbers(text):
    with pytest.raises(UserError) as error:
        parse_script(text)
    assert error.value.sqlstate == "42601"
    assert parse_script("create view v with (a = +5, b = -0x1f) as select 1")[0].options == (("a", 5), ("b", -31))


def test_options_of_flink_name_format_and_start():
    made = one(
        "CREATE TABLE k (a INT, t TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', `offset` BIGINT METADATA VIRTUAL, PRIMARY KEY (a) NOT ENFORCED) WITH "
        "('connector' = 'upsert-kafka', 'topic' = 't', 'scan.startup.mode' = 'earliest-offset', 'key.format' = 'json', 'value.format' = 'json')"
    )
    assert made.options == (("connector", "kafka"), ("topic", "t"), ("scan.startup.mode", "earliest"))
    assert (made.format.format, made.format.encode) == ("upsert", "json")
    assert [(i.kind, i.alias, i.type.name) for i in made.includes] == [("timestamp", "t", "timestamp_ltz"), ("offset", "offset", "bigint")]

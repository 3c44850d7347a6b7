"""Expressions bound: their types, names and errors are PostgreSQL's, their form is what the kernels run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sabot.kernels import types as t
from sabot.kernels.errors import RowError, SabotError, Unsupported, UserError
from sabot.kernels.expr import spec
from sabot.kernels.expr.program import SessionFacts, evaluate
from sabot.kernels.expr.spec import Expr, Lit, Var
from sabot.planner.bind.coerce import coerce_assignment, common_type, settle_unknown
from sabot.planner.bind.context import AggregateRef, BindContext, SubqueryRef, WindowRef
from sabot.planner.bind.expr import bind_expr
from sabot.planner.bind.scope import Scope
from sabot.planner.bind.types import column_name
from sabot.planner.catalog.entries import SqlFunction
from sabot.planner.sql.query import parse_expression

COLUMNS = {
    "i2": t.INT2, "i4": t.INT4, "i8": t.INT8, "n": t.NUMERIC, "f4": t.FLOAT4, "f8": t.FLOAT8, "s": t.TEXT,
    "v": t.VARCHAR, "c": t.BPCHAR, "nm": t.NAME, "b": t.BOOL, "d": t.DATE, "ts": t.TIMESTAMP, "tz": t.TIMESTAMPTZ,
    "tm": t.TIME, "iv": t.INTERVAL, "by": t.BYTEA, "j": t.JSONB, "js": t.JSON, "a4": t.list_of(t.INT4),
    "ta": t.list_of(t.TEXT), "st": t.struct_of(("x", t.INT4), ("y", t.TEXT)), "m": t.map_of(t.TEXT, t.INT4),
}  # fmt: skip
VARS = {name: Var(1000 + i, kind, name) for i, (name, kind) in enumerate(COLUMNS.items())}
SCOPE = Scope.of("t", tuple(VARS.items()))


def context(**changes: object) -> BindContext:
    """A context where aggregates, window and set-returning functions are allowed."""
    ctx = BindContext()

    def column(ref: AggregateRef | WindowRef) -> Expr:
        return ctx.new_var(ref.type, ref.function)

    return ctx.having(**{"on_aggregate": column, "on_window": column, "on_set_returning": column, **changes})


def bind(text: str, ctx: BindContext | None = None) -> Expr:
    return bind_expr(parse_expression(text), SCOPE, ctx or BindContext())


def show(e: Expr) -> str:
    """A bound expression as short text."""
    match e:
        case Var():
            return e.name
        case Lit():
            return f"{e.value!r}:{e.type}"
        case spec.Call():
            options = f" {e.ints}" if e.ints else ""
            return f"{e.kernel}({', '.join(map(show, e.args))}{options})"
        case spec.And():
            return "(" + " AND ".join(map(show, e.args)) + ")"
        case spec.Or():
            return "(" + " OR ".join(map(show, e.args)) + ")"
        case spec.Case():
            return "CASE " + " ".join(f"{show(c)} -> {show(v)}" for c, v in e.branches) + " ELSE " + show(e.otherwise)
        case spec.Coalesce():
            return f"COALESCE({', '.join(map(show, e.args))})"
        case spec.Lambda():
            return f"λ {show(e.body)} [{', '.join(map(show, e.captures))}]"
        case spec.Col():
            return f"#{e.index}"
        case spec.ContextValue():
            return f"@{e.name}"
        case spec.Param():
            return f"${e.number}:{e.type}"


def postgres_types() -> list[tuple[str, str]]:
    lines = (Path(__file__).parent / "bind_expr_types.txt").read_text().splitlines()
    return [tuple(line.split("\t")) for line in lines if not line.startswith("#")]  # type: ignore[misc]


@pytest.mark.parametrize(("text", "expected"), postgres_types())
def test_types_names_and_errors_are_those_of_postgresql(text: str, expected: str) -> None:
    ctx = context()
    try:
        tree = parse_expression(text)
        kind = settle_unknown(bind_expr(tree, SCOPE, ctx), ctx).type
    except SabotError as error:
        assert f"error {error.sqlstate}" == expected
        return
    # A nested list is one array type in PostgreSQL, and a row made on the spot is a record.
    spelled = "record" if kind.name == "struct" else str(kind).replace("[][]", "[]")
    wanted, _, name = expected.partition(" as ")
    assert (spelled, column_name(tree)) == (wanted, name)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("1 + 2 * 3", "7:integer"),
        ("1 / 0", "arith.div(1:integer, 0:integer)"),  # an error is left to the run
        ("i4 + i8", "arith.add(i4, i8)"),
        ("i4 = '5'", "compare.eq(i4, 5:integer)"),
        ("i4 in (1, 2)", "(compare.eq(i4, 1:integer) OR compare.eq(i4, 2:integer))"),
        ("i4 not in (1, null)", "bool.not((compare.eq(i4, 1:integer) OR compare.eq(i4, None:integer)))"),
        ("i4 in (1, 2.5)", "(compare.eq(cast.number(i4), '1':numeric) OR compare.eq(cast.number(i4), '2.5':numeric))"),
        ("b and i4 > 3 and not b", "(b AND compare.gt(i4, 3:integer) AND bool.not(b))"),
        ("(i4, s) < (1, 'x')",
         "(compare.lt(i4, 1:integer) OR (compare.eq(i4, 1:integer) AND compare.lt(s, 'x':text)))"),
        ("(i4, i8) in ((1, 2))", "(compare.eq(i4, 1:integer) AND compare.eq(i8, 2:integer))"),
        ("i4 between symmetric 2 and 1",
         "((compare.ge(i4, 2:integer) AND compare.le(i4, 1:integer)) OR "
         "(compare.ge(i4, 1:integer) AND compare.le(i4, 2:integer)))"),
        ("i4 = any(a4)", "array.any(a4, λ compare.eq(#1, #0) [i4])"),
        ("i4 = any('{1,2}')", "(compare.eq(i4, 1:integer) OR compare.eq(i4, 2:integer))"),
        ("i4 <> all('{}')", "array.all(():integer[], λ compare.ne(#1, #0) [i4])"),
        ("array_transform(a4, |x| x + i4)", "array.transform(a4, λ arith.add(#0, #1) [i4])"),
        ("case i4 when 1 then 'a' end", "CASE compare.eq(i4, 1:integer) -> 'a':text ELSE None:text"),
        ("nullif(i4, 1.5)",
         "CASE compare.eq(cast.number(i4), '1.5':numeric) -> None:numeric ELSE cast.number(i4)"),
        ("coalesce(i4, 1.5)", "COALESCE(cast.number(i4), '1.5':numeric)"),
        ("s like 'a!%' escape '!'", "text.like(s, 'a\\\\%':text)"),
        ("st is null", "(bool.is_null(struct.field(st (0,))) AND bool.is_null(struct.field(st (1,))))"),
        ("(st).y", "struct.field(st (1,))"),
        ("st.x", "struct.field(st (0,))"),
        ("t.st", "st"),
        ("m['k']", "map.get(m, 'k':text)"),
        ("a4[2]", "array.index(a4, 2:integer)"),
        ("a4[-1]", "array.index(a4, -1:integer)"),
        ("a4[2:]", "array.slice(a4, 2:integer, 0:integer (1, 0))"),
        ("j -> 'a' ->> 0", "jsonb.get_text(jsonb.get(j, 'a':text), 0:integer)"),
        ("j -> '$.a'", "jsonb.get(j, '$.a':text)"),
        ("array[1, 2.5]", "('1', '2.5'):numeric[]"),
        ("row(1, '2')::struct<a int, b int>", "(1, 2):struct<a integer, b integer>"),
        ("row(i4, '2')::struct<a int, b int>", "struct.row(i4, 2:integer)"),
        ("interval '1-2' year to month", "(0, 0, 14):interval"),
        ("interval '1' day", "(0, 1, 0):interval"),
        ("'abcdef'::varchar(3)", "'abc':character varying(3)"),
        ("now()", "@now"),
        ("current_setting('TimeZone')", "@setting.timezone"),
        ("pg_typeof(a4)::text", "'integer[]':text"),
        ("make_interval(days => 3)", "(0, 3, 0):interval"),
        ("i4 operator(pg_catalog.+) 1", "arith.add(i4, 1:integer)"),
        ("null is null", "bool.is_null(None:text)"),
    ],
)  # fmt: skip
def test_bound_form(text: str, bound: str) -> None:
    assert show(bind(text)) == bound


@pytest.mark.parametrize(
    ("text", "sqlstate", "position", "message"),
    [
        ("nope", "42703", 0, 'column "nope" does not exist'),
        ("1 + t.nope", "42703", 4, "column t.nope does not exist"),
        ("u.x", "42P01", 0, 'missing FROM-clause entry for table "u"'),
        ("1 + nope(1)", "42883", 4, "function nope(integer) does not exist"),
        ("s + 1", "42883", 0, "operator does not exist: text + integer"),
        ("i4 = 'abc'", "22P02", 5, 'invalid input syntax for type integer: "abc"'),
        ("date 'foo'", "22007", 5, 'invalid input syntax for type date: "foo"'),
        ("'99999'::int2", "22003", 0, 'value "99999" is out of range for type smallint'),
        ("case when b then 1 else s end", "42804", 17, "CASE types text and integer cannot be matched"),
        ("i4::date", "42846", 0, "cannot cast type integer to date"),
        ("b and i4", "42804", 6, "argument of AND must be type boolean, not type integer"),
        ("(1, 2) = (1, 2, 3)", "42601", 1, "unequal number of entries in row expressions"),
        ("array[]", "42P18", None, "cannot determine type of empty array"),
        ("(st).z", "42703", 1, 'column "z" not found in data type struct<x integer, y text>'),
        ("i4[1]", "42804", 0, "cannot subscript type integer because it does not support subscripting"),
        ("lower(distinct s)", "42809", 0, "DISTINCT specified, but lower is not an aggregate function"),
        ("row_number()", "42809", 0, "window function row_number requires an OVER clause"),
        ("nextval('s')", "42P01", 8, 'relation "s" does not exist'),
        ("s collate \"de_DE\"", "0A000", 0, 'collation "de_DE" is not supported'),
    ],
)
def test_errors_say_what_and_where(text: str, sqlstate: str, position: int | None, message: str) -> None:
    with pytest.raises(UserError) as caught:
        bind(text)
    assert (caught.value.sqlstate, caught.value.position, caught.value.message) == (sqlstate, position, message)


@pytest.mark.parametrize(
    ("text", "clause", "sqlstate", "message"),
    [
        ("sum(i4) > 1", "WHERE", "42803", "aggregate functions are not allowed in WHERE"),
        ("sum(i4) > 1", "JOIN/ON", "42803", "aggregate functions are not allowed in JOIN conditions"),
        ("rank() over ()", "WHERE", "42P20", "window functions are not allowed in WHERE"),
        ("generate_series(1, 2)", "WHERE", "0A000", "set-returning functions are not allowed in WHERE"),
        ("(select 1)", "DEFAULT expressions", "0A000", "cannot use subquery in DEFAULT expressions"),
    ],
)
def test_what_a_clause_does_not_allow(text: str, clause: str, sqlstate: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        bind(text, BindContext(clause=clause))
    assert (caught.value.sqlstate, caught.value.message) == (sqlstate, message)


@pytest.mark.parametrize(
    ("text", "sqlstate", "message"),
    [
        ("sum(rank() over ())", "42803", "aggregate function calls cannot contain window function calls"),
        ("rank() over (order by rank() over ())", "42P20", "window function calls cannot be nested"),
        ("sum(i4) over (rows between current row and 1 preceding)", "42P20",
         "frame starting from current row cannot end with preceding rows"),
        ("sum(i4) over (range 1 preceding)", "42P20",
         "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column"),
        ("sum(i4) over w", "42704", 'window "w" does not exist'),
        ("count()", "42809", "count(*) must be used to call a parameterless aggregate function"),
        ("percentile_cont(0.5)", "42809", "WITHIN GROUP is required for ordered-set aggregate percentile_cont"),
        ("lower(s) filter (where b)", "42809", "FILTER specified, but lower is not an aggregate function"),
    ],
)  # fmt: skip
def test_misplaced_aggregates_and_windows(text: str, sqlstate: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        bind(text, context())
    assert (caught.value.sqlstate, caught.value.message) == (sqlstate, message)


def ref_of(text: str) -> AggregateRef | WindowRef:
    """What the hook was given."""
    seen: list[AggregateRef | WindowRef] = []
    ctx = BindContext()

    def hook(ref: AggregateRef | WindowRef) -> Expr:
        seen.append(ref)
        return ctx.new_var(ref.type)

    bind(text, ctx.having(on_aggregate=hook, on_window=hook))
    return seen[-1]


def test_an_aggregate_is_handed_over_with_all_its_clauses() -> None:
    ref = ref_of("string_agg(distinct v, ',' order by v desc) filter (where b)")
    assert isinstance(ref, AggregateRef)
    assert (ref.function, ref.distinct, ref.type) == ("string_agg", True, t.TEXT)
    assert show(ref.args[1]) == "',':text"
    assert ref.filter == VARS["b"]
    assert (ref.order[0].descending, ref.order[0].nulls_first) == (True, True)


def test_count_star_and_filters() -> None:
    assert ref_of("count(*)") == AggregateRef("count_star", (), t.INT8, position=0)
    condition = ref_of("count_if(b)")
    assert isinstance(condition, AggregateRef)
    assert (condition.function, condition.filter) == ("count_star", VARS["b"])


def test_ordered_set_aggregates_keep_direct_arguments_apart() -> None:
    ref = ref_of("percentile_cont(0.5) within group (order by i4 desc)")
    assert isinstance(ref, AggregateRef)
    assert [show(e) for e in ref.direct] == ["0.5:double precision"]
    assert [show(e) for e in ref.args] == ["cast.number(i4)"]
    assert ref.order[0].descending and ref.order[0].expr == ref.args[0]


def test_windows_have_default_and_given_frames() -> None:
    ref = ref_of("sum(i4) over (partition by s order by d range between interval '1 day' preceding and current row)")
    assert isinstance(ref, WindowRef) and ref.frame is not None
    assert (ref.frame.mode, ref.frame.start, ref.frame.end) == ("range", ("preceding", (0, 1, 0)), ("current", None))
    plain = ref_of("sum(i4) over (order by d)")
    assert isinstance(plain, WindowRef) and plain.frame is not None
    assert plain.frame.start == ("unbounded_preceding", None)
    rank = ref_of("rank() over (order by d)")
    assert isinstance(rank, WindowRef) and rank.frame is None


def test_a_lifted_scalar_runs_over_all_values() -> None:
    ref = ref_of("aggregate:array_sum(i4)")
    assert isinstance(ref, AggregateRef) and ref.function == "array_agg"


def test_subqueries_go_to_the_hook_with_their_operands() -> None:
    seen: list[SubqueryRef] = []

    def hook(ref: SubqueryRef) -> Expr:
        seen.append(ref)
        return Lit(None, t.BOOL)

    bind("i4 in (select 1) and exists (select 2) and (i4, s) > all (select 1, 'x')", BindContext(on_subquery=hook))
    assert [(r.kind, r.operator, r.operands) for r in seen] == [
        ("any", "=", (VARS["i4"],)),
        ("exists", "", ()),
        ("all", ">", (VARS["i4"], VARS["s"])),
    ]


def test_parameters_take_the_type_of_their_first_use() -> None:
    ctx = BindContext()
    bind("$1 = i8 and $2 like 'x' and $3 is null and $4::date < d", ctx)
    assert ctx.parameters.finish() == (t.INT8, t.TEXT, t.TEXT, t.DATE)
    with pytest.raises(UserError) as caught:
        bind("$1 = s", replace(ctx))
    assert caught.value.sqlstate in ("42883", "42P08")


def test_assignment_says_which_column_does_not_fit() -> None:
    with pytest.raises(UserError) as caught:
        coerce_assignment(VARS["b"], t.DATE, "day", BindContext())
    assert caught.value.message == 'column "day" is of type date but expression is of type boolean'
    assert coerce_assignment(VARS["i8"], t.INT4, "x", BindContext()).type == t.INT4
    too_long = coerce_assignment(Lit("abcd", t.UNKNOWN), t.scalar("varchar", 3), "x", BindContext())
    with pytest.raises(RowError, match="value too long"):
        evaluate(too_long, SessionFacts())


def test_common_type_keeps_modifiers_only_when_all_agree() -> None:
    three, four = t.scalar("varchar", 3), t.scalar("varchar", 4)
    assert common_type([Lit(None, three), Lit(None, three)]) == three
    assert common_type([Lit(None, three), Lit(None, four)]) == t.VARCHAR
    assert common_type([Lit(None, t.UNKNOWN), Lit(None, t.UNKNOWN)]) == t.TEXT


def function(body: str, *parameters: tuple[str, t.SqlType], returns: t.SqlType = t.INT4) -> BindContext:
    entry = SqlFunction(1, "public", "f", parameters, returns, body, "")
    ctx = BindContext()
    return ctx.having(catalog=replace(ctx.catalog, functions={("public", "f"): (entry,)}))


def test_sql_functions_are_inlined() -> None:
    ctx = function("select $1 + b * 2", ("a", t.INT4), ("b", t.INT4))
    assert show(bind("f(i4, 3)", ctx)) == "arith.add(i4, 6:integer)"
    assert show(bind("f(b => i4, a => 1)", ctx)) == "arith.add(1:integer, arith.mul(i4, 2:integer))"
    assert show(bind("f(1, 2)", function("return a + b", ("a", t.INT4), ("b", t.INT4)))) == "3:integer"


def test_a_function_that_calls_itself_is_refused() -> None:
    with pytest.raises(UserError) as caught:
        bind("f(1)", function("select f(a)", ("a", t.INT4)))
    assert caught.value.sqlstate == "54001"


def test_deep_expressions_end_in_an_error_not_in_a_crash() -> None:
    assert isinstance(bind(" or ".join(["b"] * 3000)), spec.Or)
    with pytest.raises((UserError, Unsupported)) as caught:
        bind("i4" + " + i4" * 50_000)
    assert caught.value.sqlstate == "54001"


def test_scopes_resolve_outward_and_refuse_ambiguity() -> None:
    a, b, outer = Var(1, t.INT4, "x"), Var(2, t.INT4, "x"), Var(3, t.TEXT, "o")
    left, right = Scope.of("l", (("x", a),)), Scope.of("r", (("x", b),))
    both = left.join(right).inside(Scope.of("out", (("o", outer),)))
    assert both.resolve(("o",)) == outer
    assert both.resolve(("r", "x")) == b
    with pytest.raises(UserError, match="ambiguous"):
        both.resolve(("x",))
    merged = left.join(right, (("x", a),))
    assert merged.star() == [("x", a)]
    assert merged.resolve(("r", "x")) == b
    with pytest.raises(UserError, match="specified more than once"):
        left.join(left)

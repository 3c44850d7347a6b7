"""CREATE, DROP, COMMENT ON and REFRESH; ALTER is in alter.py, roles and privileges are in roles.py."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from . import roles
from . import statements as s
from .constraints import constraint, deferral, misplaced, nulls_distinct, reference
from .cursor import Cursor
from .flink import metadata_column, translated
from .function_args import arguments, input_types, macro
from .options import seconds
from .query import parse_expression, parse_query
from .sequences import create_sequence, identity
from .streaming import cluster
from .typenames import CHECKED, TypeName
from .types import create_domain, create_type

KINDS = (
    "table", "source", "view", "materialized view", "sink", "index", "schema", "database", "user", "role",
    "function", "procedure", "aggregate", "type", "domain", "sequence", "secret", "connection", "subscription", "system",
    "cluster",
)  # fmt: skip
_REFUSED = {
    "rule": "Create a view, or a foreign key with an action.", "trigger": "Create a materialized view, which follows every change.",
    "extension": "What is there is built in.", "collation": 'Text is ordered as by COLLATE "C".',
    "operator": "Create a function.", "cast": "Create a function.", "statistics": "There is nothing to gather.", "language": "Functions are SQL.",
}
_DEFAULT_STOPS = (
    "not",
    "null",
    "primary",
    "unique",
    "check",
    "references",
    "generated",
    "as",
    "default",
    "constraint",
    "comment",
)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def kind(c: Cursor) -> str:
    if c.accept("materialized"):
        c.expect("view")
        return "materialized view"
    return c.one_of(*KINDS)


def create(c: Cursor) -> s.Statement:
    c.expect("create")
    replace = c.accept("or", "replace")
    if c.peek().value in ("temp", "temporary"):
        c.accept_any("local", "global")
    temporary = c.accept_any("temp", "temporary") is not None
    if c.accept("local") and not c.at("view"):
        raise c.error()
    if c.accept("unlogged") or c.at("table") or c.at("source"):
        return _relation(c, c.one_of("table", "source"), replace, temporary)
    if (word := c.accept_any(*roles.ROLE_WORDS)) is not None:
        return roles.create_role(c, word)
    if c.accept("policy"):
        return roles.policy(c)
    if c.accept("recursive"):
        c.expect("view")
        return _view(c, False, replace, temporary, recursive=True)
    if c.accept("default"):  # Materialize's index on all columns of a relation
        c.expect("index")
        return _index(c, False, every=True)
    if c.at("cluster"):
        return cluster(c, "CREATE")
    if c.at("extension") and (built_in := _extension(c)) is not None:
        return built_in
    unique = c.accept("unique")
    if not unique and c.token.value in _REFUSED and c.token.kind == "word":
        raise Unsupported(f"CREATE {c.token.value.upper()} is not supported", hint=_REFUSED[c.token.value], position=c.token.start)
    if c.accept("macro"):
        return macro(c, replace)
    what = kind(c)
    if unique and what != "index":
        raise c.error()
    if what in ("view", "materialized view"):
        return _view(c, what == "materialized view", replace, temporary)
    if what == "sink":
        return _sink(c, replace)
    if what == "index":
        return _index(c, unique)
    if what == "subscription":
        return _subscription(c)
    if what in ("function", "procedure", "aggregate"):
        return _function(c, what, replace)
    if what == "type":
        return create_type(c)
    if what == "domain":
        return create_domain(c)
    if what == "sequence":
        return create_sequence(c, temporary)
    exists = c.if_not_exists()
    name = ("",) if what == "schema" and c.at("authorization") else c.name()
    pairs = c.options() if c.at("with", "(") and c.accept("with") else ()
    if what == "secret":
        c.expect("as")
        pairs = (*pairs, ("value", c.string()))
    if what == "schema" and c.accept("authorization"):
        pairs = (*pairs, ("authorization", roles.role(c)))
    return s.CreateObject(what, name, pairs, c.raw(), exists)


# Extensions of PostgreSQL's whose functions, as far as they are there, are built in.
_BUILT_IN = frozenset(("plpgsql", "sabot", "uuid-ossp", "pgcrypto", "vector"))


def _extension(c: Cursor) -> s.Statement | None:
    """CREATE EXTENSION of what is built in."""
    mark = c.index
    c.expect("extension")
    exists = c.if_not_exists()
    if c.token.kind in ("word", "quoted") and c.token.value in _BUILT_IN:
        name = c.label()
        c.raw()
        return s.Utility("extension", ((name,),), "if not exists" if exists else "")
    c.index = mark
    return None


def _relation(c: Cursor, what: str, replace: bool, temporary: bool) -> s.Statement:
    exists = c.if_not_exists()
    name = c.name()
    if what == "source":
        _in_cluster(c)
        if c.accept("from", "load", "generator"):
            return _generator(c, name, exists)
    got: dict[str, Any] = {"columns": (), "constraints": (), "watermarks": (), "includes": ()}
    if c.accept("(") and not c.accept(")"):
        c.items(lambda: _element(c, got))
        c.expect(")")
    while c.token.kind != "end":
        if c.accept("append", "only"):
            got["append_only"] = True
        elif c.accept("on", "commit"):
            got["on_commit"] = c.one_of("preserve", "delete", "drop")
            if got["on_commit"] != "drop":
                c.expect("rows")
                got["on_commit"] += " rows"
        elif c.accept("on", "conflict"):
            got["on_conflict"] = _conflict(c)
        elif c.accept("include"):
            got["includes"] += (_include(c),)
        elif c.accept("like"):  # Flink's, behind the columns
            got["likes"] = (*got.get("likes", ()), _like(c, len(got["columns"])))
        elif c.accept("with", "version", "column"):
            got["version_columns"] = c.parens(c.ident)
        elif c.accept("with", "no", "data"):
            got["with_data"] = False
        elif _kept_fresh(c):
            pass
        elif c.at("with", "(") and c.accept("with"):
            got["options"] = c.options()
        elif c.at("format"):
            got["format"] = c.format_encode()
        elif c.accept("as"):
            got["query"], got["with_data"] = _query_data(c)
        elif c.at("partition") or c.at("inherits"):
            raise Unsupported(f"{c.token.value.upper()} is not supported in CREATE TABLE", position=c.token.start,
                              hint="Keep the rows in one table and read parts of them through views.")
        elif c.accept("comment"):
            got["comment"] = c.string()
        elif c.accept("partitioned", "by"):  # Flink's: how files are laid out
            c.parens(c.ident)
        elif c.accept("using") or c.accept("tablespace"):  # where and how PostgreSQL stores the table
            c.ident()
        elif not c.accept("with", "data") and not c.accept("without", "oids"):
            raise c.error()
    if "format" not in got and (found := translated(got.get("options", ()))) is not None:
        got["options"], got["format"] = found
    return s.CreateRelation(what, name, if_not_exists=exists, or_replace=replace, temporary=temporary, **got)


def _generator(c: Cursor, name: s.Name, exists: bool) -> s.Statement:
    """Materialize's FROM LOAD GENERATOR COUNTER [(TICK INTERVAL '…', UP TO n)]: 1, 2, 3 …, one per tick (a second)."""
    kind, start = c.label(), c.token.start
    if kind != "counter":
        raise Unsupported(f"LOAD GENERATOR {kind.upper()} is not supported", position=start,
                          hint="COUNTER is; connector = 'nexmark' gives auctions, 'datagen' rows of other shapes.")
    rate, last = 1.0, str(2**63 - 1)
    if c.accept("("):
        while not c.accept(")"):
            if c.accept("tick", "interval"):
                c.accept("=")
                rate = 1 / max(seconds(c.string()), 1e-6)
            elif c.accept("up", "to"):
                c.accept("=")
                last = c.advance().value
            else:
                raise Unsupported("options of COUNTER are TICK INTERVAL and UP TO", position=c.token.start)
            c.accept(",")
    column = s.ColumnDef("counter", TypeName("bigint", "bigint"))
    pairs: s.OptionPairs = (
        ("connector", "datagen"), ("fields.counter.kind", "sequence"), ("fields.counter.start", "1"), ("fields.counter.end", last),
        ("datagen.rows.per.second", f"{rate:g}"),
    )
    return s.CreateRelation("source", name, columns=(column,), options=pairs, if_not_exists=exists)


def _query_data(c: Cursor) -> tuple[exp.Expression, bool]:
    last, data = len(c.tokens) - 1, True
    tail = [t.value for t in c.tokens[max(0, last - 3) : last]]
    if tail == ["with", "no", "data"]:
        last, data = last - 3, False
    elif tail[-2:] == ["with", "data"]:
        last -= 2
    tree = c.query(last)
    c.index = len(c.tokens) - 1
    return tree, data


def _conflict(c: Cursor) -> str:
    for words in (("do", "nothing"), ("nothing",), ("overwrite",), ("ignore",), ("do", "update", "full"),
                  ("do", "update", "if", "not", "null")):  # fmt: skip
        if c.accept(*words):
            return "nothing" if words[-1] == "nothing" else " ".join(words)
    raise c.error()


def _include(c: Cursor) -> s.IncludeColumn:
    what = c.label()
    field = c.string() if c.token.kind == "string" else None
    inner = c.type_name() if c.token.kind == "word" and not c.at("as") and field is not None else None
    return s.IncludeColumn(what, field, c.label() if c.accept("as") else None, inner)


def watermark(c: Cursor) -> s.Watermark:
    c.expect("watermark", "for")
    column = c.ident()
    c.expect("as")
    expression = c.expression("with")
    return s.Watermark(column, expression, c.accept("with", "ttl"))


def _opens_list(c: Cursor, ahead: int) -> bool:
    """Whether `[name] (column` comes, which no column of such a name begins with."""
    named = c.peek(ahead).kind in ("word", "quoted")
    return c.peek(ahead + named).value == "(" and c.peek(ahead + named + 1).kind in ("word", "quoted")


def _inner_index(c: Cursor, got: dict[str, Any]) -> bool:
    """INDEX and FAMILY among the columns of CREATE TABLE, as CockroachDB has them; a family tells how columns are stored."""
    if c.at("family") and _opens_list(c, 1):
        c.advance()
        if not c.at("("):
            c.ident()
        c.parens(c.ident)
        return True
    words = next((w for w in (("index",), ("unique", "index"), ("inverted", "index")) if c.at(*w) and _opens_list(c, len(w))), None)
    if words is None:
        return False
    c.expect(*words)
    name = None if c.at("(") else c.ident()
    got["indexes"] = (*got.get("indexes", ()), _index_of(c, name, (), words[0] == "unique", False, "gin" if words[0] == "inverted" else None))
    return True


def _element(c: Cursor, got: dict[str, Any]) -> None:
    if c.accept("*"):
        got["wildcard"] = True
    elif _inner_index(c, got):
        pass
    elif c.accept("like"):
        got["likes"] = (*got.get("likes", ()), _like(c, len(got["columns"])))
    elif c.at("watermark", "for"):
        got["watermarks"] += (watermark(c),)
    elif (found := constraint(c)) is not None:
        got["constraints"] += (found,)
    elif (included := metadata_column(c)) is not None:
        got["includes"] += (included,)
    else:
        made = column(c)
        got["columns"] += (made,)
        if made.lateness is not None:
            text = f'"{made.name}" - {made.lateness.meta["sql"]}'
            bound = parse_expression(text)
            bound.meta["sql"] = text
            got["watermarks"] += (s.Watermark(made.name, bound),)


def _like(c: Cursor, place: int) -> s.Like:
    source = c.name()
    chosen: dict[str, tuple[str, ...]] = {"including": (), "excluding": ()}
    while (word := c.accept_any("including", "excluding")) is not None:
        what = c.one_of(
            "all", "defaults", "generated", "identity", "constraints", "indexes", "comments", "storage", "statistics", "compression"
        )
        other = "excluding" if word == "including" else "including"
        chosen[other] = tuple(x for x in chosen[other] if x != what)
        chosen[word] += (what,)
    return s.Like(source, place, chosen["including"], chosen["excluding"])


def column(c: Cursor) -> s.ColumnDef:
    got: dict[str, Any] = {"position": c.token.start}
    name = c.ident()
    bare = c.at("as") or c.at(",") or c.at(")") or c.token.kind == "end" or c.at("primary", "key")
    type_name = None if bare else c.type_name()
    nullable = False
    if type_name is not None and type_name.name in CHECKED and not type_name.array_depth:
        got["checks"] = ((None, _in_range(name, *CHECKED[type_name.name][1:])),)
    while c.token.kind == "word":
        label = c.ident() if c.accept("constraint") else None
        misplaced(c)
        if c.accept("not", "null"):
            got["not_null"] = True
        elif c.accept("null"):
            nullable = True
        elif c.accept("primary", "key"):
            got["primary_key"], got["key_name"], got["deferral"] = True, label, deferral(c)
        elif c.accept("comment"):
            got["comment"] = c.string()
        elif c.accept("unique"):
            got["nulls_distinct"] = nulls_distinct(c)
            got["unique"], got["key_name"], got["deferral"] = True, label, deferral(c)
        elif c.accept("default"):
            got["default"] = c.expression(*_DEFAULT_STOPS)
        elif (found := identity(c)) is not None:
            got["identity"], got["sequence_options"] = found
        elif c.accept("generated", "always", "as"):
            got["generated"] = c.nested()
            c.accept_any("stored", "virtual")  # virtual is DuckDB's default: stored all the same
        elif c.accept("as"):
            got["generated"] = c.expression("primary", "not", "stored", "virtual")
            c.accept_any("stored", "virtual")
        elif c.accept("check"):
            got["checks"] = (*got.get("checks", ()), (label, c.nested()))
            c.accept("no", "inherit")
        elif c.accept("interned"):  # Feldera's, of how strings are kept
            pass
        elif c.accept("references") or c.accept("foreign", "key", "references"):
            got["references"], got["reference_name"] = reference(c), label
        elif c.accept("lateness"):
            got["lateness"] = c.expression(*_DEFAULT_STOPS)
        elif c.accept("collate"):
            c.name()
        elif c.at("watermark"):
            raise Unsupported("WATERMARK of a column is not supported", position=c.token.start,
                              hint="LATENESS says how late rows may come; EMIT ON WINDOW CLOSE holds results back.")
        else:
            raise c.error()
        if nullable and (got.get("not_null") or got.get("primary_key")):
            raise UserError(f'conflicting NULL/NOT NULL declarations for column "{name}"', position=got["position"])
    if "generated" in got and "default" in got:
        raise UserError(f'both default and generation expression specified for column "{name}"', "42601", position=got["position"])
    return s.ColumnDef(name, type_name, **got)


def _in_range(name: str, least: int, greatest: int) -> exp.Expression:
    text = f"{_quoted(name)} BETWEEN {least} AND {greatest}"
    check = parse_expression(text)
    check.meta["sql"] = text
    return check


def _view(c: Cursor, materialized: bool, replace: bool, temporary: bool, recursive: bool = False) -> s.Statement:
    exists = c.if_not_exists()
    name = c.name()
    columns = c.parens(c.ident) if c.at("(") else ()
    _in_cluster(c)
    pairs = () if _kept_fresh(c) else c.with_options()
    c.expect("as")
    start, last, emit, data = c.token.start, len(c.tokens) - 1, False, True
    while True:
        tail = [t.value for t in c.tokens[max(c.index, last - 4) : last]]
        if tail == ["emit", "on", "window", "close"]:
            last, emit = last - 4, True
        elif tail[-3:] == ["with", "no", "data"]:
            last, data = last - 3, False
        elif tail[-2:] == ["with", "data"]:
            last -= 2
        elif not materialized and tail[-2:] == ["check", "option"]:
            level = tail[-3] if tail[-3] in ("local", "cascaded") else ""
            if c.tokens[last - 3 - bool(level)].value != "with":
                raise c.error(c.tokens[last - 2])
            last -= 3 + bool(level)
            pairs = (*(pair for pair in pairs if pair[0] != "check_option"), ("check_option", level or "cascaded"))
        else:
            break
    tree = c.query(last)
    text = c.text[start : c.tokens[last - 1].end]
    c.index = len(c.tokens) - 1
    if recursive:
        if not columns:
            raise c.error()
        own, listed = _quoted(name[-1]), ", ".join(map(_quoted, columns))
        text = f"WITH RECURSIVE {own} ({listed}) AS ({text}) SELECT {listed} FROM {own}"
        tree = parse_query(text)
    return s.CreateView(
        name, columns, tree, text, materialized, pairs, emit, data, exists, replace, temporary
    )


def _in_cluster(c: Cursor) -> None:
    """Materialize's IN CLUSTER: there is one."""
    if c.accept("in", "cluster"):
        c.label()


def _kept_fresh(c: Cursor) -> bool:
    """Materialize's WITH (REFRESH …, RETAIN HISTORY FOR …, PARTITION BY …): a view is always up to date here, and keeps no history."""
    forms = (("refresh",), ("retain", "history"), ("partition", "by"))
    if not any(c.at("with", "(", *words) for words in forms) or c.peek(3).value in ("=", "."):
        return False
    c.expect("with")
    c.index = c.closing() + 1
    return True


def _sink(c: Cursor, replace: bool) -> s.Statement:
    exists = c.if_not_exists()
    name = None if c.at("into") or c.at("from") else c.name()
    into: s.Name | None = None
    into_columns: tuple[str, ...] = ()
    if c.accept("into"):
        into = c.name()
        into_columns = c.parens(c.ident) if c.at("(") else ()
    source = query = text = None
    emit = False
    if c.accept("from"):
        source = c.name()
    else:
        c.expect("as")
        start, last = c.token.start, _before_tail(c)
        emit = [t.value for t in c.tokens[last - 4 : last]] == ["emit", "on", "window", "close"]
        last -= 4 if emit else 0
        query = c.query(last)
        text = c.text[start : c.tokens[last - 1].end]
        c.accept("emit", "on", "window", "close")
    pairs = c.with_options()
    return s.CreateSink(
        name, source, query, text, into, into_columns, pairs, c.format_encode(), exists, replace, emit
    )


def _subscription(c: Cursor) -> s.Statement:
    exists = c.if_not_exists()
    name = c.name()
    c.expect("from")
    return s.CreateSubscription(name, c.name(), c.with_options(), exists)


def _before_tail(c: Cursor) -> int:
    """Index of the WITH ( or FORMAT that ends a sink's query; `WITH x AS (` has a name in between."""
    depth = 0
    for index in range(c.index, len(c.tokens) - 1):
        token, after = c.tokens[index], c.tokens[index + 1]
        if token.kind == "op":
            depth += (token.value == "(") - (token.value == ")")
        elif not depth and token.kind == "word" and index > c.index:
            if token.value == "with" and after.value == "(":
                return index
            if token.value == "format" and c.tokens[min(index + 2, len(c.tokens) - 1)].value == "encode":
                return index
    return len(c.tokens) - 1


def _index(c: Cursor, unique: bool, every: bool = False) -> s.Statement:
    c.accept("concurrently")
    exists = c.if_not_exists()
    name = None if c.at("on") or c.at("in", "cluster") else c.ident()
    _in_cluster(c)
    c.expect("on")
    c.accept("only")
    table = c.name()
    return _index_of(c, name, table, unique, exists, c.ident() if c.accept("using") else None, every)


def _index_of(c: Cursor, name: str | None, table: s.Name, unique: bool, exists: bool, method: str | None, every: bool = False) -> s.CreateIndex:
    keys = () if every else c.parens(lambda: _key(c))
    include = c.parens(c.ident) if c.accept_any("include", "storing") else ()
    spread = c.parens(c.expression) if c.accept("distributed", "by") else ()
    distinct = not (c.accept("nulls", "not", "distinct") or (c.accept("nulls", "distinct") and False))
    if c.at("with", "(") and c.accept("with"):
        c.index = c.closing() + 1
    if c.accept("tablespace"):
        c.ident()
    where = c.expression() if c.accept("where") else None
    return s.CreateIndex(name, table, keys, include, spread, unique, method, exists, where, distinct, every)


def _key(c: Cursor) -> s.IndexKey:
    """expression [COLLATE name] [operator class] [ASC | DESC] [NULLS FIRST | LAST]"""
    mark, start = c.index, c.token.start
    end = c.skip("asc", "desc", "nulls", "collate")
    operator_class = _operator_class(c, mark)
    if operator_class is not None:
        end = c.tokens[c.index - 2].end
    expression = parse_expression(c.text[start:end], start)
    expression.meta["sql"] = c.text[start:end].strip()
    if c.accept("collate"):
        c.name()
    if operator_class is None and c.token.kind == "word" and c.token.value not in ("asc", "desc", "nulls"):
        operator_class = c.name()[-1]
    down = c.accept_any("asc", "desc") == "desc"
    first = c.one_of("first", "last") == "first" if c.accept("nulls") else down
    return s.IndexKey(expression, down, first, operator_class)


def _operator_class(c: Cursor, first: int) -> str | None:
    """The word after a finished operand: `name text_ops`, `lower(name) text_ops`."""
    if c.index - first < 2:
        return None
    last, before = c.tokens[c.index - 1], c.tokens[c.index - 2]
    operand = before.kind == "quoted" or before.value == ")" or (before.kind == "word" and c.index - first == 2)
    return last.value if last.kind == "word" and operand else None


_FUNCTION_HINT = "Write it in SQL: CREATE FUNCTION f(x int) RETURNS int LANGUAGE SQL AS 'SELECT $1 + 1'."


def _function(c: Cursor, what: str, replace: bool) -> s.Statement:
    exists = c.if_not_exists()
    name = c.name()
    if c.at("as") and c.peek().kind == "string":
        raise Unsupported("functions of classes are not supported", hint=_FUNCTION_HINT, position=c.token.start)
    c.expect("(")
    args = arguments(c)
    got: dict[str, Any] = {}
    clauses: list[str] = []
    while c.token.kind != "end":
        if c.accept("returns", "table"):
            got["returns_table"] = c.parens(c._field)
        elif c.at("returns", "null"):
            clauses.append(c.advance().value)
        elif c.accept("returns"):
            got["returns_set"] = c.accept("setof")
            got["returns"] = c._part()
        elif c.accept("language"):
            got["language"] = c.advance().value.lower()
        elif c.accept("as"):
            if c.peek().value == "using" and c.peek(2).value == "link":
                raise Unsupported("functions of other servers are not supported", hint=_FUNCTION_HINT, position=c.token.start)
            if c.token.kind == "string" or got.get("language") is not None:
                got["body"] = c.string() if c.token.kind == "string" else c.ident()
            else:  # Feldera's: an expression
                got["body"], got["language"] = "RETURN " + c.raw(), "sql"
        elif c.accept("begin", "atomic"):
            start = c.token.start
            got["body"] = c.text[start : c.tokens[-2].start].strip().removesuffix(";")
            got.setdefault("language", "sql")
            c.index = len(c.tokens) - 1
        elif c.accept("return"):
            got["body"] = "RETURN " + c.raw()
            got.setdefault("language", "sql")
        elif c.at("with", "(") and c.accept("with"):
            got["options"] = c.options()
        elif c.token.kind in ("word", "string", "number"):
            clauses.append(c.advance().value)
        else:
            raise c.error()
    return s.CreateFunction(what, name, args, clauses=tuple(clauses), or_replace=replace, if_not_exists=exists, **got)


def drop(c: Cursor) -> s.Statement:
    c.expect("drop")
    if c.at("cluster"):
        return cluster(c, "DROP")
    if c.accept_any(*roles.ROLE_WORDS) is not None:
        return roles.drop_role(c)
    if c.accept("policy"):
        return roles.drop_policy(c)
    if c.at("owned"):
        return roles.drop_owned(c)
    if c.accept_any("temporary", "temp") is not None:  # Flink's
        c.accept("system")
    what = "function" if c.accept("routine") or c.accept("macro", "table") or c.accept("macro") else kind(c)
    if what == "index":
        c.accept("concurrently")
    exists = c.if_exists()
    names = c.items(c.name)
    args = input_types(c) if what in ("function", "procedure", "aggregate") else None
    if what == "database" and (c.at("with") or c.at("(")):
        raise Unsupported("DROP DATABASE with FORCE is not supported", position=c.token.start,
                          hint="End its sessions first: SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = …")
    how = c.accept_any("cascade", "restrict")
    return s.Drop(what, names, exists, how == "cascade", args, how == "restrict")


def comment(c: Cursor) -> s.Statement:
    c.expect("comment", "on")
    what = c.accept_any("column", "constraint", "policy", "role") or kind(c)
    position, name, on, args = c.token.start, c.name(), None, None
    if what == "column" and len(name) < 2:
        raise UserError("column name must be qualified", "42601", position=position)
    if what in ("constraint", "policy"):
        c.expect("on")
        what = "domain constraint" if c.accept("domain") else what
        on = c.name()
    elif what in ("function", "aggregate"):
        args = input_types(c)
    c.expect("is")
    return s.CommentOn(what, name, None if c.accept("null") else c.string(), on, args)


def refresh(c: Cursor) -> s.Statement:
    c.expect("refresh", "materialized", "view")
    c.accept("concurrently")
    name = c.name()
    if c.at("with", "no", "data"):
        raise Unsupported("REFRESH WITH NO DATA is not supported", hint="A view always holds its rows.", position=c.token.start)
    c.accept("with", "data")
    return s.Refresh(name)

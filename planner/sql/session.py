"""Settings, SHOW, EXPLAIN, transactions, prepared statements, cursors and utility statements."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...kernels.errors import Unsupported, UserError
from . import statements as s
from .cursor import Cursor
from .ddl import kind as object_kind
from .lexer import tokenize_statement
from .role_statements import SetRole
from .roles import set_role

Parse = Callable[[Cursor], s.Statement]
_SHOW = (
    "tables", "views", "sources", "sinks", "indexes", "schemas", "databases", "functions", "jobs", "columns",
    "processlist", "connections", "secrets", "subscriptions", "cursors", "types", "users", "roles", "internal tables",
    "materialized views", "subscription cursors", "parameters", "clusters", "cluster replicas", "objects", "catalogs",
    "modules", "jars", "subsources", "network policies",
)  # fmt: skip


def set_variable(c: Cursor) -> s.Statement:
    c.expect("set")
    if c.token.kind == "string":  # Flink's SET 'key' = 'value'
        key = c.string()
        c.expect("=")
        value = c.string()
        if key == "table.local-time-zone":
            return s.SetVariable("timezone", (value,))
        return s.Utility("without effect", clauses=f"SET '{key}'")
    if c.at("cluster", "setting"):
        c.index += 2
        name = ".".join(c.name())
        c.index = len(c.tokens) - 1
        return s.Utility("without effect", clauses=f"SET CLUSTER SETTING {name}")
    scope = "local" if c.at("local") and c.peek().value not in ("to", "=") else "session"
    if c.at("session", "authorization") and (found := set_role(c, False)) is not None:
        return found
    if scope == "local" or (c.at("session") and c.peek().value not in ("to", "=", ".")):
        c.advance()
    if (found := set_role(c, scope == "local")) is not None:
        return found
    if c.accept("characteristics", "as", "transaction") or c.accept("transaction"):
        return s.SetTransaction(_modes(c), c.tokens[1].value == "session")
    if c.at("constraints") and c.peek().value not in ("to", "="):
        c.expect("constraints")
        names = () if c.accept("all") else c.items(c.name)
        return s.SetConstraints(names, c.one_of("deferred", "immediate") == "deferred")
    if c.accept("time", "zone"):
        if c.accept("interval"):
            position, zone = c.token.start, c.string()
            c.accept("hour", "to", "minute")
            return s.SetVariable("timezone", (_offset_zone(zone, position),), scope)
        return s.SetVariable("timezone", None if c.accept_any("local", "default") else (_value(c),), scope)
    if c.at("schema") and c.peek().kind == "string":
        c.advance()
        return s.SetVariable("search_path", (c.string(),), scope)
    if c.accept("names"):
        return s.SetVariable("client_encoding", (_value(c),), scope)
    name = ".".join(c.name())
    if not c.accept("to"):
        c.expect("=")
    return s.SetVariable(name, None if c.accept("default") else c.items(lambda: _value(c)), scope)


# Forms of EXPLAIN of other databases say what they want before FOR, or before the statement.
_PLANS = {"raw": "logical", "decorrelated": "logical", "locally": None, "optimized": None, "physical": "physical", "query": None,
          "plan": None, "logical": "logical", "estimated_cost": None, "changelog_mode": None, "json_execution_plan": None}  # fmt: skip


def _foreign_explain(c: Cursor) -> str | None:
    """`OPTIMIZED PLAN [WITH (…)] [AS TEXT] FOR`, `PLAN FOR`, `ESTIMATED_COST, CHANGELOG_MODE`; the stage that is wanted."""
    stage = None
    while (word := c.accept_any(*_PLANS)) is not None:
        stage = _PLANS[word] or stage
        c.accept(",")
    if c.at("with", "("):
        c.advance()
        c.index = c.closing() + 1
    if c.accept("as"):
        c.one_of("text")
    c.accept("for")
    return stage


def _offset_zone(interval: str, position: int) -> str:
    """A zone of that offset to the east; zone names have POSIX' sign, which counts to the west."""
    parts = re.fullmatch(r"\s*([+-]?)(\d{1,2}):(\d{2})(?::00)?\s*", interval)
    if parts is None:
        raise Unsupported(f"SET TIME ZONE INTERVAL '{interval}' is not supported", hint="Write hours and minutes.", position=position)
    sign, hours, minutes = parts.groups()
    return f"{'+' if sign == '-' else '-'}{int(hours):02}:{minutes}"


def _value(c: Cursor) -> str:
    sign = "-" if c.accept("-") else ""
    if c.token.kind not in ("string", "number", "word", "quoted"):
        raise c.error()
    return sign + c.advance().value


def _modes(c: Cursor) -> tuple[str, ...]:
    modes: list[str] = []
    while c.token.kind == "word":
        if c.accept("isolation", "level"):
            c.accept("strict")  # Materialize's: here SERIALIZABLE keeps the order of real time too
            level = c.one_of("serializable", "repeatable", "read")
            modes.append(
                level
                if level == "serializable"
                else level + " " + c.one_of("read", "committed", "uncommitted")
            )
        elif c.accept("read"):
            modes.append("read " + c.one_of("only", "write"))
        elif c.accept("priority"):  # CockroachDB's, which orders who waits
            c.one_of("low", "normal", "high")
        elif not modes and c.accept("snapshot"):
            modes.append(f"snapshot {c.string()}")
        else:
            negative = c.accept("not")
            c.expect("deferrable")
            modes.append("not deferrable" if negative else "deferrable")
        c.accept(",")
    return tuple(modes)


def reset(c: Cursor) -> s.Statement:
    c.expect("reset")
    if c.token.kind == "string":
        return s.Utility("without effect", clauses=f"RESET '{c.string()}'")
    if c.accept("session", "authorization"):
        return SetRole(None, True)
    if c.token.kind == "end":  # Flink's
        return s.Reset("all")
    return s.Reset(
        "all" if c.accept("all") else "timezone" if c.accept("time", "zone") else ".".join(c.name())
    )


def show(c: Cursor) -> s.Statement:
    c.expect("show")
    if c.at("redacted", "create"):
        c.advance()
    if c.accept("create"):
        what = object_kind(c)
        return s.ShowCreate(what, c.name())
    if c.accept("all"):
        return s.Show("all")
    if c.at("current", "catalog") or c.at("current", "database"):
        c.index += 2
        return s.Show("database")
    if c.at("user", "functions") or c.at("full", "tables") or c.at("full", "objects") or c.at("full", "modules"):
        c.advance()
    if c.at("index") or c.at("keys"):
        c.tokens[c.index] = c.token._replace(value="indexes")
    for what in _SHOW:
        if c.accept(*what.split()):
            if what == "indexes" and c.accept("in", "cluster"):
                c.ident()
            source = c.name() if c.accept_any("from", "in", "on") else None
            if what == "columns" and source is None:
                raise c.error()
            negated = c.accept("not")
            pattern = c.string() if c.accept_any("like", *(("ilike",) if negated else ())) is not None else None
            return s.ShowObjects(what, source, pattern, negated, c.expression() if c.accept("where") else None)
    if c.accept("time", "zone"):
        return s.Show("timezone")
    if c.accept("transaction", "isolation", "level"):
        return s.Show("transaction_isolation")
    return s.Show(".".join(c.name()))


# Pragmas of DuckDB and sqlite that change how a query is run, not what it answers.
_HARMLESS_PRAGMAS = re.compile(
    r"(enable|disable)_\w+|verify_\w+|debug_\w+|force_\w+|threads|worker_threads|memory_limit|max_memory|explain_output|profil\w+|perfect_ht_threshold"
    r"|wal_\w+|checkpoint_threshold|log_query_path|temp_directory|preserve_insertion_order|pivot_limit|ordered_aggregate_threshold|streaming_\w+"
    r"|journal_mode|synchronous|cache_size|page_size|temp_store|foreign_keys|encoding|auto_vacuum|mmap_size|locking_mode|optimize|analysis_limit"
    r"|partitioned_write_\w+|merge_join_threshold|nested_loop_join_threshold|asof_loop_join_threshold|immediate_transaction_mode|reverse_unordered_select"
)
_TABLE_INFO = """SELECT a.attnum - 1 AS cid, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS "notnull",
    pg_get_expr(d.adbin, d.adrelid) AS dflt_value, a.attnum = ANY (coalesce(p.conkey, '{{}}'::int2[])) AS pk
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_constraint p ON p.conrelid = a.attrelid AND p.contype = 'p'
    WHERE a.attrelid = '{}'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"""


def pragma(c: Cursor, parse: Parse) -> s.Statement:
    """PRAGMA name, name = value or name(argument)."""
    c.expect("pragma")
    start, name = c.token, c.label()
    value = None
    if c.accept("="):
        value = _value(c)
    elif c.accept("("):
        value = ".".join(c.name()) if c.token.kind in ("word", "quoted") else _value(c)
        c.expect(")")
    if name in ("table_info", "show") and value is not None:
        text = _TABLE_INFO.format(value.replace("'", "''"))
        return parse(Cursor(text, tokenize_statement(text, 0)))
    if name == "show_tables":
        return s.ShowObjects("tables", None, None, False, None)
    if _HARMLESS_PRAGMAS.fullmatch(name) is None:
        raise Unsupported(f"PRAGMA {name} is not supported", hint="Use SET.", position=start.start)
    return s.Utility("without effect", clauses=f"PRAGMA {name}")


def describe(c: Cursor) -> s.Statement:
    c.one_of("describe", "desc")
    if c.at("extended") and c.peek().kind in ("word", "quoted"):
        c.advance()
    return s.Describe(c.name())


_STAGES = {"raw": "logical", "decorrelated": "logical", "locally": "physical", "optimized": "physical", "physical": "physical"}


def _plan_for(c: Cursor) -> tuple[str | None, s.OptionPairs] | None:
    """Materialize's and Flink's `[stage] PLAN [WITH (…)] [AS TEXT | JSON] FOR`: the stage and options; None for another form."""
    mark, stage = c.index, None
    pairs: s.OptionPairs = ()
    if (word := c.accept_any(*_STAGES)) is not None:
        stage = _STAGES[word]
        c.accept("optimized")
    if not c.accept("plan"):
        c.index = mark
        return None
    if c.at("with", "(") and c.accept("with"):
        c.options()
    if c.accept("as"):
        pairs = (("format", c.one_of("text", "json", "verbose")),)
        if pairs[0][1] == "verbose":
            c.expect("text")
            pairs = ()
    c.expect("for")
    return stage, pairs


def explain(c: Cursor, parse: Parse) -> s.Statement:
    c.expect("explain")
    analyze, verbose, stage = False, False, None
    pairs: s.OptionPairs = ()
    if (found := _plan_for(c)) is not None:
        stage, pairs = found
        if c.accept("materialized", "view"):
            return s.Explain(s.Running("materialized_view", c.name()), True, False, pairs, stage)
        if c.accept_any("view", "index") is not None:
            text = "SELECT * FROM " + c.text[c.token.start : c.tokens[-1].start]
            c.name()
            return s.Explain(parse(Cursor(text, tokenize_statement(text, 0))), False, False, pairs, stage)
        return s.Explain(parse(c), False, False, pairs, stage)
    while True:
        if c.at("(") and c.peek().value not in ("select", "with", "values", "("):
            pairs = c.options()
        elif c.accept("analyze"):
            analyze = True
        elif c.accept("verbose"):
            verbose = True
        elif c.token.value in _PLANS and c.token.kind == "word" and (c.peek().value in ("plan", "for", "optimized", ",") or c.token.value not in ("logical", "physical")):
            stage = _foreign_explain(c)
        elif (word := c.accept_any("logical", "physical", "streaming")) is not None:
            stage = word
        else:
            break
    given = dict(pairs)
    inner: s.Statement
    if (analyze or given.get("analyze") is True) and c.accept("materialized", "view"):
        inner = s.Running("materialized_view", c.name())
    elif (analyze or given.get("analyze") is True) and c.accept("sink"):
        inner = s.Running("sink", c.name())
    else:
        inner = parse(c)
    return s.Explain(inner, analyze or given.get("analyze") in (True, "on"),
                     verbose or given.get("verbose") in (True, "on"), pairs, stage)  # fmt: skip


def transaction(c: Cursor) -> s.Statement:
    word = c.advance().value
    if word == "start":
        c.expect("transaction")
        return s.Transaction("begin", _modes(c))
    if word == "savepoint":
        return s.Transaction("savepoint", name=c.ident())
    if word == "release":
        c.accept("savepoint")
        return s.Transaction("release", name=c.ident())
    if word in ("commit", "rollback") and c.accept("prepared"):
        raise UserError(f'prepared transaction with identifier "{c.string()}" does not exist', "42704")
    if word == "begin":
        c.accept_any("deferred", "immediate", "exclusive")  # sqlite's, which say when it locks
    c.accept_any("work", "transaction")
    if word == "begin":
        return s.Transaction("begin", _modes(c))
    if word in ("rollback", "abort") and c.accept("to"):
        c.accept("savepoint")
        return s.Transaction("rollback to", name=c.ident())
    chain = False
    if c.accept("and"):
        chain = not c.accept("no")
        c.expect("chain")
    return s.Transaction("commit" if word in ("commit", "end") else "rollback", chain=chain)


def prepare(c: Cursor, parse: Parse) -> s.Statement:
    c.expect("prepare")
    if c.at("transaction") and c.peek().kind == "string":
        raise UserError("prepared transactions are disabled", "55000",
                        hint="Set max_prepared_transactions to a nonzero value.")  # fmt: skip
    name = c.ident()
    types = c.parens(c.type_name) if c.at("(") else ()
    c.expect("as")
    return s.Prepare(name, types, parse(c))


def execute(c: Cursor) -> s.Statement:
    c.expect("execute")
    if c.at("statement", "set"):
        raise Unsupported("statement sets are not supported", hint="CREATE SINK … AS query runs on until it is dropped.", position=c.token.start)
    name = c.ident()
    return s.Execute(name, c.parens(c.expression) if c.at("(") else ())


def deallocate(c: Cursor) -> s.Statement:
    c.expect("deallocate")
    c.accept("prepare")
    return s.Deallocate(None if c.accept("all") else c.ident())


def declare(c: Cursor, parse: Parse) -> s.Statement:
    c.expect("declare")
    if c.accept("recursive", "view"):
        view, start = c.name(), c.token.start
        c.parens(lambda: (c.ident(), c.type_name()))
        return s.DeclareView(view, c.text[start : c.tokens[c.index - 1].end])
    name = c.ident()
    binary, scroll, hold = False, None, False
    while not c.at("cursor") and not c.at("subscription"):
        word = c.one_of("binary", "insensitive", "asensitive", "scroll", "no")
        binary = binary or word == "binary"
        if word == "no":
            c.expect("scroll")
        if word in ("scroll", "no"):
            scroll = word == "scroll"
    subscription = c.accept("subscription")
    c.expect("cursor")
    if c.at("with") or c.at("without"):
        hold = c.advance().value == "with"
        c.expect("hold")
    c.expect("for")
    if subscription:
        wanted = c.name()
        full = c.accept("full")
        if not full and c.accept("since"):
            if not (c.accept("now") or c.accept("proctime")):
                raise Unsupported("SINCE takes now() only", position=c.token.start,
                                  hint="A cursor begins when it is declared; FULL begins with the rows that are there.")
            c.expect("(", ")")
        return s.DeclareCursor(name, None, subscription=wanted, full=full)
    return s.DeclareCursor(name, parse(c), hold, scroll, binary)


def fetch(c: Cursor) -> s.Statement:
    move = c.one_of("fetch", "move") == "move"
    direction, count = "forward", 1
    number: int | None = count
    word = c.accept_any(
        "next", "prior", "first", "last", "absolute", "relative", "forward", "backward", "all"
    )
    if word == "all":
        number = None
    elif word in ("prior", "backward"):
        direction = "backward"
    elif word in ("first", "last", "absolute"):
        direction, number = "absolute", -1 if word == "last" else 1
    elif word == "relative":
        direction = word
    if c.accept("all"):
        number = None
    elif c.token.kind == "number" or c.at("-"):
        number = c.integer()
    c.accept_any("from", "in")
    name = c.ident()
    return s.Fetch(name, number, direction, move, c.with_options())


def close(c: Cursor) -> s.Statement:
    c.expect("close")
    return s.CloseCursor(None if c.accept("all") else c.ident())


def notify(c: Cursor) -> s.Statement:
    verb = c.one_of("listen", "unlisten", "notify")
    channel = "*" if c.accept("*") else c.ident()
    return s.Notify(verb, channel, c.string() if c.accept(",") else None)


def utility(c: Cursor) -> s.Statement:
    verb = c.advance().value
    if verb == "reindex":
        return _reindex(c)
    return s.Utility(verb, clauses=c.raw())


def _reindex(c: Cursor) -> s.Statement:
    """REINDEX [(options)] INDEX | TABLE | SCHEMA | DATABASE | SYSTEM name; sqlite's `REINDEX [name]`."""
    if c.at("("):
        c.index = c.closing() + 1
    what = c.accept_any("index", "table", "schema", "database", "system") or ""
    c.accept("concurrently")
    name = c.name() if c.token.kind in ("word", "quoted") else ()
    return s.Utility("reindex", (name,) if name else (), what)

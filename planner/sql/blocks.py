"""Anonymous blocks: the part of PL/pgSQL that migrations and tools send in DO.

Blocks with DECLARE and EXCEPTION, SQL statements with INTO, IF, LOOP, WHILE, FOR, EXIT, CONTINUE, assignment, PERFORM,
EXECUTE, RAISE, CASE, FOREACH, GET DIAGNOSTICS, ASSERT, OPEN, FETCH, CLOSE, NULL and RETURN. Statements keep their text; the server puts the values of variables into it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...kernels.errors import Unsupported, UserError
from . import statements as s
from .cursor import Cursor
from .lexer import Token, tokenize
from .query import parse_query


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the body: an expression or a statement, as tokens of `source`."""

    source: str
    tokens: tuple[Token, ...]

    def __str__(self) -> str:
        return self.source[self.tokens[0].start : self.tokens[-1].end] if self.tokens else ""


@dataclass(frozen=True, slots=True)
class Declaration:
    name: str
    type: str  # "record" for rows; of `like`: "type" or "rowtype"
    value: Text | None
    constant: bool = False
    not_null: bool = False
    like: tuple[str, ...] = ()  # of whose type it is: a variable, a table or a column


@dataclass(frozen=True, slots=True)
class Handler:
    conditions: tuple[str, ...]  # SQLSTATEs, "others" for all but cancelled queries
    body: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Block:
    declarations: tuple[Declaration, ...]
    body: tuple[Step, ...]
    handlers: tuple[Handler, ...] = ()
    label: str | None = None


@dataclass(frozen=True, slots=True)
class If:
    branches: tuple[tuple[Text, tuple[Step, ...]], ...]
    otherwise: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """CASE `value` WHEN a, b THEN … END CASE; without `otherwise` one branch must be taken."""

    value: Text
    branches: tuple[tuple[Text, tuple[Step, ...]], ...]
    otherwise: tuple[Step, ...] | None


@dataclass(frozen=True, slots=True)
class Loop:
    """LOOP, WHILE `condition`, FOR `variable` IN `query` or `first` .. `last`, FOREACH `variable` IN ARRAY `array`."""

    body: tuple[Step, ...]
    label: str | None = None
    condition: Text | None = None
    variable: str | None = None
    query: Text | None = None
    dynamic: bool = False  # FOR … IN EXECUTE
    first: Text | None = None
    last: Text | None = None
    step: Text | None = None
    reverse: bool = False
    array: Text | None = None
    slice: int = 0
    targets: tuple[str, ...] = ()  # FOR a, b IN query: variables that were declared


@dataclass(frozen=True, slots=True)
class Leave:
    """EXIT, CONTINUE and RETURN."""

    word: str
    label: str | None = None
    condition: Text | None = None
    value: Text | None = None  # of RETURN


@dataclass(frozen=True, slots=True)
class Give:
    """RETURN NEXT of a value, or of the OUT parameters without one; RETURN QUERY of a query or (`dynamic`) of its text."""

    value: Text | None = None
    query: Text | None = None
    dynamic: bool = False
    using: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Assign:
    name: str
    value: Text
    field: str | None = None
    subscript: Text | None = None  # name[subscript] := value


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement, or EXECUTE of a text (`dynamic`) with the values of USING."""

    text: Text
    into: tuple[str, ...] = ()
    strict: bool = False
    dynamic: bool = False
    using: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Raise:
    """`level` None: the error that is being handled, again."""

    level: str | None
    format: str | None = None
    arguments: tuple[Text, ...] = ()
    condition: str | None = None
    options: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """GET [CURRENT | STACKED] DIAGNOSTICS variable = item, …"""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CursorStep:
    """OPEN cursor [FOR query], FETCH cursor INTO variables, CLOSE cursor."""

    word: str
    name: str
    query: Text | None = None
    into: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assert:
    condition: Text
    message: Text | None


STEPS = (Block, If, Case, Loop, Leave, Give, Assign, Sql, Raise, Diagnostics, Assert, CursorStep)
Step = Block | If | Case | Loop | Leave | Give | Assign | Sql | Raise | Diagnostics | Assert | CursorStep

# Items of GET DIAGNOSTICS, and those of GET STACKED DIAGNOSTICS.
CURRENT_ITEMS = ("row_count",)
STACKED_ITEMS = ("returned_sqlstate", "message_text", "pg_exception_detail", "pg_exception_hint")

CONDITIONS = {
    name: code
    for code, names in {
        "02000": "no_data", "20000": "case_not_found", "P0002": "no_data_found", "P0003": "too_many_rows", "P0001": "raise_exception",
        "P0004": "assert_failure", "0A000": "feature_not_supported", "21000": "cardinality_violation",
        "22000": "data_exception", "22001": "string_data_right_truncation", "22003": "numeric_value_out_of_range",
        "22004": "null_value_not_allowed", "22007": "invalid_datetime_format", "22008": "datetime_field_overflow",
        "22012": "division_by_zero", "22023": "invalid_parameter_value", "22P02": "invalid_text_representation",
        "22P03": "invalid_binary_representation", "23000": "integrity_constraint_violation",
        "23001": "restrict_violation", "23502": "not_null_violation", "23503": "foreign_key_violation",
        "23505": "unique_violation", "23514": "check_violation", "25001": "active_sql_transaction",
        "25006": "read_only_sql_transaction", "28000": "invalid_authorization_specification",
        "2BP01": "dependent_objects_still_exist", "3D000": "invalid_catalog_name", "3F000": "invalid_schema_name",
        "40001": "serialization_failure", "40P01": "deadlock_detected", "42000": "syntax_error_or_access_rule_violation",
        "42501": "insufficient_privilege", "42601": "syntax_error", "42602": "invalid_name", "42622": "name_too_long",
        "42701": "duplicate_column", "42702": "ambiguous_column", "42703": "undefined_column",
        "42704": "undefined_object", "42710": "duplicate_object", "42712": "duplicate_alias",
        "42723": "duplicate_function", "42725": "ambiguous_function", "42803": "grouping_error",
        "42804": "datatype_mismatch", "42809": "wrong_object_type", "42830": "invalid_foreign_key",
        "42846": "cannot_coerce", "42883": "undefined_function", "42P01": "undefined_table",
        "42P02": "undefined_parameter", "42P04": "duplicate_database", "42P06": "duplicate_schema",
        "42P07": "duplicate_table", "42P16": "invalid_table_definition", "42P17": "invalid_object_definition",
        "42P18": "indeterminate_datatype", "53000": "insufficient_resources", "54000": "program_limit_exceeded",
        "55000": "object_not_in_prerequisite_state", "55006": "object_in_use", "55P03": "lock_not_available",
        "57014": "query_canceled", "58000": "system_error", "XX000": "internal_error",
    }.items()
    for name in names.split()
}  # fmt: skip
NO_CASE = Raise("exception", "case not found", condition="20000", options=())
LEVELS = ("debug", "log", "info", "notice", "warning", "exception")


def do(c: Cursor) -> s.Statement:
    c.expect("do")
    language = c.label() if c.accept("language") else None
    body = c.string()
    if c.accept("language"):
        language = c.string() if c.token.kind == "string" else c.label()
    return s.Do(body, (language or "plpgsql").lower())


def call(c: Cursor) -> s.Statement:
    """CALL name(a, name => b)"""
    c.expect("call")
    name = c.name()
    c.expect("(")
    args: list[tuple[str | None, bool]] = []
    texts: list[str] = []
    while not c.at(")"):
        label = None
        if c.peek().value == "=>" or (c.peek().value == ":" and c.peek(2).value == "="):
            label = c.ident()
            c.advance()
            c.accept("=")
        start, first = c.token.start, c.index
        c.expression()
        only = c.tokens[first] if c.index == first + 1 else None
        args.append((label, only is not None and (only.kind in ("string", "param") or only.value in ("null", "default"))))
        texts.append(c.text[start : c.tokens[c.index - 1].end])
        if not c.accept(","):
            break
    c.expect(")")
    query = None
    if texts:
        text = f"SELECT {', '.join(texts)}"
        query = s.Query(parse_query(text), text=text)
    return s.Call(name, query, tuple(args))


def parse_block(body: str) -> Block:
    """The block of a body; 42601 where it is not one."""
    reader = _Reader(Cursor(body, tokenize(body)))
    try:
        made = reader.block()
        reader.c.accept(";")
        reader.c.done()
    except UserError as e:
        raise UserError(e.message, e.sqlstate, hint=e.hint) from None  # a position in the body says nothing outside
    return made


def _range(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """Tokens with the `.5` of `1..5` as a dot and a number."""
    out: list[Token] = []
    for t in tokens:
        if t.kind == "number" and t.value[0] == "." and out and out[-1].value == "." and out[-1].end == t.start:
            out += [Token("op", ".", t.start, t.start + 1), Token("number", t.value[1:], t.start + 1, t.end)]
        else:
            out.append(t)
    return tuple(out)


class _Reader:
    def __init__(self, cursor: Cursor) -> None:
        self.c = cursor

    def until(self, *stops: str) -> Text:
        """Tokens up to a word or operator outside of parentheses and CASE, which is left there."""
        c, first, depth = self.c, self.c.index, 0
        while c.token.kind != "end":
            token = c.token
            if token.kind in ("word", "op"):
                if not depth and token.value in stops:
                    break
                if token.value in ("(", "[", "case"):
                    depth += 1
                elif token.value in (")", "]") or (token.value == "end" and depth):
                    depth -= 1
            c.index += 1
        if c.token.kind == "end":
            raise c.error()
        return Text(c.text, tuple(c.tokens[first : c.index]))

    def expression(self, *stops: str) -> Text:
        found = self.until(*stops)
        if not found.tokens:
            raise self.c.error()
        return found

    def label(self) -> str | None:
        c = self.c
        if not c.at("<", "<"):
            return None
        c.expect("<", "<")
        name = c.ident()
        c.expect(">", ">")
        return name

    def block(self, label: str | None = None) -> Block:
        c = self.c
        label = label or self.label()
        declared: list[Declaration] = []
        if c.accept("declare"):
            while not c.at("begin"):
                declared.append(self.declaration())
        c.expect("begin")
        body = self.steps("end", "exception")
        handlers: list[Handler] = []
        if c.accept("exception"):
            while c.accept("when"):
                conditions = [self.condition()]
                while c.accept("or"):
                    conditions.append(self.condition())
                c.expect("then")
                handlers.append(Handler(tuple(conditions), self.steps("when", "end")))
        c.expect("end")
        if not c.at(";") and c.token.kind in ("word", "quoted"):
            c.ident()
        return Block(tuple(declared), body, tuple(handlers), label)

    def condition(self) -> str:
        c = self.c
        if c.accept("sqlstate"):
            return c.string()
        name = c.ident()
        if name != "others" and name not in CONDITIONS:
            raise UserError(f'unrecognized exception condition "{name}"', "42704")
        return CONDITIONS.get(name, name)

    def declaration(self) -> Declaration:
        c = self.c
        name = c.ident()
        constant = c.accept("constant")
        c.accept("no", "scroll")
        if c.accept("cursor"):
            c.expect("for")
            query = self.expression(";")
            c.expect(";")
            return Declaration(name, "cursor", query)
        type_ = self.until(":", "=", ";", "default", "not", "%")
        like: tuple[str, ...] = ()
        word = str(type_).lower()
        if type_.tokens and c.accept("%"):
            like, word = tuple(t.value for t in type_.tokens if t.value != "."), c.one_of("type", "rowtype")
        if not type_.tokens or any(t.value in ("alias", "cursor") for t in type_.tokens if t.kind == "word"):
            raise Unsupported(f'this declaration of "{name}" is not supported', hint="Give the variable a type and a value.")
        not_null = c.accept("not", "null")
        value = None
        if self.assigns() or c.accept("default"):
            value = self.expression(";")
        c.expect(";")
        return Declaration(name, word, value, constant, not_null, like)

    def assigns(self) -> bool:
        return self.c.accept(":", "=") or self.c.accept("=")

    def steps(self, *stops: str) -> tuple[Step, ...]:
        made: list[Step] = []
        while not any(self.c.at(word) for word in stops):
            step = self.step()
            made += [step] if step is not None else []
        return tuple(made)

    def step(self) -> Step | None:
        c = self.c
        label = self.label()
        made: Step | None
        if c.at("begin") or c.at("declare"):
            made = self.block(label)
        elif c.at("loop") or c.at("while") or c.at("for") or c.at("foreach"):
            made = self.loop(label)
        elif c.accept("if"):
            made = self.condition_chain()
        elif c.accept("case"):
            made = self.case()
        elif c.accept("assert"):
            condition = self.expression(",", ";")
            made = Assert(condition, self.expression(";") if c.accept(",") else None)
        elif c.accept("get"):
            made = self.diagnostics()
        elif c.accept("null"):
            made = None
        elif c.accept("raise"):
            made = self.raising()
        elif (word := c.accept_any("exit", "continue")) is not None:
            to = None if c.at("when") or c.at(";") else c.ident()
            made = Leave(word, to, self.expression(";") if c.accept("when") else None)
        elif c.accept("return", "next"):
            made = Give(value=None if c.at(";") else self.expression(";"))
        elif c.accept("return", "query"):
            dynamic = self.dynamic() if c.accept("execute") else None
            made = Give(query=self.expression(";")) if dynamic is None else Give(query=dynamic.text, dynamic=True, using=dynamic.using)
        elif c.accept("return"):
            made = Leave("return", value=None if c.at(";") else self.expression(";"))
        elif c.accept("perform"):
            rest = self.expression(";")
            made = Sql(Text(c.text, (Token("word", "select ", rest.tokens[0].start, rest.tokens[0].start), *rest.tokens)))
        elif c.accept("execute"):
            made = self.dynamic()
        elif c.token.kind in ("word", "quoted") and (c.peek().value == "=" or (c.peek().value == ":" and c.peek(2).value == "=")):
            name = c.ident()
            self.assigns()
            made = Assign(name, self.expression(";"))
        elif c.token.kind == "word" and c.peek().value == "." and (c.peek(3).value == "=" or c.at(c.token.value, ".", c.peek(2).value, ":")):
            name = c.ident()
            c.expect(".")
            part = c.ident()
            if not self.assigns():
                raise c.error()
            made = Assign(name, self.expression(";"), part)
        elif c.token.kind in ("word", "quoted") and c.peek().value == "[" and (element := self.element()) is not None:
            made = element
        elif (word := c.accept_any("open", "fetch", "close")) is not None:
            made = self.cursor(word)
        elif c.at("move"):
            raise Unsupported(f"{c.token.value.upper()} in DO is not supported", hint="Use IF, FOR and SQL statements.")
        else:
            made = self.statement()
        c.expect(";")
        return made

    def condition_chain(self) -> If:
        c = self.c
        branches: list[tuple[Text, tuple[Step, ...]]] = []
        otherwise: tuple[Step, ...] = ()
        while True:
            condition = self.expression("then")
            c.expect("then")
            branches.append((condition, self.steps("elsif", "elseif", "else", "end")))
            if c.accept_any("elsif", "elseif") is None:
                break
        if c.accept("else"):
            otherwise = self.steps("end")
        c.expect("end", "if")
        return If(tuple(branches), otherwise)

    def element(self) -> Assign | None:
        """name[subscript] := value; None, and nothing read, for what is something else."""
        c, mark = self.c, self.c.index
        name = c.ident()
        c.expect("[")
        subscript = self.until("]")
        if subscript.tokens and c.accept("]") and self.assigns():
            return Assign(name, self.expression(";"), subscript=subscript)
        c.index = mark
        return None

    def cursor(self, word: str) -> CursorStep:
        c = self.c
        if word == "fetch":
            c.accept("next")
            _ = c.accept("from") or c.accept("in")
        name = c.ident()
        query = self.expression(";") if word == "open" and c.accept("for") else None
        into: tuple[str, ...] = ()
        if word == "fetch":
            c.expect("into")
            into = c.items(c.ident)
        return CursorStep(word, name, query, into)

    def case(self) -> If | Case:
        c = self.c
        value = None if c.at("when") else self.expression("when")
        branches: list[tuple[Text, tuple[Step, ...]]] = []
        c.expect("when")
        while True:
            condition = self.expression("then")
            c.expect("then")
            branches.append((condition, self.steps("when", "else", "end")))
            if not c.accept("when"):
                break
        otherwise = self.steps("end") if c.accept("else") else None
        c.expect("end", "case")
        if value is not None:
            return Case(value, tuple(branches), otherwise)
        return If(tuple(branches), (NO_CASE,) if otherwise is None else otherwise)

    def diagnostics(self) -> Diagnostics:
        c = self.c
        stacked = c.accept("stacked")
        if not stacked:
            c.accept("current")
        c.expect("diagnostics")

        def item() -> tuple[str, str]:
            name = c.ident()
            if not self.assigns():
                raise c.error()
            word = c.ident()
            if word not in (STACKED_ITEMS if stacked else CURRENT_ITEMS):
                raise Unsupported(f"GET DIAGNOSTICS … {word.upper()} is not supported",
                                  hint=f"There is {', '.join(w.upper() for w in STACKED_ITEMS + CURRENT_ITEMS)}.")
            return name, word

        return Diagnostics(c.items(item))

    def loop(self, label: str | None) -> Loop:
        c = self.c
        condition = variable = query = first = last = step = None
        array, depth = None, 0
        targets: tuple[str, ...] = ()
        dynamic = reverse = False
        if c.accept("foreach"):
            variable = c.ident()
            depth = c.integer() if c.accept("slice") else 0
            c.expect("in", "array")
            array = self.expression("loop")
        elif c.accept("while"):
            condition = self.expression("loop")
        elif c.accept("for"):
            variable = c.ident()
            if c.accept(","):
                targets = (variable, *c.items(c.ident))
            c.expect("in")
            reverse = c.accept("reverse")
            if c.accept("execute"):
                dynamic, query = True, self.expression("loop")
            else:
                inside = self.expression("loop")
                inside = Text(c.text, _range(inside.tokens))
                dots = [n for n, t in enumerate(inside.tokens) if t.value == "." and inside.tokens[n + 1].value == "."]
                if dots and inside.tokens[0].value not in ("select", "with", "values", "table"):
                    end = next((n for n, t in enumerate(inside.tokens) if t.kind == "word" and t.value == "by"), None)
                    first = Text(c.text, inside.tokens[: dots[0]])
                    last = Text(c.text, inside.tokens[dots[0] + 2 : end])
                    step = Text(c.text, inside.tokens[end + 1 :]) if end is not None else None
                else:
                    query = inside
        c.expect("loop")
        body = self.steps("end")
        c.expect("end", "loop")
        if not c.at(";"):
            c.ident()
        return Loop(body, label, condition, variable, query, dynamic, first, last, step, reverse, array, depth, targets)

    def raising(self) -> Raise:
        c = self.c
        if c.at(";"):
            return Raise(None)
        level = c.accept_any(*LEVELS) or "exception"
        text, condition = None, None
        arguments: list[Text] = []
        options: list[tuple[str, Text]] = []
        if c.token.kind == "string":
            text = c.string()
            while c.accept(","):
                arguments.append(self.expression(",", ";", "using"))
        elif not c.at("using"):
            condition = c.string() if c.accept("sqlstate") else c.ident()
            if condition not in CONDITIONS and len(condition) != 5:
                raise UserError(f'unrecognized exception condition "{condition}"', "42704")
        if c.accept("using"):
            while True:
                name = c.one_of("message", "detail", "hint", "errcode", "column", "constraint", "datatype", "table", "schema")
                if not self.assigns():
                    raise c.error()
                options.append((name, self.expression(",", ";")))
                if not c.accept(","):
                    break
        return Raise(level, text, tuple(arguments), condition, tuple(options))

    def into(self) -> tuple[tuple[str, ...], bool]:
        strict = self.c.accept("strict")
        return self.c.items(self.c.ident), strict

    def dynamic(self) -> Sql:
        c = self.c
        text = self.expression(";", "into", "using")
        into: tuple[str, ...] = ()
        strict, using = False, []
        while not c.at(";"):
            if c.accept("into"):
                into, strict = self.into()
            else:
                c.expect("using")
                using.append(self.expression(",", ";", "into"))
                while c.accept(","):
                    using.append(self.expression(",", ";", "into"))
        return Sql(text, into, strict, True, tuple(using))

    def statement(self) -> Sql:
        """An SQL statement; the INTO of a SELECT or of RETURNING names variables and is taken out."""
        c = self.c
        first = c.token.value
        whole = self.expression(";")
        at = next((n for n, t in enumerate(whole.tokens) if t.kind == "word" and t.value == "into" and n
                   and whole.tokens[n - 1].value not in ("insert", "merge")), None)  # fmt: skip
        if at is None or first not in ("select", "with", "insert", "update", "delete"):
            return Sql(whole)
        inner = _Reader(Cursor(c.text, [*whole.tokens[at + 1 :], Token("end", "", whole.tokens[-1].end, whole.tokens[-1].end)]))
        into, strict = inner.into()
        rest = inner.c.tokens[inner.c.index : -1]
        return Sql(Text(c.text, (*whole.tokens[:at], *rest)), into, strict)

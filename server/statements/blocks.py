"""DO: runs an anonymous block, statement by statement, in one transaction.

Variables are text and type. Where a statement names one, its value is put there as a typed constant; a block with
EXCEPTION is a savepoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ...kernels.batch import Batch
from ...kernels.errors import SabotError, Unsupported, UserError
from ...kernels.expr.program import Program
from ...kernels.expr.spec import Col
from ...kernels.schema import Schema
from ...kernels.types import TEXT, SqlType
from ...planner.functions.cast import build_cast
from ...planner.sql import blocks as b
from ...planner.sql import statements as ast
from ...planner.sql.lexer import Token
from ...planner.sql.parse import parse_script
from ..reading.executions import Done
from ..transactions import drafts
from . import block_cursors
from .block_rows import give, given_row, with_values

if TYPE_CHECKING:
    from ..sessions.session import Session

_UNCAUGHT_BY_OTHERS = ("57014", "P0004")


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def quoted_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass
class Variable:
    """A scalar has `type` and `value`; a record has `fields`."""

    type: str
    value: str | None = None
    fields: dict[str, tuple[str, str | None]] | None = None
    constant: bool = False
    not_null: bool = False
    query: b.Text | None = None  # of a cursor
    rows: tuple[Schema, Iterator[list[str | None]]] | None = None  # of an open one, those still to come

    def literal(self) -> str:
        return f"({quoted(self.value)}::{self.type})" if self.value is not None else f"(NULL::{self.type})"


@dataclass
class Scope:
    session: Session
    variables: dict[str, Variable]
    handling: SabotError | None = None
    outer: Scope | None = field(default=None, repr=False)
    row_count: int = 0  # of the last statement, in the outermost scope
    label: str | None = None  # the procedure, by whose name `own`, its parameters, may be qualified
    own: dict[str, Variable] = field(default_factory=dict)
    returns: str | None = None  # of a function: the type of what RETURN gives, `returned` when it has
    returned: bool = False
    result: str | None = None
    outputs: tuple[str, ...] = ()  # the variables whose values a function gives: OUT parameters, columns of RETURNS TABLE
    columns: tuple[SqlType, ...] | None = None  # of the rows that a function gives; None where its caller names them
    rows: list[list[str | None]] | None = None  # of a function of sets

    def find(self, name: str) -> Variable | None:
        found = self.variables.get(name)
        return found if found is not None or self.outer is None else self.outer.find(name)

    def root(self) -> Scope:
        return self if self.outer is None else self.outer.root()

    def set_found(self, found: bool) -> None:
        self.root().variables["found"].value = "t" if found else "f"

    def error(self) -> SabotError | None:
        return self.handling or (self.outer.error() if self.outer is not None else None)


class Left(Exception):
    """EXIT, CONTINUE or RETURN on its way to where it leads."""

    def __init__(self, step: b.Leave) -> None:
        self.step = step


async def do(session: Session, statement: ast.Do, parameters: Any, prepared: Any) -> Done:
    if statement.language != "plpgsql":
        raise Unsupported(f"DO in language {statement.language} is not supported", hint="plpgsql is.")
    block = b.parse_block(statement.body)
    session.join_run()
    transaction = session.transaction
    assert transaction is not None
    try:
        with drafts.within(transaction.draft):
            await run_block(Scope(session, {"found": Variable("boolean", "f")}), block)
    except Left as e:
        raise UserError(f"{e.step.word.upper()} cannot be used outside a loop", "42601") from None
    return Done("DO")


async def run_block(outer: Scope, block: b.Block) -> None:
    session = outer.session
    scope = Scope(session, {}, outer=outer)
    for d in block.declarations:
        if d.type == "cursor":
            scope.variables[d.name] = Variable(d.type, query=d.value)
            continue
        d = _of_table(session, d)
        variable = await _declared(outer=scope, d=d) if d.like else Variable(d.type, fields={} if d.type == "record" else None)
        variable.constant, variable.not_null = d.constant, d.not_null
        if d.value is not None:
            variable.value = await _value(scope, d.value, variable.type)
        if d.not_null and variable.value is None:
            raise UserError(f'null value cannot be assigned to variable "{d.name}" declared NOT NULL', "22004")
        scope.variables[d.name] = variable
    if not block.handlers:
        await _leaving(scope, block.body, block.label)
        return
    transaction = session.transaction
    assert transaction is not None
    mark = f"block {len(transaction.savepoints)}"
    transaction.savepoint(mark, session.settings.kept(), session.cursors)
    try:
        await _leaving(scope, block.body, block.label)
        transaction.release(mark)
    except SabotError as e:
        handler = next((h for h in block.handlers if _caught(e.sqlstate, h.conditions)), None)
        if handler is None:
            raise
        saved = transaction.rollback_to(mark)
        session.settings.go_back(saved.settings)
        await session.undo_since(saved)
        transaction.release(mark)
        scope.handling = e
        scope.variables |= {"sqlerrm": Variable("text", e.message), "sqlstate": Variable("text", e.sqlstate)}
        await _leaving(scope, handler.body, block.label)


def _of_table(session: Session, d: b.Declaration) -> b.Declaration:
    """The name of a table as a type means its rows."""
    parts = tuple(d.type.replace('"', "").split("."))
    known = session.server.catalog.snapshot.find(parts[-1], session.search_path, parts[-2] if len(parts) > 1 else None)
    if d.like or known is None or known.kind not in ("table", "view", "materialized_view"):
        return d
    return replace(d, type="rowtype", like=parts)


async def _declared(outer: Scope, d: b.Declaration) -> Variable:
    """A variable of the type of another, of a column (%TYPE) or of the rows of a table (%ROWTYPE)."""
    known = outer.find(d.like[0]) if len(d.like) == 1 else None
    if d.type == "type" and known is not None:
        return Variable(known.type, fields=None if known.fields is None else {})
    names = [quoted_name(n) for n in d.like]
    column = "*" if d.type == "rowtype" else names.pop()
    if not names:
        raise UserError('syntax error at or near "%"', "42601")
    try:
        schema, _ = await rows_of(outer.session, f"SELECT {column} FROM {'.'.join(names)} LIMIT 0")
    except UserError as e:
        if d.type == "type" and e.sqlstate in ("42P01", "42703"):
            raise UserError('syntax error at or near "%"', "42601") from None
        raise
    if d.type == "type":
        return Variable(str(schema.types[0]))
    return Variable("record", fields=_fields(schema, [None] * len(schema.types)))


def _caught(sqlstate: str, conditions: tuple[str, ...]) -> bool:
    return any(
        (c == "others" and sqlstate not in _UNCAUGHT_BY_OTHERS) or c == sqlstate or (c.endswith("000") and sqlstate[:2] == c[:2])
        for c in conditions
    )


async def _leaving(scope: Scope, steps: tuple[b.Step, ...], label: str | None) -> None:
    """Run a block's steps; EXIT with its label ends it, RETURN the outermost."""
    try:
        await _steps(scope, steps)
    except Left as left:
        ends = left.step.word == "return" and scope.outer is not None and scope.outer.outer is None
        if not ends and (label is None or left.step.word != "exit" or left.step.label != label):
            raise


async def _steps(scope: Scope, steps: tuple[b.Step, ...]) -> None:
    for step in steps:
        scope.session.interrupt.check()
        match step:
            case b.Block():
                await run_block(scope, step)
            case b.If():
                for condition, body in step.branches:
                    if await _true(scope, condition):
                        await _steps(scope, body)
                        break
                else:
                    await _steps(scope, step.otherwise)
            case b.Case():
                await _case(scope, step)
            case b.Loop():
                await _loop(scope, step)
            case b.Leave():
                if step.condition is None or await _true(scope, step.condition):
                    if step.word == "return":
                        await _return(scope.root(), scope, step)
                    raise Left(step)
            case b.Give():
                await give(scope, step)
            case b.Assign():
                await _assign(scope, step)
            case b.Sql():
                await _sql(scope, step)
            case b.Raise():
                await _raise(scope, step)
            case b.CursorStep():
                await block_cursors.step(scope, step)
            case b.Diagnostics():
                _diagnostics(scope, step)
            case b.Assert():
                if not await _true(scope, step.condition):
                    message = await _value(scope, step.message, "text") if step.message is not None else None
                    raise UserError(message or "assertion failed", "P0004")


async def _return(root: Scope, scope: Scope, step: b.Leave) -> None:
    """RETURN with a value in functions that give one, and without elsewhere."""
    if root.rows is not None or root.outputs:
        return
    if step.value is not None and root.columns != () and root.returns is not None and (row := await given_row(scope, step.value)) is not None:
        root.rows, root.returned = [row], True
        return
    gives = root.returns not in (None, "void")
    if step.value is None:
        if gives:
            raise UserError("missing expression at or near \";\"", "42601")
        return
    if not gives or root.returns is None:
        raise UserError("RETURN cannot have a parameter in function returning void", "42804")
    root.result, root.returned = await _value(scope, step.value, root.returns), True


async def _case(scope: Scope, step: b.Case) -> None:
    value = await _typed(scope, step.value)
    for among, body in step.branches:
        (row,) = (await rows_of(scope.session, f"SELECT {value} IN ({filled(scope, among.tokens, among.source)})"))[1]
        if row[0] in ("t", "true"):
            return await _steps(scope, body)
    if step.otherwise is None:
        raise UserError("case not found", "20000", hint="CASE statement is missing ELSE part.")
    await _steps(scope, step.otherwise)


def _diagnostics(scope: Scope, step: b.Diagnostics) -> None:
    for name, item in step.items:
        variable = scope.find(name)
        if variable is None or variable.fields is not None:
            raise UserError(f'"{name}" is not a known variable', "42601")
        if item in b.CURRENT_ITEMS:
            variable.value = str(scope.root().row_count)
            continue
        error = scope.error()
        if error is None:
            raise UserError("GET STACKED DIAGNOSTICS cannot be used outside an exception handler", "0Z002")
        variable.value = {"returned_sqlstate": error.sqlstate, "message_text": error.message,
                          "pg_exception_detail": error.detail, "pg_exception_hint": error.hint}[item] or ""  # fmt: skip


async def _loop(scope: Scope, loop: b.Loop) -> None:
    turned = False
    async for inner in _turns(scope, loop):
        turned = True
        try:
            await _steps(inner, loop.body)
        except Left as left:
            if left.step.word == "return" or left.step.label not in (None, loop.label):
                raise
            if left.step.word == "exit":
                break
    if loop.variable is not None:
        scope.set_found(turned)


async def _turns(scope: Scope, loop: b.Loop) -> Any:
    """The scopes of a loop's turns."""
    if loop.array is not None:
        async for inner in _elements(scope, loop):
            yield inner
    elif loop.query is not None:
        assert loop.variable is not None
        if not loop.dynamic and len(loop.query.tokens) == 1 and (cursor := scope.find(loop.query.tokens[0].value)) is not None and cursor.query:
            loop = replace(loop, query=cursor.query)
        assert loop.query is not None and loop.variable is not None
        text = await _value(scope, loop.query, "text") if loop.dynamic else filled(scope, loop.query.tokens, loop.query.source)
        schema, rows = await rows_of(scope.session, text or "")
        known = scope.find(loop.variable)
        for row in rows:
            if loop.targets:
                await store(scope, loop.targets, schema, row)
                yield scope
            elif known is not None and known.fields is None:
                known.value = row[0]
                yield scope
            else:
                variable = Variable("record", fields=_fields(schema, row))
                if known is not None:
                    known.fields = variable.fields
                yield Scope(scope.session, {loop.variable: variable}, outer=scope)
    elif loop.first is not None and loop.last is not None:
        assert loop.variable is not None
        first = await _value(scope, loop.first, "integer")
        last = await _value(scope, loop.last, "integer")
        by = await _value(scope, loop.step, "integer") if loop.step is not None else "1"
        if first is None or last is None or by is None:
            raise UserError("lower bound of FOR loop cannot be null", "22004")
        if int(by) <= 0:
            raise UserError("BY value of FOR loop must be greater than zero", "22023")
        for number in range(int(first), int(last) - 1, -int(by)) if loop.reverse else range(int(first), int(last) + 1, int(by)):
            yield Scope(scope.session, {loop.variable: Variable("integer", str(number))}, outer=scope)
    else:
        while loop.condition is None or await _true(scope, loop.condition):
            yield scope


async def _elements(scope: Scope, loop: b.Loop) -> Any:
    assert loop.array is not None and loop.variable is not None
    variable = scope.find(loop.variable)
    if variable is None or variable.fields is not None:
        raise UserError(f'"{loop.variable}" is not a known variable', "42601")
    schema, ((whole,),) = await rows_of(scope.session, f"SELECT {filled(scope, loop.array.tokens, loop.array.source)}")
    made = schema.types[0]
    if made.elem is None:
        raise UserError(f"FOREACH expression must yield an array, not type {made}", "42804")
    if whole is None:
        raise UserError("FOREACH expression must not be null", "22004")
    depth, inner = 0, made
    while inner.elem is not None:
        depth, inner = depth + 1, inner.elem
    array = Variable(str(made), whole).literal()
    if loop.slice > depth:
        raise UserError(f"slice dimension ({loop.slice}) is out of the valid range 0..{depth}", "2202E")
    if loop.slice == 0:
        each = f"SELECT e::{variable.type} FROM unnest({array}) WITH ORDINALITY AS u(e, n) ORDER BY n"
    elif loop.slice == depth:
        each = f"SELECT {array}::{variable.type}"
    elif loop.slice == depth - 1:
        each = f"SELECT (a[n])::{variable.type} FROM (SELECT {array} AS a) s, generate_subscripts(a, 1) n ORDER BY n"
    else:
        raise Unsupported("FOREACH … SLICE of two dimensions less is not supported", hint="Nest two FOREACH.")
    for row in (await rows_of(scope.session, each))[1]:
        variable.value = row[0]
        yield scope


async def _assign(scope: Scope, step: b.Assign) -> None:
    variable = scope.find(step.name)
    if variable is None:
        raise UserError(f'"{step.name}" is not a known variable', "42601")
    if variable.constant:
        raise UserError(f'variable "{step.name}" is declared CONSTANT', "22005")
    if variable.fields is not None:
        if step.field is None:
            return await _assign_record(scope, variable, step)
        if not variable.fields:
            raise UserError(f'record "{step.name}" is not assigned yet', "55000",
                            detail="The tuple structure of a not-yet-assigned record is indeterminate.")
        if step.field not in variable.fields:
            raise UserError(f'record "{step.name}" has no field "{step.field}"', "42703")
        type_ = variable.fields[step.field][0]
        variable.fields[step.field] = type_, await _value(scope, step.value, type_)
        return
    if step.field is not None:
        raise UserError(f'"{step.name}.{step.field}" is not a known variable', "42601")
    if step.subscript is not None:
        if not variable.type.endswith("[]"):
            raise UserError(f"cannot subscript type {variable.type} because it does not support subscripting", "42804")
        at = Variable("integer", await _value(scope, step.subscript, "integer"))
        element = variable.type.removesuffix("[]")
        made = Variable(element, await _value(scope, step.value, element))
        variable.value = await value_of(scope.session, f"sabot_array_set({variable.literal()}, {at.literal()}, {made.literal()})")
        return
    variable.value = await _value(scope, step.value, variable.type)
    if variable.not_null and variable.value is None:
        raise UserError(f'null value cannot be assigned to variable "{step.name}" declared NOT NULL', "22004")


async def _assign_record(scope: Scope, variable: Variable, step: b.Assign) -> None:
    """A record from another, or from a composite value; one of a table's type keeps the names of its fields."""
    token = step.value.tokens[0]
    source = scope.find(token.value) if len(step.value.tokens) == 1 and token.kind in ("word", "quoted") else None
    if source is not None and source.fields is not None:
        given = dict(source.fields)
    else:
        schema, (row,) = await rows_of(scope.session, f"SELECT ({filled(scope, step.value.tokens, step.value.source)}).*")
        given = _fields(schema, row)
    if variable.fields and len(variable.fields) == len(given):
        variable.fields = dict(zip(variable.fields, given.values()))
    else:
        variable.fields = given


async def _sql(scope: Scope, step: b.Sql) -> None:
    session = scope.session
    if step.dynamic:
        given = await _value(scope, step.text, "text")
        if given is None:
            raise UserError("query string argument of EXECUTE is null", "22004")
        text = await with_values(scope, given, step.using)
    else:
        text = filled(scope, step.text.tokens, step.text.source)
    if not step.into:
        count = await _count(await run(session, text))
        scope.root().row_count = count or 0
        if count is not None and not step.dynamic:
            scope.set_found(count > 0)
        return
    schema, rows = await rows_of(session, text)
    scope.root().row_count = len(rows[:1]) if not step.strict else len(rows)
    if step.strict and not rows:
        raise UserError("query returned no rows", "P0002")
    if step.strict and len(rows) > 1:
        raise UserError("query returned more than one row", "P0003")
    if not step.dynamic:
        scope.set_found(bool(rows))
    await store(scope, step.into, schema, rows[0] if rows else [None] * len(schema.types))


async def store(scope: Scope, into: tuple[str, ...], schema: Schema, row: list[str | None]) -> None:
    """A row into variables, or into one record."""
    targets = [scope.find(name) for name in into]
    for name, target in zip(into, targets):
        if target is None:
            raise UserError(f'"{name}" is not a known variable', "42601")
    first = targets[0]
    if len(targets) == 1 and first is not None and first.fields is not None:
        first.fields = _fields(schema, row)
        return
    for n, target in enumerate(targets):
        assert target is not None
        value = row[n] if n < len(row) else None
        literal = Variable(str(schema.types[n]) if n < len(row) else "text", value).literal()
        target.value = (await rows_of(scope.session, f"SELECT {literal}::{target.type}"))[1][0][0]


async def _raise(scope: Scope, step: b.Raise) -> None:
    if step.level is None:
        again = scope.error()
        if again is None:
            raise UserError("RAISE without parameters cannot be used outside an exception handler", "0Z002")
        raise again
    options = {name: await _value(scope, value, "text") or "" for name, value in step.options}
    message = options.get("message", step.condition or "")
    if step.format is not None:
        parts = step.format.replace("%%", "\0").split("%")
        if len(parts) - 1 != len(step.arguments):
            few = "few" if len(parts) - 1 > len(step.arguments) else "many"
            raise UserError(f"too {few} parameters specified for RAISE", "42601")
        values = [await _value(scope, a, "text") for a in step.arguments]
        shown = (("<NULL>" if v is None else v) + part for v, part in zip(values, parts[1:]))
        message = (parts[0] + "".join(shown)).replace("\0", "%")
    if step.level != "exception":
        sqlstate = "01000" if step.level == "warning" else "00000"
        scope.session.notice(step.level.upper(), sqlstate, message)
        return
    code = options.get("errcode", step.condition or "P0001")
    raise UserError(message or code, b.CONDITIONS.get(code, code), hint=options.get("hint"), detail=options.get("detail"))


# Texts with the values of variables


def _fields(schema: Schema, row: list[str | None]) -> dict[str, tuple[str, str | None]]:
    return {f.name: (str(f.type), value) for f, value in zip(schema.fields, row)}


def filled(scope: Scope, tokens: tuple[Token, ...], source: str) -> str:
    """The text with variables as constants: not where a name is qualified, called, an alias or a column to write."""
    listed = set(_written_columns(tokens))
    values: dict[Token, str] = {}
    skipped: set[int] = set()
    root = scope.root()
    for n, token in enumerate(tokens):
        if token.kind == "param" and (parameter := scope.find(token.value)) is not None:
            values[token] = parameter.literal()
        if token.kind not in ("word", "quoted") or n in listed or n in skipped:
            continue
        before = tokens[n - 1].value if n else ""
        after = tokens[n + 1].value if n + 1 < len(tokens) else ""
        if after == "." and token.value == root.label and n + 2 < len(tokens) and tokens[n + 2].value in root.own:
            values[token._replace(end=tokens[n + 2].end)] = root.own[tokens[n + 2].value].literal()
            skipped |= {n + 1, n + 2}
            continue
        variable = scope.find(token.value) if before not in (".", "as", "::") else None
        if variable is None or after == "(" or variable.type == "cursor":
            continue
        if variable.fields is not None:
            if after == "." and n + 2 < len(tokens):
                field_ = tokens[n + 2]
                if field_.value not in variable.fields:
                    raise UserError(f'record "{token.value}" has no field "{field_.value}"', "42703")
                type_, value = variable.fields[field_.value]
                values[token._replace(end=field_.end)] = Variable(type_, value).literal()
                skipped |= {n + 1, n + 2}
        elif after != ".":
            values[token] = variable.literal()
    return _replaced(source, list(tokens), values)


def _written_columns(tokens: tuple[Token, ...]) -> Iterator[int]:
    """Places of names of columns that INSERT lists and UPDATE sets."""
    words = [t.value for t in tokens]
    if words[:2] == ["insert", "into"] and "(" in words:
        opening = words.index("(")
        if opening <= 6 and not any(w in ("select", "values", "default", "with") for w in words[:opening]):
            yield from range(opening, words.index(")", opening))
    for n, word in enumerate(words):
        if word == "=" and n > 1 and words[n - 2] in ("set", ",") and "set" in words[:n] and "where" not in words[:n]:
            yield n - 1


def _replaced(source: str, tokens: list[Token], values: dict[Token, str]) -> str:
    """The text from the first to the last token, with some spans replaced, and what was taken out between tokens left out."""
    out: list[str] = []
    at: int | None = None
    spans = {t.start: (t.end, text) for t, text in values.items()}
    for token in tokens:
        if at is not None and token.start < at:
            continue
        out.append(" " if at is None or token.start > at else "")
        end, text = spans.get(token.start, (token.end, source[token.start : token.end] or token.value))
        out.append(text)
        at = end
    return "".join(out).strip()


async def _true(scope: Scope, condition: b.Text) -> bool:
    return await _value(scope, condition, "boolean") in ("t", "true")


async def _value(scope: Scope, expression: b.Text, type_: str) -> str | None:
    """The value of an expression in a type, as text."""
    text = filled(scope, expression.tokens, expression.source)
    try:
        (row,) = (await rows_of(scope.session, f"SELECT ({text})::{type_}"))[1]
    except Unsupported:  # the call of a function that stands by itself
        schema, ((found,),) = await rows_of(scope.session, f"SELECT {text}")
        (row,) = (await rows_of(scope.session, f"SELECT {Variable(str(schema.types[0]), found).literal()}::{type_}"))[1]
    return row[0]


async def _typed(scope: Scope, expression: b.Text) -> str:
    """The value of an expression as a constant of its own type."""
    schema, (row,) = await rows_of(scope.session, f"SELECT {filled(scope, expression.tokens, expression.source)}")
    return Variable(str(schema.types[0]), row[0]).literal()


async def rows_of(session: Session, text: str) -> tuple[Schema, list[list[str | None]]]:
    """The rows of a query, as texts."""
    return await texts_of(session, await run(session, text))


async def value_of(session: Session, expression: str) -> str | None:
    """The value of an expression without variables, as text."""
    return (await rows_of(session, f"SELECT {expression}"))[1][0][0]


async def row_of(session: Session, text: str) -> Batch:
    """The one row of a query."""
    done = await run(session, text)
    row = await done.fetch(0)
    assert row is not None
    await drained(done)
    return row


async def texts_of(session: Session, done: Done) -> tuple[Schema, list[list[str | None]]]:
    """The rows of a result, as texts."""
    if done.columns is None:
        raise UserError("the statement returns no rows", "42601")
    rows: list[list[str | None]] = []
    types = done.columns.types
    program = Program(tuple(e for n, t in enumerate(types) if (e := build_cast(Col(n, t), TEXT)) is not None))
    while (piece := await done.fetch(0)) is not None:
        shown: Batch = program.run(piece.without_weights(), session.facts())[0]
        rows += [list(r) for r in shown.to_rows()]
    return done.columns, rows


async def _count(done: Done) -> int | None:
    """How many rows a statement gave or changed; None for one that is not about rows."""
    await drained(done)
    last = done.tag.split()[-1] if done.tag else ""
    return int(last) if last.isdigit() else None


async def run(session: Session, text: str) -> Done:
    from .registry import handle

    made: Done = Done("")
    for statement in parse_script(text):
        if isinstance(statement, ast.Transaction):
            raise Unsupported(f"{statement.action.upper()} in DO is not supported", hint="A block is one transaction.")
        await drained(made)
        made = await handle(session, statement, None, None)
        if isinstance(statement, ast.Call) and made.columns is not None:
            raise Unsupported("CALL with OUT parameters is not supported in a block", hint="CALL it by itself.")
    return made


async def drained(made: Done) -> None:
    while await made.fetch(0) is not None:
        pass

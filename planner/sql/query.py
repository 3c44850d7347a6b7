"""Query, expression and DML text to sqlglot trees, through its stock postgres parser.

Traps of that parser and what is done about them here, by rewriting tokens before it sees them
(`parser_tokens` keeps their places, so `node.meta["start"]` and errors are offsets in the full text):

- adjacent string literals become one, `TYPE 'text'` a cast;
- `oid[]` and its like are written `pg_catalog.oid[]`;
- `AGGREGATE:f(x)` becomes the function `aggregate__f(x)`;
- a lambda `|x, y| body` (DuckDB's `lambda x, y: body`) becomes `(x, y) -> body`, an `exp.Lambda`;
- `ORDER BY k SESSION WITH GAP i` becomes `Window.args["spec"] = WindowSpec(kind="SESSION", start=i)`;
- `+ x` is kept, as a call;
- operands of prefix operators get parentheses, and `@ x` becomes a call (`prefix.py`), then an `exp.Abs`;
- `IGNORE NULLS` is kept (`exp.IgnoreNulls`), `UNION CORRESPONDING` is `by_name=True`;
- `f(j -> 'k')` would be a lambda: the column goes into parentheses;
- a literal after `->` or `->>` would become a JSON path ('a.b' two steps, '$' none): in parentheses it stays a literal;
- forms of streaming dialects are rewritten (`stream_forms`, `dialect_forms`);
- `a = b = c` is no expression: comparisons don't associate;
- SEARCH, CYCLE, GROUP BY DISTINCT and `* REPLACE` see clauses.py.

Identifiers are final: unquoted ones are folded, `quoted` is kept.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError
from sqlglot.tokens import TokenType

from ...kernels.errors import UserError
from ...kernels.types import REG_TYPES
from .calls import call_edit, plain_name
from .clauses import CLAUSE_WORDS, Found, attach, clause_edits
from .dialect_forms import DIALECT_WORDS, HOW_TO_JOIN, dialect_edits
from .forms import form_edits
from .json_forms import JSON_WORDS, json_edits
from .lexer import Token, tokenize
from .literals import typed_literal
from .parser_tokens import parser_tokens
from .prefix import ABSOLUTE, PLUS, prefix_edits
from .stream_forms import STREAM_WORDS, stream_edits

logging.getLogger("sqlglot").setLevel(logging.ERROR)

_POSTGRES = Dialect.get_or_raise("postgres")
_POSTGRES.INDEX_OFFSET = 0  # or array subscripts that look like integers are shifted by one


def _prefix_plus(parser: Any) -> exp.Expression:
    """sqlglot leaves a plus before its operand out, though it decides on types and names."""
    operand = parser.expression(exp.Neg(this=parser._parse_unary())).this  # refused without an operand, as a minus is
    return parser.expression(exp.Anonymous(this=PLUS, expressions=[operand]))


_POSTGRES.parser_class.UNARY_PARSERS[TokenType.PLUS] = _prefix_plus
_GAP = "__session_with_gap"
TRUTH = "__unknown"  # of IS UNKNOWN, which sqlglot takes for IS NULL
_NEVER_AFTER_COMMA = {
    ",",
    ")",
    "]",
    "from",
    "where",
    "group",
    "order",
    "having",
    "limit",
    "union",
}  # sqlglot skips them
_JOIN_WORDS = frozenset(
    ("inner", "left", "right", "full", "outer", "cross", "natural", "semi", "anti", "asof", "straight_join")
)
_FORM_WORDS = JSON_WORDS | DIALECT_WORDS | STREAM_WORDS
LAMBDA_FUNCTIONS = frozenset(("array_transform", "transform", "array_filter", "array_exists", "list_transform", "list_apply",
                              "array_apply", "list_filter"))
_COMPARISONS = frozenset((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE))
_OBJECT_TYPES = ("oid", *REG_TYPES)  # sqlglot can't read arrays of them


def parse_query(text: str, offset: int = 0, *, tokens: list[Token] | None = None) -> exp.Expression:
    """The tree of one query or DML statement whose first character is at `offset` of the full text.

    `tokens` are the tokens of `text` if the caller has them. Raises 42601 with a position in the full text.
    """
    return _parse(text, offset, exp.Expression, tokens)


def parse_expression(text: str, offset: int = 0) -> exp.Expression:
    """The tree of one scalar expression; see `parse_query`."""
    wrapped = _parse("SELECT " + text, offset - 7, exp.Select, None)
    expressions = wrapped.expressions
    if len(expressions) != 1 or any(v for k, v in wrapped.args.items() if k not in ("expressions", "kind")):
        raise near(text, 0, offset)
    node = expressions[0]
    if isinstance(node, (exp.Alias, exp.Star)):
        raise near(text, 0, offset)
    return node.pop()


def names_read(text: str) -> list[str]:
    """Names of the columns that an expression reads, in the order of the text."""
    return [c.name for c in parse_expression(text).find_all(exp.Column, bfs=False)]


def near(text: str, at: int, base: int = 0) -> UserError:
    """Postgres' wording of a syntax error at offset `at` of `text`."""
    found = re.compile(r"""\s*('(?:[^']|'')*'|"[^"]*"|[\w$.]+|\S)""").match(text, at)
    if found is None:
        return UserError("syntax error at end of input", position=base + len(text))
    return UserError(f'syntax error at or near "{found[1]}"', position=base + found.start(1))


def _parse(text: str, base: int, want: type, tokens: list[Token] | None) -> exp.Expression:
    own = tokens if tokens is not None else tokenize(text)
    recursion: list[Found] = []
    edits = _edits(text, own, base, recursion)
    try:
        trees = _POSTGRES.parser().parse(parser_tokens(text, own, edits, base), text)
    except ParseError as error:
        detail = error.errors[0] if error.errors else {}
        at, size = detail.get("col") or 0, detail.get("line") or 0
        unfinished = str(detail.get("description", "")).startswith(("Expec", "Required"))
        repeated = text[at : at + size].lower() in text.lower().split()[-2:-1]  # `where where`: the last word is wrong
        if unfinished and not repeated and not text[at + size :].strip():
            raise near(text, len(text), base) from None
        raise near(text, at, base) from None
    if len(trees) != 1 or trees[0] is None or not isinstance(trees[0], want):
        raise near(text, 0, base)
    tree = trees[0]
    if isinstance(tree, (exp.Alias, exp.Column, exp.Command)):
        raise near(text, 0, base)
    _finish(tree, text, base)  # type: ignore[arg-type]
    attach(tree, recursion)  # type: ignore[arg-type]
    return tree  # type: ignore[return-value]


def _finish(tree: exp.Expression, text: str, base: int) -> None:
    """Undo what was only written for the parser, and refuse what it takes and PostgreSQL does not."""
    sessions: list[exp.Expression] = []
    prefixed: list[exp.Expression] = []
    waiting = [tree]
    for node in waiting:
        kind = type(node)
        if kind is exp.Column or kind is exp.Literal:
            continue
        if kind is exp.Identifier:
            node.args["this"] = plain_name(node.this)
            continue
        if kind is exp.Anonymous:
            if isinstance(node.this, str):
                node.args["this"] = name = plain_name(node.this)
                if name == _GAP:
                    sessions.append(node)
                elif name == ABSOLUTE:
                    prefixed.append(node)
        elif kind is exp.Command:
            raise near(text, 0, base)
        elif kind in _COMPARISONS and type(node.this) in _COMPARISONS:
            raise _chained(base)
        for part in node.args.values():
            if type(part) is list:
                waiting += [p for p in part if isinstance(p, exp.Expression)]
            elif isinstance(part, exp.Expression):
                waiting.append(part)
    for node in prefixed:
        node.replace(exp.Abs(this=node.expressions[0]))
    for node in sessions:
        window, ordered = node.find_ancestor(exp.Window), node.parent
        if window is None or ordered is None:
            raise near(text, 0, base)
        gap = node.expressions[0].pop()
        ordered.pop()
        window.set("spec", exp.WindowSpec(kind="SESSION", start=gap))


def _chained(base: int) -> UserError:
    """42601 for a comparison right after a comparison."""
    return UserError(
        "syntax error: comparison operators do not associate", hint="Use parentheses or AND.", position=base
    )


def _edits(text: str, tokens: list[Token], base: int, recursion: list[Found]) -> list[tuple[int, int, str]]:
    out: list[tuple[int, int, str]] = []
    taken = 0  # end of the last clause that was taken out
    index, last = 0, len(tokens) - 1
    while index < last:
        token = tokens[index]
        kind, value = token.kind, token.value
        if value in CLAUSE_WORDS and token.start >= taken and (edits := clause_edits(text, tokens, index, base, recursion)):
            out += edits
            taken = edits[0][1]
            while tokens[index].end < taken:
                index += 1
        elif kind == "string":
            stop = index
            while tokens[stop + 1].kind == "string":
                if "\n" not in text[tokens[stop].end : tokens[stop + 1].start]:
                    raise near(text, tokens[stop + 1].start, base)
                stop += 1
            key = index > 0 and text.endswith(("->", "->>"), 0, tokens[index - 1].end)
            argument = _like_lambda(text, tokens, index, stop)
            if key or argument or stop > index:
                joined = "'" + "".join(t.value for t in tokens[index : stop + 1]).replace("'", "''") + "'"
                out.append((token.start, tokens[stop].end, f"(({joined}))" if argument else f"({joined})" if key else joined))
            index = stop
        elif (kind == "word" or kind == "quoted") and _like_lambda(text, tokens, index, index):
            out += [(token.start, token.start, "(("), (token.end, token.end, "))")]
        elif kind == "word" and value == "distinct" and tokens[index + 1].value == "all" and tokens[index + 1].kind == "word":
            raise near(text, tokens[index + 1].start, base)
        elif kind == "word" and value == "join" and _bare_join(tokens, index):
            out.append((token.start, token.start, "inner "))
        elif kind == "op" and value == "|" and index and tokens[index - 1].value in ("(", ",") and tokens[index + 1].value not in "|/":
            index = _lambda(tokens, index, out)
        elif kind == "word" and value == "lambda" and index and tokens[index - 1].value in ("(", ",") and tokens[index + 1].kind in ("word", "quoted"):
            index = _lambda(tokens, index, out, ":")
        elif kind == "op" and value in ("<", ">") and _joined(tokens[index : index + 3]) == f"{value}{value}=":
            out.append((token.start, tokens[index + 2].end, f" operator(pg_catalog.{value}{value}=) "))
            index += 2
        elif kind == "op" and value == "<" and (symbol := _joined(tokens[index : index + 3])) in ("<#>", "<+>"):
            out.append((token.start, tokens[index + 2].end, f" operator(pg_catalog.{symbol}) "))
            index += 2
        elif kind == "op" and value == "<" and tokens[index + 1].value == "=>" and tokens[index + 1].start == token.end:
            out.append((token.start, tokens[index + 1].end, " operator(pg_catalog.<=>) "))
            index += 1
        elif kind == "op" and value == ",":
            after_comma = tokens[index + 1]
            if after_comma.value in _NEVER_AFTER_COMMA and after_comma.kind in ("op", "word"):
                raise near(text, after_comma.start, base)
        elif kind == "op" and value == "*" and _is_power(tokens, index):
            out.append((token.start, tokens[index + 1].end, "^"))
            index += 1
        elif kind == "op" and value == "[" and tokens[index + 1].value == "]" and _begins_value(tokens[index - 1] if index else None):
            out.append((token.start, tokens[index + 1].end, "'{}'"))  # an empty list of any type
            index += 1
        elif kind == "op" and value == "/" and _joined(tokens[index : index + 2]) == "//":
            out.append((token.start, tokens[index + 1].end, "/"))  # DuckDB's, which is PostgreSQL's / of integers
            index += 1
        elif kind == "op" and value in ("@", "~", "|"):
            out += prefix_edits(tokens, index)
        elif kind == "word" and value == "unknown" and _after_is(tokens, index):
            out.append((token.start, token.end, TRUTH))
        elif kind == "word" and value == "similar" and tokens[index + 1].value != "to":
            out += _similar(tokens, index)
        elif kind == "word" and value == "bit" and tokens[index + 1].value == "varying":
            out.append((token.start, tokens[index + 1].end, "varbit"))
            index += 1
        elif kind == "word" and value in _OBJECT_TYPES and [t.value for t in tokens[index + 1 : index + 3]] == ["[", "]"]:
            if tokens[index - 1].value in ("::", "as"):
                out.append((token.start, token.start, "pg_catalog."))
        elif kind == "word" and value == "as" and _nothing_follows(tokens[index + 1]):
            raise near(text, tokens[index + 1].start, base)
        elif kind == "word" and (edits := form_edits(tokens, index) or typed_literal(tokens, index)):
            out += edits
        elif kind == "word" and value in _FORM_WORDS and (form := _other_form(text, tokens, index)) is not None:
            out += form[0]
            index = form[1]
        elif kind == "word" and value == "second" and tokens[index - 1].value == "to":
            pass  # of an interval, though a precision follows as arguments would
        elif (kind == "word" or kind == "quoted") and (edit := call_edit(tokens, index)) is not None:
            out.append(edit)
        elif kind == "word" and value == "aggregate" and tokens[index + 1].value == ":":
            out.append((token.start, tokens[index + 2].end, f"aggregate__{tokens[index + 2].value}"))
            index += 2
        elif (
            kind == "word"
            and value == "session"
            and [t.value for t in tokens[index + 1 : index + 3]] == ["with", "gap"]
        ):
            close = _closing(tokens, index)
            if close is None:
                raise near(text, token.start, base)
            out.append((token.start, tokens[index + 2].end, f", {_GAP}("))
            out.append((close.start, close.start, ")"))
        index += 1
    return out


def _bare_join(tokens: list[Token], index: int) -> bool:
    """JOIN without a word for its kind, which sqlglot takes for a comma when no condition follows."""
    before = tokens[index - 1]
    if before.value in HOW_TO_JOIN and index > 1 and tokens[index - 2].value in _JOIN_WORDS:
        return False
    return not (before.kind == "word" and before.value in _JOIN_WORDS)


def _like_lambda(text: str, tokens: list[Token], first: int, last: int) -> bool:
    """f(j -> 'k') would be a call with a lambda, and so would f((j) -> 'k'): what stands before the arrow needs more parentheses."""
    before, after = first - 1, last + 1
    if tokens[before].value == "(" and tokens[after].value == ")" and tokens[before - 1].value in ("(", ","):
        before, after = before - 1, after + 1
    return tokens[before].value in ("(", ",") and text.startswith("->", tokens[after].start) and not _in_lambda_call(tokens, before + 1)


def _in_lambda_call(tokens: list[Token], index: int) -> bool:
    """An argument of a function that takes a lambda: `transform(a, x -> x + 1)`."""
    depth = 0
    for at in range(index - 1, 0, -1):
        if tokens[at].kind == "op":
            depth += (tokens[at].value in ")]}") - (tokens[at].value in "([{")
        if depth < 0:
            return tokens[at - 1].value in LAMBDA_FUNCTIONS and tokens[index - 1].value == ","
    return False


def _other_form(text: str, tokens: list[Token], index: int) -> tuple[list[tuple[int, int, str]], int] | None:
    """A form of SQL/JSON or of another dialect that begins here: its edits, and the last token they deal with."""
    value = tokens[index].value
    if value in JSON_WORDS and (form := json_edits(tokens, index)) is not None:
        return form
    if value in DIALECT_WORDS and (form := dialect_edits(text, tokens, index)) is not None:
        return form
    return stream_edits(tokens, index) if value in STREAM_WORDS else None


def _joined(tokens: list[Token]) -> str:
    """The text of tokens that stand together without blanks."""
    together = all(a.end == b.start for a, b in zip(tokens, tokens[1:]))
    return "".join(t.value for t in tokens) if together else ""


def _nothing_follows(token: Token) -> bool:
    """No name or type can begin here, which sqlglot takes for a missing alias."""
    return token.kind == "end" or (token.kind == "op" and token.value in (",", ")", ";"))


def _lambda(tokens: list[Token], index: int, out: list[tuple[int, int, str]], end: str = "|") -> int:
    stop = index + 1
    while tokens[stop].kind in ("word", "quoted") or tokens[stop].value == ",":
        stop += 1
    if tokens[stop].value != end or stop == index + 1:
        return index
    out.append((tokens[index].start, tokens[index].end, "("))
    out.append((tokens[stop].start, tokens[stop].end, ") ->"))
    return stop


_BEFORE_VALUES = frozenset(("select", "then", "else", "when", "and", "or", "not", "in", "by"))


def _begins_value(before: Token | None) -> bool:
    """An expression may begin after the token, which a subscript or a type may not."""
    if before is None:
        return True
    return before.value in _BEFORE_VALUES if before.kind == "word" else before.kind == "op" and before.value not in (")", "]")


def _is_power(tokens: list[Token], index: int) -> bool:
    """`a ** b`, which is `a ^ b`."""
    before, after = tokens[index - 1], tokens[index + 1]
    operand = before.kind in ("number", "param", "quoted", "word") or before.value in (")", "]")
    return index > 0 and operand and after.value == "*" and after.start == tokens[index].end and tokens[index + 2].kind != "end"


def _after_is(tokens: list[Token], index: int) -> bool:
    before = index - 2 if index > 1 and tokens[index - 1].value == "not" else index - 1
    return before >= 0 and tokens[before].kind == "word" and tokens[before].value == "is"


def _similar(tokens: list[Token], index: int) -> list[tuple[int, int, str]]:
    """substring(text SIMILAR pattern ESCAPE sign) is substring(text FROM pattern FOR sign)."""
    depth = 0
    for token in tokens[index + 1 :]:
        if token.kind == "op" and token.value in "()":
            depth += 1 if token.value == "(" else -1
        if depth < 0:
            break
        if depth == 0 and token.kind == "word" and token.value == "escape":
            return [(tokens[index].start, tokens[index].end, "from"), (token.start, token.end, "for")]
    return []


def _closing(tokens: list[Token], index: int) -> Token | None:
    depth = 0
    for token in tokens[index:]:
        if token.kind == "op" and token.value == "(":
            depth += 1
        elif token.kind == "op" and token.value == ")":
            if not depth:
                return token
            depth -= 1
    return None

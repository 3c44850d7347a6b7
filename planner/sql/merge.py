"""MERGE: its parts are found by their words and read one by one; sqlglot's own reading knows too few forms."""

from __future__ import annotations

from sqlglot import exp

from . import statements as s
from .cursor import Cursor
from .query import parse_expression, parse_query


def merge(c: Cursor) -> s.Statement:
    """[WITH …] MERGE INTO target USING source ON condition WHEN …"""
    with_clause = None
    if c.at("with"):
        start, at = c.token.start, _word(c, "merge", c.index)
        begun = parse_query(c.text[start : c.tokens[at].start] + "SELECT 1", start)
        with_clause = begun.args["with_"]
        c.index = at
    c.expect("merge", "into")
    target = _from_item(c, _word(c, "using", c.index))
    c.expect("using")
    first_when = _word(c, "when", c.index)
    source = _from_item(c, _last_word(c, "on", c.index, first_when))
    c.expect("on")
    condition = _expression(c, first_when)
    whens = []
    while c.token.kind != "end":
        whens.append(_when(c))
    tree = exp.Merge(
        this=target.args["from_"].this, using=source.args["from_"].this, on=condition, whens=exp.Whens(expressions=whens)
    )
    tree.set("joins", source.args.get("joins"))
    if with_clause is not None:
        tree.set("with_", with_clause)
    return s.Merge(tree)


def after_with(c: Cursor) -> bool:
    """Whether the statement that begins with WITH is a MERGE."""
    depth = 0
    for token in c.tokens[c.index :]:
        depth += (token.value == "(") - (token.value == ")") if token.kind == "op" else 0
        if not depth and token.kind == "word" and token.value in ("select", "insert", "update", "delete", "merge"):
            return token.value == "merge"
    return False


def _when(c: Cursor) -> exp.When:
    c.expect("when")
    matched = not c.accept("not")
    c.expect("matched")
    condition = None
    if c.accept("and"):
        condition = _expression(c, _word(c, "then", c.index))
    c.expect("then")
    end = _word(c, "when", c.index + 1, missing=len(c.tokens) - 1)
    if c.accept("do", "nothing"):
        then: exp.Expression = exp.Var(this="nothing")
    elif matched and c.accept("delete"):
        then = exp.Var(this="delete")
    elif matched and c.at("update"):
        c.expect("update", "set")
        then = _change("UPDATE t SET ", _text(c, end), c, c.token.start)
        c.index = end
    elif not matched and c.at("insert"):
        then = _insert(c, end)
    else:
        raise c.error()
    return exp.When(matched=matched, condition=condition, then=then)


def _insert(c: Cursor, end: int) -> exp.Expression:
    """INSERT [(columns)] [OVERRIDING …] VALUES (…) | DEFAULT VALUES"""
    c.expect("insert")
    start, text = c.token.start, _text(c, end)
    overriding = None
    if c.at("("):
        c.index = c.closing() + 1
    if c.at("overriding"):
        low = c.token.start - start
        c.expect("overriding")
        overriding = c.one_of("system", "user")
        c.expect("value")
        high = c.token.start - start
        text = text[:low] + " " * (high - low) + text[high:]
    if not c.at("values") and not c.at("default", "values"):
        raise c.error()
    tree = _change("INSERT INTO t ", text, c, start)
    if isinstance(tree.args.get("expression"), exp.Values) and len(tree.args["expression"].expressions) != 1:
        c.index = c.index + 1
        c.index = c.closing() + 1
        raise c.error()
    tree.meta["overriding"] = overriding
    c.index = end
    return tree


def _change(before: str, text: str, c: Cursor, start: int) -> exp.Expression:
    """The tree of a change of which only an inner part is written, at `start`."""
    tree = parse_query(before + text, start - len(before))
    for clause in ("returning", "from_", "where", "conflict"):
        if tree.args.get(clause) is not None:
            word = {"from_": "from", "conflict": "on"}.get(clause, clause)
            raise c.error(c.tokens[_word(c, word, c.index)])
    return tree


def _text(c: Cursor, end: int) -> str:
    return c.text[c.token.start : c.tokens[end - 1].end]


def _from_item(c: Cursor, end: int) -> exp.Expression:
    if end <= c.index:
        raise c.error()
    tree = parse_query("SELECT * FROM " + _text(c, end), c.token.start - 14)
    c.index = end
    return tree


def _expression(c: Cursor, end: int) -> exp.Expression:
    if end <= c.index:
        raise c.error()
    tree = parse_expression(_text(c, end), c.token.start)
    c.index = end
    return tree


def _word(c: Cursor, word: str, start: int, missing: int | None = None) -> int:
    """Where the word stands next outside of parentheses and CASE."""
    depth = 0
    for index in range(start, len(c.tokens)):
        token = c.tokens[index]
        if token.kind == "word" and token.value == word and not depth:
            return index
        opens = (token.kind == "op" and token.value in "([") or (token.kind == "word" and token.value == "case")
        closes = (token.kind == "op" and token.value in ")]") or (token.kind == "word" and token.value == "end")
        depth += opens - closes
    if missing is not None:
        return missing
    raise c.error(c.tokens[-1])


def _last_word(c: Cursor, word: str, start: int, end: int) -> int:
    found = at = _word(c, word, start)
    while (at := _word(c, word, at + 1, missing=end)) < end:
        found = at
    return found

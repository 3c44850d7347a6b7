"""Queries, INSERT / UPDATE / DELETE, TRUNCATE, COPY."""

from __future__ import annotations

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from . import statements as s
from .cursor import Cursor
from .query import parse_expression
from .streaming import subscribe


def query(c: Cursor) -> s.Statement:
    """A query, or an INSERT, UPDATE or DELETE that begins with WITH."""
    last = len(c.tokens) - 1
    emit = [t.value for t in c.tokens[max(c.index, last - 4) : last]] == ["emit", "on", "window", "close"]
    tree = c.query(_as_of(c, last - 4 if emit else last))
    c.index = len(c.tokens) - 1
    match tree:
        case exp.Insert():
            return s.Insert(tree, None)
        case exp.Update():
            return s.Update(tree)
        case exp.Delete():
            return s.Delete(tree)
        case exp.Select() if tree.args.get("into") is not None:
            return _select_into(tree)
    return s.Query(tree, emit)


def _as_of(c: Cursor, last: int) -> int:
    """Where the query ends before Materialize's AS OF now(); 0A000 for another time than that of reading."""
    at, depth = last - 1, 0
    while at > c.index and not (depth == 0 and c.tokens[at].value == "as" and c.tokens[at + 1].value == "of"):
        if c.tokens[at].kind == "op":
            depth += (c.tokens[at].value == ")") - (c.tokens[at].value == "(")
        at -= 1
    before, words = c.tokens[at - 1], [t.value for t in c.tokens[at + 2 : last]]
    if at <= c.index or not words or before.value in ("system_time", "timestamp") or c.tokens[at].kind != "word":
        return last
    if words in (["now", "(", ")"], ["mz_now", "(", ")"]):
        return at
    first = c.tokens[at + 2]
    if first.kind in ("number", "string") or words[0] in ("at", "now", "mz_now", "timestamp", "timestamptz", "cast"):
        raise Unsupported("AS OF a time other than now() is not supported", hint="A query reads what is there now.", position=first.start)
    return last


def _select_into(tree: exp.Select) -> s.Statement:
    """SELECT … INTO is CREATE TABLE AS."""
    into = tree.args["into"]
    if not isinstance(into.this, exp.Table):
        raise UserError("SELECT ... INTO needs the name of a table", "42601")
    tree.set("into", None)
    name = tuple(p.name for p in into.this.parts)
    return s.CreateRelation("table", name, query=tree, temporary=bool(into.args.get("temporary")))


def modify(c: Cursor) -> s.Statement:
    """INSERT, UPDATE and DELETE; the tree is sqlglot's."""
    from .query import parse_query

    verb, start, first = c.token.value, c.token.start, c.index
    end = len(c.tokens) - 1
    text, overriding = c.text[start : c.tokens[end - 1].end], None
    if verb in ("upsert", "replace"):
        if c.peek().value != "into":
            raise c.error()
        text, verb = "insert" + text[len(verb) :].replace("\0", ""), "insert"
        start += len(c.token.value) - len("insert")
    for index in range(first, end - 2):
        words = [t.value for t in c.tokens[index : index + 3]]
        if words[0] == "overriding" and words[1] in ("system", "user") and words[2] == "value":
            overriding = words[1]
            low, high = c.tokens[index].start - start, c.tokens[index + 2].end - start
            text = text[:low] + " " * (high - low) + text[high:]
            break
    parts = _parts(c, first) if verb == "insert" else None
    if parts is not None:
        for _, low, high in parts:
            text = text[: low - start] + " " * (high - low) + text[high - start :]
    tree = parse_query(text, start)
    c.index = end
    if parts is not None:
        tree.set("parts", [part for part, _, _ in parts])
    if verb == "insert":
        if c.tokens[first].value != "insert":
            tree.set("alternative", c.tokens[first].value)
        return s.Insert(tree, overriding)
    return s.Update(tree) if verb == "update" else s.Delete(tree)


def _parts(c: Cursor, first: int) -> list[tuple[exp.Expression | None, int, int]] | None:
    """`INSERT INTO t (a[1], b.c)`: per column the part that is set, and where it stands behind the name; None without any."""
    index = first
    while c.tokens[index].value != "(" or c.tokens[index].kind != "op":
        if c.tokens[index].kind == "end" or c.tokens[index].value in ("values", "select", "default"):
            return None
        index += 1
    items: list[list[int]] = [[]]
    depth = 0
    for at in range(index, len(c.tokens) - 1):
        token = c.tokens[at]
        if token.kind == "op" and token.value in ("(", "[", ")", "]"):
            depth += 1 if token.value in ("(", "[") else -1
            if not depth:
                break
            if at == index:
                continue
        if depth == 1 and token.kind == "op" and token.value == ",":
            items.append([])
        else:
            items[-1].append(at)
    names = [c.tokens[i[0]] for i in items if i]
    behind = [c.tokens[i[1]].value for i in items if len(i) > 1]
    if len(names) < len(items) or names[0].value in ("select", "with", "values") or not behind or not set(behind) <= {"[", "."}:
        return None
    out: list[tuple[exp.Expression | None, int, int]] = []
    for item in items:
        low, high = c.tokens[item[0]].end, c.tokens[item[-1]].end
        part = parse_expression(c.text[c.tokens[item[0]].start : high], c.tokens[item[0]].start) if len(item) > 1 else None
        out.append((part, low, high))
    return out


def _truncated(c: Cursor) -> s.Name:
    c.accept("only")
    name = c.name()
    c.accept("*")
    return name


def truncate(c: Cursor) -> s.Statement:
    c.expect("truncate")
    c.accept("table")
    tables = c.items(lambda: _truncated(c))
    word = c.accept_any("restart", "continue")
    if word is not None:
        c.expect("identity")
    return s.Truncate(tables, c.cascade(), word == "restart")


def copy(c: Cursor) -> s.Statement:
    c.expect("copy")
    table: s.Name | None = None
    columns: tuple[str, ...] = ()
    inner: s.Statement | None = None
    if c.at("("):
        close = c.closing()
        c.index += 1
        inner = subscribe(c) if c.at("subscribe") else s.Query(c.query(close))
        c.expect(")")
    else:
        table = c.name()
        columns = c.parens(c.ident) if c.at("(") else ()
    direction = c.one_of("from", "to")
    target = c.string() if c.token.kind == "string" else c.one_of("stdin", "stdout")
    c.accept("with")
    if c.at("("):
        return s.Copy(direction, target, table, columns, inner, c.options())
    pairs: list[tuple[str, s.OptionValue]] = []
    while c.token.kind == "word":
        word = c.one_of("binary", "csv", "header", "delimiter", "null", "quote", "escape", "encoding")
        if word in ("binary", "csv"):
            pairs.append(("format", word))
        elif word == "header":
            pairs.append((word, True))
        else:
            c.accept("as")
            pairs.append((word, c.string()))
    return s.Copy(direction, target, table, columns, inner, tuple(pairs))

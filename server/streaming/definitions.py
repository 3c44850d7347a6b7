"""SHOW CREATE: the statement that would make an object as it is now, spelled in one way.

Tables, sources and indexes are written from their catalog entry, since ALTER TABLE may have changed them; of the rest it is the
statement that made them, under the present names: key words in capitals, one blank between words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ...kernels.types import SqlType
from ...planner.catalog.changes import KIND_WORDS
from ...planner.catalog.entries import Column, Dependency, Relation
from ...planner.catalog.keys import is_computed
from ...planner.deparse.definitions import deparsed_query
from ...planner.sql.lexer import Token, tokenize
from ..reading.planning import view_settings

if TYPE_CHECKING:
    from ..server import Server

_TYPES = {
    "int2": "SMALLINT", "int4": "INT", "int8": "BIGINT", "float4": "REAL", "float8": "DOUBLE", "bool": "BOOLEAN",
    "varchar": "CHARACTER VARYING", "text": "CHARACTER VARYING", "bpchar": "CHARACTER",
    "timestamptz": "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
_CONFLICTS = {"overwrite": "DO UPDATE FULL", "ignore": "DO NOTHING", "do_update_if_not_null": "DO UPDATE IF NOT NULL"}
_COMPARES = ("<", ">", "=", "!")
_WORDS = frozenset(
    ["all", "and", "any", "as", "asc", "asof", "between", "by", "case", "cast", "create", "cross", "desc", "distinct", "else", "end", "except", "exists", "false", "fetch", "filter", "from", "full", "group", "having", "in", "inner", "intersect", "into", "is", "join", "left", "like", "limit", "materialized", "natural", "not", "null", "offset", "on", "or", "order", "outer", "partition", "right", "select", "table", "then", "true", "union", "unique", "using", "when", "where", "with"]
)  # fmt: skip
# Words that may be names as well, and what must follow for them to be key words.
_BEFORE = {"over": ("(",), "interval": (), "include": ("(",), "distributed": ("by",), "format": ("plain", "upsert", "debezium"),
           "plain": ("encode",), "encode": ("json", "csv", "bytes"), "emit": ("on",), "changelog": ("from",),
           "values": ("(",), "rows": ("between", "unbounded"), "lateral": ("(",)}  # fmt: skip
_AFTER = {"json": "encode", "window": "on", "close": "window", "by": "distributed", "first": "nulls", "last": "nulls",
          "upsert": "format"}  # fmt: skip
_BEFORE_PARENTHESIS = frozenset(("in", "as", "with", "over", "from", "and", "or", "not", "values", "on", "using", "by",
                                 "join", "select", "where", "union", "all", "except", "intersect", "exists", "include",
                                 "filter", "lateral", "then", "else", "when"))  # fmt: skip


def definition(server: Server, entry: Relation, path: tuple[str, ...]) -> str:
    """The text of the statement, with the present names of what it reads. `path` decides which of them need their schema."""
    snapshot = server.catalog.snapshot
    if entry.kind in ("table", "source"):
        return _relation(entry)
    if entry.kind == "index":
        return _index(entry, snapshot.relations[entry.on or 0])
    if entry.query is not None and _names(snapshot.bound(entry.depends_on)) != _names(entry.bound):
        query = deparsed_query(entry, snapshot, view_settings(server, entry), path, pretty=False)
        if query is not None:
            entry = replace(entry, definition=entry.definition.replace(entry.query, query))
    return _respelled(entry, snapshot.relations)


def _names(seen: tuple[Dependency, ...]) -> list[tuple[str, str, list[str]]]:
    return [(d.schema, d.name, [c.name for c in d.columns]) for d in seen]


def type_text(t: SqlType) -> str:
    """A type as SHOW CREATE spells it."""
    if t.name == "list" and t.elem is not None:
        return type_text(t.elem) + "[]"
    if t.name == "struct" and t.fields:
        return "STRUCT<" + ", ".join(f"{_name(n)} {type_text(f)}" for n, f in t.fields) + ">"
    if t.name == "map" and t.elem is not None:
        return f"MAP({type_text(t.elem.fields[0][1])}, {type_text(t.elem.fields[1][1])})"
    mods = f"({', '.join(map(str, t.mods))})" if t.mods else ""
    return _TYPES.get(t.name, t.name if t.name == "rw_int256" else t.name.upper()) + mods


def _name(name: str) -> str:
    plain = name.isascii() and name.replace("_", "a").isalnum() and name == name.lower() and not name[0].isdigit()
    return name if plain else '"' + name.replace('"', '""') + '"'


def _relation(entry: Relation) -> str:
    single = entry.primary_key[0] if len(entry.primary_key) == 1 else None
    parts = [_column(c, i == single, i in entry.primary_key) for i, c in enumerate(entry.columns)
             if c.include is None and not c.hidden]  # fmt: skip
    names = [_name(c.name) for c in entry.columns]
    if len(entry.primary_key) > 1:
        parts.append(f"PRIMARY KEY ({', '.join(names[i] for i in entry.primary_key)})")
    parts += [f"UNIQUE ({', '.join(names[i] for i in key)})" for key in entry.unique
              if not is_computed(entry.columns[key[0]])]
    parts += [f"CHECK ({text})" for _, text in entry.checks]
    parts += [f"WATERMARK FOR {_name(w.column)} AS {w.expression}" for w in entry.watermarks]
    out = f"CREATE {entry.kind.upper()} {_name(entry.name)} ({', '.join(parts)})"
    if entry.append_only and entry.kind == "table":
        out += " APPEND ONLY"
    if entry.on_conflict in _CONFLICTS:
        out += f" ON CONFLICT {_CONFLICTS[entry.on_conflict]}"
    if entry.version_columns:
        out += f" WITH VERSION COLUMN({', '.join(map(_name, entry.version_columns))})"
    for column in entry.columns:
        if column.include is not None:
            kind, _, field = column.include.partition(".")
            out += f" INCLUDE {kind}" + (f" '{field}'" if field else "") + f" AS {_name(column.name)}"
    if entry.options:
        out += " WITH (" + ", ".join(f"{k} = {_literal(v)}" for k, v in entry.options) + ")"
    if entry.format is not None:
        out += f" FORMAT {entry.format.row.upper()} ENCODE {entry.format.encode.upper()}"
        if entry.format.options:
            out += " (" + ", ".join(f"{k} = {_literal(v)}" for k, v in entry.format.options) + ")"
    return out


def _column(column: Column, key: bool, keyed: bool) -> str:
    out = f"{_name(column.name)} {type_text(column.type)}"
    if column.generated is not None:
        out += f" AS {column.generated}"
    if column.default is not None:
        out += f" DEFAULT {column.default}"
    if column.not_null and not keyed:
        out += " NOT NULL"
    return out + (" PRIMARY KEY" if key else "")


def _index(entry: Relation, on: Relation) -> str:
    options, names = dict(entry.options), [_name(c.name) for c in entry.columns]
    keys = [(key.removesuffix(" DESC"), key.endswith(" DESC")) for key in entry.keys]
    included = names[sum(key in names for key, _ in keys) :]
    shown = []
    for n, (key, descending) in enumerate(keys):
        parts = [key, options.get(f"class.{n}", ""), "DESC" if descending else ""]
        parts.append(f"NULLS {options[f'nulls.{n}'].upper()}" if f"nulls.{n}" in options else "")
        shown.append(" ".join(filter(None, parts)))
    out = f"CREATE {'UNIQUE ' if 'unique' in options else ''}INDEX {_name(entry.name)} ON {_name(on.name)}"
    out += (f" USING {options['method']} " if "method" in options else "") + f"({', '.join(shown)})"
    out += f" INCLUDE ({', '.join(included)})" if included else ""
    out += f" DISTRIBUTED BY ({options['distributed by']})" if "distributed by" in options else ""
    out += " NULLS NOT DISTINCT" if "nulls not distinct" in options else ""
    return out + (f" WHERE {options['where']}" if "where" in options else "")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _respelled(entry: Relation, relations: Mapping[int, Relation]) -> str:
    text = entry.definition
    tokens = tokenize(text)[:-1]
    head = KIND_WORDS[entry.kind].split()
    start = next((i + len(head) for i in range(len(tokens)) if [t.value for t in tokens[i : i + len(head)]] == head), 1)
    if [t.value for t in tokens[start : start + 3]] == ["if", "not", "exists"]:
        start += 3
    rest = tokens[_name_end(tokens, start) :]
    out = f"CREATE {KIND_WORDS[entry.kind].upper()} {_name(entry.name)}"
    for word, relation in (("into", entry.into), ("from", entry.depends_on[0] if entry.depends_on else None)):
        if relation is not None and relation in relations and rest and rest[0].value == word:
            out += f" {word.upper()} {_name(relations[relation].name)}"
            rest = rest[_name_end(rest, 1) :]
    return f"{out} {_spelled(text, rest)}".rstrip()


def _name_end(tokens: list[Token], start: int) -> int:
    """The place behind a name that may have a schema."""
    stop = start + 1
    while stop + 1 < len(tokens) and tokens[stop].value == ".":
        stop += 2
    return stop


def _spelled(text: str, tokens: list[Token]) -> str:
    out: list[str] = []
    previous: Token | None = None
    for token, after in zip(tokens, [*tokens[1:], None]):
        raw = text[token.start : token.end]
        shown = raw.upper() if token.kind == "word" and _is_key_word(token, previous, after) else raw
        if previous is not None and _apart(text, previous, token):
            out.append(" ")
        out.append(shown)
        previous = token
    return "".join(out)


def _is_key_word(token: Token, before: Token | None, after: Token | None) -> bool:
    if before is not None and before.value == ".":
        return False
    if token.value in _WORDS or (before is not None and _AFTER.get(token.value) == before.value):
        return True
    if token.value == "interval":
        return after is not None and after.kind == "string"
    return after is not None and after.value in _BEFORE.get(token.value, ())


def _apart(text: str, a: Token, b: Token) -> bool:
    """Whether a blank stands between two tokens."""
    if (b.kind == "op" and b.value in (",", ")", "]", ".", "::")) or (a.kind == "op" and a.value in ("(", "[", ".", "::")):
        return False
    if a.value == ",":
        return True
    left, right = a.kind == "op" and a.value in _COMPARES, b.kind == "op" and b.value in _COMPARES
    if left or right:
        return not (left and right and a.end == b.start)
    if b.kind == "op" and b.value in ("(", "["):
        return (a.kind == "word" and a.value in _BEFORE_PARENTHESIS) or (a.kind == "op" and a.value != ")" and a.end < b.start)
    return a.end < b.start

"""Clauses that sqlglot misreads or drops without a word, taken out of the tokens before it sees the text.

    WITH RECURSIVE r AS (…) SEARCH … CYCLE …    kept as `RecursionClauses` in the CTE's meta
    GROUP BY DISTINCT …                         the marker call __distinct_sets() is the first key
    * REPLACE (e AS c)                          the marker call __replace(e, 'c') follows the star
    ORDER BY a USING >                          DESC
    JOIN … USING (a, b) AS j                    the list is (a, b, "__as j")
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from ...kernels.errors import Unsupported
from .lexer import Token
from .mutual import MutualClauses, mutual_edits

DISTINCT_SETS = "__distinct_sets"
REPLACE = "__replace"
_BEFORE_STAR = frozenset(("select", "distinct", "all", ",", "."))
USING_ALIAS = "__as "
CLAUSE_WORDS = frozenset(("*", "group", "with", "search", "cycle", "using"))
Edit = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class RecursionClauses:
    """SEARCH: `order` is depth or breadth. CYCLE: `mark` is `value` (text of a constant) in rows that close a cycle."""

    cte: str
    order: str = ""
    order_by: tuple[str, ...] = ()
    sequence: str = ""
    cycle: tuple[str, ...] = ()
    mark: str = ""
    value: str = "true"
    default: str = "false"
    path: str = ""


Found = RecursionClauses | MutualClauses


def clause_edits(text: str, tokens: list[Token], index: int, base: int, found: list[Found]) -> list[Edit]:
    """Edits for a clause that begins at `index`, none for anything else; what edits can't say goes into `found`."""
    token = tokens[index]
    if token.kind == "op":
        return _star_replace(tokens, index) if token.value == "*" else []
    match token.value:
        case "group" if _values(tokens, index, 3) == ["group", "by", "distinct"]:
            return [(tokens[index + 2].start, tokens[index + 2].end, DISTINCT_SETS + "(),")]
        case "using" if tokens[index + 1].value == "key" and tokens[index + 2].value == "(":
            raise Unsupported("USING KEY is not supported", hint="Use UNION.", position=base + token.start)
        case "using" if tokens[index + 1].value == "(":
            return _using_alias(tokens, index)
        case "using" if tokens[index + 1].value in ("<", ">") and tokens[index + 2].value not in ("=", ">"):
            return [(token.start, tokens[index + 1].end, "ASC" if tokens[index + 1].value == "<" else "DESC")]
        case "with" if _values(tokens, index, 3) == ["with", "mutually", "recursive"]:
            mutual, edits = mutual_edits(text, tokens, index, base)
            found.append(mutual)
            return edits
        case "search" | "cycle" if index and tokens[index - 1].value == ")":
            taken = _recursion(text, tokens, index)
            if taken is not None:
                clauses, stop = taken
                if found and isinstance(found[-1], RecursionClauses) and found[-1].cte == clauses.cte and not found[-1].mark and clauses.mark and not clauses.order:
                    found[-1] = replace(found[-1], cycle=clauses.cycle, mark=clauses.mark, value=clauses.value,
                                        default=clauses.default, path=clauses.path)  # fmt: skip
                else:
                    found.append(clauses)
                return [(token.start, tokens[stop - 1].end, "")]
    return []


def attach(tree: exp.Expression, found: list[Found]) -> None:
    """The clauses in the meta of their queries."""
    for clauses in found:
        if isinstance(clauses, MutualClauses):
            for with_clause in tree.find_all(exp.With):
                names = tuple(c.alias for c in with_clause.expressions)
                if names == clauses.queries and "mutual" not in with_clause.meta:
                    with_clause.meta["mutual"] = clauses
                    break
            continue
        for cte in tree.find_all(exp.CTE):
            if cte.alias == clauses.cte and "recursion" not in cte.meta:
                cte.meta["recursion"] = clauses
                break


def _values(tokens: list[Token], index: int, count: int) -> list[str]:
    return [t.value for t in tokens[index : index + count] if t.kind == "word"]


def _names(tokens: list[Token], index: int) -> tuple[tuple[str, ...], int]:
    """Names and commas from `index` on, and where they end."""
    names: list[str] = []
    while tokens[index].kind in ("word", "quoted"):
        names.append(tokens[index].value)
        index += 1
        if tokens[index].value != ",":
            break
        index += 1
    return tuple(names), index


def _recursion(text: str, tokens: list[Token], index: int) -> tuple[RecursionClauses, int] | None:
    made = RecursionClauses(_cte_name(tokens, index - 1))
    if tokens[index].value == "search" and _values(tokens, index + 2, 2) == ["first", "by"]:
        columns, at = _names(tokens, index + 4)
        if tokens[at].value != "set":
            return None
        made = replace(made, order=tokens[index + 1].value, order_by=columns, sequence=tokens[at + 1].value)
        index = at + 2
    if tokens[index].value != "cycle":
        return (made, index) if made.order else None
    columns, at = _names(tokens, index + 1)
    if tokens[at].value != "set":
        return (made, index) if made.order else None
    made = replace(made, cycle=columns, mark=tokens[at + 1].value)
    at += 2
    if tokens[at].value == "to":
        middle = at
        while tokens[middle].value != "default" and tokens[middle].kind != "end":
            middle += 1
        end = middle
        while tokens[end].value != "using" and tokens[end].kind != "end":
            end += 1
        if tokens[end].kind == "end":
            return None
        made = replace(made, value=text[tokens[at + 1].start : tokens[middle - 1].end],
                       default=text[tokens[middle + 1].start : tokens[end - 1].end])  # fmt: skip
        at = end
    if tokens[at].value != "using":
        return None
    return replace(made, path=tokens[at + 1].value), at + 2


def _opening(tokens: list[Token], index: int) -> int:
    depth = 0
    for at in range(index, -1, -1):
        if tokens[at].kind == "op":
            depth += (tokens[at].value == ")") - (tokens[at].value == "(")
            if not depth:
                return at
    return 0


def _cte_name(tokens: list[Token], closing: int) -> str:
    at = _opening(tokens, closing) - 1
    while at > 0 and tokens[at].value in ("as", "not", "materialized"):
        at -= 1
    if tokens[at].value == ")":
        at = _opening(tokens, at) - 1
    return tokens[at].value


def _using_alias(tokens: list[Token], index: int) -> list[Edit]:
    names, at = _names(tokens, index + 2)
    if not names or tokens[at].value != ")" or tokens[at + 1].value != "as" or tokens[at + 2].kind not in ("word", "quoted"):
        return []
    alias = tokens[at + 2].value.replace('"', '""')
    return [(tokens[at].start, tokens[at + 2].end, f', "{USING_ALIAS}{alias}")')]


def _star_replace(tokens: list[Token], index: int) -> list[Edit]:
    if index and tokens[index - 1].value not in _BEFORE_STAR:
        return []  # it multiplies
    at = index + 1
    if tokens[at].value in ("except", "exclude") and tokens[at + 1].value == "(":
        while tokens[at].value != ")" and tokens[at].kind != "end":
            at += 1
        at += 1
    if tokens[at].value != "replace" or tokens[at].kind != "word" or tokens[at + 1].value != "(":
        return []
    edits = [(tokens[at].start, tokens[at].end, f", {REPLACE}")]
    depth = 0
    for i in range(at + 1, len(tokens)):
        value = tokens[i].value if tokens[i].kind in ("op", "word") else ""
        depth += (value in ("(", "[")) - (value in (")", "]"))
        if not depth:
            break
        if value == "as" and depth == 1:
            name = tokens[i + 1].value.replace("'", "''")
            edits.append((tokens[i].start, tokens[i + 1].end, f", '{name}'"))
    return edits

"""WITH MUTUALLY RECURSIVE (Materialize's): its head is read here, for sqlglot becomes a WITH RECURSIVE.

    WITH MUTUALLY RECURSIVE [([RETURN AT | ERROR AT] RECURSION LIMIT n)] x (a int, b text) AS (…), y (…) AS (…) …
"""

from __future__ import annotations

from dataclasses import dataclass

from ...kernels.errors import UserError
from .lexer import Token

Edit = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class MutualClauses:
    """`columns`: per query the declared names and the texts of their types. `limit`: rounds, and whether one more is an
    error."""

    queries: tuple[str, ...]
    columns: tuple[tuple[tuple[str, str], ...], ...]
    limit: int | None = None
    error: bool = True


def mutual_edits(text: str, tokens: list[Token], index: int, base: int) -> tuple[MutualClauses, list[Edit]]:
    """The clause that begins at WITH, and the edits that make it a WITH RECURSIVE."""

    def wrong(at: int) -> UserError:
        token = tokens[at]
        if token.kind == "end":
            return UserError("syntax error at end of input", position=base + token.start)
        return UserError(f'syntax error at or near "{text[token.start : token.end]}"', position=base + token.start)

    at, limit, error = index + 3, None, True
    if tokens[at].value == "(" and tokens[at].kind == "op":
        words = [t.value for t in tokens[at + 1 : at + 3]]
        if words[1:] == ["at"] and words[0] in ("return", "error"):
            error = words[0] == "error"
            at += 2
        if [t.value for t in tokens[at + 1 : at + 3]] != ["recursion", "limit"]:
            raise wrong(at + 1)
        at += 3
        at += tokens[at].value == "="
        if tokens[at].kind != "number" or not tokens[at].value.isdigit() or tokens[at + 1].value != ")":
            raise wrong(at)
        limit = int(tokens[at].value)
        at += 2
    edits: list[Edit] = [(tokens[index + 1].start, tokens[at - 1].end, "recursive")]
    names: list[str] = []
    columns: list[tuple[tuple[str, str], ...]] = []
    while True:
        if tokens[at].kind not in ("word", "quoted") or tokens[at + 1].value != "(":
            raise wrong(at if tokens[at].kind not in ("word", "quoted") else at + 1)
        names.append(tokens[at].value)
        declared, at = _columns(text, tokens, at + 2, edits, wrong)
        columns.append(declared)
        if tokens[at].value != "as" or tokens[at + 1].value != "(":
            raise wrong(at)
        at = _after(tokens, at + 1, wrong)
        if tokens[at].value != ",":
            return MutualClauses(tuple(names), tuple(columns), limit, error), edits
        at += 1


def _columns(text: str, tokens: list[Token], at: int, edits: list[Edit], wrong) -> tuple[tuple[tuple[str, str], ...], int]:  # type: ignore[no-untyped-def]
    """Names and types up to the closing parenthesis; the types are taken out."""
    out: list[tuple[str, str]] = []
    while True:
        if tokens[at].kind not in ("word", "quoted"):
            raise wrong(at)
        name, first, depth = tokens[at].value, at + 1, 0
        at = first
        while tokens[at].kind != "end" and (depth or tokens[at].value not in (",", ")")):
            depth += (tokens[at].value in ("(", "[")) - (tokens[at].value in (")", "]"))
            at += 1
        if at == first or tokens[at].kind == "end":
            raise wrong(at)
        edits.append((tokens[first].start, tokens[at - 1].end, ""))
        out.append((name, text[tokens[first].start : tokens[at - 1].end]))
        if tokens[at].value == ")":
            return tuple(out), at + 1
        at += 1


def _after(tokens: list[Token], at: int, wrong) -> int:  # type: ignore[no-untyped-def]
    """Behind the parenthesis that closes the one at `at`."""
    depth = 0
    while tokens[at].kind != "end":
        if tokens[at].kind == "op":
            depth += (tokens[at].value == "(") - (tokens[at].value == ")")
        at += 1
        if not depth:
            return at
    raise wrong(at)

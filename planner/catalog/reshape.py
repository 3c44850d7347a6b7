"""What else of a table changes when one of its columns is renamed or dropped."""

from __future__ import annotations

from dataclasses import replace

from ..sql.lexer import tokenize
from .entries import Column, Relation, Snapshot
from .keys import identifier, is_computed, key_names


def without_column(entry: Relation, at: int) -> Relation:
    """The table without a column, nor the constraints that have it."""
    kept = [p for p in range(len(entry.columns)) if p != at]
    name = entry.columns[at].name

    def moved(columns: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(kept.index(c) for c in columns)

    return replace(
        entry,
        columns=tuple(entry.columns[p] for p in kept),
        primary_key=moved(entry.primary_key) if at not in entry.primary_key else (),
        unique=tuple(moved(u) for u in entry.unique if at not in u),
        key_names=tuple((n, moved(k)) for n, k in entry.key_names if at not in k),
        deferrable_keys=tuple((moved(k), d) for k, d in entry.deferrable_keys if at not in k),
        checks=tuple(c for c in entry.checks if not mentions(c[1], name)),
        foreign_keys=tuple(
            replace(f, columns=moved(f.columns), set_columns=moved(f.set_columns), target_columns=moved(f.target_columns) if f.target == entry.id else f.target_columns)
            for f in entry.foreign_keys
            if at not in f.columns
        ),
    )


def with_concealed(entry: Relation, at: int) -> Relation:
    """The table with a column that only views made before know of, nor the constraints that have it."""
    column = entry.columns[at]
    gone = Column(f"........pg.dropped.{at + 1}........", column.type, hidden=True)
    return replace(
        entry,
        columns=(*entry.columns[:at], gone, *entry.columns[at + 1 :]),
        primary_key=entry.primary_key if at not in entry.primary_key else (),
        unique=tuple(u for u in entry.unique if at not in u),
        key_names=tuple((n, k) for n, k in entry.key_names if at not in k),
        deferrable_keys=tuple((k, d) for k, d in entry.deferrable_keys if at not in k),
        checks=tuple(c for c in entry.checks if not mentions(c[1], column.name)),
        foreign_keys=tuple(f for f in entry.foreign_keys if at not in f.columns),
    )


def _places(text: str, name: str) -> list[tuple[int, int]]:
    """Where an expression over one table names a column."""
    tokens = tokenize(text)
    found = []
    for at, token in enumerate(tokens):
        before = tokens[at - 1].value if at else ""
        after = tokens[at + 1].value if at + 1 < len(tokens) else ""
        field = before == "." and at > 1 and tokens[at - 2].value == ")"
        if token.kind in ("word", "quoted") and token.value == name and after != "(" and before not in ("::", "as") and not field:
            found.append((token.start, token.end))
    return found


def mentions(text: str, name: str) -> bool:
    """Whether an expression over one table names a column."""
    return bool(_places(text, name))


def renamed_text(text: str, old: str, new: str) -> str:
    """An expression over one table after a column got another name."""
    for start, end in reversed(_places(text, old)):
        text = text[:start] + identifier(new) + text[end:]
    return text


def renamed_columns(snapshot: Snapshot, entry: Relation, at: int, new: str) -> tuple[Relation, list[Relation]]:
    """The table with a renamed column, and its indexes and owned sequences. Views see the table as it was."""
    old = entry.columns[at].name

    def text(t: str | None) -> str | None:
        return None if t is None else renamed_text(t, old, new)

    def column(c: Column, place: int) -> Column:
        comment = text(c.comment) if is_computed(c) else c.comment
        return replace(c, name=new if place == at else c.name, generated=text(c.generated), comment=comment)

    changed = replace(
        entry,
        columns=tuple(column(c, place) for place, c in enumerate(entry.columns)),
        checks=tuple((n, renamed_text(e, old, new)) for n, e in entry.checks),
        watermarks=tuple(
            replace(w, column=new if w.column == old else w.column, expression=renamed_text(w.expression, old, new))
            for w in entry.watermarks
        ),
        version_columns=tuple(new if v == old else v for v in entry.version_columns),
        key_names=tuple((n, k) for n, k in key_names(entry).items()),
    )
    others: list[Relation] = []
    for other in snapshot.relations.values():
        if other.kind == "index" and other.on == entry.id:
            options = tuple((k, renamed_text(v, old, new) if k == "where" else v) for k, v in other.options)
            others.append(replace(
                other, keys=tuple(renamed_text(k, old, new) for k in other.keys), options=options,
                columns=tuple(replace(c, name=new) if c.name == old else c for c in other.columns),
            ))
        elif other.kind == "sequence" and other.on == entry.id and other.keys == (old,):
            others.append(replace(other, keys=(new,)))
    return changed, others

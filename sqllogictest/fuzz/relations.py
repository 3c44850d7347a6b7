"""Relations in FROM that are no tables: functions that give sets."""

from __future__ import annotations

from dataclasses import dataclass

from .expressions import Column, Expressions, Scope
from .tree import Node, node


@dataclass(slots=True)
class Relation:
    """Columns that the query may use, and those that order its rows totally (up to rows that are alike)."""

    node: Node
    columns: list[Column]
    order: list[str]
    unique: bool = False


FUNCTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("generate_series({int4} % 3, {int4} % 5)", ("int4",)),
    ("generate_series(3, 1, -1)", ("int4",)),
    ("generate_series({int4} % 3 * 1.0, 4, 1.5)", ("numeric",)),
    ("generate_series({int4} % 3, {int4} % 4 + 0.5)", ("numeric",)),
    ("generate_series('2024-03-09 12:00+00'::timestamptz, '2024-03-11', '12 hours')", ("timestamptz",)),
    ("generate_series('2024-01-31'::date, '2024-04-01'::date, '1 month')", ("timestamptz",)),
    ("generate_series('2024-01-31'::timestamp, '2023-12-01', '-1 month')", ("timestamp",)),
    ("unnest({int4multirange})", ("int4range",)),
    ("ROWS FROM (generate_series(1, {int4} % 4), unnest({text[]}))", ("int4", "text")),
    ("generate_series({int8} % 3, 4, 2)", ("int8",)),
    ("generate_series('2024-01-30'::timestamp, '2024-02-02', '1 day')", ("timestamp",)),
    ("unnest({int4[]})", ("int4",)),
    ("unnest({text[]})", ("text",)),
    ("unnest(ARRAY[{date}, {date}])", ("date",)),
    ("unnest({int4[]}, {text[]})", ("int4", "text")),
    ("jsonb_array_elements(jsonb_build_array({text}, {bool}, {int4}))", ("jsonb",)),
    ("jsonb_array_elements_text(jsonb_build_array({text}, {int4}))", ("text",)),
    ("jsonb_each(jsonb_build_object('k', {int4}, 'l', {text}))", ("text", "jsonb")),
    ("jsonb_each_text(jsonb_build_object('k', {int4}, 'l', {text}))", ("text", "text")),
    ("jsonb_object_keys('{\"a\": 1, \"b\": 2}'::jsonb)", ("text",)),
    ("regexp_split_to_table({text}, '[ab]')", ("text",)),
    ("string_to_table({text}, ',')", ("text",)),
    ("regexp_matches({text}, '[a-z]', 'g')", ("text[]",)),
    ("generate_subscripts({int4[]}, 1)", ("int4",)),
)


def table_function(e: Expressions, alias: str, scope: Scope) -> Relation:
    from .expressions import Template

    text, kinds = e.random.choice(FUNCTIONS)
    subqueries, e.subqueries = e.subqueries, False
    call = e.fill(Template.read(text), "call", Scope(scope.columns), 1)
    e.subqueries = subqueries
    columns = [(f"c{i}", kind) for i, kind in enumerate(kinds)]
    counted = e.chance(0.3)
    if counted:
        columns.append(("o", "int8"))
    names = ", ".join(name for name, _ in columns)
    ordinality = " WITH ORDINALITY" if counted else ""
    own = [Column(f"{alias}.{name}", kind) for name, kind in columns]
    return Relation(node("from", call, f"{ordinality} {alias} ({names})"), own, [c.text for c in own])

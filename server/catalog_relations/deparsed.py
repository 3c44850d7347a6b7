"""Definitions as PostgreSQL prints them, kept as long as what they name stays as it is; as written where they can't be."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ...kernels.types import SqlType
from ...planner.catalog.entries import Relation
from ...planner.deparse.definitions import deparsed_expression, deparsed_query
from ..reading.planning import view_settings
from .model import Catalog

_KEPT = 20_000
_kept: OrderedDict[Any, tuple[Any, str | None]] = OrderedDict()
BETWEEN = "\x02"  # the plain and the pretty form of an expression in one text, as pg_get_expr takes it


def _remembered(key: Any, alive: Any, make: Callable[[], str | None]) -> str | None:
    """`alive` is what the key names by identity."""
    found = _kept.get(key)
    if found is None:
        found = _kept[key] = (alive, make())
        if len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return found[1]


def view_text(catalog: Catalog, view: Relation, pretty: bool) -> str:
    """The query of a view, with its semicolon."""
    snapshot, path = catalog.snapshot, catalog.path
    alive = (snapshot.types, snapshot.functions, *(snapshot.relations.get(d) for d in view.depends_on), view)
    key = ("view", tuple(map(id, alive)), path, pretty)
    settings = view_settings(catalog.session.server, view)
    made = _remembered(key, alive, lambda: deparsed_query(view, snapshot, settings, path, pretty=pretty))
    return f"{made};" if made is not None else f" {view.query};"


def expression_text(
    catalog: Catalog, text: str, relation: Relation | None = None, *, pretty: bool = False, target: SqlType | None = None,
    value: SqlType | None = None,
) -> str:
    """An expression over a row of a relation, or over VALUE of a domain."""
    snapshot, path = catalog.snapshot, catalog.path
    columns = tuple((c.name, c.type) for c in relation.columns) if relation is not None else ()
    if value is not None:
        columns = (("value", value),)
    alive = (snapshot.types, snapshot.functions)
    key = (text, columns, tuple(map(id, alive)), path, pretty, target)
    settings = catalog.session.plan_settings
    made = _remembered(
        key, alive, lambda: deparsed_expression(text, columns, snapshot, settings, path, pretty=pretty, target=target)
    )
    if made is None:
        return text
    return made.replace("value", "VALUE") if value is not None else made


def both(catalog: Catalog, text: str, relation: Relation | None = None, target: SqlType | None = None) -> str:
    """What pg_attrdef and its like hold: pg_get_expr chooses the form."""
    plain = expression_text(catalog, text, relation, target=target)
    pretty = expression_text(catalog, text, relation, target=target, pretty=True)
    return plain if plain == pretty else f"{plain}{BETWEEN}{pretty}"

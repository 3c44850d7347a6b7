"""Which rows of a stored relation a plan needs at most, where a key finds them faster than going through all.

A filter directly over a scan fixes a key when it compares each column with constants. An equality join hands on the values of the
side that is few rows, if what does not match them is of no account (`HANDED_TO`). A key is a unique key, or the first
columns of one or of an index; the store builds a hash index over it when first asked.

Nothing here decides what a query answers, only what it goes through.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from ...kernels.batch import Batch
from ...kernels.expr.spec import Call, Col, Expr, Lambda, Lit, Or, Param, conjuncts
from ...kernels.keys import one_per_key
from ...kernels.limits import LOOKUP_KEYS, LOOKUP_PART, LOOKUP_ROWS
from ...kernels.types import Kind, SqlType
from ...planner.catalog.entries import Relation
from ...planner.physical.node import Aggregate, Distinct, Join, Map, Plan, Scan
from ..streaming.relations import StoredRelation

Indexed = Mapping[int, Sequence[tuple[int, ...]]]  # by relation: the columns that its indexes begin with

@dataclass(frozen=True, slots=True)
class Elements:
    """The values of a list, each of `type`."""

    array: Lit | Param
    type: SqlType


Fixed = Mapping[int, tuple[Lit | Param | Elements, ...]]  # by stored column: values of which it has one
_WIDTHS = {Kind.INT2: 16, Kind.INT4: 32, Kind.INT8: 64}
_TEXTS = {"text", "varchar"}
HANDED_TO = {"inner": (0, 1), "semi": (0, 1), "left": (1,), "anti": (1,), "right": (0,)}  # the sides (left 0) that may lose rows


@dataclass(frozen=True, slots=True)
class Way:
    """Rows of `target` that count have in these stored columns values of `source`'s: target's column to source's."""

    target: int
    source: int
    columns: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Lookup:
    """The rows whose `columns` equal a row of `keys`."""

    columns: tuple[int, ...]
    keys: Batch

    def find(self, stored: StoredRelation) -> Batch | None:
        """The rows; None where they are so many that one goes through all. Under the engine's lock."""
        total = stored.rows.num_rows
        limit = total if self.columns in stored.entry.unique_keys else min(LOOKUP_ROWS, max(LOOKUP_KEYS, total // LOOKUP_PART))
        return stored.rows.lookup_few(self.columns, self.keys, limit)

    def find_beside(self, stored: StoredRelation) -> Batch | None:
        """The same beside a step that does not change the rows now; None, too, where it would take an index that is not there."""
        return stored.rows.lookup_beside(self.columns, self.keys, LOOKUP_KEYS)


def fixed_columns(predicate: Expr, scan: Scan) -> Fixed:
    """The columns that a filter over a scan compares with constants."""
    found: dict[int, tuple[Lit | Param | Elements, ...]] = {}
    for part in conjuncts(predicate):
        if (pair := _constants(part)) is not None and all(comparable(v.type, scan.schema.types[pair[0]]) for v in pair[1]):
            found.setdefault(scan.columns[pair[0]], pair[1])
    return found


def _constants(part: Expr) -> tuple[int, tuple[Lit | Param | Elements, ...]] | None:
    """(column, values) of `column = value`, `column = a OR column = b …` and `column = ANY (list)`."""
    match part:
        case Call("compare.eq"):
            found_one = compared(part)
            return None if found_one is None else (found_one[0], (found_one[1],))
        case Or(args=args):
            found = [_constants(arg) for arg in args]
            columns = {f[0] for f in found if f is not None}
            if None not in found and len(columns) == 1:
                return columns.pop(), tuple(v for f in found if f is not None for v in f[1])
        case Call("array.any", (array, Lambda(body=Call("compare.eq", (a, b)), captures=(captured,)))):
            pair = narrow(a), narrow(b)
            among, column = _list(array), column_of(narrow(captured))
            if among is not None and column is not None and {p.index for p in pair if isinstance(p, Col)} == {0, 1}:
                return column, (among,)
    return None


def _list(array: Expr) -> Elements | None:
    """A list of which the values are known when the query runs, whatever width its integers are taken for."""
    match array:
        case Call("cast.mapped", (below, Lambda(body=body, captures=()))) if isinstance(narrow(body), Col):
            array = below
    if not isinstance(array, (Lit, Param)) or array.type.elem is None or array.type.elem.kind is Kind.LIST:
        return None
    return Elements(array, array.type.elem)


def same_values(a: SqlType, b: SqlType) -> bool:
    """Whether values of both types are the same bytes, so that a key of one finds rows of the other."""
    return a.without_mods() == b.without_mods() or a.kind is b.kind is Kind.TEXT


def compared(part: Expr) -> tuple[int, Lit | Param] | None:
    """Column and value of `column = value`."""
    match part:
        case Call("compare.eq", (a, b)):
            a, b = narrow(a), narrow(b)
            value, given = (a, b) if isinstance(a, (Lit, Param)) else (b, a)
            column = column_of(given)
            return (column, value) if column is not None and isinstance(value, (Lit, Param)) else None
    return None


def comparable(value: SqlType, stored: SqlType) -> bool:
    """Whether a constant of the one type tells which keys of the other equal it: see `stored_value`."""
    return same_values(value, stored) or (value.kind in _WIDTHS and stored.kind in _WIDTHS)


def stored_value(value: Any, given: SqlType, stored: SqlType) -> tuple[Any, ...]:
    """The value as one of a stored column; none if it is an integer that the column cannot hold."""
    if value is None or given.kind is stored.kind or -(limit := 1 << _WIDTHS[stored.kind] - 1) <= value < limit:
        return (value,)
    return ()


def narrow(value: Expr) -> Expr:
    """What stands below casts to wider integers and between text types, which compares as they do.

    Drivers choose a parameter's width by its value, and write the type of a column behind it.
    """
    while isinstance(value, Call) and len(value.args) == 1:
        below = value.args[0]
        wider = value.kernel == "cast.number" and _WIDTHS.get(below.type.kind, 64) < _WIDTHS.get(value.type.kind, 0)
        if not wider and not (value.kernel == "misc.relabel" and {below.type.name, value.type.name} <= _TEXTS):
            break
        value = below
    return value


def column_of(value: Expr) -> int | None:
    """The column whose values these are, under whatever name of their type."""
    match value:
        case Col(index=column) | Call("misc.relabel", (Col(index=column),)):
            return column
    return None


def ways_of(plans: Sequence[Plan], scans: Mapping[int, int]) -> tuple[Way, ...]:
    """The ways that the equality joins among `plans`, all nodes of a plan, offer. `scans`: how often each relation is scanned."""
    joins = [p for p in plans if isinstance(p, Join) and p.left_keys and p.kind in HANDED_TO]
    parents = Counter(id(child) for p in plans for child in p.inputs) if joins else Counter()
    found = []
    for join in joins:
        sides, keys = (join.left, join.right), (join.left_keys, join.right_keys)
        for to in HANDED_TO[join.kind]:
            ways: dict[tuple[int, int], dict[int, int]] = {}
            for theirs, ours, null_safe in zip(keys[1 - to], keys[to], join.null_safe):
                at = None if null_safe else _origin(sides[to], ours, parents)
                given = None if at is None else _origin(sides[1 - to], theirs, None)
                if at is None or given is None or scans[at[0].relation] != 1:
                    continue
                (scan, place), (source, other) = at, given
                if same_values(scan.schema.types[place], source.schema.types[other]):
                    ways.setdefault((scan.relation, source.relation), {}).setdefault(scan.columns[place], source.columns[other])
            found += [Way(target, source, columns) for (target, source), columns in ways.items()]
    return tuple(found)


def _origin(node: Plan, column: int, parents: Mapping[int, int] | None) -> tuple[Scan, int] | None:
    """The scan, and which of its columns, whose values (or NULL) `column` of the node's rows are.

    `parents`, how many nodes read each: no other part of the plan may read what lies between.
    """
    while parents is None or parents[id(node)] == 1:
        match node:
            case Scan():
                return node, column
            case Map(input=below, exprs=exprs) if (at := column_of(exprs[column])) is not None:
                node, column = below, at
            case Aggregate(input=below, groups=groups) if column < len(groups):
                node, column = below, groups[column]
            case Distinct(input=below):
                node = below
            case Join(left=left, right=right):
                width = len(left.schema)
                node, column = (left, column) if column < width else (right, column - width)
            case _:
                return None
    return None


def by_constants(indexed: Indexed, entry: Relation, fixed: Fixed, parameters: Batch | None) -> Lookup | None:
    """The look-up that constants leave; `parameters` is one row."""
    for key in _keys(indexed, entry, fixed.keys()):
        types = tuple(entry.columns[c].type for c in key)
        values = [_stored_values(fixed[c], parameters, t) for c, t in zip(key, types)]
        if prod(len(v) for v in values) <= LOOKUP_KEYS:
            rows = list(product(*values))
            if any(None in row for row in rows):
                return None
            keys = Batch.from_rows(types, rows)
            return Lookup(key, keys if len(rows) == 1 else one_per_key(keys, range(len(key)), False))
    return None


def by_rows(indexed: Indexed, entry: Relation, way: Way, values: Batch) -> Lookup | None:
    """The look-up of what `values`, the columns of the source in the way's order, lead to."""
    places = {column: place for place, column in enumerate(way.columns)}
    for key in _keys(indexed, entry, places.keys()):
        keys = one_per_key(values.select([places[c] for c in key]), range(len(key)), False)
        if keys.num_rows <= LOOKUP_KEYS:
            return Lookup(key, keys)
    return None


def _keys(indexed: Indexed, entry: Relation, columns: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """The keys of a relation that lie within `columns`, and what of others begins within, the more telling ones first."""
    given = set(columns)
    yield from (k for k in entry.unique_keys if given.issuperset(k))
    prefixes = []
    for index in (*indexed.get(entry.id, ()), *entry.unique_keys):
        length = next((i for i, c in enumerate(index) if c not in given), len(index))
        if length:
            prefixes.append(index[:length])
    yield from sorted(prefixes, key=len, reverse=True)


def forget_unasked(indexed: Indexed, stored: StoredRelation) -> None:
    """The store's hash indexes over columns that no key and no index of the catalog begins with go. Under the engine's lock."""
    ways = (*indexed.get(stored.entry.id, ()), *stored.entry.unique_keys)
    for columns in stored.rows.indexed:
        if not any(columns == way[: len(columns)] for way in ways):
            stored.rows.drop_index(columns)


def _stored_values(given: Sequence[Lit | Param | Elements], parameters: Batch | None, stored: SqlType) -> list[Any]:
    """Those that a stored column can hold; NULL equals nothing, and stays only where it is a value of its own."""
    out = []
    for g in given:
        if isinstance(g, Elements):
            out += [x for v in _value(g.array, parameters) or () if v is not None for x in stored_value(v, g.type, stored)]
        else:
            out += stored_value(_value(g, parameters), g.type, stored)
    return out


def _value(given: Lit | Param, parameters: Batch | None) -> Any:
    if isinstance(given, Lit):
        return given.value
    assert parameters is not None
    return parameters.cell(0, given.number - 1)

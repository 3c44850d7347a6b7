"""Facts derived from a logical plan: columns that are never NULL, unique column sets, insert-only streams."""

from __future__ import annotations

from ...kernels.expr.spec import And, Call, Case, Coalesce, Expr, Lit, Or, Var, conjuncts
from . import node as n

_STRICT_COMPARISONS = frozenset(f"compare.{op}" for op in ("eq", "ne", "lt", "le", "gt", "ge"))
_NEVER_NULL = frozenset(
    ("bool.is_null", "bool.is_not_null", "bool.is_true", "bool.is_not_true", "bool.is_false", "bool.is_not_false",
     "compare.is_distinct", "compare.is_not_distinct")
)  # fmt: skip
COUNTS = frozenset(("count", "count_star", "regr_count", "approx_count_distinct"))


def never_null(e: Expr, columns: frozenset[int]) -> bool:
    """`e` can't be NULL when `columns` can't (casts and functions are not looked into)."""
    match e:
        case Var():
            return e.id in columns
        case Lit():
            return e.value is not None
        case Coalesce():
            return any(never_null(a, columns) for a in e.args)
        case And() | Or():
            return all(never_null(a, columns) for a in e.args)
        case Case():
            return never_null(e.otherwise, columns) and all(never_null(v, columns) for _, v in e.branches)
        case Call():
            if e.kernel in _NEVER_NULL:
                return True
            return e.kernel in _STRICT_COMPARISONS and all(never_null(a, columns) for a in e.args)
        case _:
            return False


def refused_nulls(predicate: Expr | None) -> frozenset[int]:
    """Columns that can't be NULL where `predicate` is true."""
    found: set[int] = set()
    for part in () if predicate is None else conjuncts(predicate):
        if isinstance(part, Call):
            if part.kernel in _STRICT_COMPARISONS or part.kernel == "bool.is_not_null":
                found.update(a.id for a in part.args if isinstance(a, Var))
        elif isinstance(part, Var):
            found.add(part.id)
    return frozenset(found)


def not_null(node: n.Node) -> frozenset[int]:
    """Ids of output columns that are never NULL."""
    match node:
        case n.Scan():
            return node.not_null
        case n.Filter():
            return not_null(node.input) | (refused_nulls(node.predicate) & node.ids)
        case n.Project():
            below = not_null(node.input)
            return frozenset(v.id for v, e in node.items if never_null(e, below))
        case n.Join() | n.DependentJoin():
            left = not_null(node.left)
            match node.kind:
                case "inner":
                    refused = refused_nulls(node.condition)
                    return left | not_null(node.right) | (refused & (node.left.ids | node.right.ids))
                case "left":
                    return left
                case "right":
                    return not_null(node.right)
                case "full":
                    return frozenset()
                case "semi":
                    return left | (refused_nulls(node.condition) & node.left.ids)
                case "mark":
                    assert isinstance(node, n.DependentJoin) and node.mark is not None
                    return left | {node.mark.id}
                case _:
                    return left
        case n.Aggregate():
            counts = frozenset(v.id for v, c in node.calls if c.function in COUNTS)
            return (not_null(node.input) & n.ids(node.groups)) | counts
        case n.TopN():
            below = not_null(node.input)
            return below if node.number is None else below | {node.number.id}
        case n.Values():
            return frozenset(
                v.id for i, v in enumerate(node.columns) if all(never_null(r[i], frozenset()) for r in node.rows)
            )
        case n.Union():
            found = frozenset(v.id for v in node.columns)
            for part in node.parts:
                known = not_null(part)
                found &= frozenset(c.id for c, v in zip(node.columns, part.vars) if v.id in known)
            return found
        case n.SetOp():
            known = not_null(node.left)
            return frozenset(c.id for c, v in zip(node.columns, node.left.vars) if v.id in known)
        case n.Changelog():
            return not_null(node.input) | {node.operation.id, node.number.id}
        case n.Window():
            counts = frozenset(v.id for v, c in node.calls if c.function in ("row_number", "rank", "dense_rank", "count"))
            return not_null(node.input) | counts
        case n.ProjectSet():
            return not_null(node.input)
        case n.TemporalJoin() | n.AsOfJoin():
            return not_null(node.left) if node.left_outer else not_null(node.left) | not_null(node.right)
        case n.Recursive() | n.RecursiveRef():
            return frozenset()
        case n.Unary():
            return not_null(node.input)
        case _:
            return frozenset()


_KEYS = 16  # of one node: those of a join multiply with every input


def keys(node: n.Node) -> tuple[frozenset[int], ...]:
    """Some column sets that are unique in the output (NULLs count as equal). The empty set: at most one row."""
    known: tuple[frozenset[int], ...] | None = node.__dict__.get("_keys")
    if known is None:
        found = tuple(dict.fromkeys(_keys(node)))
        if len(found) > _KEYS:
            least = [k for k in found if not any(other < k for other in found)]
            found = tuple(sorted(least, key=lambda k: (len(k), sorted(k)))[:_KEYS])
        known = node.__dict__["_keys"] = found
    return known


def _keys(node: n.Node) -> tuple[frozenset[int], ...]:
    match node:
        case n.Scan():
            return node.keys
        case n.Values():
            return (frozenset(),) if len(node.rows) <= 1 else ()
        case n.Clock():
            return (frozenset(),)
        case n.Project():
            names = {e.id: v.id for v, e in node.items if isinstance(e, Var)}
            return tuple(frozenset(names[i] for i in k) for k in keys(node.input) if all(i in names for i in k))
        case n.Aggregate():
            return (n.ids(node.groups),)
        case n.Distinct():
            return (*keys(node.input), node.ids)
        case n.SetOp():
            return () if node.all else (node.ids,)
        case n.Recursive():
            return () if node.all else (node.ids,)
        case n.SingleRow():
            return (*keys(node.input), n.ids(node.groups))
        case n.TopN():
            below = keys(node.input)
            if node.limit == 1 and node.rank == "row_number":
                below = (*below, n.ids(node.groups))
            return below
        case n.Filter():
            fixed = _fixed(node.predicate)
            return tuple(k - fixed for k in keys(node.input))
        case n.Join() | n.DependentJoin():
            left = keys(node.left)
            if node.kind in ("semi", "anti", "mark"):
                return left
            right = keys(node.right)
            equal = _equalities(node.condition)
            found = [a | b for a in left for b in right]
            if node.kind in ("inner", "left"):
                found += [k for k in left if any(_bound(r, equal, node.left.ids) for r in right)]
            if node.kind in ("inner", "right"):
                found += [k for k in right if any(_bound(r, equal, node.right.ids) for r in left)]
            return tuple(found)
        case n.AsOfJoin():
            return keys(node.left)
        case n.Changelog():
            return (frozenset((node.number.id,)),)
        case n.Window() | n.Sort() | n.WatermarkFilter() | n.EmitOnClose() | n.NowFilter():
            return keys(node.input)
        case _:
            return ()


def _fixed(predicate: Expr) -> frozenset[int]:
    """Columns that the predicate ties to a constant."""
    found: set[int] = set()
    for part in conjuncts(predicate):
        match part:
            case Call("compare.eq", (Var() as v, other)) | Call("compare.eq", (other, Var() as v)):
                read: set[int] = set()
                n.expr_vars(other, read)
                if not read:
                    found.add(v.id)
    return frozenset(found)


def _equalities(condition: Expr | None) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for part in () if condition is None else conjuncts(condition):
        match part:
            case Call("compare.eq" | "compare.is_not_distinct", (Var() as a, Var() as b)):
                found.setdefault(a.id, set()).add(b.id)
                found.setdefault(b.id, set()).add(a.id)
    return found


def _bound(key: frozenset[int], equal: dict[int, set[int]], other: frozenset[int]) -> bool:
    return all(not other.isdisjoint(equal.get(i, ())) for i in key)


def never_empty(node: n.Node) -> bool:
    """The plan always has a row: EXISTS over it is true."""
    match node:
        case n.Aggregate():
            return not node.groups
        case n.Values():
            return bool(node.rows)
        case n.Project() | n.Window() | n.Distinct() | n.SingleRow():
            return never_empty(node.input)
        case _:
            return False


def single_row(node: n.Node) -> bool:
    """At most one row, for each value of the free columns."""
    match node:
        case n.Filter():
            if single_row(node.input):
                return True
            outer = node.free
            fixed = set(_fixed(node.predicate))
            for part in conjuncts(node.predicate):
                match part:
                    case Call("compare.eq", (Var() as v, other)) | Call("compare.eq", (other, Var() as v)):
                        read: set[int] = set()
                        n.expr_vars(other, read)
                        if v.id in node.input.ids and not read & node.input.ids and read <= outer:
                            fixed.add(v.id)
                        if isinstance(other, Var) and other.id in node.input.ids and v.id in outer:
                            fixed.add(other.id)
            return any(k <= fixed for k in keys(node.input))
        case n.Project() | n.Distinct() | n.Window() | n.Sort() | n.SingleRow():
            return (isinstance(node, n.SingleRow) and not node.groups) or single_row(node.input)
        case n.TopN():
            return (node.limit == 1 and not node.groups and node.rank == "row_number") or single_row(node.input)
        case n.Aggregate():
            return not node.groups or single_row(node.input)
        case n.Join() | n.DependentJoin() if node.kind in ("semi", "anti", "mark"):
            return single_row(node.left)
        case n.Join() | n.DependentJoin() if node.kind in ("inner", "left"):
            return single_row(node.left) and single_row(node.right)
        case _:
            return any(not k for k in keys(node))


def append_only(node: n.Node) -> bool:
    """The stream of changes has no retractions. Kept with the node, of which deep plans ask again and again."""
    known: bool | None = node.__dict__.get("_append_only")
    if known is None:
        known = node.__dict__["_append_only"] = _append_only(node)
    return known


def _append_only(node: n.Node) -> bool:
    match node:
        case n.Scan():
            return node.append_only
        case n.Values():
            return True
        case n.Filter() | n.Project() | n.ProjectSet() | n.WatermarkFilter() | n.Sort():
            return append_only(node.input)
        case n.Distinct():
            return append_only(node.input)
        case n.EmitOnClose() | n.Changelog():
            return True
        case n.Join() | n.DependentJoin():
            if node.kind in ("inner", "semi"):
                return append_only(node.left) and append_only(node.right)
            return False
        case n.Union():
            return all(append_only(p) for p in node.parts)
        case n.TemporalJoin():
            return append_only(node.left)
        case _:
            return False

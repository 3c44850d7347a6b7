"""Functions of the session in a SELECT list with arguments that depend on the row: the same query with the arguments in their place."""

from __future__ import annotations

from sqlglot import exp

# Called once per statement, or per row in a SELECT list (planner/bind/params.py has their types).
SESSION_FUNCTIONS = frozenset(
    ("set_config", "pg_cancel_backend", "pg_terminate_backend", "pg_sleep", "pg_notify",
     *(f"pg_{t}advisory_{x}lock{s}" for t in ("", "try_") for x in ("", "xact_") for s in ("", "_shared")),
     "pg_advisory_unlock", "pg_advisory_unlock_shared")
)  # fmt: skip


def arguments_per_row(tree: exp.Expression) -> tuple[exp.Expression, tuple[tuple[str, str] | None, ...]] | None:
    """The query, and for each column the name and the function of the call whose arguments it gives (None: a column of its own).

    None when no call depends on the row.
    """
    if not isinstance(tree, exp.Select) or all(_call(item) is None for item in tree.expressions):
        return None
    changed = tree.copy()
    names: list[tuple[str, str] | None] = []
    items = []
    for item in changed.expressions:
        call = _call(item)
        if call is None:
            names.append(None)
            items.append(item)
        else:
            function = call.name.lower()
            names.append((item.alias or function, function))
            items.append(exp.alias_(exp.Tuple(expressions=[*call.expressions, exp.true()]), function))
    changed.set("expressions", items)
    return changed, tuple(names)


def _call(item: exp.Expression) -> exp.Anonymous | None:
    node = item.unalias()
    while isinstance(node, exp.Dot):
        node = node.expression
    if not isinstance(node, exp.Anonymous) or node.name.lower() not in SESSION_FUNCTIONS:
        return None
    return node if any(isinstance(n, (exp.Column, exp.Select)) for a in node.expressions for n in a.walk()) else None

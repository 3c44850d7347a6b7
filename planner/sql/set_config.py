"""set_config in a SELECT list with arguments that depend on the row: the same query with the arguments in its place."""

from __future__ import annotations

from sqlglot import exp

_CONSTANT = (exp.Literal, exp.Boolean, exp.Null, exp.Parameter, exp.Cast)


def arguments_per_row(tree: exp.Expression) -> tuple[exp.Expression, tuple[str | None, ...]] | None:
    """The query, and for each column the name of the call whose arguments it gives (None: a column of its own).

    None when no call depends on the row.
    """
    if not isinstance(tree, exp.Select) or all(_call(item) is None for item in tree.expressions):
        return None
    changed = tree.copy()
    names: list[str | None] = []
    items = []
    for item in changed.expressions:
        call = _call(item)
        names.append(None if call is None else item.alias or "set_config")
        items.append(item if call is None else exp.alias_(exp.Tuple(expressions=call.expressions), "set_config"))
    changed.set("expressions", items)
    return changed, tuple(names)


def _call(item: exp.Expression) -> exp.Anonymous | None:
    node = item.unalias()
    while isinstance(node, exp.Dot):
        node = node.expression
    if not isinstance(node, exp.Anonymous) or node.name.lower() != "set_config" or len(node.expressions) != 3:
        return None
    return None if all(isinstance(a, _CONSTANT) for a in node.expressions) else node

"""FROM: tables, views, CTEs, subqueries, functions and how they are joined; LATERAL sees what stands to its left."""

from __future__ import annotations

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ..logical import node as n
from .extracts import extract_query
from .pivot import rewritten
from .position import position_of
from .query import Bound, Env, bind_query, find_relation, settle, with_names
from .scope import EMPTY, Scope
from .subquery import Pendings
from .table_functions import bind_table_function, definitions_of, has_definitions
from .values import bind_values
from .views import relation_plan, stream_key
from .window_tables import bind_changelog, bind_window_table, window_function
from .with_ import reference

Item = tuple[n.Node, Scope]


def bind_from(tree: exp.Expression, env: Env, outer: Scope | None, pendings: Pendings) -> Item:
    """The rows of a SELECT's (or UPDATE's, DELETE's) FROM clause, and their scope."""
    clause = tree.args.get("from_")
    if clause is None:
        return n.ONE_ROW, EMPTY.inside(outer)
    return bind_items(clause.this, list(tree.args.get("joins") or ()), env, outer, pendings)


def bind_items(
    first: exp.Expression, joins: list[exp.Expression], env: Env, outer: Scope | None, pendings: Pendings,
    start: Item | None = None,
) -> Item:  # fmt: skip
    """Comma items are join trees of their own, put side by side from left to right."""
    from .join import bind_join, product

    groups: list[tuple[exp.Expression, list[exp.Expression]]] = [(first, [])]
    for join in joins:
        if is_comma(join):
            groups.append((join.this, []))
        else:
            groups[-1][1].append(join)
    plan, scope = start if start is not None else (None, EMPTY.inside(outer))
    for head, rest in groups:
        left = _lateral(scope, outer) if plan is not None else outer
        item_plan, item_scope = bind_item(head, env, outer, left)
        for join in rest:
            item_plan, item_scope = bind_join((item_plan, item_scope), join, env, outer, left, pendings)
        if plan is None:
            plan, scope = item_plan, item_scope.inside(outer)
        else:
            plan, scope = product(plan, item_plan), scope.join(item_scope).inside(outer)
    assert plan is not None
    return plan, scope


def is_comma(join: exp.Expression) -> bool:
    return not any(join.args.get(k) for k in ("on", "using", "kind", "side", "method"))


def _lateral(scope: Scope, outer: Scope | None) -> Scope:
    """What a lateral item sees: the items to its left, then the outer query."""
    return scope.inside(outer)


def bind_item(tree: exp.Expression, env: Env, outer: Scope | None, lateral: Scope | None) -> Item:
    """One FROM item. `lateral` is the scope of what stands to its left, for LATERAL and functions."""
    from .join import bind_join

    if tree.args.get("sample") is not None:
        tree = rewritten(tree, None, env.streaming)
    if tree.args.get("pivots"):
        plain = tree.copy()
        for part in ("pivots", "joins"):
            plain.set(part, None)
        names = tuple(name for name, _ in _bind_plain(plain, env, outer, lateral)[1].star())
        tree = rewritten(tree, names, env.streaming)
    item = _bind_plain(tree, env, outer, lateral)
    pendings = Pendings(env)
    for join in tree.args.get("joins") or ():
        item = bind_join(item, join, env, outer, lateral, pendings)
    return item


def _holds_join(tree: exp.Subquery) -> bool:
    """Whether the parentheses hold FROM items, `(a JOIN b …)`, and no query."""
    inner = tree.this
    if isinstance(inner, exp.Subquery):
        return bool(inner.args.get("joins")) or inner.args.get("alias") is not None or _holds_join(inner)
    return isinstance(inner, exp.Table)


def _bind_plain(tree: exp.Expression, env: Env, outer: Scope | None, lateral: Scope | None) -> Item:
    alias, names = alias_of(tree)
    match tree:
        case exp.Lateral():
            return _bind_lateral(tree, env, lateral, alias, names)
        case exp.Subquery():
            if _holds_join(tree):
                return _parenthesised_join(tree, env, outer, lateral, alias, names)
            bound = settle(bind_query(tree.this if not _has_clauses(tree) else tree, env, outer), env, narrow=False)
            return _named(bound, alias, names, outer, position_of(tree))
        case exp.Values():
            bound = settle(bind_values(tree, env, outer), env, narrow=False)
            return _named(bound, alias, names, outer, position_of(tree))
        case exp.Unnest():
            return _bind_unnest(tree, env, lateral, alias, names, outer)
        case exp.Table(this=exp.Values()):  # in the parentheses of a join
            return _named(settle(bind_values(tree.this, env, outer), env, narrow=False), alias, names, outer, position_of(tree))
        case exp.Table():
            return _bind_table(tree, env, outer, lateral, alias, names)
        case exp.Anonymous() | exp.Func():
            made, table = bind_table_function([tree], alias, names, False, env, lateral, definitions_of(tree, env))
            return made.plan, _results(table, made, tree).inside(outer)
        case exp.Select() | exp.SetOperation():
            return _named(settle(bind_query(tree, env, outer), env, narrow=False), alias, names, outer, position_of(tree))
        case _:
            raise Unsupported(
                f"{type(tree).__name__} is not supported in FROM", hint="Use a table, query or function.",
                position=position_of(tree),
            )  # fmt: skip


def _has_clauses(tree: exp.Expression) -> bool:
    return any(tree.args.get(k) is not None for k in ("order", "limit", "offset", "with_"))


def alias_of(tree: exp.Expression) -> tuple[str, tuple[str, ...]]:
    """(alias or "", column aliases)."""
    alias = tree.args.get("alias")
    if alias is None:
        return "", ()
    if not isinstance(alias, exp.TableAlias):
        return (alias.name if isinstance(alias, exp.Expression) else str(alias)), ()
    names: list[str] = []
    for column in alias.args.get("columns") or ():
        names.append(column.name)
    return (alias.this.name if alias.this is not None else ""), tuple(names)


def _named(bound: Bound, alias: str, names: tuple[str, ...], outer: Scope | None, position: int | None) -> Item:
    columns = with_names(bound.columns, names, alias or "unnamed_subquery", position)
    return bound.plan, Scope.of(alias, tuple(columns)).following(bound.sequence).inside(outer)


def _results(table: str, made: Bound, tree: exp.Expression) -> Scope:
    """The columns of functions; the row of a function that gives single values is the value itself."""
    scope = Scope.of(table, tuple(made.columns)).following(made.sequence)
    return scope.of_values() if len(made.columns) == 1 and not has_definitions(tree) else scope


def _bind_unnest(
    tree: exp.Unnest, env: Env, lateral: Scope | None, alias: str, names: tuple[str, ...], parent: Scope | None
) -> Item:
    number = tree.args.get("offset")
    if isinstance(number, exp.Identifier):
        names = (*names, number.name)  # sqlglot takes the last column alias for the number's
    made, table = bind_table_function([tree], alias, names, bool(number), env, lateral)
    return made.plan, _results(table, made, tree).inside(parent)


def _bind_lateral(tree: exp.Lateral, env: Env, lateral: Scope | None, alias: str, names: tuple[str, ...]) -> Item:
    inner = tree.this
    if isinstance(inner, exp.Subquery):
        bound = settle(bind_query(inner.this if not _has_clauses(inner) else inner, env, lateral), env, narrow=False)
        return _named(bound, alias, names, lateral, position_of(tree))
    if isinstance(inner, exp.Table) and not isinstance(inner.this, exp.Func):
        return bind_item(inner, env, lateral, lateral)
    if isinstance(inner, exp.Unnest):
        return _bind_unnest(inner, env, lateral, alias, names, lateral)
    ordinality = bool(tree.args.get("ordinality"))
    if (query := extract_query(inner)) is not None and not ordinality:
        return _named(settle(bind_query(query, env, lateral), env), alias or inner.name, names, lateral, position_of(tree))
    made, table = bind_table_function([inner], alias, names, ordinality, env, lateral, definitions_of(tree, env))
    return made.plan, _results(table, made, tree)


def _parenthesised_join(
    tree: exp.Subquery, env: Env, outer: Scope | None, lateral: Scope | None, alias: str, names: tuple[str, ...]
) -> Item:
    from .join import bind_join

    inner = tree.this
    joins = list(inner.args.get("joins") or ())
    pendings = Pendings(env)
    item = _bind_plain(inner, env, outer, lateral)
    for join in joins:
        item = bind_join(item, join, env, outer, lateral, pendings)
    if not alias:
        return item
    plan, scope = item
    columns = with_names(tuple(_as_vars(scope, env)), names, alias)
    return _project_star(plan, scope, columns), Scope.of(alias, columns).inside(outer)


def _as_vars(scope: Scope, env: Env) -> list:  # type: ignore[type-arg]
    return [(name, env.ctx.new_var(e.type, name)) for name, e in scope.star()]


def _project_star(plan: n.Node, scope: Scope, columns: tuple) -> n.Node:  # type: ignore[type-arg]
    return n.Project(plan, tuple((v, e) for (_, v), (_, e) in zip(columns, scope.star())))


def is_present(version: exp.Expression) -> bool:
    """FOR SYSTEM_TIME AS OF the time of reading."""
    moment = version.args.get("expression")
    return isinstance(moment, exp.Anonymous) and moment.name in ("proctime", "now") and not moment.expressions


def _bind_table(
    tree: exp.Table, env: Env, outer: Scope | None, lateral: Scope | None, alias: str, names: tuple[str, ...]
) -> Item:
    position = position_of(tree)
    version = tree.args.get("version")
    joined = isinstance(tree.parent, exp.Join) and version is not None and isinstance(version.args.get("expression"), exp.Column)
    if version is not None and not is_present(version) and not joined:
        raise Unsupported("only FOR SYSTEM_TIME AS OF PROCTIME() is supported", hint="A table is read as it is now.", position=position)
    calls = tree.args.get("rows_from")
    ordinality = bool(tree.args.get("ordinality"))
    if calls is not None:
        made, table = bind_table_function(list(calls), alias, names, ordinality, env, lateral, definitions_of(tree, env))
        return made.plan, _results(table, made, tree).inside(outer)
    if not isinstance(tree.this, exp.Identifier):
        window = window_function(tree.this)
        if window is not None:
            return _window_item(tree, env, outer, lateral, alias, names)
        if (query := extract_query(tree.this)) is not None and not ordinality:
            return _named(settle(bind_query(query, env, lateral), env), alias or tree.this.name, names, lateral, position)
        made, table = bind_table_function([tree.this], alias, names, ordinality, env, lateral, definitions_of(tree, env))
        return made.plan, _results(table, made, tree).inside(outer)
    if ordinality:
        raise UserError("syntax error: WITH ORDINALITY follows a function", position=position)
    parts = tuple(p.name for p in tree.parts)
    if len(parts) == 1:
        cte = env.ctes.get(parts[0])
        if cte is not None:
            bound = reference(cte, env, outer, position)
            named = with_names(bound.columns, names, alias or parts[0], position)
            concealed = tuple(name in cte.hidden for name, _ in bound.columns) if cte.hidden else ()
            scope = Scope.of(alias or parts[0], tuple(named), concealed).following(bound.sequence)
            return bound.plan, scope.inside(outer)
    relation = find_relation(env, parts, position)
    bound = relation_plan(relation, env if outer is None else env.having(locked=frozenset()), position)
    columns = with_names(bound.columns, names, alias or relation.name, position)
    hidden = () if relation.kind == "index" else tuple(c.hidden for c in relation.columns)
    schema = None if alias else relation.schema
    return bound.plan, Scope.of(alias or relation.name, tuple(columns), hidden, schema).following(bound.sequence).inside(outer)


def _window_item(
    tree: exp.Table, env: Env, outer: Scope | None, lateral: Scope | None, alias: str, names: tuple[str, ...]
) -> Item:
    call = tree.this
    first = call.expressions[0]
    position = position_of(first)
    hidden: tuple[bool, ...] = ()
    key: tuple[int, ...] = ()
    if isinstance(first, exp.Column):
        parts = tuple(p.name for p in first.parts)
        cte = env.ctes.get(parts[0]) if len(parts) == 1 else None
        if cte is not None:
            table = reference(cte, env, outer, position)
        else:
            relation = find_relation(env, parts, position)
            table = relation_plan(relation, env, position)
            hidden = tuple(c.hidden for c in relation.columns)
            if call.name == "table_changelog":
                key = stream_key(relation, env)
        label = parts[-1]
    elif isinstance(first, (exp.Subquery, exp.Select, exp.SetOperation)):
        table, label = settle(bind_query(first, env, lateral), env), call.name
    else:
        raise UserError(f"the first argument of {call.name} must be a table", "42601", position=position)
    if call.name == "table_changelog":
        made = bind_changelog(table, key, env)
    else:
        made = bind_window_table(call, table, label, env, outer)
    columns = with_names(made.columns, names, alias or label, position)
    flags = (*hidden, *(False,) * (len(columns) - len(hidden))) if hidden else ()
    if call.name == "table_changelog":
        flags = (*(hidden or (False,) * len(table.columns)), False, True)
    elif call.name != "gap_fill":
        flags = (*(flags or (False,) * len(columns))[:-1], True)  # window_time
    return made.plan, Scope.of(alias or label, tuple(columns), flags).inside(outer)

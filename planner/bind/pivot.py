"""PIVOT, UNPIVOT and TABLESAMPLE of a FROM item, as the queries that they stand for.

    t PIVOT (sum(x) FOR k IN (1 AS a, 2 AS b))   is  (SELECT g, sum(x) FILTER (WHERE k = 1) AS a, … FROM t GROUP BY g)
    t UNPIVOT (v FOR k IN (a, b))                is  (SELECT g, k, v FROM t, LATERAL (VALUES ('a', a), ('b', b)) u (k, v)
                                                      WHERE v IS NOT NULL)
    t TABLESAMPLE BERNOULLI (10)                 is  (SELECT * FROM t WHERE random() * 100 < 10)

where g are the columns of t that are not named.
"""

from __future__ import annotations

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from .position import position_of

_UNPIVOTED = "__unpivoted"


def rewritten(tree: exp.Expression, columns: tuple[str, ...] | None, streaming: bool) -> exp.Subquery:
    """The item as a subquery. `columns`: the names of its columns, which PIVOT and UNPIVOT need."""
    source = tree.copy()
    sample, pivots, joins = source.args.get("sample"), source.args.get("pivots") or [], source.args.get("joins")
    for part in ("sample", "pivots", "joins"):
        source.set(part, None)
    if sample is not None and pivots:
        raise Unsupported("PIVOT of a sample is not supported", hint="Put the sample into a subquery.", position=position_of(tree))
    alias = source.args.get("alias")
    if sample is not None:
        query: exp.Select = _sampled(source, sample, streaming)
    else:
        if len(pivots) > 1:
            raise Unsupported("several PIVOT of one item are not supported", hint="Put the first one into a subquery.",
                              position=position_of(tree))  # fmt: skip
        alias = pivots[0].args.get("alias") or alias
        query = (_unpivoted if pivots[0].args.get("unpivot") else _pivoted)(source, pivots[0], columns or ())
    made = exp.Subquery(this=query, alias=None if alias is None else alias.copy(), joins=joins)
    if alias is None and isinstance(source, exp.Table):
        made.set("alias", exp.TableAlias(this=exp.to_identifier(source.name, quoted=True)))
    return made


def _select(columns: list[exp.Expression], source: exp.Expression) -> exp.Select:
    return exp.Select(expressions=columns, from_=exp.From(this=source))


def _sampled(source: exp.Expression, sample: exp.Expression, streaming: bool) -> exp.Select:
    percent, method = sample.args.get("percent"), sample.args.get("method")
    if streaming:
        raise Unsupported("TABLESAMPLE is not supported in views", hint="What is sampled would never be the same twice.",
                          position=position_of(sample))  # fmt: skip
    if sample.args.get("seed") is not None:
        raise Unsupported("TABLESAMPLE … REPEATABLE is not supported", position=position_of(sample))
    if percent is None or method is None or method.name.upper() not in ("BERNOULLI", "SYSTEM"):
        raise Unsupported("this form of TABLESAMPLE is not supported", hint="BERNOULLI (percent) and SYSTEM (percent) are.",
                          position=position_of(sample))  # fmt: skip
    if isinstance(percent, exp.Neg) or (isinstance(percent, exp.Literal) and float(percent.this) > 100):
        raise UserError("sample percentage must be between 0 and 100", "2202H", position=position_of(percent))
    chance = exp.Mul(this=exp.Anonymous(this="random", expressions=[]), expression=exp.Literal.number(100))
    query = _select([exp.Star()], source)
    query.set("where", exp.Where(this=exp.LT(this=chance, expression=exp.Paren(this=percent.copy()))))
    return query


def _column(name: str) -> exp.Column:
    return exp.Column(this=exp.to_identifier(name, quoted=True))


def _text(node: exp.Expression) -> str:
    """A value as the name of its column."""
    return node.name if isinstance(node, (exp.Literal, exp.Column, exp.Identifier)) else node.sql(dialect="postgres")


def _labelled(node: exp.Expression) -> tuple[exp.Expression, str | None]:
    """`x [AS name]`"""
    if isinstance(node, (exp.PivotAlias, exp.Alias)):
        return node.this, node.args["alias"].name
    return node, None


def _pivoted(source: exp.Expression, pivot: exp.Expression, columns: tuple[str, ...]) -> exp.Select:
    fields = pivot.args["fields"]
    if len(fields) != 1 or not isinstance(fields[0], exp.In) or not fields[0].expressions:
        raise Unsupported("PIVOT … FOR takes one list of values", position=position_of(pivot))
    key, calls = fields[0].this, [_labelled(x) for x in pivot.expressions]
    used = {c.name for x in (key, *(call for call, _ in calls)) for c in x.find_all(exp.Column)}
    group = pivot.args.get("group")
    kept = [x.copy() for x in group.expressions] if group is not None else [_column(c) for c in columns if c not in used]
    out: list[exp.Expression] = [x.copy() for x in kept]
    for entry in fields[0].expressions:
        value, label = _labelled(entry)
        for call, name in calls:
            parts = [label if label is not None else _text(value), *([name] if name is not None else [])]
            if name is None and len(calls) > 1:
                parts.append(call.name or call.key)
            condition = exp.Where(this=exp.EQ(this=key.copy(), expression=value.copy()))
            made = exp.Filter(this=call.copy(), expression=condition)
            out.append(exp.Alias(this=made, alias=exp.to_identifier("_".join(parts), quoted=True)))
    query = _select(out, source)
    if kept:
        query.set("group", exp.Group(expressions=[x.copy() for x in kept]))
    return query


def _unpivoted(source: exp.Expression, pivot: exp.Expression, columns: tuple[str, ...]) -> exp.Select:
    fields, values = pivot.args["fields"], pivot.expressions
    if len(fields) != 1 or len(values) != 1 or not isinstance(values[0], exp.Identifier):
        raise Unsupported("UNPIVOT takes one value column and one list of columns", position=position_of(pivot))
    label, value = fields[0].this.name, values[0].name
    entries = [_labelled(x) for x in fields[0].expressions]
    named = {c.name for c, _ in entries}
    rows = [
        exp.Tuple(expressions=[
            exp.Cast(this=exp.Literal.string(name or c.name), to=exp.DataType.build("varchar", dialect="postgres")), c.copy(),
        ])
        for c, name in entries
    ]  # fmt: skip
    alias = exp.TableAlias(this=exp.to_identifier(_UNPIVOTED), columns=[exp.to_identifier(x, quoted=True) for x in (label, value)])
    lateral = exp.Lateral(this=exp.Subquery(this=exp.Values(expressions=rows)), alias=alias)
    query = _select([_column(x) for x in (*(c for c in columns if c not in named), label, value)], source)
    query.set("joins", [exp.Join(this=lateral)])
    if not pivot.args.get("include_nulls"):
        query.set("where", exp.Where(this=exp.Not(this=exp.Is(this=_column(value), expression=exp.Null()))))
    return query

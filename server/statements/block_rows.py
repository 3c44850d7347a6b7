"""What functions in PL/pgSQL give besides one value: rows of RETURN NEXT and RETURN QUERY, records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...kernels.errors import UserError
from ...planner.sql import blocks as b

if TYPE_CHECKING:
    from .blocks import Scope


async def give(scope: Scope, step: b.Give) -> None:
    """RETURN NEXT and RETURN QUERY: more rows of the result."""
    from .blocks import _value, filled, quoted, rows_of

    root = scope.root()
    assert root.rows is not None
    if step.query is not None:
        if step.dynamic:
            given = await _value(scope, step.query, "text")
            if given is None:
                raise UserError("query string argument of EXECUTE is null", "22004")
            text = await with_values(scope, given, step.using)
        else:
            text = filled(scope, step.query.tokens, step.query.source)
        schema, rows = await rows_of(scope.session, text)
        types = tuple(t.without_mods() for t in schema.types)
        if root.columns is not None and types != tuple(t.without_mods() for t in root.columns):
            raise UserError("structure of query does not match function result type", "42804",
                            detail=f"The query gives ({', '.join(map(str, types))}).")
        root.rows += rows
        root.row_count = len(rows)
        scope.set_found(bool(rows))
        return
    if step.value is None:
        root.rows.append([v.value if (v := scope.find(name)) is not None else None for name in root.outputs])
        return
    row = await given_row(scope, step.value)
    if row is None and root.columns is not None and root.returns is not None:
        if len(root.columns) == 1 and str(root.columns[0]) == root.returns:
            row = [await _value(scope, step.value, root.returns)]
        else:
            (row,) = (await rows_of(scope.session, f"SELECT (({filled(scope, step.value.tokens, step.value.source)})::{root.returns}).*"))[1]
    if row is None or (root.columns is not None and len(row) != len(root.columns)):
        raise UserError("wrong record type supplied in RETURN NEXT", "42804", hint=f"It gives {quoted(root.returns or 'record')}.")
    root.rows.append(row)


async def given_row(scope: Scope, value: b.Text) -> list[str | None] | None:
    """The fields of a record that is given by its name."""
    variable = scope.find(value.tokens[0].value) if len(value.tokens) == 1 and value.tokens[0].kind in ("word", "quoted") else None
    if variable is None or variable.fields is None:
        return None
    columns = scope.root().columns
    if not variable.fields and columns is not None:
        return [None] * len(columns)
    return [v for _, v in variable.fields.values()]


async def with_values(scope: Scope, text: str, using: tuple[b.Text, ...]) -> str:
    """The text of EXECUTE with the values of USING in place of its parameters."""
    from ...planner.sql.lexer import tokenize
    from .blocks import _replaced, _typed

    values = [await _typed(scope, u) for u in using]
    tokens = tuple(tokenize(text))
    parts = {t: values[int(t.value[1:]) - 1] for t in tokens if t.kind == "param" and 0 < int(t.value[1:]) <= len(values)}
    return _replaced(text, [t for t in tokens if t.kind != "end"], parts)

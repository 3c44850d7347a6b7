"""Arrays, rows and maps: constructors, fields, subscripts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from ...kernels.errors import Unsupported, UserError
from ...kernels.expr.spec import Call, Expr, Lit
from ...kernels.types import BOOL, CHAR, INT4, TEXT, VECTORS, SqlType, list_of, struct_of
from .calls import bind_call, call_function
from .coerce import Operand, can_coerce, coerce, unify
from .context import BindContext, SubqueryRef
from .expr import Binder, bind_expr, handles, subquery
from .fold import fold, freeze
from .position import position_of
from .scope import Scope


def row_items(node: exp.Expression) -> list[exp.Expression] | None:
    """The entries of (a, b) or ROW(a, b); None for anything else."""
    if isinstance(node, exp.Tuple):
        return list(node.expressions)
    if isinstance(node, exp.Anonymous) and node.name == "row":
        return list(node.expressions)
    return None


def is_array_query(node: exp.Array) -> bool:
    """ARRAY(query); with brackets a query is an item."""
    return node.args.get("value_constructor") is None and len(node.expressions) == 1 and isinstance(
        node.expressions[0], (exp.Query, exp.Values)
    )


@handles(exp.Array)
def _array(b: Binder, node: exp.Array) -> Expr:
    if is_array_query(node):
        return subquery(b, SubqueryRef("array", node.expressions[0], b.scope, position=position_of(node)))
    if len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Comprehension):
        return b.bind(node.expressions[0])
    return array_of(b, node, None)


def array_of(b: Binder, node: exp.Array, target: SqlType | None) -> Expr:
    """ARRAY[…]; with a target (a cast right around it) the items are cast one by one, as Postgres does."""
    position = position_of(node)
    if target is not None:
        elem = target.elem
        assert elem is not None
        items: list[Expr] = []
        for item in node.expressions:
            if isinstance(item, exp.Array) and elem.name == "list":
                items.append(array_of(b, item, elem))
            else:
                items.append(coerce(b.bind(item), elem, b.ctx, "e", position_of(item)))
        return make_array(items, elem)
    if not node.expressions:
        raise UserError(
            "cannot determine type of empty array",
            "42P18",
            hint="Explicitly cast to the desired type, for example ARRAY[]::integer[].",
            position=position,
        )
    elem, items = unify([b.operand(i) for i in node.expressions], "ARRAY", b.ctx)
    return make_array(items, elem)


def make_array(items: list[Expr], elem: SqlType) -> Expr:
    """A list value, constant if all items are."""
    if all(isinstance(i, Lit) for i in items):
        values = [i.value for i in items if isinstance(i, Lit)]
        if elem.name == "list" and not any(_dimensions(v, elem) for v in values):
            values = []
        return Lit(freeze(values), list_of(elem))
    return Call("array.make", tuple(items), list_of(elem))


def _dimensions(value: object, of: SqlType) -> tuple[int, ...]:
    """Lengths of the dimensions, outermost first; none for NULL and an empty array."""
    if of.name != "list" or of.elem is None or not isinstance(value, (list, tuple)) or not value:
        return ()
    return (len(value), *_dimensions(value[0], of.elem))


def is_even(value: object, of: SqlType) -> bool:
    """Whether the parts of an array's value have the same dimensions."""
    if not isinstance(value, (list, tuple)) or of.elem is None or of.elem.name != "list":
        return True
    return len({_dimensions(v, of.elem) for v in value}) <= 1 and all(is_even(v, of.elem) for v in value)


@handles(exp.Tuple)
def _tuple(b: Binder, node: exp.Tuple) -> Expr:
    return make_row(b, node.expressions)


def make_row(b: Binder, nodes: list[exp.Expression]) -> Expr:
    """ROW(…) with fields f1, f2 …; `t.*` is expanded."""
    values: list[Expr] = []
    for n in nodes:
        if isinstance(n, exp.Column) and isinstance(n.this, exp.Star):
            values += [e for _, e in b.scope.star(tuple(p.name for p in n.parts[:-1]), position_of(n))]
        else:
            values.append(b.settled(b.operand(n)))
    fields = struct_of(*((f"f{i}", v.type) for i, v in enumerate(values, 1)))
    if values and all(isinstance(v, Lit) for v in values):
        return Lit(tuple(v.value for v in values if isinstance(v, Lit)), fields)
    return Call("struct.row", tuple(values), fields)


@handles(exp.Struct)
def _struct(b: Binder, node: exp.Struct) -> Expr:
    """{'a': 1, 'b': 2}, DuckDB's row with names."""
    if not node.expressions or not all(isinstance(e, exp.PropertyEQ) for e in node.expressions):
        raise Unsupported("this form of a struct is not supported", position=position_of(node), hint="Write {'name': value, …}.")
    values = [b.settled(b.operand(e.expression)) for e in node.expressions]
    return Call("struct.row", tuple(values), struct_of(*((e.this.name, v.type) for e, v in zip(node.expressions, values))))


def field_of(value: Expr, name: str, position: int | None = None) -> Expr:
    """(value).name of a struct. 42703 for an unknown field, 42809 for what is no struct."""
    if value.type.name != "struct":
        raise UserError(
            f'column notation .{name} applied to type {value.type.without_mods()}, which is not a composite type',
            "42809",
            position=position,
        )
    for index, (field, field_type) in enumerate(value.type.fields):
        if field == name:
            if isinstance(value, Call) and value.kernel == "struct.row":
                return value.args[index]
            if isinstance(value, Lit):
                return Lit(None if value.value is None else value.value[index], field_type)
            return Call("struct.field", (value,), field_type, ints=(index,))
    raise UserError(f'column "{name}" not found in data type {value.type}', "42703", position=position)


def expand_fields(value: Expr, position: int | None = None) -> list[tuple[str, Expr]]:
    """(value).* : every field with its name."""
    if value.type.name != "struct":
        raise UserError(f"type {value.type} is not composite", "42809", position=position)
    return [(name, field_of(value, name, position)) for name, _ in value.type.fields]


@handles(exp.Dot)
def _dot(b: Binder, node: exp.Dot) -> Expr:
    position = position_of(node)
    if isinstance(node.expression, exp.Star):
        raise UserError('row expansion via "*" is not supported here', "0A000", position=position)
    if isinstance(node.expression, exp.Anonymous):
        if node.this is None:
            raise UserError("syntax error: a name is missing before the point", "42601", position=position)
        return bind_call(b, node.expression, schema=_schema_of(node.this))
    return field_of(b.bind(node.this), node.expression.name, position)


def _schema_of(node: exp.Expression) -> str:
    return node.expression.name if isinstance(node, exp.Dot) else node.name


@handles(exp.Bracket)
def _bracket(b: Binder, node: exp.Bracket) -> Expr:
    chain = _subscripts(node)
    if len(chain) > 1 and any(isinstance(i, exp.Slice) for i in chain):
        return _sliced(b, node, chain)
    value = b.operand(node.this)
    index = node.expressions[0]
    if value.type.name == "jsonb":
        path = jsonb_path((index,), b.scope, b.ctx)
        return b.operator("#>", value, Operand(path, position_of(index)))
    if value.type.name == "map":
        assert value.type.elem is not None
        key, item = value.type.elem.fields[0][1], value.type.elem.fields[1][1]
        return Call("map.get", (value.expr, coerce(b.bind(index), key, b.ctx, "i", position_of(index))), item)
    if value.type.name == "name" and isinstance(index, exp.Literal) and not index.is_string:
        # a name is an array of "char" counted from 0
        one = call_function(b, "substr", (value, Operand(Lit(int(index.this) + 1, INT4)), Operand(Lit(1, INT4))), value.position)
        return coerce(one, CHAR, b.ctx, "e")
    if value.type.name in ("text", "varchar", "bpchar") or (value.type.name == "unknown" and isinstance(value.expr, Lit)):
        return _characters(b, value, index)
    if value.type.name == "struct" and not isinstance(index, exp.Slice) and isinstance(name := b.bind(index), Lit):
        return _field_at(value, name.value, position_of(index))
    first = 1
    if value.type.name in VECTORS and value.type.elem is not None:
        first = 0
        value = Operand(coerce(value.expr, list_of(value.type.elem), b.ctx), value.position)
    if value.type.name != "list" or value.type.elem is None:
        raise UserError(
            f"cannot subscript type {value.type.without_mods()} because it does not support subscripting",
            "42804",
            position=value.position,
        )
    if isinstance(index, exp.Slice):
        bounds = (index.this, index.expression)
        args = tuple(
            Lit(0, INT4) if n is None else _place(b, coerce(b.bind(n), INT4, b.ctx, "a", position_of(n)), first)
            for n in bounds
        )
        given = tuple(int(n is not None) for n in bounds)
        return fold(Call("array.slice", (value.expr, *args), value.type, ints=given), b.ctx.facts)
    place = b.bind(index)
    if not can_coerce(place.type, INT4, "a"):
        raise UserError("array subscript must have type integer", "42804", position=position_of(index))
    wanted = _place(b, coerce(place, INT4, b.ctx, "a", position_of(index)), first)
    return fold(Call("array.index", (value.expr, wanted), value.type.elem), b.ctx.facts)


def _field_at(value: Operand, index: object, position: int | None) -> Expr:
    """DuckDB's row['field'] and row[1]."""
    names = [name for name, _ in value.type.fields]
    if isinstance(index, int) and 1 <= index <= len(names):
        return field_of(value.expr, names[index - 1], value.position)
    if not isinstance(index, str):
        raise UserError(f"there is no field {index} in {value.type}", "42703", position=position)
    return field_of(value.expr, index, value.position)


_PLACE = "CASE WHEN {0} < 0 THEN length($1) + 1 + {0} ELSE {0} END"


def _characters(b: Binder, value: Operand, index: exp.Expression) -> Expr:
    """DuckDB's 'text'[2] and 'text'[2:3]; what is negative counts from the end."""
    from .dialect_calls import expressed

    text = b.settled(value)
    if not isinstance(index, exp.Slice):
        return expressed(b, "subscript", f"substr($1, {_PLACE.format('$2')}, 1)", (text, b.bind(index)), value.position)
    whole = (exp.Literal.number(1), exp.Literal.number(-1))
    bounds = tuple(b.bind(n or default) for n, default in zip((index.this, index.expression), whole))
    first, last = f"greatest({_PLACE.format('$2')}, 1)", _PLACE.format("$3")
    return expressed(b, "slice", f"substr($1, {first}, greatest({last} - {first} + 1, 0))", (text, *bounds), value.position)


def jsonb_path(subscripts: Sequence[exp.Expression], scope: Scope, ctx: BindContext) -> Expr:
    """Subscripts of jsonb as text[]: integers and texts."""
    steps: list[Expr] = []
    for tree in subscripts:
        if isinstance(tree, exp.Slice):
            raise UserError("jsonb subscript does not support slices", "42804", position=position_of(tree))
        step = bind_expr(tree, scope, ctx)
        if step.type.name != "unknown" and step.type.category != "S" and not can_coerce(step.type, INT4):
            raise UserError(f"subscript type {step.type.without_mods()} is not supported", "42804", position=position_of(tree),
                            hint="jsonb subscript must be coercible to either integer or text.")  # fmt: skip
        steps.append(coerce(step, TEXT, ctx, "e", position_of(tree)))
    return make_array(steps, TEXT)


def _subscripts(node: exp.Expression) -> list[exp.Expression]:
    """Those of a[…][…]… from left to right."""
    found: list[exp.Expression] = []
    while isinstance(node, exp.Bracket):
        found.append(node.expressions[0])
        node = node.this
    return found[::-1]


def _sliced(b: Binder, node: exp.Expression, chain: list[exp.Expression]) -> Expr:
    """a[1:2][2:3]: a slice of each dimension. A subscript among slices, [n], is [1:n]."""
    while isinstance(node, exp.Bracket):
        node = node.this
    value = b.operand(node)
    if value.type.name != "list":
        raise UserError(
            f"cannot subscript type {value.type.without_mods()} because it does not support subscripting", "42804",
            position=value.position,
        )  # fmt: skip
    bounds = [(i.this, i.expression) if isinstance(i, exp.Slice) else (None, i) for i in chain]
    places = [
        tuple(Lit(0, INT4) if n is None else coerce(b.bind(n), INT4, b.ctx, "a", position_of(n)) for n in pair) for pair in bounds
    ]
    given = [tuple(int(n is not None) for n in pair) for pair in bounds]

    from .lambdas import close_lambda

    def part(array: Expr, depth: int) -> Expr:
        elem = array.type.elem
        made: Expr = Call("array.slice", (array, *places[depth]), array.type, ints=given[depth])
        if depth + 1 == len(chain):
            return made
        if elem is None or elem.name != "list":  # more subscripts than dimensions: nothing
            return Call("array.slice", (array, Lit(1, INT4), Lit(0, INT4)), array.type, ints=(1, 1))
        row = b.ctx.new_var(elem)
        made = Call("array.transform", (made, close_lambda(part(row, depth + 1), row)), array.type)
        some = Call("compare.gt", (Call("array.cardinality", (row,), INT4), Lit(0, INT4)), BOOL)
        return Call("array.filter", (made, close_lambda(some, row)), array.type)

    return fold(part(value.expr, 0), b.ctx.facts)


def _place(b: Binder, index: Expr, first: int) -> Expr:
    """A subscript as the place from 1, in an array whose subscripts begin at `first`."""
    return index if first == 1 else b.operator("+", Operand(index), Operand(Lit(1 - first, INT4)))

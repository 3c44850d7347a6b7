"""Maps written as text, `{key=>value, …}`: Materialize's input form."""

from __future__ import annotations

from ...kernels.errors import UserError
from ...kernels.expr.spec import Call, Expr, Lit
from ...kernels.types import UNKNOWN, SqlType
from .context import BindContext


def is_map_text(expr: Expr, target: SqlType) -> bool:
    """A literal that is to be a map."""
    return target.name == "map" and isinstance(expr, Lit) and isinstance(expr.value, str) and ("=>" in expr.value or expr.value.strip() == "{}")


def map_of_text(text: str, target: SqlType, ctx: BindContext, position: int | None) -> Expr:
    """The map; 22P02 for text of another form. Of two entries with a key the last one counts."""
    from .coerce import coerce
    from .composite import make_array
    from .fold import fold

    assert target.elem is not None
    (_, key), (_, item) = target.elem.fields
    entries = {k: v for k, v in _entries(text, position)}
    keys = [coerce(Lit(k, UNKNOWN), key, ctx, "e", position) for k in entries]
    values = [coerce(Lit(v, UNKNOWN), item, ctx, "e", position) for v in entries.values()]
    return fold(Call("map.from_key_values", (make_array(keys, key), make_array(values, item)), target), ctx.facts)


def _entries(text: str, position: int | None) -> list[tuple[str, str | None]]:
    inner = text.strip()
    if not (inner.startswith("{") and inner.endswith("}")):
        raise _malformed(text, position)
    out: list[tuple[str, str | None]] = []
    for part in _split(inner[1:-1], ","):
        pair = _split(part, "=>")
        if len(pair) != 2:
            raise _malformed(text, position)
        name = _plain(pair[0])
        if name is None:
            raise _malformed(text, position)
        out.append((name, _plain(pair[1])))
    return out


def _split(text: str, mark: str) -> list[str]:
    """The parts between marks that stand outside of quotes and braces."""
    parts, depth, quoted, start, at = [], 0, False, 0, 0
    while at < len(text):
        c = text[at]
        if c == "\\":
            at += 1
        elif c == '"':
            quoted = not quoted
        elif not quoted and c in "{}":
            depth += 1 if c == "{" else -1
        elif not quoted and not depth and text.startswith(mark, at):
            parts.append(text[start:at])
            at += len(mark) - 1
            start = at + 1
        at += 1
    return [*parts, text[start:]] if text.strip() else []


def _plain(text: str) -> str | None:
    """Without quotes and escapes; None for NULL."""
    text = text.strip()
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        out, skip = "", False
        for c in text[1:-1]:
            if c == "\\" and not skip:
                skip = True
                continue
            out, skip = out + c, False
        return out
    return None if text.lower() == "null" else text


def _malformed(text: str, position: int | None) -> UserError:
    return UserError(f'malformed map literal: "{text}"', "22P02", position=position)

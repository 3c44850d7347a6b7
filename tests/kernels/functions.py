"""Calling catalogue functions directly: `call("lower", "ABC")` picks the first overload that fits the Python values."""

from typing import Any

from sabot.kernels import types as t
from sabot.kernels.expr.program import SessionFacts, evaluate
from sabot.kernels.expr.spec import Call, Expr, Lit
from sabot.kernels.types import SqlType
from sabot.planner.functions import all_functions, all_operators
from sabot.planner.functions.signature import Pseudo, Signature

FACTS = SessionFacts()


def typed(value: Any) -> Expr:
    """A literal; numbers are int4, strings text, bytes bytea, (value, SqlType) pairs what they say."""
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], SqlType):
        return Lit(*value)
    if isinstance(value, bool):
        return Lit(value, t.BOOL)
    kinds = {int: t.INT4, float: t.FLOAT8, str: t.TEXT, bytes: t.BYTEA, type(None): t.TEXT}
    return Lit(value, kinds[type(value)])


def _fits(signature: Signature, args: list[SqlType]) -> bool:
    wanted = list(signature.args)
    if signature.variadic:
        wanted += wanted[-1:] * (len(args) - len(wanted))
    if len(wanted) != len(args):
        return False
    for want, have in zip(wanted, args):
        if isinstance(want, Pseudo):
            if "range" in want.name:
                return False
            arrays = want.name in ("anyarray", "anycompatiblearray")
            if arrays != (have.name == "list") and want.name not in ("any", "anyelement", "anycompatible"):
                return False
            if (want.name == "anymap") != (have.name == "map") and want.name in ("anymap", "anynonarray"):
                return False
        elif want != have:
            return False
    return True


def _run(candidates: tuple[Signature, ...], values: tuple[Any, ...], to: SqlType | None) -> Any:
    args = tuple(typed(v) for v in values)
    types = [a.type for a in args]
    for s in candidates:
        if _fits(s, types):
            if to is None:
                to = s.result(tuple(types)) if s.result else s.returns if isinstance(s.returns, SqlType) else types[0]
            assert s.kernel is not None
            return evaluate(Call(s.kernel, args, to, s.ints, s.texts), FACTS)
    raise LookupError(f"no overload for {', '.join(map(str, types))}")


def call(name: str, *values: Any, to: SqlType | None = None) -> Any:
    """The value of a function call."""
    return _run(all_functions()[name], values, to)


def operate(symbol: str, *values: Any, to: SqlType | None = None) -> Any:
    """The value of an operator."""
    return _run(all_operators()[symbol], values, to)

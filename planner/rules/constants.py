"""What constants decide in expressions, as PostgreSQL's planner has it.

    a / 0 + NULL                       becomes  NULL: a strict function of NULL is not called
    CASE WHEN false THEN x ELSE y END  becomes  y
    coalesce(a, 1, b)                  becomes  coalesce(a, 1)
    NULL AND false                     becomes  false
    bigint = 5                         becomes  bigint = 5::bigint

Of constants a query is told at once what is wrong: `refuse_constants` raises the error that evaluating them gives, in any
row or in none, unless they stand where a constant has decided that nothing is evaluated.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from ...kernels.errors import RowError
from ...kernels.expr.program import SessionFacts, evaluate
from ...kernels.expr.spec import (
    And,
    Call,
    Case,
    Coalesce,
    Expr,
    Kept,
    Lambda,
    Let,
    Lit,
    Or,
    children,
    transform,
    walk,
    with_children,
)
from ...kernels.types import BOOL
from ..functions import all_functions, all_operators
from ..functions.cast import is_stable
from ..logical import node as n
from ..logical.rewrite import map_exprs
from ..logical.rewrite import transform as transform_plan

TRUE, FALSE, NULL = Lit(True, BOOL), Lit(False, BOOL), Lit(None, BOOL)
_DECIDING: dict[type, tuple[Lit, Lit]] = {And: (FALSE, TRUE), Or: (TRUE, FALSE)}
_CHANGED = (n.Project, n.Aggregate, n.Window, n.ProjectSet)
_OF_CONSTANTS = frozenset(("bool.not", "bool.is_null", "bool.is_not_null", "misc.relabel", "array.index"))
_WIDTHS = {"int2": 15, "int4": 31, "int8": 63}


@cache
def _kernels() -> tuple[frozenset[str], frozenset[str]]:
    """Kernels of strict functions, and those whose result depends on nothing but their arguments."""
    strict: set[str] = set()
    lenient: set[str] = set()
    varying: set[str] = set()
    scalar: set[str] = set()
    for table in (all_functions(), all_operators()):
        for signature in (s for found in table.values() for s in found):
            kernel = signature.kernel or ""
            (strict if signature.strict and not signature.set_returning else lenient).add(kernel)
            if not signature.set_returning:
                scalar.add(kernel)
            if signature.volatility != "immutable" or signature.context is not None:
                varying.add(kernel)
    strict -= lenient
    return frozenset(strict), frozenset(scalar - varying)


def settle_constants(plan: n.Node, facts: SessionFacts) -> tuple[n.Node, bool]:
    """The plan with what constants decide decided, and whether an expression of constants fails."""
    simplifier = _Simplifier(facts, raising=False)
    settled = transform_plan(plan, simplifier.node)
    return settled, simplifier.failures > 0


def refuse_constants(plan: n.Node, facts: SessionFacts) -> None:
    """Raises the error of an expression of constants that would be evaluated if there were a row."""
    transform_plan(plan, _Simplifier(facts, raising=True).node)


def _of_one_width(e: Call) -> Call:
    """An integer that is compared with another is of its type, if it fits: a key is found by values of its type."""
    args = list(e.args)
    for at, beside in enumerate(reversed(args)) if len(args) == 2 else ():
        given = args[at]
        if isinstance(given, Lit) and isinstance(given.value, int) and given.type.name in _WIDTHS and beside.type != given.type:
            bits = _WIDTHS.get(beside.type.name)
            if bits is not None and -(1 << bits) <= given.value < 1 << bits:
                args[at] = Lit(given.value, beside.type)
    return e if all(a is b for a, b in zip(args, e.args)) else replace(e, args=tuple(args))


class _Simplifier:
    def __init__(self, facts: SessionFacts, raising: bool) -> None:
        self.facts = facts
        self.raising = raising
        self.failures = 0

    def node(self, node: n.Node) -> n.Node:
        match node:
            case n.Filter():
                predicate = self._truth(self.expr(node.predicate))
                return node if predicate is node.predicate else replace(node, predicate=predicate)
            case n.Join() | n.DependentJoin() if node.condition is not None:
                condition = self._truth(self.expr(node.condition))
                return node if condition is node.condition else replace(node, condition=condition)
        if not isinstance(node, _CHANGED) or all(self.expr(e) is e for e in node.exprs()):
            return node
        return map_exprs(node, self.expr)

    def _truth(self, e: Expr) -> Expr:
        """The same condition where NULL is as good as false."""
        if e == NULL:
            return FALSE
        nested = isinstance(e, (And, Or)) and any(a == NULL or isinstance(a, (And, Or)) for a in e.args)
        if not isinstance(e, (And, Or)) or not nested:
            return e
        args = tuple(self._truth(a) for a in e.args)
        return e if all(a is b for a, b in zip(args, e.args)) else self._logic(type(e)(args), *_DECIDING[type(e)])

    def expr(self, e: Expr) -> Expr:
        match e:
            case Call(kernel="misc.try"):
                return e  # what fails inside is NULL
            case Call():
                return self._call(e)
            case And() | Or():
                return self._logic(e, *_DECIDING[type(e)])
            case Case():
                return self._case(e)
            case Coalesce():
                return self._coalesce(e)
            case Lambda():
                return self._below(e)
            case Let():
                return self._let(e)
            case _:
                return e

    def _below(self, e: Expr) -> Expr:
        old = children(e)
        new = tuple([self.expr(c) for c in old])
        return e if all(a is b for a, b in zip(old, new)) else with_children(e, new)

    def _let(self, e: Let) -> Expr:
        made = self._below(e)
        assert isinstance(made, Let)
        if isinstance(made.value, Lit):
            value = made.value
            return self.expr(transform(made.body, lambda x: value if isinstance(x, Kept) and x.id == made.id else x))
        return made if any(isinstance(x, Kept) and x.id == made.id for x in walk(made.body)) else made.body

    def _call(self, e: Call) -> Expr:
        failures = self.failures
        made = self._below(e)
        assert isinstance(made, Call)
        if self.failures > failures:
            return made  # evaluated first, and refused in the end
        if made.kernel in ("array.any", "array.all") and made.args[0] == Lit((), made.args[0].type):
            return Lit(made.kernel == "array.all", BOOL)
        if made.volatile or not any(isinstance(a, Lit) for a in made.args):
            return made
        cast = made.kernel.startswith("cast.")
        strict, immutable = _kernels()
        if (cast or made.kernel in strict) and any(isinstance(a, Lit) and a.value is None for a in made.args):
            return Lit(None, made.type)
        if made.kernel.startswith("compare."):
            made = _of_one_width(made)
        if not all(isinstance(a, Lit) for a in made.args) or not (cast or made.kernel in immutable or made.kernel in _OF_CONSTANTS):
            return made
        if cast and is_stable(made.args[0].type, made.type):
            return made
        return self._evaluated(made)

    def _evaluated(self, e: Call) -> Expr:
        from ..bind.fold import freeze

        try:
            return Lit(freeze(evaluate(e, self.facts)), e.type)
        except RowError:
            if self.raising:
                raise
            self.failures += 1
            return e

    def _logic(self, e: And | Or, deciding: Lit, neutral: Lit) -> Expr:
        kept: list[Expr] = []
        unknown, failures = False, self.failures
        for old in e.args:
            arg = self.expr(old)
            if arg == deciding:
                if self.failures > failures:
                    return type(e)((*kept, deciding))  # what stands before it is evaluated, and fails
                return deciding
            if isinstance(arg, Lit):
                unknown |= arg.value is None
            else:
                kept.append(arg)
        if unknown:
            kept.append(NULL)
        if len(kept) == len(e.args) and all(a is b for a, b in zip(kept, e.args)):
            return e
        return neutral if not kept else kept[0] if len(kept) == 1 else type(e)(tuple(kept))

    def _case(self, e: Case) -> Expr:
        branches: list[tuple[Expr, Expr]] = []
        otherwise: Expr | None = None
        for condition, value in e.branches:
            test = self.expr(condition)
            if isinstance(test, Lit):
                if test.value is not True:
                    continue
                otherwise = self.expr(value)
                break
            branches.append((test, self.expr(value)))
        if otherwise is None:
            otherwise = self.expr(e.otherwise)
        if not branches:
            return otherwise
        same = len(branches) == len(e.branches) and otherwise is e.otherwise
        if same and all(a is x and b is y for (a, b), (x, y) in zip(branches, e.branches)):
            return e
        return Case(tuple(branches), otherwise, e.type)

    def _coalesce(self, e: Coalesce) -> Expr:
        kept: list[Expr] = []
        for old in e.args:
            arg = self.expr(old)
            if isinstance(arg, Lit) and arg.value is None:
                continue
            kept.append(arg)
            if isinstance(arg, Lit):
                break
        if not kept:
            return Lit(None, e.type)
        if len(kept) == 1:
            return kept[0]
        return e if len(kept) == len(e.args) and all(a is b for a, b in zip(kept, e.args)) else Coalesce(tuple(kept), e.type)

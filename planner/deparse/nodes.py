"""What a deparsed expression is made of, and where it needs parentheses.

`pretty` leaves out parentheses that precedence makes superfluous; without it every operator has its own, as in PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


class Undeparsable(Exception):
    """Something that has no canonical form here: the text as it was written has to do."""


@dataclass(frozen=True, slots=True)
class Node:
    pass


@dataclass(frozen=True, slots=True)
class Leaf(Node):
    """A column, a constant (`constant`: its type's name), a keyword."""

    text: str
    constant: str | None = None


@dataclass(frozen=True, slots=True)
class Call(Node):
    """Something with parentheses or brackets of its own: head, arguments, what closes it."""

    head: str
    args: tuple[Node, ...]
    tail: str = ")"
    between: str = ", "


@dataclass(frozen=True, slots=True)
class Phrase(Node):
    """Words and expressions in parentheses of their own: (x AT TIME ZONE 'UTC')."""

    parts: tuple[str | Node, ...]


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """A call with DISTINCT, ORDER BY, FILTER, WITHIN GROUP or OVER."""

    name: str
    args: tuple[Node, ...] = ()
    star: bool = False
    distinct: bool = False
    order: tuple[tuple[Node, str], ...] = ()
    within: tuple[tuple[Node, str], ...] = ()
    filter: Node | None = None
    over: str | Window | None = None


@dataclass(frozen=True, slots=True)
class Window:
    name: str = ""
    partition: tuple[Node, ...] = ()
    order: tuple[tuple[Node, str], ...] = ()
    frame: str = ""
    bounds: tuple[Node, ...] = ()  # in place of the {} of the frame


@dataclass(frozen=True, slots=True)
class Cast(Node):
    arg: Node
    type: str
    relabel: bool = False  # the value stays as it is
    name: str = ""


@dataclass(frozen=True, slots=True)
class Hidden(Node):
    """A cast that is not shown, at the top of an expression."""

    arg: Node


@dataclass(frozen=True, slots=True)
class Op(Node):
    symbol: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ArrayOp(Node):
    symbol: str
    left: Node
    word: str  # ANY, ALL
    right: Node


@dataclass(frozen=True, slots=True)
class Bool(Node):
    word: str  # AND, OR, NOT
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Test(Node):
    """IS NULL and its like; IS DISTINCT FROM with `right`."""

    arg: Node
    words: str
    right: Node | None = None


@dataclass(frozen=True, slots=True)
class Case(Node):
    arg: Node | None
    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Subscript(Node):
    arg: Node
    keys: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class FieldOf(Node):
    arg: Node
    name: str


@dataclass(frozen=True, slots=True)
class Sub(Node):
    """A subquery: `head` is EXISTS, ARRAY or empty; with `left` it is left op [ANY|ALL] (query)."""

    query: Callable[[Writer], None] = field(compare=False)
    head: str = ""
    left: Node | None = None
    symbol: str = ""


INDENT, VARIABLE, JOINED = 8, 4, 4
_SEPARATED = (Call, Aggregate, Subscript, Case, Phrase)


class Writer:
    """The text so far, and how deep it is indented. `lines`: clauses stand on lines of their own."""

    def __init__(self, *, pretty: bool, lines: bool) -> None:
        self.text, self.level = "", 0
        self.pretty, self.lines = pretty, lines

    def put(self, text: str) -> None:
        self.text += text

    def keyword(self, text: str, before: int = 0, after: int = 0, plus: int = 0) -> None:
        """A key word that begins a line."""
        if not self.lines:
            self.text += text
            return
        self.level += before
        self.text = self.text.rstrip(" ") + "\n" + " " * (max(self.level, 0) + plus) + text
        self.level = max(self.level + after, 0)

    def apart(self) -> Writer:
        """For a piece that is put in later."""
        made = Writer(pretty=self.pretty, lines=self.lines)
        made.level = self.level
        return made

    def line_length(self) -> int:
        return len(self.text) - (self.text.rfind("\n") + 1)

    def node(self, node: Node, parent: Node | None = None) -> None:
        """An expression; as an argument of `parent` in parentheses where it needs them."""
        if parent is not None and self.pretty and not _simple(node, parent):
            self.put("(")
            self._node(node)
            self.put(")")
        else:
            self._node(node)

    def list(self, nodes: tuple[Node, ...], between: str = ", ") -> None:
        for n, node in enumerate(nodes):
            self.put(between if n else "")
            self.node(node)

    def ordering(self, items: tuple[tuple[Node, str], ...]) -> None:
        for n, (node, direction) in enumerate(items):
            self.put(", " if n else "")
            self.sort_key(node)
            self.put(direction)

    def sort_key(self, node: Node) -> None:
        """Of ORDER BY and GROUP BY: what is more than a column stands in parentheses."""
        if isinstance(node, Leaf):
            self.put(node.text)
            return
        named = isinstance(node, (Aggregate, Cast)) or (isinstance(node, Call) and node.tail == ")" and node.head[:1].islower())
        if isinstance(node, Cast) and node.relabel:
            named = False
        wrap = self.pretty or (named and not (isinstance(node, Cast) and not self.pretty and node.relabel))
        self.put("(" if wrap else "")
        self._node(node)
        self.put(")" if wrap else "")

    def _closed(self, node: Node, write: Callable[[], None]) -> None:
        """In parentheses unless superfluous ones are left out."""
        self.put("" if self.pretty else "(")
        write()
        self.put("" if self.pretty else ")")

    def _node(self, node: Node) -> None:
        match node:
            case Leaf():
                self.put(node.text)
            case Call():
                self.put(node.head)
                self.list(node.args, node.between)
                self.put(node.tail)
            case Phrase():
                for part in node.parts:
                    if isinstance(part, str):
                        self.put(part)
                    else:
                        self.node(part, node if node.parts[0] == "(" else None)
            case Aggregate():
                self._aggregate(node)
            case Hidden():
                self.node(node.arg, node)
            case Cast():
                self._cast(node)
            case Op(args=(only,)):
                self._closed(node, lambda: (self.put(f"{node.symbol} "), self.node(only, node))[0])  # type: ignore[func-returns-value]
            case Op(args=(left, right)):
                self._closed(node, lambda: (self.node(left, node), self.put(f" {node.symbol} "), self.node(right, node))[0])  # type: ignore[func-returns-value]
            case ArrayOp():
                self.put("" if self.pretty else "(")
                self.node(node.left, node)
                self.put(f" {node.symbol} {node.word} (")
                self.node(node.right, node)
                self.put(")" if self.pretty else "))")
            case Bool(word="NOT"):
                self._closed(node, lambda: (self.put("NOT "), self.node(node.args[0], node))[0])  # type: ignore[func-returns-value]
            case Bool():
                self.put("" if self.pretty else "(")
                for n, arg in enumerate(node.args):
                    self.put(f" {node.word} " if n else "")
                    self.node(arg, node)
                self.put("" if self.pretty else ")")
            case Test():
                self.put("" if self.pretty else "(")
                self.node(node.arg, node)
                self.put(f" {node.words}")
                if node.right is not None:
                    self.put(" ")
                    self.node(node.right, node)
                self.put("" if self.pretty else ")")
            case Case():
                self._case(node)
            case Subscript():
                wrap = not isinstance(node.arg, (Leaf, FieldOf, Subscript)) or (isinstance(node.arg, Leaf) and node.arg.constant is not None)
                self.put("(" if wrap else "")
                self._node(node.arg)
                self.put(")" if wrap else "")
                for key in node.keys:
                    self.put("[")
                    self.node(key)
                    self.put("]")
            case FieldOf():
                wrap = not isinstance(node.arg, (FieldOf, Subscript))
                self.put("(" if wrap else "")
                self._node(node.arg)
                self.put((")" if wrap else "") + "." + node.name)
            case Sub():
                self._sub(node)
            case _:
                raise Undeparsable

    def _cast(self, node: Cast) -> None:
        if isinstance(node.arg, Leaf) and node.arg.constant == node.type:
            self.put(f"{node.arg.text.partition('::')[0]}::{node.type}")
            return
        self.put("" if self.pretty else "(")
        self.node(node.arg, node)
        self.put(("" if self.pretty else ")") + "::" + node.type)

    def _case(self, node: Case) -> None:
        self.keyword("CASE", 0, VARIABLE)
        if node.arg is not None:
            self.put(" ")
            self.node(node.arg)
        for condition, value in node.branches:
            self.put("" if self.lines else " ")
            self.keyword("WHEN ")
            self.node(condition)
            self.put(" THEN ")
            self.node(value)
        self.put("" if self.lines else " ")
        self.keyword("ELSE ")
        self.node(node.otherwise)
        self.put("" if self.lines else " ")
        self.keyword("END", -VARIABLE)

    def _aggregate(self, node: Aggregate) -> None:
        self.put(f"{node.name}(" + ("DISTINCT " if node.distinct else "") + ("*" if node.star else ""))
        self.list(node.args)
        if node.order:
            self.put(" ORDER BY ")
            self.ordering(node.order)
        self.put(")")
        if node.within:
            self.put(" WITHIN GROUP (ORDER BY ")
            self.ordering(node.within)
            self.put(")")
        if node.filter is not None:
            self.put(" FILTER (WHERE ")
            self.node(node.filter)
            self.put(")")
        if isinstance(node.over, str):
            self.put(f" OVER {node.over}")
        elif node.over is not None:
            self.put(" OVER ")
            self.window(node.over)

    def window(self, window: Window) -> None:
        self.put("(" + window.name)
        blank = " " if window.name else ""
        if window.partition:
            self.put(f"{blank}PARTITION BY ")
            for n, key in enumerate(window.partition):
                self.put(", " if n else "")
                self.sort_key(key)
            blank = " "
        if window.order:
            self.put(f"{blank}ORDER BY ")
            self.ordering(window.order)
            blank = " "
        if window.frame:
            self.put(blank)
            parts = window.frame.split("{}")
            for n, part in enumerate(parts):
                self.put(part)
                if n < len(window.bounds):
                    self.node(window.bounds[n])
        self.put(")")

    def _sub(self, node: Sub) -> None:
        if node.head == "ARRAY":
            self.put("ARRAY(")
        else:
            self.put("(")
        if node.left is not None:
            self.node(node.left, node)
            self.put(f" {node.symbol} (")
        elif node.head == "EXISTS":
            self.put("EXISTS (")
        inner = self.apart()
        node.query(inner)
        self.put(inner.text)
        self.put("))" if node.left is not None or node.head == "EXISTS" else ")")


def _simple(node: Node, parent: Node) -> bool:
    """Whether an argument can do without parentheses where superfluous ones are left out."""
    match node:
        case Leaf() | Call() | Aggregate() | Case() | Subscript() | FieldOf() | Phrase():
            return True
        case Cast():
            return not node.relabel or _simple(node.arg, node)
        case Hidden():
            return _simple(node.arg, parent)
        case Op() if isinstance(parent, Op):
            return _binds(node, parent)
        case Op() | Sub() | Test():
            return isinstance(parent, (Bool, *_SEPARATED))
        case Bool():
            if isinstance(parent, Bool):
                return parent.word in ("AND", "OR") if node.word in ("NOT", "AND") else parent.word == "OR"
            return isinstance(parent, _SEPARATED)
        case _:
            return False


def _binds(node: Op, parent: Op) -> bool:
    if len(node.symbol) != 1 or len(parent.symbol) != 1:
        return False
    low, high = "+-", "*/%"
    if node.symbol not in low + high or parent.symbol not in low + high:
        return False
    if node.symbol in high and parent.symbol in low:
        return True
    same = (node.symbol in low) == (parent.symbol in low)
    return same and node is parent.args[0]

from collections.abc import Iterable, Sequence
from typing import Any

from ..batch import Batch
from ..styles import Styles
from .spec import Expr

class SessionFacts:
    """Facts of session and time that kernels may read (now in microseconds since 1970 UTC)."""

    def __init__(
        self,
        now: int = 0,
        clock: int = 0,
        time_zone: str = "UTC",
        user: str = "root",
        database: str = "dev",
        search_path: str = "public",
        random_seed: int = 0,
        styles: Styles = ...,
    ) -> None: ...
    def at(self, now: int, clock: int, random_seed: int, parameters: Batch | None = None) -> SessionFacts:
        """These facts at another moment, for a statement with these parameters (one row)."""

    def of_object(self, settings: Iterable[tuple[str, str]]) -> SessionFacts:
        """These facts with the time zone and text forms that an object's definition was written with."""

    @property
    def styles(self) -> Styles: ...
    @property
    def now(self) -> int: ...
    @property
    def time_zone(self) -> str: ...
    @property
    def user(self) -> str: ...
    @property
    def database(self) -> str: ...

class Program:
    """A predicate and output expressions, compiled once and run over batches."""

    def __init__(self, exprs: Sequence[Expr], predicate: Expr | None = None) -> None: ...
    def run(self, batch: Batch, facts: SessionFacts) -> tuple[Batch, Batch | None]:
        """Rows where the predicate is true, mapped; weights kept.

        The second value holds row errors, or None: columns (row int8 in the input batch, sqlstate text,
        message text), weighted like their rows. A failing expression is NULL, a failing predicate drops
        the row.
        """

def evaluate(expr: Expr, facts: SessionFacts) -> Any:
    """A constant expression's value (`Batch.from_rows` form); a row error is raised as RowError."""

def known_kernels() -> frozenset[str]: ...
def register_kernels(kernels: dict[str, int]) -> None:
    """Add kernels by name (address of a `KernelFn`); the code must stay loaded."""

def zone_setting(text: str) -> str | None:
    """The zone that SET TIME ZONE 'text' means, by its canonical name; None for an unknown one."""

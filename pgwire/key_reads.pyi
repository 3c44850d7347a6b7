from collections.abc import Callable

from .session_api import Prepared, SessionApi

def without_numbers(text: str) -> tuple[str, list[int]] | None:
    """A SELECT with parameters for the whole numbers behind `=`, and these; None where there is none, or one may hide."""

class KeyReads:
    """Answers what reads one key, from bytes to bytes; what it does not know it leaves to the dialogue, untouched."""

    def __init__(self, session: SessionApi, unnamed: Callable[[Prepared | None], None]) -> None:
        """`unnamed` is told what has become the unnamed statement."""
    def answer(self, data: bytes) -> tuple[bytes, int]:
        """(Answers to the runs at the front of `data`, bytes of these). The session is idle and all before is answered."""

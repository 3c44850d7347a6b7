from collections.abc import Callable

from .session_api import Prepared, SessionApi

def without_constants(text: str) -> tuple[str, str, list[bytes]] | None:
    """A statement with parameters for its constants, how each of these stands, and their texts (codecs/pattern.hpp).

    None where there are none, or the text may hide something.
    """

class KeyReads:
    """Answers what reads one key, from bytes to bytes; what it does not know it leaves to the dialogue, untouched."""

    def __init__(self, session: SessionApi, unnamed: Callable[[Prepared | None], None]) -> None:
        """`unnamed` is told what has become the unnamed statement."""
    def answer(self, data: bytes) -> tuple[bytes, int]:
        """(Answers to the runs at the front of `data`, bytes of these). The session is idle and all before is answered."""

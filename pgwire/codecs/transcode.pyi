class Transcoder:
    """Between UTF-8 and one character set."""

    def __init__(self, encoding: str) -> None:
        """UserError 22023 for a name that stands for none."""
    @property
    def name(self) -> str:
        """As PostgreSQL spells it."""
    @property
    def plain(self) -> bool:
        """Nothing is converted: UTF8, and bytes without a meaning (SQL_ASCII)."""
    def incoming(self, data: bytes) -> bytes:
        """Text of the client in UTF-8; 22021 and 22P05 for what is none."""
    def outgoing(self, messages: bytes, fields: bytes, rows_in_copy: bool) -> bytes:
        """Whole messages of the server in the client's characters; 22P05 for values that these can't write.

        `fields`: for each column of the rows what it holds (encoding.py). `rows_in_copy`: CopyData is binary.
        """

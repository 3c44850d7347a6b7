"""Frontend messages: what a client says, as immutable values."""

from __future__ import annotations

from typing import NamedTuple


class SSLRequest(NamedTuple):
    pass


class GSSENCRequest(NamedTuple):
    pass


class CancelRequest(NamedTuple):
    process_id: int
    secret: bytes


class Startup(NamedTuple):
    """`options` are the protocol extensions (`_pq_.…`) that the client asked for; we know none."""

    minor: int
    parameters: dict[str, str]
    options: tuple[str, ...]


class Authentication(NamedTuple):
    """A 'p' message: password, or a SASL step; the authenticator knows which."""

    data: bytes


class Query(NamedTuple):
    sql: str


class Parse(NamedTuple):
    name: str
    sql: str
    types: tuple[int, ...]


class Bind(NamedTuple):
    portal: str
    statement: str
    formats: tuple[int, ...]
    values: tuple[bytes | None, ...]
    result_formats: tuple[int, ...]


class Describe(NamedTuple):
    """`kind` is "S" (statement) or "P" (portal); the same for Close."""

    kind: str
    name: str


class Execute(NamedTuple):
    """`limit` 0 = all rows."""

    portal: str
    limit: int


class Close(NamedTuple):
    kind: str
    name: str


class Flush(NamedTuple):
    pass


class Sync(NamedTuple):
    pass


class Terminate(NamedTuple):
    pass


class FunctionCall(NamedTuple):
    pass


class CopyData(NamedTuple):
    data: bytes


class CopyDone(NamedTuple):
    pass


class CopyFail(NamedTuple):
    reason: str


Message = (
    SSLRequest
    | GSSENCRequest
    | CancelRequest
    | Startup
    | Authentication
    | Query
    | Parse
    | Bind
    | Describe
    | Execute
    | Close
    | Flush
    | Sync
    | Terminate
    | FunctionCall
    | CopyData
    | CopyDone
    | CopyFail
)

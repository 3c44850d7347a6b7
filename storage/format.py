"""The format version of a data directory, written once and checked at every start."""

from __future__ import annotations

import secrets

from ..kernels.errors import FatalError
from .backend import StateBackend
from .records import FORMAT_KEY, pack_json, unpack_json

FORMAT_VERSION = 1


def check_format(backend: StateBackend) -> str:
    """Stamp an empty backend; FatalError 58P01 on contents of another version or of something else.

    Gives the database's own identity, by which others tell it from every other database.
    """
    stored = backend.get(FORMAT_KEY)
    if stored is None:
        if next(iter(backend.keys(b"")), None) is not None:
            raise FatalError("the data directory does not belong to Sabot", "58P01")
        identity = secrets.token_hex(8)
        backend.write([(FORMAT_KEY, pack_json({"format": FORMAT_VERSION, "id": identity}))], sync=True)
        return identity
    record = unpack_json(stored, "the format record")
    if record["format"] != FORMAT_VERSION:
        raise FatalError(
            f"the data directory has format {record['format']}, this server reads format {FORMAT_VERSION}",
            "58P01",
            hint="Start it with the version of Sabot that wrote it.",
        )
    return str(record["id"])

"""Options of file sources and sinks; which files a path stands for."""

from __future__ import annotations

import glob
import os
from typing import Any

from ....kernels.errors import UserError
from ..base import SourceSpec
from ..options import JSON_OPTIONS, Option, read_options

FORMATS = ("parquet", "json", "csv")
_ENDINGS = {".parquet": "parquet", ".json": "json", ".ndjson": "json", ".jsonl": "json", ".csv": "csv"}

SOURCE_OPTIONS = (
    Option("path", required=True),
    Option("mode", default="once", choices=("once", "follow")),
    Option("format", choices=FORMATS),
    Option("delimiter", default=","),
    Option("header", "bool", True),
    Option("without_header", "bool", False),
    Option("null", default=""),
    *JSON_OPTIONS,
)


def source_options(spec: SourceSpec) -> dict[str, Any]:
    """Checked options; `format` is ENCODE, else the option, else told by the files' ending."""
    options = read_options("file", SOURCE_OPTIONS, {**spec.options, **(spec.encode_options or {})})
    if options["format"] is None:
        encode = spec.encode.lower()
        options["format"] = encode if encode in FORMATS else _ending(options["path"])
    if options["format"] is None:
        raise UserError(
            f'the format of "{options["path"]}" is not known', "22023", hint="Add ENCODE or format = 'json'."
        )
    if len(options["delimiter"]) != 1 or not options["delimiter"].isascii():
        raise UserError('option "delimiter" must be one ASCII character', "22023")
    if options["without_header"]:
        options["header"] = False
    return options


def list_files(path: str) -> list[str]:
    """Files of a file, folder (all below it) or glob pattern, sorted by name; hidden ones are left out."""
    if os.path.isfile(path):
        return [path]
    if os.path.isdir(path):
        found = [os.path.join(root, name) for root, _, names in os.walk(path) for name in names]
        base = path
    else:
        found = [p for p in glob.glob(path, recursive=True) if os.path.isfile(p)]
        base = os.path.dirname(path)
    return sorted(p for p in found if not _hidden(os.path.relpath(p, base or ".")))


def _hidden(path: str) -> bool:
    return any(part.startswith((".", "_")) and part not in (".", "..") for part in path.split(os.sep))


def _ending(path: str) -> str | None:
    known = _ENDINGS.get(os.path.splitext(path)[1].lower())
    if known is None:
        first = next(iter(list_files(path)), "")
        known = _ENDINGS.get(os.path.splitext(first)[1].lower())
    return known
